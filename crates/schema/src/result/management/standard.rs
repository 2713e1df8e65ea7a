//! Change models that can be pre-approved, and standard changes that no longer can.

use crate::column::table;

table! {
    /// One row per change model (service × type or template × kind) with changes that were carried out.
    standard_change_candidates by SERVICE_ID, MODEL, TYPE, KIND {
        SERVICE_ID "service_id" Text required "Service; empty text where no record names one.";
        MODEL "model" Text required "Change model or template; empty text where none is recorded.";
        TYPE "type" Text required "`standard`, `normal`, `emergency` or `unknown`.";
        KIND "kind" Text required "Kind of the deployments behind it; empty text without one.";
        TEAM_ID "team_id" Text optional "Owner of the service.";
        CHANGES "changes" Int required "Changes carried out.";
        SUCCESSES "successes" Real required "Of these without a failure: expected number.";
        SUCCESS_RATE "success_rate" Real optional "Successes ÷ changes.";
        LOWER "lower" Real optional "Lower end of its interval.";
        UPPER "upper" Real optional "Upper end.";
        TARGET "target" Real required "Success that pre-approval asks for.";
        CAB_HOURS "cab_hours" Real optional "Hours per year between request and approval that pre-approval would free.";
        PROPOSAL "proposal" Text required "`pre-approve`, `keep as standard`, `withdraw`, `not yet` or `too few to say`.";
        NOTE "note" Text optional "Why, in words.";
    }
}
