//! What every chart must keep: labels apart and inside, short titles, small files, at every width.

use super::labels::labels;
use super::{Chart, FULL, MIDDLE, NARROW, WIDE};

/// Asserts what every picture of the chart must keep.
pub(super) fn check(chart: &Chart) {
    let words = chart.title.split([' ', '\u{202f}']).filter(|word| word.chars().any(char::is_alphanumeric)).count();
    assert!((1..=12).contains(&words), "{}", chart.title);
    for width in [WIDE, NARROW, FULL, MIDDLE] {
        let svg = chart.inline(width).unwrap();
        let height = chart.plot.height(width);
        let found = labels(&svg);
        assert!(!found.is_empty(), "{}", chart.title);
        for (position, label) in found.iter().enumerate() {
            let inside = label.0 >= -1.0 && label.2 <= width + 1.0 && label.1 >= -1.0 && label.3 <= height + 1.0;
            assert!(inside, "{label:?} leaves {width} x {height}");
            for other in &found[position + 1..] {
                let apart = label.2 <= other.0 || other.2 <= label.0 || label.3 <= other.1 || other.3 <= label.1;
                assert!(apart, "{label:?} lies on {other:?} at {width}");
            }
        }
        assert!(!svg.contains("NaN") && !svg.contains(">inf") && !svg.contains(" inf"), "{svg}");
        assert!(svg.len() < 25_000, "{}: {} bytes at {width}", chart.title, svg.len());
    }
}
