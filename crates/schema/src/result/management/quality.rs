//! Whether failures go with coverage, size, components, review or tests.

use crate::column::table;

table! {
    /// One row per measure and outcome: do they go together? An association, not a cause. A measurement is the last one before the
    /// deployment. Deployments of one service are no independent observations: the intervals of odds count services, not deployments.
    quality_association by MEASURE, OUTCOME {
        MEASURE "measure" Text required "Measure: of the deployment (`lines_changed`, `files_changed`, `commit_count`, `pr_count`, `reviewed`, `services_touched`) or of its service (a metric of `quality_measures`, such as `coverage_pct`).";
        OUTCOME "outcome" Text required "`change_failure` (per deployment) or `change_failure_rate` (per service).";
        N "n" Int required "Deployments, or services with at least 5 deployments, that have both.";
        SERVICES "services" Int required "Services among them.";
        FAILURES "failures" Real optional "Expected failures among them.";
        RANK_CORRELATION "rank_correlation" Real optional "Spearman's rank correlation over services of the mean of the measure with the change failure rate. A service with few deployments counts as much as one with many.";
        RANK_LOWER "rank_lower" Real optional "Lower end of its 90 % interval.";
        RANK_UPPER "rank_upper" Real optional "Upper end.";
        ODDS_RATIO "odds_ratio" Real optional "Odds of failure per step of the measure (logistic regression, one measure at a time): what else differs between large and small changes is not taken out.";
        ODDS_LOWER "odds_lower" Real optional "Lower end of its 90 % interval.";
        ODDS_UPPER "odds_upper" Real optional "Upper end.";
        STEP "step" Text optional "What a step is: `tenfold` (of 1 + the value), `doubling`, `10 points`, `1 more` or `yes against no`.";
        P "p" Real optional "p-value of no association.";
        Q "q" Real optional "The same adjusted for all rows (Benjamini-Hochberg).";
        FINDING "finding" Text required "With more of the measure go `more failures` or `fewer failures` (q at most 0.1), it is `not shown`, or there are `too few to say`; `not judged` where no effect of deployments can be told from chance.";
    }
}
