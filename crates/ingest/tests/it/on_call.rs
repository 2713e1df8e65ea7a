//! Systems that call people: incidents, alerts and what they know of services.

use sequela_ingest::{Options, Source, read};
use sequela_schema::canonical::{
    dependencies, deployments, incidents, ingest_files, service_aliases, service_teams, services, status_events, teams,
};
use sequela_schema::{Column, Frames, Table, Values};

use crate::support::{Folder, counts, expected, fixture, fixture_as, fixtures, ints, issues, shared, some, texts, times};

fn column(frames: &Frames, table: &'static Table, column: &Column) -> Vec<Option<String>> {
    texts(&frames.get(table), column)
}

fn codes(frames: &Frames) -> Vec<String> {
    issues(frames).into_iter().map(|(_, code, _)| code).collect()
}

/// Several fixtures in one run.
fn together(paths: &[&str]) -> Frames {
    let sources: Vec<Source> = paths.iter().map(|path| Source::new(*path, "auto")).collect();
    read(&sources, &Options::new(fixtures()), &()).unwrap()
}

/// No text of any table names the person who stands in the fixtures.
fn assert_nobody_is_named(frames: &Frames) {
    for (name, frame) in frames.iter() {
        let text = frame.columns().iter().map(|column| format!("{:?}", column.as_materialized_series().iter().collect::<Vec<_>>()));
        let text: String = text.collect();
        for planted in ["Jane", "planted", "7946", "SECRET"] {
            assert!(!text.contains(planted), "{name} has {planted}");
        }
    }
}

#[test]
fn pagerduty_incidents() {
    let frames = fixture("pagerduty/incidents.json");
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(texts(&frame, &incidents::NUMBER), some(&["101", "102", "103", "104"]));
    assert_eq!(texts(&frame, &incidents::STATE), some(&["resolved", "acknowledged", "merged", "resolved"]));
    // By priority, else by urgency.
    assert_eq!(ints(&frame, &incidents::SEVERITY), [Some(1), Some(2), Some(4), Some(2)]);
    assert_eq!(texts(&frame, &incidents::SERVICE_NAME_RAW), some(&["Checkout", "Checkout", "Checkout", "PSVC002"]));
    assert_eq!(texts(&frame, &incidents::TEAM_NAME_RAW), some(&["Payments", "Payments", "Payments", ""]));
    // Not the merged one, and not the one that was closed after four hours.
    assert_eq!(times(&frame, &incidents::RESOLVED_AT), ["2026-05-04T09:45:00Z", "-", "-", "-"]);
    assert_eq!(times(&frame, &incidents::ACKNOWLEDGED_AT), ["-", "2026-05-04T10:03:00Z", "-", "-"]);
    // The last one was opened by hand.
    assert_eq!(times(&frame, &incidents::DETECTED_AT)[2..], ["2026-05-04T10:05:00Z", "-"]);
    assert_eq!(texts(&frame, &incidents::DUPLICATE_OF)[2], Some("pagerduty:default:Q0000000000102".to_owned()));
    assert_eq!(ints(&frame, &incidents::ALERT_COUNT), [Some(2); 4]);
    assert_eq!(texts(&frame, &incidents::TITLE)[0], Some("Checkout fails 101, call <mail> or <phone>".to_owned()));
    assert_eq!(codes(&frames), ["truncation_suspected", "auto_resolved"]);
    assert_nobody_is_named(&frames);
}

