//! What is kept of a build and of a stage until all files are read.

use serde_json::{Map, Value};

use super::place;
use crate::adapters::shared::{Desk, Origin, pipeline, values};
use crate::text::reference;

/// Instance, job and number.
pub(super) type Key = (String, String, String);

/// A build. `view` holds the plain values of the record and the parameters by their names, for the paths of a source's map.
pub(super) struct Build {
    pub(super) origin: Origin,
    pub(super) job: String,
    pub(super) number: String,
    pub(super) view: Value,
    pub(super) revision: Option<Revision>,
    /// Commits of the change set with their times in milliseconds.
    pub(super) commits: Vec<(String, Option<i64>)>,
    pub(super) actor: Option<&'static str>,
    /// Builds that started this one.
    pub(super) upstream: Vec<Key>,
    /// The last part of the job's name is a branch.
    is_branch: bool,
    /// Only stages of it are known.
    pub(super) is_only_stages: bool,
}

/// What was checked out.
pub(super) struct Revision {
    pub(super) commit: String,
    branch: Option<String>,
    pub(super) repository: Option<String>,
}

/// A stage of a pipeline, times in milliseconds.
pub(super) struct Stage {
    pub(super) origin: Origin,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) status: Option<String>,
    pub(super) started: Option<i64>,
    pub(super) duration: Option<i64>,
}

const CLASSES: [&str; 4] = ["hudson.", "org.jenkinsci.", "com.cloudbees.", "jenkins."];

/// A build of the JSON interface.
pub(super) fn is_build(record: &Value) -> bool {
    let class = values::text(record, "_class").is_some_and(|class| CLASSES.iter().any(|prefix| class.starts_with(prefix)));
    let address = values::text(record, "url").is_some_and(|address| address.contains("/job/"));
    let named = class || address || values::has(record, "fullDisplayName");
    named && values::int(record, "timestamp").is_some() && (values::has(record, "duration") || values::has_key(record, "result"))
}

/// A build of the stage view.
pub(super) fn is_run(record: &Value) -> bool {
    values::int(record, "startTimeMillis").is_some() && record.get("stages").is_some_and(Value::is_array)
}

/// A stage of the stage view.
pub(super) fn is_stage(record: &Value) -> bool {
    values::int(record, "startTimeMillis").is_some()
        && values::has_key(record, "durationMillis")
        && !values::has_key(record, "stages")
        && values::text(record, "_links.self.href").is_some_and(|address| address.contains("/wfapi/"))
}

/// The builds that a job or a folder of jobs contains.
pub(super) fn contained(record: &Value) -> Vec<Value> {
    let own = ["allBuilds", "builds"].into_iter().map(|name| values::list(record, name)).find(|builds| !builds.is_empty());
    let builds = own.unwrap_or_default().iter().filter(|build| is_build(build)).map(|build| with_job(build, record));
    builds.chain(values::list(record, "jobs").iter().flat_map(contained)).collect()
}

/// The build with the address of its job, where it has none of its own.
fn with_job(build: &Value, job: &Value) -> Value {
    let mut build = build.clone();
    if let (Value::Object(fields), Some(address)) = (&mut build, values::text(job, "url")) {
        let number = fields.get("number").map(Value::to_string).unwrap_or_default();
        fields.entry("url").or_insert_with(|| Value::String(format!("{}/{number}/", address.trim_end_matches('/'))));
    }
    build
}

impl Build {
    /// `folder` is the name of the job that contains the build; without any name the file's counts.
    pub(super) fn of(record: &Value, folder: Option<&str>, desk: &Desk<'_>) -> Self {
        let address = values::first(record, &["url", "_links.self.href"]).unwrap_or_default();
        let (named, numbered) = place::of_address(&address);
        let number = values::first(record, &["number", "id"]).map(std::borrow::Cow::into_owned).or(numbered).unwrap_or_default();
        let display = || {
            let own = values::text(record, "displayName");
            place::of_display(&values::text(record, "fullDisplayName")?, own.as_deref(), &number)
        };
        let job = named.or_else(display).or_else(|| folder.map(place::plain)).unwrap_or_else(|| desk.scope().stem.clone());
        let actions = values::list(record, "actions");
        let revision = revision(actions, &job);
        Self {
            is_branch: is_branch(actions, &address, &job, revision.as_ref()),
            origin: desk.origin(),
            view: view(record),
            commits: commits(record),
            actor: actor(actions),
            upstream: upstream(actions, &desk.scope().instance),
            revision,
            job,
            number,
            is_only_stages: false,
        }
    }

