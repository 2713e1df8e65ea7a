//! The other forms of the review, for organisations that have little or say odd things.

use std::path::PathBuf;

use sequela_report::{Context, write_review};
use sequela_schema::Frames;

use crate::organisation::{context, many_teams, small, tiny};

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("exports-{name}"));
    fs_err::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn every_organisation_gets_every_form_with_the_same_bytes_each_time() {
    for (name, frames) in [("small", small()), ("many", many_teams()), ("tiny", tiny()), ("nothing", Frames::new())] {
        let folder = folder(name);
        let written = [1, 2].map(|_| {
            write_review(&frames, &context(), &folder).unwrap();
            ["review.md", "review.json", "review.xlsx"].map(|file| fs_err::read(folder.join(file)).unwrap())
        });
        assert!(written[0] == written[1], "{name}");
        let page = String::from_utf8(written[0][0].clone()).unwrap();
        assert_eq!(page.lines().filter(|line| line.starts_with("## ")).count(), 19, "{name}");
        let pages = sequela_report::review_pages(&frames, &context()).unwrap();
        assert_eq!(fs_err::read_dir(&folder).unwrap().count(), 3 + pages.len(), "nothing is left beside them");
        assert!(pages.iter().all(|(name, html)| fs_err::read_to_string(folder.join(name)).unwrap() == *html), "{name}");
    }
}

#[test]
fn titles_cannot_bring_html_into_the_wiki() {
    let folder = folder("hostile");
    write_review(&small(), &context(), &folder).unwrap();
    let page = fs_err::read_to_string(folder.join("review.md")).unwrap();
    assert!(page.contains("&lt;script&gt;") && !page.contains("<script"), "the title of INC0012346");
}

#[test]
fn a_clock_before_all_data_is_no_failure() {
    let context = Context { as_of: -1, organisation: "=1+1".to_owned(), ..context() };
    write_review(&tiny(), &context, &folder("clock")).unwrap();
}