#[test]
fn pagerduty_log_completes_incidents_of_another_file() {
    for paths in [["pagerduty/incidents.json", "pagerduty/log_entries.json"], ["pagerduty/log_entries.json", "pagerduty/incidents.json"]] {
        let frames = together(&paths);
        let frame = frames.get(&incidents::TABLE);
        // The first of two acknowledgements.
        assert_eq!(times(&frame, &incidents::ACKNOWLEDGED_AT)[0], "2026-05-04T09:04:00Z");
        assert_eq!(times(&frame, &incidents::RESOLVED_AT)[0], "2026-05-04T09:44:59Z");
        let events = frames.get(&status_events::TABLE);
        let first: Vec<_> = texts(&events, &status_events::TO_STATE)[..3].to_vec();
        assert_eq!(first, some(&["triggered", "acknowledged", "resolved"]));
        assert_eq!(times(&events, &status_events::AT)[..3], ["2026-05-04T09:00:00Z", "2026-05-04T09:04:00Z", "2026-05-04T09:44:59Z"]);
        assert_nobody_is_named(&frames);
    }
}

#[test]
fn pagerduty_analytics_are_in_utc() {
    let frames = fixture("pagerduty/analytics.json");
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(times(&frame, &incidents::CREATED_AT), ["2026-05-04T09:00:00Z"; 2]);
    assert_eq!(times(&frame, &incidents::ACKNOWLEDGED_AT), ["2026-05-04T09:02:00Z", "-"]);
    assert_eq!(times(&frame, &incidents::RESOLVED_AT), ["2026-05-04T10:00:00Z", "-"]);
    assert_eq!(ints(&frame, &incidents::SEVERITY), [Some(4), Some(2)]);
    assert_eq!(texts(&frame, &incidents::STATE), some(&["resolved", "triggered"]));
    assert_eq!(frame.bools(&incidents::IS_MAJOR).unwrap().get(1), Some(true));
    assert_eq!(texts(&frame, &incidents::TIME_QUALITY), some(&["exact_utc"; 2]));
}

#[test]
fn pagerduty_reports() {
    let frames = fixture("pagerduty/report.csv");
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(texts(&frame, &incidents::INCIDENT_ID), some(&["pagerduty:default:301", "pagerduty:default:302"]));
    assert_eq!(texts(&frame, &incidents::TITLE), some(&["Search is down", "Slow, again"]));
    assert_eq!(times(&frame, &incidents::CREATED_AT), ["2026-05-04T16:00:00Z", "2026-05-04T17:00:00Z"]);
    assert_eq!(times(&frame, &incidents::ACKNOWLEDGED_AT), ["2026-05-04T16:01:00Z", "-"]);
    assert_eq!(times(&frame, &incidents::RESOLVED_AT), ["2026-05-04T16:30:00Z", "-"]);
    assert_nobody_is_named(&frames);

    let mut source = Source::new("pagerduty/insights.csv", "auto");
    source.timezone = Some("America/New_York".to_owned());
    let frames = fixture_as(source);
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(texts(&frame, &incidents::INCIDENT_ID), some(&["pagerduty:default:Q0000000000401"]));
    assert_eq!(texts(&frame, &incidents::NUMBER), some(&["401"]));
    // New York is four hours behind UTC in May.
    assert_eq!(times(&frame, &incidents::CREATED_AT), ["2026-05-04T13:00:00Z"]);
    assert_eq!(times(&frame, &incidents::ACKNOWLEDGED_AT), ["2026-05-04T13:01:30Z"]);
    assert_eq!(texts(&frame, &incidents::TIME_QUALITY), some(&["assumed_zone"]));
}

#[test]
fn pagerduty_reports_ask_for_a_zone_only_without_an_offset() {
    let needs = |path: &str| sequela_ingest::recognise(&fixtures().join(path)).unwrap().needs_timezone;
    assert!(needs("pagerduty/insights.csv") && !needs("pagerduty/report.csv") && !needs("pagerduty/analytics.json"));
}

