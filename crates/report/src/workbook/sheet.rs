//! One result table as a sheet: header row that stays in sight, filter, and columns as wide as what they hold.

use rust_xlsxwriter::Worksheet;
use sequela_schema::{Frames, Table, Type};

use super::cells::{self, Style};
use crate::ReportError;
use crate::tables::{Rows, by_key};
use crate::wording;

/// Rows of a sheet, at most; the rest stands in `tables/`.
pub(super) const ROWS: usize = 100_000;
/// Rows that the widths are taken from.
const MEASURED: usize = 1_000;
/// Narrowest and widest column, in characters.
const WIDTHS: (usize, usize) = (6, 60);
/// What the button of the filter takes.
const BUTTON: usize = 3;

/// A table that gets a sheet.
pub(super) struct Sheet {
    pub(super) table: &'static Table,
    /// Rows of the table.
    pub(super) rows: usize,
}

impl Sheet {
    /// What is left out with that limit; empty where all rows are there.
    pub(super) fn rest(&self, limit: usize) -> String {
        if self.rows <= limit {
            return String::new();
        }
        let (limit, rows) = (wording::thousands(limit as i64), wording::thousands(self.rows as i64));
        format!("The first {limit} of {rows} rows; all are in tables/{name}.csv and tables/{name}.parquet.", name = self.table.name)
    }

    /// Fills the worksheet, with that many rows at most.
    pub(super) fn write(&self, sheet: &mut Worksheet, frames: &Frames, style: &Style, limit: usize) -> Result<(), ReportError> {
        let frame = by_key(self.table, &frames.get(self.table))?;
        let rows = Rows::of(self.table.columns, &frame)?;
        let shown = self.rows.min(limit);
        sheet.set_name(self.table.name)?;
        let mut widths = self.header(sheet, style)?;
        for row in 0..shown {
            for (position, column) in rows.columns().iter().enumerate() {
                let width = cells::value(sheet, (row as u32 + 1, position as u16), column, row, style)?;
                if row < MEASURED {
                    widths[position] = widths[position].max(width);
                }
            }
        }
        if self.rows > shown {
            cells::text(sheet, (shown as u32 + 2, 0), &self.rest(limit), style)?;
        }
        frame_of(sheet, &widths, shown as u32)
    }

    fn header(&self, sheet: &mut Worksheet, style: &Style) -> Result<Vec<usize>, ReportError> {
        let mut widths = Vec::with_capacity(self.table.columns.len());
        for column in self.table.columns {
            let name = match column.kind {
                Type::Instant => format!("{} ({})", column.name, style.timezone.name()),
                _ => column.name.to_owned(),
            };
            sheet.write_string_with_format(0, column.position as u16, &name, &style.head)?;
            // The zone may go to the next line.
            widths.push(column.name.len() + BUTTON);
        }
        Ok(widths)
    }
}

/// Widths, filter and the frozen header row.
fn frame_of(sheet: &mut Worksheet, widths: &[usize], last_row: u32) -> Result<(), ReportError> {
    for (position, width) in widths.iter().enumerate() {
        sheet.set_column_width(position as u16, (width + 1).clamp(WIDTHS.0, WIDTHS.1) as f64)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.autofilter(0, 0, last_row, widths.len() as u16 - 1)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use calamine::{Data, Reader, Xlsx};
    use rust_xlsxwriter::Workbook;
    use sequela_schema::TableBuilder;
    use sequela_schema::result::links;

    use super::*;

    fn frames(incidents: &[&str]) -> Frames {
        let mut builder = TableBuilder::new(&links::TABLE);
        for incident in incidents {
            let mut row = builder.row();
            row.text(&links::INCIDENT_ID, incident).text(&links::DEPLOYMENT_ID, "=1+1");
            row.int(&links::RANK, 1).text(&links::RELATION, "same_service").real_opt(&links::LAG_SECONDS, Some(f64::INFINITY));
            row.text(&links::EVIDENCE, "rule").real(&links::PROBABILITY, 0.1);
        }
        let mut frames = Frames::new();
        frames.build(builder).unwrap();
        frames
    }

    fn written(frames: &Frames, limit: usize) -> Vec<Vec<Data>> {
        let mut workbook = Workbook::new();
        let sheet = Sheet { table: &links::TABLE, rows: frames.height(&links::TABLE) };
        let worksheet = workbook.add_worksheet_with_low_memory().unwrap();
        sheet.write(worksheet, frames, &Style::new(chrono_tz::Europe::London), limit).unwrap();
        let bytes = workbook.save_to_buffer().unwrap();
        let mut read: Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(bytes)).unwrap();
        assert!(read.worksheet_formula("links").unwrap().rows().flatten().all(String::is_empty), "no formulas");
        read.worksheet_range("links").unwrap().rows().map(<[Data]>::to_vec).collect()
    }

    #[test]
    fn texts_stay_texts_and_rows_are_sorted() {
        let rows = written(&frames(&["-2", "+1", "@x"]), 10);
        let incidents: Vec<String> = rows.iter().map(|row| row[0].to_string()).collect();
        assert_eq!(incidents, ["incident_id", "+1", "-2", "@x"]);
        assert_eq!(rows[1][1], Data::String("=1+1".to_owned()));
        assert_eq!((&rows[1][2], &rows[1][5]), (&Data::Empty, &Data::String("inf".to_owned())));
        assert_eq!(rows[1][7], Data::Float(0.1));
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let rows = written(&frames(&["a", "b", "c"]), 2);
        assert_eq!(rows.len(), 5, "a header, two rows, an empty one and the note");
        assert_eq!(rows[4][0].to_string(), "The first 2 of 3 rows; all are in tables/links.csv and tables/links.parquet.");
    }
}
