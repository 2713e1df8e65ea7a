//! Code hosting: deployments, pipelines, releases and issues of GitHub, GitLab, Azure DevOps and Bitbucket.

mod other_forges;
mod payloads;

use polars::prelude::DataFrame;
use sequela_ingest::{Options, Source, read};
use sequela_schema::canonical::{deployments, incidents, status_events};
use sequela_schema::{Column, Frames, Table, Type, Values};

use crate::support::{Folder, counts, fixture, fixtures, issues, some, texts, times};

/// What several fixtures give together.
fn together(paths: &[&str]) -> Frames {
    let sources: Vec<Source> = paths.iter().map(|path| Source::new(*path, "auto")).collect();
    read(&sources, &Options::new(fixtures()), &()).unwrap()
}

/// The values of a column, `-` for none, times without their date's year.
fn values(frame: &DataFrame, column: &Column) -> Vec<String> {
    let show = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    match column.kind {
        Type::Instant => times(frame, column).into_iter().map(|at| at.trim_start_matches("2026-").to_owned()).collect(),
        Type::Int => frame.ints(column).unwrap().iter().map(|number| show(number.map(|number| number.to_string()))).collect(),
        _ => texts(frame, column).into_iter().map(show).collect(),
    }
}

/// Rows as lines: the last part of the identifier and these columns.
fn lines(frames: &Frames, table: &'static Table, id: &Column, columns: &[&Column]) -> Vec<String> {
    let frame = frames.get(table);
    let columns: Vec<Vec<String>> = columns.iter().map(|column| values(&frame, column)).collect();
    let ids = texts(&frame, id).into_iter().flatten().enumerate();
    ids.map(|(row, id)| {
        let id = id.splitn(3, ':').last().unwrap().to_owned();
        std::iter::once(id).chain(columns.iter().map(|column| column[row].clone())).collect::<Vec<_>>().join(" ")
    })
    .collect()
}

fn deployed(frames: &Frames, columns: &[&Column]) -> Vec<String> {
    lines(frames, &deployments::TABLE, &deployments::DEPLOYMENT_ID, columns)
}

fn raised(frames: &Frames, columns: &[&Column]) -> Vec<String> {
    lines(frames, &incidents::TABLE, &incidents::INCIDENT_ID, columns)
}

/// No table names the person that stands in every fixture.
fn assert_nobody(frames: &Frames) {
    for (name, frame) in frames.iter() {
        let text = frame.columns().iter().filter_map(|column| {
            let series = column.as_materialized_series();
            series.str().ok().map(|texts| texts.iter().flatten().collect::<Vec<_>>().join(" "))
        });
        let text = text.collect::<Vec<_>>().join(" ").to_lowercase();
        for person in ["planted", "7946"] {
            assert!(!text.contains(person), "{person} stands in {name}");
        }
    }
}

const KINDS: [&Column; 2] = [&deployments::KIND, &deployments::KIND_BASIS];
const OUTCOMES: [&Column; 3] = [&deployments::RESULT, &deployments::STATE, &deployments::ENVIRONMENT];
const TIMES: [&Column; 2] = [&deployments::STARTED_AT, &deployments::FINISHED_AT];

