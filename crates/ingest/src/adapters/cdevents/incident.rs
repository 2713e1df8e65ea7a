//! Incidents: what was detected, reported and resolved, and tickets about incidents, each made of all its events.

use sequela_schema::canonical::incidents;

use super::delivery::last_part;
use super::event::{Event, origin};
use super::{Subject, Work, own};
use crate::adapters::shared::{Desk, Entry};

impl Work {
    pub(super) fn write_incidents(&mut self, desk: &mut Desk<'_>) {
        let taken = std::mem::take(&mut self.incidents);
        let tickets = std::mem::take(&mut self.tickets);
        for (subject, events) in taken {
            write(&subject, events, desk);
        }
        for (subject, events) in tickets {
            write_ticket(&subject, events, desk);
        }
    }
}

fn in_order(mut events: Vec<Event>) -> Vec<Event> {
    events.sort_by_key(|event| (event.at, stage(&event.predicate)));
    events
}

fn stage(predicate: &str) -> u8 {
    u8::from(matches!(predicate, "resolved" | "closed"))
}

fn write(subject: &Subject, events: Vec<Event>, desk: &mut Desk<'_>) {
    let events = in_order(events);
    let Some(first) = events.first() else { return };
    desk.go_to(origin(&events).unwrap_or(&first.origin));
    if let Some((event, row)) = events.iter().find_map(|event| Some((event, own::row(event)?))) {
        let entry = own::entry(&incidents::TABLE, event, row, desk);
        desk.keep_later(entry);
        return;
    }
    let (_, source, number) = subject;
    let id = desk.id(&format!("{source}/{number}"));
    let mut entry = desk.entry(&incidents::TABLE, &first.record);
    entry.put(&incidents::INCIDENT_ID, &id);
    entry.put(&incidents::NUMBER, number);
    set_words(&mut entry, &events);
    set_times(&mut entry, &events);
    let is_open = end(&events).is_none();
    entry.put(&incidents::STATE, if is_open { "triggered" } else { "resolved" });
    entry.put_opt(&incidents::ORIGINAL_STATE, events.last().map(|event| event.predicate.as_str()));
    if desk.keep_later(entry) {
        write_history(&id, &events, desk);
    }
}

/// The first event that tells something counts: later ones describe the recovery.
fn set_words(entry: &mut Entry<'_>, events: &[Event]) {
    let first = |path: &str| events.iter().find_map(|event| event.text(path));
    entry.put_opt(&incidents::TITLE, first("subject.content.description"));
    entry.put_opt(&incidents::ENVIRONMENT_RAW, first("subject.content.environment.id"));
    entry.put_opt(&incidents::URL, first("subject.content.ticketURI"));
    entry.put_opt(&incidents::SEVERITY_RAW, first("customData.severity"));
    entry.put_opt(&incidents::PRIORITY_RAW, first("customData.priority"));
    for event in events {
        if let Some(service) = event.text("subject.content.service.id") {
            entry.service(last_part(&service));
        }
    }
}

fn set_times(entry: &mut Entry<'_>, events: &[Event]) {
    let first = |predicate: &str| events.iter().find(|event| event.predicate == predicate);
    let columns =
        [(&incidents::DETECTED_AT, first("detected")), (&incidents::CREATED_AT, first("reported")), (&incidents::RESOLVED_AT, end(events))];
    for (column, event) in columns {
        if let Some(event) = event {
            event.date(entry, column);
        }
    }
    let reopened = events.iter().skip_while(|event| event.predicate != "resolved").filter(|event| event.predicate == "detected").count();
    entry.put_int(&incidents::REOPEN_COUNT, i64::try_from(reopened).unwrap_or(0));
}

/// When the incident was resolved for good: what is detected afterwards opens it again, a late report does not.
fn end(events: &[Event]) -> Option<&Event> {
    events
        .iter()
        .rev()
        .find(|event| matches!(event.predicate.as_str(), "resolved" | "detected"))
        .filter(|last| last.predicate == "resolved")
}

fn write_history(id: &str, events: &[Event], desk: &mut Desk<'_>) {
    let mut before: Option<&str> = None;
    for event in events {
        desk.event("incident", id, event.at, before, &event.predicate);
        before = Some(&event.predicate);
    }
}

fn write_ticket(subject: &Subject, events: Vec<Event>, desk: &mut Desk<'_>) {
    let events = in_order(events);
    let (Some(first), Some(last)) = (events.first(), events.last()) else { return };
    desk.go_to(origin(&events).unwrap_or(&first.origin));
    let (_, source, number) = subject;
    let id = desk.id(&format!("{source}/{number}"));
    let mut entry = desk.entry(&incidents::TABLE, &last.record);
    entry.put(&incidents::INCIDENT_ID, &id);
    entry.put(&incidents::NUMBER, number);
    entry.text(&incidents::TITLE, "subject.content.summary");
    entry.text(&incidents::PRIORITY_RAW, "subject.content.priority");
    entry.text(&incidents::TEAM_NAME_RAW, "subject.content.group");
    entry.text(&incidents::CLOSE_CODE, "subject.content.resolution");
    entry.text(&incidents::URL, "subject.content.uri");
    if let Some(created) = events.iter().find(|event| event.predicate == "created") {
        created.date(&mut entry, &incidents::CREATED_AT);
    }
    let is_closed = last.predicate == "closed";
    // A ticket is closed when its work is done, which may be long after the service was restored.
    if is_closed {
        last.date(&mut entry, &incidents::CLOSED_AT);
    }
    entry.put(&incidents::STATE, if is_closed { "closed" } else { "triggered" });
    entry.put(&incidents::ORIGINAL_STATE, &last.predicate);
    if desk.keep_later(entry) {
        write_history(&id, &events, desk);
    }
}
