//! Section 5: incidents put down to a deployment, with the reason; worst severity first, then the longest to restore.

use std::collections::{HashMap, HashSet};

use polars::prelude::*;
use sequela_schema::Values;
use sequela_schema::canonical::{deployments, incidents};
use sequela_schema::result::{incident_attribution, links};
use sequela_schema::vocabulary::verdict;

use super::Source;
use super::parts::{Cell, Grid, Head};
use crate::record::Record;
use crate::wording::{self, MISSING};

/// Rows shown.
const SHOWN: usize = 12;
/// Characters of a title.
const TITLE_LENGTH: usize = 80;

/// The section.
#[derive(Debug)]
pub(super) struct Links {
    pub(super) head: Head,
    pub(super) table: Grid,
}

/// Frames that a row is put together from.
struct Tables {
    links: DataFrame,
    incidents: DataFrame,
    deployments: DataFrame,
    attribution: DataFrame,
}

/// A link with what it is sorted by: severity, then duration (open ones last long), then identifier.
struct Ranked {
    link: usize,
    incident: usize,
    attribution: usize,
    severity: i64,
    duration: i64,
}

/// Fills the section in.
pub(super) fn section(source: &Source<'_>) -> PolarsResult<Links> {
    let tables = Tables {
        links: source.frames.get(&links::TABLE),
        incidents: source.frames.get(&incidents::TABLE),
        deployments: source.frames.get(&deployments::TABLE),
        attribution: source.frames.get(&incident_attribution::TABLE),
    };
    let ranked = ranked(&tables, source.context.as_of)?;
    let heads =
        ["Incident", "Severity#", "Service and team", "Began", "Restored after#", "Deployment", "Why", "Probability#", "Other candidates#"];
    let mut table = Grid::new("Incidents put down to a deployment, worst severity first, then longest to restore", &heads);
    for entry in ranked.iter().take(SHOWN) {
        table.rows.push(cells(source, &tables, entry)?);
    }
    if ranked.len() > SHOWN {
        table.rest = format!("Showing {SHOWN} of {} incidents.", wording::thousands(ranked.len() as i64));
    }
    let meta = format!(
        "{} · {} judged · {}",
        wording::range_words(source.context.from, source.context.to, source.context.timezone),
        wording::plural(tables.attribution.height() as i64, "incident"),
        match source.context.lookback_hours {
            Some(hours) => format!("look-back {}", wording::span(hours)),
            None => "no limit of look-back".to_owned(),
        }
    );
    let finding = finding(&tables, ranked.len())?;
    let head = Head {
        number: 5,
        id: "links",
        title: "Incidents put down to a change",
        finding,
        meta,
        rows: vec!["links", "incident_attribution"],
    };
    Ok(Links { head, table })
}

fn finding(tables: &Tables, linked: usize) -> PolarsResult<String> {
    let judged = tables.attribution.height();
    if tables.incidents.height() == 0 {
        return Ok("There are no incidents: an incident export fills this section.".to_owned());
    }
    let verdicts = tables.attribution.texts(&incident_attribution::VERDICT)?;
    let caused = verdicts.iter().filter(|found| *found == Some(verdict::CHANGE)).count();
    if tables.deployments.height() == 0 && caused == 0 {
        return Ok("There are no deployments to put an incident down to: a deployment export fills this section.".to_owned());
    }
    let unclear = verdicts.iter().filter(|found| matches!(*found, Some(verdict::UNDETERMINED | verdict::INSUFFICIENT_DATA))).count();
    let verb = if caused == 1 { "is" } else { "are" };
    let judged = wording::plural(judged as i64, "incident");
    let mut text = format!("{} of {judged} {verb} put down to a change", wording::thousands(caused as i64));
    if linked < caused {
        text.push_str(&format!(", {} of them to a deployment in the data", wording::thousands(linked as i64)));
    }
    if unclear > 0 {
        text.push_str(&format!("; {} undetermined", wording::thousands(unclear as i64)));
    }
    Ok(text + ".")
}

fn rows_by_id(frame: &DataFrame, column: &sequela_schema::Column) -> PolarsResult<HashMap<String, usize>> {
    Ok(frame.texts(column)?.iter().enumerate().filter_map(|(row, id)| Some((id?.to_owned(), row))).collect())
}

fn ranked(tables: &Tables, as_of: i64) -> PolarsResult<Vec<Ranked>> {
    let incident_rows = rows_by_id(&tables.incidents, &incidents::INCIDENT_ID)?;
    let attribution_rows = rows_by_id(&tables.attribution, &incident_attribution::INCIDENT_ID)?;
    let verdicts = tables.attribution.texts(&incident_attribution::VERDICT)?;
    let (ids, ranks) = (tables.links.texts(&links::INCIDENT_ID)?, tables.links.ints(&links::RANK)?);
    let mut seen = HashSet::new();
    let mut ranked = Vec::new();
    for link in 0..tables.links.height() {
        let Some(id) = ids.get(link).filter(|_| ranks.get(link) == Some(1)) else { continue };
        let (Some(incident), Some(attribution)) = (incident_rows.get(id), attribution_rows.get(id)) else { continue };
        if verdicts.get(*attribution) != Some(verdict::CHANGE) || !seen.insert(id) {
            continue;
        }
        let record = Record::at(&tables.incidents, *incident);
        let severity = record.int(&incidents::SEVERITY)?.unwrap_or(i64::MAX);
        let began = began(&record)?.unwrap_or(as_of);
        let duration = restored(&record)?.unwrap_or(as_of) - began;
        ranked.push(Ranked { link, incident: *incident, attribution: *attribution, severity, duration });
    }
    ranked.sort_by_key(|entry| (entry.severity, std::cmp::Reverse(entry.duration), entry.incident));
    Ok(ranked)
}

