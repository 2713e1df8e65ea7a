//! Shares: failed deployments of all deployments, change-caused incidents of all incidents.

use crate::{
    Estimate, Level,
    distribution::{Odds, beta_quantiles, beta_tails, binomial_quantile, invert_mixture, normal_half_width},
};

/// Name of [`jeffreys`] in `Estimate::method`.
pub const JEFFREYS: &str = "jeffreys";
/// Name of [`jeffreys_over_draws`] in `Estimate::method`.
pub const JEFFREYS_OVER_DRAWS: &str = "jeffreys, over draws";
/// Name of [`wilson`] in `Estimate::method`.
pub const WILSON: &str = "wilson";
/// The probability beyond each funnel limit, as shown in the review: 0.001 and 0.999.
pub const FUNNEL_TAIL: f64 = 0.001;

/// The share `k/n` with the Jeffreys interval: the quantiles of Beta(k + ½, n − k + ½).
///
/// `failures` k may be fractional (a sum of probabilities). Conventions of Brown, Cai and DasGupta (2001, "Interval
/// estimation for a binomial proportion", §4.3): lower is 0 at k = 0 and upper is 1 at k = n. A fractional k below one
/// can lie outside its own quantiles; the interval is then widened to reach the value.
///
/// Without trials nothing is known: value and bounds are absent, and so they are when the input is no count
/// (negative, not finite, more failures than trials).
///
/// The interval covers its level on average over rates, not at each: at n = 100 and a rate of 2 % the 90 % interval covers
/// 82 %. It treats deployments as independent.
///
/// ```
/// use sequela_stats::{Level, proportion};
/// let rate = proportion::jeffreys(3.0, 40.0, Level::default());
/// assert_eq!(rate.value, Some(0.075));
/// assert!(rate.lower.unwrap() < 0.075 && 0.075 < rate.upper.unwrap());
/// ```
pub fn jeffreys(failures: f64, trials: f64, level: Level) -> Estimate {
    let Some((k, n)) = checked(failures, trials) else { return Estimate::none(rounded(trials), JEFFREYS) };
    let (lower, upper) = beta_quantiles(k + 0.5, n - k + 0.5, level);
    let value = k / n;
    let lower = if k == 0.0 { 0.0 } else { lower.min(value) };
    let upper = if k == n { 1.0 } else { upper.max(value) };
    Estimate { value: Some(value), lower: Some(lower), upper: Some(upper), n: rounded(trials), method: JEFFREYS }
}

/// The share of failures when their count is itself uncertain and given by draws: the mean of `k/n`, and the quantiles of the equal
/// mixture of Beta(k + ½, n − k + ½) over the draws of k.
///
/// The interval is for the rate behind the failures, so that it stays wide when every draw is the same; the conventions are those
/// of [`jeffreys`], which it equals then: lower is 0 where no failure at all is as likely as the tail, upper is 1 where nothing but
/// failures is. Draws above n count as n. Absent without draws or trials.
///
/// ```
/// use sequela_stats::{Level, proportion::{jeffreys, jeffreys_over_draws}};
/// let (sure, drawn) = (jeffreys(3.0, 40.0, Level::default()), jeffreys_over_draws(&[1.0, 5.0], 40.0, Level::default()));
/// assert!(drawn.lower < sure.lower && sure.upper < drawn.upper);
/// ```
pub fn jeffreys_over_draws(failures: &[f64], trials: f64, level: Level) -> Estimate {
    let within = |k: f64| if k > trials { trials } else { k };
    let known: Option<Vec<f64>> = failures.iter().map(|k| checked(within(*k), trials).map(|(k, _)| k)).collect();
    let Some(known) = known.filter(|known| !known.is_empty()) else { return Estimate::none(rounded(trials), JEFFREYS_OVER_DRAWS) };
    let weight = 1.0 / known.len() as f64;
    let value = known.iter().sum::<f64>() * weight / trials;
    let parts: Vec<(f64, f64, f64)> = distinct(&known).into_iter().map(|(k, times)| (weight * times, k + 0.5, trials - k + 0.5)).collect();
    let mirrored: Vec<(f64, f64, f64)> = parts.iter().map(|(weight, a, b)| (*weight, *b, *a)).collect();
    let lower = invert_mixture(level.tail(), &parts).share.min(value);
    let upper = invert_mixture(level.tail(), &mirrored).complement.max(value);
    let share_of = |wanted: f64| known.iter().filter(|k| **k == wanted).count() as f64 * weight;
    let lower = if share_of(0.0) >= level.tail() { 0.0 } else { lower };
    let upper = if share_of(trials) >= level.tail() { 1.0 } else { upper };
    Estimate { value: Some(value), lower: Some(lower), upper: Some(upper), n: rounded(trials), method: JEFFREYS_OVER_DRAWS }
}

