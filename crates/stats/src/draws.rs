//! Counts that are drawn, not seen: of which deployments failed, and which incidents a change caused.
//!
//! What can be told from links is less than what happened: some links cannot be seen at all. Each draw of a count is therefore divided
//! by a share of visible links that is drawn too.

use std::collections::HashMap;

use crate::{Estimate, Level, proportion, sample};

/// Name of [`Visible::realised`] and [`Visible::count`] in `Estimate::method`.
pub const DRAWS: &str = "draws of the causes";
/// Name of [`Visible::rate`] in `Estimate::method`.
pub const RATE: &str = "draws of the causes, jeffreys";
/// Most draws that a [`Mask`] holds.
pub const MOST: usize = u128::BITS as usize;

/// Whether something happened in each draw: bit k for draw k.
pub type Mask = u128;

/// Happened in every draw.
pub const ALWAYS: Mask = Mask::MAX;

/// Share of links that can be seen, by draw; at most [`MOST`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Visible(Vec<f64>);

impl Visible {
    /// Shares above 0 and up to 1, one for each draw; those beyond [`MOST`] are dropped.
    pub fn new(mut shares: Vec<f64>) -> Self {
        shares.truncate(MOST);
        Self(shares)
    }

    /// Number of draws.
    pub fn draws(&self) -> usize {
        self.0.len()
    }

    /// How many of the masks have each draw's bit.
    pub fn counts(&self, masks: impl IntoIterator<Item = Mask>) -> Vec<u32> {
        let mut counts = vec![0; self.draws()];
        for mut mask in masks {
            while mask != 0 {
                if let Some(count) = counts.get_mut(mask.trailing_zeros() as usize) {
                    *count += 1;
                }
                mask &= mask - 1;
            }
        }
        counts
    }

    /// Counts with those whose links are invisible, by draw; at most `size`.
    pub fn whole(&self, counts: &[u32], size: u64) -> Vec<f64> {
        counts.iter().zip(&self.0).map(|(count, visible)| (f64::from(*count) / visible).min(size as f64)).collect()
    }

    /// How many it was in this period, `value` as given: from a low draw if every link can be seen, to a high one with the invisible part.
    pub fn count(&self, value: f64, counts: &[u32], size: u64, level: Level) -> Estimate {
        let seen: Vec<f64> = counts.iter().map(|count| f64::from(*count)).collect();
        between(value, &seen, &self.whole(counts, size), size, level)
    }

    /// The same for a sum, such as hours, of at most `whole` over `size` things.
    pub fn sum(&self, value: f64, sums: &[f64], whole: f64, size: u64, level: Level) -> Estimate {
        let drawn: Vec<f64> = sums.iter().zip(&self.0).map(|(sum, visible)| (sum / visible).min(whole)).collect();
        between(value, sums, &drawn, size, level)
    }

    /// The share that it was in this period: mean and quantiles over the draws.
    ///
    /// The value lies above the share of visible links, by the links that are invisible.
    pub fn realised(&self, counts: &[u32], size: u64, level: Level) -> Estimate {
        let shares: Vec<f64> = self.whole(counts, size).into_iter().map(|count| count / size as f64).collect();
        if size == 0 || shares.is_empty() {
            return Estimate::none(size, DRAWS);
        }
        Estimate {
            value: Some(shares.iter().sum::<f64>() / shares.len() as f64),
            lower: sample::quantile(&shares, level.tail()),
            upper: sample::quantile(&shares, 1.0 - level.tail()),
            n: size,
            method: DRAWS,
        }
    }

    /// The rate behind the share, `value` as given; like [`Self::count`], but for another period of the same kind.
    pub fn rate(&self, value: f64, counts: &[u32], size: u64, level: Level) -> Estimate {
        let seen: Vec<f64> = counts.iter().map(|count| f64::from(*count)).collect();
        let (low, high) = (proportion::jeffreys_over_draws(&seen, size as f64, level), self.underlying(counts, size, level));
        Estimate {
            value: high.value.map(|_| value),
            lower: low.lower.map(|lower| lower.min(value)),
            upper: high.upper.map(|upper| upper.max(value)),
            n: size,
            method: RATE,
        }
    }

    /// The rate behind the share: wider, since another period would not see the same.
    pub fn underlying(&self, counts: &[u32], size: u64, level: Level) -> Estimate {
        proportion::jeffreys_over_draws(&self.whole(counts, size), size as f64, level)
    }
}

/// A value between a low quantile of what is seen and a high one of what there is, widened where they do not reach it.
fn between(value: f64, seen: &[f64], whole: &[f64], n: u64, level: Level) -> Estimate {
    let (lower, upper) = (sample::quantile(seen, level.tail()), sample::quantile(whole, 1.0 - level.tail()));
    Estimate {
        value: Some(value),
        lower: lower.map(|lower| lower.min(value)),
        upper: upper.map(|upper| upper.max(value)),
        n,
        method: DRAWS,
    }
}

/// What happened in each draw, under the names that tables use.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Causes {
    /// By deployment and service: whether it failed. Those that never did may be absent.
    pub failed: HashMap<(String, String), Mask>,
    /// By incident: whether a change caused it. Those that no change ever did may be absent.
    pub caused: HashMap<String, Mask>,
    /// Share of links that can be seen, by draw.
    pub visible: Visible,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked by hand: three draws of a group of ten, and a group of two in which more is invisible than there is.
    #[test]
    fn invisible_links_are_added_and_never_exceed_the_group() {
        let visible = Visible::new(vec![1.0, 0.8, 0.5]);
        assert_eq!(visible.whole(&[1, 2, 3], 10), [1.0, 2.5, 6.0]);
        assert_eq!(visible.whole(&[2, 2, 0], 2), [2.0, 2.0, 0.0]);
        let realised = visible.realised(&[1, 2, 3], 10, Level::default());
        assert!((realised.value.unwrap() - 9.5 / 30.0).abs() < 1e-12);
        // Type 7: position 0.05 · 2 = 0.1 between 0.1 and 0.25, and 1.9 between 0.25 and 0.6.
        assert!((realised.lower.unwrap() - 0.115).abs() < 1e-12 && (realised.upper.unwrap() - 0.565).abs() < 1e-12);
        let underlying = visible.underlying(&[1, 2, 3], 10, Level::default());
        assert!(underlying.lower < realised.lower && underlying.upper > realised.upper, "{underlying:?}");
        let count = visible.count(2.0, &[1, 2, 3], 10, Level::default());
        // 1.1 of what is seen: between 1 and 2 at 0.1.
        assert!((count.lower.unwrap() - 1.1).abs() < 1e-12 && (count.upper.unwrap() - 5.65).abs() < 1e-12);
        let rate = visible.rate(0.2, &[1, 2, 3], 10, Level::default());
        assert!(rate.lower < underlying.lower && rate.upper == underlying.upper && rate.value == Some(0.2), "{rate:?}");
    }

    #[test]
    fn bits_are_counted_by_draw_and_those_beyond_the_draws_are_not() {
        let visible = Visible::new(vec![1.0; 3]);
        assert_eq!(visible.counts([0b001, 0b101, ALWAYS, 0b1000]), [3, 1, 2]);
        assert_eq!(Visible::new(vec![1.0; 200]).draws(), MOST);
    }

    #[test]
    fn nothing_is_said_of_nothing() {
        let none = Visible::default();
        assert_eq!(none.realised(&[], 0, Level::default()).value, None);
        assert_eq!(none.underlying(&[], 0, Level::default()).value, None);
    }
}
