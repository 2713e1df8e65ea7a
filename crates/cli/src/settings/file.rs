//! The configuration file as written: every value optional, unknown names refused.

use std::path::Path;

use sequela_ingest::{Alias, Source};
use serde::Deserialize;

use crate::failure::Failure;

/// `sequela.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    /// `[org]`
    #[serde(default)]
    pub(crate) org: Organisation,
    /// `[[source]]`
    #[serde(default, rename = "source")]
    pub(crate) sources: Vec<Source>,
    /// `[definition]`: a preset and fields that override it.
    #[serde(default)]
    pub(crate) definition: toml::Table,
    /// `[run]`
    #[serde(default)]
    pub(crate) run: Run,
    /// `[mask]`
    #[serde(default)]
    pub(crate) mask: Mask,
    /// `[catalog]`
    #[serde(default)]
    pub(crate) catalog: Catalog,
    /// `[calendar]`: working hours.
    #[serde(default)]
    pub(crate) calendar: Option<Calendar>,
    /// `[bands]`
    #[serde(default)]
    pub(crate) bands: Bands,
    /// `[risk]`
    #[serde(default)]
    pub(crate) risk: Risk,
    /// `[freeze]`: when nobody should deploy.
    #[serde(default)]
    pub(crate) freeze: Option<Freeze>,
    /// `[standard_change]`
    #[serde(default)]
    pub(crate) standard_change: Option<StandardChange>,
    /// `[accreditation]`
    #[serde(default)]
    pub(crate) accreditation: Option<Accreditation>,
}

/// `[org]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Organisation {
    pub(crate) name: Option<String>,
    pub(crate) timezone: Option<String>,
    pub(crate) production: Option<Vec<String>>,
}

/// `[run]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Run {
    pub(crate) as_of: Option<Text>,
    pub(crate) from: Option<Text>,
    pub(crate) to: Option<Text>,
    pub(crate) threads: Option<usize>,
    pub(crate) seed: Option<u64>,
    pub(crate) max_bad_rows: Option<Text>,
    pub(crate) charts: Option<bool>,
}

/// `[catalog]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Catalog {
    /// `[[catalog.alias]]`: what a name means that is unknown or that several services claim.
    #[serde(default)]
    pub(crate) alias: Vec<Alias>,
}

/// `[calendar]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Calendar {
    /// Such as `09:00-17:00`.
    pub(crate) hours: Option<String>,
    /// Such as `["mon", "tue"]` or `mon-fri`.
    pub(crate) days: Option<OneOrMany>,
    /// Dates on which nobody works.
    #[serde(default)]
    pub(crate) holidays: Vec<Text>,
    /// Zone of the hours, where it is not the organisation's.
    pub(crate) timezone: Option<String>,
}

/// `[freeze]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Freeze {
    #[serde(default)]
    pub(crate) windows: Vec<FreezeWindow>,
}

/// One of `[freeze] windows`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FreezeWindow {
    pub(crate) name: Option<String>,
    /// A date or time, a day of every year or a day of every week.
    pub(crate) from: Option<Text>,
    /// The same; a day is part of the window.
    pub(crate) to: Option<Text>,
    /// Teams that it binds; all, where none is named.
    pub(crate) teams: Option<OneOrMany>,
    /// Services that it binds.
    pub(crate) services: Option<OneOrMany>,
}

/// `[bands]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bands {
    /// Year of the report.
    pub(crate) year: Option<i32>,
}

/// `[standard_change]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StandardChange {
    /// Share of changes without a failure.
    pub(crate) target: Option<f64>,
    /// Changes that make a history.
    pub(crate) min_changes: Option<usize>,
    /// Minutes that the board spends on a change.
    pub(crate) board_minutes: Option<f64>,
}

/// `[accreditation]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Accreditation {
    /// Criteria that count.
    pub(crate) criteria: Option<Vec<String>>,
    /// `[accreditation.gold]`
    pub(crate) gold: Option<Limits>,
    /// `[accreditation.silver]`
    pub(crate) silver: Option<Limits>,
    /// `[accreditation.bronze]`
    pub(crate) bronze: Option<Limits>,
}

/// What a level asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Limits {
    /// At most.
    pub(crate) change_failure_rate: Option<f64>,
    /// At most.
    pub(crate) time_to_restore_hours: Option<f64>,
    /// At least.
    pub(crate) coverage: Option<f64>,
    /// At least.
    pub(crate) change_records: Option<f64>,
    /// At least.
    pub(crate) deployments: Option<f64>,
}

/// `[risk]`: probabilities of failure that suggest an approval path.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Risk {
    /// Below it pre-approval is enough.
    pub(crate) pre_approved_below: Option<f64>,
    /// Above it the change advisory board decides.
    pub(crate) cab_above: Option<f64>,
}

/// A word or a list of words.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    /// All of them.
    pub(crate) fn list(self) -> Vec<String> {
        match self {
            Self::One(word) => vec![word],
            Self::Many(words) => words,
        }
    }
}

/// `[mask]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mask {
    pub(crate) identifiers: Option<sequela_ingest::Mask>,
    /// Mixed into hashes of names.
    pub(crate) salt: Option<String>,
}

/// A text, or a date or number that TOML has a type for.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Text {
    Date(toml::value::Datetime),
    Number(i64),
    Words(String),
}

impl Text {
    /// As it would be typed.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Date(date) => date.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Words(words) => words.clone(),
        }
    }
}

impl File {
    /// Reads a configuration.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let text = fs_err::read_to_string(path).map_err(|error| {
            Failure::settings(format!("the configuration {} cannot be read: {}", path.display(), error.kind()))
                .hint("name it with --config FILE, or let `sequela init DIR` write one")
        })?;
        toml::from_str(&text).map_err(|error| {
            Failure::settings(format!("{}: {}", path.display(), error.to_string().trim_end()))
                .hint("the README lists every setting; `sequela config show` prints the ones in force")
        })
    }
}
