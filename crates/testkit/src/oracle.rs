//! The plain answer to "which deployments could have caused this incident", to hold fast code against.
//!
//! Every incident looks at every deployment: slow, short and easy to believe.

use crate::world::World;

/// The deployment touched the service of the incident.
pub const SAME_SERVICE: u8 = 0;
/// The service of the incident depends on the deployed one.
pub const DEPENDS_ON: u8 = 1;

/// Which lags from a deployment to an incident count, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Longest lag; `None` for no limit.
    pub look_back: Option<i64>,
    /// Whether a lag of exactly zero counts.
    pub includes_zero: bool,
    /// Whether a lag of exactly `look_back` counts.
    pub includes_look_back: bool,
}

impl Window {
    /// `0 < lag ≤ look_back`, as the definition `sequela` has it.
    pub fn after(look_back: i64) -> Self {
        Self { look_back: Some(look_back), includes_zero: false, includes_look_back: true }
    }

    fn holds(&self, lag: i64) -> bool {
        let started = lag > 0 || (lag == 0 && self.includes_zero);
        let recent = self.look_back.is_none_or(|limit| lag < limit || (lag == limit && self.includes_look_back));
        started && recent
    }
}

/// For each incident its candidates: (index into `world.deployments`, [`SAME_SERVICE`] or [`DEPENDS_ON`]), ordered by index.
///
/// A deployment on the incident's own service is [`SAME_SERVICE`] even if the service is listed as its own dependency.
///
/// ```
/// use sequela_testkit::{oracle, world::{Deployment, Incident, World}};
/// let world = World {
///     deployments: vec![Deployment { service: 0, finished_at: 10 }, Deployment { service: 1, finished_at: 20 }],
///     incidents: vec![Incident { service: 0, created_at: 20, resolved_at: None, cause: None }],
///     dependencies: vec![(0, 1)],
///     teams: vec![0, 0],
/// };
/// assert_eq!(oracle::candidates(&world, oracle::Window::after(10)), [vec![(0, oracle::SAME_SERVICE)]]);
/// let closed = oracle::Window { includes_zero: true, ..oracle::Window::after(10) };
/// assert_eq!(oracle::candidates(&world, closed), [vec![(0, oracle::SAME_SERVICE), (1, oracle::DEPENDS_ON)]]);
/// ```
pub fn candidates(world: &World, window: Window) -> Vec<Vec<(usize, u8)>> {
    world
        .incidents
        .iter()
        .map(|incident| {
            let relation = |service| relation(world, incident.service, service);
            world
                .deployments
                .iter()
                .enumerate()
                .filter(|(_, deployment)| window.holds(incident.created_at - deployment.finished_at))
                .filter_map(|(index, deployment)| Some((index, relation(deployment.service)?)))
                .collect()
        })
        .collect()
}

fn relation(world: &World, incident: u32, deployed: u32) -> Option<u8> {
    if incident == deployed {
        return Some(SAME_SERVICE);
    }
    world.dependencies.contains(&(incident, deployed)).then_some(DEPENDS_ON)
}

/// The candidate that the nearest-deployment rule links: same service before dependency, then the latest end, then the
/// greatest index. `None` without candidates.
pub fn nearest(world: &World, candidates: &[(usize, u8)]) -> Option<(usize, u8)> {
    candidates.iter().copied().min_by_key(|(index, relation)| {
        let finished_at = world.deployments[*index].finished_at;
        (*relation, std::cmp::Reverse((finished_at, *index)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{Deployment, Incident};

    /// Service 0 depends on 1 (and, nonsensically, on itself); service 2 is unrelated. One incident at 100.
    fn small() -> World {
        let deployment = |service, finished_at| Deployment { service, finished_at };
        World {
            deployments: vec![
                deployment(0, 40),
                deployment(1, 50),
                deployment(0, 90),
                deployment(0, 90),
                deployment(2, 95),
                deployment(1, 99),
                deployment(0, 100),
                deployment(0, 101),
            ],
            incidents: vec![Incident { service: 0, created_at: 100, resolved_at: None, cause: None }],
            dependencies: vec![(0, 0), (0, 1)],
            teams: vec![0; 3],
        }
    }

    #[test]
    fn both_ends_of_the_window_can_be_open_or_closed() {
        let found = |window| -> Vec<usize> { candidates(&small(), window)[0].iter().map(|(index, _)| *index).collect() };
        let sequela = Window::after(50);
        assert_eq!(found(sequela), [1, 2, 3, 5]);
        assert_eq!(found(Window { includes_look_back: false, ..sequela }), [2, 3, 5]);
        assert_eq!(found(Window { includes_zero: true, ..sequela }), [1, 2, 3, 5, 6]);
        assert_eq!(found(Window { look_back: None, ..sequela }), [0, 1, 2, 3, 5]);
    }

    #[test]
    fn the_own_service_wins_and_ties_go_to_the_greater_index() {
        let world = small();
        let found = candidates(&world, Window::after(50));
        assert_eq!(found[0], [(1, DEPENDS_ON), (2, SAME_SERVICE), (3, SAME_SERVICE), (5, DEPENDS_ON)]);
        assert_eq!(nearest(&world, &found[0]), Some((3, SAME_SERVICE)));
        assert_eq!(nearest(&world, &[]), None);
    }
}
