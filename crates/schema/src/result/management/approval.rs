//! Whether the path by which a change was approved goes with fewer failures.

use crate::column::table;

table! {
    /// One row per approval path: failures and lead time, beside those of the path compared with. An association, not an effect: whoever sends
    /// risky changes to a board makes the board look risky, and only size and tier are allowed for.
    approval_paths by PATH {
        PATH "path" Text required "`pre_approved`, `peer`, `cab`, `ecab`, `automated`, `none` (deployed without a record, where change records were given) or `unknown`.";
        CHANGES "changes" Int required "Changes carried out that are compared: those with a deployment; where no record has one, or no incident was given, those whose closure is known.";
        NOT_COMPARED "not_compared" Int required "Other changes carried out: nothing tells whether they caused incidents.";
        LARGE_SHARE "large_share" Real optional "Share with more than 1,000 lines, of those whose lines are known.";
        FAILURES "failures" Real required "Expected failed ones: sum of the probabilities that their deployments caused an incident. Closure codes count only where no record has a deployment, since deployments without a record have none.";
        FAILURE_RATE "failure_rate" Real optional "Failures ÷ changes.";
        LOWER "lower" Real optional "Lower end of its 90 % interval (Jeffreys).";
        UPPER "upper" Real optional "Upper end.";
        LEAD_MEDIAN_HOURS "lead_median_hours" Real optional "Median hours from the record's creation to the start of work; records raised after the start are left out.";
        LEAD_LOWER "lead_lower" Real optional "Lower end of its 90 % interval (order statistics).";
        LEAD_UPPER "lead_upper" Real optional "Upper end.";
        LEAD_N "lead_n" Int required "Changes with both times.";
        ADDED_HOURS "added_hours" Real optional "Median less that of the path compared with.";
        ADDED_LOWER "added_lower" Real optional "Lower end of an interval of at least 90 %: `lead_lower` less the other's `lead_upper`.";
        ADDED_UPPER "added_upper" Real optional "Upper end: `lead_upper` less the other's `lead_lower`.";
        COMPARED_WITH "compared_with" Text optional "Path compared with: `pre_approved`, else the one with most changes (never `none` or `unknown`).";
        CRUDE_RATIO "crude_ratio" Real optional "Failure rate ÷ that of the path compared with; empty where one of the two has no failure or fewer than five changes, since nothing bounds the ratio then.";
        CRUDE_LOWER "crude_lower" Real optional "Lower end of its 90 % interval.";
        CRUDE_UPPER "crude_upper" Real optional "Upper end.";
        RATIO "ratio" Real optional "The same within strata of service tier and size (Mantel-Haenszel risk ratio). Failures that could not be put down to one change draw it towards 1.";
        RATIO_LOWER "ratio_lower" Real optional "Lower end of its 90 % interval (Greenland-Robins).";
        RATIO_UPPER "ratio_upper" Real optional "Upper end.";
        STRATA "strata" Int required "Strata with changes of both paths and a failure.";
        Q "q" Real optional "p-value of the ratio adjusted for all paths (Benjamini-Hochberg).";
        FINDING "finding" Text required "`more failures` or `fewer failures` (q at most 0.1), `not shown`, `compared with`, `too few to say`, or `not judged` where the model may not judge.";
    }
}
