//! Change models that can be pre-approved, and standard changes that no longer can.

use crate::column::table;

table! {
    /// One row per change model (service × model or template × type × kind) with changes that were carried out and whose outcome is known.
    /// Past success is no promise: a model that is made standard may be used for changes that nobody would have sent before.
    standard_change_candidates by SERVICE_ID, MODEL, TYPE, KIND {
        SERVICE_ID "service_id" Text required "Service; empty text where no record names one.";
        MODEL "model" Text required "Change model or template; empty text where none is recorded: the model is then type and kind.";
        TYPE "type" Text required "`standard`, `normal`, `emergency` or `unknown`.";
        KIND "kind" Text required "Kind of the first deployment behind each; empty text without one.";
        TEAM_ID "team_id" Text optional "Owner of the service.";
        CHANGES "changes" Int required "Changes carried out whose outcome is known.";
        SUCCESSES "successes" Real required "Of these without a failure: expected number.";
        SUCCESS_RATE "success_rate" Real optional "Successes ÷ changes.";
        LOWER "lower" Real optional "Lower end of its 90 % interval (Jeffreys).";
        UPPER "upper" Real optional "Upper end.";
        TARGET "target" Real required "Success that pre-approval asks for.";
        Q "q" Real optional "Probability of so few failures or fewer at the target, of a model that is pre-approved so many or more (exact binomial), adjusted for all models that were judged that way (Benjamini-Hochberg).";
        AT_BOARD "at_board" Int required "Changes that the change advisory board or the emergency board approved.";
        PRE_APPROVED "pre_approved" Int required "Changes that were approved in advance or automatically.";
        APPROVAL_N "approval_n" Int required "Changes with times of request and approval.";
        PER_YEAR "per_year" Real optional "Changes a year, from those in the range; empty for a range under four weeks.";
        CAB_HOURS "cab_hours" Real optional "Hours a year of waiting between request and approval that pre-approval would free: mean wait × changes a year. Time that changes wait, not time that people work.";
        BOARD_HOURS "board_hours" Real optional "Hours a year of the board's sessions that it would free: changes a year before the board × `board_minutes` of `[standard_change]`.";
        FAILED_CHANGES "failed_changes" Text optional "Identifiers of changes that failed more likely than not, the likeliest first, at most five, joined by `, `.";
        PROPOSAL "proposal" Text required "`pre-approve` or `withdraw` (the whole interval on that side of the target, q at most 0.1), `keep as standard`, `not yet`, `too few to say`, or `not judged` where the model may not judge.";
        NOTE "note" Text optional "Why, in words.";
    }
}
