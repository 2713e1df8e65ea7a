//! Service desks: ServiceNow. Jira has a file of its own.

use std::collections::BTreeSet;

use sequela_ingest::{Mapping, Options, Source, read, recognise};
use sequela_schema::canonical::{
    changes, dependencies, incident_services, incidents, ingest_files, problems, service_aliases, services, status_events, teams,
};
use sequela_schema::{Column, Frames, Table, Values};

use crate::support::{Folder, counts, fixture, fixture_as, fixtures, ints, issues, shared, some, texts, times};

/// What several fixtures give together.
fn together(files: &[&str]) -> Frames {
    let sources: Vec<Source> = files.iter().map(|file| Source::new(format!("servicenow/{file}"), "auto")).collect();
    read(&sources, &Options::new(fixtures()), &()).unwrap()
}

/// The value of a column in the row that has an identifier.
fn of(frames: &Frames, table: &'static Table, id: &str, column: &Column) -> Option<String> {
    let frame = frames.get(table);
    let place = texts(&frame, &table.key[0]).iter().position(|found| found.as_deref() == Some(id)).unwrap();
    texts(&frame, column)[place].clone()
}

/// Rows of a table as texts.
fn rows(frames: &Frames, table: &'static Table, columns: &[&Column]) -> Vec<String> {
    let frame = frames.get(table);
    let columns: Vec<_> = columns.iter().map(|column| texts(&frame, column)).collect();
    (0..frame.height())
        .map(|row| columns.iter().map(|column| column[row].clone().unwrap_or_default()).collect::<Vec<_>>().join(" | "))
        .collect()
}

fn codes(frames: &Frames) -> BTreeSet<String> {
    issues(frames).into_iter().map(|(_, code, _)| code).collect()
}

/// Bytes of windows-1252, local time, a cause given by number, the fix never taken for a cause.
#[test]
fn servicenow_list_of_incidents() {
    let text = b"\"number\",\"opened_at\",\"resolved_at\",\"closed_at\",\"state\",\"priority\",\"short_description\",\"caller_id\",\"assignment_group\",\"business_service\",\"cmdb_ci\",\"caused_by\",\"rfc\",\"major_incident_state\"
\"INC0012345\",\"2026-07-01 09:00:00\",\"2026-07-01 10:30:00\",\"2026-07-06 09:00:00\",\"Closed\",\"1 - Critical\",\"Shop \x96 down\",\"Jane Doe\",\"Shop Ops\",\"Shop\",\"web01\",\"CHG0000007\",\"CHG0000008\",\"accepted\"
\"INC0012346\",\"2026-07-01 09:00:00\",\"\",\"\",\"On Hold\",\"4 - Low\",\"'=cmd\",\"Jane Doe\",\"\",\"\",\"web02\",\"\",\"\",\"\"
";
    let folder = Folder::new("snow").with("incident.csv", text);
    let mut source = Source::new("incident.csv", "auto");
    source.timezone = Some("Europe/Berlin".to_owned());
    let frames = folder.read(&[source]);
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(texts(&frame, &incidents::INCIDENT_ID), some(&["servicenow:default:INC0012345", "servicenow:default:INC0012346"]));
    assert_eq!(texts(&frame, &incidents::NUMBER)[0].as_deref(), Some("INC0012345"));
    assert_eq!(times(&frame, &incidents::CREATED_AT)[0], "2026-07-01T07:00:00Z");
    assert_eq!(texts(&frame, &incidents::TIME_QUALITY)[0].as_deref(), Some("assumed_zone"));
    assert_eq!(texts(&frame, &incidents::TITLE), some(&["Shop – down", "=cmd"]));
    assert_eq!(texts(&frame, &incidents::STATE), some(&["closed", "on_hold"]));
    assert_eq!(frame.ints(&incidents::SEVERITY).unwrap().iter().collect::<Vec<_>>(), [Some(1), Some(4)]);
    assert_eq!(frame.bools(&incidents::IS_MAJOR).unwrap().iter().collect::<Vec<_>>(), [Some(true), None]);
    assert_eq!(texts(&frame, &incidents::CAUSED_BY_CHANGE_ID), some(&["servicenow:default:CHG0000007", ""]));
    assert_eq!(texts(&frame, &incidents::FIX_CHANGE_ID), some(&["servicenow:default:CHG0000008", ""]));
    assert_eq!(texts(&frame, &incidents::SERVICE_NAME_RAW), some(&["Shop", ""]));
    let file = frames.get(&ingest_files::TABLE);
    assert_eq!(texts(&file, &ingest_files::ENCODING), some(&["windows-1252"]));
    assert_eq!(texts(&file, &ingest_files::ADAPTER), some(&["servicenow"]));
    assert_eq!(texts(&file, &ingest_files::ZONE_BASIS), some(&["source"]));
    let recognised = recognise(&folder.path().join("incident.csv")).unwrap();
    assert_eq!((recognised.kind.as_str(), recognised.table.as_deref(), recognised.needs_timezone), ("servicenow", Some("incidents"), true));
}

