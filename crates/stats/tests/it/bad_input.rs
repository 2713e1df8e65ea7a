//! Input that is no data: absent figures or an error that names it, never a panic.

use sequela_stats::{
    Estimate, Level, count,
    proportion::{funnel_limits, jeffreys, wilson},
    sample,
    survival::{KaplanMeier, Observation, SurvivalError, each_against_rest, log_rank},
};

const ODD: [f64; 7] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 0.0, f64::MIN_POSITIVE, f64::MAX];

fn is_sane(estimate: &Estimate) -> bool {
    [estimate.value, estimate.lower, estimate.upper].into_iter().flatten().all(|number| !number.is_nan())
}

#[test]
fn shares_and_rates_of_odd_numbers_are_absent_or_sane() {
    for left in ODD {
        for right in ODD {
            for estimate in [jeffreys, wilson, count::rate_interval].map(|figure| figure(left, right, Level::default())) {
                assert!(is_sane(&estimate), "{left} of {right}: {estimate:?}");
            }
        }
    }
    for (k, n) in [(1.0, 0.0), (0.0, 0.0), (3.0, 2.0), (-1.0, 5.0), (f64::NAN, 5.0), (1.0, f64::NAN), (1.0, f64::INFINITY)] {
        let estimate = jeffreys(k, n, Level::default());
        assert_eq!((estimate.value, estimate.lower, estimate.upper), (None, None, None), "{k} of {n}");
    }
}

#[test]
fn a_sum_of_probabilities_may_exceed_its_terms_by_rounding() {
    assert_eq!(jeffreys(1.0 + 1e-12, 1.0, Level::default()).value, Some(1.0));
}

#[test]
fn funnel_limits_without_a_funnel_exclude_nothing() {
    for (p0, n, tail) in [(0.5, 0, 0.001), (f64::NAN, 10, 0.001), (1.5, 10, 0.001), (0.5, 10, 0.0), (0.5, 10, 0.7), (0.5, 10, f64::NAN)] {
        assert_eq!(funnel_limits(p0, n, tail), (0.0, 1.0));
    }
    assert_eq!((funnel_limits(0.0, 10, 0.001), funnel_limits(1.0, 10, 0.001)), ((0.0, 0.0), (1.0, 1.0)));
}

#[test]
fn samples_with_holes_have_no_figures() {
    for values in [vec![], vec![1.0, f64::NAN], vec![f64::INFINITY, 2.0]] {
        assert_eq!((sample::median(&values), sample::lower_median(&values), sample::quantile(&values, 0.9)), (None, None, None));
        assert_eq!(sample::mean(&values, Level::default()), Estimate::none(values.len() as u64, sample::STUDENT_T));
        assert_eq!(sample::median_interval(&values, Level::default()), Estimate::none(values.len() as u64, sample::ORDER_STATISTICS));
    }
    for q in [-0.1, 1.1, f64::NAN] {
        assert_eq!(sample::quantile(&[1.0, 2.0], q), None);
        assert_eq!(sample::quantile_interval(&[1.0, 2.0], q, Level::default()).value, None);
        assert_eq!(KaplanMeier::fit(&[Observation::restored(1.0)]).unwrap().quantile(q, Level::default()).value, None);
    }
}

#[test]
fn bad_durations_and_weights_are_named() {
    let good = Observation::restored(1.0);
    for duration in [-0.5, f64::INFINITY, f64::NAN] {
        let observations = [good, Observation::open(duration)];
        let errors = [
            KaplanMeier::fit(&observations).unwrap_err(),
            KaplanMeier::fit_weighted(&observations, &[1.0, 0.0]).unwrap_err(),
            log_rank(&[&[good], &observations]).unwrap_err(),
            each_against_rest(&[&[good], &observations]).unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.to_string(), format!("duration {duration} of observation 1 is negative or not finite"));
        }
    }
    let error = KaplanMeier::fit_weighted(&[good, good], &[1.0, -2.0]).unwrap_err();
    assert_eq!(error, SurvivalError::Weight { index: 1, weight: -2.0 });
    let error = KaplanMeier::fit_weighted(&[good, good], &[1.0]).unwrap_err();
    assert_eq!(error.to_string(), "1 weights for 2 observations");
}
