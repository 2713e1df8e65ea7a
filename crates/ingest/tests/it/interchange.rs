//! Formats made for exchange: CDEvents and DevLake's tables.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sequela_ingest::{Options, Source, read, recognise};
use sequela_schema::canonical::{
    deployment_commits, deployments, incident_services, incidents, service_aliases, service_teams, services, status_events, teams,
};
use sequela_schema::{Column, Frames, Table};

use crate::support::{Folder, counts, expected, fixture, ints, issues, shared, some, texts, times};

/// Codes of what was noted, each once.
fn codes(frames: &Frames) -> Vec<String> {
    let mut codes: Vec<String> = issues(frames).into_iter().map(|(_, code, _)| code).collect();
    codes.sort();
    codes.dedup();
    codes
}

fn pairs(frames: &Frames, table: &'static Table, left: &Column, right: &Column) -> Vec<(String, String)> {
    let frame = frames.get(table);
    let texts = |column| texts(&frame, column).into_iter().map(Option::unwrap_or_default);
    texts(left).zip(texts(right)).collect()
}

fn names_nobody(frames: &Frames) {
    for (table, frame) in frames.iter() {
        for column in frame.columns().iter().filter_map(|column| column.as_materialized_series().str().ok()) {
            for text in column.iter().flatten() {
                let text = text.to_lowercase();
                assert!(!text.contains("jane") && !text.contains("7946"), "{table}: {text}");
            }
        }
    }
}

#[test]
fn events_of_services_with_their_causes() {
    let frames = fixture("cdevents/services.ndjson");
    let frame = frames.get(&deployments::TABLE);
    let id = |what: &str| format!("cdevents:default:/deployer/{what}").replace('~', "aaaaaaaa-0000-4000-8000-0000000000");
    // Event 2 tells event 1 once more as an upgrade, event 3 stands there twice.
    let ids = ["cdevents:default:/ci/run-41", &id("deployed/~01"), &id("removed/~04"), &id("rolledback/~03")];
    assert_eq!(texts(&frame, &deployments::DEPLOYMENT_ID), some(&ids));
    assert_eq!(counts(&frames), [13, 13, 0, 1]);
    assert_eq!(texts(&frame, &deployments::KIND), some(&["publish_only", "deploy", "remove", "rollback"]));
    assert_eq!(texts(&frame, &deployments::KIND_BASIS), some(&["rule", "explicit", "explicit", "explicit"]));
    assert_eq!(texts(&frame, &deployments::RESULT), some(&["success"; 4]));
    // The environment is called by a number whose name another event tells.
    assert_eq!(texts(&frame, &deployments::ENVIRONMENT), some(&["production", "production", "production", "staging"]));
    assert_eq!(texts(&frame, &deployments::ENVIRONMENT_RAW), some(&["deploy-checkout-prod", "env-7", "production", "staging"]));
    assert_eq!(texts(&frame, &deployments::SERVICE_NAME_RAW), some(&["deploy-checkout-prod", "checkout", "legacy", "payments"]));
    let finished = ["2026-05-04T09:06:00Z", "2026-05-04T09:05:00Z", "2026-05-05T10:05:00Z", "2026-05-04T08:05:00Z"];
    assert_eq!(times(&frame, &deployments::FINISHED_AT), finished);
    assert_eq!(times(&frame, &deployments::STARTED_AT), ["2026-05-04T09:00:00Z", "2026-05-04T09:00:00Z", "-", "-"]);
    assert_eq!(times(&frame, &deployments::QUEUED_AT), ["2026-05-04T08:59:00Z", "2026-05-04T08:59:00Z", "-", "-"]);
    assert_eq!(texts(&frame, &deployments::VERSION), some(&["", "1.4.2", "", "2.0.0"]));
    assert_eq!(texts(&frame, &deployments::COMMIT_SHA)[1].as_deref(), Some("4b1f0c6d8a2e3f5b7c9d1e0f2a4b6c8d0e1f3a5b"));
    assert_eq!(texts(&frame, &deployments::REPO_URL)[1].as_deref(), Some("https://git.example/acme/checkout"));
    assert_eq!(times(&frame, &deployments::FIRST_COMMIT_AT)[1], "2026-05-03T08:00:00Z");
    assert_eq!(times(&frame, &deployments::APPROVED_AT)[1], "2026-05-04T08:55:00Z");
    assert_eq!(texts(&frame, &deployments::APPROVAL_PATH)[1].as_deref(), Some("peer"));
    assert_eq!(texts(&frame, &deployments::TIME_QUALITY), some(&["exact_utc", "exact_utc", "exact_utc", "offset"]));
    // A branch is of no use here, and the run that deployed the service is not counted beside it.
    assert_eq!(codes(&frames), ["left_alone", "runs_beside_services"]);
    names_nobody(&frames);
}

