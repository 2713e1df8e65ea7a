//! Looks at the quotation marks of delimited text, where rows may have run together.

use csv_core::ReadRecordResult;

use super::window::find;

/// How the quotation marks of a record stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quoting {
    /// Each opens at the beginning of a cell and closes at its end.
    Regular,
    /// One stands inside of a cell, or text follows a quoted cell.
    Irregular,
    /// The last one is never closed.
    Open,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Begin,
    Plain,
    /// Behind a quotation mark in a quoted cell, which ends it or stands for one.
    Closed,
}

/// How the quotation marks of a record stand.
pub(super) fn quoting(record: &[u8], delimiter: u8) -> Quoting {
    let mut state = State::Begin;
    let (mut irregular, mut rest) = (false, record);
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        let ends_cell = *byte == delimiter || matches!(byte, b'\n' | b'\r');
        state = match (state, byte) {
            (State::Begin | State::Closed, b'"') => match find(rest, b'"') {
                None => return Quoting::Open,
                Some(end) => {
                    rest = rest.get(end + 1..).unwrap_or_default();
                    State::Closed
                }
            },
            (_, _) if ends_cell => State::Begin,
            (State::Plain, b'"') | (State::Closed, _) => {
                irregular = true;
                State::Plain
            }
            (State::Begin | State::Plain, _) => State::Plain,
        };
    }
    if irregular { Quoting::Irregular } else { Quoting::Regular }
}

/// The first line with its end.
pub(super) fn first_line(text: &[u8]) -> &[u8] {
    let end = find(text, b'\n').map_or(text.len(), |end| end + 1);
    text.get(..end).unwrap_or(text)
}

/// Bytes that may be read in search of a whole row.
const MOST: usize = 8 << 20;

/// Where, in the first `length` bytes and behind their first line, a line begins that is a whole row of this width.
pub(super) fn next_whole_row(text: &[u8], length: usize, delimiter: u8, width: usize, ended: bool) -> Option<usize> {
    let blank = text.len() - text.trim_ascii_start().len();
    let mut start = blank + first_line(text.get(blank..)?).len();
    let mut budget = MOST;
    while start < length && budget > 0 {
        let rest = text.get(start..)?;
        let (cells, read) = measure(rest, delimiter, ended);
        budget = budget.saturating_sub(read);
        if cells == Some(width) && quoting(rest.get(..read)?, delimiter) == Quoting::Regular {
            return Some(start);
        }
        start += first_line(rest).len();
    }
    None
}

/// The number of cells of the record that begins a text, if the text holds all of it, and how much was read.
fn measure(text: &[u8], delimiter: u8, ended: bool) -> (Option<usize>, usize) {
    let mut core = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
    let (mut bytes, mut ends) = ([0; 4096], [0; 256]);
    let (mut read, mut cells) = (0, 0);
    loop {
        let input = text.get(read..).unwrap_or_default();
        if input.is_empty() && !ended {
            return (None, read);
        }
        let (outcome, length, _, ended_cells) = core.read_record(input, &mut bytes, &mut ends);
        read += length;
        cells += ended_cells;
        match outcome {
            ReadRecordResult::Record => return (Some(cells), read),
            ReadRecordResult::End => return (None, read),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotation_marks_in_their_places() {
        let rows = [
            ("a,b\n", Quoting::Regular),
            ("a,\"b\nc\"\r\n", Quoting::Regular),
            ("\"a \"\"b\"\"\",\"\"\n", Quoting::Regular),
            ("a,5\" disk\n", Quoting::Irregular),
            ("a,\"b\nc,\"d\"\n", Quoting::Irregular),
            ("a,\"b\n", Quoting::Open),
            ("a,\"b\n\"\"", Quoting::Open),
        ];
        for (record, expected) in rows {
            assert_eq!(quoting(record.as_bytes(), b','), expected, "{record:?}");
        }
    }

    #[test]
    fn a_whole_row_inside_of_what_was_swallowed() {
        let text = b"1,\"a,x\n2,\"b\nc\",y\n3,d,z\n";
        assert_eq!(next_whole_row(text, text.len(), b',', 3, true), Some(7));
        assert_eq!(next_whole_row(text, text.len(), b',', 4, true), None);
        // A text that goes on proves nothing about its last row.
        assert_eq!(next_whole_row(b"1,\"a\n2,b", 8, b',', 2, false), None);
    }
}
