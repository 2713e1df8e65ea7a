//! The long `metrics` table as typed figures, with one unit per kind of quantity.
//!
//! Presets of other tools give percent and seconds where ours gives ratios and hours; here both become ratios and hours, so that no
//! later code asks which tool a number follows. Service rows are left out: the page shows none and there may be millions.

mod month;

use std::collections::BTreeMap;

use polars::prelude::PolarsResult;
use sequela_schema::metric::Metric;
use sequela_schema::result::metrics;
use sequela_schema::vocabulary::{period, scope};
use sequela_schema::{Frames, Values};

use crate::honesty::{Honesty, rests_on_links};
use crate::wording::WITHHELD;

pub(crate) use month::{Earlier, ReviewMonth, midnight, month_start, months};

/// What a figure counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// A number of things; a fraction is an expectation.
    Count,
    /// 0 to 1 as a rule; some presets exceed 1.
    Ratio,
    /// Hours.
    Hours,
    /// A number per week.
    PerWeek,
    /// A word in the note.
    Label,
}

impl Unit {
    /// Of a word of `metrics.unit`, and what its values are multiplied by.
    pub(crate) fn of(word: &str) -> (Self, f64) {
        match word {
            "ratio" => (Self::Ratio, 1.0),
            "percent" => (Self::Ratio, 0.01),
            "hours" => (Self::Hours, 1.0),
            "minutes" => (Self::Hours, 1.0 / 60.0),
            "seconds" => (Self::Hours, 1.0 / 3_600.0),
            "per_week" => (Self::PerWeek, 1.0),
            "label" => (Self::Label, 1.0),
            _ => (Self::Count, 1.0),
        }
    }
}

/// One figure with what it rests on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Figure {
    /// What it counts in.
    pub(crate) unit: Unit,
    /// Observations.
    pub(crate) n: i64,
    /// The figure, if there is anything to say.
    pub(crate) value: Option<f64>,
    /// Lower end of the interval.
    pub(crate) lower: Option<f64>,
    /// Upper end of the interval; empty also when the data do not bound it.
    pub(crate) upper: Option<f64>,
    /// How it was computed.
    pub(crate) method: String,
    /// Anything to know.
    pub(crate) note: Option<String>,
}

impl Figure {
    /// Both ends of the interval, if both are known.
    pub(crate) fn interval(&self) -> Option<(f64, f64)> {
        Some((self.lower?, self.upper?))
    }

    /// Whether it is not shown because the model that it rests on may not judge.
    pub(crate) fn is_withheld(&self) -> bool {
        self.note.as_deref() == Some(WITHHELD)
    }

    fn withhold(&mut self) {
        (self.value, self.lower, self.upper) = (None, None, None);
        self.note = Some(WITHHELD.to_owned());
    }
}

/// Figures of one period over time, by first day of the period (days since 1970).
pub(crate) type Series = BTreeMap<i32, Figure>;

/// The figures of the organisation and, over the whole range, of its teams.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    organisation: BTreeMap<(String, String), Series>,
    teams: BTreeMap<String, BTreeMap<String, Figure>>,
    groups: BTreeMap<String, BTreeMap<String, Figure>>,
}

static NO_SERIES: Series = BTreeMap::new();

impl Figures {
    /// Reads them from the frames; without a `metrics` table there are none. What rests on a model that may not judge is left empty
    /// here, so that no page, chart or line can show it.
    pub(crate) fn read(frames: &Frames) -> PolarsResult<Self> {
        Self::read_of(frames, None)
    }

    /// Those of one scope, a kind and an identifier, in the place of the organisation's.
    pub(crate) fn of_scope(frames: &Frames, kind: &str, id: &str) -> PolarsResult<Self> {
        Self::read_of(frames, Some((kind, id)))
    }

    fn read_of(frames: &Frames, wanted: Option<(&str, &str)>) -> PolarsResult<Self> {
        let mut figures = Self::default();
        let is_withheld = Honesty::read(frames)?.is_withheld();
        let frame = frames.get(&metrics::TABLE);
        let (scopes, scope_ids, periods) =
            (frame.texts(&metrics::SCOPE)?, frame.texts(&metrics::SCOPE_ID)?, frame.texts(&metrics::PERIOD)?);
        let (starts, names, units) = (frame.dates(&metrics::PERIOD_START)?, frame.texts(&metrics::METRIC)?, frame.texts(&metrics::UNIT)?);
        let (counts, values) = (frame.ints(&metrics::N)?, frame.reals(&metrics::VALUE)?);
        let (lowers, uppers) = (frame.reals(&metrics::LOWER)?, frame.reals(&metrics::UPPER)?);
        let (methods, notes) = (frame.texts(&metrics::METHOD)?, frame.texts(&metrics::NOTE)?);
        for row in 0..frame.height() {
            let (scope, period) = (scopes.get(row).unwrap_or_default(), periods.get(row).unwrap_or_default());
            let of_organisation = match wanted {
                None => scope == scope::ORGANISATION,
                Some(wanted) => (scope, scope_ids.get(row).unwrap_or_default()) == wanted,
            };
            let is_part = matches!(scope, scope::TEAM | scope::GROUP) && period == period::ALL;
            if !of_organisation && (wanted.is_some() || !is_part) {
                continue;
            }
            let name = names.get(row).unwrap_or_default().to_owned();
            let (unit, factor) = Unit::of(units.get(row).unwrap_or_default());
            let scaled = |value: Option<f64>| value.filter(|value| value.is_finite()).map(|value| value * factor);
            let mut figure = Figure {
                unit,
                n: counts.get(row).unwrap_or_default(),
                value: scaled(values.get(row)),
                lower: scaled(lowers.get(row)),
                upper: scaled(uppers.get(row)),
                method: methods.get(row).unwrap_or_default().to_owned(),
                note: notes.get(row).map(str::to_owned),
            };
            if is_withheld && rests_on_links(&name) {
                figure.withhold();
            }
            if of_organisation {
                let series = figures.organisation.entry((period.to_owned(), name)).or_default();
                series.insert(starts.get(row).unwrap_or_default(), figure);
            } else {
                let parts = if scope == scope::TEAM { &mut figures.teams } else { &mut figures.groups };
                parts.entry(scope_ids.get(row).unwrap_or_default().to_owned()).or_default().insert(name, figure);
            }
        }
        Ok(figures)
    }

    /// The organisation's figures of that period and name over time.
    pub(crate) fn series(&self, period: &str, metric: &Metric) -> &Series {
        self.organisation.get(&(period.to_owned(), metric.name.to_owned())).unwrap_or(&NO_SERIES)
    }

    /// The organisation's figure over the whole range.
    pub(crate) fn overall(&self, metric: &Metric) -> Option<&Figure> {
        self.series(period::ALL, metric).values().next()
    }

    /// Groups of teams by identifier, with their figures over the whole range by name.
    pub(crate) fn groups(&self) -> impl Iterator<Item = (&str, &BTreeMap<String, Figure>)> {
        self.groups.iter().map(|(group, figures)| (group.as_str(), figures))
    }

    /// Teams by identifier with their figure over the whole range.
    pub(crate) fn by_team<'a>(&'a self, metric: &'a Metric) -> impl Iterator<Item = (&'a str, &'a Figure)> {
        self.teams.iter().filter_map(move |(team, figures)| Some((team.as_str(), figures.get(metric.name)?)))
    }
}
