//! Deployments beside change records, in both directions: what has no counterpart, and what does not fit it.

use std::collections::{BTreeMap, HashMap};

use polars::prelude::*;
use sequela_schema::Values;
use sequela_schema::canonical::{changes, deployments};
use sequela_schema::result::{change_reconciliation as t, reconciliation_summary as s, release_impact};

use super::super::Source;
use super::super::incidents::hours;
use super::super::json;
use super::super::parts::{Block, Cell, Grid, Head, Line, Section};
use super::super::strip::{micro, micro_axis_beside, top};
use super::{View, not_given};
use crate::ReportError;
use crate::figures::{Figure, Unit};
use crate::record::Record;
use crate::wording::{self, MISSING};

/// Rows shown at once.
const SHOWN: usize = 8;
/// Rows held for those who ask.
const HELD: usize = 500;
/// Findings of the sentence, at most.
const NAMED: usize = 3;
/// Rows of one finding among those shown, so that one kind does not hide the others.
const OF_A_KIND: usize = 3;
/// Records from which a rate is said.
const FEW: i64 = 5;
/// Side, finding, what it is called and what to do about it, in the order in which they are shown.
const FINDINGS: [(&str, &str, &str, &str); 13] = [
    ("deployment", "no_change_record", "Deployed without a change record", "Raise records, or pre-approve the pipeline"),
    ("change", "no_deployment", "Record without a deployment", "Close or correct the records"),
    ("deployment", "in_freeze", "Deployed in a freeze", "Ask who allowed it"),
    ("change", "in_freeze", "Change carried out in a freeze", "Ask who allowed it"),
    ("deployment", "outside_window", "Deployed outside its planned window", "Move the window, or deploy within it"),
    ("change", "outside_window", "Worked on outside its planned window", "Correct the plan or the times"),
    ("change", "raised_after", "Record raised after the work began", "Was it an emergency? Review it as one"),
    ("deployment", "other_service", "Record is for another service", "Correct the record or the catalog"),
    ("deployment", "other_type", "Type does not fit the deployment", "Correct the type"),
    ("deployment", "not_judged", "Deployment without records to compare", "Export the change records of that time"),
    ("change", "not_judged", "Record without deployments to compare", "Export the deployments of that service or time"),
    ("deployment", "agrees", "Deployment and its record agree", ""),
    ("deployment", "record", "All deployments with a change record", ""),
];
const NOTE: &str = "Failures of deployments with and without a record are an association: what goes without one may be smaller, more urgent or at \
                    another hour. Records and deployments belong together by the change that a deployment names, else by service and window. \
                    Freezes are those of [freeze] in sequela.toml.";

fn label(side: &str, finding: &str) -> Option<(&'static str, &'static str)> {
    let found = FINDINGS.iter().find(|known| (known.0, known.1) == (side, finding));
    found.map(|known| (known.2, known.3))
}

/// A row of the summary.
struct Total<'a>(Option<Record<'a>>);

impl Total<'_> {
    fn int(&self, column: &sequela_schema::Column) -> PolarsResult<i64> {
        self.0.as_ref().map_or(Ok(0), |record| Ok(record.int(column)?.unwrap_or_default()))
    }
}

fn total<'a>(frame: &'a DataFrame, side: &str, finding: &str) -> PolarsResult<Total<'a>> {
    let (sides, findings) = (frame.texts(&s::SIDE)?, frame.texts(&s::FINDING)?);
    let row = (0..frame.height()).find(|row| sides.get(*row) == Some(side) && findings.get(*row) == Some(finding));
    Ok(Total(row.map(|row| Record::at(frame, row))))
}

