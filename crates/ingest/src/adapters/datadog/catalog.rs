//! The software catalog: service definitions of version 2, 2.1 and 2.2, and entities of version 3, as files or from the interface.

use sequela_schema::canonical::services;
use serde_json::Value;

use super::kind;
use crate::adapters::shared::{Desk, Entry, Refused, values};

/// The service definition in a record.
pub(super) fn definition(record: &Value) -> Option<&Value> {
    let schema = values::at(record, "attributes.schema").unwrap_or(record);
    (values::has(schema, "schema-version") && values::has(schema, "dd-service")).then_some(schema)
}

/// An entity, with what the interface wraps around it.
pub(super) fn entity(record: &Value) -> Option<&Value> {
    if kind(record).as_deref() == Some("entity") && values::has(record, "attributes.name") && values::has(record, "attributes.kind") {
        return record.get("attributes");
    }
    let entity = values::at(record, "attributes.schema").unwrap_or(record);
    let is_entity = values::text(entity, "apiVersion").as_deref() == Some("v3") && values::has(entity, "metadata.name");
    (is_entity && values::has(entity, "kind")).then_some(entity)
}

pub(super) fn keep_definition(record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
    let name = values::text(record, "dd-service").ok_or(Refused::missing("dd-service"))?;
    let mut entry = desk.entry(&services::TABLE, record);
    entry.put(&services::SERVICE_ID, &name);
    entry.put(&services::NAME, &name);
    entry.text(&services::SYSTEM, "application");
    entry.text(&services::TYPE, "type");
    entry.text(&services::LIFECYCLE, "lifecycle");
    entry.put_opt(&services::LANGUAGE, values::texts(record, "languages").first());
    entry.text(&services::TIER_RAW, "tier");
    put_tier(&mut entry);
    if let Some(team) = values::first(record, &["team", "dd-team"]) {
        entry.owner(&team);
    }
    let repositories = repositories(record, &["links", "repos"]);
    entry.put_opt(&services::REPO_URL, repositories.first());
    desk.keep(entry);
    for repository in repositories {
        desk.alias(&repository, "repo", &name, "links of the service definition");
    }
    let pagers = [
        ("integrations.pagerduty.service-url", "pd_id"),
        ("integrations.pagerduty", "pd_id"),
        ("integrations.opsgenie.service-url", "component"),
    ];
    keep_links(record, &pagers, &name, desk);
    for fingerprint in values::texts(record, "ci-pipeline-fingerprints") {
        desk.alias(&fingerprint, "ci", &name, "ci-pipeline-fingerprints");
    }
    Ok(())
}

pub(super) fn keep_entity(record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
    let kind = values::text(record, "kind").unwrap_or_default();
    // Systems and endpoints group and describe what runs, they do not run themselves.
    if matches!(kind.as_ref(), "system" | "endpoint" | "integration") {
        return Ok(());
    }
    let name = values::first(record, &["metadata.name", "name"]).ok_or(Refused::missing("metadata.name"))?;
    let namespace = values::first(record, &["metadata.namespace", "namespace"]).filter(|namespace| namespace != "default");
    let id = namespace.as_ref().map_or_else(|| name.to_string(), |namespace| format!("{namespace}/{name}"));
    let mut entry = desk.entry(&services::TABLE, record);
    entry.put(&services::SERVICE_ID, &id);
    entry.put(&services::NAME, &name);
    entry.put_opt(&services::NAMESPACE, namespace);
    entry.first(&services::DISPLAY_NAME, &["metadata.displayName", "displayName"]);
    entry.put(&services::TYPE, values::text(record, "spec.type").as_deref().unwrap_or(&kind));
    entry.text(&services::LIFECYCLE, "spec.lifecycle");
    entry.put_opt(&services::LANGUAGE, values::texts(record, "spec.languages").first());
    entry.text(&services::TIER_RAW, "spec.tier");
    put_tier(&mut entry);
    put_owners(&mut entry, record);
    let system = values::texts(record, "spec.componentOf");
    entry.put_opt(
        &services::SYSTEM,
        system.iter().map(|reference| target(reference)).find(|(kind, _)| *kind == "system").map(|(_, name)| name),
    );
    let repositories = repositories(record, &["metadata.links", "datadog.codeLocations"]);
    entry.put_opt(&services::REPO_URL, repositories.first());
    desk.keep(entry);
    for repository in repositories {
        desk.alias(&repository, "repo", &id, "links of the entity");
    }
    keep_links(record, &[("integrations.pagerduty.serviceURL", "pd_id"), ("integrations.opsgenie.serviceURL", "component")], &id, desk);
    for fingerprint in values::texts(record, "datadog.pipelines.fingerprints") {
        desk.alias(&fingerprint, "ci", &id, "pipelines.fingerprints");
    }
    for reference in values::texts(record, "spec.dependsOn") {
        desk.depends(&id, target(&reference).1, "dependsOn");
    }
    Ok(())
}

/// The owner and further ones, all of them teams; mail addresses are persons.
fn put_owners(entry: &mut Entry<'_>, record: &Value) {
    let owners = values::texts(record, "metadata.owner").into_iter().chain(values::texts(record, "owner"));
    for owner in owners.chain(values::texts(record, "metadata.additionalOwners.name")) {
        if !owner.contains('@') {
            entry.owner(&owner);
        }
    }
}

/// Tiers are numbers or words.
fn put_tier(entry: &mut Entry<'_>) {
    let tier = match entry.get(&services::TIER_RAW).map(str::to_lowercase).as_deref() {
        Some("critical") => 1,
        Some("high") => 2,
        Some("medium") => 3,
        Some("low") => 4,
        _ => return,
    };
    entry.put_int(&services::TIER, tier);
}

/// Addresses of repositories in lists of links; a list of repositories has no types.
fn repositories(record: &Value, paths: &[&str]) -> Vec<String> {
    let links = paths.iter().flat_map(|path| values::list(record, path));
    let repositories = links.filter(|link| values::text(link, "type").is_none_or(|kind| kind == "repo"));
    repositories.filter_map(|link| values::first(link, &["url", "repositoryURL"])).map(std::borrow::Cow::into_owned).collect()
}

/// Other systems know the service by what stands last in an address.
fn keep_links(record: &Value, links: &[(&str, &str)], service: &str, desk: &mut Desk<'_>) {
    for (path, kind) in links {
        let Some(address) = values::text(record, path) else { continue };
        let Some(id) = address.trim_end_matches('/').rsplit('/').next() else { continue };
        desk.alias(id, kind, service, path);
    }
}

/// Kind and name of a reference such as `service:payments` or `service:shop/payments`.
fn target(reference: &str) -> (&str, &str) {
    let (kind, name) = reference.split_once(':').unwrap_or(("service", reference));
    (kind, name.strip_prefix("default/").unwrap_or(name))
}
