//! Decides for a whole column whether the day or the month stands first.
//!
//! Dates such as `13/04/2026` prove one order and `04/13/2026` the other. Where a column proves nothing, the other columns of the
//! file are asked, then the numbers of the records, which rise with time in most trackers.

use super::scan::{Scanned, scan};
use crate::source::DateOrder;

/// What the dates of one column say about their order.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    pub(crate) day_first: u64,
    pub(crate) month_first: u64,
    pub(crate) either: u64,
    /// Number of the record with the date read both ways, as day numbers in a year of 31-day months.
    samples: Vec<(u64, [u32; 2])>,
}

const SAMPLES: usize = 20_000;

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// No numeric date at all, or proven.
    Order(DateOrder),
    /// Nothing proves an order.
    Open,
    /// Both orders occur equally often.
    Contradiction,
}

impl Evidence {
    /// Takes note of one value and of the number of its record.
    pub(crate) fn note(&mut self, text: &str, record: Option<u64>) {
        let Scanned::Numeric(date) = scan(text) else { return };
        match (date.first > 12, date.second > 12) {
            (true, false) => self.day_first += 1,
            (false, true) => self.month_first += 1,
            (true, true) => {}
            (false, false) => self.either += 1,
        }
        if let (Some(record), true) = (record, self.samples.len() < SAMPLES) {
            let read = [date.key(DateOrder::Dmy), date.key(DateOrder::Mdy)];
            self.samples.push((record, read));
        }
    }

    /// Whether any value was a numeric date.
    pub(crate) fn any(&self) -> bool {
        self.day_first + self.month_first + self.either > 0
    }

    pub(crate) fn decide(&self) -> Decision {
        match self.day_first.cmp(&self.month_first) {
            std::cmp::Ordering::Greater => Decision::Order(DateOrder::Dmy),
            std::cmp::Ordering::Less => Decision::Order(DateOrder::Mdy),
            std::cmp::Ordering::Equal if self.day_first > 0 => Decision::Contradiction,
            std::cmp::Ordering::Equal if self.either > 0 => Decision::Open,
            std::cmp::Ordering::Equal => Decision::Order(DateOrder::Dmy),
        }
    }

    /// The order in which times rise with the numbers of the records, where only one does so.
    pub(crate) fn by_record_number(&mut self) -> Option<DateOrder> {
        self.samples.sort_unstable();
        let falls = |way: usize| self.samples.windows(2).filter(|pair| pair[0].1[way] > pair[1].1[way]).count();
        match (falls(0), falls(1)) {
            (0, fewer) if fewer > 0 => Some(DateOrder::Dmy),
            (fewer, 0) if fewer > 0 => Some(DateOrder::Mdy),
            _ => None,
        }
    }
}

impl super::scan::NumericDate {
    fn key(self, order: DateOrder) -> u32 {
        let (month, day) = if order == DateOrder::Dmy { (self.second, self.first) } else { (self.first, self.second) };
        self.year() * 372 + month * 31 + day
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence(values: &[&str]) -> Evidence {
        let mut evidence = Evidence::default();
        for (number, value) in values.iter().enumerate() {
            evidence.note(value, Some(number as u64));
        }
        evidence
    }

    #[test]
    fn one_proof_decides_a_column() {
        assert_eq!(evidence(&["01/02/2026", "13/02/2026"]).decide(), Decision::Order(DateOrder::Dmy));
        assert_eq!(evidence(&["01/02/2026", "02/13/2026"]).decide(), Decision::Order(DateOrder::Mdy));
        assert_eq!(evidence(&["01/02/2026"]).decide(), Decision::Open);
        assert_eq!(evidence(&["13/02/2026", "02/13/2026"]).decide(), Decision::Contradiction);
        assert_eq!(evidence(&["13/02/2026", "14/02/2026", "02/13/2026"]).decide(), Decision::Order(DateOrder::Dmy));
        assert_eq!(evidence(&["2026-01-02"]).decide(), Decision::Order(DateOrder::Dmy));
    }

    #[test]
    fn numbers_of_records_rise_with_time() {
        // Day first: 1 Feb, 2 Feb, 1 March; month first it would fall from 2 Feb to 3 January.
        assert_eq!(evidence(&["01/02/2026", "02/02/2026", "01/03/2026"]).by_record_number(), Some(DateOrder::Dmy));
        assert_eq!(evidence(&["02/01/2026", "02/02/2026", "03/01/2026"]).by_record_number(), Some(DateOrder::Mdy));
        assert_eq!(evidence(&["01/01/2026", "02/02/2026"]).by_record_number(), None);
    }
}
