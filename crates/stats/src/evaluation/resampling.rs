//! Intervals by resampling, for scores that have no formula of their own.

use rayon::prelude::*;

use crate::rng::{stream, uniform};
use crate::{Estimate, Level, sample};

/// Name of [`bootstrap`] in `Estimate::method`.
pub const BOOTSTRAP: &str = "basic bootstrap";
/// Samples drawn.
const REPLICATES: u64 = 2_000;

/// A score between 0 and 1 of `n` observations, with the basic bootstrap interval: twice the score less the quantiles of the scores of
/// 2,000 samples drawn with replacement (Davison and Hinkley 1997, "Bootstrap methods and their application", §5.2), cut at 0 and 1.
///
/// Unlike quantiles of the samples themselves it undoes a bias of the score, which matters for the calibration error: where that is
/// truly 0.05, the 90 % interval covers it in 75 % of samples of 150 and in 85 % of 400, quantiles in 1 % and 11 % (measured).
///
/// `score` gets the places of a sample's observations, each below `n`; samples for which it has no value are left out. The same seed
/// gives the same bits for any number of threads. One observation gives a score without bounds.
///
/// ```
/// use sequela_stats::{Level, evaluation::bootstrap};
/// let errors = [0.1, 0.4, 0.2, 0.3, 0.2];
/// let mean = bootstrap(errors.len(), 1, Level::default(), |places| Some(places.iter().map(|place| errors[*place]).sum::<f64>() / 5.0));
/// assert!(mean.lower < mean.value && mean.value < mean.upper);
/// ```
pub fn bootstrap(n: usize, seed: u64, level: Level, score: impl Fn(&[usize]) -> Option<f64> + Sync) -> Estimate {
    let all: Vec<usize> = (0..n).collect();
    let Some(value) = score(&all).filter(|value| value.is_finite()) else { return Estimate::none(n as u64, BOOTSTRAP) };
    let draw = |replicate: u64| -> Vec<usize> {
        let place = |index: u64| (uniform(stream(seed, replicate, index)) * n as f64) as usize;
        (0..n as u64).map(|index| place(index).min(n - 1)).collect()
    };
    let scores: Vec<f64> = (0..REPLICATES).into_par_iter().filter_map(|replicate| score(&draw(replicate))).collect();
    let reflected = |q: f64| sample::quantile(&scores, q).filter(|_| n > 1).map(|at| (2.0 * value - at).clamp(0.0, 1.0));
    let (lower, upper) = (reflected(1.0 - level.tail()), reflected(level.tail()));
    // The bias of a score may exceed its spread: the interval is widened to reach the value.
    let (lower, upper) = (lower.map(|lower| lower.min(value)), upper.map(|upper| upper.max(value)));
    Estimate { value: Some(value), lower, upper, n: n as u64, method: BOOTSTRAP }
}
