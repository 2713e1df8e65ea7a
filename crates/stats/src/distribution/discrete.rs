//! The binomial distribution.

use super::beta::{Odds, beta_tails};

/// `P(X ≤ k)` for X ~ Binomial(n, p).
pub(super) fn binomial_lower(k: u64, n: u64, p: f64) -> f64 {
    if k >= n {
        return 1.0;
    }
    beta_tails(k as f64 + 1.0, (n - k) as f64, Odds::of_share(p)).upper
}

/// The smallest k with `P(X ≤ k) ≥ probability`.
pub(crate) fn binomial_quantile(probability: f64, n: u64, p: f64) -> u64 {
    let (mut low, mut high) = (0, n);
    while low < high {
        let middle = low + (high - low) / 2;
        if binomial_lower(middle, n, p) >= probability {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}
