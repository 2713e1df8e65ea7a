//! Keeps what was wrong in a file: every defect counted, the first ten thousand of a kind listed.

use std::collections::BTreeMap;
use std::fmt;

use crate::text::{one_line, without_contacts};

/// Codes of defects; part of the contract of `ingest_issues`.
pub(crate) mod code {
    pub(crate) const AMBIGUOUS_DATE_ORDER: &str = "ambiguous_date_order";
    pub(crate) const AMBIGUOUS_SERVICE: &str = "ambiguous_service";
    pub(crate) const BAD_JSON: &str = "bad_json";
    pub(crate) const BAD_NUMBER: &str = "bad_number";
    pub(crate) const BAD_TIMESTAMP: &str = "bad_timestamp";
    pub(crate) const COMMIT_NOT_IN_LOG: &str = "commit_not_in_log";
    pub(crate) const COMMIT_TIME_OF_TAG: &str = "commit_time_of_tag";
    pub(crate) const CLOSED_TOGETHER: &str = "closed_together";
    pub(crate) const CONTROL_CHARACTERS: &str = "control_characters";
    pub(crate) const DST_GAP: &str = "dst_gap";
    pub(crate) const DUPLICATE_ID: &str = "duplicate_id";
    pub(crate) const EARLIER_ATTEMPTS: &str = "earlier_attempts_missing";
    pub(crate) const END_BEFORE_START: &str = "end_before_start";
    pub(crate) const ENVIRONMENT_ASSUMED: &str = "environment_assumed";
    pub(crate) const EPOCH_ZERO: &str = "epoch_zero";
    pub(crate) const IMPLAUSIBLE_YEAR: &str = "implausible_year";
    pub(crate) const MISSING_ID: &str = "missing_id";
    pub(crate) const MISSING_TIME: &str = "missing_time";
    pub(crate) const MISSING_VALUE: &str = "missing_value";
    pub(crate) const NO_DEPLOYMENTS: &str = "no_deployments";
    pub(crate) const PERSON_COLUMN: &str = "person_column";
    pub(crate) const RESULT_ASSUMED: &str = "result_assumed";
    pub(crate) const SHORT_ROW: &str = "short_row";
    pub(crate) const TRUNCATION: &str = "truncation_suspected";
    pub(crate) const UNCLOSED_QUOTE: &str = "unclosed_quote";
    pub(crate) const UNKNOWN_RECORD: &str = "unknown_record";
    pub(crate) const UNKNOWN_SERVICE: &str = "unknown_service";
    pub(crate) const UNKNOWN_VALUE: &str = "unknown_value";
    pub(crate) const UNMATCHED_STATUS: &str = "unmatched_status";
    pub(crate) const UNNAMED_SERVICE: &str = "unnamed_service";
    pub(crate) const UNRECOGNISED: &str = "unrecognised";
    pub(crate) const WIDE_ROW: &str = "wide_row";
    pub(crate) const ZONE_CONTRADICTED: &str = "zone_contradicted";
    pub(crate) const ZONE_INFERRED: &str = "zone_inferred";
    pub(crate) const ZONE_UNCERTAIN: &str = "zone_uncertain";
}

/// One defect.
#[derive(Clone, Debug)]
pub(crate) struct Issue {
    pub(crate) row: u64,
    pub(crate) column: Option<String>,
    pub(crate) code: &'static str,
    pub(crate) found: Option<String>,
    pub(crate) message: String,
    pub(crate) rejected: bool,
}

/// The defects of one file.
#[derive(Debug, Default)]
pub(crate) struct Issues {
    listed: Vec<Issue>,
    counts: BTreeMap<&'static str, u64>,
}

const LISTED_PER_CODE: u64 = 10_000;
const FOUND_LENGTH: usize = 80;

/// One defect in the making.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// 1-based; 0 for the whole file.
    pub(crate) row: u64,
    pub(crate) column: Option<&'a str>,
    pub(crate) found: Option<&'a str>,
}

impl<'a> Place<'a> {
    pub(crate) const FILE: Place<'static> = Place { row: 0, column: None, found: None };

    pub(crate) fn row(row: u64) -> Self {
        Self { row, column: None, found: None }
    }

    pub(crate) fn cell(row: u64, column: &'a str, found: &'a str) -> Self {
        Self { row, column: Some(column), found: Some(found) }
    }
}

impl Issues {
    /// Takes a defect after which the row is still used.
    pub(crate) fn note(&mut self, code: &'static str, place: Place<'_>, message: fmt::Arguments<'_>) {
        self.add(code, place, message, false);
    }

    /// Takes the defect for which a row is put aside.
    pub(crate) fn reject(&mut self, code: &'static str, place: Place<'_>, message: fmt::Arguments<'_>) {
        self.add(code, place, message, true);
    }

    fn add(&mut self, code: &'static str, place: Place<'_>, message: fmt::Arguments<'_>, rejected: bool) {
        let count = self.counts.entry(code).or_default();
        *count += 1;
        if *count > LISTED_PER_CODE {
            return;
        }
        self.listed.push(Issue {
            row: place.row,
            column: place.column.map(str::to_owned),
            code,
            found: place.found.map(shortened),
            message: message.to_string(),
            rejected,
        });
    }

    /// How often a defect occurred.
    #[cfg(test)]
    pub(crate) fn count(&self, code: &str) -> u64 {
        self.counts.get(code).copied().unwrap_or(0)
    }

    /// The listed defects, and one row for each kind that had too many.
    pub(crate) fn finish(mut self) -> Vec<Issue> {
        for (code, count) in self.counts {
            if count > LISTED_PER_CODE {
                let message =
                    format!("{count} defects of this kind, of which the first {LISTED_PER_CODE} are listed; correct the export or the map");
                self.listed.push(Issue { row: 0, column: None, code, found: None, message, rejected: false });
            }
        }
        self.listed
    }
}

/// At most 80 characters, on one line, naming nobody.
fn shortened(found: &str) -> String {
    let start: String = found.chars().take(4 * FOUND_LENGTH).collect();
    without_contacts(&one_line(&start).0).chars().take(FOUND_LENGTH).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_counted_and_the_rest_summarised() {
        let mut issues = Issues::default();
        for row in 1..=LISTED_PER_CODE + 5 {
            issues.reject(code::WIDE_ROW, Place::row(row), format_args!("too wide"));
        }
        assert_eq!(issues.count(code::WIDE_ROW), LISTED_PER_CODE + 5);
        let listed = issues.finish();
        assert_eq!(listed.len() as u64, LISTED_PER_CODE + 1);
        assert!(listed.last().unwrap().message.starts_with("10005 defects"));
    }

    #[test]
    fn what_was_found_is_short_and_names_nobody() {
        assert_eq!(shortened(&"x".repeat(200)).len(), 80);
        assert_eq!(shortened("jane@example.com"), "<mail>");
    }
}
