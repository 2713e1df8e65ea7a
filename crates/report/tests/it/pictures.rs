//! Charts: labels that do not collide or leave the picture, titles that stay short, equal bytes.

use std::path::PathBuf;

use sequela_report::{Context, review_html, write_charts};
use sequela_schema::Frames;

#[path = "../../src/charts/labels.rs"]
mod labels;

use crate::organisation::{context, many_teams, small, tiny};
use labels::{attribute, labels};

fn drawings(html: &str) -> Vec<String> {
    html.split("<svg").skip(1).map(|piece| format!("<svg{}", piece.split("</svg>").next().unwrap())).collect()
}

fn pictures(html: &str) -> Vec<String> {
    drawings(html).into_iter().filter(|svg| svg.contains("role=\"img\"")).collect()
}

#[test]
fn labels_of_strips_and_axes_neither_collide_nor_leave_their_frame() {
    for frames in [small(), many_teams(), tiny()] {
        let html = review_html(&frames, &context()).unwrap();
        let lettered: Vec<String> =
            drawings(&html).into_iter().filter(|svg| svg.contains("aria-hidden") && svg.contains("<text")).collect();
        assert!(!lettered.is_empty());
        lettered.iter().for_each(|svg| check(svg));
    }
}

pub(crate) fn check(svg: &str) {
    let width: f64 = attribute(svg, "width").unwrap().parse().unwrap();
    let height: f64 = attribute(svg, "height").unwrap().parse().unwrap();
    let found = labels(svg);
    assert!(!found.is_empty());
    for (position, label) in found.iter().enumerate() {
        assert!(
            label.0 >= -1.0 && label.2 <= width + 1.0 && label.1 >= -1.0 && label.3 <= height + 1.0,
            "{label:?} leaves {width} x {height}"
        );
        for other in &found[position + 1..] {
            let apart = label.2 <= other.0 || other.2 <= label.0 || label.3 <= other.1 || other.3 <= label.1;
            assert!(apart, "{label:?} lies on {other:?}");
        }
    }
    for piece in svg.split("font-size=\"").skip(1) {
        let size: f64 = piece.split('"').next().unwrap().parse().unwrap();
        assert!(size >= 110.0 - 1e-6, "text of {} px", size / 10.0);
    }
}

#[test]
fn labels_neither_collide_nor_leave_the_picture() {
    for frames in [small(), many_teams(), tiny(), Frames::new()] {
        let html = review_html(&frames, &context()).unwrap();
        let pictures = pictures(&html);
        assert!(pictures.len() >= 10, "{}", pictures.len());
        pictures.iter().for_each(|svg| check(svg));
    }
}

#[test]
fn every_picture_says_what_it_shows() {
    for frames in [small(), many_teams(), tiny(), Frames::new()] {
        for svg in pictures(&review_html(&frames, &context()).unwrap()) {
            assert!(svg.contains("role=\"img\""));
            let title = svg.split("<title>").nth(1).unwrap().split("</title>").next().unwrap();
            let words = title.split([' ', '\u{202f}']).filter(|word| word.chars().any(char::is_alphanumeric)).count();
            assert!((1..=12).contains(&words), "{title}");
            assert!(svg.split("<desc>").nth(1).unwrap().split("</desc>").next().unwrap().len() > 20);
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{title}");
            assert!(svg.len() < 25_000, "{title}: {} bytes", svg.len());
        }
    }
}

#[test]
fn files_are_written_twice_with_equal_bytes() {
    let folder = |name: &str| PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("charts-{name}"));
    for name in ["one", "two"] {
        write_charts(&small(), &context(), &folder(name)).unwrap();
    }
    let mut names: Vec<_> = fs_err::read_dir(folder("one")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names.len(), 32);
    for name in names {
        let (one, two) = (fs_err::read(folder("one").join(&name)).unwrap(), fs_err::read(folder("two").join(&name)).unwrap());
        assert!(!one.is_empty() && one == two, "{name:?}");
    }
    let png = fs_err::read(folder("one").join("change_failure_rate_trend.png")).unwrap();
    // PNG signature, then the width in the header: 604 + 2 × 16 pixels at twice the size.
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    assert_eq!(u32::from_be_bytes(png[16..20].try_into().unwrap()), 1_272);
}

#[test]
fn files_of_odd_organisations_keep_their_labels_apart() {
    for (name, frames) in [("small", small()), ("many", many_teams()), ("tiny", tiny()), ("none", Frames::new())] {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("charts-odd-{name}"));
        write_charts(&frames, &context(), &folder).unwrap();
        let files = fs_err::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        let drawings: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "svg")).collect();
        assert_eq!(drawings.len(), 16);
        drawings.iter().for_each(|path| check(&fs_err::read_to_string(path).unwrap()));
    }
}

#[test]
fn no_charts_means_no_files() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("charts-none");
    write_charts(&small(), &Context { charts: false, ..context() }, &folder).unwrap();
    assert!(!folder.exists());
}
