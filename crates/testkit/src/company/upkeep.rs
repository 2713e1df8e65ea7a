//! Change records without a deployment behind them: upkeep that a tool does not deploy, and what is planned after the extract.

use chrono::{Datelike, Weekday};

use super::catalog::{SERVICES, number_of};
use super::changes::{Change, Type};
use super::clock::{self, HOUR};
use crate::random::Stream;

/// Updates of the customs tariff: each goes to the board, and none ever failed.
pub(crate) const TARIFF: (&str, usize) = ("Tariff table update", 165);
/// Rotations of certificates: approved beforehand, and every fifth fails.
pub(crate) const CERTIFICATE: (&str, usize) = ("Certificate rotation", 34);
/// Changes planned for the fortnight after the extract.
const PLANNED: usize = 14;
const DAY: i64 = 24 * HOUR;

/// A record without a deployment.
#[derive(Clone, Debug)]
pub(crate) struct Upkeep {
    pub(crate) change: Change,
    /// Change model; releases have none.
    pub(crate) model: Option<&'static str>,
}

/// All of them in the order of their creation, with numbers behind those of the other changes.
pub(crate) fn upkeep(seed: u64) -> Vec<Upkeep> {
    let mut stream = Stream::new(seed, 402);
    let tariff = number_of("tariff-lookup").unwrap_or_default();
    let checkout = number_of("checkout-api").unwrap_or_default();
    let mut made: Vec<Upkeep> = (0..TARIFF.1).map(|_| done(&mut stream, tariff, TARIFF.0, Type::Normal, true)).collect();
    made.extend((0..CERTIFICATE.1).map(|number| done(&mut stream, checkout, CERTIFICATE.0, Type::Standard, number % 5 != 4)));
    made.extend((0..PLANNED).map(|number| planned(&mut stream, number)));
    made.sort_by_key(|upkeep| upkeep.change.created_at);
    for (index, upkeep) in made.iter_mut().enumerate() {
        upkeep.change.number = format!("CHG{:07}", 41_007 + index * 2);
    }
    made
}

fn done(stream: &mut Stream, service: usize, model: &'static str, change_type: Type, successful: bool) -> Upkeep {
    let start = working_hour(stream, clock::first() + 9 * DAY, clock::extract() - 3 * DAY);
    let actual = (start + stream.below(900) as i64, start + HOUR + stream.below(1_800) as i64);
    let notice = if change_type == Type::Normal { stream.between(60.0, 190.0) } else { stream.between(4.0, 40.0) };
    Upkeep { change: record(service, change_type, start, notice, actual, successful), model: Some(model) }
}

/// Every second one goes to the board; every seventh is a standard change.
fn planned(stream: &mut Stream, number: usize) -> Upkeep {
    let start = working_hour(stream, clock::extract() + HOUR, clock::extract() + 14 * DAY);
    let change_type = if number % 7 == 6 { Type::Standard } else { Type::Normal };
    let actual = (start, start + 2 * HOUR);
    let notice = (start - clock::extract()) as f64 / HOUR as f64 + stream.between(5.0, 60.0);
    let mut change = record(stream.below(SERVICES.len() - 2), change_type, start, notice, actual, true);
    change.cab_required = number.is_multiple_of(2);
    Upkeep { change, model: (change_type == Type::Standard).then_some(STANDARD_RELEASE) }
}

/// Model of the standard changes that deploy.
pub(crate) const STANDARD_RELEASE: &str = "Standard release";
/// Model of those that only configure.
pub(crate) const CONFIGURATION: &str = "Configuration adjustment";

fn record(service: usize, change_type: Type, start: i64, notice: f64, actual: (i64, i64), successful: bool) -> Change {
    Change {
        number: String::new(),
        service,
        change_type,
        created_at: start - (notice * HOUR as f64) as i64,
        planned_start_at: start,
        planned_end_at: start + 2 * HOUR,
        actual: Some(actual),
        cab_required: change_type == Type::Normal,
        successful,
    }
}

/// A full quarter of an hour from nine to five on a weekday.
fn working_hour(stream: &mut Stream, from: i64, to: i64) -> i64 {
    loop {
        let at = from + stream.below((to - from) as usize) as i64;
        let at = at - at.rem_euclid(900);
        let local = clock::local(at);
        let is_weekend = matches!(local.weekday(), Weekday::Sat | Weekday::Sun);
        if !is_weekend && (9..17).contains(&chrono::Timelike::hour(&local)) {
            return at;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upkeep_is_done_in_the_half_year_and_plans_lie_after_it() {
        let all = upkeep(crate::demo::SEED);
        let (extract, ahead) = (clock::extract(), |upkeep: &&Upkeep| upkeep.change.planned_start_at > clock::extract());
        assert_eq!(all.iter().filter(ahead).count(), PLANNED);
        assert!(all.iter().all(|upkeep| upkeep.change.created_at < extract));
        let of = |model: &str| all.iter().filter(|upkeep| upkeep.model == Some(model)).collect::<Vec<_>>();
        assert!(of(TARIFF.0).iter().all(|upkeep| upkeep.change.successful && upkeep.change.cab_required));
        let failed = of(CERTIFICATE.0).iter().filter(|upkeep| !upkeep.change.successful).count();
        assert_eq!((of(CERTIFICATE.0).len(), failed), (34, 6));
    }
}
