//! What people deploy because of an incident. It comes after the incident and looks like its cause to whoever counts carelessly.

use super::deployments::deployment;
use super::{Deployment, Incident, Kind, Part, Settings, log_normal, micros, stream};
use crate::world::HOUR;

/// A rollback "just in case" takes back what was deployed within these hours.
const SUSPECTED_HOURS: i64 = 24;

/// Rollbacks and fixes; positions in `planned` stay valid when they are appended to it.
pub(super) fn respond(settings: &Settings, planned: &[Deployment], incidents: &[Incident]) -> Vec<Deployment> {
    let mut stream = stream(settings, Part::Repairs);
    let by_service = by_service(settings, planned);
    let mut made = Vec::new();
    for incident in incidents {
        let hours = log_normal(&mut stream, 0.5, 0.8);
        let (rolled_back, fixed, fixing) = match incident.cause {
            Some(_) => (settings.rolled_back, settings.fixed, 4.0),
            None => (settings.rolled_back_in_vain, settings.fixed_in_vain, 6.0),
        };
        let suspect = incident.cause.or_else(|| newest(&by_service[incident.service as usize], incident.created_at));
        let service = incident.cause.map_or(incident.service, |cause| planned[cause as usize].service);
        match stream.weighted(&[rolled_back, fixed, 1.0 - rolled_back - fixed]) {
            0 if suspect.is_some() => {
                let rollback = deployment(&mut stream, service, Kind::Rollback, incident.created_at + micros(hours));
                let rolls_back = suspect.filter(|_| stream.chance(settings.rollback_recorded));
                made.push(Deployment { rolls_back, ..rollback });
            }
            1 => made.push(deployment(&mut stream, service, Kind::Hotfix, incident.created_at + micros(fixing * hours))),
            _ => {}
        }
    }
    made
}

/// For each service its deployments as (instant, position), in the order of time.
fn by_service(settings: &Settings, planned: &[Deployment]) -> Vec<Vec<(i64, u32)>> {
    let mut of_service = vec![Vec::new(); settings.services as usize];
    for (position, deployment) in planned.iter().enumerate() {
        of_service[deployment.service as usize].push((deployment.finished_at, position as u32));
    }
    of_service.iter_mut().for_each(|rows| rows.sort_unstable());
    of_service
}

/// The newest deployment before an instant, unless it is too old to be suspected.
fn newest(deployments: &[(i64, u32)], at: i64) -> Option<u32> {
    let before = deployments.partition_point(|(finished_at, _)| *finished_at < at);
    let (finished_at, position) = *deployments[..before].last()?;
    (finished_at > at - SUSPECTED_HOURS * HOUR).then_some(position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suspect_is_the_newest_of_the_last_day() {
        let deployments = [(0, 7), (10 * HOUR, 8), (11 * HOUR, 9)];
        assert_eq!(newest(&deployments, 11 * HOUR), Some(8));
        assert_eq!(newest(&deployments, 11 * HOUR + 1), Some(9));
        assert_eq!(newest(&deployments, 35 * HOUR), None);
        assert_eq!(newest(&deployments, 0), None);
    }
}
