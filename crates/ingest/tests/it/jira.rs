//! Jira and Jira Service Management: searches, CSV exports, changelogs.

use std::collections::BTreeMap;

use sequela_ingest::{Directions, Mapping, Source};
use sequela_schema::canonical::{changes, incident_services, incidents, ingest_files, problems, status_events};
use sequela_schema::{Column, Frames, Values};

use crate::support::{Folder, counts, expected, fixture, fixture_as, fixtures, ints, issues, shared, some, texts, times};

fn codes(frames: &Frames) -> Vec<String> {
    issues(frames).into_iter().map(|(_, code, _)| code).collect()
}

#[test]
fn incidents_of_a_search() {
    let frames = fixture("jira/search.json");
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(texts(&frame, &incidents::INCIDENT_ID), some(&["jira:default:OPS-1", "jira:default:OPS-2", "jira:default:OPS-6"]));
    assert_eq!(texts(&frame, &incidents::TITLE), some(&["Checkout down, call <mail> or <phone>", "Search is slow", "Cannot pay"]));
    assert_eq!(texts(&frame, &incidents::STATE), some(&["closed", "in_progress", "merged"]));
    assert_eq!(ints(&frame, &incidents::SEVERITY), [Some(2), Some(3), None]);
    assert_eq!(texts(&frame, &incidents::SERVICE_NAME_RAW), some(&["checkout", "search", ""]));
    assert_eq!(texts(&frame, &incidents::TEAM_NAME_RAW), some(&["Payments", "", ""]));
    assert_eq!(times(&frame, &incidents::CREATED_AT), ["2026-05-04T08:00:00Z", "2026-05-05T09:00:00Z", "2026-05-04T08:10:00Z"]);
    // OPS-2 was reopened and kept the date of its resolution; OPS-6 is done and has none, so its change of category counts.
    assert_eq!(times(&frame, &incidents::RESOLVED_AT), ["2026-05-04T10:00:00Z", "-", "2026-05-04T08:50:00Z"]);
    assert_eq!(texts(&frame, &incidents::URL)[0].as_deref(), Some("https://shop.atlassian.net/browse/OPS-1"));
    let mut found = codes(&frames);
    found.sort();
    assert_eq!(found, ["issues_left_alone", "resolved_while_open"]);
    assert_eq!(counts(&frames), [6, 6, 0, 0]);
}

#[test]
fn histories_and_links_of_a_search() {
    let frames = fixture("jira/search.json");
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(times(&frame, &incidents::ACKNOWLEDGED_AT), ["2026-05-04T08:07:00Z", "-", "-"]);
    assert_eq!(times(&frame, &incidents::CLOSED_AT), ["2026-05-04T10:00:00Z", "-", "-"]);
    assert_eq!(ints(&frame, &incidents::REOPEN_COUNT), [Some(1), None, None]);
    assert_eq!(texts(&frame, &incidents::CAUSED_BY_CHANGE_ID), some(&["jira:default:OPS-3", "", ""]));
    assert_eq!(texts(&frame, &incidents::PROBLEM_ID), some(&["jira:default:OPS-4", "", ""]));
    // Direction matters: OPS-6 repeats OPS-1, not the other way round.
    assert_eq!(texts(&frame, &incidents::DUPLICATE_OF), some(&["", "", "jira:default:OPS-1"]));
    let events = frames.get(&status_events::TABLE);
    assert_eq!(texts(&events, &status_events::TO_STATE), some(&["in_progress", "resolved", "in_progress", "closed"]));
    assert_eq!(times(&events, &status_events::AT)[0], "2026-05-04T08:07:00Z");
    assert_eq!(frames.get(&incident_services::TABLE).height(), 3);
}

