//! Probability of failure of planned changes: the tables `change_risk` and `risk_validation`.

use polars::prelude::PolarsResult;
use sequela_schema::result::{change_risk, risk_validation};
use sequela_schema::{Frames, TableBuilder};

use crate::Settings;

/// Both tables; empty without the exports that they need.
pub(crate) fn tables(_frames: &Frames, _settings: &Settings) -> PolarsResult<[TableBuilder; 2]> {
    Ok([TableBuilder::new(&change_risk::TABLE), TableBuilder::new(&risk_validation::TABLE)])
}
