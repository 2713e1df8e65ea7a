//! Organisations of any size as plain numbers, for benches and for tests that need a million rows.
//!
//! Nothing here knows about files or tables: services and deployments are dense numbers, instants are microseconds since
//! 1970 in UTC. The demo company with names, teams and files is in [`crate::demo`].

use crate::random::Stream;

/// Microseconds in an hour.
pub const HOUR: i64 = 3_600_000_000;
/// Monday 2026-01-05 00:00 UTC, the first instant of a sized world.
pub const FIRST_INSTANT: i64 = 1_767_571_200_000_000;

/// A successful production deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// Number of the service.
    pub service: u32,
    /// End, µs since 1970 UTC.
    pub finished_at: i64,
}

/// An incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Incident {
    /// Number of the service.
    pub service: u32,
    /// Start, µs since 1970 UTC.
    pub created_at: i64,
    /// Restored, µs since 1970 UTC; `None` while open.
    pub resolved_at: Option<i64>,
    /// Index of the deployment that truly caused it.
    pub cause: Option<u32>,
}

/// An organisation as slices.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// Deployments in the order of their instants.
    pub deployments: Vec<Deployment>,
    /// Incidents in the order of their starts.
    pub incidents: Vec<Incident>,
    /// (consumer, provider): the first service depends on the second. Sorted, no repeats.
    pub dependencies: Vec<(u32, u32)>,
    /// Team of each service.
    pub teams: Vec<u32>,
}

/// How large an organisation to make.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Successful production deployments.
    pub deployments: usize,
    /// Incidents, about half of them caused by a deployment.
    pub incidents: usize,
    /// Services; at least 1 is made.
    pub services: usize,
    /// Teams; at least 1 is made.
    pub teams: usize,
    /// Dependency edges to try; loops and repeats are left out.
    pub dependencies: usize,
    /// Days that the events are spread over.
    pub days: u32,
    /// Instants are multiples of this many microseconds: a coarse clock makes ties, as real exports have them.
    pub clock: i64,
    /// Seed.
    pub seed: u64,
}

impl Default for Size {
    /// A year of a small company.
    fn default() -> Self {
        Self { deployments: 10_000, incidents: 1_000, services: 100, teams: 12, dependencies: 200, days: 365, clock: 1_000_000, seed: 1 }
    }
}

/// Makes an organisation: Zipf-like deployment rates, half of the incidents within a day after a deployment of the same
/// service or of one that it depends on, the rest at any time.
///
/// The same size and seed give the same world on every machine.
///
/// ```
/// use sequela_testkit::world::{organisation, Size};
/// let world = organisation(&Size { deployments: 50, incidents: 5, ..Size::default() });
/// assert_eq!((world.deployments.len(), world.incidents.len()), (50, 5));
/// ```
pub fn organisation(size: &Size) -> World {
    let services = size.services.max(1);
    let deployments = deployments(size, services);
    let dependencies = dependencies(size, services);
    let incidents = incidents(size, services, &deployments, &dependencies);
    let mut stream = Stream::new(size.seed, 4);
    let teams = (0..services).map(|_| stream.below(size.teams.max(1)) as u32).collect();
    World { deployments, incidents, dependencies, teams }
}

fn deployments(size: &Size, services: usize) -> Vec<Deployment> {
    let mut stream = Stream::new(size.seed, 1);
    let ranks = cumulative_ranks(services);
    let mut made: Vec<Deployment> = (0..size.deployments)
        .map(|_| Deployment { service: draw_rank(&mut stream, &ranks), finished_at: instant(&mut stream, size) })
        .collect();
    made.sort_by_key(|deployment| (deployment.finished_at, deployment.service));
    made
}

/// Running sums of 1 / (rank + 2): the service with the lowest number is deployed most.
fn cumulative_ranks(services: usize) -> Vec<f64> {
    let mut sum = 0.0;
    (0..services)
        .map(|rank| {
            sum += 1.0 / (rank as f64 + 2.0);
            sum
        })
        .collect()
}

