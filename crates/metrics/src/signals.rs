//! Does the rate of a month differ from those before it?

use sequela_schema::TableBuilder;
use sequela_schema::metric::{self, Metric};
use sequela_schema::result::month_signals as out;
use sequela_schema::vocabulary::scope;
use sequela_stats::draws::Mask;
use sequela_stats::signal::{Expectation, Judged, judge};

use crate::calendar::month_label;
use crate::facts::{Deployment, Facts};
use crate::scopes::Scope;

/// Months before that a month is held against, at most.
pub(crate) const TRAILING: usize = 12;
/// Below so many deployments a doubled rate is seldom seen.
const SEEN: usize = 100;

/// What a rate counts.
struct Rate {
    metric: &'static Metric,
    /// Whether a unit is in the denominator.
    of: fn(&Deployment) -> bool,
    /// Whether it is in the numerator, by draw.
    failed: fn(&Deployment) -> Mask,
    /// The same as expected.
    expected: fn(&Deployment) -> f64,
}

const RATES: [Rate; 2] = [
    Rate { metric: &metric::CHANGE_FAILURE_RATE, of: |unit| unit.is_counted, failed: |unit| unit.failed, expected: |unit| unit.p_failed },
    Rate {
        metric: &metric::REWORK_RATE,
        of: |_| true,
        failed: |unit| if unit.is_rework { Mask::MAX } else { 0 },
        expected: |unit| f64::from(u8::from(unit.is_rework)),
    },
];

/// Numerators of a scope's months by draw, with the size of each month. Without draws there is one.
struct Months {
    sizes: Vec<usize>,
    expected: Vec<f64>,
    drawn: Vec<Vec<u32>>,
}

pub(crate) fn table(facts: &Facts, scopes: &[Scope]) -> TableBuilder {
    let mut builder = TableBuilder::new(&out::TABLE);
    for rate in &RATES {
        for kind in [scope::ORGANISATION, scope::GROUP, scope::TEAM, scope::SERVICE] {
            let of_kind: Vec<&Scope> = scopes.iter().filter(|scope| scope.kind == kind).collect();
            let months: Vec<Months> = of_kind.iter().map(|scope| Months::new(facts, scope, rate)).collect();
            for place in 0..facts.calendar.months.len() {
                let tails: Vec<Option<(f64, f64)>> = months.iter().map(|months| months.tails(place)).collect();
                for ((scope, months), judged) in of_kind.iter().zip(&months).zip(judge(&tails)) {
                    if months.sizes[place] > 0 {
                        write(&mut builder, facts, scope, rate, months, place, judged);
                    }
                }
            }
        }
    }
    builder
}

impl Months {
    fn new(facts: &Facts, scope: &Scope, rate: &Rate) -> Self {
        let units = || scope.deployments.iter().map(|position| &facts.deployments[*position as usize]).filter(|unit| (rate.of)(unit));
        let of_month = |month: &i32| {
            let masks: Vec<Mask> = units().filter(|unit| unit.month == *month).map(rate.failed).collect();
            let expected: f64 = units().filter(|unit| unit.month == *month).map(rate.expected).sum();
            let drawn = facts.visible.as_ref().map(|visible| visible.counts(masks.iter().copied()));
            (masks.len(), expected, drawn.unwrap_or_else(|| vec![expected.round() as u32]))
        };
        let months: Vec<(usize, f64, Vec<u32>)> = facts.calendar.months.iter().map(of_month).collect();
        Self {
            sizes: months.iter().map(|month| month.0).collect(),
            expected: months.iter().map(|month| month.1).collect(),
            drawn: months.into_iter().map(|month| month.2).collect(),
        }
    }

    /// Places of the months before that have deployments.
    fn before(&self, place: usize) -> Vec<usize> {
        (place.saturating_sub(TRAILING)..place).filter(|before| self.sizes[*before] > 0).collect()
    }

    /// Tails of a month, averaged over the draws: what is not known of the causes is not known of the signal.
    fn tails(&self, place: usize) -> Option<(f64, f64)> {
        let (before, draws) = (self.before(place), self.drawn[place].len());
        if self.sizes[place] == 0 || draws == 0 {
            return None;
        }
        let (mut low, mut high) = (0.0, 0.0);
        for draw in 0..draws {
            let months: Vec<(f64, f64)> = before.iter().map(|at| (f64::from(self.drawn[*at][draw]), self.sizes[*at] as f64)).collect();
            let tails = Expectation::new(&months)?.tails(self.drawn[place][draw].into(), self.sizes[place] as u64);
            low += tails.0;
            high += tails.1;
        }
        Some((low / draws as f64, high / draws as f64))
    }
}

fn write(builder: &mut TableBuilder, facts: &Facts, scope: &Scope, rate: &Rate, months: &Months, place: usize, judged: Judged) {
    let before = months.before(place);
    let (failed, size): (f64, usize) =
        (before.iter().map(|at| months.expected[*at]).sum(), before.iter().map(|at| months.sizes[*at]).sum());
    let known = |value: f64| (!value.is_nan()).then_some(value);
    let (value, mean) = (months.expected[place] / months.sizes[place] as f64, (size > 0).then(|| failed / size as f64));
    let few = "below 100 deployments a month most doubled rates go unnoticed: look at quarters";
    builder
        .row()
        .text(&out::SCOPE, scope.kind)
        .text(&out::SCOPE_ID, &scope.id)
        .text(&out::METRIC, rate.metric.name)
        .text(&out::MONTH, month_label(facts.calendar.months[place]))
        .int(&out::N, months.sizes[place] as i64)
        .real(&out::VALUE, value)
        .real_opt(&out::BEFORE, mean)
        .real_opt(&out::DELTA, mean.map(|mean| value - mean))
        .int(&out::MONTHS, before.len() as i64)
        .real_opt(&out::P_LOWER, known(judged.tails.0))
        .real_opt(&out::P_HIGHER, known(judged.tails.1))
        .real_opt(&out::Q, known(judged.q))
        .text(&out::SIGNAL, judged.signal.as_str())
        .text(&out::METHOD, "beta-binomial")
        .text_opt(&out::NOTE, (months.sizes[place] < SEEN).then_some(few));
}