/// What it comes to, in one sentence.
pub(super) fn finding(view: &View<'_>) -> PolarsResult<String> {
    let frame = view.frames.get(&s::TABLE);
    let of = |side, finding| total(&frame, side, finding)?.int(&s::RECORDS);
    let frozen = of("deployment", "in_freeze")?;
    if view.frames.height(&changes::TABLE) == 0 {
        let export = not_given("A change export");
        return Ok(match frozen {
            0 => export,
            _ => format!("{} fell into a freeze. A change export fills the rest of this section.", wording::plural(frozen, "deployment")),
        });
    }
    if view.frames.height(&deployments::TABLE) == 0 && frame.height() == 0 {
        return Ok("There is nothing to hold the change records against: a deployment export fills this section.".to_owned());
    }
    let counts = [
        (of("deployment", "no_change_record")?, "deployment", "had no change record"),
        (of("change", "no_deployment")?, "record", "had no deployment"),
        (frozen + of("change", "in_freeze")?, "", "fell into a freeze"),
        (of("deployment", "outside_window")? + of("change", "outside_window")?, "", "ran outside the planned window"),
        (of("change", "raised_after")?, "record", "came after the work began"),
    ];
    let some = counts.iter().filter(|count| count.0 > 0).take(NAMED).map(|(count, noun, words)| {
        let subject = if noun.is_empty() { wording::thousands(*count) } else { wording::plural(*count, noun) };
        format!("{subject} {words}")
    });
    let parts: Vec<String> = some.collect();
    Ok(if parts.is_empty() { "Deployments and change records agree.".to_owned() } else { format!("{}.", parts.join(", ")) })
}

/// What to decide: whether deployments need a record that have none.
pub(super) fn decision(view: &View<'_>) -> PolarsResult<Option<(String, String, &'static str)>> {
    let frame = view.frames.get(&s::TABLE);
    let missing = total(&frame, "deployment", "no_change_record")?;
    let (count, of) = (missing.int(&s::RECORDS)?, missing.int(&s::OF)?);
    if count == 0 || view.frames.height(&changes::TABLE) == 0 {
        return Ok(None);
    }
    let text = format!(
        ": {} of {} had none. Record them, or pre-approve the pipeline.",
        wording::thousands(count),
        wording::plural(of, "deployment")
    );
    Ok(Some(("Decide which deployments need a change record".to_owned(), text, "reconciliation")))
}

/// The section.
pub(in crate::review) fn section(source: &Source<'_>) -> Result<Section, ReportError> {
    let view = source.view();
    let (frame, totals) = (source.frames.get(&t::TABLE), source.frames.get(&s::TABLE));
    let head = Head {
        id: "reconciliation",
        title: "Reconciliation of changes and deployments".to_owned(),
        finding: finding(&view)?,
        meta: meta(source, &totals)?,
        rows: vec!["change_reconciliation", "reconciliation_summary"],
    };
    if totals.height() == 0 {
        return Ok(Section { head, blocks: Vec::new() });
    }
    let mut blocks = vec![Block::Grid(summary(source, &totals)?), Block::Grid(rows(source, &frame)?), Block::Note(NOTE.to_owned())];
    if source.honesty.is_withheld() {
        blocks.insert(1, Block::Note(format!("{} Failures are not shown.", wording::silence_words(source.honesty))));
    }
    blocks.extend(with_and_without(source, &totals)?.map(Block::Note));
    blocks.extend(by_team(source, &frame)?.map(Block::Note));
    Ok(Section { head, blocks })
}

fn meta(source: &Source<'_>, totals: &DataFrame) -> PolarsResult<String> {
    let (sides, of) = (totals.texts(&s::SIDE)?, totals.ints(&s::OF)?);
    let number =
        |wanted: &str| sides.iter().zip(of.iter()).find(|(side, _)| *side == Some(wanted)).and_then(|(_, of)| of).unwrap_or_default();
    Ok(format!(
        "{} · {} beside {} · each row names the file and row of both records",
        wording::range_words(source.context.from, source.context.to, source.context.timezone),
        wording::plural(number("deployment"), "deployment"),
        wording::plural(number("change"), "change record")
    ))
}

/// The failure rate of a finding.
fn rate_of(record: &Record<'_>) -> PolarsResult<Figure> {
    Ok(Figure {
        unit: Unit::Ratio,
        n: record.int(&s::JUDGED)?.unwrap_or_default(),
        value: record.real(&s::FAILURE_RATE)?,
        lower: record.real(&s::LOWER)?,
        upper: record.real(&s::UPPER)?,
        method: String::new(),
        note: None,
    })
}

