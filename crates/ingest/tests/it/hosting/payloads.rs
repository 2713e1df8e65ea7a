//! Real records beside the project, compared row by row with what DevLake made of them. Where DevLake means something else, the test
//! says so and asserts our meaning.

use std::collections::BTreeMap;
use std::path::Path;

use sequela_ingest::{Options, Source, read, recognise};
use sequela_schema::canonical::{deployments, incidents};
use sequela_schema::{Column, Frames, Table};

use crate::support::{counts, expected, issues, shared, some, texts, times};

/// Reads files below a folder; nothing of them may be put aside.
fn taken(base: &Path, sources: Vec<Source>) -> Frames {
    let frames = read(&sources, &Options::new(base), &()).unwrap();
    let [read, ok, ..] = counts(&frames);
    assert!(read > 0 && read == ok, "{ok} of {read}: {:?}", issues(&frames));
    frames
}

fn auto(base: &Path, files: &[&str]) -> Frames {
    taken(base, files.iter().map(|file| Source::new(*file, "auto")).collect())
}

/// One row of ours.
type Row = BTreeMap<&'static str, String>;

/// Our rows by the last part of a column's value, `-` for what is empty.
fn rows(frames: &Frames, table: &'static Table, key: &Column, columns: &[&Column]) -> BTreeMap<String, Row> {
    let frame = frames.get(table);
    let columns: Vec<(&'static str, Vec<String>)> = columns
        .iter()
        .map(|column| {
            let values = match column.kind {
                sequela_schema::Type::Instant => times(&frame, column),
                _ => texts(&frame, column).into_iter().map(|text| text.unwrap_or_else(|| "-".to_owned())).collect(),
            };
            (column.name, values)
        })
        .collect();
    let keys = texts(&frame, key).into_iter().flatten().enumerate();
    keys.map(|(row, key)| (last(&key), columns.iter().map(|(name, values)| (*name, values[row].clone())).collect())).collect()
}

fn deployed(frames: &Frames) -> BTreeMap<String, Row> {
    let columns = [
        &deployments::RESULT,
        &deployments::STATE,
        &deployments::ENVIRONMENT,
        &deployments::CREATED_AT,
        &deployments::STARTED_AT,
        &deployments::FINISHED_AT,
    ];
    rows(frames, &deployments::TABLE, &deployments::DEPLOYMENT_ID, &columns)
}

/// The part of an identifier that both have: without the prefix and without our number of the attempt.
fn last(id: &str) -> String {
    id.rsplit(':').next().unwrap_or(id).split('#').next().unwrap_or(id).to_owned()
}

/// DevLake's outcome for ours: it counts everything but success as a failure, and what was skipped not at all.
fn their_result(ours: &str) -> &'static str {
    match ours {
        "success" => "SUCCESS",
        "failure" | "error" | "timeout" | "cancellation" => "FAILURE",
        _ => "",
    }
}

/// Their time as ours is shown.
fn their_time(row: &BTreeMap<String, String>, column: &str) -> String {
    row.get(column).filter(|text| !text.is_empty()).map_or_else(|| "-".to_owned(), |text| format!("{}Z", &text[..19]))
}

/// Compares outcomes and times of every row of theirs. What still runs has no end, though DevLake dates one by the last change.
fn compare(ours: &BTreeMap<String, Row>, path: &Path, columns: &[(&str, &str)]) {
    let theirs = expected(path);
    assert!(!theirs.is_empty());
    for row in &theirs {
        let id = last(&row["id"]);
        let own = ours.get(&id).unwrap_or_else(|| panic!("{id} of {} is missing", path.display()));
        assert_eq!(their_result(&own["result"]), row["result"], "{id}");
        for (own_column, their_column) in columns {
            let wanted = if *own_column == "finished_at" && own["result"] == "-" { "-".to_owned() } else { their_time(row, their_column) };
            assert_eq!(own[own_column], wanted, "{id} {own_column}");
        }
    }
}

