//! OpsLevel's `opslevel.yml`: one service (now called component) or repository per file.
//!
//! Others refer to a service by an alias. OpsLevel makes one of every name; the file may list more.

use std::collections::{BTreeMap, BTreeSet};

use sequela_schema::canonical::services;
use serde_json::Value;

use super::shared::values::{at, first, list, text, texts};
use super::shared::{Desk, Origin, Reader, Refused, Repositories, Translate};
use super::{Adapter, Confidence, Export, Sample, Session, Verified};

const NAME: &str = "opslevel";

/// The adapter.
pub(super) struct OpsLevel;

impl Adapter for OpsLevel {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        &[Export {
            what: "opslevel.yml of a repository",
            how: "cp REPOSITORY/opslevel.yml exports/opslevel/REPOSITORY.yml (once for each repository)",
            fills: &["services", "dependencies", "service_aliases"],
            verified: Verified::Documentation,
        }]
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        if sample.most(|record| described(record).is_some()) {
            return Confidence::of(90, &services::TABLE, "version 1 and a service, component or repository as in opslevel.yml");
        }
        Confidence::default()
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work::default()))
    }
}

/// What a file describes; none where it is no file of OpsLevel.
fn described(record: &Value) -> Option<&Value> {
    const OWN: [&str; 9] = ["owner", "tier", "lifecycle", "product", "system", "tools", "repositories", "framework", "dependencies"];
    text(record, "version").filter(|version| version.starts_with('1'))?;
    let inner = ["service", "component", "repository"].iter().find_map(|key| at(record, key))?;
    let named = at(record, "repository").is_some() || at(inner, "name").is_some();
    (named && OWN.iter().any(|key| at(inner, key).is_some())).then_some(inner)
}

/// The work on the files of one run.
#[derive(Default)]
struct Work {
    /// Service of an alias.
    aliases: BTreeMap<String, String>,
    /// Service, alias of what it depends on.
    dependencies: Vec<(String, String, Origin)>,
    repositories: Repositories,
    names: BTreeSet<String>,
}

impl Translate for Work {
    fn record(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        desk.fills(&services::TABLE);
        let inner = described(record).ok_or(Refused::unknown("no service, component or repository of OpsLevel"))?;
        let path = desk.scope().service.clone().or_else(|| desk.scope().name_in_path(|name| name == NAME).map(str::to_owned));
        let name = text(inner, "name").map(std::borrow::Cow::into_owned).or(path).ok_or(Refused::missing("name"))?;
        write(inner, &name, desk);
        self.names.insert(name.clone());
        self.alias(inner, &name, desk);
        for other in list(inner, "dependencies").iter().filter_map(|other| first(other, &["alias", "service", "name"])) {
            self.dependencies.push((name.clone(), other.into_owned(), desk.origin()));
        }
        Ok(())
    }

    fn finish(&mut self, desk: &mut Desk<'_>) {
        for (service, alias, origin) in std::mem::take(&mut self.dependencies) {
            desk.go_to(&origin);
            let other = self.aliases.get(&alias).unwrap_or(&alias);
            desk.depends(&service, other, "dependsOn");
        }
        self.repositories.name_services(&self.names, desk);
    }
}

impl Work {
    fn alias(&mut self, inner: &Value, service: &str, desk: &mut Desk<'_>) {
        let made = slug(service);
        for alias in texts(inner, "aliases").iter().map(AsRef::as_ref).chain([made.as_str()]) {
            if alias != service {
                desk.alias(alias, "name", service, "opslevel.yml");
            }
            self.aliases.insert(alias.to_owned(), service.to_owned());
        }
        for repository in texts(inner, "repositories.name") {
            desk.alias(&repository, "repo", service, "repositories");
            self.repositories.add(&repository, service);
        }
    }
}

fn write(inner: &Value, name: &str, desk: &mut Desk<'_>) {
    let mut entry = desk.entry(&services::TABLE, inner);
    entry.put(&services::SERVICE_ID, name);
    entry.put(&services::NAME, name);
    entry.text(&services::TYPE, "type");
    entry.text(&services::LIFECYCLE, "lifecycle");
    entry.text(&services::TIER_RAW, "tier");
    entry.first(&services::SYSTEM, &["system", "product"]);
    entry.text(&services::LANGUAGE, "language");
    entry.text(&services::REPO_URL, "repositories.name");
    if let Some(owner) = text(inner, "owner").filter(|owner| !owner.contains('@')) {
        entry.owner(&owner);
    }
    desk.keep(entry);
}

/// The alias that OpsLevel makes of a name: lower case, words joined by `_`.
fn slug(name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("_")
}
