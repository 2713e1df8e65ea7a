//! Titles that say the same in nearly the same words, grouped without looking at where or when they were written.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

/// Weighted Jaccard similarity from which two titles say the same.
const SIMILAR: f64 = 0.6;
/// Groups that a title is compared with, at most; the largest ones first.
const MOST_COMPARED: usize = 2_000;

/// The words of titles, as numbers, with what each weighs.
#[derive(Debug, Default)]
struct Vocabulary {
    numbers: HashMap<String, u32>,
    /// The rarer a word, the more it weighs: ln(1 + distinct titles ÷ those with it).
    weights: Vec<f64>,
    /// The largest weight.
    heaviest: f64,
}

impl Vocabulary {
    fn of<'a>(titles: impl Iterator<Item = &'a [String]>) -> Self {
        let (mut vocabulary, mut seen, mut count) = (Self::default(), Vec::<u32>::new(), 0_u32);
        for word in titles.inspect(|_| count += 1).flatten() {
            let next = seen.len() as u32;
            let number = *vocabulary.numbers.entry(word.clone()).or_insert(next);
            if number == next {
                seen.push(0);
            }
            seen[number as usize] += 1;
        }
        vocabulary.weights = seen.iter().map(|titles| (1.0 + f64::from(count) / f64::from(*titles)).ln()).collect();
        vocabulary.heaviest = vocabulary.weights.iter().copied().fold(0.0, f64::max);
        vocabulary
    }

    /// Words that the vocabulary has, heaviest first; words that it has not are as heavy as any.
    fn read(&self, title: &[String]) -> Title {
        let mut words: Vec<u32> = title.iter().filter_map(|word| self.numbers.get(word).copied()).collect();
        words.sort_by(|left, right| self.weight(*right).total_cmp(&self.weight(*left)).then(left.cmp(right)));
        let unknown = (title.len() - words.len()) as f64 * self.heaviest;
        let weight = words.iter().map(|word| self.weight(*word)).sum::<f64>() + unknown;
        Title { words, weight }
    }

    fn weight(&self, word: u32) -> f64 {
        self.weights[word as usize]
    }
}

/// A title as numbers of words, heaviest first.
#[derive(Clone, Debug)]
struct Title {
    words: Vec<u32>,
    weight: f64,
}

impl Title {
    /// The heaviest words without which too little would be left to be similar: two similar titles share one of these, since what they
    /// share weighs at least `SIMILAR` of either.
    fn prefix<'a>(&'a self, vocabulary: &'a Vocabulary) -> impl Iterator<Item = u32> + 'a {
        let mut left = self.weight;
        self.words.iter().copied().take_while(move |word| {
            let is_needed = left >= SIMILAR * self.weight;
            left -= vocabulary.weight(*word);
            is_needed
        })
    }

    /// Weight of the shared words ÷ weight of all words of both.
    fn similarity(&self, other: &Self, vocabulary: &Vocabulary) -> f64 {
        let shared: f64 = self.words.iter().filter(|word| other.words.contains(word)).map(|word| vocabulary.weight(*word)).sum();
        shared / (self.weight + other.weight - shared)
    }
}

/// Groups of titles. The commonest title of a group leads it, and every other is similar to the leader: groups do not chain.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    vocabulary: Vocabulary,
    leaders: Vec<Title>,
    /// Groups whose leader has the word in its prefix.
    by_word: HashMap<u32, Vec<usize>>,
}

impl Groups {
    /// Groups distinct titles with how many records have each, and says which group each title is in.
    pub(crate) fn of(titles: &BTreeMap<&[String], usize>) -> (Self, HashMap<Vec<String>, usize>) {
        let mut groups = Self { vocabulary: Vocabulary::of(titles.keys().copied()), ..Self::default() };
        let mut order: Vec<(&[String], usize)> = titles.iter().map(|(title, count)| (*title, *count)).collect();
        order.sort_by_key(|(_, count)| Reverse(*count));
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
            self.by_word.entry(word).or_default().push(group);
        }
        self.leaders.push(title);
        group
    }

    /// The group that a title of another record would be in.
    pub(crate) fn find(&self, title: &[String]) -> Option<usize> {
        self.nearest(&self.vocabulary.read(title))
    }

    fn nearest(&self, title: &Title) -> Option<usize> {
        let mut near: Vec<usize> = title.prefix(&self.vocabulary).filter_map(|word| self.by_word.get(&word)).flatten().copied().collect();
        near.sort_unstable();
        near.dedup();
        let compared = near.into_iter().take(MOST_COMPARED);
        let similar = compared.map(|group| (group, title.similarity(&self.leaders[group], &self.vocabulary)));
        let similar = similar.filter(|(_, similarity)| *similarity >= SIMILAR - 1e-9);
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
            "Search page slow",
        ]);
        assert_eq!((found[0], found[0]), (found[1], found[2]));
        assert_ne!(found[3], found[4]);
        assert_ne!(found[0], found[3]);
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
            let similarity = |group: usize| as_numbers.similarity(&groups.leaders[group], &groups.vocabulary);
            let best = (0..groups.leaders.len()).map(similarity).fold(0.0, f64::max);
            assert!((similarity(groups.find(title).unwrap()) - best).abs() < 1e-12, "{title:?}");
            assert!(similarity(of[title]) >= SIMILAR - 1e-9);
        }
    }
}
