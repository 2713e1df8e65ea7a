//! Planned deployments: each service at its own rate in working hours, and release trains across services.

use super::catalog::{Catalog, shuffled};
use super::rhythm::{arrivals, deploying};
use super::{Deployment, Extent, Kind, Part, Settings, WEEK, log_normal, micros, stream};
use crate::random::Stream;
use crate::world::HOUR;

/// Shares of small, medium and large deployments.
const EXTENTS: [(Extent, f64); 3] = [(Extent::Small, 0.6), (Extent::Medium, 0.3), (Extent::Large, 0.1)];
/// Share of a train's services that take part in a week.
const TAKES_PART: f64 = 0.8;

/// Everything that is deployed without an incident's asking for it.
pub(super) fn planned(settings: &Settings, catalog: &Catalog) -> Vec<Deployment> {
    let mut stream = stream(settings, Part::Planned);
    let profile = deploying();
    let mut made = Vec::new();
    for (service, rate) in catalog.rates.iter().enumerate() {
        for at in arrivals(&mut stream, rate / 24.0, &profile, &catalog.busyness[service]) {
            made.push(deployment(&mut stream, service as u32, Kind::Deploy, at));
        }
    }
    made.extend(trains(settings));
    made.iter_mut().for_each(|deployment| deployment.extent = extent(&mut stream));
    made
}

/// Each train takes its fixed set of services, at most a third of all, within half an hour from 14:00 of Tuesday, Wednesday or
/// Thursday.
fn trains(settings: &Settings) -> Vec<Deployment> {
    let mut stream = stream(settings, Part::Trains);
    let mut made = Vec::new();
    for train in 0..settings.trains {
        let size = (15 + stream.below(25)).min(settings.services as usize / 3);
        let services = shuffled(&mut stream, settings.services);
        for week in 0..settings.weeks {
            let leaves = i64::from(week * WEEK + 24 * (1 + train % 3) + 14) * HOUR;
            for service in &services[..size] {
                if stream.chance(TAKES_PART) {
                    let at = leaves + micros(0.5 * stream.unit());
                    made.push(deployment(&mut stream, *service, Kind::Deploy, at));
                }
            }
        }
    }
    made
}

/// A small deployment whose pipeline took some five minutes.
pub(super) fn deployment(stream: &mut Stream, service: u32, kind: Kind, finished_at: i64) -> Deployment {
    let took = micros(log_normal(stream, 0.08, 0.5));
    Deployment { service, started_at: finished_at - took, finished_at, kind, extent: Extent::Small, rolls_back: None }
}

fn extent(stream: &mut Stream) -> Extent {
    EXTENTS[stream.weighted(&EXTENTS.map(|(_, share)| share))].0
}

/// Chance that a planned deployment causes an incident.
pub(super) fn failure_chance(catalog: &Catalog, deployment: &Deployment) -> f64 {
    let factor = match deployment.extent {
        Extent::Small => 0.6,
        Extent::Medium => 1.2,
        Extent::Large => 2.8,
    };
    (catalog.failure_rates[deployment.service as usize] * factor).min(0.6)
}