const STARTED: (&str, &str) = ("started_at", "started_date");
const CREATED: (&str, &str) = ("created_at", "created_date");
const FINISHED: (&str, &str) = ("finished_at", "finished_date");

fn incident_rows(frames: &Frames) -> BTreeMap<String, Row> {
    rows(frames, &incidents::TABLE, &incidents::URL, &[&incidents::CREATED_AT, &incidents::RESOLVED_AT])
}

/// DevLake's own records. Its dates of the end are those of being superseded; ours are those of the first terminal status.
#[test]
fn real_github_deployments() {
    let Some(base) = shared("payloads/github_graphql_deployments/devlake_raw") else { return };
    let frames = read(&[Source::new("_raw_github_graphql_deployment.jsonl", "auto")], &Options::new(&base), &()).unwrap();
    let frame = frames.get(&deployments::TABLE);
    assert_eq!(frame.height(), 7);
    let place =
        texts(&frame, &deployments::DEPLOYMENT_ID).iter().position(|id| id.as_deref() == Some("github:default:3881429895")).unwrap();
    assert_eq!(times(&frame, &deployments::STARTED_AT)[place], "2026-02-20T00:30:40Z");
    assert_eq!(times(&frame, &deployments::FINISHED_AT)[place], "2026-02-20T00:30:59Z");
    assert_eq!(times(&frame, &deployments::COMMIT_AT)[place], "2026-02-20T00:29:49Z");
    assert_eq!(texts(&frame, &deployments::RESULT)[place].as_deref(), Some("success"));
    assert_eq!(texts(&frame, &deployments::SERVICE_NAME_RAW)[place].as_deref(), Some("OpenBIC"));
}

/// A run that was superseded or re-run keeps its own times here; DevLake's of running ones are those of the last change.
#[test]
fn github_runs() {
    let Some(base) = shared("payloads/github") else { return };
    let frames = auto(&base, &["devlake_raw/_raw_github_api_runs.jsonl"]);
    compare(&deployed(&frames), &base.join("devlake_expected/cicd_pipelines.csv"), &[CREATED, STARTED, FINISHED]);
    let attempts = texts(&frames.get(&deployments::TABLE), &deployments::DEPLOYMENT_ID);
    assert!(attempts.contains(&Some("github:default:run:2559400714#2".to_owned())), "a second attempt says so");
}

/// Jobs are kept where their name says that they deploy.
#[test]
fn github_jobs() {
    let Some(base) = shared("payloads/github") else { return };
    let frames = auto(&base, &["devlake_raw/_raw_github_api_jobs.jsonl"]);
    let ours = deployed(&frames);
    assert_eq!(ours.len(), 12);
    let theirs = expected(&base.join("devlake_expected/cicd_tasks.csv"));
    for row in theirs.iter().filter(|row| row["name"].starts_with("deploy")) {
        let own = &ours[&last(&row["id"])];
        assert_eq!((their_result(&own["result"]), &own["started_at"]), (row["result"].as_str(), &their_time(row, "started_date")));
        if own["result"] != "-" {
            assert_eq!(own["finished_at"], their_time(row, "finished_date"));
        }
    }
}

/// No issue there is an incident, and pull requests never are; asked for, bugs are taken.
#[test]
fn github_issues() {
    let Some(base) = shared("payloads/github") else { return };
    let file = "devlake_raw/_raw_github_api_issues.jsonl";
    let frames = auto(&base, &[file]);
    assert_eq!((frames.height(&incidents::TABLE), counts(&frames)), (0, [42, 42, 0, 0]));
    let mut source = Source::new(file, "auto");
    source.types = [("incidents".to_owned(), vec!["bug".to_owned()])].into();
    let ours = incident_rows(&taken(&base, vec![source]));
    let theirs = expected(&base.join("devlake_expected/issues.csv"));
    let bugs: Vec<_> = theirs.iter().filter(|row| row["type"] == "BUG").collect();
    assert_eq!(ours.len(), bugs.len());
    for row in bugs {
        let own = &ours[&last(&row["url"])];
        assert_eq!((&own["created_at"], &own["resolved_at"]), (&their_time(row, "created_date"), &their_time(row, "resolution_date")));
    }
}

