//! How much levels differ from each other: the shape of a gamma distribution with mean one that their counts were drawn through.

use statrs::function::gamma::ln_gamma;

use crate::kernel::spaced;

const CANDIDATES: usize = 25;

/// The shape, among some between `lowest` and `highest`, under which counts with these expectations are likeliest
/// (negative binomial with mean E and shape k; method, section 3).
pub(crate) fn likeliest(counts: &[f64], expected: &[f64], lowest: f64, highest: f64) -> f64 {
    let known: Vec<(f64, f64)> = counts.iter().zip(expected).filter(|(_, expected)| **expected > 1e-6).map(|(n, e)| (*n, *e)).collect();
    let mut best = (f64::NEG_INFINITY, lowest);
    for shape in candidates(lowest, highest, CANDIDATES) {
        let likelihood = log_likelihood(&known, shape);
        if likelihood > best.0 {
            best = (likelihood, shape);
        }
    }
    best.1
}

/// Shapes from `lowest` to `highest`, equally far apart in their logarithms.
pub(crate) fn candidates(lowest: f64, highest: f64, count: usize) -> impl Iterator<Item = f64> {
    spaced(lowest.ln(), highest.ln(), count).into_iter().map(f64::exp)
}

/// Logarithm of the likelihood of (count, expectation) pairs, up to what does not depend on the shape.
pub(crate) fn log_likelihood(known: &[(f64, f64)], shape: f64) -> f64 {
    let own = ln_gamma(shape);
    known.iter().map(|(n, e)| ln_gamma(n + shape) - own + shape * (shape / (shape + e)).ln() + n * (e / (shape + e)).ln()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts that are what was expected ask for the largest shape; wildly different ones for a small one.
    #[test]
    fn equal_levels_have_a_large_shape() {
        assert!((likeliest(&[10.0; 20], &[10.0; 20], 2.0, 20.0) - 20.0).abs() < 1e-9);
        let wild: Vec<f64> = (0..20).map(|level| if level % 2 == 0 { 0.0 } else { 20.0 }).collect();
        assert!((likeliest(&wild, &[10.0; 20], 2.0, 20.0) - 2.0).abs() < 1e-9);
    }
}
