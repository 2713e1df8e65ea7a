//! Incidents: those that deployments cause, those that happen anyway, and what becomes of them in the records.

use super::catalog::Catalog;
use super::deployments::failure_chance;
use super::records::Records;
use super::rhythm::{arrivals, background as background_profile, factors, hour_of_week, noticing};
use super::{Delay, Deployment, Incident, Part, Settings, WEEK, log_normal, micros, span, stream};
use crate::random::Stream;
use crate::world::HOUR;

/// Chance that a failure shows a second time, on a service that depends on the deployed one.
const SEEN_AGAIN: f64 = 0.05;
/// How many times more background incidents a noisy service has, and how often one of them starts a burst.
const NOISE: f64 = 8.0;
const STARTS_BURST: f64 = 0.25;
/// Background incidents of half a year when deployments cause nothing.
const BACKGROUND_WITHOUT_CAUSES: f64 = 3_000.0;

pub(super) fn incident(service: u32, created_at: i64, cause: Option<u32>) -> Incident {
    Incident { service, created_at, resolved_at: None, severity: 0, cause, is_duplicate: false, is_labelled: false, recurrence: None }
}

/// What the deployments bring about.
pub(super) fn caused(settings: &Settings, catalog: &Catalog, deployments: &[Deployment], records: Option<&Records>) -> Vec<Incident> {
    let mut stream = stream(settings, Part::Failures);
    let noticing = noticing();
    let mut made = Vec::new();
    for (number, deployment) in deployments.iter().enumerate() {
        let plain = failure_chance(catalog, deployment);
        if settings.null || !stream.chance(records.map_or(plain, |records| records.chance(settings, deployment, plain))) {
            continue;
        }
        let mut at = deployment.finished_at + micros(delay(&mut stream, settings)).max(1);
        if stream.chance(settings.noticed_by_people) {
            at = waking(&mut stream, &noticing, at, span(settings));
        }
        let cause = Some(number as u32);
        made.push(incident(seen_on(&mut stream, settings, catalog, deployment.service), at, cause));
        let consumers = &catalog.consumers[deployment.service as usize];
        if !consumers.is_empty() && stream.chance(SEEN_AGAIN) {
            let later = at + micros(stream.unit());
            made.push(incident(*stream.pick(consumers), later, cause));
        }
    }
    made
}

/// Hours from a deployment to its incident.
fn delay(stream: &mut Stream, settings: &Settings) -> f64 {
    match settings.delay {
        Delay::LogNormal => log_normal(stream, settings.delay_median, settings.delay_spread),
        Delay::Uniform12 => 12.0 * stream.unit(),
        Delay::Bimodal if stream.chance(0.5) => log_normal(stream, 0.3, 0.7),
        Delay::Bimodal => 20.0 + 6.0 * stream.gaussian().clamp(-3.0, 3.0),
    }
}

/// The first hour from `at` in which somebody looks, or the end.
fn waking(stream: &mut Stream, noticing: &[f64; WEEK as usize], at: i64, end: i64) -> i64 {
    let busiest = noticing.iter().copied().fold(0.0, f64::max);
    let mut at = at;
    while at < end && !stream.chance(noticing[hour_of_week(at)] / busiest) {
        at += HOUR;
    }
    at
}

/// The deployed service, one that depends on it, or one that depends on that.
fn seen_on(stream: &mut Stream, settings: &Settings, catalog: &Catalog, service: u32) -> u32 {
    let (near, far) = (&catalog.consumers[service as usize], &catalog.second_consumers[service as usize]);
    let elsewhere = [settings.seen_on_consumer, settings.seen_two_hops_away];
    match stream.weighted(&[elsewhere[0], elsewhere[1], 1.0 - elsewhere[0] - elsewhere[1]]) {
        0 if !near.is_empty() => *stream.pick(near),
        1 if !far.is_empty() => *stream.pick(far),
        _ => service,
    }
}

/// What happens anyway: as many as make `caused` the wanted share of all.
pub(super) fn background(settings: &Settings, catalog: &Catalog, caused: usize) -> Vec<Incident> {
    let mut stream = stream(settings, Part::Background);
    let mut drift = super::stream(settings, Part::Drift);
    let profile = background_profile();
    let mut made = Vec::new();
    for (service, (rate, is_noisy)) in background_rates(&mut stream, settings, caused).into_iter().enumerate() {
        let drifts = factors(&mut drift, settings, settings.drift, 4);
        let weekly: Vec<f64> = catalog.busyness[service].iter().zip(drifts).map(|(busy, drift)| busy * drift).collect();
        for at in arrivals(&mut stream, rate, &profile, &weekly) {
            made.push(incident(service as u32, at, None));
            if is_noisy && stream.chance(STARTS_BURST) {
                for _ in 0..stream.poisson(settings.burst) {
                    made.push(incident(service as u32, at + micros(stream.waiting_time(2.0)), None));
                }
            }
        }
    }
    made
}

