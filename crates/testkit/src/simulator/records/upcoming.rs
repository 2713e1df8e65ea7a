//! Changes planned for the fortnight after the extract: every other one lies in the risky part of the week.

use super::changes::{Change, asked};
use super::{FRIDAY_NOON, HOUR, Part, Records, micros, stream};
use crate::simulator::{Organisation, WEEK};

/// How many lie ahead.
const UPCOMING: usize = 24;
/// Hour of the week of those that are not risky: Tuesday at ten.
const TUESDAY: u32 = 34;

/// The changes that lie ahead, in the order of their planned start; all are normal, on services that the catalog knows.
pub(super) fn upcoming(organisation: &Organisation, records: &Records) -> Vec<Change> {
    let mut stream = stream(&organisation.settings, Part::Upcoming);
    let known: Vec<u32> = (0..organisation.settings.services).filter(|service| !records.shadow.contains(service)).collect();
    let one = |number: usize| {
        let hour = if number.is_multiple_of(2) { TUESDAY } else { FRIDAY_NOON as u32 + 2 };
        let week = if number < UPCOMING / 2 { 0 } else { WEEK };
        let start = organisation.span() + i64::from(week + hour) * HOUR + micros(2.0 * stream.unit());
        let service = *stream.pick(&known);
        let (created, approved) = asked(&mut stream, "peer", organisation.span());
        let (id, planned) = (format!("CHP{number:04}"), (start, start + 2 * HOUR));
        let asked = (created, approved);
        Change { id, title: "Release", kind: "normal", model: "", path: "peer", service, asked, planned, actual: None, close_code: "" }
    };
    let mut made: Vec<Change> = (0..UPCOMING).map(one).collect();
    made.sort_by_key(|change| change.planned.0);
    made
}