/// The API with both values: times as stored (UTC), the rest as shown; the cause by internal identifier becomes the number.
#[test]
fn servicenow_table_api() {
    let change = r#"{"result":[{"sys_id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","number":"CHG0000007","type":"normal","state":"-1","risk":"2","start_date":"2026-07-01 06:00:00","end_date":"2026-07-01 08:00:00","approval":"approved"}]}"#;
    let incident = r#"{"result":[{"sys_id":{"display_value":"b","value":"b"},"number":{"display_value":"INC0000001","value":"INC0000001"},
        "opened_at":{"display_value":"01.07.2026 09:00:00","value":"2026-07-01 07:00:00"},"state":{"display_value":"In Progress","value":"2"},
        "assignment_group":{"display_value":"Shop Ops","value":"cccccccccccccccccccccccccccccccc","link":"https://x"},"priority":{"display_value":"2 - High","value":"2"},
        "caused_by":{"display_value":"","value":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},"caller_id":{"display_value":"Jane Doe","value":"d"}}]}"#;
    let folder = Folder::new("api").with("change.json", change).with("incident.json", incident);
    let frames = folder.read(&[Source::new("*.json", "auto")]);
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(times(&frame, &incidents::CREATED_AT), ["2026-07-01T07:00:00Z"]);
    assert_eq!(texts(&frame, &incidents::TIME_QUALITY), some(&["exact_utc"]));
    assert_eq!(texts(&frame, &incidents::TEAM_NAME_RAW), some(&["Shop Ops"]));
    assert_eq!(texts(&frame, &incidents::STATE), some(&["in_progress"]));
    assert_eq!(texts(&frame, &incidents::CAUSED_BY_CHANGE_ID), some(&["servicenow:default:CHG0000007"]));
    let frame = frames.get(&changes::TABLE);
    assert_eq!(texts(&frame, &changes::CHANGE_ID), some(&["servicenow:default:CHG0000007"]));
    assert_eq!(texts(&frame, &changes::STATE), some(&["implement"]));
    assert_eq!(texts(&frame, &changes::RISK), some(&["high"]));
    assert_eq!(texts(&frame, &changes::APPROVAL_PATH), some(&["peer"]));
    assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
}

#[test]
fn servicenow_labels_and_other_records() {
    let text = "Number,Opened,Short description,State,Assignment group,Configuration item\nINC0000001,2026-07-01 09:00:00,Down,New,Ops,web\nCHG0000001,2026-07-01 09:00:00,Patch,New,Ops,web\n";
    let folder = Folder::new("labels").with("list.csv", text);
    let mut source = Source::new("list.csv", "servicenow");
    source.table = Some("incidents".to_owned());
    let frames = folder.read(&[source]);
    assert_eq!(texts(&frames.get(&incidents::TABLE), &incidents::TITLE), some(&["Down"]));
    assert_eq!(issues(&frames), [(2, "unknown_record".to_owned(), true)]);
}

