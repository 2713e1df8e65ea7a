//! Logistic regression: log odds of an outcome as a weighted sum of measures.
//!
//! Ours rather than a crate's: outcomes here are expected failures between 0 and 1, calibration needs offsets, and every figure needs a
//! covariance that respects repeated measures. `linfa-logistic` 0.8 and `smartcore` 0.7 (looked at in November 2026) take classes only and
//! return coefficients only. A fit of a few dozen columns is Newton's method on a small matrix.

use crate::Level;
use crate::distribution::{Odds, beta_tails, normal_half_width, student_half_width};

/// Steps after which a fit is given up: without a penalty, outcomes that a measure separates have no finite odds.
const STEPS: usize = 60;
/// Change of a coefficient below which a fit is done.
const SETTLED: f64 = 1e-10;

/// Measures of observations: one row each, all of one width. The intercept is added by the fit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Design {
    /// Measures of a row.
    pub width: usize,
    /// Row after row.
    pub values: Vec<f64>,
}

impl Design {
    /// A design of one measure.
    pub fn of(values: Vec<f64>) -> Self {
        Self { width: 1, values }
    }

    /// Observations.
    pub fn rows(&self) -> usize {
        self.values.len() / self.width.max(1)
    }

    /// Measures of one observation.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.width..(row + 1) * self.width]
    }
}

/// Coefficients and what is needed for their intervals.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// Intercept, then one log odds ratio per measure.
    pub coefficients: Vec<f64>,
    /// Covariance of the coefficients, row after row: of independent observations the inverse of the penalised information.
    pub covariance: Vec<f64>,
    /// Clusters that the covariance rests on; none where observations count as independent.
    pub clusters: Option<usize>,
}

impl Fit {
    /// Log odds at those measures.
    pub fn log_odds(&self, measures: &[f64]) -> f64 {
        self.coefficients[0] + self.coefficients[1..].iter().zip(measures).map(|(weight, measure)| weight * measure).sum::<f64>()
    }

    /// Log odds with the ends of their interval, as far as the covariance tells.
    pub fn interval(&self, measures: &[f64], level: Level) -> (f64, f64, f64) {
        let row: Vec<f64> = std::iter::once(1.0).chain(measures.iter().copied()).collect();
        let variance: f64 = self.covariance.chunks(row.len()).zip(&row).map(|(line, weight)| weight * dot(line, &row)).sum();
        let width = self.clusters.map_or_else(|| normal_half_width(level), |clusters| student_half_width(clusters as f64 - 1.0, level));
        let (middle, half) = (self.log_odds(measures), width * variance.max(0.0).sqrt());
        (middle, middle - half, middle + half)
    }

    /// The same with the covariance of observations that depend on each other within clusters: the jackknife over clusters in one step (CR3;
    /// Bell and McCaffrey 2002), `(G − 1)/G Σ d dᵀ` with `d = (A − A_g)⁻¹ s_g`, A the penalised information and s_g the score of cluster g.
    /// Nothing with fewer than two clusters, or where one cluster alone has all variation of a measure.
    #[must_use]
    pub fn clustered(self, design: &Design, outcomes: &[f64], penalty: f64, clusters: &[usize]) -> Option<Self> {
        let size = design.width + 1;
        let mut parts = vec![(vec![0.0; size * size], vec![0.0; size]); clusters.iter().max()? + 1];
        for (row, outcome) in outcomes.iter().enumerate() {
            let p = expit(self.log_odds(design.row(row)));
            let (information, score) = &mut parts[clusters[row]];
            add(design.row(row), p * (1.0 - p), outcome - p, information, score);
        }
        parts.retain(|(information, _)| information[0] > 0.0);
        let groups = parts.len();
        let mut whole = vec![0.0; size * size];
        (1..size).for_each(|place| whole[place * size + place] = penalty);
        parts.iter().for_each(|(part, _)| whole.iter_mut().zip(part).for_each(|(sum, part)| *sum += part));
        let mut covariance = vec![0.0; size * size];
        for (part, score) in &parts {
            let rest: Vec<f64> = whole.iter().zip(part).map(|(whole, part)| whole - part).collect();
            let moved: Vec<f64> = inverse(&rest, size)?.chunks(size).map(|line| dot(line, score)).collect();
            let share = (groups as f64 - 1.0) / groups as f64;
            (0..size * size).for_each(|place| covariance[place] += share * moved[place / size] * moved[place % size]);
        }
        (groups > 1).then_some(Self { covariance, clusters: Some(groups), ..self })
    }
}

