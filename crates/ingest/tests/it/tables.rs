//! Mapped tables: many-to-many links, states folded, duplicates across files, and the way back from a run's own tables.

use sequela_ingest::{DateOrder, Directions, Mapping, Options, Source, read};
use sequela_schema::Values;
use sequela_schema::canonical::{
    deployment_commits, deployment_services, deployments, incident_services, incidents, ingest_files, service_teams, services,
    status_events,
};

use crate::support::{Folder, assert_comes_back, counts, ints, issues, texts, times};

fn some(texts: &[&str]) -> Vec<Option<String>> {
    texts.iter().map(|text| (!text.is_empty()).then(|| (*text).to_owned())).collect()
}

/// A case of DevLake's: two commits of one deployment at different times.
const COMMITS: &str = "deployment_id,commit_id,service,environment,status,created_at,started_at,finished_at,commit_sha,repo_url
d1,d1:r1,cicd_scopes/a,PRODUCTION,SUCCESS,2024-01-05T00:00:00Z,2024-01-05T00:00:00Z,2024-01-05T00:00:00Z,s1,https://example.invalid/a
d1,d1:r2,cicd_scopes/b,PRODUCTION,SUCCESS,2024-01-07T00:00:00Z,2024-01-07T00:00:00Z,2024-01-07T00:00:00Z,s2,https://example.invalid/a
d2,d2:c,cicd_scopes/a,STAGING,FAILURE,2024-01-06T00:00:00Z,2024-01-06T00:00:00Z,2024-01-06T00:00:00Z,s3,https://example.invalid/a
";

#[test]
fn rows_of_one_deployment_are_links() {
    let folder = Folder::new("links").with("d.csv", COMMITS);
    let frames = folder.read(&[Source::table("d.csv", "deployments")]);
    let frame = frames.get(&deployments::TABLE);
    assert_eq!(texts(&frame, &deployments::DEPLOYMENT_ID), some(&["d1", "d2"]));
    assert_eq!(times(&frame, &deployments::STARTED_AT)[0], "2024-01-05T00:00:00Z");
    assert_eq!(times(&frame, &deployments::FINISHED_AT)[0], "2024-01-07T00:00:00Z");
    assert_eq!(frame.reals(&deployments::DURATION_S).unwrap().get(0), Some(172_800.0));
    assert_eq!(texts(&frame, &deployments::RESULT), some(&["success", "failure"]));
    assert_eq!(texts(&frame, &deployments::ENVIRONMENT), some(&["production", "staging"]));
    assert_eq!(texts(&frame, &deployments::ENVIRONMENT_RAW), some(&["PRODUCTION", "STAGING"]));
    let links = frames.get(&deployment_services::TABLE);
    assert_eq!(texts(&links, &deployment_services::SERVICE_NAME_RAW), some(&["cicd_scopes/a", "cicd_scopes/b", "cicd_scopes/a"]));
    let commits = frames.get(&deployment_commits::TABLE);
    assert_eq!(texts(&commits, &deployment_commits::COMMIT_ID), some(&["d1:r1", "d1:r2", "d2:c"]));
    assert_eq!(times(&commits, &deployment_commits::FINISHED_AT)[..2], ["2024-01-05T00:00:00Z", "2024-01-07T00:00:00Z"]);
    assert_eq!(counts(&frames), [3, 3, 0, 0]);
    assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
}

