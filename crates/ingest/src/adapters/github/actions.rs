//! Runs and jobs of GitHub Actions. A run that deploys is known by its workflow's name or file, a job by its own name.

use std::collections::BTreeSet;

use sequela_schema::canonical::deployments;
use serde_json::Value;

use super::deployments::Deployed;
use crate::adapters::shared::attempts::Attempts;
use crate::adapters::shared::{Desk, Entry, Refused, pipeline, repository, values};
use crate::words;

/// Microseconds by which the clocks of a job and of its deployment may differ.
const SLACK: i64 = 60_000_000;

/// A run or job that was written, as far as other views of it matter.
struct Written {
    id: String,
    /// Instance, run and attempt.
    run: (String, String, i64),
    repository: Option<String>,
    sha: Option<String>,
    start: Option<i64>,
    end: Option<i64>,
}

/// What is known of runs and jobs until all files are read.
#[derive(Default)]
pub(super) struct Actions {
    runs: Vec<Written>,
    jobs: Vec<Written>,
    attempts: Attempts,
}

impl Actions {
    pub(super) fn run(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let id = values::text(record, "id").ok_or(Refused::missing("id"))?;
        let attempt = values::int(record, "run_attempt");
        let mut entry = begin(record, &["html_url", "url"], desk);
        entry.put(&deployments::DEPLOYMENT_ID, &desk.id(&pipeline::attempt_id(&format!("run:{id}"), attempt)));
        entry.text(&deployments::PIPELINE_NAME, "name");
        entry.put(&deployments::PIPELINE_RUN_ID, &id);
        entry.time(&deployments::CREATED_AT, "created_at");
        entry.first_time(&deployments::STARTED_AT, &["run_started_at", "created_at"]);
        entry.time(&deployments::COMMIT_AT, "head_commit.timestamp");
        entry.updated("updated_at");
        if fill_outcome(&mut entry, record) {
            // A run does not tell when it ended, only when it was last touched.
            entry.time(&deployments::FINISHED_AT, "updated_at");
        }
        let names: Vec<_> = ["name", "path", "referenced_workflows.path"].iter().flat_map(|path| values::texts(record, path)).collect();
        let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
        pipeline::classify_on(&mut entry, desk, &names, values::text(record, "head_branch").as_deref());
        let deploys = entry.get(&deployments::KIND).is_some_and(|kind| kind != "publish_only");
        let written = written(&entry, (desk.scope().instance.clone(), id.to_string(), attempt.unwrap_or(1)));
        if desk.keep(entry) && deploys {
            self.attempts.add(&desk.id(&id), attempt, desk);
            self.runs.push(written);
        }
        Ok(())
    }

    /// A job that does not deploy says nothing that its run does not say.
    pub(super) fn job(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let id = values::text(record, "id").ok_or(Refused::missing("id"))?;
        let run = values::text(record, "run_id").ok_or(Refused::missing("run_id"))?;
        let name = values::text(record, "name").unwrap_or_default();
        if !desk.scope().patterns.deploys(&[&name]) {
            return Ok(());
        }
        let attempt = values::int(record, "run_attempt");
        let mut entry = begin(record, &["run_url", "html_url"], desk);
        // Each attempt of a job has an identifier of its own.
        entry.put(&deployments::DEPLOYMENT_ID, &desk.id(&format!("job:{id}")));
        entry.put(&deployments::NAME, &name);
        entry.text(&deployments::PIPELINE_NAME, "workflow_name");
        entry.put(&deployments::PIPELINE_RUN_ID, &run);
        entry.put(&deployments::RELEASE_GROUP_ID, &desk.id(&format!("run:{run}")));
        entry.first_time(&deployments::CREATED_AT, &["created_at", "started_at"]);
        entry.time(&deployments::STARTED_AT, "started_at");
        if fill_outcome(&mut entry, record) {
            entry.time(&deployments::FINISHED_AT, "completed_at");
        }
        let workflow = values::text(record, "workflow_name").unwrap_or_default();
        pipeline::classify_on(&mut entry, desk, &[&name, &workflow], values::text(record, "head_branch").as_deref());
        let written = written(&entry, (desk.scope().instance.clone(), run.to_string(), attempt.unwrap_or(1)));
        if desk.keep(entry) {
            self.jobs.push(written);
        }
        Ok(())
    }

