//! Kaplan–Meier curves against lifelines and R `survival`, and by hand.

use std::collections::BTreeMap;

use sequela_stats::{
    Level, rng,
    survival::{KaplanMeier, Observation, Step},
};
use serde::Deserialize;

use crate::reference::{Bounds, assert_bounds, assert_close, is_close, level, observations, read};

#[derive(Deserialize)]
struct Case {
    name: String,
    durations: Vec<f64>,
    restored: Vec<u8>,
    weights: Option<Vec<f64>>,
    levels: Vec<AtLevel>,
}

#[derive(Deserialize)]
struct AtLevel {
    level: f64,
    steps: Vec<TheirStep>,
    first_at_or_below: BTreeMap<String, Bounds>,
}

#[derive(Deserialize)]
struct TheirStep {
    time: f64,
    at_risk: f64,
    events: f64,
    survival: f64,
    lower: Option<f64>,
    upper: Option<f64>,
}

#[derive(Deserialize)]
struct FromR {
    survival: Vec<RCase>,
}

#[derive(Deserialize)]
struct RCase {
    name: String,
    level: f64,
    steps: Vec<TheirStep>,
    median: Bounds,
    p90: Bounds,
    printed_median: Option<f64>,
}

fn fit(case: &Case) -> KaplanMeier {
    let observations = observations(&case.durations, &case.restored);
    match &case.weights {
        Some(weights) => KaplanMeier::fit_weighted(&observations, weights),
        None => KaplanMeier::fit(&observations),
    }
    .expect("durations and weights of the reference")
}

fn cases() -> Vec<Case> {
    let cases: Vec<Case> = read("survival.json");
    assert_eq!(cases.len(), 20);
    cases
}

/// lifelines rounds weights down to whole numbers in the variance.
fn has_band_in_lifelines(case: &Case) -> bool {
    case.weights.as_ref().is_none_or(|weights| weights.iter().all(|weight| weight.fract() == 0.0))
}

fn assert_steps(found: &[Step], expected: &[TheirStep], has_band: bool, what: &str) {
    let events: Vec<&Step> = found.iter().filter(|step| step.events > 0.0).collect();
    assert_eq!(events.len(), expected.len(), "{what}");
    for (step, theirs) in events.into_iter().zip(expected) {
        let case = (what, step);
        assert_eq!(step.time, theirs.time, "{case:?}");
        assert_close(Some(step.at_risk), Some(theirs.at_risk), 1e-12, &case);
        assert_close(Some(step.events), Some(theirs.events), 1e-12, &case);
        assert!((step.survival - theirs.survival).abs() <= 1e-12, "{case:?}: expected {}", theirs.survival);
        if has_band {
            assert_close(step.lower, theirs.lower, 1e-11, &case);
            assert_close(step.upper, theirs.upper, 1e-11, &case);
        }
    }
}

#[test]
fn curves_and_bands_agree_with_lifelines() {
    for case in cases() {
        for at in &case.levels {
            assert_steps(&fit(&case).steps(level(at.level)), &at.steps, has_band_in_lifelines(&case), &case.name);
        }
    }
}

#[test]
fn curves_bands_and_quantiles_agree_with_r() {
    let cases: BTreeMap<String, Case> = cases().into_iter().map(|case| (case.name.clone(), case)).collect();
    let reference: FromR = read("survival_r.json");
    assert_eq!(reference.survival.len(), 2 * cases.len());
    for theirs in reference.survival {
        let curve = fit(&cases[&theirs.name]);
        let at = level(theirs.level);
        assert_steps(&curve.steps(at), &theirs.steps, true, &theirs.name);
        assert_bounds(curve.quantile(0.5, at).into(), theirs.median, 1e-12, &theirs.name);
        assert_bounds(curve.quantile(0.9, at).into(), theirs.p90, 1e-12, &theirs.name);
    }
}

/// The median that R prints is ours but for curves that end flat at one half, where it takes the start of the flat part.
#[test]
fn the_printed_median_of_r_differs_only_where_said() {
    let cases: BTreeMap<String, Case> = cases().into_iter().map(|case| (case.name.clone(), case)).collect();
    let reference: FromR = read("survival_r.json");
    let differs = |theirs: &RCase| {
        let ours = fit(&cases[&theirs.name]).quantile(0.5, level(theirs.level)).value;
        !is_close(ours, theirs.printed_median, 1e-12)
    };
    let names: Vec<&str> = reference.survival.iter().filter(|theirs| differs(theirs)).map(|theirs| theirs.name.as_str()).collect();
    assert_eq!(names, ["ends flat at one half"; 2]);
}

