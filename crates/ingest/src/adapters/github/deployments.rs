//! Deployments with their statuses, and releases.
//!
//! `inactive` means that a later deployment took over: the deployment had worked. It ended with its first terminal status, not when it
//! was superseded. Statuses may stand in any file of the run.

use std::collections::{BTreeMap, BTreeSet};

use sequela_schema::canonical::deployments;
use sequela_schema::vocabulary::{PRODUCTION, SUCCESS, kind};
use serde_json::Value;

use super::record;
use crate::adapters::shared::history::History;
use crate::adapters::shared::{Desk, Entry, Origin, Refused, repository, values};
use crate::issue::code;
use crate::words::{self, Outcome};

/// A deployment that waits for its statuses.
struct Waiting {
    origin: Origin,
    id: String,
    /// What was kept of the record.
    parts: Value,
    /// From statuses embedded in it.
    history: History,
}

/// Statuses of one deployment that stand on their own.
#[derive(Default)]
struct Given {
    history: History,
    origins: Vec<Origin>,
}

/// A deployment that runs and jobs may be another view of.
pub(super) struct Deployed {
    pub(super) repository: String,
    pub(super) sha: String,
    pub(super) created: i64,
}

/// What is known of deployments until all files are read.
#[derive(Default)]
pub(super) struct Deployments {
    waiting: Vec<Waiting>,
    /// Where those stand that came with a webhook, by instance and deployment.
    hooked: BTreeMap<(String, String), usize>,
    /// By instance and deployment.
    statuses: BTreeMap<(String, String), Given>,
}

impl Deployments {
    /// Keeps a deployment. One that came with a webhook is said again with each of its statuses: the last time counts.
    pub(super) fn deployment(&mut self, record: &Value, webhook: Option<&Value>, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let id = record::id(record).ok_or(Refused::missing("id"))?.into_owned();
        let mut parts = desk.mapped_parts(webhook.unwrap_or(record));
        if let Value::Object(own) = record::deployment(record) {
            parts.extend(own);
        }
        let parts = Value::Object(parts);
        if let (Some(repository), None) = (values::text(&parts, "repository"), webhook) {
            desk.count_on_page(&format!("deployments of {repository}"));
        }
        let mut history = History::default();
        let mut entry = desk.entry(&deployments::TABLE, record).in_utc();
        for (state, at) in record::statuses(record).into_iter().filter_map(record::state_and_time) {
            if let Some(reading) = entry.read("status", at) {
                history.add(reading, &state);
            }
        }
        let key = (desk.scope().instance.clone(), id.clone());
        let waiting = Waiting { origin: desk.origin(), id, parts, history };
        let next = self.waiting.len();
        let place = if webhook.is_some() { *self.hooked.entry(key).or_insert(next) } else { next };
        match self.waiting.get_mut(place) {
            Some(before) => *before = waiting,
            None => self.waiting.push(waiting),
        }
        Ok(())
    }

    pub(super) fn status(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let id = record::deployment_of(record).ok_or(Refused::missing("deployment_url"))?.into_owned();
        let state = values::text(record, "state").unwrap_or_default();
        if words::outcome(&state) == Outcome::Unknown {
            desk.note(code::UNKNOWN_VALUE, "state", &state, "GitHub has no such state; it does not count as an outcome");
        }
        let mut entry = desk.entry(&deployments::TABLE, record).in_utc();
        let reading = record::state_and_time(record).and_then(|(_, at)| entry.read("created_at", at));
        let given = self.statuses.entry((desk.scope().instance.clone(), id)).or_default();
        given.origins.push(desk.origin());
        if let Some(reading) = reading {
            given.history.add(reading, &state);
        }
        Ok(())
    }

    /// The event `deployment` or `deployment_status`.
    pub(super) fn webhook(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let deployment = record.get("deployment").ok_or(Refused::missing("deployment"))?;
        self.deployment(deployment, Some(record), desk)?;
        match record.get("deployment_status").filter(|status| status.is_object()) {
            Some(status) => self.status(status, desk),
            None => Ok(()),
        }
    }

    /// Writes all deployments and says which there are.
    pub(super) fn write(&mut self, desk: &mut Desk<'_>) -> Vec<Deployed> {
        let mut met = BTreeSet::new();
        let mut deployed = Vec::new();
        for mut waiting in std::mem::take(&mut self.waiting) {
            let key = (waiting.origin.scope.instance.clone(), waiting.id.clone());
            if let Some(given) = self.statuses.get(&key) {
                waiting.history.extend(&given.history);
            }
            met.insert(key);
            deployed.extend(write(&waiting, desk));
        }
        let unmatched = self.statuses.iter().filter(|(key, _)| !met.contains(*key));
        for ((_, deployment), given) in unmatched {
            for origin in &given.origins {
                desk.go_to(origin);
                let message = "the status belongs to a deployment that is not in the exports; export the deployments of its time too";
                desk.note(code::UNMATCHED_STATUS, "deployment_url", deployment, message);
            }
        }
        deployed
    }
}

