//! Projects and their scopes: teams and the services that they own.

use std::collections::{BTreeMap, BTreeSet};

use sequela_schema::canonical::{services, teams};
use serde_json::Value;

use super::{Scope, Work, required, text};
use crate::adapters::shared::{Desk, Refused};

/// What services are called, by the identifier of their scope.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<String, String>);

impl Names {
    /// The scope's own name; its identifier where the name is unknown or means several scopes.
    pub(super) fn of<'n>(&'n self, scope: &'n str) -> &'n str {
        self.0.get(scope).map_or(scope, String::as_str)
    }
}

impl Work {
    pub(super) fn names(&self) -> Names {
        let mut count: BTreeMap<&str, usize> = BTreeMap::new();
        for name in self.scopes.values().filter_map(|scope| scope.name.as_deref()) {
            *count.entry(name).or_default() += 1;
        }
        let named = self.scopes.iter().filter_map(|(id, scope)| Some((id, scope.name.as_deref()?)));
        Names(named.filter(|(_, name)| count.get(name) == Some(&1)).map(|(id, name)| (id.clone(), name.to_owned())).collect())
    }

    pub(super) fn add_scope(&mut self, record: &Value, desk: &Desk<'_>) -> Result<(), Refused> {
        let id = required(record, "id")?;
        // A repository stands in three tables, in each with what that one knows.
        let scope = self.scopes.entry(id).or_insert_with(|| Scope { origin: desk.origin(), name: None, repo_url: None, language: None });
        // Addresses of jobs and boards are none of repositories.
        let url = if record.get("language").is_some() { "url" } else { "repo_url" };
        for (place, column) in [(&mut scope.name, "name"), (&mut scope.repo_url, url), (&mut scope.language, "language")] {
            if place.is_none() {
                *place = text(record, column);
            }
        }
        Ok(())
    }

    pub(super) fn map_project(&mut self, record: &Value, desk: &Desk<'_>) -> Result<(), Refused> {
        let (project, scope) = (required(record, "project_name")?, required(record, "row_id")?);
        self.projects.entry(scope).or_insert_with(|| (desk.origin(), BTreeSet::new())).1.insert(project);
        Ok(())
    }

    pub(super) fn write_catalog(&mut self, names: &Names, desk: &mut Desk<'_>) {
        let mut written = BTreeSet::new();
        for (scope, (origin, projects)) in std::mem::take(&mut self.projects) {
            desk.go_to(&origin);
            for project in projects.iter().filter(|project| written.insert((*project).clone())) {
                let mut entry = desk.entry(&teams::TABLE, &Value::Null);
                entry.put(&teams::TEAM_ID, project);
                entry.put(&teams::NAME, project);
                desk.keep(entry);
            }
            self.write_service(&scope, names, &projects, desk);
        }
    }

    fn write_service(&self, scope: &str, names: &Names, projects: &BTreeSet<String>, desk: &mut Desk<'_>) {
        let id = names.of(scope).to_owned();
        let known = self.scopes.get(scope);
        if let Some(known) = known {
            desk.go_to(&known.origin);
        }
        let mut entry = desk.entry(&services::TABLE, &Value::Null);
        entry.put(&services::SERVICE_ID, &id);
        entry.put_opt(&services::NAME, known.and_then(|known| known.name.as_deref()).or(Some(&id)));
        entry.put_opt(&services::LANGUAGE, known.and_then(|known| known.language.as_deref()));
        entry.put_opt(&services::REPO_URL, known.and_then(|known| known.repo_url.as_deref()));
        for project in projects {
            entry.owner(project);
        }
        desk.keep(entry);
        if id != scope {
            desk.alias(scope, "ci", &id, "project_mapping");
        }
    }
}
