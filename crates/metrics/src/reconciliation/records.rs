//! Records that count otherwise after a step than before it.

use std::collections::{BTreeSet, HashMap};

use polars::prelude::PolarsResult;
use sequela_schema::canonical::{deployments, incidents};
use sequela_schema::result::reconciliation_records as out;
use sequela_schema::{Column, Frames, Table, TableBuilder, Values};

use super::stage::{CHANGE_FAILURE_RATE, Compared, DEPLOYMENTS, INCIDENTS, Part, Parts, Place, RECOVERY, Stage, TIME_TO_RESTORE};
use super::{Step, words};
use crate::calendar::month_label;

/// Probabilities that differ by less are called the same.
const SAME: f64 = 0.005;

/// One record that counts otherwise.
#[derive(Clone, Debug)]
pub(crate) struct Difference {
    pub(crate) metric: Compared,
    /// Position of the step.
    pub(crate) step: usize,
    kind: &'static str,
    id: String,
    pub(crate) places: BTreeSet<Place>,
    adds: f64,
    before: (bool, String),
    after: (bool, String),
}

/// By step, figure and identifier; of figures that both definitions have.
pub(crate) fn differences(stages: &[Stage], steps: &[Step], shared: &BTreeSet<Compared>) -> Vec<Difference> {
    let mut found = Vec::new();
    for step in 0..steps.len() {
        let (before, after) = (&stages[step], &stages[step + 1]);
        let deployments = between(&before.deployments, &after.deployments, words::NOT_COUNTED);
        let failures = between(&before.failures, &after.failures, words::NOT_HELD);
        let each: [(Compared, &'static str, &[Change<'_>]); 6] = [
            (DEPLOYMENTS, DEPLOYMENT, &deployments),
            (INCIDENTS, INCIDENT, &between(&before.incidents, &after.incidents, words::NOT_COUNTED)),
            (CHANGE_FAILURE_RATE, DEPLOYMENT, &deployments),
            (CHANGE_FAILURE_RATE, INCIDENT, &failures),
            (RECOVERY, INCIDENT, &failures),
            (TIME_TO_RESTORE, INCIDENT, &between(&before.restores, &after.restores, words::NOT_COUNTED)),
        ];
        for (metric, kind, changes) in each.into_iter().filter(|(metric, ..)| shared.contains(metric)) {
            found.extend(changes.iter().map(|change| change.difference(metric, kind, step)));
        }
    }
    found
}

const DEPLOYMENT: &str = "deployment";
const INCIDENT: &str = "incident";

/// A record with what it was and is.
struct Change<'a> {
    id: &'a str,
    before: Option<&'a Part>,
    after: Option<&'a Part>,
    absent: &'static str,
}

impl Change<'_> {
    fn difference(&self, metric: Compared, kind: &'static str, step: usize) -> Difference {
        let told = |part: Option<&Part>| part.map_or((false, self.absent.to_owned()), |part| (part.counts, part.words.clone()));
        let amount = |part: Option<&Part>| part.map_or(0.0, |part| part.amount);
        let adds = amount(self.after) - amount(self.before);
        let places = self.before.into_iter().chain(self.after).flat_map(|part| part.places.iter().cloned()).collect();
        Difference { metric, step, kind, id: self.id.to_owned(), places, adds, before: told(self.before), after: told(self.after) }
    }
}

/// Records that are in one only, or are something else in the other.
fn between<'a>(before: &'a Parts, after: &'a Parts, absent: &'static str) -> Vec<Change<'a>> {
    let ids: BTreeSet<&str> = before.keys().chain(after.keys()).map(String::as_str).collect();
    let change = |id: &'a str| Change { id, before: before.get(id), after: after.get(id), absent };
    let differs = |change: &Change<'_>| match (change.before, change.after) {
        (Some(before), Some(after)) => !is_same(before, after),
        (Some(only), None) | (None, Some(only)) => only.amount.abs() > SAME,
        (None, None) => false,
    };
    ids.into_iter().map(change).filter(differs).collect()
}

/// Whether it counts as much, in the same places and against the same; the ground does not matter.
fn is_same(before: &Part, after: &Part) -> bool {
    let told_apart = !before.target.is_empty() && !after.target.is_empty();
    (before.amount - after.amount).abs() <= SAME
        && before.counts == after.counts
        && before.places == after.places
        && !(told_apart && before.target != after.target)
}

pub(crate) fn table(differences: &[Difference], steps: &[Step], frames: &Frames) -> PolarsResult<TableBuilder> {
    let deployments = urls(frames, &deployments::TABLE, &deployments::DEPLOYMENT_ID, &deployments::URL)?;
    let incidents = urls(frames, &incidents::TABLE, &incidents::INCIDENT_ID, &incidents::URL)?;
    let mut builder = TableBuilder::new(&out::TABLE);
    for item in differences {
        let urls = if item.kind == DEPLOYMENT { &deployments } else { &incidents };
        let teams: BTreeSet<&str> = item.places.iter().filter_map(|(team, _)| team.as_deref()).collect();
        let months: BTreeSet<i32> = item.places.iter().map(|(_, month)| *month).collect();
        builder
            .row()
            .text(&out::METRIC, item.metric.0)
            .int(&out::STEP, item.step as i64 + 1)
            .text(&out::REASON, steps[item.step].reason)
            .text(&out::RECORD_KIND, item.kind)
            .text(&out::RECORD_ID, &item.id)
            .text_opt(&out::URL, urls.get(&item.id))
            .text_opt(&out::TEAMS, joined(teams.into_iter().map(ToOwned::to_owned)))
            .text_opt(&out::MONTHS, joined(months.into_iter().map(month_label)))
            .bool(&out::IN_OURS, item.before.0)
            .bool(&out::IN_THEIRS, item.after.0)
            .real(&out::ADDS, item.adds)
            .text(&out::BEFORE, &item.before.1)
            .text(&out::AFTER, &item.after.1);
    }
    Ok(builder)
}

fn joined(parts: impl Iterator<Item = String>) -> Option<String> {
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn urls(frames: &Frames, table: &'static Table, id: &Column, url: &Column) -> PolarsResult<HashMap<String, String>> {
    let frame = frames.get(table);
    let pairs = frame.texts(id)?.iter().zip(frame.texts(url)?.iter());
    Ok(pairs.filter_map(|(id, url)| Some((id?.to_owned(), url?.to_owned()))).collect())
}
