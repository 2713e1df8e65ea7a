//! Incidents on the touched services before and after.

use std::collections::HashMap;

use sequela_stats::rate_ratio::{Count, conditional};
use sequela_stats::{Estimate, Level};

use super::read::Facts;
use super::{DAY, HOUR, Subject};

/// Whole weeks, so that days of the week weigh alike.
const BEFORE: i64 = 28 * DAY;
/// The same; long enough for what the model looks at, short enough for the next deployment.
const AFTER: i64 = 7 * DAY;

/// Counts with their hours, times services.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rates {
    pub(super) before: Count,
    pub(super) after: Count,
    /// Other deployments on these services in the time after.
    pub(super) others: u64,
}

impl Facts {
    /// None without a service, an end, or any time to look at.
    pub(super) fn rates(&self, subject: &Subject<'_>, services: &[u32]) -> Option<Rates> {
        let (start, end) = (subject.started()?, subject.finished()?);
        let from = start.saturating_sub(BEFORE).max(self.from);
        let to = end.saturating_add(AFTER).min(self.as_of);
        let hours = |from: i64, to: i64| to.saturating_sub(from).max(0) as f64 / HOUR as f64 * services.len() as f64;
        let count = |from, to| Count { events: self.incidents.count(services, from, to), exposure: hours(from, to) };
        let own: usize = subject.members.iter().filter(|member| member.finished.is_some_and(|at| at < to)).map(|m| m.services.len()).sum();
        let others = self.deployments.count(services, start, to).saturating_sub(own as u64);
        (!services.is_empty()).then(|| Rates { before: count(from, start), after: count(start, to), others })
    }
}

/// Ratios of counts, kept because the same small counts come again and again.
#[derive(Debug, Default)]
pub(super) struct Ratios {
    by_events: HashMap<(u64, u64), Estimate>,
    /// Highest number explained, by earlier events and the bits of the earlier and the new exposure.
    pub(super) limits: HashMap<(u64, u64, u64), Option<u64>>,
}

impl Ratios {
    /// The rate after ÷ the rate before; the odds of the counts do not depend on the exposures, which only scale them.
    pub(super) fn of(&mut self, rates: &Rates) -> Estimate {
        let (after, before) = (rates.after.events, rates.before.events);
        let scale = rates.before.exposure / rates.after.exposure;
        if !(scale.is_finite() && scale > 0.0) {
            return Estimate::none(after + before, sequela_stats::rate_ratio::CONDITIONAL_BINOMIAL);
        }
        let unit = |events| Count { events, exposure: 1.0 };
        let odds = self.by_events.entry((after, before)).or_insert_with(|| conditional(unit(after), unit(before), Level::default()));
        odds.scaled(scale)
    }
}
