//! Which month the review is about, and which earlier months it is compared with.

use chrono::{Months, NaiveDate, TimeZone};
use chrono_tz::Tz;

use super::{Figure, Figures, Series};
use crate::Context;
use sequela_schema::metric::{METRICS, peer};
use sequela_schema::vocabulary::period;

/// How much of a month's ends may be missing: an export seldom begins or ends at midnight of the first.
const TOLERANCE_MICROSECONDS: i64 = 2 * 86_400 * 1_000_000;
/// Months that the review month is compared with, at most.
const TRAILING: usize = 12;

/// The month under review and those before it, each by its first day.
#[derive(Debug)]
pub(crate) struct ReviewMonth {
    /// First day, in days since 1970.
    pub(crate) start: i32,
    /// Whether the data cover all of it.
    pub(crate) is_full: bool,
    /// First days of the full months before, oldest first.
    pub(crate) earlier: Vec<i32>,
}

/// A figure over the months before: the plain mean of the monthly values, so that a reader can redo it from the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Earlier {
    /// Mean of the monthly values.
    pub(crate) mean: f64,
    /// Months with a value.
    pub(crate) months: usize,
}

impl ReviewMonth {
    /// The last full month that has figures, else the last one; none without figures.
    pub(crate) fn choose(figures: &Figures, context: &Context) -> Option<Self> {
        let months = months(figures);
        let start = months.iter().copied().rfind(|start| is_covered(*start, context)).or_else(|| months.last().copied())?;
        Some(Self::of(&months, start, context))
    }

    /// The month that begins on that day, with the full months before it.
    pub(crate) fn of(months: &[i32], start: i32, context: &Context) -> Self {
        let earlier: Vec<i32> = months.iter().copied().filter(|month| *month < start && is_covered(*month, context)).collect();
        let skipped = earlier.len().saturating_sub(TRAILING);
        Self { start, is_full: is_covered(start, context), earlier: earlier[skipped..].to_vec() }
    }

    /// First and last instant in microseconds since 1970 UTC; the last is not part of it.
    pub(crate) fn bounds(&self, timezone: Tz) -> (i64, i64) {
        bounds(self.start, timezone)
    }

    /// The month as tables have it: `2026-06`.
    pub(crate) fn key(&self) -> String {
        month_start(self.start).format("%Y-%m").to_string()
    }

    /// The figure of the month.
    pub(crate) fn figure<'a>(&self, series: &'a Series) -> Option<&'a Figure> {
        series.get(&self.start)
    }

    /// The plain mean of the earlier months' values; none without an earlier value.
    pub(crate) fn earlier(&self, series: &Series) -> Option<Earlier> {
        let values: Vec<f64> = self.earlier.iter().filter_map(|month| series.get(month)?.value).collect();
        let months = values.len();
        (months > 0).then(|| Earlier { mean: values.iter().sum::<f64>() / months as f64, months })
    }
}

/// First days of all months that the organisation has figures for, in order.
pub(crate) fn months(figures: &Figures) -> Vec<i32> {
    let mut starts: Vec<i32> =
        METRICS.iter().chain(peer::METRICS).flat_map(|metric| figures.series(period::MONTH, metric).keys().copied()).collect();
    starts.sort_unstable();
    starts.dedup();
    starts
}

/// The day of that number of days since 1970.
pub(crate) fn month_start(days: i32) -> NaiveDate {
    NaiveDate::from_epoch_days(days).unwrap_or_default()
}

fn is_covered(start: i32, context: &Context) -> bool {
    let (first, next) = bounds(start, context.timezone);
    first >= context.from.saturating_sub(TOLERANCE_MICROSECONDS)
        && next <= context.to.max(context.as_of).saturating_add(TOLERANCE_MICROSECONDS)
}

fn bounds(start: i32, timezone: Tz) -> (i64, i64) {
    let first = month_start(start);
    let next = first.checked_add_months(Months::new(1)).unwrap_or(first);
    (midnight(first, timezone), midnight(next, timezone))
}

/// The first instant of a day in a zone, in microseconds since 1970 UTC.
pub(crate) fn midnight(day: NaiveDate, timezone: Tz) -> i64 {
    let local = day.and_hms_opt(0, 0, 0).unwrap_or_default();
    timezone.from_local_datetime(&local).earliest().map_or_else(|| local.and_utc().timestamp_micros(), |instant| instant.timestamp_micros())
}