#[test]
fn a_wide_range_of_defects_each_with_its_code() {
    let text = "deployment_id,service,environment,status,started_at,finished_at,lines_changed\n\
        ok,a,prod,success,2026-01-01T10:00:00Z,2026-01-01T10:05:00Z,10\n\
        ,a,prod,success,2026-01-01T10:00:00Z,2026-01-01T10:05:00Z,10\n\
        wide,a,prod,success,2026-01-01T10:00:00Z,2026-01-01T10:05:00Z,10,surplus\n\
        padded,a,prod,success,2026-01-01T10:00:00Z,2026-01-01T10:05:00Z,10,,\n\
        short,a,prod\n\
        before,a,prod,success,2026-01-01T10:00:00Z,2026-01-01T09:00:00Z,10\n\
        zero,a,prod,success,1970-01-01T00:00:00Z,2026-01-01T09:00:00Z,10\n\
        year,a,prod,success,2226-01-01T00:00:00Z,2026-01-01T09:00:00Z,10\n\
        word,a,prod,meh,2026-01-01T10:00:00Z,2026-01-01T10:00:00Z,ten\n\
        time,a,prod,success,tomorrow,soon,10\n\
        bell,a\u{7}b,prod,success,2026-01-01T10:00:00Z,2026-01-01T10:05:00Z,10\n\
        empty,a,,,2026-01-01T10:00:00Z,2026-01-01T10:05:00Z,\n";
    let folder = Folder::new("defects").with("d.csv", text);
    let frames = folder.read(&[Source::table("d.csv", "deployments")]);
    let expected = [
        (2, "missing_id", true),
        (3, "wide_row", true),
        (5, "missing_time", true),
        (5, "short_row", false),
        (6, "end_before_start", false),
        (7, "epoch_zero", false),
        (8, "implausible_year", false),
        (9, "bad_number", false),
        (9, "unknown_value", false),
        (10, "bad_timestamp", false),
        (10, "bad_timestamp", false),
        (10, "bad_timestamp", true),
        (11, "control_characters", false),
    ];
    let mut found = issues(&frames);
    found.sort();
    assert_eq!(found, expected.map(|(row, code, rejected)| (row, code.to_owned(), rejected)));
    assert_eq!(counts(&frames), [12, 8, 4, 0]);
    let frame = frames.get(&deployments::TABLE);
    assert_eq!(texts(&frame, &deployments::DEPLOYMENT_ID), some(&["before", "bell", "empty", "ok", "padded", "word", "year", "zero"]));
    assert_eq!(texts(&frame, &deployments::RESULT)[2], None);
    assert_eq!(texts(&frame, &deployments::ENVIRONMENT)[2], None);
    assert_eq!(times(&frame, &deployments::FINISHED_AT)[0], "-");
}

#[test]
fn columns_that_are_missing_are_assumed_aloud() {
    let folder = Folder::new("assumed").with("d.csv", "deployment_id,finished_at,service\nd,2026-01-01T00:00:00Z,a\n");
    let frames = folder.read(&[Source::table("d.csv", "deployments")]);
    let codes: Vec<_> = issues(&frames).into_iter().map(|(row, code, _)| (row, code)).collect();
    assert_eq!(codes, [(0, "environment_assumed".to_owned()), (0, "result_assumed".to_owned())]);
    let frame = frames.get(&deployments::TABLE);
    assert_eq!(texts(&frame, &deployments::ENVIRONMENT), some(&["production"]));
    assert_eq!(texts(&frame, &deployments::ENVIRONMENT_RAW), [None]);
    assert_eq!(texts(&frame, &deployments::RESULT), some(&["success"]));
}

#[test]
fn states_are_folded_and_become_history() {
    let text = "incident_id,created_at,state,version,updated_at\n\
        i1,2026-01-01T00:00:00Z,Resolved,10,2026-01-01T03:00:00Z\n\
        i1,2026-01-01T00:00:00Z,New,1,2026-01-01T00:00:00Z\n\
        i1,2026-01-01T00:00:00Z,In Progress,9,2026-01-01T01:00:00Z\n\
        i2,2026-01-02T00:00:00Z,New,1,2026-01-02T00:00:00Z\n";
    let folder = Folder::new("states").with("i.csv", text);
    let mut source = Source::table("i.csv", "incidents");
    source.order_by = Some("version".to_owned());
    let frames = folder.read(&[source]);
    assert_eq!(texts(&frames.get(&incidents::TABLE), &incidents::STATE), some(&["resolved", "triggered"]));
    let events = frames.get(&status_events::TABLE);
    assert_eq!(texts(&events, &status_events::TO_STATE), some(&["triggered", "in_progress", "resolved"]));
    assert_eq!(texts(&events, &status_events::FROM_STATE), some(&["", "triggered", "in_progress"]));
    assert_eq!(times(&events, &status_events::AT)[2], "2026-01-01T03:00:00Z");
    assert_eq!(counts(&frames), [4, 4, 0, 2]);
}

#[test]
fn overlapping_exports_count_once() {
    let header = "incident_id,created_at,title\n";
    let folder = Folder::new("overlap")
        .with("page1.csv", format!("{header}a,2026-01-01T00:00:00Z,one\nb,2026-01-02T00:00:00Z,two\n"))
        .with("page2.csv", format!("{header}b,2026-01-02T00:00:00Z,two\na,2026-01-01T00:00:00Z,changed\nc,2026-01-03T00:00:00Z,three\n"));
    let frames = folder.read(&[Source::table("page*.csv", "incidents")]);
    assert_eq!(texts(&frames.get(&incidents::TABLE), &incidents::TITLE), some(&["changed", "two", "three"]));
    assert_eq!(issues(&frames), [(2, "duplicate_id".to_owned(), false)]);
    assert_eq!(counts(&frames), [5, 5, 0, 2]);
}