/// `1 / (1 + e⁻ˣ)`
pub fn expit(log_odds: f64) -> f64 {
    if log_odds >= 0.0 { 1.0 / (1.0 + (-log_odds).exp()) } else { log_odds.exp() / (1.0 + log_odds.exp()) }
}

/// `ln(p / (1 − p))`, of probabilities no nearer to 0 and 1 than 1e-9.
pub fn logit(probability: f64) -> f64 {
    let inside = probability.clamp(1e-9, 1.0 - 1e-9);
    (inside / (1.0 - inside)).ln()
}

/// Maximum of the likelihood less `penalty / 2` times the sum of squared coefficients, the intercept left out (ridge).
///
/// Outcomes lie between 0 and 1; `offsets` are added to the log odds and not estimated (empty = none). Nothing where the maximum does not
/// exist: no observations, outcomes that are all alike or separated by a measure, measures that repeat each other.
pub fn fit(design: &Design, outcomes: &[f64], offsets: &[f64], penalty: f64) -> Option<Fit> {
    let size = design.width + 1;
    let mut coefficients = vec![0.0; size];
    let mut best = objective(design, outcomes, offsets, penalty, &coefficients);
    for _ in 0..STEPS {
        let (information, score) = curvature(design, outcomes, offsets, penalty, &coefficients);
        let covariance = inverse(&information, size)?;
        let step: Vec<f64> = covariance.chunks(size).map(|line| dot(line, &score)).collect();
        if step.iter().all(|part| part.abs() < SETTLED) {
            return best.is_finite().then_some(Fit { coefficients, covariance, clusters: None });
        }
        (coefficients, best) = climbed(&coefficients, &step, best, |at| objective(design, outcomes, offsets, penalty, at));
    }
    None
}

/// A Newton step, halved until it does not lead down.
fn climbed(from: &[f64], step: &[f64], best: f64, objective: impl Fn(&[f64]) -> f64) -> (Vec<f64>, f64) {
    let mut length = 1.0;
    loop {
        let to: Vec<f64> = from.iter().zip(step).map(|(at, part)| at + length * part).collect();
        let found = objective(&to);
        if found >= best - 1e-9 * best.abs().max(1.0) || length < 1e-6 {
            return (to, found);
        }
        length /= 2.0;
    }
}

fn offset(offsets: &[f64], row: usize) -> f64 {
    offsets.get(row).copied().unwrap_or(0.0)
}

fn at(design: &Design, offsets: &[f64], coefficients: &[f64], row: usize) -> f64 {
    offset(offsets, row) + coefficients[0] + dot(&coefficients[1..], design.row(row))
}

fn objective(design: &Design, outcomes: &[f64], offsets: &[f64], penalty: f64, coefficients: &[f64]) -> f64 {
    let likelihood: f64 = (0..outcomes.len())
        .map(|row| {
            let log_odds = at(design, offsets, coefficients, row);
            outcomes[row] * log_odds - log_odds.max(0.0) - (-log_odds.abs()).exp().ln_1p()
        })
        .sum();
    likelihood - penalty / 2.0 * coefficients[1..].iter().map(|weight| weight * weight).sum::<f64>()
}

/// Penalised information and score.
fn curvature(design: &Design, outcomes: &[f64], offsets: &[f64], penalty: f64, coefficients: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let size = design.width + 1;
    let (mut information, mut score) = (vec![0.0; size * size], vec![0.0; size]);
    for (row, outcome) in outcomes.iter().enumerate() {
        let p = expit(at(design, offsets, coefficients, row));
        add(design.row(row), p * (1.0 - p), outcome - p, &mut information, &mut score);
    }
    for place in 1..size {
        information[place * size + place] += penalty;
        score[place] -= penalty * coefficients[place];
    }
    (information, score)
}

