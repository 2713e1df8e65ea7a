//! Argo CD applications: one deployment per entry of `status.history`, which holds successes only, and the last attempt from
//! `status.operationState` where it is none of them.
//!
//! A revision is a commit of the configuration's repository, not of the application. Nothing says that a sync was a rollback: it is one
//! when it goes back to what an older entry had, with something else in between. The same again without anything in between is a re-sync,
//! which deploys nothing new.

use sequela_schema::canonical::deployments;
use sequela_schema::vocabulary::{SUCCESS, kind};
use serde_json::Value;

use super::shared::{Desk, Entry, Reader, Refused, Translate, pipeline, values};
use super::{Adapter, Confidence, Export, Sample, Session, Verified};
use crate::words;

const NAME: &str = "argocd";

/// The adapter.
pub(super) struct ArgoCd;

impl Adapter for ArgoCd {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        &[
            Export {
                what: "applications with the history of their syncs",
                how: "kubectl get applications.argoproj.io --all-namespaces -o json > argocd-applications.json",
                fills: &["deployments"],
                verified: Verified::Documentation,
            },
            Export {
                what: "one application, without access to the cluster",
                how: "argocd app get APPLICATION -o json > argocd-APPLICATION.json",
                fills: &["deployments"],
                verified: Verified::Documentation,
            },
        ]
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        if sample.most(|record| of_project(record) || is_application(record)) {
            return Confidence::of(95, &deployments::TABLE, "applications of Argo CD");
        }
        Confidence::default()
    }

    fn rest(&self) -> &'static str {
        "raise revisionHistoryLimit of the application; what is older is gone, so export regularly"
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work))
    }
}

/// Whether it is any object of the Argo project.
fn of_project(record: &Value) -> bool {
    values::text(record, "apiVersion").is_some_and(|version| version.starts_with("argoproj.io/"))
}

/// Its own command line leaves kind and version out.
fn is_application(record: &Value) -> bool {
    match values::text(record, "kind") {
        Some(kind) => kind == "Application" && of_project(record),
        None => values::has(record, "spec.destination") && values::has(record, "status.sync") && values::has(record, "metadata.name"),
    }
}

struct Work;

impl Translate for Work {
    fn record(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        if is_application(record) {
            let application = Application::of(record, desk)?;
            application.keep_history(desk);
            application.keep_last_attempt(desk);
            return Ok(());
        }
        // Projects and sets of applications come with them when everything is exported.
        if of_project(record) { Ok(()) } else { Err(Refused::unknown("no application of Argo CD")) }
    }
}

/// What all deployments of an application share.
struct Application<'r> {
    record: &'r Value,
    name: String,
    /// Its name among those of all namespaces.
    native: String,
    service: String,
    history: Vec<&'r Value>,
}

impl<'r> Application<'r> {
    fn of(record: &'r Value, desk: &Desk<'_>) -> Result<Self, Refused> {
        let name = values::text(record, "metadata.name").ok_or(Refused::missing("metadata.name"))?.into_owned();
        let namespace = values::text(record, "metadata.namespace").filter(|namespace| namespace != "argocd");
        let labels = record.get("metadata").and_then(|metadata| metadata.get("labels"));
        let label = labels.and_then(|labels| labels.get("app.kubernetes.io/name")).and_then(Value::as_str);
        let service = label.unwrap_or_else(|| words::without_environment(&name, &desk.scope().production)).to_owned();
        let mut history: Vec<&Value> = values::list(record, "status.history").iter().collect();
        history.sort_by_key(|entry| values::int(entry, "id"));
        let native = namespace.map_or_else(|| name.clone(), |namespace| format!("{namespace}/{name}"));
        Ok(Self { record, name, native, service, history })
    }

    fn keep_history(&self, desk: &mut Desk<'_>) {
        if let Some(first) = self.history.first().and_then(|entry| values::int(entry, "id")).filter(|first| *first > 0) {
            let message = format!("the history of {} begins with entry {first}: Argo CD keeps the last ones only", self.name);
            desk.suspect_truncation(&message);
        }
        let contents: Vec<String> = self.history.iter().map(|entry| content(entry)).collect();
        for (place, entry) in self.history.iter().enumerate() {
            let Some((own, before)) = contents.get(..=place).and_then(<[String]>::split_last) else { continue };
            self.keep_entry(entry, &Course::of(own, before), place + 1 == self.history.len(), desk);
        }
    }

    fn keep_entry(&self, history: &'r Value, course: &Course, is_last: bool, desk: &mut Desk<'_>) {
        let Some(id) = values::text(history, "id") else { return };
        let mut entry = self.entry(history, &id, desk);
        entry.time(&deployments::STARTED_AT, "deployStartedAt");
        entry.time(&deployments::FINISHED_AT, "deployedAt");
        put_actor(&mut entry, history);
        put_revision(&mut entry, history, "revision", history);
        match course {
            Course::Again => entry.put(&deployments::RESULT, "skip"),
            Course::Onward => entry.put(&deployments::RESULT, SUCCESS),
            Course::Back => {
                entry.put(&deployments::RESULT, SUCCESS);
                entry.put(&deployments::KIND, kind::ROLLBACK);
                entry.put(&deployments::KIND_BASIS, "inferred");
            }
        }
        if is_last {
            self.put_images(&mut entry);
        }
        desk.keep(entry);
    }

