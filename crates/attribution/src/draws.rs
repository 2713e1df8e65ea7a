//! Failed deployments by team, service or month over the draws of [`crate::gibbs`], and intervals from them.
//!
//! Some links between incidents and deployments cannot be seen at all: the ticket names the wrong service, the failure shows too late,
//! the path is not in the model. Each draw is therefore divided by a share of visible links that is itself drawn (method, section 5).
//! **The prior of that share was chosen on simulations of the model's own family**: in them the 90 % interval of what was realised
//! covers 0.77 to 0.92 instead of 0.60 to 0.83. Take its coverage as optimistic.

use sequela_stats::variate::Variates;
use sequela_stats::{Estimate, Level, proportion, rng, sample};

use crate::fit::Fit;
use crate::gibbs::{self, Sampling};
use crate::problem::Problem;

/// Name of [`Draws::realised`] in `Estimate::method`.
pub const REALISED: &str = "draws of the causes";
/// Share of links that are visible: Beta with mean 0.92.
pub const VISIBLE: (f64, f64) = (28.0, 2.5);
const VISIBILITY: u64 = u64::from_be_bytes(*b"gb-visib");

/// Which group each sorted row counts in.
#[derive(Clone, Debug)]
pub struct Grouping {
    /// Group of each sorted row, or [`Self::NONE`].
    pub group: Vec<u32>,
    /// Number of groups.
    pub count: usize,
}

impl Grouping {
    /// The group of a row that counts nowhere, such as a rollback.
    pub const NONE: u32 = u32::MAX;

    /// A grouping of all rows that have a group.
    pub fn new(group: Vec<u32>) -> Self {
        let count = group.iter().filter(|group| **group != Self::NONE).max().map_or(0, |last| *last as usize + 1);
        Self { group, count }
    }

    /// Rows of each group.
    fn sizes(&self) -> Vec<u32> {
        let mut sizes = vec![0; self.count];
        self.group.iter().filter(|group| **group != Self::NONE).for_each(|group| sizes[*group as usize] += 1);
        sizes
    }
}

/// Draws the failed deployments of any number of groupings at once.
///
/// Rows are counted: a deployment of three services is three rows, and fails once for each service it hurt.
pub fn failures(problem: &Problem, fit: &Fit, sampling: Sampling, visible: (f64, f64), groupings: &[Grouping]) -> Vec<Draws> {
    let kept = sampling.kept();
    let seed = rng::stream(sampling.seed, VISIBILITY, 0);
    let visible: Vec<f64> = (0..kept as u64).map(|draw| Variates::new(seed, draw).beta(visible.0, visible.1)).collect();
    let empty = |grouping: &Grouping| Draws { counts: vec![0; grouping.count * kept], sizes: grouping.sizes(), visible: visible.clone() };
    let mut all: Vec<Draws> = groupings.iter().map(empty).collect();
    let mut draw = 0;
    gibbs::sample(problem, fit, sampling, |failed| {
        for (grouping, draws) in groupings.iter().zip(&mut all) {
            let groups = failed.iter().map(|row| grouping.group[*row as usize]).filter(|group| *group != Grouping::NONE);
            groups.for_each(|group| draws.counts[group as usize * kept + draw] += 1);
        }
        draw += 1;
    });
    all
}

/// Failed deployments of each group in each draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Draws {
    /// By group, then draw.
    counts: Vec<u32>,
    /// Rows of each group.
    sizes: Vec<u32>,
    /// Share of visible links in each draw.
    visible: Vec<f64>,
}

impl Draws {
    /// Number of groups.
    pub fn groups(&self) -> usize {
        self.sizes.len()
    }

    /// Rows of a group, failed or not.
    pub fn size(&self, group: usize) -> u32 {
        self.sizes[group]
    }

    /// Failed deployments that the links show, by draw.
    pub fn linked(&self, group: usize) -> &[u32] {
        &self.counts[group * self.visible.len()..(group + 1) * self.visible.len()]
    }

    /// Failed deployments with those whose links are invisible, by draw; at most all.
    pub fn failed(&self, group: usize) -> Vec<f64> {
        let size = f64::from(self.sizes[group]);
        self.linked(group).iter().zip(&self.visible).map(|(count, visible)| (f64::from(*count) / visible).min(size)).collect()
    }

    /// The share of deployments that failed in this period: mean and quantiles over the draws.
    ///
    /// The value lies above that of the fit, by the links that are invisible.
    pub fn realised(&self, group: usize, level: Level) -> Estimate {
        let size = f64::from(self.sizes[group]);
        let shares: Vec<f64> = self.failed(group).into_iter().map(|failed| failed / size).collect();
        let n = u64::from(self.sizes[group]);
        if n == 0 || shares.is_empty() {
            return Estimate::none(n, REALISED);
        }
        Estimate {
            value: Some(shares.iter().sum::<f64>() / shares.len() as f64),
            lower: sample::quantile(&shares, level.tail()),
            upper: sample::quantile(&shares, 1.0 - level.tail()),
            n,
            method: REALISED,
        }
    }

    /// The rate at which deployments of this kind fail: wider, since another period would not see the same failures.
    pub fn underlying(&self, group: usize, level: Level) -> Estimate {
        proportion::jeffreys_over_draws(&self.failed(group), f64::from(self.sizes[group]), level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked by hand: three draws of a group of ten rows, and a group of two rows in which more is invisible than there is.
    #[test]
    fn invisible_links_are_added_and_never_exceed_the_group() {
        let draws = Draws { counts: vec![1, 2, 3, 2, 2, 0], sizes: vec![10, 2], visible: vec![1.0, 0.8, 0.5] };
        assert_eq!(draws.linked(1), [2, 2, 0]);
        assert_eq!(draws.failed(0), [1.0, 2.5, 6.0]);
        assert_eq!(draws.failed(1), [2.0, 2.0, 0.0]);
        let realised = draws.realised(0, Level::default());
        assert!((realised.value.unwrap() - 9.5 / 30.0).abs() < 1e-12);
        // Type 7: position 0.05 · 2 = 0.1 between 0.1 and 0.25, and 1.9 between 0.25 and 0.6.
        assert!((realised.lower.unwrap() - 0.115).abs() < 1e-12 && (realised.upper.unwrap() - 0.565).abs() < 1e-12);
        let underlying = draws.underlying(0, Level::default());
        assert!(underlying.lower < realised.lower && underlying.upper > realised.upper, "{underlying:?}");
    }

    #[test]
    fn rows_without_a_group_count_nowhere() {
        let grouping = Grouping::new(vec![1, Grouping::NONE, 0, 1]);
        assert_eq!((grouping.count, grouping.sizes()), (2, vec![1, 2]));
        let none = Draws { counts: Vec::new(), sizes: vec![0], visible: Vec::new() };
        assert_eq!(none.realised(0, Level::default()).value, None);
        assert_eq!(none.underlying(0, Level::default()).value, None);
    }
}
