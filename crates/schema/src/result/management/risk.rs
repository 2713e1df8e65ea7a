//! Probability of failure of planned changes, and how far it is to be believed.

use crate::column::table;

table! {
    /// One row per planned change: its probability of failure from history.
    change_risk by CHANGE_ID {
        CHANGE_ID "change_id" Text required "Change.";
        SERVICE_ID "service_id" Text optional "Service.";
        TEAM_ID "team_id" Text optional "Owner of the service.";
        PLANNED_START_AT "planned_start_at" Instant optional "Planned start.";
        P_FAILURE "p_failure" Real required "Probability that its deployment causes at least one incident; the base rate where the model is no better.";
        LOWER "lower" Real optional "Lower end of the 90 % interval of the probability: how well it is known, not what will happen.";
        UPPER "upper" Real optional "Upper end.";
        BASE_RATE "base_rate" Real required "Share of past deployments that failed, of those whose outcome is known (72 hours).";
        METHOD "method" Text required "`model` or `base rate`.";
        REASONS "reasons" Text optional "Up to three things that raise or lower its odds by a tenth or more against the average deployment, joined by `; `. Each is looked at beside the others; a team and its services share what they have in common.";
        SUGGESTED_PATH "suggested_path" Text required "`pre_approved`, `peer` or `cab`, by the thresholds of `[risk]`.";
    }
}

table! {
    /// One row per statistic of the check on later deployments that the model was not fitted to. Whether they failed is itself expected,
    /// not known, and the model of causes looks at size, kind and team as well: the check may be kinder than the truth.
    risk_validation by STATISTIC {
        STATISTIC "statistic" Text required "`auc` (0.5 is chance), `brier` (mean squared difference), `calibration_slope` (1 is right; below, probabilities are too extreme), `calibration_in_the_large` (log odds to add; 0 is right) or `brier_skill` (1 − Brier score ÷ that of the base rate).";
        VALUE "value" Real optional "Of the model; empty where there is too little to fit or check it.";
        LOWER "lower" Real optional "Lower end of its 90 % interval.";
        UPPER "upper" Real optional "Upper end.";
        BASE_RATE "base_rate" Real optional "The same of always saying the base rate.";
        FITTED "fitted" Int required "Deployments that it was fitted to.";
        CHECKED "checked" Int required "Later ones that it was checked on.";
        FAILURES "failures" Real required "Expected failures among these.";
        IS_BETTER "is_better" Bool optional "Whether the model beats the base rate: the whole interval of `brier_skill` lies above 0. Probabilities are the base rate where it does not; empty where there is too little to tell, or where no effect of deployments can be told from chance.";
    }
}
