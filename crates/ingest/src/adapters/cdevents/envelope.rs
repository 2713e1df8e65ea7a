//! Finds the CDEvent in what a broker kept: the event itself, or a CloudEvent that carries it.

use std::borrow::Cow;

use serde_json::Value;

use crate::adapters::shared::values;
use crate::records::documents::object_in;

/// Types of CDEvents begin so; `dev.cdeventsx.` are those that tools add.
const PREFIXES: [&str; 2] = ["dev.cdevents.", "dev.cdeventsx."];

/// The CDEvent of a record.
pub(super) fn open(record: &Value) -> Option<Cow<'_, Value>> {
    if is_plain(record) {
        return Some(Cow::Borrowed(record));
    }
    if !is_cloud_event(record) || !values::text(record, "type").is_some_and(|kind| is_type(&kind)) {
        return None;
    }
    let inner = match (record.get("data"), record.get("data_base64").and_then(Value::as_str)) {
        (Some(Value::Object(_)), _) => record.get("data").map(Cow::Borrowed),
        (Some(text @ Value::String(_)), _) => object_in(text).map(Cow::Owned),
        (_, Some(encoded)) => decoded(encoded).and_then(|bytes| serde_json::from_slice(&bytes).ok()).map(Cow::Owned),
        _ => None,
    };
    inner.filter(|inner| is_plain(inner))
}

/// Whether a record is an event of whatever kind in the structured form of CloudEvents.
pub(super) fn is_cloud_event(record: &Value) -> bool {
    record.get("specversion").and_then(Value::as_str).is_some_and(|version| version.starts_with("1."))
        && ["type", "id", "source"].iter().all(|key| values::has(record, key))
}

fn is_plain(record: &Value) -> bool {
    values::text(record, "context.type").is_some_and(|kind| is_type(&kind)) && values::has(record, "subject")
}

fn is_type(kind: &str) -> bool {
    PREFIXES.iter().any(|prefix| kind.starts_with(prefix))
}

/// Bytes written as base64, in the usual alphabet or that of addresses.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for letter in text.bytes().filter(|letter| !letter.is_ascii_whitespace() && *letter != b'=') {
        bits = (bits << 6) | u32::from(sextet(letter)?);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xff).ok()?);
        }
    }
    Some(bytes)
}

fn sextet(letter: u8) -> Option<u8> {
    Some(match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_known_texts() {
        let rows = [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v\nYmFy", "foobar"), ("8J-Ykg", "😒")];
        for (encoded, text) in rows {
            assert_eq!(decoded(encoded).as_deref(), Some(text.as_bytes()), "{encoded}");
        }
        assert_eq!(decoded("Zm9v!"), None);
    }
}
