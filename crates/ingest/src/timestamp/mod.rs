//! Instants from whatever exports write: many forms, few of them with an offset, some of them lies.
//!
//! The form of a value is recognised by its shape; only the order of day and month is ambiguous, and that is decided once for a
//! whole column ([`order`]). Times without an offset are placed in a zone ([`zone`]).

pub(crate) mod infer;
pub(crate) mod order;
pub(crate) mod scan;
pub(crate) mod zone;

use chrono::format::{Item, Parsed, StrftimeItems};

use crate::source::DateOrder;
use scan::{Precision, Scanned, scan};
use zone::{Placed, Zone};

/// Microseconds of a second.
pub(crate) const SECOND: i64 = 1_000_000;
/// Microseconds of a day.
pub(crate) const DAY: i64 = 86_400 * SECOND;

/// How far a clock reading can be trusted, best first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Quality {
    #[default]
    ExactUtc,
    Offset,
    InferredZone,
    AssumedZone,
    DateOnly,
}

impl Quality {
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::ExactUtc => "exact_utc",
            Self::Offset => "offset",
            Self::InferredZone => "inferred_zone",
            Self::AssumedZone => "assumed_zone",
            Self::DateOnly => "date_only",
        }
    }
}

/// An instant with what is known about its clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Reading {
    /// Microseconds since 1970 UTC.
    pub(crate) at: i64,
    pub(crate) quality: Quality,
    /// Possible error in seconds.
    pub(crate) uncertainty: f64,
    /// The local time does not exist and was shifted forward.
    pub(crate) in_gap: bool,
}

/// Why a text is no usable instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No known form, or a date that does not exist.
    Unreadable,
    /// Zero written as a date.
    Zero,
    /// Outside 1990 to 2100.
    Year,
    /// Day and month stand in the other order than in the rest of the column.
    Order,
}

/// Reads the times of one column.
#[derive(Debug)]
pub(crate) struct Clock {
    pub(crate) zone: Zone,
    pub(crate) order: DateOrder,
    format: Option<Vec<Item<'static>>>,
    /// Times without an offset are known to be UTC.
    pub(crate) is_utc: bool,
    /// The zone was inferred from records that are known in UTC as well.
    pub(crate) is_inferred: bool,
    /// Whether a time without an offset was met.
    pub(crate) zone_used: bool,
}

impl Clock {
    pub(crate) fn new(zone: Zone) -> Self {
        Self { zone, order: DateOrder::Dmy, format: None, is_utc: false, is_inferred: false, zone_used: false }
    }

    /// Sets an explicit format; false where it is none.
    pub(crate) fn set_format(&mut self, format: &str) -> bool {
        let items: Vec<_> = StrftimeItems::new(format).map(Item::to_owned).collect();
        let valid = !items.is_empty() && !items.iter().any(|item| matches!(item, Item::Error));
        self.format = Some(items);
        valid
    }

    pub(crate) fn has_format(&self) -> bool {
        self.format.is_some()
    }

    /// The instant that a text stands for.
    pub(crate) fn read(&mut self, text: &str) -> Result<Reading, Refusal> {
        let scanned = match &self.format {
            Some(items) => formatted(items, text),
            None => scan(text),
        };
        self.interpret(scanned)
    }

    /// The instant of a number: seconds, milli-, micro- or nanoseconds since 1970 by magnitude.
    pub(crate) fn read_number(&mut self, number: i64) -> Result<Reading, Refusal> {
        self.interpret(scan::epoch(number, 0))
    }

    /// The instant of microseconds since 1970 in UTC, or on the local clock.
    pub(crate) fn read_typed(&mut self, micros: i64, utc: bool) -> Result<Reading, Refusal> {
        self.interpret(if utc { Scanned::Utc(micros) } else { Scanned::Local(micros, Precision::Second) })
    }

    /// The beginning of a day on the local clock.
    pub(crate) fn read_date(&mut self, local: i64) -> Result<Reading, Refusal> {
        self.interpret(Scanned::Local(local, Precision::Day))
    }

    fn interpret(&mut self, scanned: Scanned) -> Result<Reading, Refusal> {
        let exact = |at, quality| Reading { at, quality, uncertainty: 0.0, in_gap: false };
        let reading = match scanned {
            Scanned::Utc(at) => exact(at, Quality::ExactUtc),
            Scanned::Offset(at) => exact(at, Quality::Offset),
            Scanned::Local(local, precision) => self.place(local, precision)?,
            Scanned::Numeric(date) => {
                let (local, precision) = date.resolve(self.order)?;
                if let Some(offset) = date.offset {
                    exact(local - offset, if offset == 0 { Quality::ExactUtc } else { Quality::Offset })
                } else {
                    self.place(local, precision)?
                }
            }
            Scanned::Zero => return Err(Refusal::Zero),
            Scanned::Bad => return Err(Refusal::Unreadable),
        };
        plausible(reading)
    }

