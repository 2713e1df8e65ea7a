//! Rows of delimited text. Rows of another width than the header are given as they are: who maps them decides.
//!
//! A quotation mark too many or too few makes rows run together. Where a record spans several lines and looks like that, the first line
//! is the broken record and reading goes on at the first line inside of it that is a whole row again.

use std::io;

use csv_core::ReadRecordResult;

use super::quoting::{Quoting, first_line, next_whole_row, quoting};
use super::window::Window;
use super::{Cell, Reading, Records, Row, Visit};
use crate::content::{Content, STEP};
use crate::{IngestError, delimiter};

pub(crate) struct Delimited<'a> {
    content: &'a Content,
    delimiter: u8,
    /// Where the data begin, behind a directive of Excel.
    start: usize,
    headers: Vec<String>,
}

/// A record as large as this has lost its end.
const MOST_BYTES: usize = 4 * STEP;
/// From this number of cells on, a line inside of a quoted cell hardly looks like a row.
const FEW: usize = 4;

impl<'a> Delimited<'a> {
    pub(crate) fn open(content: &'a Content, delimiter: Option<char>) -> Result<Self, IngestError> {
        let (found, start) = delimiter::detect(content.head());
        let delimiter = match delimiter.map(u8::try_from) {
            Some(Ok(set)) => set,
            Some(Err(_)) => {
                return Err(IngestError::Setting { path: content.name.clone(), reason: "delimiter is no ASCII character".to_owned() });
            }
            None => found,
        };
        let mut opened = Self { content, delimiter, start, headers: Vec::new() };
        let mut cursor = opened.cursor()?;
        if !cursor.read_header().map_err(|error| content.failure(&error))? {
            return Err(IngestError::Empty { file: content.name.clone() });
        }
        let row = cursor.row();
        let name = |column| match row.cell(column) {
            Cell::Text(header) => header.trim().trim_start_matches('\u{feff}').to_owned(),
            _ => String::new(),
        };
        opened.headers = (0..row.width()).map(name).collect();
        drop(cursor);
        Ok(opened)
    }

    fn cursor(&self) -> Result<Cursor<'a>, IngestError> {
        let mut window = Window::new(self.content.reader()?);
        window.more().map_err(|error| self.content.failure(&error))?;
        window.advance(self.start);
        Ok(Cursor {
            window,
            core: csv_core::ReaderBuilder::new().delimiter(self.delimiter).build(),
            delimiter: self.delimiter,
            width: None,
            record: Fields::default(),
        })
    }

    /// Gives rows until `give` has enough.
    fn walk(&self, give: &mut dyn FnMut(u64, Reading<'_>) -> bool) -> Result<(), IngestError> {
        let mut cursor = self.cursor()?;
        let failure = |error: io::Error| self.content.failure(&error);
        cursor.read_header().map_err(failure)?;
        for number in 1.. {
            let go_on = match cursor.next().map_err(failure)? {
                Found::Row => give(number, Reading::Row(&cursor.row())),
                Found::Broken { reason, start } => give(number, Reading::Broken(reason.to_owned(), &start)),
                Found::End => return Ok(()),
            };
            if !go_on {
                break;
            }
        }
        Ok(())
    }
}

impl Records for Delimited<'_> {
    fn headers(&self) -> &[String] {
        &self.headers
    }

    fn format(&self) -> &'static str {
        "csv"
    }

    fn delimiter(&self) -> Option<u8> {
        Some(self.delimiter)
    }

    fn unclosed_quote(&self) -> bool {
        self.content.odd_quotes
    }

    fn visit(&mut self, _wanted: &[usize], visit: &mut Visit<'_>) -> Result<(), IngestError> {
        self.walk(&mut |number, reading| {
            visit(number, reading);
            true
        })
    }

    fn visit_first(&mut self, most: u64, _wanted: &[usize], visit: &mut Visit<'_>) -> Result<(), IngestError> {
        self.walk(&mut |number, reading| {
            visit(number, reading);
            number < most
        })
    }
}

/// What stands next in a file.
enum Found {
    /// A row, which [`Cursor::row`] gives.
    Row,
    Broken {
        reason: &'static str,
        start: String,
    },
    End,
}

/// A place between two records.
struct Cursor<'a> {
    window: Window<'a>,
    core: csv_core::Reader,
    delimiter: u8,
    /// Cells of the header.
    width: Option<usize>,
    record: Fields,
}

/// The cells of a record, one behind the other.
#[derive(Default)]
struct Fields {
    bytes: Vec<u8>,
    length: usize,
    ends: Vec<usize>,
    count: usize,
}

/// How far a record reaches.
enum Extent {
    /// Bytes of the record, and whether it spans several lines, or looks as if.
    Record(usize, bool),
    TooLong,
    End,
}

