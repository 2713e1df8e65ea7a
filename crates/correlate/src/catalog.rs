//! Names → services → teams.
//!
//! Exports call one service by many names. A name is looked up as it stands, then in a simplified form; what the catalog does
//! not know is kept as a service of its own, so that it is counted and reported instead of lost. A name that several services claim,
//! such as the repository of many components, means none of them until the settings say which, or that it means all.

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
    /// Names that several services claim, with those services.
    pub ambiguous: BTreeMap<String, Vec<u32>>,
    exact: HashMap<String, u32>,
    /// Services of names that were declared to mean more than one.
    several: HashMap<String, Vec<u32>>,
    simplified: HashMap<String, Option<u32>>,
    team_numbers: HashMap<String, u32>,
}

/// Lower case, blanks and underscores as hyphens.
pub(crate) fn simplify(name: &str) -> String {
    name.trim().chars().map(|character| if matches!(character, ' ' | '_') { '-' } else { character.to_ascii_lowercase() }).collect()
}

/// `owner/name` of a repository's address, where it is one.
fn repository_path(name: &str) -> Option<&str> {
    let name = name.trim_end_matches('/').trim_end_matches(".git");
    let path = match name.split_once("://") {
        Some((_, rest)) => rest.split_once('/')?.1,
        None => name.strip_prefix("git@")?.split_once(':')?.1,
    };
    Some(path).filter(|path| path.contains('/'))
}

/// The last part of a repository's path or address, where there is more than one part.
fn repository_name(name: &str) -> Option<&str> {
    name.trim_end_matches(".git").rsplit_once('/').map(|(_, last)| last)
}

