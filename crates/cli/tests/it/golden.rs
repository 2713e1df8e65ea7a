//! Hand-computed cases of our own in `data/golden`: one folder per rule, with why it exists.

use crate::expected::{self, Actual};
use crate::sequela::{root, run};

#[test]
fn golden_cases() {
    let mut folders: Vec<_> = std::fs::read_dir(root().join("data/golden")).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let mut wrong = Vec::new();
    for case in folders.iter().filter(|folder| folder.is_dir()) {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        run(&case.join("sequela.toml"), &out, &["--quiet", "--no-charts"]);
        let actual = Actual::read(&out);
        let rows = expected::read(&case.join("expected.csv"));
        assert!(!rows.is_empty(), "{} expects nothing", case.display());
        wrong.extend(
            rows.iter().filter_map(|row| actual.differs(row, 1e-9)).map(|what| format!("{}: {what}", case.file_name().unwrap().display())),
        );
    }
    assert!(folders.len() >= 8, "golden cases are missing");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
