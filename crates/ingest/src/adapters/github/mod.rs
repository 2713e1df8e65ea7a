//! GitHub deployments and their statuses, from the REST API (two lists that are joined by `deployment_url`, or statuses embedded in
//! their deployment) and from GraphQL.
//!
//! `inactive` means that a later deployment took over: the deployment had worked. It ended with its first terminal status, not when it
//! was superseded. Statuses may stand in any file of the run. Who deployed is never read.

mod record;

use std::collections::{BTreeMap, BTreeSet};

use sequela_schema::canonical::deployments;
use sequela_schema::vocabulary::{PRODUCTION, SUCCESS};
use serde_json::Value;

use super::{Adapter, Confidence, Export, Sample, Session, Task, Verified};
use crate::content::Content;
use crate::draft::Draft;
use crate::intake::{FileReport, Intake, Ordering};
use crate::issue::{Issues, Place, code};
use crate::records::documents::{self, text_at};
use crate::timestamp::zone::Zone;
use crate::timestamp::{Clock, Reading, Refusal};
use crate::words::{self, Outcome};
use crate::{IngestError, rules};
use record::{Deployment, Status, is_deployment, is_graphql, is_status};

const NAME: &str = "github";

/// The adapter.
pub(super) struct GitHub;

impl Adapter for GitHub {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        &[Export {
            what: "deployments and their statuses",
            how: "gh api --paginate repos/OWNER/REPO/deployments > deployments.json",
            fills: &["deployments"],
            verified: Verified::RealFile,
        }]
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        let count = |test: fn(&Value) -> bool| sample.records.iter().filter(|record| test(record)).count();
        let (deployments, statuses, graphql) = (count(is_deployment), count(is_status), count(is_graphql));
        let of = |what: &str| Confidence::of(90, &deployments::TABLE, format!("records of GitHub {what}"));
        if (deployments + statuses + graphql) * 2 <= sample.records.len() {
            Confidence::default()
        } else if statuses > deployments.max(graphql) {
            of("deployment statuses")
        } else {
            of("deployments")
        }
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Work::default())
    }
}

/// A deployment that waits for its statuses.
struct Waiting {
    file: u32,
    row: u64,
    instance: String,
    service: Option<String>,
    production: Vec<String>,
    deployment: Deployment,
}

/// A status with where it stands.
struct Given {
    file: u32,
    row: u64,
    status: Status,
}

/// The work on the files of one run.
#[derive(Default)]
struct Work {
    waiting: Vec<Waiting>,
    /// By instance and deployment.
    statuses: BTreeMap<(String, String), Vec<Given>>,
    /// Deployments in each file, by repository.
    pages: BTreeMap<String, Vec<(u32, u64)>>,
}

impl Session for Work {
    fn read(&mut self, content: &Content, task: &Task<'_>, intake: &mut Intake) -> Result<(), IngestError> {
        let documents = documents::read(content)?;
        if content.truncated {
            return Err(IngestError::Truncated { file: content.name.clone(), rows: documents.records.len() as u64 });
        }
        let mut report = FileReport::of(content, NAME);
        report.table = Some(deployments::TABLE.name);
        report.format = Some(documents.format);
        report.zone_basis = Some("not needed");
        report.ordering = Ordering::Updated;
        report.id_header = Some("id".to_owned());
        let file = intake.begin(report);
        let report = intake.file(file);
        for (row, reason, found) in &documents.broken {
            report.read += 1;
            report.rejected += 1;
            let place = Place { row: *row, column: None, found: Some(found) };
            report.issues.reject(code::BAD_JSON, place, format_args!("the record cannot be parsed: {reason}; export it again"));
        }
        if let Some(more) = documents.more {
            report.suspect_truncation(more);
        }
        let numbers = numbers(documents.records.len(), &documents.broken);
        for (record, row) in documents.records.iter().zip(numbers) {
            self.record(record, row, file, task, intake.file(file));
        }
        task.observer.progress(content.bytes);
        Ok(())
    }

    fn finish(&mut self, intake: &mut Intake) {
        let mut met = BTreeSet::new();
        let mut draft = Draft::new(&deployments::TABLE);
        for waiting in std::mem::take(&mut self.waiting) {
            let key = (waiting.instance.clone(), waiting.deployment.id.clone());
            let statuses = self.statuses.get(&key).map_or(&[][..], Vec::as_slice);
            met.insert(key);
            write(&waiting, statuses, &mut draft, intake);
        }
        for (_, given) in std::mem::take(&mut self.statuses).into_iter().filter(|(key, _)| !met.contains(key)) {
            for given in given {
                let message = "the status belongs to a deployment that is not in the exports; export the deployments of its time too";
                let place = Place::cell(given.row, "deployment_url", &given.status.deployment);
                intake.file(given.file).issues.note(code::UNMATCHED_STATUS, place, format_args!("{message}"));
            }
        }
        self.suspect_missing_pages(intake);
    }
}

