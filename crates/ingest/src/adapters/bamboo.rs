//! Bamboo: results of deployment projects, and of plans.
//!
//! A deployment result names its environment only by a number: the list of deployment projects tells the name, and the result of
//! the plan tells the commit. Reasons name persons and are only asked whether somebody or something started it.

use std::collections::BTreeMap;

use sequela_schema::canonical::deployments;
use sequela_schema::vocabulary::kind;
use serde_json::{Map, Value};

use super::shared::{Desk, Entry, Origin, Reader, Refused, Translate, pipeline, values};
use super::{Adapter, Confidence, Export, Sample, Session, Verified};
use crate::text::normal;

const NAME: &str = "bamboo";

/// The adapter.
pub(super) struct Bamboo;

impl Adapter for Bamboo {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        &[
            Export {
                what: "deployment projects and their environments",
                how: "curl -u USER 'https://BAMBOO/rest/api/latest/deploy/project/all.json' > projects.json",
                fills: &["deployments"],
                verified: Verified::RealFile,
            },
            Export {
                what: "deployments to an environment",
                how: "curl -u USER 'https://BAMBOO/rest/api/latest/deploy/environment/ENVIRONMENT_ID/results.json?max-result=1000' > deployments.json",
                fills: &["deployments"],
                verified: Verified::RealFile,
            },
            Export {
                what: "builds of a plan",
                how: "curl -u USER 'https://BAMBOO/rest/api/latest/result/PLAN_KEY.json?expand=results.result.vcsRevisions&max-result=1000' > builds.json",
                fills: &["deployments"],
                verified: Verified::RealFile,
            },
        ]
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        if sample.most(|record| is_deployment(record) || is_build(record) || is_project(record)) {
            return Confidence::of(91, &deployments::TABLE, "results of Bamboo");
        }
        Confidence::default()
    }

    fn rest(&self) -> &'static str {
        "raise max-results, or fetch the next pages with start-index"
    }

    fn reads_pipelines(&self) -> bool {
        true
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work::default()))
    }
}

fn is_deployment(record: &Value) -> bool {
    values::has(record, "deploymentState") && values::has(record, "lifeCycleState")
}

fn is_build(record: &Value) -> bool {
    let keyed = values::has(record, "buildResultKey") || values::has(record, "planResultKey");
    keyed && values::has(record, "lifeCycleState") && !is_deployment(record)
}

fn is_project(record: &Value) -> bool {
    values::has(record, "planKey.key") && record.get("environments").is_some_and(Value::is_array)
}

/// What is kept of the files of one run, everything by instance and identifier.
#[derive(Default)]
struct Work {
    /// Name of the environment and of its project.
    environments: BTreeMap<(String, String), (String, String)>,
    /// What a plan's result built.
    revisions: BTreeMap<(String, String), Revision>,
    /// Deployments: the plain values of their records.
    waiting: Vec<(Origin, Value)>,
}

struct Revision {
    commit: Option<String>,
    plan: Option<String>,
}

impl Translate for Work {
    fn record(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        if is_project(record) {
            self.project(record, desk);
            return Ok(());
        }
        if is_deployment(record) {
            values::text(record, "id").ok_or(Refused::missing("id"))?;
            desk.count_on_page(&format!("deployments to environment {}", environment_number(record).unwrap_or_default()));
            self.waiting.push((desk.origin(), plain(record)));
            return Ok(());
        }
        if is_build(record) {
            return self.build(record, desk);
        }
        Err(Refused::unknown("neither a deployment nor a build of Bamboo"))
    }

    fn finish(&mut self, desk: &mut Desk<'_>) {
        for (origin, record) in std::mem::take(&mut self.waiting) {
            desk.go_to(&origin);
            self.deployment(&record, desk);
        }
    }

    fn page_sizes(&self) -> &'static [u64] {
        &[25, 100, 1000]
    }
}

