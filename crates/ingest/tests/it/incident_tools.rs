//! Incident tools: status pages, paging and incident management.

use std::path::PathBuf;

use sequela_ingest::{Options, Source, read};
use sequela_schema::canonical::{
    changes, deployments, incident_services, incidents, ingest_files, service_aliases, services, status_events, teams,
};
use sequela_schema::{Frames, Values};

use crate::support::{Folder, counts, expected, fixture, fixtures, ints, issues, shared, some, texts, times};

fn codes(frames: &Frames) -> Vec<String> {
    issues(frames).into_iter().map(|(_, code, _)| code).collect()
}

/// All fixtures of a folder together.
fn folder(pattern: &str) -> Frames {
    read(&[Source::new(pattern, "auto")], &Options::new(fixtures()), &()).unwrap()
}

/// A file of real payloads.
fn payload(base: &PathBuf, file: &str) -> Frames {
    read(&[Source::new(file, "auto")], &Options::new(base), &()).unwrap()
}

/// Times as DevLake writes them, to the second.
fn second(text: &str) -> String {
    if text.is_empty() { "-".to_owned() } else { format!("{}Z", &text[..19]) }
}

#[test]
fn no_person_is_read() {
    for pattern in ["statuspage/*", "opsgenie/*", "firehydrant/*", "rootly/*", "incident_io/*"] {
        for (name, frame) in folder(pattern).iter() {
            let shown = format!("{:?}", frame.columns()).to_lowercase();
            assert!(!shown.contains("planted") && !shown.contains("7946"), "{pattern} {name}");
        }
    }
}

#[test]
fn statuspage_incidents() {
    let frames = fixture("statuspage/incidents.json");
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(texts(&frame, &incidents::INCIDENT_ID), some(&["statuspage:default:p31zjtct2jer", "statuspage:default:q8zvdlj2xk1b"]));
    assert_eq!(texts(&frame, &incidents::STATE), some(&["closed", "acknowledged"]));
    assert_eq!(ints(&frame, &incidents::SEVERITY), [Some(2), Some(4)]);
    assert_eq!(times(&frame, &incidents::CREATED_AT), ["2026-05-04T07:05:00Z", "2026-05-05T10:00:00Z"]);
    assert_eq!(times(&frame, &incidents::STARTED_AT), ["2026-05-04T07:00:00Z", "-"]);
    // `monitoring_at` is empty, but an update was shown.
    assert_eq!(times(&frame, &incidents::MITIGATED_AT), ["2026-05-04T07:55:00Z", "-"]);
    assert_eq!(times(&frame, &incidents::RESOLVED_AT), ["2026-05-04T08:30:00Z", "-"]);
    assert_eq!(texts(&frame, &incidents::SERVICE_NAME_RAW), some(&["Checkout", ""]));
    assert_eq!(frames.get(&incident_services::TABLE).height(), 2);
    assert_eq!(codes(&frames), ["backfilled"]);
}

/// Maintenance is posted among the incidents, or in a list of its own.
#[test]
fn statuspage_maintenance_is_a_change() {
    let frames = folder("statuspage/*.json");
    let frame = frames.get(&changes::TABLE);
    assert_eq!(texts(&frame, &changes::CHANGE_ID), some(&["statuspage:default:m2c9x0wq7t5d", "statuspage:default:w5vbn8k1s2rz"]));
    assert_eq!(texts(&frame, &changes::STATE), some(&["closed", "scheduled"]));
    assert_eq!(times(&frame, &changes::PLANNED_START_AT), ["2026-05-02T02:00:00Z", "2026-05-12T02:00:00Z"]);
    assert_eq!(times(&frame, &changes::ACTUAL_START_AT), ["2026-05-02T02:01:00Z", "-"]);
    assert_eq!(times(&frame, &changes::ACTUAL_END_AT), ["2026-05-02T03:10:00Z", "-"]);
    let events = frames.get(&status_events::TABLE);
    let of_change = texts(&events, &status_events::ENTITY_TYPE).iter().filter(|kind| kind.as_deref() == Some("change")).count();
    assert_eq!((of_change, events.height()), (3, 8));
}

