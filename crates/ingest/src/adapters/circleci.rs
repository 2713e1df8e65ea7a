//! CircleCI: workflows, the pipelines that they belong to, and their jobs.
//!
//! A pipeline tells the commit. A workflow that runs again has a new identifier and the same pipeline and name: an attempt. Where
//! jobs are exported too, each job that deploys is a row of its own in the place of its workflow. A list of jobs does not say which
//! workflow it is of: the export adds it, else the time and the project tell, if only one workflow fits.

use std::collections::{BTreeMap, BTreeSet};

use sequela_schema::canonical::deployments;
use serde_json::{Map, Value, json};

use super::shared::{Desk, Entry, Origin, Reader, Refused, Translate, pipeline, values};
use super::{Adapter, Confidence, Export, Sample, Session, Verified};
use crate::text::reference;

const NAME: &str = "circleci";

/// The adapter.
pub(super) struct CircleCi;

impl Adapter for CircleCi {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        &[
            Export {
                what: "pipelines of a project",
                how: "curl -H 'Circle-Token: TOKEN' 'https://circleci.com/api/v2/project/gh/ORG/REPO/pipeline' > pipelines.json",
                fills: &["deployments"],
                verified: Verified::RealFile,
            },
            Export {
                what: "workflows of pipelines",
                how: "for id in $(jq -r '.items[].id' pipelines.json); do curl -sH 'Circle-Token: TOKEN' \"https://circleci.com/api/v2/pipeline/$id/workflow\"; done > workflows.json",
                fills: &["deployments"],
                verified: Verified::RealFile,
            },
            Export {
                what: "jobs of workflows",
                how: "for id in $(jq -r '.items[].id' workflows.json); do curl -sH 'Circle-Token: TOKEN' \"https://circleci.com/api/v2/workflow/$id/job\" | jq -c --arg id $id '.items[] + {workflow_id: $id}'; done > jobs.json",
                fills: &["deployments"],
                verified: Verified::RealFile,
            },
        ]
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        if sample.most(|record| is_workflow(record) || is_pipeline(record) || is_job(record)) {
            return Confidence::of(90, &deployments::TABLE, "workflows of CircleCI");
        }
        Confidence::default()
    }

    fn rest(&self) -> &'static str {
        "fetch the next page with page-token=NEXT_PAGE_TOKEN of this one"
    }

    fn reads_pipelines(&self) -> bool {
        true
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work::default()))
    }
}

fn is_workflow(record: &Value) -> bool {
    values::has(record, "project_slug") && values::has(record, "pipeline_id") && values::has(record, "status")
}

fn is_pipeline(record: &Value) -> bool {
    let triggered = ["trigger", "trigger_parameters", "vcs"].iter().any(|key| values::has(record, key));
    values::has(record, "project_slug") && values::has(record, "number") && values::has(record, "state") && triggered
}

fn is_job(record: &Value) -> bool {
    let described = values::has(record, "job_number") || values::has_key(record, "dependencies");
    values::has(record, "project_slug") && described && values::has(record, "status")
}

/// Words of CircleCI. What is on hold waits for an approval; a failing workflow still runs.
const STATUSES: [(&str, &str); 8] = [
    ("on_hold", "queued"),
    ("blocked", "queued"),
    ("not_running", "queued"),
    ("failing", "in_progress"),
    ("unauthorized", "skip"),
    ("terminated-unknown", "error"),
    ("timedout", "timeout"),
    ("infrastructure_fail", "error"),
];

/// Instance and identifier.
type Key = (String, String);

/// What is kept of the files of one run.
#[derive(Default)]
struct Work {
    pipelines: BTreeMap<Key, Value>,
    workflows: Vec<Record>,
    jobs: Vec<Record>,
}

/// Where a record stands, and its plain values.
struct Record {
    origin: Origin,
    view: Value,
    /// Microseconds.
    started: Option<i64>,
    ended: Option<i64>,
    attempt: Option<i64>,
}

impl Record {
    fn of(record: &Value, desk: &mut Desk<'_>) -> Self {
        let mut entry = desk.entry(&deployments::TABLE, record);
        let started = ["started_at", "created_at"].iter().find_map(|path| entry.instant(path));
        let ended = entry.instant("stopped_at");
        Self { origin: desk.origin(), view: plain(record), started, ended, attempt: None }
    }