    /// The last operation, unless the history has it.
    fn keep_last_attempt(&self, desk: &mut Desk<'_>) {
        let Some(operation) = values::at(self.record, "status.operationState") else { return };
        let Some(started) = values::text(operation, "startedAt") else { return };
        let rehearsal = values::truth(operation, "operation.sync.dryRun") == Some(true);
        if rehearsal || !values::has(operation, "syncResult") && !values::has(operation, "operation.sync") {
            return;
        }
        let mut entry = self.entry(operation, &started, desk);
        if self.is_in_history(operation, &mut entry) {
            return;
        }
        entry.time(&deployments::STARTED_AT, "startedAt");
        entry.time(&deployments::FINISHED_AT, "finishedAt");
        put_actor(&mut entry, operation.get("operation").unwrap_or(&Value::Null));
        put_revision(&mut entry, operation, "syncResult.revision", values::at(operation, "syncResult").unwrap_or(&Value::Null));
        put_phase(&mut entry, operation);
        if let Some(retries) = values::int(operation, "retryCount").filter(|retries| *retries > 0) {
            entry.put_int(&deployments::ATTEMPT, retries + 1);
            let message = "Argo CD keeps the last attempt only; the attempts before it failed and are not in the export";
            desk.note("earlier_attempts_missing", "retryCount", &retries.to_string(), message);
        }
        desk.keep(entry);
    }

    /// A success is in the history when the last entry was written after it began.
    fn is_in_history(&self, operation: &'r Value, entry: &mut Entry<'r>) -> bool {
        let succeeded = values::text(operation, "phase").is_some_and(|phase| phase == "Succeeded");
        let Some(last) = self.history.last().filter(|_| succeeded) else { return false };
        entry.time_of(&deployments::FINISHED_AT, "deployedAt", last.get("deployedAt").unwrap_or(&Value::Null));
        let deployed = entry.get_int(&deployments::FINISHED_AT);
        entry.unset(&deployments::FINISHED_AT);
        deployed >= entry.instant("startedAt")
    }

    fn entry(&self, record: &'r Value, id: &str, desk: &mut Desk<'_>) -> Entry<'r> {
        let mut entry = desk.entry(&deployments::TABLE, record);
        entry.put(&deployments::DEPLOYMENT_ID, &desk.id(&format!("{}/{id}", self.native)));
        entry.put(&deployments::NAME, &self.name);
        entry.put(&deployments::PIPELINE_NAME, &self.name);
        entry.service(&self.service);
        let places = ["spec.destination.namespace", "spec.destination.name", "metadata.name", "spec.project", "spec.destination.server"];
        let names: Vec<_> = places.iter().filter_map(|path| values::text(self.record, path)).collect();
        let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
        pipeline::place(&mut entry, desk, &names);
        entry
    }

    /// What runs now is what the last entry brought.
    fn put_images(&self, entry: &mut Entry<'_>) {
        let images = values::texts(self.record, "status.summary.images");
        let own = images.iter().find(|image| image.contains(self.service.as_str())).or(images.first().filter(|_| images.len() == 1));
        let Some(image) = own else { return };
        entry.put(&deployments::ARTIFACT_ID, image);
        let name = image.split('@').next().unwrap_or(image);
        entry.put_opt(&deployments::VERSION, name.rsplit_once(':').map(|(_, tag)| tag).filter(|tag| !tag.contains('/')));
    }
}

/// Where a sync leads, compared with those before it.
enum Course {
    Onward,
    Again,
    Back,
}

impl Course {
    fn of(own: &String, before: &[String]) -> Self {
        match before.split_last() {
            Some((last, _)) if last == own => Self::Again,
            Some((_, earlier)) if earlier.contains(own) => Self::Back,
            _ => Self::Onward,
        }
    }
}

/// What a sync applied: revisions and, since images may be set there, the sources with their parameters.
fn content(entry: &Value) -> String {
    ["revision", "revisions", "source", "sources"].map(|key| entry.get(key).map(Value::to_string).unwrap_or_default()).join(" ")
}

/// A revision is a commit, or the version of a chart.
fn put_revision(entry: &mut Entry<'_>, record: &Value, path: &str, sources: &Value) {
    let revision = values::first(record, &[path, "revisions"]).or_else(|| values::texts(sources, "revisions").into_iter().next());
    entry.put_opt(&deployments::REPO_URL, values::first(sources, &["source.repoURL", "sources.repoURL"]));
    let target = values::first(sources, &["source.targetRevision", "sources.targetRevision"]).filter(|target| target != "HEAD");
    let Some(revision) = revision else { return };
    if revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        entry.put(&deployments::COMMIT_SHA, &revision);
        entry.put_opt(&deployments::REF_NAME, target);
    } else {
        entry.put(&deployments::VERSION, &revision);
    }
}

/// Phases are `Running`, `Terminating`, `Succeeded`, `Failed` and `Error`.
fn put_phase(entry: &mut Entry<'_>, operation: &Value) {
    match values::text(operation, "phase").as_deref() {
        Some(phase @ ("Running" | "Terminating")) => {
            entry.put(&deployments::ORIGINAL_STATE, phase);
            entry.put(&deployments::STATE, "in_progress");
        }
        phase => entry.put_opt(&deployments::ORIGINAL_RESULT, phase),
    }
}

fn put_actor(entry: &mut Entry<'_>, record: &Value) {
    let automated = values::truth(record, "initiatedBy.automated") == Some(true);
    if automated || values::has(record, "initiatedBy.username") {
        entry.put(&deployments::ACTOR_KIND, if automated { "automation" } else { "human" });
    }
}
