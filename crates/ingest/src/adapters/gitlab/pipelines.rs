//! Jobs that deploy by their name or stage, and pipelines.

use std::collections::{BTreeMap, BTreeSet};

use sequela_schema::canonical::deployments;
use serde_json::Value;

use super::deployments::Deployments;
use super::{fill_project, fill_status};
use crate::adapters::shared::{Desk, Entry, Origin, Refused, pipeline, repository, values};

/// The columns of a pipeline in a list and by itself.
const KEPT: [&str; 13] =
    ["id", "sha", "ref", "tag", "status", "name", "created_at", "updated_at", "started_at", "finished_at", "duration", "web_url", "source"];

/// What is known of jobs and pipelines until all files are read. Identifiers are ours.
#[derive(Default)]
pub(super) struct Pipelines {
    /// Jobs that deploy.
    jobs: BTreeSet<String>,
    /// The pipelines that these belong to.
    with_jobs: BTreeSet<String>,
    pipelines: BTreeMap<String, (Origin, Value)>,
}

impl Pipelines {
    /// A job that does not deploy says nothing that its pipeline does not say.
    pub(super) fn job(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let id = values::text(record, "id").ok_or(Refused::missing("id"))?;
        desk.count_on_page("jobs");
        let [name, stage] = ["name", "stage"].map(|path| values::text(record, path).unwrap_or_default());
        if !desk.scope().patterns.deploys(&[&name, &stage]) {
            return Ok(());
        }
        let id = desk.id(&format!("job:{id}"));
        let mut entry = begin(record, &id, desk);
        entry.put(&deployments::NAME, &name);
        entry.text(&deployments::COMMIT_SHA, "commit.id");
        entry.first_time(&deployments::COMMIT_AT, &["commit.committed_date", "commit.created_at"]);
        entry.text(&deployments::PIPELINE_RUN_ID, "pipeline.id");
        if fill_status(&mut entry, record) {
            entry.time(&deployments::FINISHED_AT, "finished_at");
        }
        pipeline::classify_on(&mut entry, desk, &[&name, &stage], values::text(record, "ref").as_deref());
        if desk.keep(entry) {
            self.jobs.insert(id);
            let pipeline = values::text(record, "pipeline.id");
            self.with_jobs.extend(pipeline.map(|pipeline| desk.id(&format!("pipeline:{pipeline}"))));
        }
        Ok(())
    }

    /// A list shows less of a pipeline than its own page: the one that tells when it started counts.
    pub(super) fn pipeline(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let id = desk.id(&format!("pipeline:{}", values::text(record, "id").ok_or(Refused::missing("id"))?));
        desk.count_on_page("pipelines");
        let known = self.pipelines.get(&id).is_some_and(|(_, other)| values::has(other, "started_at"));
        if known && !values::has(record, "started_at") {
            return Ok(());
        }
        let mut parts = desk.mapped_parts(record);
        parts.extend(KEPT.iter().filter_map(|key| Some(((*key).to_owned(), record.get(*key)?.clone()))));
        self.pipelines.insert(id, (desk.origin(), Value::Object(parts)));
        Ok(())
    }

    /// Writes the pipelines, and leaves one view of each delivery: a deployment counts before its job, a job before its pipeline.
    pub(super) fn settle(&mut self, deployed: &Deployments, desk: &mut Desk<'_>) {
        for (id, (origin, parts)) in std::mem::take(&mut self.pipelines) {
            desk.go_to(&origin);
            write(&id, &parts, desk);
        }
        let twice = self.jobs.intersection(&deployed.jobs);
        let described = self.with_jobs.union(&deployed.pipelines);
        pipeline::demote(desk, &twice.chain(described).cloned().collect());
    }
}

/// A pipeline deploys only where its own name says so.
fn write(id: &str, parts: &Value, desk: &mut Desk<'_>) {
    let mut entry = begin(parts, id, desk);
    entry.text(&deployments::PIPELINE_NAME, "name");
    entry.text(&deployments::PIPELINE_RUN_ID, "id");
    entry.text(&deployments::COMMIT_SHA, "sha");
    entry.updated("updated_at");
    if fill_status(&mut entry, parts) {
        entry.first_time(&deployments::FINISHED_AT, &["finished_at", "updated_at"]);
    }
    let name = values::text(parts, "name");
    let names: Vec<&str> = name.as_deref().into_iter().collect();
    pipeline::classify_on(&mut entry, desk, &names, values::text(parts, "ref").as_deref());
    desk.keep_later(entry);
}

/// What jobs and pipelines have in common.
fn begin<'r>(record: &'r Value, id: &str, desk: &mut Desk<'_>) -> Entry<'r> {
    let mut entry = desk.entry(&deployments::TABLE, record).in_utc();
    entry.put(&deployments::DEPLOYMENT_ID, id);
    let address = values::text(record, "web_url");
    fill_project(&mut entry, address.as_deref(), desk);
    entry.put_opt(&deployments::URL, address);
    if let Some(name) = values::text(record, "ref") {
        repository::put_reference(&mut entry, &name);
    }
    if let Some(is_tag) = values::truth(record, "tag") {
        entry.put(&deployments::REF_TYPE, if is_tag { "tag" } else { "branch" });
    }
    entry.time(&deployments::CREATED_AT, "created_at");
    entry.time(&deployments::STARTED_AT, "started_at");
    entry
}