#[test]
fn statuspage_of_faros() {
    let Some(base) = shared("payloads/statuspage/faros_source") else { return };
    let frames = payload(&base, "incidents.json");
    let [read, ok, ..] = counts(&frames);
    assert!(read > 0 && read == ok);
    let frame = frames.get(&incidents::TABLE);
    let place =
        texts(&frame, &incidents::INCIDENT_ID).iter().position(|id| id.as_deref() == Some("statuspage:default:mm4x7m368bzv")).unwrap();
    assert_eq!(times(&frame, &incidents::RESOLVED_AT)[place], "2021-11-10T15:56:37Z");
    assert_eq!(texts(&frame, &incidents::SERVICE_NAME_RAW)[place].as_deref(), Some("API (example)"));
    for unknown in ["components.json", "pages.json", "users.json", "component_groups.json"] {
        assert_eq!(sequela_ingest::recognise(&base.join(unknown)).unwrap().kind, "table", "{unknown}");
    }
}

#[test]
fn opsgenie_incidents() {
    let frames = fixture("opsgenie/incidents.json");
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(texts(&frame, &incidents::NUMBER), some(&["1792", "1791", "1793"]));
    assert_eq!(texts(&frame, &incidents::STATE), some(&["resolved", "closed", "triggered"]));
    assert_eq!(ints(&frame, &incidents::SEVERITY), [Some(3), Some(1), Some(2)]);
    // 1791 was closed two days later and says when its impact ended; 1792 has only the time of its last update.
    assert_eq!(times(&frame, &incidents::RESOLVED_AT), ["2026-05-05T09:15:00Z", "2026-05-04T08:40:00Z", "-"]);
    assert_eq!(times(&frame, &incidents::CLOSED_AT), ["-", "2026-05-06T09:00:00Z", "-"]);
    assert_eq!(times(&frame, &incidents::STARTED_AT)[1], "2026-05-04T07:55:00Z");
    assert_eq!(texts(&frame, &incidents::TITLE)[1].as_deref(), Some("Checkout down, ask <mail>"));
    assert_eq!(codes(&frames), ["resolution_approximated"]);
}

/// Incidents name services and teams by identifier; the lists of both tell their names.
#[test]
fn opsgenie_names() {
    let frames = folder("opsgenie/[ist]*.json");
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(texts(&frame, &incidents::TEAM_NAME_RAW), some(&["payments", "payments", ""]));
    assert_eq!(texts(&frames.get(&teams::TABLE), &teams::TEAM_ID), some(&["payments"]));
    let frame = frames.get(&services::TABLE);
    assert_eq!(texts(&frame, &services::SERVICE_ID), some(&["checkout"]));
    assert_eq!(texts(&frame, &services::TEAM_ID), some(&["payments"]));
    let aliases = frames.get(&service_aliases::TABLE);
    assert_eq!(texts(&aliases, &service_aliases::ALIAS), some(&["df635094-efd3-48e4-b73a-b8bdfbf1178f"]));
}

/// Reports of alerts are milliseconds after their creation.
#[test]
fn opsgenie_alerts() {
    let frames = fixture("opsgenie/alerts.json");
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(times(&frame, &incidents::ACKNOWLEDGED_AT), ["2026-05-04T08:02:00Z", "2026-05-05T08:01:00Z"]);
    assert_eq!(times(&frame, &incidents::RESOLVED_AT), ["2026-05-04T08:30:00Z", "-"]);
    assert_eq!(texts(&frame, &incidents::STATE), some(&["closed", "acknowledged"]));
    assert_eq!(ints(&frame, &incidents::ALERT_COUNT), [Some(3), Some(1)]);
    assert_eq!(texts(&frame, &incidents::SERVICE_NAME_RAW), some(&["checkout", ""]));
    assert_eq!(codes(&frames), ["alerts_as_incidents"]);
}

/// DevLake takes the last update as the resolution; here the impact ended at that very moment.
#[test]
fn opsgenie_of_devlake() {
    let Some(base) = shared("payloads/opsgenie") else { return };
    let frames = payload(&base, "devlake_raw/_raw_opsgenie_incidents.jsonl");
    assert_eq!(counts(&frames), [2, 2, 0, 0]);
    let frame = frames.get(&incidents::TABLE);
    let ids = texts(&frame, &incidents::INCIDENT_ID);
    let rows = expected(&base.join("devlake_expected/issues.csv"));
    assert_eq!(rows.len(), 2);
    for row in rows {
        let id = format!("opsgenie:default:{}", row["issue_key"]);
        let place = ids.iter().position(|ours| ours.as_deref() == Some(&id)).unwrap();
        assert_eq!(times(&frame, &incidents::CREATED_AT)[place], second(&row["created_date"]));
        assert_eq!(times(&frame, &incidents::RESOLVED_AT)[place], second(&row["resolution_date"]));
        assert_eq!(texts(&frame, &incidents::ORIGINAL_STATE)[place].as_deref(), Some(row["original_status"].as_str()));
        assert_eq!(texts(&frame, &incidents::PRIORITY_RAW)[place].as_deref(), Some(row["priority"].as_str()));
        assert_eq!(texts(&frame, &incidents::URL)[place].as_deref(), Some(row["url"].as_str()));
    }
    let frames = payload(&base, "devlake_raw/_raw_opsgenie_teams.jsonl");
    assert_eq!(texts(&frames.get(&teams::TABLE), &teams::TEAM_ID), some(&["new_team", "old_team"]));
}

