//! Planned changes: the tables `change_risk` and `risk_validation`.

use polars::prelude::*;
use sequela_schema::Values;
use sequela_schema::canonical::changes;
use sequela_schema::result::{change_risk as columns, deployment_units, risk_validation};

use super::super::Source;
use super::super::json;
use super::super::parts::{Block, Cell, Grid, Head, Line, Section};
use super::{View, not_given};
use crate::ReportError;
use crate::names::Names;
use crate::record::Record;
use crate::wording::{self, MISSING};

/// Changes shown.
const SHOWN: usize = 8;
/// Changes held for those who ask.
const HELD: usize = 1_000;
/// What the probabilities rest on, in the words of the check.
const BETTER: &str = "The model beats the base rate on later deployments that it was not fitted to";

/// What it comes to, in one sentence.
pub(super) fn finding(view: &View<'_>) -> PolarsResult<String> {
    let frame = view.frames.get(&columns::TABLE);
    if view.frames.height(&changes::TABLE) == 0 {
        return Ok(not_given("A change export with planned changes"));
    }
    if frame.height() == 0 && view.frames.height(&deployment_units::TABLE) == 0 {
        return Ok("There is no history to score planned changes from: a deployment export fills it.".to_owned());
    }
    if frame.height() == 0 {
        return Ok("No change is planned: an export that includes changes not yet carried out fills this section.".to_owned());
    }
    if view.is_withheld {
        return Ok(format!(
            "{} planned, none scored: no effect of deployments can be told from chance.",
            wording::plural(frame.height() as i64, "change")
        ));
    }
    let first = Record::at(&frame, 0);
    let base = first.real(&columns::BASE_RATE)?.map_or_else(|| MISSING.to_owned(), wording::rate);
    let planned = format!("{} planned", wording::plural(frame.height() as i64, "change"));
    if first.text(&columns::METHOD)? != Some("model") {
        return Ok(format!("{planned}; history does not tell them apart, so each has the base rate of {base}."));
    }
    let board = match board(&frame)? {
        0 => "none".to_owned(),
        number => wording::thousands(number as i64),
    };
    let highest = frame.reals(&columns::P_FAILURE)?.iter().flatten().fold(0.0, f64::max);
    Ok(format!(
        "{planned}, probability of failure up to {} against a base rate of {base}; {board} suggested for the CAB.",
        wording::rate(highest)
    ))
}

/// Planned changes that the thresholds suggest for the change advisory board.
fn board(frame: &DataFrame) -> PolarsResult<usize> {
    Ok(frame.texts(&columns::SUGGESTED_PATH)?.iter().filter(|path| *path == Some("cab")).count())
}

/// What the board should look at, and why.
pub(super) fn decision(view: &View<'_>) -> PolarsResult<Option<(String, String, &'static str)>> {
    let frame = view.frames.get(&columns::TABLE);
    if view.is_withheld || frame.height() == 0 || board(&frame)? == 0 {
        return Ok(None);
    }
    let first = Record::at(&frame, order(&frame)?[0]);
    if first.text(&columns::METHOD)? != Some("model") {
        return Ok(None);
    }
    let (p, base) = (first.real(&columns::P_FAILURE)?.unwrap_or_default(), first.real(&columns::BASE_RATE)?.unwrap_or_default());
    let id = first.text(&columns::CHANGE_ID)?.unwrap_or_default();
    let records = view.frames.get(&changes::TABLE);
    let number = Record::with(&records, &changes::CHANGE_ID, id)?.map_or(Ok(None), |record| record.text(&changes::NUMBER))?;
    Ok(Some((
        format!("Take {} to the CAB", wording::plural(board(&frame)? as i64, "planned change")),
        format!(
            ": the likeliest to fail is {} with {}, against a base rate of {}.",
            number.unwrap_or(id),
            wording::rate(p),
            wording::rate(base)
        ),
        "risk",
    )))
}

