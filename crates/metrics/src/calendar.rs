//! Months and weeks of the organisation's own zone.

use chrono::{DateTime, Datelike, Duration, NaiveDate, TimeZone, Utc};
use chrono_tz::Tz;
use sequela_schema::definition::Range;

/// Days from the epoch of a date.
pub(crate) fn days(date: NaiveDate) -> i32 {
    (date - NaiveDate::default()).num_days() as i32
}

fn date(days: i32) -> NaiveDate {
    NaiveDate::default() + Duration::days(i64::from(days))
}

/// The local date of an instant.
pub(crate) fn local_date(at: i64, zone: Tz) -> NaiveDate {
    DateTime::<Utc>::from_timestamp_micros(at).unwrap_or_default().with_timezone(&zone).date_naive()
}

/// The month of a date, counted from year 0.
pub fn month_of(date: NaiveDate) -> i32 {
    date.year() * 12 + date.month0() as i32
}

/// First day of a month.
pub fn month_start(month: i32) -> NaiveDate {
    NaiveDate::from_ymd_opt(month.div_euclid(12), month.rem_euclid(12) as u32 + 1, 1).unwrap_or_default()
}

/// A month as `2026-10`.
pub fn month_label(month: i32) -> String {
    month_start(month).format("%Y-%m").to_string()
}

/// The Monday of the week of a date, in days from the epoch.
pub(crate) fn week_of(date: NaiveDate) -> i32 {
    days(date) - date.weekday().num_days_from_monday() as i32
}

/// The month that a week belongs to: that of its Thursday, as ISO 8601 assigns weeks to years.
pub(crate) fn month_of_week(monday: i32) -> i32 {
    month_of(date(monday + 3))
}

/// Months and weeks that a range touches.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    pub(crate) months: Vec<i32>,
    /// Mondays.
    pub(crate) weeks: Vec<i32>,
    /// Mondays of weeks that lie in the range as a whole; all weeks when none does.
    pub(crate) full_weeks: Vec<i32>,
    pub(crate) first_day: i32,
    pub(crate) days: i32,
}

impl Calendar {
    pub(crate) fn new(range: Range, zone: Tz) -> Self {
        let first = local_date(range.from, zone);
        let last = local_date((range.to - 1).max(range.from), zone);
        let months = (month_of(first)..=month_of(last)).collect();
        let weeks: Vec<i32> = (week_of(first)..=week_of(last)).step_by(7).collect();
        let starts = |monday: i32| midnight(date(monday), zone);
        let whole = |monday: &i32| starts(*monday) >= range.from && starts(*monday + 7) <= range.to;
        let full: Vec<i32> = weeks.iter().copied().filter(whole).collect();
        let full_weeks = if full.is_empty() { weeks.clone() } else { full };
        Self { months, weeks, full_weeks, first_day: days(first), days: days(last) - days(first) + 1 }
    }

    /// Weeks that count for a month: the whole ones whose Thursday lies in it, else those the range cuts.
    pub(crate) fn weeks_of_month(&self, month: i32) -> Vec<i32> {
        let of_month = |weeks: &[i32]| -> Vec<i32> { weeks.iter().copied().filter(|&monday| month_of_week(monday) == month).collect() };
        let whole = of_month(&self.full_weeks);
        if whole.is_empty() { of_month(&self.weeks) } else { whole }
    }
}

/// The first instant of a day in a zone; in a zone that skips midnight, the first that exists.
fn midnight(day: NaiveDate, zone: Tz) -> i64 {
    let local = (0..4).find_map(|hour| zone.from_local_datetime(&day.and_hms_opt(hour, 0, 0)?).earliest());
    local.map_or(0, |local| local.timestamp_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        text.parse::<DateTime<Utc>>().unwrap().timestamp_micros()
    }

    #[test]
    fn an_instant_belongs_to_the_local_month() {
        let berlin = chrono_tz::Europe::Berlin;
        assert_eq!(month_label(month_of(local_date(at("2026-03-31T22:30:00Z"), berlin))), "2026-04", "summer time is two hours ahead");
        assert_eq!(month_label(month_of(local_date(at("2026-10-31T22:30:00Z"), berlin))), "2026-10", "winter time is one hour ahead");
        assert_eq!(month_label(month_of(local_date(at("2026-10-31T23:30:00Z"), berlin))), "2026-11");
    }

    #[test]
    fn weeks_belong_to_the_month_of_their_thursday() {
        let range = Range { from: at("2024-01-02T00:00:00Z"), to: at("2024-01-24T00:00:00Z") };
        let calendar = Calendar::new(range, chrono_tz::UTC);
        let monday = |day: u32| days(NaiveDate::from_ymd_opt(2024, 1, day).unwrap());
        assert_eq!(calendar.weeks, [monday(1), monday(8), monday(15), monday(22)]);
        assert_eq!(calendar.full_weeks, [monday(8), monday(15)]);
        assert_eq!(month_label(month_of_week(days(NaiveDate::from_ymd_opt(2024, 4, 29).unwrap()))), "2024-05", "Thursday is 2 May");
    }
}
