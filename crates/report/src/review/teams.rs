//! Change failure rate by team. Teams stand by verdict, then by name; nobody is ranked.

use std::collections::HashMap;

use polars::prelude::PolarsResult;
use sequela_schema::Values;
use sequela_schema::metric;
use sequela_schema::result::team_month;

use super::Source;
use super::json;
use super::parts::{Cell, Chip, Grid, Head, Line, Picture};
use super::strip::{micro, micro_axis, top};
use crate::ReportError;
use crate::charts::team_rates::{Standing, TEAMS, Team, shown, teams};
use crate::figures::{Figure, ReviewMonth, Unit};
use crate::wording::{self, Change, MISSING};

/// Teams held for those who ask.
const HELD: usize = 1_000;

/// The section.
#[derive(Debug)]
pub(super) struct Teams {
    pub(super) head: Head,
    /// The funnel; none where the model may not judge.
    pub(super) picture: Option<Picture>,
    pub(super) table: Grid,
    /// Groups of teams; without any it has no rows.
    pub(super) groups: Grid,
}

/// Fills the section in.
pub(super) fn section(source: &Source<'_>) -> Result<Teams, ReportError> {
    let all = teams(source.material)?;
    let meta = format!(
        "{} · {} · {} intervals · rates shrunk towards the organisation by as much as few deployments leave open",
        wording::range_words(source.context.from, source.context.to, source.context.timezone),
        wording::plural(all.iter().map(|team| team.deployments).sum(), "deployment"),
        source.context.level_words()
    );
    let head =
        Head { id: "teams", title: "Teams".to_owned(), finding: finding(source, &all), meta, rows: vec!["team_comparison", "team_month"] };
    if all.is_empty() {
        return Ok(Teams { head, picture: None, table: Grid::default(), groups: Grid::default() });
    }
    let picture = if source.honesty.is_withheld() { None } else { Some(Picture::of(&source.charts.funnel, source.context)?) };
    Ok(Teams { head, picture, table: grid(source, &all)?, groups: groups(source) })
}

fn finding(source: &Source<'_>, all: &[Team]) -> String {
    let names = |standing| all.iter().filter(|team| team.standing() == standing).map(|team| team.name.as_str()).collect::<Vec<_>>();
    let overall = source.figures.overall(&metric::CHANGE_FAILURE_RATE).map_or_else(|| MISSING.to_owned(), wording::figure);
    if all.is_empty() {
        return "No team can be shown: a catalog that gives services an owner (services with team) fills this section.".to_owned();
    }
    if source.honesty.is_withheld() {
        return format!("Teams are not compared: {}", wording::lower_first(&wording::silence_words(source.honesty)));
    }
    if all.iter().all(|team| team.deployments == 0) {
        return "No team has a deployment that counts, so there is no change failure rate to compare.".to_owned();
    }
    if all.iter().all(|team| team.verdict.is_empty()) {
        return format!("The organisation's change failure rate is {overall}; teams were not compared under this definition.");
    }
    let mut parts = Vec::new();
    for (standing, words) in [
        (Standing::Higher, ["fails more often than chance explains", "fail more often than chance explains"]),
        (Standing::Lower, ["fails less often than chance explains", "fail less often than chance explains"]),
        (Standing::ProbablyHigher, ["probably fails more often", "probably fail more often"]),
        (Standing::ProbablyLower, ["probably fails less often", "probably fail less often"]),
    ] {
        let names = names(standing);
        if !names.is_empty() {
            parts.push(format!("{} {}", listed(&names), words[usize::from(names.len() > 1)]));
        }
    }
    if parts.is_empty() {
        parts.push(format!("No team is shown to differ from the organisation ({overall})"));
    }
    let few = names(Standing::TooFew);
    if !few.is_empty() {
        parts.push(format!("{} too few failures to say", teams_have(few.len())));
    }
    format!("{}.", parts.join("; "))
}

fn teams_have(number: usize) -> String {
    if number == 1 { "1 team has".to_owned() } else { format!("{number} teams have") }
}

fn listed(names: &[&str]) -> String {
    match names {
        [one] => (*one).to_owned(),
        [first @ .., last] if names.len() <= 4 => format!("{} and {last}", first.join(", ")),
        _ => wording::plural(names.len() as i64, "team"),
    }
}

fn grid(source: &Source<'_>, all: &[Team]) -> PolarsResult<Grid> {
    let alone = alone(source)?;
    let organisation = source.figures.overall(&metric::CHANGE_FAILURE_RATE).and_then(|figure| figure.value);
    let rows = shown(all, TEAMS);
    let highest =
        rows.iter().flat_map(|team| [team.rate.value, team.rate.upper, team.raw]).chain([organisation]).flatten().fold(0.0, f64::max);
    let end = top(Unit::Ratio, highest);
    let this = format!("{} alone#", source.period.short());
    let mut heads = vec![
        "Team",
        "Deployments#",
        "Failed (expected)#",
        "Raw rate#",
        "Shrunk rate#",
        "Interval; dashed: organisation",
        "Chance it is above the organisation#",
        "In words",
        "Restore, median#",
    ];
    heads.extend(source.period.month.is_some().then_some(this.as_str()));
    let mut grid = Grid::new("Teams by verdict, then by name", &heads).keyed("teams", 0, "");
    grid.class = "teams";
    if highest > 0.0 {
        grid.head[5].svg = micro_axis(organisation, end);
    }
    let scale = Scale { organisation, end };
    let line = |team: &Team| Line { cells: cells(team, &scale, &alone, source), team: team.name.clone(), ..Line::default() };
    grid.rows = rows.iter().map(line).collect();
    if rows.len() < all.len() {
        let held: Vec<&str> = rows.iter().map(|team| team.name.as_str()).collect();
        let rest: Vec<Line> = all.iter().filter(|team| !held.contains(&team.name.as_str())).take(HELD).map(line).collect();
        grid.hidden = json::rows(&rest);
        let alike = all.iter().filter(|team| !held.contains(&team.name.as_str()) && team.standing() == Standing::Alike).count();
        grid.rest = format!(
            "Showing {} of {} teams: those that differ, then the largest. Of the others {alike} cannot be told apart and {} had too few failures.",
            rows.len(),
            all.len(),
            all.len() - rows.len() - alike
        );
    }
    Ok(grid)
}

