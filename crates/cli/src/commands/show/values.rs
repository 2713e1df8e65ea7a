//! Cells of a table as a terminal shows them, and how they compare with what people type.

use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;
use polars::prelude::*;
use sequela_schema::{Column as Declared, Table, Type, Values};

/// Digits of a number that are shown.
const DIGITS: i32 = 6;

/// One column.
enum Cells<'a> {
    Text(&'a StringChunked),
    Int(&'a Int64Chunked),
    Real(&'a Float64Chunked),
    Bool(&'a BooleanChunked),
    Instant(&'a Int64Chunked),
    Date(&'a Int32Chunked),
}

/// The columns of a table.
pub(super) struct Reader<'a> {
    columns: Vec<Cells<'a>>,
    zone: Tz,
}

impl<'a> Reader<'a> {
    pub(super) fn new(table: &Table, frame: &'a DataFrame, zone: Tz) -> PolarsResult<Self> {
        let cells = |column: &Declared| {
            Ok(match column.kind {
                Type::Text => Cells::Text(frame.texts(column)?),
                Type::Int => Cells::Int(frame.ints(column)?),
                Type::Real => Cells::Real(frame.reals(column)?),
                Type::Bool => Cells::Bool(frame.bools(column)?),
                Type::Instant => Cells::Instant(frame.instants(column)?),
                Type::Date => Cells::Date(frame.dates(column)?),
            })
        };
        Ok(Self { columns: table.columns.iter().map(cells).collect::<PolarsResult<_>>()?, zone })
    }

    /// Whether any column holds instants.
    pub(super) fn has_times(&self) -> bool {
        self.columns.iter().any(|column| matches!(column, Cells::Instant(_)))
    }

    /// The zone in which instants are shown.
    pub(super) fn zone(&self) -> Tz {
        self.zone
    }

    /// A row as texts; an empty text where there is no value.
    pub(super) fn row(&self, row: usize) -> Vec<String> {
        (0..self.columns.len()).map(|position| self.shown(position, row).unwrap_or_default()).collect()
    }

    /// Whether the cell is that value: texts regardless of case, numbers by value, times by their beginning (`2026-10` is a month),
    /// nothing where nothing stands.
    pub(super) fn is(&self, column: &Declared, row: usize, wanted: &str) -> bool {
        let Some(shown) = self.shown(column.position, row) else { return wanted.is_empty() };
        if wanted.is_empty() {
            return shown.is_empty();
        }
        match &self.columns[column.position] {
            Cells::Text(column) => column.get(row).is_some_and(|text| text.to_lowercase() == wanted.to_lowercase()),
            Cells::Int(column) => wanted.parse() == Ok(column.get(row).unwrap_or_default()),
            Cells::Real(column) => shown == wanted || wanted.parse() == Ok(column.get(row).unwrap_or_default()),
            Cells::Bool(_) => shown.eq_ignore_ascii_case(wanted),
            Cells::Instant(_) | Cells::Date(_) => shown.starts_with(&wanted.replace('T', " ")),
        }
    }

    fn shown(&self, position: usize, row: usize) -> Option<String> {
        match &self.columns[position] {
            Cells::Text(column) => column.get(row).map(|text| text.replace(char::is_control, " ")),
            Cells::Int(column) => column.get(row).map(|value| value.to_string()),
            Cells::Real(column) => column.get(row).map(real),
            Cells::Bool(column) => column.get(row).map(|value| value.to_string()),
            Cells::Instant(column) => column.get(row).map(|value| instant(value, self.zone)),
            Cells::Date(column) => column.get(row).map(|days| NaiveDate::from_epoch_days(days).unwrap_or_default().to_string()),
        }
    }
}

/// At most six significant digits, without trailing zeros.
fn real(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let magnitude = value.abs().log10().floor() as i32;
    if !(-5..15).contains(&magnitude) {
        return format!("{value:.5e}");
    }
    let text = format!("{value:.*}", (DIGITS - 1 - magnitude).max(0) as usize);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn instant(microseconds: i64, zone: Tz) -> String {
    let time = DateTime::from_timestamp_micros(microseconds).unwrap_or_default().with_timezone(&zone);
    time.format("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_six_digits_at_most() {
        let table = [
            (0.0, "0"),
            (768.0, "768"),
            (0.060_512_833, "0.0605128"),
            (1_234_567.8, "1234568"),
            (-2.5, "-2.5"),
            (1e-7, "1.00000e-7"),
            (f64::INFINITY, "inf"),
        ];
        for (value, expected) in table {
            assert_eq!(real(value), expected);
        }
    }

    #[test]
    fn times_stand_in_the_zone() {
        // Berlin is two hours ahead of UTC in September.
        let at = DateTime::parse_from_rfc3339("2026-09-30T22:30:00Z").unwrap().timestamp_micros();
        assert_eq!(instant(at, chrono_tz::Europe::Berlin), "2026-10-01 00:30:00");
    }
}