/// Turns a deployment and its statuses into a row.
fn write(waiting: &Waiting, desk: &mut Desk<'_>) -> Option<Deployed> {
    desk.go_to(&waiting.origin);
    let parts = &waiting.parts;
    let id = desk.id(&waiting.id);
    let mut entry = desk.entry(&deployments::TABLE, parts).in_utc();
    entry.put(&deployments::DEPLOYMENT_ID, &id);
    fill_plain(&mut entry, parts, desk);
    entry.time(&deployments::CREATED_AT, "created_at");
    note_zero(&entry, parts, desk);
    entry.time(&deployments::COMMIT_AT, "committed_at");
    let created = entry.get_int(&deployments::CREATED_AT);
    let updated = values::at(parts, "updated_at").and_then(|at| entry.read("updated_at", at)).map(|reading| reading.at);
    if let Some(at) = waiting.history.last_at().max(updated).or(created) {
        entry.put_updated(at);
    }
    waiting.history.fill(&mut entry, values::text(parts, "state").as_deref());
    if desk.keep_later(entry) && waiting.history.last_at().is_some() {
        waiting.history.tell(desk, &id);
    }
    let text = |key: &str| values::text(parts, key).map(std::borrow::Cow::into_owned);
    Some(Deployed { repository: text("repository")?, sha: text("sha")?, created: created? })
}

/// Zeros stand for nothing elsewhere; GitHub writes none, so a tool in between has lost the time.
fn note_zero(entry: &Entry<'_>, parts: &Value, desk: &mut Desk<'_>) {
    let text = values::text(parts, "created_at").filter(|text| text.starts_with("0001-") || text.starts_with("1970-01-01"));
    if let Some(text) = text.filter(|_| !entry.has(&deployments::CREATED_AT)) {
        desk.note(code::EPOCH_ZERO, "created_at", &text, "no usable time; it was left empty, export the record again");
    }
}

/// What the record says by itself.
fn fill_plain(entry: &mut Entry<'_>, parts: &Value, desk: &Desk<'_>) {
    let scope = desk.scope();
    let address = values::text(parts, "repository");
    let named = values::text(parts, "service");
    let own = address.as_deref().and_then(repository::name).filter(|_| scope.service.is_none());
    named.as_deref().or(own).into_iter().for_each(|service| entry.service(service));
    entry.text(&deployments::ENVIRONMENT_RAW, "environment");
    // The flags of a deployment count more than its environment's name.
    if values::has(parts, "environment") && values::truth(parts, "transient") == Some(true) {
        entry.put(&deployments::ENVIRONMENT, "other");
    } else if values::has(parts, "environment") && values::truth(parts, "production") == Some(true) {
        entry.put(&deployments::ENVIRONMENT, PRODUCTION);
    }
    entry.text(&deployments::COMMIT_SHA, "sha");
    if let Some(name) = values::text(parts, "ref") {
        repository::put_reference(entry, &name);
    }
    entry.put_opt(&deployments::REPO_URL, address);
    entry.text(&deployments::URL, "url");
    if let Some(change) = values::text(parts, "change") {
        entry.put(&deployments::CHANGE_ID, &change);
        entry.put(&deployments::CHANGE_ID_BASIS, "text_reference");
    }
    if values::text(parts, "task").is_some_and(|task| words::names_rollback(&task)) {
        entry.put(&deployments::KIND, kind::ROLLBACK);
    }
    repository::mark_hotfix(entry);
}

/// A release makes a version available and runs it nowhere. Drafts are not out yet.
pub(super) fn release(record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
    let id = values::text(record, "id").ok_or(Refused::missing("id"))?;
    if values::truth(record, "draft") == Some(true) {
        return Ok(());
    }
    let address = values::first(record, &["html_url", "url"]).and_then(|below| repository::address(&below));
    desk.count_on_page(&format!("releases of {}", address.as_deref().unwrap_or("a repository")));
    let mut entry = desk.entry(&deployments::TABLE, record).in_utc();
    entry.put(&deployments::DEPLOYMENT_ID, &desk.id(&format!("release:{id}")));
    entry.first(&deployments::NAME, &["name", "tag_name"]);
    entry.put(&deployments::KIND, kind::PUBLISH_ONLY);
    entry.put(&deployments::RESULT, SUCCESS);
    entry.text(&deployments::VERSION, "tag_name");
    entry.text(&deployments::REF_NAME, "tag_name");
    entry.put(&deployments::REF_TYPE, "tag");
    // The time of creation is that of the commit behind the tag.
    entry.time(&deployments::COMMIT_AT, "created_at");
    entry.first_time(&deployments::FINISHED_AT, &["published_at", "created_at"]);
    entry.text(&deployments::URL, "html_url");
    if let (Some(name), None) = (address.as_deref().and_then(repository::name), &desk.scope().service) {
        entry.service(name);
    }
    entry.put_opt(&deployments::REPO_URL, address);
    desk.keep(entry);
    Ok(())
}
