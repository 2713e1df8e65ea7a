//! JSON records as rows: objects flattened to dotted names, lists of plain values joined in one cell.
//!
//! The file is read twice, once for the names and once for the rows; no more than one record is held. YAML is held as a whole.

use std::collections::{HashMap, HashSet};

use serde::de::IgnoredAny;
use serde_json::Value;

use super::documents::{self, Documents};
use super::flat::{Flattening, Leaf, Leaves};
use super::stream::{Enough, Extent, Sink};
use super::{Cell, LIST, Reading, Records, Row, Shape, Visit};
use crate::IngestError;
use crate::content::Content;

pub(crate) struct Json<'a> {
    input: Input<'a>,
    names: Names,
    format: &'static str,
    more: Option<String>,
}

enum Input<'a> {
    Documents(Documents),
    Stream(&'a Content),
}

/// More names are those of maps whose keys are data; they are left out.
const MOST_NAMES: usize = 10_000;

impl<'a> Json<'a> {
    pub(crate) fn open(content: &'a Content) -> Result<Self, IngestError> {
        if content.shape() == Some(Shape::Yaml) {
            return Ok(Self::over(documents::read(content)?));
        }
        let mut survey = Survey::default();
        let summary = documents::read_stream(content, &mut survey)?;
        Ok(Self { input: Input::Stream(content), names: survey.names, format: summary.format, more: summary.more })
    }

    pub(crate) fn over(documents: Documents) -> Self {
        let mut survey = Survey::default();
        for record in &documents.records {
            // A value that is there can be gone through.
            let _ = Flattening::new(&mut survey).record(record);
            survey.commit();
        }
        let (format, more) = (documents.format, documents.more.clone());
        Self { input: Input::Documents(documents), names: survey.names, format, more }
    }

    fn give(&self, rows: &mut Rows<'_, '_>) -> Result<(), IngestError> {
        match &self.input {
            Input::Stream(content) => documents::read_stream(content, rows).map(|_| ()),
            Input::Documents(documents) => {
                documents::each(documents, &mut |number, record| {
                    let given = match record {
                        Ok(record) => rows.give_value(number, record),
                        Err((reason, found)) => rows.give_broken(number, reason, found),
                    };
                    given.is_ok()
                });
                Ok(())
            }
        }
    }
}

impl Records for Json<'_> {
    fn headers(&self) -> &[String] {
        &self.names.list
    }

    fn format(&self) -> &'static str {
        self.format
    }

    fn more(&self) -> Option<&str> {
        self.more.as_deref()
    }

    fn visit(&mut self, wanted: &[usize], visit: &mut Visit<'_>) -> Result<(), IngestError> {
        self.visit_first(u64::MAX, wanted, visit)
    }

    fn visit_first(&mut self, most: u64, wanted: &[usize], visit: &mut Visit<'_>) -> Result<(), IngestError> {
        let mut flat = Flat::new(&self.names, wanted);
        self.give(&mut Rows { flat: &mut flat, visit, object: false, found: String::new(), most })
    }
}

/// Names of leaves in the order of their first appearance.
#[derive(Default)]
struct Names {
    list: Vec<String>,
    places: HashMap<String, usize>,
}

impl Names {
    /// The place of a name, which mostly stands behind the one before.
    fn find(&self, name: &str, next: usize) -> Option<usize> {
        if self.list.get(next).is_some_and(|expected| expected == name) { Some(next) } else { self.places.get(name).copied() }
    }
}

/// Collects the names of all records.
#[derive(Default)]
struct Survey {
    names: Names,
    next: usize,
    /// Names of the record at hand that were not met before.
    fresh: Vec<String>,
}

impl Survey {
    fn commit(&mut self) {
        for name in self.fresh.drain(..) {
            if self.names.list.len() < MOST_NAMES && !self.names.places.contains_key(&name) {
                self.names.places.insert(name.clone(), self.names.list.len());
                self.names.list.push(name);
            }
        }
    }
}

impl Leaves for Survey {
    fn put(&mut self, name: &str, _leaf: Leaf<'_>) {
        match self.names.find(name, self.next) {
            Some(place) => self.next = place + 1,
            None => self.fresh.push(name.to_owned()),
        }
    }
}

impl Sink for Survey {
    fn read(&mut self, text: &[u8]) -> serde_json::Result<Extent> {
        self.fresh.clear();
        self.next = 0;
        parse(text, self).map(|(extent, _)| extent)
    }

    fn give(&mut self, _number: u64) -> Result<(), Enough> {
        self.commit();
        Ok(())
    }

    fn give_value(&mut self, _number: u64, record: &Value) -> Result<(), Enough> {
        self.fresh.clear();
        let _ = Flattening::new(self).record(record);
        self.commit();
        Ok(())
    }

    fn give_broken(&mut self, _number: u64, _reason: &str, _found: &str) -> Result<(), Enough> {
        Ok(())
    }
}

