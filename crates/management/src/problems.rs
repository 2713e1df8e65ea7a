//! Recurring incidents: the table `problem_candidates`.

use polars::prelude::PolarsResult;
use sequela_schema::result::problem_candidates;
use sequela_schema::{Frames, TableBuilder};

use crate::Settings;

/// The table; empty without the exports that it needs.
pub(crate) fn table(_frames: &Frames, _settings: &Settings) -> PolarsResult<TableBuilder> {
    Ok(TableBuilder::new(&problem_candidates::TABLE))
}
