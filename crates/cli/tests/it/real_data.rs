//! Real exports beside the checkout, read with the configurations of `data/real`. Expected figures were computed from the raw
//! files with Python.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDateTime, TimeZone};
use chrono_tz::Europe::London;
use polars::prelude::DataFrame;
use sequela_metrics::WorkingHours;
use sequela_schema::canonical::{deployments, incidents, ingest_files, ingest_issues};
use sequela_schema::result::{incident_units, metrics, problem_candidates as found};
use sequela_schema::{Column, Values};

use crate::sequela::{root, run, shared, table};

fn real(name: &str, out: &std::path::Path) {
    run(&root().join("data/real").join(name).with_extension("toml"), out, &["--quiet", "--no-charts"]);
}

fn figure(out: &std::path::Path, name: &str) -> Option<f64> {
    let frame = table(out, "metrics");
    let is_it = |row: &usize| {
        frame.texts(&metrics::SCOPE).unwrap().get(*row) == Some("organisation")
            && frame.texts(&metrics::PERIOD).unwrap().get(*row) == Some("all")
            && frame.texts(&metrics::METRIC).unwrap().get(*row) == Some(name)
    };
    (0..frame.height()).find(is_it).and_then(|row| frame.reals(&metrics::VALUE).unwrap().get(row))
}

#[test]
fn an_audit_log_becomes_one_row_per_incident() {
    if shared("data/uci-servicenow").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    real("uci-servicenow", folder.path());
    let frame = table(folder.path(), "incidents");
    assert_eq!(frame.height(), 24_918);
    let resolved = frame.instants(&incidents::RESOLVED_AT).unwrap();
    assert_eq!(resolved.len() - resolved.null_count(), 23_362);
    let teams: BTreeSet<&str> = frame.texts(&incidents::TEAM_NAME_RAW).unwrap().iter().flatten().collect();
    assert_eq!(teams.len(), 70);
    let mean = figure(folder.path(), "time_to_restore_mean_hours").unwrap() * 60.0;
    assert!((mean - 10_690.295).abs() < 0.001, "{mean}");
    let median = figure(folder.path(), "time_to_restore_median_observed_hours").unwrap() * 60.0;
    assert!((median - 1_326.0).abs() < 1e-6, "{median}");
    let files = table(folder.path(), "ingest_files");
    assert_eq!(files.ints(&ingest_files::ROWS_READ).unwrap().get(0), Some(141_712));
    assert_eq!(files.ints(&ingest_files::ROWS_REJECTED).unwrap().get(0), Some(0));
}

#[test]
fn a_status_page_that_contradicts_itself_is_reported_and_not_timed() {
    if shared("data/jenkins-infra").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    real("jenkins-infra", folder.path());
    let ids = table(folder.path(), "deployments");
    assert_eq!(ids.height(), 16_994);
    assert_eq!(ids.texts(&deployments::DEPLOYMENT_ID).unwrap().null_count(), 0);
    let services = table(folder.path(), "deployment_services");
    assert_eq!(services.column("service_name_raw").unwrap().n_unique().unwrap(), 792);
    assert_eq!(table(folder.path(), "incidents").height(), 297);
    let issues = table(folder.path(), "ingest_issues");
    let codes = issues.texts(&ingest_issues::CODE).unwrap();
    assert_eq!(codes.iter().filter(|code| *code == Some("end_before_start")).count(), 8);
    let units = table(folder.path(), "incident_units");
    let (id, hours) = (units.texts(&incident_units::INCIDENT_ID).unwrap(), units.reals(&incident_units::HOURS).unwrap());
    let timed: BTreeSet<&str> = id.iter().zip(hours.iter()).filter(|(_, hours)| hours.is_some()).filter_map(|(id, _)| id).collect();
    let zero: BTreeSet<&str> = id.iter().zip(hours.iter()).filter(|(_, hours)| *hours == Some(0.0)).filter_map(|(id, _)| id).collect();
    assert_eq!((timed.len(), zero.len()), (289, 2));
}

#[test]
fn changes_of_charts_are_read_whole() {
    if shared("data/deployment-charts").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    real("deployment-charts", folder.path());
    assert_eq!(table(folder.path(), "deployments").height(), 11_694);
}

