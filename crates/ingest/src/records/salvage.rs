//! Finds the next good record behind a damaged one.

use super::documents;
use super::outline::Outline;
use super::window::find;

/// The value that begins a text, and its length.
pub(super) fn value_at<T: serde::de::DeserializeOwned>(text: &[u8]) -> serde_json::Result<(T, usize)> {
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<T>();
    match values.next() {
        Some(value) => value.map(|value| (value, values.byte_offset())),
        None => Err(serde::de::Error::custom("nothing follows")),
    }
}

/// What good objects look like: the sets of keys of some of them.
#[derive(Debug, Default)]
pub(super) struct Likeness {
    sets: Vec<Vec<String>>,
}

/// Sets that are remembered.
const SETS: usize = 32;

impl Likeness {
    pub(super) fn is_known(&self) -> bool {
        !self.sets.is_empty()
    }

    /// Whether the keys of the record of this number are to be noted: of all of the first ones, then ever fewer.
    pub(super) fn wants(&self, number: u64) -> bool {
        self.sets.len() < SETS && (number <= 8 || number.is_power_of_two())
    }

    pub(super) fn note(&mut self, keys: Vec<String>) {
        if self.sets.len() < SETS && !keys.is_empty() && !self.sets.contains(&keys) {
            self.sets.push(keys);
        }
    }

    /// Whether these are most of the keys that a good object has.
    pub(super) fn resembles(&self, keys: &[String]) -> bool {
        self.sets.iter().any(|set| set.iter().filter(|key| keys.contains(key)).count() * 2 > set.len())
    }

    /// What the records in a text look like where no good one was seen yet: the keys on which most of the text is spent.
    pub(super) fn ahead(text: &[u8]) -> Self {
        const MOST: usize = 64;
        let mut groups: Vec<(Vec<String>, usize)> = Vec::new();
        let (mut rest, mut seen) = (text, 0);
        while let (Some(start), true) = (find(rest, b'{'), seen < MOST) {
            rest = rest.get(start..).unwrap_or_default();
            let mut length = 1;
            if let Ok((Outline(outline), spent)) = value_at(rest)
                && documents::wrapper(&outline).is_none()
            {
                length = spent;
                seen += 1;
                let keys: Vec<String> = outline.keys().cloned().collect();
                match groups.iter_mut().find(|(known, _)| *known == keys) {
                    Some((_, total)) => *total += spent,
                    None => groups.push((keys, spent)),
                }
            }
            rest = rest.get(length..).unwrap_or_default();
        }
        let mut likeness = Self::default();
        if let Some((keys, _)) = groups.into_iter().max_by_key(|(_, total)| *total) {
            likeness.note(keys);
        }
        likeness
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(list: &str) -> Vec<String> {
        list.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn records_are_told_from_what_stands_in_them() {
        let mut likeness = Likeness::default();
        likeness.note(keys("id service started_at"));
        assert!(likeness.resembles(&keys("service id extra")));
        assert!(!likeness.resembles(&keys("id name")));
        assert!(!likeness.resembles(&[]));
    }

    #[test]
    fn without_a_good_record_the_longest_kind_counts() {
        let text = br#" "a":{"x":1},"b":{"x":1}},{"id":1,"service":{"x":1}},{"id":2,"service":{"x":1}},{"id":3"#;
        assert_eq!(Likeness::ahead(text).sets, [keys("id service")]);
    }
}
