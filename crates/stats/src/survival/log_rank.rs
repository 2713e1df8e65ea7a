//! Do groups differ in how long restoring takes?

use super::{Observation, SurvivalError, check_durations, solve::quadratic_form};
use crate::distribution::chi_squared_upper;

/// Name of [`log_rank`] in `Test::method`.
pub const LOG_RANK: &str = "log-rank";
/// Name of [`each_against_rest`] in `Test::method`.
pub const LOG_RANK_REST: &str = "log-rank, against the rest";

/// A test of "no difference".
///
/// Statistic and p-value are absent when the data allow no comparison: fewer than two groups, nothing restored, or all
/// restored at one instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Test {
    /// Chi-squared statistic.
    pub statistic: Option<f64>,
    /// Its degrees of freedom.
    pub degrees: u64,
    /// The probability of a statistic as large if the groups do not differ.
    pub p_value: Option<f64>,
    /// Number of observations, open ones included.
    pub n: u64,
    /// Name of the test.
    pub method: &'static str,
}

impl Test {
    fn of(statistic: Option<f64>, degrees: u64, n: u64, method: &'static str) -> Self {
        let p_value = statistic.map(|statistic| chi_squared_upper(degrees as f64, statistic));
        Self { statistic, degrees, p_value, n, method }
    }
}

/// The log-rank test of k groups (Mantel 1966; Peto and Peto 1972), as R's `survdiff`.
///
/// `(O − E)ᵀ V⁻¹ (O − E)` with E and V hypergeometric over the distinct restore times. Groups in which nothing was expected
/// (empty, or all open before the first restore) do not take part; degrees of freedom are the others less one. Time:
/// O(n log n + t k²) for t distinct times; for many groups use [`each_against_rest`].
///
/// It has little power when curves cross, and says nothing about how large a difference is.
///
/// ```
/// use sequela_stats::survival::{Observation, log_rank};
/// let fast: Vec<_> = (1..=20).map(|hour| Observation::restored(f64::from(hour))).collect();
/// let slow: Vec<_> = (1..=20).map(|hour| Observation::restored(f64::from(hour) * 4.0)).collect();
/// let test = log_rank(&[&fast, &slow])?;
/// assert_eq!(test.degrees, 1);
/// assert!(test.p_value.unwrap() < 0.001);
/// # Ok::<(), sequela_stats::survival::SurvivalError>(())
/// ```
///
/// # Errors
/// [`SurvivalError::Duration`] at the first duration that is negative or not finite.
pub fn log_rank(groups: &[&[Observation]]) -> Result<Test, SurvivalError> {
    let (size, n) = (groups.len(), total(groups));
    let mut excess = vec![0.0; size];
    let mut expected = vec![0.0; size];
    let mut covariance = vec![0.0; size * size];
    at_each_time(groups, |moment| {
        let shares: Vec<f64> = (0..size).map(|group| moment.share(group)).collect();
        for (group, share) in shares.iter().enumerate() {
            expected[group] += moment.total_events * share;
            excess[group] += moment.events[group] - moment.total_events * share;
        }
        add_covariance(&mut covariance, &shares, moment.spread());
    })?;
    let taking_part: Vec<usize> = (0..size).filter(|&group| expected[group] > 0.0).collect();
    // The excesses sum to zero, so that one group is redundant.
    let Some((_, kept)) = taking_part.split_last() else { return Ok(Test::of(None, 0, n, LOG_RANK)) };
    // Only the lower triangle is filled, and only that is read.
    let matrix = kept.iter().map(|&row| kept.iter().map(|&column| covariance[row * size + column]).collect()).collect();
    let statistic = quadratic_form(matrix, kept.iter().map(|&group| excess[group]).collect());
    Ok(Test::of(statistic, kept.len() as u64, n, LOG_RANK))
}

/// For each group the two-sample log-rank test against all other groups together, in one pass. Time: O(n log n + t k).
///
/// Many groups are many tests: adjust the p-values with [`crate::multiple::benjamini_hochberg`]. The tests are not
/// independent, since each group is part of the rest of the others.
///
/// # Errors
/// [`SurvivalError::Duration`] at the first duration that is negative or not finite.
pub fn each_against_rest(groups: &[&[Observation]]) -> Result<Vec<Test>, SurvivalError> {
    let mut excess = vec![0.0; groups.len()];
    let mut variance = vec![0.0; groups.len()];
    at_each_time(groups, |moment| {
        for group in (0..groups.len()).filter(|&group| moment.at_risk[group] > 0.0) {
            let share = moment.share(group);
            excess[group] += moment.events[group] - moment.total_events * share;
            variance[group] += moment.spread() * share * (1.0 - share);
        }
    })?;
    let n = total(groups);
    let test = |(excess, variance): (f64, f64)| Test::of((variance > 0.0).then(|| excess * excess / variance), 1, n, LOG_RANK_REST);
    Ok(excess.into_iter().zip(variance).map(test).collect())
}

/// Adds the hypergeometric covariance at one time to the lower triangle of a square matrix, kept row by row.
fn add_covariance(covariance: &mut [f64], shares: &[f64], spread: f64) {
    for (row, share) in shares.iter().enumerate().filter(|(_, share)| **share > 0.0) {
        let cells = &mut covariance[row * shares.len()..][..=row];
        for (cell, other) in cells.iter_mut().zip(shares) {
            *cell -= spread * share * other;
        }
        cells[row] += spread * share;
    }
}

fn total(groups: &[&[Observation]]) -> u64 {
    groups.iter().map(|group| group.len() as u64).sum()
}

/// The groups at one time at which something was restored.
struct Moment<'a> {
    at_risk: &'a [f64],
    events: &'a [f64],
    total_at_risk: f64,
    total_events: f64,
}

impl Moment<'_> {
    fn share(&self, group: usize) -> f64 {
        self.at_risk[group] / self.total_at_risk
    }

    /// The factor of the hypergeometric variance, `d (n − d) / (n − 1)`.
    fn spread(&self) -> f64 {
        if self.total_at_risk <= 1.0 {
            return 0.0;
        }
        self.total_events * (self.total_at_risk - self.total_events) / (self.total_at_risk - 1.0)
    }
}

fn at_each_time(groups: &[&[Observation]], mut visit: impl FnMut(&Moment<'_>)) -> Result<(), SurvivalError> {
    groups.iter().try_for_each(|group| check_durations(group))?;
    let numbered = groups.iter().enumerate();
    let mut pooled: Vec<(Observation, usize)> =
        numbered.flat_map(|(group, members)| members.iter().map(move |&one| (one, group))).collect();
    pooled.sort_by(|(left, _), (right, _)| left.duration.total_cmp(&right.duration));
    let mut at_risk: Vec<f64> = groups.iter().map(|group| group.len() as f64).collect();
    let mut total_at_risk = pooled.len() as f64;
    let mut events = vec![0.0; groups.len()];
    for ending in pooled.chunk_by(|(left, _), (right, _)| left.duration == right.duration) {
        ending.iter().filter(|(one, _)| one.restored).for_each(|&(_, group)| events[group] += 1.0);
        let total_events = ending.iter().filter(|(one, _)| one.restored).count() as f64;
        if total_events > 0.0 {
            visit(&Moment { at_risk: &at_risk, events: &events, total_at_risk, total_events });
        }
        for &(_, group) in ending {
            events[group] = 0.0;
            at_risk[group] -= 1.0;
        }
        total_at_risk -= ending.len() as f64;
    }
    Ok(())
}
