//! Why a figure differs from the one that another definition gives.

use crate::column::table;

table! {
    /// One row per figure and reason: what the reason adds to our figure on the way to theirs. The differences of a figure sum to theirs − ours.
    reconciliation by SCOPE, SCOPE_ID, PERIOD, PERIOD_START, METRIC, STEP {
        SCOPE "scope" Text required "`organisation` or `team`.";
        SCOPE_ID "scope_id" Text required "Identifier of the team; the organisation's name.";
        PERIOD "period" Text required "`month` or `all`.";
        PERIOD_START "period_start" Date required "First day of the period in the organisation's zone.";
        METRIC "metric" Text required "`deployments`, `incidents`, `change_failure_rate`, `time_to_restore` or `failed_deployment_recovery`; durations as each definition sums them up.";
        UNIT "unit" Text required "`count`, `ratio` or `hours`.";
        OURS "ours" Real optional "Our figure.";
        OURS_LOWER "ours_lower" Real optional "Lower end of its 90 % interval.";
        OURS_UPPER "ours_upper" Real optional "Upper end.";
        THEIRS "theirs" Real optional "The figure under the other definition.";
        STEP "step" Int required "Order in which the definitions are brought together, from 1; 0 where nothing differs.";
        REASON "reason" Text required "What is changed in this step; `none` where nothing differs.";
        WORDS "words" Text required "The reason in words; \"it\" is the other definition.";
        DIFFERENCE "difference" Real optional "What the step adds to the figure; empty where one side has no figure.";
        AFTER "after" Real optional "The figure after the step.";
        RECORDS "records" Int required "Records that count otherwise because of it; 0 where only the formula differs.";
    }
}

table! {
    /// One row per record that counts otherwise in a step of the reconciliation.
    reconciliation_records by METRIC, STEP, RECORD_KIND, RECORD_ID {
        METRIC "metric" Text required "Figure that it changes.";
        STEP "step" Int required "Step of the reconciliation.";
        REASON "reason" Text required "Reason of that step.";
        RECORD_KIND "record_kind" Text required "`deployment` or `incident`.";
        RECORD_ID "record_id" Text required "Its identifier.";
        URL "url" Text optional "Link to the record, where the export has one.";
        TEAMS "teams" Text optional "Teams whose figures it changes, joined by `, `.";
        MONTHS "months" Text optional "Months whose figures it changes, such as `2026-03`, joined by `, `.";
        IN_OURS "in_ours" Bool required "Whether it counts before the step.";
        IN_THEIRS "in_theirs" Bool required "Whether it counts after the step.";
        ADDS "adds" Real required "What it adds to what is counted: deployments, incidents, failures or hours; 0 where it only moves to another deployment or month.";
        BEFORE "before" Text required "What it is before the step, in words.";
        AFTER "after" Text required "What it is after the step.";
    }
}