    fn text(&self, path: &str) -> String {
        values::text(&self.view, path).unwrap_or_default().into_owned()
    }

    fn key(&self, path: &str) -> Key {
        (self.origin.scope.instance.clone(), self.text(path))
    }
}

/// The record without lists, and of what lies deeper only the version control.
fn plain(record: &Value) -> Value {
    let fields = record.as_object().into_iter().flatten().filter(|(_, value)| !(value.is_object() || value.is_array()));
    let mut plain: Map<String, Value> = fields.map(|(name, value)| (name.clone(), value.clone())).collect();
    for name in ["vcs", "trigger_parameters"] {
        plain.extend(record.get(name).map(|value| (name.to_owned(), value.clone())));
    }
    Value::Object(plain)
}

impl Translate for Work {
    fn record(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let id = values::text(record, "id").ok_or(Refused::missing("id"))?;
        if is_workflow(record) {
            self.workflows.push(Record::of(record, desk));
        } else if is_pipeline(record) {
            desk.count_on_page("pipelines");
            self.pipelines.insert((desk.scope().instance.clone(), id.into_owned()), plain(record));
        } else if is_job(record) {
            self.jobs.push(Record::of(record, desk));
        } else {
            return Err(Refused::unknown("neither a pipeline nor a workflow nor a job of CircleCI"));
        }
        Ok(())
    }

    fn finish(&mut self, desk: &mut Desk<'_>) {
        let mut workflows = std::mem::take(&mut self.workflows);
        let jobs = std::mem::take(&mut self.jobs);
        number_attempts(&mut workflows);
        let mut replaced = BTreeSet::new();
        let approved: BTreeSet<Key> =
            jobs.iter().filter(|job| is_approval(job)).filter_map(|job| Some(of_job(job, &workflows)?.key("id"))).collect();
        for job in &jobs {
            desk.go_to(&job.origin);
            if job.text("type") == "approval" || !pipeline::deploys(desk, &job.text("name")) {
                continue;
            }
            let workflow = of_job(job, &workflows);
            replaced.extend(workflow.map(|workflow| workflow.key("id")));
            let is_approved = workflow.is_some_and(|workflow| approved.contains(&workflow.key("id")));
            self.job(job, workflow, is_approved, desk);
        }
        for workflow in workflows.iter().filter(|workflow| !replaced.contains(&workflow.key("id"))) {
            desk.go_to(&workflow.origin);
            self.workflow(workflow, desk);
        }
    }

    fn page_sizes(&self) -> &'static [u64] {
        &[20]
    }
}

fn is_approval(job: &Record) -> bool {
    job.text("type") == "approval" && job.text("status") == "success"
}

/// Workflows of one pipeline and name are attempts, in the order of their times.
fn number_attempts(workflows: &mut [Record]) {
    workflows.sort_by_key(|workflow| workflow.started);
    let mut met: BTreeMap<(Key, String), Vec<String>> = BTreeMap::new();
    for workflow in workflows {
        let attempts = met.entry((workflow.key("pipeline_id"), workflow.text("name"))).or_default();
        let id = workflow.text("id");
        let place = attempts.iter().position(|other| *other == id).unwrap_or_else(|| {
            attempts.push(id);
            attempts.len() - 1
        });
        workflow.attempt = i64::try_from(place + 1).ok();
    }
}

/// The workflow of a job: the one that it names, else the only one of its project that ran at its time.
fn of_job<'w>(job: &Record, workflows: &'w [Record]) -> Option<&'w Record> {
    let own = job.text("workflow_id");
    if !own.is_empty() {
        return workflows.iter().find(|workflow| workflow.text("id") == own);
    }
    let at = job.started?;
    let ran = |workflow: &&Record| workflow.started.is_some_and(|start| start <= at) && workflow.ended.is_none_or(|end| at <= end);
    let mut fitting = workflows.iter().filter(|workflow| workflow.text("project_slug") == job.text("project_slug")).filter(ran);
    fitting.next().filter(|_| fitting.next().is_none())
}

