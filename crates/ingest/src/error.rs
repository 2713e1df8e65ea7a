//! Why a source could not be read at all. Bad rows are no errors: they stand in `ingest_issues`.

use std::fmt;

/// A source that nothing sensible can be done with. Messages are one clause with data; advice is the caller's.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// The pattern of a source matches nothing.
    #[error("no file matches {path}")]
    NoMatch {
        /// The pattern as written.
        path: String,
    },
    /// The pattern of a source is malformed.
    #[error("{path} is not a valid file pattern: {reason}")]
    Pattern {
        /// The pattern as written.
        path: String,
        /// What the parser of patterns says.
        reason: String,
    },
    /// The path names a directory.
    #[error("{file} is a directory, a file was expected")]
    Directory {
        /// The path.
        file: String,
    },
    /// The operating system refused.
    #[error("{file} cannot be read: {reason}")]
    Io {
        /// The file.
        file: String,
        /// What the system says.
        reason: String,
    },
    /// Nothing in it.
    #[error("{file} is empty")]
    Empty {
        /// The file.
        file: String,
    },
    /// HTML or XML where data were expected.
    #[error("{file} holds an {what}, not data{hint}")]
    Markup {
        /// The file.
        file: String,
        /// `HTML page` or `XML document`.
        what: &'static str,
        /// What it probably is.
        hint: &'static str,
    },
    /// A spreadsheet or another ZIP archive, whatever its name says.
    #[error("{file} is {what}, whatever its name says; such files cannot be read yet")]
    Archive {
        /// The file.
        file: String,
        /// `an Excel workbook` or `a ZIP archive`.
        what: &'static str,
    },
    /// Neither text nor a known binary format.
    #[error("{file} is binary and in no known format")]
    Binary {
        /// The file.
        file: String,
    },
    /// A compressed file that ends too early.
    #[error("{file} is cut off: its compressed data end in the middle, after {rows} whole rows")]
    Truncated {
        /// The file.
        file: String,
        /// Rows that could be decompressed.
        rows: u64,
    },
    /// A file whose structure is broken.
    #[error("{file} cannot be read as {format}: {reason}")]
    Malformed {
        /// The file.
        file: String,
        /// The format that it was taken for.
        format: &'static str,
        /// What is wrong, with the place where known.
        reason: String,
    },
    /// A time zone that no database knows.
    #[error("unknown time zone {zone:?} in {place}{}", did_you_mean(.closest))]
    UnknownZone {
        /// Where it is set.
        place: String,
        /// The zone as written.
        zone: String,
        /// The nearest known name.
        closest: Option<String>,
    },
    /// A kind that no adapter has.
    #[error("unknown kind {kind:?} of source {path}; known kinds: {known}")]
    UnknownKind {
        /// The source.
        path: String,
        /// The kind as written.
        kind: String,
        /// All kinds.
        known: String,
    },
    /// `kind = "table"` with a table that cannot be read.
    #[error("unknown table {table:?} of source {path}{}; known tables: {known}", did_you_mean(.closest))]
    UnknownTable {
        /// The source.
        path: String,
        /// The table as written.
        table: String,
        /// The nearest known name.
        closest: Option<String>,
        /// All tables.
        known: String,
    },
    /// A left side of `map` that the table does not have.
    #[error("table {table} has no column {column:?} (map of source {path}){}", did_you_mean(.closest))]
    UnknownColumn {
        /// The source.
        path: String,
        /// The table.
        table: &'static str,
        /// The key as written.
        column: String,
        /// The nearest known name.
        closest: Option<String>,
    },
    /// A right side of `map`, or another setting, names a column that the file does not have.
    #[error("{file} has no column {column:?}, which {wanted_by} names{}; found: {found}", did_you_mean(.closest))]
    MissingColumn {
        /// The file.
        file: String,
        /// The column looked for.
        column: String,
        /// The setting that names it.
        wanted_by: String,
        /// Headers of the file.
        found: String,
        /// The nearest header.
        closest: Option<String>,
    },
    /// A column without which the table means nothing is neither mapped nor there under its own name.
    #[error("{file} has no column for {column} of table {table}; found: {found}")]
    MissingRequired {
        /// The file.
        file: String,
        /// The table.
        table: &'static str,
        /// The column, or the columns of which one is needed.
        column: String,
        /// Headers of the file.
        found: String,
    },
    /// Day and month stand in both orders and neither prevails.
    #[error("{file}, column {column:?}: {day_first} dates have the day first and {month_first} the month first")]
    DateOrder {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// Dates that only make sense with the day first.
        day_first: u64,
        /// Dates that only make sense with the month first.
        month_first: u64,
    },
    /// A date format that is no format.
    #[error("{format:?} is no date format (map of source {path}, {column})")]
    DateFormat {
        /// The source.
        path: String,
        /// The mapped column.
        column: String,
        /// The format as written.
        format: String,
    },
    /// A setting of a source that makes no sense.
    #[error("source {path}: {reason}")]
    Setting {
        /// The source.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No adapter recognises the file.
    #[error("{file} is not recognised as any known export; found: {found}")]
    Unrecognised {
        /// The file.
        file: String,
        /// Headers or keys of the file.
        found: String,
    },
    /// A frame could not be built.
    #[error("a table could not be built: {0}")]
    Frame(#[from] polars::error::PolarsError),
    /// More than one source failed.
    #[error("{}", listed(.0))]
    Several(Vec<Self>),
}

impl IngestError {
    /// The errors one by one: those of [`IngestError::Several`], else the error itself.
    pub fn each(&self) -> &[Self] {
        match self {
            Self::Several(errors) => errors,
            error => std::slice::from_ref(error),
        }
    }

    /// One error out of many; `Ok` where there is none.
    pub(crate) fn collect(mut errors: Vec<Self>) -> Result<(), Self> {
        match errors.len() {
            0 => Ok(()),
            1 => Err(errors.swap_remove(0)),
            _ => Err(Self::Several(errors)),
        }
    }
}

fn did_you_mean(closest: &Option<String>) -> impl fmt::Display {
    closest.as_ref().map_or_else(String::new, |name| format!(", did you mean {name:?}?"))
}

fn listed(errors: &[IngestError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// The name nearest to what was written, where one is near enough to be meant.
pub(crate) fn closest<'a>(written: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    let written = written.to_lowercase();
    let limit = (written.chars().count() / 3).max(1);
    let contained = |name: &str| written.len() >= 3 && name.len() >= 3 && (name.contains(&written) || written.contains(name));
    names
        .map(|name| (name.to_lowercase(), name))
        .map(|(lower, name)| {
            let edits = strsim::levenshtein(&written, &lower);
            (if contained(&lower) { 1 } else { edits }, edits, name)
        })
        .filter(|(distance, ..)| *distance <= limit)
        .min()
        .map(|(.., name)| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_near_names_are_suggested() {
        assert_eq!(closest("Openned", ["Closed", "Opened"].into_iter()).as_deref(), Some("Opened"));
        assert_eq!(closest("xyz", ["Closed", "Opened"].into_iter()), None);
    }
}
