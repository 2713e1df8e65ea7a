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
    /// Records of the file before these.
    pub(super) before: usize,
}

impl Documents {
    /// Records that are held already.
    pub(crate) fn of(records: Vec<Value>) -> Self {
        Self { records, format: "json", ..Self::default() }
    }
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
const WRAPPERS: [&str; 24] = [
    "result",
    "records",
    "value",
    "values",
    "data",
    "incidents",
    "items",
    "Items",
    "issues",
    "workflow_runs",
    "jobs",
    "deployments",
    "events",
    "nodes",
    "entities",
    "builds",
    "allBuilds",
    "results",
    "log_entries",
    "change_events",
    "imageDetails",
    "deploymentsInfo",
    "services",
    "teams",
];

/// Gives the records of one document to `into`.
pub(super) fn unwrap(document: Value, depth: usize, into: &mut Documents) {
    match document {
        Value::Array(elements) if depth < 4 => elements.into_iter().for_each(|element| unwrap(element, depth + 1, into)),
        Value::Object(mut object) if depth < 4 => match wrapper(&object) {
            Some(key) => {
                // Of pages one after another in a file the last one tells whether more follow.
                let length = object.get(key).and_then(Value::as_array).map_or(0, Vec::len);
                let more = paging(&object, length, into.before + into.records.len());
                (into.more, into.is_page) = (None, true);
                if let Some(mut inner) = object.shift_remove(key) {
                    carry(&mut object, &mut inner);
                    unwrap(inner, depth + 1, into);
                }
                into.more = more.or(into.more.take());
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
    if object { matches!(key, "data" | "result" | "results") } else { WRAPPERS.contains(&key) }
}

/// Whether an object with these keys may be a page that carries its records under `key`.
pub(super) fn may_be_page(object: &Map<String, Value>, key: &str) -> bool {
    let is_record = object.contains_key("specversion") || object.contains_key("apiVersion");
    is_list_of_objects(object) || !is_record && looks_like_page(object, key)
}

/// Keys under which a page says something about all its records: names of fields, and what was asked for.
pub(super) const CARRIED: [&str; 2] = ["names", "input"];

/// What a page says about all its records is given with the first of them.
pub(super) fn carry(page: &mut Map<String, Value>, inner: &mut Value) {
    let first = match inner {
        Value::Array(elements) => elements.first_mut(),
        other => Some(other),
    };
    let Some(Value::Object(first)) = first else { return };
    for key in CARRIED {
        let telling = page.get(key).is_some_and(|value| value.is_object() || value.as_str().is_some_and(|text| text.starts_with('{')));
        if let (true, Some(value)) = (telling && !first.contains_key(key), page.shift_remove(key)) {
            first.insert(key.to_owned(), value);
        }
    }
}

/// A list of Kubernetes objects: it has the metadata of a page, and no name.
fn is_list_of_objects(object: &Map<String, Value>) -> bool {
    let named = object.get("metadata").is_some_and(|metadata| metadata.get("name").is_some());
    let kind = object.get("kind").map_or(Some("List"), Value::as_str);
    object.get("items").is_some_and(Value::is_array)
        && object.contains_key("metadata")
        && !named
        && kind.is_some_and(|kind| kind.ends_with("List"))
}

/// A page has no identity of its own; a record with a list of events or items does. Records may list services and teams as well: there
/// the page is told by its limit.
fn looks_like_page(object: &Map<String, Value>, key: &str) -> bool {
    if matches!(key, "services" | "teams") && !object.contains_key("limit") {
        return false;
    }
    // The changelog of one issue of Jira is a page that says only in its address which issue it is about.
    if key == "values" && object.get("self").and_then(Value::as_str).is_some_and(|address| address.contains("/changelog")) {
        return false;
    }
    !["id", "sys_id", "number", "key", "metadata", "name", "sha", "statuses_url", "ProjectGroups"]
        .iter()
        .any(|name| *name != key && object.contains_key(*name))
}

/// Datadog names the next offset on every page: only a full page has one behind it.
fn next_offset_follows(object: &Map<String, Value>, length: usize) -> bool {
    let Some(paging) = object.get("meta").and_then(|meta| meta.get("pagination")) else { return false };
    let number = |name: &str| paging.get(name).and_then(Value::as_u64);
    number("next_offset") > number("offset").or(Some(0)) && number("size").is_some_and(|size| length as u64 >= size)
}

/// What says that more follow after a page of `length` records; `before` is the number of records on the pages before it, which count for the total.
pub(super) fn paging(object: &Map<String, Value>, length: usize, before: usize) -> Option<String> {
    let truth = |name: &str, wanted: bool| object.get(name).and_then(Value::as_bool) == Some(wanted);
    let filled =
        |path: [&str; 2]| object.get(path[0]).and_then(|inner| inner.get(path[1])).is_some_and(|value| !value.is_null() && value != "");
    let start = object.get("startAt").and_then(Value::as_u64);
    let token = |name: &str| object.get(name).is_some_and(|token| !token.is_null() && token != "");
    let total = ["total_count", "total", "TotalResults", "size"].iter().find_map(|name| object.get(*name).and_then(Value::as_u64));
    if truth("more", true) || truth("isLast", false) || token("nextPageToken") || token("next_page_token") {
        Some("the page says that more follow".to_owned())
    } else if filled(["links", "next"])
        || filled(["paging", "next"])
        || filled(["pagination", "next"])
        || filled(["pagination_meta", "after"])
        || object.get("next").and_then(Value::as_str).is_some_and(|next| next.starts_with("http"))
        || filled(["metadata", "continue"])
        || ["nextToken", "NextToken"].iter().any(|name| object.get(*name).is_some_and(|token| !token.is_null()))
        || next_offset_follows(object, length)
        || filled(["pageInfo", "hasNextPage"]) && object["pageInfo"]["hasNextPage"] == true
    {
        Some("the page names a next page".to_owned())
    } else {
        // Pages that do not say where they begin follow each other.
        let held = start.map_or(before, |start| usize::try_from(start).unwrap_or(before)) + length;
        total.filter(|total| *total > held as u64).map(|total| format!("the page holds {held} of {total} records"))
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