/// Numbers of the records that could be parsed, counting those that could not.
fn numbers(records: usize, broken: &[(u64, String, String)]) -> impl Iterator<Item = u64> {
    let gaps: BTreeSet<u64> = broken.iter().map(|(row, ..)| *row).collect();
    (1..).filter(move |row| !gaps.contains(row)).take(records)
}

impl Work {
    fn record(&mut self, record: &Value, row: u64, file: u32, task: &Task<'_>, report: &mut FileReport) {
        report.read += 1;
        let instance = task.source.instance.clone().unwrap_or_else(|| "default".to_owned());
        if is_status(record) {
            return self.status(record, row, file, instance, report);
        }
        if !(is_deployment(record) || is_graphql(record)) {
            report.rejected += 1;
            let message = "neither a deployment nor a status of one; take it out of the export";
            return report.issues.reject(code::UNKNOWN_RECORD, Place::row(row), format_args!("{message}"));
        }
        let Some(deployment) = Deployment::of(record) else {
            report.rejected += 1;
            let place = Place { row, column: Some("id"), found: None };
            return report.issues.reject(code::MISSING_ID, place, format_args!("the deployment has no id; export it again"));
        };
        if let Some(repository) = &deployment.repository {
            let pages = self.pages.entry(repository.clone()).or_default();
            match pages.last_mut().filter(|(last, _)| *last == file) {
                Some((_, count)) => *count += 1,
                None => pages.push((file, 1)),
            }
        }
        let (service, production) = (task.source.service.clone(), task.options.production.clone());
        self.waiting.push(Waiting { file, row, instance, service, production, deployment });
    }

    fn status(&mut self, record: &Value, row: u64, file: u32, instance: String, report: &mut FileReport) {
        match Status::of(record) {
            Some(status) => {
                if words::outcome(&status.state) == Outcome::Unknown {
                    unknown_state(&status.state, row, &mut report.issues);
                }
                self.statuses.entry((instance, status.deployment.clone())).or_default().push(Given { file, row, status });
            }
            None => {
                report.rejected += 1;
                let place = Place { row, column: Some("deployment_url"), found: None };
                report.issues.reject(
                    code::MISSING_ID,
                    place,
                    format_args!("the status does not say which deployment it belongs to; export it again"),
                );
            }
        }
    }

    /// A repository whose only page, or whose every page, is exactly full may have more.
    fn suspect_missing_pages(&self, intake: &mut Intake) {
        for (repository, pages) in &self.pages {
            for full in [30, 100] {
                if pages.iter().all(|(_, count)| *count == full) {
                    let Some((file, _)) = pages.last() else { continue };
                    let reason = format!("exactly {full} deployments of {repository}, the size of a page");
                    intake.file(*file).suspect_truncation(reason);
                }
            }
        }
    }
}

fn unknown_state(state: &str, row: u64, issues: &mut Issues) {
    issues.note(
        code::UNKNOWN_VALUE,
        Place::cell(row, "state", state),
        format_args!("GitHub has no such state; it does not count as an outcome"),
    );
}

/// Turns a deployment and its statuses into a row.
fn write(waiting: &Waiting, statuses: &[Given], draft: &mut Draft, intake: &mut Intake) {
    let deployment = &waiting.deployment;
    draft.clear();
    draft.set_text(&deployments::DEPLOYMENT_ID, &format!("{NAME}:{}:{}", waiting.instance, deployment.id));
    for (place, text) in deployment.texts().into_iter().enumerate() {
        draft.hash(place, text.as_bytes());
    }
    let mut clock = Clock::new(Zone::new(chrono_tz::Tz::UTC));
    clock.is_utc = true;
    let issues = &mut intake.file(waiting.file).issues;
    let mut time = |name: &str, text: Option<&str>| read_time(&mut clock, name, text, waiting.row, issues);
    let created = time("created_at", deployment.created_at.as_deref());
    let updated = time("updated_at", deployment.updated_at.as_deref());
    let committed = time("commit.committedDate", deployment.committed_at.as_deref());
    let mut history: Vec<(Reading, &str)> = Vec::new();
    for status in statuses.iter().map(|given| &given.status).chain(&deployment.statuses) {
        draft.hash(99, status.state.as_bytes());
        if let Some(reading) = clock.read(status.at.as_deref().unwrap_or("")).ok().filter(|_| !status.state.is_empty()) {
            history.push((reading, &status.state));
        }
    }
    history.sort_by_key(|(reading, _)| reading.at);
    set_plain(waiting, draft);
    draft.updated =
        history.last().map(|(reading, _)| reading.at).max(updated.map(|reading| reading.at)).or(created.map(|reading| reading.at));
    if let Some(reading) = created {
        draft.set_time(&deployments::CREATED_AT, reading);
    }
    if let Some(reading) = committed {
        draft.set_time(&deployments::COMMIT_AT, reading);
    }
    set_outcome(deployment, &history, draft);
    finish_row(waiting, draft, intake);
}

