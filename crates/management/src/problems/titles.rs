//! Titles that say the same in nearly the same words, grouped without looking at where or when they were written.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

/// Weighted Jaccard similarity from which two titles say the same.
const SIMILAR: f64 = 0.6;
/// What sums of weights may differ by.
const TINY: f64 = 1e-9;
/// Groups that a title is compared with for each of its rare words, at most; the largest ones first.
const MOST_COMPARED: usize = 2_000;

/// The words of titles, as numbers from the rarest to the commonest, with what each weighs.
#[derive(Debug, Default)]
struct Vocabulary {
    numbers: HashMap<String, u32>,
    weights: Vec<f64>,
}

/// Weight of a word that no other title has: what differs, such as a name, cannot tell what titles have in common. It weighs as much as a
/// word that all have.
const ALONE: f64 = std::f64::consts::LN_2;
/// A word that one title in so many has is as heavy as words get; else one name that two titles share would outweigh what is wrong.
const RARE: f64 = 50.0;

impl Vocabulary {
    fn of<'a>(titles: impl Iterator<Item = &'a [String]>) -> Self {
        let (mut seen, mut count) = (BTreeMap::<&String, u32>::new(), 0_u32);
        titles.inspect(|_| count += 1).flatten().for_each(|word| *seen.entry(word).or_default() += 1);
        let mut order: Vec<(&String, u32)> = seen.into_iter().collect();
        order.sort_by_key(|(_, titles)| (*titles == 1, *titles));
        let weight = |titles: u32| if titles == 1 { ALONE } else { (1.0 + (f64::from(count) / f64::from(titles)).min(RARE)).ln() };
        Self {
            weights: order.iter().map(|(_, titles)| weight(*titles)).collect(),
            numbers: order.into_iter().zip(0..).map(|((word, _), number)| (word.clone(), number)).collect(),
        }
    }

    /// Words that the vocabulary has; the others count in the weight.
    fn read(&self, title: &[String]) -> Title {
        let mut words: Vec<u32> = title.iter().filter_map(|word| self.numbers.get(word).copied()).collect();
        words.sort_unstable();
        let unknown = (title.len() - words.len()) as f64 * ALONE;
        let weight = words.iter().map(|word| self.weight(*word)).sum::<f64>() + unknown;
        Title { words, weight }
    }

    /// ln(1 + distinct titles ÷ those with the word), within limits.
    fn weight(&self, word: u32) -> f64 {
        self.weights[word as usize]
    }
}

/// A title as numbers of words, rarest first.
#[derive(Clone, Debug)]
struct Title {
    words: Vec<u32>,
    weight: f64,
}

impl Title {
    /// The rarest words without which too little would be left to be similar: two similar titles share one of these, since what they share
    /// weighs at least `SIMILAR` of either.
    fn prefix<'a>(&'a self, vocabulary: &'a Vocabulary) -> impl Iterator<Item = u32> + 'a {
        let mut left = self.weight;
        self.words.iter().copied().take_while(move |word| {
            let is_needed = left >= SIMILAR * self.weight - TINY;
            left -= vocabulary.weight(*word);
            is_needed
        })
    }

    /// Weight of the shared words ÷ weight of all words of both; none where that is too little, or a single word is all that different
    /// titles share.
    fn similarity(&self, other: &Self, vocabulary: &Vocabulary) -> Option<f64> {
        let (mut shared, mut weight, mut rest) = (0, 0.0, other.words.as_slice());
        for word in &self.words {
            let skipped = rest.iter().take_while(|other| *other < word).count();
            rest = &rest[skipped..];
            if rest.first() == Some(word) {
                shared += 1;
                weight += vocabulary.weight(*word);
            }
        }
        let is_same = self.weight == other.weight && shared == self.words.len() && shared == other.words.len();
        let similarity = weight / (self.weight + other.weight - weight);
        ((is_same || shared > 1) && similarity >= SIMILAR - TINY).then_some(similarity)
    }
}

/// Whether titles of such weights can be similar at all.
fn is_near(one: f64, other: f64) -> bool {
    one.min(other) >= SIMILAR * one.max(other) - TINY
}

/// Groups of titles. The commonest title of a group leads it, and every other is similar to the leader: groups do not chain.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    vocabulary: Vocabulary,
    leaders: Vec<Title>,
    /// Groups whose leader has the word in its prefix, with the leader's weight.
    by_word: HashMap<u32, Vec<(usize, f64)>>,
}

