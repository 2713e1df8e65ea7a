//! Real exports, which lie beside the project and are no part of it. Expected figures were counted with Python's csv and
//! statistics modules.

use std::collections::BTreeSet;

use sequela_ingest::{Directions, Mapping, Options, Source, read};
use sequela_schema::canonical::{deployment_services, deployments, incident_services, incidents, ingest_files, status_events};
use sequela_schema::{Frames, Values};

use crate::support::{counts, issues, shared, texts};

fn column(name: &str) -> Mapping {
    Mapping::Column(name.to_owned())
}

fn split(name: &str, separator: &str) -> Mapping {
    Mapping::Detailed(Directions { column: Some(name.to_owned()), split: Some(separator.to_owned()), ..Directions::default() })
}

fn run(folder: &str, sources: &[Source]) -> Option<Frames> {
    let base = shared(folder)?;
    Some(read(sources, &Options::new(base), &()).unwrap())
}

/// An audit log of a real ServiceNow: many rows per incident, `?` as null, `D/M/YYYY H:MM`.
#[test]
fn audit_log_of_incidents() {
    let mut source = Source::table("incident_event_log.csv.gz", "incidents");
    source.order_by = Some("sys_mod_count".to_owned());
    source.map = [
        ("incident_id", column("number")),
        ("created_at", column("opened_at")),
        ("team", column("assignment_group")),
        ("state", column("ident_state")),
    ]
    .map(|(ours, theirs)| (ours.to_owned(), theirs))
    .into();
    let Some(frames) = run("data/uci-servicenow", &[source]) else { return };
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(frame.height(), 24_918);
    let created = frame.instants(&incidents::CREATED_AT).unwrap();
    let resolved = frame.instants(&incidents::RESOLVED_AT).unwrap();
    let mut minutes: Vec<i64> = created.iter().zip(resolved.iter()).filter_map(|(start, end)| Some((end? - start?) / 60_000_000)).collect();
    minutes.sort_unstable();
    assert_eq!(minutes.len(), 23_362);
    let mean = minutes.iter().sum::<i64>() as f64 / 23_362.0;
    assert!((mean - 10_690.295).abs() < 0.001, "{mean}");
    assert_eq!((minutes[11_680] + minutes[11_681]) as f64 / 2.0, 1326.0);
    let groups: BTreeSet<_> = texts(&frame, &incidents::TEAM_NAME_RAW).into_iter().flatten().collect();
    assert_eq!(groups.len(), 70);
    assert_eq!(counts(&frames), [141_712, 141_712, 0, 141_712 - 24_918]);
    assert!(frames.height(&status_events::TABLE) > 60_000);
    assert_eq!(texts(&frames.get(&ingest_files::TABLE), &ingest_files::COMPRESSION), [Some("gzip".to_owned())]);
}

#[test]
fn changes_and_status_page_of_an_open_source_project() {
    let mut changes = Source::table("changes.csv", "deployments");
    changes.map = [("deployment_id", column("sha")), ("finished_at", column("committed_at")), ("services", split("services", "|"))]
        .map(|(ours, theirs)| (ours.to_owned(), theirs))
        .into();
    let mut status = Source::table("incidents.csv", "incidents");
    status.map =
        [("incident_id", column("id")), ("services", split("affected", "|"))].map(|(ours, theirs)| (ours.to_owned(), theirs)).into();
    let Some(frames) = run("data/jenkins-infra", &[changes, status]) else { return };
    assert_eq!(frames.height(&deployments::TABLE), 16_994);
    let named: BTreeSet<_> = texts(&frames.get(&deployment_services::TABLE), &deployment_services::SERVICE_NAME_RAW).into_iter().collect();
    assert_eq!(named.len(), 792);
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(frame.height(), 297);
    assert!(frames.height(&incident_services::TABLE) > 297);
    let codes = issues(&frames);
    assert_eq!(codes.iter().filter(|(_, code, _)| code == "end_before_start").count(), 8);
    assert_eq!(frame.instants(&incidents::RESOLVED_AT).unwrap().null_count(), 8);
    assert_eq!(counts(&frames), [16_994 + 297, 16_994 + 297, 0, 0]);
}

#[test]
fn changes_of_deployment_charts() {
    let mut source = Source::table("changes.csv", "deployments");
    source.map = [("deployment_id", column("sha")), ("finished_at", column("landed_at")), ("services", split("services", "|"))]
        .map(|(ours, theirs)| (ours.to_owned(), theirs))
        .into();
    let Some(frames) = run("data/deployment-charts", &[source]) else { return };
    assert_eq!(frames.height(&deployments::TABLE), 11_694);
    assert_eq!(counts(&frames), [11_694, 11_694, 0, 0]);
}
