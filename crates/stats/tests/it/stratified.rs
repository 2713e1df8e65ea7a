//! Risk ratios over strata and exact binomial tails against statsmodels and SciPy.

use proptest::{collection::vec, prelude::*};
use sequela_stats::{
    Level, multiple,
    proportion::exact_tails,
    rng::{stream, uniform},
    stratified::{Stratum, mantel_haenszel},
};
use serde::Deserialize;

use crate::reference::{Bounds, assert_bounds, assert_close, level, read};

#[derive(Deserialize)]
struct Case {
    name: String,
    level: f64,
    /// Failures and trials of the group, then of the other.
    strata: Vec<(f64, f64, f64, f64)>,
    told: usize,
    value: Option<f64>,
    lower: Option<f64>,
    upper: Option<f64>,
    p: Option<f64>,
}

fn of(tables: &[(f64, f64, f64, f64)]) -> Vec<Stratum> {
    tables.iter().map(|(a, n1, b, n0)| Stratum { exposed: (*a, *n1), reference: (*b, *n0) }).collect()
}

#[test]
fn ratios_agree_with_statsmodels_and_the_formula_of_greenland_and_robins() {
    let reference: Vec<Case> = read("strata.json");
    assert_eq!(reference.len(), 24);
    for case in reference {
        let found = mantel_haenszel(&of(&case.strata), level(case.level));
        let what = (&case.name, case.level);
        let ends = case.value.filter(|value| *value > 0.0).and(Some((case.lower, case.upper))).unwrap_or_default();
        assert_bounds(found.estimate.into(), Bounds { value: case.value, lower: ends.0, upper: ends.1 }, 1e-10, &what);
        assert_close(found.p_value, case.p, 1e-9, &what);
        assert_eq!(found.strata, case.told, "{}", case.name);
    }
}

/// By hand. Small changes: 4 of 40 against 2 of 40; large ones: 6 of 20 against 3 of 20. Above the line 4·40/80 + 6·20/40 = 5, below it
/// 2·40/80 + 3·20/40 = 2.5, so 2. Variance (6·40·40 − 4·2·80)/80² + (9·20·20 − 6·3·40)/40² = 1.4 + 1.8 = 3.2 over 5·2.5 = 0.256.
#[test]
fn two_strata_by_hand() {
    let found = mantel_haenszel(&of(&[(4.0, 40.0, 2.0, 40.0), (6.0, 20.0, 3.0, 20.0)]), Level::NINETY_FIVE);
    assert_eq!((found.estimate.value, found.estimate.n, found.strata), (Some(2.0), 120, 2));
    assert_close(found.estimate.lower, Some(2.0 * (-1.959_963_985 * 0.256_f64.sqrt()).exp()), 1e-9, &"lower");
}

#[test]
fn what_is_no_count_has_no_ratio() {
    for odd in [(5.0, 4.0, 1.0, 9.0), (-1.0, 4.0, 1.0, 9.0), (1.0, f64::NAN, 1.0, 9.0), (1.0, f64::INFINITY, 1.0, 9.0)] {
        let found = mantel_haenszel(&of(&[(4.0, 40.0, 2.0, 40.0), odd]), Level::default());
        assert_eq!((found.estimate.value, found.p_value, found.strata), (None, None, 0), "{odd:?}");
    }
    assert_eq!(mantel_haenszel(&[], Level::default()).estimate.value, None);
}

#[derive(Deserialize)]
struct Tail {
    failures: f64,
    trials: f64,
    rate: f64,
    few: f64,
    many: f64,
}

#[test]
fn exact_tails_agree_with_scipy() {
    let reference: Vec<Tail> = read("tails.json");
    assert_eq!(reference.len(), 33);
    for row in reference {
        let (few, many) = exact_tails(row.failures, row.trials, row.rate).unwrap();
        let case = (row.failures, row.trials, row.rate);
        assert_close(Some(few), Some(row.few), 1e-10, &case);
        assert_close(Some(many), Some(row.many), 1e-10, &case);
    }
    for (k, n, rate) in [(1.0, 0.0, 0.5), (3.0, 2.0, 0.5), (1.0, 2.0, 0.0), (1.0, 2.0, 1.0), (f64::NAN, 2.0, 0.5), (1.0, 2.0, f64::NAN)] {
        assert_eq!(exact_tails(k, n, rate), None, "{k} of {n} at {rate}");
    }
}

/// Twenty organisations in which the paths do not matter, though large changes fail five times as often and go one way: four paths are
/// compared in each, and at a false discovery rate of 0.1 about two of twenty may call any of them different.
#[test]
fn paths_that_do_not_matter_are_not_called_different() {
    let called = (0..20).filter(|organisation| calls_any(*organisation)).count();
    assert!(called <= 4, "{called} of 20");
}

fn calls_any(organisation: u64) -> bool {
    let mut index = 0;
    let mut random = || {
        index += 1;
        uniform(stream(organisation, 7, index))
    };
    // Small and large changes of the path compared with, then of four others.
    let sizes = [(600, 40), (300, 200), (60, 120), (400, 30), (150, 150)];
    let mut failed = |number: u32, rate: f64| (0..number).filter(|_| random() < rate).count() as f64;
    let drawn: Vec<[(f64, f64); 2]> =
        sizes.iter().map(|(small, large)| [(failed(*small, 0.02), f64::from(*small)), (failed(*large, 0.1), f64::from(*large))]).collect();
    let p = |path: &[(f64, f64); 2]| {
        let strata = [0, 1].map(|size| Stratum { exposed: path[size], reference: drawn[0][size] });
        mantel_haenszel(&strata, Level::default()).p_value.unwrap_or(f64::NAN)
    };
    let p_values: Vec<f64> = drawn[1..].iter().map(p).collect();
    multiple::benjamini_hochberg(&p_values).iter().any(|q| *q <= 0.1)
}

proptest! {
    /// The groups change places: the ratio is the inverse, and so are its ends.
    #[test]
    fn ratios_are_symmetric(tables in vec((0_u32..9, 9_u32..60, 0_u32..9, 9_u32..60), 1..5)) {
        let tables: Vec<_> = tables.into_iter().map(|(a, n1, b, n0)| (f64::from(a), f64::from(n1), f64::from(b), f64::from(n0))).collect();
        let turned: Vec<_> = tables.iter().map(|(a, n1, b, n0)| (*b, *n0, *a, *n1)).collect();
        let (one, other) = (mantel_haenszel(&of(&tables), Level::default()), mantel_haenszel(&of(&turned), Level::default()));
        if let (Some(upper), Some(lower)) = (one.estimate.upper, other.estimate.lower) {
            prop_assert!((upper * lower - 1.0).abs() < 1e-9);
        }
        prop_assert_eq!(one.strata, other.strata);
    }
}
