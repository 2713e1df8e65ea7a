//! Incidents: DevLake's table of them, or the issues of type INCIDENT with the boards that they stand on.

use sequela_schema::canonical::incidents;
use serde_json::Value;

use super::catalog::Names;
use super::{Waiting, Work, reduced, required, text};
use crate::adapters::shared::{Desk, Entry, Refused};
use crate::words;

/// The columns that are used.
const COLUMNS: &[&str] = &[
    "created_date",
    "id",
    "incident_key",
    "issue_key",
    "original_status",
    "parent_incident_id",
    "priority",
    "resolution_date",
    "scope_id",
    "severity",
    "status",
    "title",
    "updated_date",
    "urgency",
    "url",
];

/// DevLake dates the end of some incidents by when their record was last written.
const END_FROM_UPDATE: &str = "end_from_update";

/// A row of the table of incidents.
pub(super) fn waiting(record: &Value, desk: &Desk<'_>) -> Result<Waiting, Refused> {
    required(record, "id")?;
    Ok(reduced(record, COLUMNS, desk))
}

/// A row of the table of issues; none where it is no incident.
pub(super) fn of_issue(record: &Value, desk: &Desk<'_>) -> Result<Option<Waiting>, Refused> {
    let scope = desk.scope();
    let types = scope.types("incidents", &["INCIDENT"]);
    let is_incident = ["type", "original_type"]
        .iter()
        .filter_map(|column| text(record, column))
        .any(|told| types.iter().any(|name| name.eq_ignore_ascii_case(&told)));
    if is_incident { waiting(record, desk).map(Some) } else { Ok(None) }
}

impl Work {
    pub(super) fn write_incidents(&mut self, names: &Names, desk: &mut Desk<'_>) {
        for row in std::mem::take(&mut self.incidents) {
            desk.go_to(&row.origin);
            let mut entry = filled(&row.record, desk);
            let boards = text(&row.record, "id").and_then(|id| self.boards.get(&id)).into_iter().flatten();
            for scope in text(&row.record, "scope_id").iter().chain(boards) {
                entry.service(names.of(scope));
            }
            desk.keep_later(entry);
        }
    }
}

fn filled<'r>(record: &'r Value, desk: &mut Desk<'_>) -> Entry<'r> {
    let id = text(record, "id").unwrap_or_default();
    let mut entry = desk.entry(&incidents::TABLE, record).in_utc();
    entry.put(&incidents::INCIDENT_ID, &desk.id(&id));
    entry.first(&incidents::NUMBER, &["incident_key", "issue_key"]);
    entry.text(&incidents::TITLE, "title");
    entry.text(&incidents::URL, "url");
    entry.text(&incidents::SEVERITY_RAW, "severity");
    entry.text(&incidents::PRIORITY_RAW, "priority");
    entry.text(&incidents::URGENCY_RAW, "urgency");
    entry.time(&incidents::CREATED_AT, "created_date");
    entry.time(&incidents::RESOLVED_AT, "resolution_date");
    entry.updated("updated_date");
    if let Some(parent) = text(record, "parent_incident_id") {
        entry.put(&incidents::PARENT_INCIDENT_ID, &desk.id(&parent));
    }
    set_state(&mut entry, record);
    let is_updated_end = ["pagerduty:", "opsgenie:"].iter().any(|plugin| id.starts_with(plugin));
    if is_updated_end && entry.has(&incidents::RESOLVED_AT) {
        let message =
            "DevLake takes the last update of PagerDuty's and Opsgenie's incidents for their end; read them from there for exact ends";
        desk.note_once(END_FROM_UPDATE, message);
    }
    entry
}

/// The tool's own word where it is known, else what DevLake made of it.
fn set_state(entry: &mut Entry<'_>, record: &Value) {
    let (told, status) = (text(record, "original_status"), text(record, "status"));
    entry.put_opt(&incidents::ORIGINAL_STATE, told.clone().or_else(|| status.clone()));
    let state = match status.as_deref() {
        Some("DONE") => Some("resolved"),
        Some("IN_PROGRESS") => Some("in_progress"),
        Some("TODO") => Some("triggered"),
        _ => None,
    };
    entry.put_opt(&incidents::STATE, told.as_deref().and_then(words::incident_state).or(state));
}
