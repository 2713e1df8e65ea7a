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
    /// The share of all incidents that began lately, or of those of the place where that is larger.
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

/// Numbers of incidents in a day with how many days had so many: days of one place, or of all.
#[derive(Clone, Debug, Default)]
struct Sizes(Vec<(f64, f64)>);

impl Sizes {
    fn of(mut sizes: Vec<usize>) -> Self {
        sizes.sort_unstable();
        Self(sizes.chunk_by(|left, right| left == right).map(|run| (run[0] as f64, run.len() as f64)).collect())
    }

    fn incidents(&self) -> f64 {
        self.0.iter().map(|(size, days)| size * days).sum()
    }

    /// Expected days with at least one incident of a pattern that a `share` of all incidents have. A day has one at most, however many
    /// records an outage opens; where days are busy, a common pattern has one on nearly every day.
    fn days(&self, share: f64) -> f64 {
        let none = (-share).ln_1p();
        self.0.iter().map(|(size, days)| -days * (size * none).exp_m1()).sum()
    }
}

/// Days, and those of them that are lately.
#[derive(Clone, Debug, Default)]
struct Span {
    all: Sizes,
    lately: Sizes,
}

impl Span {
    fn of(days: &[(i32, usize)], is_lately: impl Fn(i32) -> bool) -> Self {
        let lately = days.iter().filter(|(day, _)| is_lately(*day)).map(|(_, size)| *size).collect();
        Self { all: Sizes::of(days.iter().map(|(_, size)| *size).collect()), lately: Sizes::of(lately) }
    }

    /// Part of the days with a pattern that would be lately, were it spread as everything else.
    fn part_lately(&self, share: f64) -> f64 {
        self.lately.days(share) / self.all.days(share)
    }
}

/// One pattern at one place.
#[derive(Clone, Copy, Debug)]
struct Found {
    place: u32,
    pattern: u32,
    incidents: u64,
    days: u64,
    /// Days of the last ones.
    lately: u64,
}

/// Incidents and days of a pattern, at all places.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    incidents: u64,
    days: u64,
}

/// Everything that clusters are compared with.
#[derive(Debug, Default)]
struct Counts {
    cells: Vec<Found>,
    patterns: Vec<Sum>,
    /// Days of each place.
    places: Vec<Span>,
    /// Days of every place.
    all: Sizes,
    /// Days of the organisation.
    days: Span,
    incidents: u64,
}

impl Counts {
    /// Counts incidents given as place, pattern and day.
    fn of(mut incidents: Vec<(u32, u32, i32)>, places: usize, patterns: usize, lately: Option<i32>) -> Self {
        let is_lately = |day: i32| lately.is_some_and(|from| day >= from);
        incidents.sort_unstable();
        let mut counts = Self { patterns: vec![Sum::default(); patterns], incidents: incidents.len() as u64, ..Self::default() };
        for cell in incidents.chunk_by(|left, right| (left.0, left.1) == (right.0, right.1)) {
            let mut days: Vec<i32> = cell.iter().map(|incident| incident.2).collect();
            days.dedup();
            let (place, pattern, _) = cell[0];
            let recent = days.iter().filter(|day| is_lately(**day)).count() as u64;
            let found = Found { place, pattern, incidents: cell.len() as u64, days: days.len() as u64, lately: recent };
            counts.patterns[pattern as usize].incidents += found.incidents;
            counts.patterns[pattern as usize].days += found.days;
            counts.cells.push(found);
        }
        let mut days: Vec<(u32, i32)> = incidents.iter().map(|incident| (incident.0, incident.2)).collect();
        days.sort_unstable();
        let mut of_place = vec![Vec::new(); places];
        days.chunk_by(|left, right| left == right).for_each(|run| of_place[run[0].0 as usize].push((run[0].1, run.len())));
        counts.all = Sizes::of(of_place.iter().flatten().map(|(_, size)| *size).collect());
        counts.places = of_place.iter().map(|days| Span::of(days, is_lately)).collect();
        days.sort_unstable_by_key(|(_, day)| *day);
        let of_all: Vec<(i32, usize)> = days.chunk_by(|left, right| left.1 == right.1).map(|run| (run[0].1, run.len())).collect();
        counts.days = Span::of(&of_all, is_lately);
        counts
    }

    fn judge(&self, found: &Found) -> Option<Chance> {
        let (pattern, all) = (self.patterns[found.pattern as usize], self.incidents as f64);
        let share = pattern.incidents as f64 / all;
        let place = &self.places[found.place as usize];
        let here = place.all.days(share) / self.all.days(share);
        // A place that is new, or has more of everything lately, is no recurring problem; nor is an organisation that grows.
        let own = |incidents: f64| found.incidents as f64 / incidents;
        let now = self.days.part_lately(own(all)).max(place.part_lately(own(place.all.incidents())));
        let compared = |against, days, all, share| excess(days, all, share, Level::default()).map(|excess| (against, days, excess));
        let tests =
            [compared(Against::Elsewhere, found.days, pattern.days, here), compared(Against::Earlier, found.lately, found.days, now)];
        let made = tests.iter().flatten().count() as f64;
        let (against, days, excess) = tests.into_iter().flatten().min_by(|left, right| left.2.p.total_cmp(&right.2.p))?;
        Some(Chance { against, days, excess, p: (made * excess.p).min(1.0), q: 1.0 })
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
    let incidents: Vec<(u32, u32, i32)> = cases
        .iter()
        .zip(&clusters.of)
        .map(|(case, cell)| (places.number(&place_of(case, &probe)), patterns.number(&cell.pattern), case.day))
        .collect();
    let counts = Counts::of(incidents, places.all.len(), patterns.all.len(), lately);
    let many = |days: &u64| *days >= FEWEST_DAYS;
    let tested = counts.patterns.iter().zip(&patterns.all).filter(|(_, pattern)| is_tested(pattern)).map(|(sum, _)| sum.days);
    let busy = counts.places.iter().map(|place| place.all.0.iter().map(|(_, days)| *days as u64).sum::<u64>());
    let tests = tested.filter(many).count() as u64 * busy.filter(many).count() as u64;
    let cells = counts.cells.iter().filter(|cell| many(&cell.days) && is_tested(&patterns.all[cell.pattern as usize]));
    let judged = cells.filter_map(|found| {
        let cell = Cell { pattern: patterns.all[found.pattern as usize].clone(), place: places.all[found.place as usize].clone() };
        Some((cell, counts.judge(found)?))
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
