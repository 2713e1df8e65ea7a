//! When people work: the half year of the demo, its hours and its holidays, in the company's own time.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Timelike};
use chrono_tz::{Europe::Berlin, Tz};

/// Seconds in an hour.
pub(crate) const HOUR: i64 = 3_600;
/// Zone of the company.
pub(crate) const ZONE: Tz = Berlin;

/// Days on which hardly anybody deploys.
const HOLIDAYS: [(u32, u32); 5] = [(4, 3), (4, 6), (5, 1), (5, 14), (5, 25)];

/// What follows a rhythm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rhythm {
    /// Planned deployments: office hours.
    Deploying,
    /// Trouble that nobody deployed: half machines, half customers.
    Trouble,
    /// Somebody notices.
    Noticing,
}

/// Midnight in the company's zone, as seconds since 1970 UTC.
pub(crate) fn midnight(month: u32, day: u32) -> i64 {
    let local = NaiveDate::from_ymd_opt(2026, month, day).unwrap_or_default().and_time(chrono::NaiveTime::MIN);
    ZONE.from_local_datetime(&local).earliest().map_or(0, |time| time.timestamp())
}

/// First instant of the half year.
pub(crate) fn first() -> i64 {
    midnight(4, 1)
}

/// Instant of the extract: nothing later is known.
pub(crate) fn extract() -> i64 {
    midnight(10, 1) - 1
}

/// Wall clock of the company.
pub(crate) fn local(instant: i64) -> NaiveDateTime {
    utc(instant).with_timezone(&ZONE).naive_local()
}

/// The same instant in UTC.
pub(crate) fn utc(instant: i64) -> DateTime<chrono::Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(instant)
}

/// Relative intensity of a rhythm in the local hour that holds `instant`; on average near 1 over a week.
pub(crate) fn intensity(rhythm: Rhythm, instant: i64) -> f64 {
    let at = local(instant);
    let working_day = at.weekday().num_days_from_monday() < 5 && !HOLIDAYS.contains(&(at.month(), at.day()));
    match rhythm {
        Rhythm::Deploying => office(working_day, at.hour(), 9..18, 18..22) / 0.334,
        Rhythm::Noticing => office(working_day, at.hour(), 8..19, 8..22) / 0.405,
        Rhythm::Trouble => 0.5 + 0.5 * office(working_day, at.hour(), 8..19, 8..22) / 0.405,
    }
}

fn office(working_day: bool, hour: u32, busy: std::ops::Range<u32>, quiet: std::ops::Range<u32>) -> f64 {
    match hour {
        hour if working_day && busy.contains(&hour) => 1.0,
        hour if quiet.contains(&hour) => 0.25,
        _ => 0.05,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_half_year_is_183_days_of_summer_time() {
        assert_eq!(utc(first()).to_rfc3339(), "2026-03-31T22:00:00+00:00");
        assert_eq!(utc(extract()).to_rfc3339(), "2026-09-30T21:59:59+00:00");
        assert_eq!((extract() + 1 - first()) / (24 * HOUR), 183);
    }

    #[test]
    fn an_ordinary_week_has_intensity_one_on_average() {
        for rhythm in [Rhythm::Deploying, Rhythm::Noticing, Rhythm::Trouble] {
            let monday = midnight(6, 1);
            let mean = (0..168).map(|hour| intensity(rhythm, monday + hour * HOUR)).sum::<f64>() / 168.0;
            assert!((mean - 1.0).abs() < 0.03, "{rhythm:?} {mean}");
        }
    }

    #[test]
    fn holidays_are_quiet() {
        let (holiday, ordinary) = (midnight(5, 1) + 11 * HOUR, midnight(5, 8) + 11 * HOUR);
        assert!(intensity(Rhythm::Deploying, holiday) < 0.2 * intensity(Rhythm::Deploying, ordinary));
    }
}