/// Distinct values, with how often each occurs: on a small service most draws are none.
fn distinct(values: &[f64]) -> Vec<(f64, f64)> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.chunk_by(|left, right| left == right).map(|run| (run[0], run.len() as f64)).collect()
}

/// The share `k/n` with the Wilson score interval (Wilson 1927).
///
/// `(p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n)`, p = k/n. For readers who reconcile with a tool that uses it; input
/// and absent values are those of [`jeffreys`].
pub fn wilson(failures: f64, trials: f64, level: Level) -> Estimate {
    let Some((k, n)) = checked(failures, trials) else { return Estimate::none(rounded(trials), WILSON) };
    let value = k / n;
    let square = normal_half_width(level).powi(2) / n;
    let centre = value + square / 2.0;
    let half = (square * (value * (1.0 - value) + square / 4.0)).sqrt();
    let lower = if k == 0.0 { 0.0 } else { (centre - half) / (1.0 + square) };
    let upper = if k == n { 1.0 } else { (centre + half) / (1.0 + square) };
    Estimate { value: Some(value), lower: Some(lower), upper: Some(upper), n: rounded(trials), method: WILSON }
}

/// How likely so few failures or fewer, and so many or more, are when the true rate is `rate`: exact binomial probabilities, in that order.
///
/// For fractional failures k (sums of probabilities) the incomplete beta functions that continue them: `I(1 − rate; n − k, k + 1)` and
/// `I(rate; k, n − k + 1)`. A test that calls a rate better or worse where its probability is small errs no more often than it says, and
/// less often where n is small. Absent without trials or for a `rate` outside (0, 1).
///
/// ```
/// use sequela_stats::proportion::exact_tails;
/// let (few, many) = exact_tails(0.0, 10.0, 0.5).unwrap();
/// assert!((few - 0.5_f64.powi(10)).abs() < 1e-15 && many == 1.0);
/// ```
pub fn exact_tails(failures: f64, trials: f64, rate: f64) -> Option<(f64, f64)> {
    let (k, n) = checked(failures, trials).filter(|_| rate > 0.0 && rate < 1.0)?;
    let at = Odds::of_share(rate);
    let few = if k >= n { 1.0 } else { beta_tails(k + 1.0, n - k, at).upper };
    let many = if k <= 0.0 { 1.0 } else { beta_tails(k, n - k + 1.0, at).lower };
    Some((few, many))
}

/// Funnel limits: the lowest and highest share that n trials show when the true rate is `p0`, but for `tail` on each side.
///
/// Exact: `lo = k₁/n` and `hi = k₂/n` with k₁, k₂ the smallest counts whose binomial distribution function reaches `tail`
/// and `1 − tail` (Spiegelhalter 2005, "Funnel plots for comparing institutional performance", without his
/// interpolation). A share strictly beyond a limit has a probability of at most `tail` under `p0`. Not an interval
/// for anybody's rate, and no verdict when `p0` comes from few data.
///
/// No trials, a `p0` outside [0, 1] or a `tail` outside (0, ½) exclude nothing: (0, 1).
///
/// ```
/// use sequela_stats::proportion::{FUNNEL_TAIL, funnel_limits};
/// assert_eq!(funnel_limits(0.05, 20, FUNNEL_TAIL), (0.0, 0.25));
/// ```
pub fn funnel_limits(p0: f64, n: u64, tail: f64) -> (f64, f64) {
    match funnel_counts(p0, n, tail) {
        Some((low, high)) => (low as f64 / n as f64, high as f64 / n as f64),
        None => (0.0, 1.0),
    }
}

/// The counts behind [`funnel_limits`], when there are any.
pub(crate) fn funnel_counts(p0: f64, n: u64, tail: f64) -> Option<(u64, u64)> {
    let is_usable = n > 0 && (0.0..=1.0).contains(&p0) && tail > 0.0 && tail < 0.5;
    is_usable.then(|| (binomial_quantile(tail, n, p0), binomial_quantile(1.0 - tail, n, p0)))
}

/// Counts as they can be used: sums of probabilities may exceed their number of terms by a rounding error.
pub(crate) fn checked(failures: f64, trials: f64) -> Option<(f64, f64)> {
    let is_count = trials.is_finite() && trials > 0.0 && failures >= 0.0 && failures <= trials * (1.0 + 1e-9);
    is_count.then(|| (failures.min(trials), trials))
}

/// Trials as the n of an estimate; casting saturates, so that a NaN becomes 0.
pub(crate) fn rounded(trials: f64) -> u64 {
    trials.round() as u64
}
