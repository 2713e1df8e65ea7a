//! The DORA band of each figure: one where the whole interval lies in it, else the best and the worst that the interval allows.

use std::collections::BTreeMap;

use polars::prelude::PolarsResult;
use sequela_schema::Values;
use sequela_schema::metric::Metric;
use sequela_schema::result::bands;
use sequela_schema::vocabulary::{period, scope};

use super::Source;
use crate::honesty::rests_on_links;
use crate::wording::MISSING;

/// Bands of the organisation in the period of the page.
#[derive(Debug, Default)]
pub(super) struct Bands {
    /// Year of the DORA report.
    pub(super) year: i64,
    by_metric: BTreeMap<String, String>,
}

impl Bands {
    /// Reads those of the period; what rests on a model that may not judge has none.
    pub(super) fn read(source: &Source<'_>) -> PolarsResult<Self> {
        let frame = source.frames.get(&bands::TABLE);
        let wanted = source.period.month.as_ref().map(|month| month.start);
        let (scopes, periods, starts) = (frame.texts(&bands::SCOPE)?, frame.texts(&bands::PERIOD)?, frame.dates(&bands::PERIOD_START)?);
        let (metrics, years) = (frame.texts(&bands::METRIC)?, frame.ints(&bands::YEAR)?);
        let (single, between) = (frame.texts(&bands::BAND)?, frame.texts(&bands::BETWEEN)?);
        let mut found = Self::default();
        for row in 0..frame.height() {
            let is_period = match wanted {
                Some(start) => periods.get(row) == Some(period::MONTH) && starts.get(row) == Some(start),
                None => periods.get(row) == Some(period::ALL),
            };
            let name = metrics.get(row).unwrap_or_default();
            if !is_period || scopes.get(row) != Some(scope::ORGANISATION) || (source.honesty.is_withheld() && rests_on_links(name)) {
                continue;
            }
            found.year = years.get(row).unwrap_or_default();
            found.by_metric.extend(single.get(row).or(between.get(row)).map(|words| (name.to_owned(), words.to_owned())));
        }
        Ok(found)
    }

    /// Whether no figure has one.
    pub(super) fn is_empty(&self) -> bool {
        self.by_metric.is_empty()
    }

    /// `elite`, `between high and low`; a dash where none was published.
    pub(super) fn words(&self, metric: &Metric) -> &str {
        self.by_metric.get(metric.name).map_or(MISSING, String::as_str)
    }
}
