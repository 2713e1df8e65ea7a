//! Weeks, months and quarters of the organisation's own zone.

use chrono::{DateTime, Datelike, Duration, LocalResult, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use sequela_schema::definition::Range;

/// No gap in a local clock is longer than a day.
const MINUTES_OF_DAY: i64 = 24 * 60;

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

/// The quarter of a month, counted from year 0.
pub(crate) fn quarter_of(month: i32) -> i32 {
    month.div_euclid(3)
}

/// First day of a quarter.
pub(crate) fn quarter_start(quarter: i32) -> NaiveDate {
    month_start(quarter * 3)
}

/// The Monday of the week of a date, in days from the epoch.
pub(crate) fn week_of(date: NaiveDate) -> i32 {
    days(date) - date.weekday().num_days_from_monday() as i32
}

/// The month that a week belongs to: that of its Thursday, as ISO 8601 assigns weeks to years.
pub(crate) fn month_of_week(monday: i32) -> i32 {
    month_of(date(monday + 3))
}

/// Weeks, months and quarters that a range touches.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    pub(crate) months: Vec<i32>,
    /// Whether the range covers all of each month.
    pub(crate) whole_months: Vec<bool>,
    pub(crate) quarters: Vec<i32>,
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
        let months: Vec<i32> = (month_of(first)..=month_of(last)).collect();
        let quarters = (quarter_of(month_of(first))..=quarter_of(month_of(last))).collect();
        let first_instant = |month: i32| midnight(month_start(month), zone);
        let whole_months =
            months.iter().map(|month| first_instant(*month) >= range.from && first_instant(*month + 1) <= range.to).collect();
        let weeks: Vec<i32> = (week_of(first)..=week_of(last)).step_by(7).collect();
        let starts = |monday: i32| midnight(date(monday), zone);
        let whole = |monday: &i32| starts(*monday) >= range.from && starts(*monday + 7) <= range.to;
        let full: Vec<i32> = weeks.iter().copied().filter(whole).collect();
        let full_weeks = if full.is_empty() { weeks.clone() } else { full };
        Self { months, whole_months, quarters, weeks, full_weeks, first_day: days(first), days: days(last) - days(first) + 1 }
    }

    /// Weeks that count for some months: the whole ones whose Thursday lies in them, else those the range cuts.
    pub(crate) fn weeks_of(&self, is_month: impl Fn(i32) -> bool) -> Vec<i32> {
        let of_months = |weeks: &[i32]| -> Vec<i32> { weeks.iter().copied().filter(|&monday| is_month(month_of_week(monday))).collect() };
        let whole = of_months(&self.full_weeks);
        if whole.is_empty() { of_months(&self.weeks) } else { whole }
    }
}

/// The first instant of a day in a zone.
fn midnight(day: NaiveDate, zone: Tz) -> i64 {
    instant(day, 0, zone).0
}

/// When the local clock shows a minute of a day: the first and the last instant, which differ where it shows it twice. A time that it
/// skips is the end of the gap.
pub(crate) fn instant(day: NaiveDate, minute: u32, zone: Tz) -> (i64, i64) {
    let wanted = day.and_time(NaiveTime::MIN) + Duration::minutes(i64::from(minute));
    let shown = |later: i64| match zone.from_local_datetime(&(wanted + Duration::minutes(later))) {
        LocalResult::Single(at) => Some((at, at)),
        LocalResult::Ambiguous(first, last) => Some((first, last)),
        LocalResult::None => None,
    };
    let (first, last) = (0..=MINUTES_OF_DAY).find_map(shown).unzip();
    let micros = |at: Option<DateTime<Tz>>| at.map_or(0, |at| at.timestamp_micros());
    (micros(first), micros(last))
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

    /// Worked by hand: Berlin is two hours ahead of UTC in September and one hour ahead in December.
    #[test]
    fn quarters_are_those_of_the_zone() {
        let range = Range { from: at("2026-09-30T21:59:00Z"), to: at("2026-12-31T23:00:00Z") };
        let calendar = Calendar::new(range, chrono_tz::Europe::Berlin);
        let starts: Vec<String> = calendar.quarters.iter().map(|quarter| quarter_start(*quarter).to_string()).collect();
        assert_eq!(calendar.whole_months, [false, true, true, true]);
        assert_eq!(starts, ["2026-07-01", "2026-10-01"], "the range begins a minute before October and ends with December");
        assert_eq!(quarter_start(quarter_of(month_of(NaiveDate::from_ymd_opt(-1, 12, 31).unwrap()))).to_string(), "-0001-10-01");
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
