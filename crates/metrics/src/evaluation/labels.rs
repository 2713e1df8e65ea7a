//! What is known of causes, and from where.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::PolarsResult;
use sequela_schema::canonical::{deployments, incidents, labels as given};
use sequela_schema::result::{deployment_outcomes, links};
use sequela_schema::vocabulary::{evidence, labels as source};
use sequela_schema::{Frames, Values};

use super::lookup::Lookup;

/// Known causes of incidents from one source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// `truth`, `asserted` or `rollback`.
    pub source: &'static str,
    /// Deployments that caused each incident to be scored; none where it is known that no deployment did.
    pub(super) causes: BTreeMap<String, BTreeSet<String>>,
    /// What every team's rate truly is, where the cause of every incident is known.
    pub(super) rates: Option<Vec<Team>>,
    /// What is not scored, and why.
    pub left_out: LeftOut,
}

/// A team: each deployment that counts, and whether it truly failed.
pub(super) type Team = Vec<(String, bool)>;

/// Labels that are not scored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Incidents whose own record names the cause: definitions are told.
    pub recorded: usize,
    /// Labels of incidents that are not in the data.
    pub unknown_incidents: usize,
    /// Incidents that are said both to have a cause and to have none.
    pub contradictory: usize,
    /// Records that name a change without a deployment in the data.
    pub without_deployment: usize,
    /// Causes that are no deployment of the data: they are scored, and missed by all.
    pub unknown_deployments: usize,
}

impl Labels {
    /// What a table of known causes says, without the incidents whose record names the cause.
    ///
    /// `recorded` is the same data correlated under [`super::recorded`].
    pub fn of_table(frames: &Frames, recorded: &Frames) -> PolarsResult<Self> {
        let mut this = Self { source: source::TRUTH, ..Self::default() };
        let named = named(frames)?;
        let mut all = this.read(frames)?;
        let contradictory = all.extract_if(.., |_, causes| causes.len() > 1 && causes.contains("")).count();
        all.values_mut().for_each(|causes| causes.retain(|cause| !cause.is_empty()));
        let asserted = linked(recorded, evidence::ASSERTED)?;
        let incidents = frames.get(&incidents::TABLE);
        let is_known = |id: &str| all.contains_key(id) || named.contains(id);
        if incidents.texts(&incidents::INCIDENT_ID)?.iter().flatten().all(is_known) {
            let untold = asserted.into_iter().filter(|(id, _)| !all.contains_key(id)).map(|(_, cause)| cause);
            let failed: BTreeSet<String> = all.values().flatten().cloned().chain(untold).collect();
            this.rates = Some(teams(recorded, &failed)?);
        }
        let told = all.extract_if(.., |id, _| named.contains(id)).count();
        this.left_out = LeftOut { recorded: told, contradictory, ..this.left_out };
        this.causes = all;
        Ok(this)
    }

    /// Causes by incident as the table has them, an empty one for "none"; of incidents of the data only.
    fn read(&mut self, frames: &Frames) -> PolarsResult<BTreeMap<String, BTreeSet<String>>> {
        let (labels, incidents, deployments) = (frames.get(&given::TABLE), frames.get(&incidents::TABLE), frames.get(&deployments::TABLE));
        let numbered = incidents.texts(&incidents::INCIDENT_ID)?.iter().zip(incidents.texts(&incidents::NUMBER)?.iter());
        let incidents = Lookup::new(numbered.filter_map(|(id, number)| Some((id?, number))));
        let deployments = Lookup::new(deployments.texts(&deployments::DEPLOYMENT_ID)?.iter().flatten().map(|id| (id, None)));
        let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (incident, cause) in labels.texts(&given::INCIDENT_ID)?.iter().zip(labels.texts(&given::DEPLOYMENT_ID)?.iter()) {
            let Some(incident) = incident.and_then(|name| incidents.id(name)) else {
                self.left_out.unknown_incidents += 1;
                continue;
            };
            let cause = cause.unwrap_or_default();
            self.left_out.unknown_deployments += usize::from(!cause.is_empty() && deployments.id(cause).is_none());
            all.entry(incident.to_owned()).or_default().insert(deployments.id(cause).unwrap_or(cause).to_owned());
        }
        Ok(all)
    }

