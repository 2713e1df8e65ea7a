//! What the reports have to find: one row per plant, as (report, key, what).

use std::collections::BTreeMap;
use std::io::{Result, Write};

use super::changes::{UNSUCCESSFUL, unused};
use super::problems::recorded;
use super::upcoming::upcoming;
use super::{Flaw, Plan, Records, is_friday};
use crate::simulator::catalog::Catalog;
use crate::simulator::deployments::failure_chance;
use crate::simulator::exports::{deployment_id, incident_id, name};
use crate::simulator::{Kind, Organisation};

/// Writes `planted.csv`.
pub(in crate::simulator) fn planted(organisation: &Organisation, to: &mut dyn Write) -> Result<()> {
    writeln!(to, "report,key,what")?;
    let Some(records) = &organisation.records else { return Ok(()) };
    let parts = [problems, models, paths_and_measures, reconciliation, names, risk, release];
    let rows = parts.iter().flat_map(|part| part(organisation, records));
    for (report, key, what) in rows {
        writeln!(to, "{report},{key},{what}")?;
    }
    Ok(())
}

type Row = (&'static str, String, String);

/// The recurring faults: key = service, what = how the report should call it and its incidents.
fn problems(organisation: &Organisation, records: &Records) -> Vec<Row> {
    let of = |which: usize| {
        let rows = organisation.incidents.iter().enumerate().filter(|(_, row)| row.recurrence == Some(which as u8));
        let ids: Vec<String> = rows.map(|(number, _)| incident_id(number)).collect();
        let finding = if which == 1 && recorded(organisation).is_some() { "fix did not hold" } else { "candidate" };
        (!ids.is_empty())
            .then(|| ("problem_candidates", name(organisation, records.recurring[which]), format!("{finding}: {}", ids.join(" "))))
    };
    (0..2).filter_map(of).collect()
}

/// True success of every change model with planned deployments: key = service|model|type, what = mean chance of success.
fn models(organisation: &Organisation, records: &Records) -> Vec<Row> {
    let (settings, catalog) = (&organisation.settings, Catalog::draw(&organisation.settings));
    let mut sums: BTreeMap<(u32, &str, &str), (f64, u32)> = BTreeMap::new();
    for deployment in organisation.deployments.iter().filter(|row| row.kind == Kind::Deploy) {
        let plan = Plan::draw(settings, records, deployment);
        let chance = if settings.null { 0.0 } else { records.chance(settings, deployment, failure_chance(&catalog, deployment)) };
        let sum = sums.entry((deployment.service, plan.model.name(), plan.kind)).or_default();
        *sum = (sum.0 + (1.0 - chance) * (1.0 - UNSUCCESSFUL), sum.1 + 1);
    }
    let row = |((service, model, kind), (sum, count)): ((u32, &str, &str), (f64, u32))| {
        let key = format!("{}|{model}|{kind}", name(organisation, service));
        ("standard_change_candidates", key, format!("{:.4}", sum / f64::from(count)))
    };
    sums.into_iter().map(row).collect()
}

/// What goes with failures, and what only seems to.
fn paths_and_measures(organisation: &Organisation, _: &Records) -> Vec<Row> {
    let has_effect = organisation.settings.has_effects() && organisation.settings.coverage_effect > 0.0;
    let coverage = if has_effect { "fewer failures" } else { "no effect" };
    vec![
        ("approval_paths", "cab".to_owned(), "no effect within tier and size".to_owned()),
        ("quality_association", "coverage_pct".to_owned(), coverage.to_owned()),
        ("quality_association", "complexity".to_owned(), "no effect".to_owned()),
    ]
}

/// Records that do not agree: key = deployment or change, what = the finding.
fn reconciliation(organisation: &Organisation, records: &Records) -> Vec<Row> {
    let mut rows = Vec::new();
    for (number, deployment) in organisation.deployments.iter().enumerate() {
        let flaw = Plan::draw(&organisation.settings, records, deployment).flaw.map(|flaw| match flaw {
            Flaw::NoRecord => "no_change_record",
            Flaw::OutsideWindow => "outside_window",
            Flaw::RaisedAfter => "raised_after",
            Flaw::OtherService => "other_service",
            Flaw::OtherType => "other_type",
        });
        let frozen = records.is_frozen((deployment.started_at, deployment.finished_at)).then_some("in_freeze");
        let found = flaw.into_iter().chain(frozen);
        rows.extend(found.map(|what| ("change_reconciliation", deployment_id(number as u32), what.to_owned())));
    }
    for change in unused(organisation, records) {
        let frozen = change.actual.is_some_and(|span| records.is_frozen(span)).then_some("in_freeze");
        let found = std::iter::once("no_deployment").chain(frozen);
        rows.extend(found.map(|what| ("change_reconciliation", change.id.clone(), what.to_owned())));
    }
    rows
}

fn names(organisation: &Organisation, records: &Records) -> Vec<Row> {
    records.shadow.iter().map(|service| ("unowned_services", name(organisation, *service), "unknown to the catalog".to_owned())).collect()
}

/// Planned changes: key = change, what = whether it lies in the risky part of the week.
fn risk(organisation: &Organisation, records: &Records) -> Vec<Row> {
    let what = |at: i64| if is_friday(at) && organisation.settings.has_effects() { "risky" } else { "ordinary" };
    let changes = upcoming(organisation, records).into_iter();
    changes.map(|change| ("change_risk", change.id, what(change.planned.0).to_owned())).collect()
}

/// The release that a row of incidents followed.
fn release(organisation: &Organisation, records: &Records) -> Vec<Row> {
    let Some((_, service, at)) = records.bad_release.filter(|_| organisation.settings.has_effects()) else { return Vec::new() };
    let number = organisation.deployments.iter().position(|row| row.service == service && row.finished_at == at);
    let caused = |number: usize| organisation.incidents.iter().filter(|row| row.cause == Some(number as u32)).count();
    number.map(|number| ("release_impact", deployment_id(number as u32), format!("{} incidents", caused(number)))).into_iter().collect()
}