#[test]
fn real_servicenow_payloads() {
    let Some(base) = shared("payloads/servicenow/faros_source") else { return };
    for file in ["incidents.json", "incidentsRest.json"] {
        let frames = read(&[Source::new(file, "auto")], &Options::new(&base), &()).unwrap();
        let frame = frames.get(&incidents::TABLE);
        // Two versions of one number, as the fixture has them.
        assert_eq!(texts(&frame, &incidents::INCIDENT_ID), some(&["servicenow:default:INC0000060"]));
        assert_eq!(times(&frame, &incidents::CREATED_AT), ["2016-12-12T15:19:57Z"]);
        assert_eq!(times(&frame, &incidents::RESOLVED_AT), ["2016-12-13T21:43:14Z"]);
        assert_eq!(texts(&frame, &incidents::STATE), some(&["closed"]));
        assert_eq!(texts(&frame, &incidents::TIME_QUALITY), some(&["exact_utc"]));
    }
}

/// Local time in windows-1252; `state` counts more than `incident_state`, a duration written as a date is no time.
#[test]
fn list_export() {
    let mut source = Source::new("servicenow/incident.csv", "auto");
    source.timezone = Some("Europe/Berlin".to_owned());
    let frames = fixture_as(source);
    let frame = frames.get(&incidents::TABLE);
    // Clocks went forward on 29 March 2026: the first incident began in winter time and ended in summer time.
    assert_eq!(times(&frame, &incidents::CREATED_AT), ["2026-03-28T22:30:00Z", "2026-07-01T07:00:00Z", "2026-07-03T07:00:00Z"]);
    assert_eq!(times(&frame, &incidents::RESOLVED_AT), ["2026-03-29T02:10:00Z", "-", "2026-07-03T09:00:00Z"]);
    assert_eq!(times(&frame, &incidents::CLOSED_AT), ["2026-04-03T23:00:00Z", "-", "-"]);
    assert_eq!(texts(&frame, &incidents::STATE), some(&["closed", "on_hold", "resolved"]));
    assert_eq!(ints(&frame, &incidents::SEVERITY), [Some(1), Some(5), Some(3)]);
    assert_eq!(frame.bools(&incidents::IS_MAJOR).unwrap().iter().collect::<Vec<_>>(), [Some(true), None, Some(false)]);
    assert_eq!(
        texts(&frame, &incidents::TITLE),
        some(&["Checkout – orders fail, mail <mail> or <phone>", "=SUM of invoices is wrong since the release", "Slow search"])
    );
    assert_eq!(texts(&frame, &incidents::TEAM_NAME_RAW)[0].as_deref(), Some("Service Desk (50038111)"));
    assert_eq!(texts(&frame, &incidents::CAUSED_BY_CHANGE_ID), some(&["servicenow:default:CHG0030001", "", ""]));
    assert_eq!(texts(&frame, &incidents::FIX_CHANGE_ID), some(&["servicenow:default:CHG0030002", "", ""]));
    assert_eq!(texts(&frame, &incidents::PROBLEM_ID), some(&["servicenow:default:PRB0040001", "", ""]));
    assert_eq!(texts(&frame, &incidents::SERVICE_NAME_RAW), some(&["Checkout", "", ""]));
    assert_eq!(texts(&frames.get(&ingest_files::TABLE), &ingest_files::ENCODING), some(&["windows-1252"]));
    assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
}

#[test]
fn labels() {
    let frames = fixture("servicenow/incident_labels.csv");
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(texts(&frame, &incidents::STATE), some(&["in_progress", "cancelled"]));
    assert_eq!(times(&frame, &incidents::CREATED_AT)[0], "2026-05-02T08:00:00Z");
    assert_eq!(times(&frame, &incidents::RESOLVED_AT), ["-", "-"]);
    assert_eq!(texts(&frame, &incidents::CAUSED_BY_CHANGE_ID), some(&["servicenow:default:CHG0030001", ""]));
    assert_eq!(texts(&frame, &incidents::FIX_CHANGE_ID), some(&["", "servicenow:default:CHG0030002"]));
    assert_eq!(texts(&frame, &incidents::CI_NAME_RAW), some(&["web-01", ""]));
}