fn read_time(clock: &mut Clock, name: &str, text: Option<&str>, row: u64, issues: &mut Issues) -> Option<Reading> {
    let text = text?;
    match clock.read(text) {
        Ok(reading) => Some(reading),
        Err(refusal) => {
            let code = match refusal {
                Refusal::Zero => code::EPOCH_ZERO,
                Refusal::Year => code::IMPLAUSIBLE_YEAR,
                Refusal::Order | Refusal::Unreadable => code::BAD_TIMESTAMP,
            };
            issues.note(code, Place::cell(row, name, text), format_args!("no usable time; it was left empty, export the record again"));
            None
        }
    }
}

/// What the record says by itself.
fn set_plain(waiting: &Waiting, draft: &mut Draft) {
    let deployment = &waiting.deployment;
    let service = deployment.service.as_deref().or(waiting.service.as_deref()).or(deployment.repository_name());
    draft.set_text_opt(&deployments::SERVICE_NAME_RAW, service);
    if let Some(environment) = &deployment.environment {
        draft.set_text(&deployments::ENVIRONMENT_RAW, environment);
        draft.set_text(&deployments::ENVIRONMENT, environment_of(deployment, environment, &waiting.production));
    }
    draft.set_text_opt(&deployments::COMMIT_SHA, deployment.sha.as_deref());
    if let Some(name) = &deployment.reference {
        draft.set_text(&deployments::REF_NAME, name);
    }
    draft.set_text_opt(&deployments::REPO_URL, deployment.repository.as_deref());
    draft.set_text_opt(&deployments::URL, deployment.url.as_deref());
    if let Some(change) = &deployment.change {
        draft.set_text(&deployments::CHANGE_ID, change);
        draft.set_text(&deployments::CHANGE_ID_BASIS, "text_reference");
    }
}

/// The flags of a deployment count more than its environment's name.
fn environment_of(deployment: &Deployment, name: &str, production: &[String]) -> &'static str {
    if deployment.transient == Some(true) {
        "other"
    } else if deployment.production == Some(true) {
        PRODUCTION
    } else {
        words::environment(name, production)
    }
}

/// Start, end and outcome from the statuses, oldest first.
fn set_outcome(deployment: &Deployment, history: &[(Reading, &str)], draft: &mut Draft) {
    let running = history.iter().find(|(_, state)| state.eq_ignore_ascii_case("in_progress"));
    let started = running.map(|(reading, _)| *reading);
    if let Some(reading) = started {
        draft.set_time(&deployments::STARTED_AT, reading);
    } else if let Some(created) = draft.int(&deployments::CREATED_AT) {
        draft.set_int(&deployments::STARTED_AT, created);
    }
    // `inactive` is written long after the end, when a later deployment takes over.
    let superseded = |state: &str| matches!(state.to_ascii_lowercase().as_str(), "inactive" | "destroyed" | "abandoned");
    let ended = history.iter().filter(|(_, state)| !superseded(state)).find_map(|(reading, state)| match words::outcome(state) {
        Outcome::Ended(word) => Some((*reading, word)),
        _ => None,
    });
    if let Some((reading, word)) = ended {
        draft.set_time(&deployments::FINISHED_AT, reading);
        draft.set_text(&deployments::RESULT, word);
    } else if let Some((reading, _)) = history.iter().find(|(_, state)| superseded(state)) {
        // Only that it was superseded is known: it had worked, and it ended before.
        draft.set_text(&deployments::RESULT, SUCCESS);
        if started.is_none() && draft.is_null(&deployments::CREATED_AT) {
            draft.set_time(&deployments::FINISHED_AT, *reading);
        }
    } else if let Some(Outcome::Ended(word)) = deployment.state.as_deref().map(words::outcome) {
        draft.set_text(&deployments::RESULT, word);
    }
    let last = history.last().map(|(_, state)| *state).or(deployment.state.as_deref());
    draft.set_text_opt(&deployments::ORIGINAL_STATE, last);
    let state = last.and_then(words::deployment_state).filter(|_| draft.is_null(&deployments::RESULT)).unwrap_or("done");
    if last.is_some() {
        draft.set_text(&deployments::STATE, state);
    }
    let original = history.iter().find(|(reading, _)| draft.int(&deployments::FINISHED_AT) == Some(reading.at)).map(|(_, state)| *state);
    draft.set_text_opt(&deployments::ORIGINAL_RESULT, original.or(last.filter(|_| !draft.is_null(&deployments::RESULT))));
}

/// Checks the row like any other and keeps it.
fn finish_row(waiting: &Waiting, draft: &mut Draft, intake: &mut Intake) {
    let report = intake.file(waiting.file);
    let columns = [("id", &deployments::DEPLOYMENT_ID), ("created_at", &deployments::CREATED_AT)];
    if rules::apply_ready(draft, &columns, waiting.row, &mut report.issues) == rules::Verdict::Reject {
        report.rejected += 1;
        return;
    }
    intake.push(draft, waiting.file, waiting.row, NAME, Some(&waiting.instance));
}

/// The text at a key, in REST's or GraphQL's spelling.
fn either<'r>(record: &'r Value, names: [&str; 2]) -> Option<std::borrow::Cow<'r, str>> {
    names.iter().find_map(|name| text_at(record, &[name]))
}
