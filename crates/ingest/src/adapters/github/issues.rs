//! Issues that a label or their type makes an incident. All others, and pull requests, are read and left alone.

use sequela_schema::canonical::incidents;
use serde_json::Value;

use crate::adapters::shared::labels::{INCIDENTS, Labels};
use crate::adapters::shared::{Desk, Refused, repository, values};

pub(super) fn issue(record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
    let number = values::text(record, "number").ok_or(Refused::missing("number"))?;
    let address = values::first(record, &["repository_url", "html_url", "url"]).and_then(|below| repository::address(&below));
    desk.count_on_page(&format!("issues of {}", address.as_deref().unwrap_or("a repository")));
    let labels = Labels::of(record, &["labels.name", "labels", "type.name"]);
    if values::has(record, "pull_request") || !labels.name_one_of(&desk.scope().types("incidents", &INCIDENTS)) {
        return Ok(());
    }
    let project = address.as_deref().and_then(|address| address.splitn(4, '/').nth(3)).unwrap_or_default();
    let mut entry = desk.entry(&incidents::TABLE, record).in_utc();
    entry.put(&incidents::INCIDENT_ID, &desk.id(&format!("{project}#{number}")));
    entry.put(&incidents::NUMBER, &format!("#{number}"));
    entry.text(&incidents::TITLE, "title");
    entry.first_time(&incidents::CREATED_AT, &["created_at", "createdAt"]);
    entry.updated(if values::has(record, "updated_at") { "updated_at" } else { "updatedAt" });
    entry.first(&incidents::URL, &["html_url", "url"]);
    labels.fill(&mut entry, desk, repository::name(project));
    let reason = values::first(record, &["state_reason", "stateReason"]).unwrap_or_default().to_lowercase();
    entry.text(&incidents::ORIGINAL_STATE, "state");
    entry.first_time(&incidents::CLOSED_AT, &["closed_at", "closedAt"]);
    match reason.as_str() {
        "not_planned" => entry.put(&incidents::STATE, "cancelled"),
        "duplicate" => entry.put(&incidents::STATE, "merged"),
        // An issue has one end only: it is closed when the service works again.
        _ => entry.first_time(&incidents::RESOLVED_AT, &["closed_at", "closedAt"]),
    }
    entry.put_opt(&incidents::CLOSE_CODE, Some(reason).filter(|reason| reason == "completed"));
    desk.keep(entry);
    Ok(())
}
