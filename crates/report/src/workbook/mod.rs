//! The workbook: an overview, notes, and one sheet per result table, with numbers and dates that a spreadsheet can count with.
//!
//! The same bytes on every run: the time of creation is the extract's, and rows stand in the order of `tables/`.

mod cells;
mod notes;
mod overview;
mod sheet;

use std::path::Path;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook};
use sequela_schema::result;

use crate::ReportError;
use crate::exports::Material;
use cells::Style;
use sheet::{ROWS, Sheet};

/// Writes the workbook.
pub(crate) fn write(material: &Material<'_>, path: &Path) -> Result<(), ReportError> {
    let mut workbook = Workbook::new();
    // Rows of large tables wait on disk, beside the file to be written.
    if let Some(folder) = path.parent() {
        workbook.set_tempdir(folder)?;
    }
    workbook.set_properties(&properties(material)?);
    let style = Style::new(material.context.timezone);
    let tables = result::TABLES.into_iter().filter(|table| material.frames.height(table) > 0);
    let sheets: Vec<Sheet> = tables.map(|table| Sheet { table, rows: material.frames.height(table) }).collect();
    overview::write(workbook.add_worksheet_with_low_memory()?, material, &style)?;
    notes::write(workbook.add_worksheet_with_low_memory()?, material, &sheets, &style)?;
    for sheet in &sheets {
        sheet.write(workbook.add_worksheet_with_low_memory()?, material.frames, &style, ROWS)?;
    }
    Ok(workbook.save(path)?)
}

fn properties(material: &Material<'_>) -> Result<DocProperties, ReportError> {
    // A spreadsheet knows the years 1900 to 9999 alone.
    let seconds = material.context.as_of.div_euclid(1_000_000).clamp(0, 253_402_300_799);
    Ok(DocProperties::new()
        .set_title(cells::fitting(&format!("{}: {}", material.outline.organisation, material.outline.title)))
        .set_comment(cells::fitting(&material.outline.foot))
        .set_creation_datetime(&ExcelDateTime::from_timestamp(seconds)?))
}
