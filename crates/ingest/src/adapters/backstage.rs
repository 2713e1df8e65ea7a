//! Backstage's catalog: `catalog-info.yaml` with many documents, or the entities of the API as JSON.
//!
//! Components become services, and so do resources, on which services depend; systems are an attribute. A component that
//! consumes an API depends on the components that provide it, which may stand in another file. Annotations become aliases.

use std::collections::{BTreeMap, BTreeSet};

use sequela_schema::canonical::{services, teams};
use serde_json::Value;

use super::shared::values::{self, first, text, texts};
use super::shared::{Desk, Origin, Reader, Refused, Repositories, Translate, repositories};
use super::{Adapter, Confidence, Export, Sample, Session, Verified};

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
        if sample.most(is_entity) {
            return Confidence::of(95, &services::TABLE, "entities with an apiVersion of backstage.io");
        }
        Confidence::default()
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work::default()))
    }
}

fn is_entity(record: &Value) -> bool {
    text(record, "apiVersion").is_some_and(|version| version.starts_with("backstage.io/"))
}

/// A component or resource, kept until the domain of its system is known.
struct Component {
    origin: Origin,
    id: String,
    columns: Vec<(&'static sequela_schema::Column, String)>,
    owners: Vec<String>,
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
    components: Vec<Component>,
    repositories: Repositories,
    names: BTreeSet<String>,
}

impl Translate for Work {
    fn record(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        desk.fills(&services::TABLE);
        if !is_entity(record) {
            return Err(Refused::unknown("no entity of backstage.io; take it out of the file"));
        }
        let name = text(record, "metadata.name").ok_or(Refused::missing("metadata.name"))?;
        let id = qualified(&name, text(record, "metadata.namespace").as_deref());
        match text(record, "kind").unwrap_or_default().to_lowercase().as_str() {
            "component" => self.component(record, &id, true, desk),
            "resource" => self.component(record, &id, false, desk),
            "system" => {
                if let Some(domain) = text(record, "spec.domain") {
                    self.domains.insert(id, target(&domain).1);
                }
            }
            "group" => group(record, &id, desk),
            // Users are persons; APIs, locations, domains and templates are known through what refers to them.
            _ => {}
        }
        Ok(())
    }

    fn finish(&mut self, desk: &mut Desk<'_>) {
        for component in std::mem::take(&mut self.components) {
            self.write(&component, desk);
        }
        for (service, api, origin) in std::mem::take(&mut self.consumers) {
            desk.go_to(&origin);
            for provider in self.providers.get(&api).into_iter().flatten() {
                desk.depends(&service, provider, "consumesApi");
            }
        }
        self.repositories.name_services(&self.names, desk);
    }
}

impl Work {
    fn component(&mut self, record: &Value, id: &str, is_service: bool, desk: &mut Desk<'_>) {
        let mut columns = described(record);
        self.names.insert(id.to_owned());
        if is_service {
            let repository = self.aliases(record, id, desk);
            columns.extend(repository.map(|address| (&services::REPO_URL, address)));
        }
        self.relations(record, id, desk);
        self.components.push(Component { origin: desk.origin(), id: id.to_owned(), columns, owners: owners(record) });
    }

    fn write(&self, component: &Component, desk: &mut Desk<'_>) {
        desk.go_to(&component.origin);
        let mut entry = desk.entry(&services::TABLE, &Value::Null);
        entry.put(&services::SERVICE_ID, &component.id);
        for (column, value) in &component.columns {
            entry.put(column, value);
        }
        let domain = entry.get(&services::SYSTEM).and_then(|system| self.domains.get(system));
        entry.put_opt(&services::DOMAIN, domain);
        for owner in &component.owners {
            entry.owner(owner);
        }
        desk.keep(entry);
    }

    fn relations(&mut self, record: &Value, id: &str, desk: &mut Desk<'_>) {
        let mut pairs: BTreeSet<(String, String)> = BTreeSet::new();
        let named = |path: &str| texts(record, path).into_iter().filter_map(|reference| service(&reference)).collect::<Vec<_>>();
        pairs.extend(named("spec.dependsOn").into_iter().map(|other| (id.to_owned(), other)));
        pairs.extend(named("spec.dependencyOf").into_iter().map(|other| (other, id.to_owned())));
        for relation in values::list(record, "relations") {
            let Some(other) = text(relation, "targetRef") else { continue };
            match (text(relation, "type").as_deref(), service(&other)) {
                (Some("dependsOn"), Some(other)) => drop(pairs.insert((id.to_owned(), other))),
                (Some("dependencyOf"), Some(other)) => drop(pairs.insert((other, id.to_owned()))),
                (Some("consumesApi"), _) => self.consumes(id, &other, desk),
                (Some("providesApi"), _) => self.provides(id, &other),
                _ => {}
            }
        }
        for (from, to) in &pairs {
            desk.depends(from, to, "dependsOn");
        }
        texts(record, "spec.providesApis").iter().for_each(|api| self.provides(id, api));
        texts(record, "spec.consumesApis").iter().for_each(|api| self.consumes(id, api, desk));
    }

