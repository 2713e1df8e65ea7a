//! The gamma and chi-squared distributions.

use super::{Tails, invert::invert, saddle::ln_gamma_factor};
use crate::Level;

/// `P(X ≤ x)` and `P(X > x)` for X ~ Gamma(k, 1), k positive.
fn gamma_tails(k: f64, x: f64) -> Tails {
    if x <= 0.0 {
        return Tails { lower: 0.0, upper: 1.0 };
    }
    let factor = ln_gamma_factor(k, x).exp();
    if x < k + 1.0 {
        let lower = (factor * series(k, x)).min(1.0);
        Tails { lower, upper: 1.0 - lower }
    } else {
        let upper = (factor * continued_fraction(k, x)).min(1.0);
        Tails { lower: 1.0 - upper, upper }
    }
}

/// `Σ x^i / (k (k+1) … (k+i))` (DLMF 8.7.1).
fn series(k: f64, x: f64) -> f64 {
    let mut term = 1.0 / k;
    let mut sum = term;
    for order in 1..1_000_000 {
        term *= x / (k + f64::from(order));
        sum += term;
        if term <= sum * f64::EPSILON {
            break;
        }
    }
    sum
}

/// The continued fraction of the upper incomplete gamma function (DLMF 8.9.2) by Lentz's method.
fn continued_fraction(k: f64, x: f64) -> f64 {
    let mut b = x + 1.0 - k;
    let mut c = 1.0 / f64::MIN_POSITIVE;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for order in 1..1_000_000 {
        let i = f64::from(order);
        let a = -i * (i - k);
        b += 2.0;
        d = 1.0 / (a * d + b);
        c = b + a / c;
        fraction *= c * d;
        if (c * d - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    fraction
}

/// The equal-tailed interval of Gamma(k, 1).
pub(crate) fn gamma_quantiles(k: f64, level: Level) -> (f64, f64) {
    let lower = invert(level.tail(), k.ln(), |log| (gamma_tails(k, log.exp()).lower, ln_gamma_factor(k, log.exp()).exp()));
    let upper = -invert(level.tail(), -k.ln(), |log| (gamma_tails(k, (-log).exp()).upper, ln_gamma_factor(k, (-log).exp()).exp()));
    (lower.exp(), upper.exp())
}

/// `P(X > statistic)` for X chi-squared with that many degrees of freedom.
pub(crate) fn chi_squared_upper(degrees: f64, statistic: f64) -> f64 {
    gamma_tails(degrees / 2.0, statistic / 2.0).upper
}