#[test]
fn events_of_runs_tell_failures_and_every_attempt() {
    let frames = fixture("cdevents/runs.json");
    let frame = frames.get(&deployments::TABLE);
    let ids = ["/ci/run-7", "/ci/run-7#2", "/ci/run-8", "/ci/taskrun/task-1"].map(|id| format!("cdevents:default:{id}"));
    assert_eq!(texts(&frame, &deployments::DEPLOYMENT_ID), ids.map(Some));
    assert_eq!(texts(&frame, &deployments::KIND), some(&["deploy", "deploy", "publish_only", "deploy"]));
    assert_eq!(texts(&frame, &deployments::RESULT), some(&["failure", "success", "cancellation", "error"]));
    assert_eq!(ints(&frame, &deployments::ATTEMPT), [Some(1), Some(2), Some(1), Some(1)]);
    assert_eq!(texts(&frame, &deployments::ENVIRONMENT), some(&["production", "production", "", "production"]));
    assert_eq!(times(&frame, &deployments::STARTED_AT), ["2026-05-04T09:00:00Z", "2026-05-04T09:10:00Z", "-", "-"]);
    let finished = ["2026-05-04T09:04:00Z", "2026-05-04T09:14:00Z", "2026-05-04T10:04:00Z", "2026-05-04T11:04:00Z"];
    assert_eq!(times(&frame, &deployments::FINISHED_AT), finished);
    assert_eq!(texts(&frame, &deployments::URL), some(&["https://ci.example/7", "https://ci.example/7", "", ""]));
    assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
    names_nobody(&frames);
}

/// Three envelopes: base64, object and text; two plain events; tickets.
#[test]
fn events_of_incidents_become_one_incident_each() {
    let frames = fixture("cdevents/incidents.ndjson");
    let frame = frames.get(&incidents::TABLE);
    let ids = ["/monitoring/inc-1", "/monitoring/inc-2", "/tickets/T-9"].map(|id| format!("cdevents:default:{id}"));
    assert_eq!(texts(&frame, &incidents::INCIDENT_ID), ids.clone().map(Some));
    assert_eq!(texts(&frame, &incidents::NUMBER), some(&["inc-1", "inc-2", "T-9"]));
    assert_eq!(times(&frame, &incidents::DETECTED_AT), ["2026-05-04T09:20:00Z", "2026-05-05T09:00:00Z", "-"]);
    assert_eq!(times(&frame, &incidents::CREATED_AT), ["2026-05-04T09:25:00Z", "-", "2026-05-06T09:00:00Z"]);
    // What is detected after a resolution opens the incident again; a closed ticket does not tell when the service was restored.
    assert_eq!(times(&frame, &incidents::RESOLVED_AT), ["2026-05-04T10:00:00Z", "-", "-"]);
    assert_eq!(times(&frame, &incidents::CLOSED_AT), ["-", "-", "2026-05-07T09:00:00Z"]);
    assert_eq!(texts(&frame, &incidents::STATE), some(&["resolved", "triggered", "closed"]));
    assert_eq!(ints(&frame, &incidents::REOPEN_COUNT), [Some(0), Some(1), None]);
    assert_eq!(ints(&frame, &incidents::SEVERITY), [Some(2), None, Some(2)]);
    assert_eq!(texts(&frame, &incidents::SEVERITY_RAW), some(&["SEV-2", "", ""]));
    assert_eq!(texts(&frame, &incidents::TEAM_NAME_RAW), some(&["", "", "Shop Ops"]));
    assert_eq!(texts(&frame, &incidents::SERVICE_NAME_RAW), some(&["checkout", "", ""]));
    assert_eq!(texts(&frame, &incidents::ENVIRONMENT), some(&["production", "", ""]));
    assert_eq!(texts(&frame, &incidents::URL), some(&["https://tickets.example/345", "", "https://tickets.example/T-9"]));
    // The artifact that ran at the time is no cause.
    assert_eq!(texts(&frame, &incidents::CAUSED_BY_DEPLOYMENT_ID), some(&["", "", ""]));
    let history = pairs(&frames, &status_events::TABLE, &status_events::ENTITY_ID, &status_events::TO_STATE);
    let of = |id: &str| history.iter().filter(|(entity, _)| entity == id).map(|(_, state)| state.as_str()).collect::<Vec<_>>();
    assert_eq!(of(&ids[0]), ["detected", "reported", "resolved"]);
    assert_eq!(of(&ids[2]), ["created", "closed"]);
    assert_eq!(codes(&frames), ["left_alone"]);
    names_nobody(&frames);
}