    /// A build of which only stages are known.
    pub(super) fn of_stages((_, job, number): &Key, stages: &[Stage]) -> Option<Self> {
        Some(Self {
            origin: stages.first()?.origin.clone(),
            job: job.clone(),
            number: number.clone(),
            view: Value::Null,
            revision: None,
            commits: Vec::new(),
            actor: None,
            upstream: Vec::new(),
            is_branch: is_branch(&[], "", job, None),
            is_only_stages: true,
        })
    }

    pub(super) fn key(&self) -> Key {
        (self.origin.scope.instance.clone(), self.job.clone(), self.number.clone())
    }

    pub(super) fn started(&self) -> Option<i64> {
        values::int(&self.view, "timestamp")
    }

    pub(super) fn is_building(&self) -> bool {
        values::truth(&self.view, "building") == Some(true)
    }

    /// The job without the branch.
    pub(super) fn pipeline(&self) -> &str {
        if self.is_branch { self.job.strip_suffix(self.leaf()).unwrap_or(&self.job).trim_end_matches('/') } else { &self.job }
    }

    /// The last part of the job's name: the whole branch where it is one.
    fn leaf(&self) -> &str {
        let branch = self.revision.as_ref().and_then(|revision| revision.branch.as_deref());
        let whole = branch.filter(|branch| self.is_branch && self.job.ends_with(&format!("/{branch}")));
        whole.unwrap_or_else(|| last(&self.job))
    }

    pub(super) fn branch(&self) -> Option<&str> {
        let built = self.revision.as_ref().and_then(|revision| revision.branch.as_deref());
        if self.is_branch { Some(self.leaf()) } else { built }
    }

    /// Names that tell whether the build deploys, and where to.
    pub(super) fn names(&self) -> Vec<&str> {
        let mut names = vec![last(self.pipeline())];
        names.extend(self.branch());
        names
    }

    /// The first parameter of one of these names, whatever their case.
    pub(super) fn parameter(&self, names: &[&str]) -> Option<String> {
        let parameters = self.view.get("parameters")?.as_object()?;
        let find =
            |name: &&str| parameters.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).and_then(|(_, value)| values::plain(value));
        names.iter().find_map(find).map(std::borrow::Cow::into_owned)
    }

    /// Where a parameter says it deploys to; what is built of a pull request goes nowhere that counts.
    pub(super) fn environment(&self) -> Option<String> {
        let said = self.parameter(&["ENVIRONMENT", "ENV", "DEPLOY_ENV", "TARGET_ENV", "DEPLOY_ENVIRONMENT", "TARGET_ENVIRONMENT"]);
        said.or_else(|| Some(self.leaf()).filter(|leaf| self.is_branch && is_pull_request(leaf)).map(str::to_owned))
    }

    /// The change record that a parameter names.
    pub(super) fn change(&self) -> Option<String> {
        let parameters = self.view.get("parameters")?.as_object()?;
        let named = parameters.values().filter_map(Value::as_str).find_map(|text| reference(text, "CHG")).map(str::to_owned);
        named.or_else(|| self.parameter(&["CHG", "CHANGE_ID", "CHANGE_NUMBER"]))
    }

    /// Services that a parameter names, else the one in the job's name, else in the name of a folder above.
    pub(super) fn services(&self) -> Vec<String> {
        if let Some(said) = self.parameter(&["SERVICE", "SERVICE_NAME", "APP", "APPLICATION", "APP_NAME", "COMPONENT"]) {
            return said.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
        }
        let found = self.pipeline().rsplit('/').find_map(pipeline::service);
        vec![found.unwrap_or_else(|| self.pipeline()).to_owned()]
    }
}

impl Stage {
    pub(super) fn of(record: &Value, desk: &Desk<'_>) -> Self {
        let text = |path: &str| values::text(record, path).map(std::borrow::Cow::into_owned);
        Self {
            origin: desk.origin(),
            id: text("id").or_else(|| text("name")).unwrap_or_default(),
            name: text("name").unwrap_or_default(),
            status: text("status"),
            started: values::int(record, "startTimeMillis").filter(|at| *at > 0),
            duration: values::int(record, "durationMillis").filter(|length| *length >= 0),
        }
    }
}

fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

fn is_pull_request(leaf: &str) -> bool {
    ["PR-", "MR-", "CR-"]
        .iter()
        .any(|prefix| leaf.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit())))
}

