//! Deployments beside change records: the table `change_reconciliation`.

use polars::prelude::PolarsResult;
use sequela_schema::result::change_reconciliation;
use sequela_schema::{Frames, TableBuilder};

use crate::Settings;

/// The table; empty without the exports that it needs.
pub(crate) fn table(_frames: &Frames, _settings: &Settings) -> PolarsResult<TableBuilder> {
    Ok(TableBuilder::new(&change_reconciliation::TABLE))
}
