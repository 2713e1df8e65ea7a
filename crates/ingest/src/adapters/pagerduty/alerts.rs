//! Events that monitoring sends (version 2): triggers, acknowledgements and resolutions of one key make an incident each time it is
//! triggered anew.

use std::collections::BTreeMap;

use sequela_schema::canonical::incidents;
use serde_json::Value;

use crate::adapters::shared::{Desk, Origin, Refused, pipeline, values};

/// What an event says.
struct Event {
    at: Option<i64>,
    action: String,
    title: Option<String>,
    severity: Option<String>,
    service: Option<String>,
    origin: Origin,
}

#[derive(Default)]
pub(super) struct Alerts {
    /// By instance and key, in the order of the files.
    events: BTreeMap<(String, String), Vec<Event>>,
}

/// Where the time stands; acknowledgements have none of their own, only what a log added.
const TIMES: [&str; 4] = ["payload.timestamp", "timestamp", "received_at", "time"];

impl Alerts {
    pub(super) fn take(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let action = values::text(record, "event_action").ok_or(Refused::missing("event_action"))?.into_owned();
        let text = |paths: &[&str]| values::first(record, paths).map(std::borrow::Cow::into_owned);
        let mut reading = desk.entry(&incidents::TABLE, record);
        let at = TIMES.iter().find_map(|path| reading.instant(path));
        let title = text(&["payload.summary"]);
        let key = text(&["dedup_key"]).or_else(|| title.clone()).ok_or(Refused::missing("dedup_key"))?;
        let service = text(&["payload.custom_details.service", "payload.component", "payload.group", "payload.source"]);
        let event = Event { at, action, title, severity: text(&["payload.severity"]), service, origin: desk.origin() };
        self.events.entry((desk.scope().instance.clone(), key)).or_default().push(event);
        Ok(())
    }

    pub(super) fn finish(&mut self, desk: &mut Desk<'_>) {
        for ((_, key), mut events) in std::mem::take(&mut self.events) {
            if events.iter().all(|event| event.at.is_some()) {
                events.sort_by_key(|event| event.at);
            }
            let is_end = |event: &Event| event.action == "resolve";
            for (number, incident) in (1..).zip(events.split_inclusive(is_end)) {
                keep(&pipeline::attempt_id(&key, Some(number)), incident, desk);
            }
        }
    }
}

/// Keeps what one key went through from its first trigger to its resolution.
fn keep(native: &str, events: &[Event], desk: &mut Desk<'_>) {
    let Some(first) = events.iter().find(|event| event.action == "trigger") else { return };
    desk.go_to(&first.origin);
    let mut entry = desk.entry(&incidents::TABLE, &Value::Null);
    entry.put(&incidents::INCIDENT_ID, &desk.id(native));
    entry.put_opt(&incidents::TITLE, first.title.as_deref());
    entry.put_opt(&incidents::SEVERITY_RAW, first.severity.as_deref());
    let severity = match first.severity.as_deref() {
        Some("critical") => Some(1),
        Some("error") => Some(2),
        Some("warning") => Some(3),
        Some("info") => Some(4),
        _ => None,
    };
    if let Some(severity) = severity {
        entry.put_int(&incidents::SEVERITY, severity);
    }
    if let Some(service) = &first.service {
        entry.service(service);
    }
    let mut state = "triggered";
    if let Some(at) = first.at {
        entry.put_time(&incidents::DETECTED_AT, at);
    }
    for (action, column, word) in
        [("acknowledge", &incidents::ACKNOWLEDGED_AT, "acknowledged"), ("resolve", &incidents::RESOLVED_AT, "resolved")]
    {
        let Some(event) = events.iter().find(|event| event.action == action) else { continue };
        state = word;
        if let Some(at) = event.at {
            entry.put_time(column, at);
        }
    }
    entry.put(&incidents::STATE, state);
    desk.keep(entry);
}
