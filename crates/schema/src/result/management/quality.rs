//! Whether failures go with coverage, size, components, review or tests.

use crate::column::table;

table! {
    /// One row per measure and outcome: do they go together? An association, not a cause.
    quality_association by MEASURE, OUTCOME {
        MEASURE "measure" Text required "Measure, such as `coverage_pct` or `lines_changed`.";
        OUTCOME "outcome" Text required "`change_failure` (per deployment) or `change_failure_rate` (per service).";
        N "n" Int required "Deployments or services that have both.";
        FAILURES "failures" Real optional "Expected failures among them.";
        RANK_CORRELATION "rank_correlation" Real optional "Spearman's rank correlation over services.";
        RANK_LOWER "rank_lower" Real optional "Lower end of its 90 % interval.";
        RANK_UPPER "rank_upper" Real optional "Upper end.";
        ODDS_RATIO "odds_ratio" Real optional "Odds of failure per step of the measure (logistic regression).";
        ODDS_LOWER "odds_lower" Real optional "Lower end of its 90 % interval.";
        ODDS_UPPER "odds_upper" Real optional "Upper end.";
        STEP "step" Text optional "What a step is, such as `10 points` or `tenfold`.";
        P "p" Real optional "p-value of no association.";
        Q "q" Real optional "The same adjusted for all measures (Benjamini-Hochberg).";
        FINDING "finding" Text required "`more failures`, `fewer failures`, `not shown` or `too few to say`.";
    }
}
