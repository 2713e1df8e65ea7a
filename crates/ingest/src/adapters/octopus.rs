//! Octopus Deploy: deployments, the server tasks that carry them out, what gives names to identifiers, dashboards, and the CSV of
//! Insights.
//!
//! A deployment itself does not say how it ended: its task does. Lists may stand in any file of the run and are joined by
//! identifiers. Who deployed is never read.

use std::collections::BTreeMap;

use sequela_schema::canonical::{deployment_commits, deployments};
use sequela_schema::vocabulary::kind;
use serde_json::{Map, Value};

use super::shared::tabular::Fields;
use super::shared::{Desk, Entry, Origin, Reader, Refused, Tabular, Translate, pipeline, values};
use super::{Adapter, Confidence, Export, Sample, Session, Verified};
use crate::issue::code;
use crate::text::normal;

const NAME: &str = "octopus";

/// The adapter.
pub(super) struct Octopus;

const HOW_DEPLOYMENTS: &str = "curl -H 'X-Octopus-ApiKey: KEY' 'https://OCTOPUS/api/SPACE/deployments?take=10000' > deployments.json";
const HOW_TASKS: &str = "curl -H 'X-Octopus-ApiKey: KEY' 'https://OCTOPUS/api/SPACE/tasks?name=Deploy&take=10000' > tasks.json";
const HOW_NAMES: &str = "for list in environments projects releases; do curl -H 'X-Octopus-ApiKey: KEY' \"https://OCTOPUS/api/SPACE/$list?take=10000\" > $list.json; done";
const HOW_INSIGHTS: &str = "in the project: Insights, one of the metrics, Download CSV below the chart";
const HOW_DASHBOARD: &str = "curl -H 'X-Octopus-ApiKey: KEY' 'https://OCTOPUS/api/SPACE/dashboard' > dashboard.json";

impl Adapter for Octopus {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        const fn export(what: &'static str, how: &'static str, verified: Verified) -> Export {
            Export { what, how, fills: &["deployments"], verified }
        }
        const {
            &[
                export("deployments", HOW_DEPLOYMENTS, Verified::RealFile),
                export("tasks, which tell how deployments ended", HOW_TASKS, Verified::RealFile),
                export("names of environments, projects and releases", HOW_NAMES, Verified::RealFile),
                export("deployments of the last twelve months from Insights", HOW_INSIGHTS, Verified::Documentation),
                export("dashboard: the last deployments only", HOW_DASHBOARD, Verified::Documentation),
            ]
        }
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        if is_insights(&sample.headers) && sample.records.is_empty() {
            return Confidence::of(92, &deployments::TABLE, "Insights of Octopus Deploy");
        }
        if sample.most(|record| part(record).is_some()) {
            return Confidence::of(92, &deployments::TABLE, "records of Octopus Deploy");
        }
        Confidence::default()
    }

    /// The column of Insights has no offset.
    fn needs_zone(&self, sample: &Sample) -> bool {
        let place = sample.headers.iter().position(|header| normal(header) == "completed").filter(|_| sample.records.is_empty());
        let mut cells = sample.rows.iter().filter_map(|row| row.get(place?)).filter(|cell| !cell.trim().is_empty()).peekable();
        let has_offset = |cell: &String| cell.ends_with('Z') || cell.rsplit([' ', 'T']).next().is_some_and(|end| end.contains(['+', '-']));
        cells.peek().is_some() && !cells.all(has_offset)
    }

    fn rest(&self) -> &'static str {
        "fetch the next pages with skip and take, or take=10000"
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work::default()))
    }
}

fn is_insights(headers: &[String]) -> bool {
    let has = |name: &str| headers.iter().any(|header| normal(header) == name);
    ["deployment", "project", "release", "channel", "completed", "environment", "state"].into_iter().all(has)
}

/// What a record is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Deployment,
    Task,
    /// A release, or an environment, project, space, tenant or channel.
    Named,
    Dashboard,
}

fn part(record: &Value) -> Option<Part> {
    let has = |keys: &[&str]| keys.iter().all(|key| values::has(record, key));
    if record.get("Items").is_some_and(Value::is_array) && has(&["Projects", "Environments"]) {
        return Some(Part::Dashboard);
    }
    let id = values::text(record, "Id")?;
    if has(&["TaskId", "ReleaseId", "EnvironmentId"]) {
        return Some(Part::Deployment);
    }
    if id.starts_with("ServerTasks-") && has(&["State"]) {
        return Some(Part::Task);
    }
    let kinds = ["Releases-", "Environments-", "Projects-", "Spaces-", "Tenants-", "Channels-"];
    let named = kinds.iter().any(|kind| id.starts_with(kind)) && ["Name", "Version"].iter().any(|key| values::has(record, key));
    named.then_some(Part::Named)
}

