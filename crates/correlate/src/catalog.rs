//! Names → services → teams.
//!
//! Exports call one service by many names. A name is looked up as it stands, then in a simplified form; what the catalog does
//! not know is kept as a service of its own, so that it is counted and reported instead of lost.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use polars::prelude::{DataFrame, PolarsResult};
use sequela_schema::canonical::{dependencies, service_aliases, service_teams, services, teams};
use sequela_schema::{Column, Frames, Values};

use crate::Groups;

/// Services and teams as dense numbers, with ownership and dependencies.
#[derive(Debug, Default)]
pub struct Catalog {
    /// Identifiers of services: those of the catalog first, then names that only events carry; each part sorted.
    pub services: Vec<String>,
    /// How many of them the catalog knows.
    pub known: usize,
    /// Identifiers of teams, sorted.
    pub teams: Vec<String>,
    /// Teams that own each service.
    pub owners: Groups,
    /// Services that each service depends on directly.
    pub depends_on: Groups,
    exact: HashMap<String, u32>,
    simplified: HashMap<String, Option<u32>>,
    team_numbers: HashMap<String, u32>,
}

/// Lower case, blanks and underscores as hyphens.
fn simplify(name: &str) -> String {
    name.trim().chars().map(|character| if matches!(character, ' ' | '_') { '-' } else { character.to_ascii_lowercase() }).collect()
}

/// The last part of a repository's path or address, where there is more than one part.
fn repository_name(name: &str) -> Option<&str> {
    name.trim_end_matches(".git").rsplit_once('/').map(|(_, last)| last)
}

impl Catalog {
    /// Reads the catalog and takes in every name that events carry.
    pub fn new(frames: &Frames, event_names: &BTreeSet<String>, event_teams: &BTreeSet<String>) -> PolarsResult<Self> {
        let mut catalog = Self::default();
        catalog.read_services(&frames.get(&services::TABLE))?;
        catalog.read_aliases(&frames.get(&service_aliases::TABLE))?;
        catalog.index_simplified();
        let edges = edges(&frames.get(&dependencies::TABLE))?;
        let named = edges.iter().flat_map(|(from, to)| [from, to]).chain(event_names);
        let unknown: BTreeSet<&String> = named.filter(|name| catalog.service(name).is_none()).collect();
        for name in unknown {
            catalog.add_service(name.clone());
        }
        catalog.read_teams(frames, event_teams)?;
        let pairs = edges.iter().filter_map(|(from, to)| Some((catalog.service(from)?, catalog.service(to)?)));
        catalog.depends_on = Groups::from_pairs(catalog.services.len(), pairs.filter(|(from, to)| from != to).collect());
        Ok(catalog)
    }

    fn add_service(&mut self, name: String) {
        let number = self.services.len() as u32;
        self.exact.insert(name.clone(), number);
        self.services.push(name);
    }

    fn read_services(&mut self, frame: &DataFrame) -> PolarsResult<()> {
        let ids: BTreeSet<&str> = frame.texts(&services::SERVICE_ID)?.iter().flatten().collect();
        for id in ids {
            self.add_service(id.to_owned());
        }
        self.known = self.services.len();
        for column in [&services::NAME, &services::DISPLAY_NAME] {
            self.add_names(frame, column, &services::SERVICE_ID)?;
        }
        Ok(())
    }

    fn read_aliases(&mut self, frame: &DataFrame) -> PolarsResult<()> {
        self.add_names(frame, &service_aliases::ALIAS, &service_aliases::SERVICE_ID)
    }

    /// Adds other names; the first service in the order of identifiers keeps a name that several claim.
    fn add_names(&mut self, frame: &DataFrame, name: &Column, id: &Column) -> PolarsResult<()> {
        let pairs: BTreeSet<(&str, &str)> =
            frame.texts(id)?.iter().zip(frame.texts(name)?.iter()).filter_map(|(id, name)| Some((id?, name?))).collect();
        for (id, name) in pairs {
            if let Some(&number) = self.exact.get(id) {
                self.exact.entry(name.to_owned()).or_insert(number);
            }
        }
        Ok(())
    }

