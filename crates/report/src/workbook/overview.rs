//! The first sheet: the figures of the review month as numbers, then the finding of each section.

use rust_xlsxwriter::{Format, Worksheet};

use super::cells::{self, Style};
use crate::ReportError;
use crate::exports::Material;
use crate::headlines::Headline;

/// Row of the heads of columns, below the title.
const HEAD: u32 = 1;
/// Width of the columns, in characters.
const WIDTHS: [f64; 12] = [40.0, 12.0, 12.0, 12.0, 10.0, 12.0, 10.0, 12.0, 20.0, 11.0, 42.0, 40.0];

/// Fills the sheet.
pub(super) fn write(sheet: &mut Worksheet, material: &Material<'_>, style: &Style) -> Result<(), ReportError> {
    sheet.set_name("Overview")?;
    let title = format!("{}: {}", material.outline.organisation, material.outline.title);
    sheet.write_string_with_format(0, 0, cells::fitting(&title), &style.title)?;
    for (position, width) in WIDTHS.iter().enumerate() {
        sheet.set_column_width(position as u16, *width)?;
    }
    let level = material.context.level_words();
    let (lower, upper) = (format!("Lower end, {level} interval"), format!("Upper end, {level} interval"));
    let heads: [&str; 12] =
        ["Figure", "Value", &lower, &upper, "n", "Before, mean", "Months before", "Change", "In words", "Unit", "Metric", "Note"];
    for (position, head) in heads.iter().enumerate() {
        sheet.write_string_with_format(HEAD, position as u16, *head, &style.head)?;
    }
    for (number, headline) in material.headlines.iter().enumerate() {
        row(sheet, HEAD + 1 + number as u32, headline, style)?;
    }
    let last = HEAD + material.headlines.len() as u32;
    sheet.set_freeze_panes(HEAD + 1, 1)?;
    sheet.autofilter(HEAD, 0, last, heads.len() as u16 - 1)?;
    findings(sheet, material, last + 2, style)
}

fn row(sheet: &mut Worksheet, at: u32, headline: &Headline, style: &Style) -> Result<(), ReportError> {
    let unit = headline.unit();
    let format = form(unit, style);
    let (lower, upper) = headline.interval();
    cells::text(sheet, (at, 0), headline.metric.title, style)?;
    number(sheet, (at, 1), headline.value(), format)?;
    number(sheet, (at, 2), lower, format)?;
    number(sheet, (at, 3), upper, format)?;
    number(sheet, (at, 4), headline.n().map(|n| n as f64), &style.count)?;
    number(sheet, (at, 5), headline.before(), format)?;
    number(sheet, (at, 6), headline.earlier.map(|earlier| earlier.months as f64), &style.count)?;
    number(sheet, (at, 7), headline.difference(), format)?;
    cells::text(sheet, (at, 8), headline.change.words(), style)?;
    cells::text(sheet, (at, 9), unit, style)?;
    cells::text(sheet, (at, 10), headline.metric.name, style)?;
    cells::text(sheet, (at, 11), headline.note().unwrap_or_default(), style)
}

fn form<'a>(unit: &str, style: &'a Style) -> &'a Format {
    match unit {
        "ratio" => &style.ratio,
        _ => &style.number,
    }
}

fn number(sheet: &mut Worksheet, at: (u32, u16), value: Option<f64>, format: &Format) -> Result<(), ReportError> {
    if let Some(value) = value {
        sheet.write_number_with_format(at.0, at.1, value, format)?;
    }
    Ok(())
}

fn findings(sheet: &mut Worksheet, material: &Material<'_>, first: u32, style: &Style) -> Result<(), ReportError> {
    sheet.write_string_with_format(first, 0, "Findings", &style.head)?;
    for (number, section) in material.outline.sections.iter().enumerate() {
        let at = first + 1 + number as u32;
        cells::text(sheet, (at, 0), &section.title, style)?;
        cells::text(sheet, (at, 1), &section.finding, style)?;
    }
    Ok(())
}
