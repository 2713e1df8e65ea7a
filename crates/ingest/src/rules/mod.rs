//! What a row must satisfy once its values are read: words become ours, times are checked against each other, rows without an
//! identity are put aside.

pub(crate) mod catalog;
mod change;
pub(crate) mod delivery;
mod incident;

use sequela_schema::Column;

use crate::draft::{Draft, Slot};
use crate::fields;
use crate::issue::{Issues, Place, code};
use crate::plan::Plan;

/// What the rules of a file need to know beside the row.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) production: &'a [String],
    pub(crate) service: Option<&'a str>,
}

/// Whether a row is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Keep,
    Reject,
}

/// Applies the rules of the draft's table.
pub(crate) fn apply(context: &Context<'_>, draft: &mut Draft, row: u64, issues: &mut Issues) -> Verdict {
    set_service(context, draft);
    if missing_required(context, draft, row, issues) {
        return Verdict::Reject;
    }
    let verdict = match draft.table.name {
        "deployments" => delivery::deployment(context, draft, row, issues),
        "deployment_commits" => delivery::commit(context, draft, row, issues),
        "incidents" => incident::incident(context, draft, row, issues),
        "status_events" => needs_time(context, draft, row, issues),
        "changes" => change::change(context, draft, row, issues),
        "problems" => change::problem(context, draft, row, issues),
        "services" => catalog::service(context, draft, row, issues),
        _ => Verdict::Keep,
    };
    set_clock(context, draft);
    verdict
}

/// The service of the source where the row names none; the first of several also stands in the row's own column.
fn set_service(context: &Context<'_>, draft: &mut Draft) {
    let Some(column) = draft.landmarks.service_name else { return };
    if !matches!(draft.table.name, "deployments" | "incidents" | "changes") {
        if let (true, Some(service)) = (draft.is_null(column), context.service) {
            draft.set_text(column, service);
        }
        return;
    }
    if let (true, Some(service)) = (draft.services.is_empty(), context.service) {
        let span = draft.keep(service);
        draft.services.push(span);
    }
    if let Some(span) = draft.services.first() {
        draft.set(column, Slot::Text(*span));
    }
}

fn missing_required(context: &Context<'_>, draft: &Draft, row: u64, issues: &mut Issues) -> bool {
    let missing = draft.landmarks.required.iter().find(|column| draft.is_null(column));
    let Some(column) = missing else { return false };
    if draft.table.name == "deployment_commits" && column.name == "commit_id" {
        return false;
    }
    let is_id = fields::identity(draft.table).is_some_and(|identity| identity.name == column.name);
    let code = if is_id { code::MISSING_ID } else { code::MISSING_VALUE };
    let place = Place { row, column: Some(context.plan.header(column)), found: None };
    issues.reject(code, place, format_args!("the row has no {}; fill it in the export or correct the map", column.name));
    true
}

/// Rejects a row none of whose event times could be read.
fn needs_time(context: &Context<'_>, draft: &Draft, row: u64, issues: &mut Issues) -> Verdict {
    if event_time(draft).is_some() {
        return Verdict::Keep;
    }
    let (code, message) = if draft.bad_times > 0 {
        (code::BAD_TIMESTAMP, "none of the row's times could be read; set a format or date_order in the map")
    } else {
        (code::MISSING_TIME, "the row has no time at all; fill one in the export or map a time column")
    };
    let column = fields::event_times(draft.table).iter().find(|column| draft.bad_times > 0 && context.plan.fills(column));
    let place = Place { row, column: column.map(|column| context.plan.header(column)), found: None };
    issues.reject(code, place, format_args!("{message}"));
    Verdict::Reject
}

/// When the event of the row was.
pub(crate) fn event_time(draft: &Draft) -> Option<i64> {
    fields::event_times(draft.table).iter().find_map(|column| draft.int(column))
}

/// Empties ends that lie before the start. Zero length is fine.
fn check_ends(context: &Context<'_>, draft: &mut Draft, start: Option<i64>, ends: &[Column], row: u64, issues: &mut Issues) {
    let Some(start) = start else { return };
    for end in ends {
        if let Some(at) = draft.int(end).filter(|at| *at < start) {
            let found = format!("{} before {}", instant(at), instant(start));
            let place = Place::cell(row, context.plan.header(end), &found);
            issues.note(
                code::END_BEFORE_START,
                place,
                format_args!("the end lies before the start; {} was left empty, correct the record", end.name),
            );
            draft.unset(end);
        }
    }
}

fn instant(at: i64) -> String {
    chrono::DateTime::from_timestamp_micros(at).map_or_else(|| at.to_string(), |at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// Notes a word that is not in our vocabulary.
fn unknown(context: &Context<'_>, column: &Column, found: &str, row: u64, issues: &mut Issues) {
    let place = Place::cell(row, context.plan.header(column), found);
    issues.note(
        code::UNKNOWN_VALUE,
        place,
        format_args!("unknown {}; it was left empty, add the word to `values` in the map", column.name),
    );
}

/// Fills our word from theirs where the file has only theirs.
fn derive(
    context: &Context<'_>,
    draft: &mut Draft,
    pair: (&Column, &Column),
    row: u64,
    issues: &mut Issues,
    word: impl Fn(&str) -> Option<&'static str>,
) {
    let (ours, theirs) = pair;
    if context.plan.fills(ours) || !draft.is_null(ours) {
        return;
    }
    let Some(text) = draft.text(theirs) else { return };
    let own = context.plan.words.iter().find(|(position, _)| *position == ours.position).and_then(|(_, own)| own(text));
    match own.or_else(|| word(text)) {
        Some(word) => draft.set_text(ours, word),
        None => unknown(context, ours, text, row, issues),
    }
}

/// Clock quality and error of the row, unless the file has its own.
fn set_clock(context: &Context<'_>, draft: &mut Draft) {
    if let (Some(column), Some(quality)) = (draft.landmarks.time_quality, draft.quality)
        && !context.plan.fills(column)
    {
        draft.set_text(column, quality.label());
    }
    if let Some(column) = draft.landmarks.time_uncertainty
        && !context.plan.fills(column)
        && draft.uncertainty > 0.0
    {
        draft.set(column, Slot::Real(draft.uncertainty));
    }
}
