//! JSON documents of every packing: one document, lines, documents back to back, arrays, pages that wrap their records; and YAML.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::Shape;
use super::salvage::value_at;
use super::stream::{self, Enough, Extent, Sink};
use crate::IngestError;
use crate::content::Content;

/// The records of a file.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    pub(crate) records: Vec<Value>,
    /// Records that cannot be parsed: place among the records (1-based), reason, what stood there.
    pub(crate) broken: Vec<(u64, String, String)>,
    /// `json`, `ndjson` or `yaml`.
    pub(crate) format: &'static str,
    /// What says that there are more records than these.
    pub(crate) more: Option<String>,
    /// The last document that was unwrapped is a page.
    pub(super) is_page: bool,
}

/// What is known of the documents of a file besides its records.
#[derive(Debug)]
pub(crate) struct Summary {
    /// `json`, `ndjson` or `yaml`.
    pub(crate) format: &'static str,
    /// What says that there are more records than these.
    pub(crate) more: Option<String>,
}

/// A record, or why there is none and what stood there.
pub(crate) type Record<'r> = Result<&'r Value, (&'r str, &'r str)>;

/// Gives every record of a file with its number from 1, pages unwrapped.
pub(crate) fn visit(content: &Content, give: &mut dyn FnMut(u64, Record<'_>)) -> Result<Summary, IngestError> {
    let mut good = 0;
    let summary = walk(content, &mut |number, record| {
        good += u64::from(record.is_ok());
        give(number, record);
        true
    })?;
    if content.truncated {
        return Err(IngestError::Truncated { file: content.name.clone(), rows: good });
    }
    Ok(summary)
}

/// Gives records until `give` has enough.
pub(crate) fn walk(content: &Content, give: &mut dyn FnMut(u64, Record<'_>) -> bool) -> Result<Summary, IngestError> {
    if content.shape() == Some(Shape::Yaml) {
        return walk_yaml(content, give);
    }
    read_stream(content, &mut Values { value: None, give })
}

/// Reads JSON record by record.
pub(super) fn read_stream(content: &Content, sink: &mut dyn Sink) -> Result<Summary, IngestError> {
    let lines = is_lines(content.head());
    let source = content.reader()?;
    let outcome = if lines { stream::read_lines(source, sink) } else { stream::read_documents(source, sink) };
    let outcome = outcome.map_err(|error| content.failure(&error))?;
    match outcome.damage {
        Some(reason) if outcome.good == 0 && !content.truncated => Err(IngestError::Malformed {
            file: content.name.clone(),
            format: "json",
            reason: format!("no record of it is whole: {reason}"),
        }),
        _ => Ok(Summary { format: if lines { "ndjson" } else { "json" }, more: outcome.more }),
    }
}

/// Builds a value of each record.
struct Values<'g> {
    value: Option<Value>,
    give: &'g mut dyn FnMut(u64, Record<'_>) -> bool,
}

impl Values<'_> {
    fn give(&mut self, number: u64, record: Record<'_>) -> Result<(), Enough> {
        if (self.give)(number, record) { Ok(()) } else { Err(Enough) }
    }
}

impl Sink for Values<'_> {
    fn read(&mut self, text: &[u8]) -> serde_json::Result<Extent> {
        let (value, length) = value_at::<Value>(text)?;
        let page = value.is_array() || value.as_object().is_some_and(|object| wrapper(object).is_some());
        self.value = Some(value);
        Ok(Extent { length, page })
    }

    fn take(&mut self) -> Option<Value> {
        self.value.take()
    }

    fn give(&mut self, number: u64) -> Result<(), Enough> {
        let value = self.value.take().unwrap_or_default();
        self.give(number, Ok(&value))
    }

    fn give_value(&mut self, number: u64, record: &Value) -> Result<(), Enough> {
        self.give(number, Ok(record))
    }

    fn give_broken(&mut self, number: u64, reason: &str, found: &str) -> Result<(), Enough> {
        self.give(number, Err((reason, found)))
    }
}