    fn place(&mut self, local: i64, precision: Precision) -> Result<Reading, Refusal> {
        if local == 0 || local <= YEAR_TWO {
            return Err(Refusal::Zero);
        }
        if !(YEAR_1990 - DAY..YEAR_2101 + DAY).contains(&local) {
            return Err(Refusal::Year);
        }
        if self.is_utc && precision != Precision::Day {
            let uncertainty = if precision == Precision::Minute { 60.0 } else { 0.0 };
            return Ok(Reading { at: local, quality: Quality::ExactUtc, uncertainty, in_gap: false });
        }
        self.zone_used = true;
        let (at, fold, in_gap) = match self.zone.place(local) {
            Placed::Once(at) => (at, 0.0, false),
            Placed::Twice(at) => (at, 3600.0, false),
            Placed::Never(at) => (at, 0.0, true),
        };
        let placed = if self.is_inferred { Quality::InferredZone } else { Quality::AssumedZone };
        let (quality, resolution) = match precision {
            Precision::Second => (placed, 0.0),
            Precision::Minute => (placed, 60.0),
            Precision::Day => (Quality::DateOnly, 86_400.0),
        };
        Ok(Reading { at, quality, uncertainty: fold + resolution, in_gap })
    }
}

/// 1990-01-01, the earliest time that is believed.
const YEAR_1990: i64 = 631_152_000 * SECOND;
/// 2101-01-01, the first time that is not believed any more.
const YEAR_2101: i64 = 4_133_980_800 * SECOND;
/// 0002-01-01: what lies before it is the zero of .NET or Go.
const YEAR_TWO: i64 = -62_104_060_800 * SECOND;

fn plausible(reading: Reading) -> Result<Reading, Refusal> {
    match reading.at {
        0 => Err(Refusal::Zero),
        at if at <= YEAR_TWO => Err(Refusal::Zero),
        at if !(YEAR_1990..YEAR_2101).contains(&at) => Err(Refusal::Year),
        _ => Ok(reading),
    }
}