#[test]
fn several_owners_of_a_service() {
    let folder = Folder::new("owners").with("s.csv", "service,team,tier\npay,a,1\npay,b,1\nweb,c,tier-2\n");
    let frames = folder.read(&[Source::table("s.csv", "services")]);
    let frame = frames.get(&services::TABLE);
    assert_eq!(texts(&frame, &services::TEAM_ID), some(&["a", "c"]));
    assert_eq!(ints(&frame, &services::TIER), [Some(1), Some(2)]);
    let owners = frames.get(&service_teams::TABLE);
    assert_eq!(texts(&owners, &service_teams::TEAM_ID), some(&["a", "b", "c"]));
}

#[test]
fn the_order_of_day_and_month_is_decided_for_the_file() {
    let text = "incident_id,created_at,resolved_at\nINC1,01/02/2026 10:00,13/02/2026 10:00\nINC2,03/02/2026 10:00,03/04/2026 10:00\n";
    let folder = Folder::new("order").with("i.csv", text).with("open.csv", "incident_id,created_at\nx,01/02/2026 10:00\n");
    let frames = folder.read(&[Source::table("i.csv", "incidents")]);
    assert_eq!(times(&frames.get(&incidents::TABLE), &incidents::CREATED_AT), ["2026-02-01T10:00:00Z", "2026-02-03T10:00:00Z"]);
    let frames = folder.read(&[Source::table("open.csv", "incidents")]);
    assert_eq!(issues(&frames), [(0, "ambiguous_date_order".to_owned(), false)]);
    let mut source = Source::table("open.csv", "incidents");
    source.date_order = Some(DateOrder::Mdy);
    let frames = folder.read(&[source]);
    assert_eq!(times(&frames.get(&incidents::TABLE), &incidents::CREATED_AT), ["2026-01-02T10:00:00Z"]);
}

#[test]
fn zones_of_column_source_and_organisation() {
    let folder = Folder::new("zones").with("i.csv", "incident_id;Opened;resolved_at\na;01.07.2026 09:00;2026-07-01 10:00:00\n");
    let mut source = Source::table("i.csv", "incidents");
    source.map.insert(
        "created_at".to_owned(),
        Mapping::Detailed(Directions {
            column: Some("Opened".to_owned()),
            format: Some("%d.%m.%Y %H:%M".to_owned()),
            timezone: Some("Europe/Berlin".to_owned()),
            ..Directions::default()
        }),
    );
    let mut options = Options::new(folder.path());
    options.timezone = chrono_tz::Europe::London;
    let frames = read(&[source.clone()], &options, &()).unwrap();
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(times(&frame, &incidents::CREATED_AT), ["2026-07-01T07:00:00Z"]);
    assert_eq!(times(&frame, &incidents::RESOLVED_AT), ["2026-07-01T09:00:00Z"]);
    assert_eq!(texts(&frame, &incidents::TIME_QUALITY), some(&["assumed_zone"]));
    assert_eq!(texts(&frames.get(&ingest_files::TABLE), &ingest_files::DELIMITER), some(&[";"]));
    source.timezone = Some("UTC".to_owned());
    let frames = read(&[source], &options, &()).unwrap();
    assert_eq!(times(&frames.get(&incidents::TABLE), &incidents::RESOLVED_AT), ["2026-07-01T10:00:00Z"]);
}

