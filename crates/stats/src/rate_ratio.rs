//! Two Poisson rates beside each other: incidents per hour after a deployment and before it.

use crate::{
    Estimate, Level,
    distribution::{Odds, beta_lower_quantile, beta_tails},
};

/// Name of [`conditional`] in `Estimate::method`.
pub const CONDITIONAL_BINOMIAL: &str = "conditional binomial, exact";

/// Events counted over an exposure, such as incidents over hours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Count {
    /// Events.
    pub events: u64,
    /// Exposure, in the unit of the other count.
    pub exposure: f64,
}

/// The rate of one count ÷ the rate of another, with the exact interval.
///
/// Given the sum of both, the first is binomial with the odds `ratio × exposure ÷ exposure of the other`; the interval is that of Clopper
/// and Pearson for this share, as odds (Przyborowski and Wilenski 1940; Lehmann and Romano, "Testing statistical hypotheses", §4.5). It
/// never covers less than its level.
///
/// The value is absent where the other count is 0, the upper end then as well: nothing bounds it. Everything is absent where both counts
/// are 0 or an exposure is not positive. The interval is too narrow when events come in bursts. `n` is the sum of both counts.
///
/// ```
/// use sequela_stats::{Level, rate_ratio::{Count, conditional}};
/// let (after, before) = (Count { events: 4, exposure: 7.0 }, Count { events: 8, exposure: 28.0 });
/// let ratio = conditional(after, before, Level::default());
/// assert_eq!(ratio.value, Some(2.0));
/// ```
pub fn conditional(of: Count, to: Count, level: Level) -> Estimate {
    let n = of.events.saturating_add(to.events);
    let is_exposed = [of.exposure, to.exposure].iter().all(|exposure| exposure.is_finite() && *exposure > 0.0);
    if !is_exposed || n == 0 {
        return Estimate::none(n, CONDITIONAL_BINOMIAL);
    }
    let (first, second, scale) = (of.events as f64, to.events as f64, to.exposure / of.exposure);
    let odds = |odds: Odds| odds.share / odds.complement * scale;
    let lower = if of.events == 0 { 0.0 } else { odds(beta_lower_quantile(first, second + 1.0, level.tail())) };
    let upper = (to.events > 0).then(|| 1.0 / odds_from_above(first, second, level) * scale);
    let value = (to.events > 0).then(|| first / second * scale);
    Estimate { value, lower: Some(lower), upper, n, method: CONDITIONAL_BINOMIAL }
}

/// The upper end of the share as the odds of the complement: its upper tail is the lower tail seen from the other side.
fn odds_from_above(first: f64, second: f64, level: Level) -> f64 {
    let complement = beta_lower_quantile(second, first + 1.0, level.tail());
    complement.share / complement.complement
}

/// The largest number of events within `exposure` that the rate of an earlier count still explains: a larger one has a probability of at
/// most `tail`, given the sum of both (a prediction limit: Thatcher 1964). Few earlier events know their rate badly, and allow for more.
///
/// Absent where an exposure is not positive or `tail` lies outside (0, 1).
pub fn highest_explained(earlier: Count, exposure: f64, tail: f64) -> Option<u64> {
    let is_exposed = [earlier.exposure, exposure].iter().all(|exposure| exposure.is_finite() && *exposure > 0.0);
    let is_tail = tail > 0.0 && tail < 1.0;
    if !is_exposed || !is_tail {
        return None;
    }
    let share = Odds { share: exposure / (exposure + earlier.exposure), complement: earlier.exposure / (exposure + earlier.exposure) };
    let reaches = |events: u64| beta_tails(events as f64, earlier.events as f64 + 1.0, share).lower;
    // More than `events` is at least `events + 1`: P(X ≥ k) of Binomial(n + k, share) is a tail of Beta(k, n + 1), and falls with k.
    let (mut low, mut high) = (0, 1);
    while reaches(high + 1) > tail && high < u64::MAX / 4 {
        (low, high) = (high + 1, high * 2);
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if reaches(middle + 1) > tail { low = middle + 1 } else { high = middle }
    }
    Some(low)
}
