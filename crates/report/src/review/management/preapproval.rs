//! Pre-approval: the table `standard_change_candidates`. Models to pre-approve and models to withdraw are two tables, each with its axis.

use polars::prelude::PolarsResult;
use sequela_schema::canonical::changes;
use sequela_schema::result::standard_change_candidates as t;

use super::super::Source;
use super::super::json;
use super::super::parts::{Block, Cell, Grid, Head, Line, Section};
use super::super::strip::{micro_axis_between, micro_between, top};
use super::{View, not_given};
use crate::ReportError;
use crate::figures::{Figure, Unit};
use crate::record::Record;
use crate::wording::{self, MISSING};

const PRE_APPROVE: &str = "pre-approve";
const WITHDRAW: &str = "withdraw";
/// Models shown.
const SHOWN: usize = 8;
/// Models held for those who ask.
const HELD: usize = 500;

/// One change model.
#[derive(Debug)]
struct Model {
    service: String,
    team: String,
    /// Service, model, type and kind.
    name: String,
    failures: f64,
    rate: Figure,
    at_board: i64,
    pre_approved: i64,
    cab_hours: Option<f64>,
    board_hours: Option<f64>,
    target: f64,
    /// Number and address of records of failed changes.
    failed: Vec<(String, String)>,
    proposal: String,
}

fn models(view: &View<'_>) -> PolarsResult<Vec<Model>> {
    let frame = view.frames.get(&t::TABLE);
    (0..frame.height()).map(|row| model(view, &Record::at(&frame, row))).collect()
}

fn model(view: &View<'_>, row: &Record<'_>) -> PolarsResult<Model> {
    let text = |column| Ok::<_, polars::prelude::PolarsError>(row.text(column)?.unwrap_or_default());
    let (service, n) = (view.names.service(text(&t::SERVICE_ID)?), row.int(&t::CHANGES)?.unwrap_or_default());
    let kind = text(&t::KIND)?.replace('_', " ");
    let parts = [service, text(&t::MODEL)?, text(&t::TYPE)?, kind.as_str()];
    Ok(Model {
        service: service.to_owned(),
        team: view.names.team(text(&t::TEAM_ID)?).to_owned(),
        name: parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · "),
        failures: n as f64 - row.real(&t::SUCCESSES)?.unwrap_or_default(),
        rate: Figure {
            unit: Unit::Ratio,
            n,
            value: row.real(&t::SUCCESS_RATE)?,
            lower: row.real(&t::LOWER)?,
            upper: row.real(&t::UPPER)?,
            method: String::new(),
            note: None,
        },
        at_board: row.int(&t::AT_BOARD)?.unwrap_or_default(),
        pre_approved: row.int(&t::PRE_APPROVED)?.unwrap_or_default(),
        cab_hours: row.real(&t::CAB_HOURS)?,
        board_hours: row.real(&t::BOARD_HOURS)?,
        target: row.real(&t::TARGET)?.unwrap_or_default(),
        failed: failed(view, text(&t::FAILED_CHANGES)?)?,
        proposal: text(&t::PROPOSAL)?.to_owned(),
    })
}

/// The records by the number that people use.
fn failed(view: &View<'_>, ids: &str) -> PolarsResult<Vec<(String, String)>> {
    let frame = view.frames.get(&changes::TABLE);
    let record = |id: &str| {
        let Some(change) = Record::with(&frame, &changes::CHANGE_ID, id)? else { return Ok((id.to_owned(), String::new())) };
        let number = change.text(&changes::NUMBER)?.unwrap_or(id);
        Ok((number.to_owned(), change.text(&changes::URL)?.unwrap_or_default().to_owned()))
    };
    ids.split(", ").filter(|id| !id.is_empty()).map(record).collect()
}

/// Models with that proposal: to pre-approve by the waiting that it frees, to withdraw by failures.
fn proposed<'a>(models: &'a [Model], proposal: &str) -> Vec<&'a Model> {
    let mut found: Vec<&Model> = models.iter().filter(|model| model.proposal == proposal).collect();
    let cost = |model: &Model| if proposal == PRE_APPROVE { model.cab_hours.unwrap_or(-1.0) } else { model.failures };
    found.sort_by(|left, right| cost(right).total_cmp(&cost(left)).then_with(|| left.name.cmp(&right.name)));
    found
}

