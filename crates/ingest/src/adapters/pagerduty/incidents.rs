//! Incidents of the interface, joined with their log.
//!
//! Acknowledgements stand in an incident only as long as it is acknowledged: the log keeps them. `resolved` is the last state that an
//! incident takes, so that its last change of state is its resolution where nothing else tells it.

use std::collections::BTreeMap;

use sequela_schema::canonical::{incidents, status_events};
use serde_json::{Map, Value};

use crate::adapters::shared::{Desk, Entry, Origin, Refused, values};
use crate::words;

/// What of an incident is needed once all logs are read.
const KEPT: [&str; 18] = [
    "id",
    "incident_number",
    "html_url",
    "title",
    "summary",
    "created_at",
    "updated_at",
    "acknowledgements",
    "resolved_at",
    "last_status_change_at",
    "status",
    "urgency",
    "priority",
    "service",
    "teams",
    "alert_counts",
    "resolve_reason",
    "incident_type",
];

/// A change of state that the log tells.
#[derive(Clone, Debug)]
struct Logged {
    at: i64,
    state: &'static str,
    /// A resolution because the time was up, not because the service was back.
    by_timeout: bool,
}

#[derive(Default)]
struct Log {
    entries: Vec<Logged>,
    origin: Option<Origin>,
    /// Whether something other than a person's click opened it.
    by_monitoring: Option<bool>,
}

#[derive(Default)]
pub(super) struct Incidents {
    waiting: Vec<(Origin, Value)>,
    logs: BTreeMap<String, Log>,
}

impl Incidents {
    pub(super) fn take(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let id = desk.id(&values::first(record, &["id", "incident_number"]).ok_or(Refused::missing("id"))?);
        for entry in values::list(record, "log_entries") {
            self.log(&id, entry, desk);
        }
        let trigger = values::text(record, "first_trigger_log_entry.summary");
        if let Some(way) = trigger.as_deref().filter(|summary| summary.contains("through")) {
            self.logs
                .entry(id)
                .or_default()
                .by_monitoring
                .get_or_insert(!["website", "mobile", "app"].iter().any(|word| way.contains(word)));
        }
        let kept: Map<String, Value> =
            KEPT.iter().filter_map(|key| Some(((*key).to_owned(), record.get(*key).filter(|value| !value.is_null())?.clone()))).collect();
        self.waiting.push((desk.origin(), Value::Object(kept)));
        Ok(())
    }

    pub(super) fn take_log(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let id = desk.id(&values::text(record, "incident.id").ok_or(Refused::missing("incident.id"))?);
        self.log(&id, record, desk);
        Ok(())
    }

    fn log(&mut self, id: &str, record: &Value, desk: &mut Desk<'_>) {
        let kind = values::text(record, "type").unwrap_or_default();
        let kind = kind.trim_end_matches("_reference").trim_end_matches("_log_entry");
        let state = match kind {
            "trigger" | "unacknowledge" | "reopen" => "triggered",
            "acknowledge" => "acknowledged",
            "resolve" => "resolved",
            _ => return,
        };
        let Some(at) = desk.entry(&status_events::TABLE, record).instant("created_at") else { return };
        let channel = values::text(record, "channel.type").unwrap_or_default();
        let log = self.logs.entry(id.to_owned()).or_default();
        if kind == "trigger" && !channel.is_empty() {
            log.by_monitoring = Some(!matches!(channel.as_ref(), "website" | "web_trigger" | "mobile" | "note"));
        }
        log.entries.push(Logged { at, state, by_timeout: state == "resolved" && channel == "timeout" });
        log.origin.get_or_insert_with(|| desk.origin());
    }

    pub(super) fn finish(&mut self, desk: &mut Desk<'_>) {
        let mut logs = std::mem::take(&mut self.logs);
        for log in logs.values_mut() {
            log.entries.sort_by_key(|entry| entry.at);
        }
        let nothing = Log::default();
        for (origin, record) in std::mem::take(&mut self.waiting) {
            desk.go_to(&origin);
            let Some(native) = values::first(&record, &["id", "incident_number"]) else { continue };
            let id = desk.id(&native);
            keep(&record, &id, logs.get(&id).unwrap_or(&nothing), desk);
        }
        for (id, log) in &logs {
            keep_history(id, log, desk);
        }
    }
}

