//! Whether the path by which a change was approved goes with fewer failures.

use crate::column::table;

table! {
    /// One row per approval path: failure and lead time, beside pre-approved changes. An association, not an effect.
    approval_paths by PATH {
        PATH "path" Text required "`pre_approved`, `peer`, `cab`, `ecab`, `automated`, `none` or `unknown`.";
        CHANGES "changes" Int required "Changes carried out.";
        FAILURES "failures" Real required "Expected failed ones.";
        FAILURE_RATE "failure_rate" Real optional "Failures ÷ changes.";
        LOWER "lower" Real optional "Lower end of its interval.";
        UPPER "upper" Real optional "Upper end.";
        LEAD_MEDIAN_HOURS "lead_median_hours" Real optional "Median hours from the record's creation to the start of work.";
        LEAD_LOWER "lead_lower" Real optional "Lower end of its interval.";
        LEAD_UPPER "lead_upper" Real optional "Upper end.";
        LEAD_N "lead_n" Int required "Changes with both times.";
        ADDED_HOURS "added_hours" Real optional "Median less that of the path compared with.";
        COMPARED_WITH "compared_with" Text optional "Path compared with.";
        CRUDE_RATIO "crude_ratio" Real optional "Failure rate ÷ that of the path compared with.";
        RATIO "ratio" Real optional "The same within strata of tier and size (Mantel-Haenszel risk ratio).";
        RATIO_LOWER "ratio_lower" Real optional "Lower end of its interval.";
        RATIO_UPPER "ratio_upper" Real optional "Upper end.";
        STRATA "strata" Int required "Strata that tell something.";
        FINDING "finding" Text required "`more failures`, `fewer failures`, `not shown`, `compared with` or `too few to say`.";
    }
}
