//! Deployments: DevLake's own, else its commits of them, else pipelines that it takes for deployments.

use std::collections::{BTreeMap, BTreeSet};

use sequela_schema::canonical::{deployment_commits, deployments};
use sequela_schema::vocabulary::{SUCCESS, kind};
use serde_json::Value;

use super::catalog::Names;
use super::{Waiting, Work, reduced, required, text};
use crate::adapters::shared::{Desk, Entry, Refused};
use crate::issue::code;
use crate::words::{self, Outcome};

/// The columns that are used.
pub(super) const COLUMNS: &[&str] = &[
    "branch",
    "cicd_deployment_id",
    "cicd_scope_id",
    "commit_sha",
    "created_date",
    "duration_sec",
    "environment",
    "finished_date",
    "id",
    "name",
    "original_environment",
    "original_result",
    "original_status",
    "pipeline_id",
    "queued_date",
    "ref_name",
    "repo_id",
    "repo_url",
    "result",
    "started_date",
    "status",
    "type",
    "url",
];

const TIMES: [&str; 4] = ["created_date", "queued_date", "started_date", "finished_date"];

/// DevLake dates the end of some deployments by when the next one took over.
const SUPERSEDED_END: &str = "superseded_end";

/// A row of a table of deployments or pipelines; none where the table was exported without its dates.
pub(super) fn waiting(record: &Value, desk: &mut Desk<'_>) -> Result<Option<Waiting>, Refused> {
    required(record, "id")?;
    if !TIMES.iter().any(|column| record.get(column).is_some()) {
        let message = "the table has no dates, so its rows can be placed nowhere; export created_date, started_date and finished_date too";
        desk.note_once(code::MISSING_TIME, message);
        return Ok(None);
    }
    Ok(Some(reduced(record, COLUMNS, desk)))
}

impl Work {
    pub(super) fn write_deliveries(&mut self, names: &Names, desk: &mut Desk<'_>) {
        let deployed = std::mem::take(&mut self.deployments);
        let commits = std::mem::take(&mut self.commits);
        let heads = heads(&commits);
        let mut ids: BTreeSet<String> = deployed.iter().filter_map(|row| text(&row.record, "id")).collect();
        let mut scopes: BTreeSet<String> = deployed.iter().filter_map(|row| text(&row.record, "cicd_scope_id")).collect();
        for row in &deployed {
            let head = text(&row.record, "id").and_then(|id| heads.get(&id)).copied().flatten();
            write(row, "id", head, names, desk);
        }
        for row in &commits {
            if !id_of(row).is_some_and(|id| ids.contains(&id)) {
                write(row, "cicd_deployment_id", Some(row), names, desk);
            }
            write_commit(row, names, desk);
        }
        ids.extend(commits.iter().filter_map(id_of));
        scopes.extend(commits.iter().filter_map(|row| text(&row.record, "cicd_scope_id")));
        for row in std::mem::take(&mut self.pipelines) {
            // DevLake copies what it takes for a deployment into its table of deployments.
            if !text(&row.record, "id").is_some_and(|id| ids.contains(&id)) {
                self.write_pipeline(&row, &scopes, names, desk);
            }
        }
    }

    fn write_pipeline(&self, row: &Waiting, scopes: &BTreeSet<String>, names: &Names, desk: &mut Desk<'_>) {
        desk.go_to(&row.origin);
        let head = text(&row.record, "id").and_then(|id| self.pipeline_commits.get(&id));
        let mut entry = filled(row, "id", head, names, desk);
        entry.text(&deployments::PIPELINE_NAME, "name");
        // Scopes whose deployments DevLake knows would be counted twice.
        let is_counted = text(&row.record, "cicd_scope_id").is_some_and(|scope| scopes.contains(&scope));
        let deploys = text(&row.record, "type").is_some_and(|kind| kind == "DEPLOYMENT") && !is_counted;
        if !deploys {
            entry.put(&deployments::KIND, kind::PUBLISH_ONLY);
        } else if !entry.has(&deployments::KIND) {
            entry.put(&deployments::KIND, kind::DEPLOY);
        }
        entry.put(&deployments::KIND_BASIS, "explicit");
        desk.keep_later(entry);
    }
}

/// The deployment that a row of commits belongs to.
fn id_of(row: &Waiting) -> Option<String> {
    text(&row.record, "cicd_deployment_id").or_else(|| text(&row.record, "id"))
}

/// The only commit of a deployment; none where it has several.
fn heads(commits: &[Waiting]) -> BTreeMap<String, Option<&Waiting>> {
    let mut heads: BTreeMap<String, Option<&Waiting>> = BTreeMap::new();
    for row in commits {
        let Some(id) = id_of(row) else { continue };
        heads.entry(id).and_modify(|head| *head = None).or_insert(Some(row));
    }
    heads
}

fn write(row: &Waiting, id: &str, head: Option<&Waiting>, names: &Names, desk: &mut Desk<'_>) {
    desk.go_to(&row.origin);
    let entry = filled(row, id, head, names, desk);
    desk.keep_later(entry);
}