/// Failure with and without a record in one sentence.
fn with_and_without(source: &Source<'_>, totals: &DataFrame) -> PolarsResult<Option<String>> {
    let (with, without) = (total(totals, "deployment", "record")?, total(totals, "deployment", "no_change_record")?);
    let (Some(with), Some(without)) = (with.0, without.0) else { return Ok(None) };
    let (with, without) = (rate_of(&with)?, rate_of(&without)?);
    if source.honesty.is_withheld() || with.n < FEW || without.n < FEW {
        return Ok(None);
    }
    let words = |figure: &Figure| format!("{} ({})", wording::figure(figure), wording::interval(figure));
    let overlap = with.lower.zip(without.upper).is_some_and(|(lower, upper)| lower <= upper)
        && without.lower.zip(with.upper).is_some_and(|(lower, upper)| lower <= upper);
    let verdict = if overlap { "the intervals overlap, so a difference is not shown" } else { "the intervals do not overlap" };
    Ok(Some(format!(
        "Without a change record {} of deployments failed, with one {}: {verdict}. An association, not an effect of the record.",
        words(&without),
        words(&with)
    )))
}

/// The teams with most deployments without a record.
fn by_team(source: &Source<'_>, frame: &DataFrame) -> PolarsResult<Option<String>> {
    let (sides, findings) = (frame.texts(&t::SIDE)?, frame.texts(&t::FINDING)?);
    let (ids, teams) = (frame.texts(&t::RECORD_ID)?, frame.texts(&t::TEAM_ID)?);
    let mut counts: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    let mut last = None;
    for row in (0..frame.height()).filter(|row| sides.get(*row) == Some("deployment")) {
        let Some(team) = teams.get(row) else { continue };
        let count = counts.entry(team).or_default();
        count.0 += i64::from(findings.get(row) == Some("no_change_record"));
        count.1 += i64::from(ids.get(row) != last);
        last = ids.get(row);
    }
    let mut most: Vec<(&str, (i64, i64))> = counts.into_iter().filter(|team| team.1.0 > 0).collect();
    most.sort_by_key(|team| (std::cmp::Reverse(team.1.0), team.0));
    let words = |(team, (missing, all)): &(&str, (i64, i64))| {
        format!("{} {} of {}", source.names.team(team), wording::thousands(*missing), wording::thousands(*all))
    };
    let named: Vec<String> = most.iter().take(NAMED).map(words).collect();
    Ok((!named.is_empty()).then(|| format!("Most deployments without a change record: {}.", named.join(", "))))
}

fn summary(source: &Source<'_>, totals: &DataFrame) -> PolarsResult<Grid> {
    let heads = ["Finding", "Records#", "Of all#", "Failed (expected)#", "Failure rate#", "Interval; dashed: with a record", "What to do"];
    let mut grid = Grid::new("Findings of the reconciliation", &heads);
    grid.class = "teams";
    let with = total(totals, "deployment", "record")?.0.map_or(Ok(None), |record| record.real(&s::FAILURE_RATE))?;
    let known = |record: &Record<'_>| Ok::<_, PolarsError>(record.int(&s::JUDGED)?.unwrap_or_default() >= FEW);
    let mut highest = with.unwrap_or_default();
    for row in 0..totals.height() {
        let record = Record::at(totals, row);
        highest = if known(&record)? { record.real(&s::UPPER)?.unwrap_or_default().max(highest) } else { highest };
    }
    let end = top(Unit::Ratio, highest);
    if highest > 0.0 && !source.honesty.is_withheld() {
        grid.head[5].svg = micro_axis_beside("with a record", with, end);
    }
    for (side, finding, name, next) in FINDINGS {
        if let Some(record) = total(totals, side, finding)?.0 {
            grid.rows.push(summary_line(&record, (name, next), (with, end), source.honesty.is_withheld())?);
        }
    }
    Ok(grid)
}

fn summary_line(record: &Record<'_>, (name, next): (&str, &str), (with, end): (Option<f64>, f64), is_withheld: bool) -> PolarsResult<Line> {
    let (rate, failures) = (rate_of(record)?, record.real(&s::FAILURES)?.unwrap_or_default());
    let is_few = rate.n < FEW || is_withheld;
    let rated = match (is_withheld, rate.n < FEW) {
        (true, _) => Cell::of(MISSING),
        (_, true) => Cell::of("too few to say"),
        _ => Cell::of(wording::figure(&rate)).with_remark(wording::interval(&rate)),
    };
    let share = record.real(&s::SHARE)?.map_or_else(|| MISSING.to_owned(), wording::rate);
    let cells = vec![
        Cell::of(name),
        Cell::of(wording::thousands(record.int(&s::RECORDS)?.unwrap_or_default())),
        Cell::of(share),
        Cell::of(if is_withheld { MISSING.to_owned() } else { wording::expected(failures) }),
        rated,
        Cell::drawn(if is_few { String::new() } else { micro(&rate, None, with, end, failures < FEW as f64) }),
        Cell::of(next),
    ];
    Ok(cells.into())
}