#[test]
fn pagerduty_change_events() {
    let frames = fixture("pagerduty/change_events.json");
    let frame = frames.get(&deployments::TABLE);
    assert_eq!(texts(&frame, &deployments::KIND), some(&["deploy", "deploy", "publish_only"]));
    assert_eq!(texts(&frame, &deployments::KIND_BASIS), some(&["rule"; 3]));
    assert_eq!(texts(&frame, &deployments::RESULT), some(&["success", "failure", "success"]));
    assert_eq!(texts(&frame, &deployments::ENVIRONMENT), some(&["production", "staging", ""]));
    // Of a sentence only the telling word is kept.
    assert_eq!(texts(&frame, &deployments::ENVIRONMENT_RAW), some(&["production", "staging", ""]));
    assert_eq!(texts(&frame, &deployments::SERVICE_NAME_RAW), some(&["Checkout"; 3]));
    // The run took 120 seconds.
    assert_eq!(times(&frame, &deployments::STARTED_AT), ["2026-05-04T08:40:58Z", "-", "-"]);
    assert_eq!(times(&frame, &deployments::FINISHED_AT), ["2026-05-04T08:42:58Z"; 3]);
    assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
    assert_nobody_is_named(&frames);
}

#[test]
fn pagerduty_change_events_as_sent() {
    let frames = fixture("pagerduty/change_events_sent.ndjson");
    let frame = frames.get(&deployments::TABLE);
    let mut rows: Vec<_> = texts(&frame, &deployments::KIND).into_iter().zip(texts(&frame, &deployments::RESULT)).collect();
    rows.sort();
    assert_eq!(rows, [(Some("deploy".to_owned()), None), (Some("rollback".to_owned()), Some("success".to_owned()))]);
    assert_nobody_is_named(&frames);
}

#[test]
fn pagerduty_events_of_one_key() {
    let frames = fixture("pagerduty/events.ndjson");
    let frame = frames.get(&incidents::TABLE);
    // Triggered again while it lasts it is the same incident, after its resolution another one.
    assert_eq!(texts(&frame, &incidents::INCIDENT_ID), some(&["pagerduty:default:k1", "pagerduty:default:k1#2"]));
    assert_eq!(times(&frame, &incidents::DETECTED_AT), ["2026-05-04T09:00:00Z", "2026-05-04T12:00:00Z"]);
    assert_eq!(times(&frame, &incidents::ACKNOWLEDGED_AT), ["2026-05-04T09:05:00Z", "-"]);
    assert_eq!(times(&frame, &incidents::RESOLVED_AT), ["2026-05-04T09:30:00Z", "-"]);
    assert_eq!(texts(&frame, &incidents::STATE), some(&["resolved", "triggered"]));
    assert_eq!(ints(&frame, &incidents::SEVERITY), [Some(2); 2]);
    assert_eq!(texts(&frame, &incidents::SERVICE_NAME_RAW), some(&["checkout"; 2]));
    assert_nobody_is_named(&frames);
}

#[test]
fn pagerduty_services_teams_and_dependencies() {
    let frames = together(&["pagerduty/service_dependencies.json", "pagerduty/services.json", "pagerduty/teams.json"]);
    assert_eq!(column(&frames, &services::TABLE, &services::SERVICE_ID), some(&["Checkout", "Search"]));
    assert_eq!(column(&frames, &service_teams::TABLE, &service_teams::TEAM_ID), some(&["Payments", "Platform"]));
    assert_eq!(column(&frames, &service_aliases::TABLE, &service_aliases::ALIAS), some(&["PSVC001", "PSVC002"]));
    assert_eq!(column(&frames, &service_aliases::TABLE, &service_aliases::ALIAS_KIND), some(&["pd_id"; 2]));
    assert_eq!(column(&frames, &teams::TABLE, &teams::TEAM_ID), some(&["Payments", "Platform"]));
    assert_eq!(column(&frames, &teams::TABLE, &teams::PARENT_TEAM_ID), some(&["Platform", ""]));
    // What depends stands first.
    assert_eq!(column(&frames, &dependencies::TABLE, &dependencies::FROM_SERVICE_ID), some(&["Checkout"]));
    assert_eq!(column(&frames, &dependencies::TABLE, &dependencies::TO_SERVICE_ID), some(&["Search"]));
    assert_nobody_is_named(&frames);
}

