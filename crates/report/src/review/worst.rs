//! The service that lost most hours to change, with its incidents in the order of time.

use std::collections::BTreeMap;

use polars::prelude::PolarsResult;
use sequela_schema::result::links;

use super::Source;
use super::cases::Case;
use super::incidents::{hours, incident_cell, restored_cell, verdict_cell};
use super::parts::{Cell, Grid, Head, Line, Picture};
use crate::ReportError;
use crate::record::Record;
use crate::wording::{self, MISSING};

/// Incidents shown, those with most hours lost.
const SHOWN: usize = 30;

/// The section.
#[derive(Debug)]
pub(super) struct Worst {
    pub(super) head: Head,
    /// The line of time, where it is drawn.
    pub(super) pictures: Vec<Picture>,
    pub(super) table: Grid,
}

/// Fills the section in.
pub(super) fn section(source: &Source<'_>) -> Result<Worst, ReportError> {
    let found = worst(source);
    let title = found.as_ref().map_or_else(|| "Worst service".to_owned(), |(service, _)| format!("Worst service: {service}"));
    let finding = match &found {
        Some((service, cases)) => finding(source, service, cases),
        None if source.cases.all.is_empty() => {
            "No service can be shown: a deployment export and an incident export fill this section.".to_owned()
        }
        None if source.honesty.is_withheld() => {
            format!("No service lost hours to a change that a record or a rollback shows. {}", wording::silence_words(source.honesty))
        }
        None => format!("No service lost hours to change in {}.", source.period.short()),
    };
    let team = found.as_ref().and_then(|(_, cases)| cases.first()).map(|case| case.team.as_str()).filter(|team| !team.is_empty());
    let owner = team.map_or_else(String::new, |team| format!("{team} · "));
    let meta = format!("{owner}{} · chosen by hours lost to change, not by count", source.period.name);
    let head = Head { id: "worst", title, finding, meta, rows: vec!["incident_attribution", "deployment_outcomes"] };
    let table = found.map(|(_, cases)| grid(source, cases)).transpose()?.unwrap_or_default();
    let is_drawn = !source.honesty.is_withheld() && source.period.month.is_some() && !table.rows.is_empty();
    let pictures = if is_drawn { vec![Picture::of(&source.charts.timeline, source.context)?] } else { Vec::new() };
    Ok(Worst { head, pictures, table })
}

/// The service with most hours lost to change in the period, and its incidents.
fn worst<'a>(source: &Source<'a>) -> Option<(&'a str, Vec<&'a Case>)> {
    let mut services: BTreeMap<&str, Vec<&Case>> = BTreeMap::new();
    for case in source.cases.all.iter().filter(|case| source.period.holds(case.began) && !case.service.is_empty()) {
        services.entry(case.service.as_str()).or_default().push(case);
    }
    let lost = |cases: &[&Case]| cases.iter().map(|case| case.lost()).sum::<f64>();
    let found = services.into_iter().rev().max_by(|left, right| lost(&left.1).total_cmp(&lost(&right.1)))?;
    (lost(&found.1) > 0.0).then_some(found)
}

fn finding(source: &Source<'_>, service: &str, cases: &[&Case]) -> String {
    let deployed = source.cases.ends.iter().filter(|(name, end)| name == service && source.period.holds(Some(*end))).count() as i64;
    format!(
        "{}, {} expected from change, {} lost to change; {}.",
        wording::plural(cases.len() as i64, "incident"),
        wording::expected(cases.iter().map(|case| case.change).sum()),
        hours(cases.iter().map(|case| case.lost()).sum()),
        wording::plural(deployed, "deployment")
    )
}

fn grid(source: &Source<'_>, mut cases: Vec<&Case>) -> PolarsResult<Grid> {
    let number = cases.len();
    cases.sort_by(|left, right| right.lost().total_cmp(&left.lost()).then_with(|| left.id.cmp(&right.id)));
    cases.truncate(SHOWN);
    cases.sort_by(|left, right| left.began.cmp(&right.began).then_with(|| left.id.cmp(&right.id)));
    let heads = ["Incident", "To restore#", "Hours lost to change#", "Verdict", "Likeliest deployment", "Lag#", "Probability#"];
    let mut grid = Grid::new("Its incidents in the order of time", &heads).keyed("worst", 0, "");
    for case in &cases {
        grid.rows.push(line(source, case)?);
    }
    if number > SHOWN {
        grid.rest = format!("Showing the {SHOWN} of {number} incidents with most hours lost.");
    }
    Ok(grid)
}

fn line(source: &Source<'_>, case: &Case) -> PolarsResult<Line> {
    let incident = Record::at(&source.cases.incidents, case.incident);
    let link = case.links.first().filter(|_| case.is_listed()).map(|row| Record::at(&source.cases.links, *row));
    let (mut deployment, mut lag, mut held) = (MISSING.to_owned(), MISSING.to_owned(), MISSING.to_owned());
    if let Some(link) = link {
        deployment = link.text(&links::DEPLOYMENT_ID)?.unwrap_or_default().to_owned();
        lag = link.real(&links::LAG_SECONDS)?.map_or(lag, |lag| wording::duration(lag / 3_600.0));
        let evidence = link.text(&links::EVIDENCE)?.unwrap_or_default();
        held = wording::certainty(evidence, link.real(&links::PROBABILITY)?.unwrap_or_default());
    }
    let cells = vec![
        incident_cell(source, case, &incident)?,
        restored_cell(case),
        Cell::of(hours(case.lost())).sorted((case.lost() * 1e4).round() / 1e4),
        verdict_cell(case),
        Cell::of(deployment),
        Cell::of(lag),
        Cell::of(held),
    ];
    Ok(Line { cells, team: case.team.clone(), service: case.service.clone(), ..Line::default() })
}
