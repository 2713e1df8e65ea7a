//! Loader's saddle-point factors: densities without cancelling log gammas.

use statrs::function::gamma::ln_gamma;

const LN_SQRT_TWO_PI: f64 = 0.918_938_533_204_672_8;

/// `ln(x^a · y^b / B(a, b))` with `y = 1 − x`; the density of the log odds of a Beta(a, b) variable.
pub(super) fn ln_beta_factor(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let n = a + b;
    stirling_error(n) - stirling_error(a) - stirling_error(b) - deviance(a, n * x) - deviance(b, n * y) - LN_SQRT_TWO_PI
        + 0.5 * (a.ln() + b.ln() - n.ln())
}

/// `ln(x^k · e^(−x) / Γ(k))`; the density of the logarithm of a Gamma(k, 1) variable.
pub(super) fn ln_gamma_factor(k: f64, x: f64) -> f64 {
    0.5 * k.ln() - LN_SQRT_TWO_PI - stirling_error(k) - deviance(k, x)
}

/// `ln Γ(n + 1)` less its Stirling approximation.
fn stirling_error(n: f64) -> f64 {
    if n <= 15.0 {
        return ln_gamma(n + 1.0) - (n + 0.5) * n.ln() + n - LN_SQRT_TWO_PI;
    }
    let square = n * n;
    let series = [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360_360.0];
    series.iter().rev().fold(0.0, |sum, term| sum / square + term) / n
}

/// `x ln(x/m) + m − x`, without cancellation when x is near m.
fn deviance(x: f64, mean: f64) -> f64 {
    if (x - mean).abs() >= 0.1 * (x + mean) {
        return x * (x / mean).ln() + mean - x;
    }
    let ratio = (x - mean) / (x + mean);
    let mut sum = (x - mean) * ratio;
    let mut power = 2.0 * x * ratio;
    for order in 1..1000 {
        power *= ratio * ratio;
        let next = sum + power / f64::from(2 * order + 1);
        if next == sum {
            break;
        }
        sum = next;
    }
    sum
}
