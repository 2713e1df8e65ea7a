//! Candidates and probabilities against straight loops over the formula, on small organisations of any kind.

use proptest::prelude::*;
use sequela_attribution::expectation::{Parameters, Shares};
use sequela_attribution::problem::Window;
use sequela_attribution::{Deployments, Factor, Fit, Incidents, Label, Problem, Relations, Settings, fit};

use crate::planted::hour_of_week;

const HOUR: i64 = 3_600_000_000;
const WEEKS: i64 = 20;
const SERVICES: usize = 5;

/// An organisation with instants on a coarse clock, so that ties are frequent.
#[derive(Clone, Debug)]
struct Small {
    deployments: Vec<(i64, u32, Option<i64>)>,
    incidents: Vec<(i64, u32, u8)>,
    consumers: Vec<Vec<u32>>,
    teams: Vec<Option<u32>>,
}

fn small() -> impl Strategy<Value = Small> {
    let end = WEEKS * 168 * 2;
    let deployment = (0..end, 0..SERVICES as u32, proptest::option::weighted(0.2, 1..20_i64));
    let incident = (0..end, 0..SERVICES as u32, 0..10_u8);
    let edges = proptest::collection::vec(proptest::collection::btree_set(0..SERVICES as u32, 0..3), SERVICES);
    let teams = proptest::collection::vec(proptest::option::of(0..2_u32), SERVICES);
    let deployments = proptest::collection::vec(deployment, 0..120);
    (deployments, proptest::collection::vec(incident, 0..40), edges, teams).prop_map(|(deployments, incidents, edges, teams)| Small {
        deployments: deployments
            .into_iter()
            .map(|(at, service, back)| (at * HOUR / 2, service, back.map(|back| (at + back) * HOUR / 2)))
            .collect(),
        incidents: incidents.into_iter().map(|(at, service, kind)| (at * HOUR / 2, service, kind)).collect(),
        consumers: edges
            .into_iter()
            .enumerate()
            .map(|(own, edges)| edges.into_iter().filter(|edge| *edge as usize != own).collect())
            .collect(),
        teams,
    })
}

impl Small {
    fn relations(&self) -> Relations {
        Relations::new(&self.consumers, &self.teams)
    }

    /// Of ten incidents one has a known cause, where there is a deployment before it, and one is known to have none.
    fn label(&self, (at, service, kind): (i64, u32, u8)) -> Label {
        let cause = self.deployments.iter().position(|deployment| deployment.0 < at && deployment.1 == service);
        match (kind, cause) {
            (0, _) => Label::NotAChange,
            (1, Some(row)) => Label::Deployment(row as u32),
            _ => Label::Open,
        }
    }

    fn problem(&self) -> Problem {
        let of = |levels: Vec<u32>, count: usize| Factor { name: "", levels, count };
        let services: Vec<u32> = self.deployments.iter().map(|deployment| deployment.1).collect();
        let deployments = Deployments {
            at: self.deployments.iter().map(|deployment| deployment.0).collect(),
            rolled_back_at: self.deployments.iter().map(|deployment| deployment.2.unwrap_or(i64::MAX)).collect(),
            factors: vec![of(services.clone(), SERVICES), of((0..services.len() as u32).map(|row| row % 3).collect(), 3)],
            service: services,
        };
        let incidents = Incidents {
            at: self.incidents.iter().map(|incident| incident.0).collect(),
            service: self.incidents.iter().map(|incident| incident.1).collect(),
            hour_of_week: self.incidents.iter().map(|incident| hour_of_week(incident.0)).collect(),
            label: self.incidents.iter().map(|incident| self.label(*incident)).collect(),
        };
        Problem::new(deployments, incidents, &self.relations(), (WEEKS * 168) as f64, Window::default())
    }

    /// Nearest relation from a provider to a service, by the definition.
    fn relation(&self, provider: usize, service: usize) -> Option<usize> {
        let consumes = |provider: usize, service: usize| self.consumers[provider].contains(&(service as u32));
        let second = (0..SERVICES).any(|middle| consumes(provider, middle) && consumes(middle, service));
        let is_team = self.teams[provider].is_some() && self.teams[provider] == self.teams[service];
        [provider == service, consumes(provider, service), second, is_team].iter().position(|holds| *holds)
    }

    /// Rows of the input that are candidates, with their relation.
    fn candidates(&self, at: i64, service: usize) -> Vec<(u32, usize)> {
        let mut candidates = Vec::new();
        for (row, (ended, provider, _)) in self.deployments.iter().enumerate() {
            let Some(relation) = self.relation(*provider as usize, service) else { continue };
            let lag = at - ended;
            let key = (*ended, row);
            let newer = self.deployments.iter().enumerate().filter(|(other, of)| of.1 == *provider && of.0 < at && (of.0, *other) > key);
            let is_near = lag > 0 && lag < 72 * HOUR;
            let is_newest = relation == 0 && lag > 0 && lag < 2160 * HOUR && newer.count() < 8;
            if is_near || is_newest {
                candidates.push((row as u32, relation));
            }
        }
        candidates
    }

