//! Figures by organisation, group, team and service: weeks, months, quarters and the whole range, each with n and an interval.
//!
//! Frames in, frames out. The units that are counted come from the correlation (`deployment_units`, `incident_units`); the
//! formulas are those of a [`Definition`], so that a figure of another tool is the same computation with other fields.

mod bands;
mod business;
mod calendar;
mod comparison;
mod curves;
mod deltas;
mod doubt;
pub mod evaluation;
mod facts;
mod figures;
mod groups;
mod peers;
mod rates;
pub mod reconciliation;
mod scopes;
mod signals;
mod tables;

use chrono_tz::Tz;
use polars::prelude::PolarsResult;
use sequela_schema::definition::Range;
use sequela_schema::{Definition, Frames};
use sequela_stats::draws::Causes;

pub use bands::{LATEST as LATEST_BANDS, years as band_years};
pub use business::{WorkingClock, WorkingHours};
pub use calendar::{month_label, month_of, month_start};

/// What the figures are formed under.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Name of the organisation: the `scope_id` of its rows.
    pub organisation: String,
    /// Zone in which months and weeks are cut.
    pub timezone: Tz,
    /// Range that is reported.
    pub range: Range,
    /// The definition.
    pub definition: Definition,
    /// Hours in which durations are counted as well; none where not configured.
    pub working_hours: Option<WorkingHours>,
    /// Year of the DORA report whose bands are named.
    pub band_year: i32,
}

/// Computes `metrics`, the month tables, `team_comparison`, `restore_curves`, `month_signals` and `bands` from correlated frames.
///
/// `causes` are the draws of a model; without them counts are taken as seen.
pub fn measure(frames: &Frames, settings: &Settings, causes: Option<&Causes>) -> PolarsResult<Frames> {
    let facts = facts::Facts::read(frames, settings, causes)?;
    let scopes = scopes::scopes(&facts, settings);
    let measured = figures::measure(&facts, &scopes, settings);
    let mut result = tables::write(&measured)?;
    result.build(comparison::table(&facts, &scopes, settings))?;
    result.build(curves::table(&facts, &scopes))?;
    let mut signals = signals::table(&facts, &scopes);
    deltas::write(&mut signals, &facts, &measured);
    result.build(signals)?;
    result.build(bands::table(&measured, settings.band_year))?;
    Ok(result)
}