#[test]
fn firehydrant_incidents() {
    let frames = fixture("firehydrant/incidents.json");
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(texts(&frame, &incidents::NUMBER), some(&["12", "13"]));
    assert_eq!(texts(&frame, &incidents::STATE), some(&["closed", "in_progress"]));
    assert_eq!(ints(&frame, &incidents::SEVERITY), [Some(1), None]);
    assert_eq!(times(&frame, &incidents::STARTED_AT), ["2026-05-04T07:50:00Z", "2026-05-05T07:58:00Z"]);
    assert_eq!(times(&frame, &incidents::ACKNOWLEDGED_AT), ["2026-05-04T08:02:00Z", "-"]);
    assert_eq!(times(&frame, &incidents::MITIGATED_AT), ["2026-05-04T08:30:00Z", "-"]);
    assert_eq!(times(&frame, &incidents::RESOLVED_AT), ["2026-05-04T09:00:00Z", "-"]);
    assert_eq!(texts(&frame, &incidents::ENVIRONMENT), some(&["production", ""]));
    assert_eq!(texts(&frame, &incidents::TEAM_NAME_RAW), some(&["Payments", ""]));
    let events = frames.get(&status_events::TABLE);
    let states = ["triggered", "acknowledged", "mitigated", "resolved", "triggered", "in_progress"];
    assert_eq!(texts(&events, &status_events::TO_STATE), some(&states));
    assert_eq!(codes(&frames), ["drills_left_alone"]);
}

#[test]
fn firehydrant_changes() {
    let frames = fixture("firehydrant/changes.json");
    let frame = frames.get(&deployments::TABLE);
    assert_eq!(texts(&frame, &deployments::RESULT), some(&["success", "failure"]));
    assert_eq!(texts(&frame, &deployments::KIND), some(&["deploy", "deploy"]));
    assert_eq!(texts(&frame, &deployments::COMMIT_SHA), some(&["4b1f0c6d8a2e3f5b7c9d1e0f2a4b6c8d0e1f3a5b", ""]));
    assert_eq!(times(&frame, &deployments::FINISHED_AT), ["2026-05-04T07:48:00Z", "2026-05-05T07:41:00Z"]);
    assert_eq!(codes(&frames), ["result_assumed"]);
}

#[test]
fn firehydrant_of_faros() {
    let Some(base) = shared("payloads/firehydrant/faros_source") else { return };
    let frames = payload(&base, "incidents.json");
    let [read, ok, ..] = counts(&frames);
    assert!(read > 0 && read == ok);
    let frame = frames.get(&incidents::TABLE);
    let place = texts(&frame, &incidents::NUMBER).iter().position(|number| number.as_deref() == Some("3")).unwrap();
    assert_eq!(times(&frame, &incidents::ACKNOWLEDGED_AT)[place], "2022-03-08T06:13:17Z");
    assert_eq!(ints(&frame, &incidents::SEVERITY)[place], Some(4));
    for unknown in ["teams.json", "users.json"] {
        assert_eq!(sequela_ingest::recognise(&base.join(unknown)).unwrap().kind, "table", "{unknown}");
    }
}

#[test]
fn rootly_incidents() {
    let frames = fixture("rootly/incidents.json");
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(texts(&frame, &incidents::NUMBER), some(&["41", "42"]));
    assert_eq!(texts(&frame, &incidents::STATE), some(&["resolved", "in_progress"]));
    assert_eq!(ints(&frame, &incidents::SEVERITY), [Some(1), None]);
    assert_eq!(times(&frame, &incidents::DETECTED_AT), ["2026-05-04T07:55:00Z", "-"]);
    assert_eq!(times(&frame, &incidents::RESOLVED_AT), ["2026-05-04T09:00:00Z", "-"]);
    assert_eq!(texts(&frame, &incidents::ENVIRONMENT), some(&["production", ""]));
    assert_eq!(texts(&frame, &incidents::TEAM_NAME_RAW), some(&["Payments", ""]));
    assert_eq!(texts(&frame, &incidents::DUPLICATE_OF)[1].as_deref(), Some("rootly:default:0b1e8a6e-1111-4c3f-9c5d-000000000001"));
    assert_eq!(frames.get(&incident_services::TABLE).height(), 2);
    assert_eq!(times(&frames.get(&changes::TABLE), &changes::PLANNED_START_AT), ["2026-05-10T02:00:00Z"]);
    assert_eq!(codes(&frames), ["tests_left_alone"]);
}

