//! A year of a release every eleven seconds as the model's problem, and the plainest way to weigh its pairs.

use sequela_attribution::expectation::Parameters;
use sequela_attribution::kernel::Grid;
use sequela_attribution::marks::{rolled_back, stratum};
use sequela_attribution::problem::Window;
use sequela_attribution::{Deployments, Factor, Incidents, Label, Problem, Relations};
use sequela_stats::rng;
use sequela_testkit::world::{FIRST_INSTANT, HOUR, Size, World, organisation};

use crate::planted::{frequency, hour_of_week};

/// The year: a release every eleven seconds, and one incident in ten of them.
pub const YEAR: Size = Size {
    deployments: 2_866_909,
    incidents: 286_000,
    services: 5_000,
    teams: 400,
    dependencies: 10_000,
    days: 365,
    clock: 1_000_000,
    seed: 1,
};

/// Which pairs are candidates.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// Name.
    pub name: &'static str,
    /// Look-back.
    pub window: Window,
    /// Whether services two hops away and of the same team count beside the own and direct dependencies.
    pub is_wide: bool,
}

/// The candidates of the rule that other engines are compared with: a day back, own service and direct dependencies.
pub const DAY: Scope = Scope {
    name: "24 h, own service and direct dependencies",
    window: Window { near: 24.0, far: 24.0, newest: 8, follow_up: 6.0 },
    is_wide: false,
};
/// The candidates of `sequela run`.
pub const WIDE: Scope = Scope {
    name: "as `sequela run`: 72 h, own service, dependencies, two hops, team; own service up to 90 days",
    window: Window { near: 72.0, far: 2160.0, newest: 8, follow_up: 6.0 },
    is_wide: true,
};

/// An organisation before its candidates are found.
#[derive(Clone, Debug)]
pub struct Input {
    /// Deployments.
    pub deployments: Deployments,
    /// Incidents.
    pub incidents: Incidents,
    consumers: Vec<Vec<u32>>,
    teams: Vec<u32>,
    span: f64,
}

impl Input {
    /// Makes an organisation of a size.
    pub fn new(size: &Size) -> Self {
        let world = organisation(size);
        let span = f64::from(size.days) * 24.0;
        let mut consumers = vec![Vec::new(); world.teams.len()];
        world.dependencies.iter().for_each(|(consumer, provider)| consumers[*provider as usize].push(*consumer));
        Self { deployments: deployments(&world, span), incidents: incidents(&world, span), consumers, teams: world.teams, span }
    }

    /// Finds the candidates.
    pub fn problem(self, scope: &Scope) -> Problem {
        Problem::new(self.deployments.clone(), self.incidents.clone(), &self.relations(scope), self.span, scope.window)
    }

    fn relations(&self, scope: &Scope) -> Relations {
        if scope.is_wide {
            return Relations::new(&self.consumers, &self.teams.iter().map(|team| Some(*team)).collect::<Vec<_>>());
        }
        let mut relations = Relations { offsets: vec![0], ..Relations::default() };
        let mut providers = vec![Vec::new(); self.consumers.len()];
        for (provider, consumers) in self.consumers.iter().enumerate() {
            consumers.iter().for_each(|consumer| providers[*consumer as usize].push(provider as u32));
            relations.reach.push([1, consumers.len() as u32, 0, 0]);
        }
        for (service, providers) in providers.iter().enumerate() {
            relations.provider.push(service as u32);
            relations.provider.extend(providers);
            relations.relation.push(0);
            relations.relation.extend(vec![1; providers.len()]);
            relations.offsets.push(relations.provider.len() as u32);
        }
        relations
    }
}

/// Sizes and kinds are drawn; every third failed deployment is rolled back an hour after its incident.
fn deployments(world: &World, span: f64) -> Deployments {
    let rows = &world.deployments;
    let mut rolled_back_at = vec![i64::MAX; rows.len()];
    for incident in world.incidents.iter().filter(|incident| incident.created_at % 3 == 0) {
        if let Some(cause) = incident.cause {
            rolled_back_at[cause as usize] = incident.created_at - FIRST_INSTANT + HOUR;
        }
    }
    let mut made = vec![0_u32; world.teams.len()];
    rows.iter().for_each(|row| made[row.service as usize] += 1);
    let often: Vec<u32> = made.iter().map(|count| frequency(f64::from(*count) / (span / 24.0))).collect();
    let drawn = |row: usize, count: u64| (rng::stream(1, 0, row as u64) % count) as u32;
    let factor = |name, count, level: &dyn Fn(usize) -> u32| Factor { name, count, levels: (0..rows.len()).map(level).collect() };
    let teams = world.teams.iter().max().map_or(0, |last| *last as usize + 1);
    Deployments {
        at: rows.iter().map(|row| row.finished_at - FIRST_INSTANT).collect(),
        service: rows.iter().map(|row| row.service).collect(),
        rolled_back_at,
        factors: vec![
            factor("team", teams, &|row| world.teams[rows[row].service as usize]),
            factor("service", world.teams.len(), &|row| rows[row].service),
            factor("size", 4, &|row| drawn(row, 4)),
            factor("kind", 3, &|row| drawn(row, 30) / 14),
            factor("frequency", 5, &|row| often[rows[row].service as usize]),
        ],
    }
}

