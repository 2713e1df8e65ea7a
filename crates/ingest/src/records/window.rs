//! A moving piece of a text: what is read is let go, so that memory holds one piece and the record at hand.

use std::io::{self, BufRead};

use crate::content::STEP;

/// Where a byte stands first. The library's own search is faster than a loop.
pub(super) fn find(text: &[u8], byte: u8) -> Option<usize> {
    let mut rest = text;
    let length = rest.skip_until(byte).ok()?;
    let place = length.checked_sub(1)?;
    (text.get(place) == Some(&byte)).then_some(place)
}

pub(crate) struct Window<'a> {
    source: Box<dyn BufRead + 'a>,
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
}

impl<'a> Window<'a> {
    pub(crate) fn new(source: Box<dyn BufRead + 'a>) -> Self {
        Self { source, bytes: Vec::new(), start: 0, end: 0, ended: false }
    }

    /// Holds these bytes and nothing else; gives back the room of those before.
    pub(crate) fn hold(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        (self.start, self.end, self.ended) = (0, bytes.len(), true);
        std::mem::replace(&mut self.bytes, bytes)
    }

    /// What is read and not let go.
    pub(crate) fn rest(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Nothing follows what is read.
    pub(crate) fn is_ended(&self) -> bool {
        self.ended
    }

    /// Lets so many bytes go.
    pub(crate) fn advance(&mut self, length: usize) {
        self.start = self.start.saturating_add(length).min(self.end);
    }

    /// Reads as much again as there is, one step at least. False at the end.
    pub(crate) fn more(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        self.bytes.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let wanted = self.end + self.end.max(STEP);
        if self.bytes.len() < wanted {
            self.bytes.resize(wanted, 0);
        }
        while let Some(room) = self.bytes.get_mut(self.end..wanted).filter(|room| !room.is_empty()) {
            match self.source.read(room) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(length) => self.end += length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// The next byte that is no white space, up to which all is let go.
    pub(crate) fn peek(&mut self) -> io::Result<Option<u8>> {
        loop {
            // Pages that another tool wrote may each begin with a byte order mark.
            let blank = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | 0xef | 0xbb | 0xbf);
            match self.rest().iter().position(|byte| !blank(byte)) {
                Some(length) => {
                    self.advance(length);
                    return Ok(self.rest().first().copied());
                }
                None => {
                    self.advance(usize::MAX);
                    if !self.more()? {
                        return Ok(None);
                    }
                }
            }
        }
    }
}