/// Basis of aliases that the settings declare.
const SETTINGS: &str = "settings";

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

    /// Other names: what the settings or a table of aliases declare counts as it stands, what catalogs claim only where it is clear.
    fn read_aliases(&mut self, frame: &DataFrame) -> PolarsResult<()> {
        let bases = frame.texts(&service_aliases::BASIS)?;
        let is_declared = |row: usize| matches!(bases.get(row), None | Some(SETTINGS));
        for (name, services) in self.claims(frame, &service_aliases::ALIAS, &service_aliases::SERVICE_ID, &is_declared)? {
            if let Some(first) = services.first() {
                self.exact.insert(name.clone(), *first);
            }
            self.several.insert(name, services);
        }
        self.add_names(frame, &service_aliases::ALIAS, &service_aliases::SERVICE_ID)
    }

    /// Adds other names. A name that is taken already stays what it is; one that several services claim means none of them.
    fn add_names(&mut self, frame: &DataFrame, name: &Column, id: &Column) -> PolarsResult<()> {
        for (name, services) in self.claims(frame, name, id, &|_| true)? {
            match services.as_slice() {
                _ if self.exact.contains_key(&name) || self.ambiguous.contains_key(&name) => {}
                [service] => drop(self.exact.insert(name, *service)),
                _ => drop(self.ambiguous.insert(name, services)),
            }
        }
        Ok(())
    }

    /// Services by the name that they claim, both sorted.
    fn claims(
        &self,
        frame: &DataFrame,
        name: &Column,
        id: &Column,
        counts: &dyn Fn(usize) -> bool,
    ) -> PolarsResult<BTreeMap<String, Vec<u32>>> {
        let mut claims: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
        let rows = frame.texts(id)?.iter().zip(frame.texts(name)?.iter()).enumerate();
        for (_, (id, name)) in rows.filter(|(row, _)| counts(*row)) {
            let (Some(id), Some(name)) = (id, name) else { continue };
            if let Some(&service) = self.exact.get(id) {
                claims.entry(name.to_owned()).or_default().insert(service);
            }
        }
        Ok(claims.into_iter().map(|(name, services)| (name, services.into_iter().collect())).collect())
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

    /// The service of that name; the first one where it means several.
    pub fn service(&self, name: &str) -> Option<u32> {
        let simplified = |name: &str| self.simplified.get(&simplify(name)).copied().flatten();
        let known = |name: &str| self.exact.get(name).copied().or_else(|| simplified(name));
        if let Some(service) = known(name) {
            return Some(service);
        }
        if self.claimants(name).is_some() {
            return None;
        }
        repository_path(name).and_then(known).or_else(|| repository_name(name).and_then(simplified))
    }

    /// Every service that the name means.
    pub fn services_of(&self, name: &str) -> impl Iterator<Item = u32> {
        let declared = self.several.get(name).or_else(|| self.several.get(repository_path(name)?));
        let single = if declared.is_some() { None } else { self.service(name) };
        declared.map_or(&[][..], Vec::as_slice).iter().copied().chain(single)
    }

    /// The services that claim a name, where it is not clear which of them it means.
    pub fn claimants(&self, name: &str) -> Option<&[u32]> {
        let claimed = |name: &str| self.ambiguous.get(name);
        claimed(name).or_else(|| claimed(repository_path(name)?)).map(Vec::as_slice)
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
    use sequela_schema::TableBuilder;

    use super::*;

    #[test]
    fn names_are_simplified_like_people_vary_them() {
        assert_eq!(simplify(" Payment_Gateway API "), "payment-gateway-api");
        assert_eq!(repository_name("https://git.example/acme/api.git"), Some("api"));
        assert_eq!(repository_name("api"), None);
        assert_eq!(repository_path("https://git.example/acme/api.git"), Some("acme/api"));
        assert_eq!(repository_path("git@git.example:acme/api.git"), Some("acme/api"));
        assert_eq!((repository_path("acme/api"), repository_path("https://git.example/api")), (None, None));
    }

    /// Two components live in one repository; a table says that the suite is both of them; the settings decide about the job.
    #[test]
    fn a_name_of_several_services_means_none_until_it_is_declared() {
        let mut frames = Frames::new();
        let mut builder = TableBuilder::new(&services::TABLE);
        for id in ["cart", "pay"] {
            let mut row = builder.row();
            row.text(&services::SERVICE_ID, id)
                .text(&services::SOURCE, "t")
                .text(&services::SOURCE_FILE, "f")
                .int(&services::SOURCE_ROW, 1);
        }
        frames.build(builder).unwrap();
        let mut builder = TableBuilder::new(&service_aliases::TABLE);
        let aliases = [
            ("acme/mono", "cart", Some("backstage.io/source-location")),
            ("acme/mono", "pay", Some("backstage.io/source-location")),
            ("suite", "cart", None),
            ("suite", "pay", None),
            ("job", "cart", Some("jenkins.io/job-full-name")),
            ("job", "pay", Some(SETTINGS)),
        ];
        for (alias, service, basis) in aliases {
            let mut row = builder.row();
            row.text(&service_aliases::ALIAS, alias).text(&service_aliases::ALIAS_KIND, "repo");
            row.text(&service_aliases::SERVICE_ID, service).text_opt(&service_aliases::BASIS, basis);
        }
        frames.build(builder).unwrap();
        let names = ["https://github.com/acme/mono", "suite", "job"].map(ToOwned::to_owned).into();
        let catalog = Catalog::new(&frames, &names, &BTreeSet::new()).unwrap();
        let meant = |name: &str| catalog.services_of(name).map(|service| catalog.services[service as usize].clone()).collect::<Vec<_>>();
        assert_eq!(meant("https://github.com/acme/mono"), ["https://github.com/acme/mono"]);
        assert_eq!(catalog.claimants("https://github.com/acme/mono"), Some(&[0, 1][..]));
        assert_eq!(
            (meant("suite"), meant("job"), meant("pay")),
            (vec!["cart".into(), "pay".into()], vec!["pay".into()], vec!["pay".into()])
        );
        assert!(catalog.claimants("suite").is_none() && catalog.claimants("job").is_none());
    }
}
