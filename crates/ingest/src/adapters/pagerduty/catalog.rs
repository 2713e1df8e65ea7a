//! Services, teams and dependencies. Another catalog may list the same services and say what PagerDuty calls them: then only the names are
//! added to it.

use std::collections::BTreeMap;

use sequela_schema::Column;
use sequela_schema::canonical::{service_aliases, services, teams};
use serde_json::Value;

use crate::adapters::shared::{Desk, Origin, Refused, values};

struct Service {
    origin: Origin,
    id: String,
    name: String,
    url: Option<String>,
    /// Identifier and name of each owner.
    owners: Vec<(String, Option<String>)>,
}

struct Team {
    origin: Origin,
    name: String,
    parent: Option<String>,
}

#[derive(Default)]
pub(super) struct Catalog {
    services: Vec<Service>,
    teams: BTreeMap<String, Team>,
    /// What depends, and on what, by identifiers.
    pairs: Vec<(Origin, String, String)>,
}

/// Whether it is the answer on the dependencies of a service.
pub(super) fn has_dependencies(record: &Value) -> bool {
    values::list(record, "relationships")
        .iter()
        .any(|pair| values::has(pair, "supporting_service.id") && values::has(pair, "dependent_service.id"))
}

impl Catalog {
    pub(super) fn take_service(&mut self, record: &Value, desk: &Desk<'_>) -> Result<(), Refused> {
        let id = values::text(record, "id").ok_or(Refused::missing("id"))?.into_owned();
        let name = values::first(record, &["name", "summary"]).ok_or(Refused::missing("name"))?.into_owned();
        let text = |record: &Value, path: &str| values::text(record, path).map(std::borrow::Cow::into_owned);
        let owners = values::list(record, "teams").iter();
        let owners = owners.filter_map(|team| Some((text(team, "id")?, text(team, "summary").or_else(|| text(team, "name"))))).collect();
        self.services.push(Service { origin: desk.origin(), id, name, url: text(record, "html_url"), owners });
        Ok(())
    }

    pub(super) fn take_team(&mut self, record: &Value, desk: &Desk<'_>) -> Result<(), Refused> {
        let id = values::text(record, "id").ok_or(Refused::missing("id"))?.into_owned();
        let name = values::first(record, &["name", "summary"]).ok_or(Refused::missing("name"))?.into_owned();
        let parent = values::text(record, "parent.id").map(std::borrow::Cow::into_owned);
        self.teams.insert(id, Team { origin: desk.origin(), name, parent });
        Ok(())
    }

    pub(super) fn take_dependencies(&mut self, record: &Value, desk: &Desk<'_>) -> Result<(), Refused> {
        for pair in values::list(record, "relationships") {
            let (from, to) = (values::text(pair, "dependent_service.id"), values::text(pair, "supporting_service.id"));
            if let (Some(from), Some(to)) = (from, to) {
                self.pairs.push((desk.origin(), from.into_owned(), to.into_owned()));
            }
        }
        Ok(())
    }

    /// All catalogs are read: adds what they do not have.
    pub(super) fn complete(&mut self, desk: &mut Desk<'_>) {
        let aliases = pairs(desk, &service_aliases::ALIAS, &service_aliases::SERVICE_ID, Some("pd_id"));
        let listed = pairs(desk, &services::SERVICE_ID, &services::SERVICE_ID, None);
        let mut names = aliases.clone();
        for service in std::mem::take(&mut self.services) {
            desk.go_to(&service.origin);
            if let Some(known) = aliases.get(&service.id) {
                if *known != service.name {
                    desk.alias(&service.name, "name", known, "name of the service in PagerDuty");
                }
                continue;
            }
            names.insert(service.id.clone(), service.name.clone());
            desk.alias(&service.id, "pd_id", &service.name, "identifier of the service in PagerDuty");
            if !listed.contains_key(&service.name) {
                self.keep_service(&service, desk);
            }
        }
        for team in self.teams.values() {
            self.keep_team(team, desk);
        }
        for (origin, from, to) in std::mem::take(&mut self.pairs) {
            desk.go_to(&origin);
            desk.depends(names.get(&from).unwrap_or(&from), names.get(&to).unwrap_or(&to), "dependsOn");
        }
    }

    fn keep_service(&self, service: &Service, desk: &mut Desk<'_>) {
        let mut entry = desk.entry(&services::TABLE, &Value::Null);
        entry.put(&services::SERVICE_ID, &service.name);
        entry.put(&services::NAME, &service.name);
        entry.put_opt(&services::URL, service.url.as_deref());
        for (id, name) in &service.owners {
            let listed = self.teams.get(id).map(|team| &team.name);
            entry.owner(name.as_ref().or(listed).unwrap_or(id));
        }
        desk.keep(entry);
    }

    fn keep_team(&self, team: &Team, desk: &mut Desk<'_>) {
        desk.go_to(&team.origin);
        let mut entry = desk.entry(&teams::TABLE, &Value::Null);
        entry.put(&teams::TEAM_ID, &team.name);
        entry.put(&teams::NAME, &team.name);
        let parent = team.parent.as_ref().map(|id| self.teams.get(id).map_or(id, |parent| &parent.name));
        entry.put_opt(&teams::PARENT_TEAM_ID, parent);
        desk.keep(entry);
    }
}

/// Two columns of the rows of all adapters; of aliases those of one kind.
fn pairs(desk: &mut Desk<'_>, key: &Column, value: &Column, kind: Option<&str>) -> BTreeMap<String, String> {
    let table = if kind.is_some() { service_aliases::TABLE.name } else { services::TABLE.name };
    let Some(rows) = desk.intake().tables.get(table) else { return BTreeMap::new() };
    let fits = |row: &usize| kind.is_none() || rows.text(&service_aliases::ALIAS_KIND, *row) == kind;
    let pair = |row: usize| Some((rows.text(key, row)?.to_owned(), rows.text(value, row)?.to_owned()));
    (0..rows.len()).filter(fits).filter_map(pair).collect()
}
