//! A simulated organisation as the model's problem, with what truly failed.

use sequela_attribution::draws::Grouping;
use sequela_attribution::problem::Window;
use sequela_attribution::{Deployments, Factor, Fit, Incidents, Label, Problem, Relations};
use sequela_testkit::simulator::{Extent, Kind, Organisation};
use sequela_testkit::world::HOUR;

/// A problem whose answer is known.
#[derive(Debug)]
pub struct Planted {
    /// What the model is asked.
    pub problem: Problem,
    /// Which services may hurt which.
    pub relations: Relations,
    /// Team of each sorted row that a change failure rate counts: all but rollbacks.
    pub teams: Grouping,
    /// Whether each sorted row truly caused an incident.
    failed: Vec<bool>,
    /// True cause of each of the problem's incidents, as a row of the input.
    pub causes: Vec<Option<u32>>,
}

/// Deployments of a team and how many of them failed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Count {
    /// Deployments that count.
    pub deployments: f64,
    /// Of these the failed ones, or as many as are expected.
    pub failed: f64,
}

impl Count {
    /// Change failure rate; NaN without deployments.
    pub fn rate(self) -> f64 {
        self.failed / self.deployments
    }
}

impl Planted {
    /// Asks the model what the product would ask it: the factors and relations of `sequela run`, rollbacks where the records say so.
    pub fn new(truth: &Organisation) -> Self {
        let teams: Vec<Option<u32>> = truth.teams.iter().map(|team| Some(*team)).collect();
        let relations = Relations::new(&truth.consumers, &teams);
        let span = truth.span() as f64 / HOUR as f64;
        let problem = Problem::new(deployments(truth, span), incidents(truth), &relations, span, Window::default());
        let team = |row: &u32| {
            let deployment = &truth.deployments[*row as usize];
            if deployment.kind == Kind::Rollback { Grouping::NONE } else { truth.teams[deployment.service as usize] }
        };
        let teams = Grouping::new(problem.rows.iter().map(team).collect());
        let mut failed = vec![false; truth.deployments.len()];
        truth.incidents.iter().filter_map(|incident| incident.cause).for_each(|cause| failed[cause as usize] = true);
        let failed = problem.rows.iter().map(|row| failed[*row as usize]).collect();
        let causes = problem.order.iter().map(|row| truth.incidents[*row as usize].cause).collect();
        Self { problem, relations, teams, failed, causes }
    }

    /// What truly happened, by team.
    pub fn truth(&self) -> Vec<Count> {
        self.by_team(|row| f64::from(u8::from(self.failed[row])))
    }

    /// What the fit expects, by team: the sum of the probabilities that a deployment caused any incident.
    pub fn expected(&self, fit: &Fit) -> Vec<Count> {
        let failing = failing(&self.problem, fit);
        self.by_team(|row| failing[row])
    }

    fn by_team(&self, failed: impl Fn(usize) -> f64) -> Vec<Count> {
        let mut counts = vec![Count::default(); self.teams.count];
        for (row, team) in self.teams.group.iter().enumerate().filter(|(_, team)| **team != Grouping::NONE) {
            counts[*team as usize].deployments += 1.0;
            counts[*team as usize].failed += failed(row);
        }
        counts
    }
}

/// Probability of each sorted row that it caused any incident.
pub fn failing(problem: &Problem, fit: &Fit) -> Vec<f64> {
    let mut innocent = vec![0.0; problem.rows.len()];
    for incident in 0..problem.order.len() {
        for suspect in fit.expectation(problem).suspects(incident).1 {
            innocent[suspect.row as usize] += (-suspect.probability.min(1.0 - 1e-12)).ln_1p();
        }
    }
    innocent.into_iter().map(|logarithm: f64| -logarithm.exp_m1()).collect()
}

/// Hour of the week, for instants since a Monday midnight.
pub fn hour_of_week(at: i64) -> u8 {
    (at.div_euclid(HOUR).rem_euclid(168)) as u8
}

/// Class of deployments a day: each is four times as often as the one before.
pub fn frequency(per_day: f64) -> u32 {
    ((per_day.max(0.03) / 0.06).log2() / 2.0).floor().clamp(0.0, 4.0) as u32
}

fn deployments(truth: &Organisation, span: f64) -> Deployments {
    let rows = &truth.deployments;
    let mut rolled_back_at = vec![i64::MAX; rows.len()];
    for rollback in rows {
        if let Some(undone) = rollback.rolls_back {
            let first = &mut rolled_back_at[undone as usize];
            *first = rollback.finished_at.min(*first);
        }
    }
    let mut made = vec![0_u32; truth.teams.len()];
    rows.iter().for_each(|row| made[row.service as usize] += 1);
    let often: Vec<u32> = made.iter().map(|count| frequency(f64::from(*count) / (span / 24.0))).collect();
    let team = |service: u32| truth.teams[service as usize];
    let factor = |name, count, level: &dyn Fn(usize) -> u32| Factor { name, count, levels: (0..rows.len()).map(level).collect() };
    let teams = truth.teams.iter().max().map_or(0, |last| *last as usize + 1);
    Deployments {
        at: rows.iter().map(|row| row.finished_at).collect(),
        service: rows.iter().map(|row| row.service).collect(),
        rolled_back_at,
        factors: vec![
            factor("team", teams, &|row| team(rows[row].service)),
            factor("service", truth.teams.len(), &|row| rows[row].service),
            factor("size", 3, &|row| extent(rows[row].extent)),
            factor("kind", 3, &|row| kind(rows[row].kind)),
            factor("frequency", 5, &|row| often[rows[row].service as usize]),
        ],
    }
}

fn extent(extent: Extent) -> u32 {
    match extent {
        Extent::Small => 0,
        Extent::Medium => 1,
        Extent::Large => 2,
    }
}

fn kind(kind: Kind) -> u32 {
    match kind {
        Kind::Deploy => 0,
        Kind::Hotfix => 1,
        Kind::Rollback => 2,
    }
}

fn incidents(truth: &Organisation) -> Incidents {
    let rows = &truth.incidents;
    Incidents {
        at: rows.iter().map(|row| row.created_at).collect(),
        service: rows.iter().map(|row| row.service).collect(),
        hour_of_week: rows.iter().map(|row| hour_of_week(row.created_at)).collect(),
        label: rows.iter().map(|row| row.cause.filter(|_| row.is_labelled).map_or(Label::Open, Label::Deployment)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use sequela_testkit::simulator::Settings;

    use super::*;

    /// The truth counted from the organisation itself, without the problem's sorting.
    #[test]
    fn failed_deployments_are_those_that_caused_an_incident() {
        let truth = Organisation::simulate(&Settings { weeks: 8, ..Settings::regime("small", 3).unwrap() });
        let planted = Planted::new(&truth);
        for (team, count) in planted.truth().into_iter().enumerate() {
            let own = |row: &usize| truth.teams[truth.deployments[*row].service as usize] == team as u32;
            let rows: Vec<usize> =
                (0..truth.deployments.len()).filter(own).filter(|row| truth.deployments[*row].kind != Kind::Rollback).collect();
            let failed = rows.iter().filter(|row| truth.incidents.iter().any(|incident| incident.cause == Some(**row as u32)));
            assert_eq!(count, Count { deployments: rows.len() as f64, failed: failed.count() as f64 });
        }
        let total: f64 = planted.truth().iter().map(|count| count.failed).sum();
        assert!(total > 10.0, "{total}");
    }
}
