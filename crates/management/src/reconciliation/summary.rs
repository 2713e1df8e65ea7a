//! How many records have each finding, and how often these failed.

use std::collections::BTreeMap;

use sequela_schema::TableBuilder;
use sequela_schema::result::reconciliation_summary as t;
use sequela_stats::{Level, proportion};

/// Counts by side and finding.
#[derive(Debug, Default)]
pub(super) struct Summary {
    counts: BTreeMap<(&'static str, &'static str), Counts>,
    records: BTreeMap<&'static str, i64>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    records: i64,
    judged: i64,
    failures: f64,
}

impl Summary {
    /// Adds a record with all its findings.
    pub(super) fn add(&mut self, side: &'static str, findings: &[&'static str], p_failed: Option<f64>) {
        *self.records.entry(side).or_default() += 1;
        for finding in findings {
            let counts = self.counts.entry((side, finding)).or_default();
            counts.records += 1;
            counts.judged += i64::from(p_failed.is_some());
            counts.failures += p_failed.unwrap_or_default();
        }
    }

    pub(super) fn write(&self, builder: &mut TableBuilder) {
        for ((side, finding), counts) in &self.counts {
            let of = self.records.get(side).copied().unwrap_or_default();
            let rate = proportion::jeffreys(counts.failures, counts.judged as f64, Level::default());
            builder
                .row()
                .text(&t::SIDE, side)
                .text(&t::FINDING, finding)
                .int(&t::RECORDS, counts.records)
                .int(&t::OF, of)
                .real(&t::SHARE, counts.records as f64 / of as f64)
                .int(&t::JUDGED, counts.judged)
                .real(&t::FAILURES, counts.failures)
                .real_opt(&t::FAILURE_RATE, rate.value)
                .real_opt(&t::LOWER, rate.lower)
                .real_opt(&t::UPPER, rate.upper);
        }
    }
}
