//! The association test on planted data: how often it finds what is not there, and whether it finds what is.

use rayon::prelude::*;
use sequela_attribution::association::{Association, Question};
use sequela_attribution::background::profile;
use sequela_attribution::{Deployments, Incidents, Label, Problem};
use sequela_stats::rng::{self, uniform};

use crate::planted::{Plan, Planted, hour_of_week};

const HOUR: i64 = 3_600_000_000;

/// Keeps rows of an organisation with a probability that grows with the square of time.
fn growing(mut planted: Planted, seed: u64) -> Planted {
    let whole = planted.span * HOUR as f64;
    let kept = |stream: u64, at: &[i64]| -> Vec<usize> {
        let keep = |row: &usize| uniform(rng::stream(seed, stream, *row as u64)) < (at[*row] as f64 / whole).powi(2);
        (0..at.len()).filter(keep).collect()
    };
    let deployments = kept(1, &planted.deployments.at);
    planted.deployments = Deployments {
        at: deployments.iter().map(|row| planted.deployments.at[*row]).collect(),
        service: deployments.iter().map(|row| planted.deployments.service[*row]).collect(),
        rolled_back_at: vec![i64::MAX; deployments.len()],
        factors: Vec::new(),
    };
    let mut incidents = Incidents::default();
    kept(2, &planted.incidents.at)
        .into_iter()
        .for_each(|row| push(&mut incidents, planted.incidents.at[row], planted.incidents.service[row]));
    planted.incidents = incidents;
    planted
}

fn ask(problem: &Problem, by_weeks: Option<u64>) -> Vec<Association> {
    let counted = vec![true; problem.rows.len()];
    let units: Vec<Option<u32>> = (0..problem.services as u32).map(|service| Some(service / 2)).collect();
    let question = Question { problem, counted: &counted, units: &units, count: problem.services / 2 };
    match by_weeks {
        Some(seed) => question.by_weeks(199, seed),
        None => question.by_hours(&hours(problem), hour_of_week),
    }
}

/// The fast test takes the hours of the week as the incidents show them.
fn hours(problem: &Problem) -> [f64; 168] {
    let mut counts = vec![0.0; 168];
    problem.incidents.hour_of_week.iter().for_each(|hour| counts[usize::from(*hour)] += 1.0);
    profile(&counts).try_into().unwrap()
}

/// Working hours make deployments and background meet; none of that is an effect.
fn null(seed: u64) -> Plan {
    Plan { seed, services: 40, weeks: 20, deployments: 5.0, background: 1.0, failing: 0.0, labelled: 0.0 }
}

/// Share of units below 0.05, and how many there were.
fn rejected(plan: fn(u64) -> Plan, seeds: std::ops::Range<u64>, by_weeks: bool) -> (f64, f64) {
    let of = |seed: u64| ask(&plan(seed).draw().problem(), by_weeks.then_some(seed)).iter().map(|answer| answer.p).collect::<Vec<f64>>();
    let p: Vec<f64> = seeds.into_par_iter().flat_map_iter(of).collect();
    assert!(p.iter().all(|p| *p > 0.0 && *p < 1.0));
    (p.iter().filter(|p| **p < 0.05).count() as f64 / p.len() as f64, p.len() as f64)
}

/// At most 0.05 and three binomial standard errors; mid-p of counts is a little below 0.05.
#[test]
fn null_data_are_rejected_no_more_often_than_said() {
    for by_weeks in [true, false] {
        let (share, units) = rejected(null, 0..20, by_weeks);
        println!("rejected {share:.3} of {units} null units, by weeks: {by_weeks}");
        let error = (0.05 * 0.95 / units).sqrt();
        assert!(share < 0.05 + 3.0 * error && share > 0.02, "{share}");
    }
}

/// More deployments and more incidents every month are no effect: measured 0.07 over two years, where plain permutation has 0.46.
#[test]
fn growth_is_not_taken_for_an_effect() {
    let of = |seed: u64| ask(&growing(Plan { weeks: 104, ..null(seed) }.draw(), seed).problem(), Some(seed));
    let p: Vec<f64> = (0..12).into_par_iter().flat_map_iter(of).map(|answer| answer.p).collect();
    let share = p.iter().filter(|p| **p < 0.05).count() as f64 / p.len() as f64;
    println!("rejected {share:.3} of {} growing null units", p.len());
    assert!(share < 0.05 + 5.0 * (0.05 * 0.95 / p.len() as f64).sqrt(), "{share}");
}

