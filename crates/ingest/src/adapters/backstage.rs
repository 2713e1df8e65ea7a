//! Backstage's catalog: `catalog-info.yaml` with many documents, or the entities of the API as JSON.
//!
//! Components become services; resources and systems only where something refers to them, systems as an attribute. A component that
//! consumes an API depends on the components that provide it, which may stand in another file. Annotations become aliases.

use std::collections::{BTreeMap, BTreeSet};

use sequela_schema::Table;
use sequela_schema::canonical::{dependencies, service_aliases, services, teams};
use serde_json::Value;

use super::{Adapter, Confidence, Export, Sample, Session, Task, Verified};
use crate::IngestError;
use crate::content::Content;
use crate::draft::{Draft, Slot};
use crate::intake::{FileReport, Intake};
use crate::issue::{Place, code};
use crate::records::documents::{self, text_at};
use crate::rules::catalog::tier;

const NAME: &str = "backstage";

/// The adapter.
pub(super) struct Backstage;

impl Adapter for Backstage {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        &[Export {
            what: "catalog-info.yaml or the catalog API",
            how: "curl https://BACKSTAGE/api/catalog/entities > entities.json",
            fills: &["services", "teams", "dependencies", "service_aliases"],
            verified: Verified::RealFile,
        }]
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        let entities = sample.records.iter().filter(|record| is_entity(record)).count();
        if entities > 0 && entities * 2 > sample.records.len() {
            return Confidence::of(95, &services::TABLE, "entities with an apiVersion of backstage.io");
        }
        Confidence::default()
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Work::default())
    }
}

fn is_entity(record: &Value) -> bool {
    text_at(record, &["apiVersion"]).is_some_and(|version| version.starts_with("backstage.io/"))
}

/// Where an entity stands.
#[derive(Clone, Copy, Debug)]
struct Origin {
    file: u32,
    row: u64,
}

/// The work on the files of one run.
#[derive(Default)]
struct Work {
    /// Services that provide an API.
    providers: BTreeMap<String, BTreeSet<String>>,
    /// Service, API that it consumes.
    consumers: Vec<(String, String, Origin)>,
    /// Domain of a system.
    domains: BTreeMap<String, String>,
    /// Service and its system, to fill the domain.
    components: Vec<(Draft, Origin)>,
    /// Services of a repository.
    repositories: BTreeMap<String, BTreeSet<String>>,
    names: BTreeSet<String>,
    last: Option<Origin>,
}

impl Session for Work {
    fn read(&mut self, content: &Content, task: &Task<'_>, intake: &mut Intake) -> Result<(), IngestError> {
        let documents = documents::read(content)?;
        if content.truncated {
            return Err(IngestError::Truncated { file: content.name.clone(), rows: documents.records.len() as u64 });
        }
        let mut report = FileReport::of(content, NAME);
        report.table = Some(services::TABLE.name);
        report.format = Some(documents.format);
        report.zone_basis = Some("not needed");
        report.id_header = Some("metadata.name".to_owned());
        let file = intake.begin(report);
        for (row, reason, found) in &documents.broken {
            let report = intake.file(file);
            report.read += 1;
            report.rejected += 1;
            let place = Place { row: *row, column: None, found: Some(found) };
            report.issues.reject(code::BAD_JSON, place, format_args!("the document cannot be parsed: {reason}; correct it"));
        }
        let gaps: BTreeSet<u64> = documents.broken.iter().map(|(row, ..)| *row).collect();
        for (record, row) in documents.records.iter().zip((1..).filter(|row| !gaps.contains(row))) {
            self.entity(record, Origin { file, row }, intake);
        }
        task.observer.progress(content.bytes);
        Ok(())
    }

    fn finish(&mut self, intake: &mut Intake) {
        for (mut draft, origin) in std::mem::take(&mut self.components) {
            let domain = draft.text(&services::SYSTEM).and_then(|system| self.domains.get(system)).cloned();
            draft.set_text_opt(&services::DOMAIN, domain.as_deref());
            intake.push(&mut draft, origin.file, origin.row, NAME, None);
        }
        for (service, api, origin) in std::mem::take(&mut self.consumers) {
            for provider in self.providers.get(&api).into_iter().flatten().filter(|provider| **provider != service) {
                depend(&service, provider, "consumesApi", origin, intake);
            }
        }
        self.name_repositories(intake);
    }
}

