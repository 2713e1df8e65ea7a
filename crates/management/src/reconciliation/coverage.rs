//! Times for which an export has no records at all: nothing that is missing then can be held against anybody.

const DAY: i64 = 86_400 * 1_000_000;
/// A shorter silence is none.
const LEAST: i64 = 7 * DAY;
/// Times the median time between records: with records at random such a silence comes once in 30,000 gaps.
const MEDIANS: i64 = 15;

/// Instants of records, with the silence that is too long to be chance.
#[derive(Debug, Default)]
pub(super) struct Coverage {
    times: Vec<i64>,
    longest: i64,
}

impl Coverage {
    pub(super) fn new(mut times: Vec<i64>) -> Self {
        times.sort_unstable();
        let mut gaps: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).filter(|gap| *gap > 0).collect();
        gaps.sort_unstable();
        let median = gaps.get(gaps.len() / 2).copied().unwrap_or_default();
        Self { times, longest: (median * MEDIANS).max(LEAST) }
    }

    /// The silence around an instant: the records before and after it, where they are too far apart. Before the first and after the last
    /// record the instant itself must be too far away.
    pub(super) fn gap(&self, at: i64) -> Option<(Option<i64>, Option<i64>)> {
        let next = self.times.partition_point(|time| *time < at);
        let (before, after) = (next.checked_sub(1).map(|place| self.times[place]), self.times.get(next).copied());
        let length = match (before, after) {
            (Some(before), Some(after)) => after - before,
            (Some(before), None) => at - before,
            (None, Some(after)) => after - at,
            (None, None) => i64::MAX,
        };
        (length > self.longest).then_some((before, after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record a day and a month of silence: 15 days are the longest silence that could be chance.
    #[test]
    fn a_month_without_any_record_is_no_evidence() {
        let times = (0..20).chain(50..60).map(|day| day * DAY).collect();
        let coverage = Coverage::new(times);
        assert_eq!(coverage.gap(30 * DAY), Some((Some(19 * DAY), Some(50 * DAY))));
        assert_eq!(coverage.gap(10 * DAY), None);
        assert_eq!(coverage.gap(70 * DAY), None);
        assert_eq!(coverage.gap(80 * DAY), Some((Some(59 * DAY), None)));
        assert_eq!(coverage.gap(-20 * DAY), Some((None, Some(0))));
        assert!(Coverage::default().gap(0).is_some());
    }
}
