//! What people call teams and services; identifiers stand in where the catalog has no name.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::PolarsResult;
use sequela_schema::canonical::{service_teams, services, teams};
use sequela_schema::{Frames, Values};

/// Names by identifier.
#[derive(Debug, Default)]
pub(crate) struct Names {
    teams: BTreeMap<String, String>,
    services: BTreeMap<String, String>,
    /// Teams that own a service.
    owners: usize,
}

impl Names {
    /// Reads the catalog.
    pub(crate) fn read(frames: &Frames) -> PolarsResult<Self> {
        let mut names = Self::default();
        let frame = frames.get(&teams::TABLE);
        let (ids, labels) = (frame.texts(&teams::TEAM_ID)?, frame.texts(&teams::NAME)?);
        for (id, label) in ids.iter().zip(labels.iter()) {
            names.teams.insert(id.unwrap_or_default().to_owned(), label.or(id).unwrap_or_default().to_owned());
        }
        let frame = frames.get(&services::TABLE);
        let ids = frame.texts(&services::SERVICE_ID)?;
        let (labels, display) = (frame.texts(&services::NAME)?, frame.texts(&services::DISPLAY_NAME)?);
        for ((id, label), display) in ids.iter().zip(labels.iter()).zip(display.iter()) {
            names.services.insert(id.unwrap_or_default().to_owned(), display.or(label).or(id).unwrap_or_default().to_owned());
        }
        let owned = frames.get(&service_teams::TABLE);
        names.owners = owned.texts(&service_teams::TEAM_ID)?.iter().flatten().collect::<BTreeSet<_>>().len();
        Ok(names)
    }

    /// The team's name, else its identifier.
    pub(crate) fn team<'a>(&'a self, id: &'a str) -> &'a str {
        self.teams.get(id).map_or(id, String::as_str)
    }

    /// The service's name, else its identifier.
    pub(crate) fn service<'a>(&'a self, id: &'a str) -> &'a str {
        self.services.get(id).map_or(id, String::as_str)
    }

    /// Whether the catalog lists the service; true for every service where there is no catalog to ask.
    pub(crate) fn knows_service(&self, id: &str) -> bool {
        self.services.is_empty() || self.services.contains_key(id)
    }

    /// Services that the catalog lists.
    pub(crate) fn service_count(&self) -> usize {
        self.services.len()
    }

    /// Teams that own a service; where ownership is not given, teams that the catalog lists.
    pub(crate) fn team_count(&self) -> usize {
        if self.owners == 0 { self.teams.len() } else { self.owners }
    }
}
