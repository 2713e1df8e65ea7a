//! Draws against the moments and quantiles of SciPy, and intervals over draws against its mixtures of betas.

use sequela_stats::{
    proportion::{jeffreys, jeffreys_over_draws},
    rng::stream,
    variate::Variates,
};
use serde::Deserialize;

use crate::reference::{assert_close, level, read};

const DRAWS: usize = 40_000;

#[derive(Deserialize)]
struct Reference {
    distributions: Vec<Distribution>,
    mixtures: Vec<Mixture>,
}

#[derive(Deserialize)]
struct Distribution {
    name: String,
    parameters: Vec<f64>,
    mean: f64,
    variance: f64,
    quantiles: Vec<(f64, f64)>,
}

#[derive(Deserialize)]
struct Mixture {
    draws: Vec<f64>,
    trials: f64,
    level: f64,
    lower: f64,
    upper: f64,
}

fn draw(variates: &mut Variates, name: &str, parameters: &[f64]) -> f64 {
    match (name, parameters) {
        ("normal", []) => variates.normal(),
        ("gamma", [shape]) => variates.gamma(*shape),
        ("beta", [a, b]) => variates.beta(*a, *b),
        _ => panic!("{name} {parameters:?}"),
    }
}

/// Within 4.5 standard errors: of a share of draws below a quantile, √(q (1 − q) / n); of the mean, √(variance / n).
#[test]
fn draws_have_the_moments_and_quantiles_of_scipy() {
    let distributions = read::<Reference>("variate.json").distributions;
    assert_eq!(distributions.len(), 10);
    for (stream, case) in distributions.iter().enumerate() {
        let mut variates = Variates::new(11, stream as u64);
        let values: Vec<f64> = (0..DRAWS).map(|_| draw(&mut variates, &case.name, &case.parameters)).collect();
        let size = DRAWS as f64;
        let mean = values.iter().sum::<f64>() / size;
        assert!((mean - case.mean).abs() < 4.5 * (case.variance / size).sqrt(), "{} {:?}: mean {mean}", case.name, case.parameters);
        for (q, quantile) in &case.quantiles {
            let below = values.iter().filter(|value| *value <= quantile).count() as f64 / size;
            let allowed = 4.5 * (q * (1.0 - q) / size).sqrt();
            assert!((below - q).abs() < allowed, "{} {:?}: {below} below the quantile {q}", case.name, case.parameters);
        }
    }
}

/// A part of a Dirichlet with weights w is Beta(w, Σw − w): mean w/Σw, variance w (Σw − w) / (Σw² (Σw + 1)).
#[test]
fn parts_of_a_whole_have_the_moments_of_a_beta() {
    let weights = [0.001, 0.7, 5.0, 14.3];
    let whole: f64 = weights.iter().sum();
    let mut variates = Variates::new(12, 0);
    let draws: Vec<Vec<f64>> = (0..20_000).map(|_| variates.dirichlet(&weights)).collect();
    assert!(draws.iter().all(|parts| (parts.iter().sum::<f64>() - 1.0).abs() < 1e-12 && parts.iter().all(|part| *part >= 0.0)));
    for (place, weight) in weights.iter().enumerate() {
        let mean = draws.iter().map(|parts| parts[place]).sum::<f64>() / 20_000.0;
        let variance = weight * (whole - weight) / (whole * whole * (whole + 1.0));
        assert!((mean - weight / whole).abs() < 4.5 * (variance / 20_000.0).sqrt(), "{place}: {mean}");
    }
}

#[test]
fn places_are_drawn_by_weight_and_streams_do_not_touch_each_other() {
    let mut variates = Variates::new(13, 0);
    let mut counts = [0.0; 4];
    (0..10_000).for_each(|_| counts[variates.place(&[1.0, 0.0, 3.0, 6.0])] += 1.0);
    assert!((counts[0] - 1000.0_f64).abs() < 4.5 * 30.0 && counts[1] == 0.0 && (counts[3] - 6000.0_f64).abs() < 4.5 * 49.0, "{counts:?}");
    let mut one = Variates::new(13, 1);
    let first: Vec<f64> = (0..3).map(|_| one.gamma(0.3)).collect();
    Variates::new(13, 2).dirichlet(&[0.1; 50]);
    let mut again = Variates::new(13, 1);
    assert_eq!(first, (0..3).map(|_| again.gamma(0.3)).collect::<Vec<f64>>());
    assert_eq!(Variates::new(13, 1).uniform(), sequela_stats::rng::uniform(stream(13, 1, 0)));
}

#[test]
fn intervals_over_draws_agree_with_scipy_mixtures() {
    for case in read::<Reference>("variate.json").mixtures {
        let found = jeffreys_over_draws(&case.draws, case.trials, level(case.level));
        let name = (&case.draws, case.trials, case.level);
        assert_close(found.lower, Some(case.lower), 1e-9, &name);
        assert_close(found.upper, Some(case.upper), 1e-9, &name);
    }
}

#[test]
fn equal_draws_give_the_jeffreys_interval_and_its_conventions() {
    for (k, n) in [(0.0, 12.0), (12.0, 12.0), (3.0, 40.0), (2.5, 40.0)] {
        let (drawn, known) = (jeffreys_over_draws(&[k; 7], n, level(0.9)), jeffreys(k, n, level(0.9)));
        assert_close(drawn.lower, known.lower, 1e-12, &(k, n));
        assert_close(drawn.upper, known.upper, 1e-12, &(k, n));
    }
    assert_eq!(jeffreys_over_draws(&[], 10.0, level(0.9)).value, None);
    assert_eq!(jeffreys_over_draws(&[1.0], 0.0, level(0.9)).value, None);
    assert_eq!(jeffreys_over_draws(&[1.0, f64::NAN], 10.0, level(0.9)).value, None);
    assert_eq!(jeffreys_over_draws(&[14.0], 10.0, level(0.9)).upper, Some(1.0));
}
