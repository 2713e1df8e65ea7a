//! Flat rows on incidents: analytics of the interface, and the tables of the older report and of Insights.
//!
//! Their times have no offset. The interface gives UTC unless another zone is asked for; of the tables nobody knows.

use sequela_schema::canonical::incidents;
use serde_json::Value;

use super::incidents::put_severity;
use crate::adapters::shared::{Desk, Entry, Refused, values};
use crate::timestamp::SECOND;

const ACKNOWLEDGED: [&str; 4] = ["seconds_to_first_ack", "time_to_first_ack", "time_to_acknowledge", "time_to_ack"];
const RESOLVED: [&str; 3] = ["seconds_to_resolve", "time_to_resolve", "resolution_time"];
const CREATED: [&str; 3] = ["created_at", "created_on", "created"];
const NUMBER: [&str; 3] = ["incident_number", "number", "incident_id"];
const SERVICE: [&str; 3] = ["service_name", "service", "service_id"];

/// Whether these keys, in the normal form, are those of a report.
pub(super) fn is_report(keys: &[String]) -> bool {
    let has = |names: &[&str]| names.iter().any(|name| keys.iter().any(|key| key == name));
    let timed = |names: &[&str]| names.iter().any(|name| keys.iter().any(|key| key.starts_with(name)));
    has(&["incident_number", "incident_id"]) && has(&CREATED) && has(&SERVICE[..2]) && timed(&ACKNOWLEDGED)
}

/// Whether the times of a table have no offset.
pub(super) fn is_local(headers: &[String], rows: &[Vec<String>]) -> bool {
    let place = headers.iter().position(|header| CREATED.contains(&crate::text::normal(header).as_str()));
    let cells = rows.iter().filter_map(|row| row.get(place?)).filter(|cell| !cell.trim().is_empty());
    let has_offset = |cell: &str| {
        let time = cell.trim().split_once([' ', 'T']).map_or("", |(_, time)| time);
        time.ends_with('Z') || time.ends_with("UTC") || time.contains(['+', '-'])
    };
    cells.map(String::as_str).any(|cell| !has_offset(cell))
}

pub(super) fn keep(record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
    let number = values::first(record, &NUMBER).ok_or(Refused::missing("incident_number"))?;
    let native = values::first(record, &["id", "incident_id"]).unwrap_or(number.clone());
    let from_interface = record.as_object().is_some_and(|object| object.values().any(|value| !value.is_string()));
    let mut entry = desk.entry(&incidents::TABLE, record);
    if from_interface && !desk.scope().zone_is_set {
        entry = entry.in_utc();
    }
    entry.put(&incidents::INCIDENT_ID, &desk.id(&native));
    entry.put(&incidents::NUMBER, number.trim_start_matches('#'));
    entry.first(&incidents::TITLE, &["description", "title", "incident_title"]);
    if let Some(service) = values::first(record, &SERVICE) {
        entry.service(&service);
    }
    entry.first(&incidents::TEAM_NAME_RAW, &["team_name", "team"]);
    entry.first_time(&incidents::CREATED_AT, &CREATED);
    put_after(&mut entry, record, &incidents::ACKNOWLEDGED_AT, &ACKNOWLEDGED);
    entry.first_time(&incidents::RESOLVED_AT, &["resolved_at", "resolved_on", "resolved"]);
    if !entry.has(&incidents::RESOLVED_AT) {
        put_after(&mut entry, record, &incidents::RESOLVED_AT, &RESOLVED);
    }
    put_severity(&mut entry, values::first(record, &["priority_name", "priority"]).as_deref(), values::text(record, "urgency").as_deref());
    if values::first(record, &["major"]).is_some_and(|major| major == "true") {
        entry.put_bool(&incidents::IS_MAJOR, true);
    }
    entry.text(&incidents::ORIGINAL_STATE, "status");
    if !entry.has(&incidents::ORIGINAL_STATE) && entry.has(&incidents::RESOLVED_AT) {
        entry.put(&incidents::STATE, "resolved");
    }
    desk.keep(entry);
    Ok(())
}

/// Sets a time that is given as seconds after the beginning.
fn put_after(entry: &mut Entry<'_>, record: &Value, column: &sequela_schema::Column, names: &[&str]) {
    let fields = record.as_object().into_iter().flatten();
    let mut found = fields.filter(|(key, _)| names.iter().any(|name| crate::text::normal(key).starts_with(name)));
    let seconds = found.find_map(|(_, value)| duration(&values::plain(value)?));
    if let (Some(began), Some(seconds)) = (entry.get_int(&incidents::CREATED_AT), seconds) {
        entry.put_time(column, began + seconds * SECOND);
    }
}

/// Seconds of `312`, `312.4` or `00:05:12`; zero or less means that it never happened.
fn duration(text: &str) -> Option<i64> {
    let mut seconds: i64 = 0;
    for part in text.trim().split(':') {
        let whole = part.split('.').next()?;
        seconds = seconds.checked_mul(60)?.checked_add(whole.parse().ok()?)?;
    }
    (1..=3_155_760_000).contains(&seconds).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_in_both_forms() {
        assert_eq!((duration("312"), duration("312.4"), duration("01:05:12")), (Some(312), Some(312), Some(3912)));
        assert_eq!((duration("0"), duration(""), duration("-5"), duration("soon")), (None, None, None, None));
    }
}