/// The statuses decide: a superseded deployment worked and ended with its first terminal status.
#[test]
fn github_deployments_and_statuses() {
    let deployment = |id: u32, environment: &str| {
        format!(
            r#"{{"id":{id},"sha":"abc{id}","ref":"main","task":"deploy","environment":"{environment}","created_at":"2026-07-01T10:00:00Z","updated_at":"2026-07-01T10:00:00Z",
            "statuses_url":"https://api.github.com/repos/o/shop/deployments/{id}/statuses","repository_url":"https://api.github.com/repos/o/shop","creator":{{"login":"jane"}},"payload":{{}}}}"#
        )
    };
    let status = |id: u32, state: &str, at: &str| {
        format!(
            r#"{{"id":1,"state":"{state}","created_at":"2026-07-{at}Z","deployment_url":"https://api.github.com/repos/o/shop/deployments/{id}"}}"#
        )
    };
    let statuses = [
        status(1, "inactive", "09T00:00:00"),
        status(1, "success", "01T10:05:00"),
        status(1, "in_progress", "01T10:01:00"),
        status(2, "failure", "01T11:00:00"),
        status(3, "in_progress", "01T11:00:00"),
        status(9, "success", "01T11:00:00"),
    ];
    let list = [deployment(1, "production"), deployment(2, "prod-eu"), deployment(3, "staging")].join(",");
    let folder = Folder::new("github").with("deployments.json", format!("[{list}]")).with("statuses.ndjson", statuses.join("\n"));
    let frames = folder.read(&[Source::new("*json", "auto")]);
    let frame = frames.get(&deployments::TABLE);
    assert_eq!(texts(&frame, &deployments::DEPLOYMENT_ID), some(&["github:default:1", "github:default:2", "github:default:3"]));
    assert_eq!(texts(&frame, &deployments::RESULT), some(&["success", "failure", ""]));
    assert_eq!(texts(&frame, &deployments::STATE), some(&["done", "done", "in_progress"]));
    assert_eq!(times(&frame, &deployments::STARTED_AT)[0], "2026-07-01T10:01:00Z");
    assert_eq!(times(&frame, &deployments::FINISHED_AT), ["2026-07-01T10:05:00Z", "2026-07-01T11:00:00Z", "-"]);
    assert_eq!(texts(&frame, &deployments::ENVIRONMENT), some(&["production", "production", "staging"]));
    assert_eq!(texts(&frame, &deployments::SERVICE_NAME_RAW)[0].as_deref(), Some("shop"));
    assert_eq!(texts(&frame, &deployments::REPO_URL)[0].as_deref(), Some("https://github.com/o/shop"));
    assert_eq!(issues(&frames), [(6, "unmatched_status".to_owned(), false)]);
}

/// A deployment of an earlier revision after another one takes that one back; the same again does not. The branch tells a hotfix.
#[test]
fn github_kinds_are_inferred() {
    let frames = together(&["github/deployments.json", "github/statuses.ndjson"]);
    assert_eq!(
        deployed(&frames, &KINDS),
        [
            "1001 deploy inferred",
            "1002 deploy inferred",
            "1003 rollback inferred",
            "1004 deploy inferred",
            "1005 hotfix rule",
            "1006 deploy inferred"
        ]
    );
    assert_eq!(
        deployed(&frames, &OUTCOMES),
        [
            "1001 success done production",
            "1002 success done production",
            "1003 success done production",
            "1004 success done production",
            "1005 failure done production",
            "1006 - in_progress other",
        ]
    );
    assert_eq!(
        deployed(&frames, &TIMES),
        [
            "1001 05-04T10:01:00Z 05-04T10:04:00Z",
            "1002 05-05T10:00:00Z 05-05T10:05:00Z",
            "1003 05-05T11:00:00Z 05-05T11:05:00Z",
            "1004 05-06T10:00:00Z 05-06T10:05:00Z",
            "1005 05-07T10:01:00Z 05-07T10:09:00Z",
            "1006 05-08T10:01:00Z -",
        ]
    );
    let frame = frames.get(&deployments::TABLE);
    assert_eq!(texts(&frame, &deployments::ROLLS_BACK_DEPLOYMENT_ID), some(&["", "", "github:default:1002", "", "", ""]));
    assert_eq!(texts(&frame, &deployments::CHANGE_ID)[5].as_deref(), Some("CHG0030007"));
    assert_eq!(texts(&frame, &deployments::SERVICE_NAME_RAW), some(&["checkout", "checkout", "checkout", "checkout", "checkout", "cart"]));
    let told = frames.get(&status_events::TABLE);
    let of_first: Vec<_> =
        texts(&told, &status_events::ENTITY_ID).into_iter().zip(texts(&told, &status_events::TO_STATE)).take(3).collect();
    let first = Some("github:default:1001".to_owned());
    assert_eq!(of_first, some(&["queued", "in_progress", "done"]).into_iter().map(|state| (first.clone(), state)).collect::<Vec<_>>());
    assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
    assert_nobody(&frames);
}

/// Each event of a webhook repeats the deployment; it is one row.
#[test]
fn github_webhooks() {
    let frames = fixture("github/webhooks.ndjson");
    assert_eq!(deployed(&frames, &OUTCOMES), ["2001 success done production"]);
    assert_eq!(deployed(&frames, &TIMES), ["2001 05-09T10:01:00Z 05-09T10:06:00Z"]);
    assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
    assert_nobody(&frames);
}

