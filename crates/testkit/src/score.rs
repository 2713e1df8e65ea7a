//! How near an answer comes to the planted truth.
//!
//! Incidents whose record names the cause are left out: to repeat what is written there is no achievement. The figures are those of
//! `score_org.py` of the design.

use std::collections::{BTreeMap, BTreeSet};

use csv::StringRecord;
use thiserror::Error;

/// Equal classes of probability in [`Score::calibration_error`].
const CLASSES: usize = 10;

/// What truly happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Truth {
    /// True cause of each incident whose record does not name one; empty for none.
    causes: BTreeMap<String, String>,
    /// Deployments that truly caused an incident.
    failed: BTreeSet<String>,
    /// For each team the deployments that its change failure rate counts: all but rollbacks.
    deployments: BTreeMap<String, Vec<String>>,
}

/// What a method says. What is missing counts as probability 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answers {
    /// By incident.
    pub incidents: BTreeMap<String, Answer>,
    /// Probability that a deployment caused at least one incident.
    pub failed: BTreeMap<String, f64>,
}

/// What a method says of an incident.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Probability that a deployment caused it.
    pub p_change: f64,
    /// The likeliest deployment.
    pub top: Option<String>,
}

/// Figures of merit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// Of the incidents called change-caused (probability at least ½), the share that is.
    pub precision: f64,
    /// Of the change-caused incidents, the share that is called so.
    pub recall: f64,
    /// Harmonic mean of the two.
    pub f1: f64,
    /// Of the change-caused incidents, the share whose true cause stands first.
    pub top1: f64,
    /// Expected calibration error over ten equal classes of probability.
    pub calibration_error: f64,
    /// Mean squared error of the probability.
    pub brier: f64,
    /// Mean probability: the share of incidents that the method holds to be change-caused.
    pub mean_p_change: f64,
    /// True share.
    pub share: f64,
    /// Mean absolute error of the teams' change failure rates.
    pub rate_error: f64,
    /// Mean error, positive where deployments are blamed too much.
    pub rate_bias: f64,
    /// Kendall's tau (a) between the true and the estimated order of teams; ties count as neither.
    pub tau: f64,
}

/// A table that cannot be read.
#[derive(Debug, Error)]
pub enum TableError {
    /// Not CSV.
    #[error(transparent)]
    Csv(#[from] csv::Error),
    /// A column that has to be there is not.
    #[error("there is no column {0:?}")]
    Column(&'static str),
}

/// The files of a simulated organisation, as text.
#[derive(Clone, Copy, Debug)]
pub struct Files<'a> {
    /// `truth.csv`
    pub truth: &'a str,
    /// `incidents.csv`
    pub incidents: &'a str,
    /// `deployments.csv`
    pub deployments: &'a str,
    /// `services.csv`
    pub services: &'a str,
}

impl Truth {
    /// Reads the files that `sequela simulate` writes.
    pub fn read(files: &Files<'_>) -> Result<Self, TableError> {
        let incidents = rows(files.incidents, ["incident_id", "caused_by_deployment_id"])?;
        let labelled: BTreeSet<&str> = incidents.iter().filter(|[_, label]| !label.is_empty()).map(|[id, _]| id.as_str()).collect();
        let teams: BTreeMap<String, String> = rows(files.services, ["service", "team"])?.into_iter().map(Into::into).collect();
        let mut truth = Self::default();
        for [incident, cause] in rows(files.truth, ["incident_id", "cause_deployment_id"])? {
            truth.add_incident(labelled.contains(incident.as_str()), incident, cause);
        }
        for [id, service, kind] in rows(files.deployments, ["deployment_id", "service", "kind"])? {
            if kind != "rollback" {
                truth.deployments.entry(teams.get(&service).cloned().unwrap_or_default()).or_default().push(id);
            }
        }
        Ok(truth)
    }

