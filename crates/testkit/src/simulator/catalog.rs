//! Teams, services and what depends on what: all that stays the same over the history.

use std::collections::BTreeSet;

use super::rhythm::factors;
use super::{Part, Settings, log_normal, stream};
use crate::random::{Stream, power};

/// The lasting part of an organisation; one entry per service.
#[derive(Debug)]
pub(super) struct Catalog {
    /// Team.
    pub(super) teams: Vec<u32>,
    /// Planned deployments a day, beside the release trains.
    pub(super) rates: Vec<f64>,
    /// Failure rate of a deployment of middling extent.
    pub(super) failure_rates: Vec<f64>,
    /// Services that depend on it.
    pub(super) consumers: Vec<Vec<u32>>,
    /// Services two hops away and not nearer.
    pub(super) second_consumers: Vec<Vec<u32>>,
    /// Factor of each week, for deployments and background incidents alike: the confounder of method.md §11.
    pub(super) busyness: Vec<Vec<f64>>,
}

impl Catalog {
    pub(super) fn draw(settings: &Settings) -> Self {
        let teams = teams(settings);
        let mut services = stream(settings, Part::Services);
        let rates: Vec<f64> = (0..settings.services).map(|_| truncated_pareto(&mut services, settings)).collect();
        let failure_rates = failure_rates(&mut services, settings, &teams, &rates);
        let consumers = consumers(settings);
        let second_consumers = (0..settings.services).map(|service| second_consumers(&consumers, service)).collect();
        let mut weeks = stream(settings, Part::BusyWeeks);
        let busyness = (0..settings.services).map(|_| factors(&mut weeks, settings, settings.busy, 1)).collect();
        Self { teams, rates, failure_rates, consumers, second_consumers, busyness }
    }
}

/// One service for each team, the others in proportion to Dirichlet(3) weights: gamma variables of shape 3 over their sum.
fn teams(settings: &Settings) -> Vec<u32> {
    let mut stream = stream(settings, Part::Teams);
    let weights: Vec<f64> = (0..settings.teams).map(|_| (0..3).map(|_| stream.waiting_time(1.0)).sum()).collect();
    (0..settings.services).map(|service| if service < settings.teams { service } else { stream.weighted(&weights) as u32 }).collect()
}

/// Quantile function of the Pareto distribution between the lowest and the highest rate, at a uniform point.
fn truncated_pareto(stream: &mut Stream, settings: &Settings) -> f64 {
    let (low, high, shape) = (settings.lowest_rate, settings.highest_rate, settings.rate_shape);
    low * power(1.0 - stream.unit() * (1.0 - power(low / high, shape)), -1.0 / shape)
}

/// Teams fail in 1 to 20 % of deployments, log-uniform; services vary about their team, and what is deployed often fails less.
fn failure_rates(stream: &mut Stream, settings: &Settings, teams: &[u32], rates: &[f64]) -> Vec<f64> {
    let of_team: Vec<f64> = (0..settings.teams).map(|_| settings.failure_scale * 0.01 * power(20.0, stream.unit())).collect();
    let of_service = |(team, rate): (&u32, &f64)| {
        let practice = power(rate.clamp(0.05, 30.0) / 0.5, -0.15);
        of_team[*team as usize] * log_normal(stream, practice, 0.4)
    };
    teams.iter().zip(rates).map(of_service).collect()
}

/// A graph without cycles: in a random order each service depends on about two earlier ones, preferably the first, which makes
/// platforms with many consumers.
fn consumers(settings: &Settings) -> Vec<Vec<u32>> {
    let mut stream = stream(settings, Part::Dependencies);
    let order = shuffled(&mut stream, settings.services);
    let mut consumers: Vec<BTreeSet<u32>> = vec![BTreeSet::new(); order.len()];
    for (place, service) in order.iter().enumerate().skip(1) {
        for _ in 0..stream.poisson(2.0).min(place) {
            // The smallest of three uniforms is Beta(1, 3).
            let early = (0..3).map(|_| stream.unit()).fold(1.0, f64::min);
            let provider = order[(early * place as f64) as usize];
            consumers[provider as usize].insert(*service);
        }
    }
    consumers.into_iter().map(|services| services.into_iter().collect()).collect()
}

fn second_consumers(consumers: &[Vec<u32>], service: u32) -> Vec<u32> {
    let near = &consumers[service as usize];
    let far: BTreeSet<u32> = near.iter().flat_map(|between| &consumers[*between as usize]).copied().collect();
    far.into_iter().filter(|other| *other != service && !near.contains(other)).collect()
}

/// All numbers below `count` in random order (Fisher–Yates).
pub(super) fn shuffled(stream: &mut Stream, count: u32) -> Vec<u32> {
    let mut order: Vec<u32> = (0..count).collect();
    for place in (1..order.len()).rev() {
        order.swap(place, stream.below(place + 1));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The median of the truncated Pareto distribution is l·(1 − ½(1 − (l/h)^a))^(−1/a); here l = 0.05, h = 30, a = ½:
    /// (l/h)^½ = 0.0408248, so 0.05 / 0.5204124² = 0.184620.
    #[test]
    fn rates_stay_between_their_bounds_around_the_median() {
        let settings = Settings { services: 20_000, ..Settings::default() };
        let mut stream = stream(&settings, Part::Services);
        let rates: Vec<f64> = (0..20_000).map(|_| truncated_pareto(&mut stream, &settings)).collect();
        assert!(rates.iter().all(|rate| (0.05 - 1e-12..30.0 + 1e-9).contains(rate)));
        let below = rates.iter().filter(|rate| **rate < 0.184_620).count() as f64 / 20_000.0;
        assert!((below - 0.5).abs() < 5.0 * 0.5 / 20_000.0_f64.sqrt(), "{below}");
    }

    #[test]
    fn nothing_depends_on_itself_by_any_way() {
        let catalog = Catalog::draw(&Settings::default());
        let mut providers_left: Vec<usize> = vec![0; 300];
        catalog.consumers.iter().flatten().for_each(|consumer| providers_left[*consumer as usize] += 1);
        let mut free: Vec<usize> = (0..300).filter(|service| providers_left[*service] == 0).collect();
        let mut seen = 0;
        while let Some(service) = free.pop() {
            seen += 1;
            for consumer in &catalog.consumers[service] {
                providers_left[*consumer as usize] -= 1;
                if providers_left[*consumer as usize] == 0 {
                    free.push(*consumer as usize);
                }
            }
        }
        assert_eq!(seen, 300, "a graph with a cycle cannot be sorted topologically");
    }

    #[test]
    fn two_hops_are_neither_one_nor_none() {
        let consumers = vec![vec![1, 2], vec![2, 3], vec![3, 4], vec![], vec![]];
        assert_eq!(second_consumers(&consumers, 0), [3, 4]);
        assert_eq!(second_consumers(&consumers, 1), [4]);
        assert_eq!(second_consumers(&consumers, 3), [0_u32; 0]);
    }
}
