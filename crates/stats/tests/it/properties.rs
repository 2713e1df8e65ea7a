//! What must hold for any input.

use proptest::{collection::vec, prelude::*};
use sequela_stats::{
    Estimate, Level, count, multiple,
    proportion::{jeffreys, wilson},
    sample,
    survival::{KaplanMeier, Observation, each_against_rest, log_rank},
};

fn observation() -> impl Strategy<Value = Observation> {
    (0_u32..40, proptest::bool::weighted(0.7)).prop_map(|(quarter, restored)| Observation { duration: f64::from(quarter) / 4.0, restored })
}

fn contains_value(estimate: &Estimate) -> bool {
    let Some(value) = estimate.value else { return false };
    estimate.lower.is_none_or(|lower| lower <= value) && estimate.upper.is_none_or(|upper| value <= upper)
}

/// By definition, in O(n²): the product over every distinct time of one less restored over at risk.
fn naive_survival(observations: &[Observation], time: f64) -> f64 {
    let mut times: Vec<f64> = observations.iter().map(|one| one.duration).filter(|&duration| duration <= time).collect();
    times.sort_by(f64::total_cmp);
    times.dedup();
    let factor = |at: f64| {
        let at_risk = observations.iter().filter(|one| one.duration >= at).count() as f64;
        let events = observations.iter().filter(|one| one.duration == at && one.restored).count() as f64;
        1.0 - events / at_risk
    };
    times.into_iter().map(factor).product()
}

proptest! {
    #[test]
    fn shares_lie_inside_their_intervals(k in 0.0..1.0_f64, n in 1_u32..3000, whole in any::<bool>(), level in 0.01..0.999_f64) {
        let n = f64::from(n);
        let k = if whole { (k * n).round() } else { k * n };
        let level = Level::new(level).unwrap();
        for estimate in [jeffreys(k, n, level), wilson(k, n, level)] {
            prop_assert!(contains_value(&estimate), "{:?}", estimate);
            prop_assert!(estimate.lower.unwrap() >= 0.0 && estimate.upper.unwrap() <= 1.0);
        }
        prop_assert!(contains_value(&count::rate_interval(k, n, level)));
    }

    /// Failures and successes change places.
    #[test]
    fn shares_are_symmetric(k in 0_u32..=200, n in 200_u32..400) {
        let (k, n) = (f64::from(k), f64::from(n));
        for interval in [jeffreys, wilson] {
            let (failed, fine) = (interval(k, n, Level::default()), interval(n - k, n, Level::default()));
            prop_assert!((failed.lower.unwrap() + fine.upper.unwrap() - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn without_open_incidents_the_curve_is_the_empirical_distribution(quarters in vec(0_u32..40, 1..60)) {
        let restored: Vec<Observation> = quarters.iter().map(|&quarter| Observation::restored(f64::from(quarter))).collect();
        let curve = KaplanMeier::fit(&restored).unwrap();
        for step in curve.steps(Level::default()) {
            let longer = quarters.iter().filter(|&&quarter| f64::from(quarter) > step.time).count();
            prop_assert!((step.survival - longer as f64 / quarters.len() as f64).abs() < 1e-12);
        }
        let durations: Vec<f64> = quarters.iter().map(|&quarter| f64::from(quarter)).collect();
        prop_assert_eq!(curve.quantile(0.5, Level::default()).value, sample::median(&durations));
    }

    #[test]
    fn the_curve_equals_its_definition_and_loses_nobody(observations in vec(observation(), 1..60)) {
        let curve = KaplanMeier::fit(&observations).unwrap();
        let steps = curve.steps(Level::default());
        for step in &steps {
            prop_assert!((step.survival - naive_survival(&observations, step.time)).abs() < 1e-12);
            prop_assert!(step.lower.is_none_or(|lower| (0.0..=step.survival).contains(&lower)));
            prop_assert!(step.upper.is_none_or(|upper| (step.survival..=1.0).contains(&upper)));
        }
        let ended: f64 = steps.iter().map(|step| step.events + step.censored).sum();
        let open_at_the_end = observations.iter().filter(|one| !one.restored && steps.iter().all(|step| step.events > 0.0))
            .filter(|one| steps.last().is_some_and(|last| one.duration == last.time)).count() as f64;
        prop_assert_eq!(ended + open_at_the_end, observations.len() as f64);
    }

    #[test]
    fn restore_times_scale_with_their_unit(observations in vec(observation(), 1..60), q in 0.05..0.95_f64) {
        let scaled: Vec<Observation> = observations.iter().map(|one| Observation { duration: one.duration * 64.0, ..*one }).collect();
        let quantile = |observations: &[Observation]| KaplanMeier::fit(observations).unwrap().quantile(q, Level::default());
        prop_assert_eq!(quantile(&scaled), quantile(&observations).scaled(64.0));
        let half = observations.len() / 2;
        let test = |observations: &[Observation]| log_rank(&[&observations[..half], &observations[half..]]).unwrap();
        prop_assert_eq!(test(&scaled), test(&observations));
    }

    #[test]
    fn quantiles_lie_inside_their_intervals(observations in vec(observation(), 1..60), q in 0.05..0.95_f64) {
        let quantile = KaplanMeier::fit(&observations).unwrap().quantile(q, Level::default());
        prop_assert!(quantile.value.is_none() || contains_value(&quantile), "{:?}", quantile);
        let durations: Vec<f64> = observations.iter().map(|one| one.duration).collect();
        for estimate in [sample::quantile_interval(&durations, q, Level::default()), sample::mean(&durations, Level::default())] {
            prop_assert!(contains_value(&estimate), "{:?}", estimate);
        }
    }

    #[test]
    fn order_changes_no_bit(rows in vec((observation(), 0.01..1.0_f64), 1..60)) {
        let reversed: Vec<(Observation, f64)> = rows.iter().rev().copied().collect();
        let figures = |rows: &[(Observation, f64)]| {
            let (observations, weights): (Vec<Observation>, Vec<f64>) = rows.iter().copied().unzip();
            (KaplanMeier::fit_weighted(&observations, &weights).unwrap().steps(Level::default()), sample::mean(&weights, Level::default()))
        };
        prop_assert_eq!(figures(&rows), figures(&reversed));
    }

    /// The two-sample test does not care which sample is called the group.
    #[test]
    fn one_group_against_the_rest_is_the_two_sample_test(left in vec(observation(), 1..30), right in vec(observation(), 1..30)) {
        let groups: [&[Observation]; 2] = [&left, &right];
        let (whole, each) = (log_rank(&groups).unwrap(), each_against_rest(&groups).unwrap());
        for test in &each {
            match (whole.statistic, test.statistic) {
                (Some(whole), Some(one)) => prop_assert!((whole - one).abs() <= 1e-9 * whole.max(1.0)),
                (whole, one) => prop_assert_eq!(whole, one),
            }
        }
    }

    #[test]
    fn adjusting_keeps_the_order_and_never_lowers(p in vec(0.0..=1.0_f64, 1..50)) {
        let adjusted = multiple::benjamini_hochberg(&p);
        for (index, (raw, one)) in p.iter().zip(&adjusted).enumerate() {
            prop_assert!(raw <= one && *one <= 1.0);
            prop_assert!((0..p.len()).all(|other| p[other] < *raw || adjusted[index] <= adjusted[other]));
        }
    }
}
