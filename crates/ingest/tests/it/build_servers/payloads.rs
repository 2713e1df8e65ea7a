//! Real payloads of build servers beside DevLake's own results.

use super::*;

/// Real payloads read together, from below the folder of payloads.
fn payloads(folder: &str, files: &[&str]) -> Option<Frames> {
    let base = shared(&format!("payloads/{folder}"))?;
    let sources: Vec<Source> = files.iter().map(|file| Source::new(*file, "auto")).collect();
    Some(read(&sources, &Options::new(base), &()).unwrap())
}

/// A table of DevLake's own results by the last part of its identifiers.
fn devlake(folder: &str, file: &str, id: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let path = shared(&format!("payloads/{folder}/devlake_expected")).unwrap();
    let key = |row: &BTreeMap<String, String>| row[id].rsplit(['/', ':']).next().unwrap().to_owned();
    expected(&Path::new(&path).join(file)).into_iter().map(|row| (key(&row), row)).collect()
}

/// The second in which something was, in DevLake's notation.
fn second(text: &str) -> String {
    text.get(..19).map_or_else(|| "-".to_owned(), |second| format!("{second}Z"))
}

/// What DevLake calls a result in ours.
fn named_result(text: &str) -> String {
    text.to_lowercase()
}

/// One row as its texts: result, start and end.
fn outcomes(frame: &DataFrame) -> BTreeMap<String, (String, String, String)> {
    let results = by_id(frame, &deployments::RESULT);
    let starts = times(frame, &deployments::STARTED_AT);
    let ends = times(frame, &deployments::FINISHED_AT);
    results.into_iter().zip(starts.into_iter().zip(ends)).map(|((id, result), (start, end))| (id, (result, start, end))).collect()
}

/// Whether two seconds of an instant lie at most one apart: DevLake cuts the start to the second before it adds the duration.
fn is_near(left: &str, right: &str) -> bool {
    let read = |text: &str| chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp();
    (read(left) - read(right)).abs() <= 1
}

fn compare_jenkins(file: &str, pipelines: &str, commits: &str) -> Option<Frames> {
    let frames = payloads("jenkins", &[&format!("devlake_raw/{file}")])?;
    let frame = deployed(&frames);
    let theirs = devlake("jenkins", pipelines, "id");
    let shas = devlake("jenkins", commits, "pipeline_id");
    let ours = by_id(&frame, &deployments::COMMIT_SHA);
    assert_eq!(counts(&frames)[2], 0);
    for (id, (result, start, end)) in outcomes(&frame) {
        let short = id.rsplit('/').next().unwrap();
        // One build of the raw list is of another job.
        let Some(row) = theirs.get(short) else {
            assert_eq!(id, "pipeline-test2#1");
            continue;
        };
        assert_eq!(start, second(&row["created_date"]), "{id}");
        let expected = match (&*row["original_result"], &*row["original_status"]) {
            (_, "true") => "",
            // DevLake: failure, as somebody or a time limit stopped it; nothing for an unstable build.
            ("ABORTED", _) => "cancellation",
            ("UNSTABLE", _) => "success",
            // Not a word of Jenkins.
            ("NOT_BUILD", _) => "",
            _ => &named_result(&row["result"]),
        };
        assert_eq!(result, expected, "{id}");
        match end.as_str() {
            "-" => assert_eq!(row["finished_date"], "", "{id}"),
            end => assert!(is_near(end, &row["finished_date"]), "{id}"),
        }
        if let Some(sha) = shas.get(short) {
            assert_eq!(ours[&id], sha["commit_sha"], "{id}");
        }
    }
    Some(frames)
}