/// A finding with what it cost.
#[derive(Clone, Copy)]
struct Costly {
    row: usize,
    lost: f64,
    failed: f64,
}

/// Findings, those with most hours lost first, then the likeliest failures, then those that are off by most.
fn costly(source: &Source<'_>, frame: &DataFrame) -> PolarsResult<Vec<Costly>> {
    let lost = lost(source)?;
    let (findings, ids, others) = (frame.texts(&t::FINDING)?, frame.texts(&t::RECORD_ID)?, frame.texts(&t::OTHER_ID)?);
    let (sides, failed, off) = (frame.texts(&t::SIDE)?, frame.reals(&t::P_FAILED)?, frame.reals(&t::OFF_BY_HOURS)?);
    let is_withheld = source.honesty.is_withheld();
    let of = |row: usize| {
        let deployment = if sides.get(row) == Some("deployment") { ids.get(row) } else { others.get(row) };
        let lost = deployment.and_then(|id| lost.get(id).copied()).unwrap_or_default();
        Costly { row, lost, failed: if is_withheld { 0.0 } else { failed.get(row).unwrap_or_default() } }
    };
    let mut all: Vec<Costly> =
        (0..frame.height()).filter(|row| !matches!(findings.get(*row), Some("agrees" | "not_judged"))).map(of).collect();
    let late = |row: usize| off.get(row).unwrap_or_default();
    all.sort_by(|left, right| {
        let by_cost = right.lost.total_cmp(&left.lost).then(right.failed.total_cmp(&left.failed));
        by_cost.then(late(right.row).total_cmp(&late(left.row))).then(left.row.cmp(&right.row))
    });
    Ok(all)
}

/// Hours lost by deployment.
fn lost(source: &Source<'_>) -> PolarsResult<HashMap<String, f64>> {
    let frame = source.frames.get(&release_impact::TABLE);
    let column = if source.honesty.is_withheld() { &release_impact::ASSERTED_HOURS } else { &release_impact::HOURS_LOST };
    let (scopes, ids, hours) = (frame.texts(&release_impact::SCOPE)?, frame.texts(&release_impact::SCOPE_ID)?, frame.reals(column)?);
    let rows = (0..frame.height()).filter(|row| scopes.get(*row) == Some("deployment"));
    Ok(rows.filter_map(|row| Some((ids.get(row)?.to_owned(), hours.get(row).filter(|hours| *hours > 0.0)?))).collect())
}

fn rows(source: &Source<'_>, frame: &DataFrame) -> PolarsResult<Grid> {
    let heads = ["Record", "Service, team", "Finding", "What differs", "Hours lost#", "Chance it failed#", "Closed as", "Where it stands"];
    let mut grid =
        Grid::new("Findings one by one, most hours lost first, at most three of a kind", &heads).keyed("reconciliation", 4, "descending");
    let costly = costly(source, frame)?;
    let (shown, rest) = of_each_kind(&costly, frame)?;
    let numbers = Numbers::read(source)?;
    let lines = |rows: &[Costly]| rows.iter().map(|row| line(source, &numbers, frame, row)).collect::<PolarsResult<Vec<_>>>();
    grid.rows = lines(&shown)?;
    if !rest.is_empty() {
        grid.hidden = json::rows(&lines(&rest[..rest.len().min(HELD)])?);
        grid.rest = format!("Showing {} of {}.", shown.len(), wording::plural(costly.len() as i64, "finding"));
    }
    Ok(grid)
}

/// The first rows with few of each finding, and the others.
fn of_each_kind(costly: &[Costly], frame: &DataFrame) -> PolarsResult<(Vec<Costly>, Vec<Costly>)> {
    let findings = frame.texts(&t::FINDING)?;
    let mut seen: HashMap<Option<&str>, usize> = HashMap::new();
    let (mut shown, mut rest) = (Vec::new(), Vec::new());
    for row in costly {
        let number = seen.entry(findings.get(row.row)).or_default();
        *number += 1;
        if *number <= OF_A_KIND && shown.len() < SHOWN { shown.push(*row) } else { rest.push(*row) }
    }
    Ok((shown, rest))
}

