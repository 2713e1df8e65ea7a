//! Revisions of a Helm release, from `helm history` as JSON or as the table it prints. The name of the release stands in no revision:
//! the file is to be called by it, such as `checkout-prod.json`.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use sequela_schema::canonical::deployments;
use sequela_schema::vocabulary::{SUCCESS, kind};
use serde_json::{Value, json};

use super::shared::{Desk, Entry, Origin, Reader, Refused, Translate, pipeline, values};
use super::{Adapter, Confidence, Export, Sample, Session, Verified};
use crate::words;

const NAME: &str = "helm";

/// The adapter.
pub(super) struct Helm;

impl Adapter for Helm {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        &[
            Export {
                what: "revisions of a release",
                how: "helm history RELEASE --namespace NAMESPACE -o json > RELEASE-NAMESPACE.json",
                fills: &["deployments"],
                verified: Verified::Documentation,
            },
            Export {
                what: "revisions of a release, as printed",
                how: "helm history RELEASE --namespace NAMESPACE > RELEASE-NAMESPACE.txt",
                fills: &["deployments"],
                verified: Verified::Documentation,
            },
        ]
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        let printed = sample.records.is_empty() && is_heading(sample.text.trim_start().lines().next().unwrap_or_default());
        if printed || sample.most(is_revision) {
            return Confidence::of(92, &deployments::TABLE, "revisions of a Helm release");
        }
        Confidence::default()
    }

    /// The printed table has the local time of whoever printed it.
    fn needs_zone(&self, sample: &Sample) -> bool {
        sample.records.is_empty()
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work::default()))
    }
}

fn is_revision(record: &Value) -> bool {
    values::int(record, "revision").is_some()
        && ["app_version", "chart", "updated", "status", "description"].iter().all(|key| values::has_key(record, key))
        && !values::has_key(record, "name")
}

fn is_heading(line: &str) -> bool {
    line.starts_with("REVISION") && ["UPDATED", "STATUS", "CHART", "DESCRIPTION"].iter().all(|word| line.contains(word))
}

#[derive(Default)]
struct Work {
    /// The first revision of each file.
    first: BTreeMap<u32, (i64, Origin)>,
}

impl Translate for Work {
    fn record(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        if !is_revision(record) {
            return Err(Refused::unknown("no revision of a Helm release"));
        }
        let revision = values::int(record, "revision").ok_or(Refused::missing("revision"))?;
        let origin = desk.origin();
        let first = self.first.entry(origin.file).or_insert_with(|| (revision, origin));
        first.0 = first.0.min(revision);
        keep(record, revision, desk);
        Ok(())
    }

    fn line(&mut self, line: &str, desk: &mut Desk<'_>) -> Result<(), Refused> {
        if line.trim().is_empty() || is_heading(line) {
            return Ok(());
        }
        let cells: Vec<&str> = line.split('\t').map(str::trim).collect();
        let [revision, updated, status, chart, rest @ ..] = cells.as_slice() else {
            return Err(Refused::unknown("no line of helm history: its columns are separated by tabs"));
        };
        let (version, description) = (rest.first().copied().unwrap_or_default(), rest.last().copied().unwrap_or_default());
        let record = json!({"revision": revision, "updated": plain_time(updated), "status": status, "chart": chart,
            "app_version": version, "description": description});
        self.record(&record, desk)
    }

    fn finish(&mut self, desk: &mut Desk<'_>) {
        for (first, origin) in std::mem::take(&mut self.first).into_values().filter(|(first, _)| *first > 1) {
            desk.go_to(&origin);
            let message = format!("the history begins with revision {first}: Helm keeps the last ones only (--history-max, --max)");
            desk.suspect_truncation(&message);
        }
    }
}

/// The printed time, such as `Mon Oct  3 10:15:13 2016`, in a form that has a clear order.
fn plain_time(text: &str) -> String {
    let read = NaiveDateTime::parse_from_str(text, "%a %b %e %H:%M:%S %Y");
    read.map_or_else(|_| text.to_owned(), |at| at.format("%Y-%m-%d %H:%M:%S").to_string())
}

fn keep(record: &Value, revision: i64, desk: &mut Desk<'_>) {
    let scope = desk.scope();
    let release = release(&scope.stem);
    let id = |revision: i64| format!("{release}/{revision}");
    let mut entry = desk.entry(&deployments::TABLE, record);
    entry.put(&deployments::DEPLOYMENT_ID, &desk.id(&id(revision)));
    entry.put(&deployments::NAME, release);
    entry.text(&deployments::VERSION, "app_version");
    entry.text(&deployments::ARTIFACT_ID, "chart");
    entry.time(&deployments::FINISHED_AT, "updated");
    entry.service(scope.service.as_deref().unwrap_or_else(|| words::without_environment(release, &scope.production)));
    put_status(&mut entry, record);
    let description = values::text(record, "description").unwrap_or_default().to_lowercase();
    if description.starts_with("rollback to") {
        entry.put(&deployments::KIND, kind::ROLLBACK);
        entry.put(&deployments::KIND_BASIS, "explicit");
        // The number in the description is what it goes back to; what it undoes is the revision before it.
        entry.put(&deployments::ROLLS_BACK_DEPLOYMENT_ID, &desk.id(&id(revision - 1)));
    }
    pipeline::place(&mut entry, desk, &[release]);
    desk.keep(entry);
}

/// `superseded` and `uninstalled` tell what became of the revision later: it had worked.
fn put_status(entry: &mut Entry<'_>, record: &Value) {
    let status = values::text(record, "status").unwrap_or_default();
    let word = status.to_lowercase().replace('_', "-");
    if word.starts_with("pending") {
        entry.put(&deployments::ORIGINAL_STATE, &status);
        return entry.put(&deployments::STATE, "in_progress");
    }
    entry.put(&deployments::ORIGINAL_RESULT, &status);
    if word.starts_with("uninstall") {
        entry.put(&deployments::RESULT, SUCCESS);
    }
}

/// The name of the release in the name of the file, without the words that say what the file is.
fn release(stem: &str) -> &str {
    let separators = ['-', '_', ' '];
    let mut release = stem;
    for word in ["helm", "history"] {
        release = release.strip_prefix(word).unwrap_or(release).trim_start_matches(separators);
        release = release.strip_suffix(word).unwrap_or(release).trim_end_matches(separators);
    }
    if release.is_empty() { stem } else { release }
}
