//! Flattens a JSON object while it is parsed: dotted names, lists of plain values joined in one cell. No value is built in between.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

use super::LIST;
use super::documents::wraps;

/// Levels of objects that are flattened.
const DEPTH: usize = 5;

/// A value that is no object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Leaf<'a> {
    Null,
    Text(&'a str),
    Int(i64),
    Real(f64),
    Bool(bool),
}

impl Leaf<'_> {
    /// Appends the value as it stands in a list; false where it has none.
    pub(super) fn append_to(self, text: &mut String) -> bool {
        match self {
            Self::Null => return false,
            Self::Text(value) => text.push_str(value),
            Self::Int(value) => text.push_str(&value.to_string()),
            Self::Real(value) => text.push_str(&Number::from_f64(value).map_or_else(String::new, |number| number.to_string())),
            Self::Bool(value) => text.push_str(if value { "true" } else { "false" }),
        }
        true
    }
}

/// Takes each leaf with its dotted name.
pub(super) trait Leaves {
    /// Whether anything under a name is of use.
    fn enters(&self, _name: &str) -> bool {
        true
    }

    fn put(&mut self, name: &str, leaf: Leaf<'_>);
}

/// What is gone through, and how far.
pub(super) struct Flattening<'f> {
    leaves: &'f mut dyn Leaves,
    name: String,
    /// The elements of the list at hand, and how many.
    list: String,
    elements: usize,
    /// The record has a list or object under a key that pages have.
    pub(super) page: bool,
    /// The record is an object.
    pub(super) object: bool,
}

impl<'f> Flattening<'f> {
    pub(super) fn new(leaves: &'f mut dyn Leaves) -> Self {
        Self { leaves, name: String::new(), list: String::new(), elements: 0, page: false, object: false }
    }

    /// Goes through a record.
    pub(super) fn record<'de, D: Deserializer<'de>>(&mut self, record: D) -> Result<(), D::Error> {
        Node { state: self, depth: 0, wrapper: false }.deserialize(record)
    }

    fn put(&mut self, depth: usize, leaf: Leaf<'_>) {
        if depth > 0 {
            self.leaves.put(&self.name, leaf);
        }
    }
}

/// Appends a key to the name.
struct Key<'n>(&'n mut String);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<(), E> {
        self.0.push_str(key);
        Ok(())
    }
}

/// A value under the name at hand.
struct Node<'n, 'f> {
    state: &'n mut Flattening<'f>,
    depth: usize,
    /// It stands under a key that pages have.
    wrapper: bool,
}

impl<'de> DeserializeSeed<'de> for Node<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// The leaves that both a value and an element of a list can be.
macro_rules! plain {
    ($give:ident) => {
        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("any value")
        }

        fn visit_unit<E: Error>(self) -> Result<(), E> {
            self.$give(Leaf::Null);
            Ok(())
        }

        fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
            self.$give(Leaf::Bool(value));
            Ok(())
        }

        fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
            self.$give(Leaf::Int(value));
            Ok(())
        }

        fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
            self.$give(i64::try_from(value).map_or(Leaf::Real(value as f64), Leaf::Int));
            Ok(())
        }

        fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
            self.$give(Leaf::Real(value));
            Ok(())
        }

        fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
            self.$give(Leaf::Text(value));
            Ok(())
        }
    };
}

impl Node<'_, '_> {
    fn leaf(self, leaf: Leaf<'_>) {
        self.state.put(self.depth, leaf);
    }
}

impl<'de> Visitor<'de> for Node<'_, '_> {
    type Value = ();

    plain!(leaf);

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { state, depth, wrapper } = self;
        state.page |= wrapper;
        state.object |= depth == 0;
        if depth < DEPTH && (depth == 0 || state.leaves.enters(&state.name)) {
            return flatten(state, depth, map);
        }
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        if depth == DEPTH {
            state.put(depth, Leaf::Null);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let Self { state, depth, wrapper } = self;
        state.page |= wrapper;
        if depth > 0 && !state.leaves.enters(&state.name) {
            while elements.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        let outer = (std::mem::take(&mut state.list), std::mem::take(&mut state.elements));
        let mut objects = false;
        while elements.next_element_seed(Element { state, depth, objects: &mut objects })?.is_some() {}
        let (list, count) = (std::mem::replace(&mut state.list, outer.0), std::mem::replace(&mut state.elements, outer.1));
        if !objects {
            state.put(depth, if count > 0 { Leaf::Text(&list) } else { Leaf::Null });
        }
        Ok(())
    }
}

/// Goes through the entries of an object.
fn flatten<'de, A: MapAccess<'de>>(state: &mut Flattening<'_>, depth: usize, mut map: A) -> Result<(), A::Error> {
    let length = state.name.len();
    loop {
        if length > 0 {
            state.name.push('.');
        }
        if map.next_key_seed(Key(&mut state.name))?.is_none() {
            break;
        }
        let wrapper = depth == 0 && wraps(&state.name, false);
        map.next_value_seed(Node { state: &mut *state, depth: depth + 1, wrapper })?;
        state.name.truncate(length);
    }
    state.name.truncate(length);
    Ok(())
}

/// An element of a list.
struct Element<'n, 'f> {
    state: &'n mut Flattening<'f>,
    depth: usize,
    /// One of the elements is an object.
    objects: &'n mut bool,
}

impl<'de> DeserializeSeed<'de> for Element<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Element<'_, '_> {
    fn join(self, leaf: Leaf<'_>) {
        let state = self.state;
        if leaf == Leaf::Null {
            return;
        }
        if state.elements > 0 {
            state.list.push(LIST);
        }
        state.elements += usize::from(leaf.append_to(&mut state.list));
    }
}

impl<'de> Visitor<'de> for Element<'_, '_> {
    type Value = ();

    plain!(join);

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        *self.objects = true;
        let depth = self.depth + 1;
        if depth < DEPTH {
            return flatten(self.state, depth, map);
        }
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        if depth == DEPTH {
            self.state.put(depth, Leaf::Null);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while elements.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}
