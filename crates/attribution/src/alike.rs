//! Deployments that are alike in every factor: what is expected of them is the same, so that it is worked out once for all of them.
//!
//! A year of three million deployments has some ten thousand kinds; sums by level run over kinds instead of rows.

use std::collections::HashMap;

use crate::problem::Factor;

/// Which sorted rows are alike.
#[derive(Debug, Default)]
pub(crate) struct Alike {
    /// Kind of each sorted row.
    kinds: Vec<u32>,
    /// Level of each kind, by factor. Kinds stand in the order of their levels.
    pub(crate) levels: Vec<Vec<u32>>,
    count: usize,
}

impl Alike {
    /// Tells kinds apart by one factor after the other. `rows` are the rows of the input in sorted order.
    pub(crate) fn new(factors: &[Factor], rows: &[u32]) -> Self {
        let mut kinds = vec![0; rows.len()];
        let mut last = Vec::new();
        for factor in factors {
            let mut known: HashMap<(u32, u32), u32> = HashMap::new();
            for (kind, row) in kinds.iter_mut().zip(rows) {
                let next = known.len() as u32;
                *kind = *known.entry((*kind, factor.levels[*row as usize])).or_insert(next);
            }
            last = vec![0; known.len()];
        }
        last.resize(last.len().max(usize::from(!rows.is_empty())), 0);
        kinds.iter().zip(rows).for_each(|(kind, row)| last[*kind as usize] = *row);
        let of = |row: u32| -> Vec<u32> { factors.iter().map(|factor| factor.levels[row as usize]).collect() };
        let mut order: Vec<(Vec<u32>, usize)> = last.into_iter().map(of).zip(0..).collect();
        order.sort_unstable();
        let mut place = vec![0; order.len()];
        order.iter().zip(0..).for_each(|((_, kind), new)| place[*kind] = new);
        kinds.iter_mut().for_each(|kind| *kind = place[*kind as usize]);
        let levels = (0..factors.len()).map(|factor| order.iter().map(|(levels, _)| levels[factor]).collect()).collect();
        Self { kinds, levels, count: order.len() }
    }

    /// Number of kinds.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// The value of its kind for each sorted row.
    pub(crate) fn spread(&self, by_kind: &[f64]) -> Vec<f64> {
        self.kinds.iter().map(|kind| by_kind[*kind as usize]).collect()
    }

    /// Sums by kind of values by sorted row.
    pub(crate) fn sums(&self, by_row: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.count];
        self.kinds.iter().zip(by_row).for_each(|(kind, value)| sums[*kind as usize] += value);
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: rows 2, 0, 3, 1 have the levels (1, 0), (0, 1), (1, 0) and (0, 0).
    #[test]
    fn rows_with_the_same_levels_are_of_one_kind() {
        let factors =
            [Factor { name: "first", levels: vec![0, 0, 1, 1], count: 2 }, Factor { name: "second", levels: vec![1, 0, 0, 0], count: 2 }];
        let alike = Alike::new(&factors, &[2, 0, 3, 1]);
        assert_eq!((alike.kinds.clone(), alike.levels.clone()), (vec![2, 1, 2, 0], vec![vec![0, 0, 1], vec![0, 1, 0]]));
        assert_eq!(alike.sums(&[1.0, 2.0, 4.0, 8.0]), [8.0, 2.0, 5.0]);
        assert_eq!(alike.spread(&[0.5, 0.6, 0.7]), [0.7, 0.6, 0.7, 0.5]);
    }

    #[test]
    fn without_factors_all_are_alike() {
        assert_eq!(Alike::new(&[], &[0, 1]).sums(&[1.0, 2.0]), [3.0]);
        assert_eq!(Alike::new(&[], &[]).count(), 0);
    }
}
