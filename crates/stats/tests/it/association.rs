//! Rank correlation against SciPy, logistic regression and scores of prospects against scikit-learn and statsmodels.

use sequela_stats::Level;
use sequela_stats::correlation::spearman;
use sequela_stats::evaluation::{Prospect, calibration_in_the_large, calibration_slope, expected_auc, expected_brier, jackknife};
use sequela_stats::logistic::{Design, expit, fit, logit, odds_ratio};
use serde::Deserialize;

use crate::reference::{assert_bounds, assert_close, level, read};

#[derive(Deserialize)]
struct Pairs {
    name: String,
    pairs: Vec<(f64, f64)>,
    level: f64,
    #[serde(flatten)]
    bounds: crate::reference::Bounds,
    p_value: f64,
}

#[test]
fn rank_correlation() {
    for case in read::<Vec<Pairs>>("correlation.json") {
        let found = spearman(&case.pairs, level(case.level));
        assert_bounds(found.estimate.into(), case.bounds, 1e-10, &case.name);
        assert!((found.p_value.unwrap() - case.p_value).abs() < 1e-10, "{}: {found:?}, expected {}", case.name, case.p_value);
    }
}

#[test]
fn a_measure_that_does_not_vary_has_no_rank_correlation() {
    let found = spearman(&[(1.0, 2.0), (1.0, 3.0), (1.0, 4.0), (1.0, 5.0), (1.0, 6.0)], Level::default());
    assert_eq!((found.estimate.value, found.p_value), (None, None));
    assert_eq!(spearman(&[], Level::default()).estimate.value, None);
}

#[derive(Deserialize)]
struct Regression {
    name: String,
    measures: Vec<Vec<f64>>,
    outcomes: Vec<f64>,
    clusters: Vec<usize>,
    coefficients: Vec<f64>,
    covariance: Vec<f64>,
    clustered: Vec<f64>,
    ridge: Vec<Ridge>,
    odds: Vec<Odds>,
}

#[derive(Deserialize)]
struct Ridge {
    penalty: f64,
    coefficients: Vec<f64>,
}

#[derive(Deserialize)]
struct Odds {
    column: usize,
    level: f64,
    #[serde(flatten)]
    bounds: crate::reference::Bounds,
    p_value: f64,
}

fn assert_all(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= tolerance * expected.abs().max(1e-3), "{what}: found {found}, expected {expected}");
    }
}

#[test]
fn logistic_fits() {
    for case in read::<Vec<Regression>>("logistic.json") {
        let design = Design { width: 2, values: case.measures.concat() };
        let free = fit(&design, &case.outcomes, &[], 0.0).unwrap();
        assert_all(&free.coefficients, &case.coefficients, 1e-7, &case.name);
        assert_all(&free.covariance, &case.covariance, 1e-6, &case.name);
        let clustered = free.clustered(&design, &case.outcomes, 0.0, &case.clusters).unwrap();
        assert_all(&clustered.covariance, &case.clustered, 1e-6, &case.name);
        for ridge in &case.ridge {
            let found = fit(&design, &case.outcomes, &[], ridge.penalty).unwrap();
            assert_all(&found.coefficients, &ridge.coefficients, 1e-6, &case.name);
        }
        for odds in &case.odds {
            let measure: Vec<f64> = case.measures.iter().map(|row| row[odds.column]).collect();
            let found = odds_ratio(&measure, &case.outcomes, &case.clusters, level(odds.level)).unwrap();
            let bounds = crate::reference::Bounds { value: Some(found.value), lower: Some(found.lower), upper: Some(found.upper) };
            assert_bounds(bounds, odds.bounds, 1e-6, &case.name);
            assert_close(Some(found.p_value), Some(odds.p_value), 1e-5, &case.name);
        }
    }
}

/// The maximum lies at infinity (Albert and Anderson 1984), or is not unique.
#[test]
fn what_has_no_finite_odds_has_none() {
    let (measure, clusters) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [0, 1, 2, 3, 4, 5]);
    assert_eq!(odds_ratio(&measure, &[0.0, 0.0, 0.0, 1.0, 1.0, 1.0], &clusters, Level::default()), None);
    assert_eq!(odds_ratio(&measure, &[0.0; 6], &clusters, Level::default()), None);
    assert_eq!(odds_ratio(&[2.0; 6], &[0.0, 1.0, 0.0, 1.0, 0.0, 1.0], &clusters, Level::default()), None);
    // All variation of the measure is in one service.
    assert_eq!(odds_ratio(&[1.0, 2.0, 1.0, 2.0, 1.0, 1.0], &[0.0, 1.0, 1.0, 0.0, 1.0, 0.0], &[0, 0, 0, 0, 1, 2], Level::default()), None);
    assert!(fit(&Design { width: 1, values: Vec::new() }, &[], &[], 0.0).is_none());
}

/// With one measure and an offset of its own effect, what is left to estimate is zero.
#[test]
fn offsets_are_added() {
    let measure = [0.5, -1.0, 2.0, 0.0, 1.0, -0.5, 0.2, 0.9];
    let outcomes: Vec<f64> = measure.iter().map(|x| expit(0.3 - 1.1 * x)).collect();
    let offsets: Vec<f64> = measure.iter().map(|x| -1.1 * x).collect();
    let found = fit(&Design::of(measure.to_vec()), &outcomes, &offsets, 0.0).unwrap();
    assert!((found.coefficients[0] - 0.3).abs() < 1e-8 && found.coefficients[1].abs() < 1e-8, "{found:?}");
    assert!((logit(expit(1.7)) - 1.7).abs() < 1e-12);
}

#[derive(Deserialize)]
struct Scores {
    name: String,
    probabilities: Vec<f64>,
    outcomes: Vec<f64>,
    auc: f64,
    slope: f64,
    in_the_large: f64,
    brier: f64,
}

#[test]
fn scores_of_prospects() {
    for case in read::<Vec<Scores>>("prospects.json") {
        let pairs = case.probabilities.iter().zip(&case.outcomes);
        let prospects: Vec<Prospect> = pairs.map(|(p, y)| Prospect { probability: *p, outcome: *y }).collect();
        assert_close(expected_auc(&prospects), Some(case.auc), 1e-10, &case.name);
        assert_close(expected_brier(&prospects), Some(case.brier), 1e-10, &case.name);
        assert_close(calibration_slope(&prospects), Some(case.slope), 1e-6, &case.name);
        assert_close(calibration_in_the_large(&prospects), Some(case.in_the_large), 1e-6, &case.name);
    }
}

/// The jackknife of a mean with one observation per group is Student's interval: 3 ± 2.131847 · √(2.5 / 5), t with 4 degrees of freedom.
#[test]
fn jackknife_of_a_mean() {
    let values = [1.0, 2.0, 3.0, 4.0, 5.0];
    let mean = |without: Option<usize>| {
        let kept: Vec<f64> = (0..5).filter(|place| Some(*place) != without).map(|place| values[place]).collect();
        Some(kept.iter().sum::<f64>() / kept.len() as f64)
    };
    let found = jackknife(5, 5, Level::default(), mean);
    let half = 2.131_846_786 * 0.5_f64.sqrt();
    assert_close(found.lower, Some(3.0 - half), 1e-8, &"lower");
    assert_close(found.upper, Some(3.0 + half), 1e-8, &"upper");
}
