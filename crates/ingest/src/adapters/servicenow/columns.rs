//! Fields and labels of ServiceNow and the columns they fill (formats, section 4.1). The first name that a file has counts.

use sequela_schema::canonical::{changes, incidents, problems};
use sequela_schema::{Column, Table};

use crate::adapters::shared::tabular::Fields;

const INCIDENT: Fields = &[
    ("incident_id", &["number", "sys_id"]),
    ("number", &["number"]),
    ("title", &["short_description"]),
    ("created_at", &["opened_at", "opened", "sys_created_on", "sys_created_at", "created"]),
    ("detected_at", &["u_detected_at"]),
    ("started_at", &["u_outage_start"]),
    ("acknowledged_at", &["u_acknowledged_at"]),
    ("resolved_at", &["resolved_at", "resolved"]),
    ("closed_at", &["closed_at", "closed"]),
    ("updated_at", &["sys_updated_on", "sys_updated_at", "updated"]),
    ("original_state", &["state", "incident_state"]),
    ("priority_raw", &["priority"]),
    ("urgency_raw", &["urgency"]),
    ("impact_raw", &["impact"]),
    ("services", &["business_service", "service", "service_offering"]),
    ("ci_name_raw", &["cmdb_ci", "configuration_item"]),
    ("team", &["assignment_group"]),
    ("caused_by_change_id", &["caused_by", "caused_by_change"]),
    ("fix_change_id", &["rfc", "change_request"]),
    ("problem_id", &["problem_id", "problem"]),
    ("parent_incident_id", &["parent_incident"]),
    ("reopen_count", &["reopen_count"]),
    ("reassignment_count", &["reassignment_count"]),
    ("category", &["category"]),
    ("close_code", &["close_code", "closed_code", "resolution_code"]),
    ("root_cause_text", &["cause"]),
];

const CHANGE: Fields = &[
    ("change_id", &["number", "sys_id"]),
    ("number", &["number"]),
    ("title", &["short_description"]),
    ("type_raw", &["type"]),
    ("risk_raw", &["risk"]),
    ("impact_raw", &["impact"]),
    ("priority_raw", &["priority"]),
    ("original_state", &["state"]),
    ("approval_state", &["approval"]),
    ("cab_required", &["cab_required"]),
    ("cab_at", &["cab_date_time", "cab_date", "cab_date/time"]),
    ("planned_start_at", &["start_date", "planned_start_date", "planned_start"]),
    ("planned_end_at", &["end_date", "planned_end_date", "planned_end"]),
    ("actual_start_at", &["work_start", "actual_start_date", "actual_start"]),
    ("actual_end_at", &["work_end", "actual_end_date", "actual_end"]),
    ("created_at", &["opened_at", "opened", "sys_created_on", "sys_created_at", "created"]),
    ("closed_at", &["closed_at", "closed"]),
    ("updated_at", &["sys_updated_on", "sys_updated_at", "updated"]),
    ("close_code_raw", &["close_code", "u_substate", "review_status"]),
    ("is_unauthorized", &["unauthorized"]),
    ("conflict_status", &["conflict_status"]),
    ("model", &["chg_model", "model", "std_change_producer_version"]),
    ("services", &["business_service", "service", "service_offering"]),
    ("ci_name_raw", &["cmdb_ci", "configuration_item"]),
    ("team", &["assignment_group"]),
    ("parent_change_id", &["parent"]),
];

const PROBLEM: Fields = &[
    ("problem_id", &["number", "sys_id"]),
    ("number", &["number"]),
    ("title", &["short_description", "problem_statement"]),
    ("original_state", &["state", "problem_state"]),
    ("created_at", &["opened_at", "opened", "sys_created_on", "sys_created_at", "created"]),
    ("resolved_at", &["resolved_at", "resolved"]),
    ("closed_at", &["closed_at", "closed"]),
    ("updated_at", &["sys_updated_on", "sys_updated_at", "updated"]),
    ("known_error", &["known_error"]),
    ("root_cause_text", &["cause_notes"]),
    ("workaround_text", &["workaround"]),
    ("resolution_code", &["resolution_code"]),
    ("service", &["business_service", "service"]),
    ("ci_name_raw", &["cmdb_ci", "configuration_item"]),
    ("team", &["assignment_group"]),
    ("fix_change_id", &["rfc", "change_request"]),
    ("first_incident_id", &["first_reported_by_task"]),
    ("related_incident_count", &["related_incidents"]),
    ("duplicate_of", &["duplicate_of"]),
];

/// Our column and their fields, for a table.
pub(super) fn of(table: &Table) -> Fields {
    match table.name {
        "incidents" => INCIDENT,
        "changes" => CHANGE,
        _ => PROBLEM,
    }
}

/// Columns of a table that hold identifiers of records.
pub(super) fn identifiers(table: &Table) -> &'static [Column] {
    match table.name {
        "incidents" => {
            const {
                &[
                    incidents::INCIDENT_ID,
                    incidents::CAUSED_BY_CHANGE_ID,
                    incidents::FIX_CHANGE_ID,
                    incidents::PROBLEM_ID,
                    incidents::PARENT_INCIDENT_ID,
                ]
            }
        }
        "changes" => const { &[changes::CHANGE_ID, changes::PARENT_CHANGE_ID] },
        _ => const { &[problems::PROBLEM_ID, problems::FIX_CHANGE_ID, problems::FIRST_INCIDENT_ID, problems::DUPLICATE_OF] },
    }
}

/// Whether a field holds a time.
pub(super) fn is_time(name: &str) -> bool {
    name.ends_with("_at")
        || name.ends_with("_on")
        || matches!(name, "start_date" | "end_date" | "work_start" | "work_end" | "cab_date_time" | "cab_date" | "u_outage_start")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_fills_a_column_that_exists() {
        for table in [&incidents::TABLE, &changes::TABLE, &problems::TABLE] {
            for (ours, _) in of(table) {
                assert!(crate::fields::target(table, ours).is_some(), "{}.{ours}", table.name);
            }
        }
    }
}
