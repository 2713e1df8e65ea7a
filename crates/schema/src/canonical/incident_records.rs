//! Incidents, the services they name, their history and known labels.

use crate::column::{canonical_table, table};

canonical_table! {
    /// One row per incident (CDEvents `incident.*`, ServiceNow `incident`, DevLake `incidents`).
    incidents by INCIDENT_ID {
        INCIDENT_ID "incident_id" Text required "Identifier; `<source>:<instance>:<number>` from native adapters, verbatim from mapped tables.";
        NUMBER "number" Text optional "Key that people use, such as INC0012345.";
        TITLE "title" Text optional "Short description.";
        DESCRIPTION_TEXT "description_text" Text optional "Description without markup; kept only when the source asks for it, since it may name persons.";
        SEVERITY "severity" Int optional "1 (worst) to 5.";
        SEVERITY_RAW "severity_raw" Text optional "Severity as written.";
        PRIORITY_RAW "priority_raw" Text optional "Priority as written.";
        URGENCY_RAW "urgency_raw" Text optional "Urgency as written.";
        IMPACT_RAW "impact_raw" Text optional "Impact as written.";
        IS_MAJOR "is_major" Bool optional "Whether it was declared a major incident.";
        STARTED_AT "started_at" Instant optional "Start of the impact.";
        DETECTED_AT "detected_at" Instant optional "Detection (CDEvents `incident.detected`).";
        CREATED_AT "created_at" Instant optional "Record opened or incident declared (CDEvents `incident.reported`).";
        ACKNOWLEDGED_AT "acknowledged_at" Instant optional "First acknowledgement.";
        MITIGATED_AT "mitigated_at" Instant optional "Impact ended by a workaround.";
        RESOLVED_AT "resolved_at" Instant optional "Service restored (CDEvents `incident.resolved`); never the closing of the record.";
        CLOSED_AT "closed_at" Instant optional "Record closed.";
        IMPACT_ENDED_AT "impact_ended_at" Instant optional "End of the impact.";
        STATE "state" Text optional "`triggered`, `acknowledged`, `in_progress`, `on_hold`, `mitigated`, `resolved`, `closed`, `cancelled` or `merged`.";
        ORIGINAL_STATE "original_state" Text optional "State as written.";
        ENVIRONMENT "environment" Text optional "Environment, where the record names one.";
        ENVIRONMENT_RAW "environment_raw" Text optional "Environment as written.";
        SERVICE_ID "service_id" Text optional "Primary service after resolution.";
        SERVICE_NAME_RAW "service_name_raw" Text optional "Primary service as written.";
        CI_NAME_RAW "ci_name_raw" Text optional "Configuration item as written.";
        TEAM_ID "team_id" Text optional "Owning team after resolution.";
        TEAM_NAME_RAW "team_name_raw" Text optional "Assignment group as written.";
        CAUSED_BY_CHANGE_ID "caused_by_change_id" Text optional "Change that resulted in the incident (ServiceNow `caused_by`).";
        FIX_CHANGE_ID "fix_change_id" Text optional "Related change, usually the fix (ServiceNow `rfc`); never a cause.";
        CAUSED_BY_DEPLOYMENT_ID "caused_by_deployment_id" Text optional "Deployment that resulted in the incident.";
        PROBLEM_ID "problem_id" Text optional "Problem record.";
        PARENT_INCIDENT_ID "parent_incident_id" Text optional "Parent incident.";
        DUPLICATE_OF "duplicate_of" Text optional "Incident that this one duplicates.";
        REOPEN_COUNT "reopen_count" Int optional "Times reopened.";
        REASSIGNMENT_COUNT "reassignment_count" Int optional "Times reassigned.";
        ALERT_COUNT "alert_count" Int optional "Alerts grouped in it.";
        CATEGORY "category" Text optional "Category.";
        CLOSE_CODE "close_code" Text optional "Closure code.";
        DETECTION_METHOD "detection_method" Text optional "How it was found.";
        ROOT_CAUSE_TEXT "root_cause_text" Text optional "Root cause as written.";
        TIME_QUALITY "time_quality" Text optional "`exact_utc`, `offset`, `assumed_zone`, `inferred_zone` or `date_only`.";
        TIME_UNCERTAINTY_S "time_uncertainty_s" Real optional "Possible clock error in seconds.";
    }
}

table! {
    /// One row per incident and service that it names.
    incident_services by INCIDENT_ID, SERVICE_NAME_RAW {
        INCIDENT_ID "incident_id" Text required "Incident.";
        SERVICE_NAME_RAW "service_name_raw" Text required "Service as written in the export.";
        SERVICE_ID "service_id" Text optional "Service after resolution.";
    }
}

table! {
    /// Known causes to score against: one row per incident; an empty deployment means known not to be caused by one.
    labels by INCIDENT_ID, DEPLOYMENT_ID {
        INCIDENT_ID "incident_id" Text required "Incident.";
        DEPLOYMENT_ID "deployment_id" Text optional "Deployment that caused it; empty = none did.";
    }
}

table! {
    /// One row per change of state of a record with a history.
    status_events by ENTITY_TYPE, ENTITY_ID, AT, TO_STATE {
        ENTITY_TYPE "entity_type" Text required "`incident`, `change` or `deployment`.";
        ENTITY_ID "entity_id" Text required "Record.";
        AT "at" Instant required "When.";
        FROM_STATE "from_state" Text optional "State before.";
        TO_STATE "to_state" Text optional "State after.";
    }
}
