//! JSON records as rows: objects flattened to dotted names, lists of plain values joined in one cell.

use std::collections::HashMap;

use serde_json::Value;

use super::documents::{self, Documents};
use super::{Cell, LIST, Reading, Records, Row, Visit};
use crate::IngestError;
use crate::content::Content;

/// Levels of objects that are flattened.
const DEPTH: usize = 5;

pub(crate) struct Json {
    documents: Documents,
    headers: Vec<String>,
    places: HashMap<String, usize>,
}

impl Json {
    pub(crate) fn open(content: &Content, text: &str) -> Result<Self, IngestError> {
        Ok(Self::over(documents::read(content, text)?))
    }

    pub(crate) fn over(documents: Documents) -> Self {
        let mut json = Self { documents, headers: Vec::new(), places: HashMap::new() };
        let mut names = Vec::new();
        for record in &json.documents.records {
            flatten(record, &mut String::new(), 0, &mut |name, _| {
                if !json.places.contains_key(name) {
                    json.places.insert(name.to_owned(), names.len());
                    names.push(name.to_owned());
                }
            });
        }
        json.headers = names;
        json
    }
}

impl Records for Json {
    fn headers(&self) -> &[String] {
        &self.headers
    }

    fn format(&self) -> &'static str {
        self.documents.format
    }

    fn visit(&mut self, _wanted: &[usize], visit: &mut Visit<'_>) -> Result<(), IngestError> {
        let mut broken = self.documents.broken.iter().peekable();
        let mut number = 0;
        let mut row = Flat { values: vec![Value::Null; self.headers.len()] };
        for record in &self.documents.records {
            number += 1;
            while let Some((_, reason, found)) = broken.next_if(|(place, ..)| *place == number) {
                visit(number, Reading::Broken(reason.clone(), found));
                number += 1;
            }
            if record.is_object() {
                row.values.fill(Value::Null);
                flatten(record, &mut String::new(), 0, &mut |name, value| row.set(self.places.get(name), value));
                visit(number, Reading::Row(&row));
            } else {
                visit(number, Reading::Broken("not an object".to_owned(), &record.to_string()));
            }
        }
        for (_, reason, found) in broken {
            number += 1;
            visit(number, Reading::Broken(reason.clone(), found));
        }
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
