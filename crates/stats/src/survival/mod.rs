//! Time until service is restored, when some incidents are still open.
//!
//! An open incident is not missing: it is known to have lasted at least until the extract. Leaving open incidents out, or
//! closing them at the extract, makes recovery look faster than it is; the estimators here count them for what they say.
//! The unit of time is the caller's and comes back unchanged.
//!
//! All assume that being open at the extract has nothing to do with how long the incident will still take.

mod curve;
mod kaplan_meier;
mod log_rank;
mod solve;

pub use curve::Step;
pub use kaplan_meier::{KAPLAN_MEIER, KAPLAN_MEIER_WEIGHTED, KaplanMeier};
pub use log_rank::{LOG_RANK, LOG_RANK_REST, Test, each_against_rest, log_rank};

/// How long something has lasted, and whether it ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation {
    /// Time from start to restored, or to the extract when still open.
    pub duration: f64,
    /// Whether service was restored at `duration`; `false` means open (censored) then.
    pub restored: bool,
}

impl Observation {
    /// Restored after `duration`.
    pub const fn restored(duration: f64) -> Self {
        Self { duration, restored: true }
    }

    /// Still open after `duration`.
    pub const fn open(duration: f64) -> Self {
        Self { duration, restored: false }
    }
}

/// Observations that no survival estimate can use.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum SurvivalError {
    /// A negative, infinite or undefined duration.
    #[error("duration {duration} of observation {index} is negative or not finite")]
    Duration {
        /// Position in the input, from 0; in the group for tests of groups.
        index: usize,
        /// What was found.
        duration: f64,
    },
    /// A negative, infinite or undefined weight.
    #[error("weight {weight} of observation {index} is negative or not finite")]
    Weight {
        /// Position in the input, from 0.
        index: usize,
        /// What was found.
        weight: f64,
    },
    /// Another number of weights than of observations.
    #[error("{weights} weights for {observations} observations")]
    Lengths {
        /// Number of observations.
        observations: usize,
        /// Number of weights.
        weights: usize,
    },
}

fn check_durations(observations: &[Observation]) -> Result<(), SurvivalError> {
    let is_bad = |observation: &Observation| !(observation.duration.is_finite() && observation.duration >= 0.0);
    match observations.iter().position(is_bad) {
        Some(index) => Err(SurvivalError::Duration { index, duration: observations[index].duration }),
        None => Ok(()),
    }
}

fn check_weights(observations: &[Observation], weights: &[f64]) -> Result<(), SurvivalError> {
    if observations.len() != weights.len() {
        return Err(SurvivalError::Lengths { observations: observations.len(), weights: weights.len() });
    }
    match weights.iter().position(|weight| !(weight.is_finite() && *weight >= 0.0)) {
        Some(index) => Err(SurvivalError::Weight { index, weight: weights[index] }),
        None => Ok(()),
    }
}
