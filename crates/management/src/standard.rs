//! Change models to pre-approve or withdraw: the table `standard_change_candidates`.

use polars::prelude::PolarsResult;
use sequela_schema::result::standard_change_candidates;
use sequela_schema::{Frames, TableBuilder};

use crate::Settings;

/// The table; empty without the exports that it needs.
pub(crate) fn table(_frames: &Frames, _settings: &Settings) -> PolarsResult<TableBuilder> {
    Ok(TableBuilder::new(&standard_change_candidates::TABLE))
}
