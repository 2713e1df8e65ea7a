//! Probability of failure of planned changes, and how far it is to be believed.

use crate::column::table;

table! {
    /// One row per planned change: its probability of failure from history.
    change_risk by CHANGE_ID {
        CHANGE_ID "change_id" Text required "Change.";
        SERVICE_ID "service_id" Text optional "Service.";
        TEAM_ID "team_id" Text optional "Owner of the service.";
        PLANNED_START_AT "planned_start_at" Instant optional "Planned start.";
        P_FAILURE "p_failure" Real required "Probability of failure; the base rate where the model is no better.";
        LOWER "lower" Real optional "Lower end of its 90 % interval.";
        UPPER "upper" Real optional "Upper end.";
        BASE_RATE "base_rate" Real required "Share of past changes that failed.";
        METHOD "method" Text required "`model` or `base rate`.";
        REASONS "reasons" Text optional "What raises or lowers it most, joined by `; `.";
        SUGGESTED_PATH "suggested_path" Text required "`pre_approved`, `peer` or `cab`, by the thresholds of `[risk]`.";
    }
}

table! {
    /// One row per statistic of the check on later changes that the model was not fitted to.
    risk_validation by STATISTIC {
        STATISTIC "statistic" Text required "`auc`, `brier`, `calibration_slope`, `calibration_in_the_large` or `brier_skill`.";
        VALUE "value" Real optional "Of the model.";
        LOWER "lower" Real optional "Lower end of its 90 % interval.";
        UPPER "upper" Real optional "Upper end.";
        BASE_RATE "base_rate" Real optional "The same of always saying the base rate.";
        FITTED "fitted" Int required "Deployments that it was fitted to.";
        CHECKED "checked" Int required "Later ones that it was checked on.";
        FAILURES "failures" Real required "Expected failures among these.";
        IS_BETTER "is_better" Bool optional "Whether the model beats the base rate; probabilities are the base rate where it does not.";
    }
}
