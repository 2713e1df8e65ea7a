//! Jenkins builds, from the JSON interface of jobs and from the stage view (`wfapi`).
//!
//! Jenkins does not know deployments: the names of jobs and stages tell. A build with stages that deploy gives one row for each of
//! them, with the stage's times; any other build gives one row. Builds and stages may stand in different files of the run.

mod build;
mod place;

use std::collections::{BTreeMap, BTreeSet};

use sequela_schema::canonical::{deployment_commits, deployments};
use sequela_schema::vocabulary::kind;
use serde_json::{Value, json};

use super::shared::{Desk, Entry, Reader, Refused, Translate, pipeline, values};
use super::{Adapter, Confidence, Export, Sample, Session, Verified};
use build::{Build, Key, Stage, contained, is_build, is_run, is_stage};

const NAME: &str = "jenkins";

/// The adapter.
pub(super) struct Jenkins;

impl Adapter for Jenkins {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        &[
            Export {
                what: "builds of a job",
                how: "curl -gu USER:TOKEN 'https://JENKINS/job/JOB/api/json?tree=allBuilds[number,url,result,building,timestamp,duration,fullDisplayName,displayName,actions[causes[*],parameters[*],lastBuiltRevision[SHA1,branch[name]],remoteUrls],changeSets[items[commitId,timestamp]]]' > builds.json",
                fills: &["deployments", "deployment_commits"],
                verified: Verified::RealFile,
            },
            Export {
                what: "stages of pipeline builds",
                how: "curl -gu USER:TOKEN 'https://JENKINS/job/JOB/wfapi/runs?fullStages=true' > stages.json",
                fills: &["deployments"],
                verified: Verified::RealFile,
            },
        ]
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        let known = |record: &Value| is_build(record) || is_run(record) || is_stage(record) || contained(record).iter().any(is_build);
        if sample.most(known) {
            return Confidence::of(92, &deployments::TABLE, "builds of Jenkins");
        }
        Confidence::default()
    }

    fn rest(&self) -> &'static str {
        "ask for allBuilds instead of builds, or for a range: builds[...]{0,1000}, then {1000,2000}"
    }

    fn reads_pipelines(&self) -> bool {
        true
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work::default()))
    }
}

/// Words of Jenkins. An unstable build did its work; a stage that waits for input still runs.
const RESULTS: [(&str, &str); 3] = [("UNSTABLE", "success"), ("NOT_EXECUTED", "skip"), ("PAUSED_PENDING_INPUT", "in_progress")];

/// What is kept of the files of one run.
#[derive(Default)]
struct Work {
    builds: Vec<Build>,
    /// Builds that only the stage view tells of.
    runs: Vec<Build>,
    stages: BTreeMap<Key, Vec<Stage>>,
    /// What was deployed by the builds that a build started.
    below: BTreeMap<Key, Vec<Deployed>>,
}

/// A deployment, as far as it may be the same as that of the build which started it.
#[derive(Clone)]
struct Deployed {
    environment: String,
    service: Option<String>,
    started: Option<i64>,
}

impl Translate for Work {
    fn record(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        if is_stage(record) {
            return self.stage(record, desk);
        }
        let inner = contained(record);
        if !inner.is_empty() {
            let folder = values::first(record, &["fullName", "name"]);
            inner.iter().for_each(|build| self.build(build, folder.as_deref(), desk));
            return Ok(());
        }
        if !(is_build(record) || is_run(record)) {
            return Err(Refused::unknown("neither a build nor a stage of Jenkins"));
        }
        self.build(record, None, desk);
        Ok(())
    }

    fn finish(&mut self, desk: &mut Desk<'_>) {
        let known: BTreeSet<Key> = self.builds.iter().map(Build::key).collect();
        let mut builds = std::mem::take(&mut self.builds);
        builds.extend(std::mem::take(&mut self.runs).into_iter().filter(|run| !known.contains(&run.key())));
        let known: BTreeSet<Key> = builds.iter().map(Build::key).collect();
        builds
            .extend(self.stages.iter().filter(|(key, _)| !known.contains(*key)).filter_map(|(key, stages)| Build::of_stages(key, stages)));
        // A build starts before those that it starts, so those are written first.
        builds.sort_by_key(|build| std::cmp::Reverse(build.started()));
        for build in &builds {
            desk.go_to(&build.origin);
            self.write(build, desk);
        }
    }