    /// A simplified name that would mean two services means none.
    fn index_simplified(&mut self) {
        let names: BTreeMap<&String, u32> = self.exact.iter().map(|(name, &number)| (name, number)).collect();
        for (name, number) in names {
            let entry = self.simplified.entry(simplify(name)).or_insert(Some(number));
            if *entry != Some(number) {
                *entry = None;
            }
        }
    }

    fn read_teams(&mut self, frames: &Frames, event_teams: &BTreeSet<String>) -> PolarsResult<()> {
        let listed = frames.get(&teams::TABLE);
        let owned = frames.get(&service_teams::TABLE);
        let single = frames.get(&services::TABLE);
        let mut pairs: Vec<(String, String)> = Vec::new();
        for (frame, service, team) in
            [(&owned, &service_teams::SERVICE_ID, &service_teams::TEAM_ID), (&single, &services::SERVICE_ID, &services::TEAM_ID)]
        {
            let rows = frame.texts(service)?.iter().zip(frame.texts(team)?.iter());
            pairs.extend(rows.filter_map(|(service, team)| Some((service?.to_owned(), team?.to_owned()))));
        }
        let known = listed.texts(&teams::TEAM_ID)?.iter().flatten().map(ToOwned::to_owned);
        let mut names: BTreeSet<String> = known.chain(pairs.iter().map(|(_, team)| team.clone())).collect();
        let display: Vec<(String, String)> = listed
            .texts(&teams::NAME)?
            .iter()
            .zip(listed.texts(&teams::TEAM_ID)?.iter())
            .filter_map(|(name, id)| Some((simplify(name?), id?.to_owned())))
            .chain(names.iter().map(|name| (simplify(name), name.clone())))
            .collect();
        let by_display: BTreeMap<String, String> = display.into_iter().rev().collect();
        names.extend(event_teams.iter().filter(|team| !by_display.contains_key(&simplify(team))).cloned());
        self.teams = names.into_iter().collect();
        self.team_numbers = self.teams.iter().enumerate().map(|(number, team)| (team.clone(), number as u32)).collect();
        for (name, id) in by_display {
            if let Some(&number) = self.team_numbers.get(&id) {
                self.team_numbers.entry(name).or_insert(number);
            }
        }
        let owners = pairs.iter().filter_map(|(service, team)| Some((*self.exact.get(service)?, *self.team_numbers.get(team)?)));
        self.owners = Groups::from_pairs(self.services.len(), owners.collect());
        Ok(())
    }

    /// The service of that name.
    pub fn service(&self, name: &str) -> Option<u32> {
        let simplified = |name: &str| self.simplified.get(&simplify(name)).copied().flatten();
        self.exact.get(name).copied().or_else(|| simplified(name)).or_else(|| repository_name(name).and_then(simplified))
    }

    /// The team of that name.
    pub fn team(&self, name: &str) -> Option<u32> {
        self.team_numbers.get(name).or_else(|| self.team_numbers.get(&simplify(name))).copied()
    }

    /// Whether the catalog lists the service.
    pub fn is_known(&self, service: u32) -> bool {
        (service as usize) < self.known
    }
}

fn edges(frame: &DataFrame) -> PolarsResult<Vec<(String, String)>> {
    let rows = frame.texts(&dependencies::FROM_SERVICE_ID)?.iter().zip(frame.texts(&dependencies::TO_SERVICE_ID)?.iter());
    Ok(rows.filter_map(|(from, to)| Some((from?.to_owned(), to?.to_owned()))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_simplified_like_people_vary_them() {
        assert_eq!(simplify(" Payment_Gateway API "), "payment-gateway-api");
        assert_eq!(repository_name("https://git.example/acme/api.git"), Some("api"));
        assert_eq!(repository_name("api"), None);
    }
}
