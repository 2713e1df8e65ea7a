//! Drives a [`Translate`] over the files of a run: counts records, puts aside what cannot be used, watches for cut-off exports.

use std::rc::Rc;

use serde_json::Value;

use super::desk::{Desk, Shelf};
use super::scope::{Origin, Scope};
use super::tabular::{self, Tabular};
use crate::IngestError;
use crate::adapters::{Session, Task};
use crate::content::Content;
use crate::intake::{FileReport, Intake, Ordering};
use crate::issue::{Place, code};
use crate::records::{Reading, Records, Row, Shape, documents, open};

/// Turns the records of one system into rows. The files of a run share one translator, so that they may complete each other.
pub(crate) trait Translate {
    /// Writes the rows of one JSON or YAML record.
    fn record(&mut self, _record: &Value, _desk: &mut Desk<'_>) -> Result<(), Refused> {
        Err(Refused::unknown("no record that is known here"))
    }

    /// How a table with these headers is read; without an answer its lines are given one by one.
    fn table(&mut self, _headers: &[String]) -> Option<Tabular> {
        None
    }

    /// Whether each row of a table with these headers is given as a record: an object with the headers as keys.
    fn takes_rows(&self, _headers: &[String]) -> bool {
        false
    }

    /// Writes the rows of one line of text.
    fn line(&mut self, _line: &str, _desk: &mut Desk<'_>) -> Result<(), Refused> {
        Err(Refused::unknown("no line that is known here"))
    }

    /// Writes the rows of an XML document.
    fn markup(&mut self, _text: &str, _desk: &mut Desk<'_>) -> Result<(), Refused> {
        Err(Refused::unknown("no document that is known here"))
    }

