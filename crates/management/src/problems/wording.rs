//! What the titles of a cluster have in common, in words that were written.

use std::collections::{BTreeMap, BTreeSet};

use super::words::{pieces, word};

/// What stands for what differs.
const REST: &str = "…";

/// The commonest title with what less than half of the titles have left out.
pub(crate) fn shared(titles: &[&str]) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    titles.iter().for_each(|title| *counts.entry(title).or_default() += 1);
    let (commonest, _) = counts.iter().max_by(|left, right| left.1.cmp(right.1).then(right.0.cmp(left.0)))?;
    let mut having: BTreeMap<String, usize> = BTreeMap::new();
    for (title, times) in &counts {
        let marks: BTreeSet<String> = title.split_whitespace().flat_map(marks).collect();
        marks.into_iter().for_each(|mark| *having.entry(mark).or_default() += times);
    }
    let is_shared = |chunk: &&str| marks(chunk).iter().all(|mark| having.get(mark).is_some_and(|number| 2 * number >= titles.len()));
    let mut words: Vec<&str> = commonest.split_whitespace().map(|chunk| if is_shared(&chunk) { chunk } else { REST }).collect();
    words.dedup_by(|later, earlier| *later == REST && *earlier == REST);
    Some(words.join(" "))
}

/// What makes a piece of a title the same as another: its words; the piece itself where it has none or numbers besides.
fn marks(chunk: &str) -> Vec<String> {
    let words: Vec<String> = pieces(chunk).filter_map(|piece| word(&piece)).collect();
    let is_numbered = chunk.contains(|character: char| character.is_ascii_digit());
    if words.is_empty() || is_numbered { vec![chunk.to_lowercase()] } else { words }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_left_out() {
        assert_eq!(shared(&["Disk full on srv-01", "Disk full on srv-02", "Disks full on srv-03"]).unwrap(), "Disk full on …");
        assert_eq!(shared(&["HTTP 500 for customers", "HTTP 500 for customers"]).unwrap(), "HTTP 500 for customers");
        assert_eq!(shared(&[]), None);
    }
}