fn incidents(world: &World, span: f64) -> Incidents {
    let at = |at: i64| at - FIRST_INSTANT;
    let within = |at: &i64| (*at as f64) < span * HOUR as f64;
    let rows: Vec<(i64, u32)> = world.incidents.iter().map(|row| (at(row.created_at), row.service)).filter(|(at, _)| within(at)).collect();
    Incidents {
        at: rows.iter().map(|row| row.0).collect(),
        service: rows.iter().map(|row| row.1).collect(),
        hour_of_week: rows.iter().map(|row| hour_of_week(row.0)).collect(),
        label: vec![Label::Open; rows.len()],
    }
}

/// A candidate as a row of a table, the way a program without ranges keeps it.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    row: u32,
    relation: u8,
    is_superseded: bool,
    rolled_back: Option<bool>,
    weight: f64,
    lag: f64,
}

/// All pairs, incident by incident.
pub fn pairs(problem: &Problem) -> Vec<Vec<Pair>> {
    let of = |incident: usize| {
        let ranges = problem.ranges_of(incident).iter();
        let pair = |row: u32, range: &sequela_attribution::problem::Range| Pair {
            row,
            relation: range.relation,
            is_superseded: problem.ended[row as usize] < problem.ended[range.end as usize - 1],
            rolled_back: rolled_back(problem, incident, row as usize),
            weight: 1.0 / f64::from(range.reach),
            lag: problem.lag(incident, row as usize),
        };
        ranges.flat_map(|range| (range.start..range.end).map(move |row| pair(row, range))).collect()
    };
    (0..problem.order.len()).map(of).collect()
}

/// Incidents that each sorted row is held to have caused: the formula of the expectation, pair by pair, in floating point and one thread.
pub fn weigh(problem: &Problem, grid: &Grid, parameters: &Parameters, pairs: &[Vec<Pair>]) -> Vec<f64> {
    let mut caused = vec![0.0; problem.rows.len()];
    let mut bins = vec![0.0; grid.bins()];
    for (incident, pairs) in pairs.iter().enumerate() {
        let weigh = |pair: &Pair| {
            parameters.alpha[pair.row as usize]
                * parameters.relations[usize::from(pair.relation)]
                * pair.weight
                * grid.density(&parameters.curve, pair.lag)
                * parameters.classes[usize::from(pair.is_superseded)]
                * parameters.ratios.of(stratum(pair.relation, pair.is_superseded), pair.rolled_back)
        };
        let weights: Vec<f64> = pairs.iter().map(weigh).collect();
        let other = parameters.background.at(problem, incident) + parameters.follow_ups.at(problem, incident);
        let total = other + weights.iter().sum::<f64>();
        for (pair, weight) in pairs.iter().zip(weights) {
            caused[pair.row as usize] += weight / total;
            bins[grid.bin(pair.lag)] += weight / total;
        }
    }
    std::hint::black_box(bins);
    caused
}

#[cfg(test)]
mod tests {
    use sequela_attribution::{Settings, fit};

    use super::*;

    /// The plain way and the model's own agree on what each deployment caused, and so do the scopes on what is a candidate.
    #[test]
    fn pair_by_pair_gives_the_same_causes() {
        for scope in [DAY, WIDE] {
            let input = Input::new(&Size { deployments: 4_000, incidents: 400, services: 40, teams: 6, dependencies: 80, ..YEAR });
            let problem = input.problem(&scope);
            let fit = fit(&problem, Settings::default());
            let found = weigh(&problem, &fit.grid, &fit.parameters, &pairs(&problem));
            assert!(problem.pairs() > 500 && fit.expected.iter().sum::<f64>() > 50.0);
            assert!(found.iter().zip(&fit.expected).all(|(found, expected)| (found - expected).abs() < 1e-9), "{}", scope.name);
        }
    }
}
