//! Build servers: which runs deploy, and what became of each attempt.

mod payloads;

use std::collections::BTreeMap;
use std::path::Path;

use polars::prelude::DataFrame;
use sequela_ingest::{Mapping, Options, Source, read};
use sequela_schema::canonical::{deployment_commits, deployment_services, deployments, ingest_files};
use sequela_schema::{Column, Frames};

use crate::support::{Folder, all_issues, counts, expected, fixture, fixture_as, fixtures, ints, issues, shared, some, texts, times};

/// What several fixtures give together.
fn together(paths: &[&str]) -> Frames {
    let sources: Vec<Source> = paths.iter().map(|path| Source::new(*path, "auto")).collect();
    read(&sources, &Options::new(fixtures()), &()).unwrap()
}

/// Identifier without adapter and instance, and the texts of a column.
fn by_id(frame: &DataFrame, column: &Column) -> BTreeMap<String, String> {
    let ids = texts(frame, &deployments::DEPLOYMENT_ID);
    let short = |id: String| id.splitn(3, ':').nth(2).unwrap().to_owned();
    ids.into_iter().map(|id| short(id.unwrap())).zip(texts(frame, column).into_iter().map(Option::unwrap_or_default)).collect()
}

fn pairs(rows: &[(&str, &str)]) -> BTreeMap<String, String> {
    rows.iter().map(|(id, text)| ((*id).to_owned(), (*text).to_owned())).collect()
}

/// No name, address or number of a person is in any table.
fn assert_no_person(frames: &Frames) {
    for (name, frame) in frames.iter() {
        let text = format!(
            "{:?}",
            frame.columns().iter().map(|column| column.as_materialized_series().iter().collect::<Vec<_>>()).collect::<Vec<_>>()
        );
        for person in ["Planted", "planted", "7946", "secret"] {
            assert!(!text.contains(person), "{name}: {person}");
        }
    }
}

fn deployed(frames: &Frames) -> DataFrame {
    frames.get(&deployments::TABLE)
}

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

/// A display name of its own, the shared library before the sources, a login in the repository's address, a rebuild, a build
/// that runs, and a build that only starts others.
#[test]
fn jenkins_builds() {
    let frames = fixture("jenkins/builds.json");
    let frame = deployed(&frames);
    let column = |column| by_id(&frame, column);
    let checkout = |number: u32| format!("platform/checkout-deploy-prod#{number}");
    assert_eq!(
        column(&deployments::RESULT),
        pairs(&[
            ("deploy-all#12", "success"),
            ("payments/deploy#10", "cancellation"),
            ("payments/deploy#9", "success"),
            ("payments/unit-tests#77", "failure"),
            (&checkout(31), "failure"),
            (&checkout(32), "success"),
            (&checkout(33), "skip"),
            (&checkout(34), ""),
        ])
    );
    let kinds = column(&deployments::KIND);
    assert_eq!(kinds["deploy-all#12"], "publish_only");
    assert_eq!(kinds["payments/unit-tests#77"], "publish_only");
    assert_eq!(kinds.values().filter(|kind| *kind == "deploy").count(), 6);
    let environments = column(&deployments::ENVIRONMENT);
    assert_eq!((&*environments["payments/deploy#9"], &*environments["payments/deploy#10"]), ("production", "staging"));
    assert_eq!(environments[&checkout(31)], "production");
    assert_eq!(column(&deployments::STATE)[&checkout(34)], "in_progress");
    let services = column(&deployments::SERVICE_NAME_RAW);
    assert_eq!(
        (&*services[&checkout(31)], &*services["payments/deploy#9"], &*services["payments/deploy#10"]),
        ("checkout", "payments", "ledger")
    );
    assert_eq!(column(&deployments::COMMIT_SHA)[&checkout(31)], "4b1f0c6d8a2e3f5b7c9d1e0f2a4b6c8d0e1f3a5b");
    assert_eq!(column(&deployments::REPO_URL)[&checkout(31)], "https://git.example.com/acme/checkout.git");
    assert_eq!((&*column(&deployments::VERSION)[&checkout(31)], &*column(&deployments::CHANGE_ID)[&checkout(31)]), ("1.4.0", "CHG0040001"));
    assert_eq!(column(&deployments::ACTOR_KIND)[&checkout(31)], "human");
    let place = texts(&frame, &deployments::DEPLOYMENT_ID).iter().position(|id| id.as_deref().unwrap().ends_with("#31")).unwrap();
    let at = |column| times(&frame, column)[place].clone();
    assert_eq!(at(&deployments::QUEUED_AT), "2026-05-04T08:59:45Z");
    assert_eq!(at(&deployments::STARTED_AT), "2026-05-04T09:00:00Z");
    assert_eq!(at(&deployments::FINISHED_AT), "2026-05-04T09:04:00Z");
    assert_eq!(at(&deployments::FIRST_COMMIT_AT), "2026-05-02T08:00:00Z");
    assert_eq!(at(&deployments::COMMIT_AT), "2026-05-03T16:30:00Z");
    assert_eq!(frames.height(&deployment_commits::TABLE), 2);
    assert_eq!(frames.height(&deployment_services::TABLE), 9);
    assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
    assert_no_person(&frames);
}

