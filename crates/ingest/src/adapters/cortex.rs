//! Cortex's entity descriptors: `cortex.yaml`, an `OpenAPI` document whose `info` carries keys `x-cortex-*`.
//!
//! The tag identifies an entity. Services and resources become services, teams become teams, domains an attribute of their children.

use std::collections::{BTreeMap, BTreeSet};

use sequela_schema::canonical::{services, teams};
use serde_json::Value;

use super::shared::values::{at, first, list, text, texts};
use super::shared::{Desk, Entry, Origin, Reader, Refused, Repositories, Translate};
use super::{Adapter, Confidence, Export, Sample, Session, Verified};

const NAME: &str = "cortex";

/// The adapter.
pub(super) struct Cortex;

impl Adapter for Cortex {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        &[Export {
            what: "cortex.yaml of each entity",
            how: "cp REPOSITORY/cortex.yaml exports/cortex/ENTITY.yaml (once for each entity)",
            fills: &["services", "teams", "dependencies", "service_aliases"],
            verified: Verified::Documentation,
        }]
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        if sample.most(is_entity) {
            return Confidence::of(95, &services::TABLE, "info with x-cortex-tag");
        }
        Confidence::default()
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work::default()))
    }
}

fn is_entity(record: &Value) -> bool {
    text(record, "info.x-cortex-tag").is_some()
}

/// Names of an entity in other systems: where they stand, and of which kind they are.
const NAMES: [(&str, &str); 9] = [
    ("x-cortex-git.github.repository", "repo"),
    ("x-cortex-git.gitlab.repository", "repo"),
    ("x-cortex-git.bitbucket.repository", "repo"),
    ("x-cortex-git.azure.repository", "repo"),
    ("x-cortex-static-analysis.sonarqube.project", "component"),
    ("x-cortex-k8s.deployment.identifier", "k8s"),
    ("x-cortex-k8s.argorollout.identifier", "k8s"),
    ("x-cortex-servicenow.services.id", "sys_id"),
    ("x-cortex-issues.jira.components.name", "component"),
];

/// The work on the files of one run.
#[derive(Default)]
struct Work {
    /// Entities that are kept until the domains of all files are known.
    entities: Vec<(Value, String, Origin)>,
    /// Domain of a child.
    domains: BTreeMap<String, String>,
    repositories: Repositories,
    names: BTreeSet<String>,
}

impl Translate for Work {
    fn record(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        desk.fills(&services::TABLE);
        let info = at(record, "info").ok_or(Refused::unknown("no entity of Cortex"))?;
        let tag = text(info, "x-cortex-tag").ok_or(Refused::missing("x-cortex-tag"))?.into_owned();
        match text(info, "x-cortex-type").unwrap_or_default().as_ref() {
            "team" => team(info, &tag, desk),
            "domain" => {
                let children = texts(info, "x-cortex-children.tag");
                self.domains.extend(children.into_iter().map(|child| (child.into_owned(), tag.clone())));
            }
            _ => self.service(info, tag, desk),
        }
        Ok(())
    }

    fn finish(&mut self, desk: &mut Desk<'_>) {
        for (info, tag, origin) in std::mem::take(&mut self.entities) {
            desk.go_to(&origin);
            let mut entry = desk.entry(&services::TABLE, &info);
            fill(&mut entry, &info, &tag);
            entry.put_opt(&services::DOMAIN, self.domains.get(&tag));
            desk.keep(entry);
        }
        self.repositories.name_services(&self.names, desk);
    }
}

impl Work {
    fn service(&mut self, info: &Value, tag: String, desk: &mut Desk<'_>) {
        for (path, kind) in NAMES {
            for name in texts(info, path) {
                desk.alias(&name, kind, &tag, path);
                if kind == "repo" {
                    self.repositories.add(&name, &tag);
                }
            }
        }
        let page = text(info, "x-cortex-oncall.pagerduty.id");
        if let Some(id) = page.filter(|_| text(info, "x-cortex-oncall.pagerduty.type").is_some_and(|kind| kind == "SERVICE")) {
            desk.alias(&id, "pd_id", &tag, "x-cortex-oncall.pagerduty.id");
        }
        for other in dependencies(info) {
            desk.depends(&tag, &other, "dependsOn");
        }
        self.names.insert(tag.clone());
        self.entities.push((info.clone(), tag, desk.origin()));
    }
}

/// Tags of what an entity depends on, one per entity although a dependency may be on one endpoint only.
fn dependencies(info: &Value) -> BTreeSet<String> {
    let related = list(info, "x-cortex-relationships").iter();
    let related = related.filter(|relation| text(relation, "type").is_some_and(|kind| kind.to_lowercase().contains("depend")));
    let related = related.flat_map(|relation| texts(relation, "destinations.tag"));
    texts(info, "x-cortex-dependency.tag").into_iter().chain(related).map(std::borrow::Cow::into_owned).collect()
}

fn fill(entry: &mut Entry<'_>, info: &Value, tag: &str) {
    entry.put(&services::SERVICE_ID, tag);
    entry.put(&services::NAME, tag);
    entry.text(&services::DISPLAY_NAME, "title");
    entry.put(&services::TYPE, &text(info, "x-cortex-type").unwrap_or("service".into()));
    entry.text(&services::LIFECYCLE, "x-cortex-custom-metadata.lifecycle");
    entry.put_opt(&services::TIER_RAW, tier(info));
    entry.text(&services::DOMAIN, "x-cortex-parents.tag");
    let hosts = [("github", "https://github.com/"), ("gitlab", "https://gitlab.com/"), ("bitbucket", "https://bitbucket.org/")];
    let address = |(host, base): &(&str, &str)| Some(format!("{base}{}", text(info, &format!("x-cortex-git.{host}.repository"))?));
    entry.put_opt(&services::REPO_URL, hosts.iter().find_map(address));
    // Owners given by mail are persons.
    for owner in
        list(info, "x-cortex-owners").iter().filter(|owner| text(owner, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("group")))
    {
        if let Some(name) = text(owner, "name") {
            entry.owner(&name);
        }
    }
}

/// A tier of the entity's own data, else a group called `tier…`.
fn tier(info: &Value) -> Option<String> {
    let own = first(info, &["x-cortex-custom-metadata.tier.value", "x-cortex-custom-metadata.tier"]);
    let groups = texts(info, "x-cortex-groups").into_iter().chain(texts(info, "x-cortex-groups.tag"));
    own.or_else(|| groups.into_iter().find(|group| group.to_lowercase().starts_with("tier"))).map(std::borrow::Cow::into_owned)
}

fn team(info: &Value, tag: &str, desk: &mut Desk<'_>) {
    let mut entry = desk.entry(&teams::TABLE, info);
    entry.put(&teams::TEAM_ID, tag);
    entry.text(&teams::NAME, "title");
    entry.text(&teams::PARENT_TEAM_ID, "x-cortex-parents.tag");
    desk.keep(entry);
}
