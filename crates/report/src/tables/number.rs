//! Numbers and times as CSV text: the shortest form of at most six significant digits, and ISO 8601 in UTC.

use std::fmt::Write;

use chrono::DateTime;

const MICROSECONDS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// Appends a number rounded to six significant digits without trailing zeros; `1e15` and more, and less than `1e-5`, with an
/// exponent; NaN as nothing, since a cell without a number is an empty cell.
pub(super) fn push_real(line: &mut Vec<u8>, value: f64) {
    if value.is_nan() {
        return;
    }
    if value.is_infinite() {
        line.extend_from_slice(if value > 0.0 { b"inf" } else { b"-inf" });
    } else if value.abs() < 1e6 && value.fract() == 0.0 {
        push_int(line, value as i64);
    } else {
        push_rounded(line, value);
    }
}

fn push_rounded(line: &mut Vec<u8>, value: f64) {
    let scientific = format!("{:.5e}", value.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits: Vec<u8> = mantissa.bytes().filter(|byte| *byte != b'.').collect();
    let digits = trim_zeros(&digits);
    if value < 0.0 {
        line.push(b'-');
    }
    match exponent {
        -5..0 => push_fraction(line, digits, exponent),
        0..15 => push_plain(line, digits, exponent as usize),
        _ => push_exponent(line, digits, exponent),
    }
}

fn trim_zeros(digits: &[u8]) -> &[u8] {
    let kept = digits.iter().rposition(|digit| *digit != b'0').map_or(1, |last| last + 1);
    &digits[..kept]
}

fn push_fraction(line: &mut Vec<u8>, digits: &[u8], exponent: i32) {
    line.extend_from_slice(b"0.");
    line.extend(std::iter::repeat_n(b'0', (-exponent - 1) as usize));
    line.extend_from_slice(digits);
}

fn push_plain(line: &mut Vec<u8>, digits: &[u8], exponent: usize) {
    let whole = exponent + 1;
    line.extend_from_slice(&digits[..digits.len().min(whole)]);
    line.extend(std::iter::repeat_n(b'0', whole.saturating_sub(digits.len())));
    if digits.len() > whole {
        line.push(b'.');
        line.extend_from_slice(&digits[whole..]);
    }
}

fn push_exponent(line: &mut Vec<u8>, digits: &[u8], exponent: i32) {
    push_plain(line, digits, 0);
    line.push(b'e');
    push_int(line, i64::from(exponent));
}

/// Appends an integer.
pub(super) fn push_int(line: &mut Vec<u8>, value: i64) {
    let mut digits = [0_u8; 20];
    let mut rest = value.unsigned_abs();
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        line.push(b'-');
    }
    line.extend_from_slice(&digits[start..]);
}

/// Appends an instant as `2026-10-01T08:30:00Z`, with microseconds only if there are any.
pub(super) fn push_instant(line: &mut Vec<u8>, microseconds: i64) {
    let seconds = microseconds.div_euclid(MICROSECONDS_PER_SECOND);
    let fraction = microseconds.rem_euclid(MICROSECONDS_PER_SECOND);
    push_date(line, seconds.div_euclid(SECONDS_PER_DAY));
    let of_day = seconds.rem_euclid(SECONDS_PER_DAY);
    line.push(b'T');
    push_two(line, of_day / 3_600);
    line.push(b':');
    push_two(line, of_day / 60 % 60);
    line.push(b':');
    push_two(line, of_day % 60);
    if fraction != 0 {
        line.extend_from_slice(format!(".{fraction:06}").as_bytes());
    }
    line.push(b'Z');
}

/// Appends a date, given in days since 1970, as `2026-10-01`.
pub(super) fn push_date(line: &mut Vec<u8>, days: i64) {
    let (year, month, day) = civil(days);
    if !(0..=9_999).contains(&year) {
        return push_far_date(line, days);
    }
    push_two(line, year / 100);
    push_two(line, year % 100);
    line.push(b'-');
    push_two(line, month);
    line.push(b'-');
    push_two(line, day);
}

/// Year, month and day of a day number (H. Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_based = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_based + 2) / 5 + 1;
    let month = if march_based < 10 { march_based + 3 } else { march_based - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Years that need more than four digits carry a sign, as ISO 8601 asks.
fn push_far_date(line: &mut Vec<u8>, days: i64) {
    let mut text = String::new();
    if let Some(instant) = DateTime::from_timestamp(days.saturating_mul(SECONDS_PER_DAY), 0) {
        let _ = write!(text, "{}", instant.format("%Y-%m-%d"));
    }
    line.extend_from_slice(text.as_bytes());
}

fn push_two(line: &mut Vec<u8>, value: i64) {
    line.push(b'0' + (value / 10 % 10) as u8);
    line.push(b'0' + (value % 10) as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn real(value: f64) -> String {
        let mut line = Vec::new();
        push_real(&mut line, value);
        String::from_utf8(line).unwrap()
    }

    fn instant(text: &str) -> String {
        let mut line = Vec::new();
        push_instant(&mut line, DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros());
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn reals_have_at_most_six_significant_digits_in_the_shortest_form() {
        // Expected: Python's '%.6g' without its exponents for ordinary sizes.
        let table = [
            (0.0, "0"),
            (-0.0, "0"),
            (1.0, "1"),
            (-3.0, "-3"),
            (0.1, "0.1"),
            (0.1 + 0.2, "0.3"),
            (1.0 / 3.0, "0.333333"),
            (2.0 / 3.0, "0.666667"),
            (178.171_588, "178.172"),
            (10_690.295, "10690.3"),
            (999_999.0, "999999"),
            (999_999.5, "1000000"),
            (1_234_567.0, "1234570"),
            (1_234_567.8, "1234570"),
            (0.000_012_345_67, "0.0000123457"),
            (0.000_000_123, "1.23e-7"),
            (-2.5, "-2.5"),
            (1e15, "1e15"),
            (1.25e-300, "1.25e-300"),
            (f64::NAN, ""),
            (f64::INFINITY, "inf"),
        ];
        for (value, expected) in table {
            assert_eq!(real(value), expected, "{value:?}");
        }
    }

    #[test]
    fn instants_are_iso_8601_in_utc() {
        assert_eq!(instant("1970-01-01T00:00:00Z"), "1970-01-01T00:00:00Z");
        assert_eq!(instant("2024-02-29T23:59:59Z"), "2024-02-29T23:59:59Z");
        assert_eq!(instant("2026-03-29T01:30:00.000250+01:00"), "2026-03-29T00:30:00.000250Z");
        assert_eq!(instant("1969-12-31T23:59:59.5Z"), "1969-12-31T23:59:59.500000Z");
        assert_eq!(instant("0001-01-01T00:00:00Z"), "0001-01-01T00:00:00Z");
    }

    #[test]
    fn dates_agree_with_chrono_over_eight_centuries() {
        for days in (-150_000..150_000).step_by(37) {
            let mut line = Vec::new();
            push_date(&mut line, days);
            let expected = DateTime::from_timestamp(days * SECONDS_PER_DAY, 0).unwrap().format("%Y-%m-%d").to_string();
            assert_eq!(String::from_utf8(line).unwrap(), expected);
        }
    }

    #[test]
    fn absurd_instants_do_not_panic() {
        for microseconds in [i64::MIN, i64::MAX, -1, 1 << 62] {
            push_instant(&mut Vec::new(), microseconds);
        }
        push_date(&mut Vec::new(), i64::from(i32::MAX));
    }
}