/// What it comes to, in one sentence.
pub(super) fn finding(view: &View<'_>) -> PolarsResult<String> {
    let all = models(view)?;
    let records = view.frames.height(&changes::TABLE) as i64;
    let Some(target) = all.first().map(|model| target_words(model.target)) else {
        return Ok(match records {
            0 => not_given("A change export with type or model"),
            number => format!("None of {} was carried out in the range with a known outcome.", wording::plural(number, "change record")),
        });
    };
    if view.is_withheld {
        return Ok("No change model is judged: the attribution model may not judge on these data.".to_owned());
    }
    let (ready, doubtful) = (proposed(&all, PRE_APPROVE), proposed(&all, WITHDRAW));
    let of = wording::plural(all.len() as i64, "change model");
    let withdrawn = match doubtful.len() {
        0 => String::new(),
        1 => "; 1 standard change falls short of it".to_owned(),
        number => format!("; {number} standard changes fall short of it"),
    };
    let judged = all.iter().filter(|model| model.proposal != "too few to say").count();
    let few = if judged == 0 { "; none has enough changes to say" } else { "" };
    Ok(match ready.len() {
        0 => format!("None of {of} is shown to succeed in {target} of changes{few}{withdrawn}."),
        number => format!(
            "{number} of {of} can be approved in advance, with success of at least {target}{}{withdrawn}.",
            freed(&ready).map_or_else(String::new, |hours| format!(" (waiting freed: {} a year)", wording::duration(hours)))
        ),
    })
}

/// `98 %`, `99.5 %`.
fn target_words(target: f64) -> String {
    if (target * 100.0).fract().abs() < 1e-9 { wording::share(target) } else { wording::rate(target) }
}

/// Hours a year that the proposals free together.
fn freed(ready: &[&Model]) -> Option<f64> {
    let known: Vec<f64> = ready.iter().filter_map(|model| model.cab_hours).collect();
    (!known.is_empty()).then(|| known.iter().sum())
}

/// What somebody has to decide: what, and why.
pub(super) fn decision(view: &View<'_>) -> PolarsResult<Option<(String, String)>> {
    let all = models(view)?;
    if view.is_withheld {
        return Ok(None);
    }
    let (ready, doubtful) = (proposed(&all, PRE_APPROVE), proposed(&all, WITHDRAW));
    let target = all.first().map(|model| target_words(model.target)).unwrap_or_default();
    let number = |models: &[&Model]| wording::plural(models.len() as i64, "change model");
    Ok(match (ready.is_empty(), doubtful.is_empty()) {
        (true, true) => None,
        (false, true) => Some((format!("Approve {} in advance", number(&ready)), format!(": success is at least {target}."))),
        (true, false) => Some((format!("Withdraw pre-approval of {}", number(&doubtful)), format!(": success is under {target}."))),
        (false, false) => Some((
            format!("Approve {} in advance, and withdraw it for {}", number(&ready), doubtful.len()),
            format!(": the one shows a success of at least {target}, the others fall short of it."),
        )),
    })
}

/// The section.
pub(in crate::review) fn section(source: &Source<'_>) -> Result<Section, ReportError> {
    let view = source.view();
    let all = models(&view)?;
    let changes: i64 = all.iter().map(|model| model.rate.n).sum();
    let meta = format!(
        "{} · {} · {} intervals · of the proposals at most one in ten is expected to be wrong{}",
        wording::range_words(source.context.from, source.context.to, source.context.timezone),
        wording::plural(changes, "change"),
        source.context.level_words(),
        if source.honesty.is_model() { " · failures whose links cannot be seen are not counted" } else { "" }
    );
    let head = Head {
        id: "preapproval",
        title: "Pre-approval".to_owned(),
        finding: finding(&view)?,
        meta: if all.is_empty() { "Not in this review".to_owned() } else { meta },
        rows: if all.is_empty() { Vec::new() } else { vec![t::TABLE.name, changes::TABLE.name] },
    };
    if view.is_withheld || all.is_empty() {
        return Ok(Section { head, blocks: Vec::new() });
    }
    let mut blocks = ready_blocks(&proposed(&all, PRE_APPROVE));
    blocks.extend(doubtful_blocks(&proposed(&all, WITHDRAW)));
    blocks.push(Block::Note(rest(&all)));
    Ok(Section { head, blocks })
}

