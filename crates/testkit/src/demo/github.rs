//! GitHub's deployments and deployment statuses as the REST API returns them, one file of deployments per repository.

use serde_json::{Value, json};

use super::defects::{Code, Defect};
use super::people::{PEOPLE, anybody};
use super::{File, people::Person};
use crate::company::Company;
use crate::company::catalog::{SERVICES, Tool};
use crate::company::clock;
use crate::company::delivery::{Deployment, Kind, Outcome, Stage};
use crate::random::Stream;

/// Owner of the repositories.
pub(crate) const OWNER: &str = "morgenrot-parcel";
/// The list of this repository was fetched without its second page: exactly 100 rows, the newest.
pub(crate) const CUT_REPOSITORY: &str = "login-service";
/// Two pages of this repository stand one after the other in one file.
const PAGED_REPOSITORY: &str = "ledger";
const STATUSES: &str = "exports/github/deployment_statuses.ndjson";

/// Deployments of GitHub that the exports have, oldest first: those of the cut list stop at its newest 100.
pub(crate) fn exported(company: &Company) -> Vec<usize> {
    let repositories = repositories();
    let mut kept: Vec<usize> = repositories.iter().flat_map(|repository| rows_of(company, repository)).collect();
    kept.sort_unstable();
    kept
}

fn repositories() -> Vec<&'static str> {
    let mut names: Vec<&'static str> = SERVICES
        .iter()
        .filter_map(|service| match service.tool {
            Tool::GitHub(repository) => Some(repository),
            Tool::Forge => None,
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn rows_of(company: &Company, repository: &'static str) -> Vec<usize> {
    let own = |index: &usize| SERVICES[company.deployments[*index].service()].tool == Tool::GitHub(repository);
    let rows: Vec<usize> = (0..company.deployments.len()).filter(own).collect();
    let skipped = if repository == CUT_REPOSITORY { rows.len().saturating_sub(100) } else { 0 };
    rows[skipped..].to_vec()
}

/// One file per repository, one with all statuses, and what is wrong in them.
pub(crate) fn files(seed: u64, company: &Company) -> (Vec<File>, Vec<Defect>) {
    let mut stream = Stream::new(seed, 600);
    let (mut files, mut defects) = (Vec::new(), Vec::new());
    for repository in repositories() {
        let path = format!("exports/github/deployments_{repository}.json");
        let mut objects: Vec<Value> = rows_of(company, repository)
            .into_iter()
            .rev()
            .map(|index| deployment_object(&mut stream, company, repository, &company.deployments[index]))
            .collect();
        if repository == CUT_REPOSITORY {
            let what = "exactly 100 rows: the list was fetched without its second page, older deployments are missing";
            defects.push(Defect {
                file: path.clone(),
                row: 0,
                column: String::new(),
                code: Code::TruncationSuspected,
                rejected: false,
                what: what.to_owned(),
            });
        }
        if repository == "product-search" {
            spoil(&path, &mut objects, &mut defects);
        }
        let pages = if repository == PAGED_REPOSITORY { objects.len().div_ceil(2) } else { objects.len() };
        files.push(File { path, bytes: objects.chunks(pages.max(1)).map(array).collect::<String>().into_bytes() });
    }
    files.push(statuses(&mut stream, company, &mut defects));
    (files, defects)
}

fn array(objects: &[Value]) -> String {
    let lines: Vec<String> = objects.iter().map(Value::to_string).collect();
    format!("[\n{}\n]\n", lines.join(",\n"))
}

fn iso(instant: i64) -> String {
    clock::utc(instant).format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Number of a deployment at GitHub.
fn number(deployment: &Deployment) -> u64 {
    deployment.id.rsplit(':').next().and_then(|text| text.parse().ok()).unwrap_or_default()
}

fn address(repository: &str, deployment: &Deployment) -> String {
    format!("https://api.github.com/repos/{OWNER}/{repository}/deployments/{}", number(deployment))
}

fn creator(person: &Person) -> Value {
    let number = 7_000_101 + PEOPLE.iter().position(|other| other.login == person.login).unwrap_or(0);
    json!({ "login": person.login, "id": number, "type": "User" })
}

fn deployment_object(stream: &mut Stream, company: &Company, repository: &str, deployment: &Deployment) -> Value {
    let environment = if deployment.stage == Stage::Production { "production" } else { "staging" };
    json!({
        "url": address(repository, deployment),
        "id": number(deployment),
        "task": "deploy",
        "original_environment": environment,
        "environment": environment,
        "description": description(company, deployment),
        "created_at": iso(deployment.requested_at),
        "updated_at": iso(deployment.finished_at.min(clock::extract())),
        "statuses_url": format!("{}/statuses", address(repository, deployment)),
        "repository_url": format!("https://api.github.com/repos/{OWNER}/{repository}"),
        "creator": creator(anybody(stream)),
        "ref": if deployment.kind == Kind::Hotfix { "hotfix/urgent" } else { "main" },
        "sha": deployment.commit,
        "payload": payload(stream, repository, deployment),
        "transient_environment": false,
        "production_environment": deployment.stage == Stage::Production,
    })
}

fn description(company: &Company, deployment: &Deployment) -> Value {
    match deployment.change.filter(|_| deployment.change_recorded) {
        Some(change) => Value::String(format!("Change {}", company.changes[change].number)),
        None => Value::Null,
    }
}

/// A shared repository names the service; some pipelines name the person who asked.
fn payload(stream: &mut Stream, repository: &str, deployment: &Deployment) -> Value {
    let mut payload = serde_json::Map::new();
    if repository == "geo-platform" {
        payload.insert("service".to_owned(), json!(SERVICES[deployment.service()].name));
    }
    if stream.chance(0.05) {
        let person = anybody(stream);
        payload.insert("requested_by".to_owned(), json!(format!("{} <{}>", person.name, person.mail())));
    }
    Value::Object(payload)
}

/// Records that GitHub would not write, at fixed places of one file.
fn spoil(path: &str, objects: &mut Vec<Value>, defects: &mut Vec<Defect>) {
    let mut note = |row: usize, column: &str, code, rejected, what: &str| {
        defects.push(Defect { file: path.to_owned(), row, column: column.to_owned(), code, rejected, what: what.to_owned() });
    };
    let mut nameless = objects[10].clone();
    if let Some(fields) = nameless.as_object_mut() {
        fields.remove("id");
        fields.remove("url");
    }
    objects.insert(10, nameless);
    note(11, "id", Code::MissingId, true, "a record without id");
    objects[24]["created_at"] = json!("0001-01-01T00:00:00Z");
    note(25, "created_at", Code::EpochZero, false, "zero sentinel; the time is left empty, the end is known from the statuses");
}

fn statuses(stream: &mut Stream, company: &Company, defects: &mut Vec<Defect>) -> File {
    let rows = exported(company);
    let mut made: Vec<(i64, Value)> = Vec::new();
    for (position, index) in rows.iter().enumerate() {
        let deployment = &company.deployments[*index];
        let next = rows[position + 1..].iter().map(|other| &company.deployments[*other]).find(|other| replaces(other, deployment));
        history(deployment, next).into_iter().for_each(|(at, state)| made.push((at, status(stream, deployment, state, at))));
    }
    made.sort_by_key(|(at, _)| *at);
    spoil_statuses(&mut made, defects);
    let mut number = 4_410_600_207_u64;
    let mut text = String::new();
    for (_, mut status) in made {
        number += 17;
        status["id"] = json!(number);
        text.push_str(&status.to_string());
        text.push('\n');
    }
    File { path: STATUSES.to_owned(), bytes: text.into_bytes() }
}

fn replaces(later: &Deployment, earlier: &Deployment) -> bool {
    later.outcome == Outcome::Success && later.service() == earlier.service() && later.stage == earlier.stage
}

/// Statuses in the order of time; a deployment that a later one replaced ends as inactive, which is no failure.
fn history(deployment: &Deployment, next: Option<&Deployment>) -> Vec<(i64, &'static str)> {
    let mut states = vec![(deployment.started_at, "in_progress")];
    let last = match deployment.outcome {
        Outcome::Success => "success",
        Outcome::Failure | Outcome::Cancelled => "failure",
        Outcome::Error => "error",
        Outcome::Running => return states,
    };
    states.push((deployment.finished_at, last));
    if let Some(next) = next.filter(|_| last == "success" && deployment.stage == Stage::Production) {
        states.push((next.finished_at.max(deployment.finished_at + 1), "inactive"));
    }
    states.retain(|(at, _)| *at <= clock::extract());
    states
}

fn status(stream: &mut Stream, deployment: &Deployment, state: &str, at: i64) -> Value {
    let Tool::GitHub(repository) = SERVICES[deployment.service()].tool else { return Value::Null };
    json!({
        "id": 0,
        "state": state,
        "creator": { "login": anybody(stream).login },
        "environment": if deployment.stage == Stage::Production { "production" } else { "staging" },
        "created_at": iso(at),
        "deployment_url": address(repository, deployment),
    })
}

/// One state that nobody knows, written before the real one so that nothing is lost, and one status of a deployment that is gone.
fn spoil_statuses(made: &mut Vec<(i64, Value)>, defects: &mut Vec<Defect>) {
    let row = 200;
    let (at, mut odd) = made[row - 1].clone();
    odd["state"] = json!("gr\u{fc}n");
    made.insert(row - 1, (at, odd));
    let mut note = |row, column: &str, code, what: &str| {
        defects.push(Defect { file: STATUSES.to_owned(), row, column: column.to_owned(), code, rejected: false, what: what.to_owned() });
    };
    note(row, "state", Code::UnknownValue, "a state that GitHub does not have; it is not counted as an outcome");
    let (at, mut orphan) = made[419].clone();
    orphan["deployment_url"] = json!(format!("https://api.github.com/repos/{OWNER}/product-search/deployments/1900000001"));
    made.insert(419, (at, orphan));
    note(420, "deployment_url", Code::UnmatchedStatus, "belongs to a deployment that is not in the exports");
}
