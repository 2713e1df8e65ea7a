//! Deployments beside change records, in both directions.

use crate::column::table;

table! {
    /// One row per deployment or change record and finding; those that agree have the finding `agrees`.
    change_reconciliation by SIDE, RECORD_ID, FINDING {
        SIDE "side" Text required "`deployment` or `change`: whose record it is.";
        RECORD_ID "record_id" Text required "Identifier of the deployment or change.";
        FINDING "finding" Text required "`agrees`, `no_change_record`, `no_deployment`, `outside_window`, `in_freeze`, `raised_after`, `other_service`, `other_type`.";
        OTHER_ID "other_id" Text optional "The record on the other side.";
        BASIS "basis" Text optional "How the two belong together: `field`, `text_reference` or `window`.";
        SERVICE_ID "service_id" Text optional "Service.";
        TEAM_ID "team_id" Text optional "Owner of the service.";
        AT "at" Instant optional "End of the deployment; actual start of the change.";
        DETAIL "detail" Text optional "What differs, in words.";
        OFF_BY_HOURS "off_by_hours" Real optional "Hours outside the window, or after the work began.";
        P_FAILED "p_failed" Real optional "Probability that the deployment caused at least one incident.";
        CLOSE_CODE "close_code" Text optional "How the change was closed.";
    }
}
