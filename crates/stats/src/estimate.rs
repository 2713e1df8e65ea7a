//! The one shape in which a figure leaves this crate: a value with its interval, its n and its method.

/// A figure with what is needed to trust it.
///
/// `value` is absent when the data do not determine it (no observations; a median that the follow-up did not reach).
/// A bound is absent when the data do not bound the figure on that side: "at least 31 h" is a lower bound without an upper.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The point estimate.
    pub value: Option<f64>,
    /// Lower end of the interval.
    pub lower: Option<f64>,
    /// Upper end of the interval.
    pub upper: Option<f64>,
    /// Number of observations behind it: trials, durations, events.
    pub n: u64,
    /// How value and interval were computed.
    pub method: &'static str,
}

impl Estimate {
    /// Nothing can be said, from `n` observations.
    pub const fn none(n: u64, method: &'static str) -> Self {
        Self { value: None, lower: None, upper: None, n, method }
    }

    /// The same figure in another unit: value and bounds times `factor`, which must be positive.
    ///
    /// ```
    /// use sequela_stats::{Level, proportion};
    /// let percent = proportion::jeffreys(2.0, 40.0, Level::default()).scaled(100.0);
    /// assert_eq!(percent.value, Some(5.0));
    /// ```
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        let times = |number: Option<f64>| number.map(|number| number * factor);
        Self { value: times(self.value), lower: times(self.lower), upper: times(self.upper), ..self }
    }

    /// Whether both ends of the interval are known.
    pub const fn is_bounded(&self) -> bool {
        self.lower.is_some() && self.upper.is_some()
    }
}

/// The probability with which an interval is meant to cover, between 0 and 1. The product shows 90 %.
///
/// ```
/// use sequela_stats::Level;
/// assert_eq!(Level::default().probability(), 0.90);
/// assert!(Level::new(95.0).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level(f64);

impl Level {
    /// 90 %.
    pub const NINETY: Self = Self(0.90);
    /// 95 %.
    pub const NINETY_FIVE: Self = Self(0.95);

    /// A level of its own choice.
    ///
    /// # Errors
    /// When `probability` does not lie strictly between 0 and 1.
    pub fn new(probability: f64) -> Result<Self, LevelError> {
        if probability > 0.0 && probability < 1.0 { Ok(Self(probability)) } else { Err(LevelError { probability }) }
    }

    /// The probability of covering.
    pub const fn probability(self) -> f64 {
        self.0
    }

    /// The probability left out on each side, `(1 − level) / 2`.
    pub const fn tail(self) -> f64 {
        (1.0 - self.0) / 2.0
    }
}

impl Default for Level {
    fn default() -> Self {
        Self::NINETY
    }
}

/// A level outside (0, 1).
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("interval level {probability} does not lie between 0 and 1")]
pub struct LevelError {
    /// What was asked for.
    pub probability: f64,
}

#[cfg(test)]
mod tests {
    use super::{Estimate, Level};

    #[test]
    fn levels_outside_the_unit_interval_are_refused() {
        for probability in [0.0, 1.0, -0.5, 90.0, f64::NAN, f64::INFINITY] {
            assert!(Level::new(probability).is_err(), "{probability}");
        }
        assert_eq!(Level::new(0.9), Ok(Level::NINETY));
    }

    #[test]
    fn scaling_leaves_the_unknown_unknown() {
        let hours = Estimate { value: Some(2.0), lower: Some(1.5), upper: None, n: 3, method: "test" };
        let minutes = hours.scaled(60.0);
        assert_eq!((minutes.value, minutes.lower, minutes.upper, minutes.n), (Some(120.0), Some(90.0), None, 3));
        assert!(!minutes.is_bounded());
    }
}
