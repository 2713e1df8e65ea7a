//! Which commits lie between two heads.

use std::collections::{BinaryHeap, HashMap};

use super::history::History;

/// Reachable from the head.
const NEW: u8 = 1;
/// Reachable from the head before it.
const OLD: u8 = 2;

/// A walk that visits more commits than this joins heads that have little to do with each other.
const FARTHEST: usize = 20_000;

/// The graph of commits, made for walking from children to parents.
pub(super) struct Walk {
    parents: Vec<Vec<u32>>,
    /// One more than the largest of the parents, so that every commit is met before its parents.
    generations: Vec<u32>,
}

impl Walk {
    pub(super) fn over(history: &History) -> Self {
        let known = |names: &[Box<str>]| names.iter().filter_map(|name| history.find(name, None)).collect();
        let parents: Vec<Vec<u32>> = history.commits().iter().map(|commit| known(&commit.parents)).collect();
        let generations = generations(&parents);
        Self { parents, generations }
    }

    /// Whether a commit joins branches that are both in the log, so that its own sizes would count twice.
    pub(super) fn is_merge(&self, commit: u32) -> bool {
        self.parents[commit as usize].len() > 1
    }

    /// Commits that are reachable from a head and not from the one before; none where the two have nothing in common in the log.
    pub(super) fn between(&self, before: u32, head: u32) -> Option<Vec<u32>> {
        if before == head {
            return Some(Vec::new());
        }
        let mut marks: HashMap<u32, u8> = HashMap::from([(before, OLD), (head, NEW)]);
        let mut queue: BinaryHeap<(u32, u32)> = [before, head].into_iter().map(|commit| self.placed(commit)).collect();
        let (mut found, mut open, mut met) = (Vec::new(), 1_usize, false);
        let mut visited = 0;
        while let (Some((_, commit)), true) = (queue.pop(), open > 0) {
            visited += 1;
            if visited > FARTHEST {
                return None;
            }
            let mark = marks.get(&commit).copied().unwrap_or(0);
            if mark == NEW {
                open -= 1;
                found.push(commit);
            }
            for parent in &self.parents[commit as usize] {
                let known = marks.entry(*parent).or_insert(0);
                let joined = *known | mark;
                match (*known, joined) {
                    (0, NEW) => open += 1,
                    (NEW, joined) if joined != NEW => open = open.saturating_sub(1),
                    _ => {}
                }
                met |= joined == NEW | OLD;
                if *known == 0 {
                    queue.push(self.placed(*parent));
                }
                *known = joined;
            }
        }
        met.then_some(found)
    }

    fn placed(&self, commit: u32) -> (u32, u32) {
        (self.generations[commit as usize], commit)
    }
}

/// Generations from the roots on. Commits in a circle, which only a damaged log has, keep zero.
fn generations(parents: &[Vec<u32>]) -> Vec<u32> {
    let mut children: Vec<Vec<u32>> = vec![Vec::new(); parents.len()];
    for (own, number) in parents.iter().zip(0..) {
        own.iter().for_each(|parent| children[*parent as usize].push(number));
    }
    let mut waiting: Vec<usize> = parents.iter().map(Vec::len).collect();
    let mut ready: Vec<u32> = parents.iter().zip(0..).filter(|(own, _)| own.is_empty()).map(|(_, number)| number).collect();
    let mut generations = vec![0; parents.len()];
    while let Some(commit) = ready.pop() {
        let highest = parents[commit as usize].iter().map(|parent| generations[*parent as usize]).max().unwrap_or(0);
        generations[commit as usize] = highest + 1;
        for child in &children[commit as usize] {
            waiting[*child as usize] -= 1;
            if waiting[*child as usize] == 0 {
                ready.push(*child);
            }
        }
    }
    generations
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// 0 – 1 – 2 – 5 (merge of 2 and 4), 1 – 3 – 4, and 6 alone.
    fn walk() -> Walk {
        let parents = vec![vec![], vec![0], vec![1], vec![1], vec![3], vec![2, 4], vec![]];
        Walk { generations: generations(&parents), parents }
    }

    #[test]
    fn what_a_head_has_and_the_other_has_not() {
        let between = |before, head| {
            walk().between(before, head).map(|mut found| {
                found.sort_unstable();
                found
            })
        };
        assert_eq!(walk().generations, [1, 2, 3, 3, 4, 5, 1]);
        assert_eq!(between(2, 5), Some(vec![3, 4, 5]));
        assert_eq!(between(0, 5), Some(vec![1, 2, 3, 4, 5]));
        assert_eq!(between(2, 4), Some(vec![3, 4]));
        assert_eq!(between(5, 2), Some(vec![]));
        assert_eq!(between(4, 4), Some(vec![]));
        assert_eq!((between(6, 5), between(5, 6)), (None, None));
    }

    #[test]
    fn circles_end() {
        let parents = vec![vec![1], vec![0], vec![0]];
        let walk = Walk { generations: generations(&parents), parents };
        let _ = (walk.between(0, 1), walk.between(1, 2), walk.between(2, 0));
    }

    /// Everything that a commit reaches, itself included.
    fn reached(parents: &[Vec<u32>], from: u32) -> BTreeSet<u32> {
        let mut found = BTreeSet::new();
        let mut open = vec![from];
        while let Some(commit) = open.pop() {
            if found.insert(commit) {
                open.extend(&parents[commit as usize]);
            }
        }
        found
    }

    proptest::proptest! {
        /// On any graph the walk finds the difference of what the two heads reach, unless they have nothing in common.
        #[test]
        fn any_graph(graph in proptest::collection::vec(proptest::collection::vec(0..64_u32, 0..3), 1..40), before: u32, head: u32) {
            let parents: Vec<Vec<u32>> = graph
                .iter()
                .zip(0_u32..)
                .map(|(own, number)| own.iter().filter(|_| number > 0).map(|parent| parent % number.max(1)).collect::<BTreeSet<_>>().into_iter().collect())
                .collect();
            let count = u32::try_from(parents.len()).unwrap();
            let (before, head) = (before % count, head % count);
            let (old, new) = (reached(&parents, before), reached(&parents, head));
            let expected = (!old.is_disjoint(&new)).then(|| new.difference(&old).copied().collect::<BTreeSet<_>>());
            let walk = Walk { generations: generations(&parents), parents };
            proptest::prop_assert_eq!(walk.between(before, head).map(|found| found.into_iter().collect::<BTreeSet<_>>()), expected);
        }
    }
}
