//! Rates of events over an exposure: incidents per week, incidents per 100 deployments.

use crate::{Estimate, Level, distribution::gamma_quantiles};

/// Name of [`rate_interval`] in `Estimate::method`.
pub const POISSON_JEFFREYS: &str = "poisson jeffreys";

/// The rate `events / exposure` of a Poisson count with the Jeffreys interval: quantiles of Gamma(events + ½) ÷ exposure.
///
/// Lower is 0 without events (Brown, Cai and DasGupta 2003, "Interval estimation in exponential families", §4). `events`
/// may be fractional (expected counts); the interval always reaches the value. `n` is the number of events.
/// It is narrower than the exact Garwood interval, whose coverage never falls below its level but lies far above it for
/// small counts.
///
/// Value and bounds are absent when `exposure` is not positive or `events` is no count. The interval is too narrow when
/// incidents come in bursts: a Poisson count has variance equal to its mean.
///
/// ```
/// use sequela_stats::{Level, count};
/// let per_week = count::rate_interval(12.0, 4.0, Level::default());
/// assert_eq!(per_week.value, Some(3.0));
/// ```
pub fn rate_interval(events: f64, exposure: f64, level: Level) -> Estimate {
    let n = events.round() as u64;
    let is_usable = events.is_finite() && events >= 0.0 && exposure.is_finite() && exposure > 0.0;
    if !is_usable {
        return Estimate::none(n, POISSON_JEFFREYS);
    }
    let (lower, upper) = gamma_quantiles(events + 0.5, level);
    let lower = if events == 0.0 { 0.0 } else { lower.min(events) };
    let per_exposure = |count: f64| Some(count / exposure);
    Estimate {
        value: per_exposure(events),
        lower: per_exposure(lower),
        upper: per_exposure(upper.max(events)),
        n,
        method: POISSON_JEFFREYS,
    }
}