/// Incidents far from each other, then each seen again after 20 and after 40 minutes: the answer stays the same.
#[test]
fn chains_count_once() {
    let mut planted = null(3).draw();
    let sorted = planted.problem().incidents;
    let (mut apart, mut chained) = (Incidents::default(), Incidents::default());
    for (incident, at) in sorted.at.iter().enumerate() {
        let service = sorted.service[incident];
        if apart.service.last() == Some(&service) && apart.at.last().is_some_and(|before| at - before < 8 * HOUR) {
            continue;
        }
        push(&mut apart, *at, service);
        (0..3).for_each(|copy| push(&mut chained, at + copy * HOUR / 3, service));
    }
    planted.incidents = apart;
    let once = ask(&planted.problem(), Some(1));
    planted.incidents = chained;
    assert_eq!(once, ask(&planted.problem(), Some(1)));
    assert!(once.iter().map(|answer| answer.incidents).sum::<u32>() > 500);
}

fn push(incidents: &mut Incidents, at: i64, service: u32) {
    incidents.at.push(at);
    incidents.service.push(service);
    incidents.hour_of_week.push(hour_of_week(at));
    incidents.label.push(Label::Open);
}

#[test]
fn planted_effects_are_found() {
    let effect = |seed: u64| Plan { failing: 0.15, ..null(seed) };
    for by_weeks in [true, false] {
        let (share, units) = rejected(effect, 0..4, by_weeks);
        println!("rejected {share:.3} of {units} units with an effect, by weeks: {by_weeks}");
        assert!(share > 0.7, "{share}");
    }
    let answers = ask(&effect(1).draw().problem(), None);
    assert!(answers.iter().all(|answer| answer.q >= answer.p && answer.q <= 1.0));
    assert!(answers.iter().map(|answer| f64::from(answer.after) - answer.expected).sum::<f64>() > 20.0);
}

/// Counted by hand over every pair; and what is expected by chance is the mean over all ways to exchange weeks, each equally likely.
#[test]
fn counts_are_those_of_every_pair() {
    let problem = Plan { services: 6, weeks: 6, background: 3.0, ..Plan::default() }.draw().problem();
    let counted: Vec<bool> = (0..problem.rows.len()).map(|row| row % 3 != 0).collect();
    let units = [Some(0), Some(1), None, Some(0), Some(1), None];
    let question = Question { problem: &problem, counted: &counted, units: &units, count: 3 };
    let (by_weeks, by_hours) = (question.by_weeks(4000, 1), question.by_hours(&[1.0; 168], hour_of_week));
    let hours = 4 * HOUR;
    let is_after = |service: u32, at: i64| {
        (0..problem.rows.len())
            .any(|row| counted[row] && problem.service_of(row) == service && problem.ended[row] < at && at <= problem.ended[row] + hours)
    };
    for unit in 0..2_u32 {
        let firsts: Vec<(u32, i64)> = (0..problem.incidents.at.len())
            .filter(|incident| problem.previous[*incident].is_none() && units[problem.incidents.service[*incident] as usize] == Some(unit))
            .map(|incident| (problem.incidents.service[incident], problem.incidents.at[incident]))
            .collect();
        let after = firsts.iter().filter(|(service, at)| is_after(*service, *at)).count();
        let week = 604_800_000_000;
        let chance = |(service, at): &(u32, i64)| (0..6).filter(|to| is_after(*service, at % week + to * week)).count() as f64 / 6.0;
        let expected: f64 = firsts.iter().map(chance).sum();
        let found = by_weeks[unit as usize];
        assert_eq!((found.incidents as usize, found.after as usize), (firsts.len(), after));
        assert_eq!(by_hours[unit as usize].after, found.after);
        assert!((found.expected - expected).abs() < 0.15, "{found:?} {expected}");
    }
    assert!(by_weeks[2].p.is_nan() && by_weeks[2].q.is_nan() && by_hours[2].p.is_nan());
}

#[test]
fn any_number_of_threads_and_any_order_give_the_same() {
    let planted = null(8).draw();
    let (other, _) = planted.reordered();
    let with = |threads: usize, problem: &Problem| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| (ask(problem, Some(4)), ask(problem, None)))
    };
    let one = with(1, &planted.problem());
    assert_eq!(one, with(2, &planted.problem()));
    assert_eq!(one, with(2, &other.problem()));
}
