//! Titles and categories of incidents: drawn without regard to anything, except for those of a planted recurrence.

use super::{Incident, Part, Settings};
use crate::simulator::stream_of;

const SYMPTOMS: [(&str, &str); 16] = [
    ("Requests time out", "performance"),
    ("High latency", "performance"),
    ("Memory keeps growing", "performance"),
    ("Error rate above threshold", "availability"),
    ("Health check fails", "availability"),
    ("Cannot be reached", "availability"),
    ("Restarts over and over", "availability"),
    ("Certificate not trusted", "security"),
    ("Login rejected", "security"),
    ("Permission denied", "security"),
    ("Wrong totals shown", "data"),
    ("Duplicate rows written", "data"),
    ("Stale values served", "data"),
    ("Messages pile up", "integration"),
    ("Callback never arrives", "integration"),
    ("Payload refused", "integration"),
];
const PLACES: [&str; 20] = [
    "checkout page",
    "search index",
    "mobile client",
    "partner gateway",
    "invoice export",
    "address lookup",
    "session store",
    "image resizer",
    "price feed",
    "stock sync",
    "report builder",
    "mail relay",
    "audit log",
    "basket cache",
    "voucher check",
    "returns desk",
    "map tiles",
    "rating widget",
    "label printer",
    "cost model",
];
/// Titles of the planted recurrences, before a number.
pub(super) const RECURRING: [&str; 2] = ["Settlement batch stuck on ledger lock", "Connection pool exhausted after failover"];

/// Title of an incident's record.
pub(in crate::simulator) fn title(settings: &Settings, incident: &Incident) -> String {
    let (symptom, place, number) = draw(settings, incident);
    match incident.recurrence {
        Some(which) => format!("{} on node {}", RECURRING[usize::from(which)], number % 7),
        None => format!("{}: {}", SYMPTOMS[symptom].0, PLACES[place]),
    }
}

/// Its category.
pub(in crate::simulator) fn category(settings: &Settings, incident: &Incident) -> &'static str {
    match incident.recurrence {
        Some(0) => "data",
        Some(_) => "availability",
        None => SYMPTOMS[draw(settings, incident).0].1,
    }
}

fn draw(settings: &Settings, incident: &Incident) -> (usize, usize, usize) {
    let mut stream = stream_of(settings, Part::Titles, incident.service, incident.created_at);
    (stream.below(SYMPTOMS.len()), stream.below(PLACES.len()), stream.below(1_000))
}

/// A title as any incident or problem could have it.
pub(super) fn any(stream: &mut crate::random::Stream) -> String {
    format!("{}: {}", SYMPTOMS[stream.below(SYMPTOMS.len())].0, PLACES[stream.below(PLACES.len())])
}
