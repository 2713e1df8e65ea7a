//! `[calendar]`: the hours in which durations are counted as well; `[bands]`.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveTime, Timelike};
use chrono_tz::Tz;
use sequela_metrics::WorkingHours;

use super::{file, zone};
use crate::failure::Failure;

pub(super) const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY: u32 = 24 * 60;

/// Working hours, where the section is there.
pub(super) fn working_hours(section: Option<file::Calendar>, organisation: Tz) -> Result<Option<WorkingHours>, Failure> {
    let Some(section) = section else { return Ok(None) };
    let hours = section.hours.ok_or_else(|| Failure::settings("[calendar] has no hours").hint("write hours = \"09:00-17:00\""))?;
    let (opens, closes) = hours_of(&hours)?;
    let days = match section.days {
        None => vec!["mon-fri".to_owned()],
        Some(file::OneOrMany::One(words)) => words.split(',').map(|word| word.trim().to_owned()).collect(),
        Some(file::OneOrMany::Many(words)) => words,
    };
    Ok(Some(WorkingHours {
        timezone: section.timezone.map_or(Ok(organisation), |name| zone(&name, "calendar"))?,
        opens,
        closes,
        days: days_of(&days)?,
        holidays: section.holidays.iter().map(|date| holiday(&date.words())).collect::<Result<BTreeSet<_>, _>>()?,
    }))
}

/// The year of a report that has bands.
pub(super) fn band_year(year: Option<i32>) -> Result<Option<i32>, Failure> {
    let known = sequela_metrics::band_years();
    match year {
        Some(year) if !known.contains(&year) => {
            let known: Vec<String> = known.iter().map(ToString::to_string).collect();
            Err(Failure::settings(format!("[bands] year is {year}, and no bands of that year are known"))
                .hint(format!("known years: {}", known.join(", "))))
        }
        year => Ok(year),
    }
}

/// As it would be typed.
pub(super) fn words(hours: &WorkingHours) -> String {
    let time = |minute: u32| format!("{:02}:{:02}", minute / 60, minute % 60);
    let days: Vec<&str> = DAYS.iter().zip(hours.days).filter(|(_, works)| *works).map(|(day, _)| *day).collect();
    format!("{}-{} {} {}, {} holidays", time(hours.opens), time(hours.closes), hours.timezone.name(), days.join(" "), hours.holidays.len())
}

/// Minutes of the day; an end that is not after the start is on the next day.
fn hours_of(text: &str) -> Result<(u32, u32), Failure> {
    let minute = |text: &str| match text.trim() {
        "24:00" => Some(DAY),
        text => NaiveTime::parse_from_str(text, "%H:%M").ok().map(|time| time.hour() * 60 + time.minute()),
    };
    let parsed = text.split_once(['-', '–']).and_then(|(opens, closes)| Some((minute(opens)?, minute(closes)?)));
    parsed.filter(|(opens, closes)| *opens < DAY && opens != closes).ok_or_else(|| {
        Failure::settings(format!("[calendar] hours is {text:?}, and working hours were expected"))
            .hint("write \"09:00-17:00\", \"22:00-06:00\" for a night, or \"00:00-24:00\" for whole days")
    })
}

/// Days by name, or from one to another.
fn days_of(words: &[String]) -> Result<[bool; 7], Failure> {
    let mut days = [false; 7];
    for word in words {
        let (first, last) = word.split_once(['-', '–']).unwrap_or((word, word));
        let (Some(first), Some(last)) = (day(first), day(last)) else {
            return Err(Failure::settings(format!("[calendar] days has {word:?}, which is no day of the week"))
                .hint("write days = [\"mon\", \"tue\"] or days = \"mon-fri\""));
        };
        let count = (last + 7 - first) % 7;
        (0..=count).for_each(|after| days[(first + after) % 7] = true);
    }
    Ok(days)
}

/// The place of a day by its English name or the first letters of it.
pub(super) fn day(name: &str) -> Option<usize> {
    let name = name.trim().to_lowercase();
    let whole = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    whole.iter().position(|day| name.len() >= 3 && day.starts_with(&name))
}

fn holiday(text: &str) -> Result<NaiveDate, Failure> {
    text.trim().parse().map_err(|_| {
        Failure::settings(format!("[calendar] holidays has {text:?}, which is no date")).hint("write holidays = [\"2026-12-25\"]")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(toml: &str) -> Result<WorkingHours, Failure> {
        let section: file::Calendar = toml::from_str(toml).unwrap();
        working_hours(Some(section), chrono_tz::Europe::London).map(Option::unwrap)
    }

    #[test]
    fn hours_days_and_holidays_are_read_as_people_write_them() {
        let hours = parsed("hours = \"09:30 - 17:00\"\nholidays = [\"2026-12-25\", 2026-12-26]\n").unwrap();
        assert_eq!(words(&hours), "09:30-17:00 Europe/London mon tue wed thu fri, 2 holidays");
        let nights = parsed("hours = \"22:00-06:00\"\ndays = [\"Sat-Mon\", \"wednesday\"]\ntimezone = \"Europe/Paris\"\n").unwrap();
        assert_eq!(words(&nights), "22:00-06:00 Europe/Paris mon wed sat sun, 0 holidays");
        assert_eq!(parsed("hours = \"00:00-24:00\"\ndays = \"mon-sun\"\n").unwrap().closes, 1440);
    }

    #[test]
    fn mistakes_are_named() {
        let message = |toml: &str| parsed(toml).unwrap_err().messages.join(" ");
        assert!(message("days = \"mon\"").contains("no hours"));
        for hours in ["9 to 5", "25:00-26:00", "09:00-09:00", "24:00-08:00"] {
            assert!(message(&format!("hours = \"{hours}\"")).contains(hours), "{hours}");
        }
        assert!(message("hours = \"09:00-17:00\"\ndays = [\"mon\", \"fr\"]").contains("\"fr\""));
        assert!(message("hours = \"09:00-17:00\"\nholidays = [\"Christmas\"]").contains("Christmas"));
        assert!(message("hours = \"09:00-17:00\"\ntimezone = \"London\"").contains("[calendar]"));
        assert!(band_year(Some(2025)).unwrap_err().messages.join(" ").contains("2025"));
    }
}
