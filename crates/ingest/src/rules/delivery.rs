//! Rules of deployments and of their commits.

use sequela_schema::canonical::{deployment_commits, deployments};
use sequela_schema::vocabulary::{PRODUCTION, SUCCESS, kind};

use super::{Context, Verdict, check_ends, derive, needs_time, unknown};
use crate::draft::{Draft, Slot};
use crate::issue::Issues;
use crate::words::{self, Outcome};

pub(super) fn deployment(context: &Context<'_>, draft: &mut Draft, row: u64, issues: &mut Issues) -> Verdict {
    if needs_time(context, draft, row, issues) == Verdict::Reject {
        return Verdict::Reject;
    }
    set_environment(context, draft);
    set_result(context, draft, row, issues);
    set_kind(context, draft, row, issues);
    set_state(context, draft, row, issues);
    let start = draft.int(&deployments::STARTED_AT).or(draft.int(&deployments::CREATED_AT));
    check_ends(context, draft, start, &[deployments::FINISHED_AT], row, issues);
    set_duration(draft);
    if !context.plan.fills(&deployments::CHANGE_ID_BASIS)
        && draft.is_null(&deployments::CHANGE_ID_BASIS)
        && !draft.is_null(&deployments::CHANGE_ID)
    {
        draft.set_text(&deployments::CHANGE_ID_BASIS, "field");
    }
    Verdict::Keep
}

/// A table of deployments without an environment is one of production.
fn set_environment(context: &Context<'_>, draft: &mut Draft) {
    if context.plan.fills(&deployments::ENVIRONMENT) || !draft.is_null(&deployments::ENVIRONMENT) {
        return;
    }
    if context.plan.fills(&deployments::ENVIRONMENT_RAW) {
        let environment = draft.text(&deployments::ENVIRONMENT_RAW).map(|text| words::environment(text, context.production));
        draft.set_text_opt(&deployments::ENVIRONMENT, environment);
    } else {
        draft.set_text(&deployments::ENVIRONMENT, PRODUCTION);
    }
}

/// A table of deployments without an outcome lists those that worked.
fn set_result(context: &Context<'_>, draft: &mut Draft, row: u64, issues: &mut Issues) {
    if context.plan.fills(&deployments::RESULT) || !draft.is_null(&deployments::RESULT) {
        return;
    }
    if !context.plan.fills(&deployments::ORIGINAL_RESULT) {
        let running = draft.text(&deployments::ORIGINAL_STATE).is_some_and(|state| matches!(words::outcome(state), Outcome::Running(_)));
        if !running {
            draft.set_text(&deployments::RESULT, SUCCESS);
        }
        return;
    }
    let Some(text) = draft.text(&deployments::ORIGINAL_RESULT) else { return };
    match words::outcome(text) {
        Outcome::Ended(word) => draft.set_text(&deployments::RESULT, word),
        Outcome::Running(state) => {
            if draft.is_null(&deployments::STATE) && !context.plan.fills(&deployments::ORIGINAL_STATE) {
                draft.set_text(&deployments::STATE, state);
            }
        }
        Outcome::Unknown => unknown(context, &deployments::RESULT, text, row, issues),
    }
}

fn set_kind(context: &Context<'_>, draft: &mut Draft, row: u64, issues: &mut Issues) {
    let said = draft.text(&deployments::KIND).map(|text| (words::deployment_kind(text), text.to_owned()));
    let basis = match said {
        Some((Some(word), _)) => {
            draft.set_text(&deployments::KIND, word);
            "explicit"
        }
        Some((None, text)) => {
            unknown(context, &deployments::KIND, &text, row, issues);
            draft.unset(&deployments::KIND);
            return;
        }
        None if !draft.is_null(&deployments::ROLLS_BACK_DEPLOYMENT_ID) => {
            draft.set_text(&deployments::KIND, kind::ROLLBACK);
            "explicit"
        }
        None => {
            draft.set_text(&deployments::KIND, kind::DEPLOY);
            "inferred"
        }
    };
    if !context.plan.fills(&deployments::KIND_BASIS) && draft.is_null(&deployments::KIND_BASIS) {
        draft.set_text(&deployments::KIND_BASIS, basis);
    }
}

fn set_state(context: &Context<'_>, draft: &mut Draft, row: u64, issues: &mut Issues) {
    derive(context, draft, (&deployments::STATE, &deployments::ORIGINAL_STATE), row, issues, words::deployment_state);
    let ended = !draft.is_null(&deployments::RESULT) || !draft.is_null(&deployments::FINISHED_AT);
    if draft.is_null(&deployments::STATE) && !context.plan.fills(&deployments::STATE) && ended {
        draft.set_text(&deployments::STATE, "done");
    }
}

/// Seconds from start to end, unless the file gives them; a negative one is nonsense.
fn set_duration(draft: &mut Draft) {
    let times = draft.int(&deployments::STARTED_AT).zip(draft.int(&deployments::FINISHED_AT));
    let given = match draft.slots()[deployments::DURATION_S.position] {
        Slot::Real(seconds) => Some(seconds),
        _ => None,
    };
    match (given, times) {
        (Some(seconds), _) if seconds < 0.0 => draft.unset(&deployments::DURATION_S),
        (None, Some((start, end))) => draft.set(&deployments::DURATION_S, Slot::Real(seconds(start, end))),
        _ => {}
    }
}

/// Seconds between two instants in microseconds.
#[expect(clippy::cast_precision_loss, reason = "spans of centuries in microseconds are exact in a float")]
pub(crate) fn seconds(start: i64, end: i64) -> f64 {
    (end - start) as f64 / 1e6
}

/// A row of commits that lacks an identifier of its own is named by its commit.
pub(super) fn commit(context: &Context<'_>, draft: &mut Draft, row: u64, issues: &mut Issues) -> Verdict {
    if draft.is_null(&deployment_commits::COMMIT_ID) {
        if draft.is_null(&deployment_commits::COMMIT_SHA) {
            let place = crate::issue::Place { row, column: Some(deployment_commits::COMMIT_ID.name), found: None };
            issues.reject(
                crate::issue::code::MISSING_ID,
                place,
                format_args!("the row has neither commit_id nor commit_sha; fill one in the export"),
            );
            return Verdict::Reject;
        }
        draft.copy(&deployment_commits::COMMIT_SHA, &deployment_commits::COMMIT_ID);
    }
    let text = draft.text(&deployment_commits::ENVIRONMENT).map(|text| words::environment(text, context.production));
    draft.set_text_opt(&deployment_commits::ENVIRONMENT, text);
    if let Some(Outcome::Ended(word)) = draft.text(&deployment_commits::RESULT).map(words::outcome) {
        draft.set_text(&deployment_commits::RESULT, word);
    }
    Verdict::Keep
}