/// As stored: UTC, numbers for states, identifiers for references.
#[test]
fn table_interface() {
    let mut source = Source::new("servicenow/incident_table.json", "auto");
    source.timezone = Some("Europe/Berlin".to_owned());
    let frames = fixture_as(source);
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(times(&frame, &incidents::CREATED_AT), ["2026-06-01T10:00:00Z", "2026-06-02T10:00:00Z"]);
    assert_eq!(texts(&frame, &incidents::TIME_QUALITY), some(&["exact_utc", "exact_utc"]));
    assert_eq!(texts(&frame, &incidents::STATE), some(&["resolved", "triggered"]));
    assert_eq!(ints(&frame, &incidents::SEVERITY), [Some(1), Some(4)]);
    assert_eq!(texts(&frame, &incidents::CI_NAME_RAW), some(&["e2000000000000000000000000000002", ""]));
    assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
}

#[test]
fn shown_and_stored_values() {
    let frames = fixture("servicenow/incident_all.json");
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(times(&frame, &incidents::CREATED_AT), ["2026-07-01T07:00:00Z"]);
    assert_eq!(times(&frame, &incidents::RESOLVED_AT), ["2026-07-01T09:00:00Z"]);
    assert_eq!(texts(&frame, &incidents::TITLE), some(&["Search down, call <phone>"]));
    assert_eq!(texts(&frame, &incidents::SERVICE_NAME_RAW), some(&["Search"]));
    assert_eq!(texts(&frame, &incidents::PRIORITY_RAW), some(&["2 - High"]));
    assert_eq!(texts(&frame, &incidents::CAUSED_BY_CHANGE_ID), some(&["servicenow:default:CHG0030007"]));
    assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
}

/// Typed values; types of the organisation's own; a change from a template was approved beforehand.
#[test]
fn change_interface() {
    let frames = fixture("servicenow/change_api.json");
    let frame = frames.get(&changes::TABLE);
    assert_eq!(texts(&frame, &changes::CHANGE_ID), some(&["servicenow:default:CHG0030007", "servicenow:default:CHG0030008"]));
    assert_eq!(texts(&frame, &changes::TYPE), some(&["unknown", "unknown"]));
    assert_eq!(texts(&frame, &changes::TYPE_RAW), some(&["Comprehensive", "Routine"]));
    assert_eq!(texts(&frame, &changes::STATE), some(&["closed", "scheduled"]));
    assert_eq!(texts(&frame, &changes::RISK), some(&["moderate", "low"]));
    assert_eq!(texts(&frame, &changes::CLOSE_CODE), some(&["unsuccessful", ""]));
    assert_eq!(texts(&frame, &changes::APPROVAL_PATH), some(&["cab", "pre_approved"]));
    assert_eq!(times(&frame, &changes::PLANNED_START_AT), ["2026-07-01T06:00:00Z", "2026-07-02T06:00:00Z"]);
    assert_eq!(times(&frame, &changes::ACTUAL_END_AT), ["2026-07-01T06:55:00Z", "-"]);
    assert_eq!(issues(&frames), [(1, "unknown_value".to_owned(), false), (2, "unknown_value".to_owned(), false)]);
}

#[test]
fn list_of_changes() {
    let frames = fixture("servicenow/change_request.csv");
    let frame = frames.get(&changes::TABLE);
    assert_eq!(texts(&frame, &changes::TYPE), some(&["standard", "emergency", "normal"]));
    assert_eq!(texts(&frame, &changes::APPROVAL_PATH), some(&["pre_approved", "ecab", "cab"]));
    assert_eq!(texts(&frame, &changes::STATE), some(&["closed", "review", "authorize"]));
    assert_eq!(texts(&frame, &changes::CLOSE_CODE), some(&["successful", "successful_with_issues", ""]));
    assert_eq!(times(&frame, &changes::CAB_AT), ["-", "-", "2026-07-20T14:00:00Z"]);
    assert_eq!(texts(&frame, &changes::PARENT_CHANGE_ID), some(&["", "servicenow:default:CHG0030001", ""]));
    assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
}

