//! Reads JSON of any packing one record at a time: one document, documents back to back, lines, arrays, pages that wrap their records.
//!
//! Damage stays local: a record that cannot be parsed is given as broken, and reading goes on at the next object that looks like one.
//! An array is never held as a whole, and neither is a page that is large or damaged.

mod pages;

use std::io;

use serde_json::Value;

use super::documents::{self, Documents};
use super::outline::Keys;
use super::salvage::{Likeness, value_at};
use super::window::{Window, find};
use crate::content::{STEP, read_line};

/// Takes the records of a stream.
pub(crate) trait Sink {
    /// Reads the value that begins a text and keeps it for [`Sink::give`].
    fn read(&mut self, text: &[u8]) -> serde_json::Result<Extent>;
    /// Hands out the value that was read, where the sink keeps values.
    fn take(&mut self) -> Option<Value> {
        None
    }
    /// Gives what was read last.
    fn give(&mut self, number: u64) -> Result<(), Enough>;
    /// Gives a record that was taken out of a page.
    fn give_value(&mut self, number: u64, record: &Value) -> Result<(), Enough>;
    /// Gives the place of a record that cannot be parsed, why, and what stood there.
    fn give_broken(&mut self, number: u64, reason: &str, found: &str) -> Result<(), Enough>;
}

/// How far a value reaches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    pub(crate) length: usize,
    /// It may be a page of records.
    pub(crate) page: bool,
}

/// No more records are wanted.
pub(crate) struct Enough;

/// What is known when a stream was read.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Records that were given, broken ones not counted.
    pub(crate) good: u64,
    /// What says that there are more records than these.
    pub(crate) more: Option<String>,
    /// Why the first broken record is.
    pub(crate) damage: Option<String>,
}

/// Why reading does not simply go on.
enum Stop {
    Enough,
    Io(io::Error),
    /// Behind damage nobody knows which list or page is at hand: what follows is read as if it stood alone.
    Astray,
}

impl From<Enough> for Stop {
    fn from(_: Enough) -> Self {
        Self::Enough
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

type Step<T = ()> = Result<T, Stop>;

/// Why a value cannot be read.
enum Fault {
    Broken(String),
    /// The text ends inside of it.
    Cut,
    /// It is larger than is read as a whole.
    Long,
}

const NO_RECORD: &str = "it is neither an object nor a list";
/// Pages in pages.
const DEPTH: usize = 4;
/// A page up to this size is read as a whole.
const WHOLE_PAGE: usize = 4 * STEP;
/// A record may be as large as this.
const WHOLE: usize = 64 * STEP;

/// A walk through the records of a file.
pub(crate) struct Walk<'w> {
    window: Window<'w>,
    sink: &'w mut dyn Sink,
    number: u64,
    outcome: Outcome,
    /// The text ended inside of a record or list.
    cut: bool,
    records: Likeness,
    pages: Likeness,
    /// The key under which the page at hand carries its records, where its keys were looked at before.
    wrapper: Option<String>,
}

/// Gives the documents of a text, one behind the other.
pub(crate) fn read_documents(source: Box<dyn io::BufRead + '_>, sink: &mut dyn Sink) -> io::Result<Outcome> {
    let mut walk = Walk::new(Window::new(source), sink);
    let end = walk.documents();
    walk.finish(end)
}

/// Gives the documents on the lines of a text.
pub(crate) fn read_lines(mut source: Box<dyn io::BufRead + '_>, sink: &mut dyn Sink) -> io::Result<Outcome> {
    let mut walk = Walk::new(Window::new(Box::new(io::empty())), sink);
    let mut line = Vec::new();
    let mut end = Ok(());
    while end.is_ok() && read_line(source.as_mut(), &mut line)? {
        if line.iter().any(|byte| !byte.is_ascii_whitespace()) {
            walk.cut = false;
            line = walk.window.hold(line);
            end = walk.documents();
        }
    }
    walk.finish(end)
}

impl<'w> Walk<'w> {
    fn new(window: Window<'w>, sink: &'w mut dyn Sink) -> Self {
        Self {
            window,
            sink,
            number: 0,
            outcome: Outcome::default(),
            cut: false,
            records: Likeness::default(),
            pages: Likeness::default(),
            wrapper: None,
        }
    }

    fn finish(mut self, end: Step) -> io::Result<Outcome> {
        if let Err(Stop::Io(error)) = end {
            return Err(error);
        }
        if self.cut {
            self.outcome.more.get_or_insert_with(|| "the file ends in the middle of a record or list".to_owned());
        }
        Ok(self.outcome)
    }

