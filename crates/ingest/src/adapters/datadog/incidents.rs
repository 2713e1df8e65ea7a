//! Incidents, from the list or from the search. Some collectors write the keys of the interface as `publicId` instead of `public_id`.

use sequela_schema::canonical::incidents;
use serde_json::Value;

use super::kind;
use crate::adapters::shared::{Desk, Entry, Refused, values};

/// Whether it is an incident of Datadog: other systems have resources of that name too, but no public id.
pub(super) fn is_incident(record: &Value) -> bool {
    let numbered = values::first(record, &["attributes.public_id", "attributes.publicId"]).is_some();
    kind(record).as_deref() == Some("incidents") && numbered
}

/// Whether it is the answer of a search.
pub(super) fn is_search(record: &Value) -> bool {
    kind(record).as_deref() == Some("incidents_search_results")
}

/// Keeps what a search found.
pub(super) fn keep_found(record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
    let found = values::list(record, "attributes.incidents");
    let total = values::int(record, "attributes.total").and_then(|total| usize::try_from(total).ok());
    if let Some(total) = total.filter(|total| *total > found.len()) {
        desk.suspect_truncation(&format!("the search found {total} incidents and lists {}", found.len()));
    }
    let mut outcome = Ok(());
    for incident in found {
        let incident = incident.get("data").unwrap_or(incident);
        let kept = if is_incident(incident) { keep(incident, desk) } else { Err(Refused::unknown("no incident of Datadog")) };
        outcome = outcome.and(kept);
    }
    outcome
}

/// Keeps an incident; tests and archived ones are none.
pub(super) fn keep(record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
    let id = values::text(record, "id").ok_or(Refused::missing("id"))?;
    let attributes = record.get("attributes").unwrap_or(&Value::Null);
    if values::truth(attributes, "is_test") == Some(true) || values::has(attributes, "archived") {
        return Ok(());
    }
    let mut entry = desk.entry(&incidents::TABLE, attributes);
    entry.put(&incidents::INCIDENT_ID, &desk.id(&id));
    entry.first(&incidents::NUMBER, &["public_id", "publicId"]);
    entry.text(&incidents::TITLE, "title");
    entry.first(&incidents::SEVERITY_RAW, &["severity", "fields.severity.value"]);
    entry.first_time(&incidents::STARTED_AT, &["customer_impact_start", "customerImpactStart"]);
    entry.first_time(&incidents::IMPACT_ENDED_AT, &["customer_impact_end", "customerImpactEnd"]);
    entry.time(&incidents::DETECTED_AT, "detected");
    entry.first_time(&incidents::CREATED_AT, &["declared", "created"]);
    entry.time(&incidents::RESOLVED_AT, "resolved");
    entry.updated("modified");
    entry.services("fields.services.value");
    entry.put_opt(&incidents::TEAM_NAME_RAW, values::texts(attributes, "fields.teams.value").first());
    entry.put_opt(&incidents::DETECTION_METHOD, values::text(attributes, "fields.detection_method.value").filter(|word| word != "unknown"));
    entry.text(&incidents::ROOT_CAUSE_TEXT, "fields.root_cause.value");
    put_state(&mut entry, attributes);
    desk.keep(entry);
    Ok(())
}

/// `stable` says that the impact is over, not when; `completed` that the follow-up is done.
fn put_state(entry: &mut Entry<'_>, attributes: &Value) {
    let state = values::first(attributes, &["state", "fields.state.value"]);
    entry.put_opt(&incidents::ORIGINAL_STATE, state.as_deref());
    match state.as_deref() {
        Some("stable") => entry.put(&incidents::STATE, "mitigated"),
        Some("completed") => entry.put(&incidents::STATE, "closed"),
        _ => {}
    }
}