impl Cursor<'_> {
    fn row(&self) -> Line<'_> {
        let bytes = self.record.bytes.get(..self.record.length).unwrap_or_default();
        let ends = self.record.ends.get(..self.record.count).unwrap_or_default();
        // Only a file that changed meanwhile is no UTF-8 here; its row is then without text.
        Line { text: std::str::from_utf8(bytes).unwrap_or(""), ends }
    }

    /// Reads the header; false in an empty file. A header whose quotes do not close is its first line.
    fn read_header(&mut self) -> io::Result<bool> {
        let extent = self.read_record()?;
        let length = match extent {
            Extent::End => return Ok(false),
            Extent::Record(length, lines) => {
                let raw = self.window.rest().get(..length).unwrap_or_default();
                let regular = !lines || quoting(raw, self.delimiter) == Quoting::Regular;
                if regular { length } else { self.read_first_line()? }
            }
            Extent::TooLong => self.read_first_line()?,
        };
        self.window.advance(length);
        self.width = Some(self.record.count);
        Ok(true)
    }

    /// Reads the first line as if it were the whole file.
    fn read_first_line(&mut self) -> io::Result<usize> {
        let line = first_line(self.window.rest()).to_vec();
        let length = line.len();
        let window = std::mem::replace(&mut self.window, Window::new(Box::new(io::Cursor::new(line))));
        self.core.reset();
        let outcome = self.read_record();
        self.window = window;
        self.core.reset();
        outcome.map(|_| length)
    }

    fn next(&mut self) -> io::Result<Found> {
        match self.read_record()? {
            Extent::End => Ok(Found::End),
            Extent::TooLong => self.leave_line("a quoted cell is never closed"),
            Extent::Record(length, lines) => {
                let at_end = self.window.is_ended() && length == self.window.rest().len();
                if lines || at_end {
                    return self.check(length, at_end);
                }
                self.window.advance(length);
                Ok(Found::Row)
            }
        }
    }

    /// Looks whether a record of several lines is one, or several that run together.
    fn check(&mut self, length: usize, at_end: bool) -> io::Result<Found> {
        let raw = self.window.rest().get(..length).unwrap_or_default();
        let quoting = quoting(raw, self.delimiter);
        let width = self.width.unwrap_or(0);
        // Where all quotes are in place, a row that is too wide is just that; of few cells a line of prose would do for a row.
        let suspicious = quoting != Quoting::Regular || (width != self.record.count && width >= FEW);
        if suspicious {
            while self.window.rest().len() < length + STEP && self.window.more()? {}
            let rest = self.window.rest();
            if let Some(restart) = next_whole_row(rest, length, self.delimiter, width, self.window.is_ended()) {
                return Ok(self.leave("a quotation mark is missing or one too many", restart));
            }
            if quoting == Quoting::Open && at_end {
                return Ok(self.leave("the file ends inside of a quoted cell", length));
            }
        }
        self.window.advance(length);
        Ok(Found::Row)
    }

    /// Puts a record of so many bytes aside.
    fn leave(&mut self, reason: &'static str, length: usize) -> Found {
        let rest = self.window.rest();
        let line = first_line(rest.trim_ascii_start());
        let start = String::from_utf8_lossy(line.get(..320).unwrap_or(line)).trim_end().to_owned();
        self.window.advance(length);
        self.core.reset();
        Found::Broken { reason, start }
    }

    /// Puts a line of any length aside.
    fn leave_line(&mut self, reason: &'static str) -> io::Result<Found> {
        let line = first_line(self.window.rest());
        let (length, whole) = (line.len(), line.ends_with(b"\n"));
        let found = self.leave(reason, length);
        while !whole && self.window.more()? {
            let line = first_line(self.window.rest());
            let (length, ended) = (line.len(), line.ends_with(b"\n"));
            self.window.advance(length);
            if ended {
                break;
            }
        }
        Ok(found)
    }

    /// Reads the cells of the next record, which stays in the window.
    fn read_record(&mut self) -> io::Result<Extent> {
        let line = self.core.line();
        let (mut length, record) = (0, &mut self.record);
        (record.length, record.count) = (0, 0);
        loop {
            if length == self.window.rest().len() && !self.window.is_ended() {
                if length > MOST_BYTES {
                    return Ok(Extent::TooLong);
                }
                self.window.more()?;
                continue;
            }
            let input = self.window.rest().get(length..).unwrap_or_default();
            let (bytes, ends) = record.room();
            let (outcome, read, written, ended) = self.core.read_record(input, bytes, ends);
            length += read;
            record.length += written;
            record.count += ended;
            match outcome {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => record.bytes.resize(record.bytes.len().max(512) * 2, 0),
                ReadRecordResult::OutputEndsFull => record.ends.resize(record.ends.len().max(32) * 2, 0),
                // The end of the line before may count as a line of this one.
                ReadRecordResult::Record => return Ok(Extent::Record(length, self.core.line() - line > 1)),
                ReadRecordResult::End => return Ok(Extent::End),
            }
        }
    }
}

impl Fields {
    /// Where further bytes and ends of cells go.
    fn room(&mut self) -> (&mut [u8], &mut [usize]) {
        (self.bytes.get_mut(self.length..).unwrap_or_default(), self.ends.get_mut(self.count..).unwrap_or_default())
    }
}

/// The cells of one row.
struct Line<'a> {
    text: &'a str,
    ends: &'a [usize],
}

impl Row for Line<'_> {
    fn cell(&self, column: usize) -> Cell<'_> {
        let start = column.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        match (start, self.ends.get(column)) {
            (Some(start), Some(end)) => self.text.get(start..*end).map_or(Cell::Null, Cell::Text),
            _ => Cell::Null,
        }
    }

    fn width(&self) -> usize {
        self.ends.len()
    }
}
