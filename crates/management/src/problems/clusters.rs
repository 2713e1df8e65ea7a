//! What belongs together: incidents of one place that say the same, by title, by problem record or by category.

use std::collections::{BTreeMap, HashMap};

use super::cases::Case;
use super::records::{Problem, Problems};
use super::titles::Groups;

/// A title group or category that fewer incidents have is no pattern.
pub(crate) const FEWEST: usize = 3;

/// What the incidents of a cluster share.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Pattern {
    /// Titles of one group.
    Title(usize),
    /// Category and closure code, where titles say nothing that recurs.
    Category(Option<String>, Option<String>),
    /// They name one problem record, and nothing else that recurs.
    Problem(usize),
    /// Nothing.
    Nothing,
}

/// Where something recurs: the kind of name, and the name.
pub(crate) type Place = (u8, String);

/// One cluster: what recurs, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Cell {
    pub(crate) pattern: Pattern,
    pub(crate) place: Place,
}

/// How a problem record is known to cover a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Basis {
    /// At least half of the incidents from before its fix name it.
    Incident,
    /// It is about the same place and has a similar title.
    Title,
}

/// Clusters, each with its incidents, and the problem records that cover them.
#[derive(Debug, Default)]
pub(crate) struct Clusters {
    /// The cluster of every incident.
    pub(crate) of: Vec<Cell>,
    pub(crate) covered: HashMap<Cell, (usize, Basis)>,
    /// The problem record that every incident names.
    pub(crate) named: Vec<Option<usize>>,
}

/// The service, else the item, else the team; items first where the kind of incident is all that is known, since it says less.
pub(crate) fn place(names: [&Option<String>; 3], by_item: bool) -> Place {
    let [service, item, team] = names;
    let order = if by_item { [(1, item), (0, service), (2, team)] } else { [(0, service), (1, item), (2, team)] };
    order.into_iter().find_map(|(kind, name)| Some((kind, name.clone()?))).unwrap_or((3, String::new()))
}

/// The place that a case has in clusters of the pattern.
pub(crate) fn place_of(case: &Case, pattern: &Pattern) -> Place {
    match pattern {
        Pattern::Problem(_) => (3, String::new()),
        pattern => place([&case.service, &case.item, &case.team], matches!(pattern, Pattern::Category(..))),
    }
}

impl Clusters {
    pub(crate) fn of(cases: &[Case], problems: &mut Problems) -> Self {
        let mut titles: BTreeMap<&[String], usize> = BTreeMap::new();
        for case in cases.iter().filter(|case| !case.words.is_empty()) {
            *titles.entry(&case.words).or_default() += 1;
        }
        let (groups, group_of) = Groups::of(&titles);
        let mut sizes: HashMap<usize, usize> = HashMap::new();
        cases.iter().filter_map(|case| group_of.get(&case.words)).for_each(|group| *sizes.entry(*group).or_default() += 1);
        let pattern = |case: &Case| {
            let group = group_of.get(&case.words).filter(|group| sizes.get(group).is_some_and(|size| *size >= FEWEST));
            match (group, &case.category, &case.close_code) {
                (Some(group), ..) => Pattern::Title(*group),
                (None, None, None) => Pattern::Nothing,
                (None, category, code) => Pattern::Category(category.clone(), code.clone()),
            }
        };
        let of = |case: &Case| {
            let pattern = pattern(case);
            Cell { place: place_of(case, &pattern), pattern }
        };
        let named: Vec<Option<usize>> = cases.iter().map(|case| case.problem.as_ref().map(|name| problems.named(name))).collect();
        let mut clusters = Self { of: cases.iter().map(of).collect(), covered: HashMap::new(), named };
        clusters.cover(cases, problems, &groups);
        clusters.take_out();
        clusters
    }

    fn cover(&mut self, cases: &[Case], problems: &Problems, groups: &Groups) {
        for (cell, problem) in about(&problems.all, groups) {
            self.covered.insert(cell, (problem, Basis::Title));
        }
        for (cell, members) in self.members() {
            if let Some(problem) = named_by_half(&members, cases, &self.named, &problems.all) {
                self.covered.insert(cell, (problem, Basis::Incident));
            }
        }
    }

    /// An incident that names another problem than the one that covers its cluster belongs to that problem.
    fn take_out(&mut self) {
        for (cell, problem) in self.of.iter_mut().zip(&self.named) {
            let Some(problem) = problem else { continue };
            if self.covered.get(cell).is_none_or(|covering| covering.0 != *problem) {
                *cell = Cell { pattern: Pattern::Problem(*problem), place: (3, String::new()) };
                self.covered.insert(cell.clone(), (*problem, Basis::Incident));
            }
        }
    }

    /// Numbers of the incidents of each cluster, oldest first.
    pub(crate) fn members(&self) -> BTreeMap<Cell, Vec<usize>> {
        let mut members: BTreeMap<Cell, Vec<usize>> = BTreeMap::new();
        for (number, cell) in self.of.iter().enumerate().filter(|(_, cell)| cell.pattern != Pattern::Nothing) {
            match members.get_mut(cell) {
                Some(members) => members.push(number),
                None => _ = members.insert(cell.clone(), vec![number]),
            }
        }
        members
    }
}

/// The newest problem that is about a place and a group of titles.
fn about(problems: &[Problem], groups: &Groups) -> BTreeMap<Cell, usize> {
    let mut order: Vec<usize> = (0..problems.len()).filter(|number| !problems[*number].words.is_empty()).collect();
    order.sort_by(|left, right| {
        let key = |number: &usize| (problems[*number].created_at, &problems[*number].id);
        key(left).cmp(&key(right))
    });
    let cell = |problem: &Problem| {
        let place = place([&problem.service, &problem.item, &problem.team], false);
        groups.find(&problem.words).filter(|_| place.0 != 3).map(|group| Cell { pattern: Pattern::Title(group), place })
    };
    order.into_iter().filter_map(|number| Some((cell(&problems[number])?, number))).collect()
}

/// The problem that most of them name, if at least half of those from before its fix do.
fn named_by_half(members: &[usize], cases: &[Case], named: &[Option<usize>], problems: &[Problem]) -> Option<usize> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    members.iter().filter_map(|member| named[*member]).for_each(|problem| *counts.entry(problem).or_default() += 1);
    let key = |problem: usize| &problems[problem].id;
    let (problem, _) = counts.into_iter().max_by(|left, right| left.1.cmp(&right.1).then_with(|| key(right.0).cmp(key(left.0))))?;
    let is_before = |member: &&usize| problems[problem].fixed_at.is_none_or(|fixed| cases[**member].began <= fixed);
    let before: Vec<usize> = members.iter().filter(is_before).copied().collect();
    let asked = if before.is_empty() { members } else { before.as_slice() };
    let naming = asked.iter().filter(|member| named[**member] == Some(problem)).count();
    (2 * naming >= asked.len()).then_some(problem)
}
