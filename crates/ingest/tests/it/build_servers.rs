//! Build servers: which runs deploy, and what became of each attempt.

use sequela_schema::canonical::deployments;

use crate::support::{fixture, issues, some, texts, times};

#[test]
fn buildkite_builds() {
    let frames = fixture("buildkite/builds.json");
    let frame = frames.get(&deployments::TABLE);
    assert_eq!(
        texts(&frame, &deployments::DEPLOYMENT_ID),
        some(&["buildkite:default:0187c3b0-0000-4000-8000-000000000001", "buildkite:default:0187c3b0-0000-4000-8000-000000000002"])
    );
    assert_eq!(texts(&frame, &deployments::KIND), some(&["deploy", "publish_only"]));
    assert_eq!(texts(&frame, &deployments::RESULT), some(&["success", "failure"]));
    assert_eq!(texts(&frame, &deployments::ENVIRONMENT), some(&["production", ""]));
    assert_eq!(times(&frame, &deployments::FINISHED_AT), ["2026-05-04T09:04:35Z", "2026-05-04T09:12:05Z"]);
    assert_eq!(texts(&frame, &deployments::COMMIT_SHA), some(&["4b1f0c6d8a2e3f5b7c9d1e0f2a4b6c8d0e1f3a5b", ""]));
    assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
}