/// The JSON of a list wraps its rows as `records`. Incidents and changes of other files give their numbers.
#[test]
fn list_of_problems_as_json() {
    let frames = together(&["problem.json", "incident.csv", "change_api.json"]);
    let frame = frames.get(&problems::TABLE);
    assert_eq!(texts(&frame, &problems::STATE), some(&["fix in progress"]));
    assert_eq!(texts(&frame, &problems::ROOT_CAUSE_TEXT), some(&["Pool of 10, ask <mail>"]));
    assert_eq!(texts(&frame, &problems::FIX_CHANGE_ID), some(&["servicenow:default:CHG0030007"]));
    assert_eq!(texts(&frame, &problems::FIRST_INCIDENT_ID), some(&["servicenow:default:INC0010001"]));
    assert_eq!(ints(&frame, &problems::RELATED_INCIDENT_COUNT), [Some(3)]);
    assert_eq!(times(&frame, &problems::CREATED_AT), ["2026-04-01T08:00:00Z"]);
}

/// Tables that scripts made of what the interfaces gave.
#[test]
fn flattened_records() {
    let frames = fixture("servicenow/incident_flattened.csv");
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(times(&frame, &incidents::CREATED_AT), ["2026-07-02T08:00:00Z"]);
    assert_eq!(texts(&frame, &incidents::TIME_QUALITY), some(&["exact_utc"]));
    assert_eq!(texts(&frame, &incidents::TEAM_NAME_RAW), some(&["Web"]));
    assert_eq!(texts(&frame, &incidents::STATE), some(&["triggered"]));
    let frames = fixture("servicenow/incident_python.csv");
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(times(&frame, &incidents::CREATED_AT), ["2026-07-03T08:00:00Z", "2026-07-04T08:00:00Z"]);
    assert_eq!(times(&frame, &incidents::RESOLVED_AT), ["-", "2026-07-04T09:00:00Z"]);
    assert_eq!(texts(&frame, &incidents::TEAM_NAME_RAW), some(&["Jane's team", ""]));
    assert_eq!(texts(&frame, &incidents::CI_NAME_RAW), some(&["e2000000000000000000000000000002", ""]));
    assert_eq!(texts(&frame, &incidents::TITLE)[0].as_deref(), Some("Disk full…"));
    assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
}

/// Many rows per incident: one incident, its history, and when it was taken up where the log shows that.
#[test]
fn log_of_updates() {
    let frames = fixture("servicenow/incident_event_log.csv");
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(texts(&frame, &incidents::NUMBER), some(&["INC0000045", "INC0000047"]));
    assert_eq!(texts(&frame, &incidents::STATE), some(&["closed", "on_hold"]));
    assert_eq!(times(&frame, &incidents::CREATED_AT), ["2016-02-29T01:16:00Z", "2016-02-29T04:40:00Z"]);
    assert_eq!(times(&frame, &incidents::RESOLVED_AT), ["2016-02-29T11:29:00Z", "2016-03-01T09:52:00Z"]);
    // The second one is in progress when the log begins.
    assert_eq!(times(&frame, &incidents::ACKNOWLEDGED_AT), ["2016-02-29T08:53:00Z", "-"]);
    assert_eq!(ints(&frame, &incidents::REASSIGNMENT_COUNT), [Some(1), Some(0)]);
    assert_eq!(texts(&frame, &incidents::CAUSED_BY_CHANGE_ID), some(&["", "servicenow:default:CHG0000097"]));
    assert_eq!(texts(&frame, &incidents::CI_NAME_RAW), some(&["", ""]));
    let frame = frames.get(&status_events::TABLE);
    assert_eq!(
        texts(&frame, &status_events::TO_STATE),
        some(&["triggered", "in_progress", "resolved", "closed", "in_progress", "on_hold"])
    );
    assert_eq!(times(&frame, &status_events::AT)[1], "2016-02-29T08:53:00Z");
    assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
}