    /// Leaves one view of each delivery: a deployment counts before a job, a job before its run.
    pub(super) fn settle(&self, deployed: &[Deployed], desk: &mut Desk<'_>) {
        let recorded: BTreeSet<&(String, String, i64)> = self.runs.iter().filter(|run| run.made(deployed)).map(|run| &run.run).collect();
        let with_jobs: BTreeSet<&(String, String, i64)> = self.jobs.iter().map(|job| &job.run).collect();
        let runs = self.runs.iter().filter(|run| recorded.contains(&run.run) || with_jobs.contains(&run.run));
        let jobs = self.jobs.iter().filter(|job| recorded.contains(&job.run) || job.made(deployed));
        pipeline::demote(desk, &runs.chain(jobs).map(|written| written.id.clone()).collect());
        self.attempts.note_missing(desk, "get them with: gh api repos/OWNER/REPO/actions/runs/ID/attempts/1");
    }
}

impl Written {
    /// Whether one of the deployments was made by this run or job: the same commit, within its time.
    fn made(&self, deployed: &[Deployed]) -> bool {
        let (Some(repository), Some(sha), Some(start)) = (&self.repository, &self.sha, self.start) else { return false };
        deployed.iter().any(|other| {
            other.repository == *repository
                && other.sha == *sha
                && other.created >= start - SLACK
                && self.end.is_none_or(|end| other.created <= end + SLACK)
        })
    }
}

fn written(entry: &Entry<'_>, run: (String, String, i64)) -> Written {
    let text = |column| entry.get(column).map(str::to_owned);
    Written {
        id: text(&deployments::DEPLOYMENT_ID).unwrap_or_default(),
        run,
        repository: text(&deployments::REPO_URL),
        sha: text(&deployments::COMMIT_SHA),
        start: entry.get_int(&deployments::STARTED_AT).or(entry.get_int(&deployments::CREATED_AT)),
        end: entry.get_int(&deployments::FINISHED_AT),
    }
}

/// What runs and jobs have in common; one of the addresses names the repository.
fn begin<'r>(record: &'r Value, addresses: &[&str], desk: &mut Desk<'_>) -> Entry<'r> {
    let address = values::first(record, addresses).and_then(|below| repository::address(&below));
    let what = if values::has_key(record, "run_id") { "workflow jobs" } else { "workflow runs" };
    desk.count_on_page(&format!("{what} of {}", address.as_deref().unwrap_or("a repository")));
    let mut entry = desk.entry(&deployments::TABLE, record).in_utc();
    entry.int(&deployments::ATTEMPT, "run_attempt");
    entry.text(&deployments::COMMIT_SHA, "head_sha");
    if let Some(branch) = values::text(record, "head_branch") {
        repository::put_reference(&mut entry, &branch);
    }
    entry.text(&deployments::URL, "html_url");
    if let (Some(name), None) = (address.as_deref().and_then(repository::name), &desk.scope().service) {
        entry.service(name);
    }
    entry.put_opt(&deployments::REPO_URL, address);
    entry
}

/// Fills state and outcome; true where it has ended. A run that waits for a person has not, and one that GitHub gave up on (`stale`)
/// has no outcome.
fn fill_outcome(entry: &mut Entry<'_>, record: &Value) -> bool {
    let status = values::text(record, "status").filter(|status| words::deployment_state(status).is_some());
    let Some(conclusion) = values::text(record, "conclusion") else {
        entry.put_opt(&deployments::ORIGINAL_STATE, status);
        return false;
    };
    let state = match conclusion.to_ascii_lowercase().as_str() {
        "action_required" => "queued",
        "stale" => "unknown",
        _ => {
            entry.put_opt(&deployments::ORIGINAL_STATE, status);
            entry.put(&deployments::ORIGINAL_RESULT, &conclusion);
            return true;
        }
    };
    entry.put(&deployments::ORIGINAL_STATE, &conclusion);
    entry.put(&deployments::STATE, state);
    false
}
