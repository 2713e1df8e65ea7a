//! Means and quantiles against NumPy and SciPy.

use std::collections::BTreeMap;

use sequela_stats::sample::{lower_median, mean, median, median_interval, quantile, quantile_interval};
use serde::Deserialize;

use crate::reference::{Bounds, assert_bounds, assert_close, level, read};

#[derive(Deserialize)]
struct Case {
    name: String,
    values: Vec<f64>,
    mean: f64,
    median: f64,
    lower_median: f64,
    quantiles: BTreeMap<String, f64>,
    intervals: Vec<Intervals>,
}

#[derive(Deserialize)]
struct Intervals {
    level: f64,
    student: Option<(f64, f64)>,
    order: BTreeMap<String, (Option<f64>, Option<f64>)>,
}

fn cases() -> Vec<Case> {
    let cases: Vec<Case> = read("sample.json");
    assert_eq!(cases.len(), 9);
    cases
}

#[test]
fn quantiles_agree_with_numpy() {
    for case in cases() {
        assert_close(median(&case.values), Some(case.median), 1e-14, &case.name);
        assert_eq!(lower_median(&case.values), Some(case.lower_median), "{}", case.name);
        for (q, expected) in &case.quantiles {
            assert_close(quantile(&case.values, q.parse().unwrap()), Some(*expected), 1e-12, &(&case.name, q));
        }
    }
}

#[test]
fn student_intervals_agree_with_scipy() {
    for case in cases() {
        for interval in &case.intervals {
            let found = mean(&case.values, level(interval.level));
            assert_close(found.value, Some(case.mean), 1e-13, &case.name);
            let Some((lower, upper)) = interval.student else { continue };
            assert_bounds(found.into(), Bounds { value: Some(case.mean), lower: Some(lower), upper: Some(upper) }, 1e-10, &case.name);
        }
    }
}

#[test]
fn order_statistics_agree_with_the_search_over_every_index() {
    for case in cases() {
        for interval in &case.intervals {
            for (q, (lower, upper)) in &interval.order {
                let found = quantile_interval(&case.values, q.parse().unwrap(), level(interval.level));
                assert_eq!((found.lower, found.upper), (*lower, *upper), "{} {q} {}", case.name, interval.level);
            }
        }
    }
}

/// With n = 5 the median lies outside the extremes with probability 2/32; with n = 4 with 2/16, more than a tenth.
#[test]
fn the_median_needs_five_values() {
    let five = median_interval(&[5.0, 1.0, 4.0, 2.0, 3.0], level(0.9));
    assert_eq!((five.lower, five.value, five.upper), (Some(1.0), Some(3.0), Some(5.0)));
    let four = median_interval(&[1.0, 4.0, 2.0, 3.0], level(0.9));
    assert_eq!((four.lower, four.value, four.upper), (None, Some(2.5), None));
}

#[test]
fn equal_values_leave_no_doubt_about_the_mean_and_one_value_leaves_all() {
    let equal = mean(&[4.0; 7], level(0.9));
    assert_eq!((equal.lower, equal.value, equal.upper), (Some(4.0), Some(4.0), Some(4.0)));
    let one = mean(&[4.0], level(0.9));
    assert_eq!((one.lower, one.value, one.upper, one.n), (None, Some(4.0), None, 1));
}
