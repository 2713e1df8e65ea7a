//! Survival curves of the time to restore, for charts.

use sequela_schema::TableBuilder;
use sequela_schema::result::restore_curves as out;
use sequela_schema::vocabulary::scope;
use sequela_stats::Level;
use sequela_stats::survival::KaplanMeier;

use crate::facts::{Facts, Incident};
use crate::figures::restore_observations;
use crate::scopes::Scope;

/// Below this a curve says less than the list of cases.
const MIN_INCIDENTS: usize = 5;

pub(crate) fn table(facts: &Facts, scopes: &[Scope]) -> TableBuilder {
    let mut builder = TableBuilder::new(&out::TABLE);
    for scope in scopes.iter().filter(|scope| scope.kind != scope::SERVICE) {
        let incidents: Vec<&Incident> = scope.incidents.iter().map(|&position| &facts.incidents[position as usize]).collect();
        let usable: Vec<&Incident> = incidents.into_iter().filter(|incident| incident.restore_month.is_some()).collect();
        let observations = restore_observations(&usable);
        if observations.len() >= MIN_INCIDENTS
            && let Ok(curve) = KaplanMeier::fit(&observations)
        {
            write(&mut builder, scope, &curve);
        }
    }
    builder
}

fn write(builder: &mut TableBuilder, scope: &Scope, curve: &KaplanMeier) {
    for step in curve.steps(Level::default()) {
        builder
            .row()
            .text(&out::SCOPE, scope.kind)
            .text(&out::SCOPE_ID, &scope.id)
            .real(&out::HOURS, step.time)
            .int(&out::AT_RISK, step.at_risk.round() as i64)
            .int(&out::RESTORED, step.events.round() as i64)
            .int(&out::CENSORED, step.censored.round() as i64)
            .real(&out::NOT_RESTORED, step.survival)
            .real_opt(&out::LOWER, step.lower)
            .real_opt(&out::UPPER, step.upper);
    }
}
