//! How well a score tells two classes apart.

/// Probability that a random member of the class scores above a random other, ties half (Mann and Whitney); NaN without either.
pub(super) fn auc(scores: &[(f64, bool)]) -> f64 {
    let mut sorted = scores.to_vec();
    sorted.sort_by(|left, right| left.0.total_cmp(&right.0));
    let (mut below, mut above) = (0.0, 0.0);
    for ties in sorted.chunk_by(|left, right| left.0 == right.0) {
        let own = ties.iter().filter(|(_, is)| *is).count() as f64;
        let others = ties.len() as f64 - own;
        above += own * (below + others / 2.0);
        below += others;
    }
    above / (below * (sorted.len() as f64 - below))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: of the four pairs two are in order, one tied, one reversed.
    #[test]
    fn ties_count_half() {
        assert_eq!(auc(&[(0.9, true), (0.5, true), (0.5, false), (0.7, false)]), 0.625);
        assert!(auc(&[(0.9, true)]).is_nan());
    }
}
