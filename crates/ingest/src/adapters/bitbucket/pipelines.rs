//! Pipelines, and the steps of them that deploy by their name.

use std::collections::{BTreeMap, BTreeSet};

use sequela_schema::canonical::deployments;
use serde_json::Value;

use super::deployments::Deployments;
use super::{fill_outcome, fill_repository};
use crate::adapters::shared::{Desk, Origin, Refused, pipeline, repository, values};

/// What is kept of a step that deploys until the pipelines are read.
const KEPT: [&str; 8] = ["uuid", "name", "pipeline", "state", "started_on", "completed_on", "run_number", "duration_in_seconds"];

/// Revision and repository of a pipeline, for its steps.
#[derive(Default)]
struct Run {
    sha: Option<String>,
    reference: Option<String>,
    below: Option<String>,
}

/// What is known of pipelines and steps until all files are read. Identifiers are ours.
#[derive(Default)]
pub(super) struct Pipelines {
    runs: BTreeMap<String, Run>,
    /// How each step ended.
    pub(super) outcomes: BTreeMap<String, String>,
    waiting: Vec<(Origin, Value)>,
}

impl Pipelines {
    /// The branch or tag of a pipeline.
    pub(super) fn reference(&self, pipeline: &str) -> Option<&str> {
        self.runs.get(pipeline)?.reference.as_deref()
    }

    pub(super) fn pipeline(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let uuid = values::text(record, "uuid").ok_or(Refused::missing("uuid"))?;
        desk.count_on_page("pipelines");
        let id = desk.id(&format!("pipeline:{uuid}"));
        let mut entry = desk.entry(&deployments::TABLE, record).in_utc();
        entry.put(&deployments::DEPLOYMENT_ID, &id);
        entry.put_opt(&deployments::NAME, values::text(record, "build_number").map(|number| format!("#{number}")));
        entry.text(&deployments::PIPELINE_NAME, "target.selector.pattern");
        entry.put(&deployments::PIPELINE_RUN_ID, &uuid);
        entry.text(&deployments::COMMIT_SHA, "target.commit.hash");
        let reference = values::text(record, "target.ref_name");
        if let Some(name) = &reference {
            repository::put_reference(&mut entry, name);
        }
        entry.put_opt(&deployments::REF_TYPE, values::text(record, "target.ref_type").filter(|kind| kind == "branch" || kind == "tag"));
        let below = values::first(record, &["repository.links.html.href", "links.html.href", "links.self.href"]);
        fill_repository(&mut entry, below.as_deref(), desk);
        entry.first(&deployments::URL, &["links.html.href", "links.self.href"]);
        entry.time(&deployments::CREATED_AT, "created_on");
        entry.time(&deployments::STARTED_AT, "created_on");
        entry.time(&deployments::FINISHED_AT, "completed_on");
        fill_outcome(
            &mut entry,
            &values::text(record, "state.name").unwrap_or_default(),
            values::text(record, "state.result.name").as_deref(),
        );
        let name = values::text(record, "target.selector.pattern").filter(|_| is_custom(record)).unwrap_or_default();
        pipeline::classify_on(&mut entry, desk, &[&name], reference.as_deref());
        desk.keep(entry);
        let own = |path: &str| values::text(record, path).map(std::borrow::Cow::into_owned);
        let run = Run { sha: own("target.commit.hash"), reference: own("target.ref_name"), below: below.map(std::borrow::Cow::into_owned) };
        self.runs.insert(id, run);
        Ok(())
    }

    /// A step that does not deploy, or has not begun, says nothing that its pipeline does not say; how it ended its deployment may ask.
    pub(super) fn step(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let uuid = values::text(record, "uuid").ok_or(Refused::missing("uuid"))?;
        desk.count_on_page("steps");
        if let Some(outcome) = values::text(record, "state.result.name") {
            self.outcomes.insert(desk.id(&format!("step:{uuid}")), outcome.into_owned());
        }
        let name = values::text(record, "name").unwrap_or_default();
        if values::has(record, "started_on") && desk.scope().patterns.deploys(&[&name]) {
            let mut parts = desk.mapped_parts(record);
            parts.extend(KEPT.iter().filter_map(|key| Some(((*key).to_owned(), record.get(*key)?.clone()))));
            self.waiting.push((desk.origin(), Value::Object(parts)));
        }
        Ok(())
    }

    /// Writes the steps that deploy and have no deployment, and takes pipelines back that are told by these.
    pub(super) fn settle(&mut self, deployed: &Deployments, desk: &mut Desk<'_>) {
        let mut described: BTreeSet<String> = deployed.pipelines.clone();
        for (origin, parts) in std::mem::take(&mut self.waiting) {
            desk.go_to(&origin);
            let step = values::text(&parts, "uuid").map(|uuid| desk.id(&format!("step:{uuid}"))).unwrap_or_default();
            let run = values::text(&parts, "pipeline.uuid").map(|uuid| desk.id(&format!("pipeline:{uuid}"))).unwrap_or_default();
            if !deployed.steps.contains(&step) {
                self.write_step(&parts, &step, &run, desk);
                described.insert(run);
            }
        }
        pipeline::demote(desk, &described);
    }

    fn write_step(&self, parts: &Value, step: &str, run: &str, desk: &mut Desk<'_>) {
        let nothing = Run::default();
        let run = self.runs.get(run).unwrap_or(&nothing);
        let attempt = values::int(parts, "run_number");
        let name = values::text(parts, "name").unwrap_or_default();
        let mut entry = desk.entry(&deployments::TABLE, parts).in_utc();
        entry.put(&deployments::DEPLOYMENT_ID, &pipeline::attempt_id(step, attempt));
        entry.put(&deployments::NAME, &name);
        entry.int(&deployments::ATTEMPT, "run_number");
        entry.text(&deployments::PIPELINE_RUN_ID, "pipeline.uuid");
        entry.put_opt(&deployments::COMMIT_SHA, run.sha.as_deref());
        if let Some(reference) = &run.reference {
            repository::put_reference(&mut entry, reference);
        }
        fill_repository(&mut entry, run.below.as_deref(), desk);
        entry.time(&deployments::STARTED_AT, "started_on");
        entry.time(&deployments::FINISHED_AT, "completed_on");
        fill_outcome(
            &mut entry,
            &values::text(parts, "state.name").unwrap_or_default(),
            values::text(parts, "state.result.name").as_deref(),
        );
        pipeline::classify_on(&mut entry, desk, &[&name], run.reference.as_deref());
        desk.keep_later(entry);
    }
}

/// Pipelines that are started by hand have a name of their own; the selector of all others is a branch.
fn is_custom(record: &Value) -> bool {
    values::text(record, "target.selector.type").as_deref() == Some("custom")
}
