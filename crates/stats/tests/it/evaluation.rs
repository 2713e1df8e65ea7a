//! Scores of probabilities against scikit-learn, orders and resampling against SciPy.

use sequela_stats::Level;
use sequela_stats::evaluation::{
    Forecast, bootstrap, brier_score, calibration_error_by_chance, expected_calibration_error, f1_score, kendall_tau, precision, recall,
    reliability,
};
use sequela_stats::rng::{stream, uniform};
use serde::Deserialize;

use crate::reference::{assert_close, level, read};

#[derive(Deserialize)]
struct Reference {
    cases: Vec<Case>,
    brier_intervals: Vec<Interval>,
    tau: Vec<Order>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    probabilities: Vec<f64>,
    truths: Vec<u8>,
    precision: f64,
    recall: f64,
    f1: f64,
    brier: f64,
    calibration_error: f64,
    bins: Vec<Class>,
}

#[derive(Deserialize)]
struct Class {
    n: u64,
    mean: f64,
    share: f64,
}

#[derive(Deserialize)]
struct Interval {
    level: f64,
    lower: f64,
    upper: f64,
}

#[derive(Deserialize)]
struct Order {
    pairs: Vec<(f64, f64)>,
    tau: f64,
}

impl Case {
    fn forecasts(&self) -> Vec<Forecast> {
        let pairs = self.probabilities.iter().zip(&self.truths);
        pairs.map(|(probability, truth)| Forecast { probability: *probability, is_true: *truth == 1 }).collect()
    }
}

fn reference() -> Reference {
    let reference: Reference = read("evaluation.json");
    assert_eq!((reference.cases.len(), reference.tau.len()), (5, 6));
    reference
}

#[test]
fn scores_agree_with_scikit_learn() {
    for case in reference().cases {
        let (forecasts, level) = (case.forecasts(), Level::default());
        assert_close(precision(&forecasts, level).value, Some(case.precision), 1e-14, &case.name);
        assert_close(recall(&forecasts, level).value, Some(case.recall), 1e-14, &case.name);
        assert_close(f1_score(&forecasts), Some(case.f1), 1e-14, &case.name);
        assert_close(brier_score(&forecasts), Some(case.brier), 1e-13, &case.name);
        assert_close(expected_calibration_error(&forecasts), Some(case.calibration_error), 1e-13, &case.name);
        let bins = reliability(&forecasts, level);
        assert_eq!(bins.len(), case.bins.len(), "{}", case.name);
        for (found, expected) in bins.iter().zip(&case.bins) {
            assert_eq!(found.share.n, expected.n, "{}", case.name);
            assert_close(Some(found.mean_probability), Some(expected.mean), 1e-13, &case.name);
            assert_close(found.share.value, Some(expected.share), 1e-13, &case.name);
        }
    }
}

#[test]
fn orders_agree_with_scipy() {
    for order in reference().tau {
        let found = kendall_tau(&order.pairs).unwrap();
        assert!((found - order.tau).abs() < 1e-13, "{found} {}", order.tau);
    }
    assert_eq!(kendall_tau(&[(1.0, 1.0)]), None);
}

/// The random numbers differ; a tenth of the width covers that.
#[test]
fn resampling_agrees_with_scipy() {
    let Reference { cases, brier_intervals, .. } = reference();
    let forecasts = cases.iter().find(|case| case.name == "four hundred").unwrap().forecasts();
    for expected in brier_intervals {
        let found = bootstrap(forecasts.len(), 1, level(expected.level), |places| brier_score(&sampled(&forecasts, places)));
        let room = (expected.upper - expected.lower) / 10.0;
        assert!((found.lower.unwrap() - expected.lower).abs() < room, "{found:?} {}", expected.lower);
        assert!((found.upper.unwrap() - expected.upper).abs() < room, "{found:?} {}", expected.upper);
    }
}

fn sampled(forecasts: &[Forecast], places: &[usize]) -> Vec<Forecast> {
    places.iter().map(|place| forecasts[*place]).collect()
}

/// Probabilities uniform on [0, 1]; the truth is nearer to one half by a share of the distance.
fn stated(seed: u64, n: u64, nearer: f64) -> Vec<Forecast> {
    let one = |index: u64| {
        let probability = uniform(stream(seed, 0, index));
        Forecast { probability, is_true: uniform(stream(seed, 1, index)) < probability + nearer * (0.5 - probability) }
    };
    (0..n).map(one).collect()
}

/// A standard error is 0.02; 0.85 was measured for the calibration error with NumPy.
#[test]
fn resampling_covers() {
    let coverage = |n: u64, truth: f64, score: fn(&[Forecast]) -> Option<f64>| {
        let covers = |seed: &u64| {
            let forecasts = stated(*seed, n, 0.2);
            let found = bootstrap(forecasts.len(), 7, Level::default(), |places| score(&sampled(&forecasts, places)));
            found.lower.unwrap() <= truth && truth <= found.upper.unwrap()
        };
        (0..200).filter(covers).count() as f64 / 200.0
    };
    // ∫ q(1 − q) + (q − p)² dp with q = 0.1 + 0.8 p is 0.19667 + 0.00333; ∫ |q − p| dp is 0.05.
    let brier = coverage(120, 0.2, brier_score);
    assert!((brier - 0.90).abs() < 0.06, "{brier}");
    let calibration = coverage(400, 0.05, expected_calibration_error);
    assert!((calibration - 0.85).abs() < 0.07, "{calibration}");
}

/// Where every probability holds, the mean over samples is what is expected by chance.
#[test]
fn the_calibration_error_by_chance_is_that_of_probabilities_that_hold() {
    for n in [60, 400] {
        let samples: Vec<Vec<Forecast>> = (0..300).map(|seed| stated(seed, n, 0.0)).collect();
        let mean = |score: fn(&[Forecast]) -> Option<f64>| samples.iter().map(|one| score(one).unwrap()).sum::<f64>() / 300.0;
        let (found, expected) = (mean(expected_calibration_error), mean(calibration_error_by_chance));
        assert!((found / expected - 1.0).abs() < 0.05, "{n}: {found} {expected}");
    }
}

#[test]
fn nothing_is_scored_as_nothing() {
    assert_eq!(brier_score(&[]), None);
    assert_eq!(expected_calibration_error(&[]), None);
    assert_eq!(f1_score(&[Forecast { probability: 0.1, is_true: false }]), None);
    assert!(reliability(&[], Level::default()).is_empty());
    assert_eq!(precision(&[Forecast { probability: 0.1, is_true: true }], Level::default()).value, None);
    let none = bootstrap(0, 1, Level::default(), |_| None);
    assert_eq!((none.value, none.lower, none.n), (None, None, 0));
    let one = bootstrap(1, 1, Level::default(), |_| Some(0.3));
    assert_eq!((one.value, one.lower, one.upper), (Some(0.3), None, None));
}