/// The status of the deployment counts. A deployment that is queued or running has no end; one whose state GitLab does not have
/// (`undeployed`) is kept without an outcome, and said.
#[test]
fn gitlab_deployments() {
    let Some(base) = shared("payloads/gitlab") else { return };
    let frames = auto(&base, &["devlake_raw/_raw_gitlab_api_deployments.jsonl"]);
    let ours = deployed(&frames);
    assert_eq!(ours.len(), 8);
    for row in expected(&base.join("devlake_expected/cicd_deployments.csv")) {
        let own = &ours[&last(&row["id"])];
        assert_eq!(their_result(&own["result"]), row["result"], "{}", row["id"]);
        assert_eq!(own["environment"], row["environment"], "{}", row["id"]);
        assert_eq!(own["started_at"], their_time(&row, "started_date"), "{}", row["id"]);
        // DevLake has no end where the job has none; ours is then that of the deployment.
        if own["result"] != "-" && !row["finished_date"].is_empty() {
            assert_eq!(own["finished_at"], their_time(&row, "finished_date"), "{}", row["id"]);
        }
    }
    let states: Vec<&str> = ["13436763", "13436778", "13436986"].iter().map(|id| ours[*id]["state"].as_str()).collect();
    assert_eq!(states, ["queued", "in_progress", "queued"]);
    assert_eq!(ours["13436532"]["result"], "cancellation");
    assert_eq!(issues(&frames).iter().map(|(_, code, _)| code.as_str()).collect::<Vec<_>>(), ["unknown_value"]);
}

#[test]
fn gitlab_pipelines_and_jobs() {
    let Some(base) = shared("payloads/gitlab") else { return };
    let raw = ["pipeline", "pipeline_details", "job", "trigger_job"].map(|name| format!("devlake_raw/_raw_gitlab_api_{name}.jsonl"));
    let frames = auto(&base, &raw.each_ref().map(String::as_str));
    let pipelines = deployed(&frames);
    compare(&pipelines, &base.join("devlake_expected/cicd_pipelines.csv"), &[CREATED, STARTED, FINISHED]);
    // The one job that deploys; formatting and compiling do not.
    let kinds = texts(&frames.get(&deployments::TABLE), &deployments::KIND);
    assert_eq!(kinds.iter().filter(|kind| kind.as_deref() == Some("deploy")).count(), 1);
}

#[test]
fn gitlab_issues() {
    let Some(base) = shared("payloads/gitlab") else { return };
    let file = "devlake_raw/_raw_gitlab_api_issues.jsonl";
    assert_eq!(auto(&base, &[file]).height(&incidents::TABLE), 0);
    let mut source = Source::new(file, "auto");
    source.types = [("incidents".to_owned(), vec!["issue".to_owned()])].into();
    let ours = incident_rows(&taken(&base, vec![source]));
    let theirs = expected(&base.join("devlake_expected/issues.csv"));
    assert_eq!(ours.len(), theirs.len());
    for row in &theirs {
        let own = &ours[&last(&row["url"])];
        assert_eq!((&own["created_at"], &own["resolved_at"]), (&their_time(row, "created_date"), &their_time(row, "resolution_date")));
    }
}

/// DevLake's fixture takes some of these builds for deployments by a pattern of its own; ours goes by the name.
#[test]
fn azure_builds() {
    let Some(base) = shared("payloads/azuredevops") else { return };
    let frames = auto(&base, &["devlake_raw/_raw_azuredevops_go_api_builds.jsonl"]);
    let ours = deployed(&frames);
    assert_eq!(ours.len(), 7);
    compare(&ours, &base.join("devlake_expected/cicd_pipelines.csv"), &[CREATED, STARTED, FINISHED]);
    let frame = frames.get(&deployments::TABLE);
    let deploying = "deploy deploy publish_only publish_only publish_only publish_only publish_only";
    assert_eq!(texts(&frame, &deployments::KIND), some(&deploying.split(' ').collect::<Vec<_>>()));
    assert_eq!(texts(&frame, &deployments::SERVICE_NAME_RAW)[0].as_deref(), Some("test-repo"));
}