    fn page_sizes(&self) -> &'static [u64] {
        &[100]
    }
}

impl Work {
    fn build(&mut self, record: &Value, folder: Option<&str>, desk: &mut Desk<'_>) {
        let build = Build::of(record, folder, desk);
        desk.count_on_page(&format!("builds of {}", build.job));
        for stage in values::list(record, "stages") {
            self.stages.entry(build.key()).or_default().push(Stage::of(stage, desk));
        }
        if is_run(record) { self.runs.push(build) } else { self.builds.push(build) }
    }

    /// A stage of which its address tells the build.
    fn stage(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let address = values::text(record, "_links.self.href").unwrap_or_default();
        let (job, number) = place::of_address(&address);
        let (Some(job), Some(number)) = (job, number) else { return Err(Refused::missing("_links.self.href")) };
        let key = (desk.scope().instance.clone(), job, number);
        self.stages.entry(key).or_default().push(Stage::of(record, desk));
        Ok(())
    }

    fn write(&mut self, build: &Build, desk: &mut Desk<'_>) {
        let key = build.key();
        let below = self.below.remove(&key).unwrap_or_default();
        let stages = self.stages.remove(&key).unwrap_or_default();
        let deploying: Vec<&Stage> = stages.iter().filter(|stage| pipeline::deploys(desk, &stage.name)).collect();
        let mut all = below.clone();
        if deploying.is_empty() && !build.is_only_stages {
            all.extend(write_build(build, &below, desk));
        }
        for stage in deploying {
            all.extend(write_stage(build, stage, &below, desk));
        }
        for cause in build.upstream.iter().filter(|cause| **cause != key) {
            self.below.entry(cause.clone()).or_default().extend(all.iter().cloned());
        }
        // Overlapping exports list a build twice.
        self.below.insert(key.clone(), below);
        self.stages.insert(key, stages);
    }
}

/// Writes a build without stages that deploy.
fn write_build(build: &Build, below: &[Deployed], desk: &mut Desk<'_>) -> Option<Deployed> {
    let native = format!("{}#{}", build.job, build.number);
    let mut entry = begin(build, &native, desk);
    entry.put_opt(&deployments::ENVIRONMENT_RAW, build.environment());
    entry.time(&deployments::STARTED_AT, "timestamp");
    match values::text(&build.view, "result").filter(|_| !build.is_building()) {
        Some(result) => {
            if pipeline::outcome(&mut entry, &result, &RESULTS) {
                entry.time(&deployments::FINISHED_AT, "end");
            }
        }
        None => entry.put(&deployments::ORIGINAL_STATE, "building"),
    }
    entry.updated(if entry.has(&deployments::FINISHED_AT) { "end" } else { "timestamp" });
    pipeline::classify(&mut entry, desk, &build.names());
    keep(entry, build, &native, below, desk)
}

/// Writes a stage that deploys: the build's facts with the stage's times and outcome.
fn write_stage(build: &Build, stage: &Stage, below: &[Deployed], desk: &mut Desk<'_>) -> Option<Deployed> {
    let run = format!("{}#{}", build.job, build.number);
    let native = format!("{run}:{}", stage.id);
    let mut entry = begin(build, &native, desk);
    entry.put(&deployments::NAME, &stage.name);
    entry.put(&deployments::RELEASE_GROUP_ID, &desk.id(&run));
    if pipeline::tells_environment(desk, &stage.name) {
        entry.put(&deployments::ENVIRONMENT_RAW, &stage.name);
    } else {
        entry.put_opt(&deployments::ENVIRONMENT_RAW, build.environment());
    }
    let ended = stage.status.as_deref().is_some_and(|status| pipeline::outcome(&mut entry, status, &RESULTS));
    if let Some(started) = stage.started {
        entry.time_of(&deployments::STARTED_AT, "startTimeMillis", &json!(started));
        if let Some(duration) = stage.duration.filter(|_| ended) {
            entry.time_of(&deployments::FINISHED_AT, "durationMillis", &json!(started.saturating_add(duration)));
        }
    }
    if !entry.has(&deployments::STARTED_AT) {
        entry.time(&deployments::CREATED_AT, "timestamp");
    }
    let mut names = vec![stage.name.as_str()];
    names.extend(build.names());
    pipeline::classify(&mut entry, desk, &names);
    desk.go_to(if build.is_only_stages { &stage.origin } else { &build.origin });
    keep(entry, build, &native, below, desk)
}

