//! Shares, counts and adjusted p-values against SciPy.

use sequela_stats::{
    count,
    excess::excess,
    multiple,
    proportion::{funnel_limits, jeffreys, wilson},
};
use serde::Deserialize;

use crate::reference::{assert_close, level, read};

#[derive(Deserialize)]
struct Proportions {
    intervals: Vec<Share>,
    limits: Vec<Limits>,
}

#[derive(Deserialize)]
struct Share {
    failures: f64,
    trials: f64,
    level: f64,
    jeffreys: (f64, f64),
    wilson: (f64, f64),
}

#[derive(Deserialize)]
struct Limits {
    p0: f64,
    n: u64,
    tail: f64,
    low: u64,
    high: u64,
}

#[test]
fn jeffreys_and_wilson_agree_with_scipy() {
    let reference: Proportions = read("proportion.json");
    assert_eq!(reference.intervals.len(), 40);
    for row in reference.intervals {
        let case = (row.failures, row.trials, row.level);
        let beta = jeffreys(row.failures, row.trials, level(row.level));
        assert_eq!(beta.value, Some(row.failures / row.trials));
        assert_close(beta.lower, Some(row.jeffreys.0), 1e-10, &case);
        assert_close(beta.upper, Some(row.jeffreys.1), 1e-10, &case);
        let score = wilson(row.failures, row.trials, level(row.level));
        assert_close(score.lower, Some(row.wilson.0), 1e-10, &case);
        assert_close(score.upper, Some(row.wilson.1), 1e-10, &case);
    }
}

#[test]
fn funnel_limits_agree_with_scipy() {
    let reference: Proportions = read("proportion.json");
    assert_eq!(reference.limits.len(), 96);
    for row in reference.limits {
        let expected = (row.low as f64 / row.n as f64, row.high as f64 / row.n as f64);
        assert_eq!(funnel_limits(row.p0, row.n, row.tail), expected, "{} {} {}", row.p0, row.n, row.tail);
    }
}

/// P(X = 20) for 20 trials at 1/2 is 2⁻²⁰; at n = 1 and a rate of 0.05, P(X = 1) = 0.05 > 0.001, so that nothing is outside.
#[test]
fn funnel_limits_by_hand() {
    assert_eq!(funnel_limits(0.05, 1, 0.001), (0.0, 1.0));
    assert_eq!(funnel_limits(0.5, 20, 2.0_f64.powi(-20) * 0.99), (0.0, 1.0));
    assert_eq!(funnel_limits(0.5, 20, 2.0_f64.powi(-20) * 1.01), (1.0 / 20.0, 19.0 / 20.0));
}

#[derive(Deserialize)]
struct Rate {
    events: f64,
    exposure: f64,
    level: f64,
    lower: f64,
    upper: f64,
}

#[test]
fn poisson_rates_agree_with_scipy() {
    let reference: Vec<Rate> = read("count.json");
    assert_eq!(reference.len(), 20);
    for row in reference {
        let rate = count::rate_interval(row.events, row.exposure, level(row.level));
        let case = (row.events, row.level);
        assert_eq!(rate.value, Some(row.events / row.exposure));
        assert_close(rate.lower, Some(row.lower), 1e-10, &case);
        assert_close(rate.upper, Some(row.upper), 1e-10, &case);
    }
}

#[derive(Deserialize)]
struct Adjusted {
    p: Vec<f64>,
    adjusted: Vec<f64>,
}

#[derive(Deserialize)]
struct Tests {
    benjamini_hochberg: Vec<Adjusted>,
}

#[test]
fn adjusted_p_values_agree_with_scipy_and_r() {
    for file in ["tests.json", "survival_r.json"] {
        let reference: Tests = read(file);
        assert_eq!(reference.benjamini_hochberg.len(), 4);
        for row in reference.benjamini_hochberg {
            let adjusted = multiple::benjamini_hochberg(&row.p);
            for (found, expected) in adjusted.iter().zip(&row.adjusted) {
                assert_close(Some(*found), Some(*expected), 1e-12, &(file, &row.p));
            }
        }
    }
}

#[derive(Deserialize)]
struct Among {
    p: Vec<f64>,
    tests: u64,
    adjusted: Vec<f64>,
}

#[derive(Deserialize)]
struct ManyTests {
    among: Vec<Among>,
}

#[test]
fn tests_that_found_nothing_count() {
    let reference: ManyTests = read("tests.json");
    assert_eq!(reference.among.len(), 4);
    for row in reference.among {
        for (found, expected) in multiple::benjamini_hochberg_among(&row.p, row.tests).iter().zip(&row.adjusted) {
            assert_close(Some(*found), Some(*expected), 1e-12, &row.p);
        }
    }
}

#[derive(Deserialize)]
struct Excesses {
    here: u64,
    all: u64,
    share: f64,
    level: f64,
    expected: f64,
    p: f64,
    lower: f64,
    upper: f64,
}

/// SciPy inverts its distribution to about eight digits.
#[test]
fn counts_are_compared_as_by_scipy() {
    let reference: Vec<Excesses> = read("excess.json");
    assert_eq!(reference.len(), 24);
    for row in reference {
        let found = excess(row.here, row.all, row.share, level(row.level)).unwrap();
        let case = (row.here, row.all, row.share, row.level);
        assert_close(Some(found.expected), Some(row.expected), 1e-12, &case);
        assert_close(Some(found.p), Some(row.p), 1e-10, &case);
        assert_close(found.ratio.lower, Some(row.lower), 1e-8, &case);
        assert_close(found.ratio.upper, Some(row.upper), 1e-8, &case);
    }
    for (here, all, share) in [(4, 3, 0.5), (0, 0, 0.5), (1, 2, 0.0), (1, 2, 1.0), (1, 2, f64::NAN)] {
        assert_eq!(excess(here, all, share, level(0.9)), None);
    }
}

#[test]
fn a_test_that_could_not_be_made_does_not_count() {
    let adjusted = multiple::benjamini_hochberg(&[0.02, f64::NAN, 0.04]);
    assert_eq!((adjusted[0], adjusted[2]), (0.04, 0.04));
    assert!(adjusted[1].is_nan());
    assert!(multiple::benjamini_hochberg(&[]).is_empty());
}
