//! Issues of the kinds or components that the source names; all others are left alone.

use sequela_schema::canonical::incidents;
use serde_json::Value;

use crate::adapters::shared::labels::{INCIDENTS, Labels};
use crate::adapters::shared::{Desk, Refused, repository, values};

pub(super) fn issue(record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
    let number = values::text(record, "id").ok_or(Refused::missing("id"))?;
    desk.count_on_page("issues");
    let labels = Labels::of(record, &["kind", "component.name"]);
    if !labels.name_one_of(&desk.scope().types("incidents", &INCIDENTS)) {
        return Ok(());
    }
    let address = values::first(record, &["repository.links.html.href", "links.html.href", "links.self.href"]);
    let address = address.and_then(|below| repository::address(&below));
    let project = values::text(record, "repository.full_name").unwrap_or_default();
    let mut entry = desk.entry(&incidents::TABLE, record).in_utc();
    entry.put(&incidents::INCIDENT_ID, &desk.id(&format!("{project}#{number}")));
    entry.put(&incidents::NUMBER, &format!("#{number}"));
    entry.text(&incidents::TITLE, "title");
    entry.text(&incidents::PRIORITY_RAW, "priority");
    entry.text(&incidents::ORIGINAL_STATE, "state");
    // The interface tells no time of resolution, and `updated_on` moves with every comment.
    match values::text(record, "state").as_deref() {
        Some("submitted") => entry.put(&incidents::STATE, "triggered"),
        Some("invalid" | "wontfix") => entry.put(&incidents::STATE, "cancelled"),
        _ => {}
    }
    entry.time(&incidents::CREATED_AT, "created_on");
    entry.updated("updated_on");
    entry.text(&incidents::CATEGORY, "kind");
    entry.first(&incidents::URL, &["links.html.href", "links.self.href"]);
    let service = address.as_deref().and_then(repository::name).or(repository::name(&project));
    labels.fill(&mut entry, desk, service);
    desk.keep(entry);
    Ok(())
}