impl Work {
    fn entity(&mut self, record: &Value, origin: Origin, intake: &mut Intake) {
        self.last = Some(origin);
        let report = intake.file(origin.file);
        report.read += 1;
        if !is_entity(record) {
            report.rejected += 1;
            let message = "no entity of backstage.io; take it out of the file";
            return report.issues.reject(code::UNKNOWN_RECORD, Place::row(origin.row), format_args!("{message}"));
        }
        let Some(name) = text_at(record, &["metadata", "name"]) else {
            report.rejected += 1;
            let place = Place { row: origin.row, column: Some("metadata.name"), found: None };
            return report.issues.reject(code::MISSING_ID, place, format_args!("the entity has no name; give it one"));
        };
        let id = qualified(&name, text_at(record, &["metadata", "namespace"]).as_deref());
        match text_at(record, &["kind"]).unwrap_or_default().to_lowercase().as_str() {
            "component" => self.component(record, &id, origin, intake),
            "resource" => self.resource(record, &id, origin, intake),
            "system" => {
                if let Some(domain) = text_at(record, &["spec", "domain"]) {
                    self.domains.insert(id, target(&domain).1);
                }
            }
            "group" => group(record, &id, origin, intake),
            // Users are persons; APIs, locations, domains and templates are known through what refers to them.
            _ => {}
        }
    }

    fn component(&mut self, record: &Value, id: &str, origin: Origin, intake: &mut Intake) {
        let mut draft = Draft::new(&services::TABLE);
        fill_service(record, id, &mut draft);
        self.names.insert(id.to_owned());
        self.aliases(record, id, &mut draft, origin, intake);
        self.relations(record, id, origin, intake);
        self.components.push((draft, origin));
    }

    /// A resource such as a database is what services depend on.
    fn resource(&mut self, record: &Value, id: &str, origin: Origin, intake: &mut Intake) {
        let mut draft = Draft::new(&services::TABLE);
        fill_service(record, id, &mut draft);
        self.names.insert(id.to_owned());
        self.relations(record, id, origin, intake);
        self.components.push((draft, origin));
    }

    fn relations(&mut self, record: &Value, id: &str, origin: Origin, intake: &mut Intake) {
        let mut pairs: BTreeSet<(String, String)> = BTreeSet::new();
        for other in strings(record, &["spec", "dependsOn"]).iter().filter_map(|text| service(text)) {
            pairs.insert((id.to_owned(), other));
        }
        for other in strings(record, &["spec", "dependencyOf"]).iter().filter_map(|text| service(text)) {
            pairs.insert((other, id.to_owned()));
        }
        for relation in record.get("relations").and_then(Value::as_array).into_iter().flatten() {
            let Some(other) = text_at(relation, &["targetRef"]) else { continue };
            match (text_at(relation, &["type"]).as_deref(), service(&other)) {
                (Some("dependsOn"), Some(other)) => drop(pairs.insert((id.to_owned(), other))),
                (Some("dependencyOf"), Some(other)) => drop(pairs.insert((other, id.to_owned()))),
                (Some("consumesApi"), _) => self.consumers.push((id.to_owned(), target(&other).1, origin)),
                (Some("providesApi"), _) => drop(self.providers.entry(target(&other).1).or_default().insert(id.to_owned())),
                _ => {}
            }
        }
        for (from, to) in pairs.iter().filter(|(from, to)| from != to) {
            depend(from, to, "dependsOn", origin, intake);
        }
        for api in strings(record, &["spec", "providesApis"]) {
            self.providers.entry(target(&api).1).or_default().insert(id.to_owned());
        }
        for api in strings(record, &["spec", "consumesApis"]) {
            self.consumers.push((id.to_owned(), target(&api).1, origin));
        }
    }

