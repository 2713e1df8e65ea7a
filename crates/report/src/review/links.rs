//! Section 5: incidents put down to a deployment, with the reason; worst severity first, then the longest to restore.

use std::collections::HashMap;

use polars::prelude::*;
use sequela_schema::Values;
use sequela_schema::canonical::{deployments, incidents};
use sequela_schema::result::{incident_attribution, links};
use sequela_schema::vocabulary::{evidence, verdict};

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
    /// What probabilities are for; empty where links follow records and rules.
    pub(super) caution: String,
}

/// Frames that a row is put together from.
struct Tables {
    links: DataFrame,
    incidents: DataFrame,
    deployments: DataFrame,
    attribution: DataFrame,
    /// Row of the first link of each incident.
    first: HashMap<String, usize>,
    /// Under the model: how many deployments hold most of the blame of each incident, and what they hold together.
    sets: HashMap<String, (usize, f64)>,
}

impl Tables {
    fn read(source: &Source<'_>) -> PolarsResult<Self> {
        let mut tables = Self {
            links: source.frames.get(&links::TABLE),
            incidents: source.frames.get(&incidents::TABLE),
            deployments: source.frames.get(&deployments::TABLE),
            attribution: source.frames.get(&incident_attribution::TABLE),
            first: HashMap::new(),
            sets: HashMap::new(),
        };
        let (ids, ranks) = (tables.links.texts(&links::INCIDENT_ID)?, tables.links.ints(&links::RANK)?);
        let probabilities = tables.links.reals(&links::PROBABILITY)?;
        let (mut first, mut sets) = (HashMap::new(), HashMap::new());
        for link in 0..tables.links.height() {
            let Some(id) = ids.get(link) else { continue };
            if ranks.get(link) == Some(1) {
                first.entry(id.to_owned()).or_insert(link);
            }
            if source.honesty.is_model() {
                let set = sets.entry(id.to_owned()).or_insert((0, 0.0));
                *set = (set.0 + 1, set.1 + probabilities.get(link).unwrap_or_default());
            }
        }
        (tables.first, tables.sets) = (first, sets);
        Ok(tables)
    }
}

/// A link with what it is sorted by: severity, then duration (open ones last long), then identifier.
struct Ranked {
    /// The likeliest of its own deployments; absent where it only follows from another incident.
    link: Option<usize>,
    incident: usize,
    attribution: usize,
    severity: i64,
    duration: i64,
}

/// Fills the section in.
pub(super) fn section(source: &Source<'_>) -> PolarsResult<Links> {
    let tables = Tables::read(source)?;
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
            _ if source.honesty.is_model() => format!("look-back {}", wording::model_window()),
            Some(hours) => format!("look-back {}", wording::span(hours)),
            None => "no limit of look-back".to_owned(),
        }
    );
    let finding = finding(source, &tables, ranked.len())?;
    let caution = if source.honesty.is_model() && !source.honesty.is_withheld() { wording::caution() } else { String::new() };
    let head = Head {
        number: 5,
        id: "links",
        title: "Incidents put down to a change",
        finding,
        meta,
        rows: vec!["links", "incident_attribution"],
    };
    Ok(Links { head, table, caution })
}

