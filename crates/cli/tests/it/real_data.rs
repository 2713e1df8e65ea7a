//! Real exports beside the checkout, read with the configurations of `data/real`. Expected figures were computed from the raw
//! files with Python.

use sequela_schema::Values;
use sequela_schema::canonical::{deployments, incidents, ingest_files, ingest_issues};
use sequela_schema::result::{incident_units, metrics};

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
    let teams: std::collections::BTreeSet<&str> = frame.texts(&incidents::TEAM_NAME_RAW).unwrap().iter().flatten().collect();
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
    let timed: std::collections::BTreeSet<&str> =
        id.iter().zip(hours.iter()).filter(|(_, hours)| hours.is_some()).filter_map(|(id, _)| id).collect();
    let zero: std::collections::BTreeSet<&str> =
        id.iter().zip(hours.iter()).filter(|(_, hours)| *hours == Some(0.0)).filter_map(|(id, _)| id).collect();
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
