//! What holds for all records of one file.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::IngestError;
use crate::content::Content;
use crate::paths::{self, Rule};
use crate::source::{Directions, Options, Source};
use crate::timestamp::Clock;
use crate::timestamp::zone::Zone;

use super::pipeline::Patterns;

/// Folders that are called so whatever lies in them.
const FOLDERS: [&str; 18] = [
    "build",
    "coverage",
    "data",
    "docs",
    "export",
    "exports",
    "github",
    "gitlab",
    "lcov-report",
    "quality",
    "report",
    "reports",
    "site",
    "surefire-reports",
    "target",
    "test",
    "test-results",
    "tmp",
];

/// Where a record stands: for rows that are written when all files are read.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) file: u32,
    pub(crate) row: u64,
    pub(crate) scope: Rc<Scope>,
}

/// What the source says about the records of a file.
#[derive(Debug)]
pub(crate) struct Scope {
    /// Which installation of the system.
    pub(crate) instance: String,
    /// The service, when records name none.
    pub(crate) service: Option<String>,
    /// Name of the file without folder and ending; some exports name what they are about nowhere else.
    pub(crate) stem: String,
    /// Path of the file, relative to the configuration.
    pub(crate) path: String,
    /// Column of ours = path in the record.
    pub(crate) map: BTreeMap<String, Directions>,
    /// Type names or labels that make a record an incident, change or problem, by table.
    pub(crate) types: BTreeMap<String, Vec<String>>,
    /// Names of environments that count as production.
    pub(crate) production: Vec<String>,
    /// Which pipeline runs deploy.
    pub(crate) patterns: Patterns,
    /// Services by the folders of repositories that several share.
    pub(crate) folders: Vec<Rule>,
    zone: Zone,
    /// The source itself names the zone.
    pub(crate) zone_is_set: bool,
}

impl Scope {
    pub(crate) fn of(content: &Content, source: &Source, options: &Options) -> Result<Self, IngestError> {
        let zone = match &source.timezone {
            Some(name) => Zone::named(name, || format!("source {}", source.path))?,
            None => Zone::new(options.timezone),
        };
        let file = content.name.rsplit('/').next().unwrap_or(&content.name);
        Ok(Self {
            instance: source.instance.clone().unwrap_or_else(|| "default".to_owned()),
            service: source.service.clone(),
            stem: file.split('.').next().unwrap_or(file).to_owned(),
            path: content.name.clone(),
            map: source.map.iter().map(|(ours, mapping)| (ours.clone(), mapping.directions())).collect(),
            types: source.types.clone(),
            production: options.production.clone(),
            patterns: Patterns::of(source)?,
            folders: paths::rules(&options.aliases)?,
            zone,
            zone_is_set: source.timezone.is_some(),
        })
    }

    /// The name that the path of the file gives: that of the file or, where that says nothing, of the closest folder that says more.
    pub(crate) fn name_in_path(&self, says_nothing: impl Fn(&str) -> bool) -> Option<&str> {
        let folders = self.path.rsplit('/').skip(1).map(|folder| folder.trim_matches('.'));
        std::iter::once(self.stem.as_str()).chain(folders).find(|name| {
            let name = name.to_lowercase();
            !name.is_empty() && !FOLDERS.contains(&name.as_str()) && !says_nothing(&name)
        })
    }

    pub(crate) fn clock(&self) -> Clock {
        Clock::new(self.zone.clone())
    }

    /// The names under which records of a table go, those of the source instead of the usual ones.
    pub(crate) fn types<'t>(&'t self, table: &str, usual: &[&'t str]) -> Vec<&'t str> {
        match self.types.get(table) {
            Some(own) => own.iter().map(String::as_str).collect(),
            None => usual.to_vec(),
        }
    }
}