    /// Causes by incident, none where nothing caused it, and the deployments that count, by team.
    pub fn new(causes: impl IntoIterator<Item = (String, Option<String>)>, deployments: BTreeMap<String, Vec<String>>) -> Self {
        let mut truth = Self { deployments, ..Self::default() };
        causes.into_iter().for_each(|(incident, cause)| truth.add_incident(false, incident, cause.unwrap_or_default()));
        truth
    }

    fn add_incident(&mut self, is_labelled: bool, incident: String, cause: String) {
        if !cause.is_empty() {
            self.failed.insert(cause.clone());
        }
        if !is_labelled {
            self.causes.insert(incident, cause);
        }
    }

    /// Holds answers against the truth. Figures of nothing (no incident, no team) are 0.
    pub fn score(&self, answers: &Answers) -> Score {
        let mut score = self.score_incidents(answers);
        let rates: Vec<(f64, f64)> = self.deployments.values().map(|deployments| self.rates(deployments, answers)).collect();
        let error = |of: fn(f64) -> f64| mean(rates.iter().map(|(truth, estimate)| of(estimate - truth)));
        score.rate_error = error(f64::abs);
        score.rate_bias = error(|difference| difference);
        score.tau = kendall(&rates);
        score
    }

    fn score_incidents(&self, answers: &Answers) -> Score {
        let nothing = Answer::default();
        let judged: Vec<(&str, &Answer)> =
            self.causes.iter().map(|(id, cause)| (cause.as_str(), answers.incidents.get(id).unwrap_or(&nothing))).collect();
        let count = |holds: &dyn Fn(&str, &Answer) -> bool| judged.iter().filter(|(cause, answer)| holds(cause, answer)).count();
        let caused = count(&|cause, _| !cause.is_empty());
        let called = count(&|_, answer| answer.p_change >= 0.5);
        let rightly = count(&|cause, answer| !cause.is_empty() && answer.p_change >= 0.5);
        let first = count(&|cause, answer| !cause.is_empty() && answer.top.as_deref() == Some(cause));
        let pairs: Vec<(f64, f64)> =
            judged.iter().map(|(cause, answer)| (f64::from(u8::from(!cause.is_empty())), answer.p_change)).collect();
        Score {
            precision: ratio(rightly, called),
            recall: ratio(rightly, caused),
            f1: ratio(2 * rightly, called + caused),
            top1: ratio(first, caused),
            calibration_error: calibration_error(&pairs),
            brier: mean(pairs.iter().map(|(truth, p)| (p - truth).powi(2))),
            mean_p_change: mean(pairs.iter().map(|(_, p)| *p)),
            share: ratio(caused, judged.len()),
            ..Score::default()
        }
    }