#[test]
fn broken_events_are_refused_and_others_read() {
    let event = |context: &str| {
        format!("{{\"context\":{{\"type\":\"dev.cdevents.service.deployed.0.3.0\"{context}}},\"subject\":{{\"id\":\"a\"}}}}\n")
    };
    let text = [
        event(",\"id\":\"1\",\"timestamp\":\"2026-05-04T09:00:00Z\""),
        event(",\"id\":\"2\",\"timestamp\":\"soon\""),
        event(",\"timestamp\":\"2026-05-04T09:00:00Z\""),
        "{\"specversion\":\"1.0\",\"id\":\"4\",\"source\":\"x\",\"type\":\"com.example.other\",\"data\":{}}\n".to_owned(),
        "{\"specversion\":\"1.0\",\"id\":\"5\",\"source\":\"x\",\"type\":\"dev.cdevents.service.deployed.0.3.0\",\"data_base64\":\"!\"}\n"
            .to_owned(),
        "{\"context\":[],\"subject\":null}\n".to_owned(),
    ];
    let folder = Folder::new("cdevents").with("events.ndjson", text.concat());
    let frames = folder.read(&[Source::new("events.ndjson", "cdevents")]);
    assert_eq!(counts(&frames), [6, 3, 3, 0]);
    assert_eq!(frames.get(&deployments::TABLE).height(), 1);
}

/// The specification's own examples: one identifier of an event for all types, the same event in three versions.
#[test]
fn conformance_files() {
    let Some(base) = shared("payloads/cdevents") else { return };
    let files: Vec<PathBuf> = std::fs::read_dir(&base).unwrap().map(|entry| entry.unwrap().path()).collect();
    for file in &files {
        let recognised = recognise(file).unwrap();
        assert_eq!(recognised.kind, "cdevents", "{}: {recognised:?}", file.display());
    }
    let frames = read(&[Source::new("*.json", "auto")], &Options::new(&base), &()).unwrap();
    let [read, ok, rejected, folded] = counts(&frames);
    // Repeated: service.deployed in two more versions and once in an envelope, incident.detected and pipelinerun.finished in two more.
    assert_eq!((read, ok, rejected, folded), (files.len() as i64, files.len() as i64, 0, 7));
    let frame = frames.get(&deployments::TABLE);
    // The upgrade repeats the deployment; task runs that do not deploy are no deployments.
    let event = "271069a8-fc18-44f1-b38f-9d70a1695819";
    let id = |what: &str| format!("cdevents:default:/event/source/123/{what}");
    let ids = ["deployed", "mySubject123", "published", "removed", "rolledback"];
    let ids = ids.map(|what| if what == "mySubject123" { id(what) } else { id(&format!("{what}/{event}")) });
    assert_eq!(texts(&frame, &deployments::DEPLOYMENT_ID), ids.map(Some));
    assert_eq!(texts(&frame, &deployments::KIND), some(&["deploy", "publish_only", "publish_only", "remove", "rollback"]));
    assert_eq!(texts(&frame, &deployments::RESULT), some(&["success", "failure", "success", "success", "success"]));
    assert_eq!(times(&frame, &deployments::FINISHED_AT), ["2023-03-20T14:27:05Z"; 5]);
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(texts(&frame, &incidents::INCIDENT_ID), some(&["cdevents:default:/monitoring/prod1/incident-123"]));
    assert_eq!(texts(&frame, &incidents::TITLE), some(&["Response time above threshold of 100ms"]));
    for column in [&incidents::DETECTED_AT, &incidents::CREATED_AT, &incidents::RESOLVED_AT] {
        assert_eq!(times(&frame, column), ["2022-11-11T13:52:20Z"]);
    }
    assert_eq!(texts(&frame, &incidents::SERVICE_NAME_RAW), some(&["myApp"]));
}

