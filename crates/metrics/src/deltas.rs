//! Counts and durations of a month beside the twelve months before, and whether they are more than what months do.

use sequela_schema::TableBuilder;
use sequela_schema::metric::{self, Metric};
use sequela_schema::result::month_signals as out;
use sequela_stats::signal::Signal;
use sequela_stats::xmr::Limits;

use crate::calendar::month_label;
use crate::facts::Facts;
use crate::figures::Block;
use crate::scopes::Scope;
use crate::signals::TRAILING;

/// A month without any is a month with 0.
const COUNTS: [&Metric; 4] = [&metric::DEPLOYMENTS, &metric::INCIDENTS, &metric::CHANGE_CAUSED_INCIDENTS, &metric::CHANGE_CAUSED_HOURS];

/// A month without observations has no value.
const MEASURES: [&Metric; 11] = [
    &metric::DEPLOYMENT_FREQUENCY,
    &metric::INCIDENTS_PER_100_DEPLOYMENTS,
    &metric::LEAD_TIME_MEDIAN,
    &metric::LEAD_TIME_P90,
    &metric::TIME_TO_RESTORE_MEDIAN,
    &metric::TIME_TO_RESTORE_P90,
    &metric::TIME_TO_RESTORE_MEAN,
    &metric::TIME_TO_RESTORE_BUSINESS_MEDIAN,
    &metric::FAILED_DEPLOYMENT_RECOVERY_MEDIAN,
    &metric::TIME_TO_DETECT_MEDIAN,
    &metric::TIME_TO_ACKNOWLEDGE_MEDIAN,
];

/// A figure of one scope, month by month of the calendar.
struct Series<'a> {
    scope: &'a Scope,
    metric: &'static Metric,
    is_count: bool,
    months: Vec<Month>,
}

/// The figure of one month.
#[derive(Clone, Copy, Debug, Default)]
struct Month {
    value: Option<f64>,
    n: u64,
    /// Whether the range covers all of it.
    is_whole: bool,
    /// Whether it is shown; months of a service in which nothing happened only count as 0.
    is_shown: bool,
}

pub(crate) fn write(builder: &mut TableBuilder, facts: &Facts, blocks: &[Block<'_>]) {
    for of_scope in blocks.chunk_by(|left, right| std::ptr::eq(left.scope, right.scope)) {
        for (metric, is_count) in COUNTS.iter().map(|metric| (*metric, true)).chain(MEASURES.iter().map(|metric| (*metric, false))) {
            let series = Series::new(facts, of_scope, metric, is_count);
            let shown = series.months.iter().enumerate().filter(|(_, month)| month.is_shown && month.value.is_some());
            for (place, month) in shown {
                series.write(builder, facts, place, *month);
            }
        }
    }
}

impl<'a> Series<'a> {
    fn new(facts: &Facts, blocks: &[Block<'a>], metric: &'static Metric, is_count: bool) -> Self {
        let months = facts.calendar.months.iter().zip(&facts.calendar.whole_months).map(|(month, is_whole)| {
            let block = blocks.iter().find(|block| block.month == Some(*month));
            let estimate =
                block.and_then(|block| block.figures.iter().find(|figure| figure.metric == metric)).map(|figure| figure.estimate);
            let value = estimate.and_then(|estimate| estimate.value).or(is_count.then_some(0.0));
            Month { value, n: estimate.map_or(0, |estimate| estimate.n), is_whole: *is_whole, is_shown: estimate.is_some() }
        });
        Self { scope: blocks[0].scope, metric, is_count, months: months.collect() }
    }

    /// Whether a month can be held against others: a count of part of a month cannot.
    fn compares(&self, month: &Month) -> bool {
        month.is_whole || !self.is_count
    }

    /// Values of the months before, newest last.
    fn before(&self, place: usize) -> Vec<f64> {
        self.months[..place].iter().filter(|month| self.compares(month)).filter_map(|month| month.value).collect()
    }

    fn write(&self, builder: &mut TableBuilder, facts: &Facts, place: usize, month: Month) {
        let before = self.before(place);
        let trailing = &before[before.len().saturating_sub(TRAILING)..];
        let mean = (!trailing.is_empty()).then(|| trailing.iter().sum::<f64>() / trailing.len() as f64);
        let compared = month.value.filter(|_| self.compares(&month));
        let limits = Limits::new(&before).filter(|_| compared.is_some());
        let note = match (compared, limits) {
            (None, _) => Some("the range covers part of this month only"),
            (_, None) => Some("a signal needs twenty months before that differ"),
            _ => None,
        };
        builder
            .row()
            .text(&out::SCOPE, self.scope.kind)
            .text(&out::SCOPE_ID, &self.scope.id)
            .text(&out::METRIC, self.metric.name)
            .text(&out::MONTH, month_label(facts.calendar.months[place]))
            .int(&out::N, month.n as i64)
            .real_opt(&out::VALUE, month.value)
            .real_opt(&out::BEFORE, mean)
            .real_opt(&out::DELTA, compared.zip(mean).map(|(value, mean)| value - mean))
            .int(&out::MONTHS, trailing.len() as i64)
            .real_opt(&out::LIMIT_LOWER, limits.map(|limits| limits.lower.max(0.0)))
            .real_opt(&out::LIMIT_UPPER, limits.map(|limits| limits.upper))
            .text(&out::SIGNAL, signal(compared, limits).as_str())
            .text(&out::METHOD, "XmR")
            .text_opt(&out::NOTE, note);
    }
}

fn signal(value: Option<f64>, limits: Option<Limits>) -> Signal {
    match value.zip(limits) {
        None => Signal::TooFew,
        Some((value, limits)) if value > limits.upper => Signal::Higher,
        Some((value, limits)) if value < limits.lower => Signal::Lower,
        Some(_) => Signal::None,
    }
}
