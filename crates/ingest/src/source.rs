//! What a user says about a source in `[[source]]`, and what holds for all sources.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// One `[[source]]` of the configuration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// File or pattern (`*`, `?`, `[…]`, `**`), relative to the configuration.
    pub path: String,
    /// Name of an adapter, `table`, or `auto`.
    #[serde(default = "auto")]
    pub kind: String,
    /// The canonical table that a mapped file fills.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// Canonical column = their column.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub map: BTreeMap<String, Mapping>,
    /// IANA time zone of times without an offset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// Order of day, month and year where the dates themselves do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_order: Option<DateOrder>,
    /// Their column that orders the rows of one record; the last one wins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_by: Option<String>,
    /// The service, when the file names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Which installation of the system; part of the ids of native adapters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// More words that stand for "no value".
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub null_values: Vec<String>,
    /// Unmapped columns that are kept in `attrs`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keep: Vec<String>,
    /// Delimiter of delimited text, where detection fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// Which pipeline runs are deployments: a regular expression that the name of their job, stage or workflow matches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment_pattern: Option<String>,
    /// Which of these deployments go to production: a regular expression that a name or branch matches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub production_pattern: Option<String>,
    /// By canonical table, the issue types or labels whose records it takes: `types = { incidents = ["Outage"] }`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub types: BTreeMap<String, Vec<String>>,
    /// Sheet of a workbook; refused until workbooks are read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
}

fn auto() -> String {
    "auto".to_owned()
}

impl Source {
    /// A source with nothing but a path and a kind.
    pub fn new(path: impl Into<String>, kind: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            kind: kind.into(),
            table: None,
            map: BTreeMap::new(),
            timezone: None,
            date_order: None,
            order_by: None,
            service: None,
            instance: None,
            null_values: Vec::new(),
            keep: Vec::new(),
            delimiter: None,
            deployment_pattern: None,
            production_pattern: None,
            types: BTreeMap::new(),
            sheet: None,
        }
    }

    /// A source of kind `table`.
    pub fn table(path: impl Into<String>, table: impl Into<String>) -> Self {
        Self { table: Some(table.into()), ..Self::new(path, "table") }
    }
}

/// Where the values of one canonical column come from.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Mapping {
    /// Their column, read as it is.
    Column(String),
    /// Their column with directions, or a constant.
    Detailed(Directions),
}

/// How to read a mapped column.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Directions {
    /// Their column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Date format in the notation of strftime, such as `%d.%m.%Y %H:%M`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// IANA time zone of this column's times without an offset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// Separator of a list in one cell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<String>,
    /// Their value = our value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
    /// A constant for every row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

impl Mapping {
    /// The directions, also of the short form.
    pub fn directions(&self) -> Directions {
        match self {
            Self::Column(column) => Directions { column: Some(column.clone()), ..Directions::default() },
            Self::Detailed(directions) => directions.clone(),
        }
    }
}

/// Order of the parts of a date written with numbers only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DateOrder {
    /// Day, month, year.
    Dmy,
    /// Month, day, year.
    Mdy,
    /// Year, month, day.
    Ymd,
}

/// What becomes of columns that name persons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mask {
    /// They are dropped, even if `keep` asks for them.
    #[default]
    Drop,
    /// Where `keep` asks for them, their hash is kept.
    Hash,
}

/// What holds for all sources.
#[derive(Clone, Debug)]
pub struct Options {
    /// Folder that the paths of sources are relative to.
    pub base: PathBuf,
    /// Time zone of times without an offset, where the source sets none.
    pub timezone: Tz,
    /// Names of environments that count as production, matched without case before the built-in rules.
    pub production: Vec<String>,
    /// What becomes of columns that name persons.
    pub mask: Mask,
    /// Mixed into hashes of names, so that nobody can find a name by hashing a list of all names.
    pub salt: String,
    /// What names mean that the catalog does not know or that several services claim.
    pub aliases: Vec<Alias>,
}

/// What a name in the exports means: one service or several, all of them or those whose files changed.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Alias {
    /// Name of a repository, application, job or component, as the exports have it.
    pub name: String,
    /// Services that it means.
    pub services: Vec<String>,
    /// Only changes of files that match this pattern, such as `services/pay/**`; needs the log of the repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

impl Options {
    /// Options with the built-in rules only and UTC as the zone.
    pub fn new(base: impl Into<PathBuf>) -> Self {
        Self { base: base.into(), timezone: Tz::UTC, production: Vec::new(), mask: Mask::Drop, salt: String::new(), aliases: Vec::new() }
    }
}