/// All tables of one DevLake together.
#[test]
fn devlake_tables() {
    let frames = fixture("devlake/*");
    let frame = frames.get(&deployments::TABLE);
    let ids = [
        "github:GithubDeployment:1:DE_1",
        "github:GithubDeployment:1:DE_2",
        "github:GithubDeployment:1:DE_3",
        "github:GithubRun:1:100:3",
        "gitlab:GitlabPipeline:1:1",
        "gitlab:GitlabPipeline:1:2",
        "jenkins:JenkinsBuild:1:deploy#4",
        "webhook:1:w7",
    ];
    let ids: Vec<String> = ids.iter().map(|id| format!("devlake:default:{id}")).collect();
    let column = |column| texts(&frame, column).into_iter().map(Option::unwrap_or_default).collect::<Vec<_>>();
    assert_eq!(column(&deployments::DEPLOYMENT_ID), ids);
    // The run of GitHub Actions belongs to a repository whose deployments are known, so it counts no second time.
    let kinds = ["deploy", "deploy", "rollback", "publish_only", "deploy", "publish_only", "deploy", "deploy"];
    assert_eq!(column(&deployments::KIND), kinds);
    // DevLake says failure where the tool says aborted; what runs has no result.
    let results = ["success", "cancellation", "success", "success", "success", "failure", "", "success"];
    assert_eq!(column(&deployments::RESULT), results);
    let environments = ["production", "production", "staging", "production", "production", "other", "other", "production"];
    assert_eq!(column(&deployments::ENVIRONMENT), environments);
    assert_eq!(column(&deployments::ENVIRONMENT_RAW)[0], "live-eu");
    let names = ["acme/shop", "acme/shop", "acme/shop", "acme/shop", "acme/pay", "acme/pay", "jenkins:JenkinsJob:1:deploy", "webhook:1"];
    assert_eq!(column(&deployments::SERVICE_NAME_RAW), names);
    let finished = times(&frame, &deployments::FINISHED_AT);
    assert_eq!((finished[0].as_str(), finished[6].as_str()), ("2026-05-04T09:05:10Z", "-"));
    // A deployment of two commits ends with the later one.
    assert_eq!(finished[7], "2026-05-09T09:20:00Z");
    assert_eq!(column(&deployments::COMMIT_SHA)[0], "4b1f0c6d8a2e3f5b7c9d1e0f2a4b6c8d0e1f3a5b");
    assert_eq!(column(&deployments::COMMIT_SHA)[4], "3333333333333333333333333333333333333333");
    assert!(column(&deployments::TIME_QUALITY).iter().all(|quality| matches!(quality.as_str(), "exact_utc" | "offset")));
    let commits = frames.get(&deployment_commits::TABLE);
    assert_eq!(commits.height(), 4);
    let [read, ok, rejected, _] = counts(&frames);
    assert!(read == ok && rejected == 0, "{:?}", issues(&frames));
    assert_eq!(codes(&frames), ["end_from_update", "left_alone", "superseded_end"]);
    names_nobody(&frames);
}

#[test]
fn devlake_incidents_and_projects() {
    let frames = fixture("devlake/*");
    let frame = frames.get(&incidents::TABLE);
    let ids = ["devlake:default:jira:JiraIssue:2:7", "devlake:default:jira:JiraIssue:2:8", "devlake:default:pagerduty:Incident:1:4"];
    // Issue 7 stands in both tables, issue 9 is a story.
    assert_eq!(texts(&frame, &incidents::INCIDENT_ID), some(&ids));
    assert_eq!(texts(&frame, &incidents::NUMBER), some(&["OPS-7", "OPS-8", "4"]));
    assert_eq!(texts(&frame, &incidents::STATE), some(&["in_progress", "closed", "resolved"]));
    assert_eq!(times(&frame, &incidents::CREATED_AT), ["2026-05-10T09:30:00Z", "2026-05-11T09:30:00Z", "2026-05-04T09:30:00Z"]);
    assert_eq!(times(&frame, &incidents::RESOLVED_AT), ["-", "2026-05-11T11:00:00Z", "2026-05-04T10:30:00Z"]);
    let named = pairs(&frames, &incident_services::TABLE, &incident_services::INCIDENT_ID, &incident_services::SERVICE_NAME_RAW);
    let services: Vec<&str> = named.iter().map(|(_, service)| service.as_str()).collect();
    assert_eq!(services, ["Operations", "Operations", "pagerduty:Service:1:PIKL83L"]);
    // A project is a team, what belongs to it are services of that team; a board may belong to two.
    assert_eq!(texts(&frames.get(&teams::TABLE), &teams::TEAM_ID), some(&["Pay", "Shop"]));
    let owners = pairs(&frames, &service_teams::TABLE, &service_teams::SERVICE_ID, &service_teams::TEAM_ID);
    let owners: Vec<(&str, &str)> = owners.iter().map(|(service, team)| (service.as_str(), team.as_str())).collect();
    assert_eq!(owners, [("Operations", "Pay"), ("Operations", "Shop"), ("acme/pay", "Pay"), ("acme/shop", "Shop")]);
    let frame = frames.get(&services::TABLE);
    assert_eq!(texts(&frame, &services::LANGUAGE), some(&["", "", "Go"]));
    assert_eq!(texts(&frame, &services::REPO_URL), some(&["", "", "https://github.com/acme/shop"]));
    let aliases = pairs(&frames, &service_aliases::TABLE, &service_aliases::ALIAS, &service_aliases::SERVICE_ID);
    assert!(aliases.contains(&("github:GithubRepo:1:100".to_owned(), "acme/shop".to_owned())), "{aliases:?}");
}

