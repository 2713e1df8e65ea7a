//! The model of past deployments: fitted to earlier ones, checked on later ones, believed only where it beats the base rate.

use std::collections::BTreeMap;

use sequela_stats::evaluation::{Prospect, calibration_in_the_large, calibration_slope, expected_auc, expected_brier, jackknife};
use sequela_stats::logistic::{Fit, expit, fit};
use sequela_stats::{Estimate, Level};

use super::history::OUTCOME_KNOWN;
use super::subjects::{Encoder, Subject};

/// Share of the deployments that the checked model is fitted to.
const EARLIER: f64 = 0.7;
/// Newest deployments that are looked at: more change no figure that is shown.
const NEWEST: usize = 200_000;
/// Deployments and expected failures that a fit and a check need.
const FEWEST_FITTED: (usize, f64) = (100, 10.0);
const FEWEST_CHECKED: (usize, f64) = (50, 5.0);
/// Penalties tried.
const PENALTIES: [f64; 7] = [1_000.0, 300.0, 100.0, 30.0, 10.0, 3.0, 1.0];
/// Blocks of time in which they are compared.
const BLOCKS: usize = 4;
/// Services from which on intervals leave out one at a time.
const FEWEST_SERVICES: usize = 10;
/// Groups of services that are left out in turn.
const GROUPS: usize = 20;

/// A past deployment.
#[derive(Clone, Debug)]
pub(super) struct Past {
    pub(super) subject: Subject,
    pub(super) service: String,
    pub(super) ended: i64,
    pub(super) failed: f64,
}

/// A fitted model.
#[derive(Clone, Debug)]
pub(super) struct Model {
    pub(super) encoder: Encoder,
    pub(super) fit: Fit,
}

impl Model {
    fn of(past: &[&Past], penalty: f64) -> Option<Self> {
        let subjects: Vec<&Subject> = past.iter().map(|one| &one.subject).collect();
        let encoder = Encoder::of(&subjects);
        let outcomes: Vec<f64> = past.iter().map(|one| one.failed).collect();
        let fit = fit(&encoder.design(&subjects), &outcomes, &[], penalty)?;
        Some(Self { encoder, fit })
    }

    /// The same with intervals that respect services: their deployments are alike. With few services deployments count as independent.
    fn over_services(self, past: &[&Past], penalty: f64) -> Self {
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        let mut clusters = Vec::with_capacity(past.len());
        for one in past {
            let next = numbers.len();
            clusters.push(*numbers.entry(&one.service).or_insert(next));
        }
        if numbers.len() < FEWEST_SERVICES {
            return self;
        }
        let subjects: Vec<&Subject> = past.iter().map(|one| &one.subject).collect();
        let outcomes: Vec<f64> = past.iter().map(|one| one.failed).collect();
        let clustered = self.fit.clone().clustered(&self.encoder.design(&subjects), &outcomes, penalty, &clusters);
        Self { fit: clustered.unwrap_or(self.fit), encoder: self.encoder }
    }

    fn log_odds(&self, subject: &Subject) -> f64 {
        self.fit.log_odds(&self.encoder.row(subject))
    }
}

/// One statistic of the check.
#[derive(Clone, Debug)]
pub(super) struct Statistic {
    pub(super) name: &'static str,
    pub(super) model: Estimate,
    pub(super) base: Option<f64>,
}

/// The check on later deployments.
#[derive(Clone, Debug)]
pub(super) struct Check {
    pub(super) statistics: Vec<Statistic>,
    pub(super) fitted: usize,
    pub(super) checked: usize,
    pub(super) failures: f64,
    /// Whether the model beats the base rate; none where there is too little to tell.
    pub(super) is_better: Option<bool>,
}

/// What history says.
#[derive(Debug)]
pub(super) struct History {
    /// Deployments whose outcome is known, and expected failures.
    pub(super) deployments: usize,
    pub(super) failures: f64,
    pub(super) check: Check,
    /// Fitted to all of them; none where it is no better than the base rate.
    pub(super) model: Option<Model>,
}

impl History {
    /// Leaves the base rate alone: where outcomes are chance, so is whatever foretells them.
    pub(super) fn forget(&mut self) {
        self.model = None;
        self.check.is_better = None;
        self.check.statistics = statistics(&[], &[], &[]);
    }
}

