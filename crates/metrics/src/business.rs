//! The clock that runs in working hours only.

use std::collections::BTreeSet;

use chrono::{Datelike, Duration, NaiveDate};
use chrono_tz::Tz;

use crate::calendar::{instant, local_date};

const HOUR: f64 = 3.6e9;

/// The hours in which a duration counts: `[calendar]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkingHours {
    /// Zone in which hours and days are meant.
    pub timezone: Tz,
    /// Minute of the day at which work begins.
    pub opens: u32,
    /// Minute at which it ends; not after `opens`: on the next day.
    pub closes: u32,
    /// Days on which it begins, Monday first.
    pub days: [bool; 7],
    /// Days on which it does not.
    pub holidays: BTreeSet<NaiveDate>,
}

impl WorkingHours {
    /// A clock for instants from `from` until `to`, in microseconds since 1970 UTC.
    pub fn clock(&self, from: i64, to: i64) -> WorkingClock {
        let (mut day, last) = (local_date(from, self.timezone) - Duration::days(1), local_date(to, self.timezone));
        let mut shifts: Vec<Shift> = Vec::new();
        let (mut worked, mut free) = (0, i64::MIN);
        while day <= last {
            if let Some((opens, closes)) = self.shift(day) {
                let opens = opens.max(free);
                if opens < closes {
                    shifts.push(Shift { opens, closes, before: worked });
                    (worked, free) = (worked + closes - opens, closes);
                }
            }
            day += Duration::days(1);
        }
        WorkingClock { shifts }
    }

    /// When work begins on a day and when it ends. An hour that the clock shows twice counts twice; one that it skips does not count.
    fn shift(&self, day: NaiveDate) -> Option<(i64, i64)> {
        let works = self.days[day.weekday().num_days_from_monday() as usize] && !self.holidays.contains(&day);
        let end = if self.closes > self.opens { self.closes } else { self.closes + 24 * 60 };
        works.then(|| (instant(day, self.opens, self.timezone).0, instant(day, end, self.timezone).1))
    }
}

/// One stretch of work, with all work before it.
#[derive(Clone, Copy, Debug)]
struct Shift {
    opens: i64,
    closes: i64,
    before: i64,
}

/// Working time up to any instant of a range.
#[derive(Clone, Debug)]
pub struct WorkingClock {
    shifts: Vec<Shift>,
}

impl WorkingClock {
    /// Working time between two instants, in microseconds; 0 when the second is not after the first.
    pub fn between(&self, from: i64, to: i64) -> i64 {
        (self.worked(to) - self.worked(from)).max(0)
    }

    /// The same for a duration in hours from an instant.
    pub(crate) fn hours(&self, from: i64, hours: f64) -> f64 {
        self.between(from, from + (hours * HOUR).round() as i64) as f64 / HOUR
    }

    fn worked(&self, until: i64) -> i64 {
        let after = self.shifts.partition_point(|shift| shift.opens < until);
        let Some(shift) = after.checked_sub(1).map(|last| self.shifts[last]) else { return 0 };
        shift.before + until.min(shift.closes) - shift.opens
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;

    fn at(text: &str) -> i64 {
        text.parse::<DateTime<Utc>>().unwrap().timestamp_micros()
    }

    /// Minutes of work between two instants, of all weekdays where not said otherwise.
    fn minutes(hours: &WorkingHours, from: &str, to: &str) -> f64 {
        let (from, to) = (at(from), at(to));
        hours.clock(from, to).between(from, to) as f64 / 6e7
    }

    fn office(opens: u32, closes: u32) -> WorkingHours {
        let days = [true, true, true, true, true, false, false];
        WorkingHours { timezone: chrono_tz::Europe::London, opens: opens * 60, closes: closes * 60, days, holidays: BTreeSet::new() }
    }

    /// Worked by hand. London is at UTC in winter and one hour ahead in summer; 28 March and 25 October 2026 are the Sundays between.
    #[test]
    fn hours_follow_the_local_clock() {
        let office = office(10, 17);
        assert_eq!(minutes(&office, "2026-01-16T16:00:00Z", "2026-01-19T11:30:00Z"), 150.0, "Friday an hour, Monday one and a half");
        assert_eq!(
            minutes(&office, "2026-03-27T16:30:00Z", "2026-03-30T09:15:00Z"),
            45.0,
            "17:00 is 17:00 UTC on Friday, 10:00 is 9:00 UTC on Monday"
        );
        assert_eq!(minutes(&office, "2026-01-17T00:00:00Z", "2026-01-18T23:00:00Z"), 0.0, "a weekend");
        assert_eq!(minutes(&office, "2026-01-16T12:00:00Z", "2026-01-16T11:00:00Z"), 0.0, "backwards");
        let holiday = WorkingHours { holidays: [NaiveDate::from_ymd_opt(2026, 1, 19).unwrap()].into(), ..office };
        assert_eq!(minutes(&holiday, "2026-01-16T16:00:00Z", "2026-01-20T11:30:00Z"), 150.0, "Monday is left out");
    }

    /// Worked by hand: the night to 29 March 2026 has no hour from one to two, the night to 25 October has it twice.
    #[test]
    fn nights_gain_and_lose_an_hour() {
        let nights = WorkingHours { days: [true; 7], ..office(22, 6) };
        assert_eq!(minutes(&nights, "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"), 420.0);
        assert_eq!(minutes(&nights, "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z"), 540.0);
        assert_eq!(minutes(&nights, "2026-06-01T00:30:00Z", "2026-06-01T12:00:00Z"), 270.0, "the shift that began the evening before");
        let twice = WorkingHours { opens: 90, closes: 120, ..nights.clone() };
        assert_eq!(minutes(&twice, "2026-10-25T00:00:00Z", "2026-10-25T12:00:00Z"), 90.0, "from the first half past one to two");
        assert_eq!(minutes(&twice, "2026-03-29T00:00:00Z", "2026-03-29T12:00:00Z"), 0.0, "there is no half past one");
        let always = WorkingHours { opens: 0, closes: 24 * 60, ..nights };
        assert_eq!(minutes(&always, "2026-10-20T07:11:00Z", "2026-10-27T07:11:00Z"), 7.0 * 24.0 * 60.0, "seven days of the world's clock");
    }
}