fn ready_blocks(ready: &[&Model]) -> Vec<Block> {
    if ready.is_empty() {
        return Vec::new();
    }
    let has_board = ready.iter().any(|model| model.board_hours.is_some());
    let mut heads =
        vec!["Change model", "Changes#", "Failed (expected)#", "Success#", "Interval#", "Interval; dashed: target", "At the board#"];
    heads.push("Waiting freed a year#");
    heads.extend(has_board.then_some("Board time freed a year#"));
    let cells = |model: &Model| {
        let hours =
            |hours: Option<f64>| Cell::of(hours.map_or_else(|| MISSING.to_owned(), wording::duration)).sorted(hours.unwrap_or(-1.0));
        let mut cells = vec![Cell::of(wording::thousands(model.at_board)).sorted(model.at_board as f64), hours(model.cab_hours)];
        cells.extend(has_board.then(|| hours(model.board_hours)));
        cells
    };
    let caption = format!("Ready for pre-approval: {}", wording::plural(ready.len() as i64, "change model"));
    let grid = grid((&caption, "preapprove"), &heads, ready, cells);
    let note = "Proposed where the whole interval lies above the target and chance does not explain it (exact binomial test, Benjamini-Hochberg \
                over all models with enough changes). Waiting: mean time from request to approval × changes a year; changes wait, people need \
                not work meanwhile.";
    vec![Block::Grid(grid), Block::Note(note.to_owned())]
}

fn doubtful_blocks(doubtful: &[&Model]) -> Vec<Block> {
    if doubtful.is_empty() {
        return Vec::new();
    }
    let heads = [
        "Standard change",
        "Changes#",
        "Failed (expected)#",
        "Success#",
        "Interval#",
        "Interval; dashed: target",
        "Pre-approved#",
        "Failed changes",
    ];
    let cells =
        |model: &Model| vec![Cell::of(wording::thousands(model.pre_approved)).sorted(model.pre_approved as f64), records(&model.failed)];
    let caption =
        format!("Pre-approved, but short of the target: {}, most failures first", wording::plural(doubtful.len() as i64, "change model"));
    let grid = grid((&caption, "withdraw"), &heads, doubtful, cells);
    let note = "Proposed where the whole interval lies under the target and chance does not explain so many failures. The table has a scale of its own. Failed \
                changes: at most five, the surest first.";
    vec![Block::Grid(grid), Block::Note(note.to_owned())]
}

/// The likeliest failure, linked to its record, and the others below.
fn records(failed: &[(String, String)]) -> Cell {
    match failed {
        [] => Cell::of(MISSING),
        [(first, url), others @ ..] => {
            let others: Vec<&str> = others.iter().map(|(number, _)| number.as_str()).collect();
            Cell::of(first.as_str()).with_link(Some(url)).with_remark(others.join(", "))
        }
    }
}

fn grid((caption, key): (&str, &'static str), heads: &[&str], models: &[&Model], more: impl Fn(&Model) -> Vec<Cell>) -> Grid {
    let target = models.first().map_or(1.0, |model| model.target);
    let worst = models.iter().filter_map(|model| model.rate.lower).fold(target, f64::min);
    let ends = (1.0 - top(Unit::Ratio, 1.0 - worst), 1.0);
    let mut grid = Grid::new(caption, heads).keyed(key, 0, "");
    grid.head[5].svg = micro_axis_between(target, ends);
    let line = |model: &&Model| {
        let mut cells = vec![
            Cell::of(model.name.as_str()),
            Cell::of(wording::thousands(model.rate.n)).sorted(model.rate.n as f64),
            Cell::of(wording::expected(model.failures)).sorted(model.failures),
            Cell::of(wording::figure(&model.rate)).sorted(model.rate.value.unwrap_or(-1.0)),
            Cell::of(wording::interval(&model.rate)),
            Cell::drawn(micro_between(&model.rate, target, ends)),
        ];
        cells.extend(more(model));
        Line { cells, team: model.team.clone(), service: model.service.clone(), ..Line::default() }
    };
    let lines: Vec<Line> = models.iter().take(HELD).map(line).collect();
    if models.len() > SHOWN {
        grid.hidden = json::rows(&lines[SHOWN..]);
        grid.rest = format!("Showing {SHOWN} of {} change models.", wording::thousands(models.len() as i64));
    }
    grid.rows = lines.into_iter().take(SHOWN).collect();
    grid
}

/// How many models each other verdict has.
fn rest(all: &[Model]) -> String {
    let number = |proposal: &str| all.iter().filter(|model| model.proposal == proposal).count() as i64;
    let part = |proposal: &str, words: &str| (number(proposal) > 0).then(|| format!("{} {words}", wording::thousands(number(proposal))));
    let parts = [
        part("keep as standard", "stay standard changes: not shown to fall short"),
        part("not yet", "not yet: failures, emergency changes, or too short a history to be sure"),
        part("too few to say", "with too few changes to say"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    match parts.is_empty() {
        true => "No other change model was carried out.".to_owned(),
        false => format!("Other change models: {}.", parts.join("; ")),
    }
}
