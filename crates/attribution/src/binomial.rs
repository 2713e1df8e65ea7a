//! The distribution of a sum of binomial counts with different probabilities.

/// Less than this of the largest probability is left out at both ends; even of ten million terms that is nothing.
const NEGLIGIBLE: f64 = 1e-20;

/// Probabilities of the sum, from the first count that has any.
#[derive(Clone, Debug)]
pub(crate) struct Sum {
    first: usize,
    probabilities: Vec<f64>,
}

impl Default for Sum {
    fn default() -> Self {
        Self { first: 0, probabilities: vec![1.0] }
    }
}

impl Sum {
    /// Adds an independent count of `trials` with a probability, by convolution of what is not negligible.
    pub(crate) fn plus(&self, trials: usize, probability: f64) -> Self {
        let other = binomial(trials, probability.clamp(0.0, 1.0));
        let mut probabilities = vec![0.0; self.probabilities.len() + other.probabilities.len() - 1];
        for (place, own) in self.probabilities.iter().enumerate() {
            for (sum, other) in probabilities[place..].iter_mut().zip(&other.probabilities) {
                *sum += own * other;
            }
        }
        trimmed(self.first + other.first, probabilities)
    }

    pub(crate) fn mean(&self) -> f64 {
        self.probabilities.iter().zip(self.first..).map(|(probability, count)| probability * count as f64).sum()
    }

    /// Probability of more, and half of that of as many.
    pub(crate) fn mid_p(&self, count: usize) -> f64 {
        let above: f64 =
            self.probabilities.iter().zip(self.first..).filter(|(_, sum)| *sum > count).map(|(probability, _)| probability).sum();
        let equal = count.checked_sub(self.first).and_then(|place| self.probabilities.get(place)).copied().unwrap_or(0.0);
        (above + 0.5 * equal).min(1.0)
    }
}

/// From the likeliest count outwards by ratios of neighbours, so that nothing under- or overflows.
fn binomial(trials: usize, probability: f64) -> Sum {
    if probability <= 0.0 || probability >= 1.0 || trials == 0 {
        return Sum { first: if probability >= 1.0 { trials } else { 0 }, probabilities: vec![1.0] };
    }
    let odds = probability / (1.0 - probability);
    let mode = (((trials + 1) as f64 * probability) as usize).min(trials);
    let up = |count: usize| (trials - count) as f64 / (count + 1) as f64 * odds;
    let above = ratios((mode..trials).map(up));
    let below = ratios((0..mode).rev().map(|count| 1.0 / up(count)));
    let first = mode - below.len();
    let mut probabilities: Vec<f64> = below.into_iter().rev().chain([1.0]).chain(above).collect();
    let sum: f64 = probabilities.iter().sum();
    probabilities.iter_mut().for_each(|probability| *probability /= sum);
    Sum { first, probabilities }
}

/// Products of falling ratios, as long as they are not negligible.
fn ratios(ratios: impl Iterator<Item = f64>) -> Vec<f64> {
    let products = ratios.scan(1.0, |product, ratio| {
        *product *= ratio;
        Some(*product)
    });
    products.take_while(|product| *product > NEGLIGIBLE).collect()
}

fn trimmed(first: usize, mut probabilities: Vec<f64>) -> Sum {
    let least = NEGLIGIBLE * probabilities.iter().copied().fold(0.0, f64::max);
    let skipped = probabilities.iter().take_while(|probability| **probability <= least).count();
    probabilities.drain(..skipped);
    while probabilities.last().is_some_and(|last| *last <= least) {
        probabilities.pop();
    }
    Sum { first: first + skipped, probabilities }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked by hand: two trials at 1/2 and one at 1/4 give 0, 1, 2, 3 with 3/16, 7/16, 5/16, 1/16.
    #[test]
    fn two_and_one() {
        let sum = Sum::default().plus(2, 0.5).plus(1, 0.25);
        let expected = [3.0, 7.0, 5.0, 1.0].map(|part| part / 16.0);
        assert!(sum.probabilities.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-15), "{sum:?}");
        assert!((sum.mean() - 1.25).abs() < 1e-15 && (sum.mid_p(2) - (1.0 + 2.5) / 16.0).abs() < 1e-15);
        assert!((sum.mid_p(0) - 14.5 / 16.0).abs() < 1e-15 && sum.mid_p(9) == 0.0);
    }

    /// SciPy 1.17: `binom.sf(k, n, p) + binom.pmf(k, n, p) / 2`.
    #[test]
    fn large_counts_agree_with_scipy() {
        for (trials, probability, count, expected) in SCIPY {
            let found = Sum::default().plus(trials, probability).mid_p(count);
            assert!((found - expected).abs() < 1e-10 * expected, "{trials} {probability} {count}: {found}");
            let halves = Sum::default().plus(trials / 2, probability).plus(trials - trials / 2, probability).mid_p(count);
            assert!((halves - expected).abs() < 1e-10 * expected, "{trials} {probability} {count}: {halves}");
        }
    }

    const SCIPY: [(usize, f64, usize, f64); 4] = [
        (40, 0.1, 7, 0.07070918331945743),
        (5_000, 0.02, 130, 0.0018051430385865644),
        (1_000_000, 0.3, 300_900, 0.024791439521824034),
        (200_000, 0.001, 150, 0.9998866892240975),
    ];

    #[test]
    fn certain_counts() {
        let sum = Sum::default().plus(5, 1.0).plus(3, 0.0).plus(0, 0.3);
        assert_eq!((sum.first, sum.probabilities.clone(), sum.mid_p(5)), (5, vec![1.0], 0.5));
    }
}
