//! The configuration file as written: every value optional, unknown names refused.

use std::path::Path;

use sequela_ingest::Source;
use serde::Deserialize;

use crate::failure::Failure;

/// `sequela.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// `[org]`
    #[serde(default)]
    pub org: Organisation,
    /// `[[source]]`
    #[serde(default, rename = "source")]
    pub sources: Vec<Source>,
    /// `[definition]`: a preset and fields that override it.
    #[serde(default)]
    pub definition: toml::Table,
    /// `[run]`
    #[serde(default)]
    pub run: Run,
    /// `[mask]`
    #[serde(default)]
    pub mask: Mask,
    /// Sections that are part of the format and that nothing reads yet.
    #[serde(default)]
    pub catalog: Option<toml::Table>,
    #[serde(default)]
    pub calendar: Option<toml::Table>,
    #[serde(default)]
    pub bands: Option<toml::Table>,
    #[serde(default)]
    pub accreditation: Option<toml::Table>,
    #[serde(default)]
    pub freeze: Option<toml::Table>,
}

/// `[org]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    pub name: Option<String>,
    pub timezone: Option<String>,
    pub production: Option<Vec<String>>,
}

/// `[run]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    pub as_of: Option<Text>,
    pub from: Option<Text>,
    pub to: Option<Text>,
    pub threads: Option<usize>,
    pub seed: Option<u64>,
    pub max_bad_rows: Option<Text>,
    pub charts: Option<bool>,
}

/// `[mask]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mask {
    pub identifiers: Option<sequela_ingest::Mask>,
}

/// A text, or a date or number that TOML has a type for.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Text {
    Date(toml::value::Datetime),
    Number(i64),
    Words(String),
}

impl Text {
    /// As it would be typed.
    pub fn words(&self) -> String {
        match self {
            Self::Date(date) => date.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Words(words) => words.clone(),
        }
    }
}

impl File {
    /// Reads a configuration.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let text = fs_err::read_to_string(path).map_err(|error| {
            Failure::settings(format!("the configuration {} cannot be read: {}", path.display(), error.kind()))
                .hint("name it with --config FILE, or let `sequela init DIR` write one")
        })?;
        toml::from_str(&text).map_err(|error| {
            Failure::settings(format!("{}: {}", path.display(), error.to_string().trim_end()))
                .hint("the README lists every setting; `sequela config show` prints the ones in force")
        })
    }

    /// Sections that were given and that this version does not read.
    pub fn unread_sections(&self) -> Vec<&'static str> {
        let sections = [
            ("catalog", &self.catalog),
            ("calendar", &self.calendar),
            ("bands", &self.bands),
            ("accreditation", &self.accreditation),
            ("freeze", &self.freeze),
        ];
        sections.into_iter().filter(|(_, section)| section.is_some()).map(|(name, _)| name).collect()
    }
}
