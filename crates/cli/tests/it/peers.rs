//! Other tools' own test cases: under the preset of that name, links and figures are theirs.

use std::path::Path;

use crate::expected::{self, Actual};
use crate::sequela::{run, shared};

/// Their ratios and hours carry four decimals.
const TOLERANCE: f64 = 5.001e-5;

#[test]
fn devlake() {
    let Some(cases) = shared("peers/devlake") else { return };
    for preset in ["devlake-2023", "devlake-2021"] {
        check(&cases, preset, "expected.csv");
    }
}

#[test]
fn middleware_on_devlakes_input() {
    if let Some(cases) = shared("peers/devlake") {
        check(&cases, "middleware", "expected_middleware.csv");
    }
}

#[test]
fn middleware() {
    if let Some(cases) = shared("peers/middleware") {
        check(&cases, "middleware", "expected.csv");
    }
}

fn check(cases: &Path, preset: &str, file: &str) {
    let mut wrong = Vec::new();
    let mut compared = 0;
    let mut folders: Vec<_> = std::fs::read_dir(cases).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    for case in folders.iter().filter(|case| case.join(file).exists()) {
        let folder = tempfile::tempdir().unwrap();
        let out = run_case(case, preset, folder.path());
        let actual = Actual::read(&out);
        for row in expected::read(&case.join(file)) {
            compared += 1;
            wrong.extend(actual.differs(&row, TOLERANCE).map(|what| format!("{preset}, {}: {what}", case.file_name().unwrap().display())));
        }
    }
    assert!(compared > 0, "no expected value in {}", cases.display());
    assert!(wrong.is_empty(), "{} of {compared} differ:\n{}", wrong.len(), wrong.join("\n"));
}

fn run_case(case: &Path, preset: &str, folder: &Path) -> std::path::PathBuf {
    let mut config = format!("[org]\nname = \"Peer\"\ntimezone = \"UTC\"\n[definition]\npreset = \"{preset}\"\n");
    for table in ["deployments", "incidents", "services"] {
        let path = case.join(table).with_extension("csv");
        config += &format!("[[source]]\npath = {path:?}\nkind = \"table\"\ntable = \"{table}\"\n");
    }
    let (file, out) = (folder.join("sequela.toml"), folder.join("out"));
    std::fs::write(&file, config).unwrap();
    let case = std::fs::read_to_string(case.join("case.json")).unwrap();
    let case: serde_json::Value = serde_json::from_str(&case).unwrap();
    let (from, to) = (range(&case, "range_from", 0), range(&case, "range_to", 1));
    let mut more = vec!["--quiet", "--no-charts"];
    if let (Some(from), Some(to)) = (&from, &to) {
        more.extend(["--from", from, "--to", to]);
    }
    run(&file, &out, &more);
    out
}

/// DevLake's cases name both ends; Middleware's give them as a pair.
pub(crate) fn range(case: &serde_json::Value, name: &str, end: usize) -> Option<String> {
    case[name].as_str().or(case["interval"][end].as_str()).map(ToOwned::to_owned)
}
