//! Platforms that run what was built: what they keep of deployments, and what is none.

use sequela_ingest::{Source, read};
use sequela_schema::canonical::{deployments, ingest_files};
use sequela_schema::{Column, Frames, Values};

use crate::support::{Folder, fixture, fixture_as, ints, issues, some, texts, times};

/// A column of the deployments of a fixture.
fn column(frames: &Frames, column: &Column) -> Vec<Option<String>> {
    texts(&frames.get(&deployments::TABLE), column)
}

fn codes(frames: &Frames) -> Vec<String> {
    issues(frames).into_iter().map(|(_, code, _)| code).collect()
}

/// No text of any table names the person who stands in the fixtures.
fn assert_nobody_is_named(frames: &Frames) {
    for (name, frame) in frames.iter() {
        let text = frame.columns().iter().map(|column| format!("{:?}", column.as_materialized_series().iter().collect::<Vec<_>>()));
        let text: String = text.collect();
        for planted in ["Jane", "planted", "7946"] {
            assert!(!text.contains(planted), "{name} has {planted}");
        }
    }
}

#[test]
fn argo_cd_history_and_last_attempt() {
    let frames = fixture("argocd/applications.json");
    // Entry 4 deploys, 5 syncs the same again, 6 goes back to what 3 had, and the last attempt failed. Of search, the last operation is
    // what its only entry tells.
    let ids =
        ["checkout-prod/2026-05-04T12:00:00Z", "checkout-prod/3", "checkout-prod/4", "checkout-prod/5", "checkout-prod/6", "search/0"];
    let ids: Vec<Option<String>> = ids.iter().map(|id| Some(format!("argocd:default:{id}"))).collect();
    assert_eq!(column(&frames, &deployments::DEPLOYMENT_ID), ids);
    assert_eq!(column(&frames, &deployments::KIND), some(&["deploy", "deploy", "deploy", "deploy", "rollback", "deploy"]));
    assert_eq!(column(&frames, &deployments::KIND_BASIS), some(&["inferred"; 6]));
    assert_eq!(column(&frames, &deployments::RESULT), some(&["failure", "success", "success", "skip", "success", "success"]));
    let production = "production";
    assert_eq!(column(&frames, &deployments::ENVIRONMENT), some(&[production, production, production, production, production, "staging"]));
    assert_eq!(column(&frames, &deployments::ENVIRONMENT_RAW)[5], Some("staging-cluster".to_owned()));
    let services = ["checkout", "checkout", "checkout", "checkout", "checkout", "search-api"];
    assert_eq!(column(&frames, &deployments::SERVICE_NAME_RAW), some(&services));
    let frame = frames.get(&deployments::TABLE);
    assert_eq!(times(&frame, &deployments::STARTED_AT)[..2], ["2026-05-04T12:00:00Z", "-"]);
    assert_eq!(times(&frame, &deployments::FINISHED_AT)[..3], ["2026-05-04T12:02:00Z", "2026-05-04T09:00:40Z", "2026-05-04T10:01:00Z"]);
    assert_eq!(ints(&frame, &deployments::ATTEMPT), [Some(3), None, None, None, None, None]);
    // The revision of a chart is its version, and images tell the version of what runs now only.
    assert_eq!(column(&frames, &deployments::VERSION), some(&["", "", "", "", "1.8.0", "2.4.1"]));
    assert_eq!(column(&frames, &deployments::COMMIT_SHA)[5], None);
    assert_eq!(column(&frames, &deployments::COMMIT_SHA)[1], Some("a".repeat(40)));
    assert_eq!(
        column(&frames, &deployments::ACTOR_KIND),
        some(&["automation", "human", "automation", "automation", "human", "automation"])
    );
    assert_eq!(codes(&frames), ["truncation_suspected", "earlier_attempts_missing"]);
    assert_nobody_is_named(&frames);
}

#[test]
fn argo_cd_of_its_own_command_line() {
    let frames = fixture("argocd/app_get.json");
    assert_eq!(column(&frames, &deployments::RESULT), some(&["success", ""]));
    assert_eq!(column(&frames, &deployments::STATE), some(&["done", "in_progress"]));
    assert_eq!(column(&frames, &deployments::COMMIT_SHA), vec![Some("d".repeat(40)), Some("e".repeat(40))]);
    assert_eq!(column(&frames, &deployments::ENVIRONMENT), some(&["test", "test"]));
    assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
}

