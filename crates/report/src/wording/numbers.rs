//! Number formats: thousands by comma, durations as "2 h 08 min", a narrow no-break space before the percent sign.

use crate::figures::{Figure, Unit};

/// What stands where there is no number.
pub(crate) const MISSING: &str = "–";
/// Before a percent sign.
const NARROW_SPACE: char = '\u{202f}';

/// A whole number with commas: `12,345`.
pub(crate) fn thousands(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::from(if value < 0 { "−" } else { "" });
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with a noun: `1 incident`, `2 incidents`.
pub(crate) fn plural(number: i64, noun: &str) -> String {
    format!("{} {noun}{}", thousands(number), if number == 1 { "" } else { "s" })
}

/// A count: whole numbers plain, expectations with one decimal.
pub(crate) fn count(value: f64) -> String {
    if value.fract() == 0.0 { thousands(value as i64) } else { expected(value) }
}

/// An expected number: one decimal, none from 1,000 on.
pub(crate) fn expected(value: f64) -> String {
    decimal(value, usize::from(value.abs() < 999.95))
}

/// A ratio or correlation with two decimals: `1.24`, `−0.31`.
pub(crate) fn hundredths(value: f64) -> String {
    decimal(value, 2)
}

/// A rate with one decimal: `3.0 %`.
pub(crate) fn rate(value: f64) -> String {
    format!("{}{NARROW_SPACE}%", decimal(value * 100.0, 1))
}

/// A ratio of two rates: `1.05`.
pub(crate) fn ratio(value: f64) -> String {
    decimal(value, if value.abs() < 99.995 { 2 } else { 0 })
}

/// The interval of a ratio: `0.84–1.33`.
pub(crate) fn ratio_interval(lower: Option<f64>, upper: Option<f64>) -> String {
    match (lower, upper) {
        (Some(lower), Some(upper)) => format!("{}–{}", ratio(lower), ratio(upper)),
        _ => MISSING.to_owned(),
    }
}

/// A share without decimals: `53 %`.
pub(crate) fn share(value: f64) -> String {
    format!("{}{NARROW_SPACE}%", decimal(value * 100.0, 0))
}

/// A probability: never 0 % or 100 %, unless it is one.
pub(crate) fn probability(value: f64) -> String {
    match value {
        value if value > 0.99 && value < 1.0 => format!("over 99{NARROW_SPACE}%"),
        value if value < 0.01 && value > 0.0 => format!("under 1{NARROW_SPACE}%"),
        value => share(value),
    }
}

/// Hours as people say them: `47 min`, `2 h 08 min`, from 100 hours on whole hours.
pub(crate) fn duration(hours: f64) -> String {
    let minutes = (hours.abs() * 60.0).round();
    let sign = if hours < 0.0 && minutes > 0.0 { "−" } else { "" };
    match minutes {
        0.0 if hours == 0.0 => "0 min".to_owned(),
        0.0 => "under 1 min".to_owned(),
        minutes if minutes < 60.0 => format!("{sign}{minutes} min"),
        minutes if minutes < 6_000.0 => format!("{sign}{} h {:02} min", (minutes / 60.0).floor(), minutes % 60.0),
        minutes => format!("{sign}{} h", thousands((minutes / 60.0).round() as i64)),
    }
}

/// A span that somebody chose: whole hours without minutes, two days and more in days.
pub(crate) fn span(hours: f64) -> String {
    match hours {
        hours if hours >= 48.0 && hours % 24.0 == 0.0 => plural((hours / 24.0) as i64, "day"),
        hours if hours >= 1.0 && hours.fract() == 0.0 => format!("{} h", thousands(hours as i64)),
        hours => duration(hours),
    }
}

fn decimal(value: f64, places: usize) -> String {
    let text = format!("{:.places$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), thousands);
    let is_zero = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    let sign = if value < 0.0 && !is_zero { "−" } else { "" };
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// A value in its unit.
pub(crate) fn amount(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Count => count(value),
        Unit::Ratio => rate(value),
        Unit::Hours => duration(value),
        Unit::PerWeek => expected(value).trim_end_matches(".0").to_owned(),
        Unit::Label => MISSING.to_owned(),
    }
}

/// The value of a figure, else a dash; of a label its words.
pub(crate) fn figure(figure: &Figure) -> String {
    if figure.unit == Unit::Label {
        return figure.note.clone().unwrap_or_else(|| MISSING.to_owned());
    }
    figure.value.map_or_else(|| MISSING.to_owned(), |value| amount(figure.unit, value))
}

/// Its interval: `2.6–4.3 %`, `1 h 32 min – 2 h 27 min`; open ends in words; a dash without interval.
pub(crate) fn interval(figure: &Figure) -> String {
    match (figure.lower, figure.upper) {
        (Some(lower), Some(upper)) => between(figure.unit, lower, upper),
        (Some(lower), None) => format!("at least {}", amount(figure.unit, lower)),
        (None, Some(upper)) => format!("at most {}", amount(figure.unit, upper)),
        (None, None) => MISSING.to_owned(),
    }
}

fn between(unit: Unit, lower: f64, upper: f64) -> String {
    match unit {
        Unit::Ratio => format!("{}–{}", decimal(lower * 100.0, 1), rate(upper)),
        Unit::Hours => format!("{} – {}", duration(lower), duration(upper)),
        Unit::Count => format!("{}–{}", expected(lower), expected(upper)),
        _ => format!("{}–{}", amount(unit, lower), amount(unit, upper)),
    }
}

/// A difference with its sign: `+0.4 points`, `−10 min`, `+12`.
pub(crate) fn signed_change(unit: Unit, difference: f64) -> String {
    let sign = if difference > 0.0 { "+" } else { "" };
    let text = match unit {
        Unit::Ratio => format!("{} points", decimal(difference * 100.0, 1)),
        Unit::Hours => duration(difference),
        Unit::Count | Unit::PerWeek => count(difference),
        Unit::Label => return MISSING.to_owned(),
    };
    if text.starts_with("0 ") || text == "0" || text == "0.0" || text.starts_with("0.0 ") || text.starts_with("under") {
        "±0".to_owned()
    } else {
        format!("{sign}{text}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(unit: Unit, value: f64, lower: Option<f64>, upper: Option<f64>) -> Figure {
        Figure { unit, n: 10, value: Some(value), lower, upper, method: String::new(), note: None }
    }

    #[test]
    fn counts_have_commas_and_expectations_one_decimal() {
        let table =
            [(0.0, "0"), (7.0, "7"), (1_876.0, "1,876"), (1_234_567.0, "1,234,567"), (57.25, "57.2"), (1_234.5, "1,234"), (0.04, "0.0")];
        for (value, expected) in table {
            assert_eq!(count(value), expected);
        }
        assert_eq!(thousands(-12_345), "−12,345");
        assert_eq!(plural(1, "incident"), "1 incident");
        assert_eq!(plural(1_200, "incident"), "1,200 incidents");
    }

    #[test]
    fn rates_and_probabilities_have_a_narrow_space() {
        assert_eq!(rate(0.03), "3.0\u{202f}%");
        assert_eq!((ratio(1.047), ratio(0.0), ratio(250.4)), ("1.05".to_owned(), "0.00".to_owned(), "250".to_owned()));
        assert_eq!((ratio_interval(Some(0.844), Some(1.33)), ratio_interval(Some(0.8), None)), ("0.84–1.33".to_owned(), "–".to_owned()));
        assert_eq!(rate(1.5), "150.0\u{202f}%");
        assert_eq!(rate(-0.000_1), "0.0\u{202f}%");
        assert_eq!(share(0.529), "53\u{202f}%");
        assert_eq!(probability(0.999), "over 99\u{202f}%");
        assert_eq!(probability(1.0), "100\u{202f}%");
        assert_eq!(probability(0.002), "under 1\u{202f}%");
        assert_eq!(probability(0.46), "46\u{202f}%");
    }

    #[test]
    fn durations_are_hours_and_minutes() {
        let table = [
            (0.0, "0 min"),
            (0.004, "under 1 min"),
            (47.0 / 60.0, "47 min"),
            (59.6 / 60.0, "1 h 00 min"),
            (128.0 / 60.0, "2 h 08 min"),
            (99.5, "99 h 30 min"),
            (99.999, "100 h"),
            (178.171_583, "178 h"),
            (1_234.4, "1,234 h"),
            (-0.2, "−12 min"),
            (-25.5, "−25 h 30 min"),
        ];
        for (hours, expected) in table {
            assert_eq!(duration(hours), expected, "{hours}");
        }
    }

    #[test]
    fn chosen_spans_are_round() {
        let table = [(24.0, "24 h"), (168.0, "7 days"), (1.5, "1 h 30 min"), (0.5, "30 min"), (30.0, "30 h")];
        for (hours, expected) in table {
            assert_eq!(span(hours), expected);
        }
    }

    #[test]
    fn intervals_share_the_unit_and_name_open_ends() {
        assert_eq!(interval(&of(Unit::Ratio, 0.03, Some(0.026), Some(0.043))), "2.6–4.3\u{202f}%");
        assert_eq!(interval(&of(Unit::Hours, 2.0, Some(92.0 / 60.0), Some(147.0 / 60.0))), "1 h 32 min – 2 h 27 min");
        assert_eq!(interval(&of(Unit::Hours, 2.0, Some(31.0), None)), "at least 31 h 00 min");
        assert_eq!(interval(&of(Unit::Count, 2.0, None, None)), "–");
    }

    #[test]
    fn changes_carry_their_sign() {
        assert_eq!(signed_change(Unit::Ratio, 0.004), "+0.4 points");
        assert_eq!(signed_change(Unit::Ratio, -0.06), "−6.0 points");
        assert_eq!(signed_change(Unit::Hours, -1.0 / 6.0), "−10 min");
        assert_eq!(signed_change(Unit::Count, 12.0), "+12");
        assert_eq!(signed_change(Unit::Ratio, 0.000_01), "±0");
    }
}
