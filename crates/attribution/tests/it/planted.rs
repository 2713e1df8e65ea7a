//! Organisations with planted causes, drawn from a seed.

use sequela_attribution::problem::Window;
use sequela_attribution::{Deployments, Factor, Incidents, Label, Problem, Relations};
use sequela_stats::variate::Variates;

const HOUR: f64 = 3.6e9;

/// What is drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) services: u32,
    pub(crate) weeks: u32,
    /// Deployments and background incidents of a service in a week.
    pub(crate) deployments: f64,
    pub(crate) background: f64,
    /// Probability that a deployment causes an incident, hours later (exponential, mean 1).
    pub(crate) failing: f64,
    /// Share of the change-caused incidents that are labelled.
    pub(crate) labelled: f64,
}

impl Default for Plan {
    fn default() -> Self {
        Self { seed: 1, services: 12, weeks: 12, deployments: 6.0, background: 0.3, failing: 0.08, labelled: 0.0 }
    }
}

/// An organisation before it is made a problem.
#[derive(Clone, Debug)]
pub(crate) struct Planted {
    pub(crate) deployments: Deployments,
    pub(crate) incidents: Incidents,
    pub(crate) relations: Relations,
    pub(crate) span: f64,
}

impl Plan {
    /// Services in four teams, each depending on the one before; two in three deployments and half of the background in working hours.
    pub(crate) fn draw(self) -> Planted {
        let mut draws = Variates::new(self.seed, 0);
        let teams: Vec<Option<u32>> = (0..self.services).map(|service| Some(service % 4)).collect();
        let consumers: Vec<Vec<u32>> = (0..self.services).map(|service| (service + 1..self.services.min(service + 2)).collect()).collect();
        let span = f64::from(self.weeks) * 168.0;
        let (mut rows, mut found) = (Vec::new(), Vec::new());
        for service in 0..self.services {
            for at in self.times(self.deployments, 0.67, &mut draws) {
                let fails = draws.uniform() < self.failing;
                let seen = at - HOUR * (1.0 - draws.uniform()).ln();
                let is_labelled = draws.uniform() < self.labelled;
                let back = (fails && draws.uniform() < 0.4).then_some(seen + HOUR * draws.uniform() * 3.0);
                if fails && seen < span * HOUR {
                    let label = if is_labelled { Label::Deployment(rows.len() as u32) } else { Label::Open };
                    found.push((seen as i64, service, label));
                }
                rows.push((at as i64, service, back.map_or(i64::MAX, |back| back as i64), draws.uniform() < 0.3));
            }
            let background = self.times(self.background, 0.5, &mut draws);
            found.extend(background.into_iter().map(|at| (at as i64, service, Label::Open)));
        }
        let level = |count: usize, levels: Vec<u32>| Factor { name: "", levels, count };
        let factors = vec![
            level(4, rows.iter().map(|row| row.1 % 4).collect()),
            level(self.services as usize, rows.iter().map(|row| row.1).collect()),
            level(2, rows.iter().map(|row| u32::from(row.3)).collect()),
        ];
        Planted {
            deployments: Deployments {
                at: rows.iter().map(|row| row.0).collect(),
                service: rows.iter().map(|row| row.1).collect(),
                rolled_back_at: rows.iter().map(|row| row.2).collect(),
                factors,
            },
            incidents: incidents(&found),
            relations: Relations::new(&consumers, &teams),
            span,
        }
    }

    /// Instants in microseconds, in no order, a share of them only on weekdays from nine to five.
    fn times(&self, rate: f64, working: f64, draws: &mut Variates) -> Vec<f64> {
        let mut times = Vec::new();
        for week in 0..self.weeks {
            for _ in 0..poisson(rate, draws) {
                let hour = if draws.uniform() < working {
                    (draws.uniform() * 5.0).floor() * 24.0 + 9.0 + draws.uniform() * 8.0
                } else {
                    draws.uniform() * 168.0
                };
                times.push((f64::from(week) * 168.0 + hour) * HOUR);
            }
        }
        times
    }
}

/// By the number of exponential waiting times in the rate.
pub(crate) fn poisson(rate: f64, draws: &mut Variates) -> u32 {
    let mut left = rate + (1.0 - draws.uniform()).ln();
    let mut count = 0;
    while left > 0.0 {
        count += 1;
        left += (1.0 - draws.uniform()).ln();
    }
    count
}

fn incidents(found: &[(i64, u32, Label)]) -> Incidents {
    Incidents {
        at: found.iter().map(|row| row.0).collect(),
        service: found.iter().map(|row| row.1).collect(),
        hour_of_week: found.iter().map(|row| hour_of_week(row.0)).collect(),
        label: found.iter().map(|row| row.2).collect(),
    }
}

pub(crate) fn hour_of_week(at: i64) -> u8 {
    u8::try_from(at.div_euclid(3_600_000_000).rem_euclid(168)).unwrap()
}

impl Planted {
    pub(crate) fn problem(&self) -> Problem {
        Problem::new(self.deployments.clone(), self.incidents.clone(), &self.relations, self.span, Window::default())
    }

    /// The same with rows of the input in another order: place of each row in the new order by a multiplicative shuffle.
    pub(crate) fn reordered(&self) -> (Self, Vec<usize>) {
        let deployments = order(self.deployments.at.len());
        let incidents = order(self.incidents.at.len());
        let mut new_row = vec![0; deployments.len()];
        deployments.iter().enumerate().for_each(|(place, row)| new_row[*row] = place as u32);
        let relabelled = |label: Label| if let Label::Deployment(row) = label { Label::Deployment(new_row[row as usize]) } else { label };
        let factor = |factor: &Factor| Factor { levels: picked(&factor.levels, &deployments), ..factor.clone() };
        let own = &self.deployments;
        let other = Self {
            deployments: Deployments {
                at: picked(&own.at, &deployments),
                service: picked(&own.service, &deployments),
                rolled_back_at: picked(&own.rolled_back_at, &deployments),
                factors: own.factors.iter().map(factor).collect(),
            },
            incidents: Incidents {
                at: picked(&self.incidents.at, &incidents),
                service: picked(&self.incidents.service, &incidents),
                hour_of_week: picked(&self.incidents.hour_of_week, &incidents),
                label: picked(&self.incidents.label, &incidents).into_iter().map(relabelled).collect(),
            },
            ..self.clone()
        };
        (other, incidents)
    }
}

fn order(count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|row| sequela_stats::rng::stream(99, 0, *row as u64));
    order
}

fn picked<T: Copy>(values: &[T], order: &[usize]) -> Vec<T> {
    order.iter().map(|row| values[*row]).collect()
}