#[test]
fn rootly_pulses_and_services() {
    let frames = folder("rootly/*.json");
    let frame = frames.get(&deployments::TABLE);
    assert_eq!(texts(&frame, &deployments::RESULT), some(&["success"]));
    assert_eq!(texts(&frame, &deployments::ENVIRONMENT), some(&["production"]));
    assert_eq!(times(&frame, &deployments::FINISHED_AT), ["2026-05-04T07:48:00Z"]);
    let aliases = frames.get(&service_aliases::TABLE);
    let mut kinds = texts(&aliases, &service_aliases::ALIAS_KIND);
    kinds.sort();
    assert_eq!(kinds, some(&["component", "name", "name", "pd_id", "repo", "sys_id"]));
    assert!(texts(&aliases, &service_aliases::SERVICE_ID).iter().all(|service| service.as_deref() == Some("Checkout")));
}

#[test]
fn incident_io_incidents() {
    let frames = fixture("incident_io/incidents.json");
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(texts(&frame, &incidents::NUMBER), some(&["INC-123", "INC-124"]));
    assert_eq!(texts(&frame, &incidents::STATE), some(&["resolved", "in_progress"]));
    assert_eq!(ints(&frame, &incidents::SEVERITY), [Some(1), None]);
    // INC-123 was entered six days later.
    assert_eq!(times(&frame, &incidents::CREATED_AT), ["2026-05-04T08:00:00Z", "2026-05-05T08:00:00Z"]);
    assert_eq!(times(&frame, &incidents::STARTED_AT), ["2026-05-04T07:50:00Z", "-"]);
    assert_eq!(times(&frame, &incidents::ACKNOWLEDGED_AT), ["2026-05-04T08:03:00Z", "-"]);
    assert_eq!(times(&frame, &incidents::MITIGATED_AT), ["2026-05-04T08:30:00Z", "-"]);
    assert_eq!(times(&frame, &incidents::RESOLVED_AT), ["2026-05-04T09:00:00Z", "-"]);
    assert_eq!(texts(&frame, &incidents::TEAM_NAME_RAW), some(&["Payments", ""]));
    assert_eq!(frames.get(&incident_services::TABLE).height(), 2);
    let mut found = codes(&frames);
    found.sort();
    assert_eq!(found, ["tests_left_alone", "truncation_suspected"]);
    assert_eq!(frames.get(&ingest_files::TABLE).bools(&ingest_files::TRUNCATION_SUSPECTED).unwrap().get(0), Some(true));
}

/// Records that lack what they should have, or have it in another form.
#[test]
fn broken_records_are_read_or_refused() {
    let rows = [
        (
            "statuspage",
            r#"[{"id":"a","page_id":"p","incident_updates":[null,{"status":7}],"components":"x"},{"id":null,"page_id":"p","incident_updates":[]},7]"#,
        ),
        (
            "opsgenie",
            r#"[{"id":"a","tinyId":1,"impactedServices":null,"responders":[7],"createdAt":"x"},{"tinyId":1,"impactedServices":[]},[]]"#,
        ),
        (
            "firehydrant",
            r#"[{"id":"a","current_milestone":null,"milestones":[7,{}],"incident_url":null},{"starts_at":1,"ends_at":2,"identities":7},{}]"#,
        ),
        (
            "rootly",
            r#"[{"id":"a","type":"incidents","attributes":{"slug":"s","started_at":7,"services":[7,{}],"severity":"x"}},{"type":"pulses","attributes":[]},{}]"#,
        ),
        (
            "incident_io",
            r#"[{"id":"a","reference":"INC-1","incident_status":{"category":"x"},"mode":7,"incident_timestamp_values":[7,{"value":7}]},{"reference":7},{}]"#,
        ),
    ];
    for (kind, text) in rows {
        let folder = Folder::new(&format!("broken-{kind}")).with("records.json", text);
        let frames = folder.read(&[Source::new("records.json", kind)]);
        assert_eq!(frames.get(&incidents::TABLE).height(), 1, "{kind}");
    }
}
