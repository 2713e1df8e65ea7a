//! Times in the organisation's zone.

use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;

fn local(microseconds: i64, timezone: Tz) -> DateTime<Tz> {
    DateTime::from_timestamp_micros(microseconds).unwrap_or_default().with_timezone(&timezone)
}

/// `Thu 25 Jun 2026 17:29`.
pub(crate) fn instant_words(microseconds: i64, timezone: Tz) -> String {
    local(microseconds, timezone).format("%a %-d %b %Y %H:%M").to_string()
}

/// `25 Jun 17:29`, where the year is known.
pub(crate) fn short_instant(microseconds: i64, timezone: Tz) -> String {
    local(microseconds, timezone).format("%-d %b %H:%M").to_string()
}

/// ISO 8601 with the zone's offset, for machines and tool tips.
pub(crate) fn iso_words(microseconds: i64, timezone: Tz) -> String {
    local(microseconds, timezone).format("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// The calendar day of an instant.
pub(crate) fn local_day(microseconds: i64, timezone: Tz) -> NaiveDate {
    local(microseconds, timezone).date_naive()
}

/// `25 Jun 2026`.
pub(crate) fn days_words(day: NaiveDate) -> String {
    day.format("%-d %b %Y").to_string()
}

/// `June 2026`.
pub(crate) fn month_words(day: NaiveDate) -> String {
    day.format("%B %Y").to_string()
}

/// `Jun`.
pub(crate) fn month_short(day: NaiveDate) -> String {
    day.format("%b").to_string()
}

/// `5 Jan 2026 to 5 Jul 2026`; the end of a range is not part of it, so that midnight belongs to the day before.
pub(crate) fn range_words(from: i64, to: i64, timezone: Tz) -> String {
    format!("{} to {}", days_words(local_day(from, timezone)), days_words(local_day(to.saturating_sub(1).max(from), timezone)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_shown_in_the_zone_of_the_organisation() {
        // 25 June 2026 is a Thursday; London is one hour ahead of UTC in June, and at UTC in January.
        let summer = DateTime::parse_from_rfc3339("2026-06-25T16:29:00Z").unwrap().timestamp_micros();
        assert_eq!(instant_words(summer, chrono_tz::Europe::London), "Thu 25 Jun 2026 17:29");
        assert_eq!(iso_words(summer, chrono_tz::Europe::London), "2026-06-25T17:29:00+01:00");
        let winter = DateTime::parse_from_rfc3339("2026-01-31T23:30:00Z").unwrap().timestamp_micros();
        assert_eq!(range_words(winter, summer, chrono_tz::Europe::London), "31 Jan 2026 to 25 Jun 2026");
        let midnight = DateTime::parse_from_rfc3339("2026-06-30T23:00:00Z").unwrap().timestamp_micros();
        assert_eq!(range_words(winter, midnight, chrono_tz::Europe::London), "31 Jan 2026 to 30 Jun 2026");
        assert_eq!(range_words(winter, summer, chrono_tz::Asia::Tokyo), "1 Feb 2026 to 26 Jun 2026");
    }
}
