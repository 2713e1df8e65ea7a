//! What the checked-in tables claim, and whether real logs still say so.
#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs, reason = "a test that cannot go on should panic")]

use std::path::{Path, PathBuf};

use sequela_experiments::logs::{Mix, RULES, SOURCES, Trial, read};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A checked-in table: its header and its rows.
fn table(name: &str) -> (csv::StringRecord, Vec<csv::StringRecord>) {
    let mut reader = csv::Reader::from_path(root().join("docs/experiments").join(name)).unwrap();
    (reader.headers().unwrap().clone(), reader.records().collect::<Result<_, _>>().unwrap())
}

fn figure(table: &(csv::StringRecord, Vec<csv::StringRecord>), row: usize, column: &str) -> f64 {
    let place = table.0.iter().position(|name| name == column).unwrap();
    table.1[row][place].parse().unwrap()
}

#[test]
fn intervals_of_the_base_regime_hold_what_they_are_asked_to() {
    let table = table("coverage.csv");
    assert_eq!((&table.1[0][0], &table.1[0][1]), ("base", "20"));
    assert!(figure(&table, 0, "rate_coverage") >= 0.85);
}

#[test]
fn the_checked_in_model_is_better_calibrated_than_every_fixed_window() {
    let table = table("real-logs.csv");
    let mut compared = 0;
    for source in SOURCES {
        for mix in ["1:1", "4:1", "1:0", "4:0"] {
            let of = |method: &str| {
                let rows = 0..table.1.len();
                let row = rows.into_iter().find(|row| [0, 1, 2].map(|cell| &table.1[*row][cell]) == [source.folder, mix, method]);
                figure(&table, row.unwrap(), "calibration_error")
            };
            for rule in RULES {
                assert!(of("model") < of(rule.name), "{} {mix} {}", source.folder, rule.name);
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 32);
}

#[test]
fn real_logs_find_the_model_better_calibrated_than_every_fixed_window() {
    let folder = root().join("../shared/data");
    if !folder.exists() {
        eprintln!("skipped: ../shared not found (data)");
        return;
    }
    for source in &SOURCES {
        let log = read(&folder, source).unwrap();
        let trial = Trial::new(&log, Mix { has_reverts: true, copies: 1 }, 11).unwrap();
        let error = |said| trial.score(&said).0.calibration_error;
        let model = error(trial.model());
        for rule in RULES {
            let fixed = error(rule.answer(&trial.problem));
            assert!(model < fixed, "{}: {model} against {fixed} ({})", source.folder, rule.name);
        }
    }
}
