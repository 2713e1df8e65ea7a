//! Many tests at once: what remains of a p-value when it is the smallest of a hundred.

/// Benjamini–Hochberg adjusted p-values, in the order of the input.
///
/// `q₍ᵢ₎ = min_{j ≥ i} min(1, m p₍ⱼ₎ / j)` over the m p-values sorted ascending (Benjamini and Hochberg 1995). Calling every
/// unit with q ≤ 0.1 different makes at most a tenth of those calls false on average, when the tests are independent or
/// positively dependent. It says nothing about any single unit.
///
/// NaN stays NaN and does not count in m: a test that could not be made is no test.
///
/// ```
/// use sequela_stats::multiple::benjamini_hochberg;
/// assert_eq!(benjamini_hochberg(&[0.5, 0.01]), vec![0.5, 0.02]);
/// ```
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    adjusted(p_values, 0)
}

/// The same where more tests were made than have a p-value here: those left out count as p = 1.
///
/// Most pairs of a service and a kind of incident never occur, and each of them was looked at. Fewer `tests` than p-values are as many.
///
/// ```
/// use sequela_stats::multiple::benjamini_hochberg_among;
/// assert_eq!(benjamini_hochberg_among(&[0.01, 0.5], 4), vec![0.04, 1.0]);
/// ```
pub fn benjamini_hochberg_among(p_values: &[f64], tests: u64) -> Vec<f64> {
    adjusted(p_values, tests)
}

fn adjusted(p_values: &[f64], tests: u64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).filter(|&index| !p_values[index].is_nan()).collect();
    order.sort_by(|&left, &right| p_values[left].total_cmp(&p_values[right]));
    let tests = (order.len() as f64).max(tests as f64);
    let mut adjusted = vec![f64::NAN; p_values.len()];
    let mut smallest: f64 = 1.0;
    for (rank, &index) in order.iter().enumerate().rev() {
        // The factor first: it is at least 1, so that no adjusted value falls below its raw one by rounding.
        smallest = smallest.min(p_values[index] * (tests / (rank + 1) as f64));
        adjusted[index] = smallest;
    }
    adjusted
}
