//! Rows of delimited text. Rows of another width than the header are given as they are: who maps them decides.

use super::{Cell, Reading, Records, Row, Visit};
use crate::content::Content;
use crate::{IngestError, delimiter};

pub(crate) struct Delimited<'a> {
    text: &'a str,
    delimiter: u8,
    headers: Vec<String>,
    unclosed_quote: bool,
}

impl<'a> Delimited<'a> {
    pub(crate) fn open(content: &Content, text: &'a str, delimiter: Option<char>) -> Result<Self, IngestError> {
        let (found, start) = delimiter::detect(text);
        let delimiter = match delimiter.map(u8::try_from) {
            Some(Ok(set)) => set,
            Some(Err(_)) => {
                return Err(IngestError::Setting { path: content.name.clone(), reason: "delimiter is no ASCII character".to_owned() });
            }
            None => found,
        };
        let text = &text[start..];
        let mut record = csv::StringRecord::new();
        let malformed = |error: csv::Error| IngestError::Malformed { file: content.name.clone(), format: "csv", reason: error.to_string() };
        let any = reader(text, delimiter).read_record(&mut record).map_err(malformed)?;
        if !any {
            return Err(IngestError::Empty { file: content.name.clone() });
        }
        let headers = record.iter().map(|header| header.trim().trim_start_matches('\u{feff}').to_owned()).collect();
        let unclosed_quote = text.bytes().filter(|byte| *byte == b'"').count() % 2 == 1;
        Ok(Self { text, delimiter, headers, unclosed_quote })
    }
}

fn reader(text: &str, delimiter: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).has_headers(false).from_reader(text.as_bytes())
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
        self.unclosed_quote
    }

    fn visit(&mut self, _wanted: &[usize], visit: &mut Visit<'_>) -> Result<(), IngestError> {
        let mut reader = reader(self.text, self.delimiter);
        let mut record = csv::StringRecord::new();
        let mut number = 0;
        loop {
            match reader.read_record(&mut record) {
                Ok(false) => return Ok(()),
                Ok(true) if number > 0 => visit(number, Reading::Row(&record)),
                Ok(true) => {}
                Err(error) => visit(number.max(1), Reading::Broken(error.to_string(), "")),
            }
            number += 1;
        }
    }
}

impl Row for csv::StringRecord {
    fn cell(&self, column: usize) -> Cell<'_> {
        self.get(column).map_or(Cell::Null, Cell::Text)
    }

    fn width(&self) -> usize {
        self.len()
    }
}
