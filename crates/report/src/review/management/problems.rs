//! Problem candidates: incidents that recur more often than by chance, and fixes that did not hold, by the hours that they cost.

use std::collections::HashMap;

use polars::prelude::*;
use sequela_schema::canonical::{incidents, problems};
use sequela_schema::result::problem_candidates as p;
use sequela_schema::{Column as Declared, Values};

use super::super::Source;
use super::super::incidents::hours;
use super::super::json;
use super::super::parts::{Block, Cell, Grid, Head, Line, Section};
use super::{View, not_given};
use crate::ReportError;
use crate::record::Record;
use crate::wording::{self, MISSING};

/// Rows shown at once.
const SHOWN: usize = 8;
/// Rows held for those who ask.
const HELD: usize = 500;
/// Characters of a title, and of a title in a sentence.
const TITLE_LENGTH: (usize, usize) = (80, 40);
/// Changes named in a cell.
const NAMED: usize = 3;

/// What it comes to, in one sentence.
pub(super) fn finding(view: &View<'_>) -> PolarsResult<String> {
    let frame = view.frames.get(&p::TABLE);
    if frame.height() > 0 {
        return found(&frame);
    }
    let records = view.frames.get(&incidents::TABLE);
    let is_known = |column: &Declared| Ok::<_, PolarsError>(records.texts(column)?.iter().flatten().any(|text| !text.trim().is_empty()));
    match records.height() as i64 {
        0 => Ok(not_given("An incident export with titles or categories")),
        _ if !(is_known(&incidents::TITLE)? || is_known(&incidents::CATEGORY)? || is_known(&incidents::CLOSE_CODE)?) => {
            Ok("The incidents say nothing that could recur: an export with titles, categories or closure codes fills this section."
                .to_owned())
        }
        number => Ok(format!("Among {}, nothing recurs more often than by chance.", wording::plural(number, "incident"))),
    }
}

fn found(frame: &DataFrame) -> PolarsResult<String> {
    let (findings, lost) = (frame.texts(&p::FINDING)?, frame.reals(&p::HOURS_LOST)?);
    let count = |wanted: &str| findings.iter().filter(|finding| *finding == Some(wanted)).count() as i64;
    let is_new = |finding: Option<&str>| finding == Some("candidate");
    let total: f64 = findings.iter().zip(lost.iter()).filter(|(finding, _)| is_new(*finding)).filter_map(|(_, hours)| hours).sum();
    let (new, known, back) = (count("candidate"), count("known"), count("fix did not hold"));
    let mut text = match (new, known) {
        (0, 0) => "Nothing recurs more often than by chance".to_owned(),
        (0, known) => format!("{} more often than by chance, each with a problem record", recurs(known)),
        (new, 0) => format!("{} more often than by chance without a problem record and cost {}", recurs(new), hours(total)),
        (new, known) => format!(
            "{} more often than by chance; {} cost {} without a problem record",
            recurs(new + known),
            wording::thousands(new),
            hours(total)
        ),
    };
    if back > 0 {
        text.push_str(&format!("; {} came back after {} fix", wording::thousands(back), if back == 1 { "its" } else { "their" }));
    }
    Ok(text + ".")
}

fn recurs(number: i64) -> String {
    if number == 1 { "1 kind of incident recurs".to_owned() } else { format!("{} kinds of incident recur", wording::thousands(number)) }
}

/// What to decide: the fix that did not hold, else the candidate, that cost most.
pub(super) fn decision(view: &View<'_>) -> PolarsResult<Option<(String, String, &'static str)>> {
    let frame = view.frames.get(&p::TABLE);
    let findings = frame.texts(&p::FINDING)?;
    let order = order(&frame)?;
    let first = |wanted: &str| order.iter().copied().find(|row| findings.get(*row) == Some(wanted));
    let words = |row: usize| -> PolarsResult<(String, String)> {
        let cluster = Record::at(&frame, row);
        let place = cluster.text(&p::SERVICE_ID)?.map_or_else(String::new, |service| format!(" on {}", view.names.service(service)));
        let number = wording::plural(cluster.int(&p::INCIDENTS)?.unwrap_or_default(), "incident");
        let cost = hours(cluster.real(&p::HOURS_LOST)?.unwrap_or_default());
        Ok((wording::cut(&what(&cluster)?, TITLE_LENGTH.1), format!("{place}: {number}, {cost} lost")))
    };
    Ok(match (first("fix did not hold"), first("candidate")) {
        (Some(row), _) => {
            let (title, rest) = words(row)?;
            let problem = called(view, Record::at(&frame, row).text(&p::PROBLEM_ID)?.unwrap_or_default())?;
            Some((format!("Open problem {problem} again"), format!(" for “{title}”{rest}; it came back after the fix."), "problems"))
        }
        (None, Some(row)) => {
            let (title, rest) = words(row)?;
            Some(("Open a problem record".to_owned(), format!(" for “{title}”{rest}."), "problems"))
        }
        (None, None) => None,
    })
}

