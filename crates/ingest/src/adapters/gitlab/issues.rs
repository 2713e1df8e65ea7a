//! Issues of the type incident, or with a label that says so, from the interface or from an exported list. All others are left alone.

use sequela_schema::canonical::incidents;
use serde_json::Value;

use crate::adapters::shared::labels::{INCIDENTS, Labels};
use crate::adapters::shared::{Desk, Refused, repository, values};

pub(super) fn issue(record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
    let number = values::first(record, &["iid", "Issue ID"]).ok_or(Refused::missing("iid"))?;
    desk.count_on_page("issues");
    let labels = Labels::of(record, &["labels", "labels.name", "Labels", "issue_type"]);
    if !labels.name_one_of(&desk.scope().types("incidents", &INCIDENTS)) {
        return Ok(());
    }
    let address = values::first(record, &["web_url", "URL"]);
    let project = address.as_deref().and_then(super::project);
    let path = project.and_then(|project| project.splitn(4, '/').nth(3)).unwrap_or_default();
    let mut entry = desk.entry(&incidents::TABLE, record).in_utc();
    entry.put(&incidents::INCIDENT_ID, &desk.id(&format!("{path}#{number}")));
    entry.put(&incidents::NUMBER, &format!("#{number}"));
    entry.first(&incidents::TITLE, &["title", "Title"]);
    entry.first(&incidents::ORIGINAL_STATE, &["state", "State"]);
    entry.first_time(&incidents::CREATED_AT, &["created_at", "Created At (UTC)"]);
    // An issue has one end only: it is closed when the service works again.
    entry.first_time(&incidents::CLOSED_AT, &["closed_at", "Closed At (UTC)"]);
    entry.first_time(&incidents::RESOLVED_AT, &["closed_at", "Closed At (UTC)"]);
    entry.updated(if values::has(record, "updated_at") { "updated_at" } else { "Updated At (UTC)" });
    labels.fill(&mut entry, desk, project.and_then(repository::name));
    if let Some(severity) = values::text(record, "severity").filter(|severity| severity != "UNKNOWN") {
        entry.put(&incidents::SEVERITY_RAW, &severity);
    }
    entry.put_opt(&incidents::URL, address);
    desk.keep(entry);
    Ok(())
}
