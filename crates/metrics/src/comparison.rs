//! How each team stands against the organisation over the whole range.

use sequela_schema::TableBuilder;
use sequela_schema::result::team_comparison as out;
use sequela_schema::vocabulary::scope;
use sequela_stats::comparison::{Standing, compare_draws};
use sequela_stats::survival::{KaplanMeier, Observation, each_against_rest};
use sequela_stats::{Estimate, Level, multiple};

use crate::Settings;
use crate::facts::{Facts, Incident};
use crate::figures::restore_observations;
use crate::scopes::Scope;

/// Fewer expected failures than this and no difference is called.
const MIN_FAILURES: f64 = 5.0;
/// Draws that are compared: each costs a comparison of its own.
const COMPARED: usize = 20;
/// Posterior probability beyond which a difference is called.
const SURE: f64 = 0.99;

pub(crate) fn table(facts: &Facts, scopes: &[Scope], settings: &Settings) -> TableBuilder {
    let teams: Vec<&Scope> = scopes.iter().filter(|scope| scope.kind == scope::TEAM).collect();
    let counts: Vec<(f64, f64)> = teams.iter().map(|team| failures(facts, team)).collect();
    let standings = compare_draws(&counts, &draws(facts, &teams), Level::default()).teams;
    let restores: Vec<Vec<Observation>> = teams.iter().map(|team| restores(facts, team, settings)).collect();
    let p_values = logrank(&restores);
    let mut builder = TableBuilder::new(&out::TABLE);
    for (position, team) in teams.iter().enumerate() {
        let (failures, deployments) = counts[position];
        let standing = &standings[position];
        // A team that deployed nothing has no rate, however well the prior would fill it in.
        let shrunk = if deployments > 0.0 { standing.shrunk } else { Estimate::none(0, standing.shrunk.method) };
        let median = KaplanMeier::fit(&restores[position]).ok().and_then(|curve| curve.quantile(0.5, Level::default()).value);
        builder
            .row()
            .text(&out::TEAM_ID, &team.id)
            .int(&out::DEPLOYMENTS, deployments as i64)
            .real(&out::FAILURES, failures)
            .real_opt(&out::RAW_RATE, standing.raw.value)
            .real_opt(&out::SHRUNK_RATE, shrunk.value)
            .real_opt(&out::LOWER, shrunk.lower)
            .real_opt(&out::UPPER, shrunk.upper)
            .real_opt(&out::P_WORSE_THAN_ORG, standing.p_worse_than_org.filter(|_| deployments > 0.0))
            .text_opt(&out::FUNNEL, standing.funnel.map(|funnel| funnel.as_str()))
            .real_opt(&out::RESTORE_MEDIAN_HOURS, median)
            .real_opt(&out::RESTORE_LOGRANK_P, p_values[position])
            .text(&out::VERDICT, verdict(standing, failures, deployments));
    }
    builder
}

fn failures(facts: &Facts, team: &Scope) -> (f64, f64) {
    let units = team.deployments.iter().map(|&position| &facts.deployments[position as usize]).filter(|unit| unit.is_counted);
    units.fold((0.0, 0.0), |(failures, deployments), unit| (failures + unit.p_failed, deployments + 1.0))
}

/// Failures of each team in some of the draws of a model, without the correction for links that cannot be seen: teams are compared on
/// what is seen of all of them. No draws under rules.
fn draws(facts: &Facts, teams: &[&Scope]) -> Vec<Vec<f64>> {
    let Some(visible) = &facts.visible else { return Vec::new() };
    let of_team = |team: &&Scope| {
        let counted = team.deployments.iter().map(|position| &facts.deployments[*position as usize]).filter(|unit| unit.is_counted);
        visible.counts(counted.map(|unit| unit.failed))
    };
    let counts: Vec<Vec<u32>> = teams.iter().map(of_team).collect();
    let kept = (0..visible.draws()).step_by(visible.draws().div_ceil(COMPARED).max(1));
    kept.map(|draw| counts.iter().map(|counts| f64::from(counts[draw])).collect()).collect()
}

fn restores(facts: &Facts, team: &Scope, settings: &Settings) -> Vec<Observation> {
    let incidents: Vec<&Incident> = team.incidents.iter().map(|&position| &facts.incidents[position as usize]).collect();
    let in_range: Vec<&Incident> = incidents.into_iter().filter(|incident| settings.range.contains(incident.started)).collect();
    restore_observations(&in_range)
}

/// Log-rank of each team against all others, adjusted for looking at all of them (Benjamini–Hochberg).
fn logrank(restores: &[Vec<Observation>]) -> Vec<Option<f64>> {
    let groups: Vec<&[Observation]> = restores.iter().map(Vec::as_slice).collect();
    let raw: Vec<Option<f64>> = match each_against_rest(&groups) {
        Ok(tests) => tests.into_iter().map(|test| test.p_value).collect(),
        Err(_) => vec![None; groups.len()],
    };
    let known: Vec<f64> = raw.iter().flatten().copied().collect();
    let mut adjusted = multiple::benjamini_hochberg(&known).into_iter();
    raw.into_iter().map(|p| p.and_then(|_| adjusted.next())).collect()
}

/// A team whose rate is surely above with too few failures of its own, or surely below, is told apart; others are not.
fn verdict(standing: &Standing, failures: f64, deployments: f64) -> &'static str {
    match standing.p_worse_than_org {
        Some(p) if p > SURE && failures >= MIN_FAILURES => "higher",
        Some(p) if p < 1.0 - SURE => "lower",
        Some(_) if failures >= MIN_FAILURES || deployments >= 100.0 => "no difference shown",
        _ => "too few to say",
    }
}
