//! Is a count larger here than elsewhere? Two Poisson counts compared given their sum.

use crate::{
    Estimate, Level,
    distribution::{Odds, beta_quantiles, beta_tails},
};

/// Name of [`excess`] in `Estimate::method`.
pub const CONDITIONAL_POISSON: &str = "poisson, given the sum";

/// A count beside what would be expected of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Excess {
    /// What would be expected: the part of all events that the exposure is.
    pub expected: f64,
    /// Probability of so many or more, were the rate here that of elsewhere.
    pub p: f64,
    /// Count ÷ expected.
    pub ratio: Estimate,
}

/// Compares `here` events of `all` with the `share` (above 0, below 1) of the exposure that lies here.
///
/// Were both counts Poisson with the same rate, then given their sum the one here is Binomial(all, share) (Przyborowski and Wilenski
/// 1940): the exact test needs no rate that is known from elsewhere. The interval is that of Clopper and Pearson for the share of the
/// events, over `share`; it covers at least its level, and its upper end is 1 ÷ share at most.
///
/// Events that come in bursts are no Poisson counts: count occasions, such as days, not events. None where the input is no count.
///
/// ```
/// use sequela_stats::{Level, excess::excess};
/// let found = excess(4, 4, 0.5, Level::default()).unwrap();
/// assert_eq!((found.expected, found.ratio.value), (2.0, Some(2.0)));
/// assert!((found.p - 0.0625).abs() < 1e-12);
/// ```
pub fn excess(here: u64, all: u64, share: f64, level: Level) -> Option<Excess> {
    if !(share > 0.0 && share < 1.0) || here > all || all == 0 {
        return None;
    }
    let (k, n) = (here as f64, all as f64);
    let p = if here == 0 { 1.0 } else { beta_tails(k, n - k + 1.0, Odds::of_share(share)).lower };
    let lower = if here == 0 { 0.0 } else { beta_quantiles(k, n - k + 1.0, level).0 };
    let upper = if here == all { 1.0 } else { beta_quantiles(k + 1.0, n - k, level).1 };
    let expected = n * share;
    let ratio = Estimate {
        value: Some(k / expected),
        lower: Some(lower / share),
        upper: Some(upper / share),
        n: here,
        method: CONDITIONAL_POISSON,
    };
    Some(Excess { expected, p, ratio })
}
