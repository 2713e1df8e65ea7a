//! Whether two measures go up together: Spearman's rank correlation.

use crate::distribution::{Odds, beta_tails, normal_half_width};
use crate::{Estimate, Level};

/// Name of [`spearman`] in `Estimate::method`.
pub const SPEARMAN: &str = "Spearman";
/// Up to this many pairs the p-value counts every order; beyond, it is Student's.
const COUNTED: usize = 8;

/// A correlation and how often chance alone gives one as far from zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Correlation {
    /// From −1 to 1, with its interval.
    pub estimate: Estimate,
    /// Two-sided p-value of no association.
    pub p_value: Option<f64>,
}

/// Spearman's rank correlation of pairs: Pearson's of their ranks, ties at their mean rank.
///
/// The interval is Fisher's with the variance of Bonett and Wright (2000), `tanh(artanh r ± z √((1 + r²/2) / (n − 3)))`; it has no ends
/// for fewer than four pairs and where all pairs stand in one order, since nothing then bounds it. The p-value counts all orders of up to
/// eight pairs, and is that of Student's distribution with n − 2 degrees of freedom beyond. Nothing where a measure does not vary.
///
/// Ranks tell whether two measures rise together, not how steeply; an outlier counts as one rank.
///
/// ```
/// use sequela_stats::{Level, correlation::spearman};
/// let found = spearman(&[(1.0, 2.0), (2.0, 3.0), (3.0, 1.0), (4.0, 9.0)], Level::default());
/// assert!((found.estimate.value.unwrap() - 0.4).abs() < 1e-12);
/// ```
pub fn spearman(pairs: &[(f64, f64)], level: Level) -> Correlation {
    let left = ranks(&pairs.iter().map(|pair| pair.0).collect::<Vec<_>>());
    let right = ranks(&pairs.iter().map(|pair| pair.1).collect::<Vec<_>>());
    let n = pairs.len();
    let spread = (square_sum(&left) * square_sum(&right)).sqrt();
    if spread <= 0.0 || !spread.is_finite() {
        return Correlation { estimate: Estimate::none(n as u64, SPEARMAN), p_value: None };
    }
    let r = (product_sum(&left, &right) / spread).clamp(-1.0, 1.0);
    let ends = ends(r, n, level);
    let estimate =
        Estimate { value: Some(r), lower: ends.map(|ends| ends.0), upper: ends.map(|ends| ends.1), n: n as u64, method: SPEARMAN };
    let p_value = if n <= COUNTED { counted(&left, right) } else { student(r, n as f64) };
    Correlation { estimate, p_value: Some(p_value) }
}

fn ends(r: f64, n: usize, level: Level) -> Option<(f64, f64)> {
    let half = normal_half_width(level) * ((1.0 + r * r / 2.0) / (n.checked_sub(3)? as f64)).sqrt();
    (half.is_finite() && r.abs() < 1.0 - 1e-12).then(|| ((r.atanh() - half).tanh(), (r.atanh() + half).tanh()))
}

/// Two-sided tail of `t² = r² (n − 2) / (1 − r²)`: `1 − r²` is `ν / (ν + t²)`, which is Beta(ν/2, 1/2).
fn student(r: f64, n: f64) -> f64 {
    beta_tails((n - 2.0) / 2.0, 0.5, Odds { share: 1.0 - r * r, complement: r * r }).lower
}

/// Share of all orders whose sum of products is at least as far from zero (Heap's order of permutations).
fn counted(left: &[f64], mut right: Vec<f64>) -> f64 {
    let observed = product_sum(left, &right).abs() - 1e-9;
    let (mut far, mut all) = (u64::from(product_sum(left, &right).abs() >= observed), 1_u64);
    let mut counters = vec![0; right.len()];
    let mut place = 1;
    while place < right.len() {
        if counters[place] < place {
            right.swap(if place % 2 == 0 { 0 } else { counters[place] }, place);
            far += u64::from(product_sum(left, &right).abs() >= observed);
            all += 1;
            counters[place] += 1;
            place = 1;
        } else {
            counters[place] = 0;
            place += 1;
        }
    }
    far as f64 / all as f64
}

/// Ranks less their mean, ties at the mean of their places.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|one, other| values[*one].total_cmp(&values[*other]));
    let mut ranks = vec![0.0; values.len()];
    let middle = (values.len() as f64 - 1.0) / 2.0;
    for tied in order.chunk_by(|one, other| values[*one] == values[*other]) {
        let before = order.partition_point(|other| values[*other].total_cmp(&values[tied[0]]).is_lt() && values[*other] != values[tied[0]]);
        let rank = before as f64 + (tied.len() as f64 - 1.0) / 2.0 - middle;
        tied.iter().for_each(|index| ranks[*index] = rank);
    }
    ranks
}

fn square_sum(values: &[f64]) -> f64 {
    product_sum(values, values)
}

fn product_sum(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}
