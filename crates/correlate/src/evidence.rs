//! What records say about causes, before any rule: a named deployment or change, or a rollback that followed the incident.

use std::collections::HashMap;

use polars::prelude::PolarsResult;
use sequela_schema::canonical::{change_services, changes};
use sequela_schema::{Frames, Values};

use crate::deployments::Role;
use crate::{Catalog, Deployments, Groups, Incidents};

/// Change records: the services they name and the time they were carried out.
#[derive(Debug)]
pub(crate) struct Changes {
    by_name: HashMap<String, u32>,
    ids: Vec<String>,
    numbers: Vec<Option<String>>,
    services: Groups,
    windows: Vec<Option<(i64, i64)>>,
}

impl Changes {
    pub(crate) fn read(frames: &Frames, catalog: &Catalog) -> PolarsResult<Self> {
        let frame = frames.get(&changes::TABLE);
        let ids: Vec<String> = frame.texts(&changes::CHANGE_ID)?.iter().map(|id| id.unwrap_or_default().to_owned()).collect();
        let numbers: Vec<Option<String>> = frame.texts(&changes::NUMBER)?.iter().map(|key| key.map(ToOwned::to_owned)).collect();
        let keyed = numbers.iter().enumerate().filter_map(|(number, key)| Some((key.clone()?, number as u32)));
        let mut by_name: HashMap<String, u32> = keyed.collect();
        by_name.extend(ids.iter().enumerate().map(|(number, id)| (id.clone(), number as u32)));
        let (names, items) = (frame.texts(&changes::SERVICE_NAME_RAW)?, frame.texts(&changes::CI_NAME_RAW)?);
        let of = |change: u32, name: &str| catalog.services_of(name).map(move |service| (change, service)).collect::<Vec<_>>();
        let own = (0..ids.len()).filter_map(|row| Some(of(row as u32, names.get(row).or_else(|| items.get(row))?))).flatten();
        let links = frames.get(&change_services::TABLE);
        let rows = links.texts(&change_services::CHANGE_ID)?.iter().zip(links.texts(&change_services::SERVICE_NAME_RAW)?.iter());
        let linked = rows.filter_map(|(id, name)| Some(of(*by_name.get(id?)?, name?))).flatten();
        Ok(Self { services: Groups::from_pairs(ids.len(), own.chain(linked).collect()), windows: windows(&frame)?, by_name, ids, numbers })
    }

    /// What a deployment may call the change.
    fn keys(&self, change: u32) -> impl Iterator<Item = &str> {
        [Some(self.ids[change as usize].as_str()), self.numbers[change as usize].as_deref()].into_iter().flatten()
    }

    fn find(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied()
    }
}

/// Actual times, else planned ones.
fn windows(frame: &polars::prelude::DataFrame) -> PolarsResult<Vec<Option<(i64, i64)>>> {
    let (start, end) = (frame.instants(&changes::ACTUAL_START_AT)?, frame.instants(&changes::ACTUAL_END_AT)?);
    let (planned_start, planned_end) = (frame.instants(&changes::PLANNED_START_AT)?, frame.instants(&changes::PLANNED_END_AT)?);
    Ok((0..frame.height())
        .map(|row| Some((start.get(row).or_else(|| planned_start.get(row))?, end.get(row).or_else(|| planned_end.get(row))?)))
        .collect())
}

/// A recorded cause: known to be a change, though the deployment itself may not be in the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asserted {
    pub(crate) deployment: Option<u32>,
}

/// Looks up recorded causes and rollbacks.
#[derive(Debug)]
pub(crate) struct Evidence<'a> {
    deployments: &'a Deployments,
    incidents: &'a Incidents,
    changes: Changes,
    /// Ends of the deployments that roll back each deployment.
    rollbacks: HashMap<u32, Vec<i64>>,
    /// Counted deployments of each service.
    by_service: Groups,
    /// Counted deployments that carry the change or commit each incident names; filled where a definition asks.
    carriers: Groups,
}

impl<'a> Evidence<'a> {
    /// `takes_every` asks for every deployment that carries a named cause, not only the latest.
    pub(crate) fn new(
        frames: &Frames,
        catalog: &Catalog,
        deployments: &'a Deployments,
        incidents: &'a Incidents,
        takes_every: bool,
    ) -> PolarsResult<Self> {
        let mut rollbacks: HashMap<u32, Vec<i64>> = HashMap::new();
        for (number, target) in deployments.rolls_back.iter().enumerate() {
            if let (Some(target), Some(end), true) = (target, deployments.ended[number], deployments.roles[number] != Role::Ignored) {
                rollbacks.entry(*target).or_default().push(end);
            }
        }
        let counted = deployments.services.pairs().filter(|&(deployment, _)| deployments.roles[deployment as usize] == Role::Counted);
        let by_service = Groups::from_pairs(catalog.services.len(), counted.map(|(deployment, service)| (service, deployment)).collect());
        let carriers = Groups::from_pairs(incidents.ids.len(), Vec::new());
        let mut this = Self { deployments, incidents, changes: Changes::read(frames, catalog)?, rollbacks, by_service, carriers };
        if takes_every {
            this.carriers = this.all_carriers(frames)?;
        }
        Ok(this)
    }

