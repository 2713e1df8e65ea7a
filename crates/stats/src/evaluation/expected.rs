//! Scores of probabilities where the truth itself is only expected: an outcome of 0.3 is a failure with probability 0.3.
//!
//! With outcomes of 0 and 1 each is the usual score.

use crate::distribution::student_half_width;
use crate::logistic::{Design, fit, logit};
use crate::{Estimate, Level};

/// Name of [`jackknife`] in `Estimate::method`.
pub const JACKKNIFE: &str = "grouped jackknife";

/// A stated probability and the expected outcome.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prospect {
    /// Stated probability.
    pub probability: f64,
    /// Expected outcome, 0 to 1.
    pub outcome: f64,
}

/// The expected Brier score: mean of `(p − y)² + y (1 − y)`. Absent without observations.
pub fn expected_brier(prospects: &[Prospect]) -> Option<f64> {
    let one = |one: &Prospect| (one.probability - one.outcome).powi(2) + one.outcome * (1.0 - one.outcome);
    (!prospects.is_empty()).then(|| prospects.iter().map(one).sum::<f64>() / prospects.len() as f64)
}

/// Probability that of a failed and another sound observation the failed one was given the higher probability, ties half (area under the
/// ROC curve). Absent where no such pair is expected.
pub fn expected_auc(prospects: &[Prospect]) -> Option<f64> {
    let mut sorted = prospects.to_vec();
    sorted.sort_by(|left, right| left.probability.total_cmp(&right.probability));
    let (mut sound_below, mut ordered, mut itself) = (0.0, 0.0, 0.0);
    for tied in sorted.chunk_by(|left, right| left.probability == right.probability) {
        let failed: f64 = tied.iter().map(|one| one.outcome).sum();
        let sound = tied.len() as f64 - failed;
        // An observation is no pair with itself.
        let own: f64 = tied.iter().map(|one| one.outcome * (1.0 - one.outcome)).sum();
        ordered += failed * sound_below + 0.5 * (failed * sound - own);
        sound_below += sound;
        itself += own;
    }
    let failed: f64 = prospects.iter().map(|one| one.outcome).sum();
    let pairs = failed * (prospects.len() as f64 - failed) - itself;
    (pairs > 1e-12).then(|| ordered / pairs)
}

/// Slope of the outcomes on the log odds stated (Cox 1958): 1 where probabilities are neither too extreme (below 1) nor too timid.
pub fn calibration_slope(prospects: &[Prospect]) -> Option<f64> {
    let stated = prospects.iter().map(|one| logit(one.probability)).collect();
    fit(&Design::of(stated), &outcomes(prospects), &[], 0.0).map(|fit| fit.coefficients[1])
}

/// Calibration in the large: log odds to add to all stated ones so that as many failures are expected as there were; 0 is right.
pub fn calibration_in_the_large(prospects: &[Prospect]) -> Option<f64> {
    let stated: Vec<f64> = prospects.iter().map(|one| logit(one.probability)).collect();
    let failed: f64 = prospects.iter().map(|one| one.outcome).sum();
    let is_mixed = failed > 0.0 && failed < prospects.len() as f64;
    if !is_mixed {
        return None;
    }
    fit(&Design::default(), &outcomes(prospects), &stated, 0.0).map(|fit| fit.coefficients[0])
}

fn outcomes(prospects: &[Prospect]) -> Vec<f64> {
    prospects.iter().map(|one| one.outcome).collect()
}

/// A score with the interval of the jackknife over groups: `score` gets the group to leave out, none for all observations.
///
/// Observations of one group may depend on each other. The interval is Student's with one degree of freedom less than there are groups;
/// groups without which there is no score are left out, and with fewer than two there are no ends.
pub fn jackknife(groups: usize, n: u64, level: Level, score: impl Fn(Option<usize>) -> Option<f64>) -> Estimate {
    let Some(value) = score(None) else { return Estimate::none(n, JACKKNIFE) };
    let without: Vec<f64> = (0..groups).filter_map(|group| score(Some(group))).collect();
    let number = without.len() as f64;
    let mean = without.iter().sum::<f64>() / number;
    let variance = (number - 1.0) / number * without.iter().map(|one| (one - mean).powi(2)).sum::<f64>();
    let half = (without.len() > 1).then(|| student_half_width(number - 1.0, level) * variance.sqrt());
    Estimate { value: Some(value), lower: half.map(|half| value - half), upper: half.map(|half| value + half), n, method: JACKKNIFE }
}
