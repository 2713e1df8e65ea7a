//! One event, reduced to what rows are made of.

use std::borrow::Cow;

use sequela_schema::Column;
use serde_json::{Map, Value};

use crate::adapters::shared::{Desk, Entry, Origin, Refused, values};

/// What an event is about, and what happened to it.
pub(super) struct Kind {
    /// Such as `service`.
    pub(super) subject: String,
    /// Such as `deployed`.
    pub(super) predicate: String,
}

/// The kind of an event of the specification; none for those that tools add.
pub(super) fn kind(body: &Value) -> Option<Kind> {
    let text = values::text(body, "context.type")?.to_ascii_lowercase();
    let mut parts = text.strip_prefix("dev.cdevents.")?.split('.');
    Some(Kind { subject: parts.next()?.to_owned(), predicate: parts.next()?.to_owned() })
}

/// An event that waits for others.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) origin: Origin,
    /// The parts that rows are made of, at their places in the event.
    pub(super) record: Value,
    pub(super) predicate: String,
    pub(super) id: String,
    pub(super) source: String,
    /// Identifier of the subject.
    pub(super) about: String,
    pub(super) about_source: String,
    /// Microseconds since 1970.
    pub(super) at: i64,
    /// The delivery chain that it belongs to.
    pub(super) chain: Option<String>,
    /// Identifiers of events that it names as related.
    pub(super) links: Vec<String>,
}

impl Event {
    pub(super) fn of(body: &Value, predicate: String, desk: &Desk<'_>) -> Result<Self, Refused> {
        let text = |path: &str| values::text(body, path).map(Cow::into_owned);
        let linked = |end: &str| values::texts(body, &format!("context.links.{end}.contextId"));
        let source = text("context.source").unwrap_or_default();
        let time = text("context.timestamp").ok_or(Refused::missing("context.timestamp"))?;
        let at = desk.scope().clock().read(&time).map_err(|_| Refused::missing("usable context.timestamp"))?.at;
        Ok(Self {
            origin: desk.origin(),
            record: reduced(body, desk),
            predicate,
            id: text("context.id").ok_or(Refused::missing("context.id"))?,
            about: text("subject.id").ok_or(Refused::missing("subject.id"))?,
            about_source: text("subject.source").unwrap_or_else(|| source.clone()),
            source,
            at,
            chain: text("context.chainId"),
            links: ["target", "from"].into_iter().flat_map(linked).map(Cow::into_owned).collect(),
        })
    }

    /// The text at a path of the event.
    pub(super) fn text(&self, path: &str) -> Option<Cow<'_, str>> {
        values::text(&self.record, path)
    }

    /// Gives a row the time of the event.
    pub(super) fn date(&self, entry: &mut Entry<'_>, column: &Column) {
        if let Some(time) = values::at(&self.record, "context.timestamp") {
            entry.time_of(column, "context.timestamp", time);
        }
    }
}

/// Where the events of one record begin to stand, whatever their times.
pub(super) fn origin(events: &[Event]) -> Option<&Origin> {
    events.iter().map(|event| &event.origin).min_by_key(|origin| (origin.file, origin.row))
}

/// Keys of `subject.content` that are used; the others may name persons or hold logs.
const CONTENT: [&str; 20] = [
    "artifactId",
    "decision",
    "description",
    "environment",
    "group",
    "outcome",
    "pipelineName",
    "pipelineRun",
    "priority",
    "repository",
    "resolution",
    "responder",
    "service",
    "status",
    "summary",
    "taskName",
    "ticketType",
    "ticketURI",
    "uri",
    "url",
];

fn reduced(body: &Value, desk: &Desk<'_>) -> Value {
    let mut record = Map::new();
    record.insert("context".to_owned(), chosen(values::at(body, "context"), &["id", "source", "timestamp", "type"]));
    let content = chosen(values::at(body, "subject.content"), &CONTENT);
    let mut subject = Map::new();
    subject.insert("id".to_owned(), values::at(body, "subject.id").cloned().unwrap_or_default());
    subject.insert("content".to_owned(), content);
    record.insert("subject".to_owned(), Value::Object(subject));
    record.insert("customData".to_owned(), chosen(body.get("customData"), &["priority", "sequela", "severity"]));
    record.extend(desk.mapped_parts(body));
    Value::Object(record)
}

fn chosen(object: Option<&Value>, keys: &[&str]) -> Value {
    let pairs = keys.iter().filter_map(|key| Some(((*key).to_owned(), object?.get(key)?.clone())));
    Value::Object(pairs.collect())
}