#[test]
fn jenkins_payloads() {
    let Some(frames) = compare_jenkins("_raw_jenkins_api_builds.jsonl", "cicd_pipelines.csv", "cicd_pipeline_commits.csv") else { return };
    assert_eq!(counts(&frames), [14, 14, 0, 0]);
    assert_eq!(issues(&frames), [(13, "unknown_value".to_owned(), false)]);
    let frame = deployed(&frames);
    assert!(texts(&frame, &deployments::KIND).iter().all(|kind| kind.as_deref() == Some("publish_only")));
    let multibranch = "_raw_jenkins_api_builds_multibranch.jsonl";
    let frames = compare_jenkins(multibranch, "cicd_pipelines_multibranch.csv", "cicd_pipeline_commits_multibranch.csv").unwrap();
    assert_eq!(counts(&frames), [15, 15, 0, 0]);
    let frame = deployed(&frames);
    assert!(texts(&frame, &deployments::PIPELINE_NAME).iter().all(|name| name.as_deref() == Some("my-org/devlake-jenkins")));
    assert!(texts(&frame, &deployments::SERVICE_NAME_RAW).iter().all(|name| name.as_deref() == Some("devlake-jenkins")));
}

/// Stages without their builds: those called `deploy` count, with their own times.
#[test]
fn jenkins_stage_payloads() {
    let file = "devlake_raw/_raw_jenkins_api_stages_multibranch.jsonl";
    let Some(frames) = payloads("jenkins", &[file]) else { return };
    let frame = deployed(&frames);
    let rows = outcomes(&frame);
    let deploy = |id: &str| rows[&format!("github_org/devlake-jenkins/{id}")].clone();
    let some = |result: &str, start: &str, end: &str| (result.to_owned(), start.to_owned(), end.to_owned());
    assert_eq!(deploy("main#2:28"), some("success", "2024-03-24T10:48:53Z", "2024-03-24T10:48:56Z"));
    assert_eq!(deploy("PR-2#1:28").0, "cancellation");
    assert_eq!(by_id(&frame, &deployments::ENVIRONMENT)["github_org/devlake-jenkins/PR-2#1:28"], "other");
    assert_eq!(counts(&frames)[..3], [65, 65, 0]);
}

#[test]
fn bamboo_payloads() {
    let raw = ["deploy_builds", "plan_builds", "job_builds", "deploys"].map(|name| format!("devlake_raw/_raw_bamboo_api_{name}.jsonl"));
    let Some(frames) = payloads("bamboo", &raw.each_ref().map(String::as_str)) else { return };
    assert_eq!(counts(&frames)[2], 0, "{:?}", issues(&frames));
    let frame = deployed(&frames);
    let ours = outcomes(&frame);
    let commits = by_id(&frame, &deployments::COMMIT_SHA);
    let deployments = devlake("bamboo", "_tool_bamboo_deploy_builds.csv", "deploy_build_id");
    let commit = &expected(&shared("payloads/bamboo/devlake_expected/cicd_deployments.csv").unwrap())[0]["commit_sha"];
    assert_eq!(deployments.len(), 14);
    for (id, row) in &deployments {
        let (result, start, end) = &ours[id];
        assert_eq!(*start, second(&row["started_date"]), "{id}");
        let expected = match (&*row["life_cycle_state"], &*row["deployment_state"]) {
            ("FINISHED", "SUCCESS") => "success",
            ("FINISHED", "FAILED") => "failure",
            // DevLake takes the result of what still runs and none of what was never built.
            ("NOT_BUILT", _) => "skip",
            _ => "",
        };
        assert_eq!(result, expected, "{id}");
        assert_eq!(*end != "-", !expected.is_empty(), "{id}");
        assert_eq!(commits[id], *commit, "{id}");
    }
    for (id, row) in devlake("bamboo", "cicd_pipelines.csv", "id") {
        let (result, start, end) = &ours[&id];
        assert_eq!(*start, second(&row["started_date"]), "{id}");
        match &*row["original_status"] {
            "Finished" => assert_eq!((result, end), (&named_result(&row["result"]), &second(&row["finished_date"])), "{id}"),
            "NOT_BUILT" => assert_eq!(result, "skip"),
            _ => assert_eq!((&**result, &**end), ("", "-"), "{id}"),
        }
    }
    // Jobs that do not deploy give no row.
    assert!(ours.keys().all(|id| !id.contains("JOB1")));
}