fn formatted(items: &[Item<'static>], text: &str) -> Scanned {
    let mut parsed = Parsed::new();
    if chrono::format::parse(&mut parsed, text.trim(), items.iter()).is_err() {
        return Scanned::Bad;
    }
    if parsed.offset().is_some() || parsed.timestamp().is_some() {
        return match parsed.to_datetime_with_timezone(&chrono::Utc).or_else(|_| parsed.to_datetime().map(|at| at.to_utc())) {
            Ok(at) => Scanned::Offset(at.timestamp_micros()),
            Err(_) => Scanned::Bad,
        };
    }
    let Ok(date) = parsed.to_naive_date() else { return Scanned::Bad };
    if parsed.hour_div_12().is_none() && parsed.hour_mod_12().is_none() {
        return Scanned::Local(date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_micros(), Precision::Day);
    }
    let precision = if parsed.second().is_some() { Precision::Second } else { Precision::Minute };
    match parsed.to_naive_time() {
        Ok(time) => Scanned::Local(date.and_time(time).and_utc().timestamp_micros(), precision),
        Err(_) => Scanned::Bad,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, zone: &str, order: DateOrder) -> Result<(String, Quality, f64), Refusal> {
        let mut clock = Clock::new(Zone::new(zone.parse().unwrap()));
        clock.order = order;
        clock.read(text).map(|reading| (show(reading.at), reading.quality, reading.uncertainty))
    }

    fn show(at: i64) -> String {
        chrono::DateTime::from_timestamp_micros(at).unwrap().format("%Y-%m-%dT%H:%M:%S%.fZ").to_string()
    }

    fn utc(text: &str) -> String {
        read(text, "UTC", DateOrder::Dmy).map_or_else(|refusal| format!("{refusal:?}"), |read| read.0)
    }

    /// The accept list of formats, section 2.3; expected values worked out by hand.
    #[test]
    fn forms_of_the_accept_list() {
        let rows = [
            ("2023-02-25T06:22:21.2237625Z", "2023-02-25T06:22:21.223762Z"),
            ("2020-06-12T08:13:13.360+0800", "2020-06-12T00:13:13.360Z"),
            ("2015-11-06T11:12:51-05:00", "2015-11-06T16:12:51Z"),
            ("2023-05-31T10:05:00", "2023-05-31T10:05:00Z"),
            ("2019-07-30 07:00:03", "2019-07-30T07:00:03Z"),
            ("11/May/24 03:26 PM", "2024-05-11T15:26:00Z"),
            ("25/Feb/26 12:51 AM", "2026-02-25T00:51:00Z"),
            ("11/May/24", "2024-05-11T00:00:00Z"),
            ("2026-02-25 16:38:58.679", "2026-02-25T16:38:58.679Z"),
            ("29-02-2016 01:16", "2016-02-29T01:16:00Z"),
            ("29/2/2016 01:16", "2016-02-29T01:16:00Z"),
            ("09.10.2026 11:32:36", "2026-10-09T11:32:36Z"),
            ("1409764576.589", "2014-09-03T17:16:16.589Z"),
            ("1650024049161", "2022-04-15T12:00:49.161Z"),
            ("1693491974000000000", "2023-08-31T14:26:14Z"),
            ("1693491974000001", "2023-08-31T14:26:14.000001Z"),
            ("2024-01-05", "2024-01-05T00:00:00Z"),
            ("20240105", "2024-01-05T00:00:00Z"),
            ("20240105123001", "2024-01-05T12:30:01Z"),
            ("2024/1/5 7:03", "2024-01-05T07:03:00Z"),
            ("2024-01-05 12:00:00 UTC", "2024-01-05T12:00:00Z"),
            ("0001-01-01T00:00:00Z", "Zero"),
            ("0001-01-01T00:00:00", "Zero"),
            ("1970-01-01T00:00:00.000Z", "Zero"),
            ("1970-01-01 00:00:00", "Zero"),
            ("0000-00-00 00:00:00", "Zero"),
            ("0", "Zero"),
            ("1970-01-02 04:23:17", "Year"),
            ("9999-12-31 23:59:59", "Year"),
            ("2023-02-29", "Unreadable"),
            ("soon", "Unreadable"),
            ("31/31/2024", "Unreadable"),
            ("2024-01-05T25:00:00Z", "Unreadable"),
            ("+", "Unreadable"),
            ("99999999999999999999", "Unreadable"),
            ("2024-01-05T10:00:00+99:00", "Unreadable"),
        ];
        for (text, expected) in rows {
            assert_eq!(utc(text), expected, "{text}");
        }
    }

    #[test]
    fn month_first_where_the_column_says_so() {
        let month_first = read("3/17/2025 6:04", "UTC", DateOrder::Mdy).unwrap();
        assert_eq!(month_first, ("2025-03-17T06:04:00Z".to_owned(), Quality::AssumedZone, 60.0));
        assert_eq!(read("3/17/2025 6:04", "UTC", DateOrder::Dmy), Err(Refusal::Order));
    }

    /// Europe/Berlin 2026: clocks go forward on 29 March 02:00 and back on 25 October 03:00.
    #[test]
    fn summer_time_begins_and_ends() {
        let berlin = |text| read(text, "Europe/Berlin", DateOrder::Dmy).unwrap();
        assert_eq!(berlin("2026-03-29 02:30:00").0, "2026-03-29T01:30:00Z");
        assert_eq!(berlin("2026-10-25 02:30:00"), ("2026-10-25T00:30:00Z".to_owned(), Quality::AssumedZone, 3600.0));
        assert_eq!(berlin("2026-10-25 03:30:00").0, "2026-10-25T02:30:00Z");
        let mut clock = Clock::new(Zone::new(chrono_tz::Europe::Berlin));
        assert!(clock.read("2026-03-29 02:30:00").unwrap().in_gap);
    }

    #[test]
    fn explicit_formats() {
        let mut clock = Clock::new(Zone::new(chrono_tz::Europe::London));
        assert!(clock.set_format("%d/%m/%Y %H:%M"));
        let reading = clock.read("01/07/2024 09:00").unwrap();
        assert_eq!((show(reading.at).as_str(), reading.uncertainty), ("2024-07-01T08:00:00Z", 60.0));
        assert_eq!(clock.read("2024-07-01"), Err(Refusal::Unreadable));
        assert!(clock.set_format("%Y-%m-%dT%H:%M:%S%z"));
        assert_eq!(show(clock.read("2024-07-01T09:00:00+0200").unwrap().at), "2024-07-01T07:00:00Z");
        assert!(clock.set_format("%d %b %Y"));
        assert_eq!(clock.read("01 Jul 2024").unwrap().quality, Quality::DateOnly);
        assert!(!clock.set_format("%Q!"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,40}") {
            let mut clock = Clock::new(Zone::new(chrono_tz::America::New_York));
            let _ = clock.read(&text);
        }

        #[test]
        fn any_number_is_read_or_refused(number: i64) {
            let mut clock = Clock::new(Zone::new(chrono_tz::Tz::UTC));
            let _ = clock.read_number(number);
            let _ = clock.read_typed(number, false);
        }

        /// Writing an instant in RFC 3339 with any offset and reading it gives the instant back.
        #[test]
        fn rfc_3339_is_read_back(at in YEAR_1990..YEAR_2101, minutes in -840i32..=840) {
            let offset = chrono::FixedOffset::east_opt(minutes * 60).unwrap();
            let text = chrono::DateTime::from_timestamp_micros(at).unwrap().with_timezone(&offset).to_rfc3339();
            let mut clock = Clock::new(Zone::new(chrono_tz::Tz::UTC));
            proptest::prop_assert_eq!(clock.read(&text).unwrap().at, at, "{}", text);
        }
    }
}