fn line(source: &Source<'_>, numbers: &Numbers, frame: &DataFrame, costly: &Costly) -> PolarsResult<Line> {
    let record = Record::at(frame, costly.row);
    let text = |column| Ok::<_, PolarsError>(record.text(column)?.unwrap_or_default());
    let (side, finding) = (text(&t::SIDE)?, text(&t::FINDING)?);
    let service = record.text(&t::SERVICE_ID)?.map_or("", |id| source.names.service(id));
    let team = record.text(&t::TEAM_ID)?.map_or("", |id| source.names.team(id));
    let failed = record.real(&t::P_FAILED)?.filter(|_| !source.honesty.is_withheld());
    let cells = vec![
        name(source, numbers, &record)?,
        Cell::of(if service.is_empty() { MISSING } else { service }).with_remark(team),
        Cell::of(label(side, finding).map_or(finding, |known| known.0)),
        Cell::of(text(&t::DETAIL)?),
        Cell::of(hours(costly.lost)).sorted((costly.lost * 1e4).round() / 1e4),
        failed.map_or_else(|| Cell::of(MISSING).sorted(-1.0), |failed| Cell::of(wording::probability(failed)).sorted(failed)),
        Cell::of(record.text(&t::CLOSE_CODE)?.map_or_else(|| MISSING.to_owned(), |code| code.replace('_', " "))),
        place(&record)?,
    ];
    Ok(Line { cells, team: team.to_owned(), service: service.to_owned(), ..Line::default() })
}

/// Rows of change records by identifier.
struct Numbers {
    frame: DataFrame,
    rows: HashMap<String, usize>,
}

impl Numbers {
    fn read(source: &Source<'_>) -> PolarsResult<Self> {
        let frame = source.frames.get(&changes::TABLE);
        let ids = frame.texts(&changes::CHANGE_ID)?.iter().enumerate();
        let rows = ids.filter_map(|(row, id)| Some((id?.to_owned(), row))).collect();
        Ok(Self { frame, rows })
    }

    /// The key that people use, where there is one, and the address.
    fn known<'a>(&'a self, id: &'a str) -> PolarsResult<(&'a str, Option<&'a str>)> {
        let Some(row) = self.rows.get(id) else { return Ok((id, None)) };
        let record = Record::at(&self.frame, *row);
        Ok((record.text(&changes::NUMBER)?.unwrap_or(id), record.text(&changes::URL)?))
    }
}

/// What people call the record, its time and the other record.
fn name(source: &Source<'_>, numbers: &Numbers, record: &Record<'_>) -> PolarsResult<Cell> {
    let (id, other) = (record.text(&t::RECORD_ID)?.unwrap_or_default(), record.text(&t::OTHER_ID)?);
    let zone = source.context.timezone;
    let at = record.instant(&t::AT)?;
    let is_deployment = record.text(&t::SIDE)? == Some("deployment");
    let (called, url) = match source.cases.deployment(id).filter(|_| is_deployment) {
        Some(deployed) => (id, deployed.text(&deployments::URL)?),
        None => numbers.known(id)?,
    };
    let other =
        other.map_or(Ok(None), |other| if is_deployment { numbers.known(other).map(|known| Some(known.0)) } else { Ok(Some(other)) })?;
    let with = other.map(|other| format!("with {other}"));
    let remark = at.map(|at| wording::instant_words(at, zone)).into_iter().chain(with).collect::<Vec<_>>().join(" · ");
    Ok(Cell::of(called).with_remark(remark).with_link(url).with_hint(at.map(|at| wording::iso_words(at, zone)).unwrap_or_default()))
}

/// `deployments.csv, row 12`, and the same of the other record.
fn place(record: &Record<'_>) -> PolarsResult<Cell> {
    let words = |file, row| {
        let row = record.int(row)?;
        Ok::<_, PolarsError>(
            record.text(file)?.zip(row).map(|(file, row)| format!("{}, row {row}", file.rsplit('/').next().unwrap_or(file))),
        )
    };
    let own = words(&t::SOURCE_FILE, &t::SOURCE_ROW)?.unwrap_or_else(|| MISSING.to_owned());
    let other = words(&t::OTHER_SOURCE_FILE, &t::OTHER_SOURCE_ROW)?.unwrap_or_default();
    Ok(Cell::of(own).with_remark(other).with_hint(record.text(&t::SOURCE_FILE)?.unwrap_or_default()))
}