impl Work {
    fn workflow(&self, workflow: &Record, desk: &mut Desk<'_>) {
        let mut entry = self.begin(workflow, Some(workflow), desk);
        entry.time(&deployments::STARTED_AT, "created_at");
        let name = workflow.text("name");
        entry.put(&deployments::NAME, &name);
        let branch = entry.get(&deployments::REF_NAME).unwrap_or_default().to_owned();
        pipeline::classify(&mut entry, desk, &[&name, &branch]);
        desk.keep_later(entry);
    }

    fn job(&self, job: &Record, workflow: Option<&Record>, is_approved: bool, desk: &mut Desk<'_>) {
        let mut entry = self.begin(job, workflow, desk);
        entry.time(&deployments::STARTED_AT, "started_at");
        if !entry.has(&deployments::STARTED_AT) && !entry.has(&deployments::CREATED_AT) {
            let at = workflow.and_then(|workflow| values::text(&workflow.view, "created_at")).unwrap_or_default();
            entry.time_of(&deployments::CREATED_AT, "created_at", &json!(at));
        }
        entry.put(&deployments::NAME, &job.text("name"));
        if is_approved {
            entry.put(&deployments::APPROVAL_PATH, "peer");
        }
        let group = workflow.map(|workflow| workflow.text("id"));
        entry.put_opt(&deployments::RELEASE_GROUP_ID, group.map(|group| desk.id(&group)));
        let name = workflow.map(|workflow| workflow.text("name")).unwrap_or_default();
        let branch = entry.get(&deployments::REF_NAME).unwrap_or_default().to_owned();
        pipeline::classify(&mut entry, desk, &[&job.text("name"), &name, &branch]);
        desk.keep_later(entry);
    }

    /// A row with what workflows and jobs share.
    fn begin<'r>(&self, record: &'r Record, workflow: Option<&Record>, desk: &mut Desk<'_>) -> Entry<'r> {
        let mut entry = desk.entry(&deployments::TABLE, &record.view);
        entry.put(&deployments::DEPLOYMENT_ID, &desk.id(&record.text("id")));
        entry.time(&deployments::CREATED_AT, "created_at");
        if pipeline::outcome(&mut entry, &record.text("status"), &STATUSES) {
            entry.time(&deployments::FINISHED_AT, "stopped_at");
        }
        entry.service(&record.text("project_slug"));
        let Some(workflow) = workflow else { return entry };
        entry.put(&deployments::PIPELINE_NAME, &workflow.text("name"));
        entry.put(&deployments::PIPELINE_RUN_ID, &workflow.text("id"));
        if let Some(attempt) = workflow.attempt {
            entry.put_int(&deployments::ATTEMPT, attempt);
        }
        if let Some(pipeline) = self.pipelines.get(&workflow.key("pipeline_id")) {
            set_pipeline(&mut entry, pipeline);
        }
        if !workflow.text("pipeline_number").is_empty() {
            let path =
                [workflow.text("project_slug"), workflow.text("pipeline_number"), "workflows".to_owned(), workflow.text("id")].join("/");
            entry.put(&deployments::URL, &format!("https://app.circleci.com/pipelines/{path}"));
        }
        entry
    }
}

/// What the pipeline knows of the sources.
fn set_pipeline(entry: &mut Entry<'_>, view: &Value) {
    entry.put_opt(&deployments::COMMIT_SHA, values::first(view, &["vcs.revision", "trigger_parameters.git.checkout_sha"]));
    let repository = values::first(view, &["vcs.target_repository_url", "vcs.origin_repository_url"]);
    entry.put_opt(&deployments::REPO_URL, repository.map(|address| pipeline::repository(&address)));
    if let Some(tag) = values::first(view, &["vcs.tag", "trigger_parameters.git.tag"]) {
        entry.put(&deployments::REF_NAME, &tag);
        entry.put(&deployments::REF_TYPE, "tag");
    } else if let Some(branch) = values::first(view, &["vcs.branch", "trigger_parameters.git.branch"]) {
        entry.put(&deployments::REF_NAME, &branch);
        entry.put(&deployments::REF_TYPE, "branch");
    }
    let said = ["vcs.commit.subject", "vcs.commit.body"].map(|path| values::text(view, path));
    if let Some(change) = said.iter().flatten().find_map(|text| reference(text, "CHG")) {
        entry.put(&deployments::CHANGE_ID, change);
        entry.put(&deployments::CHANGE_ID_BASIS, "text_reference");
    }
}