impl Groups {
    /// Groups distinct titles with how many records have each, and says which group each title is in.
    pub(crate) fn of(titles: &BTreeMap<&[String], usize>) -> (Self, HashMap<Vec<String>, usize>) {
        let mut groups = Self { vocabulary: Vocabulary::of(titles.keys().copied()), ..Self::default() };
        let mut order: Vec<(&[String], usize)> = titles.iter().map(|(title, count)| (*title, *count)).collect();
        order.sort_by_key(|(title, count)| (Reverse(*count), title.len()));
        let group = order.iter().map(|(title, _)| (title.to_vec(), groups.join(title))).collect();
        (groups, group)
    }

    /// The group that a title joins; its own where it is similar to none.
    fn join(&mut self, title: &[String]) -> usize {
        let title = self.vocabulary.read(title);
        if let Some(group) = self.nearest(&title) {
            return group;
        }
        let group = self.leaders.len();
        for word in title.prefix(&self.vocabulary) {
            self.by_word.entry(word).or_default().push((group, title.weight));
        }
        self.leaders.push(title);
        group
    }

    /// The group that a title of another record would be in.
    pub(crate) fn find(&self, title: &[String]) -> Option<usize> {
        self.nearest(&self.vocabulary.read(title))
    }

    fn nearest(&self, title: &Title) -> Option<usize> {
        let groups = title.prefix(&self.vocabulary).filter_map(|word| self.by_word.get(&word));
        let near = groups.flat_map(|groups| groups.iter().take(MOST_COMPARED)).filter(|(_, weight)| is_near(*weight, title.weight));
        let mut near: Vec<usize> = near.map(|(group, _)| *group).collect();
        near.sort_unstable();
        near.dedup();
        let similar = near.into_iter().filter_map(|group| Some((group, title.similarity(&self.leaders[group], &self.vocabulary)?)));
        similar.max_by(|left, right| left.1.total_cmp(&right.1).then(right.0.cmp(&left.0))).map(|(group, _)| group)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::words::words;
    use super::*;

    fn grouped(titles: &[&str]) -> Vec<usize> {
        let read: Vec<Vec<String>> = titles.iter().map(|title| words(title, &BTreeSet::new())).collect();
        let mut counts: BTreeMap<&[String], usize> = BTreeMap::new();
        read.iter().for_each(|title| *counts.entry(title).or_default() += 1);
        let (_, of) = Groups::of(&counts);
        read.iter().map(|title| of[title]).collect()
    }

    #[test]
    fn nearly_the_same_words_are_one_group_and_half_the_same_are_not() {
        let found = grouped(&[
            "Nightly billing export failed",
            "Nightly billing exports failed again",
            "nightly billing export failed (run 4711)",
            "Login page slow",
        ]);
        assert_eq!((found[0], found[0]), (found[1], found[2]));
        assert_ne!(found[0], found[3]);
        let found =
            grouped(&["Login page slow", "Search page slow", "Login page is down", "Search page down", "Login fails", "Search fails"]);
        assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), 6, "{found:?}");
    }

    #[test]
    fn names_that_one_title_has_do_not_keep_it_apart() {
        let found =
            grouped(&["Login fails for Smith", "Login fails for Jones", "Printer jam in Oslo", "Printer jam in Rome", "Rome", "Oslo"]);
        assert_eq!(found[0], found[1]);
        assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), 5, "{found:?}");
    }

    /// The prefix must lose no pair: against all pairs compared one by one.
    #[test]
    fn blocking_by_rare_words_finds_what_comparing_all_finds() {
        let texts: Vec<String> = (0..400_u32)
            .map(|number| {
                let word = |step: u32| ["alpha", "beta", "gamma", "delta", "omega", "sigma", "kappa"][(number / step % 7) as usize];
                format!("{} {} {} {}", word(1), word(7), word(49), word(3))
            })
            .collect();
        let read: Vec<Vec<String>> = texts.iter().map(|title| words(title, &BTreeSet::new())).collect();
        let mut counts: BTreeMap<&[String], usize> = BTreeMap::new();
        read.iter().for_each(|title| *counts.entry(title).or_default() += 1);
        let (groups, of) = Groups::of(&counts);
        for title in &read {
            let as_numbers = groups.vocabulary.read(title);
            let similarity = |group: usize| as_numbers.similarity(&groups.leaders[group], &groups.vocabulary).unwrap_or(0.0);
            let best = (0..groups.leaders.len()).map(similarity).fold(0.0, f64::max);
            assert!((similarity(groups.find(title).unwrap()) - best).abs() < 1e-12, "{title:?}");
            assert!(similarity(of[title]) >= SIMILAR - TINY);
        }
    }
}