    fn provides(&mut self, id: &str, api: &str) {
        self.providers.entry(target(api).1).or_default().insert(id.to_owned());
    }

    fn consumes(&mut self, id: &str, api: &str, desk: &Desk<'_>) {
        self.consumers.push((id.to_owned(), target(api).1, desk.origin()));
    }

    /// Writes the aliases among the annotations and gives the address of the repository.
    fn aliases(&mut self, record: &Value, id: &str, desk: &mut Desk<'_>) -> Option<String> {
        let mut address = None;
        let annotations = values::at(record, "metadata.annotations").and_then(Value::as_object);
        for (key, value) in annotations.into_iter().flatten() {
            let Some(kind) = alias_kind(key) else { continue };
            let Some(value) = value.as_str().map(str::trim).filter(|value| !value.is_empty()) else { continue };
            let value = value.trim_start_matches("url:").trim_end_matches('/');
            desk.alias(value, kind, id, key);
            if kind == "repo" {
                address.get_or_insert_with(|| repository_address(key, value));
                self.repositories.add(value, id);
            }
        }
        address
    }
}

/// What kind of name an annotation holds.
fn alias_kind(key: &str) -> Option<&'static str> {
    Some(match key {
        "github.com/project-slug" | "gitlab.com/project-slug" | "bitbucket.org/project-slug" | "backstage.io/source-location" => "repo",
        "pagerduty.com/service-id" => "pd_id",
        "servicenow.com/entity-id" => "sys_id",
        "backstage.io/kubernetes-id" | "argocd/app-name" => "k8s",
        "sonarqube.org/project-key" | "jira/component" => "component",
        "jenkins.io/job-full-name" | "circleci.com/project-slug" | "buildkite.com/project-slug" | "dev.azure.com/project-repo" => "ci",
        _ => return None,
    })
}

/// The columns that an entity fills by itself.
fn described(record: &Value) -> Vec<(&'static sequela_schema::Column, String)> {
    let tiers = ["metadata.labels.tier", "metadata.annotations.tier", "spec.tier", "metadata.labels.criticality"];
    let system = text(record, "spec.system").map(|system| target(&system).1);
    let columns = [
        (&services::NAME, text(record, "metadata.name")),
        (&services::DISPLAY_NAME, text(record, "metadata.title")),
        (&services::NAMESPACE, text(record, "metadata.namespace")),
        (&services::TYPE, text(record, "spec.type")),
        (&services::LIFECYCLE, text(record, "spec.lifecycle")),
        (&services::SYSTEM, system.map(Into::into)),
        (&services::TIER_RAW, first(record, &tiers)),
    ];
    columns.into_iter().filter_map(|(column, value)| Some((column, value?.into_owned()))).collect()
}

/// Teams that own an entity: its relations where the API gives them, else its owner. Users are persons and left out.
fn owners(record: &Value) -> Vec<String> {
    let related: BTreeSet<String> = values::list(record, "relations")
        .iter()
        .filter(|relation| text(relation, "type").as_deref() == Some("ownedBy"))
        .filter_map(|relation| team(&text(relation, "targetRef")?))
        .collect();
    if related.is_empty() {
        text(record, "spec.owner").and_then(|owner| team(&owner)).into_iter().collect()
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

fn group(record: &Value, id: &str, desk: &mut Desk<'_>) {
    let mut entry = desk.entry(&teams::TABLE, record);
    entry.put(&teams::TEAM_ID, id);
    entry.first(&teams::NAME, &["metadata.title", "spec.profile.displayName", "metadata.name"]);
    entry.put_opt(&teams::PARENT_TEAM_ID, text(record, "spec.parent").map(|parent| target(&parent).1));
    desk.keep(entry);
}

fn repository_address(key: &str, value: &str) -> String {
    match key.strip_suffix("/project-slug") {
        Some(host) => format!("https://{host}/{value}"),
        None => repositories::whole(value).to_owned(),
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