/// A re-run does not hide the failure before it, and one whose first attempt is missing is said. A run that waits for a person has not
/// ended. The name of a branch does not make a run deploy, a reusable workflow that deploys does.
#[test]
fn github_runs() {
    let frames = fixture("github/runs.json");
    let columns = [KINDS[0], OUTCOMES[0], OUTCOMES[1], OUTCOMES[2], &deployments::ATTEMPT];
    assert_eq!(
        deployed(&frames, &columns),
        [
            "run:501 deploy failure done production 1",
            "run:501#2 deploy success done production 2",
            "run:502 publish_only success done - 1",
            "run:503#2 deploy success done staging 2",
            "run:505 deploy success done production 1",
            "run:506 deploy - queued production 1",
        ]
    );
    assert_eq!(
        deployed(&frames, &TIMES)[..3],
        ["run:501 05-04T09:00:00Z 05-04T09:05:00Z", "run:501#2 05-04T09:30:00Z 05-04T09:35:00Z", "run:502 05-04T08:10:00Z 05-04T08:15:00Z"]
    );
    assert_eq!(times(&frames.get(&deployments::TABLE), &deployments::COMMIT_AT)[0], "2026-05-04T06:00:00Z");
    let found = issues(&frames);
    assert_eq!(found, [(0, "environment_assumed".to_owned(), false), (3, "earlier_attempts_missing".to_owned(), false)], "{found:?}");
    assert_nobody(&frames);
}

/// Jobs that deploy tell more than their run, and a deployment more than both: nothing counts twice.
#[test]
fn github_views_of_one_delivery() {
    let frames = together(&["github/runs.json", "github/jobs.json"]);
    let kinds = deployed(&frames, &KINDS[..1]);
    assert_eq!(kinds[..2], ["job:9002 deploy", "job:9003 deploy"]);
    assert!(kinds.contains(&"run:503#2 publish_only".to_owned()) && kinds.contains(&"run:505 deploy".to_owned()), "{kinds:?}");
    let columns = [OUTCOMES[0], OUTCOMES[1], OUTCOMES[2], TIMES[0], TIMES[1]];
    assert_eq!(
        deployed(&frames, &columns)[..2],
        ["job:9002 failure done staging 05-10T11:02:05Z 05-10T11:04:30Z", "job:9003 - in_progress staging 05-10T11:02:05Z -",]
    );
    // Deployment 1002 was made of the same commit while run 505 was at work.
    let frames = together(&["github/runs.json", "github/deployments.json", "github/statuses.ndjson"]);
    let kinds = deployed(&frames, &KINDS[..1]);
    assert!(kinds.contains(&"1002 deploy".to_owned()) && kinds.contains(&"run:505 publish_only".to_owned()), "{kinds:?}");
    assert!(kinds.contains(&"run:501 deploy".to_owned()), "made nothing that is recorded: {kinds:?}");
}

#[test]
fn github_releases_are_published_only() {
    let frames = fixture("github/releases.json");
    let columns = [KINDS[0], KINDS[1], OUTCOMES[0], OUTCOMES[2], &deployments::VERSION, TIMES[1], &deployments::COMMIT_AT];
    assert_eq!(deployed(&frames, &columns), ["release:2 publish_only explicit success - v2 05-04T09:00:00Z 05-04T08:00:00Z"]);
    assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
    assert_nobody(&frames);
}

/// Issues with the label only, never pull requests; what was closed as a mistake was not resolved.
#[test]
fn github_incidents() {
    let frames = together(&["github/issues.json", "github/issues_of_gh.json"]);
    let columns = [
        &incidents::STATE,
        &incidents::SEVERITY,
        &incidents::SERVICE_NAME_RAW,
        &incidents::CREATED_AT,
        &incidents::RESOLVED_AT,
        &incidents::CLOSED_AT,
    ];
    assert_eq!(
        raised(&frames, &columns),
        [
            "acme/checkout#11 closed 1 cart 05-05T10:30:00Z 05-05T12:00:00Z 05-05T12:00:00Z",
            "acme/checkout#14 cancelled 2 checkout 05-05T10:30:00Z - 05-05T12:00:00Z",
            "acme/checkout#15 triggered - checkout 05-05T10:30:00Z - -",
            "acme/checkout#16 closed 2 checkout 05-07T10:20:00Z 05-07T11:20:00Z 05-07T11:20:00Z",
        ]
    );
    assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
    assert_nobody(&frames);
}

/// The labels that the source names count instead of ours.
#[test]
fn labels_of_the_source() {
    let mut source = Source::new("github/issues.json", "auto");
    source.types = [("incidents".to_owned(), vec!["bug".to_owned()])].into();
    let frames = read(&[source], &Options::new(fixtures()), &()).unwrap();
    assert_eq!(raised(&frames, &[&incidents::TITLE]), ["acme/checkout#13 Button is blue"]);
}