/// Words of Octopus.
const STATES: [(&str, &str); 2] = [("Executing", "in_progress"), ("Cancelling", "in_progress")];

/// Instance and identifier.
type Key = (String, String);

/// What is kept of the files of one run.
#[derive(Default)]
struct Work {
    /// Plain values of deployments.
    waiting: Vec<(Origin, Value)>,
    /// By their own identifiers and by those of their deployments.
    tasks: BTreeMap<Key, Value>,
    /// Names of environments and projects, versions of releases.
    names: BTreeMap<Key, String>,
}

impl Translate for Work {
    fn record(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        match part(record).ok_or_else(|| Refused::unknown("no record of Octopus Deploy that is known"))? {
            Part::Dashboard => self.dashboard(record, desk),
            part => self.plain_record(part, record, desk),
        }
        Ok(())
    }

    fn table(&mut self, headers: &[String]) -> Option<Tabular> {
        is_insights(headers).then(insights)
    }

    fn finish(&mut self, desk: &mut Desk<'_>) {
        for (origin, view) in std::mem::take(&mut self.waiting) {
            desk.go_to(&origin);
            self.write(&view, desk);
        }
    }

    fn page_sizes(&self) -> &'static [u64] {
        &[30]
    }
}

impl Work {
    fn dashboard(&mut self, record: &Value, desk: &mut Desk<'_>) {
        for name in ["Projects", "Environments", "Tenants", "Items", "PreviousItems"] {
            for inner in values::list(record, name) {
                if let Some(part) = part(inner) {
                    self.plain_record(part, inner, desk);
                }
            }
        }
        desk.suspect_truncation("a dashboard shows only the last deployments");
    }

    fn plain_record(&mut self, part: Part, record: &Value, desk: &mut Desk<'_>) {
        let key = |path: &str| values::text(record, path).map(|id| (desk.scope().instance.clone(), id.into_owned()));
        match part {
            Part::Task => {
                let task = plain(record);
                self.tasks.extend(key("Arguments.DeploymentId").map(|key| (key, task.clone())));
                self.tasks.extend(key("Id").map(|key| (key, task)));
            }
            Part::Named => {
                let name = values::first(record, &["Version", "Name"]).map(std::borrow::Cow::into_owned);
                self.names.extend(key("Id").zip(name));
            }
            Part::Deployment => {
                desk.count_on_page("deployments");
                self.waiting.push((desk.origin(), plain(record)));
            }
            Part::Dashboard => {}
        }
    }

    fn name(&self, view: &Value, id: &str, inline: &[&str], desk: &Desk<'_>) -> Option<String> {
        let known = || self.names.get(&(desk.scope().instance.clone(), values::text(view, id)?.into_owned())).cloned();
        values::first(view, inline).map(std::borrow::Cow::into_owned).or_else(known)
    }

    /// The task that names the deployment; else the one that the deployment names, or that stands in it.
    fn task<'t>(&'t self, view: &'t Value, id: &str, desk: &Desk<'_>) -> Option<&'t Value> {
        let instance = desk.scope().instance.clone();
        let find = |id: &str| self.tasks.get(&(instance.clone(), id.to_owned()));
        let inline = values::at(view, "Task").or_else(|| values::has(view, "State").then_some(view));
        inline.or_else(|| find(id)).or_else(|| find(&values::text(view, "TaskId")?))
    }

    fn write(&self, view: &Value, desk: &mut Desk<'_>) {
        // An item of a dashboard has an identifier of its own beside the deployment's.
        let id = values::first(view, &["DeploymentId", "Id"]).unwrap_or_default();
        let mut entry = desk.entry(&deployments::TABLE, view);
        entry.put(&deployments::DEPLOYMENT_ID, &desk.id(&id));
        entry.text(&deployments::NAME, "Name");
        entry.put(&deployments::KIND, kind::DEPLOY);
        entry.put(&deployments::KIND_BASIS, "explicit");
        entry.time(&deployments::CREATED_AT, "Created");
        let project = self.name(view, "ProjectId", &["ProjectName"], desk);
        let project = project.or_else(|| values::text(view, "ProjectId").map(std::borrow::Cow::into_owned)).unwrap_or_default();
        entry.service(&project);
        entry.put(&deployments::PIPELINE_NAME, &project);
        entry.text(&deployments::PIPELINE_RUN_ID, "TaskId");
        let version = self.name(view, "ReleaseId", &["ReleaseVersion"], desk);
        entry.put_opt(&deployments::VERSION, version.or_else(|| values::text(view, "Version").map(std::borrow::Cow::into_owned)));
        let environment = self.name(view, "EnvironmentId", &["EnvironmentName"], desk);
        entry.put_opt(&deployments::ENVIRONMENT_RAW, environment);
        if let (true, Some(release)) = (values::has(view, "TenantId"), values::text(view, "ReleaseId")) {
            let environment = values::text(view, "EnvironmentId").unwrap_or_default();
            entry.put(&deployments::RELEASE_GROUP_ID, &desk.id(&format!("{release}:{environment}")));
        }
        let tells = values::text(view, "Name").unwrap_or_default();
        pipeline::place(&mut entry, desk, &[&tells]);
        match self.task(view, &id, desk) {
            Some(task) => set_task(&mut entry, task),
            None => desk.note_once(code::MISSING_VALUE, "the deployments do not say how they ended; export the tasks too"),
        }
        set_commits(&mut entry, view);
        desk.keep_later(entry);
        write_commits(view, &desk.id(&id), desk);
    }
}

