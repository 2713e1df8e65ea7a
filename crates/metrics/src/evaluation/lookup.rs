//! Finds a record by the name that people give it.

use std::collections::HashMap;

/// Identifiers, with the shorter names that stand for exactly one of them.
#[derive(Debug, Default)]
pub(super) struct Lookup<'a> {
    ids: HashMap<&'a str, &'a str>,
    short: HashMap<&'a str, Option<&'a str>>,
}

impl<'a> Lookup<'a> {
    /// Of records given as (identifier, number); what follows the last colon of an identifier is a name of it too.
    pub(super) fn new(records: impl Iterator<Item = (&'a str, Option<&'a str>)>) -> Self {
        let mut this = Self::default();
        for (id, number) in records {
            this.ids.insert(id, id);
            let end = id.rsplit(':').next().filter(|end| *end != id && Some(*end) != number);
            for name in number.into_iter().chain(end) {
                this.short.entry(name).and_modify(|found| *found = None).or_insert(Some(id));
            }
        }
        this
    }

    /// The identifier of the record of that name, unless several bear it.
    pub(super) fn id(&self, name: &str) -> Option<&'a str> {
        self.ids.get(name).copied().or_else(|| self.short.get(name).copied().flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_find_a_record_unless_two_bear_them() {
        let lookup = Lookup::new([("a:x:7", Some("INC7")), ("b:x:7", Some("INC8")), ("b:x:9", None)].into_iter());
        assert_eq!(lookup.id("a:x:7"), Some("a:x:7"));
        assert_eq!(lookup.id("INC8"), Some("b:x:7"));
        assert_eq!(lookup.id("9"), Some("b:x:9"));
        assert_eq!(lookup.id("7"), None);
        assert_eq!(lookup.id("INC9"), None);
    }
}