/// Another catalog that knows a service by PagerDuty's identifier keeps it; PagerDuty's name becomes one more name of it.
#[test]
fn pagerduty_services_of_another_catalog() {
    let frames = together(&["datadog/service.datadog.yaml", "pagerduty/services.json"]);
    assert_eq!(column(&frames, &services::TABLE, &services::SERVICE_ID), some(&["Search", "checkout", "search"]));
    let frame = frames.get(&service_aliases::TABLE);
    let aliases: Vec<_> = texts(&frame, &service_aliases::ALIAS).into_iter().zip(texts(&frame, &service_aliases::SERVICE_ID)).collect();
    assert!(aliases.contains(&(Some("Checkout".to_owned()), Some("checkout".to_owned()))), "{aliases:?}");
    assert!(aliases.contains(&(Some("PSVC001".to_owned()), Some("checkout".to_owned()))), "{aliases:?}");
}

/// DevLake takes the resolution from the last change of state whatever it was; in this file both agree, since only the resolved incident
/// has one there. The acknowledgement stands in the log alone.
#[test]
fn pagerduty_as_devlake_read_it() {
    let Some(base) = shared("payloads/pagerduty") else { return };
    let frames = read(&[Source::new("devlake_raw/_raw_pagerduty_incidents.jsonl", "auto")], &Options::new(&base), &()).unwrap();
    let rows = expected(&base.join("devlake_expected/issues.csv"));
    assert_eq!(counts(&frames)[2], 0, "{:?}", issues(&frames));
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(frame.height(), rows.len());
    let (numbers, urls) = (texts(&frame, &incidents::NUMBER), texts(&frame, &incidents::URL));
    let (created, resolved) = (times(&frame, &incidents::CREATED_AT), times(&frame, &incidents::RESOLVED_AT));
    let (states, urgencies) = (texts(&frame, &incidents::ORIGINAL_STATE), texts(&frame, &incidents::URGENCY_RAW));
    let short = |at: &str| if at.is_empty() { "-".to_owned() } else { format!("{}Z", &at[..19]) };
    for row in &rows {
        let place = numbers.iter().position(|number| number.as_deref() == Some(&row["issue_key"])).unwrap();
        assert_eq!(urls[place].as_deref(), Some(row["url"].as_str()));
        assert_eq!(created[place], short(&row["created_date"]));
        assert_eq!(resolved[place], short(&row["resolution_date"]));
        assert_eq!(states[place].as_deref(), Some(row["original_status"].as_str()));
        assert_eq!(urgencies[place].as_deref(), Some(row["urgency"].as_str()));
    }
    let mut acknowledged: Vec<_> = numbers.iter().flatten().zip(times(&frame, &incidents::ACKNOWLEDGED_AT)).collect();
    acknowledged.sort();
    let acknowledged: Vec<_> = acknowledged.into_iter().map(|(_, at)| at).collect();
    assert_eq!(acknowledged, ["2022-11-03T06:23:07Z", "2022-11-03T06:44:37Z", "2022-11-03T06:45:46Z"]);
    // All three were opened through the website: nothing detected them.
    assert_eq!(times(&frame, &incidents::DETECTED_AT), ["-"; 3]);
}