/// A deployment from a row of any of the tables.
fn filled<'r>(row: &'r Waiting, id: &str, head: Option<&Waiting>, names: &Names, desk: &mut Desk<'_>) -> Entry<'r> {
    let record = &row.record;
    let native = text(record, id).or_else(|| text(record, "id")).unwrap_or_default();
    let mut entry = desk.entry(&deployments::TABLE, record).in_utc();
    entry.put(&deployments::DEPLOYMENT_ID, &desk.id(&native));
    entry.text(&deployments::NAME, "name");
    entry.text(&deployments::URL, "url");
    entry.time(&deployments::CREATED_AT, "created_date");
    entry.time(&deployments::QUEUED_AT, "queued_date");
    entry.time(&deployments::STARTED_AT, "started_date");
    entry.time(&deployments::FINISHED_AT, "finished_date");
    set_environment(&mut entry, record, desk);
    set_outcome(&mut entry, record, desk);
    if let Some(head) = head {
        entry.put_opt(&deployments::COMMIT_SHA, text(&head.record, "commit_sha"));
        entry.put_opt(&deployments::REPO_URL, text(&head.record, "repo_url"));
        entry.put_opt(&deployments::REF_NAME, text(&head.record, "ref_name").or_else(|| text(&head.record, "branch")));
    }
    if text(record, "name").is_some_and(|name| words::names_rollback(&name)) {
        entry.put(&deployments::KIND, kind::ROLLBACK);
        entry.put(&deployments::KIND_BASIS, "rule");
    }
    if let Some(scope) = text(record, "cicd_scope_id") {
        entry.service(names.of(&scope));
    }
    entry
}

/// What DevLake found counts, since its patterns were written for these names; theirs is kept beside it.
fn set_environment(entry: &mut Entry<'_>, record: &Value, desk: &Desk<'_>) {
    let found = text(record, "environment");
    entry.put_opt(&deployments::ENVIRONMENT_RAW, text(record, "original_environment").or_else(|| found.clone()));
    // Without an environment DevLake does not count a deployment as one of production.
    let found = found.map_or("other", |found| words::environment(&found, &desk.scope().production));
    entry.put(&deployments::ENVIRONMENT, found);
}

fn set_outcome(entry: &mut Entry<'_>, record: &Value, desk: &mut Desk<'_>) {
    let (status, original) = (text(record, "status"), text(record, "original_result"));
    entry.put_opt(&deployments::ORIGINAL_STATE, text(record, "original_status"));
    if status.as_deref() == Some("IN_PROGRESS") {
        return entry.put(&deployments::STATE, "in_progress");
    }
    let told = original.or_else(|| text(record, "original_status"));
    let result = text(record, "result");
    entry.put(&deployments::STATE, if status.as_deref() == Some("DONE") || result.is_some() { "done" } else { "unknown" });
    let outcome = result.as_deref().and_then(|result| outcome(result, told.as_deref()));
    match outcome {
        Some(outcome) => {
            entry.put(&deployments::RESULT, outcome);
            entry.put_opt(&deployments::ORIGINAL_RESULT, told.clone().or(result));
        }
        None => entry.put_opt(&deployments::ORIGINAL_RESULT, result.or_else(|| text(record, "original_result"))),
    }
    if told.is_some_and(|told| matches!(told.to_ascii_lowercase().as_str(), "inactive" | "destroyed")) {
        let message =
            "DevLake ends deployments that GitHub calls inactive when the next one took over; read them from GitHub for exact ends";
        desk.note_once(SUPERSEDED_END, message);
    }
}

/// DevLake calls every unhappy end a failure; the tool's own word tells cancellations, timeouts and errors apart.
fn outcome(result: &str, told: Option<&str>) -> Option<&'static str> {
    let Outcome::Ended(result) = words::outcome(if result == "ABORT" { "aborted" } else { result }) else { return None };
    match told.map(words::outcome) {
        Some(Outcome::Ended(told)) if result != SUCCESS && told != SUCCESS => Some(told),
        _ => Some(result),
    }
}

/// A commit with the times and outcome of its row.
fn write_commit(row: &Waiting, names: &Names, desk: &mut Desk<'_>) {
    desk.go_to(&row.origin);
    let record = &row.record;
    let Some(id) = id_of(row) else { return };
    let mut deployment = desk.entry(&deployments::TABLE, record);
    set_environment(&mut deployment, record, desk);
    set_outcome(&mut deployment, record, desk);
    let (environment, result) = (deployment.get(&deployments::ENVIRONMENT), deployment.get(&deployments::RESULT));
    let mut entry = desk.entry(&deployment_commits::TABLE, record).in_utc();
    entry.put(&deployment_commits::DEPLOYMENT_ID, &desk.id(&id));
    entry.text(&deployment_commits::COMMIT_ID, "id");
    entry.text(&deployment_commits::COMMIT_SHA, "commit_sha");
    entry.text(&deployment_commits::REPO_URL, "repo_url");
    entry.text(&deployment_commits::REF_NAME, "ref_name");
    entry.put_opt(&deployment_commits::ENVIRONMENT, environment);
    entry.put_opt(&deployment_commits::RESULT, result);
    entry.time(&deployment_commits::STARTED_AT, "started_date");
    entry.time(&deployment_commits::FINISHED_AT, "finished_date");
    entry.put_int(&deployment_commits::SOURCE_ROW, i64::try_from(row.origin.row).unwrap_or(i64::MAX));
    if let Some(scope) = text(record, "cicd_scope_id") {
        entry.put(&deployment_commits::SERVICE_NAME_RAW, names.of(&scope));
    }
    desk.keep(entry);
}