/// A row with what build and stage share.
fn begin<'b>(build: &'b Build, native: &str, desk: &mut Desk<'_>) -> Entry<'b> {
    let mut entry = desk.entry(&deployments::TABLE, &build.view);
    entry.put(&deployments::DEPLOYMENT_ID, &desk.id(native));
    entry.put(&deployments::PIPELINE_NAME, build.pipeline());
    entry.put(&deployments::PIPELINE_RUN_ID, &build.number);
    entry.text(&deployments::URL, "url");
    entry.time(&deployments::QUEUED_AT, "queued");
    entry.put_opt(&deployments::REF_NAME, build.branch());
    if let Some(revision) = &build.revision {
        entry.put(&deployments::COMMIT_SHA, &revision.commit);
        entry.put_opt(&deployments::REPO_URL, revision.repository.as_deref());
    }
    entry.put_opt(&deployments::VERSION, build.parameter(&["VERSION", "APP_VERSION", "RELEASE_VERSION", "IMAGE_TAG"]));
    entry.put_opt(&deployments::CHANGE_ID, build.change());
    entry.put_opt(&deployments::ACTOR_KIND, build.actor);
    set_commits(build, &mut entry);
    for service in build.services() {
        entry.service(&service);
    }
    entry
}

fn set_commits(build: &Build, entry: &mut Entry<'_>) {
    if let Ok(count @ 1..) = i64::try_from(build.commits.len()) {
        entry.put_int(&deployments::COMMIT_COUNT, count);
    }
    if let Some(first) = build.commits.iter().filter_map(|(_, at)| *at).min() {
        entry.time_of(&deployments::FIRST_COMMIT_AT, "timestamp", &json!(first));
    }
    let head = build.revision.as_ref().and_then(|revision| build.commits.iter().find(|(commit, _)| *commit == revision.commit));
    if let Some(at) = head.and_then(|(_, at)| *at) {
        entry.time_of(&deployments::COMMIT_AT, "timestamp", &json!(at));
    }
}

/// Keeps a row and says what it deployed. A build that had others deploy to the same place while it ran is not counted beside them.
fn keep(mut entry: Entry<'_>, build: &Build, native: &str, below: &[Deployed], desk: &mut Desk<'_>) -> Option<Deployed> {
    let deploys = matches!(entry.get(&deployments::KIND), Some(kind::DEPLOY | kind::ROLLBACK));
    let own = Deployed {
        environment: pipeline::environment(&entry, desk),
        service: build.services().into_iter().next(),
        started: entry.get_int(&deployments::STARTED_AT),
    };
    let end = entry.get_int(&deployments::FINISHED_AT);
    let within = |other: &Deployed| end.is_none_or(|end| other.started.is_some_and(|started| started <= end));
    let is_same = |other: &Deployed| other.environment == own.environment && (within(other) || other.service == own.service);
    let repeated = deploys && below.iter().any(is_same);
    if repeated {
        entry.put(&deployments::KIND, kind::PUBLISH_ONLY);
    }
    let skipped = entry.get(&deployments::RESULT) == Some("skip") || entry.get(&deployments::ORIGINAL_RESULT) == Some("NOT_BUILT");
    desk.keep_later(entry);
    write_commits(build, native, desk);
    (deploys && !repeated && !skipped).then_some(own)
}

fn write_commits(build: &Build, native: &str, desk: &mut Desk<'_>) {
    for (commit, at) in &build.commits {
        let mut row = desk.entry(&deployment_commits::TABLE, &Value::Null);
        row.put(&deployment_commits::DEPLOYMENT_ID, &desk.id(native));
        row.put(&deployment_commits::COMMIT_ID, commit);
        row.put(&deployment_commits::COMMIT_SHA, commit);
        if let Some(at) = at {
            row.time_of(&deployment_commits::COMMIT_AT, "timestamp", &json!(at));
        }
        let head = build.revision.as_ref().map(|revision| revision.commit.as_str());
        row.put_bool(&deployment_commits::IS_HEAD, head == Some(commit));
        desk.keep(row);
    }
}