/// Pages one after another in a file complete each other; the last one tells whether more follow.
#[test]
fn pages_in_one_file() {
    let run = |id: u32| {
        format!(
            r#"{{"id":{id},"name":"CI","run_number":1,"head_sha":"abc","workflow_id":1,"status":"completed","conclusion":"success",
            "html_url":"https://github.com/o/r/actions/runs/{id}","created_at":"2026-05-04T10:00:00Z","updated_at":"2026-05-04T10:01:00Z"}}"#
        )
    };
    let page = |total: u32, runs: &[u32]| {
        format!(r#"{{"total_count":{total},"workflow_runs":[{}]}}"#, runs.iter().map(|id| run(*id)).collect::<Vec<_>>().join(","))
    };
    let read_pages = |name: &str, total| {
        let folder = Folder::new(name).with("runs.json", [page(total, &[1, 2]), page(total, &[3])].join("\n"));
        issues(&folder.read(&[Source::new("runs.json", "auto")]))
    };
    assert_eq!(read_pages("pages-whole", 3), []);
    assert_eq!(read_pages("pages-cut", 4), [(0, "truncation_suspected".to_owned(), false)]);
}

/// The status of the deployment counts, not that of its job. The tier says what an environment is for.
#[test]
fn gitlab_deployments() {
    let frames = fixture("gitlab/deployments.json");
    let columns = [KINDS[0], KINDS[1], OUTCOMES[0], OUTCOMES[1], OUTCOMES[2], TIMES[0], TIMES[1]];
    assert_eq!(
        deployed(&frames, &columns),
        [
            "301 deploy inferred success done production 05-04T10:00:00Z 05-04T10:02:00Z",
            "302 deploy inferred failure done production 05-05T10:00:00Z 05-05T10:03:00Z",
            "303 rollback inferred success done production 05-05T11:00:00Z 05-05T11:02:00Z",
            "304 deploy inferred - queued production 05-06T10:00:00Z -",
            "305 hotfix rule cancellation done staging 05-06T11:00:00Z 05-06T11:01:00Z",
            "306 deploy inferred - in_progress staging - -",
        ]
    );
    let columns = [&deployments::SERVICE_NAME_RAW, &deployments::APPROVAL_PATH, &deployments::APPROVED_AT, &deployments::COMMIT_AT];
    assert_eq!(
        deployed(&frames, &columns)[..2],
        ["301 checkout peer 05-04T09:55:00Z 05-04T08:00:00Z", "302 checkout - - 05-04T08:00:00Z",]
    );
    assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
    assert_nobody(&frames);
}

#[test]
fn gitlab_webhooks() {
    let frames = fixture("gitlab/webhooks.ndjson");
    let columns = [OUTCOMES[0], OUTCOMES[1], OUTCOMES[2], TIMES[0], TIMES[1], &deployments::SERVICE_NAME_RAW];
    assert_eq!(
        deployed(&frames, &columns),
        ["77 success done production 05-08T10:00:00Z 05-08T10:04:00Z checkout", "78 failure done production - 05-08T12:00:00Z checkout",]
    );
    assert_eq!(texts(&frames.get(&deployments::TABLE), &deployments::COMMIT_SHA)[0].as_deref(), Some("a1".repeat(20).as_str()));
    assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
    assert_nobody(&frames);
}

/// A deployment counts before its job, a job before its pipeline. Jobs that do not deploy are left alone.
#[test]
fn gitlab_views_of_one_delivery() {
    let frames = together(&["gitlab/jobs.json", "gitlab/pipelines.json", "gitlab/pipeline_details.ndjson"]);
    let columns = [KINDS[0], OUTCOMES[0], OUTCOMES[1], OUTCOMES[2], TIMES[0], TIMES[1]];
    assert_eq!(
        deployed(&frames, &columns),
        [
            "job:4010 deploy failure done production 05-04T10:00:00Z 05-04T10:02:00Z",
            "job:4060 deploy success done staging 05-09T10:00:00Z 05-09T10:03:00Z",
            "job:4070 rollback - queued production - -",
            "pipeline:406 publish_only success done - - 05-09T10:30:00Z",
            "pipeline:409 deploy failure done production 05-09T10:00:00Z 05-09T10:05:00Z",
            "pipeline:410 publish_only - queued - - -",
        ]
    );
    assert_eq!(counts(&frames), [8, 8, 0, 0]);
    assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
    let frames = together(&["gitlab/jobs.json", "gitlab/deployments.json"]);
    let kinds = deployed(&frames, &KINDS[..1]);
    assert!(kinds.contains(&"job:4010 publish_only".to_owned()) && kinds.contains(&"job:4060 deploy".to_owned()), "{kinds:?}");
    assert_nobody(&frames);
}

