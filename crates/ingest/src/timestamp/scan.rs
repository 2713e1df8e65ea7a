//! Recognises the form of a time by its shape, without a format string. Hand-written because a table has millions of them.

use chrono::NaiveDate;

use super::{DAY, Refusal, SECOND};
use crate::source::DateOrder;

/// What a text looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scanned {
    /// Microseconds since 1970, written in UTC.
    Utc(i64),
    /// Microseconds since 1970, written with another offset.
    Offset(i64),
    /// Microseconds since 1970 on a local clock.
    Local(i64, Precision),
    /// Numbers whose order is not known: the column decides.
    Numeric(NumericDate),
    /// Zero written as a date.
    Zero,
    Bad,
}

/// The smallest unit that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Precision {
    Second,
    Minute,
    Day,
}

/// A date such as `03/04/2026`, with its time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NumericDate {
    pub(crate) first: u32,
    pub(crate) second: u32,
    third: u32,
    time: i64,
    precision: Precision,
    /// Offset in microseconds, where one is written.
    pub(crate) offset: Option<i64>,
}

impl NumericDate {
    /// Local microseconds, read in that order.
    pub(super) fn resolve(self, order: DateOrder) -> Result<(i64, Precision), Refusal> {
        let (year, month, day) = match order {
            DateOrder::Dmy => (self.third, self.second, self.first),
            DateOrder::Mdy => (self.third, self.first, self.second),
            DateOrder::Ymd => (self.first, self.second, self.third),
        };
        let in_order = midnight(full_year(year), month, day).map(|date| (date + self.time, self.precision));
        in_order.ok_or_else(|| if self.contradicts(order) { Refusal::Order } else { Refusal::Unreadable })
    }

    pub(super) fn year(self) -> u32 {
        self.third
    }

    fn contradicts(self, order: DateOrder) -> bool {
        match order {
            DateOrder::Dmy => self.second > 12 && self.first <= 12 && self.second <= 31,
            DateOrder::Mdy => self.first > 12 && self.second <= 12 && self.first <= 31,
            DateOrder::Ymd => false,
        }
    }
}

fn full_year(year: u32) -> i32 {
    let year = if year < 100 { year + 2000 } else { year };
    i32::try_from(year).unwrap_or(i32::MAX)
}

/// Recognises one text.
pub(crate) fn scan(text: &str) -> Scanned {
    let bytes = text.trim_ascii().as_bytes();
    if let Some(scanned) = iso(bytes) {
        return scanned;
    }
    if bytes.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
        && bytes.first().is_some_and(u8::is_ascii_digit)
        && let Some(scanned) = number(bytes)
    {
        return scanned;
    }
    general(bytes)
}

/// `YYYY-MM-DD`, alone or followed by `T` or a space and a time: nearly all values of all exports.
fn iso(bytes: &[u8]) -> Option<Scanned> {
    if bytes.len() < 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let (year, month, day) = (digits(&bytes[..4])?, digits(&bytes[5..7])?, digits(&bytes[8..10])?);
    if (year, month, day) == (0, 0, 0) {
        return Some(Scanned::Zero);
    }
    let Some(date) = midnight(i32::try_from(year).ok()?, month, day) else { return Some(Scanned::Bad) };
    if bytes.len() == 10 {
        return Some(Scanned::Local(date, Precision::Day));
    }
    if !matches!(bytes[10], b'T' | b't' | b' ') {
        return None;
    }
    Some(with_time(date, &bytes[11..]))
}

fn with_time(date: i64, bytes: &[u8]) -> Scanned {
    match time_of_day(bytes) {
        Some((time, precision, None)) => Scanned::Local(date + time, precision),
        Some((time, _, Some(0))) => Scanned::Utc(date + time),
        Some((time, _, Some(offset))) => Scanned::Offset(date + time - offset),
        None => Scanned::Bad,
    }
}

