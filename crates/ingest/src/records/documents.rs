//! JSON documents of every packing: one document, lines, documents back to back, arrays, pages that wrap their records; and YAML.

use serde::Deserialize;
use serde_json::Value;

use super::{Shape, shape};
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
    let documents = read(content, &content.text()?)?;
    let mut broken = documents.broken.iter().peekable();
    let mut number = 0;
    for record in &documents.records {
        number += 1;
        while let Some((_, reason, found)) = broken.next_if(|(place, ..)| *place == number) {
            give(number, Err((reason, found)));
            number += 1;
        }
        give(number, Ok(record));
    }
    for (_, reason, found) in broken {
        number += 1;
        give(number, Err((reason, found)));
    }
    if content.truncated {
        return Err(IngestError::Truncated { file: content.name.clone(), rows: number });
    }
    Ok(Summary { format: documents.format, more: documents.more })
}

/// Reads all documents and unwraps pages.
pub(crate) fn read(content: &Content, text: &str) -> Result<Documents, IngestError> {
    let mut documents = match shape(text) {
        Shape::Yaml => yaml(content, text)?,
        _ if is_lines(text) => lines(text),
        _ => whole(content, text)?,
    };
    let packed = std::mem::take(&mut documents.records);
    for document in packed {
        unwrap(document, 0, &mut documents);
    }
    Ok(documents)
}

/// Whether each line is a document: the first two that are not blank parse alone, or the first does and the second is broken.
pub(crate) fn is_lines(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let whole = |line: &str| line.starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(line).is_ok();
    match (lines.next(), lines.next()) {
        (Some(first), Some(second)) => whole(first) && second.starts_with('{') || (whole(second) && first.starts_with('{')),
        _ => false,
    }
}

fn lines(text: &str) -> Documents {
    let mut documents = Documents { format: "ndjson", ..Documents::default() };
    let mut number = 0;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        number += 1;
        match serde_json::from_str(line) {
            Ok(value) => documents.records.push(value),
            Err(error) => documents.broken.push((number, error.to_string(), line.chars().take(320).collect())),
        }
    }
    documents
}

fn whole(content: &Content, text: &str) -> Result<Documents, IngestError> {
    let mut documents = Documents { format: "json", ..Documents::default() };
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        match value {
            Ok(value) => documents.records.push(value),
            Err(error) if content.truncated && error.is_eof() => break,
            Err(error) => {
                let reason = format!("{error}, after {} whole documents", documents.records.len());
                return Err(IngestError::Malformed { file: content.name.clone(), format: "json", reason });
            }
        }
    }
    Ok(documents)
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

/// The records of one document.
pub(crate) fn unwrapped(document: Value) -> Vec<Value> {
    let mut documents = Documents::default();
    unwrap(document, 0, &mut documents);
    documents.records
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

fn unwrap(document: Value, depth: usize, into: &mut Documents) {
    match document {
        Value::Array(elements) if depth < 4 => elements.into_iter().for_each(|element| unwrap(element, depth + 1, into)),
        Value::Object(mut object) if depth < 4 => {
            let is_list = is_list_of_objects(&object);
            let is_record = !is_list && (object.contains_key("specversion") || object.contains_key("apiVersion"));
            let wrapped = WRAPPERS.iter().find(|key| match object.get(**key) {
                Some(Value::Array(elements)) => elements.iter().all(Value::is_object) && (is_list || looks_like_page(&object, key)),
                Some(Value::Object(_)) => ["data", "result", "results"].contains(key) && looks_like_page(&object, key),
                _ => false,
            });
            match wrapped.filter(|_| !is_record) {
                Some(key) => {
                    // Of pages one after another in a file the last one tells whether more follow.
                    let more = paging(&object, key, into.records.len());
                    into.more = None;
                    if let Some(mut inner) = object.shift_remove(*key) {
                        carry(&mut object, &mut inner);
                        unwrap(inner, depth + 1, into);
                    }
                    into.more = more.or(into.more.take());
                }
                None => into.records.push(Value::Object(object)),
            }
        }
        other => into.records.push(other),
    }
}

/// What a page says about all its records is given with the first of them: names of fields, and what was asked for.
fn carry(page: &mut serde_json::Map<String, Value>, inner: &mut Value) {
    let first = match inner {
        Value::Array(elements) => elements.first_mut(),
        other => Some(other),
    };
    let Some(Value::Object(first)) = first else { return };
    for key in ["names", "input"] {
        let telling = page.get(key).is_some_and(|value| value.is_object() || value.as_str().is_some_and(|text| text.starts_with('{')));
        if let (true, Some(value)) = (telling && !first.contains_key(key), page.shift_remove(key)) {
            first.insert(key.to_owned(), value);
        }
    }
}

/// A list of Kubernetes objects: it has the metadata of a page, and no name.
fn is_list_of_objects(object: &serde_json::Map<String, Value>) -> bool {
    let named = object.get("metadata").is_some_and(|metadata| metadata.get("name").is_some());
    let kind = object.get("kind").map_or(Some("List"), Value::as_str);
    object.get("items").is_some_and(Value::is_array)
        && object.contains_key("metadata")
        && !named
        && kind.is_some_and(|kind| kind.ends_with("List"))
}

/// A page has no identity of its own; a record with a list of events or items does. Records may list services and teams as well: there
/// the page is told by its limit.
fn looks_like_page(object: &serde_json::Map<String, Value>, key: &str) -> bool {
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
fn next_offset_follows(object: &serde_json::Map<String, Value>, length: usize) -> bool {
    let Some(paging) = object.get("meta").and_then(|meta| meta.get("pagination")) else { return false };
    let number = |name: &str| paging.get(name).and_then(Value::as_u64);
    number("next_offset") > number("offset").or(Some(0)) && number("size").is_some_and(|size| length as u64 >= size)
}

/// What says that more follow after a page; `before` is the number of records on the pages before it, which count for the total.
fn paging(object: &serde_json::Map<String, Value>, key: &str, before: usize) -> Option<String> {
    let length = object.get(key).and_then(Value::as_array).map_or(0, Vec::len);
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