#[test]
fn helm_history() {
    let frames = fixture("helm/checkout-prod.json");
    let ids = ["4", "5", "6", "7"].map(|revision| Some(format!("helm:default:checkout-prod/{revision}")));
    assert_eq!(column(&frames, &deployments::DEPLOYMENT_ID), ids);
    assert_eq!(column(&frames, &deployments::SERVICE_NAME_RAW), some(&["checkout"; 4]));
    assert_eq!(column(&frames, &deployments::ENVIRONMENT), some(&["production"; 4]));
    assert_eq!(column(&frames, &deployments::RESULT), some(&["success", "failure", "success", ""]));
    assert_eq!(column(&frames, &deployments::STATE), some(&["done", "done", "done", "in_progress"]));
    assert_eq!(column(&frames, &deployments::KIND), some(&["deploy", "deploy", "rollback", "deploy"]));
    assert_eq!(column(&frames, &deployments::KIND_BASIS)[2], Some("explicit".to_owned()));
    // `Rollback to 4` undoes revision 5.
    assert_eq!(column(&frames, &deployments::ROLLS_BACK_DEPLOYMENT_ID)[2], Some("helm:default:checkout-prod/5".to_owned()));
    assert_eq!(times(&frames.get(&deployments::TABLE), &deployments::FINISHED_AT)[0], "2026-05-04T07:00:00Z");
    assert_eq!(codes(&frames), ["truncation_suspected"]);
    assert_nobody_is_named(&frames);
}

#[test]
fn helm_history_as_printed() {
    let mut source = Source::new("helm/helm-history-search.txt", "auto");
    source.timezone = Some("Europe/Berlin".to_owned());
    source.service = Some("search-api".to_owned());
    let frames = fixture_as(source);
    assert_eq!(column(&frames, &deployments::DEPLOYMENT_ID), some(&["helm:default:search/1", "helm:default:search/2"]));
    assert_eq!(column(&frames, &deployments::SERVICE_NAME_RAW), some(&["search-api"; 2]));
    // Berlin is two hours ahead of UTC in May.
    assert_eq!(times(&frames.get(&deployments::TABLE), &deployments::FINISHED_AT), ["2026-05-04T08:15:13Z", "2026-05-12T06:00:00Z"]);
    assert_eq!(column(&frames, &deployments::RESULT), some(&["success", "success"]));
    assert_eq!(column(&frames, &deployments::VERSION), some(&["1.0", "1.1"]));
    assert_eq!(codes(&frames), ["environment_assumed"]);
}

#[test]
fn codedeploy_deployments() {
    let frames = fixture("aws/get_deployment.json");
    // The fourth one only made the group of machines larger.
    let ids = ["1", "2", "3", "5", "6"].map(|number| Some(format!("aws:default:d-AAAAAAAA{number}")));
    assert_eq!(column(&frames, &deployments::DEPLOYMENT_ID), ids);
    // Named assumption: what an alarm stopped has failed, what a person stopped is cancelled.
    assert_eq!(column(&frames, &deployments::RESULT), some(&["success", "failure", "success", "cancellation", ""]));
    assert_eq!(column(&frames, &deployments::ORIGINAL_RESULT), some(&["Succeeded", "Stopped", "Succeeded", "Stopped", ""]));
    assert_eq!(column(&frames, &deployments::STATE), some(&["done", "done", "done", "done", "in_progress"]));
    assert_eq!(column(&frames, &deployments::KIND), some(&["deploy", "deploy", "rollback", "deploy", "deploy"]));
    assert_eq!(column(&frames, &deployments::ROLLS_BACK_DEPLOYMENT_ID), some(&["", "", "aws:default:d-AAAAAAAA2", "", ""]));
    assert_eq!(column(&frames, &deployments::ACTOR_KIND), some(&["", "", "automation", "", "automation"]));
    assert_eq!(column(&frames, &deployments::ENVIRONMENT), some(&["production"; 5]));
    assert_eq!(column(&frames, &deployments::REPO_URL)[0], Some("https://github.com/acme/checkout".to_owned()));
    assert_eq!(column(&frames, &deployments::ARTIFACT_ID)[1], Some("s3://acme-releases/checkout/1.8.0.zip?versionId=v8".to_owned()));
    let frame = frames.get(&deployments::TABLE);
    // 1777885210 is 09:00:10 UTC: seconds as numbers and times with an offset in one file.
    assert_eq!(times(&frame, &deployments::STARTED_AT)[..2], ["2026-05-04T09:00:10Z", "2026-05-04T09:00:10Z"]);
    assert_eq!(times(&frame, &deployments::FINISHED_AT)[..2], ["2026-05-04T09:05:00Z", "2026-05-04T09:06:00Z"]);
    assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
    assert_nobody_is_named(&frames);
}

