//! Hand-computed cases of our own in `data/golden`: one folder per rule, with why it exists.

use std::collections::BTreeSet;

use sequela_schema::metric::METRICS;
use sequela_schema::result::{bands, month_signals};
use sequela_schema::{Column, Values};

use crate::expected::{self, Actual};
use crate::sequela::{root, run, table};

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
    assert!(folders.len() >= 16, "golden cases are missing");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_figure_has_a_golden_row() {
    let folders = std::fs::read_dir(root().join("data/golden")).unwrap().map(|entry| entry.unwrap().path());
    let cases = folders.filter(|folder| folder.is_dir()).flat_map(|folder| expected::read(&folder.join("expected.csv")));
    let known: BTreeSet<String> = cases.map(|row| row.metric).collect();
    let missing: Vec<&str> = METRICS.iter().map(|metric| metric.name).filter(|name| !known.contains(*name)).collect();
    assert!(missing.is_empty(), "no golden case has {missing:?}");
}

/// The README of the case says how the numbers come about.
#[test]
fn months_are_held_against_the_months_before() {
    let folder = tempfile::tempdir().unwrap();
    run(&root().join("data/golden/months-beside-months/sequela.toml"), folder.path(), &["--quiet", "--no-charts"]);
    let frame = table(folder.path(), "month_signals");
    let text = |column: &Column, row: usize| frame.texts(column).unwrap().get(row).unwrap_or_default().to_owned();
    let real = |column: &Column, row: usize| frame.reals(column).unwrap().get(row);
    let row = |id: &str, metric: &str, month: &str| {
        let wanted = [(month_signals::SCOPE_ID, id), (month_signals::METRIC, metric), (month_signals::MONTH, month)];
        (0..frame.height()).find(|row| wanted.iter().all(|(column, word)| text(column, *row) == *word)).unwrap()
    };
    let last = row("T", "incidents", "2025-09");
    let close = |column: &Column, wanted: f64| (real(column, last).unwrap() - wanted).abs() < 1e-9;
    assert!(close(&month_signals::BEFORE, 2.0) && close(&month_signals::DELTA, 6.0));
    assert!(close(&month_signals::LIMIT_LOWER, 0.0) && close(&month_signals::LIMIT_UPPER, 2.0 + 2.66 * 2.0));
    assert_eq!((text(&month_signals::SIGNAL, last).as_str(), text(&month_signals::METHOD, last).as_str()), ("higher", "XmR"));
    let earlier = row("T", "incidents", "2025-08");
    assert_eq!(text(&month_signals::SIGNAL, earlier), "too few to say", "nineteen months before");
    assert_eq!(real(&month_signals::LIMIT_UPPER, row("T", "time_to_restore_median_hours", "2025-09")), None, "never moved");
    assert_eq!(real(&month_signals::BEFORE, row("T", "incidents", "2024-01")), None);
}

/// The README of the case says how the bands come about.
#[test]
fn a_band_is_named_where_the_interval_lies_in_it() {
    let folder = tempfile::tempdir().unwrap();
    run(&root().join("data/golden/months-beside-months/sequela.toml"), folder.path(), &["--quiet", "--no-charts"]);
    let frame = table(folder.path(), "bands");
    let text = |column: &Column, row: usize| frame.texts(column).unwrap().get(row).unwrap_or_default().to_owned();
    let of_team = |row: &usize| text(&bands::SCOPE_ID, *row) == "U" && text(&bands::PERIOD, *row) == "all";
    let named: Vec<String> = (0..frame.height())
        .filter(of_team)
        .map(|row| format!("{} {}{}", text(&bands::METRIC, row), text(&bands::BAND, row), text(&bands::BETWEEN, row)))
        .collect();
    let frequency = "deployment_frequency_per_week between medium and low";
    assert_eq!(named, ["change_failure_rate elite", frequency, "lead_time_median_hours elite"]);
    assert!(frame.ints(&bands::YEAR).unwrap().iter().all(|year| year == Some(2024)));
}
