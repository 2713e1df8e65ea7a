//! JSON records as rows: objects flattened to dotted names, lists of plain values joined in one cell.
//!
//! Documents on lines of their own are parsed line by line and never held all at once.

use std::collections::HashMap;

use serde_json::Value;

use super::documents::{self, Documents, is_lines};
use super::{Cell, LIST, Reading, Records, Row, Shape, Visit, shape};
use crate::IngestError;
use crate::content::Content;

/// Levels of objects that are flattened.
const DEPTH: usize = 5;

pub(crate) struct Json<'a> {
    input: Input<'a>,
    headers: Vec<String>,
    places: HashMap<String, usize>,
}

enum Input<'a> {
    Documents(Documents),
    Lines(&'a str),
}

/// A record, or why there is none and what stood there.
type Record<'r> = Result<&'r Value, (String, &'r str)>;

impl<'a> Json<'a> {
    pub(crate) fn open(content: &Content, text: &'a str) -> Result<Self, IngestError> {
        let lines = shape(text) == Shape::Json && is_lines(text);
        Ok(Self::new(if lines { Input::Lines(text) } else { Input::Documents(documents::read(content, text)?) }))
    }

    pub(crate) fn over(documents: Documents) -> Self {
        Self::new(Input::Documents(documents))
    }

    fn new(input: Input<'a>) -> Self {
        let (mut headers, mut places) = (Vec::new(), HashMap::new());
        input.each(&mut |_, record| {
            let Ok(record) = record else { return };
            flatten(record, &mut String::new(), 0, &mut |name, _| {
                if !places.contains_key(name) {
                    places.insert(name.to_owned(), headers.len());
                    headers.push(name.to_owned());
                }
            });
        });
        Self { input, headers, places }
    }
}

impl Input<'_> {
    /// Gives every record with its number from 1, in the order of the file.
    fn each(&self, give: &mut dyn FnMut(u64, Record<'_>)) {
        match self {
            Self::Documents(documents) => each_document(documents, give),
            Self::Lines(text) => each_line(text, give),
        }
    }
}

fn each_document(documents: &Documents, give: &mut dyn FnMut(u64, Record<'_>)) {
    let mut broken = documents.broken.iter().peekable();
    let mut number = 0;
    for record in &documents.records {
        number += 1;
        while let Some((_, reason, found)) = broken.next_if(|(place, ..)| *place == number) {
            give(number, Err((reason.clone(), found)));
            number += 1;
        }
        give(number, Ok(record));
    }
    for (_, reason, found) in broken {
        number += 1;
        give(number, Err((reason.clone(), found)));
    }
}

fn each_line(text: &str, give: &mut dyn FnMut(u64, Record<'_>)) {
    let mut number = 0;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match serde_json::from_str(line) {
            Ok(value) => {
                for record in documents::unwrapped(value) {
                    number += 1;
                    give(number, Ok(&record));
                }
            }
            Err(error) => {
                number += 1;
                give(number, Err((error.to_string(), line)));
            }
        }
    }
}

impl Records for Json<'_> {
    fn headers(&self) -> &[String] {
        &self.headers
    }

    fn format(&self) -> &'static str {
        match &self.input {
            Input::Documents(documents) => documents.format,
            Input::Lines(_) => "ndjson",
        }
    }

    fn visit(&mut self, _wanted: &[usize], visit: &mut Visit<'_>) -> Result<(), IngestError> {
        let mut row = Flat { values: vec![Value::Null; self.headers.len()] };
        self.input.each(&mut |number, record| match record {
            Ok(record) if record.is_object() => {
                row.values.fill(Value::Null);
                flatten(record, &mut String::new(), 0, &mut |name, value| row.set(self.places.get(name), value));
                visit(number, Reading::Row(&row));
            }
            Ok(record) => visit(number, Reading::Broken("not an object".to_owned(), &record.to_string())),
            Err((reason, found)) => visit(number, Reading::Broken(reason, found)),
        });
        Ok(())
    }
}

struct Flat {
    values: Vec<Value>,
}

impl Flat {
    fn set(&mut self, place: Option<&usize>, value: &Value) {
        let Some(slot) = place.and_then(|place| self.values.get_mut(*place)) else { return };
        match slot {
            // The same name twice in one record: elements of a list of objects.
            Value::String(before) if !before.is_empty() => {
                if let Some(text) = plain(value) {
                    before.push(LIST);
                    before.push_str(&text);
                }
            }
            slot => *slot = value.clone(),
        }
    }
}

impl Row for Flat {
    fn cell(&self, column: usize) -> Cell<'_> {
        match self.values.get(column) {
            Some(Value::String(text)) => Cell::Text(text),
            Some(Value::Number(number)) => number.as_i64().map(Cell::Int).or_else(|| number.as_f64().map(Cell::Real)).unwrap_or(Cell::Null),
            Some(Value::Bool(truth)) => Cell::Bool(*truth),
            _ => Cell::Null,
        }
    }

    fn width(&self) -> usize {
        self.values.len()
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// Gives each leaf with its dotted name; a list of plain values is one leaf.
fn flatten(value: &Value, name: &mut String, depth: usize, give: &mut dyn FnMut(&str, &Value)) {
    match value {
        Value::Object(object) if depth < DEPTH => {
            for (key, inner) in object {
                let length = name.len();
                if length > 0 {
                    name.push('.');
                }
                name.push_str(key);
                flatten(inner, name, depth + 1, give);
                name.truncate(length);
            }
        }
        Value::Array(elements) if elements.iter().any(Value::is_object) => {
            if depth < DEPTH {
                elements.iter().filter(|element| element.is_object()).for_each(|element| flatten(element, name, depth + 1, give));
            }
        }
        Value::Array(elements) => {
            let texts: Vec<String> = elements.iter().filter_map(plain).collect();
            give(name, &if texts.is_empty() { Value::Null } else { Value::String(texts.join("\u{1f}")) });
        }
        leaf => give(name, leaf),
    }
}