/// Plain values under the names of the JSON interface, and when the build was queued and ended.
fn view(record: &Value) -> Value {
    let mut view: Map<String, Value> = record.as_object().into_iter().flatten().filter(|(_, value)| is_plain(value)).map(owned).collect();
    let copy = |view: &mut Map<String, Value>, ours: &str, theirs: &str| {
        if let (None, Some(value)) = (view.get(ours), record.get(theirs)) {
            view.insert(ours.to_owned(), value.clone());
        }
    };
    copy(&mut view, "timestamp", "startTimeMillis");
    copy(&mut view, "result", "status");
    copy(&mut view, "end", "endTimeMillis");
    let started = values::int(record, "timestamp");
    if let Some(end) = started.zip(values::int(record, "duration")).and_then(|(start, length)| start.checked_add(length)) {
        view.insert("end".to_owned(), end.into());
    }
    let actions = values::list(record, "actions");
    let waited = actions.iter().find_map(|action| values::int(action, "queuingDurationMillis"));
    if let Some(queued) = started.zip(waited).and_then(|(start, length)| start.checked_sub(length)) {
        view.insert("queued".to_owned(), queued.into());
    }
    let parameters = actions.iter().flat_map(|action| values::list(action, "parameters"));
    let named = parameters.filter_map(|parameter| Some((values::text(parameter, "name")?.into_owned(), parameter.get("value")?.clone())));
    view.insert("parameters".to_owned(), Value::Object(named.filter(|(_, value)| is_plain(value)).collect()));
    Value::Object(view)
}

fn is_plain(value: &Value) -> bool {
    !(value.is_object() || value.is_array())
}

fn owned((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

/// What was built. A shared library is checked out before the sources, so of several the last counts, and before that one whose
/// repository or branch the job is named after.
fn revision(actions: &[Value], job: &str) -> Option<Revision> {
    let found = actions.iter().filter_map(|action| {
        let commit = values::text(action, "lastBuiltRevision.SHA1")?.into_owned();
        let branch = values::text(action, "lastBuiltRevision.branch.name").map(|name| branch(&name));
        let repository = values::list(action, "remoteUrls").iter().find_map(values::plain).map(|address| pipeline::repository(&address));
        Some(Revision { commit, branch, repository })
    });
    found.max_by_key(|revision| {
        let named = revision.repository.as_deref().map(|address| last(address).trim_end_matches(".git"));
        let built = revision.branch.as_ref().is_some_and(|branch| job.ends_with(&format!("/{branch}")));
        (named.is_some_and(|name| job.split('/').any(|part| part == name)), built)
    })
}

/// `refs/remotes/origin/main` and `origin/main` as `main`.
fn branch(name: &str) -> String {
    let name = name.trim_start_matches("refs/remotes/").trim_start_matches("refs/heads/");
    name.strip_prefix("origin/").unwrap_or(name).to_owned()
}

/// Whether the job is one branch of a multibranch project.
fn is_branch(actions: &[Value], address: &str, job: &str, revision: Option<&Revision>) -> bool {
    let mut classes = actions.iter().flat_map(|action| [values::texts(action, "causes._class"), values::texts(action, "_class")]).flatten();
    let built = revision.and_then(|revision| revision.branch.as_deref());
    job.contains('/')
        && (classes.any(|class| class.starts_with("jenkins.branch.") || class.ends_with("SCMRevisionAction"))
            || address.contains("%252F")
            || is_pull_request(last(job))
            || built.is_some_and(|branch| job.ends_with(&format!("/{branch}"))))
}

fn commits(record: &Value) -> Vec<(String, Option<i64>)> {
    let sets = values::list(record, "changeSets").iter().chain(record.get("changeSet"));
    let items = sets.flat_map(|set| values::list(set, "items"));
    let commit = |item: &Value| values::first(item, &["commitId", "id"]).map(std::borrow::Cow::into_owned);
    items.filter_map(|item| Some((commit(item)?, values::int(item, "timestamp").filter(|at| *at > 0)))).collect()
}

/// A person started it, or something else; never who.
fn actor(actions: &[Value]) -> Option<&'static str> {
    let mut causes = actions.iter().flat_map(|action| values::list(action, "causes")).peekable();
    causes.peek()?;
    let human = causes
        .any(|cause| values::text(cause, "_class").is_some_and(|class| class.ends_with("UserIdCause") || class.ends_with("UserCause")));
    Some(if human { "human" } else { "automation" })
}

/// The builds that started this one; a rebuild names the build that it repeats in the same way and is none of them.
fn upstream(actions: &[Value], instance: &str) -> Vec<Key> {
    let causes = actions.iter().flat_map(|action| values::list(action, "causes"));
    let started = causes.filter(|cause| values::text(cause, "_class").is_none_or(|class| !class.contains("rebuild")));
    let named = |cause: &Value| {
        let job = values::text(cause, "upstreamProject")?;
        Some((instance.to_owned(), place::plain(&job), values::text(cause, "upstreamBuild")?.into_owned()))
    };
    started.filter_map(named).collect()
}