#[test]
fn circleci_payloads() {
    let raw = ["pipelines", "workflows", "jobs"].map(|name| format!("devlake_raw/_raw_circleci_api_{name}.jsonl"));
    let Some(frames) = payloads("circleci", &raw.each_ref().map(String::as_str)) else { return };
    let frame = deployed(&frames);
    let ours = outcomes(&frame);
    let theirs = devlake("circleci", "cicd_pipelines.csv", "id");
    assert_eq!(ours.len(), theirs.len());
    for (id, (result, start, _)) in &ours {
        let row = &theirs[id];
        assert_eq!(*result, named_result(&row["result"]), "{id}");
        assert_eq!(*start, second(&row["started_date"]), "{id}");
    }
    let ends = devlake("circleci", "_tool_circleci_workflows.csv", "id");
    for (id, (.., end)) in ours.iter().filter(|(id, _)| !id.starts_with("fc76deef")) {
        assert_eq!(*end, second(&ends[id]["stopped_date"]), "{id}");
    }
    // One workflow ended before it began, and DevLake makes that zero seconds; one has no times at all, and DevLake leaves it out.
    assert_eq!(ours["fc76deef-bcdd-4856-8e96-a8e2d1c5a85f"].2, "-");
    assert_eq!(counts(&frames)[2], 1);
    let codes: Vec<String> = issues(&frames).into_iter().map(|(_, code, _)| code).collect();
    assert_eq!(codes, ["end_before_start", "missing_time"]);
    assert_eq!(by_id(&frame, &deployments::COMMIT_SHA)["6731159f-5275-4bfa-ba70-39d343d63814"], "d65e36c3316c6350c0eeb2dcaa6411a49d2aa29d");
}

/// The first list has names and tasks in it; the second, as the interface gives it, needs the other lists.
#[test]
fn octopus_payloads() {
    let lists = ["deployments_response.json", "tasks.json", "environment.json", "project.json", "releases_response.json", "spaces.json"];
    for files in [&["deployments.json"][..], &lists] {
        let files: Vec<String> = files.iter().map(|file| format!("faros_source/{file}")).collect();
        let Some(frames) = payloads("octopus", &files.iter().map(String::as_str).collect::<Vec<_>>()) else { return };
        let frame = deployed(&frames);
        assert_eq!(counts(&frames)[2], 0);
        assert_eq!(by_id(&frame, &deployments::RESULT), pairs(&[("Deployments-1", "failure"), ("Deployments-2", "success")]));
        assert_eq!(texts(&frame, &deployments::ENVIRONMENT), some(&["staging", "staging"]));
        assert_eq!(texts(&frame, &deployments::VERSION), some(&["0.0.1", "0.0.2"]));
        assert_eq!(texts(&frame, &deployments::SERVICE_NAME_RAW), some(&["Test", "Test"]));
        assert_eq!(times(&frame, &deployments::FINISHED_AT), ["2023-03-06T21:47:41Z", "2023-03-06T21:47:42Z"]);
        assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
    }
}

#[test]
fn buildkite_payloads() {
    for file in ["builds.json", "builds_input.json"] {
        let Some(frames) = payloads("buildkite", &[&format!("faros_source/{file}")]) else { return };
        let frame = deployed(&frames);
        assert_eq!(texts(&frame, &deployments::STATE), some(&["queued", "queued"]), "{file}");
        assert_eq!(texts(&frame, &deployments::RESULT), some(&["", ""]));
        assert_eq!(times(&frame, &deployments::CREATED_AT), ["2021-12-20T03:37:40Z", "2021-12-20T03:28:25Z"]);
        assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
    }
}
