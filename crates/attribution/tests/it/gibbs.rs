//! Draws of causes against a long run of the reference, and what must hold for any draw.

use sequela_attribution::draws::{self, Grouping, VISIBLE};
use sequela_attribution::gibbs::{Sampling, sample};
use sequela_attribution::{Fit, Label, Problem, fit};
use sequela_stats::Level;
use serde::Deserialize;

use crate::organisation::{Organisation, read};
use crate::planted::Plan;

#[derive(Debug, Deserialize)]
pub(crate) struct LongRun {
    pub(crate) organisation: String,
    pub(crate) share: f64,
    teams: Vec<Summary>,
    all: Summary,
    pub(crate) placebo: Placebo,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Placebo {
    pub(crate) copies: u32,
    pub(crate) mean: f64,
    pub(crate) deviation: f64,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct Summary {
    mean: f64,
    deviation: f64,
    low: f64,
    high: f64,
    batch_mean: f64,
    batch_deviation: f64,
}

const DRAWS: usize = 300;

/// Failed deployments of a group against 20,000 draws of the reference, of which it is known how means of 1,000 vary.
fn agrees(counts: &[u32], expected: &Summary, what: &str) {
    let size = counts.len() as f64;
    let mean = counts.iter().map(|count| f64::from(*count)).sum::<f64>() / size;
    let deviation = (counts.iter().map(|count| (f64::from(*count) - mean).powi(2)).sum::<f64>() / size).sqrt();
    let mut sorted = counts.to_vec();
    sorted.sort_unstable();
    let (low, high) = (f64::from(sorted[counts.len() / 20]), f64::from(sorted[counts.len() * 19 / 20]));
    println!("{what}: {mean:.2} ± {deviation:.2} [{low}, {high}], reference {expected:?}");
    // Draws follow each other slowly: their standard error is measured, not σ/√n. The reference's own is a seventh of ours.
    let [of_mean, of_deviation] = [expected.batch_mean, expected.batch_deviation].map(|of_batch| of_batch * (1000.0 / size).sqrt());
    assert!((mean - expected.mean).abs() < 4.5 * of_mean, "{what}: mean");
    assert!((deviation - expected.deviation).abs() < 5.0 * of_deviation, "{what}: deviation");
    assert!((low - expected.low).abs() <= 1.0 + 5.0 * of_mean, "{what}: lower quantile");
    assert!((high - expected.high).abs() <= 1.0 + 5.0 * of_mean, "{what}: upper quantile");
}

#[test]
fn failed_deployments_agree_with_the_reference() {
    for run in read::<Vec<LongRun>>("intervals.json") {
        let organisation = Organisation::load(&run.organisation);
        let problem = organisation.problem();
        let fit = fit(&problem, organisation.settings());
        assert!((fit.share() - run.share).abs() < 1e-9);
        let of = |factor: &str| -> Vec<u32> { problem.rows.iter().map(|row| organisation.factors[factor][*row as usize]).collect() };
        let counted = |group: u32, kind: u32| if kind == 2 { Grouping::NONE } else { group };
        let teams: Vec<u32> = of("team").into_iter().zip(of("kind")).map(|(team, kind)| counted(team, kind)).collect();
        let whole = teams.iter().map(|team| if *team == Grouping::NONE { *team } else { 0 }).collect();
        let sampling = Sampling { sweeps: DRAWS + 50, burn_in: 50, seed: 3 };
        let drawn = draws::failures(&problem, &fit, sampling, VISIBLE, &[Grouping::new(teams), Grouping::new(whole)]);
        for (team, expected) in run.teams.iter().enumerate() {
            agrees(drawn[0].linked(team), expected, &format!("{} team {team}", run.organisation));
        }
        agrees(drawn[1].linked(0), &run.all, &run.organisation);
    }
}

fn drawn(problem: &Problem, fit: &Fit, sampling: Sampling) -> Vec<Vec<u32>> {
    let mut draws = Vec::new();
    sample(problem, fit, sampling, |drawn| draws.push(drawn.failed.clone()));
    draws
}

const FEW: Sampling = Sampling { sweeps: 12, burn_in: 2, seed: 5 };

#[test]
fn any_number_of_threads_draws_the_same() {
    let problem = Plan { services: 30, weeks: 20, ..Plan::default() }.draw().problem();
    let fit = fit(&problem, Default::default());
    let with =
        |threads: usize| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| drawn(&problem, &fit, FEW));
    let one = with(1);
    assert_eq!(one.len(), 10);
    assert_eq!(one, with(2));
    assert_ne!(one, drawn(&problem, &fit, Sampling { seed: 6, ..FEW }));
}

#[test]
fn known_causes_are_in_every_draw_and_excluded_ones_in_none() {
    let mut planted = Plan { labelled: 0.3, background: 0.0, failing: 0.1, ..Plan::default() }.draw();
    for label in planted.incidents.label.iter_mut().filter(|label| **label == Label::Open) {
        *label = Label::NotAChange;
    }
    let problem = planted.problem();
    let fit = fit(&problem, Default::default());
    let row = |label: &Label| if let Label::Deployment(row) = label { problem.sorted_row(*row) } else { None };
    let mut known: Vec<u32> = problem.incidents.label.iter().filter_map(row).map(|row| row as u32).collect();
    known.sort_unstable();
    known.dedup();
    assert!(known.len() > 10);
    assert!(drawn(&problem, &fit, FEW).iter().all(|failed| *failed == known));
}

#[test]
fn groupings_are_views_of_the_same_draws() {
    let planted = Plan::default().draw();
    let problem = planted.problem();
    let fit = fit(&problem, Default::default());
    let services: Vec<u32> = (0..problem.rows.len()).map(|row| problem.service_of(row)).collect();
    let teams: Vec<u32> = services.iter().map(|service| service % 4).collect();
    let found = draws::failures(&problem, &fit, FEW, VISIBLE, &[Grouping::new(services), Grouping::new(teams)]);
    for draw in 0..FEW.kept() {
        for team in 0..4 {
            let of_services: u32 = (team..12).step_by(4).map(|service| found[0].linked(service)[draw]).sum();
            assert_eq!(found[1].linked(team)[draw], of_services);
        }
    }
    let sizes: u32 = (0..4).map(|team| found[1].size(team)).sum();
    assert_eq!(sizes as usize, problem.rows.len());
    for team in 0..4 {
        let (realised, underlying) = (found[1].realised(team, Level::default()), found[1].underlying(team, Level::default()));
        assert!(realised.lower <= realised.value && realised.value <= realised.upper);
        assert!(underlying.lower < realised.lower && realised.upper < underlying.upper, "{realised:?} {underlying:?}");
    }
}