    /// True and estimated change failure rate of a team.
    fn rates(&self, deployments: &[String], answers: &Answers) -> (f64, f64) {
        let truth = deployments.iter().filter(|id| self.failed.contains(*id)).count();
        let estimates = deployments.iter().map(|id| answers.failed.get(id).copied().unwrap_or_default());
        (ratio(truth, deployments.len()), mean(estimates))
    }
}

impl Answers {
    /// Reads the tables of a run: `incident_attribution` and `deployment_outcomes`.
    pub fn read(incident_attribution: &str, deployment_outcomes: &str) -> Result<Self, TableError> {
        let mut answers = Self::default();
        for [incident, p_change, top] in rows(incident_attribution, ["incident_id", "p_change", "top_deployment_id"])? {
            let top = Some(top).filter(|top| !top.is_empty());
            answers.incidents.insert(incident, Answer { p_change: number(&p_change), top });
        }
        for [deployment, p_failed] in rows(deployment_outcomes, ["deployment_id", "p_failed"])? {
            answers.failed.insert(deployment, number(&p_failed));
        }
        Ok(answers)
    }
}

/// An empty cell counts as 0, as the absence of an answer does.
fn number(text: &str) -> f64 {
    text.parse().unwrap_or_default()
}

/// The named columns of a table in CSV.
fn rows<const N: usize>(text: &str, columns: [&'static str; N]) -> Result<Vec<[String; N]>, TableError> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers()?.clone();
    let mut places = [0; N];
    for (place, column) in places.iter_mut().zip(columns) {
        *place = header.iter().position(|name| name == column).ok_or(TableError::Column(column))?;
    }
    let cells = |row: StringRecord| places.map(|place| row[place].to_owned());
    Ok(reader.records().map(|row| row.map(cells)).collect::<Result<_, _>>()?)
}

fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    sum / f64::from(count.max(1))
}

/// Over classes of probability: |share that is true − mean probability|, weighted by size. `pairs` are (truth, probability).
fn calibration_error(pairs: &[(f64, f64)]) -> f64 {
    let mut surplus = [0.0; CLASSES];
    for (truth, p) in pairs {
        surplus[((p * CLASSES as f64) as usize).min(CLASSES - 1)] += truth - p;
    }
    surplus.iter().map(|sum| sum.abs()).sum::<f64>() / pairs.len().max(1) as f64
}

fn kendall(pairs: &[(f64, f64)]) -> f64 {
    let order = |left: f64, right: f64| left.total_cmp(&right) as i64;
    let agreement = |(place, left): (usize, &(f64, f64))| -> i64 {
        pairs[place + 1..].iter().map(|right| order(left.0, right.0) * order(left.1, right.1)).sum()
    };
    let sum: i64 = pairs.iter().enumerate().map(agreement).sum();
    2.0 * sum as f64 / (pairs.len() * pairs.len().saturating_sub(1)).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truth(causes: &[(&str, &str)]) -> Truth {
        let mut truth = Truth::default();
        causes.iter().for_each(|(incident, cause)| truth.add_incident(false, (*incident).to_owned(), (*cause).to_owned()));
        truth
    }

    fn answer(p_change: f64, top: &str) -> Answer {
        Answer { p_change, top: Some(top.to_owned()) }
    }

    /// Three are caused, three are called so, two rightly, one of them with the right culprit.
    #[test]
    fn shares_are_those_counted_by_hand() {
        let truth = truth(&[("a", "D1"), ("b", "D2"), ("c", "D3"), ("d", ""), ("e", "")]);
        let said = [("a", answer(0.9, "D1")), ("b", answer(0.5, "D9")), ("c", answer(0.4, "D8")), ("d", answer(0.6, "D1"))];
        let incidents = said.map(|(id, answer)| (id.to_owned(), answer)).into();
        let score = truth.score(&Answers { incidents, ..Answers::default() });
        assert_eq!((score.precision, score.recall, score.f1, score.top1), (2.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0, 1.0 / 3.0));
        assert!((score.mean_p_change - 0.48).abs() < 1e-12 && (score.share - 0.6).abs() < 1e-12);
        // (0.1² + 0.5² + 0.6² + 0.6²) / 5, and (0.1 + 0.5 + 0.6 + 0.6) / 5 with one incident in each class.
        assert!((score.brier - 0.196).abs() < 1e-12 && (score.calibration_error - 0.36).abs() < 1e-12, "{score:?}");
    }

    /// Of three pairs of teams one is in order, one tied, one reversed; then two in order, one tied.
    #[test]
    fn ties_count_as_neither() {
        assert_eq!(kendall(&[(1.0, 1.0), (2.0, 2.0), (3.0, 1.0)]), 0.0);
        assert_eq!(kendall(&[(1.0, 1.0), (2.0, 2.0), (3.0, 2.0)]), 2.0 / 3.0);
        assert_eq!(kendall(&[(1.0, 1.0)]), 0.0);
    }

    #[test]
    fn nothing_scores_nothing() {
        assert_eq!(Truth::default().score(&Answers::default()), Score::default());
        assert!(matches!(Answers::read("incident_id,p\n", ""), Err(TableError::Column("p_change"))));
    }
}
