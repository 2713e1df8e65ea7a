//! GitLab: deployments, jobs, pipelines, incidents.
//!
//! Where an export has several views of the same delivery, one counts: a deployment before the job that made it, a job before its
//! pipeline. The outcome of a deployment is its own `status`; that of its job may differ.

mod deployments;
mod issues;
mod pipelines;

use sequela_schema::canonical;
use serde_json::Value;

use super::shared::{Desk, Reader, Refused, Translate, pipeline, repository, rollback, values};
use super::{Adapter, Confidence, Export, Sample, Session, Verified};
use crate::text::normal;
use deployments::Deployments;
use pipelines::Pipelines;

const NAME: &str = "gitlab";

/// The adapter.
pub(super) struct GitLab;

impl Adapter for GitLab {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        &EXPORTS
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        if sample.records.is_empty() {
            return match is_issue_list(&sample.headers) {
                true => Confidence::of(90, &canonical::incidents::TABLE, "issues exported by GitLab"),
                false => Confidence::default(),
            };
        }
        let counts = Form::ALL.map(|form| (sample.records.iter().filter(|record| Form::of(record) == Some(form)).count(), form));
        if counts.iter().map(|(count, _)| count).sum::<usize>() * 2 <= sample.records.len() {
            return Confidence::default();
        }
        match counts.into_iter().max_by_key(|(count, _)| *count) {
            Some((_, Form::Issue)) => Confidence::of(90, &canonical::incidents::TABLE, "issues of GitLab"),
            Some((_, form)) => Confidence::of(90, &canonical::deployments::TABLE, format!("{} of GitLab", form.name())),
            None => Confidence::default(),
        }
    }

    fn rest(&self) -> &'static str {
        "add per_page=100 and page=2, 3, … until a page is short"
    }

    fn reads_pipelines(&self) -> bool {
        true
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work::default()))
    }
}

static EXPORTS: [Export; 6] = [
    Export {
        what: "deployments",
        how: "glab api --paginate 'projects/GROUP%2FPROJECT/deployments?per_page=100&order_by=updated_at&sort=asc' > deployments.json",
        fills: &["deployments"],
        verified: Verified::RealFile,
    },
    Export {
        what: "jobs, for projects without environments",
        how: "glab api --paginate 'projects/GROUP%2FPROJECT/jobs?per_page=100' > jobs.json",
        fills: &["deployments"],
        verified: Verified::RealFile,
    },
    Export {
        what: "pipelines",
        how: "glab api --paginate 'projects/GROUP%2FPROJECT/pipelines?per_page=100' > pipelines.json",
        fills: &["deployments"],
        verified: Verified::RealFile,
    },
    Export {
        what: "incidents",
        how: "glab api --paginate 'projects/GROUP%2FPROJECT/issues?issue_type=incident&scope=all&per_page=100' > incidents.json",
        fills: &["incidents"],
        verified: Verified::RealFile,
    },
    Export {
        what: "incidents as CSV",
        how: "Plan > Issues, filter by the label incident, menu with the three dots, Export as CSV; the file comes by mail",
        fills: &["incidents"],
        verified: Verified::Documentation,
    },
    Export {
        what: "webhook events of deployments",
        how: "Settings > Webhooks > Deployment events, to a receiver that appends each body to deployments.ndjson as one line",
        fills: &["deployments", "status_events"],
        verified: Verified::Documentation,
    },
];

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Deployment,
    Webhook,
    Job,
    Pipeline,
    Issue,
}

impl Form {
    const ALL: [Self; 5] = [Self::Deployment, Self::Webhook, Self::Job, Self::Pipeline, Self::Issue];