/// Reads all documents and unwraps pages; for small files.
pub(crate) fn read(content: &Content) -> Result<Documents, IngestError> {
    let mut documents = Documents::default();
    let summary = walk(content, &mut |number, record| {
        match record {
            Ok(record) => documents.records.push(record.clone()),
            Err((reason, found)) => documents.broken.push((number, reason.to_owned(), found.to_owned())),
        }
        true
    })?;
    Ok(Documents { format: summary.format, more: summary.more, ..documents })
}

/// Whether each line is a document: the first two that are not blank parse alone, or the first does and the second is broken.
fn is_lines(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let whole = |line: &str| line.starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(line).is_ok();
    match (lines.next(), lines.next()) {
        (Some(first), Some(second)) => whole(first) && second.starts_with('{') || (whole(second) && first.starts_with('{')),
        _ => false,
    }
}

/// Gives the records of YAML. A catalog is small: its documents are read as a whole.
fn walk_yaml(content: &Content, give: &mut dyn FnMut(u64, Record<'_>) -> bool) -> Result<Summary, IngestError> {
    let text = content.text()?;
    let mut documents = yaml(content, &text)?;
    for document in std::mem::take(&mut documents.records) {
        unwrap(document, 0, &mut documents);
    }
    each(&documents, give);
    Ok(Summary { format: documents.format, more: documents.more })
}

/// Gives every record with its number from 1, in the order of the file, until `give` has enough.
pub(super) fn each(documents: &Documents, give: &mut dyn FnMut(u64, Record<'_>) -> bool) {
    let mut records = documents.records.iter();
    let mut broken = documents.broken.iter().peekable();
    for number in 1.. {
        let next = match broken.next_if(|(place, ..)| *place == number || records.len() == 0) {
            Some((_, reason, found)) => Err((reason.as_str(), found.as_str())),
            None => match records.next() {
                Some(record) => Ok(record),
                None => return,
            },
        };
        if !give(number, next) {
            return;
        }
    }
}

/// Documents one by one: a broken one does not spoil the others, and a catalog may have thousands.
fn yaml(content: &Content, text: &str) -> Result<Documents, IngestError> {
    let mut documents = Documents { format: "yaml", ..Documents::default() };
    let mut number = 0;
    for part in yaml_parts(text) {
        match serde_saphyr::from_str::<Value>(part) {
            Ok(Value::Null) => {}
            Ok(value) => {
                number += 1;
                documents.records.push(value);
            }
            Err(error) => {
                number += 1;
                documents.broken.push((number, error.to_string(), part.chars().take(320).collect()));
            }
        }
    }
    if documents.records.is_empty() {
        let reason = documents.broken.pop().map_or_else(|| "no document in it".to_owned(), |(_, reason, _)| reason);
        return Err(IngestError::Malformed { file: content.name.clone(), format: "yaml", reason });
    }
    Ok(documents)
}

/// A line `---` always begins a document, also inside of a text.
fn yaml_parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        if line.trim_end() == "---" || line.starts_with("--- ") || line.trim_end() == "..." {
            parts.push(&text[start..at]);
            start = if line.starts_with("--- ") { at + 4 } else { end };
        }
        at = end;
    }
    parts.push(&text[start..]);
    parts.into_iter().filter(|part| part.lines().any(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))).collect()
}

/// Keys under which pages carry their records (formats, section 3).
const WRAPPERS: [&str; 12] =
    ["result", "value", "data", "incidents", "items", "Items", "issues", "workflow_runs", "deployments", "events", "nodes", "entities"];

