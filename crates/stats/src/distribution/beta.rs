//! The beta distribution, and mixtures of it.

use super::{Tails, invert::invert, saddle::ln_beta_factor};
use crate::Level;

/// A share and what is missing to one, each with full relative accuracy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Odds {
    pub(crate) share: f64,
    pub(crate) complement: f64,
}

impl Odds {
    pub(crate) fn of_share(share: f64) -> Self {
        Self { share, complement: 1.0 - share }
    }

    fn of_logarithm(log_odds: f64) -> Self {
        Self { share: 1.0 / (1.0 + (-log_odds).exp()), complement: 1.0 / (1.0 + log_odds.exp()) }
    }

    const fn mirrored(self) -> Self {
        Self { share: self.complement, complement: self.share }
    }
}

/// `P(X ≤ x)` and `P(X > x)` for X ~ Beta(a, b), a and b positive.
pub(crate) fn beta_tails(a: f64, b: f64, at: Odds) -> Tails {
    if at.share <= 0.0 {
        return Tails { lower: 0.0, upper: 1.0 };
    }
    if at.complement <= 0.0 {
        return Tails { lower: 1.0, upper: 0.0 };
    }
    let factor = ln_beta_factor(a, b, at.share, at.complement).exp();
    tails_with_factor(a, b, at, factor)
}

fn tails_with_factor(a: f64, b: f64, at: Odds, factor: f64) -> Tails {
    if at.share <= (a + 1.0) / (a + b + 2.0) {
        let lower = (factor * continued_fraction(a, b, at.share) / a).min(1.0);
        Tails { lower, upper: 1.0 - lower }
    } else {
        let upper = (factor * continued_fraction(b, a, at.complement) / b).min(1.0);
        Tails { lower: 1.0 - upper, upper }
    }
}

/// The continued fraction of the incomplete beta function (DLMF 8.17.22) by Lentz's method; about √max(a, b) terms.
fn continued_fraction(a: f64, b: f64, x: f64) -> f64 {
    let guarded = |value: f64| if value.abs() < f64::MIN_POSITIVE { f64::MIN_POSITIVE } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / guarded(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for term in 1..100_000 {
        let m = f64::from(term);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guarded(1.0 + even * d);
        c = guarded(1.0 + even / c);
        fraction *= c * d;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guarded(1.0 + odd * d);
        c = guarded(1.0 + odd / c);
        fraction *= c * d;
        if (c * d - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    fraction
}

/// The point with `P(X ≤ x) = probability`.
pub(crate) fn beta_lower_quantile(a: f64, b: f64, probability: f64) -> Odds {
    invert_mixture(probability, &[(1.0, a, b)])
}

/// The equal-tailed interval of Beta(a, b).
pub(crate) fn beta_quantiles(a: f64, b: f64, level: Level) -> (f64, f64) {
    let lower = beta_lower_quantile(a, b, level.tail());
    let upper = beta_lower_quantile(b, a, level.tail()).mirrored();
    (lower.share, upper.share)
}

/// The point with `P(X ≤ x) = probability` in a mixture of betas, given as (weight, a, b) with weights that sum to one.
pub(crate) fn invert_mixture(probability: f64, parts: &[(f64, f64, f64)]) -> Odds {
    let mean: f64 = parts.iter().map(|(weight, a, b)| weight * a / (a + b)).sum();
    let start = (mean / (1.0 - mean)).ln();
    let log_odds = invert(probability, start, |log_odds| {
        let at = Odds::of_logarithm(log_odds);
        parts.iter().fold((0.0, 0.0), |(tail, slope), &(weight, a, b)| {
            let factor = ln_beta_factor(a, b, at.share, at.complement).exp();
            (tail + weight * tails_with_factor(a, b, at, factor).lower, slope + weight * factor)
        })
    });
    Odds::of_logarithm(log_odds)
}
