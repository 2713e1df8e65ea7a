//! Deployments: what happened to services, and the pipeline runs that did it.

use std::collections::{BTreeMap, BTreeSet};

use sequela_schema::canonical::deployments;
use sequela_schema::vocabulary::{SUCCESS, kind};

use super::event::{Event, origin};
use super::runs::{Attempt, Index, Run, attempts};
use super::{Causes, Work, own};
use crate::adapters::shared::{Desk, Entry, pipeline, values};
use crate::timestamp::SECOND;
use crate::words;

/// The same service, environment and artifact within this time, once deployed and once upgraded, is one deployment told twice.
const TOLD_TWICE: i64 = 600 * SECOND;

/// Runs of pipelines are not counted beside the services that they deployed.
const COVERED_RUNS: &str = "runs_beside_services";

impl Work {
    pub(super) fn write_deliveries(&mut self, desk: &mut Desk<'_>) {
        let services = without_repeats(std::mem::take(&mut self.services));
        let runs = self.take_runs(desk);
        let index = Index::over(&runs);
        for event in &services {
            desk.go_to(&event.origin);
            match own::row(event) {
                Some(row) => {
                    let entry = own::entry(&deployments::TABLE, event, row, desk);
                    desk.keep_later(entry);
                }
                None => self.causes.write_service(event, &index, desk),
            }
        }
        let tells = |event: &Event| matches!(event.predicate.as_str(), "deployed" | "upgraded" | "rolledback") && own::row(event).is_none();
        let covered = services.iter().any(tells);
        for run in &runs {
            self.causes.write_run(run, covered, desk);
        }
    }

    /// All attempts of all runs, and which of them deploy.
    fn take_runs(&mut self, desk: &Desk<'_>) -> Vec<Run> {
        let taken = std::mem::take(&mut self.runs);
        let mut runs = Vec::new();
        for ((what, (_, source, id)), events) in taken {
            let native = if what == "pipelinerun" { format!("{source}/{id}") } else { format!("{source}/{what}/{id}") };
            for attempt in attempts(events) {
                let name = attempt.last().map(name).unwrap_or_default();
                let deploys = desk.scope().patterns.deploys(&[name.as_str()]);
                runs.push(Run { what, native: native.clone(), attempt, deploys });
            }
        }
        drop_inner(&mut runs);
        runs
    }
}

/// The name of a run's pipeline or task.
fn name(event: &Event) -> String {
    let name = event.text("subject.content.taskName").or_else(|| event.text("subject.content.pipelineName"));
    name.unwrap_or_default().into_owned()
}

/// Tasks count only where they deploy and the pipeline around them does not.
fn drop_inner(runs: &mut Vec<Run>) {
    let deploying = |run: &&Run| run.what == "pipelinerun" && run.deploys;
    let pipelines: BTreeSet<String> =
        runs.iter().filter(deploying).filter_map(|run| run.attempt.last()).map(|event| event.about.clone()).collect();
    runs.retain(|run| {
        let around = run.attempt.last().and_then(|event| event.text("subject.content.pipelineRun.id"));
        run.what == "pipelinerun" || (run.deploys && !around.is_some_and(|id| pipelines.contains(id.as_ref())))
    });
}

/// Events without those that tell the deployment of another one once more.
fn without_repeats(mut events: Vec<Event>) -> Vec<Event> {
    events.sort_by_key(|event| event.at);
    let mut kept: Vec<Event> = Vec::with_capacity(events.len());
    let mut newest: BTreeMap<[String; 4], (String, i64)> = BTreeMap::new();
    for event in events {
        let Some(key) = delivered(&event) else {
            kept.push(event);
            continue;
        };
        let is_told = newest.get(&key).is_some_and(|(predicate, at)| *predicate != event.predicate && event.at - at <= TOLD_TWICE);
        if !is_told {
            newest.insert(key, (event.predicate.clone(), event.at));
            kept.push(event);
        }
    }
    kept
}

/// What was put where, for events that some tools send in pairs.
fn delivered(event: &Event) -> Option<[String; 4]> {
    if !matches!(event.predicate.as_str(), "deployed" | "upgraded") || own::row(event).is_some() {
        return None;
    }
    let text = |path: &str| event.text(path).map(std::borrow::Cow::into_owned);
    let environment = text("subject.content.environment.id").unwrap_or_default();
    Some([event.about_source.clone(), event.about.clone(), environment, text("subject.content.artifactId")?])
}

