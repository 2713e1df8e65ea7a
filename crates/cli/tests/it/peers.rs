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

/// Four Keys names its figures by the three months they cover; its links know no team.
#[test]
fn fourkeys() {
    let Some(cases) = shared("peers/fourkeys") else { return };
    compare(&cases, "fourkeys", "map.caused_by = \"root_cause_change\"\n", |row| {
        row.metric = match row.metric.as_str() {
            "change_failure_rate_3m" => "change_failure_rate".to_owned(),
            "time_to_restore_median_3m" => "time_to_restore_median_hours".to_owned(),
            _ => String::new(),
        };
        if row.record == "link" {
            row.scope_id.clear();
        }
        row.record == "link" || !row.metric.is_empty()
    });
}

/// Pelorus asserts its recorded rules; those over all applications are our organisation.
#[test]
fn pelorus() {
    let Some(cases) = shared("peers/pelorus") else { return };
    let all = ["sdp:change_failure_rate:global", "avg(avg_over_time(sdp:change_failure_rate:by_app{app=~\".*/group/.*\"} [5m]))"];
    let restored = ["sdp:time_to_restore:global", "avg(sdp:time_to_restore:by_app{app=~\".*/group/.*\"})"];
    compare(&cases, "pelorus", "", |row| {
        let asserted = [(all, "change_failure_rate"), (restored, "mean_time_to_recovery")];
        if let Some((_, metric)) = asserted.into_iter().find(|(names, _)| names.contains(&row.metric.as_str())) {
            (row.record, row.scope, row.scope_id) = ("overall".to_owned(), "organisation".to_owned(), "Peer".to_owned());
            row.metric = metric.to_owned();
            return true;
        }
        if row.metric == "time_to_restore_mean" {
            row.metric = "mean_time_to_recovery".to_owned();
        }
        row.record == "overall" && ["change_failure_rate", "mean_time_to_recovery"].contains(&row.metric.as_str())
    });
}

/// Compares the rows that the given function keeps, under names of ours.
fn compare(cases: &Path, preset: &str, incidents: &str, keep: impl Fn(&mut expected::Expected) -> bool) {
    let mut wrong = Vec::new();
    let mut compared = 0;
    for case in std::fs::read_dir(cases).unwrap().map(|entry| entry.unwrap().path()) {
        let folder = tempfile::tempdir().unwrap();
        let commits = commits(&case, folder.path());
        let everywhere = "map.environment = { value = \"production\" }\n";
        let out = run_with(&case, preset, folder.path(), &[("deployments", everywhere), ("incidents", incidents)], &commits);
        let actual = Actual::read(&out);
        for mut row in expected::read(&case.join("expected.csv")) {
            if keep(&mut row) {
                compared += 1;
                wrong.extend(actual.differs(&row, TOLERANCE).map(|what| format!("{}: {what}", case.file_name().unwrap().display())));
            }
        }
    }
    assert!(compared > 0, "no expected value in {}", cases.display());
    assert!(wrong.is_empty(), "{} of {compared} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// The column `changes` of the deployments, one row per commit, as a source.
fn commits(case: &Path, folder: &Path) -> String {
    let mut reader = csv::Reader::from_path(case.join("deployments.csv")).unwrap();
    let Some(changes) = reader.headers().unwrap().iter().position(|name| name == "changes") else { return String::new() };
    let mut rows = "deployment_id,commit_id,commit_sha\n".to_owned();
    for record in reader.records().map(Result::unwrap) {
        rows.extend(record[changes].split(' ').map(|commit| format!("{},{commit},{commit}\n", &record[0])));
    }
    let path = folder.join("deployment_commits.csv");
    std::fs::write(&path, rows).unwrap();
    format!("[[source]]\npath = {path:?}\nkind = \"table\"\ntable = \"deployment_commits\"\n")
}

fn run_case(case: &Path, preset: &str, folder: &Path) -> std::path::PathBuf {
    run_with(case, preset, folder, &[], "")
}

/// `more` are lines for the sources of single tables, `further` are sources of their own.
fn run_with(case: &Path, preset: &str, folder: &Path, more: &[(&str, &str)], further: &str) -> std::path::PathBuf {
    let mut config = format!("[org]\nname = \"Peer\"\ntimezone = \"UTC\"\n[definition]\npreset = \"{preset}\"\n");
    for table in ["deployments", "incidents", "services"] {
        let path = case.join(table).with_extension("csv");
        let lines = more.iter().find(|(of, _)| *of == table).map_or("", |(_, lines)| lines);
        config += &format!("[[source]]\npath = {path:?}\nkind = \"table\"\ntable = \"{table}\"\n{lines}");
    }
    config += further;
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
