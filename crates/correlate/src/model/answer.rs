//! What the fitted model says, by incident and by deployment.

use std::collections::HashMap;

use sequela_attribution::chains::Culprit;
use sequela_attribution::expectation::Suspect;
use sequela_attribution::{Fit, Problem};
use sequela_schema::vocabulary::relation;

use super::Model;
use super::question::Question;

/// Suspects are listed until they hold this share of what all of them hold.
const LISTED_SHARE: f64 = 0.8;
const LISTED: usize = 10;

/// What the model says about one incident.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attributed {
    /// Probability that a change caused it, chains included.
    pub(crate) change: f64,
    /// Probability that it follows from the incident before.
    pub(crate) follow_up: f64,
    /// Likeliest deployment, service and probability; it may be that of the incident before.
    pub(crate) culprit: Option<(u32, u32, f64)>,
    /// Likeliest deployments, the first few that hold most of the blame.
    pub(crate) suspects: Vec<Ranked>,
    /// Deployments within the look-back.
    pub(crate) candidates: u32,
}

/// One suspect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ranked {
    pub(crate) deployment: u32,
    pub(crate) service: u32,
    pub(crate) relation: &'static str,
    pub(crate) lag_hours: f64,
    pub(crate) probability: f64,
    pub(crate) rolled_back: bool,
}

/// Reads probabilities off the fit, incident by incident in the order of service and time.
pub(super) fn read(question: &Question, problem: &Problem, fit: &Fit, model: &mut Model) {
    let mut innocent: HashMap<(u32, u32), f64> = HashMap::new();
    let mut culprits: Vec<Culprit> = Vec::with_capacity(problem.order.len());
    for (sorted, row) in problem.order.iter().enumerate() {
        let (shares, suspects) = fit.expectation(problem).suspects(sorted);
        let before = problem.previous[sorted].map(|previous| culprits[previous as usize]);
        let culprit = Culprit::of(problem, &shares, &suspects, before);
        culprits.push(culprit);
        for suspect in suspects.iter().filter(|suspect| suspect.probability > 0.0) {
            *innocent.entry(origin(question, problem, suspect.row)).or_insert(0.0) += (-suspect.probability.min(1.0 - 1e-12)).ln_1p();
        }
        let of_culprit = |row: u32| {
            let (deployment, service) = origin(question, problem, row);
            (deployment, service, culprit.probability)
        };
        model.incidents[question.incidents[*row as usize] as usize] = Some(Attributed {
            change: fit.caused[sorted],
            follow_up: shares.follow_up,
            culprit: culprit.row.map(of_culprit),
            candidates: suspects.len() as u32,
            suspects: ranked(question, problem, suspects, model.least_listed),
        });
    }
    model.failed = innocent.into_iter().map(|(key, logarithm)| (key, -logarithm.exp_m1())).collect();
    for (sorted, expected) in fit.expected.iter().enumerate() {
        *model.expected.entry(origin(question, problem, sorted as u32)).or_insert(0.0) += expected;
    }
}

fn origin(question: &Question, problem: &Problem, sorted: u32) -> (u32, u32) {
    question.rows[problem.rows[sorted as usize] as usize]
}

/// The likeliest first, of equally likely ones the newest; one entry per deployment, and `least` of them where there are so many.
fn ranked(question: &Question, problem: &Problem, mut suspects: Vec<Suspect>, least: usize) -> Vec<Ranked> {
    let key = |suspect: &Suspect| (problem.ended[suspect.row as usize], suspect.row);
    suspects.sort_by(|left, right| right.probability.total_cmp(&left.probability).then_with(|| key(right).cmp(&key(left))));
    let enough = LISTED_SHARE * suspects.iter().map(|suspect| suspect.probability).sum::<f64>();
    let mut held = 0.0;
    let mut listed: Vec<Ranked> = Vec::new();
    for suspect in suspects {
        let (deployment, service) = origin(question, problem, suspect.row);
        if (held >= enough || listed.len() >= LISTED) && listed.len() >= least || suspect.probability <= 0.0 {
            break;
        }
        held += suspect.probability;
        match listed.iter_mut().find(|ranked| ranked.deployment == deployment) {
            Some(ranked) => ranked.probability += suspect.probability,
            None => listed.push(Ranked {
                deployment,
                service,
                relation: if suspect.outside { relation::ASSERTED } else { word(suspect.relation) },
                lag_hours: suspect.lag,
                probability: suspect.probability,
                rolled_back: suspect.rolled_back == Some(true),
            }),
        }
    }
    listed
}

fn word(relation: u8) -> &'static str {
    match relation {
        0 => relation::SAME_SERVICE,
        1 => relation::DEPENDS_ON,
        2 => relation::TWO_HOPS,
        _ => relation::SAME_TEAM,
    }
}