    /// Causes that the records of incidents name.
    pub fn of_records(frames: &Frames, recorded: &Frames) -> PolarsResult<Self> {
        let causes = grouped(linked(recorded, evidence::ASSERTED)?);
        let without_deployment = named(frames)?.iter().filter(|id| !causes.contains_key(*id)).count();
        Ok(Self { source: source::ASSERTED, causes, left_out: LeftOut { without_deployment, ..LeftOut::default() }, ..Self::default() })
    }

    /// Deployments that were rolled back soon after the incident began, where no record names the cause.
    pub fn of_rollbacks(frames: &Frames, recorded: &Frames) -> PolarsResult<Self> {
        let causes = grouped(linked(recorded, evidence::ROLLBACK)?);
        let recorded = named(frames)?.len();
        Ok(Self { source: source::ROLLBACK, causes, left_out: LeftOut { recorded, ..LeftOut::default() }, ..Self::default() })
    }

    /// Incidents to be scored.
    pub fn len(&self) -> usize {
        self.causes.len()
    }

    /// Whether there is nothing to score.
    pub fn is_empty(&self) -> bool {
        self.causes.is_empty()
    }

    /// Incidents to be scored that a deployment caused.
    pub fn caused(&self) -> usize {
        self.causes.values().filter(|causes| !causes.is_empty()).count()
    }

    /// Whether some incidents are known not to be caused by a deployment: without them nobody can tell how often blame is wrong.
    pub fn has_innocent(&self) -> bool {
        self.caused() < self.len()
    }

    /// Whether the cause of every incident of the data is known.
    pub fn cover_all(&self) -> bool {
        self.rates.is_some()
    }
}

/// Deployments by team, in the order of teams; those without a team are left out.
fn teams(recorded: &Frames, failed: &BTreeSet<String>) -> PolarsResult<Vec<Team>> {
    let frame = recorded.get(&deployment_outcomes::TABLE);
    let (ids, owners) = (frame.texts(&deployment_outcomes::DEPLOYMENT_ID)?, frame.texts(&deployment_outcomes::TEAM_ID)?);
    let mut teams: BTreeMap<&str, Team> = BTreeMap::new();
    for (id, owner) in ids.iter().zip(owners.iter()) {
        if let (Some(id), Some(owner)) = (id, owner) {
            teams.entry(owner).or_default().push((id.to_owned(), failed.contains(id)));
        }
    }
    Ok(teams.into_values().collect())
}

fn grouped(pairs: Vec<(String, String)>) -> BTreeMap<String, BTreeSet<String>> {
    let mut causes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (incident, cause) in pairs {
        causes.entry(incident).or_default().insert(cause);
    }
    causes
}

/// Incidents whose record names a cause, be it in the data or not.
fn named(frames: &Frames) -> PolarsResult<BTreeSet<String>> {
    let frame = frames.get(&incidents::TABLE);
    let (ids, changes) = (frame.texts(&incidents::INCIDENT_ID)?, frame.texts(&incidents::CAUSED_BY_CHANGE_ID)?);
    let deployments = frame.texts(&incidents::CAUSED_BY_DEPLOYMENT_ID)?;
    let is_named = |row: &usize| changes.get(*row).is_some() || deployments.get(*row).is_some();
    Ok((0..frame.height()).filter(is_named).filter_map(|row| ids.get(row).map(str::to_owned)).collect())
}

/// Incidents and deployments linked by that evidence.
fn linked(recorded: &Frames, wanted: &str) -> PolarsResult<Vec<(String, String)>> {
    let frame = recorded.get(&links::TABLE);
    let (incidents, causes) = (frame.texts(&links::INCIDENT_ID)?, frame.texts(&links::DEPLOYMENT_ID)?);
    let bases = frame.texts(&links::EVIDENCE)?;
    let pair = |row: usize| Some((incidents.get(row)?.to_owned(), causes.get(row)?.to_owned()));
    Ok((0..frame.height()).filter(|row| bases.get(*row) == Some(wanted)).filter_map(pair).collect())
}
