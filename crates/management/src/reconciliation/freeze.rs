//! Change freezes: named windows in which nobody should deploy.

use std::collections::HashMap;

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone};
use chrono_tz::Tz;
use polars::prelude::PolarsResult;
use sequela_schema::canonical::{services, teams};
use sequela_schema::definition::Range;
use sequela_schema::{Column, Frames, Values};

/// When nobody should deploy, in the organisation's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// From an instant until before another, in microseconds since 1970 UTC.
    Once(i64, i64),
    /// Every week, in minutes since Monday 00:00; an end that is not after the start lies in the next week.
    Weekly(u32, u32),
    /// Every year: month, day and minute of the day; an end that is not after the start lies in the next year.
    Yearly((u32, u32, u32), (u32, u32, u32)),
}

/// One window of `[freeze]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreezeWindow {
    /// What people call it.
    pub name: String,
    /// When it holds.
    pub when: When,
    /// Teams that it binds, by identifier or name; empty for all.
    pub teams: Vec<String>,
    /// Services that it binds, by identifier or name; empty for all.
    pub services: Vec<String>,
}

/// The windows as spans of the range, with what they bind.
#[derive(Debug, Default)]
pub(super) struct Freezes(Vec<Spans>);

#[derive(Debug)]
struct Spans {
    name: String,
    /// Oldest first.
    spans: Vec<(i64, i64)>,
    teams: Option<Vec<String>>,
    services: Option<Vec<String>>,
}

/// A window that was hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hit<'a> {
    pub(super) name: &'a str,
    pub(super) from: i64,
    pub(super) to: i64,
}

impl Freezes {
    pub(super) fn new(windows: &[FreezeWindow], frames: &Frames, range: Range, zone: Tz) -> PolarsResult<Self> {
        let known_teams = by_name(frames, &teams::TABLE, &[teams::TEAM_ID, teams::NAME])?;
        let known = by_name(frames, &services::TABLE, &[services::SERVICE_ID, services::NAME, services::DISPLAY_NAME])?;
        let ids = |names: &[String], known: &HashMap<String, String>| {
            let id = |name: &String| known.get(&name.to_lowercase()).unwrap_or(name).to_lowercase();
            (!names.is_empty()).then(|| names.iter().map(id).collect())
        };
        let spans = |window: &FreezeWindow| Spans {
            name: window.name.clone(),
            spans: window.when.spans(range, zone),
            teams: ids(&window.teams, &known_teams),
            services: ids(&window.services, &known),
        };
        Ok(Self(windows.iter().map(spans).collect()))
    }

    /// The first window as written that the span touches and that binds the team and one of the services.
    pub(super) fn hit(&self, (from, to): (i64, i64), team: Option<&str>, services: &[&str]) -> Option<Hit<'_>> {
        let binds = |bound: &Option<Vec<String>>, names: &[&str]| {
            bound.as_ref().is_none_or(|bound| names.iter().any(|name| bound.contains(&name.to_lowercase())))
        };
        let team: Vec<&str> = team.into_iter().collect();
        self.0.iter().filter(|window| binds(&window.teams, &team) && binds(&window.services, services)).find_map(|window| {
            let next = window.spans.partition_point(|span| span.1 <= from);
            let span = window.spans.get(next).filter(|span| span.0 <= to)?;
            Some(Hit { name: &window.name, from: span.0, to: span.1 })
        })
    }
}

/// Identifiers by lower-case name.
fn by_name(frames: &Frames, table: &'static sequela_schema::Table, columns: &[Column]) -> PolarsResult<HashMap<String, String>> {
    let frame = frames.get(table);
    let ids = frame.texts(&columns[0])?;
    let mut found = HashMap::new();
    for column in columns {
        for (name, id) in frame.texts(column)?.iter().zip(ids.iter()) {
            let (Some(name), Some(id)) = (name, id) else { continue };
            found.entry(name.to_lowercase()).or_insert_with(|| id.to_owned());
        }
    }
    Ok(found)
}

impl When {
    /// The spans that may touch the range, oldest first.
    fn spans(self, range: Range, zone: Tz) -> Vec<(i64, i64)> {
        let day = |at: i64| zone.timestamp_micros(at).single().map(|time| time.date_naive());
        let (Some(first), Some(last)) = (day(range.from), day(range.to)) else { return Vec::new() };
        let spans: Vec<(i64, i64)> = match self {
            Self::Once(from, to) => vec![(from, to)],
            Self::Weekly(from, to) => mondays(first, last).filter_map(|monday| weekly(monday, from, to, zone)).collect(),
            Self::Yearly(from, to) => (first.year() - 1..=last.year()).filter_map(|year| yearly(year, from, to, zone)).collect(),
        };
        spans.into_iter().filter(|(from, to)| from < to && *from < range.to && range.from < *to).collect()
    }
}