/// From the interface and from an exported list, under the same identifiers.
#[test]
fn gitlab_incidents() {
    let frames = together(&["gitlab/issues.json", "gitlab/issues.csv"]);
    let columns = [&incidents::STATE, &incidents::SEVERITY, &incidents::SERVICE_NAME_RAW, &incidents::CREATED_AT, &incidents::RESOLVED_AT];
    assert_eq!(
        raised(&frames, &columns),
        [
            "acme/shop/checkout#21 closed 1 checkout 05-05T10:10:00Z 05-05T12:00:00Z",
            "acme/shop/checkout#23 triggered 2 payments 05-05T10:10:00Z -",
            "acme/shop/checkout#24 closed 3 checkout 05-07T10:20:00Z 05-07T11:20:00Z",
        ]
    );
    assert_eq!(texts(&frames.get(&incidents::TABLE), &incidents::TIME_QUALITY), some(&["exact_utc", "exact_utc", "exact_utc"]));
    assert_eq!(counts(&frames), [5, 5, 0, 0]);
    assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
    assert_nobody(&frames);
}

/// Records in which anything is missing, empty or of another type are read or put aside, one by one.
#[test]
fn damaged_records() {
    use serde_json::{Value, json};
    let wrong = [json!(null), json!([]), json!({}), json!(0), json!(-1), json!("x"), json!(true), json!([[null]]), json!({"name": [1]})];
    for adapter in ["github", "gitlab", "azure_devops", "bitbucket"] {
        let mut damaged = Vec::new();
        for path in std::fs::read_dir(fixtures().join(adapter)).unwrap().map(|entry| entry.unwrap().path()) {
            let text = std::fs::read_to_string(path).unwrap();
            for document in serde_json::Deserializer::from_str(text.trim_start_matches('\u{feff}')).into_iter::<Value>().flatten() {
                let page = document.as_object().and_then(|page| page.values().find(|value| value.is_array()).cloned());
                for record in page.unwrap_or(document).as_array().into_iter().flatten().filter_map(Value::as_object) {
                    for (key, wrong) in record.keys().flat_map(|key| wrong.iter().map(move |wrong| (key, wrong))) {
                        let mut copy = record.clone();
                        copy.insert(key.clone(), wrong.clone());
                        damaged.push(Value::Object(copy).to_string());
                    }
                }
            }
        }
        assert!(damaged.len() > 500, "{adapter}");
        let folder = Folder::new(&format!("damaged-{adapter}")).with("records.ndjson", damaged.join("\n"));
        let frames = folder.read(&[Source::new("records.ndjson", adapter)]);
        let [read, ok, rejected, _] = counts(&frames);
        assert!(read == ok + rejected && ok > read / 2, "{adapter}: {read} {ok} {rejected}");
        assert_nobody(&frames);
    }
}

/// A branch may have any name: `fix-rollback` on it takes nothing back, `hotfix/…` is a hotfix, and a workflow that tests before it
/// deploys goes to no test environment.
#[test]
fn names_that_mislead() {
    let run = |id: u32, name: &str, branch: &str| {
        format!(
            r#"{{"id":{id},"name":"{name}","run_number":1,"head_sha":"abc","workflow_id":1,"status":"completed","conclusion":"success","head_branch":"{branch}",
            "html_url":"https://github.com/o/r/actions/runs/{id}","created_at":"2026-05-04T10:00:00Z","updated_at":"2026-05-04T10:01:00Z"}}"#
        )
    };
    let runs = [
        run(1, "Build, test and deploy", "main"),
        run(2, "Deploy", "fix-rollback"),
        run(3, "Deploy", "hotfix/cart"),
        run(4, "Deploy", "feature/live-chat-test"),
        run(5, "Deploy", "env/staging"),
        run(6, "Rollback", "main"),
    ];
    let folder = Folder::new("misleading").with("runs.json", format!("[{}]", runs.join(",")));
    let frames = folder.read(&[Source::new("runs.json", "auto")]);
    assert_eq!(
        deployed(&frames, &[KINDS[0], OUTCOMES[2]]),
        [
            "run:1 deploy production",
            "run:2 deploy production",
            "run:3 hotfix production",
            "run:4 deploy production",
            "run:5 deploy staging",
            "run:6 rollback production"
        ]
    );
}