/// Rate per hour of each service, and whether it is noisy. Those that come in bursts have fewer beginnings.
fn background_rates(stream: &mut Stream, settings: &Settings, caused: usize) -> Vec<(f64, bool)> {
    let wanted = if settings.null {
        BACKGROUND_WITHOUT_CAUSES * f64::from(settings.weeks) / 26.0
    } else {
        caused as f64 * (1.0 - settings.share) / settings.share
    };
    let draw = |_| {
        let weight = log_normal(stream, 1.0, 0.8);
        if stream.chance(settings.noisy) { (NOISE * weight, true) } else { (weight, false) }
    };
    let weights: Vec<(f64, bool)> = (0..settings.services).map(draw).collect();
    let per_weight = wanted / weights.iter().map(|(weight, _)| weight).sum::<f64>() / f64::from(settings.weeks * WEEK);
    let beginnings = 1.0 - STARTS_BURST * settings.burst;
    weights.into_iter().map(|(weight, is_noisy)| (weight * per_weight * if is_noisy { beginnings } else { 1.0 }, is_noisy)).collect()
}

/// Some incidents are recorded again, minutes later.
pub(super) fn duplicate(settings: &Settings, incidents: &mut Vec<Incident>) {
    let mut stream = stream(settings, Part::Duplicates);
    for number in 0..incidents.len() {
        if stream.chance(settings.duplicates) {
            let again = Incident { is_duplicate: true, ..incidents[number].clone() };
            incidents.push(Incident { created_at: again.created_at + micros(stream.waiting_time(0.3)), ..again });
        }
    }
}

/// Some incidents are recorded on a wrong service, half of them on one of the same team.
pub(super) fn misroute(settings: &Settings, catalog: &Catalog, incidents: &mut [Incident]) {
    let mut stream = stream(settings, Part::Routing);
    let mut of_team: Vec<Vec<u32>> = vec![Vec::new(); settings.teams as usize];
    for (service, team) in catalog.teams.iter().enumerate() {
        of_team[*team as usize].push(service as u32);
    }
    for incident in incidents {
        if stream.chance(settings.wrong_service) {
            let team = catalog.teams[incident.service as usize] as usize;
            let any = stream.below(settings.services as usize) as u32;
            incident.service = if stream.chance(0.5) { *stream.pick(&of_team[team]) } else { any };
        }
    }
}

/// Fills in what a record holds beside time and service.
pub(super) fn record(settings: &Settings, end: i64, incidents: &mut [Incident]) {
    let mut records = stream(settings, Part::Records);
    let mut labels = stream(settings, Part::Labels);
    for incident in incidents {
        let restored = incident.created_at + micros(log_normal(&mut records, 2.0, 1.2));
        incident.resolved_at = (restored < end).then_some(restored);
        incident.severity = 1 + records.below(4) as u8;
        incident.is_labelled = labels.chance(settings.labels) && incident.cause.is_some();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Within five standard errors of 20,000 draws; the rates sum to what is wanted, less 15 % on noisy services.
    #[test]
    fn a_tenth_is_noisy_and_rates_sum_to_what_is_wanted() {
        let settings = Settings { services: 20_000, ..Settings::default() };
        let rates = background_rates(&mut stream(&settings, Part::Background), &settings, 1_000);
        let noisy = rates.iter().filter(|(_, is_noisy)| *is_noisy).count() as f64 / 20_000.0;
        assert!((noisy - 0.1).abs() < 5.0 * (0.09_f64 / 20_000.0).sqrt(), "{noisy}");
        let wanted: f64 = rates.iter().map(|(rate, is_noisy)| rate / if *is_noisy { 0.85 } else { 1.0 }).sum();
        assert!((wanted * 26.0 * 168.0 - 1_000.0).abs() < 1e-6, "{wanted}");
    }

    /// Only noisy services: 0.85 of what is wanted begins, each beginning is followed by 0.25 × 0.6 others, 0.9775 of it in all. The
    /// count has variance 1 + 2 × 0.15 + 0.25 × (0.6 + 0.6²) = 1.54 per beginning.
    #[test]
    fn bursts_add_what_beginnings_lack() {
        let settings = Settings { noisy: 1.0, services: 20, teams: 2, ..Settings::default() };
        let made = background(&settings, &Catalog::draw(&settings), 100_000).len() as f64;
        assert!((made - 97_750.0).abs() < 5.0 * (1.54 * 85_000.0_f64).sqrt(), "{made}");
    }

    /// At night the weight is a twentieth of the busiest hour's: within eight hours 1 − 0.95⁸ = 0.33658 are found.
    #[test]
    fn people_find_little_at_night_and_all_by_the_next_morning() {
        let mut stream = Stream::new(8, 1);
        let found: Vec<i64> = (0..20_000).map(|_| waking(&mut stream, &noticing(), 0, 1_000 * HOUR)).collect();
        let at_night = found.iter().filter(|at| **at < 8 * HOUR).count() as f64 / 20_000.0;
        assert!((at_night - 0.336_58).abs() < 5.0 * (0.2233_f64 / 20_000.0).sqrt(), "{at_night}");
        assert!(found.iter().all(|at| *at <= 8 * HOUR), "on Monday at eight somebody is there");
        assert_eq!(waking(&mut stream, &noticing(), 5, 5), 5);
    }
}
