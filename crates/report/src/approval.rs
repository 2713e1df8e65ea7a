//! The table `approval_paths` as facts: failures by approval path, beside those of the path compared with.

use polars::prelude::PolarsResult;
use sequela_schema::canonical::services;
use sequela_schema::result::approval_paths as t;
use sequela_schema::{Frames, Values};

use crate::figures::{Figure, Unit};
use crate::record::Record;
use crate::wording;

/// A ratio with its interval.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ratio {
    pub(crate) value: Option<f64>,
    pub(crate) lower: Option<f64>,
    pub(crate) upper: Option<f64>,
}

impl Ratio {
    /// `1.05 (0.84–1.33)`; a dash without a ratio.
    pub(crate) fn words(&self) -> String {
        let interval = self.lower.and(self.upper).map(|_| format!(" ({})", wording::ratio_interval(self.lower, self.upper)));
        self.value.map_or_else(|| wording::MISSING.to_owned(), |value| wording::ratio(value) + &interval.unwrap_or_default())
    }
}

/// One path.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    /// As the table has it.
    pub(crate) key: String,
    pub(crate) changes: i64,
    /// Expected failed changes.
    pub(crate) failures: f64,
    /// Failure rate.
    pub(crate) rate: Figure,
    pub(crate) large_share: Option<f64>,
    /// Median hours from the record to the start of work, with its interval.
    pub(crate) lead: Figure,
    /// Hours more than the path compared with.
    pub(crate) added: Figure,
    pub(crate) crude: Ratio,
    /// Within strata of tier and size.
    pub(crate) adjusted: Ratio,
    pub(crate) strata: i64,
    pub(crate) compared_with: Option<String>,
    pub(crate) q: Option<f64>,
    pub(crate) finding: String,
}

impl Path {
    /// As people call it.
    pub(crate) fn name(&self) -> &str {
        path_words(&self.key)
    }
}

/// Names of paths.
pub(crate) fn path_words(key: &str) -> &str {
    match key {
        "pre_approved" => "Pre-approved",
        "peer" => "Peer review",
        "cab" => "CAB",
        "ecab" => "Emergency board",
        "automated" => "Automated check",
        "none" => "No record",
        "unknown" => "Not known",
        other => other,
    }
}

/// All paths, in the order of how much others decide: in advance, by peers, by boards, by nobody.
pub(crate) fn paths(frames: &Frames) -> PolarsResult<Vec<Path>> {
    let frame = frames.get(&t::TABLE);
    let mut paths = (0..frame.height()).map(|row| path(&Record::at(&frame, row))).collect::<PolarsResult<Vec<_>>>()?;
    let order = ["pre_approved", "automated", "peer", "cab", "ecab", "none"];
    paths.sort_by_key(|path| (order.iter().position(|key| *key == path.key).unwrap_or(order.len()), path.key.clone()));
    Ok(paths)
}

fn path(row: &Record<'_>) -> PolarsResult<Path> {
    let figure = |unit, n, columns: [&sequela_schema::Column; 3]| {
        let [value, lower, upper] = [row.real(columns[0])?, row.real(columns[1])?, row.real(columns[2])?];
        PolarsResult::Ok(Figure { unit, n, value, lower, upper, method: String::new(), note: None })
    };
    let ratio = |columns: [&sequela_schema::Column; 3]| {
        PolarsResult::Ok(Ratio { value: row.real(columns[0])?, lower: row.real(columns[1])?, upper: row.real(columns[2])? })
    };
    let changes = row.int(&t::CHANGES)?.unwrap_or_default();
    let leads = row.int(&t::LEAD_N)?.unwrap_or_default();
    Ok(Path {
        key: row.text(&t::PATH)?.unwrap_or_default().to_owned(),
        changes,
        failures: row.real(&t::FAILURES)?.unwrap_or_default(),
        rate: figure(Unit::Ratio, changes, [&t::FAILURE_RATE, &t::LOWER, &t::UPPER])?,
        large_share: row.real(&t::LARGE_SHARE)?,
        lead: figure(Unit::Hours, leads, [&t::LEAD_MEDIAN_HOURS, &t::LEAD_LOWER, &t::LEAD_UPPER])?,
        added: figure(Unit::Hours, leads, [&t::ADDED_HOURS, &t::ADDED_LOWER, &t::ADDED_UPPER])?,
        crude: ratio([&t::CRUDE_RATIO, &t::CRUDE_LOWER, &t::CRUDE_UPPER])?,
        adjusted: ratio([&t::RATIO, &t::RATIO_LOWER, &t::RATIO_UPPER])?,
        strata: row.int(&t::STRATA)?.unwrap_or_default(),
        compared_with: row.text(&t::COMPARED_WITH)?.map(ToOwned::to_owned),
        q: row.real(&t::Q)?,
        finding: row.text(&t::FINDING)?.unwrap_or_default().to_owned(),
    })
}

/// What changes that are compared have in common, as far as the exports tell: `size and tier`, one of them, or nothing.
pub(crate) fn alike(frames: &Frames, paths: &[Path]) -> PolarsResult<&'static str> {
    let has_size = paths.iter().any(|path| path.large_share.is_some());
    let has_tier = frames.get(&services::TABLE).ints(&services::TIER)?.iter().flatten().next().is_some();
    Ok(match (has_size, has_tier) {
        (true, true) => "size and tier",
        (true, false) => "size",
        (false, true) => "tier",
        (false, false) => "",
    })
}
