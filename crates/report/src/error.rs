//! What can go wrong while results are written; never the fault of the data, which may be empty or odd in any way.

use std::path::PathBuf;

use polars::prelude::PolarsError;

/// A report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A file or folder could not be written; the message of the system names it.
    #[error("cannot write the report")]
    Write(#[from] std::io::Error),
    /// A frame lacks a declared column or holds another type.
    #[error("a result table does not have the declared columns")]
    Frame(#[from] PolarsError),
    /// A table could not be written as Parquet.
    #[error("cannot write {}", path.display())]
    Parquet {
        /// File to write.
        path: PathBuf,
        /// What polars says.
        source: PolarsError,
    },
    /// A chart could not be drawn.
    #[error("cannot draw chart {chart}: {reason}")]
    Draw {
        /// Name of the chart.
        chart: &'static str,
        /// What the drawing library says.
        reason: String,
    },
    /// A chart could not be turned into pixels.
    #[error("cannot turn chart {chart} into pixels: {reason}")]
    Raster {
        /// Name of the chart.
        chart: &'static str,
        /// What the renderer says.
        reason: String,
    },
    /// The workbook could not be written.
    #[error("cannot write the workbook")]
    Workbook(#[source] rust_xlsxwriter::XlsxError),
    /// The page could not be filled in.
    #[error("cannot fill in the review page")]
    Template(#[from] askama::Error),
    /// The run has no such month.
    #[error("the run has no month {given:?}; it has {}", if months.is_empty() { "none".to_owned() } else { months.join(", ") })]
    UnknownMonth {
        /// What was asked for.
        given: String,
        /// The months of the run, such as `2026-10`.
        months: Vec<String>,
    },
    /// An identifier stands for several records.
    #[error("{given:?} stands for {number} records: {}", matches.join(", "))]
    Ambiguous {
        /// What was asked for.
        given: String,
        /// How many match.
        number: usize,
        /// Identifiers that match, at most ten.
        matches: Vec<String>,
    },
}

impl From<rust_xlsxwriter::XlsxError> for ReportError {
    fn from(error: rust_xlsxwriter::XlsxError) -> Self {
        match error {
            rust_xlsxwriter::XlsxError::IoError(error) => Self::Write(error),
            other => Self::Workbook(other),
        }
    }
}
