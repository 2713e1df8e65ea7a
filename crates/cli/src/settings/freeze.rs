//! `[freeze]`: windows in which nobody should deploy.

use chrono::{NaiveDate, NaiveTime, Timelike};
use chrono_tz::Tz;
use sequela_management::{FreezeWindow, When};

use super::{Edge, calendar, file, format_time, parse_time};
use crate::failure::Failure;

const DAY: u32 = 24 * 60;
const HINT: &str = "write a date (2026-12-20), a time (2026-12-20 18:00), a day of every year (12-20) or of every week (fri 18:00)";

/// The windows as they are written, in order.
pub(super) fn windows(section: Option<file::Freeze>, zone: Tz) -> Result<Option<Vec<FreezeWindow>>, Failure> {
    let Some(section) = section else { return Ok(None) };
    section.windows.into_iter().enumerate().map(|(place, window)| read(window, place + 1, zone)).collect::<Result<_, _>>().map(Some)
}

/// As `config show` prints them.
pub(super) fn words(windows: &[FreezeWindow]) -> String {
    let bound = |names: &[String], what: &str| if names.is_empty() { String::new() } else { format!(", {what} {}", names.join(" ")) };
    let window = |window: &FreezeWindow| {
        let (teams, services) = (bound(&window.teams, "teams"), bound(&window.services, "services"));
        format!("{} ({}{teams}{services})", window.name, when_words(window.when))
    };
    if windows.is_empty() { "none".to_owned() } else { windows.iter().map(window).collect::<Vec<_>>().join("; ") }
}

fn when_words(when: When) -> String {
    let time = |minute: u32| format!("{:02}:{:02}", minute / 60, minute % 60);
    let weekly = |minute: u32| format!("{} {}", calendar::DAYS[(minute / DAY) as usize % 7], time(minute % DAY));
    // The end of a day is told by that day, not by the next.
    let until = |minute: u32| match (minute / DAY, minute % DAY) {
        (day, 0) => format!("{} 24:00", calendar::DAYS[(day + 6) as usize % 7]),
        _ => weekly(minute),
    };
    let yearly = |(month, day, minute): (u32, u32, u32)| format!("{month:02}-{day:02} {}", time(minute));
    match when {
        When::Once(from, to) => format!("{} to {}", format_time(from), format_time(to)),
        When::Weekly(from, to) => format!("every week {} to {}", weekly(from), until(to)),
        When::Yearly(from, to) => format!("every year {} to {}", yearly(from), yearly(to)),
    }
}

fn read(window: file::FreezeWindow, place: usize, zone: Tz) -> Result<FreezeWindow, Failure> {
    let called = window.name.as_ref().map_or_else(|| format!("[freeze] window {place}"), |name| format!("[freeze] window {name:?}"));
    let missing = |what: &str| Failure::settings(format!("{called} has no {what}")).hint(HINT);
    let from = window.from.ok_or_else(|| missing("from"))?.words();
    let to = window.to.ok_or_else(|| missing("to"))?.words();
    let when = when(&from, &to, &called, zone)?;
    let names = |names: Option<file::OneOrMany>| names.map_or_else(Vec::new, file::OneOrMany::list);
    let (teams, services) = (names(window.teams), names(window.services));
    Ok(FreezeWindow { name: window.name.unwrap_or_else(|| format!("{from} to {to}")), when, teams, services })
}

/// Both ends must be of one kind.
fn when(from: &str, to: &str, called: &str, zone: Tz) -> Result<When, Failure> {
    if let (Some(from), Some(to)) = (of_week(from, false), of_week(to, true)) {
        return Ok(When::Weekly(from, to));
    }
    if let (Some(from), Some(to)) = (of_year(from, false), of_year(to, true)) {
        return Ok(When::Yearly(from, to));
    }
    let start = parse_time(from, zone, Edge::Start, &format!("from of {called}")).map_err(|failure| failure.hint(HINT))?;
    let end = parse_time(to, zone, Edge::End, &format!("to of {called}")).map_err(|failure| failure.hint(HINT))?;
    if end <= start {
        return Err(Failure::settings(format!("{called} ends ({to}) before it begins ({from})")));
    }
    Ok(When::Once(start, end))
}

