//! What rates and restore times count: one unit per deployment and service (or team), one per incident and owner.

use std::collections::HashMap;

use sequela_schema::definition::Scope;
use sequela_schema::vocabulary::evidence;

use crate::deployments::Role;
use crate::link::{Case, Link, Linker};
use crate::model::Model;

/// Everything that is known once incidents are linked.
#[derive(Debug)]
pub(crate) struct Measured<'a> {
    pub(crate) linker: &'a Linker<'a>,
    pub(crate) cases: &'a [Case],
    /// The fitted model, where the definition asks for one.
    pub(crate) model: Option<&'a Model>,
    /// Extract time.
    pub(crate) as_of: i64,
}

/// One deployment on one service, or in one team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Unit {
    pub(crate) deployment: u32,
    pub(crate) service: Option<u32>,
    pub(crate) team: Option<u32>,
}

/// Recovery from the incidents held against a unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Recovery {
    pub(crate) hours: f64,
    pub(crate) is_open: bool,
}

/// Microseconds as hours.
pub(crate) fn hours(micros: i64) -> f64 {
    micros as f64 / 3.6e9
}

impl Measured<'_> {
    /// Links in the order of cases.
    pub(crate) fn links(&self) -> impl Iterator<Item = &Link> {
        self.cases.iter().flat_map(|case| case.link.iter().chain(&case.also))
    }

    /// Units of all deployments that count or repair, in the order of deployments.
    pub(crate) fn units(&self) -> Vec<Unit> {
        let deployments = self.linker.deployments;
        let in_play = |&deployment: &u32| deployments.roles[deployment as usize] != Role::Ignored;
        (0..deployments.ids.len() as u32).filter(in_play).flat_map(|deployment| self.units_of(deployment)).collect()
    }

    fn units_of(&self, deployment: u32) -> Vec<Unit> {
        let services = self.linker.deployments.services.of(deployment);
        let unit = |service, team| Unit { deployment, service, team };
        match self.linker.definition.scope {
            Scope::Service if services.is_empty() => vec![unit(None, None)],
            Scope::Service => {
                services.iter().flat_map(|&service| self.owned(service).into_iter().map(move |team| unit(Some(service), team))).collect()
            }
            Scope::Team => self.teams_of(services).into_iter().map(|team| unit(services.first().copied(), Some(team))).collect(),
            Scope::Organisation => {
                let teams: Vec<Option<u32>> = self.teams_of(services).into_iter().map(Some).collect();
                let teams = if teams.is_empty() { vec![None] } else { teams };
                teams.into_iter().map(|team| unit(services.first().copied(), team)).collect()
            }
        }
    }

    fn teams_of(&self, services: &[u32]) -> Vec<u32> {
        let mut teams: Vec<u32> = services.iter().flat_map(|&service| self.linker.catalog.owners.of(service)).copied().collect();
        teams.sort_unstable();
        teams.dedup();
        teams
    }

    /// Owners of a service, or one row without an owner.
    fn owned(&self, service: u32) -> Vec<Option<u32>> {
        let owners = self.linker.catalog.owners.of(service);
        if owners.is_empty() { vec![None] } else { owners.iter().map(|&team| Some(team)).collect() }
    }

    /// Links by the unit that they make fail.
    pub(crate) fn failures(&self) -> HashMap<Unit, Vec<&Link>> {
        let mut failures: HashMap<Unit, Vec<&Link>> = HashMap::new();
        for link in self.links() {
            let Some(deployment) = link.deployment else { continue };
            for unit in self.units_of(deployment).into_iter().filter(|unit| self.fails(unit, link)) {
                failures.entry(unit).or_default().push(link);
            }
        }
        failures
    }

    fn fails(&self, unit: &Unit, link: &Link) -> bool {
        match self.linker.definition.scope {
            Scope::Service => unit.service == link.service,
            Scope::Team => self.linker.definition.failure_crosses_teams || unit.team == link.team,
            Scope::Organisation => true,
        }
    }

    /// Restored when the last of the linked incidents is, or at the rollback of the deployment if that came first.
    pub(crate) fn recovery(&self, deployment: u32, links: &[&Link]) -> Option<Recovery> {
        let ended = self.linker.deployments.ended[deployment as usize]?;
        let (mut last, mut is_open) = (None, false);
        for link in links {
            match self.restored(deployment, link.incident) {
                Restored::At(at) => last = last.max(Some(at)),
                Restored::Open => is_open = true,
                Restored::Unknown => {}
            }
        }
        let until = if is_open { self.as_of } else { last? };
        (until >= ended).then(|| Recovery { hours: hours(until - ended), is_open })
    }

    fn restored(&self, deployment: u32, incident: u32) -> Restored {
        let incidents = self.linker.incidents;
        let number = incident as usize;
        let rollback = incidents.started[number].and_then(|started| self.linker.evidence.rollback_after(deployment, started));
        let rollback = rollback.filter(|_| self.linker.definition.use_evidence);
        match incidents.restored[number].into_iter().chain(rollback).min() {
            Some(at) => Restored::At(at),
            None if incidents.over[number] => Restored::Unknown,
            None => Restored::Open,
        }
    }

    /// Hours from a start to restored and whether it is still open; nothing where the record contradicts itself.
    pub(crate) fn restore_hours(&self, incident: u32, started: Option<i64>) -> (Option<f64>, bool) {
        let incidents = self.linker.incidents;
        let number = incident as usize;
        let is_open = incidents.restored[number].is_none() && !incidents.over[number];
        let until = if is_open { Some(self.as_of) } else { incidents.restored[number] };
        let elapsed = started.zip(until).map(|(started, until)| until - started);
        (elapsed.filter(|&elapsed| elapsed >= 0).map(hours), is_open)
    }

    /// Whether the link rests on a record or a rollback.
    pub(crate) fn is_explicit(link: &Link) -> bool {
        link.evidence == evidence::ASSERTED || link.evidence == evidence::ROLLBACK
    }

    /// Owners of an incident with the service each owns: (service, team).
    pub(crate) fn owners(&self, incident: u32) -> Vec<(Option<u32>, Option<u32>)> {
        let incidents = self.linker.incidents;
        let (services, teams) = (incidents.services.of(incident), incidents.teams.of(incident));
        let mut rows = Vec::new();
        for &service in services {
            rows.extend(self.owned(service).into_iter().map(|team| (Some(service), team)));
        }
        if rows.iter().all(|(_, team)| team.is_none()) {
            let service = services.first().copied();
            let assigned: Vec<_> = teams.iter().map(|&team| (service, Some(team))).collect();
            if !assigned.is_empty() || rows.is_empty() {
                rows.retain(|(listed, _)| *listed != service);
                rows.extend(if assigned.is_empty() { vec![(None, None)] } else { assigned });
            }
        }
        rows
    }
}

enum Restored {
    At(i64),
    Open,
    Unknown,
}
