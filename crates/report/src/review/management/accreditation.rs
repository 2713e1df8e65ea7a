//! Team accreditation: the table `team_accreditation`. Teams stand by name; nobody is ranked.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::PolarsResult;
use sequela_schema::canonical::services;
use sequela_schema::result::team_accreditation as t;

use super::super::Source;
use super::super::json;
use super::super::parts::{Block, Cell, Grid, Head, Line, Section};
use super::{View, not_given};
use crate::ReportError;
use crate::record::Record;
use crate::wording::{self, MISSING};

const OVERALL: &str = "overall";
const NOT_GIVEN: &str = "not given";
/// Teams shown.
const SHOWN: usize = 25;
/// Teams held for those who ask.
const HELD: usize = 1_000;
/// Criteria in the order of the columns, with their heads.
const CRITERIA: [(&str, &str); 5] = [
    ("change_failure_rate", "Change failure rate#"),
    ("time_to_restore", "Time to restore, median#"),
    ("coverage", "Test coverage#"),
    ("change_records", "Complete change records#"),
    ("volume", "Deployments#"),
];

/// What one criterion comes to for a team.
#[derive(Debug, Default)]
struct Standing {
    value: Option<f64>,
    lower: Option<f64>,
    upper: Option<f64>,
    level: String,
    next_step: String,
    note: String,
}

/// Standings by criterion, `overall` among them, by name of the team.
type Teams = BTreeMap<String, BTreeMap<String, Standing>>;

fn teams(view: &View<'_>) -> PolarsResult<Teams> {
    let frame = view.frames.get(&t::TABLE);
    let mut teams = Teams::new();
    for number in 0..frame.height() {
        let row = Record::at(&frame, number);
        let text = |column| Ok::<_, polars::prelude::PolarsError>(row.text(column)?.unwrap_or_default().to_owned());
        let standing = Standing {
            value: row.real(&t::VALUE)?,
            lower: row.real(&t::LOWER)?,
            upper: row.real(&t::UPPER)?,
            level: text(&t::LEVEL)?,
            next_step: text(&t::NEXT_STEP)?,
            note: text(&t::NOTE)?,
        };
        let team = view.names.team(row.text(&t::TEAM_ID)?.unwrap_or_default()).to_owned();
        teams.entry(team).or_default().insert(text(&t::CRITERION)?, standing);
    }
    Ok(teams)
}

fn level_of(standings: &BTreeMap<String, Standing>) -> &str {
    standings.get(OVERALL).map_or("", |standing| standing.level.as_str())
}

/// What it comes to, in one sentence.
pub(super) fn finding(view: &View<'_>) -> PolarsResult<String> {
    let teams = teams(view)?;
    if teams.is_empty() {
        return Ok(match view.frames.height(&services::TABLE) {
            0 => not_given("A catalog export (services with team)"),
            _ => "No team of the catalog has a deployment in the range.".to_owned(),
        });
    }
    let number = |level: &str| teams.values().filter(|standings| level_of(standings) == level).count();
    if number(NOT_GIVEN) == teams.len() {
        let why = teams.values().filter_map(|standings| standings.get("change_failure_rate")).map(|standing| standing.note.as_str());
        let why = why.clone().find(|why| !why.is_empty()).unwrap_or("no criterion could be judged");
        return Ok(format!("No team is accredited, for want of a change failure rate: {why}."));
    }
    let part = |level: &str, words: &str| (number(level) > 0).then(|| format!("{} {words}", number(level)));
    let held = ["gold", "silver", "bronze"].map(|level| part(level, level));
    let held: Vec<String> = held.into_iter().flatten().collect();
    let rest =
        [part("none", "without a level yet"), part("too few to say", "with too few deployments to say"), part(NOT_GIVEN, "not judged")];
    let rest: Vec<String> = rest.into_iter().flatten().collect();
    let held = if held.is_empty() { "no level is held".to_owned() } else { held.join(", ") };
    let of = wording::plural(teams.len() as i64, "team");
    let rest = if rest.is_empty() { String::new() } else { format!("; {}", rest.join(", ")) };
    Ok(format!("Of {of}: {held}{rest}{}.", left_out_words(&left_out(&teams))))
}

/// Criteria that no team has a figure for.
fn left_out(teams: &Teams) -> Vec<(&'static str, String)> {
    let of = |(key, head): &(&'static str, &'static str)| {
        let mut standings = teams.values().filter_map(|standings| standings.get(*key)).peekable();
        let note = standings.peek()?.note.clone();
        standings.all(|standing| standing.level == NOT_GIVEN).then(|| (head.trim_end_matches('#'), note))
    };
    CRITERIA.iter().filter_map(of).collect()
}

