//! One mixture of reverts and week-shifted copies: the model's problem, the truth, and what a method says.

use std::collections::BTreeMap;

use sequela_attribution::chains::Culprit;
use sequela_attribution::problem::Window;
use sequela_attribution::{Deployments, Factor, Incidents, Label, Problem, Relations, Settings, fit, placebo};
use sequela_stats::rng;
use sequela_testkit::score::{Answer, Answers, Score, Truth};

use super::auc::auc;
use super::read::{KINDS, Log, REVERT};
use crate::planted::{failing, frequency, hour_of_week};

const COPIES: u64 = u64::from_be_bytes(*b"logcopy.");
/// Services with fewer changes have no rate of their own in the comparison.
const LEAST_CHANGES: usize = 100;

/// How many copies of the reverts stand beside them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mix {
    /// Whether the reverts themselves are among the incidents.
    pub has_reverts: bool,
    /// Copies, each event moved by its own number of whole weeks.
    pub copies: u64,
}

/// A problem and its truth.
#[derive(Debug)]
pub struct Trial {
    /// What is asked.
    pub problem: Problem,
    relations: Relations,
    seed: u64,
    /// True cause of each of the problem's incidents, as a row of the input.
    causes: Vec<Option<u32>>,
    truth: Truth,
}

/// What a method says, by incident and by sorted row of the problem.
#[derive(Clone, Debug)]
pub struct Said {
    /// Probability that a change caused it.
    pub change: Vec<f64>,
    /// By what incidents are ranked from coincidence to caused.
    pub score: Vec<f64>,
    /// The row that is blamed first.
    pub top: Vec<Option<u32>>,
    /// Probability of each row that it caused anything.
    pub failing: Vec<f64>,
    /// Sensitivity of the model.
    pub sensitivity: &'static str,
}

impl Trial {
    /// Mixes incidents from a log. `None` where the log is too short to shift anything.
    pub fn new(log: &Log, mix: Mix, seed: u64) -> Option<Self> {
        let (deployments, rows) = deployments(log);
        let relations = Relations::new(&vec![Vec::new(); log.count], &vec![None; log.count]);
        let reverts = reverts(log);
        let alone = Problem::new(deployments, reverts.clone(), &relations, log.span(), Window::default());
        let culprit = |revert: &super::Revert| rows[revert.culprit as usize].iter().find(|(service, _)| *service == revert.service);
        let mut causes: Vec<Option<u32>> = log.reverts.iter().map(|revert| Some(culprit(revert)?.1)).collect();
        let mut incidents = reverts;
        if !mix.has_reverts {
            (causes, incidents) = (Vec::new(), Incidents::default());
        }
        for copy in 0..mix.copies {
            append(&mut incidents, placebo::shifted(&alone, rng::stream(seed, COPIES, copy))?);
        }
        causes.resize(incidents.at.len(), None);
        let problem = alone.with_incidents(incidents, &relations);
        let causes: Vec<Option<u32>> = problem.order.iter().map(|row| causes[*row as usize]).collect();
        let truth = Truth::new(causes.iter().enumerate().map(|(incident, cause)| (id(incident), cause.map(row_id))), services(log, &rows));
        Some(Self { problem, relations, seed, causes, truth })
    }

    /// The model as `sequela run` asks it: the sensitivity is chosen by placebo.
    pub fn model(&self) -> Said {
        let sensitivity = placebo::choose(&self.problem, &self.relations, Settings::default(), self.seed).sensitivity;
        self.model_with(Settings { sensitivity, ..Settings::default() })
    }

    /// The model with settings of one's own.
    pub fn model_with(&self, settings: Settings) -> Said {
        let problem = &self.problem;
        let fit = fit(problem, settings);
        let mut culprits: Vec<Culprit> = Vec::with_capacity(problem.order.len());
        for incident in 0..problem.order.len() {
            let (shares, suspects) = fit.expectation(problem).suspects(incident);
            let before = problem.previous[incident].map(|previous| culprits[previous as usize]);
            culprits.push(Culprit::of(problem, &shares, &suspects, before));
        }
        Said {
            score: fit.caused.clone(),
            top: culprits.into_iter().map(|culprit| culprit.row).collect(),
            failing: failing(problem, &fit),
            sensitivity: settings.sensitivity.label(),
            change: fit.caused,
        }
    }