#[test]
fn a_list_of_identifiers_says_how_to_get_the_rest() {
    let folder = Folder::new("codedeploy-ids").with("list.json", r#"{"deployments": ["d-AAAAAAAA1", "d-AAAAAAAA2"]}"#);
    let frames = folder.read(&[Source::new("list.json", "auto")]);
    assert_eq!(issues(&frames), [(1, "unknown_record".to_owned(), true)]);
}

#[test]
fn images_of_ecr_are_published_only() {
    let frames = fixture("aws/describe_images.json");
    assert_eq!(column(&frames, &deployments::KIND), some(&["publish_only"; 2]));
    let digests = ["1", "2"].map(|digit| Some(format!("pkg:oci/shop/checkout@sha256:{}", digit.repeat(64))));
    assert_eq!(column(&frames, &deployments::ARTIFACT_ID), digests);
    assert_eq!(column(&frames, &deployments::VERSION), some(&["1.8.0", ""]));
    let frame = frames.get(&deployments::TABLE);
    assert_eq!(times(&frame, &deployments::FINISHED_AT), ["2026-05-04T08:50:00Z", "2026-05-03T08:50:00Z"]);
    assert_eq!(ints(&frame, &deployments::ARTIFACT_BYTES), [Some(52_428_800), Some(52_428_000)]);
}

#[test]
fn events_of_eventbridge() {
    for file in ["aws/eventbridge.ndjson", "aws/log_events.json"] {
        let frames = fixture(file);
        let frame = frames.get(&deployments::TABLE);
        let first = |column: &Column| texts(&frame, column)[..2].to_vec();
        assert_eq!(first(&deployments::KIND), some(&["publish_only", "deploy"]), "{file}");
        assert_eq!(first(&deployments::RESULT), some(&["success", "failure"]), "{file}");
        assert_eq!(first(&deployments::SERVICE_NAME_RAW), some(&["shop/search", "search"]), "{file}");
        assert_eq!(times(&frame, &deployments::FINISHED_AT)[..2], ["2026-05-04T08:50:02Z", "2026-05-04T09:04:00Z"], "{file}");
        assert_eq!(texts(&frame, &deployments::ENVIRONMENT)[1], Some("staging".to_owned()), "{file}");
    }
    // Only its beginning is told of the second one.
    let frames = fixture("aws/eventbridge.ndjson");
    assert_eq!(column(&frames, &deployments::STATE)[2], Some("in_progress".to_owned()));
    assert_eq!(column(&frames, &deployments::RESULT)[2], None);
}

#[test]
fn a_deployment_known_from_its_record_needs_no_events() {
    let record = r#"{"deploymentInfo": {"deploymentId": "d-BBBBBBBB1", "applicationName": "search", "deploymentGroupName": "search-prod",
        "status": "Failed", "createTime": "2026-05-04T08:59:59Z", "completeTime": "2026-05-04T09:04:01Z"}}"#;
    let events = std::fs::read_to_string(crate::support::fixtures().join("aws/eventbridge.ndjson")).unwrap();
    let folder = Folder::new("codedeploy-both").with("events.ndjson", events).with("record.json", record);
    let frames = folder.read(&[Source::new("events.ndjson", "auto"), Source::new("record.json", "auto")]);
    assert_eq!(frames.get(&deployments::TABLE).height(), 3);
    assert_eq!(times(&frames.get(&deployments::TABLE), &deployments::FINISHED_AT)[1], "2026-05-04T09:04:01Z");
}

#[test]
fn docker_events() {
    let frames = fixture("docker/events.ndjson");
    // Of two containers of one rollout the first counts; a restart deploys nothing; the last container goes back to the first image. The
    // container with a made-up name is none of a service.
    let kinds = column(&frames, &deployments::KIND);
    assert_eq!(kinds, some(&["deploy", "rollback", "publish_only"]));
    assert_eq!(column(&frames, &deployments::KIND_BASIS), some(&["inferred", "inferred", "explicit"]));
    assert_eq!(column(&frames, &deployments::VERSION), some(&["1.1", "1.0", "1.2"]));
    assert_eq!(column(&frames, &deployments::ENVIRONMENT), some(&["production", "production", ""]));
    assert_eq!(column(&frames, &deployments::SERVICE_NAME_RAW), some(&["web", "web", "registry.example.com/shop/web"]));
    let frame = frames.get(&deployments::TABLE);
    assert_eq!(times(&frame, &deployments::STARTED_AT), ["2026-05-04T09:01:02Z", "2026-05-04T09:03:20Z", "-"]);
    assert_eq!(times(&frame, &deployments::FINISHED_AT), ["2026-05-04T09:01:04Z", "2026-05-04T09:03:23Z", "2026-05-04T09:06:40Z"]);
    assert_eq!(codes(&frames), ["result_assumed"]);
    assert_nobody_is_named(&frames);
}

