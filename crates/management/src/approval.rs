//! Failures and lead time by approval path: the table `approval_paths`.

use polars::prelude::PolarsResult;
use sequela_schema::result::approval_paths;
use sequela_schema::{Frames, TableBuilder};

use crate::Settings;

/// The table; empty without the exports that it needs.
pub(crate) fn table(_frames: &Frames, _settings: &Settings) -> PolarsResult<TableBuilder> {
    Ok(TableBuilder::new(&approval_paths::TABLE))
}