fn left_out_words(left_out: &[(&'static str, String)]) -> String {
    match left_out {
        [] => String::new(),
        all => format!("; not given: {}", all.iter().map(|(head, _)| wording::lower_first(head)).collect::<Vec<_>>().join(", ")),
    }
}

/// The section.
pub(in crate::review) fn section(source: &Source<'_>) -> Result<Section, ReportError> {
    let view = source.view();
    let teams = teams(&view)?;
    let meta = format!(
        "{} · {} · awarded only where the whole {} interval meets the criterion{}",
        wording::range_words(source.context.from, source.context.to, source.context.timezone),
        wording::plural(teams.len() as i64, "team"),
        source.context.level_words(),
        if source.honesty.is_model() { ", failures whose links cannot be seen included" } else { "" }
    );
    let head = Head {
        id: "accreditation",
        title: "Team accreditation".to_owned(),
        finding: finding(&view)?,
        meta: if teams.is_empty() { "Not in this review".to_owned() } else { meta },
        rows: if teams.is_empty() { Vec::new() } else { vec![t::TABLE.name] },
    };
    if teams.is_empty() {
        return Ok(Section { head, blocks: Vec::new() });
    }
    let left_out = left_out(&teams);
    let mut blocks = vec![Block::Grid(grid(&teams, &left_out))];
    let words = |(head, why): &(&str, String)| format!("{head} is not judged: {why}.");
    blocks.extend(left_out.iter().map(|one| Block::Note(words(one))));
    blocks.push(Block::Note(
        "A level is that of the criterion that is met least; a criterion without figures does not count, and the row says which. Limits are those of \
         [accreditation] in the settings. A level says what the records support, not how good a team is: with few deployments little can be shown."
            .to_owned(),
    ));
    Ok(Section { head, blocks })
}

fn grid(teams: &Teams, left_out: &[(&'static str, String)]) -> Grid {
    let present: BTreeSet<&str> = teams.values().flat_map(|standings| standings.keys().map(String::as_str)).collect();
    let is_shown = |head: &str| left_out.iter().all(|(other, _)| *other != head.trim_end_matches('#'));
    let columns: Vec<(&str, &str)> = CRITERIA.into_iter().filter(|(key, head)| present.contains(key) && is_shown(head)).collect();
    let heads: Vec<&str> = ["Team", "Level"].into_iter().chain(columns.iter().map(|(_, head)| *head)).chain(["Next step"]).collect();
    let mut grid = Grid::new("Teams and the criteria that they meet, by name", &heads).keyed("accreditation", 0, "ascending");
    let line = |(team, standings): (&String, &BTreeMap<String, Standing>)| {
        let overall = &standings[OVERALL];
        let mut cells = vec![Cell::of(team.as_str()), Cell::of(level_words(&overall.level)).with_remark(overall.note.as_str())];
        cells.extend(columns.iter().map(|(key, _)| standings.get(*key).map_or_else(|| Cell::of(MISSING), |standing| cell(key, standing))));
        cells.push(Cell::of(step_words(&overall.next_step)));
        Line { cells, team: team.clone(), ..Line::default() }
    };
    let lines: Vec<Line> = teams.iter().take(HELD).map(line).collect();
    if teams.len() > SHOWN {
        grid.hidden = json::rows(&lines[SHOWN..]);
        grid.rest = format!("Showing {SHOWN} of {} teams.", wording::thousands(teams.len() as i64));
    }
    grid.rows = lines.into_iter().take(SHOWN).collect();
    grid
}

/// The figure, below it the end that decides and the level that it supports.
fn cell(key: &str, standing: &Standing) -> Cell {
    let words = |value: f64| match key {
        "time_to_restore" => wording::duration(value),
        "volume" => wording::thousands(value as i64),
        _ => wording::rate(value),
    };
    let end = match key {
        "volume" => None,
        "change_failure_rate" | "time_to_restore" => standing.upper.map(|upper| format!("up to {}", words(upper))),
        _ => standing.lower.map(|lower| format!("from {}", words(lower))),
    };
    let level = wording::lower_first(level_words(&standing.level));
    let remark = [end, Some(level)].into_iter().flatten().collect::<Vec<_>>().join(": ");
    Cell::of(standing.value.map_or_else(|| MISSING.to_owned(), words)).with_remark(remark).sorted(standing.value.unwrap_or(-1.0))
}

fn level_words(level: &str) -> &str {
    match level {
        "gold" => "Gold",
        "silver" => "Silver",
        "bronze" => "Bronze",
        "none" => "None yet",
        "too few to say" => "Too few to say",
        _ => "Not judged",
    }
}

/// The first letter large, a narrow space before the percent sign.
fn step_words(step: &str) -> String {
    let mut letters = step.chars();
    let text = letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect());
    if text.is_empty() { MISSING.to_owned() } else { text.replace(" %", "\u{202f}%") }
}