fn began(record: &Record<'_>) -> PolarsResult<Option<i64>> {
    record.first_instant(&[&incidents::STARTED_AT, &incidents::DETECTED_AT, &incidents::CREATED_AT])
}

fn restored(record: &Record<'_>) -> PolarsResult<Option<i64>> {
    let ends = [record.instant(&incidents::MITIGATED_AT)?, record.instant(&incidents::RESOLVED_AT)?];
    Ok(ends.into_iter().flatten().min())
}

fn cells(source: &Source<'_>, tables: &Tables, entry: &Ranked) -> PolarsResult<Vec<Cell>> {
    let incident = Record::at(&tables.incidents, entry.incident);
    let link = Record::at(&tables.links, entry.link);
    let attribution = Record::at(&tables.attribution, entry.attribution);
    let probability = link.real(&links::PROBABILITY)?.unwrap_or_default();
    let others = attribution.int(&incident_attribution::CANDIDATES)?.unwrap_or_default() - 1;
    Ok(vec![
        incident_cell(&incident)?,
        Cell::of(incident.int(&incidents::SEVERITY)?.map_or_else(|| MISSING.to_owned(), |severity| severity.to_string())),
        service_cell(source, &incident, &attribution)?,
        began_cell(source, &incident)?,
        restored_cell(&incident, entry.duration)?,
        deployment_cell(source, tables, &link)?,
        why_cell(&link)?,
        Cell::of(wording::certainty(link.text(&links::EVIDENCE)?.unwrap_or_default(), probability)),
        Cell::of(wording::thousands(others.max(0))),
    ])
}

fn incident_cell(incident: &Record<'_>) -> PolarsResult<Cell> {
    let id = incident.first_text(&[&incidents::NUMBER, &incidents::INCIDENT_ID])?.unwrap_or_default();
    let title = wording::cut(incident.text(&incidents::TITLE)?.unwrap_or_default(), TITLE_LENGTH);
    Ok(Cell::of(id).with_remark(title).with_link(incident.text(&incidents::URL)?))
}

fn service_cell(source: &Source<'_>, incident: &Record<'_>, attribution: &Record<'_>) -> PolarsResult<Cell> {
    let service = attribution.text(&incident_attribution::SERVICE_ID)?.map(|id| source.names.service(id));
    let raw = incident.text(&incidents::SERVICE_NAME_RAW)?;
    let team = attribution.text(&incident_attribution::TEAM_ID)?.map(|id| source.names.team(id));
    Ok(Cell::of(service.or(raw).unwrap_or(MISSING)).with_remark(team.unwrap_or_default()))
}

fn began_cell(source: &Source<'_>, incident: &Record<'_>) -> PolarsResult<Cell> {
    let zone = source.context.timezone;
    Ok(began(incident)?.map_or_else(
        || Cell::of(MISSING),
        |instant| Cell::of(wording::instant_words(instant, zone)).with_hint(wording::iso_words(instant, zone)),
    ))
}

fn restored_cell(incident: &Record<'_>, duration: i64) -> PolarsResult<Cell> {
    let words = wording::duration(duration as f64 / 3.6e9);
    Ok(match restored(incident)? {
        Some(_) if duration < 0 => Cell::of(MISSING).with_remark("ends before it begins"),
        Some(_) => Cell::of(words),
        None => Cell::of("open").with_remark(format!("for {words}")),
    })
}

fn deployment_cell(source: &Source<'_>, tables: &Tables, link: &Record<'_>) -> PolarsResult<Cell> {
    let id = link.text(&links::DEPLOYMENT_ID)?.unwrap_or_default();
    let Some(deployment) = Record::with(&tables.deployments, &deployments::DEPLOYMENT_ID, id)? else { return Ok(Cell::of(id)) };
    let service = deployment.text(&deployments::SERVICE_ID)?.map(|service| source.names.service(service));
    let service = service.or(deployment.text(&deployments::SERVICE_NAME_RAW)?);
    Ok(Cell::of(id).with_remark(service.unwrap_or_default()).with_link(deployment.text(&deployments::URL)?))
}

fn why_cell(link: &Record<'_>) -> PolarsResult<Cell> {
    let relation = link.text(&links::RELATION)?.unwrap_or_default();
    let evidence = link.text(&links::EVIDENCE)?.unwrap_or_default();
    Ok(Cell::of(wording::link_words(relation, link.real(&links::LAG_SECONDS)?)).with_remark(wording::evidence_words(evidence)))
}