/// Counts of incidents and days of the clusters by item, category and closure code, and of service and symptom, were formed from the raw
/// files in Python; so were the expected days.
#[test]
fn what_recurs_in_real_service_desks_is_listed() {
    if shared("data/bpic14-sample").is_none() {
        return;
    }
    let row = |frame: &DataFrame, id: &str| frame.texts(&found::CLUSTER_ID).unwrap().iter().position(|other| other == Some(id)).unwrap();
    let int = |frame: &DataFrame, column: &Column, row: usize| frame.ints(column).unwrap().get(row).unwrap();
    for (name, first, counts, expected) in [("bpic14", "IM0000757", (197, 87), 16.1739), ("uci-servicenow", "0005074", (40, 27), 0.553_415)]
    {
        let folder = tempfile::tempdir().unwrap();
        real(name, folder.path());
        let frame = table(folder.path(), "problem_candidates");
        assert!((50..500).contains(&frame.height()), "{name}: {} rows", frame.height());
        let lost = frame.reals(&found::HOURS_LOST).unwrap();
        let at = row(&frame, first);
        assert!(lost.iter().all(|hours| hours <= lost.get(at)), "{name}: {first} cost most");
        assert_eq!((int(&frame, &found::INCIDENTS, at), int(&frame, &found::DAYS, at)), counts, "{name}");
        let by_chance = frame.reals(&found::EXPECTED).unwrap().get(at).unwrap();
        assert!((by_chance - expected).abs() < 1e-4 * expected, "{name}: {by_chance}");
    }
}

/// A time of the log: London's, and empty where none was written.
fn london(text: &str) -> Option<i64> {
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok()?;
    London.from_local_datetime(&local).earliest().as_ref().map(DateTime::timestamp_micros)
}

/// Figures of the run and durations that the log states, against Python's `zoneinfo`: of 62 stated durations 34 are the wall clock's
/// between two of the log's times, one is that of the support hours, 27 contradict the log's own times.
#[test]
fn stated_durations_are_held_against_support_hours() {
    let Some(data) = shared("data/moj-incidents/incidents.csv") else { return };
    let folder = tempfile::tempdir().unwrap();
    real("moj-incidents", folder.path());
    for (name, hours) in [
        ("time_to_restore_business_mean_hours", 6.656_837_606_837_605),
        ("time_to_restore_mean_hours", 25.700_427_350_427_354),
        ("time_to_restore_business_median_hours", 1.1),
        ("time_to_restore_median_hours", 1.833_333_333_333_333_3),
    ] {
        let found = figure(folder.path(), name).unwrap();
        assert!((found - hours).abs() < 1e-9, "{name} is {found}, not {hours}");
    }
    let days = [true, true, true, true, true, false, false];
    let support = WorkingHours { timezone: London, opens: 600, closes: 1020, days, holidays: BTreeSet::new() };
    let clock = support.clock(london("2020-01-01 00:00:00").unwrap(), london("2026-12-31 00:00:00").unwrap());
    let (mut wall, mut worked, mut contradicted) = (0, Vec::new(), Vec::new());
    for row in csv::Reader::from_path(data).unwrap().records().map(Result::unwrap) {
        for (end, stated) in [(3, 5), (4, 6)] {
            let (Some(end), Ok(minutes)) = (london(&row[end]), row[stated].parse::<i64>()) else { continue };
            let starts: Vec<i64> = [london(&row[1]), london(&row[2])].into_iter().flatten().collect();
            if starts.iter().any(|start| end - start == minutes * 60_000_000) {
                wall += 1;
            } else if starts.iter().any(|start| clock.between(*start, end) == minutes * 60_000_000) {
                worked.push(row[0].to_owned());
            } else {
                contradicted.push(row[0][..10].to_owned());
            }
        }
    }
    contradicted.dedup();
    assert_eq!((wall, worked), (34, vec!["2021-05-10-apply-pipeline-downtime".to_owned()]));
    let expected = "2020-02-12 2020-02-18 2020-02-25 2020-04-15 2020-08-04 2020-08-07 2021-07-12 2021-09-04 2021-09-30 2022-07-11 2023-01-05 \
                    2023-02-02 2023-07-25 2023-08-04 2023-09-18 2023-11-01 2024-04-15 2024-09-20 2025-03-18";
    assert_eq!(contradicted.join(" "), expected);
}