fn draw_rank(stream: &mut Stream, cumulative: &[f64]) -> u32 {
    let target = stream.unit() * cumulative.last().copied().unwrap_or(0.0);
    cumulative.partition_point(|sum| *sum <= target).min(cumulative.len() - 1) as u32
}

fn instant(stream: &mut Stream, size: &Size) -> i64 {
    let span = i64::from(size.days.max(1)) * 24 * HOUR;
    on_clock(FIRST_INSTANT + stream.below(span as usize) as i64, size.clock)
}

fn on_clock(instant: i64, clock: i64) -> i64 {
    instant - instant.rem_euclid(clock.max(1))
}

fn dependencies(size: &Size, services: usize) -> Vec<(u32, u32)> {
    let mut stream = Stream::new(size.seed, 2);
    let mut edges: Vec<(u32, u32)> = (0..size.dependencies)
        .map(|_| (stream.below(services) as u32, stream.below(services) as u32))
        .filter(|(from, to)| from != to)
        .collect();
    edges.sort_unstable();
    edges.dedup();
    edges
}

fn incidents(size: &Size, services: usize, deployments: &[Deployment], dependencies: &[(u32, u32)]) -> Vec<Incident> {
    let mut stream = Stream::new(size.seed, 3);
    let mut consumers: Vec<Vec<u32>> = vec![Vec::new(); services];
    for (consumer, provider) in dependencies {
        consumers[*provider as usize].push(*consumer);
    }
    let mut made: Vec<Incident> = (0..size.incidents)
        .map(|_| {
            let cause = (!deployments.is_empty() && stream.chance(0.5)).then(|| stream.below(deployments.len()));
            let (service, created_at) = match cause {
                Some(index) => caused(&mut stream, &deployments[index], &consumers),
                None => (stream.below(services) as u32, instant(&mut stream, size)),
            };
            let open = stream.chance(0.02);
            let restored = created_at + (stream.log_normal(2.0, 1.2) * HOUR as f64) as i64;
            Incident {
                service,
                created_at: on_clock(created_at, size.clock),
                resolved_at: (!open).then_some(on_clock(restored, size.clock)),
                cause: cause.map(|index| index as u32),
            }
        })
        .collect();
    made.sort_by_key(|incident| (incident.created_at, incident.service));
    made
}

fn caused(stream: &mut Stream, deployment: &Deployment, consumers: &[Vec<u32>]) -> (u32, i64) {
    let seen_on = &consumers[deployment.service as usize];
    let service = if !seen_on.is_empty() && stream.chance(0.15) { *stream.pick(seen_on) } else { deployment.service };
    (service, deployment.finished_at + (stream.log_normal(0.75, 1.4) * HOUR as f64) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_world() {
        let size = Size { deployments: 500, incidents: 80, services: 20, ..Size::default() };
        let (first, second) = (organisation(&size), organisation(&size));
        assert_eq!(first.deployments, second.deployments);
        assert_eq!(first.incidents, second.incidents);
        let other = organisation(&Size { seed: 2, ..size });
        assert_ne!(first.deployments, other.deployments);
    }

    #[test]
    fn everything_is_sorted_and_within_bounds() {
        let world = organisation(&Size { deployments: 3_000, incidents: 300, services: 40, clock: HOUR, ..Size::default() });
        assert!(world.deployments.is_sorted_by_key(|row| row.finished_at));
        assert!(world.incidents.is_sorted_by_key(|row| row.created_at));
        assert!(world.dependencies.is_sorted());
        assert!(world.deployments.iter().all(|row| row.service < 40 && row.finished_at % HOUR == 0));
        assert!(world.deployments.windows(2).any(|pair| pair[0].finished_at == pair[1].finished_at), "a coarse clock makes ties");
    }

    #[test]
    fn an_empty_organisation_is_possible() {
        let world =
            organisation(&Size { deployments: 0, incidents: 3, services: 0, teams: 0, dependencies: 5, days: 0, clock: 0, seed: 9 });
        assert_eq!((world.deployments.len(), world.incidents.len(), world.teams.len()), (0, 3, 1));
        assert!(world.incidents.iter().all(|row| row.cause.is_none()));
    }
}