#[test]
fn datadog_incidents() {
    let frames = fixture("datadog/incidents.json");
    let frame = frames.get(&incidents::TABLE);
    // The third one is a test.
    assert_eq!(texts(&frame, &incidents::NUMBER), some(&["11", "12"]));
    assert_eq!(ints(&frame, &incidents::SEVERITY), [Some(2), None]);
    assert_eq!(texts(&frame, &incidents::STATE), some(&["closed", "mitigated"]));
    assert_eq!(times(&frame, &incidents::STARTED_AT), ["2026-05-04T09:00:00Z", "-"]);
    assert_eq!(times(&frame, &incidents::DETECTED_AT), ["2026-05-04T09:02:00Z"; 2]);
    assert_eq!(times(&frame, &incidents::CREATED_AT), ["2026-05-04T09:04:00Z", "2026-05-04T09:05:00Z"]);
    assert_eq!(times(&frame, &incidents::RESOLVED_AT), ["2026-05-04T09:50:00Z", "-"]);
    assert_eq!(times(&frame, &incidents::IMPACT_ENDED_AT), ["2026-05-04T09:40:00Z", "-"]);
    assert_eq!(texts(&frame, &incidents::SERVICE_NAME_RAW), some(&["checkout", ""]));
    assert_eq!(texts(&frame, &incidents::TEAM_NAME_RAW), some(&["payments", ""]));
    assert_eq!(texts(&frame, &incidents::DETECTION_METHOD), some(&["monitor", ""]));
    assert_eq!(texts(&frame, &incidents::ROOT_CAUSE_TEXT), some(&["bad config, see <mail>", ""]));
    assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
    assert_nobody_is_named(&frames);
}

#[test]
fn datadog_search_for_incidents() {
    let frames = fixture("datadog/incident_search.json");
    assert_eq!(column(&frames, &incidents::TABLE, &incidents::NUMBER), some(&["21"]));
    assert_eq!(column(&frames, &incidents::TABLE, &incidents::STATE), some(&["in_progress"]));
    assert_eq!(codes(&frames), ["truncation_suspected"]);
}

#[test]
fn datadog_failures_name_their_deployment() {
    let frames = together(&["datadog/dora_failures.json", "datadog/dora_deployments.json"]);
    let frame = frames.get(&deployments::TABLE);
    assert_eq!(texts(&frame, &deployments::RESULT), some(&["success"; 3]));
    assert_eq!(texts(&frame, &deployments::ENVIRONMENT), some(&["production", "production", "staging"]));
    assert_eq!(times(&frame, &deployments::FINISHED_AT)[1], "2026-05-04T08:55:00Z");
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(texts(&frame, &incidents::CAUSED_BY_DEPLOYMENT_ID), some(&["datadog:default:dep2", ""]));
    assert_eq!(ints(&frame, &incidents::SEVERITY), [Some(2), Some(3)]);
    assert_eq!(times(&frame, &incidents::STARTED_AT), ["2026-05-04T09:00:00Z"; 2]);
    assert_eq!(times(&frame, &incidents::RESOLVED_AT), ["2026-05-04T09:30:00Z", "-"]);
    assert_eq!(texts(&frame, &incidents::STATE), some(&["resolved", ""]));
}

#[test]
fn datadog_deployments_as_sent() {
    let frames = fixture("datadog/dora_sent.ndjson");
    let frame = frames.get(&deployments::TABLE);
    let mut rows: Vec<_> = texts(&frame, &deployments::VERSION)
        .into_iter()
        .zip(times(&frame, &deployments::STARTED_AT))
        .zip(frame.instants(&deployments::FINISHED_AT).unwrap().iter())
        .collect();
    rows.sort();
    // Nanoseconds and seconds; the nanoseconds are no floats.
    let at = "2026-05-04T09:00:00Z".to_owned();
    assert_eq!(rows[0], ((Some("3.1".to_owned()), at.clone()), Some(1_777_885_260_000_000)));
    assert_eq!(rows[1], ((Some("3.2".to_owned()), at), Some(1_777_885_300_000_000)));
}

#[test]
fn datadog_service_definitions() {
    let frames = fixture("datadog/service.datadog.yaml");
    let frame = frames.get(&services::TABLE);
    assert_eq!(texts(&frame, &services::SERVICE_ID), some(&["checkout", "search"]));
    assert_eq!(texts(&frame, &services::SYSTEM), some(&["shop", ""]));
    assert_eq!(ints(&frame, &services::TIER), [Some(2), None]);
    assert_eq!(texts(&frame, &services::REPO_URL), some(&["https://github.com/acme/checkout", "https://github.com/acme/search"]));
    assert_eq!(texts(&frame, &services::TEAM_ID), some(&["payments", "discovery"]));
    let frame = frames.get(&service_aliases::TABLE);
    let mut aliases: Vec<_> = texts(&frame, &service_aliases::ALIAS).into_iter().flatten().collect();
    aliases.sort();
    let repositories = ["https://github.com/acme/checkout", "https://github.com/acme/search"];
    assert_eq!(aliases, ["123e4567-e89b-12d3-a456-426614174000", "PSVC001", repositories[0], repositories[1]]);
    assert_nobody_is_named(&frames);
}

