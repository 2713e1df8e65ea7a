//! Sums in whole numbers: the same in any order.

/// Parts of one.
const SCALE: f64 = (1_u64 << 40) as f64;

/// A number as whole parts.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "probabilities and their logarithms are far from the limits")]
pub(crate) fn parts(number: f64) -> i64 {
    (number * SCALE).round_ties_even() as i64
}

/// Whole parts as a number.
#[inline]
#[expect(clippy::cast_precision_loss, reason = "the sum was formed exactly; only its last bits are rounded")]
pub(crate) fn number(parts: i64) -> f64 {
    parts as f64 / SCALE
}

/// All of a list.
pub(crate) fn numbers(parts: &[i64]) -> Vec<f64> {
    parts.iter().map(|parts| number(*parts)).collect()
}