/// The section.
pub(in crate::review) fn section(source: &Source<'_>) -> Result<Section, ReportError> {
    let view = source.view();
    let frame = source.frames.get(&p::TABLE);
    let records = source.frames.get(&incidents::TABLE);
    let head = Head {
        id: "problems",
        title: "Problem candidates".to_owned(),
        finding: finding(&view)?,
        meta: format!(
            "{} · {} · at most 1 row in 10 is expected to be a false alarm",
            wording::range_words(source.context.from, source.context.to, source.context.timezone),
            wording::plural(records.height() as i64, "incident")
        ),
        rows: vec!["problem_candidates"],
    };
    if frame.height() == 0 {
        return Ok(Section { head, blocks: Vec::new() });
    }
    let note = "Incidents recur where those of one service say the same: their titles in nearly the same words or, where titles say nothing, the \
                same category. By chance: the days on which that would happen if such incidents were spread over services, and over time, as \
                all others are. Several on one day count once. An association of words and place, not a cause.";
    Ok(Section { head, blocks: vec![Block::Grid(grid(&view, &frame, &records)?), Block::Note(note.to_owned())] })
}

/// Rows by hours lost; ties by identifier.
fn order(frame: &DataFrame) -> PolarsResult<Vec<usize>> {
    let lost = frame.reals(&p::HOURS_LOST)?;
    let mut order: Vec<usize> = (0..frame.height()).collect();
    order.sort_by(|left, right| {
        let of = |row: &usize| lost.get(*row).unwrap_or_default();
        of(right).total_cmp(&of(left)).then(left.cmp(right))
    });
    Ok(order)
}

fn grid(view: &View<'_>, frame: &DataFrame, records: &DataFrame) -> PolarsResult<Grid> {
    let heads = [
        "First incident",
        "Service, team",
        "Incidents#",
        "Days#",
        "By chance#",
        "Times as often#",
        "Interval#",
        "Hours lost#",
        "Caused by change#",
        "Problem record",
    ];
    let mut grid = Grid::new("Incidents that recur, most hours lost first", &heads).keyed("pc", 7, "descending");
    let order = order(frame)?;
    let ids = records.texts(&incidents::INCIDENT_ID)?;
    let rows: HashMap<&str, usize> = ids.iter().enumerate().filter_map(|(row, id)| Some((id?, row))).collect();
    let line = |row: &usize| {
        let cluster = Record::at(frame, *row);
        let first = cluster.text(&p::CLUSTER_ID)?.and_then(|id| rows.get(id)).map(|row| Record::at(records, *row));
        line(view, &cluster, first)
    };
    let lines = order.iter().take(HELD).map(line).collect::<PolarsResult<Vec<_>>>()?;
    if lines.len() > SHOWN {
        grid.hidden = json::rows(&lines[SHOWN..]);
        grid.rest = format!("Showing {SHOWN} of {} kinds of incident, those that cost most hours.", wording::thousands(order.len() as i64));
    }
    grid.rows = lines.into_iter().take(SHOWN).collect();
    Ok(grid)
}

/// What recurs: the words of the titles, else category and closure code, else that a problem record says so.
fn what(cluster: &Record<'_>) -> PolarsResult<String> {
    if let Some(title) = cluster.text(&p::TITLE)? {
        return Ok(title.to_owned());
    }
    let kinds = [cluster.text(&p::CATEGORY)?, cluster.text(&p::CLOSE_CODE)?];
    let kinds: Vec<&str> = kinds.into_iter().flatten().collect();
    Ok(match cluster.text(&p::PROBLEM_ID)? {
        Some(problem) if kinds.is_empty() => format!("problem {problem}"),
        _ => kinds.join(" · "),
    })
}

fn line(view: &View<'_>, cluster: &Record<'_>, first: Option<Record<'_>>) -> PolarsResult<Line> {
    let service = cluster.text(&p::SERVICE_ID)?.map_or("", |service| view.names.service(service));
    let team = cluster.text(&p::TEAM_ID)?.map_or("", |team| view.names.team(team));
    let item = cluster.text(&p::CI_NAME_RAW)?.filter(|item| *item != service);
    let place = [item, Some(team)].into_iter().flatten().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" · ");
    let real = |column| {
        let value = cluster.real(column)?;
        Ok::<_, PolarsError>(Cell::of(value.map_or_else(|| MISSING.to_owned(), small)).sorted(value.unwrap_or_default()))
    };
    let ends = cluster.real(&p::RATE_RATIO_LOWER)?.zip(cluster.real(&p::RATE_RATIO_UPPER)?);
    let interval =
        ends.map_or_else(|| MISSING.to_owned(), |(lower, upper)| format!("{}–{}", wording::expected(lower), wording::expected(upper)));
    let lost = cluster.real(&p::HOURS_LOST)?.unwrap_or_default();
    let cells = vec![
        first_cell(view, cluster, first)?,
        Cell::of(if service.is_empty() { MISSING } else { service }).with_remark(place),
        counted(cluster, &p::INCIDENTS)?.with_remark(open_words(cluster.int(&p::OPEN)?.unwrap_or_default())),
        days_cell(cluster)?,
        real(&p::EXPECTED)?,
        real(&p::RATE_RATIO)?,
        Cell::of(interval),
        Cell::of(hours(lost)).sorted((lost * 1e4).round() / 1e4),
        caused_cell(view, cluster)?,
        problem_cell(view, cluster)?,
    ];
    Ok(Line { cells, team: team.to_owned(), service: service.to_owned(), ..Line::default() })
}

