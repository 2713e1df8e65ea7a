//! What every chart must keep: labels apart and inside, short titles, small files, at every width.

use super::{Chart, FULL, MIDDLE, NARROW, WIDE};

/// A text of a picture as a box in pixels, with its words.
type Label = (f64, f64, f64, f64, String);

fn attribute(tag: &str, name: &str) -> Option<String> {
    Some(tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?.to_owned())
}

/// The advance of an average letter of Arial is half its size.
fn labels(svg: &str) -> Vec<Label> {
    let texts = svg.split("<text").skip(1).map(|piece| piece.split("</text>").next().unwrap());
    texts
        .map(|piece| {
            let (tag, words) = piece.split_once('>').unwrap();
            let number = |name| attribute(tag, name).unwrap().parse::<f64>().unwrap() / 10.0;
            let (x, y, size) = (number("x"), number("y"), number("font-size"));
            let words = words.trim().replace("&amp;", "&").replace("&lt;", "<");
            let width = words.chars().map(|letter| if "iljft.,: ".contains(letter) { 0.28 } else { 0.56 }).sum::<f64>() * size;
            let left = match attribute(tag, "text-anchor").unwrap().as_str() {
                "start" => x,
                "middle" => x - width / 2.0,
                _ => x - width,
            };
            assert!(size >= 11.0 - 1e-6, "{words}: {size} px");
            (left, y - size * 0.45, left + width, y + size * 0.45, words)
        })
        .collect()
}

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
