//! Builds, and runs of pipelines, which are the same under another name.

use sequela_schema::canonical::deployments;
use serde_json::Value;

use crate::adapters::shared::{Desk, Entry, Refused, pipeline, repository, values};

pub(super) fn build(record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
    let id = values::text(record, "id").ok_or(Refused::missing("id"))?;
    desk.count_on_page("builds");
    let mut entry = desk.entry(&deployments::TABLE, record).in_utc();
    entry.put(&deployments::DEPLOYMENT_ID, &desk.id(&format!("build:{id}")));
    entry.first(&deployments::NAME, &["buildNumber", "name"]);
    entry.first(&deployments::PIPELINE_NAME, &["definition.name", "pipeline.name"]);
    entry.put(&deployments::PIPELINE_RUN_ID, &id);
    entry.first(&deployments::URL, &["_links.web.href", "url"]);
    entry.text(&deployments::COMMIT_SHA, "sourceVersion");
    entry.first_time(&deployments::CREATED_AT, &["queueTime", "createdDate"]);
    entry.time(&deployments::QUEUED_AT, "queueTime");
    entry.first_time(&deployments::STARTED_AT, &["startTime", "createdDate"]);
    entry.first_time(&deployments::FINISHED_AT, &["finishTime", "finishedDate"]);
    entry.updated("lastChangedDate");
    let branch = values::text(record, "sourceBranch");
    if let Some(branch) = &branch {
        repository::put_reference(&mut entry, branch);
    }
    fill_service(&mut entry, record, desk);
    fill_outcome(&mut entry, record);
    if let Some(reason) = values::text(record, "reason") {
        entry.put(&deployments::ACTOR_KIND, if reason == "manual" { "human" } else { "automation" });
    }
    let name = values::first(record, &["definition.name", "pipeline.name"]).unwrap_or_default();
    pipeline::classify_on(&mut entry, desk, &[&name], branch.as_deref());
    desk.keep(entry);
    Ok(())
}

/// A pipeline is seldom called like what it deploys; its repository mostly is. Without a readable name of it the pipeline stands in.
fn fill_service(entry: &mut Entry<'_>, record: &Value, desk: &Desk<'_>) {
    let named = values::text(record, "repository.name").or_else(|| values::text(record, "repository.id").filter(|id| id.contains('/')));
    entry.text(&deployments::REPO_URL, "repository.url");
    if desk.scope().service.is_some() {
        return;
    }
    match named.as_deref().and_then(repository::name) {
        Some(name) => entry.service(name),
        None => values::first(record, &["definition.name", "pipeline.name"]).iter().for_each(|name| entry.service(name)),
    }
}

/// State and outcome are two words here; the outcome `none` is none.
fn fill_outcome(entry: &mut Entry<'_>, record: &Value) {
    entry.first(&deployments::ORIGINAL_STATE, &["status", "state"]);
    match entry.get(&deployments::ORIGINAL_STATE) {
        Some("postponed") => entry.put(&deployments::STATE, "queued"),
        Some("cancelling" | "canceling") => entry.put(&deployments::STATE, "in_progress"),
        Some("completed") => entry.put(&deployments::STATE, "done"),
        _ => {}
    }
    entry.put_opt(&deployments::ORIGINAL_RESULT, values::text(record, "result").filter(|result| result != "none"));
}