/// `fri 18:00` or `fri` as minutes since Monday 00:00; an end without a time includes the day.
fn of_week(text: &str, is_end: bool) -> Option<u32> {
    let (day, time) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    Some(calendar::day(day)? as u32 * DAY + minute(time, is_end)?)
}

/// `12-20 18:00` or `12-20` as month, day and minute of the day.
fn of_year(text: &str, is_end: bool) -> Option<(u32, u32, u32)> {
    let (date, time) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    let (month, day) = date.split_once('-')?;
    let (month, day) = (month.parse().ok()?, day.parse().ok()?);
    // A leap year knows every day.
    NaiveDate::from_ymd_opt(2024, month, day)?;
    Some((month, day, minute(time, is_end)?))
}

fn minute(time: &str, is_end: bool) -> Option<u32> {
    match time.trim() {
        "" => Some(if is_end { DAY } else { 0 }),
        "24:00" => Some(DAY),
        time => NaiveTime::parse_from_str(time, "%H:%M").ok().map(|time| time.hour() * 60 + time.minute()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(toml: &str) -> Result<Vec<FreezeWindow>, Failure> {
        windows(Some(toml::from_str(toml).unwrap()), chrono_tz::Europe::Berlin).map(Option::unwrap)
    }

    fn shown(from: &str, to: &str) -> String {
        words(&parsed(&format!("windows = [{{ name = \"A\", from = {from:?}, to = {to:?} }}]")).unwrap())
    }

    /// Berlin is an hour ahead of UTC in winter; a last day is part of the window.
    #[test]
    fn windows_are_read_as_people_write_them() {
        assert_eq!(shown("2026-12-20", "2027-01-05"), "A (2026-12-19T23:00:00Z to 2027-01-05T23:00:00Z)");
        assert_eq!(shown("2026-12-20 18:00", "2026-12-21T06:00:00Z"), "A (2026-12-20T17:00:00Z to 2026-12-21T06:00:01Z)");
        assert_eq!(shown("Fri 16:00", "monday 06:00"), "A (every week fri 16:00 to mon 06:00)");
        assert_eq!(shown("sat", "sun"), "A (every week sat 00:00 to sun 24:00)");
        assert_eq!(shown("12-20", "01-05 12:00"), "A (every year 12-20 00:00 to 01-05 12:00)");
        let named = parsed("[[windows]]\nfrom = 2026-03-28\nto = 2026-03-31\nteams = \"Pay\"\nservices = [\"ledger\", \"api\"]\n").unwrap();
        assert_eq!(
            words(&named),
            "2026-03-28 to 2026-03-31 (2026-03-27T23:00:00Z to 2026-03-31T22:00:00Z, teams Pay, services ledger api)"
        );
    }

    #[test]
    fn mistakes_are_named() {
        let message = |toml: &str| parsed(toml).unwrap_err().messages.join(" ");
        assert!(message("windows = [{ name = \"Winter\", to = \"2026-01-05\" }]").contains("\"Winter\" has no from"));
        assert!(message("windows = [{ from = \"12-20\" }]").contains("window 1 has no to"));
        assert!(message("windows = [{ from = \"2026-12-20\", to = \"2026-12-01\" }]").contains("before it begins"));
        assert!(message("windows = [{ from = \"Christmas\", to = \"2026-12-01\" }]").contains("\"Christmas\""));
        assert!(message("windows = [{ from = \"fri 18:00\", to = \"2026-12-01\" }]").contains("fri 18:00"));
        assert!(message("windows = [{ from = \"13-20\", to = \"13-25\" }]").contains("13-20"));
        assert!(toml::from_str::<file::Freeze>("window = []").is_err());
    }
}
