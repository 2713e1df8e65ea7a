//! Azure DevOps and Bitbucket.

use super::*;

/// `notDeployed` never ran, or has not begun yet; neither is a failure. Zeros of .NET are no times.
#[test]
fn azure_releases() {
    let frames = fixture("azure_devops/releases.json");
    let columns = [OUTCOMES[0], OUTCOMES[1], OUTCOMES[2], TIMES[0], TIMES[1], &deployments::ATTEMPT];
    assert_eq!(
        deployed(&frames, &columns),
        [
            "release:801 failure done production 05-04T10:05:00Z 05-04T10:09:00Z 1",
            "release:802 success done production 05-04T10:20:00Z 05-04T10:25:00Z 2",
            "release:803 skip done production - 05-04T12:00:00Z 1",
            "release:804 - queued production - - 1",
            "release:805 failure done staging 05-04T11:40:00Z 05-04T11:45:00Z 3",
            "release:806 - in_progress production 05-04T11:50:00Z - 1",
        ]
    );
    let columns = [&deployments::APPROVAL_PATH, &deployments::APPROVED_AT, &deployments::SERVICE_NAME_RAW, &deployments::REF_NAME];
    assert_eq!(
        deployed(&frames, &columns)[..3],
        [
            "release:801 peer 05-04T10:04:00Z checkout main",
            "release:802 automated 05-04T10:19:00Z checkout main",
            "release:803 - - checkout main",
        ]
    );
    assert_eq!(issues(&frames), [(5, "earlier_attempts_missing".to_owned(), false)]);
    assert_nobody(&frames);
}

/// The name of the pipeline tells whether a build deploys; a build whose deployments are exported counts through these.
#[test]
fn azure_builds_and_environments() {
    let frames = together(&["azure_devops/builds.json", "azure_devops/production.json", "azure_devops/runs.json"]);
    let columns = [KINDS[0], OUTCOMES[0], OUTCOMES[1], OUTCOMES[2], &deployments::SERVICE_NAME_RAW, TIMES[0], TIMES[1]];
    assert_eq!(
        deployed(&frames, &columns),
        [
            "build:901 publish_only success done production checkout 05-05T10:00:10Z 05-05T10:05:10Z",
            "build:902 publish_only failure done - checkout 05-05T10:00:10Z 05-05T10:05:10Z",
            "build:903 deploy - in_progress production cart 05-05T10:00:10Z -",
            "build:904 hotfix cancellation done production deploy-prod 05-05T10:00:10Z 05-05T10:01:10Z",
            "build:905 deploy success done staging deploy-staging 05-06T10:00:00Z 05-06T10:05:00Z",
            "build:906 deploy - in_progress staging deploy-staging 05-06T11:00:00Z -",
            "environment:61 deploy success done production checkout-pipeline 05-05T10:02:00Z 05-05T10:04:00Z",
            "environment:62 deploy failure done staging checkout-pipeline 05-05T10:02:00Z 05-05T10:04:00Z",
            "environment:63 deploy - in_progress production checkout-pipeline 05-05T10:02:00Z -",
        ]
    );
    assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
    assert_nobody(&frames);
}

/// `COMPLETED` is no outcome: the step of the deployment tells it.
#[test]
fn bitbucket_deployments_and_steps() {
    let columns = [OUTCOMES[0], OUTCOMES[1], OUTCOMES[2], TIMES[0], TIMES[1], &deployments::SERVICE_NAME_RAW];
    let frames = fixture("bitbucket/deployments.json");
    assert_eq!(
        deployed(&frames, &columns),
        [
            "{d-1} success done production 05-04T10:01:00Z 05-04T10:03:00Z checkout",
            "{d-2} - done production 05-05T10:01:00Z 05-05T10:03:00Z checkout",
            "{d-3} - queued test - - checkout",
            "{d-4} - in_progress staging 05-06T10:01:00Z - checkout",
        ]
    );
    assert_eq!(issues(&frames), [(0, "missing_value".to_owned(), false)]);
    assert_nobody(&frames);
    let frames = together(&["bitbucket/deployments.json", "bitbucket/pipelines.json", "bitbucket/steps.json"]);
    let columns = [KINDS[0], OUTCOMES[0], OUTCOMES[2], &deployments::COMMIT_SHA];
    let (a, b, c) = ("a1".repeat(20), "b2".repeat(20), "c3".repeat(20));
    assert_eq!(
        deployed(&frames, &columns),
        [
            format!("pipeline:{{p-2}} publish_only failure - {b}"),
            format!("pipeline:{{p-5}} deploy cancellation staging {a}"),
            format!("pipeline:{{p-6}} publish_only success - {a}"),
            format!("pipeline:{{p-7}} publish_only - production {c}"),
            format!("step:{{s-71}}#2 deploy error production {c}"),
            format!("{{d-1}} deploy success production {a}"),
            format!("{{d-2}} hotfix failure production {b}"),
            format!("{{d-3}} hotfix - test {b}"),
            format!("{{d-4}} deploy - staging {c}"),
        ]
    );
    assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
    assert_nobody(&frames);
}

/// No resolution is made up: the interface tells none.
#[test]
fn bitbucket_incidents() {
    let frames = fixture("bitbucket/issues.json");
    let columns = [&incidents::STATE, &incidents::SEVERITY, &incidents::CREATED_AT, &incidents::RESOLVED_AT];
    assert_eq!(
        raised(&frames, &columns),
        ["acme/checkout#31 resolved 1 05-05T10:10:00Z -", "acme/checkout#33 cancelled 4 05-05T10:10:00Z -"]
    );
    assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
    assert_nobody(&frames);
}
