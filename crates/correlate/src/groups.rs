//! Lists of small numbers per small number, stored flat: services per deployment, owners per service, dependencies.

/// For each of `n` rows a sorted list without repetitions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups {
    offsets: Vec<u32>,
    values: Vec<u32>,
}

impl Groups {
    /// Collects (row, value) pairs in any order, repetitions included.
    pub fn from_pairs(rows: usize, mut pairs: Vec<(u32, u32)>) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        let mut offsets = vec![0_u32; rows + 1];
        for &(row, _) in &pairs {
            offsets[row as usize + 1] += 1;
        }
        for row in 0..rows {
            offsets[row + 1] += offsets[row];
        }
        Self { offsets, values: pairs.into_iter().map(|(_, value)| value).collect() }
    }

    /// The list of a row.
    pub fn of(&self, row: u32) -> &[u32] {
        let row = row as usize;
        &self.values[self.offsets[row] as usize..self.offsets[row + 1] as usize]
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// (row, value) pairs in order.
    pub fn pairs(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        (0..self.rows() as u32).flat_map(|row| self.of(row).iter().map(move |&value| (row, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_and_unique() {
        let groups = Groups::from_pairs(3, vec![(2, 7), (0, 5), (0, 1), (0, 5)]);
        assert_eq!((groups.of(0), groups.of(1), groups.of(2)), (&[1, 5][..], &[][..], &[7][..]));
        assert_eq!(groups.pairs().collect::<Vec<_>>(), [(0, 1), (0, 5), (2, 7)]);
    }
}