impl Work {
    fn project(&mut self, record: &Value, desk: &Desk<'_>) {
        let name = values::text(record, "name").unwrap_or_default();
        for environment in values::list(record, "environments") {
            if let (Some(id), Some(called)) = (values::text(environment, "id"), values::text(environment, "name")) {
                let key = (desk.scope().instance.clone(), id.into_owned());
                self.environments.insert(key, (called.into_owned(), name.clone().into_owned()));
            }
        }
    }

    /// A plan's result, or that of one of its jobs, which only counts where the job deploys and the plan is not named so.
    fn build(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let key = values::first(record, &["key", "buildResultKey", "planResultKey.key"]).ok_or(Refused::missing("key"))?;
        let commit = values::first(record, &["vcsRevisionKey", "vcsRevisions.vcsRevision.vcsRevisionKey"]);
        let plan = values::text(record, "planName").unwrap_or_default();
        let whole = values::text(record, "plan.name").unwrap_or_default();
        let stage = values::text(record, "stage").unwrap_or_default();
        let is_job = values::text(record, "plan.type").as_deref() == Some("job");
        let of_plan = if is_job { whole.rsplit_once(" - ").map_or("", |(plan, _)| plan) } else { &whole };
        if is_job && (pipeline::deploys(desk, of_plan) || !(pipeline::deploys(desk, &plan) || pipeline::deploys(desk, &stage))) {
            return Ok(());
        }
        if !is_job {
            desk.count_on_page(&format!("builds of {whole}"));
            let revision = Revision { commit: commit.as_deref().map(str::to_owned), plan: Some(plan.clone().into_owned()) };
            self.revisions.insert((desk.scope().instance.clone(), key.clone().into_owned()), revision);
        }
        let mut entry = desk.entry(&deployments::TABLE, record);
        entry.put(&deployments::DEPLOYMENT_ID, &desk.id(&key));
        entry.first(&deployments::PIPELINE_NAME, &["plan.key", "planResultKey.entityKey.key"]);
        entry.put(&deployments::PIPELINE_RUN_ID, &key);
        entry.put_opt(&deployments::COMMIT_SHA, commit);
        if let Some(address) = values::text(record, "link.href") {
            entry.put(&deployments::URL, &address.replace("/rest/api/latest/result/", "/browse/"));
        }
        entry.time(&deployments::QUEUED_AT, "queueStartedTime");
        entry.first_time(&deployments::STARTED_AT, &["buildStartedTime", "buildStartedDate"]);
        if set_outcome(&mut entry, record, "state") {
            entry.first_time(&deployments::FINISHED_AT, &["buildCompletedTime", "buildCompletedDate"]);
        }
        set_actor(&mut entry, record);
        let named = of_plan.rsplit(" - ").next().filter(|name| !name.is_empty()).unwrap_or(&plan);
        entry.service(pipeline::service(named).unwrap_or(named));
        pipeline::classify(&mut entry, desk, &[&plan, &stage, of_plan]);
        desk.keep(entry);
        Ok(())
    }

