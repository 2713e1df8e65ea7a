//! Change requests and problem records.

use crate::column::{canonical_table, table};

canonical_table! {
    /// One row per change request (ITIL change enablement; ServiceNow `change_request`).
    changes by CHANGE_ID {
        CHANGE_ID "change_id" Text required "Identifier; `<source>:<instance>:<number>` from native adapters, verbatim from mapped tables.";
        NUMBER "number" Text optional "Key that people use, such as CHG0012345.";
        TITLE "title" Text optional "Short description.";
        TYPE "type" Text optional "`standard`, `normal`, `emergency` or `unknown`.";
        TYPE_RAW "type_raw" Text optional "Type as written.";
        RISK "risk" Text optional "`low`, `moderate`, `high` or `very_high`.";
        RISK_RAW "risk_raw" Text optional "Risk as written.";
        IMPACT_RAW "impact_raw" Text optional "Impact as written.";
        PRIORITY_RAW "priority_raw" Text optional "Priority as written.";
        STATE "state" Text optional "`new`, `assess`, `authorize`, `scheduled`, `implement`, `review`, `closed`, `cancelled` or `unknown`.";
        ORIGINAL_STATE "original_state" Text optional "State as written.";
        APPROVAL_STATE "approval_state" Text optional "Approval as written.";
        APPROVAL_PATH "approval_path" Text optional "`pre_approved`, `peer`, `cab`, `ecab`, `automated`, `none` or `unknown`.";
        APPROVED_AT "approved_at" Instant optional "When it was approved.";
        CAB_REQUIRED "cab_required" Bool optional "Whether the change advisory board had to approve it.";
        CAB_AT "cab_at" Instant optional "When the board met.";
        PLANNED_START_AT "planned_start_at" Instant optional "Planned start.";
        PLANNED_END_AT "planned_end_at" Instant optional "Planned end.";
        ACTUAL_START_AT "actual_start_at" Instant optional "Actual start.";
        ACTUAL_END_AT "actual_end_at" Instant optional "Actual end.";
        CREATED_AT "created_at" Instant optional "Record opened.";
        CLOSED_AT "closed_at" Instant optional "Record closed.";
        CLOSE_CODE "close_code" Text optional "`successful`, `successful_with_issues`, `unsuccessful`, `cancelled`, `incomplete` or `unknown`.";
        CLOSE_CODE_RAW "close_code_raw" Text optional "Closure code as written.";
        IS_UNAUTHORIZED "is_unauthorized" Bool optional "Whether it was made without authorisation.";
        CONFLICT_STATUS "conflict_status" Text optional "Result of the conflict check.";
        MODEL "model" Text optional "Change model or template.";
        SERVICE_ID "service_id" Text optional "Service after resolution.";
        SERVICE_NAME_RAW "service_name_raw" Text optional "Service as written.";
        CI_NAME_RAW "ci_name_raw" Text optional "Configuration item as written.";
        TEAM_ID "team_id" Text optional "Team after resolution.";
        TEAM_NAME_RAW "team_name_raw" Text optional "Assignment group as written.";
        PARENT_CHANGE_ID "parent_change_id" Text optional "Parent change.";
        ACTOR_KIND "actor_kind" Text optional "`human`, `automation` or `unknown`; never a person.";
        TIME_QUALITY "time_quality" Text optional "`exact_utc`, `offset`, `assumed_zone`, `inferred_zone` or `date_only`.";
        TIME_UNCERTAINTY_S "time_uncertainty_s" Real optional "Possible clock error in seconds.";
    }
}

table! {
    /// One row per change and service that it touches.
    change_services by CHANGE_ID, SERVICE_NAME_RAW {
        CHANGE_ID "change_id" Text required "Change.";
        SERVICE_NAME_RAW "service_name_raw" Text required "Service as written in the export.";
        SERVICE_ID "service_id" Text optional "Service after resolution.";
    }
}

canonical_table! {
    /// One row per problem record (ITIL problem management; ServiceNow `problem`).
    problems by PROBLEM_ID {
        PROBLEM_ID "problem_id" Text required "Identifier.";
        NUMBER "number" Text optional "Key that people use, such as PRB0012345.";
        TITLE "title" Text optional "Short description.";
        STATE "state" Text optional "State, lower case.";
        ORIGINAL_STATE "original_state" Text optional "State as written.";
        CREATED_AT "created_at" Instant optional "Record opened.";
        RESOLVED_AT "resolved_at" Instant optional "Resolved.";
        CLOSED_AT "closed_at" Instant optional "Closed.";
        KNOWN_ERROR "known_error" Bool optional "Whether it is a known error.";
        ROOT_CAUSE_TEXT "root_cause_text" Text optional "Root cause as written.";
        WORKAROUND_TEXT "workaround_text" Text optional "Workaround as written.";
        RESOLUTION_CODE "resolution_code" Text optional "Resolution code.";
        SERVICE_ID "service_id" Text optional "Service after resolution.";
        SERVICE_NAME_RAW "service_name_raw" Text optional "Service as written.";
        CI_NAME_RAW "ci_name_raw" Text optional "Configuration item as written.";
        TEAM_ID "team_id" Text optional "Team after resolution.";
        TEAM_NAME_RAW "team_name_raw" Text optional "Assignment group as written.";
        FIX_CHANGE_ID "fix_change_id" Text optional "Change that fixes it.";
        FIRST_INCIDENT_ID "first_incident_id" Text optional "Incident that it was raised from.";
        RELATED_INCIDENT_COUNT "related_incident_count" Int optional "Related incidents.";
        DUPLICATE_OF "duplicate_of" Text optional "Problem that this one duplicates.";
    }
}
