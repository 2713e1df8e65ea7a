//! Times as people type them on a command line.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, SecondsFormat, TimeZone, Utc};
use chrono_tz::Tz;

use crate::failure::Failure;

/// Which end of a day or second is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edge {
    /// The instant itself; for a date, its first instant.
    Start,
    /// The first instant after what was named: a date or second is included as a whole.
    End,
    /// The instant itself; for a date, the end of the day.
    Exact,
}

const SECOND: i64 = 1_000_000;

/// Microseconds since 1970 UTC. A time without an offset is one of the organisation's zone.
pub(crate) fn parse_time(text: &str, zone: Tz, edge: Edge, setting: &str) -> Result<i64, Failure> {
    let text = text.trim();
    let after_second = |at: i64| if edge == Edge::End { (at.div_euclid(SECOND) + 1) * SECOND } else { at };
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(after_second(time.timestamp_micros()));
    }
    let forms = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
    let local = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    if let Some(at) = local.and_then(|local| in_zone(local, zone)) {
        return Ok(after_second(at));
    }
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    let day = if edge != Edge::Start { date.and_then(|date| date.checked_add_days(Days::new(1))) } else { date };
    day.and_then(|day| (0..4).find_map(|hour| in_zone(day.and_hms_opt(hour, 0, 0)?, zone))).ok_or_else(|| {
        Failure::settings(format!("{setting} is {text:?}, which is no date or time"))
            .hint("write 2026-10-31, 2026-10-31T18:00 or 2026-10-31T18:00:00Z")
    })
}

fn in_zone(local: NaiveDateTime, zone: Tz) -> Option<i64> {
    zone.from_local_datetime(&local).earliest().map(|time| time.timestamp_micros())
}

/// ISO 8601 in UTC.
pub(crate) fn format_time(at: i64) -> String {
    DateTime::<Utc>::from_timestamp_micros(at).map_or_else(|| at.to_string(), |time| time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str, edge: Edge) -> String {
        format_time(parse_time(text, chrono_tz::Europe::Berlin, edge, "to").unwrap())
    }

    #[test]
    fn ends_include_what_they_name() {
        assert_eq!(parsed("2026-10-31", Edge::Start), "2026-10-30T23:00:00Z");
        assert_eq!(parsed("2026-10-31", Edge::End), "2026-10-31T23:00:00Z");
        assert_eq!(parsed("2024-01-31T23:59:59Z", Edge::End), "2024-02-01T00:00:00Z");
        assert_eq!(parsed("2026-07-01 12:00", Edge::Start), "2026-07-01T10:00:00Z");
        assert!(parse_time("soon", Tz::UTC, Edge::End, "to").is_err());
    }
}
