//! Deployments, from the list and from webhooks.

use std::collections::{BTreeMap, BTreeSet};

use sequela_schema::canonical::deployments;
use serde_json::Value;

use super::{fill_project, fill_status};
use crate::adapters::shared::history::History;
use crate::adapters::shared::{Desk, Entry, Origin, Refused, repository, values};
use crate::words;

/// The events of one deployment.
struct Hooked {
    origin: Origin,
    /// The last event, without the person.
    parts: Value,
    history: History,
}

/// What is known of deployments until all files are read. Identifiers are ours.
#[derive(Default)]
pub(super) struct Deployments {
    listed: BTreeSet<String>,
    hooked: BTreeMap<String, Hooked>,
    /// Jobs and pipelines that made a deployment.
    pub(super) jobs: BTreeSet<String>,
    pub(super) pipelines: BTreeSet<String>,
}

impl Deployments {
    pub(super) fn deployment(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let id = desk.id(&values::text(record, "id").ok_or(Refused::missing("id"))?);
        desk.count_on_page("deployments");
        let mut entry = desk.entry(&deployments::TABLE, record).in_utc();
        entry.put(&deployments::DEPLOYMENT_ID, &id);
        entry.text(&deployments::NAME, "deployable.name");
        entry.text(&deployments::PIPELINE_RUN_ID, "deployable.pipeline.id");
        let address = values::first(record, &["deployable.web_url", "deployable.pipeline.web_url"]);
        fill_project(&mut entry, address.as_deref(), desk);
        entry.put_opt(&deployments::URL, address);
        fill_revision(&mut entry, record);
        fill_environment(&mut entry, record, desk, ("environment.name", "environment.tier"));
        entry.time(&deployments::CREATED_AT, "created_at");
        entry.time(&deployments::STARTED_AT, "deployable.started_at");
        entry.updated("updated_at");
        // `updated_at` moves on later, so it tells the end only where the job does not.
        if fill_status(&mut entry, record) {
            entry.first_time(&deployments::FINISHED_AT, &["deployable.finished_at", "finished_at", "updated_at"]);
        }
        fill_approval(&mut entry, record);
        repository::mark_hotfix(&mut entry);
        if desk.keep(entry) {
            self.remember(record, ("deployable.id", "deployable.pipeline.id"), desk);
            self.listed.insert(id);
        }
        Ok(())
    }

    fn remember(&mut self, record: &Value, (job, pipeline): (&str, &str), desk: &Desk<'_>) {
        self.jobs.extend(values::text(record, job).map(|job| desk.id(&format!("job:{job}"))));
        self.pipelines.extend(values::text(record, pipeline).map(|pipeline| desk.id(&format!("pipeline:{pipeline}"))));
    }

    /// An event tells one state of a deployment.
    pub(super) fn webhook(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let id = desk.id(&values::text(record, "deployment_id").ok_or(Refused::missing("deployment_id"))?);
        let mut entry = desk.entry(&deployments::TABLE, record);
        let reading = record.get("status_changed_at").and_then(|at| entry.read("status_changed_at", at));
        let mut parts = desk.mapped_parts(record);
        let keys = ["environment", "environment_tier", "ref", "commit_url", "deployable_url", "status", "status_changed_at"];
        parts.extend(keys.iter().filter_map(|key| Some(((*key).to_owned(), record.get(*key)?.clone()))));
        let mut history = self.hooked.remove(&id).map(|hooked| hooked.history).unwrap_or_default();
        if let Some(reading) = reading {
            history.add(reading, &values::text(record, "status").unwrap_or_default());
        }
        self.remember(record, ("deployable_id", "pipeline_id"), desk);
        self.hooked.insert(id, Hooked { origin: desk.origin(), parts: Value::Object(parts), history });
        Ok(())
    }

    /// Writes the deployments that are known from events only.
    pub(super) fn write_webhooks(&mut self, desk: &mut Desk<'_>) {
        for (id, hooked) in std::mem::take(&mut self.hooked) {
            if self.listed.contains(&id) {
                continue;
            }
            desk.go_to(&hooked.origin);
            let parts = &hooked.parts;
            let mut entry = desk.entry(&deployments::TABLE, parts);
            entry.put(&deployments::DEPLOYMENT_ID, &id);
            let address = values::first(parts, &["deployable_url", "commit_url"]);
            fill_project(&mut entry, address.as_deref(), desk);
            entry.put_opt(&deployments::URL, address);
            let commit = values::text(parts, "commit_url");
            entry.put_opt(&deployments::COMMIT_SHA, commit.as_deref().and_then(repository::name));
            if let Some(name) = values::text(parts, "ref") {
                repository::put_reference(&mut entry, &name);
            }
            fill_environment(&mut entry, parts, desk, ("environment", "environment_tier"));
            hooked.history.fill(&mut entry, None);
            repository::mark_hotfix(&mut entry);
            if desk.keep_later(entry) {
                hooked.history.tell(desk, &id);
            }
        }
    }
}

fn fill_revision(entry: &mut Entry<'_>, record: &Value) {
    entry.text(&deployments::COMMIT_SHA, "sha");
    entry.first_time(&deployments::COMMIT_AT, &["deployable.commit.committed_date", "deployable.commit.created_at"]);
    if let Some(name) = values::text(record, "ref") {
        repository::put_reference(entry, &name);
    }
    if let Some(is_tag) = values::truth(record, "deployable.tag") {
        entry.put(&deployments::REF_TYPE, if is_tag { "tag" } else { "branch" });
    }
}

/// The tier of an environment says what it is for, its name only what it is called; names that the organisation lists come first.
fn fill_environment(entry: &mut Entry<'_>, record: &Value, desk: &Desk<'_>, (name, tier): (&str, &str)) {
    entry.text(&deployments::ENVIRONMENT_RAW, name);
    let listed = |name: &str| desk.scope().production.iter().any(|own| own.trim().eq_ignore_ascii_case(name));
    if let Some(tier) = values::text(record, tier)
        && !entry.get(&deployments::ENVIRONMENT_RAW).is_some_and(listed)
    {
        entry.put(&deployments::ENVIRONMENT, words::environment(&tier, &[]));
    }
}

fn fill_approval(entry: &mut Entry<'_>, record: &Value) {
    let mut approved =
        values::list(record, "approvals").iter().filter(|approval| values::text(approval, "status").as_deref() == Some("approved"));
    if let Some(last) = approved.next_back() {
        entry.put(&deployments::APPROVAL_PATH, "peer");
        if let Some(at) = last.get("created_at") {
            entry.time_of(&deployments::APPROVED_AT, "approvals.created_at", at);
        }
    }
}