#[test]
fn datadog_entities() {
    let frames = fixture("datadog/entity.datadog.yaml");
    let frame = frames.get(&services::TABLE);
    // A system groups services and is none itself.
    assert_eq!(texts(&frame, &services::SERVICE_ID), some(&["cart", "cart-db"]));
    assert_eq!(texts(&frame, &services::TYPE), some(&["web", "postgres"]));
    assert_eq!(texts(&frame, &services::SYSTEM), some(&["shop", ""]));
    assert_eq!(texts(&frame, &services::LANGUAGE), some(&["go", ""]));
    assert_eq!(ints(&frame, &services::TIER), [Some(1), None]);
    assert_eq!(column(&frames, &service_teams::TABLE, &service_teams::TEAM_ID), some(&["payments", "platform", "platform"]));
    assert_eq!(column(&frames, &dependencies::TABLE, &dependencies::TO_SERVICE_ID), some(&["cart-db", "search"]));
    let frames = fixture("datadog/definitions.json");
    assert_eq!(column(&frames, &services::TABLE, &services::LANGUAGE), some(&["ruby"]));
    assert_eq!(column(&frames, &service_aliases::TABLE, &service_aliases::ALIAS_KIND), some(&["ci"]));
}

/// Collectors write the keys of the interface in their own way.
#[test]
fn datadog_as_a_connector_read_it() {
    let Some(base) = shared("payloads/datadog/faros_source") else { return };
    let frames = read(&[Source::new("incidents.json", "auto")], &Options::new(&base), &()).unwrap();
    assert_eq!(counts(&frames), [2, 2, 0, 0]);
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(ints(&frame, &incidents::SEVERITY), [Some(5); 2]);
    assert_eq!(texts(&frame, &incidents::STATE), some(&["resolved"; 2]));
    assert_eq!(times(&frame, &incidents::CREATED_AT), ["2022-02-27T20:20:00Z"; 2]);
    assert_eq!(times(&frame, &incidents::RESOLVED_AT), ["2022-02-27T21:14:44Z"; 2]);
}

#[test]
fn alertmanager_notifications() {
    let frames = fixture("alertmanager/notifications.ndjson");
    let frame = frames.get(&incidents::TABLE);
    let ids = texts(&frame, &incidents::INCIDENT_ID);
    // One alert in four notifications, one without a fingerprint, and the first one again later.
    assert_eq!(ids.len(), 3);
    assert_eq!(ids[1..], some(&["alertmanager:default:f1/2026-05-04T09:00:00.5Z", "alertmanager:default:f1/2026-05-04T11:00:00Z"]));
    assert_eq!(texts(&frame, &incidents::STATE), some(&["triggered", "resolved", "triggered"]));
    assert_eq!(times(&frame, &incidents::RESOLVED_AT), ["-", "2026-05-04T09:20:00Z", "-"]);
    assert_eq!(times(&frame, &incidents::DETECTED_AT)[1], "2026-05-04T09:00:00Z");
    assert_eq!(ints(&frame, &incidents::SEVERITY), [Some(3), Some(1), Some(1)]);
    assert_eq!(texts(&frame, &incidents::SERVICE_NAME_RAW), some(&["node", "checkout", "checkout"]));
    assert_eq!(texts(&frame, &incidents::ENVIRONMENT), some(&["", "production", "production"]));
    assert_eq!(texts(&frame, &incidents::TEAM_NAME_RAW), some(&["", "payments", ""]));
    assert_eq!(codes(&frames), ["truncation_suspected"]);
    let events = frames.get(&status_events::TABLE);
    assert_eq!(texts(&events, &status_events::TO_STATE), some(&["triggered", "resolved"]));
    assert_nobody_is_named(&frames);
}

