//! What change and problem management should do about it: one table per report, each with n, intervals and the records behind it.
//!
//! Frames in, frames out. Whether a deployment failed is taken from `deployment_outcomes` and `deployment_units` as it was attributed; what is
//! compared here is an association, never an effect, and is called so.

mod accreditation;
mod approval;
mod carried;
mod impact;
mod problems;
mod quality;
mod reconciliation;
mod records;
mod risk;
mod standard;

use chrono_tz::Tz;
use polars::prelude::PolarsResult;
use sequela_schema::Frames;
use sequela_schema::definition::Range;

use records::Records;

pub use accreditation::{Accreditation, Criterion, Limits};
pub use reconciliation::{FreezeWindow, When};
pub use risk::Thresholds;
pub use standard::StandardChange;

/// What the reports are made under.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Zone in which hours of the week are cut.
    pub timezone: Tz,
    /// Range that is reported.
    pub range: Range,
    /// Extract time in microseconds since 1970 UTC: open records count up to here, changes planned later are planned.
    pub as_of: i64,
    /// Seed of whatever draws at random.
    pub seed: u64,
    /// When nobody should deploy.
    pub freeze: Vec<FreezeWindow>,
    /// `[standard_change]`
    pub standard_change: StandardChange,
    /// `[accreditation]`
    pub accreditation: Accreditation,
    /// `[risk]`
    pub risk: Thresholds,
}

#[cfg(test)]
impl Settings {
    /// Those of a test: UTC, no freeze, everything else as built in.
    pub(crate) fn of(range: Range, as_of: i64) -> Self {
        Self {
            timezone: Tz::UTC,
            range,
            as_of,
            seed: 1,
            freeze: Vec::new(),
            standard_change: StandardChange::default(),
            accreditation: Accreditation::default(),
            risk: Thresholds::default(),
        }
    }
}

/// Computes the tables of planned changes alone, from frames that were correlated.
pub fn risk(frames: &Frames, settings: &Settings) -> PolarsResult<Frames> {
    let mut result = Frames::new();
    for table in risk::tables(frames, &Records::read(frames)?, settings)? {
        result.build(table)?;
    }
    Ok(result)
}

/// Computes the report tables from frames that were correlated and measured.
pub fn report(frames: &Frames, settings: &Settings) -> PolarsResult<Frames> {
    let mut result = Frames::new();
    let records = Records::read(frames)?;
    let carried = carried::carried(frames, &records, settings)?;
    result.build(impact::table(frames, settings)?)?;
    result.build(problems::table(frames, settings)?)?;
    result.build(standard::table(frames, &carried, settings)?)?;
    result.build(approval::table(frames, &carried)?)?;
    for table in reconciliation::tables(frames, &records, settings)? {
        result.build(table)?;
    }
    result.build(accreditation::table(frames, &records, settings)?)?;
    result.build(quality::table(frames, &records)?)?;
    for table in risk::tables(frames, &records, settings)? {
        result.build(table)?;
    }
    Ok(result)
}