    fn documents(&mut self) -> Step {
        while let Some(next) = self.window.peek()? {
            let step = match next {
                b'{' | b'[' => self.value(0),
                // Left over where a list or page is damaged.
                b',' | b']' | b'}' => {
                    self.window.advance(1);
                    Ok(())
                }
                _ => self.leave(NO_RECORD, false),
            };
            match step {
                Ok(()) | Err(Stop::Astray) => {}
                stop => return stop,
            }
        }
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Step {
        let next = self.window.peek()?;
        if next == Some(b'[') && depth < DEPTH {
            return self.array(depth);
        }
        let may_open_page = next == Some(b'{') && depth < DEPTH;
        if may_open_page && depth <= 1 && (self.number == 0 || self.pages.is_known()) && self.page_follows()? {
            return self.page(depth);
        }
        let outcome = match self.attempt(WHOLE_PAGE)? {
            Err(fault) if may_open_page && self.is_page(&fault) => return self.page(depth),
            Err(Fault::Long) => self.attempt(WHOLE)?,
            outcome => outcome,
        };
        match outcome {
            Ok(extent) => self.give(extent, depth),
            Err(Fault::Broken(reason)) => self.leave(&reason, false),
            Err(Fault::Long) => self.leave("it is larger than a record can be", false),
            Err(Fault::Cut) => self.leave("the file ends inside of it", true),
        }
    }

    /// Lets the sink read the value that stands next, of a limited size.
    fn attempt(&mut self, most: usize) -> Step<Result<Extent, Fault>> {
        loop {
            let rest = self.window.rest();
            match self.sink.read(rest) {
                // A number may go on behind the window.
                Ok(extent) if extent.length < rest.len() || self.window.is_ended() || rest.ends_with(b"}") => return Ok(Ok(extent)),
                Err(error) if !error.is_eof() => return Ok(Err(Fault::Broken(reason(&error)))),
                Err(_) if self.window.is_ended() => return Ok(Err(Fault::Cut)),
                Err(_) if rest.len() >= most => return Ok(Err(Fault::Long)),
                Ok(_) | Err(_) => self.window.more()?,
            };
        }
    }

    /// Gives the value that the sink has read.
    fn give(&mut self, extent: Extent, depth: usize) -> Step {
        let text = self.window.rest().get(..extent.length).unwrap_or_default();
        if extent.page && depth < DEPTH {
            let value = self.sink.take().or_else(|| serde_json::from_slice(text).ok()).unwrap_or_default();
            self.window.advance(extent.length);
            return self.give_unwrapped(value, depth);
        }
        if self.records.wants(self.number + 1)
            && let Ok((Keys(keys), _)) = value_at::<Keys>(text)
        {
            self.records.note(keys);
        }
        self.window.advance(extent.length);
        self.number += 1;
        self.outcome.good += 1;
        Ok(self.sink.give(self.number)?)
    }

    /// Gives the records of a page, or the record that is none.
    fn give_unwrapped(&mut self, value: Value, depth: usize) -> Step {
        let keys = value.as_object().map(|object| object.keys().cloned().collect());
        let before = usize::try_from(self.number).unwrap_or(usize::MAX);
        let mut documents = Documents { before, ..Documents::default() };
        documents::unwrap(value, depth, &mut documents);
        if documents.is_page {
            self.pages.note(keys.unwrap_or_default());
            self.outcome.more = documents.more;
        }
        for record in &documents.records {
            self.number += 1;
            self.outcome.good += 1;
            if let (true, Some(object)) = (self.records.wants(self.number), record.as_object()) {
                self.records.note(object.keys().cloned().collect());
            }
            self.sink.give_value(self.number, record)?;
        }
        Ok(())
    }

    fn array(&mut self, depth: usize) -> Step {
        self.window.advance(1);
        loop {
            match self.window.peek()? {
                None => {
                    self.cut = true;
                    return Ok(());
                }
                Some(b']') => {
                    self.window.advance(1);
                    return Ok(());
                }
                Some(b',') => self.window.advance(1),
                // Among objects, the text between two of them.
                Some(next) if self.records.is_known() && !matches!(next, b'{' | b'[') => self.leave(NO_RECORD, false)?,
                Some(_) => self.value(depth + 1)?,
            }
        }
    }

    /// Puts a broken record aside and goes to the next object that looks like one.
    fn leave(&mut self, reason: &str, cut: bool) -> Step {
        if self.window.rest().len() < STEP {
            self.window.more()?;
        }
        let rest = self.window.rest();
        let found = String::from_utf8_lossy(rest.get(..320).unwrap_or(rest)).into_owned();
        if !self.records.is_known() {
            self.records = Likeness::ahead(rest.get(1..).unwrap_or_default());
        }
        self.number += 1;
        self.outcome.damage.get_or_insert_with(|| reason.to_owned());
        self.sink.give_broken(self.number, reason, &found)?;
        self.window.advance(1);
        self.search()?;
        self.cut |= cut && self.window.rest().is_empty();
        Err(Stop::Astray)
    }

    fn search(&mut self) -> Step {
        let mut budget = WHOLE;
        loop {
            let rest = self.window.rest();
            let Some(start) = find(rest, b'{') else {
                self.window.advance(usize::MAX);
                if self.window.more()? {
                    continue;
                }
                return Ok(());
            };
            self.window.advance(start);
            let rest = self.window.rest();
            match value_at::<Keys>(rest) {
                Ok((Keys(keys), _)) if self.records.resembles(&keys) || self.pages.resembles(&keys) => return Ok(()),
                // An object in the broken record, or one around good ones; what is looked at again and again is limited.
                Ok((_, length)) => {
                    self.window.advance(if length < budget { 1 } else { length });
                    budget = budget.saturating_sub(length);
                }
                Err(error) if error.is_eof() && !self.window.is_ended() && rest.len() < WHOLE_PAGE => {
                    self.window.more()?;
                }
                Err(_) => self.window.advance(1),
            }
        }
    }
}

/// What the parser says, without the place, which it counts from the beginning of the record.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}