#[test]
fn changes_and_problems_of_a_search() {
    let frames = fixture("jira/search.json");
    let frame = frames.get(&changes::TABLE);
    let one = |column: &Column| texts(&frame, column)[0].clone().unwrap_or_default();
    assert_eq!((one(&changes::CHANGE_ID).as_str(), one(&changes::TYPE).as_str()), ("jira:default:OPS-3", "emergency"));
    assert_eq!((one(&changes::RISK).as_str(), one(&changes::STATE).as_str()), ("high", "closed"));
    assert_eq!((one(&changes::CLOSE_CODE).as_str(), one(&changes::APPROVAL_STATE).as_str()), ("unsuccessful", "approved"));
    assert_eq!(times(&frame, &changes::PLANNED_START_AT), ["2026-05-04T07:30:00Z"]);
    assert_eq!(times(&frame, &changes::APPROVED_AT), ["2026-05-03T12:00:00Z"]);
    let frame = frames.get(&problems::TABLE);
    assert_eq!(texts(&frame, &problems::PROBLEM_ID), some(&["jira:default:OPS-4"]));
    assert_eq!(texts(&frame, &problems::ROOT_CAUSE_TEXT), some(&["Pool too small, says <mail>"]));
    assert_eq!(texts(&frame, &problems::SERVICE_NAME_RAW), some(&["payments"]));
}

#[test]
fn no_person_is_read() {
    for path in ["jira/search.json", "jira/export.csv"] {
        let frames = fixture(path);
        let shown: Vec<String> = frames.iter().map(|(_, frame)| format!("{:?}", frame.columns())).collect();
        assert!(!shown.iter().any(|text| text.to_lowercase().contains("planted") || text.contains("7946")), "{path}");
    }
}

/// The changelog came in a file of its own, named by the number of the issue; its statuses are in German.
#[test]
fn a_changelog_fetched_apart() {
    let sources = ["jira/changelog-10102.json", "jira/search.json"].map(|path| Source::new(path, "auto"));
    let frames = sequela_ingest::read(&sources, &sequela_ingest::Options::new(fixtures()), &()).unwrap();
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(times(&frame, &incidents::ACKNOWLEDGED_AT), ["2026-05-04T08:07:00Z", "2026-05-05T09:20:00Z", "-"]);
    assert_eq!(ints(&frame, &incidents::REOPEN_COUNT), [Some(1), Some(1), None]);
    // Still reopened: a resolution of the past is none.
    assert_eq!(times(&frame, &incidents::RESOLVED_AT)[1], "-");
    assert_eq!(frames.get(&status_events::TABLE).height(), 7);
}

#[test]
fn a_csv_export() {
    let source = Source { timezone: Some("Europe/Berlin".to_owned()), ..Source::new("jira/export.csv", "auto") };
    let frames = fixture_as(source);
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(texts(&frame, &incidents::NUMBER), some(&["OPS-11", "OPS-12", "OPS-15"]));
    // Local times of a summer in Berlin: two hours before UTC; the month of OPS-12 is written in German, OPS-15 has no time of day.
    assert_eq!(times(&frame, &incidents::CREATED_AT), ["2024-05-11T13:26:00Z", "2024-05-12T07:05:00Z", "2024-05-12T22:00:00Z"]);
    assert_eq!(times(&frame, &incidents::RESOLVED_AT), ["2024-05-11T14:56:00Z", "-", "2024-05-12T22:00:00Z"]);
    assert_eq!(texts(&frame, &incidents::TIME_QUALITY), some(&["assumed_zone", "assumed_zone", "date_only"]));
    assert_eq!(texts(&frame, &incidents::STATE), some(&["resolved", "on_hold", "cancelled"]));
    assert_eq!(ints(&frame, &incidents::SEVERITY), [Some(1), Some(4), Some(3)]);
    assert_eq!(texts(&frame, &incidents::SERVICE_NAME_RAW), some(&["checkout", "search", "web"]));
    assert_eq!(texts(&frame, &incidents::CAUSED_BY_CHANGE_ID), some(&["jira:default:OPS-13", "", ""]));
    assert_eq!(texts(&frame, &incidents::DUPLICATE_OF), some(&["", "jira:default:OPS-11", ""]));
    let frame = frames.get(&changes::TABLE);
    assert_eq!(texts(&frame, &changes::CLOSE_CODE), some(&["successful"]));
    assert_eq!(times(&frame, &changes::PLANNED_START_AT), ["2024-05-11T13:00:00Z"]);
    // The cell of approvals is the name of an object in Java's memory.
    assert_eq!(texts(&frame, &changes::APPROVAL_STATE), some(&[""]));
    assert_eq!(counts(&frames), [5, 5, 0, 0]);
    assert_eq!(codes(&frames), ["issues_left_alone"]);
}

