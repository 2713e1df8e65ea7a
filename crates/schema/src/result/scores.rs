//! What `sequela evaluate` finds: how near each definition comes to known causes. A run does not write these tables.

use crate::column::table;

table! {
    /// One row per definition and measure: how near it comes to known causes that it was not told.
    evaluation by DEFINITION, MEASURE {
        DEFINITION "definition" Text required "Definition of cause, such as `nearest-24h`.";
        MEASURE "measure" Text required "`precision`, `recall`, `f1`, `top_1`, `top_5`, `expected_calibration_error`, `brier`, `team_rate_error` (mean absolute error of the teams' change failure rates) or `team_rate_tau` (Kendall's tau-a between the true and the estimated order of teams).";
        LABELS "labels" Text required "Where the known causes come from: `truth`, `asserted` or `rollback`.";
        N "n" Int required "Incidents, calls or teams that it rests on.";
        VALUE "value" Real optional "The measure; empty when the labels cannot form it.";
        LOWER "lower" Real optional "Lower end of the interval.";
        UPPER "upper" Real optional "Upper end of the interval.";
        METHOD "method" Text required "How the interval was computed, with the level.";
        NOTE "note" Text optional "Why it is empty, or what to compare it with.";
    }
}

table! {
    /// One row per definition and tenth of stated probability: how many of those incidents truly were caused by a change.
    evaluation_bins by DEFINITION, BIN {
        DEFINITION "definition" Text required "Definition of cause, such as `nearest-24h`.";
        BIN "bin" Int required "1 for probabilities below 0.1, to 10 for those from 0.9 on; empty ones are left out.";
        N "n" Int required "Incidents.";
        MEAN_PROBABILITY "mean_probability" Real required "Mean stated probability that a change caused them.";
        SHARE_CAUSED "share_caused" Real required "Share that a change truly caused.";
        LOWER "lower" Real optional "Lower end of its interval.";
        UPPER "upper" Real optional "Upper end of its interval.";
        METHOD "method" Text required "How the interval was computed, with the level.";
    }
}
