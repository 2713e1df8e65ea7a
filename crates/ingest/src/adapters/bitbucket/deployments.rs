//! Deployments, each with the outcome of its step where it tells none itself.

use std::collections::BTreeSet;

use sequela_schema::canonical::deployments;
use serde_json::Value;

use super::pipelines::Pipelines;
use super::{fill_outcome, fill_repository};
use crate::adapters::shared::{Desk, Origin, Refused, repository, values};
use crate::issue::code;
use crate::words;

/// What is kept of a deployment until the steps are read.
const KEPT: [&str; 8] = ["uuid", "environment", "release", "deployable", "state", "step", "last_update_time", "commit"];

/// What is known of deployments until all files are read.
#[derive(Default)]
pub(super) struct Deployments {
    waiting: Vec<(Origin, Value)>,
    /// Steps and pipelines that made a deployment, by our identifier.
    pub(super) steps: BTreeSet<String>,
    pub(super) pipelines: BTreeSet<String>,
}

impl Deployments {
    pub(super) fn deployment(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        values::text(record, "uuid").ok_or(Refused::missing("uuid"))?;
        desk.count_on_page("deployments");
        let remember = |path: &str, what: &str| values::text(record, path).map(|uuid| desk.id(&format!("{what}:{uuid}")));
        self.steps.extend(remember("step.uuid", "step"));
        self.pipelines.extend(remember("release.pipeline.uuid", "pipeline"));
        self.pipelines.extend(remember("deployable.pipeline.uuid", "pipeline"));
        let mut parts = desk.mapped_parts(record);
        parts.extend(KEPT.iter().filter_map(|key| Some(((*key).to_owned(), record.get(*key)?.clone()))));
        self.waiting.push((desk.origin(), Value::Object(parts)));
        Ok(())
    }

    pub(super) fn write(&mut self, pipelines: &Pipelines, desk: &mut Desk<'_>) {
        for (origin, parts) in std::mem::take(&mut self.waiting) {
            desk.go_to(&origin);
            write(&parts, pipelines, desk);
        }
    }
}

fn write(parts: &Value, pipelines: &Pipelines, desk: &mut Desk<'_>) {
    let release = if values::has(parts, "release") { "release" } else { "deployable" };
    let path = |rest: &str| format!("{release}.{rest}");
    let mut entry = desk.entry(&deployments::TABLE, parts).in_utc();
    entry.put_opt(&deployments::DEPLOYMENT_ID, values::text(parts, "uuid").map(|uuid| desk.id(&uuid)));
    entry.text(&deployments::NAME, &path("name"));
    entry.text(&deployments::PIPELINE_RUN_ID, &path("pipeline.uuid"));
    entry.first(&deployments::COMMIT_SHA, &[&path("commit.hash"), "commit.hash"]);
    entry.first(&deployments::URL, &["state.url", &path("url")]);
    let below = values::first(parts, &[&path("url"), &path("commit.links.html.href"), "state.url"]);
    fill_repository(&mut entry, below.as_deref(), desk);
    entry.first(&deployments::ENVIRONMENT_RAW, &["environment.name", "environment.environment_type.name"]);
    let listed = |name: &str| desk.scope().production.iter().any(|own| own.trim().eq_ignore_ascii_case(name));
    if let Some(kind) = values::text(parts, "environment.environment_type.name")
        && !entry.get(&deployments::ENVIRONMENT_RAW).is_some_and(listed)
    {
        entry.put(&deployments::ENVIRONMENT, words::environment(&kind, &[]));
    }
    entry.first_time(&deployments::CREATED_AT, &[&path("created_on"), "state.started_on"]);
    entry.time(&deployments::STARTED_AT, "state.started_on");
    entry.time(&deployments::FINISHED_AT, "state.completed_on");
    entry.updated("last_update_time");
    let step = values::text(parts, "step.uuid").map(|uuid| desk.id(&format!("step:{uuid}")));
    let of_step = step.as_ref().and_then(|step| pipelines.outcomes.get(step));
    let outcome = values::text(parts, "state.status.name").map(std::borrow::Cow::into_owned).or_else(|| of_step.cloned());
    let state = values::text(parts, "state.name").unwrap_or_default();
    fill_outcome(&mut entry, &state, outcome.as_deref());
    if state == "COMPLETED" && outcome.is_none() {
        let message =
            "some deployments do not tell how they ended; export them with their field state.status, or the steps of their pipelines too";
        desk.note_once(code::MISSING_VALUE, message);
    }
    if let Some(name) =
        values::text(parts, &path("pipeline.uuid")).and_then(|uuid| pipelines.reference(&desk.id(&format!("pipeline:{uuid}"))))
    {
        repository::put_reference(&mut entry, name);
    }
    repository::mark_hotfix(&mut entry);
    desk.keep_later(entry);
}
