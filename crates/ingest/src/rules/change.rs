//! Rules of change requests and problem records.

use sequela_schema::canonical::{changes, problems};

use super::{Context, Verdict, check_ends, derive};
use crate::draft::{Draft, Slot};
use crate::issue::Issues;
use crate::words;

pub(super) fn change(context: &Context<'_>, draft: &mut Draft, row: u64, issues: &mut Issues) -> Verdict {
    set_type(context, draft, row, issues);
    derive(context, draft, (&changes::RISK, &changes::RISK_RAW), row, issues, words::risk);
    derive(context, draft, (&changes::STATE, &changes::ORIGINAL_STATE), row, issues, words::change_state);
    derive(context, draft, (&changes::CLOSE_CODE, &changes::CLOSE_CODE_RAW), row, issues, |text| Some(words::close_code(text)));
    check_ends(context, draft, draft.int(&changes::PLANNED_START_AT), &[changes::PLANNED_END_AT], row, issues);
    check_ends(context, draft, draft.int(&changes::ACTUAL_START_AT), &[changes::ACTUAL_END_AT], row, issues);
    if !context.plan.fills(&changes::APPROVAL_PATH)
        && draft.is_null(&changes::APPROVAL_PATH)
        && let Some(path) = approval_path(draft)
    {
        draft.set_text(&changes::APPROVAL_PATH, path);
    }
    Verdict::Keep
}

/// A type of the organisation's own is kept as written and counts as unknown.
fn set_type(context: &Context<'_>, draft: &mut Draft, row: u64, issues: &mut Issues) {
    derive(context, draft, (&changes::TYPE, &changes::TYPE_RAW), row, issues, words::change_type);
    if draft.is_null(&changes::TYPE) && !draft.is_null(&changes::TYPE_RAW) {
        draft.set_text(&changes::TYPE, "unknown");
    }
}

/// The way a change was approved, from its type and what the record says about the board (formats, section 4.1).
fn approval_path(draft: &Draft) -> Option<&'static str> {
    let cab = draft.slots()[changes::CAB_REQUIRED.position] == Slot::Bool(true) || !draft.is_null(&changes::CAB_AT);
    let approved = draft.text(&changes::APPROVAL_STATE).is_some_and(|state| state.eq_ignore_ascii_case("approved"));
    match draft.text(&changes::TYPE) {
        Some("standard") => Some("pre_approved"),
        Some("emergency") => Some("ecab"),
        _ if cab => Some("cab"),
        _ if approved => Some("peer"),
        Some(_) => Some("unknown"),
        None => None,
    }
}

pub(super) fn problem(context: &Context<'_>, draft: &mut Draft, row: u64, issues: &mut Issues) -> Verdict {
    if !context.plan.fills(&problems::STATE) && draft.is_null(&problems::STATE) {
        let word = context.plan.words.iter().find(|(position, _)| *position == problems::STATE.position).map(|(_, word)| word);
        let own = |text: &str| word.and_then(|word| word(text)).map(str::to_owned);
        let state = draft.text(&problems::ORIGINAL_STATE).map(|text| own(text).unwrap_or_else(|| text.to_lowercase()));
        draft.set_text_opt(&problems::STATE, state.as_deref());
    }
    check_ends(context, draft, draft.int(&problems::CREATED_AT), &[problems::RESOLVED_AT, problems::CLOSED_AT], row, issues);
    Verdict::Keep
}