    /// A file is at its end.
    fn end(&mut self, _desk: &mut Desk<'_>) {}

    /// All files of this adapter are read: writes what needs several of them.
    fn finish(&mut self, _desk: &mut Desk<'_>) {}

    /// All files of all adapters are read: completes rows that others wrote.
    fn complete(&mut self, _desk: &mut Desk<'_>) {}

    /// Numbers of records that pages have when they are full.
    fn page_sizes(&self) -> &'static [u64] {
        &[]
    }
}

/// Why a record is put aside.
#[derive(Debug)]
pub(crate) struct Refused {
    code: &'static str,
    column: Option<&'static str>,
    message: String,
}

impl Refused {
    /// It is nothing that is known; `message` says what was expected.
    pub(crate) fn unknown(message: impl Into<String>) -> Self {
        Self { code: code::UNKNOWN_RECORD, column: None, message: message.into() }
    }

    /// It lacks what identifies it.
    pub(crate) fn missing(column: &'static str) -> Self {
        Self { code: code::MISSING_ID, column: Some(column), message: format!("the record has no {column}; export it again") }
    }
}

/// A session over a translator.
pub(crate) struct Reader<T> {
    adapter: &'static str,
    translate: T,
    shelf: Shelf,
    last: Option<Origin>,
}

impl<T: Translate> Reader<T> {
    pub(crate) fn new(adapter: &'static str, translate: T) -> Self {
        Self { adapter, translate, shelf: Shelf::default(), last: None }
    }

    fn begin(&mut self, content: &Content, task: &Task<'_>, intake: &mut Intake) -> Result<Origin, IngestError> {
        let scope = Rc::new(Scope::of(content, task.source, task.options)?);
        let mut report = FileReport::of(content, self.adapter);
        report.zone_basis = Some("not needed");
        report.ordering = Ordering::Updated;
        report.id_header = Some("id".to_owned());
        let origin = Origin { file: intake.begin(report), row: 0, scope };
        self.last = Some(origin.clone());
        Ok(origin)
    }

    /// Gives one record, line or document to the translator.
    fn one(&mut self, origin: Origin, intake: &mut Intake, give: impl FnOnce(&mut T, &mut Desk<'_>) -> Result<(), Refused>) {
        let (file, row) = (origin.file, origin.row);
        intake.file(file).read += 1;
        let mut desk = Desk { adapter: self.adapter, intake, shelf: &mut self.shelf, origin, refused: false, kept: false };
        let outcome = give(&mut self.translate, &mut desk);
        let refused = desk.refused && !desk.kept;
        let report = intake.file(file);
        if let Err(Refused { code, column, message }) = outcome {
            report.rejected += 1;
            report.issues.reject(code, Place { row, column, found: None }, format_args!("{message}"));
        } else if refused {
            report.rejected += 1;
        }
    }

    fn records(&mut self, content: &Content, start: &Origin, intake: &mut Intake) -> Result<(), IngestError> {
        let summary = documents::visit(content, &mut |row, record| match record {
            Ok(record) => self.one(Origin { row, ..start.clone() }, intake, |translate, desk| translate.record(record, desk)),
            Err((reason, found)) => {
                let report = intake.file(start.file);
                report.read += 1;
                report.rejected += 1;
                let place = Place { row, column: None, found: Some(found) };
                report.issues.reject(code::BAD_JSON, place, format_args!("the record cannot be parsed: {reason}; export it again"));
            }
        })?;
        let report = intake.file(start.file);
        report.format = Some(summary.format);
        if let Some(more) = summary.more {
            report.suspect_truncation(more);
        }
        Ok(())
    }

    /// A list all of whose pages are exactly full may have more.
    fn suspect_missing_pages(&self, intake: &mut Intake) {
        for (what, pages) in &self.shelf.pages {
            for full in self.translate.page_sizes() {
                if let (true, Some((file, _))) = (pages.iter().all(|(_, count)| count == full), pages.last()) {
                    intake.file(*file).suspect_truncation(format!("exactly {full} {what}, the size of a page"));
                }
            }
        }
    }

    fn desk<'d>(&'d mut self, origin: Origin, intake: &'d mut Intake) -> (&'d mut T, Desk<'d>) {
        let desk = Desk { adapter: self.adapter, intake, shelf: &mut self.shelf, origin, refused: false, kept: false };
        (&mut self.translate, desk)
    }
}

impl<T: Translate> Session for Reader<T> {
    fn read(&mut self, content: &Content, task: &Task<'_>, intake: &mut Intake) -> Result<(), IngestError> {
        match content.shape() {
            Some(Shape::Json | Shape::Yaml) => {
                let start = self.begin(content, task, intake)?;
                self.records(content, &start, intake)?;
                self.at_end(start, intake);
            }
            Some(Shape::Xml) => {
                let start = self.begin(content, task, intake)?;
                intake.file(start.file).format = Some("xml");
                let text = content.text()?;
                self.one(Origin { row: 1, ..start.clone() }, intake, |translate, desk| translate.markup(&text, desk));
                self.at_end(start, intake);
            }
            shape => {
                let mut table = open(content, task.source.delimiter)?;
                if let Some(tabular) = self.translate.table(table.headers()) {
                    return tabular::read(content, task, intake, table.as_mut(), self.adapter, &tabular);
                }
                if self.translate.takes_rows(table.headers()) {
                    return self.rows(content, task, table.as_mut(), intake);
                }
                if shape.is_none() {
                    return Err(IngestError::Unrecognised { file: content.name.clone(), found: crate::plan::listed(table.headers()) });
                }
                drop(table);
                let start = self.begin(content, task, intake)?;
                intake.file(start.file).format = Some("text");
                content.lines(&mut |row, line| {
                    self.one(Origin { row, ..start.clone() }, intake, |translate, desk| translate.line(line, desk));
                })?;
                self.at_end(start, intake);
            }
        }
        task.observer.progress(content.bytes);
        Ok(())
    }

    fn finish(&mut self, intake: &mut Intake) {
        if let Some(origin) = self.last.clone() {
            let (translate, mut desk) = self.desk(origin, intake);
            translate.finish(&mut desk);
        }
        self.suspect_missing_pages(intake);
    }

    fn complete(&mut self, intake: &mut Intake) {
        if let Some(origin) = self.last.clone() {
            let (translate, mut desk) = self.desk(origin, intake);
            translate.complete(&mut desk);
        }
    }
}

impl<T: Translate> Reader<T> {
    /// Gives each row of a table as a record.
    fn rows(&mut self, content: &Content, task: &Task<'_>, table: &mut dyn Records, intake: &mut Intake) -> Result<(), IngestError> {
        let start = self.begin(content, task, intake)?;
        let report = intake.file(start.file);
        (report.format, report.delimiter) = (Some(table.format()), table.delimiter());
        let headers = table.headers().to_vec();
        let wanted: Vec<usize> = (0..headers.len()).collect();
        table.visit(&wanted, &mut |number, reading| {
            let record = match reading {
                Reading::Row(row) => Ok(object(&headers, row)),
                Reading::Broken(reason, _) => Err(Refused::unknown(format!("the row cannot be parsed: {reason}; export it again"))),
            };
            let origin = Origin { row: number, ..start.clone() };
            self.one(origin, intake, |translate, desk| record.and_then(|record| translate.record(&record, desk)));
        })?;
        self.at_end(start, intake);
        task.observer.progress(content.bytes);
        Ok(())
    }

    fn at_end(&mut self, start: Origin, intake: &mut Intake) {
        let (translate, mut desk) = self.desk(start, intake);
        translate.end(&mut desk);
    }
}

/// The cells of a row by their headers.
fn object(headers: &[String], row: &dyn Row) -> Value {
    let cell = |(place, header): (usize, &String)| Some((header.clone(), Value::String(row.cell(place).text()?.into_owned())));
    Value::Object(headers.iter().enumerate().filter_map(cell).collect())
}