#[test]
fn podman_events() {
    let frames = fixture("docker/podman.ndjson");
    assert_eq!(column(&frames, &deployments::VERSION), some(&["5", "6"]));
    assert_eq!(column(&frames, &deployments::KIND), some(&["deploy", "deploy"]));
    assert_eq!(column(&frames, &deployments::SERVICE_NAME_RAW), some(&["api", "api"]));
    assert_eq!(codes(&frames), ["environment_assumed", "result_assumed"]);
}

#[test]
fn notifications_of_a_registry() {
    let frames = fixture("docker/registry.ndjson");
    // A layer, a pull and a repeated notification are no further images.
    assert_eq!(column(&frames, &deployments::DEPLOYMENT_ID), some(&["docker:default:n2"]));
    assert_eq!(column(&frames, &deployments::KIND), some(&["publish_only"]));
    assert_eq!(column(&frames, &deployments::VERSION), some(&["1.2"]));
    assert_eq!(column(&frames, &deployments::ARTIFACT_ID), vec![Some(format!("pkg:oci/shop/web@sha256:{}", "b".repeat(64)))]);
    assert_eq!(frames.get(&ingest_files::TABLE).ints(&ingest_files::ROWS_READ).unwrap().get(0), Some(4));
    assert_nobody_is_named(&frames);
}

/// Signs of more records, each in its system's way.
#[test]
fn pages_that_are_not_the_last() {
    let image = r#"{"registryId": "1", "repositoryName": "a", "imageDigest": "sha256:1", "imagePushedAt": "2026-05-04T08:50:00Z"}"#;
    let application = r#"{"kind": "Application", "apiVersion": "argoproj.io/v1alpha1", "metadata": {"name": "a"}, "status": {}}"#;
    let incident = r#"{"type": "incidents", "id": "i", "attributes": {"public_id": 1, "created": "2026-05-04T09:00:00Z"}}"#;
    let cases = [
        (format!(r#"{{"imageDetails": [{image}], "nextToken": "x"}}"#), true),
        (format!(r#"{{"imageDetails": [{image}], "nextToken": null}}"#), false),
        (format!(r#"{{"apiVersion": "v1", "kind": "List", "metadata": {{"continue": "x"}}, "items": [{application}]}}"#), true),
        (format!(r#"{{"apiVersion": "v1", "kind": "List", "metadata": {{"resourceVersion": ""}}, "items": [{application}]}}"#), false),
        (format!(r#"{{"data": [{incident}], "meta": {{"pagination": {{"offset": 0, "size": 1, "next_offset": 1}}}}}}"#), true),
        (format!(r#"{{"data": [{incident}], "meta": {{"pagination": {{"offset": 0, "size": 5, "next_offset": 5}}}}}}"#), false),
    ];
    for (page, more) in cases {
        let folder = Folder::new("pages").with("page.json", &page);
        let frames = folder.read(&[Source::new("page.json", "auto")]);
        assert_eq!(codes(&frames).contains(&"truncation_suspected".to_owned()), more, "{page}");
    }
}

/// Records whose parts are missing or of another type are refused or read in part, and never stop the others.
#[test]
fn broken_records_of_platforms() {
    let cases = [
        (
            "argocd",
            r#"{"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "a"}, 
             "status": {"history": "x", "operationState": {"startedAt": 5}}}"#,
        ),
        ("argocd", r#"{"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": [], "status": null}"#),
        (
            "argocd",
            r#"{"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "b"}, 
             "status": {"history": [7, null, {"id": null}, {"id": 1, "deployedAt": "soon"}]}}"#,
        ),
        ("helm", r#"{"revision": "x", "updated": null, "status": 4, "chart": [], "app_version": {}, "description": null}"#),
        ("helm", r#"{"revision": 1, "updated": null, "status": 4, "chart": [], "app_version": {}, "description": null}"#),
        ("aws", r#"{"deploymentInfo": {"deploymentId": "d-1", "applicationName": {}, "deploymentGroupName": null, "status": []}}"#),
        ("aws", r#"{"detail-type": "ECR Image Action", "source": "aws.ecr", "detail": {"action-type": "PUSH", "result": "SUCCESS"}}"#),
        ("aws", r#"{"detail-type": "CodeDeploy Deployment State-change Notification", "source": "aws.codedeploy", "detail": []}"#),
        ("docker", r#"{"Type": "container", "Action": "start", "Actor": {"Attributes": [1]}, "timeNano": "x"}"#),
        ("docker", r#"{"Type": "container", "Action": 5, "Actor": null, "time": 1777885200}"#),
        ("docker", r#"{"action": "push", "target": {"digest": "d", "mediaType": "x manifest"}, "timestamp": 4}"#),
    ];
    for (adapter, record) in cases {
        let folder = Folder::new(&format!("broken-{adapter}")).with("a.json", record);
        read(&[Source::new("a.json", adapter)], &folder.options(), &()).unwrap();
    }
}
