//! Real payloads kept beside the project: every list of incidents, changes, deployments, builds or owners is recognised and read whole.

use std::path::{Path, PathBuf};

use sequela_ingest::{CONFIDENT, Options, Source, read, recognise};

use crate::support::{counts, issues, shared};

/// Folder of a system, and the adapter that reads its lists.
const SYSTEMS: [(&str, &str); 20] = [
    ("azuredevops", "azure_devops"),
    ("backstage", "backstage"),
    ("bamboo", "bamboo"),
    ("bitbucket", "bitbucket"),
    ("buildkite", "buildkite"),
    ("cdevents", "cdevents"),
    ("circleci", "circleci"),
    ("datadog", "datadog"),
    ("firehydrant", "firehydrant"),
    ("github", "github"),
    ("github_graphql_deployments", "github"),
    ("gitlab", "gitlab"),
    ("jenkins", "jenkins"),
    ("jira", "jira"),
    ("octopus", "octopus"),
    ("opsgenie", "opsgenie"),
    ("pagerduty", "pagerduty"),
    ("servicenow", "servicenow"),
    ("statuspage", "statuspage"),
    ("devlake", "devlake"),
];

/// Parts of names of lists of incidents, changes, deployments and builds, by folder of the payloads.
const LISTS: [(&str, &[&str]); 19] = [
    ("azuredevops", &["api_builds"]),
    ("backstage", &["catalog-info"]),
    ("bamboo", &["deploy_builds", "plan_builds", "job_builds"]),
    ("bitbucket", &["api_deployments", "api_issues", "api_pipelines"]),
    ("buildkite", &["builds"]),
    ("cdevents", &["incident_", "service_", "pipelinerun_", "taskrun_", "change_"]),
    ("circleci", &["api_pipelines", "api_workflows", "api_jobs"]),
    ("datadog", &["incidents.json"]),
    ("firehydrant", &["incidents.json"]),
    ("github", &["api_runs", "api_jobs", "api_issues"]),
    ("github_graphql_deployments", &["graphql_deployment"]),
    ("gitlab", &["api_deployments", "api_issues", "api_job", "api_pipeline"]),
    ("jenkins", &["api_builds"]),
    ("jira", &["api_issues.", "api_issue_changelogs"]),
    ("octopus", &["deployments", "tasks"]),
    ("opsgenie", &["incidents"]),
    ("pagerduty", &["incidents"]),
    ("servicenow", &["incidents"]),
    ("statuspage", &["incidents"]),
];

/// What another tool made of the payloads: lists again, in the columns of its database.
const NORMALISED: [&str; 4] = ["cicd_deployments", "cicd_deployment_commits", "cicd_pipelines", "issues.csv"];

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// The adapter that has to read a payload; none where it is no list of anything that counts.
fn wanted(path: &Path) -> Option<&'static str> {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let path = path.to_string_lossy().into_owned();
    if path.contains("devlake_expected") {
        return NORMALISED.iter().any(|list| name.starts_with(list)).then_some("devlake");
    }
    let folder = path.split('/').next().unwrap_or_default();
    let lists = LISTS.iter().find(|(system, _)| *system == folder)?.1;
    let is_list = !name.starts_with("_tool") && lists.iter().any(|list| name.contains(list));
    SYSTEMS.iter().find(|(system, _)| is_list && *system == folder).map(|(_, adapter)| *adapter)
}

#[test]
fn lists_are_recognised_and_no_good_row_is_refused() {
    let Some(base) = shared("payloads") else { return };
    let (mut read_whole, mut wrong) = (0, Vec::new());
    for path in files(&base) {
        let name = path.strip_prefix(&base).unwrap().to_owned();
        let Some(adapter) = wanted(&name) else { continue };
        let recognised = recognise(&path).unwrap();
        if recognised.kind != adapter || recognised.confidence < CONFIDENT {
            wrong.push(format!("{}: {} at {} %", name.display(), recognised.kind, recognised.confidence));
            continue;
        }
        match read(&[Source::new(name.to_string_lossy(), "auto")], &Options::new(&base), &()) {
            Err(error) => wrong.push(error.to_string()),
            Ok(frames) => match counts(&frames) {
                [0, ..] => wrong.push(format!("{}: nothing read", name.display())),
                // A run without any time stands nowhere in time, and is no good row.
                [read, good, ..] if read > good && issues(&frames).iter().any(|(_, code, refused)| *refused && code != "missing_time") => {
                    wrong.push(format!("{}: {:?}", name.display(), issues(&frames)));
                }
                _ => read_whole += 1,
            },
        }
    }
    assert!(wrong.is_empty() && read_whole > 70, "{read_whole} read whole; {wrong:#?}");
}

/// What is no list of anything is named as unknown, or read by the adapter of its own system.
#[test]
fn other_payloads_are_left_alone() {
    let Some(base) = shared("payloads") else { return };
    for path in files(&base) {
        let name = path.strip_prefix(&base).unwrap().to_owned();
        let folder = name.iter().next().unwrap().to_string_lossy().into_owned();
        if wanted(&name).is_some() || name.to_string_lossy().ends_with(".md") {
            continue;
        }
        let Ok(recognised) = recognise(&path) else { continue };
        let own = SYSTEMS.iter().any(|(system, adapter)| *system == folder && *adapter == recognised.kind);
        let known = recognised.kind == "table" || recognised.kind == "devlake" || own;
        assert!(known, "{}: {recognised:?}", name.display());
    }
}
