//! The comparison of teams against its formula computed with SciPy, and against planted truth.

use sequela_stats::{
    Level,
    comparison::{Funnel, Standing, compare, compare_draws},
    rng::{stream, uniform},
};
use serde::Deserialize;

use crate::reference::{Bounds, assert_bounds, level, read};

#[derive(Deserialize)]
struct Case {
    name: String,
    teams: Vec<(f64, f64)>,
    level: f64,
    standings: Vec<Theirs>,
}

#[derive(Deserialize)]
struct Theirs {
    #[serde(flatten)]
    shrunk: Bounds,
    p_worse: f64,
    funnel: Option<String>,
}

#[test]
fn standings_agree_with_scipy() {
    let cases: Vec<Case> = read("comparison.json");
    assert_eq!(cases.len(), 18);
    for case in cases {
        let found = compare(&case.teams, level(case.level));
        assert_eq!(found.teams.len(), case.standings.len());
        for (standing, theirs) in found.teams.iter().zip(&case.standings) {
            let what = (&case.name, standing);
            assert_bounds(standing.shrunk.into(), theirs.shrunk, 1e-8, &what);
            assert!((standing.p_worse_than_org.unwrap() - theirs.p_worse).abs() <= 1e-10, "{what:?}");
            assert_eq!(standing.funnel.map(Funnel::as_str), theirs.funnel.as_deref(), "{what:?}");
        }
    }
}

#[test]
fn no_data_and_no_count_are_no_standing() {
    assert!(compare(&[], Level::default()).teams.is_empty());
    let idle = compare(&[(0.0, 0.0), (0.0, 0.0)], Level::default());
    assert_eq!(idle.organisation.value, None);
    assert!(idle.teams.iter().all(|team| team.shrunk.value.is_none() && team.p_worse_than_org.is_none() && team.funnel.is_none()));
    let bad = compare(&[(f64::NAN, 10.0), (7.0, 5.0), (-1.0, 4.0), (2.0, 50.0)], Level::default());
    assert_eq!(bad.organisation.n, 50);
    let known: Vec<bool> = bad.teams.iter().map(|team| team.shrunk.value.is_some()).collect();
    assert_eq!(known, [false, false, false, true]);
}

#[test]
fn the_order_of_teams_changes_no_bit() {
    let teams = [(2.0, 60.0), (4.5, 120.0), (38.0, 267.0), (9.0, 400.0), (0.25, 3.0)];
    let mut reversed = teams;
    reversed.reverse();
    let mut mirrored = compare(&reversed, Level::default());
    mirrored.teams.reverse();
    assert_eq!(mirrored, compare(&teams, Level::default()));
}

/// Draws that are all alike are no doubt; draws that differ widen the interval, and the order of draws changes nothing but rounding.
#[test]
fn draws_widen_what_is_compared() {
    let teams = [(6.0, 60.0), (12.0, 120.0), (30.0, 267.0), (9.0, 400.0)];
    let seen = compare(&teams, Level::default());
    let alike = vec![teams.map(|team| team.0).to_vec(); 5];
    let same = compare_draws(&teams, &alike, Level::default());
    let other = [vec![1.0, 12.0, 30.0, 9.0], vec![11.0, 12.0, 30.0, 9.0]];
    let drawn = compare_draws(&teams, &other, Level::default());
    for (left, right) in seen.teams.iter().zip(&same.teams) {
        let near = |left: Option<f64>, right: Option<f64>| (left.unwrap() - right.unwrap()).abs() < 1e-4;
        assert!(near(left.shrunk.lower, right.shrunk.lower) && near(left.p_worse_than_org, right.p_worse_than_org), "{left:?} {right:?}");
        assert_eq!(left.raw, right.raw);
    }
    let width = |team: &Standing| team.shrunk.upper.unwrap() - team.shrunk.lower.unwrap();
    assert!(width(&drawn.teams[0]) > 1.2 * width(&seen.teams[0]), "{:?}", drawn.teams[0]);
    assert_eq!(compare_draws(&teams, &[], Level::default()), seen);
}

struct World {
    rates: Vec<f64>,
    teams: Vec<(f64, f64)>,
}

/// Teams with log-uniform sizes of 20 to 500 and rates log-uniform between 2 and 20 %: not the family of the model.
fn world(number: u64, teams: u64) -> World {
    let draw = |team: u64, index: u64| uniform(stream(number, team, index));
    let rates: Vec<f64> = (0..teams).map(|team| 0.02 * 10.0_f64.powf(draw(team, 0))).collect();
    let counted = rates.iter().zip(0..).map(|(rate, team)| {
        let size = (20.0 * 25.0_f64.powf(draw(team, 1))).round();
        let failures = (0..size as u64).filter(|trial| draw(team, 2 + trial) < *rate).count();
        (failures as f64, size)
    });
    World { teams: counted.collect(), rates }
}

fn error(teams: &[Standing], rates: &[f64], rate: impl Fn(&Standing) -> Option<f64>) -> f64 {
    teams.iter().zip(rates).map(|(team, truth)| (rate(team).expect("a rate") - truth).abs()).sum()
}

/// In 100 worlds of 8 teams the 90 % intervals cover the planted rate about nine times in ten (a standard error is 0.011), and
/// shrinking is nearer the truth than the raw rate.
#[test]
fn intervals_cover_and_shrinking_helps_on_planted_rates() {
    let (mut covered, mut shrunk_error, mut raw_error) = (0, 0.0, 0.0);
    for number in 0..100 {
        let world = world(number, 8);
        let found = compare(&world.teams, Level::default()).teams;
        covered += found.iter().zip(&world.rates).filter(|(team, truth)| is_covered(team, **truth)).count();
        shrunk_error += error(&found, &world.rates, |team| team.shrunk.value);
        raw_error += error(&found, &world.rates, |team| team.raw.value);
    }
    let coverage = covered as f64 / 800.0;
    assert!((0.87..=0.94).contains(&coverage), "coverage {coverage}");
    assert!(shrunk_error < 0.9 * raw_error, "shrunk {shrunk_error}, raw {raw_error}");
}

fn is_covered(team: &Standing, truth: f64) -> bool {
    team.shrunk.lower.is_some_and(|lower| lower <= truth) && team.shrunk.upper.is_some_and(|upper| truth <= upper)
}

/// Forty teams of one rate: the chance that any is outside the 0.001 limits is below 40 · 0.002 = 0.08 per world.
#[test]
fn the_funnel_rarely_flags_a_team_when_all_are_alike() {
    let flagged = (0..100).filter(|&number| {
        let draw = |team: u64, index: u64| uniform(stream(1000 + number, team, index));
        let size = |team: u64| (20.0 * 25.0_f64.powf(draw(team, 0))).round();
        let failures = |team: u64| (0..size(team) as u64).filter(|trial| draw(team, 1 + trial) < 0.06).count() as f64;
        let teams: Vec<(f64, f64)> = (0..40).map(|team| (failures(team), size(team))).collect();
        compare(&teams, Level::default()).teams.iter().any(|team| team.funnel != Some(Funnel::Inside))
    });
    let flagged = flagged.count();
    assert!(flagged <= 15, "{flagged} of 100 worlds");
}