#[test]
fn a_list_of_several_tables() {
    let frames = fixture("servicenow/task.csv");
    assert_eq!(texts(&frames.get(&incidents::TABLE), &incidents::NUMBER), some(&["INC0010061", "INC0010062"]));
    assert_eq!(texts(&frames.get(&changes::TABLE), &changes::NUMBER), some(&["CHG0030061"]));
    assert_eq!(texts(&frames.get(&problems::TABLE), &problems::NUMBER), some(&["PRB0040061"]));
    assert_eq!(counts(&frames), [4, 4, 0, 0]);
    let text = "number,opened_at,state,short_description\nINC0000001,2026-07-01 09:00:00,New,a\nRITM0000001,2026-07-01 09:00:00,New,b\n";
    let folder = Folder::new("requests").with("task.csv", text);
    let frames = folder.read(&[Source::new("task.csv", "auto")]);
    assert_eq!(frames.height(&incidents::TABLE), 1);
    assert_eq!((counts(&frames), issues(&frames)), ([2, 1, 1, 0], vec![(2, "unknown_record".to_owned(), true)]));
}

#[test]
fn services_relations_and_groups() {
    let frames = together(&["cmdb_ci_service.csv", "cmdb_rel_ci.csv", "sys_user_group.csv"]);
    assert_eq!(
        rows(&frames, &services::TABLE, &[&services::SERVICE_ID, &services::TYPE, &services::LIFECYCLE, &services::TEAM_ID]),
        [
            "Billing | Business Service | retired | Billing",
            "Checkout | Application Service | operational | Web",
            "Search | Application Service | operational | "
        ]
    );
    assert_eq!(ints(&frames.get(&services::TABLE), &services::TIER), [Some(2), Some(1), None]);
    let aliases =
        rows(&frames, &service_aliases::TABLE, &[&service_aliases::ALIAS, &service_aliases::ALIAS_KIND, &service_aliases::SERVICE_ID]);
    for alias in ["e1000000000000000000000000000001 | sys_id | Checkout", "SNSVC0001001 | name | Checkout", "Checkout | name | Checkout"] {
        assert!(aliases.iter().any(|found| found == alias), "{alias}: {aliases:?}");
    }
    // Who runs on what joins no two services; who manages what is no dependency; who sends is depended on.
    assert_eq!(
        rows(&frames, &dependencies::TABLE, &[&dependencies::FROM_SERVICE_ID, &dependencies::TO_SERVICE_ID, &dependencies::KIND]),
        ["Billing | Search | Sends data to::Receives data from", "Checkout | Billing | Depends on::Used by"]
    );
    assert_eq!(rows(&frames, &teams::TABLE, &[&teams::TEAM_ID, &teams::PARENT_TEAM_ID]), ["Engineering | ", "Web | Engineering"]);
    assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
}

/// Records as stored refer to each other by internal identifier.
#[test]
fn identifiers_are_told_by_other_files() {
    let files = ["incident_table.json", "change_api.json", "cmdb_ci.json", "cmdb_rel_ci.json", "sys_user_group.json", "sys_audit.json"];
    let frames = together(&files);
    let id = "servicenow:default:INC0010021";
    let incident = |column: &Column| of(&frames, &incidents::TABLE, id, column);
    assert_eq!(incident(&incidents::CAUSED_BY_CHANGE_ID).as_deref(), Some("servicenow:default:CHG0030007"));
    assert_eq!(incident(&incidents::TEAM_NAME_RAW).as_deref(), Some("Web"));
    // The server that it names runs the checkout.
    assert_eq!(incident(&incidents::SERVICE_NAME_RAW).as_deref(), Some("Checkout"));
    assert_eq!(
        rows(&frames, &incident_services::TABLE, &[&incident_services::INCIDENT_ID, &incident_services::SERVICE_NAME_RAW])[0],
        format!("{id} | Checkout")
    );
    assert_eq!(times(&frames.get(&incidents::TABLE), &incidents::ACKNOWLEDGED_AT), ["2026-06-01T10:12:00Z", "-"]);
    assert_eq!(
        rows(&frames, &services::TABLE, &[&services::SERVICE_ID, &services::LIFECYCLE, &services::TEAM_ID]),
        ["Billing | retired | ", "Checkout | operational | Web"]
    );
    assert_eq!(rows(&frames, &teams::TABLE, &[&teams::TEAM_ID, &teams::PARENT_TEAM_ID]), ["Engineering | ", "Web | Engineering"]);
    assert_eq!(
        rows(&frames, &dependencies::TABLE, &[&dependencies::FROM_SERVICE_ID, &dependencies::TO_SERVICE_ID]),
        ["Checkout | Billing"]
    );
    let events = [&status_events::ENTITY_TYPE, &status_events::ENTITY_ID, &status_events::FROM_STATE, &status_events::TO_STATE];
    assert_eq!(
        rows(&frames, &status_events::TABLE, &events),
        [
            "change | servicenow:default:CHG0030007 | scheduled | implement",
            "incident | servicenow:default:INC0010021 | triggered | in_progress",
            "incident | servicenow:default:INC0010021 | in_progress | resolved"
        ]
    );
    assert_eq!(codes(&frames), BTreeSet::from(["unknown_value".to_owned()]));
}