    fn aliases(&mut self, record: &Value, id: &str, draft: &mut Draft, origin: Origin, intake: &mut Intake) {
        let annotations = record.get("metadata").and_then(|metadata| metadata.get("annotations")).and_then(Value::as_object);
        for (key, value) in annotations.into_iter().flatten() {
            let Some(value) = value.as_str().map(str::trim).filter(|value| !value.is_empty()) else { continue };
            let kind = match key.as_str() {
                "github.com/project-slug" | "gitlab.com/project-slug" | "bitbucket.org/project-slug" | "backstage.io/source-location" => {
                    "repo"
                }
                "pagerduty.com/service-id" => "pd_id",
                "servicenow.com/entity-id" => "sys_id",
                "backstage.io/kubernetes-id" | "argocd/app-name" => "k8s",
                "sonarqube.org/project-key" | "jira/component" => "component",
                "jenkins.io/job-full-name" | "circleci.com/project-slug" | "buildkite.com/project-slug" | "dev.azure.com/project-repo" => {
                    "ci"
                }
                _ => continue,
            };
            let value = value.trim_start_matches("url:").trim_end_matches('/');
            alias(value, kind, id, key, origin, intake);
            if kind == "repo" {
                if draft.is_null(&services::REPO_URL) {
                    draft.set_text(&services::REPO_URL, &repository_address(key, value));
                }
                if let Some(name) = repository_name(value) {
                    self.repositories.entry(name.to_owned()).or_default().insert(id.to_owned());
                }
            }
        }
    }

    /// The bare name of a repository means a service if only that one lives in it, and no service is called so.
    fn name_repositories(&mut self, intake: &mut Intake) {
        let Some(origin) = self.last else { return };
        for (name, services) in std::mem::take(&mut self.repositories) {
            if let (Some(service), 1, false) = (services.first(), services.len(), self.names.contains(&name)) {
                alias(&name, "repo", service, "name of the repository", origin, intake);
            }
        }
    }
}

fn fill_service(record: &Value, id: &str, draft: &mut Draft) {
    draft.set_text(&services::SERVICE_ID, id);
    let texts = [
        (&services::NAME, &["metadata", "name"][..]),
        (&services::DISPLAY_NAME, &["metadata", "title"]),
        (&services::NAMESPACE, &["metadata", "namespace"]),
        (&services::TYPE, &["spec", "type"]),
        (&services::LIFECYCLE, &["spec", "lifecycle"]),
    ];
    for (column, path) in texts {
        draft.set_text_opt(column, text_at(record, path).as_deref());
    }
    if let Some(system) = text_at(record, &["spec", "system"]) {
        draft.set_text(&services::SYSTEM, &target(&system).1);
    }
    let tiers = [
        &["metadata", "labels", "tier"][..],
        &["metadata", "annotations", "tier"],
        &["spec", "tier"],
        &["metadata", "labels", "criticality"],
    ];
    if let Some(text) = tiers.iter().find_map(|path| text_at(record, path)) {
        draft.set_text(&services::TIER_RAW, &text);
        if let Some(tier) = tier(&text) {
            draft.set_int(&services::TIER, tier);
        }
    }
    for owner in owners(record) {
        let span = draft.keep(&owner);
        draft.teams.push(span);
    }
    if let Some(span) = draft.teams.first() {
        draft.set(&services::TEAM_ID, Slot::Text(*span));
    }
    draft.hash(0, record.to_string().as_bytes());
}

/// Teams that own an entity: its relations where the API gives them, else its owner. Users are persons and left out.
fn owners(record: &Value) -> Vec<String> {
    let relations = record.get("relations").and_then(Value::as_array).into_iter().flatten();
    let related: BTreeSet<String> = relations
        .filter(|relation| text_at(relation, &["type"]).as_deref() == Some("ownedBy"))
        .filter_map(|relation| text_at(relation, &["targetRef"]))
        .filter_map(|reference| team(&reference))
        .collect();
    if related.is_empty() {
        text_at(record, &["spec", "owner"]).and_then(|owner| team(&owner)).into_iter().collect()
    } else {
        related.into_iter().collect()
    }
}

fn team(reference: &str) -> Option<String> {
    let (kind, name) = target(reference);
    (kind.is_empty() || kind == "group").then_some(name)
}