/// `COMPLETED` is not an outcome. DevLake takes it for success; the step that deployed failed in one of these and was stopped in
/// another, and where no step tells, nobody knows.
#[test]
fn bitbucket_deployments() {
    let Some(base) = shared("payloads/bitbucket") else { return };
    let frames = auto(&base, &["devlake_raw/_raw_bitbucket_api_deployments.jsonl", "devlake_raw/_raw_bitbucket_api_pipeline_steps.jsonl"]);
    let ours = deployed(&frames);
    let theirs = expected(&base.join("devlake_expected/cicd_deployments_for_deployment.csv"));
    let dated = expected(&base.join("devlake_expected/_tool_bitbucket_deployments.csv"));
    let dates: BTreeMap<_, _> = dated.iter().map(|row| (row["bitbucket_id"].clone(), row)).collect();
    assert_eq!(ours.len(), theirs.len());
    let differing = BTreeMap::from([
        ("{3014535b-b9f9-5501-a493-39f0457f02df}", "failure"),
        ("{33e112b0-ff24-559c-a7b6-3ff24e7f49c4}", "cancellation"),
        ("{5c6b00c4-a848-5db6-b9e1-3912631d4101}", "-"),
    ]);
    for row in &theirs {
        let id = last(&row["id"]);
        let own = &ours[&id];
        match differing.get(id.as_str()) {
            Some(result) => assert_eq!(own["result"], *result, "{id}"),
            None => assert_eq!(their_result(&own["result"]), row["result"], "{id}"),
        }
        assert_eq!(own["environment"], row["environment"].to_lowercase().replace("testing", "test"), "{id}");
        assert_eq!(own["started_at"], their_time(dates[&id], "started_on"), "{id}");
        assert_eq!(own["finished_at"], their_time(dates[&id], "completed_on"), "{id}");
    }
}

#[test]
fn bitbucket_pipelines() {
    let Some(base) = shared("payloads/bitbucket") else { return };
    let frames = auto(&base, &["devlake_raw/_raw_bitbucket_api_pipelines.jsonl"]);
    let ours = deployed(&frames);
    assert_eq!(ours.len(), 22);
    compare(&ours, &base.join("devlake_expected/cicd_pipelines.csv"), &[]);
    // One ends before it begins, and one has a state that is no outcome.
    let mut found: Vec<_> = issues(&frames).into_iter().map(|(_, code, _)| code).collect();
    found.dedup();
    assert_eq!(found, ["end_before_start", "unknown_value"]);
}

#[test]
fn bitbucket_issues() {
    let Some(base) = shared("payloads/bitbucket") else { return };
    let file = "devlake_raw/_raw_bitbucket_api_issues.jsonl";
    assert_eq!(auto(&base, &[file]).height(&incidents::TABLE), 0);
    let mut source = Source::new(file, "auto");
    source.types = [("incidents".to_owned(), vec!["bug".to_owned()])].into();
    let frames = taken(&base, vec![source]);
    let severities = frames.get(&incidents::TABLE);
    assert_eq!(texts(&severities, &incidents::STATE), some(&["triggered"; 9]));
    assert_eq!(texts(&severities, &incidents::SERVICE_NAME_RAW)[0].as_deref(), Some("likyhphp"));
}

/// No file of another system is taken for one of ours.
#[test]
fn payloads_of_others() {
    let Some(base) = shared("payloads") else { return };
    let ours = ["github", "github_graphql_deployments", "gitlab", "azuredevops", "bitbucket"];
    let mut folders: Vec<_> = std::fs::read_dir(&base).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|folder| folder.is_dir() && !ours.iter().any(|own| folder.ends_with(own)));
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(found) = recognise(&path) {
                let kind = found.kind.as_str();
                assert!(!["github", "gitlab", "azure_devops", "bitbucket"].contains(&kind), "{} is taken for {kind}", path.display());
            }
        }
    }
}