const HEADERS: &str = "Summary,Issue key,Issue id,Issue Type,Status,Created,Labels,Labels,Custom field (Severity),Resolved";

/// Three labels under two headers shift what follows; a comma without quotes shifts everything.
#[test]
fn wide_rows_are_repaired_only_where_it_is_sure() {
    let rows = "Down,OPS-1,1,Incident,Done,13/05/2024 10:00,a,b,c,SEV-1,13/05/2024 11:00\n\
                Down, again,OPS-2,2,Incident,Done,13/05/2024 10:00,a,b,SEV-1,13/05/2024 11:00\n\
                Down,OPS-3,3,Incident,Done,13/05/2024 10:00,a,,,SEV-1,13/05/2024 11:00\n\
                Down,OPS-4,4,Incident,Open,13/05/2024 10:00,a,b,SEV-2,,\n\
                Down,OPS-5,5,Incident,Open,13/05/2024 10:00,a,,SEV-3,,\n";
    let folder = Folder::new("jira-wide").with("issues.csv", format!("{HEADERS}\n{rows}"));
    let frames = folder.read(&[Source::new("issues.csv", "auto")]);
    let frame = frames.get(&incidents::TABLE);
    // OPS-4 may have two labels and an empty cell too many, or three labels and no severity; OPS-5 can only have the former.
    assert_eq!(texts(&frame, &incidents::NUMBER), some(&["OPS-1", "OPS-5"]));
    assert_eq!(ints(&frame, &incidents::SEVERITY), [Some(1), Some(3)]);
    assert_eq!(times(&frame, &incidents::RESOLVED_AT), ["2024-05-13T11:00:00Z", "-"]);
    assert_eq!(issues(&frames), [2, 3, 4].map(|row| (row, "wide_row".to_owned(), true)));
}

#[test]
fn month_first_where_a_date_proves_it() {
    let rows = "Down,OPS-1,1,Incident,Open,3/4/2024 1:05:00 PM,,,,\nDown,OPS-2,2,Incident,Open,3/17/2024 1:05:00 PM,,,,\n";
    let folder = Folder::new("jira-order").with("issues.csv", format!("{HEADERS}\n{rows}"));
    let frames = folder.read(&[Source::new("issues.csv", "auto")]);
    let created = times(&frames.get(&incidents::TABLE), &incidents::CREATED_AT);
    assert_eq!(created, ["2024-03-04T13:05:00Z", "2024-03-17T13:05:00Z"]);
}

#[test]
fn types_labels_and_fields_of_the_source() {
    let mut source = Source::new("jira/search.json", "auto");
    source.types = BTreeMap::from([("incidents".to_owned(), vec!["outage-followup".to_owned()])]);
    let frames = fixture_as(source);
    assert_eq!(texts(&frames.get(&incidents::TABLE), &incidents::NUMBER), some(&["OPS-5"]));
    let mut source = Source::new("jira/search.json", "auto");
    source.map = BTreeMap::from([
        ("severity".to_owned(), Mapping::Column("customfield_10055".to_owned())),
        ("category".to_owned(), Mapping::Column("Custom field (Team)".to_owned())),
        ("description_text".to_owned(), Mapping::Column("description".to_owned())),
    ]);
    let frame = fixture_as(source).get(&incidents::TABLE);
    assert_eq!(ints(&frame, &incidents::SEVERITY)[0], Some(2));
    assert_eq!(texts(&frame, &incidents::CATEGORY)[0].as_deref(), Some("Payments"));
    assert_eq!(texts(&frame, &incidents::DESCRIPTION_TEXT)[0].as_deref(), Some("All payments fail."));
}