fn keep_history(id: &str, log: &Log, desk: &mut Desk<'_>) {
    let Some(origin) = &log.origin else { return };
    desk.go_to(origin);
    let mut before = None;
    for entry in &log.entries {
        if before != Some(entry.state) {
            desk.event("incident", id, entry.at, before, entry.state);
            before = Some(entry.state);
        }
    }
}

fn keep(record: &Value, id: &str, log: &Log, desk: &mut Desk<'_>) {
    let mut entry = desk.entry(&incidents::TABLE, record);
    entry.put(&incidents::INCIDENT_ID, id);
    entry.text(&incidents::NUMBER, "incident_number");
    entry.text(&incidents::URL, "html_url");
    entry.first(&incidents::TITLE, &["title", "summary"]);
    entry.time(&incidents::CREATED_AT, "created_at");
    if log.by_monitoring == Some(true) {
        entry.time(&incidents::DETECTED_AT, "created_at");
    }
    entry.updated("last_status_change_at");
    entry.updated("updated_at");
    entry.text(&incidents::TEAM_NAME_RAW, "teams.summary");
    entry.int(&incidents::ALERT_COUNT, "alert_counts.all");
    if values::text(record, "incident_type.name").is_some_and(|name| name.contains("major")) {
        entry.put_bool(&incidents::IS_MAJOR, true);
    }
    if let Some(service) = values::first(record, &["service.summary", "service.name", "service.id"]) {
        entry.service(&service);
    }
    put_severity(
        &mut entry,
        values::first(record, &["priority.summary", "priority.name"]).as_deref(),
        values::text(record, "urgency").as_deref(),
    );
    put_acknowledgement(&mut entry, log);
    put_end(&mut entry, record, log, desk);
    desk.keep(entry);
}

/// From the priority, which most incidents lack; else from the urgency.
pub(super) fn put_severity(entry: &mut Entry<'_>, priority: Option<&str>, urgency: Option<&str>) {
    entry.put_opt(&incidents::PRIORITY_RAW, priority);
    entry.put_opt(&incidents::URGENCY_RAW, urgency);
    let by_urgency = match urgency.map(str::to_lowercase).as_deref() {
        Some("high") => Some(2),
        Some("low") => Some(4),
        _ => None,
    };
    if let Some(severity) = priority.and_then(words::severity).or(by_urgency) {
        entry.put_int(&incidents::SEVERITY, severity);
    }
}

fn put_acknowledgement(entry: &mut Entry<'_>, log: &Log) {
    entry.time(&incidents::ACKNOWLEDGED_AT, "acknowledgements.at");
    let shown = entry.get_int(&incidents::ACKNOWLEDGED_AT);
    let logged = log.entries.iter().find(|entry| entry.state == "acknowledged").map(|entry| entry.at);
    if let Some(first) = logged.into_iter().chain(shown).min() {
        entry.put_time(&incidents::ACKNOWLEDGED_AT, first);
    }
}

/// An incident that was merged into another one did not end, and one whose time was up was not solved.
fn put_end(entry: &mut Entry<'_>, record: &Value, log: &Log, desk: &mut Desk<'_>) {
    entry.text(&incidents::ORIGINAL_STATE, "status");
    if values::text(record, "resolve_reason.type").is_some_and(|reason| reason.starts_with("merge")) {
        entry.put(&incidents::STATE, "merged");
        entry.put_opt(&incidents::DUPLICATE_OF, values::text(record, "resolve_reason.incident.id").map(|id| desk.id(&id)));
        return;
    }
    if values::text(record, "status").as_deref() != Some("resolved") {
        return;
    }
    match log.entries.iter().rfind(|entry| entry.state == "resolved") {
        Some(end) if end.by_timeout => {
            let message = "PagerDuty resolved the incident because its time was up; when the service was back is not known";
            desk.note("auto_resolved", "resolved_at", "timeout", message);
        }
        Some(end) => entry.put_time(&incidents::RESOLVED_AT, end.at),
        None => entry.first_time(&incidents::RESOLVED_AT, &["resolved_at", "last_status_change_at"]),
    }
}
