//! How long until the incident rate was back to its earlier level.

use sequela_stats::rate_ratio::{Count, highest_explained};

use super::rates::{Rates, Ratios};
use super::read::Facts;
use super::{DAY, HOUR};

/// Fewer incidents before than these tell too little of the earlier level.
const FEW: u64 = 5;
/// How long back to the earlier level is waited for: what lasts longer is a new level.
const LOOK_AHEAD: i64 = 28 * DAY;
/// Share of days that exceed the limit although nothing has changed.
const TAIL: f64 = 0.01;

/// The first time from which 24 hours pass with no more incidents than the earlier rate explains.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Steady {
    pub(super) limit: Option<u64>,
    /// Hours from the end of the deployment.
    pub(super) hours: Option<f64>,
    pub(super) word: &'static str,
}

impl Steady {
    pub(super) fn of(rates: Option<&Rates>, end: Option<i64>, services: &[u32], facts: &Facts, ratios: &mut Ratios) -> Self {
        let too_few = Self { limit: None, hours: None, word: "too few to say" };
        let (Some(rates), Some(end)) = (rates, end) else { return too_few };
        if rates.before.events < FEW || end.saturating_add(DAY) > facts.as_of {
            return too_few;
        }
        let Some(limit) = limit(rates.before, 24.0 * services.len() as f64, ratios) else { return too_few };
        let at = if facts.incidents.count(services, end, end + DAY) <= limit {
            Some(end)
        } else {
            let last = (end + LOOK_AHEAD).min(facts.as_of - DAY);
            quiet_from(&facts.incidents.merged(services, end, last + DAY), limit as usize).filter(|at| *at <= last)
        };
        let word = match at {
            Some(at) if at == end => "never left",
            Some(_) => "reached",
            None => "not reached",
        };
        Self { limit: Some(limit), hours: at.map(|at| (at - end) as f64 / HOUR as f64), word }
    }
}

/// Kept, since earlier counts and exposures repeat.
fn limit(before: Count, exposure: f64, ratios: &mut Ratios) -> Option<u64> {
    let key = (before.events, before.exposure.to_bits(), exposure.to_bits());
    *ratios.limits.entry(key).or_insert_with(|| highest_explained(before, exposure, TAIL))
}

/// The first incident after which a day brings no more than that many others.
fn quiet_from(times: &[i64], limit: usize) -> Option<i64> {
    let is_quiet = |place: usize| times.get(place + limit + 1).is_none_or(|next| *next > times[place].saturating_add(DAY));
    (0..times.len()).find(|place| is_quiet(*place)).map(|place| times[place])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand, one more a day allowed: after the incident at 0 h two follow within a day, after that at 1 h too (2 h, 25 h), after that
    /// at 2 h only the one of 25 h does. With none allowed the last is the first to be followed by none.
    #[test]
    fn a_quiet_day_begins_after_an_incident() {
        let times: Vec<i64> = [0, 1, 2, 25].map(|hour| hour * HOUR).into();
        assert_eq!(quiet_from(&times, 1), Some(2 * HOUR));
        assert_eq!(quiet_from(&times, 0), Some(25 * HOUR));
        assert_eq!(quiet_from(&[], 0), None);
    }
}