/// `H:MM[:SS[.f]][ AM|PM][ Z|UTC|±HH[:]MM]`: microseconds since midnight, the unit written, and the offset in microseconds.
fn time_of_day(bytes: &[u8]) -> Option<(i64, Precision, Option<i64>)> {
    let (mut hour, rest) = leading(bytes, 2)?;
    let (minute, rest) = leading(rest.strip_prefix(b":")?, 2)?;
    let (second, micros, precision, rest) = match rest.strip_prefix(b":") {
        Some(rest) => {
            let (second, rest) = leading(rest, 2)?;
            let (micros, rest) = fraction(rest)?;
            (second, micros, Precision::Second, rest)
        }
        None => (0, 0, Precision::Minute, rest),
    };
    let mut rest = rest.trim_ascii_start();
    if let Some((half, tail)) = rest.split_at_checked(2).filter(|(half, _)| is_half(half)) {
        hour = match half[0].to_ascii_lowercase() {
            b'a' if (1..=12).contains(&hour) => hour % 12,
            b'p' if (1..=12).contains(&hour) => hour % 12 + 12,
            _ => return None,
        };
        rest = tail.trim_ascii_start();
    }
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let time = (i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second.min(59))) * SECOND + micros;
    Some((time, precision, offset(rest)?))
}

fn is_half(bytes: &[u8]) -> bool {
    matches!(bytes, [b'a' | b'A' | b'p' | b'P', b'm' | b'M'])
}

/// Digits after the decimal sign, cut to microseconds.
fn fraction(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let Some((b'.' | b',', rest)) = bytes.split_first() else { return Some((0, bytes)) };
    let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if length == 0 {
        return None;
    }
    let micros = rest[..length.min(6)].iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
    let missing = u32::try_from(6_usize.saturating_sub(length)).unwrap_or(0);
    Some((micros * 10_i64.pow(missing), &rest[length..]))
}

/// No offset, or the offset in microseconds; `None` where the rest is neither.
fn offset(bytes: &[u8]) -> Option<Option<i64>> {
    match bytes {
        b"" => Some(None),
        b"Z" | b"z" | b"UTC" | b"GMT" => Some(Some(0)),
        [sign @ (b'+' | b'-'), rest @ ..] => {
            let (hours, rest) = leading(rest, 2)?;
            let minutes = match rest.strip_prefix(b":").unwrap_or(rest) {
                b"" => 0,
                minutes if minutes.len() == 2 => digits(minutes)?,
                _ => return None,
            };
            if hours > 18 || minutes > 59 {
                return None;
            }
            let offset = i64::from(hours * 60 + minutes) * 60 * SECOND;
            Some(Some(if *sign == b'-' { -offset } else { offset }))
        }
        _ => None,
    }
}

/// Digits only, or digits with a decimal point: a compact date or time since 1970.
fn number(bytes: &[u8]) -> Option<Scanned> {
    let century = bytes.starts_with(b"19") || bytes.starts_with(b"20");
    let compact = |bytes: &[u8]| midnight(i32::try_from(digits(&bytes[..4])?).ok()?, digits(&bytes[4..6])?, digits(&bytes[6..8])?);
    if century && bytes.len() == 8 && !bytes.contains(&b'.') {
        return Some(compact(bytes).map_or(Scanned::Bad, |date| Scanned::Local(date, Precision::Day)));
    }
    if century && bytes.len() == 14 && !bytes.contains(&b'.') {
        let (hour, minute, second) = (digits(&bytes[8..10])?, digits(&bytes[10..12])?, digits(&bytes[12..14])?);
        if let Some(date) = compact(bytes).filter(|_| hour < 24 && minute < 60 && second < 60) {
            let time = i64::from(hour * 3600 + minute * 60 + second) * SECOND;
            return Some(Scanned::Local(date + time, Precision::Second));
        }
    }
    let mut parts = bytes.splitn(2, |byte| *byte == b'.');
    let whole = parts.next()?;
    let decimals = parts.next().unwrap_or(b"");
    if whole.len() > 19 || decimals.contains(&b'.') {
        return None;
    }
    let whole: i64 = std::str::from_utf8(whole).ok()?.parse().ok()?;
    let nanos = decimals.iter().chain(std::iter::repeat(&b'0')).take(9).fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
    Some(epoch(whole, nanos))
}

