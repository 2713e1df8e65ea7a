//! Executions of Spinnaker pipelines: one row for each stage that deploys, else one for the execution.

use std::collections::BTreeMap;

use sequela_schema::canonical::deployments;
use sequela_schema::vocabulary::kind;
use serde_json::Value;

use super::shared::{Desk, Entry, Origin, Reader, Refused, Translate, pipeline, values};
use super::{Adapter, Confidence, Export, Sample, Session, Verified};
use crate::text::reference;

const NAME: &str = "spinnaker";

/// The adapter.
pub(super) struct Spinnaker;

impl Adapter for Spinnaker {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        &[Export {
            what: "executions of an application's pipelines",
            how: "curl 'https://GATE/applications/APPLICATION/pipelines?limit=1000&expand=true' > executions.json",
            fills: &["deployments"],
            verified: Verified::Documentation,
        }]
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        if sample.most(is_execution) {
            return Confidence::of(93, &deployments::TABLE, "executions of Spinnaker");
        }
        Confidence::default()
    }

    fn rest(&self) -> &'static str {
        "add limit=1000 to the address"
    }

    fn reads_pipelines(&self) -> bool {
        true
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work::default()))
    }
}

/// Ad-hoc orchestrations have the same form; name and configuration are null there.
fn is_execution(record: &Value) -> bool {
    values::has(record, "application")
        && values::has(record, "buildTime")
        && record.get("stages").is_some_and(Value::is_array)
        && (values::has_key(record, "pipelineConfigId") || values::has(record, "trigger"))
}

/// Words of Spinnaker for executions and stages.
const STATUSES: [(&str, &str); 4] =
    [("PAUSED", "in_progress"), ("SUSPENDED", "in_progress"), ("REDIRECT", "in_progress"), ("BUFFERED", "queued")];

const ROLLBACKS: [&str; 3] = ["rollbackCluster", "rollbackServerGroup", "undoRolloutManifest"];
const DEPLOYS: [&str; 3] = ["createServerGroup", "cloneServerGroup", "patchManifest"];

/// Kind of what a stage of that type does, where it changes what runs.
fn stage_kind(stage: &Value) -> Option<&'static str> {
    let name = values::text(stage, "type")?;
    if ROLLBACKS.contains(&name.as_ref()) {
        return Some(kind::ROLLBACK);
    }
    (name.starts_with("deploy") || DEPLOYS.contains(&name.as_ref())).then_some(kind::DEPLOY)
}

#[derive(Default)]
struct Work {
    /// Where the last execution of each pipeline stands, and how many there are.
    counts: BTreeMap<String, (Option<Origin>, u64)>,
}

impl Translate for Work {
    fn record(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        if !is_execution(record) {
            return Err(Refused::unknown("no execution of Spinnaker"));
        }
        let id = values::text(record, "id").ok_or(Refused::missing("id"))?;
        if let Some(pipeline) = values::text(record, "pipelineConfigId") {
            let (last, count) = self.counts.entry(pipeline.into_owned()).or_default();
            (*last, *count) = (Some(desk.origin()), *count + 1);
        }
        // Stages with a parent are the steps that a stage is made of.
        let stages = values::list(record, "stages").iter().filter(|stage| !values::has(stage, "parentStageId"));
        let deploying: Vec<(&Value, &str)> = stages.filter_map(|stage| Some((stage, stage_kind(stage)?))).collect();
        if deploying.is_empty() {
            write_execution(record, &id, desk);
        }
        for (number, (stage, kind)) in deploying.into_iter().enumerate() {
            write_stage(record, &id, (number, stage, kind), desk);
        }
        Ok(())
    }

    /// Without a limit in the request Spinnaker gives two executions of each pipeline.
    fn finish(&mut self, desk: &mut Desk<'_>) {
        let counts = std::mem::take(&mut self.counts);
        let most = counts.values().map(|(_, count)| *count).max();
        if let (Some(2), Some((Some(origin), _))) = (most, counts.values().find(|(_, count)| *count == 2)) {
            desk.go_to(origin);
            desk.suspect_truncation("no pipeline has more than 2 executions, which is what Spinnaker gives without a limit");
        }
    }
}

