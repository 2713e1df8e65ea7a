//! The service catalog as one Backstage file with many documents.

use super::File;
use super::github::OWNER;
use super::people::PEOPLE;
use crate::company::catalog::{DIVISIONS, SERVICES, Service, TEAMS, Tool};

const PATH: &str = "exports/catalog/catalog-info.yaml";

/// Components, their systems and the groups that own them. Services in the shade are left out.
pub(crate) fn file() -> File {
    let mut documents: Vec<String> =
        SERVICES.iter().enumerate().filter(|(_, service)| service.catalogued).map(|(number, service)| component(number, service)).collect();
    documents.push(api());
    documents.extend(TEAMS.iter().map(|team| system(team.name, team.title, team.division)));
    documents.extend(TEAMS.iter().map(|team| group(team.name, team.title, "team", team.division)));
    documents.extend(DIVISIONS.iter().map(|(name, title, parent)| group(name, title, "division", parent)));
    documents.push(user());
    File { path: PATH.to_owned(), bytes: documents.join("---\n").into_bytes() }
}

fn component(number: usize, service: &Service) -> String {
    let team = TEAMS[service.team].name;
    // References may be written long or short; both mean the same group.
    let owner = if number.is_multiple_of(3) { team.to_owned() } else { format!("group:default/{team}") };
    let mut text = format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: {}\n  title: {}\n  labels:\n    tier: \"{}\"\n",
        service.name, service.title, service.tier
    );
    text.push_str(&annotations(service));
    text.push_str(&format!("spec:\n  type: service\n  lifecycle: production\n  owner: {owner}\n  system: {team}-system\n"));
    let (interfaces, components): (Vec<&str>, Vec<&str>) = service.depends_on.iter().partition(|name| **name == "address-validation");
    if !components.is_empty() {
        text.push_str("  dependsOn:\n");
        components.iter().for_each(|name| text.push_str(&format!("    - component:default/{name}\n")));
    }
    if !interfaces.is_empty() {
        text.push_str("  consumesApis:\n    - address-api\n");
    }
    if service.name == "address-validation" {
        text.push_str("  providesApis: [address-api]\n");
    }
    text
}

fn annotations(service: &Service) -> String {
    let mut lines = String::new();
    // Two services share one repository: there the deployment itself says which.
    if let Tool::GitHub(repository) = service.tool
        && repository != "geo-platform"
    {
        lines.push_str(&format!("    github.com/project-slug: {OWNER}/{repository}\n"));
    }
    if service.name == "track-and-trace" {
        lines.push_str("    servicenow.com/entity-id: \"Track & Trace\"\n");
    }
    if lines.is_empty() { lines } else { format!("  annotations:\n{lines}") }
}

fn api() -> String {
    "apiVersion: backstage.io/v1alpha1\nkind: API\nmetadata:\n  name: address-api\nspec:\n  type: openapi\n  lifecycle: production\n  owner: routing\n  definition: |\n    openapi: 3.1.0\n"
        .to_owned()
}

fn system(name: &str, title: &str, domain: &str) -> String {
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata:\n  name: {name}-system\n  title: {title} System\nspec:\n  owner: {name}\n  domain: {domain}\n"
    )
}

fn group(name: &str, title: &str, kind: &str, parent: &str) -> String {
    let parent = if parent.is_empty() { String::new() } else { format!("  parent: {parent}\n") };
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata:\n  name: {name}\n  title: {title}\nspec:\n  type: {kind}\n{parent}  children: []\n"
    )
}

/// Persons stand in catalogs too.
fn user() -> String {
    let person = &PEOPLE[0];
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata:\n  name: {}\nspec:\n  profile:\n    displayName: {}\n    email: {}\n  memberOf: [checkout]\n",
        person.login,
        person.name,
        person.mail()
    )
}