/// Words of the organisation count before those of Jira; a word that its list does not have keeps what Jira knows.
#[test]
fn states_of_the_organisation() {
    let mut source = Source::new("jira/export.csv", "auto");
    let values = BTreeMap::from([("Waiting for vendor".to_owned(), "in_progress".to_owned())]);
    let directions = Directions { column: Some("Status".to_owned()), values, ..Directions::default() };
    source.map = BTreeMap::from([
        ("state".to_owned(), Mapping::Detailed(directions)),
        ("services".to_owned(), Mapping::Column("Labels".to_owned())),
    ]);
    let frames = fixture_as(source);
    assert_eq!(texts(&frames.get(&incidents::TABLE), &incidents::STATE), some(&["resolved", "in_progress", "cancelled"]));
}

#[test]
fn a_full_csv_export_may_be_cut_off() {
    let rows: Vec<String> = (1..=1000).map(|number| format!("x,OPS-{number},{number},Incident,Open,13/05/2024 10:00,,,,")).collect();
    let folder = Folder::new("jira-full").with("issues.csv", format!("{HEADERS}\n{}\n", rows.join("\n")));
    assert_eq!(codes(&folder.read(&[Source::new("issues.csv", "auto")])), ["truncation_suspected"]);
}

/// A status in another language, without a category: a date of resolution tells that it is an end, and nothing else is guessed.
#[test]
fn unknown_statuses_are_not_guessed() {
    let rows = "Down,OPS-1,1,Incident,Erledigt,13/05/2024 10:00,,,,13/05/2024 11:00\nDown,OPS-2,2,Incident,Offen,13/05/2024 10:00,,,,\n";
    let folder = Folder::new("jira-unknown").with("issues.csv", format!("{HEADERS}\n{rows}"));
    let frames = folder.read(&[Source::new("issues.csv", "auto")]);
    assert_eq!(texts(&frames.get(&incidents::TABLE), &incidents::STATE), some(&["resolved", ""]));
    assert_eq!(codes(&frames), ["unknown_value"]);
}