/// lifelines takes the first time at or below the height: where the curve is flat at exactly that height the start of the flat part,
/// or, when rounding leaves the curve a hair above, its end. R settles those.
#[test]
fn quantiles_agree_with_lifelines_but_for_flat_parts() {
    for case in cases().iter().filter(|case| has_band_in_lifelines(case)) {
        for at in &case.levels {
            for (q, expected) in &at.first_at_or_below {
                let (q, curve) = (q.parse::<f64>().unwrap(), fit(case));
                let found = Bounds::from(curve.quantile(q, level(at.level)));
                let is_flat = curve.steps(level(at.level)).iter().any(|step| (step.survival - (1.0 - q)).abs() < 1e-9);
                let value = if is_flat { found.value } else { expected.value };
                assert_bounds(found, Bounds { value, ..*expected }, 1e-12, &(&case.name, q));
            }
        }
    }
}

/// Restored at 1, 3 and 6, open at 2 and 6. At risk 5, 3, 2, so that S = 4/5, 4/5 · 2/3 = 8/15, 8/15 · 1/2 = 4/15; Greenwood's sums
/// are 1/20, + 1/6, + 1/2. The band at time 3 is (8/15)^exp(± 1.6448536 · √(13/60) / ln(15/8)).
#[test]
fn a_table_by_hand() {
    let observations = observations(&[6.0, 1.0, 2.0, 3.0, 6.0], &[1, 1, 0, 1, 0]);
    let steps = KaplanMeier::fit(&observations).unwrap().steps(Level::default());
    let counts: Vec<_> = steps.iter().map(|step| (step.time, step.at_risk, step.events, step.censored)).collect();
    assert_eq!(counts, [(1.0, 5.0, 1.0, 0.0), (3.0, 3.0, 1.0, 1.0), (6.0, 2.0, 1.0, 0.0)]);
    for (step, expected) in steps.iter().zip([4.0 / 5.0, 8.0 / 15.0, 4.0 / 15.0]) {
        assert_close(Some(step.survival), Some(expected), 1e-15, &step);
    }
    let spread = 1.644_853_626_951_472_2 * (13.0_f64 / 60.0).sqrt() / (15.0_f64 / 8.0).ln();
    assert_close(steps[1].lower, Some((8.0_f64 / 15.0).powf(spread.exp())), 1e-12, &"lower");
    assert_close(steps[1].upper, Some((8.0_f64 / 15.0).powf((-spread).exp())), 1e-12, &"upper");
}

#[test]
fn a_closing_row_holds_those_who_are_still_open() {
    let curve = KaplanMeier::fit(&[Observation::restored(1.0), Observation::open(1.0), Observation::open(4.0), Observation::open(9.0)]);
    let curve = curve.unwrap();
    let steps = curve.steps(Level::default());
    let counts: Vec<_> = steps.iter().map(|step| (step.time, step.at_risk, step.events, step.censored)).collect();
    assert_eq!(counts, [(1.0, 4.0, 1.0, 0.0), (9.0, 1.0, 0.0, 3.0)]);
    assert_eq!((curve.n(), curve.restored()), (4, 1.0));
    assert_eq!([0.5, 1.0, 9.0, 9.5].map(|time| curve.survival_at(time)), [Some(1.0), Some(0.75), Some(0.75), None]);
}

#[test]
fn nothing_observed_is_nothing_known() {
    let curve = KaplanMeier::fit(&[]).unwrap();
    assert!(curve.steps(Level::default()).is_empty());
    let median = curve.quantile(0.5, Level::default());
    assert_eq!((median.value, median.lower, median.upper, median.n), (None, None, None, 0));
    assert_eq!(curve.survival_at(1.0), None);
}

/// Weights of one change nothing, and weights of two are each observation twice.
#[test]
fn weights_count_as_repeats() {
    let once = observations(&[1.0, 2.0, 2.0, 3.0, 5.0], &[1, 1, 0, 1, 0]);
    let twice: Vec<Observation> = once.iter().flat_map(|&one| [one, one]).collect();
    let steps = |curve: Result<KaplanMeier, _>| curve.unwrap().steps(Level::default());
    assert_eq!(steps(KaplanMeier::fit_weighted(&once, &[1.0; 5])), steps(KaplanMeier::fit(&once)));
    assert_eq!(steps(KaplanMeier::fit_weighted(&once, &[2.0; 5])), steps(KaplanMeier::fit(&twice)));
}

/// A hundred thousand observations, a tenth open: exponential with median 8 ln 2 = 5.545, and a standard error of about 0.03.
#[test]
fn a_hundred_thousand_observations_find_the_planted_median() {
    let draw = |index: u64, stream: u64| -8.0 * (1.0 - rng::uniform(rng::stream(5, stream, index))).ln();
    let observation = |index: u64| {
        let (restored, open) = (draw(index, 0), 9.0 * draw(index, 1));
        Observation { duration: restored.min(open), restored: restored <= open }
    };
    let observations: Vec<Observation> = (0..100_000).map(observation).collect();
    let median = KaplanMeier::fit(&observations).unwrap().quantile(0.5, Level::default());
    assert!((median.value.unwrap() - 8.0 * std::f64::consts::LN_2).abs() < 0.12, "{median:?}");
    assert!(median.upper.unwrap() - median.lower.unwrap() < 0.12, "{median:?}");
}