fn service(reference: &str) -> Option<String> {
    let (kind, name) = target(reference);
    (kind.is_empty() || kind == "component" || kind == "resource").then_some(name)
}

fn group(record: &Value, id: &str, origin: Origin, intake: &mut Intake) {
    let mut draft = Draft::new(&teams::TABLE);
    draft.set_text(&teams::TEAM_ID, id);
    let title = text_at(record, &["metadata", "title"]).or_else(|| text_at(record, &["spec", "profile", "displayName"]));
    draft.set_text_opt(&teams::NAME, title.or_else(|| text_at(record, &["metadata", "name"])).as_deref());
    if let Some(parent) = text_at(record, &["spec", "parent"]) {
        draft.set_text(&teams::PARENT_TEAM_ID, &target(&parent).1);
    }
    draft.hash(0, record.to_string().as_bytes());
    intake.push(&mut draft, origin.file, origin.row, NAME, None);
}

fn depend(from: &str, to: &str, kind: &str, origin: Origin, intake: &mut Intake) {
    let mut draft = Draft::new(&dependencies::TABLE);
    draft.set_text(&dependencies::FROM_SERVICE_ID, from);
    draft.set_text(&dependencies::TO_SERVICE_ID, to);
    draft.set_text(&dependencies::KIND, kind);
    draft.hash(0, from.as_bytes());
    draft.hash(1, to.as_bytes());
    intake.push(&mut draft, origin.file, origin.row, NAME, None);
}

fn alias(alias: &str, kind: &str, id: &str, basis: &str, origin: Origin, intake: &mut Intake) {
    let table: &'static Table = &service_aliases::TABLE;
    let mut draft = Draft::new(table);
    draft.set_text(&service_aliases::ALIAS, alias);
    draft.set_text(&service_aliases::ALIAS_KIND, kind);
    draft.set_text(&service_aliases::SERVICE_ID, id);
    draft.set_text(&service_aliases::BASIS, basis);
    intake.push(&mut draft, origin.file, origin.row, NAME, None);
}

fn repository_address(key: &str, value: &str) -> String {
    match key.strip_suffix("/project-slug") {
        Some(host) => format!("https://{host}/{value}"),
        None => value.split("/tree/").next().unwrap_or(value).to_owned(),
    }
}

/// The last part of `organisation/repository`, or of an address of a whole repository.
fn repository_name(value: &str) -> Option<&str> {
    let value = value.split("/tree/").next()?.split("/-/").next()?.trim_end_matches(".git");
    value.rsplit_once('/').map(|(_, name)| name).filter(|name| !name.is_empty())
}

fn strings(record: &Value, path: &[&str]) -> Vec<String> {
    let mut value = record;
    for key in path {
        let Some(inner) = value.get(key) else { return Vec::new() };
        value = inner;
    }
    match value {
        Value::Array(list) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::String(one) => vec![one.clone()],
        _ => Vec::new(),
    }
}

/// Kind and name of a reference `[kind:][namespace/]name`; kinds in lower case, the default namespace left out.
fn target(reference: &str) -> (String, String) {
    let (kind, rest) = reference.trim().split_once(':').unwrap_or(("", reference.trim()));
    let (namespace, name) = rest.split_once('/').map_or((None, rest), |(namespace, name)| (Some(namespace), name));
    (kind.to_lowercase(), qualified(name, namespace))
}

/// Names are unique within a namespace; Backstage compares them without case.
fn qualified(name: &str, namespace: Option<&str>) -> String {
    match namespace.map(str::trim).filter(|namespace| !namespace.is_empty() && !namespace.eq_ignore_ascii_case("default")) {
        Some(namespace) => format!("{}/{}", namespace.to_lowercase(), name.trim().to_lowercase()),
        None => name.trim().to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_of_the_catalog_model() {
        assert_eq!(target("resource:default/artists-db"), ("resource".to_owned(), "artists-db".to_owned()));
        assert_eq!(target("Component:shop/Pay"), ("component".to_owned(), "shop/pay".to_owned()));
        assert_eq!(target("team-a"), (String::new(), "team-a".to_owned()));
        assert_eq!((team("group:default/a"), team("user:jane")), (Some("a".to_owned()), None));
    }
}