/// Each stage that deploys counts for itself, with its own times; what was never executed was skipped.
#[test]
fn jenkins_stages() {
    let frames = together(&["jenkins/runs.json", "jenkins/multibranch.json"]);
    let frame = deployed(&frames);
    assert_eq!(
        by_id(&frame, &deployments::RESULT),
        pairs(&[
            ("acme/shop/PR-7#1:6", "success"),
            ("acme/shop/main#7:13", "skip"),
            ("acme/shop/main#8:13", "success"),
            ("acme/shop/main#8:18", "failure"),
            ("acme/shop/main#9:18", ""),
        ])
    );
    assert_eq!(texts(&frame, &deployments::ENVIRONMENT), some(&["other", "staging", "staging", "production", "production"]));
    assert_eq!(times(&frame, &deployments::STARTED_AT)[3], "2026-05-06T09:05:00Z");
    assert_eq!(times(&frame, &deployments::FINISHED_AT)[3..], ["2026-05-06T09:09:00Z", "-"]);
    assert_eq!(texts(&frame, &deployments::COMMIT_SHA)[3].as_deref(), Some("8".repeat(40).as_str()));
    assert_eq!(texts(&frame, &deployments::PIPELINE_NAME)[3].as_deref(), Some("acme/shop"));
    assert_eq!(texts(&frame, &deployments::REF_NAME)[3].as_deref(), Some("main"));
    assert_eq!(texts(&frame, &deployments::SERVICE_NAME_RAW)[3].as_deref(), Some("shop"));
    assert_eq!(texts(&frame, &deployments::KIND), some(&["deploy"; 5]));
}