/// Gives the records of one document to `into`.
pub(super) fn unwrap(document: Value, depth: usize, into: &mut Documents) {
    match document {
        Value::Array(elements) if depth < 4 => elements.into_iter().for_each(|element| unwrap(element, depth + 1, into)),
        Value::Object(mut object) if depth < 4 => match wrapper(&object) {
            Some(key) => {
                note_paging(&object, object.get(key).and_then(Value::as_array).map_or(0, Vec::len), into);
                into.is_page = true;
                if let Some(inner) = object.shift_remove(key) {
                    unwrap(inner, depth + 1, into);
                }
            }
            None => into.records.push(Value::Object(object)),
        },
        other => into.records.push(other),
    }
}

/// The key under which a page carries its records; none where it is a record.
pub(super) fn wrapper(object: &Map<String, Value>) -> Option<&'static str> {
    WRAPPERS.into_iter().find(|key| match object.get(*key) {
        Some(Value::Array(elements)) => elements.iter().all(Value::is_object) && may_be_page(object, key),
        Some(Value::Object(_)) => wraps(key, true) && may_be_page(object, key),
        _ => false,
    })
}

/// Whether pages carry a list of records under a key, or an object that carries it.
pub(super) fn wraps(key: &str, object: bool) -> bool {
    if object { key == "data" || key == "result" } else { WRAPPERS.contains(&key) }
}

/// Whether an object with these keys may be a page that carries its records under `key`.
pub(super) fn may_be_page(object: &Map<String, Value>, key: &str) -> bool {
    let is_record = object.contains_key("specversion") || object.contains_key("apiVersion");
    !is_record && looks_like_page(object, key)
}

/// A page has no identity of its own; a record with a list of events or items does.
fn looks_like_page(object: &Map<String, Value>, key: &str) -> bool {
    !["id", "sys_id", "number", "key", "metadata", "name", "sha", "statuses_url"]
        .iter()
        .any(|name| *name != key && object.contains_key(*name))
}

/// Notes what a page with `length` records says about further ones.
pub(super) fn note_paging(object: &Map<String, Value>, length: usize, into: &mut Documents) {
    let truth = |name: &str, wanted: bool| object.get(name).and_then(Value::as_bool) == Some(wanted);
    let filled =
        |path: [&str; 2]| object.get(path[0]).and_then(|inner| inner.get(path[1])).is_some_and(|value| !value.is_null() && value != "");
    let total = ["total_count", "total", "TotalResults"].iter().find_map(|name| object.get(*name).and_then(Value::as_u64));
    let reason = if truth("more", true) || truth("isLast", false) || object.get("nextPageToken").is_some_and(|token| !token.is_null()) {
        Some("the page says that more follow".to_owned())
    } else if filled(["links", "next"])
        || filled(["paging", "next"])
        || filled(["pagination", "next"])
        || filled(["pageInfo", "hasNextPage"]) && object["pageInfo"]["hasNextPage"] == true
    {
        Some("the page names a next page".to_owned())
    } else {
        total.filter(|total| *total > length as u64).map(|total| format!("the page holds {length} of {total} records"))
    };
    if into.more.is_none() {
        into.more = reason;
    }
}

/// A text or number of a record, at a path of keys.
pub(crate) fn text_at<'a>(record: &'a Value, path: &[&str]) -> Option<std::borrow::Cow<'a, str>> {
    let mut value = record;
    for key in path {
        value = value.get(key)?;
    }
    match value {
        Value::String(text) if text.trim().is_empty() => None,
        Value::String(text) => Some(text.trim().into()),
        Value::Number(number) => Some(number.to_string().into()),
        Value::Bool(truth) => Some(if *truth { "true" } else { "false" }.into()),
        _ => None,
    }
}

/// Reads a JSON object that may stand in a text.
pub(crate) fn object_in(value: &Value) -> Option<Value> {
    match value {
        Value::Object(_) => Some(value.clone()),
        Value::String(text) if text.trim_start().starts_with('{') => Value::deserialize(&mut serde_json::Deserializer::from_str(text)).ok(),
        _ => None,
    }
}