/// The section.
pub(in crate::review) fn section(source: &Source<'_>) -> Result<Section, ReportError> {
    let head = Head {
        id: "risk",
        title: "Planned changes".to_owned(),
        finding: finding(&source.view())?,
        meta: format!(
            "Scored at {} from past deployments · {} intervals of the probability, not of what will happen",
            wording::instant_words(source.context.as_of, source.context.timezone),
            source.context.level_words()
        ),
        rows: vec!["change_risk", "risk_validation"],
    };
    let frame = source.frames.get(&columns::TABLE);
    if frame.height() == 0 || source.honesty.is_withheld() {
        return Ok(Section { head, blocks: Vec::new() });
    }
    let validation = source.frames.get(&risk_validation::TABLE);
    let blocks = vec![
        Block::Grid(grid(&frame, source)?),
        Block::Note(check_words(&validation)?),
        Block::Grid(checks(&validation)?),
        Block::Note(
            "Paths are suggested by the thresholds of [risk] in sequela.toml. Whether past deployments failed is itself expected, not \
             known, and the model of causes looks at size and kind too: the check may be kinder than the truth."
                .to_owned(),
        ),
    ];
    Ok(Section { head, blocks })
}

/// The finding, and how far it is to be believed.
pub(crate) fn sentences(view: &View<'_>) -> PolarsResult<Vec<String>> {
    let mut sentences = vec![finding(view)?];
    let check = check_words(&view.frames.get(&risk_validation::TABLE))?;
    if !check.is_empty() && !view.is_withheld {
        sentences.push(check);
    }
    Ok(sentences)
}

/// How far the probabilities are to be believed, in one sentence.
fn check_words(frame: &DataFrame) -> PolarsResult<String> {
    let Some(row) = Record::with(frame, &risk_validation::STATISTIC, "brier_skill")? else { return Ok(String::new()) };
    let number = |column| Ok::<_, PolarsError>(wording::thousands(row.int(column)?.unwrap_or_default()));
    let (fitted, checked) = (number(&risk_validation::FITTED)?, number(&risk_validation::CHECKED)?);
    let failures = wording::expected(row.real(&risk_validation::FAILURES)?.unwrap_or_default());
    let is_told = frame.bools(&risk_validation::IS_BETTER)?.get(0);
    Ok(match is_told {
        Some(true) => format!("{BETTER}: fitted to {fitted}, checked on {checked} with {failures} expected failures."),
        Some(false) => format!(
            "The model does not beat the base rate on {checked} later deployments with {failures} expected failures, so the base rate is given."
        ),
        None => format!(
            "Too few failures to check a model ({fitted} earlier deployments, {checked} later ones with {failures} expected failures), so \
             the base rate is given."
        ),
    })
}

fn grid(frame: &DataFrame, source: &Source<'_>) -> PolarsResult<Grid> {
    let heads = ["Change", "Service, team", "Planned start", "Probability of failure#", "Interval#", "Why", "Suggested path"];
    let mut grid = Grid::new("Planned changes, likeliest to fail first", &heads).keyed("risk", 3, "descending");
    let order = order(frame)?;
    let records = source.frames.get(&changes::TABLE);
    let line = |row: &usize| line(&Record::at(frame, *row), &records, source);
    let lines = order.iter().take(HELD).map(line).collect::<PolarsResult<Vec<_>>>()?;
    if order.len() > SHOWN {
        grid.hidden = json::rows(&lines[SHOWN..]);
        grid.rest = format!("Showing {SHOWN} of {} planned changes, the likeliest to fail.", wording::thousands(order.len() as i64));
    }
    grid.rows = lines.into_iter().take(SHOWN).collect();
    Ok(grid)
}

/// Likeliest to fail first, then the earliest.
fn order(frame: &DataFrame) -> PolarsResult<Vec<usize>> {
    let (risks, starts) = (frame.reals(&columns::P_FAILURE)?, frame.instants(&columns::PLANNED_START_AT)?);
    let mut order: Vec<usize> = (0..frame.height()).collect();
    let key = |row: usize| (risks.get(row).unwrap_or_default(), starts.get(row).unwrap_or(i64::MAX));
    order.sort_by(|left, right| key(*right).0.total_cmp(&key(*left).0).then(key(*left).1.cmp(&key(*right).1)).then(left.cmp(right)));
    Ok(order)
}