    /// Whether the record names a cause, be it known or not.
    pub(crate) fn has_cause(&self, incident: u32) -> bool {
        let number = incident as usize;
        self.incidents.caused_by_deployment[number].is_some() || self.incidents.caused_by_change[number].is_some()
    }

    /// Counted deployments that carry what the incident's record names.
    pub(crate) fn carriers(&self, incident: u32) -> &[u32] {
        self.carriers.of(incident)
    }

    /// A cause may be the deployment itself, a change that deployments name, or a commit that they carry.
    fn all_carriers(&self, frames: &Frames) -> PolarsResult<Groups> {
        let commits = self.deployments.by_commit(frames)?;
        let mut pairs = Vec::new();
        for incident in 0..self.incidents.ids.len() as u32 {
            let number = incident as usize;
            let named = self.incidents.caused_by_deployment[number].as_deref().and_then(|id| self.deployments.number(id));
            let cause = self.incidents.caused_by_change[number].as_deref();
            let change = cause.and_then(|cause| self.changes.find(cause));
            let keys = change.iter().flat_map(|&change| self.changes.keys(change)).chain(cause);
            let by_change = keys.filter_map(|key| self.deployments.by_change.get(key)).flatten().copied();
            let by_commit = cause.and_then(|cause| commits.get(cause)).into_iter().flatten().copied();
            let all = named.into_iter().chain(by_change).chain(by_commit);
            pairs.extend(all.filter(|&found| self.deployments.roles[found as usize] == Role::Counted).map(|found| (incident, found)));
        }
        Ok(Groups::from_pairs(self.incidents.ids.len(), pairs))
    }

    /// The cause that the incident's record names.
    pub(crate) fn asserted(&self, incident: u32) -> Option<Asserted> {
        let number = incident as usize;
        if let Some(id) = &self.incidents.caused_by_deployment[number] {
            return Some(Asserted { deployment: self.deployments.number(id) });
        }
        let change = self.incidents.caused_by_change[number].as_deref()?;
        Some(Asserted { deployment: self.of_change(change, self.incidents.started[number]) })
    }

    /// Deployments that name the change, else those on its services while it was carried out.
    fn of_change(&self, name: &str, started: Option<i64>) -> Option<u32> {
        let change = self.changes.find(name);
        let keys = change.iter().flat_map(|&change| self.changes.keys(change)).chain([name]);
        let named: Vec<u32> = keys.filter_map(|key| self.deployments.by_change.get(key)).flatten().copied().collect();
        if !named.is_empty() {
            return self.closest(named.into_iter(), started);
        }
        let change = change?;
        let (start, end) = self.changes.windows[change as usize]?;
        let carried_out = |&deployment: &u32| self.deployments.ended[deployment as usize].is_some_and(|at| start <= at && at <= end);
        let services = self.changes.services.of(change).iter();
        self.closest(services.flat_map(|&service| self.by_service.of(service)).copied().filter(carried_out), started)
    }

    /// The latest that ended before the incident, else the latest.
    fn closest(&self, candidates: impl Iterator<Item = u32>, started: Option<i64>) -> Option<u32> {
        candidates.max_by_key(|&deployment| {
            let end = self.deployments.ended[deployment as usize];
            (end.is_some() && (started.is_none() || end <= started), end, self.deployments.ranks[deployment as usize])
        })
    }

    /// Whether any deployment was rolled back at all.
    pub(crate) fn has_rollbacks(&self) -> bool {
        !self.rollbacks.is_empty()
    }

    /// Whether the deployment was rolled back within the given time after the incident began.
    pub(crate) fn rolled_back(&self, deployment: u32, started: i64, within: i64) -> bool {
        let ends = self.rollbacks.get(&deployment);
        ends.is_some_and(|ends| ends.iter().any(|&end| started < end && end <= started.saturating_add(within)))
    }

    /// End of the first rollback of the deployment.
    pub(crate) fn first_rollback(&self, deployment: u32) -> Option<i64> {
        self.rollbacks.get(&deployment)?.iter().copied().min()
    }

    /// End of the first rollback of the deployment after an instant.
    pub(crate) fn rollback_after(&self, deployment: u32, at: i64) -> Option<i64> {
        self.rollbacks.get(&deployment)?.iter().copied().filter(|&end| end > at).min()
    }
}
