//! Native exports: made-up ones for every rule, and real ones where they lie beside the project.

use sequela_ingest::{Source, read, recognise};
use sequela_schema::canonical::deployments;

use crate::support::{Folder, issues, shared, some, texts, times};

/// Bytes of windows-1252, local time, a cause given by number, the fix never taken for a cause.
/// The API with both values: times as stored (UTC), the rest as shown; the cause by internal identifier becomes the number.
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

/// DevLake's own records. Its dates of the end are those of being superseded; ours are those of the first terminal status.
#[test]
fn real_github_payloads() {
    let Some(base) = shared("payloads/github_graphql_deployments/devlake_raw") else { return };
    let frames = read(&[Source::new("_raw_github_graphql_deployment.jsonl", "auto")], &sequela_ingest::Options::new(&base), &()).unwrap();
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

/// Files beside the project that are no list of incidents, deployments or ownership are not taken for one.
#[test]
fn other_payloads_are_not_taken_for_ours() {
    let Some(base) = shared("payloads") else { return };
    for file in [
        "servicenow/faros_source/users.json",
        "servicenow/faros_source/future_state.json",
        "github/devlake_raw/_raw_github_api_events.jsonl",
    ] {
        let recognised = recognise(&base.join(file)).unwrap();
        assert!(recognised.kind == "table" && recognised.confidence < sequela_ingest::CONFIDENT, "{file}: {recognised:?}");
    }
}