/// Number of the earliest incident, linked to its record; what recurs, and from when to when.
fn first_cell(view: &View<'_>, cluster: &Record<'_>, first: Option<Record<'_>>) -> PolarsResult<Cell> {
    let zone = view.context.timezone;
    let ends = [cluster.instant(&p::FIRST_AT)?, cluster.instant(&p::LAST_AT)?];
    let days: Vec<String> = ends.into_iter().flatten().map(|at| wording::days_words(wording::local_day(at, zone))).collect();
    let title = wording::cut(&what(cluster)?, TITLE_LENGTH.0);
    let remark = [title, days.join(" to ")].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
    let id = cluster.text(&p::CLUSTER_ID)?.unwrap_or_default();
    let Some(first) = first else { return Ok(Cell::of(id).with_remark(remark)) };
    let number = first.first_text(&[&incidents::NUMBER])?.unwrap_or(id);
    Ok(Cell::of(number).with_remark(remark).with_link(first.text(&incidents::URL)?))
}

fn counted(cluster: &Record<'_>, column: &Declared) -> PolarsResult<Cell> {
    let value = cluster.int(column)?;
    Ok(Cell::of(value.map_or_else(|| MISSING.to_owned(), wording::thousands)).sorted(value.unwrap_or_default() as f64))
}

/// Days that were compared; all days where there was nothing to compare with.
fn days_cell(cluster: &Record<'_>) -> PolarsResult<Cell> {
    Ok(match cluster.text(&p::AGAINST)? {
        Some("earlier") => counted(cluster, &p::DAYS_COMPARED)?.with_remark("of the last 28"),
        Some(_) => counted(cluster, &p::DAYS_COMPARED)?,
        None => counted(cluster, &p::DAYS)?,
    })
}

fn open_words(open: i64) -> String {
    if open == 0 { String::new() } else { format!("{} open", wording::thousands(open)) }
}

/// A number of days or a ratio; small ones are not rounded to nothing.
fn small(value: f64) -> String {
    if value > 0.0 && value < 0.05 { "under 0.1".to_owned() } else { wording::expected(value) }
}

/// The expected number that a change caused, unless the model may not judge, and the changes that the records name.
fn caused_cell(view: &View<'_>, cluster: &Record<'_>) -> PolarsResult<Cell> {
    let caused = cluster.real(&p::CHANGE_CAUSED)?.unwrap_or_default();
    let cell = if view.is_withheld { Cell::of(MISSING) } else { Cell::of(wording::expected(caused)).sorted(caused) };
    let changes: Vec<&str> = cluster.text(&p::LINKED_CHANGES)?.map_or_else(Vec::new, |changes| changes.split(", ").collect());
    let named = changes.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    let more = changes.len().saturating_sub(NAMED);
    Ok(cell.with_remark(if more == 0 { named } else { format!("{named} and {more} more") }))
}

/// The problem record, since when it is fixed, and what came after.
fn problem_cell(view: &View<'_>, cluster: &Record<'_>) -> PolarsResult<Cell> {
    let Some(problem) = cluster.text(&p::PROBLEM_ID)? else { return Ok(Cell::of("none")) };
    let fixed = cluster.instant(&p::FIXED_AT)?.map(|at| wording::days_words(wording::local_day(at, view.context.timezone)));
    let later = cluster.int(&p::RECURRED_AFTER_FIX)?.unwrap_or_default();
    let remark = match (fixed, later) {
        (None, _) => "not fixed".to_owned(),
        (Some(fixed), 0) => format!("fixed {fixed}, none since"),
        (Some(fixed), later) => format!("fixed {fixed}, {} since: the fix did not hold", wording::thousands(later)),
    };
    let basis = if cluster.text(&p::PROBLEM_BASIS)? == Some("title") { " · by its title" } else { "" };
    Ok(Cell::of(called(view, problem)?).with_remark(format!("{remark}{basis}")))
}

/// The number that people know a problem record by, else its identifier.
fn called(view: &View<'_>, problem: &str) -> PolarsResult<String> {
    let frame = view.frames.get(&problems::TABLE);
    let record = Record::with(&frame, &problems::PROBLEM_ID, problem)?;
    let number = record.map(|record| record.text(&problems::NUMBER)).transpose()?.flatten();
    Ok(number.unwrap_or(problem).to_owned())
}
