//! Cells as a spreadsheet stores them: numbers, days since 1900 for dates, and text that stays text.

use std::borrow::Cow;

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::Tz;
use rust_xlsxwriter::{Format, FormatAlign, Worksheet};

use crate::ReportError;
use crate::tables::Cells;

/// Units of UTF-16 that a cell holds.
const TEXT_LENGTH: usize = 32_767;
/// Day 0 of 1970 in a spreadsheet's count.
const EPOCH: f64 = 25_569.0;
/// Dates before March 1900 are off by one in spreadsheets, and those from the year 10000 on unknown to them.
const DAYS: std::ops::Range<f64> = 61.0..2_958_466.0;
const MICROSECONDS_PER_DAY: f64 = 86_400e6;
/// Beyond this a float skips whole numbers.
const EXACT: u64 = 1 << 53;

/// Formats of all sheets, and the zone in which times are shown.
pub(super) struct Style {
    pub(super) timezone: Tz,
    pub(super) title: Format,
    pub(super) head: Format,
    pub(super) wrapped: Format,
    pub(super) ratio: Format,
    pub(super) number: Format,
    pub(super) count: Format,
    instant: Format,
    date: Format,
    guarded: Format,
}

impl Style {
    pub(super) fn new(timezone: Tz) -> Self {
        let with = |form: &str| Format::new().set_num_format(form);
        Self {
            timezone,
            title: Format::new().set_bold().set_font_size(14),
            head: Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Top),
            wrapped: Format::new().set_text_wrap().set_align(FormatAlign::Top),
            ratio: with("0.0%"),
            number: with("#,##0.00"),
            count: with("#,##0.##########"),
            instant: with("yyyy-mm-dd hh:mm:ss"),
            date: with("yyyy-mm-dd"),
            guarded: Format::new().set_quote_prefix(),
        }
    }
}

/// Writes a text as text; one that looks like a formula keeps its mark of being text even when somebody edits the cell.
pub(super) fn text(sheet: &mut Worksheet, at: (u32, u16), value: &str, style: &Style) -> Result<(), ReportError> {
    let value = fitting(value);
    if value.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        sheet.write_string_with_format(at.0, at.1, value, &style.guarded)?;
    } else {
        sheet.write_string(at.0, at.1, value)?;
    }
    Ok(())
}

/// Writes the cell of that row of a column, and tells how many characters it shows; nothing where there is no value.
pub(super) fn value(sheet: &mut Worksheet, at: (u32, u16), column: &Cells<'_>, row: usize, style: &Style) -> Result<usize, ReportError> {
    match column {
        Cells::Empty => Ok(0),
        Cells::Text(column) => column.get(row).map_or(Ok(0), |value| text(sheet, at, value, style).map(|()| value.chars().count())),
        Cells::Int(column) => column.get(row).map_or(Ok(0), |value| int(sheet, at, value, style)),
        Cells::Real(column) => column.get(row).map_or(Ok(0), |value| real(sheet, at, value, style)),
        Cells::Bool(column) => column.get(row).map_or(Ok(0), |value| Ok(sheet.write_boolean(at.0, at.1, value).map(|_| 5)?)),
        Cells::Instant(column) => column.get(row).map_or(Ok(0), |value| instant(sheet, at, value, style)),
        Cells::Date(column) => column.get(row).map_or(Ok(0), |value| {
            let iso = || chrono::NaiveDate::from_epoch_days(value).map_or_else(|| value.to_string(), |day| day.to_string());
            day(sheet, at, EPOCH + f64::from(value), (&style.date, 10), style, iso)
        }),
    }
}

fn int(sheet: &mut Worksheet, at: (u32, u16), value: i64, style: &Style) -> Result<usize, ReportError> {
    let shown = value.to_string();
    if value.unsigned_abs() > EXACT {
        text(sheet, at, &shown, style)?;
    } else {
        sheet.write_number(at.0, at.1, value as f64)?;
    }
    Ok(shown.len())
}

/// A number as it is; infinite ones as words, since a spreadsheet has none.
fn real(sheet: &mut Worksheet, at: (u32, u16), value: f64, style: &Style) -> Result<usize, ReportError> {
    if value.is_nan() {
        return Ok(0);
    }
    if value.is_infinite() {
        text(sheet, at, if value > 0.0 { "inf" } else { "-inf" }, style)?;
    } else {
        sheet.write_number(at.0, at.1, value)?;
    }
    // A spreadsheet shows about ten digits of a number.
    Ok(10)
}

fn instant(sheet: &mut Worksheet, at: (u32, u16), microseconds: i64, style: &Style) -> Result<usize, ReportError> {
    let utc = DateTime::from_timestamp_micros(microseconds).unwrap_or_default();
    let offset = style.timezone.offset_from_utc_datetime(&utc.naive_utc()).fix().local_minus_utc();
    let local = microseconds as f64 + f64::from(offset) * 1e6;
    let iso = || crate::wording::iso_words(microseconds, style.timezone);
    day(sheet, at, EPOCH + local / MICROSECONDS_PER_DAY, (&style.instant, 19), style, iso)
}

fn day(
    sheet: &mut Worksheet,
    at: (u32, u16),
    serial: f64,
    (format, width): (&Format, usize),
    style: &Style,
    iso: impl Fn() -> String,
) -> Result<usize, ReportError> {
    if DAYS.contains(&serial) {
        sheet.write_number_with_format(at.0, at.1, serial, format)?;
    } else {
        text(sheet, at, &iso(), style)?;
    }
    Ok(width)
}

/// The text, or its beginning with an ellipsis if a cell cannot hold it.
pub(super) fn fitting(text: &str) -> Cow<'_, str> {
    if text.len() <= TEXT_LENGTH || text.encode_utf16().count() <= TEXT_LENGTH {
        return Cow::Borrowed(text);
    }
    let mut length = 1;
    let kept = text.chars().take_while(|character| {
        length += character.len_utf16();
        length <= TEXT_LENGTH
    });
    Cow::Owned(kept.collect::<String>() + "…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_where_a_cell_ends() {
        assert_eq!(fitting(&"a".repeat(TEXT_LENGTH)).len(), TEXT_LENGTH);
        let cut = fitting(&"𝔘".repeat(TEXT_LENGTH)).into_owned();
        assert!(cut.ends_with('…') && cut.encode_utf16().count() <= TEXT_LENGTH);
        assert_eq!(cut.chars().count(), 16_384);
    }
}