impl Causes {
    fn write_service(&self, event: &Event, runs: &Index<'_>, desk: &mut Desk<'_>) {
        let record = &event.record;
        // Identifiers are unique within their source, or even only within their type.
        let native = format!("{}/{}/{}", event.source, event.predicate, event.id);
        let mut entry = desk.entry(&deployments::TABLE, record);
        entry.put(&deployments::DEPLOYMENT_ID, &desk.id(&native));
        entry.put(&deployments::KIND, service_kind(&event.predicate));
        entry.put(&deployments::KIND_BASIS, "explicit");
        entry.put(&deployments::ORIGINAL_RESULT, &event.predicate);
        // The predicate states what has happened; that it did not is told by runs of pipelines only.
        entry.put(&deployments::RESULT, SUCCESS);
        entry.time(&deployments::FINISHED_AT, "context.timestamp");
        entry.put_opt(&deployments::RELEASE_GROUP_ID, event.chain.as_deref());
        let service = event.text("subject.content.service.id");
        entry.service(last_part(service.as_deref().unwrap_or(&event.about)));
        self.set_environment(&mut entry, event, desk);
        self.set_artifact(&mut entry, event, desk);
        self.set_approval(&mut entry, event);
        if let Some(run) = runs.run_of(event) {
            set_run_of(&mut entry, run, event);
        }
        desk.keep_later(entry);
    }

    fn write_run(&self, run: &Run, covered: bool, desk: &mut Desk<'_>) {
        let Some(last) = run.attempt.last() else { return };
        desk.go_to(origin(&run.attempt.events).unwrap_or(&last.origin));
        if let Some(row) = own::row(last) {
            let entry = own::entry(&deployments::TABLE, last, row, desk);
            desk.keep_later(entry);
            return;
        }
        let name = name(last);
        let mut entry = desk.entry(&deployments::TABLE, &last.record);
        entry.put(&deployments::DEPLOYMENT_ID, &desk.id(&pipeline::attempt_id(&run.native, Some(run.attempt.number))));
        entry.put_int(&deployments::ATTEMPT, run.attempt.number);
        entry.put(&deployments::PIPELINE_NAME, &name);
        entry.put(&deployments::PIPELINE_RUN_ID, &run.native);
        entry.first(&deployments::URL, &["subject.content.uri", "subject.content.url"]);
        entry.put_opt(&deployments::RELEASE_GROUP_ID, last.chain.as_deref());
        entry.put(&deployments::ORIGINAL_STATE, &last.predicate);
        entry.text(&deployments::ORIGINAL_RESULT, "subject.content.outcome");
        set_times(&mut entry, &run.attempt);
        entry.service(&name);
        self.set_environment(&mut entry, last, desk);
        self.set_approval(&mut entry, last);
        pipeline::classify(&mut entry, desk, &[&name]);
        let succeeded = last.text("subject.content.outcome").is_some_and(|outcome| outcome.eq_ignore_ascii_case(SUCCESS));
        if covered && run.deploys && succeeded {
            entry.put(&deployments::KIND, kind::PUBLISH_ONLY);
            let message = "successful runs are not counted, because the events of services tell what they deployed; failed runs are";
            desk.note_once(COVERED_RUNS, message);
        }
        desk.keep_later(entry);
    }

    /// Their name of an environment tells more than its identifier where that is a number.
    fn set_environment(&self, entry: &mut Entry<'_>, event: &Event, desk: &Desk<'_>) {
        let Some(id) = event.text("subject.content.environment.id") else { return };
        entry.put(&deployments::ENVIRONMENT_RAW, &id);
        let named = self.environments.get(id.as_ref()).filter(|_| words::environment(&id, &desk.scope().production) == "other");
        if let Some(name) = named {
            entry.put(&deployments::ENVIRONMENT, words::environment(name, &desk.scope().production));
        }
    }

