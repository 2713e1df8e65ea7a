//! Bitbucket: deployments, pipelines and their steps, issues.
//!
//! `COMPLETED` is a state and no outcome: that stands in `state.status`, or in the step that deployed. Where an export has several views
//! of the same delivery, one counts: a deployment before its step, a step before its pipeline.

mod deployments;
mod issues;
mod pipelines;

use sequela_schema::canonical;
use serde_json::Value;

use super::shared::{Desk, Entry, Reader, Refused, Translate, pipeline, repository, rollback, values};
use super::{Adapter, Confidence, Export, Sample, Session, Verified};
use deployments::Deployments;
use pipelines::Pipelines;

const NAME: &str = "bitbucket";

/// The adapter.
pub(super) struct Bitbucket;

impl Adapter for Bitbucket {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        &EXPORTS
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        let is = |record: &Value, issue: bool| Form::of(record).is_some_and(|form| (form == Form::Issue) == issue);
        if sample.most(|record| is(record, true)) {
            Confidence::of(90, &canonical::incidents::TABLE, "issues of Bitbucket")
        } else if sample.most(|record| is(record, false)) {
            Confidence::of(90, &canonical::deployments::TABLE, "deployments or pipelines of Bitbucket")
        } else {
            Confidence::default()
        }
    }

    fn rest(&self) -> &'static str {
        "fetch the address that the page gives as next, until there is none"
    }

    fn reads_pipelines(&self) -> bool {
        true
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work::default()))
    }
}

static EXPORTS: [Export; 4] = [
    Export {
        what: "deployments",
        how: "curl -u USER:APP_PASSWORD 'https://api.bitbucket.org/2.0/repositories/WORKSPACE/REPO/deployments/?pagelen=100&fields=%2Bvalues.environment.*,%2Bvalues.environment.environment_type.*,%2Bvalues.release.*&page=1' > deployments-1.json",
        fills: &["deployments"],
        verified: Verified::RealFile,
    },
    Export {
        what: "pipelines",
        how: "curl -u USER:APP_PASSWORD 'https://api.bitbucket.org/2.0/repositories/WORKSPACE/REPO/pipelines/?pagelen=100&sort=-created_on&page=1' > pipelines-1.json",
        fills: &["deployments"],
        verified: Verified::RealFile,
    },
    Export {
        what: "steps of a pipeline",
        how: "curl -u USER:APP_PASSWORD 'https://api.bitbucket.org/2.0/repositories/WORKSPACE/REPO/pipelines/PIPELINE_UUID/steps/?pagelen=100' > steps.json",
        fills: &["deployments"],
        verified: Verified::RealFile,
    },
    Export {
        what: "issues of the kinds that source.types names, such as bug",
        how: "curl -u USER:APP_PASSWORD 'https://api.bitbucket.org/2.0/repositories/WORKSPACE/REPO/issues?pagelen=100&page=1' > issues-1.json",
        fills: &["incidents"],
        verified: Verified::RealFile,
    },
];

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Deployment,
    Pipeline,
    Step,
    Issue,
}

impl Form {
    fn of(record: &Value) -> Option<Self> {
        let has = |path: &str| values::has(record, path);
        match values::text(record, "type").as_deref()? {
            "deployment" if has("state.name") && (has("release") || has("deployable")) => Some(Self::Deployment),
            "pipeline" if has("state.name") && has("uuid") => Some(Self::Pipeline),
            "pipeline_step" if has("state.name") && has("uuid") => Some(Self::Step),
            "issue" if has("id") && has("state") && has("kind") => Some(Self::Issue),
            _ => None,
        }
    }
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
            Some(Form::Pipeline) => self.pipelines.pipeline(record, desk),
            Some(Form::Step) => self.pipelines.step(record, desk),
            Some(Form::Issue) => issues::issue(record, desk),
            None => Err(Refused::unknown("neither a deployment nor a pipeline, step or issue; take it out of the export")),
        }
    }

    fn finish(&mut self, desk: &mut Desk<'_>) {
        self.deployments.write(&self.pipelines, desk);
        self.pipelines.settle(&self.deployments, desk);
        rollback::infer(desk);
    }

    fn page_sizes(&self) -> &'static [u64] {
        &[100]
    }
}

/// States in which nothing has begun.
const WAITING: [&str; 4] = ["UNDEPLOYED", "READY", "PAUSED", "HALTED"];

/// Fills state and outcome. A state that says how it ended stands for both.
fn fill_outcome(entry: &mut Entry<'_>, state: &str, outcome: Option<&str>) {
    use sequela_schema::canonical::deployments::{ORIGINAL_RESULT, ORIGINAL_STATE, STATE};
    match (state, outcome) {
        ("COMPLETED", None) => {
            entry.put(&ORIGINAL_STATE, state);
            entry.put(&STATE, "done");
        }
        ("COMPLETED", Some(outcome)) => {
            entry.put(&ORIGINAL_STATE, state);
            entry.put(&ORIGINAL_RESULT, outcome);
        }
        _ => pipeline::status(entry, state, &WAITING),
    }
}

/// Fills repository and service from any address below it.
fn fill_repository(entry: &mut Entry<'_>, below: Option<&str>, desk: &Desk<'_>) {
    let Some(address) = below.and_then(repository::address).filter(|address| address.contains("://bitbucket.")) else { return };
    if let (Some(name), None) = (repository::name(&address), &desk.scope().service) {
        entry.service(name);
    }
    entry.put(&canonical::deployments::REPO_URL, &address);
}
