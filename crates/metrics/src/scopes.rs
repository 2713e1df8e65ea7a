//! The units that belong to the organisation, to each group of teams, to each team and to each service.

use std::collections::{BTreeMap, HashSet};

use sequela_schema::definition::Scope as LinkScope;
use sequela_schema::vocabulary::scope;

use crate::Settings;
use crate::facts::{Deployment, Facts, Incident};

/// Units of one scope, each counted once, sorted by time.
#[derive(Debug)]
pub(crate) struct Scope {
    /// `organisation`, `group`, `team` or `service`.
    pub(crate) kind: &'static str,
    pub(crate) id: String,
    /// Numbers of the teams, for a team or a group.
    pub(crate) teams: Vec<u32>,
    /// Positions in `Facts::deployments`.
    pub(crate) deployments: Vec<u32>,
    /// Positions in `Facts::incidents`.
    pub(crate) incidents: Vec<u32>,
}

#[derive(Default)]
struct Members {
    deployments: Vec<u32>,
    incidents: Vec<u32>,
}

/// The organisation first, then groups, teams and services in the order of their names.
pub(crate) fn scopes(facts: &Facts, settings: &Settings) -> Vec<Scope> {
    let everything =
        Members { deployments: (0..facts.deployments.len() as u32).collect(), incidents: (0..facts.incidents.len() as u32).collect() };
    let mut scopes = vec![scope_of(facts, settings, scope::ORGANISATION, settings.organisation.clone(), Vec::new(), everything)];
    for (name, teams) in &facts.groups {
        let of_group = |team: Option<u32>| team.filter(|team| teams.binary_search(team).is_ok()).map(|_| 0);
        let mut members = members(facts, |unit| of_group(unit.team), |incident| of_group(incident.team));
        let members = members.remove(&0).unwrap_or_default();
        scopes.push(scope_of(facts, settings, scope::GROUP, name.clone(), teams.clone(), members));
    }
    let mut teams = members(facts, |unit| unit.team, |incident| incident.team);
    for (number, name) in facts.teams.iter().enumerate() {
        let members = teams.remove(&(number as u32)).unwrap_or_default();
        scopes.push(scope_of(facts, settings, scope::TEAM, name.clone(), vec![number as u32], members));
    }
    if settings.definition.scope == LinkScope::Service {
        for (number, members) in members(facts, |unit| unit.service, |incident| incident.service) {
            scopes.push(scope_of(facts, settings, scope::SERVICE, facts.services[number as usize].clone(), Vec::new(), members));
        }
    }
    scopes
}

fn members(
    facts: &Facts,
    of_deployment: impl Fn(&Deployment) -> Option<u32>,
    of_incident: impl Fn(&Incident) -> Option<u32>,
) -> BTreeMap<u32, Members> {
    let mut members: BTreeMap<u32, Members> = BTreeMap::new();
    for (position, unit) in facts.deployments.iter().enumerate() {
        if let Some(key) = of_deployment(unit) {
            members.entry(key).or_default().deployments.push(position as u32);
        }
    }
    for (position, incident) in facts.incidents.iter().enumerate() {
        if let Some(key) = of_incident(incident) {
            members.entry(key).or_default().incidents.push(position as u32);
        }
    }
    members
}

fn scope_of(facts: &Facts, settings: &Settings, kind: &'static str, id: String, teams: Vec<u32>, members: Members) -> Scope {
    let Members { mut deployments, mut incidents } = members;
    let by_service = settings.definition.scope == LinkScope::Service;
    let mut seen = HashSet::new();
    deployments.retain(|&position| {
        let unit = &facts.deployments[position as usize];
        seen.insert((unit.id, unit.service.filter(|_| by_service)))
    });
    let mut seen = HashSet::new();
    incidents.retain(|&position| seen.insert(facts.incidents[position as usize].id));
    deployments.sort_by_key(|&position| (facts.deployments[position as usize].at, facts.deployments[position as usize].id));
    incidents.sort_by_key(|&position| (facts.incidents[position as usize].started, facts.incidents[position as usize].id));
    Scope { kind, id, teams, deployments, incidents }
}