fn line(change: &Record<'_>, records: &DataFrame, source: &Source<'_>) -> PolarsResult<Line> {
    let id = change.text(&columns::CHANGE_ID)?.unwrap_or_default();
    let record = Record::with(records, &changes::CHANGE_ID, id)?;
    let of = |column| record.as_ref().map_or(Ok(None), |record| record.text(column));
    let number = of(&changes::NUMBER)?.unwrap_or(id);
    let title = of(&changes::TITLE)?.map(|title| wording::cut(title, 80)).unwrap_or_default();
    let named = |names: &Names, service: Option<&str>, team: Option<&str>| {
        (service.map(|service| names.service(service).to_owned()), team.map(|team| names.team(team).to_owned()))
    };
    let (service, team) = named(source.names, change.text(&columns::SERVICE_ID)?, change.text(&columns::TEAM_ID)?);
    let zone = source.context.timezone;
    let start = change.instant(&columns::PLANNED_START_AT)?;
    let p = change.real(&columns::P_FAILURE)?.unwrap_or_default();
    let ends = change.real(&columns::LOWER)?.zip(change.real(&columns::UPPER)?);
    let ends = ends.map(|(lower, upper)| format!("{} – {}", wording::rate(lower), wording::rate(upper)));
    let reasons = change.text(&columns::REASONS)?.unwrap_or("nothing sets it apart").replace("; ", " · ").replace(" %", "\u{202f}%");
    let cells = vec![
        Cell::of(number).with_remark(title).with_link(of(&changes::URL)?),
        Cell::of(service.clone().unwrap_or_else(|| MISSING.to_owned())).with_remark(team.clone().unwrap_or_default()),
        Cell::of(start.map_or_else(|| MISSING.to_owned(), |at| wording::short_instant(at, zone)))
            .with_hint(start.map(|at| wording::iso_words(at, zone)).unwrap_or_default())
            .sorted(start.unwrap_or_default() as f64),
        Cell::of(wording::rate(p)).sorted(p),
        Cell::of(ends.unwrap_or_else(|| MISSING.to_owned())),
        Cell::of(reasons),
        Cell::of(path_words(change.text(&columns::SUGGESTED_PATH)?.unwrap_or_default())),
    ];
    Ok(Line { cells, service: service.unwrap_or_default(), team: team.unwrap_or_default(), ..Line::default() })
}

fn path_words(path: &str) -> &'static str {
    match path {
        "pre_approved" => "Pre-approved",
        "cab" => "CAB",
        _ => "Peer review",
    }
}

/// The check, one row per statistic.
fn checks(frame: &DataFrame) -> PolarsResult<Grid> {
    let mut grid = Grid::new("Check on later deployments", &["Statistic", "Model#", "Its interval#", "Base rate alone#", "What is good"]);
    for row in 0..frame.height() {
        let statistic = Record::at(frame, row);
        let (name, good) = statistic_words(statistic.text(&risk_validation::STATISTIC)?.unwrap_or_default());
        let words = |value: Option<f64>| value.map_or_else(|| MISSING.to_owned(), |value| format!("{value:.3}").replace('-', "−"));
        let ends = statistic.real(&risk_validation::LOWER)?.zip(statistic.real(&risk_validation::UPPER)?);
        let ends = ends.map(|(lower, upper)| format!("{} – {}", words(Some(lower)), words(Some(upper))));
        let cells = vec![
            Cell::of(name),
            Cell::of(words(statistic.real(&risk_validation::VALUE)?)),
            Cell::of(ends.unwrap_or_else(|| MISSING.to_owned())),
            Cell::of(words(statistic.real(&risk_validation::BASE_RATE)?)),
            Cell::of(good),
        ];
        if statistic.real(&risk_validation::VALUE)?.is_some() {
            grid.rows.push(cells.into());
        }
    }
    Ok(grid)
}

fn statistic_words(name: &str) -> (&'static str, &'static str) {
    match name {
        "auc" => ("AUC", "near 1: failures were given higher probabilities than others; 0.5 is chance"),
        "brier" => ("Brier score", "small: mean squared difference from what happened"),
        "calibration_slope" => ("Calibration slope", "1: below it, probabilities are too extreme"),
        "calibration_in_the_large" => ("Calibration in the large", "0: above it, more failed than was said"),
        _ => ("Brier skill", "above 0: the model says more than the base rate"),
    }
}
