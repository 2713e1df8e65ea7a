//! How often a cluster would recur by chance.

use std::collections::HashMap;

use sequela_stats::excess::{Excess, excess};
use sequela_stats::{Level, multiple};

use super::cases::{Case, day};
use super::clusters::{Cell, Clusters, Pattern, Place, place_of};
use crate::Settings;

/// A cluster recurs on at least this many days.
pub(crate) const FEWEST_DAYS: u64 = 3;
/// What is lately: days before the end of the range.
const LATELY: i32 = 28;
/// The range must be this many times as long, or there is too little before to compare with.
const TIMES: i32 = 3;

/// What a cluster is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Against {
    /// The share that the pattern has everywhere.
    Elsewhere,
    /// The share of all incidents that began lately.
    Earlier,
}

/// What the test of a cluster came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chance {
    pub(crate) against: Against,
    /// Days that were compared.
    pub(crate) days: u64,
    pub(crate) excess: Excess,
    pub(crate) p: f64,
    pub(crate) q: f64,
}

/// Days on which something began: of a pattern at a place, of a place, of a pattern, of all; each with those lately.
#[derive(Debug, Default)]
struct Days {
    cells: Vec<(u32, u32, u64, u64)>,
    places: Vec<u64>,
    patterns: Vec<u64>,
    all: u64,
    lately: u64,
}

impl Days {
    /// Several incidents of one pattern at one place on one day are one occasion: an outage opens many records.
    fn of(mut occasions: Vec<(u32, u32, i32)>, places: usize, patterns: usize, lately: Option<i32>) -> Self {
        occasions.sort_unstable();
        occasions.dedup();
        let mut days = Self { places: vec![0; places], patterns: vec![0; patterns], ..Self::default() };
        for cell in occasions.chunk_by(|left, right| (left.0, left.1) == (right.0, right.1)) {
            let recent = cell.iter().filter(|occasion| lately.is_some_and(|from| occasion.2 >= from)).count() as u64;
            let (place, pattern, number) = (cell[0].0, cell[0].1, cell.len() as u64);
            days.cells.push((place, pattern, number, recent));
            days.places[place as usize] += number;
            days.patterns[pattern as usize] += number;
            days.all += number;
            days.lately += recent;
        }
        days
    }

    fn judge(&self, place: u32, pattern: u32, number: u64, recent: u64) -> Option<Chance> {
        let level = Level::default();
        let share = self.places[place as usize] as f64 / self.all as f64;
        let here = excess(number, self.patterns[pattern as usize], share, level).map(|excess| (Against::Elsewhere, number, excess));
        let share = self.lately as f64 / self.all as f64;
        let now = excess(recent, number, share, level).map(|excess| (Against::Earlier, recent, excess));
        let tests = [here, now].iter().flatten().count() as f64;
        let (against, days, excess) = [here, now].into_iter().flatten().min_by(|left, right| left.2.p.total_cmp(&right.2.p))?;
        Some(Chance { against, days, excess, p: (tests * excess.p).min(1.0), q: 1.0 })
    }
}

/// The first day that is lately; none where the range is too short.
fn lately(settings: &Settings) -> Option<i32> {
    let last = day(settings.range.to.min(settings.as_of.saturating_add(1)) - 1, settings);
    (last - day(settings.range.from, settings) >= TIMES * LATELY).then_some(last - LATELY + 1)
}

/// Tests all clusters by title and by category; clusters by problem record need no test, since people say that they recur.
///
/// A pattern was found without looking at places, and pairs of a place and a pattern are tested whether they occur or not; so
/// Benjamini and Hochberg's count of tests is the product.
pub(crate) fn test(cases: &[Case], clusters: &Clusters, settings: &Settings) -> HashMap<Cell, Chance> {
    let (mut found, mut tests) = (Vec::new(), 0);
    for by_item in [false, true] {
        let (level, made) = at_level(cases, clusters, lately(settings), by_item);
        found.extend(level);
        tests += made;
    }
    let p: Vec<f64> = found.iter().map(|(_, chance)| chance.p).collect();
    let q = multiple::benjamini_hochberg_among(&p, tests);
    found.into_iter().zip(q).map(|((cell, chance), q)| (cell, Chance { q, ..chance })).collect()
}

/// Clusters by title, whose places are services, or by category, whose places are items; and how many pairs could have been one.
fn at_level(cases: &[Case], clusters: &Clusters, lately: Option<i32>, by_item: bool) -> (Vec<(Cell, Chance)>, u64) {
    let is_tested = |pattern: &Pattern| match pattern {
        Pattern::Title(_) => !by_item,
        Pattern::Category(..) => by_item,
        _ => false,
    };
    let probe = if by_item { Pattern::Category(None, None) } else { Pattern::Nothing };
    let (mut places, mut patterns) = (Numbers::<Place>::default(), Numbers::<Pattern>::default());
    let occasions: Vec<(u32, u32, i32)> = cases
        .iter()
        .zip(&clusters.of)
        .map(|(case, cell)| (places.number(&place_of(case, &probe)), patterns.number(&cell.pattern), case.day))
        .collect();
    let days = Days::of(occasions, places.all.len(), patterns.all.len(), lately);
    let many = |number: &&u64| **number >= FEWEST_DAYS;
    let tested = days.patterns.iter().zip(&patterns.all).filter(|(_, pattern)| is_tested(pattern)).map(|(number, _)| number);
    let tests = tested.filter(many).count() as u64 * days.places.iter().filter(many).count() as u64;
    let cells = days.cells.iter().filter(|cell| cell.2 >= FEWEST_DAYS && is_tested(&patterns.all[cell.1 as usize]));
    let judged = cells.filter_map(|&(place, pattern, number, recent)| {
        let cell = Cell { pattern: patterns.all[pattern as usize].clone(), place: places.all[place as usize].clone() };
        Some((cell, days.judge(place, pattern, number, recent)?))
    });
    (judged.collect(), tests)
}

/// Things in the order in which they first came, and their numbers.
#[derive(Debug)]
struct Numbers<T> {
    all: Vec<T>,
    of: HashMap<T, u32>,
}

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Self { all: Vec::new(), of: HashMap::new() }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Numbers<T> {
    fn number(&mut self, thing: &T) -> u32 {
        if let Some(number) = self.of.get(thing) {
            return *number;
        }
        let number = self.all.len() as u32;
        self.all.push(thing.clone());
        self.of.insert(thing.clone(), number);
        number
    }
}
