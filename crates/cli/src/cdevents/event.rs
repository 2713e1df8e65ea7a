//! The shape of an event, plain or in a CloudEvent.

use chrono::{DateTime, SecondsFormat};
use serde_json::{Map, Value, json};

/// Version of the specification that events say they follow.
const SPECIFICATION: &str = "0.5.1";
/// Version of the types of events that are written.
const TYPES: &str = "0.3.0";

/// How events are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Envelope {
    /// Plain CDEvents.
    None,
    /// CloudEvents 1.0 in structured mode.
    Cloudevents,
}

/// One event.
#[derive(Debug)]
pub(super) struct Event {
    /// Subject and predicate, such as `service.deployed`.
    pub(super) what: &'static str,
    pub(super) id: String,
    pub(super) source: String,
    /// Microseconds since 1970.
    pub(super) at: i64,
    pub(super) subject: String,
    pub(super) content: Value,
    /// The row that is told of, for Sequela itself.
    pub(super) row: Option<Map<String, Value>>,
    pub(super) services: Vec<String>,
}

impl Event {
    /// The event as JSON.
    pub(super) fn json(self, envelope: Envelope) -> Value {
        let (kind, time) = (format!("dev.cdevents.{}.{TYPES}", self.what), time(self.at));
        let mut event = json!({
            "context": {"specversion": SPECIFICATION, "id": self.id, "source": self.source, "type": kind, "timestamp": time},
            "subject": {"id": self.subject, "source": self.source, "content": self.content},
        });
        if let (Some(row), Some(event)) = (self.row, event.as_object_mut()) {
            event.insert("customData".to_owned(), json!({"sequela": {"row": row, "services": self.services}}));
            event.insert("customDataContentType".to_owned(), json!("application/json"));
        }
        match envelope {
            Envelope::None => event,
            Envelope::Cloudevents => json!({
                "specversion": "1.0", "id": self.id, "source": self.source, "type": kind, "time": time, "subject": self.subject,
                "datacontenttype": "application/json", "data": event,
            }),
        }
    }
}

/// An instant as the standard writes it.
pub(super) fn time(at: i64) -> String {
    DateTime::from_timestamp_micros(at).unwrap_or_default().to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// Where a row comes from, as an address: `/sequela/<system>/<installation>`.
pub(super) fn source(system: Option<&str>, installation: Option<&str>) -> String {
    format!("/sequela/{}/{}", escaped(system.unwrap_or("table")), escaped(installation.unwrap_or("default")))
}

/// A text as part of an address.
pub(super) fn escaped(text: &str) -> String {
    let mut address = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            address.push(char::from(byte));
        } else {
            address.push_str(&format!("%{byte:02X}"));
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_addresses_are_escaped() {
        assert_eq!(source(Some("github"), Some("eu west/ä")), "/sequela/github/eu%20west%2F%C3%A4");
        assert_eq!(source(None, None), "/sequela/table/default");
    }

    #[test]
    fn times_keep_their_microseconds() {
        assert_eq!(time(1_700_000_000_000_000), "2023-11-14T22:13:20Z");
        assert_eq!(time(1_700_000_000_000_001), "2023-11-14T22:13:20.000001Z");
    }
}
