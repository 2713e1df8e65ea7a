//! Incidents caused by change, by the hours that they cost, with what may have caused each.

use polars::prelude::PolarsResult;
use sequela_schema::canonical::incidents;
use sequela_schema::vocabulary::verdict;

use super::Source;
use super::candidates::{bars, number, why};
use super::cases::Case;
use super::json;
use super::parts::{Cell, Grid, Head, Line};
use crate::record::Record;
use crate::wording::{self, MISSING};

/// Rows shown at once.
const SHOWN: usize = 8;
/// Rows that a page holds, shown or not.
const HELD: usize = 2_000;
/// Characters of a title.
const TITLE_LENGTH: usize = 80;

/// The section.
#[derive(Debug)]
pub(super) struct Incidents {
    pub(super) head: Head,
    pub(super) table: Grid,
    /// What probabilities are for; empty where links follow records and rules.
    pub(super) caution: String,
    pub(super) note: String,
}

/// Incidents of the period.
fn of_period<'a>(source: &Source<'a>) -> Vec<&'a Case> {
    source.cases.all.iter().filter(|case| source.period.holds(case.began)).collect()
}

/// Those that are listed: by hours lost to change, then by identifier.
fn listed<'a>(source: &Source<'a>) -> Vec<&'a Case> {
    let mut listed: Vec<&Case> = of_period(source).into_iter().filter(|case| case.is_listed()).collect();
    listed.sort_by(|left, right| right.lost().total_cmp(&left.lost()).then_with(|| left.id.cmp(&right.id)));
    listed
}

/// How many incidents hold half of the hours lost to change, and those hours.
pub(super) fn half(source: &Source<'_>) -> (usize, f64) {
    let mut lost: Vec<f64> = of_period(source).iter().map(|case| case.lost()).collect();
    lost.sort_by(|left, right| right.total_cmp(left));
    let total: f64 = lost.iter().sum();
    let mut held = 0.0;
    let number = lost.iter().take_while(|hours| {
        let is_needed = held < total / 2.0;
        held += **hours;
        is_needed
    });
    (number.count(), total)
}

/// Fills the section in.
pub(super) fn section(source: &Source<'_>) -> PolarsResult<Incidents> {
    let listed = listed(source);
    let heads = [
        "Incident",
        "Service, team",
        "Sev#",
        "To restore#",
        "Hours lost to change#",
        "Verdict",
        "Candidates, likeliest first",
        "Why the first one",
    ];
    let mut table = Grid::new("Incidents caused by change, most hours lost first", &heads).keyed("cc", 4, "descending");
    table.class = "incidents";
    for case in listed.iter().take(SHOWN) {
        table.rows.push(line(source, case)?);
    }
    if listed.len() > SHOWN {
        let rest = listed.iter().take(HELD).skip(SHOWN).map(|case| line(source, case)).collect::<PolarsResult<Vec<_>>>()?;
        table.hidden = json::rows(&rest);
        table.rest = format!("Showing {SHOWN} of {} incidents.", wording::thousands(listed.len() as i64));
    }
    let head = Head {
        id: "incidents",
        title: "Incidents caused by change".to_owned(),
        finding: finding(source, &listed),
        meta: meta(source),
        rows: vec!["incident_attribution", "links"],
    };
    let caution = if source.honesty.is_model() && !source.honesty.is_withheld() { wording::caution() } else { String::new() };
    let note = "Hours lost: time to restore, while open up to the export, times the probability of a change. Listed from a probability of \
                30\u{202f}%. “Likeliest first” is not a verdict: where shares are close, read all candidates.";
    Ok(Incidents { head, table, caution, note: if listed.is_empty() { String::new() } else { note.to_owned() } })
}

fn meta(source: &Source<'_>) -> String {
    format!(
        "{} · {} judged · {}",
        source.period.name,
        wording::plural(of_period(source).len() as i64, "incident"),
        match source.context.lookback_hours {
            _ if source.honesty.is_model() => format!("look-back {}", wording::model_window()),
            Some(hours) => format!("look-back {}", wording::span(hours)),
            None => "no limit of look-back".to_owned(),
        }
    )
}