fn mondays(first: NaiveDate, last: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    let back = u64::from(first.weekday().num_days_from_monday()) + 7;
    let start = first.checked_sub_days(Days::new(back)).unwrap_or(first);
    start.iter_weeks().take_while(move |monday| *monday <= last)
}

fn weekly(monday: NaiveDate, from: u32, to: u32, zone: Tz) -> Option<(i64, i64)> {
    let to = if to > from { to } else { to + 7 * 24 * 60 };
    let at = |minute: u32| instant(monday.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(minute)), zone);
    Some((at(from)?, at(to)?))
}

fn yearly(year: i32, from: (u32, u32, u32), to: (u32, u32, u32), zone: Tz) -> Option<(i64, i64)> {
    let at = |year, (month, day, minute): (u32, u32, u32)| {
        let last = (28..=31).rev().find_map(|last| NaiveDate::from_ymd_opt(year, month, day.min(last)))?;
        instant(last.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(minute)), zone)
    };
    Some((at(year, from)?, at(if to > from { year } else { year + 1 }, to)?))
}

/// A local time that a change of clocks leaves out is the first one after it.
fn instant(local: NaiveDateTime, zone: Tz) -> Option<i64> {
    (0..4).find_map(|hour| zone.from_local_datetime(&(local + TimeDelta::hours(hour))).earliest()).map(|time| time.timestamp_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BERLIN: Tz = chrono_tz::Europe::Berlin;

    fn at(text: &str) -> i64 {
        text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_micros()
    }

    fn range() -> Range {
        Range { from: at("2026-03-20T00:00:00Z"), to: at("2026-04-07T00:00:00Z") }
    }

    /// Berlin is UTC+1 until 29 March 2026 02:00 and UTC+2 then: the weekend from Friday 18:00 to Monday 06:00 is an hour shorter.
    #[test]
    fn weekends_follow_the_clock_on_the_wall() {
        let spans = When::Weekly(4 * 1_440 + 1_080, 360).spans(range(), BERLIN);
        let expected = [
            (at("2026-03-20T17:00:00Z"), at("2026-03-23T05:00:00Z")),
            (at("2026-03-27T17:00:00Z"), at("2026-03-30T04:00:00Z")),
            (at("2026-04-03T16:00:00Z"), at("2026-04-06T04:00:00Z")),
        ];
        assert_eq!(spans, expected);
    }

    #[test]
    fn a_year_may_turn_within_a_freeze() {
        let winter = Range { from: at("2026-12-31T00:00:00Z"), to: at("2027-01-02T00:00:00Z") };
        let spans = When::Yearly((12, 20, 0), (1, 5, 1_440)).spans(winter, Tz::UTC);
        assert_eq!(spans, [(at("2026-12-20T00:00:00Z"), at("2027-01-06T00:00:00Z"))]);
    }

    fn freezes(teams: &[&str], services: &[&str]) -> Freezes {
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        let when = When::Once(at("2026-03-25T00:00:00Z"), at("2026-03-26T00:00:00Z"));
        let window = FreezeWindow { name: "Quarter end".to_owned(), when, teams: owned(teams), services: owned(services) };
        Freezes::new(&[window], &Frames::new(), range(), Tz::UTC).unwrap()
    }

    #[test]
    fn a_freeze_binds_whom_it_names() {
        let (noon, evening) = (at("2026-03-25T12:00:00Z"), at("2026-03-26T00:00:00Z"));
        assert_eq!(freezes(&[], &[]).hit((noon, noon), None, &[]).unwrap().name, "Quarter end");
        assert!(freezes(&[], &[]).hit((evening, evening), None, &[]).is_none());
        assert!(freezes(&["Pay"], &[]).hit((noon, evening), Some("pay"), &[]).is_some());
        assert!(freezes(&["Pay"], &[]).hit((noon, evening), None, &["pay"]).is_none());
        assert!(freezes(&[], &["ledger"]).hit((noon, evening), Some("pay"), &["api", "Ledger"]).is_some());
        assert!(freezes(&[], &["ledger"]).hit((noon, evening), Some("pay"), &["api"]).is_none());
    }
}
