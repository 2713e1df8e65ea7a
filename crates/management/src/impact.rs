//! What followed each deployment: the table `release_impact`.

use polars::prelude::PolarsResult;
use sequela_schema::result::release_impact;
use sequela_schema::{Frames, TableBuilder};

use crate::Settings;

/// The table; empty without the exports that it needs.
pub(crate) fn table(_frames: &Frames, _settings: &Settings) -> PolarsResult<TableBuilder> {
    Ok(TableBuilder::new(&release_impact::TABLE))
}