/// Flattens the value that begins a text; also says whether it is an object.
fn parse(text: &[u8], leaves: &mut dyn Leaves) -> serde_json::Result<(Extent, bool)> {
    let mut parser = serde_json::Deserializer::from_slice(text);
    let mut flattening = Flattening::new(leaves);
    flattening.record(&mut parser)?;
    let (page, object) = (flattening.page, flattening.object);
    Ok((Extent { length: parser.into_iter::<IgnoredAny>().byte_offset(), page }, object))
}

/// Gives each record as a row.
struct Rows<'r, 'n> {
    flat: &'r mut Flat<'n>,
    visit: &'r mut Visit<'r>,
    object: bool,
    /// The beginning of a record that is no object.
    found: String,
    most: u64,
}

impl Rows<'_, '_> {
    fn give(&mut self, number: u64) -> Result<(), Enough> {
        let reading = if self.object { Reading::Row(self.flat) } else { Reading::Broken("not an object".to_owned(), &self.found) };
        (self.visit)(number, reading);
        self.enough(number)
    }

    fn enough(&self, number: u64) -> Result<(), Enough> {
        if number < self.most { Ok(()) } else { Err(Enough) }
    }
}

impl Sink for Rows<'_, '_> {
    fn read(&mut self, text: &[u8]) -> serde_json::Result<Extent> {
        self.flat.clear();
        let (extent, object) = parse(text, self.flat)?;
        self.object = object;
        if !object {
            let start = text.get(..extent.length.min(320)).unwrap_or_default();
            self.found = String::from_utf8_lossy(start).into_owned();
        }
        Ok(extent)
    }

    fn give(&mut self, number: u64) -> Result<(), Enough> {
        self.give(number)
    }

    fn give_value(&mut self, number: u64, record: &Value) -> Result<(), Enough> {
        self.flat.clear();
        let _ = Flattening::new(self.flat).record(record);
        self.object = record.is_object();
        if !self.object {
            self.found = record.to_string();
        }
        self.give(number)
    }

    fn give_broken(&mut self, number: u64, reason: &str, found: &str) -> Result<(), Enough> {
        (self.visit)(number, Reading::Broken(reason.to_owned(), found));
        self.enough(number)
    }
}

/// The row of one record.
struct Flat<'n> {
    names: &'n Names,
    next: usize,
    wanted: Vec<bool>,
    /// The names of wanted columns, and of all that they stand in.
    entered: HashSet<&'n str>,
    slots: Vec<Slot>,
    /// Places of values, which the next record clears.
    filled: Vec<usize>,
}

/// One value. The room of its text is used again.
#[derive(Clone, Default)]
struct Slot {
    kind: Kind,
    text: String,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Kind {
    #[default]
    Null,
    Text,
    Int(i64),
    Real(f64),
    Bool(bool),
}

impl<'n> Flat<'n> {
    fn new(names: &'n Names, columns: &[usize]) -> Self {
        let width = names.list.len();
        let mut wanted = vec![false; width];
        let mut entered = HashSet::new();
        for column in columns {
            if let (Some(wanted), Some(name)) = (wanted.get_mut(*column), names.list.get(*column)) {
                *wanted = true;
                entered.extend(name.match_indices('.').filter_map(|(end, _)| name.get(..end)));
                entered.insert(name.as_str());
            }
        }
        Self { names, next: 0, wanted, entered, slots: vec![Slot::default(); width], filled: Vec::new() }
    }

    fn clear(&mut self) {
        self.next = 0;
        for place in self.filled.drain(..) {
            if let Some(slot) = self.slots.get_mut(place) {
                slot.kind = Kind::Null;
            }
        }
    }
}

impl Leaves for Flat<'_> {
    fn enters(&self, name: &str) -> bool {
        self.entered.contains(name)
    }

    fn put(&mut self, name: &str, leaf: Leaf<'_>) {
        let Some(place) = self.names.find(name, self.next) else { return };
        self.next = place + 1;
        if let (Some(true), Some(slot)) = (self.wanted.get(place), self.slots.get_mut(place)) {
            slot.set(leaf);
            self.filled.push(place);
        }
    }
}

impl Slot {
    fn set(&mut self, leaf: Leaf<'_>) {
        // The same name twice in one record: elements of a list of objects.
        if self.kind == Kind::Text && !self.text.is_empty() {
            if leaf != Leaf::Null {
                self.text.push(LIST);
                leaf.append_to(&mut self.text);
            }
            return;
        }
        self.kind = match leaf {
            Leaf::Null => Kind::Null,
            Leaf::Int(value) => Kind::Int(value),
            Leaf::Real(value) => Kind::Real(value),
            Leaf::Bool(value) => Kind::Bool(value),
            Leaf::Text(text) => {
                self.text.clear();
                self.text.push_str(text);
                Kind::Text
            }
        };
    }
}

impl Row for Flat<'_> {
    fn cell(&self, column: usize) -> Cell<'_> {
        let Some(slot) = self.slots.get(column) else { return Cell::Null };
        match slot.kind {
            Kind::Null => Cell::Null,
            Kind::Text => Cell::Text(&slot.text),
            Kind::Int(value) => Cell::Int(value),
            Kind::Real(value) => Cell::Real(value),
            Kind::Bool(value) => Cell::Bool(value),
        }
    }

    fn width(&self) -> usize {
        self.slots.len()
    }
}
