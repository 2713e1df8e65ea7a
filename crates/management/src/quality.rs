//! Failures beside measures of quality: the table `quality_association`.

use polars::prelude::PolarsResult;
use sequela_schema::result::quality_association;
use sequela_schema::{Frames, TableBuilder};

use crate::Settings;

/// The table; empty without the exports that it needs.
pub(crate) fn table(_frames: &Frames, _settings: &Settings) -> PolarsResult<TableBuilder> {
    Ok(TableBuilder::new(&quality_association::TABLE))
}