/// An item that several services use says nothing about which of them failed.
#[test]
fn services_of_configuration_items() {
    let frames = together(&["incident.csv", "incident_labels.csv", "cmdb_ci_service.csv", "cmdb_rel_ci.csv"]);
    let service = |number: &str| of(&frames, &incidents::TABLE, &format!("servicenow:default:{number}"), &incidents::SERVICE_NAME_RAW);
    assert_eq!(service("INC0010001").as_deref(), Some("Checkout"));
    assert_eq!(service("INC0010011").as_deref(), Some("Checkout"));
    assert_eq!((service("INC0010002"), service("INC0010003")), (None, None));
    assert_eq!(issues(&frames), [(0, "ambiguous_service".to_owned(), false)]);
}

/// A list of servers among services; relations and audits without what they are about.
#[test]
fn incomplete_exports() {
    let frames = fixture("servicenow/cmdb_ci_service_labels.csv");
    assert_eq!(rows(&frames, &services::TABLE, &[&services::SERVICE_ID, &services::TEAM_ID]), ["Checkout | Web"]);
    let frames = fixture("servicenow/cmdb_rel_ci.json");
    assert_eq!((frames.height(&dependencies::TABLE), codes(&frames)), (0, BTreeSet::from(["unknown_service".to_owned()])));
    let frames = fixture("servicenow/cmdb_rel_ci.csv");
    assert_eq!(frames.height(&dependencies::TABLE), 6);
    let frames = fixture("servicenow/sys_audit.json");
    assert_eq!((frames.height(&status_events::TABLE), codes(&frames)), (3, BTreeSet::from(["unmatched_status".to_owned()])));
}

/// The end of the record is not the end of the incident when a job closes many at once.
#[test]
fn incidents_that_were_closed_together() {
    let mut text = "number,opened_at,resolved_at,closed_at,state,priority\n".to_owned();
    for number in 1..=5 {
        text.push_str(&format!(
            "INC000000{number},2026-07-0{number} 09:00:00,2026-07-20 01:00:00,2026-07-20 01:00:00,Closed,3 - Moderate\n"
        ));
    }
    text.push_str("INC0000006,2026-07-01 09:00:00,2026-07-01 10:00:00,2026-07-20 01:00:00,Closed,3 - Moderate\n");
    let folder = Folder::new("together").with("incident.csv", text);
    let frames = folder.read(&[Source::new("incident.csv", "auto")]);
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(times(&frame, &incidents::RESOLVED_AT), ["-", "-", "-", "-", "-", "2026-07-01T10:00:00Z"]);
    assert_eq!(texts(&frame, &incidents::STATE)[0].as_deref(), Some("closed"));
    assert_eq!(issues(&frames), [(0, "closed_together".to_owned(), false)]);
}

