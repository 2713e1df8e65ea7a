//! DevLake's own test cases, given as its own tables: under its preset, figures by team are its figures by project.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::expected::{self, Actual, Expected};
use crate::peers::range;
use crate::sequela::{run, shared};

const TOLERANCE: f64 = 5.001e-5;

#[test]
fn projects_have_the_figures_that_devlake_gives_them() {
    let Some(cases) = shared("peers/devlake") else { return };
    let mut wrong = Vec::new();
    let mut compared = 0;
    let mut folders: Vec<_> = std::fs::read_dir(cases).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    for case in folders.iter().filter(|case| case.join("expected.csv").exists()) {
        let folder = tempfile::tempdir().unwrap();
        let out = run_case(case, folder.path());
        let actual = Actual::read(&out);
        for row in expected::read(&case.join("expected.csv")) {
            compared += 1;
            let name = case.file_name().unwrap().display();
            wrong.extend(actual.differs(&prefixed(row), TOLERANCE).map(|what| format!("{name}: {what}")));
        }
    }
    assert!(compared > 100, "{compared}");
    assert!(wrong.is_empty(), "{} of {compared} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// Identifiers as the adapter writes them.
fn prefixed(mut row: Expected) -> Expected {
    let prefix = |id: &str| if id.is_empty() { String::new() } else { format!("devlake:default:{id}") };
    row.incident_id = prefix(&row.incident_id);
    for separator in ['|', '&'] {
        if row.deployment_id.contains(separator) {
            let ids: Vec<String> = row.deployment_id.split(separator).map(prefix).collect();
            row.deployment_id = ids.join(&separator.to_string());
            return row;
        }
    }
    row.deployment_id = prefix(&row.deployment_id);
    row
}

fn run_case(case: &Path, folder: &Path) -> PathBuf {
    let write = |name: &str, text: String| std::fs::write(folder.join(name), text).unwrap();
    write("cicd_deployment_commits.csv", deployments(&case.join("deployments.csv")));
    write("incidents.csv", incidents(&case.join("incidents.csv")));
    write("project_mapping.csv", projects(&case.join("services.csv")));
    let config = "[org]\nname = \"Peer\"\ntimezone = \"UTC\"\n[definition]\npreset = \"devlake-2023\"\n[[source]]\npath = \"*.csv\"\n";
    write("sequela.toml", config.to_owned());
    let text = std::fs::read_to_string(case.join("case.json")).unwrap();
    let case: serde_json::Value = serde_json::from_str(&text).unwrap();
    let (from, to) = (range(&case, "range_from", 0), range(&case, "range_to", 1));
    let mut more = vec!["--quiet", "--no-charts"];
    if let (Some(from), Some(to)) = (&from, &to) {
        more.extend(["--from", from, "--to", to]);
    }
    let out = folder.join("out");
    run(&folder.join("sequela.toml"), &out, &more);
    out
}

/// Rows of a table of the case by the names of its columns.
fn rows(path: &Path) -> Vec<std::collections::BTreeMap<String, String>> {
    csv::Reader::from_path(path).unwrap().deserialize().map(Result::unwrap).collect()
}

fn deployments(path: &Path) -> String {
    let mut table =
        "id,commit_sha,cicd_scope_id,cicd_deployment_id,name,result,status,original_status,environment,created_date,started_date,\
                     finished_date,repo_url\n"
            .to_owned();
    for row in rows(path) {
        let cells = ["commit_id", "commit_sha", "service", "deployment_id", "deployment_id", "status"].map(|name| row[name].as_str());
        let times = ["created_at", "started_at", "finished_at"].map(|name| database_time(&row[name]));
        let _ = writeln!(table, "{},DONE,,{},{},{}", cells.join(","), row["environment"], times.join(","), row["repo_url"]);
    }
    table
}

fn incidents(path: &Path) -> String {
    let mut table = "id,incident_key,status,original_status,created_date,resolution_date,scope_id,table\n".to_owned();
    for row in rows(path) {
        let (created, resolved) = (database_time(&row["created_at"]), database_time(&row["resolved_at"]));
        let status = if resolved.is_empty() { "TODO" } else { "DONE" };
        let id = &row["incident_id"];
        let _ = writeln!(table, "{id},{id},{status},,{created},{resolved},{},boards", row["service"]);
    }
    table
}

fn projects(path: &Path) -> String {
    let mut table = "project_name,table,row_id\n".to_owned();
    for row in rows(path) {
        let kind = row["service"].split('/').next().unwrap();
        let _ = writeln!(table, "{},{kind},{}", row["team"], row["service"]);
    }
    table
}

/// The time as a dump of the database has it, where it is in UTC: no `T`, no offset.
fn database_time(time: &str) -> String {
    time.strip_suffix('Z').map_or_else(|| time.to_owned(), |time| time.replace('T', " "))
}
