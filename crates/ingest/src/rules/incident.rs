//! Rules of incidents.

use sequela_schema::canonical::incidents;

use super::{Context, Verdict, check_ends, derive, event_time, unknown};
use crate::draft::Draft;
use crate::issue::{Issues, Place, code};
use crate::words;

/// What may lie after the beginning of an incident only.
const ENDS: [sequela_schema::Column; 5] =
    [incidents::ACKNOWLEDGED_AT, incidents::MITIGATED_AT, incidents::RESOLVED_AT, incidents::CLOSED_AT, incidents::IMPACT_ENDED_AT];

pub(super) fn incident(context: &Context<'_>, draft: &mut Draft, row: u64, issues: &mut Issues) -> Verdict {
    set_severity(context, draft, row, issues);
    derive(context, draft, (&incidents::STATE, &incidents::ORIGINAL_STATE), row, issues, words::incident_state);
    if !context.plan.fills(&incidents::ENVIRONMENT) && draft.is_null(&incidents::ENVIRONMENT) {
        let environment = draft.text(&incidents::ENVIRONMENT_RAW).map(|text| words::environment(text, context.production));
        draft.set_text_opt(&incidents::ENVIRONMENT, environment);
    }
    if event_time(draft).is_none() {
        let message = "the incident has no beginning, so it counts nowhere in time; fill created_at or started_at";
        issues.note(code::MISSING_TIME, Place::row(row), format_args!("{message}"));
    }
    // A record opened after the fact is common: only what lies before every known beginning is nonsense.
    let start = [incidents::STARTED_AT, incidents::DETECTED_AT, incidents::CREATED_AT].iter().filter_map(|column| draft.int(column)).min();
    let claimed_end = draft.int(&incidents::RESOLVED_AT).is_some();
    check_ends(context, draft, start, &ENDS, row, issues);
    // An end that is nonsense is still an end: the incident is over, for how long it lasted nobody knows.
    if claimed_end && draft.int(&incidents::RESOLVED_AT).is_none() && draft.text(&incidents::STATE).is_none() {
        draft.set_text_opt(&incidents::STATE, Some("resolved"));
    }
    Verdict::Keep
}

/// Severity from its own column, else from the priority.
fn set_severity(context: &Context<'_>, draft: &mut Draft, row: u64, issues: &mut Issues) {
    if context.plan.fills(&incidents::SEVERITY) || !draft.is_null(&incidents::SEVERITY) {
        return;
    }
    if context.plan.fills(&incidents::SEVERITY_RAW)
        && let Some(text) = draft.text(&incidents::SEVERITY_RAW)
    {
        match words::severity(text) {
            Some(severity) => return draft.set_int(&incidents::SEVERITY, severity),
            None => unknown(context, &incidents::SEVERITY, text, row, issues),
        }
    }
    if let Some(severity) = draft.text(&incidents::PRIORITY_RAW).and_then(words::severity) {
        draft.set_int(&incidents::SEVERITY, severity);
    }
}
