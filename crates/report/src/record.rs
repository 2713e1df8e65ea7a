//! One row of a table, and how to find it by what people type.

use polars::prelude::*;
use sequela_schema::{Column as Declared, Values};

use crate::ReportError;

/// Matches named in an error, at most.
const MATCHES_SHOWN: usize = 10;

/// One row of a frame.
#[derive(Clone, Copy)]
pub(crate) struct Record<'a> {
    frame: &'a DataFrame,
    row: usize,
}

impl<'a> Record<'a> {
    /// That row of the frame.
    pub(crate) fn at(frame: &'a DataFrame, row: usize) -> Self {
        Self { frame, row }
    }

    /// All rows whose text in that column is the given one, in order.
    pub(crate) fn all_with(frame: &'a DataFrame, column: &Declared, value: &str) -> PolarsResult<Vec<Self>> {
        let texts = frame.texts(column)?;
        Ok(texts.iter().enumerate().filter(|(_, text)| *text == Some(value)).map(|(row, _)| Self { frame, row }).collect())
    }

    /// The first row whose text in that column is the given one.
    pub(crate) fn with(frame: &'a DataFrame, column: &Declared, value: &str) -> PolarsResult<Option<Self>> {
        let texts = frame.texts(column)?;
        Ok(texts.iter().position(|text| text == Some(value)).map(|row| Self { frame, row }))
    }

    /// The row with that identifier, else with that key for people, else the only one whose identifier or key ends so
    /// (upper and lower case alike).
    pub(crate) fn find(frame: &'a DataFrame, columns: &[&Declared], given: &str) -> Result<Option<Self>, ReportError> {
        for column in columns {
            if let [row] = Self::all_with(frame, column, given)?.as_slice() {
                return Ok(Some(*row));
            }
        }
        let Some(identifier) = columns.first().filter(|_| !given.is_empty()) else { return Ok(None) };
        let mut rows: Vec<usize> = Vec::new();
        for column in columns {
            let texts = frame.texts(column)?;
            rows.extend(texts.iter().enumerate().filter(|(_, text)| text.is_some_and(|text| ends_with(text, given))).map(|(row, _)| row));
        }
        rows.sort_unstable();
        rows.dedup();
        match rows.as_slice() {
            [] => Ok(None),
            [row] => Ok(Some(Self { frame, row: *row })),
            _ => {
                let ids = frame.texts(identifier)?;
                let matches = rows.iter().take(MATCHES_SHOWN).filter_map(|row| ids.get(*row)).map(str::to_owned).collect();
                Err(ReportError::Ambiguous { given: given.to_owned(), number: rows.len(), matches })
            }
        }
    }

    /// A text.
    pub(crate) fn text(&self, column: &Declared) -> PolarsResult<Option<&'a str>> {
        Ok(self.frame.texts(column)?.get(self.row))
    }

    /// An integer.
    pub(crate) fn int(&self, column: &Declared) -> PolarsResult<Option<i64>> {
        Ok(self.frame.ints(column)?.get(self.row))
    }

    /// A number.
    pub(crate) fn real(&self, column: &Declared) -> PolarsResult<Option<f64>> {
        Ok(self.frame.reals(column)?.get(self.row))
    }

    /// A truth value; false where empty.
    pub(crate) fn is(&self, column: &Declared) -> PolarsResult<bool> {
        Ok(self.frame.bools(column)?.get(self.row).unwrap_or(false))
    }

    /// An instant in microseconds since 1970 UTC.
    pub(crate) fn instant(&self, column: &Declared) -> PolarsResult<Option<i64>> {
        Ok(self.frame.instants(column)?.get(self.row))
    }

    /// The first of those instants that is there.
    pub(crate) fn first_instant(&self, columns: &[&Declared]) -> PolarsResult<Option<i64>> {
        for column in columns {
            if let Some(instant) = self.instant(column)? {
                return Ok(Some(instant));
            }
        }
        Ok(None)
    }

    /// The first of those texts that is there and not empty.
    pub(crate) fn first_text(&self, columns: &[&Declared]) -> PolarsResult<Option<&'a str>> {
        for column in columns {
            if let Some(text) = self.text(column)?.filter(|text| !text.trim().is_empty()) {
                return Ok(Some(text));
            }
        }
        Ok(None)
    }
}

fn ends_with(text: &str, ending: &str) -> bool {
    let (text, ending) = (text.as_bytes(), ending.as_bytes());
    text.len() >= ending.len() && text[text.len() - ending.len()..].eq_ignore_ascii_case(ending)
}
