//! Drives a [`Translate`] over the files of a run: counts records, puts aside what cannot be used, watches for cut-off exports.

use std::rc::Rc;

use sequela_schema::canonical::deployments;
use sequela_schema::vocabulary::kind;
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

    /// Whether the rows of a table with these headers are given one by one, because they are records of several kinds.
    fn takes_rows(&self, _headers: &[String]) -> bool {
        false
    }

    /// Looks into such a table before its rows are given.
    fn survey(&mut self, _table: &mut dyn Records, _desk: &mut Desk<'_>, _task: &Task<'_>) -> Result<(), IngestError> {
        Ok(())
    }

    /// Writes the rows of one row of such a table; unless an adapter does it itself, as a record with the headers as keys.
    fn row(&mut self, headers: &[String], row: &dyn Row, desk: &mut Desk<'_>) -> Result<(), Refused> {
        self.record(&object(headers, row), desk)
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

    /// It cannot be used for a reason of its own.
    pub(crate) fn because(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, column: None, message: message.into() }
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

    /// What turns records into rows, for sessions that read some of their files themselves.
    pub(crate) fn translate(&mut self) -> &mut T {
        &mut self.translate
    }

    /// Begins a file.
    pub(crate) fn begin(&mut self, content: &Content, task: &Task<'_>, intake: &mut Intake) -> Result<Origin, IngestError> {
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
    pub(crate) fn one(&mut self, origin: Origin, intake: &mut Intake, give: impl FnOnce(&mut T, &mut Desk<'_>) -> Result<(), Refused>) {
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

    /// Reads a table row by row.
    fn rows(&mut self, content: &Content, task: &Task<'_>, table: &mut dyn Records, intake: &mut Intake) -> Result<(), IngestError> {
        let start = self.begin(content, task, intake)?;
        let report = intake.file(start.file);
        report.format = Some(table.format());
        report.delimiter = table.delimiter();
        if table.unclosed_quote() {
            let message = "the number of quotation marks is odd: a quoted cell may have swallowed rows; look for a stray \" in the export";
            report.issues.note(code::UNCLOSED_QUOTE, Place::FILE, format_args!("{message}"));
        }
        let (translate, mut desk) = self.desk(start.clone(), intake);
        translate.survey(table, &mut desk, task)?;
        let headers = table.headers().to_vec();
        let all: Vec<usize> = (0..headers.len()).collect();
        table.visit(&all, &mut |row, reading| match reading {
            Reading::Row(cells) => {
                self.one(Origin { row, ..start.clone() }, intake, |translate, desk| translate.row(&headers, cells, desk));
            }
            Reading::Broken(reason, found) => {
                let report = intake.file(start.file);
                report.read += 1;
                report.rejected += 1;
                let place = Place { row, column: None, found: Some(found) };
                report.issues.reject(code::BAD_JSON, place, format_args!("the row cannot be parsed: {reason}; export it again"));
            }
        })?;
        let report = intake.file(start.file);
        if content.truncated {
            return Err(IngestError::Truncated { file: content.name.clone(), rows: report.read.saturating_sub(1) });
        }
        if matches!(report.read, 1000 | 10_000) {
            report.suspect_truncation(format!("exactly {} rows, a usual limit of exports", report.read));
        }
        self.at_end(start, intake);
        task.observer.progress(content.bytes);
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

    /// Says so where no run at all counts as a deployment: the names of jobs are the organisation's own.
    fn note_builds_only(&self, intake: &mut Intake) {
        let (runs, Some(origin)) = (&self.shelf.runs, &self.last) else { return };
        if runs.all > 0 && !self.deploys(intake) {
            let names: Vec<&str> = runs.names.iter().map(String::as_str).collect();
            let message = format!("none of {} pipeline runs counts as a deployment, by their names ({})", runs.all, names.join(", "));
            let message = format_args!("{message}; set deployment_pattern to the names that deploy");
            intake.file(origin.file).issues.note(code::NO_DEPLOYMENTS, Place::FILE, message);
        }
    }

    /// Whether any row of this adapter is a deployment.
    fn deploys(&self, intake: &Intake) -> bool {
        let Some(rows) = intake.tables.get(deployments::TABLE.name) else { return false };
        let own = |row: &usize| rows.text(&deployments::SOURCE, *row) == Some(self.adapter);
        (0..rows.len()).filter(own).any(|row| rows.text(&deployments::KIND, row) != Some(kind::PUBLISH_ONLY))
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
        self.note_builds_only(intake);
    }

    fn complete(&mut self, intake: &mut Intake) {
        if let Some(origin) = self.last.clone() {
            let (translate, mut desk) = self.desk(origin, intake);
            translate.complete(&mut desk);
        }
    }
}

impl<T: Translate> Reader<T> {
    fn at_end(&mut self, start: Origin, intake: &mut Intake) {
        let (translate, mut desk) = self.desk(start, intake);
        translate.end(&mut desk);
    }
}

/// The cells of a row by their headers.
pub(crate) fn object(headers: &[String], row: &dyn Row) -> Value {
    let cell = |(place, header): (usize, &String)| Some((header.clone(), Value::String(row.cell(place).text()?.into_owned())));
    Value::Object(headers.iter().enumerate().filter_map(cell).collect())
}