#[test]
fn alertmanager_alerts() {
    let frames = fixture("alertmanager/alerts_v2.json");
    let frame = frames.get(&incidents::TABLE);
    // An alert that fires has an end that is a guess.
    assert_eq!(times(&frame, &incidents::RESOLVED_AT), ["-", "-"]);
    assert_eq!(texts(&frame, &incidents::STATE), some(&["triggered"; 2]));
    assert_eq!(texts(&frame, &incidents::SERVICE_NAME_RAW), some(&["search", "db"]));
    assert_eq!(ints(&frame, &incidents::SEVERITY), [Some(2), Some(4)]);
    assert_eq!(texts(&frame, &incidents::TITLE), some(&["HighLatency", "SlowQueries"]));
}

/// Records whose parts are missing or of another type are refused or read in part, and never stop the others.
#[test]
fn broken_records_of_on_call_systems() {
    let cases = [
        ("pagerduty", r#"{"incident_number": 1, "type": "incident", "service": [], "teams": {}, "acknowledgements": 5, "status": null}"#),
        ("pagerduty", r#"{"type": "x_log_entry", "created_at": "soon"}"#),
        ("pagerduty", r#"{"relationships": [{"supporting_service": {"id": "a"}, "dependent_service": {"id": 5}}, null]}"#),
        ("pagerduty", r#"{"type": "service", "escalation_policy": null}"#),
        ("pagerduty", r#"{"routing_key": "r", "event_action": "trigger", "payload": []}"#),
        ("pagerduty", r#"{"routing_key": "r", "payload": {"summary": "deploy done"}}"#),
        (
            "pagerduty",
            "incident_number,created_on,service_name,seconds_to_first_ack\n,,,\n1,2026-05-04 09:00:00,a,99999999999999999999\n2,soon,b",
        ),
        ("datadog", r#"{"type": "incidents", "attributes": {"public_id": 1, "fields": [], "created": {}}}"#),
        ("datadog", r#"{"type": "incidents_search_results", "attributes": {"incidents": [5, {"data": null}], "total": "x"}}"#),
        ("datadog", r#"{"type": "dora_failure", "attributes": {"version": "1"}}"#),
        ("datadog", r#"{"type": "dora_deployment"}"#),
        ("datadog", r#"{"schema-version": "v2", "dd-service": ["x"]}"#),
        (
            "datadog",
            r#"{"apiVersion": "v3", "kind": "service", "metadata": {"name": "a"},
             "spec": {"dependsOn": [":", "service:a"], "componentOf": {}}}"#,
        ),
        ("alertmanager", r#"{"groupKey": "k", "receiver": "r", "alerts": [5, null, {"labels": {}, "startsAt": "0001-01-01T00:00:00Z"}]}"#),
        ("alertmanager", r#"{"labels": {"severity": "P9"}, "startsAt": "soon", "fingerprint": 7}"#),
    ];
    for (adapter, record) in cases {
        let folder = Folder::new(&format!("broken-call-{adapter}")).with("a.json", record);
        read(&[Source::new("a.json", adapter)], &folder.options(), &()).unwrap();
    }
    let good =
        r#"[{"labels": {"alertname": "A"}, "startsAt": "2026-05-04T09:00:00Z", "fingerprint": "x"}, {"labels": {}, "startsAt": null}]"#;
    let folder = Folder::new("broken-call-good").with("a.json", good);
    let frames = folder.read(&[Source::new("a.json", "alertmanager")]);
    assert_eq!(counts(&frames)[..3], [2, 1, 1]);
    assert_eq!(frames.get(&ingest_files::TABLE).height(), 1);
}