/// A number since 1970, its unit by magnitude; `nanos` is the decimal part in billionths of the unit. Never through a float:
/// nanoseconds exceed 2^53.
pub(crate) fn epoch(whole: i64, nanos: i64) -> Scanned {
    let micros = match whole.unsigned_abs() {
        0 => return Scanned::Zero,
        1..100_000_000_000 => whole.checked_mul(SECOND).map(|micros| micros + nanos / 1000),
        100_000_000_000..100_000_000_000_000 => whole.checked_mul(1000).map(|micros| micros + nanos / 1_000_000),
        100_000_000_000_000..100_000_000_000_000_000 => Some(whole),
        _ => Some(whole.div_euclid(1000)),
    };
    micros.map_or(Scanned::Bad, Scanned::Utc)
}

/// Everything else: three parts that are numbers, or a number, the name of a month and a year.
fn general(bytes: &[u8]) -> Scanned {
    let Some((first, rest)) = leading(bytes, 4) else { return Scanned::Bad };
    let Some((separator @ (b'/' | b'-' | b'.' | b' '), rest)) = rest.split_first() else { return Scanned::Bad };
    if let Some((month, rest)) = month_name(rest) {
        let Some((year, rest)) = rest.strip_prefix(&[*separator]).and_then(|rest| leading(rest, 4)) else { return Scanned::Bad };
        let Some(date) = midnight(full_year(year), month, first) else { return Scanned::Bad };
        return match rest {
            b"" => Scanned::Local(date, Precision::Day),
            _ => with_time(date, after_date(rest)),
        };
    }
    let Some((second, rest)) = leading(rest, 2) else { return Scanned::Bad };
    let Some((third, rest)) = rest.strip_prefix(&[*separator]).and_then(|rest| leading(rest, 4)) else { return Scanned::Bad };
    let (time, precision, offset) = match rest {
        b"" => (0, Precision::Day, None),
        _ => match time_of_day(after_date(rest)) {
            Some(time) => time,
            None => return Scanned::Bad,
        },
    };
    numeric(first, second, third, time, precision, offset)
}

fn numeric(first: u32, second: u32, third: u32, time: i64, precision: Precision, offset: Option<i64>) -> Scanned {
    if first + second + third == 0 {
        return Scanned::Zero;
    }
    if first <= 31 {
        return Scanned::Numeric(NumericDate { first, second, third, time, precision, offset });
    }
    match (midnight(full_year(first), second, third), offset) {
        (None, _) => Scanned::Bad,
        (Some(date), None) => Scanned::Local(date + time, precision),
        (Some(date), Some(0)) => Scanned::Utc(date + time),
        (Some(date), Some(offset)) => Scanned::Offset(date + time - offset),
    }
}

fn after_date(bytes: &[u8]) -> &[u8] {
    match bytes {
        [b'T' | b' ' | b',', rest @ ..] => rest.trim_ascii_start(),
        _ => b"",
    }
}

fn month_name(bytes: &[u8]) -> Option<(u32, &[u8])> {
    const NAMES: [&[u8]; 12] = [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
    let name = bytes.get(..3)?;
    let month = NAMES.iter().position(|known| name.eq_ignore_ascii_case(known))?;
    Some((u32::try_from(month).ok()? + 1, &bytes[3..]))
}

/// The number at the front, of at most so many digits.
fn leading(bytes: &[u8], most: usize) -> Option<(u32, &[u8])> {
    let length = bytes.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
    if length == 0 {
        return None;
    }
    Some((digits(&bytes[..length])?, &bytes[length..]))
}

fn digits(bytes: &[u8]) -> Option<u32> {
    bytes.iter().try_fold(0_u32, |value, byte| byte.is_ascii_digit().then(|| value * 10 + u32::from(byte - b'0')))
}

/// Microseconds from 1970 to the beginning of that day on the same clock.
fn midnight(year: i32, month: u32, day: u32) -> Option<i64> {
    let date = NaiveDate::from_ymd_opt(year, month, day)?;
    Some(i64::from(date.to_epoch_days()) * DAY)
}