/// Looks at all deployments whose outcome is known at the extract.
pub(super) fn learn(all: &[Past], as_of: i64) -> History {
    let mut known: Vec<&Past> = all.iter().filter(|past| past.ended <= as_of - OUTCOME_KNOWN).collect();
    known.sort_by_key(|past| past.ended);
    let (deployments, failures) = (known.len(), known.iter().map(|past| past.failed).sum());
    let newest = &known[known.len().saturating_sub(NEWEST)..];
    let (earlier, later) = split(newest, (newest.len() as f64 * EARLIER) as usize);
    let (check, penalty) = check(&earlier, later);
    let model = penalty
        .filter(|_| check.is_better == Some(true))
        .and_then(|penalty| Some(Model::of(newest, penalty)?.over_services(newest, penalty)));
    History { deployments, failures, check, model }
}

/// Those before a place whose outcome was known by then, and those from it on.
fn split<'a, 'b>(past: &'b [&'a Past], place: usize) -> (Vec<&'a Past>, &'b [&'a Past]) {
    let Some(first) = past.get(place) else { return (past.to_vec(), &[]) };
    let earlier = past[..place].iter().filter(|one| one.ended <= first.ended - OUTCOME_KNOWN);
    (earlier.copied().collect(), &past[place..])
}

fn failures(past: &[&Past]) -> f64 {
    past.iter().map(|one| one.failed).sum()
}

fn is_enough(past: &[&Past], (deployments, failed): (usize, f64)) -> bool {
    let found = failures(past);
    past.len() >= deployments && found >= failed && past.len() as f64 - found >= failed
}

fn check(earlier: &[&Past], later: &[&Past]) -> (Check, Option<f64>) {
    let empty = Check {
        statistics: statistics(&[], &[], &[]),
        fitted: earlier.len(),
        checked: later.len(),
        failures: failures(later),
        is_better: None,
    };
    if !is_enough(earlier, FEWEST_FITTED) || !is_enough(later, FEWEST_CHECKED) {
        return (empty, None);
    }
    let penalty = penalty(earlier);
    let Some(model) = Model::of(earlier, penalty) else { return (empty, None) };
    let base = failures(earlier) / earlier.len() as f64;
    let stated: Vec<Prospect> =
        later.iter().map(|one| Prospect { probability: expit(model.log_odds(&one.subject)), outcome: one.failed }).collect();
    let constant: Vec<Prospect> = later.iter().map(|one| Prospect { probability: base, outcome: one.failed }).collect();
    let statistics = statistics(&stated, &constant, &groups(later));
    let skill = statistics.iter().find(|statistic| statistic.name == "brier_skill");
    let is_better = skill.and_then(|skill| skill.model.lower).map(|lower| lower > 0.0);
    (Check { statistics, is_better, ..empty }, Some(penalty))
}

/// The penalty with the best likelihood on blocks of time, each stated by what lay before it; of equals the largest.
fn penalty(earlier: &[&Past]) -> f64 {
    let loss = |penalty: f64| -> f64 {
        let block = |number: usize| {
            let (from, to) = (number * earlier.len() / BLOCKS, (number + 1) * earlier.len() / BLOCKS);
            let (before, _) = split(earlier, from);
            let Some(model) = Model::of(&before, penalty) else { return f64::INFINITY };
            earlier[from..to].iter().map(|one| surprise(model.log_odds(&one.subject), one.failed)).sum()
        };
        (1..BLOCKS).map(block).sum()
    };
    let losses = PENALTIES.map(|penalty| (penalty, loss(penalty)));
    losses.into_iter().reduce(|best, next| if next.1 < best.1 { next } else { best }).map_or(PENALTIES[0], |best| best.0)
}

/// Negative log likelihood of an expected outcome.
fn surprise(log_odds: f64, outcome: f64) -> f64 {
    log_odds.max(0.0) + (-log_odds.abs()).exp().ln_1p() - outcome * log_odds
}

/// Services in groups of about equal size; blocks of time where there are few services.
fn groups(later: &[&Past]) -> Vec<usize> {
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    later.iter().for_each(|one| *sizes.entry(&one.service).or_default() += 1);
    if sizes.len() < GROUPS {
        return (0..later.len()).map(|place| place * GROUPS / later.len()).collect();
    }
    let mut ordered: Vec<(&str, usize)> = sizes.into_iter().collect();
    ordered.sort_by(|left, right| right.1.cmp(&left.1).then(left.0.cmp(right.0)));
    let group: BTreeMap<&str, usize> = ordered.iter().enumerate().map(|(place, (service, _))| (*service, place % GROUPS)).collect();
    later.iter().map(|one| group[one.service.as_str()]).collect()
}

/// A score of what was stated beside always saying the base rate.
type Score = dyn Fn(&[Prospect], &[Prospect]) -> Option<f64>;

fn statistics(stated: &[Prospect], constant: &[Prospect], groups: &[usize]) -> Vec<Statistic> {
    let without = |all: &[Prospect], group: Option<usize>| -> Vec<Prospect> {
        all.iter().zip(groups).filter(|(_, of)| Some(**of) != group).map(|(one, _)| *one).collect()
    };
    let number = groups.iter().max().map_or(0, |last| last + 1);
    let estimate = |score: &Score| {
        jackknife(number, stated.len() as u64, Level::default(), |group| score(&without(stated, group), &without(constant, group)))
    };
    let skill = |stated: &[Prospect], constant: &[Prospect]| {
        let (own, base) = (expected_brier(stated)?, expected_brier(constant).filter(|base| *base > 0.0)?);
        Some(1.0 - own / base)
    };
    vec![
        Statistic { name: "auc", model: estimate(&|stated, _| expected_auc(stated)), base: expected_auc(constant) },
        Statistic { name: "brier", model: estimate(&|stated, _| expected_brier(stated)), base: expected_brier(constant) },
        Statistic { name: "calibration_slope", model: estimate(&|stated, _| calibration_slope(stated)), base: None },
        Statistic {
            name: "calibration_in_the_large",
            model: estimate(&|stated, _| calibration_in_the_large(stated)),
            base: calibration_in_the_large(constant),
        },
        Statistic { name: "brier_skill", model: estimate(&skill), base: (!constant.is_empty()).then_some(0.0) },
    ]
}

/// A probability with the ends of its interval.
pub(super) fn probability(model: &Model, subject: &Subject) -> (f64, f64, f64) {
    let (middle, lower, upper) = model.fit.interval(&model.encoder.row(subject), Level::default());
    (expit(middle), expit(lower), expit(upper))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sequela_stats::rng::{stream, uniform};

    const DAY: i64 = 24 * super::super::HOUR;

    /// Deployments over a year on forty services; `effect` is what each tenfold of lines adds to log odds of −2.5.
    fn planted(number: usize, effect: f64, seed: u64) -> Vec<Past> {
        let past = |place: usize| {
            let draw = |index: u64| uniform(stream(seed, place as u64, index));
            let lines = 10.0_f64.powf(3.0 * draw(0));
            let p = expit(-2.5 + effect * (lines.log10() - 1.5));
            let failed = f64::from(u8::from(draw(1) < p));
            let subject = Subject { lines: Some(lines as i64), ..Subject::default() };
            Past { subject, service: format!("s{}", place % 40), ended: (place as f64 / number as f64 * 365.0) as i64 * DAY, failed }
        };
        (0..number).map(past).collect()
    }

    #[test]
    fn a_planted_effect_is_found() {
        let history = learn(&planted(8_000, 1.5, 3), 400 * DAY);
        assert_eq!(history.check.is_better, Some(true), "{:?}", history.check);
        let model = history.model.unwrap();
        for (lines, truth) in [(9, expit(-2.5 - 0.75)), (999, expit(-2.5 + 2.25))] {
            let (p, lower, upper) = probability(&model, &Subject { lines: Some(lines), ..Subject::default() });
            assert!(lower <= truth && truth <= upper && upper - lower < 0.1, "{lines} lines: {p} ({lower} to {upper}), planted {truth}");
        }
    }

    /// Stated probabilities are those planted, so that the slope is 1 on average: of eight organisations ± 0.1 is three standard errors.
    #[test]
    fn probabilities_are_calibrated_out_of_time() {
        let slope = |seed| learn(&planted(8_000, 1.5, seed), 400 * DAY).check.statistics[2].model.value.unwrap();
        let mean = (10..18).map(slope).sum::<f64>() / 8.0;
        assert!((mean - 1.0).abs() < 0.1, "{mean}");
    }

    /// Where nothing is planted the model is called better at most as often as one end of a 90 % interval allows: of twenty, more than
    /// four have probability 0.003.
    #[test]
    fn nothing_planted_is_seldom_called_better() {
        let better = (0..20).filter(|seed| learn(&planted(1_500, 0.0, 100 + seed), 400 * DAY).check.is_better == Some(true)).count();
        assert!(better <= 4, "{better} of 20");
    }

    #[test]
    fn too_few_failures_tell_nothing() {
        let history = learn(&planted(60, 1.5, 3), 400 * DAY);
        assert_eq!((history.check.is_better, history.model.is_none(), history.deployments), (None, true, 60));
    }

    /// What ended within the last 72 hours may still fail: it is neither fitted to nor checked on.
    #[test]
    fn what_may_still_fail_is_left_out() {
        let all = planted(1_000, 1.0, 4);
        let last = all.last().unwrap().ended;
        assert_eq!(learn(&all, last + OUTCOME_KNOWN).deployments, 1_000);
        assert!(learn(&all, last).deployments < 1_000);
    }
}
