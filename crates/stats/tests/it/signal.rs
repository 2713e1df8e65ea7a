//! A month against those before: tails against SciPy, false alarms on months of one rate.

use sequela_stats::rng::{stream, uniform};
use sequela_stats::signal::{Expectation, TAIL};
use serde::Deserialize;

use crate::reference::read;

#[derive(Deserialize)]
struct Case {
    name: String,
    before: Vec<(f64, f64)>,
    failed: u64,
    size: u64,
    share: f64,
    overdispersion: f64,
    low: f64,
    high: f64,
}

#[test]
fn tails_agree_with_scipy() {
    let cases: Vec<Case> = read("signal.json");
    assert_eq!(cases.len(), 35);
    for case in cases {
        let expected = Expectation::new(&case.before).unwrap();
        assert!((expected.share - case.share).abs() < 1e-14 && (expected.overdispersion - case.overdispersion).abs() < 1e-12);
        let (low, high) = expected.tails(case.failed, case.size);
        let near = |ours: f64, theirs: f64| (ours - theirs).abs() <= 1e-6 * theirs + 1e-12;
        assert!(
            near(low, case.low) && near(high, case.high),
            "{} {}/{}: {low} {high}, SciPy {} {}",
            case.name,
            case.failed,
            case.size,
            case.low,
            case.high
        );
    }
}

/// 400 series of 13 months of 100 deployments at 5 %: a month like the others is called with a probability below 0.01.
#[test]
fn a_month_like_the_others_is_rarely_called() {
    let called = (0..400_u64).filter(|series| {
        let failed = |month: u64| (0..100).filter(|trial| uniform(stream(*series, month, *trial)) < 0.05).count();
        let before: Vec<(f64, f64)> = (0..12).map(|month| (failed(month) as f64, 100.0)).collect();
        let (low, high) = Expectation::new(&before).unwrap().tails(failed(12) as u64, 100);
        low.min(high) < TAIL
    });
    let called = called.count();
    assert!(called <= 10, "{called} of 400");
}
