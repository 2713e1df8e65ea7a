//! What a rollback says: a deployment that is taken back within hours of an incident is the likelier cause.
//!
//! How much likelier is learned apart for the newest deployment of the service, the older ones and those of related services: where
//! deployments are frequent, one is rolled back after almost any incident (method, sections 1 and 3).

use crate::problem::{Problem, hours};

/// Hours after an incident within which a rollback counts.
const AHEAD: f64 = 4.0;
/// Newest of the own service, others of it, related.
pub const STRATA: usize = 3;
/// Pseudo-pairs of each stratum.
const PRIOR: f64 = 10.0;

/// Likelihood ratios by stratum and by whether there was a rollback.
#[derive(Clone, Debug)]
pub struct Ratios(pub [[f64; 2]; STRATA]);

impl Default for Ratios {
    fn default() -> Self {
        Self([[0.7, 10.0]; STRATA])
    }
}

/// Stratum of a candidate.
#[inline]
pub fn stratum(relation: u8, superseded: bool) -> usize {
    match (relation, superseded) {
        (0, false) => 0,
        (0, true) => 1,
        _ => 2,
    }
}

/// Whether a sorted row was rolled back soon after the incident; `None` while that may still happen after the end of the data.
#[inline]
pub fn rolled_back(problem: &Problem, incident: usize, row: usize) -> Option<bool> {
    let at = problem.incidents.at[incident];
    let back = problem.rolled_back_at[row];
    if back == i64::MAX {
        return (problem.span - hours(at) >= AHEAD).then_some(false);
    }
    let ahead = hours(back - at);
    let soon = ahead > 0.0 && ahead <= AHEAD;
    (soon || problem.span - hours(at) >= AHEAD).then_some(soon)
}

impl Ratios {
    /// Ratio of a candidate.
    #[inline]
    pub fn of(&self, stratum: usize, mark: Option<bool>) -> f64 {
        mark.map_or(1.0, |mark| self.0[stratum][usize::from(mark)])
    }

    /// New ratios from the causes and the innocent pairs expected with each mark.
    pub fn update(&mut self, causes: &[[f64; 2]; STRATA], pairs: &[[f64; 2]; STRATA]) {
        for stratum in 0..STRATA {
            let guilty = causes[stratum];
            let innocent = [0, 1].map(|mark| pairs[stratum][mark] - guilty[mark]);
            let pooled = [0, 1].map(|mark| guilty[mark] + innocent[mark] + [0.9, 0.1][mark]);
            let whole = pooled[0] + pooled[1];
            let share = |counts: [f64; 2], mark: usize| (counts[mark] + PRIOR * pooled[mark] / whole) / (counts[0] + counts[1] + PRIOR);
            self.0[stratum] = [0, 1].map(|mark| (share(guilty, mark) / share(innocent, mark)).clamp(0.01, 100.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked by hand: 10 causes of which 5 were rolled back, 90 innocent pairs of which none was.
    #[test]
    fn ratios_of_a_small_table() {
        let mut ratios = Ratios::default();
        ratios.update(&[[5.0, 5.0]; STRATA], &[[95.0, 5.0]; STRATA]);
        let pooled = 5.1 / 101.0;
        let expected = ((5.0 + 10.0 * pooled) / 20.0) / ((0.0 + 10.0 * pooled) / 100.0);
        assert!((ratios.0[0][1] - expected).abs() < 1e-12, "{ratios:?}");
        ratios.update(&[[0.0; 2]; STRATA], &[[0.0; 2]; STRATA]);
        assert!(ratios.0.iter().flatten().all(|ratio| (ratio - 1.0).abs() < 1e-12), "no pairs, no evidence");
    }
}