/// Tables that DevLake's own tests expect, under every tool that it reads.
fn devlake_tables_of(base: &Path) -> Vec<PathBuf> {
    let folders = std::fs::read_dir(base).unwrap().map(|entry| entry.unwrap().path().join("devlake_expected"));
    let files = folders.filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files.filter(|file| file.extension().is_some_and(|ending| ending == "csv")).collect();
    files.sort();
    files
}

#[test]
fn real_devlake_tables_are_recognised_and_read_whole() {
    let Some(base) = shared("payloads") else { return };
    for file in devlake_tables_of(&base) {
        let name = file.display();
        let recognised = recognise(&file).unwrap();
        assert_eq!(recognised.kind, "devlake", "{name}: {recognised:?}");
        let path = file.strip_prefix(&base).unwrap().to_string_lossy();
        let frames = read(&[Source::new(path, "auto")], &Options::new(&base), &()).unwrap();
        let [read, ok, rejected, _] = counts(&frames);
        assert!(read > 0 && read == ok && rejected == 0, "{name}: {:?}", issues(&frames));
    }
}

#[test]
fn real_devlake_deployments_say_the_same() {
    let Some(base) = shared("payloads") else { return };
    let mut compared = 0;
    for file in devlake_tables_of(&base) {
        let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
        if matches!(stem.as_str(), "cicd_deployments" | "cicd_pipelines" | "cicd_pipelines_multibranch") {
            compared += compare(&base, &file);
        }
    }
    println!("{compared} rows compared");
    assert!(compared > 100, "{compared}");
}

/// Of issues, those that DevLake calls incidents.
#[test]
fn real_devlake_incidents_say_the_same() {
    let Some(base) = shared("payloads") else { return };
    let mut compared = 0;
    for file in devlake_tables_of(&base).into_iter().filter(|file| file.ends_with("issues.csv")) {
        let path = file.strip_prefix(&base).unwrap().to_string_lossy();
        let frames = read(&[Source::new(path, "auto")], &Options::new(&base), &()).unwrap();
        let frame = frames.get(&incidents::TABLE);
        let (created, resolved) = (times(&frame, &incidents::CREATED_AT), times(&frame, &incidents::RESOLVED_AT));
        let ids = texts(&frame, &incidents::INCIDENT_ID).into_iter().map(Option::unwrap_or_default);
        let ours: BTreeMap<String, _> = ids.zip(created.into_iter().zip(resolved)).collect();
        let rows: Vec<_> = expected(&file).into_iter().filter(|row| row["type"] == "INCIDENT").collect();
        assert_eq!(ours.len(), rows.len(), "{}", file.display());
        for row in &rows {
            // PagerDuty's and Opsgenie's ends are those of the last update, which is noted: the table has no better ones.
            let (created, resolved) = &ours[&format!("devlake:default:{}", row["id"])];
            assert_eq!((created, resolved), (&second(&row["created_date"]), &second(&row["resolution_date"])));
            compared += 1;
        }
    }
    assert!(compared >= 5, "{compared}");
}