    /// Holds an answer against the truth; the area under the curve beside the other figures.
    pub fn score(&self, said: &Said) -> (Score, f64) {
        let rows = &self.problem.rows;
        let answer = |incident: usize| {
            let top = said.top[incident].map(|row| row_id(rows[row as usize]));
            (id(incident), Answer { p_change: said.change[incident], top })
        };
        let failed = rows.iter().zip(&said.failing).map(|(row, failing)| (row_id(*row), *failing)).collect();
        let answers = Answers { incidents: (0..self.causes.len()).map(answer).collect(), failed };
        let ranked: Vec<(f64, bool)> = said.score.iter().zip(&self.causes).map(|(score, cause)| (*score, cause.is_some())).collect();
        (self.truth.score(&answers), auc(&ranked))
    }
}

fn id(incident: usize) -> String {
    format!("{incident:06}")
}

fn row_id(row: u32) -> String {
    row.to_string()
}

fn append(incidents: &mut Incidents, more: Incidents) {
    incidents.at.extend(more.at);
    incidents.service.extend(more.service);
    incidents.hour_of_week.extend(more.hour_of_week);
    incidents.label.extend(more.label);
}

fn reverts(log: &Log) -> Incidents {
    Incidents {
        at: log.reverts.iter().map(|revert| revert.at).collect(),
        service: log.reverts.iter().map(|revert| revert.service).collect(),
        hour_of_week: log.reverts.iter().map(|revert| hour_of_week(revert.at)).collect(),
        label: vec![Label::Open; log.reverts.len()],
    }
}

/// One row per change and service, and by change its services with their rows.
fn deployments(log: &Log) -> (Deployments, Vec<Vec<(u32, u32)>>) {
    let mut places = Vec::with_capacity(log.at.len());
    let mut changes = Vec::new();
    let mut service = Vec::new();
    for (change, services) in log.services.iter().enumerate() {
        let first = service.len() as u32;
        places.push(services.iter().copied().zip(first..).collect());
        changes.extend(vec![change; services.len()]);
        service.extend(services);
    }
    let mut made = vec![0_u32; log.count];
    service.iter().for_each(|service| made[*service as usize] += 1);
    let often = |service: u32| frequency(f64::from(made[service as usize]) / (log.span() / 24.0));
    let factor = |name, count, levels| Factor { name, count, levels };
    let of_change = |level: &dyn Fn(usize) -> u32| changes.iter().map(|change| level(*change)).collect::<Vec<u32>>();
    let factors = vec![
        factor("service", log.count, service.clone()),
        factor("size", 4, of_change(&|change| extent(log.services[change].len()))),
        factor("kind", KINDS, of_change(&|change| log.kinds[change])),
        factor("frequency", 5, service.iter().map(|service| often(*service)).collect()),
    ];
    let at = changes.iter().map(|change| log.at[*change]).collect();
    (Deployments { at, rolled_back_at: vec![i64::MAX; service.len()], service, factors }, places)
}

/// Class of a change by the number of services that it touches: one, two, up to four, more.
fn extent(services: usize) -> u32 {
    match services {
        0 | 1 => 0,
        2 => 1,
        3 | 4 => 2,
        _ => 3,
    }
}

/// Rows of the services with many changes, reverts aside, for rates.
fn services(log: &Log, rows: &[Vec<(u32, u32)>]) -> BTreeMap<String, Vec<String>> {
    let mut of: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (rows, _) in rows.iter().zip(&log.kinds).filter(|(_, kind)| **kind != REVERT) {
        rows.iter().for_each(|(service, row)| of.entry(service.to_string()).or_default().push(row_id(*row)));
    }
    of.retain(|_, rows| rows.len() >= LEAST_CHANGES);
    of
}