    /// The artifact, its version, and the change that it was made of.
    fn set_artifact(&self, entry: &mut Entry<'_>, event: &Event, desk: &Desk<'_>) {
        let Some(artifact) = event.text("subject.content.artifactId") else { return };
        entry.put(&deployments::ARTIFACT_ID, &artifact);
        entry.put_opt(&deployments::VERSION, version(&artifact));
        let Some(change) = self.changes_of.get(artifact.as_ref()) else { return };
        entry.put_opt(&deployments::REPO_URL, values::text(change, "source"));
        let Some(id) = values::text(change, "id") else { return };
        if id.len() == 40 && id.bytes().all(|letter| letter.is_ascii_hexdigit()) {
            entry.put(&deployments::COMMIT_SHA, &id);
        }
        let known = self.changes.get(id.as_ref()).map_or(&[][..], Vec::as_slice);
        // The oldest event of a change is the latest time at which work on it can have begun.
        let first = known
            .iter()
            .filter(|told| told.at <= event.at && desk.scope().instance == told.origin.scope.instance)
            .min_by_key(|told| told.at);
        if let Some(first) = first {
            first.date(entry, &deployments::FIRST_COMMIT_AT);
            entry.put_opt(&deployments::REPO_URL, repository(first));
        }
    }

    /// The last approval in the chain before the event.
    fn set_approval(&self, entry: &mut Entry<'_>, event: &Event) {
        let Some(chain) = &event.chain else { return };
        let given = self.approvals.get(chain).into_iter().flatten().filter(|approval| approval.at <= event.at && is_given(approval));
        let Some(approval) = given.max_by_key(|approval| approval.at) else { return };
        approval.date(entry, &deployments::APPROVED_AT);
        let by_person = approval.text("subject.content.responder").is_some_and(|who| who.to_lowercase().contains("user"));
        entry.put(&deployments::APPROVAL_PATH, if by_person { "peer" } else { "automated" });
    }
}

fn is_given(approval: &Event) -> bool {
    let told = approval.text("subject.content.decision").or_else(|| approval.text("subject.content.status"));
    told.is_some_and(|told| told.eq_ignore_ascii_case("approved"))
}

fn service_kind(predicate: &str) -> &'static str {
    match predicate {
        "rolledback" => kind::ROLLBACK,
        "removed" => kind::REMOVE,
        "published" => kind::PUBLISH_ONLY,
        _ => kind::DEPLOY,
    }
}

/// `checkout` of `/clusters/eu/checkout`.
pub(super) fn last_part(id: &str) -> &str {
    id.trim_end_matches('/').rsplit('/').next().unwrap_or(id)
}

/// The version in a package address, unless that is a digest.
fn version(artifact: &str) -> Option<&str> {
    let (address, qualifiers) = artifact.split_once('?').unwrap_or((artifact, ""));
    let tag = qualifiers.split('&').find_map(|qualifier| qualifier.strip_prefix("tag="));
    let written = address.strip_prefix("pkg:").and_then(|rest| rest.rsplit_once('@')).map(|(_, version)| version);
    tag.or(written.filter(|version| !version.starts_with("sha256")))
}

/// Address of the repository of a change.
fn repository(change: &Event) -> Option<String> {
    let id = change.text("subject.content.repository.id")?;
    let source = change.text("subject.content.repository.source").unwrap_or_default();
    let base = source.trim_end_matches('/');
    Some(if base.contains("://") && !base.ends_with(id.as_ref()) { format!("{base}/{id}") } else { id.into_owned() })
}

/// Start, end and name of the run that deployed a service.
fn set_run_of(entry: &mut Entry<'_>, run: &Run, event: &Event) {
    for (predicate, column) in [("queued", &deployments::QUEUED_AT), ("started", &deployments::STARTED_AT)] {
        if let Some(other) = run.attempt.event(predicate).filter(|other| other.at <= event.at) {
            other.date(entry, column);
        }
    }
    entry.put(&deployments::PIPELINE_RUN_ID, &run.native);
    entry.put_opt(&deployments::PIPELINE_NAME, run.attempt.last().map(name));
}

fn set_times(entry: &mut Entry<'_>, attempt: &Attempt) {
    let columns = [("queued", &deployments::QUEUED_AT), ("started", &deployments::STARTED_AT), ("finished", &deployments::FINISHED_AT)];
    for (predicate, column) in columns {
        if let Some(event) = attempt.event(predicate) {
            event.date(entry, column);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_package_addresses() {
        let rows = [
            ("pkg:oci/app@sha256%3A0b31", None),
            ("pkg:oci/app@sha256%3A0b31?tag=1.4.2&arch=amd64", Some("1.4.2")),
            ("pkg:npm/shop@2.0.1", Some("2.0.1")),
            ("app:latest", None),
        ];
        for (artifact, expected) in rows {
            assert_eq!(version(artifact), expected, "{artifact}");
        }
    }
}
