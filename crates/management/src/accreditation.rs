//! Criteria that teams meet: the table `team_accreditation`.

use polars::prelude::PolarsResult;
use sequela_schema::result::team_accreditation;
use sequela_schema::{Frames, TableBuilder};

use crate::Settings;

/// The table; empty without the exports that it needs.
pub(crate) fn table(_frames: &Frames, _settings: &Settings) -> PolarsResult<TableBuilder> {
    Ok(TableBuilder::new(&team_accreditation::TABLE))
}