    fn intensities(&self, problem: &Problem, fit: &Fit, incident: usize) -> (f64, f64, Vec<(u32, f64)>) {
        let parameters: &Parameters = &fit.parameters;
        let (at, service) = (problem.incidents.at[incident], problem.incidents.service[incident] as usize);
        let background = &parameters.background;
        let blocks = background.block_hours.len();
        let block = ((at / HOUR) as f64 / background.block) as usize;
        let base =
            background.rates[service] * background.hours[usize::from(hour_of_week(at))] * background.levels[service * blocks + block];
        let known = if problem.incidents.label[incident] == Label::Open { 1.0 - parameters.labelled } else { 1.0 };
        let pair = |(row, relation): (u32, usize)| {
            let (ended, provider, back) = self.deployments[row as usize];
            let superseded = self.deployments.iter().any(|other| other.1 == provider && other.0 > ended && other.0 < at);
            let reach = (0..SERVICES).filter(|other| self.relation(provider as usize, *other) == Some(relation)).count();
            let stratum = if relation > 0 { 2 } else { usize::from(superseded) };
            let soon = back.is_some_and(|back| back > at && back <= at + 4 * HOUR);
            let is_seen = at <= (WEEKS * 168 - 4) * HOUR || soon;
            let ratio = if is_seen { parameters.ratios.0[stratum][usize::from(soon)] } else { 1.0 };
            let sorted = problem.sorted_row(row).unwrap();
            let density = fit.grid.density(&parameters.curve, (at - ended) as f64 / HOUR as f64);
            let weight = parameters.relations[relation] / reach as f64 * parameters.classes[usize::from(superseded)];
            (row, parameters.alpha[sorted] * weight * density * ratio * known)
        };
        let before = (0..incident)
            .filter(|other| problem.incidents.service[*other] as usize == service)
            .map(|other| problem.incidents.at[other])
            .max();
        let lag = before.map_or(f64::INFINITY, |before| (at - before) as f64 / HOUR as f64);
        let masses = parameters.follow_ups.masses;
        let density = if lag < 0.25 {
            masses[0] / 0.25
        } else if lag < 1.0 {
            masses[1] / 0.75
        } else if lag <= 6.0 {
            masses[2] / 5.0
        } else {
            0.0
        };
        (base, parameters.follow_ups.rate * density, self.candidates(at, service).into_iter().map(pair).collect())
    }
}

fn check(small: &Small, problem: &Problem, fit: &Fit, incident: usize) {
    let (shares, suspects): (Shares, _) = fit.expectation(problem).suspects(incident);
    let direct: f64 = suspects.iter().map(|suspect| suspect.probability).sum();
    assert!((shares.background + shares.follow_up + direct - 1.0).abs() < 1e-12);
    let (base, follow_up, pairs) = small.intensities(problem, fit, incident);
    let mut found: Vec<(u32, f64)> = suspects
        .iter()
        .filter(|suspect| !suspect.outside)
        .map(|suspect| (problem.rows[suspect.row as usize], suspect.probability))
        .collect();
    found.sort_unstable_by_key(|pair| pair.0);
    assert_eq!(found.iter().map(|pair| pair.0).collect::<Vec<_>>(), pairs.iter().map(|pair| pair.0).collect::<Vec<_>>());
    match problem.incidents.label[incident] {
        Label::Deployment(cause) => {
            let others = suspects.iter().filter(|suspect| problem.rows[suspect.row as usize] != cause);
            assert!(others.into_iter().all(|suspect| suspect.probability == 0.0) && direct == 1.0);
            assert_eq!((shares.background, shares.follow_up), (0.0, 0.0));
        }
        label => {
            let causes = if label == Label::Open { 1.0 } else { 0.0 };
            let whole = base + follow_up + causes * pairs.iter().map(|pair| pair.1).sum::<f64>();
            assert!((shares.background - base / whole).abs() < 1e-12 && (shares.follow_up - follow_up / whole).abs() < 1e-12);
            for (found, expected) in found.iter().zip(&pairs) {
                assert!((found.1 - causes * expected.1 / whole).abs() < 1e-12, "{found:?} {expected:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn probabilities_are_those_of_the_formula(small in small()) {
        let problem = small.problem();
        let fit = fit(&problem, Settings { iterations: 13, ..Settings::default() });
        (0..problem.incidents.at.len()).for_each(|incident| check(&small, &problem, &fit, incident));
        prop_assert!(fit.caused.iter().all(|caused| (0.0..=1.0 + 1e-12).contains(caused)));
        let [classes, bins] = fit.balance;
        prop_assert!((classes - bins).abs() <= 1e-9 * classes.abs(), "{classes} {bins}");
        let [newest, superseded] = fit.parameters.classes;
        prop_assert!(superseded <= newest + 1e-12, "{newest} {superseded}");
        let tail: f64 = fit.grid.edges.iter().zip(&fit.masses).filter(|(edge, _)| **edge >= 71.99).map(|(_, mass)| mass).sum();
        prop_assert!(tail <= 0.05 + 1e-12, "{tail}");
        prop_assert!((fit.masses.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn equally_old_candidates_are_equally_likely(small in small()) {
        let problem = small.problem();
        let plain = Settings { iterations: 1, ..Settings::default() };
        let fit = fit(&problem, plain);
        for incident in 0..problem.incidents.at.len() {
            if problem.incidents.label[incident] != Label::Open {
                continue;
            }
            let (_, suspects) = fit.expectation(&problem).suspects(incident);
            let same = |pair: &&[sequela_attribution::expectation::Suspect]| {
                pair[0].lag == pair[1].lag && pair[0].relation == pair[1].relation && pair[0].rolled_back == pair[1].rolled_back
                    && problem.service_of(pair[0].row as usize) == problem.service_of(pair[1].row as usize)
            };
            prop_assert!(suspects.windows(2).filter(same).all(|pair| pair[0].probability == pair[1].probability));
        }
    }
}