    fn of(record: &Value) -> Option<Self> {
        let has = |keys: &[&str]| keys.iter().all(|key| values::has_key(record, key));
        let below = |part: &str| values::text(record, "web_url").is_some_and(|address| address.contains(part));
        if has(&["object_kind", "deployment_id"]) {
            Some(Self::Webhook)
        } else if has(&["iid", "sha", "deployable"]) && values::has(record, "environment.name") {
            Some(Self::Deployment)
        } else if has(&["stage", "name", "status"])
            && values::has(record, "pipeline.id")
            && (below("/jobs/") || has(&["downstream_pipeline"]))
        {
            Some(Self::Job)
        } else if has(&["sha", "ref", "status"]) && below("/pipelines/") && !below("/addon/") {
            Some(Self::Pipeline)
        } else if has(&["iid", "project_id", "title", "state", "labels"]) && !has(&["source_branch"]) || is_issue_row(record) {
            Some(Self::Issue)
        } else {
            None
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Deployment => "deployments",
            Self::Webhook => "webhooks of deployments",
            Self::Job => "jobs",
            Self::Pipeline => "pipelines",
            Self::Issue => "issues",
        }
    }
}

/// The header of an exported list of issues.
fn is_issue_list(headers: &[String]) -> bool {
    let has = |name: &str| headers.iter().any(|header| normal(header) == name);
    ["issue_id", "url", "state", "labels", "created_at_(utc)"].into_iter().all(has)
}

fn is_issue_row(record: &Value) -> bool {
    values::has(record, "Issue ID") && values::has(record, "URL")
}

/// The work on the files of one run.
#[derive(Default)]
struct Work {
    deployments: Deployments,
    pipelines: Pipelines,
}

impl Translate for Work {
    fn record(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        match Form::of(record) {
            Some(Form::Deployment) => self.deployments.deployment(record, desk),
            Some(Form::Webhook) => self.deployments.webhook(record, desk),
            Some(Form::Job) => self.pipelines.job(record, desk),
            Some(Form::Pipeline) => self.pipelines.pipeline(record, desk),
            Some(Form::Issue) => issues::issue(record, desk),
            None => Err(Refused::unknown("neither a deployment nor a job, pipeline or issue; take it out of the export")),
        }
    }

    fn takes_rows(&self, headers: &[String]) -> bool {
        is_issue_list(headers)
    }

    fn finish(&mut self, desk: &mut Desk<'_>) {
        self.deployments.write_webhooks(desk);
        self.pipelines.settle(&self.deployments, desk);
        rollback::infer(desk);
    }

    fn page_sizes(&self) -> &'static [u64] {
        &[20, 100]
    }
}

/// States in which nothing has begun.
const WAITING: [&str; 7] =
    ["blocked", "manual", "preparing", "scheduled", "waiting_for_approval", "waiting_for_callback", "waiting_for_resource"];

/// Fills state and outcome; true where it has ended.
fn fill_status(entry: &mut super::shared::Entry<'_>, record: &Value) -> bool {
    use sequela_schema::canonical::deployments::{ORIGINAL_RESULT, ORIGINAL_STATE, STATE};
    let status = values::text(record, "status").unwrap_or_default();
    if status == "canceling" {
        entry.put(&ORIGINAL_STATE, &status);
        entry.put(&STATE, "in_progress");
    } else {
        pipeline::status(entry, &status, &WAITING);
    }
    entry.has(&ORIGINAL_RESULT)
}

/// The address of a project: what stands before `/-/`, or before the kind of page where an old GitLab writes no `/-/`.
fn project(address: &str) -> Option<&str> {
    let marks = ["/-/", "/pipelines/", "/jobs/", "/issues/", "/environments/", "/commit/"];
    marks.iter().find_map(|mark| address.split_once(mark)).map(|(project, _)| project)
}

/// Fills repository and service from the address of a page of the project.
fn fill_project(entry: &mut super::shared::Entry<'_>, address: Option<&str>, desk: &Desk<'_>) {
    let Some(project) = address.and_then(project) else { return };
    entry.put(&canonical::deployments::REPO_URL, project);
    if let (Some(name), None) = (repository::name(project), &desk.scope().service) {
        entry.service(name);
    }
}
