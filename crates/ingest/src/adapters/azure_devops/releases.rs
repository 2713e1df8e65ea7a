//! Deployments: of classic releases with their approvals and attempts, and to environments by stages of pipelines.

use std::collections::BTreeSet;

use sequela_schema::canonical::deployments;
use serde_json::Value;

use crate::adapters::shared::attempts::Attempts;
use crate::adapters::shared::{Desk, Entry, Refused, repository, values};
use crate::words;

/// A deployment of a release to one of its stages. Each attempt has an identifier of its own.
pub(super) fn release(record: &Value, attempts: &mut Attempts, desk: &mut Desk<'_>) -> Result<(), Refused> {
    let id = values::text(record, "id").ok_or(Refused::missing("id"))?;
    desk.count_on_page("deployments of releases");
    let mut entry = desk.entry(&deployments::TABLE, record).in_utc();
    entry.put(&deployments::DEPLOYMENT_ID, &desk.id(&format!("release:{id}")));
    entry.text(&deployments::NAME, "release.name");
    entry.text(&deployments::VERSION, "release.name");
    entry.text(&deployments::PIPELINE_NAME, "releaseDefinition.name");
    entry.first(&deployments::URL, &["release._links.web.href", "releaseEnvironment._links.web.href", "release.url"]);
    entry.text(&deployments::ENVIRONMENT_RAW, "releaseEnvironment.name");
    entry.int(&deployments::ATTEMPT, "attempt");
    entry.text(&deployments::COMMIT_SHA, "release.artifacts.definitionReference.sourceVersion.id");
    if let Some(branch) = values::text(record, "release.artifacts.definitionReference.branch.id") {
        repository::put_reference(&mut entry, &branch);
    }
    if let (Some(name), None) = (values::text(record, "releaseDefinition.name"), &desk.scope().service) {
        entry.service(&name);
    }
    if let Some(release) = values::text(record, "release.id") {
        entry.put(&deployments::RELEASE_GROUP_ID, &desk.id(&format!("release-group:{release}")));
        let stage = values::text(record, "releaseEnvironment.name").unwrap_or_default();
        attempts.add(&format!("{} {stage}", desk.id(&release)), values::int(record, "attempt"), desk);
    }
    entry.time(&deployments::QUEUED_AT, "queuedOn");
    entry.first_time(&deployments::CREATED_AT, &["queuedOn", "startedOn"]);
    entry.time(&deployments::STARTED_AT, "startedOn");
    entry.updated("lastModifiedOn");
    if fill_outcome(&mut entry, record) {
        entry.first_time(&deployments::FINISHED_AT, &["completedOn", "lastModifiedOn"]);
    }
    fill_approval(&mut entry, record);
    repository::mark_hotfix(&mut entry);
    desk.keep(entry);
    Ok(())
}

/// Operations after which a deployment that has not begun never will.
const GIVEN_UP: [&str; 5] = ["rejected", "canceled", "phaseCanceled", "gateFailed", "undefined"];

/// Fills state and outcome; true where it has ended. `notDeployed` means that it never ran: rejected or taken back, or not yet begun.
fn fill_outcome(entry: &mut Entry<'_>, record: &Value) -> bool {
    let status = values::text(record, "deploymentStatus").unwrap_or_default();
    let operation = values::text(record, "operationStatus").unwrap_or_default();
    entry.put(&deployments::ORIGINAL_STATE, if operation.is_empty() { &status } else { &operation });
    let given_up = operation.is_empty() || GIVEN_UP.iter().any(|word| word.eq_ignore_ascii_case(&operation));
    let state = match status.to_ascii_lowercase().as_str() {
        "inprogress" => "in_progress",
        "" | "undefined" => "queued",
        "notdeployed" if !given_up => "queued",
        _ => "done",
    };
    entry.put(&deployments::STATE, state);
    if state == "done" {
        entry.put(&deployments::ORIGINAL_RESULT, &status);
    }
    state == "done"
}

/// Someone approved it, or a rule did.
fn fill_approval(entry: &mut Entry<'_>, record: &Value) {
    let approvals = values::list(record, "preDeployApprovals");
    let approved = approvals.iter().filter(|approval| values::text(approval, "status").as_deref() == Some("approved"));
    let Some(last) = approved.clone().next_back() else { return };
    let by_person = approved.rev().find(|approval| values::truth(approval, "isAutomated") == Some(false));
    entry.put(&deployments::APPROVAL_PATH, if by_person.is_some() { "peer" } else { "automated" });
    if let Some(at) = values::at(by_person.unwrap_or(last), "modifiedOn") {
        entry.time_of(&deployments::APPROVED_AT, "preDeployApprovals.modifiedOn", at);
    }
}

/// A deployment to an environment. The record has no name of the environment: that of its stage tells, else that of the file.
pub(super) fn environment(record: &Value, deployed: &mut BTreeSet<String>, desk: &mut Desk<'_>) -> Result<(), Refused> {
    let id = values::text(record, "id").ok_or(Refused::missing("id"))?;
    desk.count_on_page("deployments to environments");
    let mut entry = desk.entry(&deployments::TABLE, record).in_utc();
    entry.put(&deployments::DEPLOYMENT_ID, &desk.id(&format!("environment:{id}")));
    entry.first(&deployments::NAME, &["jobName", "stageName"]);
    entry.text(&deployments::PIPELINE_NAME, "definition.name");
    entry.text(&deployments::PIPELINE_RUN_ID, "owner.id");
    entry.first(&deployments::URL, &["owner._links.web.href", "definition._links.web.href"]);
    entry.int(&deployments::ATTEMPT, "stageAttempt");
    if let (Some(name), None) = (values::text(record, "definition.name"), &desk.scope().service) {
        entry.service(&name);
    }
    let scope = desk.scope();
    let stage = values::text(record, "stageName").unwrap_or_default();
    let telling = [stage.as_ref(), &scope.stem].into_iter().find(|name| words::environment(name, &scope.production) != "other");
    entry.put(&deployments::ENVIRONMENT_RAW, telling.unwrap_or(&stage));
    entry.first_time(&deployments::QUEUED_AT, &["queueTime"]);
    entry.first_time(&deployments::CREATED_AT, &["queueTime", "startTime"]);
    entry.time(&deployments::STARTED_AT, "startTime");
    entry.time(&deployments::FINISHED_AT, "finishTime");
    match values::text(record, "result") {
        Some(result) => entry.put(&deployments::ORIGINAL_RESULT, &result),
        None => entry.put(&deployments::STATE, if entry.has(&deployments::STARTED_AT) { "in_progress" } else { "queued" }),
    }
    if desk.keep(entry)
        && let Some(build) = values::text(record, "owner.id")
    {
        deployed.insert(desk.id(&format!("build:{build}")));
    }
    Ok(())
}
