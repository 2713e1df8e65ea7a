//! Verdicts of the month from the table `month_signals`: organisation, teams and services.

use polars::prelude::PolarsResult;
use sequela_schema::metric::{self, Metric};
use sequela_schema::result::month_signals;
use sequela_schema::vocabulary::scope;
use sequela_schema::{Frames, Values};

use super::period::Period;
use crate::figures::Unit;
use crate::honesty::rests_on_links;
use crate::names::Names;
use crate::wording::{self, Change};

/// One figure of one scope in the month.
#[derive(Clone, Debug)]
pub(crate) struct Signal {
    /// `organisation`, `team` or `service`.
    pub(super) scope: String,
    /// What people call it.
    pub(super) name: String,
    /// Name of the figure.
    pub(super) metric: String,
    /// Deployments or incidents that it rests on.
    pub(super) n: i64,
    /// Value of the month.
    pub(super) value: f64,
    /// Pooled rate of the months before.
    pub(super) before: Option<f64>,
    /// Months before.
    pub(super) months: i64,
    /// Probability of a rate at least as far from the level before, on either side.
    pub(super) chance: Option<f64>,
    /// Lowest and highest value that is no signal.
    pub(super) limits: Option<(f64, f64)>,
    /// What is said.
    pub(crate) change: Change,
}

impl Signal {
    /// Title of its figure.
    pub(super) fn title(&self) -> &'static str {
        metric::metric(&self.metric).map_or("", |metric| metric.title)
    }

    /// Whether it is a rate or share.
    pub(super) fn is_rate(&self) -> bool {
        self.unit() == Unit::Ratio
    }

    /// A value in its unit.
    pub(super) fn amount(&self, value: f64) -> String {
        wording::amount(self.unit(), value)
    }

    fn unit(&self) -> Unit {
        metric::metric(&self.metric).map_or(Unit::Count, |metric| Unit::of(metric.unit).0)
    }
}

/// All verdicts of a month.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    all: Vec<Signal>,
}

impl Signals {
    /// Reads those of the period's month; the whole range has none. What rests on a model that may not judge is left out.
    pub(super) fn read(frames: &Frames, names: &Names, period: &Period, is_withheld: bool) -> PolarsResult<Self> {
        match &period.month {
            Some(month) => Self::of_month(frames, names, &month.key(), is_withheld),
            None => Ok(Self::default()),
        }
    }

    /// Those of a month such as `2026-10`.
    pub(crate) fn of_month(frames: &Frames, names: &Names, key: &str, is_withheld: bool) -> PolarsResult<Self> {
        let frame = frames.get(&month_signals::TABLE);
        let (months, metrics) = (frame.texts(&month_signals::MONTH)?, frame.texts(&month_signals::METRIC)?);
        let (scopes, ids) = (frame.texts(&month_signals::SCOPE)?, frame.texts(&month_signals::SCOPE_ID)?);
        let (counts, values, before) =
            (frame.ints(&month_signals::N)?, frame.reals(&month_signals::VALUE)?, frame.reals(&month_signals::BEFORE)?);
        let (lower, higher) = (frame.reals(&month_signals::P_LOWER)?, frame.reals(&month_signals::P_HIGHER)?);
        let (spans, signals) = (frame.ints(&month_signals::MONTHS)?, frame.texts(&month_signals::SIGNAL)?);
        let (lowest, highest) = (frame.reals(&month_signals::LIMIT_LOWER)?, frame.reals(&month_signals::LIMIT_UPPER)?);
        let signal = |row: usize| {
            let (scope, id) = (scopes.get(row)?, ids.get(row)?);
            let name = match scope {
                scope::TEAM => names.team(id),
                scope::SERVICE => names.service(id),
                _ => id,
            };
            Some(Signal {
                scope: scope.to_owned(),
                name: name.to_owned(),
                metric: metrics.get(row)?.to_owned(),
                n: counts.get(row)?,
                value: values.get(row)?,
                before: before.get(row),
                months: spans.get(row).unwrap_or_default(),
                chance: lower.get(row).zip(higher.get(row)).map(|(lower, higher)| (2.0 * lower.min(higher)).min(1.0)),
                limits: lowest.get(row).zip(highest.get(row)),
                change: change(signals.get(row)?),
            })
        };
        let of_month = (0..frame.height()).filter(|row| months.get(*row) == Some(key)).filter_map(signal);
        Ok(Self { all: of_month.filter(|signal| !is_withheld || !rests_on_links(&signal.metric)).collect() })
    }

    /// The organisation's verdict on that figure.
    pub(crate) fn organisation(&self, metric: &Metric) -> Option<&Signal> {
        self.all.iter().find(|signal| signal.scope == scope::ORGANISATION && signal.metric == metric.name)
    }

    /// Teams or services whose month differs, change failure rates first.
    pub(super) fn moved<'a>(&'a self, scope: &'a str) -> impl Iterator<Item = &'a Signal> {
        let differs = move |signal: &&Signal| signal.scope == scope && matches!(signal.change, Change::Higher | Change::Lower);
        let is_first = |signal: &&Signal| signal.metric == metric::CHANGE_FAILURE_RATE.name;
        self.all.iter().filter(differs).filter(is_first).chain(self.all.iter().filter(differs).filter(move |signal| !is_first(signal)))
    }

    /// Whether there is any.
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

fn change(signal: &str) -> Change {
    match signal {
        "higher" => Change::Higher,
        "lower" => Change::Lower,
        "none" => Change::Unclear,
        _ => Change::TooFew,
    }
}