#[test]
fn pages_that_are_missing_are_noticed() {
    let issue = r#"{"key":"OPS-1","id":"1","fields":{"issuetype":{"name":"Incident"},"created":"2026-05-04T10:00:00.000+0200"}}"#;
    let first = format!(r#"{{"startAt":0,"maxResults":1,"total":2,"issues":[{issue}]}}"#);
    let last = format!(r#"{{"startAt":1,"maxResults":1,"total":2,"issues":[{}]}}"#, issue.replace("OPS-1", "OPS-2"));
    let (token, end) = (format!(r#"{{"issues":[{issue}],"nextPageToken":"x"}}"#), format!(r#"{{"issues":[{issue}]}}"#));
    let folder = Folder::new("jira-pages")
        .with("one.json", &first)
        .with("both.json", format!("{first}\n{last}"))
        .with("list.json", format!("[{first},{last}]"))
        .with("token.json", &token)
        .with("tokens.json", format!("{token}\n{end}"));
    let suspected = |file: &str| {
        let frame = folder.read(&[Source::new(file, "auto")]).get(&ingest_files::TABLE);
        frame.bools(&ingest_files::TRUNCATION_SUSPECTED).unwrap().get(0)
    };
    assert_eq!(["one.json", "both.json", "list.json"].map(suspected), [Some(true), Some(false), Some(false)]);
    assert_eq!(["token.json", "tokens.json"].map(suspected), [Some(true), Some(false)]);
}

#[test]
fn broken_issues_do_not_spoil_the_others() {
    let good = r#"{"key":"OPS-1","fields":{"issuetype":{"name":"Incident"},"status":null,"created":"2026-05-04T10:00:00.000+0200","issuelinks":[null,{}],"components":"x","labels":null},"changelog":{"histories":[{"items":"x"},{"created":7}]}}"#;
    let text = format!(r#"[{good},{{"fields":{{"issuetype":{{"name":"Incident"}}}}}},{{"key":null,"fields":[]}},7]"#);
    let folder = Folder::new("jira-broken").with("issues.json", text);
    let frames = folder.read(&[Source::new("issues.json", "jira")]);
    assert_eq!(counts(&frames), [4, 1, 3, 0]);
}

/// DevLake's own fixtures: real issues of many types, none of them an incident by name.
#[test]
fn issues_of_devlake() {
    let Some(base) = shared("payloads/jira") else { return };
    let folder = base.join("devlake_raw");
    let mut source = Source::new(folder.join("_raw_jira_api_issues.jsonl").to_string_lossy(), "auto");
    source.types = BTreeMap::from([(
        "incidents".to_owned(),
        ["子任务", "故事", "任务", "Story", "缺陷", "Test Execution", "Epic"].map(str::to_owned).to_vec(),
    )]);
    let frames = sequela_ingest::read(&[source], &sequela_ingest::Options::new(&base), &()).unwrap();
    assert_eq!(counts(&frames), [33, 33, 0, 0]);
    let frame = frames.get(&incidents::TABLE);
    let ours: BTreeMap<String, usize> = texts(&frame, &incidents::NUMBER).into_iter().flatten().zip(0..).collect();
    let (created, resolved) = (times(&frame, &incidents::CREATED_AT), times(&frame, &incidents::RESOLVED_AT));
    let (status, urls) = (texts(&frame, &incidents::ORIGINAL_STATE), texts(&frame, &incidents::URL));
    let (states, priorities) = (texts(&frame, &incidents::STATE), texts(&frame, &incidents::PRIORITY_RAW));
    let (mut compared, mut reopened) = (0, 0);
    for row in expected(&base.join("devlake_expected/issues.csv")) {
        let Some(place) = ours.get(&row["issue_key"]) else { continue };
        compared += 1;
        let second = |text: &str| if text.is_empty() { "-".to_owned() } else { format!("{}Z", &text[..19]) };
        assert_eq!(created[*place], second(&row["created_date"]), "{}", row["issue_key"]);
        assert_eq!(status[*place].as_deref(), Some(row["original_status"].as_str()));
        assert_eq!(urls[*place].as_deref(), Some(row["url"].as_str()));
        assert_eq!(priorities[*place].as_deref(), Some(row["priority"].as_str()));
        // Five issues have a date of resolution in a status that Jira counts as new: they were reopened. DevLake keeps the date.
        let is_done = states[*place].as_deref() == Some("resolved");
        reopened += usize::from(!is_done);
        assert_eq!(resolved[*place], if is_done { second(&row["resolution_date"]) } else { "-".to_owned() }, "{}", row["issue_key"]);
        // Its other words for a status come from a configuration.
        assert!(is_done || row["status"] != "DONE", "{}", row["issue_key"]);
    }
    assert_eq!((compared, reopened), (30, 5));
}

/// Changelogs of issues that are not among the issues: each is read, and nothing is made up from them.
#[test]
fn changelogs_of_devlake() {
    let Some(base) = shared("payloads/jira/devlake_raw") else { return };
    let source = Source::new(base.join("_raw_jira_api_issue_changelogs.jsonl").to_string_lossy(), "auto");
    let frames = sequela_ingest::read(&[source], &sequela_ingest::Options::new(&base), &()).unwrap();
    assert_eq!(counts(&frames), [279, 279, 0, 0]);
    assert_eq!(codes(&frames), ["changelogs_left_alone"]);
    for unknown in ["_raw_jira_api_status.jsonl", "_raw_jira_api_issue_types.jsonl", "../devlake_expected/_tool_jira_issues.csv"] {
        assert_ne!(sequela_ingest::recognise(&base.join(unknown)).unwrap().kind, "jira", "{unknown}");
    }
}
