//! How good stated probabilities and rankings are, once the truth is known.
//!
//! A [`Forecast`] is a probability with what truly happened. Three things are asked of many of them: whether calling "yes" from one
//! half on finds the right ones ([`precision`], [`recall`], [`f1_score`]), whether 80 % means 80 % ([`reliability`],
//! [`expected_calibration_error`]), and both at once ([`brier_score`]). [`kendall_tau`] compares two orders. Scores that are no
//! shares get their interval from [`bootstrap`].

mod expected;
mod resampling;

pub use expected::{JACKKNIFE, Prospect, calibration_in_the_large, calibration_slope, expected_auc, expected_brier, jackknife};
pub use resampling::{BOOTSTRAP, bootstrap};

use crate::{Estimate, Level, proportion};

/// From this probability on a forecast counts as "yes".
pub const CALLED: f64 = 0.5;
/// Equal classes of probability in which a share is compared with what was stated.
pub const BINS: usize = 10;

/// A stated probability and the truth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// Stated probability, 0 to 1.
    pub probability: f64,
    /// Whether it was so.
    pub is_true: bool,
}

impl Forecast {
    fn is_called(self) -> bool {
        self.probability >= CALLED
    }

    /// Class of its probability, from 0; a probability of one belongs to the last.
    fn bin(self) -> usize {
        ((self.probability * BINS as f64) as usize).min(BINS - 1)
    }

    fn truth(self) -> f64 {
        f64::from(u8::from(self.is_true))
    }
}

/// Of the forecasts called "yes", the share that is true, with the Jeffreys interval; absent when none is called.
pub fn precision(forecasts: &[Forecast], level: Level) -> Estimate {
    share(forecasts, |one| one.is_called(), |one| one.is_true, level)
}

/// Of the true ones, the share that is called "yes", with the Jeffreys interval; absent when none is true.
///
/// ```
/// use sequela_stats::{Level, evaluation::{Forecast, recall}};
/// let forecasts = [(0.9, true), (0.2, true), (0.7, false)].map(|(probability, is_true)| Forecast { probability, is_true });
/// assert_eq!(recall(&forecasts, Level::default()).value, Some(0.5));
/// ```
pub fn recall(forecasts: &[Forecast], level: Level) -> Estimate {
    share(forecasts, |one| one.is_true, |one| one.is_called(), level)
}

fn share(forecasts: &[Forecast], of: impl Fn(Forecast) -> bool, is: impl Fn(Forecast) -> bool, level: Level) -> Estimate {
    let whole: Vec<Forecast> = forecasts.iter().copied().filter(|one| of(*one)).collect();
    let part = whole.iter().filter(|one| is(**one)).count();
    proportion::jeffreys(part as f64, whole.len() as f64, level)
}

/// The harmonic mean of precision and recall, `2 tp / (2 tp + fp + fn)`; absent when nothing is called and nothing is true.
pub fn f1_score(forecasts: &[Forecast]) -> Option<f64> {
    let count = |holds: fn(&&Forecast) -> bool| forecasts.iter().filter(holds).count() as f64;
    let called_and_true = count(|one| one.is_called() && one.is_true);
    let either = count(|one| one.is_called()) + count(|one| one.is_true);
    (either > 0.0).then(|| 2.0 * called_and_true / either)
}

/// The mean squared difference between probability and truth (Brier 1950); absent without forecasts.
pub fn brier_score(forecasts: &[Forecast]) -> Option<f64> {
    let sum: f64 = forecasts.iter().map(|one| (one.probability - one.truth()).powi(2)).sum();
    (!forecasts.is_empty()).then(|| sum / forecasts.len() as f64)
}

/// One class of probability: what was stated and what was so.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// Number of the class, from 0: it holds probabilities from `bin / BINS` up to the next class.
    pub bin: usize,
    /// Mean stated probability.
    pub mean_probability: f64,
    /// Share that is true, with the Jeffreys interval.
    pub share: Estimate,
}

/// Stated probability against the share that is true, in ten equal classes; empty classes are left out.
pub fn reliability(forecasts: &[Forecast], level: Level) -> Vec<Bin> {
    let in_bin = |bin: usize| {
        let members: Vec<Forecast> = forecasts.iter().copied().filter(|one| one.bin() == bin).collect();
        let n = members.len() as f64;
        let mean_probability = members.iter().map(|one| one.probability).sum::<f64>() / n;
        let share = proportion::jeffreys(members.iter().map(|one| one.truth()).sum(), n, level);
        (!members.is_empty()).then_some(Bin { bin, mean_probability, share })
    };
    (0..BINS).filter_map(in_bin).collect()
}

/// The expected calibration error: over ten equal classes of probability the mean of |share that is true − mean probability|,
/// weighted by size (Guo and others 2017, "On calibration of modern neural networks"). Absent without forecasts.
///
/// Few forecasts make it larger than it would be with many: [`calibration_error_by_chance`] says by how much.
pub fn expected_calibration_error(forecasts: &[Forecast]) -> Option<f64> {
    let mut surplus = [0.0; BINS];
    for one in forecasts {
        surplus[one.bin()] += one.truth() - one.probability;
    }
    let sum: f64 = surplus.iter().map(|sum| sum.abs()).sum();
    (!forecasts.is_empty()).then(|| sum / forecasts.len() as f64)
}

/// What the calibration error of these forecasts would be if every probability held: the mean of |true − expected number| in each class,
/// by the normal approximation `√(2/π · Σ p(1 − p))`, over all forecasts. Absent without forecasts.
pub fn calibration_error_by_chance(forecasts: &[Forecast]) -> Option<f64> {
    let mut variance = [0.0; BINS];
    for one in forecasts {
        variance[one.bin()] += one.probability * (1.0 - one.probability);
    }
    let sum: f64 = variance.iter().map(|variance: &f64| (std::f64::consts::FRAC_2_PI * variance).sqrt()).sum();
    (!forecasts.is_empty()).then(|| sum / forecasts.len() as f64)
}

/// Kendall's tau-a between the two values of each pair: pairs of pairs in the same order less those in the opposite order, over all
/// of them; ties count as neither. Absent with fewer than two.
pub fn kendall_tau(pairs: &[(f64, f64)]) -> Option<f64> {
    let order = |left: f64, right: f64| i64::from(left > right) - i64::from(left < right);
    let agreement = |(place, left): (usize, &(f64, f64))| -> i64 {
        pairs[place + 1..].iter().map(|right| order(left.0, right.0) * order(left.1, right.1)).sum()
    };
    let sum: i64 = pairs.iter().enumerate().map(agreement).sum();
    (pairs.len() > 1).then(|| 2.0 * sum as f64 / (pairs.len() * (pairs.len() - 1)) as f64)
}