fn finding(source: &Source<'_>, listed: &[&Case]) -> String {
    let all = of_period(source);
    let number = |wanted: &str| all.iter().filter(|case| case.verdict == wanted).count() as i64;
    if source.cases.incidents.height() == 0 {
        return "There are no incidents: an incident export fills this section.".to_owned();
    }
    let (caused, other) = (number(verdict::CHANGE), number(verdict::BACKGROUND));
    if source.cases.deployments.height() == 0 && caused == 0 {
        return "There are no deployments to put an incident down to: a deployment export fills this section.".to_owned();
    }
    if all.is_empty() {
        return format!("No incident began in {}.", source.period.short());
    }
    let of = wording::plural(all.len() as i64, "incident");
    let verb = |number: i64| if number == 1 { "is" } else { "are" };
    if source.honesty.is_withheld() {
        let caused_words = wording::thousands(caused);
        return format!(
            "{caused_words} of {of} {} put down to a change by a record or a rollback. {}",
            verb(caused),
            wording::silence_words(source.honesty)
        );
    }
    let mut text = format!(
        "Of {of}, {} {} put down to a change, {} to something else",
        wording::thousands(caused),
        verb(caused),
        wording::thousands(other)
    );
    let undecided = all.len() as i64 - caused - other;
    if undecided > 0 {
        text.push_str(&format!(", and {} cannot be decided", wording::thousands(undecided)));
    }
    let (number, total) = half(source);
    if listed.len() > 1 && total > 0.0 {
        text.push_str(&format!(". {number} {} half of the hours lost", if number == 1 { "holds" } else { "hold" }));
    }
    text + "."
}

fn line(source: &Source<'_>, case: &Case) -> PolarsResult<Line> {
    let incident = Record::at(&source.cases.incidents, case.incident);
    let severity = incident.int(&incidents::SEVERITY)?;
    let mut candidates = Cell::of("");
    candidates.bars = bars(source, case)?;
    let cells = vec![
        incident_cell(source, case, &incident)?,
        Cell::of(if case.service.is_empty() { MISSING } else { &case.service }).with_remark(case.team.as_str()),
        severity.map_or_else(|| Cell::of(MISSING), |severity| Cell::of(format!("S{severity}")).sorted(severity as f64)),
        restored_cell(case),
        Cell::of(hours(case.lost())).sorted((case.lost() * 1e4).round() / 1e4),
        verdict_cell(case),
        candidates,
        Cell::of(why(source.cases, case)?),
    ];
    Ok(Line { cells, team: case.team.clone(), service: case.service.clone(), ..Line::default() })
}

/// `34.7 h`; from 100 hours on without decimals.
pub(super) fn hours(value: f64) -> String {
    if value < 99.95 { format!("{value:.1} h") } else { format!("{} h", wording::thousands(value.round() as i64)) }
}

/// Number, title and start, linked to the record.
pub(super) fn incident_cell(source: &Source<'_>, case: &Case, incident: &Record<'_>) -> PolarsResult<Cell> {
    let zone = source.context.timezone;
    let title = wording::cut(incident.text(&incidents::TITLE)?.unwrap_or_default(), TITLE_LENGTH);
    let at = case.began.map(|at| wording::instant_words(at, zone)).unwrap_or_default();
    let remark = [title, at].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
    let hint = case.began.map(|at| wording::iso_words(at, zone)).unwrap_or_default();
    Ok(Cell::of(number(incident)?).with_remark(remark).with_link(incident.text(&incidents::URL)?).with_hint(hint))
}

/// Time to restore, or how long it is open.
pub(super) fn restored_cell(case: &Case) -> Cell {
    let words = wording::duration(case.hours);
    match case.is_open {
        true => Cell::of("open").with_remark(format!("for {words}")),
        false if case.hours < 0.0 => Cell::of(MISSING).with_remark("ends before it begins"),
        false => Cell::of(words),
    }
    .sorted((case.hours * 1e4).round() / 1e4)
}

/// The verdict in a word, and the probability of a change.
pub(super) fn verdict_cell(case: &Case) -> Cell {
    let word = match case.verdict.as_str() {
        verdict::CHANGE => "Change",
        verdict::BACKGROUND => "Other cause",
        verdict::UNDETERMINED => "Undetermined",
        _ => "Too little data",
    };
    Cell::of(word).with_remark(format!("{} change", wording::probability(case.change))).sorted(case.change)
}