#[test]
fn json_lists_and_nested_names() {
    let text = r#"{"id": "i1", "opened": 1767225600000, "fields": {"status": {"name": "Resolved"}}, "affected": ["api", "web"], "n": 3}
{"id": "i2", "opened": 1767225600, "affected": [], "components": [{"name": "db"}, {"name": "cache"}]}
not json
"#;
    let folder = Folder::new("json").with("i.ndjson", text);
    let mut source = Source::table("i.ndjson", "incidents");
    source.map = [("created_at", "opened"), ("state", "fields.status.name"), ("services", "affected")]
        .map(|(ours, theirs)| (ours.to_owned(), Mapping::Column(theirs.to_owned())))
        .into();
    let frames = folder.read(&[source.clone()]);
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(times(&frame, &incidents::CREATED_AT), ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"]);
    assert_eq!(texts(&frame, &incidents::STATE), some(&["resolved", ""]));
    assert_eq!(texts(&frames.get(&incident_services::TABLE), &incident_services::SERVICE_NAME_RAW), some(&["api", "web"]));
    assert_eq!(issues(&frames), [(3, "bad_json".to_owned(), true)]);
    source.map.insert("services".to_owned(), Mapping::Column("components.name".to_owned()));
    let frames = folder.read(&[source]);
    assert_eq!(texts(&frames.get(&incident_services::TABLE), &incident_services::SERVICE_NAME_RAW), some(&["cache", "db"]));
}

#[test]
fn persons_are_dropped_and_contacts_masked() {
    let text =
        "incident_id,created_at,title,caller_id,region\na,2026-01-01T00:00:00Z,\"call jane@example.com, +49 30 1234567\",Jane Doe,emea\n";
    let folder = Folder::new("persons").with("i.csv", text);
    let mut source = Source::table("i.csv", "incidents");
    source.keep = vec!["caller_id".to_owned(), "region".to_owned()];
    let frames = folder.read(&[source]);
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(texts(&frame, &incidents::TITLE), some(&["call <mail>, <phone>"]));
    assert_eq!(texts(&frame, &incidents::ATTRS), some(&[r#"{"region":"emea"}"#]));
    assert_eq!(issues(&frames), [(0, "person_column".to_owned(), false)]);
}

/// Written by polars in Python (`tests/data/parquet_types.py`): categories, decimals, other units of time, another zone, dates.
#[test]
fn parquet_types_of_other_tools() {
    let mut options = Options::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data"));
    options.timezone = chrono_tz::Europe::Berlin;
    let frames = read(&[Source::table("parquet_types.parquet", "deployments")], &options, &()).unwrap();
    let frame = frames.get(&deployments::TABLE);
    assert_eq!(texts(&frame, &deployments::DEPLOYMENT_ID), some(&["101", "102"]));
    assert_eq!(texts(&frame, &deployments::ENVIRONMENT), some(&["production", "staging"]));
    assert_eq!(texts(&frame, &deployments::RESULT), some(&["success", "failure"]));
    assert_eq!(times(&frame, &deployments::CREATED_AT)[0], "2026-07-01T09:00:00Z");
    assert_eq!(times(&frame, &deployments::STARTED_AT)[0], "2026-07-01T09:00:00Z");
    // Without a zone: 10:00 in Berlin. That lies before the start, so it is emptied and reported.
    assert_eq!(times(&frame, &deployments::FINISHED_AT)[0], "-");
    assert_eq!(issues(&frames)[0], (1, "end_before_start".to_owned(), false));
    assert_eq!(times(&frame, &deployments::COMMIT_AT), ["2026-06-29T22:00:00Z", "-"]);
    assert_eq!(texts(&frame, &deployments::TIME_QUALITY), some(&["date_only", "assumed_zone"]));
    assert_eq!(ints(&frame, &deployments::FILES_CHANGED), [Some(3), None]);
    let mut source = Source::table("parquet_types.parquet", "deployments");
    source.map.insert("lines_changed".to_owned(), Mapping::Column("cost".to_owned()));
    let error = read(&[source], &options, &()).unwrap_err().to_string();
    assert!(error.contains("column \"cost\" has the type Decimal"), "{error}");
}

#[test]
fn a_runs_own_tables_are_its_next_input() {
    let text = "incident_id,created_at,resolved_at,services,severity,status,team\n\
        i1,2026-01-01 00:00:00,2026-01-01 05:00:00,a|b,P1,Closed,t1\ni2,01/02/2026 00:00,,c,critical,On hold,t2\n";
    let folder = Folder::new("again").with("d.csv", COMMITS).with("i.csv", text).with("s.csv", "service,team\na,t1\na,t2\nb,t2\n");
    let mut incidents_source = Source::table("i.csv", "incidents");
    incidents_source.map.insert(
        "services".to_owned(),
        Mapping::Detailed(Directions { column: Some("services".to_owned()), split: Some("|".to_owned()), ..Directions::default() }),
    );
    let first = folder.read(&[Source::table("d.csv", "deployments"), incidents_source, Source::table("s.csv", "services")]);
    assert_comes_back(&first, &folder);
}