fn finding(source: &Source<'_>, tables: &Tables, linked: usize) -> PolarsResult<String> {
    let judged = tables.attribution.height();
    if tables.incidents.height() == 0 {
        return Ok("There are no incidents: an incident export fills this section.".to_owned());
    }
    let verdicts = tables.attribution.texts(&incident_attribution::VERDICT)?;
    let caused = verdicts.iter().filter(|found| *found == Some(verdict::CHANGE)).count();
    if tables.deployments.height() == 0 && caused == 0 {
        return Ok("There are no deployments to put an incident down to: a deployment export fills this section.".to_owned());
    }
    if source.honesty.is_withheld() {
        return Ok(format!(
            "{} of {} {} put down to a change by a record or a rollback. {}",
            wording::thousands(caused as i64),
            wording::plural(judged as i64, "incident"),
            if caused == 1 { "is" } else { "are" },
            wording::silence_words(source.honesty)
        ));
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
    let verdicts = tables.attribution.texts(&incident_attribution::VERDICT)?;
    let (ids, tops) = (
        tables.attribution.texts(&incident_attribution::INCIDENT_ID)?,
        tables.attribution.texts(&incident_attribution::TOP_DEPLOYMENT_ID)?,
    );
    let mut ranked = Vec::new();
    for attribution in (0..tables.attribution.height()).filter(|row| verdicts.get(*row) == Some(verdict::CHANGE)) {
        let Some((id, incident)) = ids.get(attribution).and_then(|id| Some((id, incident_rows.get(id)?))) else { continue };
        let link = tables.first.get(id).copied();
        if link.is_none() && tops.get(attribution).is_none() {
            continue;
        }
        let record = Record::at(&tables.incidents, *incident);
        let severity = record.int(&incidents::SEVERITY)?.unwrap_or(i64::MAX);
        let began = began(&record)?.unwrap_or(as_of);
        let duration = restored(&record)?.unwrap_or(as_of) - began;
        ranked.push(Ranked { link, incident: *incident, attribution, severity, duration });
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
    let attribution = Record::at(&tables.attribution, entry.attribution);
    let culprit = Culprit::of(source, tables, entry, &attribution)?;
    let others = attribution.int(&incident_attribution::CANDIDATES)?.unwrap_or_default() - 1;
    Ok(vec![
        incident_cell(&incident)?,
        Cell::of(incident.int(&incidents::SEVERITY)?.map_or_else(|| MISSING.to_owned(), |severity| severity.to_string())),
        service_cell(source, &incident, &attribution)?,
        began_cell(source, &incident)?,
        restored_cell(&incident, entry.duration)?,
        culprit.deployment,
        culprit.why,
        culprit.probability,
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

/// The deployment that an incident is put down to, in three cells.
struct Culprit {
    deployment: Cell,
    why: Cell,
    probability: Cell,
}

impl Culprit {
    /// Its own likeliest deployment, or that of the incident from which it follows.
    fn of(source: &Source<'_>, tables: &Tables, entry: &Ranked, attribution: &Record<'_>) -> PolarsResult<Self> {
        let top = attribution.text(&incident_attribution::TOP_DEPLOYMENT_ID)?.filter(|_| source.honesty.is_model());
        let link = entry.link.map(|row| Record::at(&tables.links, row));
        let own = link.map(|link| link.text(&links::DEPLOYMENT_ID)).transpose()?.flatten();
        match link.filter(|_| top.is_none() || top == own) {
            Some(link) => Self::own(source, tables, &link),
            None => Self::inherited(source, tables, top.unwrap_or_default(), attribution),
        }
    }

    fn own(source: &Source<'_>, tables: &Tables, link: &Record<'_>) -> PolarsResult<Self> {
        let evidence = link.text(&links::EVIDENCE)?.unwrap_or_default();
        let certainty = wording::certainty(evidence, link.real(&links::PROBABILITY)?.unwrap_or_default());
        let set = tables.sets.get(link.text(&links::INCIDENT_ID)?.unwrap_or_default());
        let set = set.filter(|(number, _)| *number > 1).map_or_else(String::new, |(number, held)| wording::set_words(*number, *held));
        Ok(Self {
            deployment: deployment_cell(source, tables, link.text(&links::DEPLOYMENT_ID)?.unwrap_or_default())?,
            why: why_cell(link)?,
            probability: Cell::of(certainty).with_remark(set),
        })
    }

    fn inherited(source: &Source<'_>, tables: &Tables, deployment: &str, attribution: &Record<'_>) -> PolarsResult<Self> {
        let follow_up = attribution.real(&incident_attribution::P_FOLLOWUP)?.unwrap_or_default();
        let held = attribution.real(&incident_attribution::TOP_PROBABILITY)?.unwrap_or_default();
        Ok(Self {
            deployment: deployment_cell(source, tables, deployment)?,
            why: Cell::of(format!("follows from the incident before on its service ({})", wording::probability(follow_up)))
                .with_remark(wording::evidence_words(evidence::MODEL)),
            probability: Cell::of(wording::probability(held)),
        })
    }
}

fn deployment_cell(source: &Source<'_>, tables: &Tables, id: &str) -> PolarsResult<Cell> {
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
