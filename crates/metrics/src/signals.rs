//! Does the rate or share of a month differ from those before it?

use sequela_schema::TableBuilder;
use sequela_schema::metric::{self, Metric};
use sequela_schema::result::month_signals as out;
use sequela_schema::vocabulary::scope;
use sequela_stats::draws::Mask;
use sequela_stats::signal::{Expectation, Judged, judge};

use crate::calendar::month_label;
use crate::doubt::certain;
use crate::facts::{Deployment, Facts, Incident};
use crate::scopes::Scope;

/// Months before that a month is held against, at most.
pub(crate) const TRAILING: usize = 12;
/// Below so many deployments a doubled rate is seldom seen.
const SEEN: usize = 100;

/// A unit of a denominator: its month, whether it is in the numerator by draw, and the same as expected.
type Unit = (i32, Mask, f64);

/// What a rate counts.
struct Rate {
    metric: &'static Metric,
    units: fn(&Facts, &Scope) -> Vec<Unit>,
    /// Whether the numerator is drawn; what records say is the same in every draw.
    is_drawn: bool,
}

const RATES: [Rate; 5] = [
    Rate { metric: &metric::CHANGE_FAILURE_RATE, units: failed, is_drawn: true },
    Rate { metric: &metric::REWORK_RATE, units: reworked, is_drawn: false },
    Rate { metric: &metric::CHANGE_CAUSED_SHARE, units: caused, is_drawn: true },
    Rate { metric: &metric::REOPENED_SHARE, units: reopened, is_drawn: false },
    Rate { metric: &metric::REPEAT_SHARE, units: repeated, is_drawn: false },
];

fn of_deployments<'a>(facts: &'a Facts, scope: &'a Scope) -> impl Iterator<Item = &'a Deployment> {
    scope.deployments.iter().map(|position| &facts.deployments[*position as usize])
}

fn of_incidents<'a>(facts: &'a Facts, scope: &'a Scope) -> impl Iterator<Item = &'a Incident> {
    scope.incidents.iter().map(|position| &facts.incidents[*position as usize])
}

fn seen(month: i32, is_one: bool) -> Unit {
    (month, certain(is_one.then_some(1.0)), f64::from(u8::from(is_one)))
}

fn failed(facts: &Facts, scope: &Scope) -> Vec<Unit> {
    of_deployments(facts, scope).filter(|unit| unit.is_counted).map(|unit| (unit.month, unit.failed, unit.p_failed)).collect()
}

fn reworked(facts: &Facts, scope: &Scope) -> Vec<Unit> {
    of_deployments(facts, scope).map(|unit| seen(unit.month, unit.is_rework)).collect()
}

fn caused(facts: &Facts, scope: &Scope) -> Vec<Unit> {
    of_incidents(facts, scope).map(|incident| (incident.month, incident.caused, incident.p_change)).collect()
}

fn reopened(facts: &Facts, scope: &Scope) -> Vec<Unit> {
    of_incidents(facts, scope).filter_map(|incident| Some(seen(incident.month, incident.record.is_reopened?))).collect()
}

fn repeated(facts: &Facts, scope: &Scope) -> Vec<Unit> {
    of_incidents(facts, scope).filter_map(|incident| Some(seen(incident.month, incident.record.is_repeat?))).collect()
}

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
        let units = (rate.units)(facts, scope);
        let visible = facts.visible.as_ref().filter(|_| rate.is_drawn);
        let of_month = |month: &i32| {
            let of_it: Vec<&Unit> = units.iter().filter(|unit| unit.0 == *month).collect();
            let expected: f64 = of_it.iter().map(|unit| unit.2).sum();
            let drawn = visible.map(|visible| visible.counts(of_it.iter().map(|unit| unit.1)));
            (of_it.len(), expected, drawn.unwrap_or_else(|| vec![expected.round() as u32]))
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

    /// What the months before let one expect, by draw: what is not known of the causes is not known of the signal.
    fn expectations(&self, place: usize) -> Option<Vec<Expectation>> {
        let before = self.before(place);
        let of_draw = |draw: usize| -> Option<Expectation> {
            let months: Vec<(f64, f64)> = before.iter().map(|at| (f64::from(self.drawn[*at][draw]), self.sizes[*at] as f64)).collect();
            Expectation::new(&months)
        };
        (0..self.drawn[place].len()).map(of_draw).collect::<Option<Vec<_>>>().filter(|all| self.sizes[place] > 0 && !all.is_empty())
    }

    /// Tails of a month, averaged over the draws.
    fn tails(&self, place: usize) -> Option<(f64, f64)> {
        let (size, expected) = (self.sizes[place] as u64, self.expectations(place)?);
        let tails = expected.iter().zip(&self.drawn[place]).map(|(one, count)| one.tails((*count).into(), size));
        let sum = tails.fold((0.0, 0.0), |sum, tails| (sum.0 + tails.0, sum.1 + tails.1));
        Some((sum.0 / expected.len() as f64, sum.1 / expected.len() as f64))
    }

    /// Lowest and highest rate that is no signal.
    fn limits(&self, place: usize) -> Option<(f64, f64)> {
        let size = self.sizes[place];
        let (low, high) = Expectation::limits(&self.expectations(place)?, size as u64)?;
        Some((low as f64 / size as f64, high as f64 / size as f64))
    }
}

fn write(builder: &mut TableBuilder, facts: &Facts, scope: &Scope, rate: &Rate, months: &Months, place: usize, judged: Judged) {
    let before = months.before(place);
    let (failed, size): (f64, usize) =
        (before.iter().map(|at| months.expected[*at]).sum(), before.iter().map(|at| months.sizes[*at]).sum());
    let known = |value: f64| (!value.is_nan()).then_some(value);
    let (value, mean) = (months.expected[place] / months.sizes[place] as f64, (size > 0).then(|| failed / size as f64));
    // Services are many, and their limits seldom looked at.
    let limits = if scope.kind == scope::SERVICE { None } else { months.limits(place) };
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
        .real_opt(&out::LIMIT_LOWER, limits.map(|limits| limits.0))
        .real_opt(&out::LIMIT_UPPER, limits.map(|limits| limits.1))
        .text(&out::SIGNAL, judged.signal.as_str())
        .text(&out::METHOD, "beta-binomial")
        .text_opt(&out::NOTE, (rate.metric == &metric::CHANGE_FAILURE_RATE && months.sizes[place] < SEEN).then_some(few));
}