fn set_task(entry: &mut Entry<'_>, task: &Value) {
    let mut set = |column, name: &str| {
        if let Some(value) = values::at(task, name) {
            entry.time_of(column, name, value);
        }
    };
    set(&deployments::QUEUED_AT, "QueueTime");
    set(&deployments::STARTED_AT, "StartTime");
    let state = values::text(task, "State").unwrap_or_default();
    if pipeline::outcome(entry, &state, &STATES)
        && let Some(value) = values::at(task, "CompletedTime")
    {
        entry.time_of(&deployments::FINISHED_AT, "CompletedTime", value);
    }
}

fn set_commits(entry: &mut Entry<'_>, view: &Value) {
    let commits = values::list(view, "Commits");
    if let Ok(count @ 1..) = i64::try_from(commits.len()) {
        entry.put_int(&deployments::COMMIT_COUNT, count);
    }
    entry.text(&deployments::COMMIT_SHA, "Head");
    let repository = values::text(view, "Repository").map(|address| pipeline::repository(&address));
    entry.put_opt(&deployments::REPO_URL, repository);
}

fn write_commits(view: &Value, deployment: &str, desk: &mut Desk<'_>) {
    for commit in values::list(view, "Commits").iter().filter_map(values::plain) {
        let mut entry = desk.entry(&deployment_commits::TABLE, &Value::Null);
        entry.put(&deployment_commits::DEPLOYMENT_ID, deployment);
        entry.put(&deployment_commits::COMMIT_ID, &commit);
        entry.put(&deployment_commits::COMMIT_SHA, &commit);
        entry.put_bool(&deployment_commits::IS_HEAD, values::text(view, "Head").is_some_and(|head| head == commit));
        desk.keep(entry);
    }
}

/// The plain values of a record, its task, and what its changes say: version, commits and what was built last.
fn plain(record: &Value) -> Value {
    let fields = record.as_object().into_iter().flatten().filter(|(_, value)| !(value.is_object() || value.is_array()));
    let mut plain: Map<String, Value> = fields.map(|(name, value)| (name.clone(), value.clone())).collect();
    plain.extend(record.get("Task").filter(|task| task.is_object()).map(|task| ("Task".to_owned(), task.clone())));
    let changes = values::list(record, "Changes");
    if let Some(version) = changes.iter().rev().find_map(|change| change.get("Version")) {
        plain.insert("Version".to_owned(), version.clone());
    }
    let mut builds = changes.iter().flat_map(|change| values::list(change, "BuildInformation"));
    if let Some(build) = builds.next_back() {
        let named = [("Head", "VcsCommitNumber"), ("Repository", "VcsRoot")];
        plain.extend(named.iter().filter_map(|(ours, theirs)| Some(((*ours).to_owned(), build.get(theirs)?.clone()))));
    }
    let commits: Vec<Value> =
        changes.iter().flat_map(|change| values::list(change, "Commits")).filter_map(|commit| commit.get("Id").cloned()).collect();
    if !commits.is_empty() {
        plain.insert("Commits".to_owned(), Value::Array(commits));
    }
    Value::Object(plain)
}

const INSIGHTS: Fields = &[
    ("deployment_id", &["deployment"]),
    ("service", &["project"]),
    ("pipeline_name", &["project"]),
    ("version", &["release"]),
    ("finished_at", &["completed"]),
    ("environment_raw", &["environment"]),
    ("original_result", &["state"]),
];

/// The CSV of Insights; it lists deployments that ended.
fn insights() -> Tabular {
    Tabular { identifiers: vec![deployments::DEPLOYMENT_ID], ..Tabular::new(&deployments::TABLE, INSIGHTS) }
}