/// Divisions and other groups, each with all teams beneath it.
fn groups(source: &Source<'_>) -> Grid {
    let columns = [
        &metric::DEPLOYMENTS,
        &metric::CHANGE_FAILURE_RATE,
        &metric::INCIDENTS,
        &metric::TIME_TO_RESTORE_MEDIAN,
        &metric::LEAD_TIME_MEDIAN,
        &metric::REWORK_RATE,
    ];
    let heads: Vec<String> = std::iter::once("Group".to_owned()).chain(columns.iter().map(|metric| format!("{}#", metric.title))).collect();
    let mut grid =
        Grid::new("Groups of teams over the whole range", &heads.iter().map(String::as_str).collect::<Vec<_>>()).keyed("groups", 0, "");
    let cell = |figure: Option<&Figure>| match figure {
        None => Cell::of(MISSING),
        Some(figure) => {
            let interval = figure.interval().map(|_| wording::interval(figure)).unwrap_or_default();
            Cell::of(wording::figure(figure)).with_remark(interval).sorted(figure.value.unwrap_or(-1.0))
        }
    };
    for (id, figures) in source.figures.groups() {
        let name = Cell::of(source.names.team(id));
        grid.rows.push(std::iter::once(name).chain(columns.iter().map(|metric| cell(figures.get(metric.name)))).collect::<Vec<_>>().into());
    }
    grid
}

/// What the drawings of all rows share.
struct Scale {
    organisation: Option<f64>,
    end: f64,
}

/// Expected failures and deployments of each team in the month.
fn alone(source: &Source<'_>) -> PolarsResult<HashMap<String, (f64, i64)>> {
    let Some(key) = source.period.month.as_ref().map(ReviewMonth::key) else { return Ok(HashMap::new()) };
    let frame = source.frames.get(&team_month::TABLE);
    let (ids, months) = (frame.texts(&team_month::TEAM_ID)?, frame.texts(&team_month::MONTH)?);
    let (failed, deployments) = (frame.reals(&team_month::FAILED_DEPLOYMENTS)?, frame.ints(&team_month::DEPLOYMENTS)?);
    let of_month = (0..frame.height()).filter(|row| months.get(*row) == Some(key.as_str()));
    let pair = |row| Some((source.names.team(ids.get(row)?).to_owned(), (failed.get(row)?, deployments.get(row)?)));
    Ok(of_month.filter_map(pair).collect())
}

fn chip(team: &Team) -> Chip {
    let probably = |words: &str| Chip { class: "probably", words: words.to_owned() };
    match team.standing() {
        Standing::Higher => Chip::saying(Change::Higher, "Higher; chance does not explain it"),
        Standing::Lower => Chip::saying(Change::Lower, "Lower; chance does not explain it"),
        Standing::ProbablyHigher => probably("Probably higher"),
        Standing::ProbablyLower => probably("Probably lower"),
        Standing::Alike => Chip::saying(Change::Unclear, "Cannot be told apart"),
        Standing::TooFew => Chip::saying(Change::TooFew, "Too few failures to say"),
        Standing::NotCompared => Chip::saying(Change::NotGiven, "Not compared"),
    }
}

fn cells(team: &Team, scale: &Scale, alone: &HashMap<String, (f64, i64)>, source: &Source<'_>) -> Vec<Cell> {
    let missing = || MISSING.to_owned();
    let is_withheld = team.rate.is_withheld();
    let drawn = micro(&team.rate, team.raw, scale.organisation, scale.end, team.is_few());
    let mut cells = vec![
        Cell::of(team.name.as_str()),
        Cell::of(wording::thousands(team.deployments)).sorted(team.deployments as f64),
        Cell::of(if is_withheld { missing() } else { wording::expected(team.failures) }),
        Cell::of(team.raw.map_or_else(missing, wording::rate)),
        Cell::of(wording::figure(&team.rate)).with_remark(team.rate.interval().map(|_| wording::interval(&team.rate)).unwrap_or_default()),
        Cell::drawn(drawn),
        Cell::of(team.above.map_or_else(missing, wording::probability)).sorted(team.above.unwrap_or(-1.0)),
        Cell::verdict(chip(team)),
        Cell::of(team.restore_median.map_or_else(missing, wording::duration)).sorted(team.restore_median.unwrap_or(-1.0)),
    ];
    if source.period.month.is_some() {
        let words = alone.get(&team.name).filter(|_| !is_withheld);
        cells.push(Cell::of(
            words.map_or_else(missing, |(failed, n)| format!("{} of {}", wording::expected(*failed), wording::thousands(*n))),
        ));
    }
    cells
}
