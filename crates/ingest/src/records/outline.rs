//! Looks at an object without building what is in it.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// The keys of an object.
pub(super) struct Keys(pub(super) Vec<String>);

/// An object whose inner objects have keys only, whose lists of nothing but objects are empty, and whose other values are null but for
/// short texts.
pub(super) struct Outline(pub(super) Map<String, Value>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entries: Vec<(String, IgnoredAny)> = deserializer.deserialize_map(Entries(PhantomData))?;
        Ok(Self(entries.into_iter().map(|(key, _)| key).collect()))
    }
}

impl<'de> Deserialize<'de> for Outline {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entries: Vec<(String, Kind)> = deserializer.deserialize_map(Entries(PhantomData))?;
        let value = |kind| match kind {
            Kind::Objects => Value::Array(Vec::new()),
            Kind::Object(keys) => Value::Object(keys.into_iter().map(|key| (key, Value::Null)).collect()),
            Kind::Text(text) => Value::String(text),
            Kind::Other => Value::Null,
        };
        Ok(Self(entries.into_iter().map(|(key, kind)| (key, value(kind))).collect()))
    }
}

struct Entries<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
    type Value = Vec<(String, T)>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(entries)
    }
}

/// Longer texts tell nothing about what an object is.
const SHORT: usize = 300;

enum Kind {
    Object(Vec<String>),
    Text(String),
    /// A list of nothing but objects.
    Objects,
    Other,
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Kinds)
    }
}

struct Kinds;

impl<'de> Visitor<'de> for Kinds {
    type Value = Kind;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Kind, A::Error> {
        let mut keys = Vec::new();
        while let Some((key, IgnoredAny)) = map.next_entry()? {
            keys.push(key);
        }
        Ok(Kind::Object(keys))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Kind, A::Error> {
        let mut objects = true;
        while let Some(kind) = elements.next_element::<Kind>()? {
            objects &= matches!(kind, Kind::Object(_));
        }
        Ok(if objects { Kind::Objects } else { Kind::Other })
    }

    fn visit_unit<E: Error>(self) -> Result<Kind, E> {
        Ok(Kind::Other)
    }

    fn visit_bool<E: Error>(self, _value: bool) -> Result<Kind, E> {
        Ok(Kind::Other)
    }

    fn visit_i64<E: Error>(self, _value: i64) -> Result<Kind, E> {
        Ok(Kind::Other)
    }

    fn visit_u64<E: Error>(self, _value: u64) -> Result<Kind, E> {
        Ok(Kind::Other)
    }

    fn visit_f64<E: Error>(self, _value: f64) -> Result<Kind, E> {
        Ok(Kind::Other)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Kind, E> {
        Ok(if value.len() < SHORT { Kind::Text(value.to_owned()) } else { Kind::Other })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_objects_are_told_from_others() {
        let text = r#"{"a":[{"b":1},{}],"c":[{},1],"d":{"e":[]},"f":"g","h":[],"i":[[{}]],"j":null,"k":-1.5,"l":true}"#;
        let Outline(outline) = serde_json::from_str(text).unwrap();
        assert_eq!(
            Value::Object(outline).to_string(),
            r#"{"a":[],"c":null,"d":{"e":null},"f":"g","h":[],"i":null,"j":null,"k":null,"l":null}"#
        );
        let Keys(keys) = serde_json::from_str(r#"{"a":[{"b":1}],"c":2}"#).unwrap();
        assert_eq!(keys, ["a", "c"]);
    }
}
