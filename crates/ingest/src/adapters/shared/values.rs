//! Finds values in JSON records by paths such as `deployable.pipeline.id`.

use std::borrow::Cow;

use serde_json::Value;

use crate::timestamp::scan::{self, Scanned};

/// The value at a path. Where a list lies on the way its first element is taken.
pub(crate) fn at<'r>(record: &'r Value, path: &str) -> Option<&'r Value> {
    let mut value = record;
    for key in path.split('.') {
        if let Value::Array(elements) = value {
            value = elements.first()?;
        }
        value = value.get(key)?;
    }
    Some(value).filter(|value| !value.is_null())
}

/// Whether a path leads to anything but null.
pub(crate) fn has(record: &Value, path: &str) -> bool {
    at(record, path).is_some()
}

/// Whether the record has the key, be its value null or not.
pub(crate) fn has_key(record: &Value, key: &str) -> bool {
    record.get(key).is_some()
}

/// The text, number or truth value at a path, as text; blank texts are none.
pub(crate) fn text<'r>(record: &'r Value, path: &str) -> Option<Cow<'r, str>> {
    plain(at(record, path)?)
}

/// The first of several paths that has a text.
pub(crate) fn first<'r>(record: &'r Value, paths: &[&str]) -> Option<Cow<'r, str>> {
    paths.iter().find_map(|path| text(record, path))
}

/// The whole number at a path.
pub(crate) fn int(record: &Value, path: &str) -> Option<i64> {
    let value = at(record, path)?;
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// The number at a path.
pub(crate) fn real(record: &Value, path: &str) -> Option<f64> {
    let value = at(record, path)?;
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|number| number.is_finite())
}

/// The truth value at a path.
pub(crate) fn truth(record: &Value, path: &str) -> Option<bool> {
    at(record, path)?.as_bool()
}

/// An instant that a value states by itself, with an offset or since 1970, in microseconds.
pub(crate) fn instant(value: &Value) -> Option<i64> {
    let scanned = match value.as_i64() {
        Some(number) => scan::epoch(number, 0),
        None => scan::scan(value.as_str()?),
    };
    match scanned {
        Scanned::Utc(at) | Scanned::Offset(at) => Some(at),
        _ => None,
    }
}

/// The elements of the list at a path; nothing where there is none.
pub(crate) fn list<'r>(record: &'r Value, path: &str) -> &'r [Value] {
    let value = if path.is_empty() { Some(record) } else { at(record, path) };
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// All texts at a path, through every list on the way: `services.name` gives the name of each service.
pub(crate) fn texts<'r>(record: &'r Value, path: &str) -> Vec<Cow<'r, str>> {
    let mut found = Vec::new();
    gather(record, path, &mut found);
    found
}

fn gather<'r>(value: &'r Value, path: &str, found: &mut Vec<Cow<'r, str>>) {
    if let Value::Array(elements) = value {
        return elements.iter().for_each(|element| gather(element, path, found));
    }
    if path.is_empty() {
        return found.extend(plain(value));
    }
    let (key, rest) = path.split_once('.').unwrap_or((path, ""));
    if let Some(inner) = value.get(key) {
        gather(inner, rest, found);
    }
}

/// A text, number or truth value as text.
pub(crate) fn plain(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) if text.trim().is_empty() => None,
        Value::String(text) => Some(text.trim().into()),
        Value::Number(number) => Some(number.to_string().into()),
        Value::Bool(truth) => Some(if *truth { "true" } else { "false" }.into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_lead_through_objects_and_lists() {
        let record = json!({"a": {"b": [{"c": 7}, {"c": "x"}]}, "n": null, "s": ["u", "v"]});
        assert_eq!(text(&record, "a.b.c").as_deref(), Some("7"));
        assert_eq!(texts(&record, "a.b.c"), ["7", "x"]);
        assert_eq!(texts(&record, "s"), ["u", "v"]);
        assert!(!has(&record, "n") && has_key(&record, "n") && text(&record, "a.x").is_none());
    }
}