/// Builds of one job in several environments, one after the other, all count: only a build that waits for another is not counted.
#[test]
fn jenkins_chain_of_jobs() {
    let build = |job: &str, number: u32, minute: i64, cause: &str| {
        let start = 1_780_000_000_000 + minute * 60_000;
        let actions =
            if cause.is_empty() { String::new() } else { format!(r#"{{"causes":[{{"upstreamProject":"{cause}","upstreamBuild":1}}]}}"#) };
        let times = format!(r#""timestamp":{start},"duration":120000"#);
        format!(r#"{{"number":{number},"url":"https://ci.example.com/job/{job}/1/","result":"SUCCESS",{times},"actions":[{actions}]}}"#)
    };
    let builds = [
        build("shop-deploy-staging", 1, 0, ""),
        build("shop-deploy-prod", 1, 5, "shop-deploy-staging"),
        build("all-deploy-prod", 1, 10, ""),
        build("relay", 1, 11, "all-deploy-prod"),
        build("cart-deploy-prod", 1, 12, "relay"),
    ];
    let folder = Folder::new("chain").with("builds.json", format!("[{}]", builds.join(",")));
    let frames = folder.read(&[Source::new("builds.json", "auto")]);
    assert_eq!(
        by_id(&deployed(&frames), &deployments::KIND),
        pairs(&[
            ("all-deploy-prod#1", "publish_only"),
            ("cart-deploy-prod#1", "deploy"),
            ("relay#1", "publish_only"),
            ("shop-deploy-prod#1", "deploy"),
            ("shop-deploy-staging#1", "deploy"),
        ])
    );
}

/// The map of a source reaches the parameters of a build.
#[test]
fn jenkins_parameters_by_map() {
    let mut source = Source::new("jenkins/builds.json", "auto");
    source.map = [("environment_raw".to_owned(), Mapping::Column("parameters.VERSION".to_owned()))].into();
    let frame = deployed(&fixture_as(source));
    assert_eq!(by_id(&frame, &deployments::ENVIRONMENT_RAW)["platform/checkout-deploy-prod#31"], "1.4.0");
}

/// Names of environments come from the projects, the commit from the build of the plan.
#[test]
fn bamboo_deployments_and_builds() {
    let frames = together(&["bamboo/deployments.json", "bamboo/projects.json", "bamboo/builds.json"]);
    let frame = deployed(&frames);
    assert_eq!(
        by_id(&frame, &deployments::RESULT),
        pairs(&[
            ("15401", "success"),
            ("15402", "failure"),
            ("15403", ""),
            ("15404", "skip"),
            ("SHOP-CHK-12", "success"),
            ("SHOP-CHK-14", ""),
            ("SHOP-CHK-DEP-12", "failure"),
        ])
    );
    assert_eq!(
        texts(&frame, &deployments::KIND),
        some(&["deploy", "deploy", "deploy", "deploy", "publish_only", "publish_only", "deploy"])
    );
    assert_eq!(texts(&frame, &deployments::ENVIRONMENT), some(&["production", "staging", "production", "production", "", "", "test"]));
    assert_eq!(
        texts(&frame, &deployments::SERVICE_NAME_RAW),
        some(&["checkout", "checkout", "checkout", "checkout", "Checkout", "Checkout", "Checkout"])
    );
    assert_eq!(texts(&frame, &deployments::STATE)[2].as_deref(), Some("in_progress"));
    assert_eq!(texts(&frame, &deployments::COMMIT_SHA)[0].as_deref(), Some("6".repeat(40).as_str()));
    assert_eq!(times(&frame, &deployments::STARTED_AT)[0], "2026-05-04T09:00:00Z");
    assert_eq!(times(&frame, &deployments::FINISHED_AT)[..3], ["2026-05-04T09:05:00Z", "2026-05-04T08:01:00Z", "-"]);
    assert_eq!(texts(&frame, &deployments::ACTOR_KIND)[..2], some(&["automation", "human"]));
    assert_eq!(texts(&frame, &deployments::URL)[4].as_deref(), Some("https://bamboo.example.com/browse/SHOP-CHK-12"));
    assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
    assert_no_person(&frames);
}

/// Without the projects nothing tells the environment.
#[test]
fn bamboo_deployments_alone() {
    let frames = fixture("bamboo/deployments.json");
    assert_eq!(texts(&deployed(&frames), &deployments::ENVIRONMENT), some(&["production"; 4]));
    assert_eq!(issues(&frames), [(0, "environment_assumed".to_owned(), false)]);
}

/// A workflow that ran twice is two attempts; jobs that deploy stand in the place of their workflow.
#[test]
fn circleci_workflows_and_jobs() {
    let alone = together(&["circleci/pipelines.json", "circleci/workflows.json"]);
    let frame = deployed(&alone);
    assert_eq!(by_id(&frame, &deployments::RESULT), pairs(&[("w-1", "failure"), ("w-2", "success"), ("w-3", ""), ("w-4", "skip")]));
    assert_eq!(ints(&frame, &deployments::ATTEMPT), [Some(1), Some(2), Some(1), Some(1)]);
    assert_eq!(texts(&frame, &deployments::KIND), some(&["deploy", "deploy", "publish_only", "deploy"]));
    assert_eq!(texts(&frame, &deployments::ENVIRONMENT), some(&["production", "production", "", "staging"]));
    assert_eq!(texts(&frame, &deployments::STATE)[2].as_deref(), Some("queued"));
    assert_eq!(texts(&frame, &deployments::COMMIT_SHA)[1..3], some(&[&"9".repeat(40), &"a".repeat(40)]));
    assert_eq!(texts(&frame, &deployments::REF_NAME)[1..3], some(&["main", "v1.5.0"]));
    assert_eq!(texts(&frame, &deployments::CHANGE_ID)[..3], some(&["CHG0040002", "CHG0040002", ""]));
    assert_eq!(texts(&frame, &deployments::SERVICE_NAME_RAW), some(&["gh/acme/checkout"; 4]));
    assert!(issues(&alone).is_empty(), "{:?}", issues(&alone));

    let frames = together(&["circleci/pipelines.json", "circleci/workflows.json", "circleci/jobs.json"]);
    let frame = deployed(&frames);
    assert_eq!(
        by_id(&frame, &deployments::RESULT),
        pairs(&[("j-3", "success"), ("j-4", "timeout"), ("w-1", "failure"), ("w-3", ""), ("w-4", "skip")])
    );
    assert_eq!(times(&frame, &deployments::FINISHED_AT)[..2], ["2026-05-04T09:39:00Z", "2026-05-04T09:39:30Z"]);
    assert_eq!(texts(&frame, &deployments::APPROVAL_PATH)[..3], some(&["peer", "peer", ""]));
    assert_eq!(ints(&frame, &deployments::ATTEMPT)[..2], [Some(2), Some(2)]);
    assert_no_person(&frames);
}

/// Every stage that deploys, not its inner steps; a stage whose turn never came was skipped; a stage that undoes is a rollback.
#[test]
fn spinnaker_executions() {
    let frames = fixture("spinnaker/executions.json");
    let frame = deployed(&frames);
    assert_eq!(
        by_id(&frame, &deployments::RESULT),
        pairs(&[
            ("01EXEC1:s2", "success"),
            ("01EXEC1:s3", "failure"),
            ("01EXEC1:s4", "skip"),
            ("01EXEC2:s1", ""),
            ("01EXEC3", "cancellation"),
            ("01EXEC4:s1", "success"),
        ])
    );
    assert_eq!(texts(&frame, &deployments::KIND), some(&["deploy", "deploy", "deploy", "rollback", "publish_only", "rollback"]));
    assert_eq!(texts(&frame, &deployments::ENVIRONMENT), some(&["staging", "production", "production", "production", "", "production"]));
    assert_eq!(texts(&frame, &deployments::STATE)[3].as_deref(), Some("in_progress"));
    assert_eq!(times(&frame, &deployments::STARTED_AT)[1..3], ["2026-05-04T09:10:00Z", "-"]);
    assert_eq!(times(&frame, &deployments::FINISHED_AT)[1], "2026-05-04T09:20:00Z");
    assert_eq!(times(&frame, &deployments::CREATED_AT)[2], "2026-05-04T09:00:00Z");
    assert_eq!(texts(&frame, &deployments::COMMIT_SHA)[0].as_deref(), Some("b".repeat(40).as_str()));
    assert_eq!(texts(&frame, &deployments::VERSION)[0].as_deref(), Some("1.6.0"));
    assert_eq!(texts(&frame, &deployments::CHANGE_ID)[0].as_deref(), Some("CHG0040003"));
    assert_eq!(texts(&frame, &deployments::ACTOR_KIND)[2..4], some(&["automation", "human"]));
    assert_eq!(texts(&frame, &deployments::SERVICE_NAME_RAW), some(&["checkout"; 6]));
    assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
    assert_no_person(&frames);
}

/// Deployments, tasks and names from three files.
#[test]
fn octopus_lists() {
    let frames = together(&["octopus/deployments.json", "octopus/tasks.json", "octopus/names.json"]);
    let frame = deployed(&frames);
    assert_eq!(
        by_id(&frame, &deployments::RESULT),
        pairs(&[("Deployments-1", "success"), ("Deployments-2", "timeout"), ("Deployments-3", ""), ("Deployments-4", "")])
    );
    assert_eq!(texts(&frame, &deployments::ENVIRONMENT), some(&["production", "staging", "production", "production"]));
    assert_eq!(texts(&frame, &deployments::VERSION), some(&["2.0.0", "2.0.0", "2.1.0", "2.1.0"]));
    assert_eq!(texts(&frame, &deployments::SERVICE_NAME_RAW), some(&["Checkout"; 4]));
    assert_eq!(times(&frame, &deployments::STARTED_AT), ["2026-05-04T09:00:05Z", "2026-05-04T10:00:05Z", "2026-05-04T11:00:05Z", "-"]);
    assert_eq!(times(&frame, &deployments::FINISHED_AT), ["2026-05-04T09:05:00Z", "2026-05-04T11:00:05Z", "-", "-"]);
    assert_eq!(texts(&frame, &deployments::STATE)[2].as_deref(), Some("in_progress"));
    assert_eq!(texts(&frame, &deployments::COMMIT_SHA)[0].as_deref(), Some("d".repeat(40).as_str()));
    assert_eq!(texts(&frame, &deployments::RELEASE_GROUP_ID)[2].as_deref(), Some("octopus:default:Releases-2:Environments-1"));
    assert_eq!(frames.height(&deployment_commits::TABLE), 2);
    // The last deployment has no task.
    assert_eq!(issues(&frames), [(0, "missing_value".to_owned(), false)]);
    assert_no_person(&frames);
}

#[test]
fn octopus_dashboard_and_insights() {
    let frames = fixture("octopus/dashboard.json");
    let frame = deployed(&frames);
    assert_eq!(by_id(&frame, &deployments::RESULT), pairs(&[("Deployments-7", "failure")]));
    assert_eq!(texts(&frame, &deployments::SERVICE_NAME_RAW), some(&["Payments"]));
    assert_eq!(texts(&frame, &deployments::ENVIRONMENT), some(&["production"]));
    assert_eq!(texts(&frame, &deployments::VERSION), some(&["3.1.0"]));
    assert_eq!(times(&frame, &deployments::FINISHED_AT), ["2026-05-06T10:03:00Z"]);

    let frames = fixture("octopus/insights.csv");
    let frame = deployed(&frames);
    assert_eq!(by_id(&frame, &deployments::RESULT), pairs(&[("Deployments-21", "success"), ("Deployments-22", "failure")]));
    assert_eq!(texts(&frame, &deployments::DEPLOYMENT_ID)[0].as_deref(), Some("octopus:default:Deployments-21"));
    assert_eq!(texts(&frame, &deployments::ENVIRONMENT), some(&["production", "staging"]));
    assert_eq!(texts(&frame, &deployments::SERVICE_NAME_RAW), some(&["Checkout"; 2]));
    assert_eq!(times(&frame, &deployments::FINISHED_AT), ["2026-04-02T09:00:00Z", "2026-04-03T09:00:00Z"]);
}

/// Cut off where the export says so.
#[test]
fn cut_off_exports_are_noticed() {
    let frames = fixture("octopus/dashboard.json");
    assert!(texts(&frames.get(&ingest_files::TABLE), &ingest_files::REASON)[0].is_some());
    let frames = fixture("octopus/deployments.json");
    assert!(texts(&frames.get(&ingest_files::TABLE), &ingest_files::REASON)[0].is_none());
}

/// The record with each of its values replaced in turn.
fn damaged(record: &serde_json::Value) -> Vec<serde_json::Value> {
    use serde_json::{Value, json};
    let mut all = vec![Value::Null, json!([]), json!({}), json!(-1), json!("%"), json!(i64::MAX), json!([[], null, {"name": 7}])];
    match record {
        Value::Object(fields) => {
            for (name, inner) in fields {
                let replaced = damaged(inner).into_iter().map(|inner| {
                    let mut fields = fields.clone();
                    fields.insert(name.clone(), inner);
                    Value::Object(fields)
                });
                all.extend(replaced);
            }
        }
        Value::Array(elements) => all.extend(elements.iter().take(1).flat_map(damaged).map(|inner| json!([inner]))),
        _ => {}
    }
    all
}

/// Whatever stands in a record, reading goes on.
#[test]
fn damaged_records_do_no_harm() {
    let files = [
        "jenkins/builds",
        "jenkins/multibranch",
        "jenkins/runs",
        "bamboo/deployments",
        "bamboo/builds",
        "bamboo/projects",
        "circleci/pipelines",
    ];
    let more =
        ["circleci/workflows", "spinnaker/executions", "octopus/deployments", "octopus/tasks", "octopus/dashboard", "buildkite/builds"];
    let folder = Folder::new("damaged");
    for name in files.into_iter().chain(more) {
        let text = std::fs::read_to_string(fixtures().join(format!("{name}.json"))).unwrap();
        let all = damaged(&serde_json::from_str(&text).unwrap());
        let lines: Vec<String> = all.iter().map(ToString::to_string).collect();
        let file = name.replace('/', "-") + ".json";
        std::fs::write(folder.path().join(&file), lines.join("\n")).unwrap();
        let frames = folder.read(&[Source::new(file, name.split('/').next().unwrap())]);
        let [read, ok, rejected, _] = counts(&frames);
        assert!(read > 50 && ok + rejected == read, "{name}: {read} {ok} {rejected}");
    }
}

/// Names of jobs are the organisation's own: where none looks like a deployment, that is said, with the names and what to set.
#[test]
fn builds_without_a_deployment_are_pointed_out() {
    let build = r#"{"id":"1","number":1,"state":"passed","branch":"main","commit":"HEAD","web_url":"https://buildkite.com/acme/nightly/builds/1","created_at":"2026-05-04T09:00:00Z","pipeline":{"slug":"ship-it"}}"#;
    let folder = Folder::new("builds-only").with("builds.json", format!("[{build}]"));
    let mut source = Source::new("builds.json", "auto");
    assert_eq!(all_issues(&folder.read(std::slice::from_ref(&source))), [(0, "no_deployments".to_owned(), false)]);
    source.deployment_pattern = Some("^ship".to_owned());
    let frames = folder.read(&[source]);
    assert_eq!(texts(&frames.get(&deployments::TABLE), &deployments::KIND), some(&["deploy"]));
    assert!(!all_issues(&frames).iter().any(|(_, code, _)| code == "no_deployments"));
}