/// So many incidents, one an hour, last updated so many days after the newest of them was opened.
fn page(count: i64, days: i64) -> String {
    let at =
        |hours: i64| (chrono::DateTime::from_timestamp(1_735_689_600 + hours * 3600, 0).unwrap()).format("%Y-%m-%d %H:%M:%S").to_string();
    let record = |number: i64| {
        let updated = if number == 7 { count + days * 24 } else { number };
        format!(
            r#"{{"sys_id":"{number:032x}","number":"INC{number:07}","opened_at":"{}","sys_updated_on":"{}","state":"1"}}"#,
            at(number),
            at(updated)
        )
    };
    format!(r#"{{"result":[{}]}}"#, (0..count).map(record).collect::<Vec<_>>().join(","))
}

/// The limit counts records that the reader may not see.
#[test]
fn full_pages() {
    let suspected = |files: &[(&str, String)]| {
        let folder = files.iter().fold(Folder::new("pages"), |folder, (name, text)| folder.with(name, text));
        let frames = folder.read(&[Source::new("*.json", "auto")]);
        codes(&frames).contains("truncation_suspected")
    };
    assert!(suspected(&[("a.json", page(9_788, 30))]));
    assert!(suspected(&[("a.json", page(10_000, 0))]));
    // Everything until the last update is there, or there are hardly enough records, or another page is the last one.
    assert!(!suspected(&[("a.json", page(9_788, 1))]));
    assert!(!suspected(&[("a.json", page(8_000, 30))]));
    assert!(!suspected(&[("a.json", page(9_788, 30)), ("b.json", page(12, 30))]));
}

#[test]
fn no_person_is_left() {
    let files: Vec<String> =
        std::fs::read_dir(fixtures().join("servicenow")).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    let frames = together(&files.iter().map(String::as_str).collect::<Vec<_>>());
    for (name, frame) in frames.iter() {
        for column in frame.columns() {
            let Ok(texts) = column.str() else { continue };
            let found = texts
                .iter()
                .flatten()
                .find(|text| ["Planted", "jane.planted", "7946", "d1000000"].iter().any(|person| text.contains(person)));
            assert_eq!(found, None, "{name}.{}", column.name());
        }
    }
}

#[test]
fn what_is_recognised() {
    let expected = [
        ("incident.csv", "incidents", true),
        ("incident_table.json", "incidents", false),
        ("incident_python.csv", "incidents", false),
        ("change_api.json", "changes", false),
        ("cmdb_ci_service_labels.csv", "services", false),
        ("cmdb_rel_ci.csv", "dependencies", false),
        ("sys_user_group.json", "teams", false),
        ("sys_audit.json", "status_events", false),
    ];
    for (file, table, needs_timezone) in expected {
        let found = recognise(&fixtures().join("servicenow").join(file)).unwrap();
        assert_eq!(
            (found.kind.as_str(), found.table.as_deref(), found.needs_timezone),
            ("servicenow", Some(table), needs_timezone),
            "{file}"
        );
    }
    let folder = Folder::new("others")
        .with("relations.csv", "parent,child,type\nAnna,Ben,family\n")
        .with("users.csv", "sys_id,name,user_name,manager,parent,active\na,Jane Planted,jane,b,c,true\n")
        .with("services.csv", "service_id,name,tier,owner,support_group\nshop,Shop,1,web,ops\n");
    for file in ["relations.csv", "users.csv", "services.csv"] {
        let found = recognise(&folder.path().join(file)).unwrap();
        assert_ne!(found.kind, "servicenow", "{file}: {found:?}");
    }
}

/// The log of a real instance, whose copy lost prefixes. Expected figures were counted with Python's csv module.
#[test]
fn real_log_of_updates() {
    let Some(base) = shared("data/uci-servicenow") else { return };
    let mut source = Source::new("incident_event_log.csv.gz", "auto");
    source.map.insert("state".to_owned(), Mapping::Column("ident_state".to_owned()));
    let frames = read(&[source], &Options::new(&base), &()).unwrap();
    let frame = frames.get(&incidents::TABLE);
    let filled = |column: &Column| times(&frame, column).iter().filter(|time| *time != "-").count();
    assert_eq!((frame.height(), filled(&incidents::RESOLVED_AT)), (24_918, 23_362));
    // New at first and Active later; the update that made it so is not before the opening.
    assert_eq!(filled(&incidents::ACKNOWLEDGED_AT), 8_446);
    assert_eq!(counts(&frames), [141_712, 141_712, 0, 141_712 - 24_918]);
    // Five updates have the state -100, which nobody explains.
    assert_eq!((issues(&frames).len(), codes(&frames)), (5, BTreeSet::from(["unknown_value".to_owned()])));
}