#[test]
fn devlake_tables_as_parquet() {
    let at = 1_777_885_200_000_000_i64;
    let mut frame = polars::df![
        "id" => ["webhook:1:a", "webhook:1:b"],
        "cicd_scope_id" => ["webhook:1", "webhook:1"],
        "name" => ["a", "b"],
        "result" => ["SUCCESS", ""],
        "status" => ["DONE", "IN_PROGRESS"],
        "environment" => ["PRODUCTION", ""],
        "created_date" => [at, at],
        "finished_date" => [Some(at + 60_000_000), None],
    ]
    .unwrap();
    let folder = Folder::new("devlake-parquet");
    let file = std::fs::File::create(folder.path().join("deployments.parquet")).unwrap();
    polars::prelude::ParquetWriter::new(file).finish(&mut frame).unwrap();
    let frames = folder.read(&[Source::new("deployments.parquet", "auto")]);
    let frame = frames.get(&deployments::TABLE);
    assert_eq!(texts(&frame, &deployments::DEPLOYMENT_ID), some(&["devlake:default:webhook:1:a", "devlake:default:webhook:1:b"]));
    assert_eq!(texts(&frame, &deployments::STATE), some(&["done", "in_progress"]));
    assert_eq!(times(&frame, &deployments::FINISHED_AT), ["2026-05-04T09:01:00Z", "-"]);
    assert_eq!(times(&frame, &deployments::CREATED_AT), ["2026-05-04T09:00:00Z"; 2]);
}

/// Compares the rows of a table with DevLake's; tables without dates cannot be read.
fn compare(base: &Path, file: &Path) -> usize {
    let path = file.strip_prefix(base).unwrap().to_string_lossy();
    let frames = read(&[Source::new(path, "auto")], &Options::new(base), &()).unwrap();
    let rows = expected(file);
    if !rows.first().is_some_and(|row| row.contains_key("created_date")) {
        assert_eq!(codes(&frames), ["missing_time"], "{}", file.display());
        return 0;
    }
    let frame = frames.get(&deployments::TABLE);
    let column = |column| texts(&frame, column).into_iter().map(Option::unwrap_or_default);
    let (ids, results, environments) =
        (column(&deployments::DEPLOYMENT_ID), column(&deployments::RESULT), column(&deployments::ENVIRONMENT));
    let (started, finished) = (times(&frame, &deployments::STARTED_AT), times(&frame, &deployments::FINISHED_AT));
    let ours: BTreeMap<String, _> = ids.zip(results.zip(environments).zip(started.into_iter().zip(finished))).collect();
    for row in &rows {
        let id = format!("devlake:default:{}", row["id"]);
        let Some(((result, environment), (started, finished))) = ours.get(&id) else { panic!("{id} is missing") };
        let of = |name: &str| row.get(name).map_or("", String::as_str);
        match (of("result"), of("status")) {
            (_, "IN_PROGRESS") => assert_eq!(result, "", "{id}"),
            ("SUCCESS", _) => assert_eq!(result, "success", "{id}"),
            // DevLake knows no other unhappy end; the tool's own word tells a cancellation from a failure.
            ("FAILURE", _) if is_cancelled(row) => assert_eq!(result, "cancellation", "{id}"),
            ("FAILURE", _) => assert!(matches!(result.as_str(), "failure" | "error" | "timeout"), "{id}: {result}"),
            // Where DevLake does not decide, the tool's own word does: Jenkins' unstable is a failure.
            _ if of("original_result") == "UNSTABLE" => assert_eq!(result, "failure", "{id}"),
            _ => assert!(matches!(result.as_str(), "" | "skip" | "cancellation"), "{id}: {result} {row:?}"),
        }
        // Without a pattern of production DevLake keeps the tool's own name of the environment, which may still say what it is.
        let says = of("environment").to_lowercase().contains("prod");
        assert_eq!(environment == "production", says, "{id}: {environment}, {}", of("environment"));
        assert_eq!(*started, second(of("started_date")), "{id}");
        assert_eq!(*finished, second(of("finished_date")), "{id}");
    }
    rows.len()
}

fn is_cancelled(row: &BTreeMap<String, String>) -> bool {
    let told = ["original_result", "original_status"].iter().find_map(|name| row.get(*name).filter(|text| !text.is_empty()));
    told.is_some_and(|told| matches!(told.to_lowercase().as_str(), "canceled" | "cancelled" | "aborted" | "stopped"))
}

/// `2022-06-25T04:17:45.000+00:00` as we show it.
fn second(time: &str) -> String {
    let shown = time.split_once('.').or(time.split_once('+')).map(|(second, _)| format!("{}Z", second.replace(' ', "T")));
    shown.unwrap_or_else(|| "-".to_owned())
}