    fn deployment(&self, record: &Value, desk: &mut Desk<'_>) {
        let scope = desk.scope();
        let instance = || scope.instance.clone();
        let mut entry = desk.entry(&deployments::TABLE, record);
        entry.put(&deployments::DEPLOYMENT_ID, &desk.id(&values::text(record, "id").unwrap_or_default()));
        entry.put(&deployments::KIND, kind::DEPLOY);
        entry.put(&deployments::KIND_BASIS, "explicit");
        entry.first(&deployments::VERSION, &["deploymentVersionName", "version"]);
        entry.text(&deployments::REF_NAME, "branch");
        entry.text(&deployments::PIPELINE_NAME, "plan");
        entry.text(&deployments::PIPELINE_RUN_ID, "build");
        entry.time(&deployments::QUEUED_AT, "queuedDate");
        entry.first_time(&deployments::STARTED_AT, &["startedDate", "executedDate"]);
        if set_outcome(&mut entry, record, "deploymentState") {
            entry.time(&deployments::FINISHED_AT, "finishedDate");
        }
        set_actor(&mut entry, record);
        let build = values::text(record, "build").and_then(|build| self.revisions.get(&(instance(), build.into_owned())));
        entry.put_opt(&deployments::COMMIT_SHA, build.and_then(|build| build.commit.as_deref()));
        let environment = values::text(record, "environment").and_then(|number| self.environments.get(&(instance(), number.into_owned())));
        entry.put_opt(&deployments::ENVIRONMENT_RAW, environment.map(|(name, _)| name));
        let project = environment.map(|(_, project)| project.as_str()).filter(|project| !project.is_empty());
        let plan = values::text(record, "plan");
        if let Some(name) = project.or(build.and_then(|build| build.plan.as_deref())).or(plan.as_deref()) {
            entry.service(pipeline::service(name).unwrap_or(name));
        }
        pipeline::place(&mut entry, desk, &[&scope.stem]);
        desk.keep_later(entry);
    }
}

/// The part of a deployment that is needed: plain values, and what its version says of the build.
fn plain(record: &Value) -> Value {
    let fields = record.as_object().into_iter().flatten().filter(|(_, value)| !(value.is_object() || value.is_array()));
    let mut plain: Map<String, Value> = fields.map(|(name, value)| (name.clone(), value.clone())).collect();
    let built = "deploymentVersion.items.planResultKey";
    let paths = [
        ("version", "deploymentVersion.name"),
        ("branch", "deploymentVersion.planBranchName"),
        ("build", &format!("{built}.key")),
        ("plan", &format!("{built}.entityKey.key")),
    ];
    for (ours, theirs) in paths {
        if let Some(value) = values::at(record, theirs) {
            plain.insert(ours.to_owned(), value.clone());
        }
    }
    if let Some(number) = environment_number(record) {
        plain.insert("environment".to_owned(), Value::String(number));
    }
    Value::Object(plain)
}

/// The key of a deployment is made of the numbers of project, environment and result.
fn environment_number(record: &Value) -> Option<String> {
    values::text(record, "key.key")?.split('-').nth(1).map(str::to_owned)
}

/// Fills state and result, and says whether it ended. A result that stands there before the end is a guess of Bamboo's.
fn set_outcome(entry: &mut Entry<'_>, record: &Value, path: &str) -> bool {
    let cycle = values::text(record, "lifeCycleState").unwrap_or_default();
    let word = values::text(record, path).filter(|word| !word.eq_ignore_ascii_case("unknown"));
    match normal(&cycle).replace('_', "").as_str() {
        "inprogress" => entry.put(&deployments::STATE, "in_progress"),
        "queued" | "pending" => entry.put(&deployments::STATE, "queued"),
        "notbuilt" => {
            entry.put(&deployments::STATE, "done");
            entry.put(&deployments::ORIGINAL_STATE, &cycle);
            entry.put(&deployments::RESULT, "skip");
            entry.put_opt(&deployments::ORIGINAL_RESULT, word);
            return true;
        }
        _ => {
            entry.put(&deployments::ORIGINAL_STATE, &cycle);
            return word.is_some_and(|word| pipeline::outcome(entry, &word, &[]));
        }
    }
    entry.put(&deployments::ORIGINAL_STATE, &cycle);
    false
}

/// `Manual run by …` and `Child of …` stand as markup with names in them.
fn set_actor(entry: &mut Entry<'_>, record: &Value) {
    if let Some(reason) = values::first(record, &["reasonSummary", "buildReason"]) {
        let manual = reason.starts_with("Manual") || reason.starts_with("Rebuilt by") || reason.starts_with("Custom");
        entry.put(&deployments::ACTOR_KIND, if manual { "human" } else { "automation" });
    }
}
