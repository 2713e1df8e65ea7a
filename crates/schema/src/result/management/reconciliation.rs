//! Deployments beside change records, in both directions.

use crate::column::table;

table! {
    /// One row per deployment or change record of the range and finding; those that agree have the finding `agrees`. Changes that were
    /// cancelled or are planned for after the extract have no row.
    change_reconciliation by SIDE, RECORD_ID, FINDING {
        SIDE "side" Text required "`deployment` or `change`: whose record it is.";
        RECORD_ID "record_id" Text required "Identifier of the deployment or change.";
        FINDING "finding" Text required "`agrees`, `no_change_record`, `no_deployment`, `outside_window`, `in_freeze`, `raised_after` (retroactive emergency), `other_service`, `other_type`, or `not_judged` where the other side has no records to compare with.";
        OTHER_ID "other_id" Text optional "The record on the other side.";
        BASIS "basis" Text optional "How the two belong together: `field`, `text_reference` or `window`.";
        SERVICE_ID "service_id" Text optional "Service.";
        TEAM_ID "team_id" Text optional "Owner of the service.";
        AT "at" Instant optional "End of the deployment; start of the change, actual or else planned, or else its creation.";
        DETAIL "detail" Text optional "What differs, in words.";
        OFF_BY_HOURS "off_by_hours" Real optional "Hours outside the window, or after the work began.";
        P_FAILED "p_failed" Real optional "Probability that it failed; of a change also 1 where it was closed as unsuccessful or an incident names it as its cause. Empty where nothing tells.";
        CLOSE_CODE "close_code" Text optional "How the change was closed.";
        SOURCE_FILE "source_file" Text optional "File that the record was read from.";
        SOURCE_ROW "source_row" Int optional "Its row there.";
        OTHER_SOURCE_FILE "other_source_file" Text optional "File that the record on the other side was read from.";
        OTHER_SOURCE_ROW "other_source_row" Int optional "Its row there.";
    }
}

table! {
    /// One row per finding of the reconciliation: how many records have it, and how often these failed. Failure with and without a record
    /// is an association: what is deployed without one may be smaller, later or more urgent than the rest.
    reconciliation_summary by SIDE, FINDING {
        SIDE "side" Text required "`deployment` or `change`.";
        FINDING "finding" Text required "As in `change_reconciliation`; `record` of deployments: all that belong to a change.";
        RECORDS "records" Int required "Records with the finding.";
        OF "of" Int required "Records of that side in the range.";
        SHARE "share" Real optional "Records ÷ of.";
        JUDGED "judged" Int required "Of the records those of which it is known whether they failed: for deployments those that the change failure rate counts.";
        FAILURES "failures" Real required "Expected failures among these.";
        FAILURE_RATE "failure_rate" Real optional "Failures ÷ judged.";
        LOWER "lower" Real optional "Lower end of its 90 % interval (Jeffreys).";
        UPPER "upper" Real optional "Upper end.";
    }
}