/// Adds `weight x xᵀ` and `surplus x`, x with a leading one.
fn add(measures: &[f64], weight: f64, surplus: f64, information: &mut [f64], score: &mut [f64]) {
    let size = measures.len() + 1;
    let part = |place: usize| if place == 0 { 1.0 } else { measures[place - 1] };
    for row in 0..size {
        let scaled = weight * part(row);
        score[row] += surplus * part(row);
        for column in 0..size {
            information[row * size + column] += scaled * part(column);
        }
    }
}

/// An odds ratio with interval and p-value, from observations in clusters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OddsRatio {
    /// Odds of the outcome per step of the measure.
    pub value: f64,
    /// Lower end of its interval.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// Two-sided p-value of a ratio of one.
    pub p_value: f64,
    /// Clusters.
    pub clusters: usize,
}

/// Name of [`odds_ratio`] as a method.
pub const ODDS_RATIO: &str = "logistic regression, cluster jackknife";

/// Odds ratio of one measure, where observations of one cluster are not independent of each other ([`Fit::clustered`]).
///
/// Interval and p-value are Student's with one degree of freedom less than there are clusters. A measure that all observations of a cluster
/// share therefore counts once per cluster, however many observations there are. Nothing with fewer than two clusters, without a finite
/// maximum, or where one cluster alone has all variation.
pub fn odds_ratio(measure: &[f64], outcomes: &[f64], clusters: &[usize], level: Level) -> Option<OddsRatio> {
    let design = Design::of(measure.to_vec());
    let fitted = fit(&design, outcomes, &[], 0.0)?.clustered(&design, outcomes, 0.0, clusters)?;
    let error = fitted.covariance[3].sqrt();
    (error > 0.0).then(|| judged(fitted.coefficients[1], error, fitted.clusters.unwrap_or_default(), level))
}

fn judged(log_ratio: f64, error: f64, clusters: usize, level: Level) -> OddsRatio {
    let degrees = clusters as f64 - 1.0;
    let half = student_half_width(degrees, level) * error;
    let square = (log_ratio / error).powi(2);
    let beyond = Odds { share: degrees / (degrees + square), complement: square / (degrees + square) };
    OddsRatio {
        value: log_ratio.exp(),
        lower: (log_ratio - half).exp(),
        upper: (log_ratio + half).exp(),
        p_value: beta_tails(degrees / 2.0, 0.5, beyond).lower,
        clusters,
    }
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

/// Inverse of a symmetric positive matrix by Cholesky; none where it is singular to working accuracy.
fn inverse(matrix: &[f64], size: usize) -> Option<Vec<f64>> {
    let mut lower = vec![0.0; size * size];
    for row in 0..size {
        for column in 0..=row {
            let before: f64 = (0..column).map(|place| lower[row * size + place] * lower[column * size + place]).sum();
            let rest = matrix[row * size + column] - before;
            if row == column {
                if !rest.is_finite() || rest <= 1e-12 * matrix[row * size + row] {
                    return None;
                }
                lower[row * size + row] = rest.sqrt();
            } else {
                lower[row * size + column] = rest / lower[column * size + column];
            }
        }
    }
    let mut result = vec![0.0; size * size];
    for column in 0..size {
        let solved = solved(&lower, size, column);
        (0..size).for_each(|row| result[row * size + column] = solved[row]);
    }
    Some(result)
}

/// The column of the inverse: forward, then backward.
fn solved(lower: &[f64], size: usize, column: usize) -> Vec<f64> {
    let mut values = vec![0.0; size];
    for row in 0..size {
        let before: f64 = (0..row).map(|place| lower[row * size + place] * values[place]).sum();
        values[row] = (f64::from(u8::from(row == column)) - before) / lower[row * size + row];
    }
    for row in (0..size).rev() {
        let after: f64 = (row + 1..size).map(|place| lower[place * size + row] * values[place]).sum();
        values[row] = (values[row] - after) / lower[row * size + row];
    }
    values
}
