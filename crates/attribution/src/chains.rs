//! Chains of incidents: one that follows another within hours is often the same failure seen again.
//!
//! A follow-up inherits the cause of the incident before it and does not count as a further failed deployment.

use crate::expectation::{Shares, Suspect};
use crate::problem::{Problem, hours};

/// Edges of the lag to the incident before, in hours.
const EDGES: [f64; 4] = [0.0, 0.25, 1.0, 6.0];
/// Pseudo-follow-ups by bin.
const PRIOR: [f64; 3] = [5.0, 3.0, 2.0];

/// How often incidents follow another, and how soon.
#[derive(Clone, Debug)]
pub struct FollowUps {
    /// Follow-ups per incident.
    pub rate: f64,
    /// Share of them by bin of the lag.
    pub masses: [f64; 3],
}

impl Default for FollowUps {
    fn default() -> Self {
        Self { rate: 0.05, masses: [0.5, 0.3, 0.2] }
    }
}

impl FollowUps {
    /// Bin of the lag to the incident before, where this one may follow from it.
    #[inline]
    pub fn bin(&self, problem: &Problem, incident: usize) -> Option<usize> {
        let previous = problem.previous[incident]? as usize;
        let lag = hours(problem.incidents.at[incident] - problem.incidents.at[previous]);
        Some(EDGES.partition_point(|edge| *edge <= lag).saturating_sub(1).min(2))
    }

    /// Intensity at an incident, per hour.
    #[inline]
    pub fn at(&self, problem: &Problem, incident: usize) -> f64 {
        self.bin(problem, incident).map_or(0.0, |bin| self.rate * self.masses[bin] / (EDGES[bin + 1] - EDGES[bin]))
    }

    /// New values from the follow-ups expected by bin and from the incidents that could have had one.
    pub fn update(&mut self, by_bin: [f64; 3], incidents: f64) {
        let sum: f64 = by_bin.iter().sum();
        self.rate = (sum + 1.0) / (incidents + 20.0);
        let masses = [0, 1, 2].map(|bin| by_bin[bin] + PRIOR[bin]);
        let whole: f64 = masses.iter().sum();
        self.masses = masses.map(|mass| mass / whole);
    }
}

/// Probability that each incident was caused by a deployment, directly or as a follow-up. Incidents stand in the order of service and
/// time, so that the one before stands before.
pub fn caused(problem: &Problem, shares: &[Shares]) -> Vec<f64> {
    let mut caused: Vec<f64> = Vec::with_capacity(shares.len());
    for (incident, share) in shares.iter().enumerate() {
        let inherited = problem.previous[incident].map_or(0.0, |previous| share.follow_up * caused[previous as usize]);
        caused.push(share.direct + inherited);
    }
    caused
}

/// The likeliest deployment of an incident and its probability: a candidate of its own, or that of the incident before.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Culprit {
    /// Sorted row.
    pub row: Option<u32>,
    /// Probability.
    pub probability: f64,
}

impl Culprit {
    /// Of equally likely ones the newest.
    pub fn of(problem: &Problem, shares: &Shares, suspects: &[Suspect], before: Option<Self>) -> Self {
        let key = |suspect: &&Suspect| (problem.ended[suspect.row as usize], suspect.row);
        let likeliest = suspects.iter().filter(|suspect| suspect.probability > 0.0);
        let own = likeliest.max_by(|left, right| left.probability.total_cmp(&right.probability).then_with(|| key(left).cmp(&key(right))));
        let own = own.map_or_else(Self::default, |suspect| Self { row: Some(suspect.row), probability: suspect.probability });
        match before {
            Some(before) if shares.follow_up * before.probability > own.probability => {
                Self { row: before.row, probability: shares.follow_up * before.probability }
            }
            _ => own,
        }
    }
}