fn write_execution(record: &Value, id: &str, desk: &mut Desk<'_>) {
    let mut entry = begin(record, id, desk);
    entry.time(&deployments::STARTED_AT, "startTime");
    if values::text(record, "status").is_some_and(|status| pipeline::outcome(&mut entry, &status, &STATUSES)) {
        entry.time(&deployments::FINISHED_AT, "endTime");
    }
    let name = values::text(record, "name").unwrap_or_default();
    pipeline::classify(&mut entry, desk, &[&name]);
    desk.keep(entry);
}

fn write_stage(record: &Value, id: &str, (number, stage, kind): (usize, &Value, &str), desk: &mut Desk<'_>) {
    let own = values::first(stage, &["id", "refId"]).map_or_else(|| number.to_string(), std::borrow::Cow::into_owned);
    let mut entry = begin(record, &format!("{id}:{own}"), desk);
    let name = values::text(stage, "name").unwrap_or_default();
    entry.put(&deployments::NAME, &name);
    entry.put(&deployments::KIND, kind);
    entry.put(&deployments::KIND_BASIS, "explicit");
    entry.put(&deployments::RELEASE_GROUP_ID, &desk.id(id));
    let status = values::text(stage, "status").unwrap_or_default();
    if status == "NOT_STARTED" && has_ended(record) {
        // The execution ended before its turn came.
        entry.put(&deployments::RESULT, "skip");
        entry.put(&deployments::ORIGINAL_RESULT, &status);
    } else {
        set_times(&mut entry, stage, &status);
    }
    place(&mut entry, record, stage, desk);
    desk.keep(entry);
}

fn set_times(entry: &mut Entry<'_>, stage: &Value, status: &str) {
    if let Some(started) = values::at(stage, "startTime") {
        entry.time_of(&deployments::STARTED_AT, "startTime", started);
    }
    if let (true, Some(ended)) = (pipeline::outcome(entry, status, &STATUSES), values::at(stage, "endTime")) {
        entry.time_of(&deployments::FINISHED_AT, "endTime", ended);
    }
}

fn has_ended(record: &Value) -> bool {
    let running = ["RUNNING", "NOT_STARTED", "PAUSED", "SUSPENDED", "BUFFERED", "REDIRECT"];
    values::text(record, "status").is_some_and(|status| !running.contains(&status.as_ref()))
}

/// The account says where to; where its name tells nothing, the names around it may.
fn place(entry: &mut Entry<'_>, record: &Value, stage: &Value, desk: &mut Desk<'_>) {
    let accounts = ["context.account", "context.credentials", "context.clusters.account"];
    let account = values::first(stage, &accounts);
    let spaces = [values::first(stage, &["context.namespaceOverride", "context.namespace"]), values::text(stage, "name")];
    let names: Vec<_> = [account.clone()].into_iter().chain(spaces).chain([values::text(record, "name")]).flatten().collect();
    let telling = names.iter().find(|name| pipeline::tells_environment(desk, name));
    entry.put_opt(&deployments::ENVIRONMENT_RAW, telling.or(account.as_ref()));
    pipeline::place(entry, desk, &[]);
}

/// A row with what an execution says of all that it deploys.
fn begin<'r>(record: &'r Value, native: &str, desk: &mut Desk<'_>) -> Entry<'r> {
    let mut entry = desk.entry(&deployments::TABLE, record);
    entry.put(&deployments::DEPLOYMENT_ID, &desk.id(native));
    entry.text(&deployments::PIPELINE_NAME, "name");
    entry.text(&deployments::PIPELINE_RUN_ID, "id");
    entry.time(&deployments::CREATED_AT, "buildTime");
    entry.first(&deployments::COMMIT_SHA, &["trigger.buildInfo.scm.sha1", "trigger.hash"]);
    entry.first(&deployments::REF_NAME, &["trigger.buildInfo.scm.branch", "trigger.branch"]);
    entry.first(&deployments::VERSION, &["trigger.tag", "trigger.parameters.version", "trigger.artifacts.version"]);
    entry.first(&deployments::ARTIFACT_ID, &["trigger.artifacts.reference", "trigger.artifacts.name"]);
    if let Some(way) = values::text(record, "trigger.type") {
        entry.put(&deployments::ACTOR_KIND, if way == "manual" { "human" } else { "automation" });
    }
    let parameters = values::at(record, "trigger.parameters").and_then(Value::as_object);
    let mut said = parameters.into_iter().flat_map(serde_json::Map::values).filter_map(Value::as_str);
    entry.put_opt(&deployments::CHANGE_ID, said.find_map(|text| reference(text, "CHG")));
    entry.services("application");
    entry
}
