//! What goes wrong, and what is deployed because of it: the planted causes.
//!
//! A deployment causes an incident with a probability made of its team, size, kind and service; the incident comes after a
//! log-normal delay (median about an hour) on the same service or on one that depends on it. Trouble that nobody deployed is a
//! Poisson process with a weekly rhythm. Incidents provoke rollbacks and hotfixes, and hotfixes can fail in their turn: cause
//! and effect run both ways, as in life.

use super::catalog::{CHECKOUT, PAYMENTS, SERVICES, TEAMS, consumers};
use super::clock::{self, HOUR, Rhythm};
use super::delivery::{Deployment, Kind, deployment, size_factor};
use crate::random::Stream;

/// Incidents per half year that no deployment caused, before bursts.
const BACKGROUND: f64 = 200.0;
/// Share of causes that people notice, in their working hours, rather than machines at once.
const NOTICED_BY_PEOPLE: f64 = 0.3;

/// What an incident is recorded against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// A service of the catalog's list.
    Service(usize),
    /// The host that nobody deploys to.
    Host,
}

/// An incident as it truly was. Instants are seconds since 1970 UTC.
#[derive(Clone, Debug)]
pub(crate) struct Incident {
    /// Number as people use it; empty until all incidents are known.
    pub(crate) number: String,
    /// What the record names.
    pub(crate) item: Item,
    pub(crate) opened_at: i64,
    /// `None` while it is open at the extract.
    pub(crate) resolved_at: Option<i64>,
    /// 1 (worst) to 4.
    pub(crate) priority: u8,
    /// The deployment that truly caused it.
    pub(crate) cause: Option<usize>,
    /// Whether it followed from another incident of the same cause.
    pub(crate) is_followup: bool,
    /// The deployment that the record's "caused by" points at, through its change.
    pub(crate) asserted: Option<usize>,
    /// The deployment that repaired it.
    pub(crate) repair: Option<usize>,
}

/// Adds to `deployments` what was deployed because of incidents, and returns the incidents.
pub(crate) fn happen(seed: u64, deployments: &mut Vec<Deployment>) -> Vec<Incident> {
    let mut simulation = Simulation::new(seed, deployments);
    simulation.background();
    simulation.causes();
    simulation.incidents
}

struct Simulation<'a> {
    stream: Stream,
    deployments: &'a mut Vec<Deployment>,
    incidents: Vec<Incident>,
    consumers: Vec<Vec<usize>>,
    /// Factor on the failure probability of each service.
    fragility: Vec<f64>,
}

impl<'a> Simulation<'a> {
    fn new(seed: u64, deployments: &'a mut Vec<Deployment>) -> Self {
        let mut stream = Stream::new(seed, 300);
        let fragility = SERVICES.iter().map(|_| stream.log_normal(0.95, 0.3)).collect();
        Self { stream, deployments, incidents: Vec::new(), consumers: consumers(), fragility }
    }

    /// Trouble without a deployment; a few noisy services have bursts.
    fn background(&mut self) {
        let weights: Vec<f64> =
            SERVICES.iter().map(|service| self.stream.log_normal(1.0, 0.7) * if service.tier == 1 { 1.5 } else { 1.0 }).collect();
        let total = weights.iter().sum::<f64>() * 1.05;
        let hours = ((clock::extract() - clock::first()) / HOUR) as f64;
        let items = (0..SERVICES.len()).map(Item::Service).zip(weights).chain([(Item::Host, total / 25.0)]);
        for (order, (item, weight)) in items.enumerate() {
            let noisy = order % 11 == 4;
            let mut hour = clock::first();
            while hour < clock::extract() {
                let mean = BACKGROUND / hours * weight / total * clock::intensity(Rhythm::Trouble, hour);
                for _ in 0..self.stream.poisson(mean) {
                    let at = hour + self.stream.below(HOUR as usize) as i64;
                    self.trouble(item, at, noisy);
                }
                hour += HOUR;
            }
        }
    }

    fn trouble(&mut self, item: Item, at: i64, noisy: bool) {
        let first = self.record(item, at, None, false);
        self.respond_to_trouble(first);
        if noisy && self.stream.chance(0.4) {
            for _ in 0..=self.stream.poisson(0.6) {
                let later = at + (self.stream.log_normal(1.5, 0.6) * HOUR as f64) as i64;
                self.record(item, later, None, true);
            }
        }
    }

    /// Every deployment in turn, also those that incidents provoke while this runs.
    fn causes(&mut self) {
        let mut index = 0;
        while index < self.deployments.len() {
            let probability = self.failure_probability(index);
            if self.stream.chance(probability) {
                self.fail(index);
            }
            index += 1;
        }
    }

    fn failure_probability(&self, index: usize) -> f64 {
        let deployment = &self.deployments[index];
        let service = deployment.service();
        let kind = match deployment.kind {
            Kind::Deploy => 1.0,
            Kind::Configuration => 0.5,
            Kind::Hotfix => 1.4,
            Kind::Rollback => 0.0,
        };
        let team = SERVICES[service].team;
        let bad_month = team == PAYMENTS && (clock::midnight(8, 1)..clock::midnight(9, 1)).contains(&deployment.finished_at);
        let month = if bad_month { 4.0 } else { 1.0 };
        let live = if deployment.is_live() { 1.0 } else { 0.0 };
        (TEAMS[team].failure_rate * size_factor(deployment.lines) * self.fragility[service] * kind * month * live).min(0.6)
    }

    fn fail(&mut self, index: usize) {
        let failed = self.deployments[index].clone();
        let service = *self.stream.pick(&failed.services);
        let delay = self.stream.log_normal(1.0, 1.1) * HOUR as f64;
        let at = self.noticed(failed.finished_at + delay as i64 + 20);
        let seen_on = self.seen_on(service);
        let first = self.record(Item::Service(seen_on), at, Some(index), false);
        self.repair(first, index);
        if self.stream.chance(0.12) {
            let later = at + (self.stream.log_normal(0.5, 0.7) * HOUR as f64) as i64;
            let elsewhere = self.consumer_of(service).unwrap_or(service);
            self.record(Item::Service(elsewhere), later, Some(index), true);
        }
    }

    /// People notice in their hours; machines notice at once.
    fn noticed(&mut self, at: i64) -> i64 {
        let mut at = at;
        if self.stream.chance(NOTICED_BY_PEOPLE) {
            while !self.stream.chance(clock::intensity(Rhythm::Noticing, at) * 0.4) {
                at += HOUR;
            }
        }
        at
    }

    /// The deployed service, a consumer of it, rarely a consumer of a consumer; sometimes the wrong one of the team.
    fn seen_on(&mut self, service: usize) -> usize {
        let consumer = |this: &mut Self, service| this.consumer_of(service).unwrap_or(service);
        match self.stream.weighted(&[0.79, 0.14, 0.03, 0.04]) {
            0 => service,
            1 => consumer(self, service),
            2 => {
                let between = consumer(self, service);
                consumer(self, between)
            }
            _ => {
                let team: Vec<usize> = (0..SERVICES.len()).filter(|other| SERVICES[*other].team == SERVICES[service].team).collect();
                *self.stream.pick(&team)
            }
        }
    }

    fn consumer_of(&mut self, service: usize) -> Option<usize> {
        let consumers = &self.consumers[service];
        (!consumers.is_empty()).then(|| *self.stream.pick(consumers))
    }

    fn record(&mut self, item: Item, opened_at: i64, cause: Option<usize>, is_followup: bool) -> usize {
        let tier = match item {
            Item::Service(service) => SERVICES[service].tier,
            Item::Host => 2,
        };
        let weights = [[0.16, 0.34, 0.35, 0.15], [0.06, 0.26, 0.43, 0.25], [0.02, 0.15, 0.43, 0.40], [0.01, 0.08, 0.36, 0.55]];
        let priority = self.stream.weighted(&weights[usize::from(tier) - 1]) as u8 + 1;
        let median = [1.4, 3.0, 8.0, 26.0][usize::from(priority) - 1];
        let factor = match item {
            Item::Service(service) => TEAMS[SERVICES[service].team].restore_factor,
            Item::Host => 1.3,
        };
        let hours = self.stream.log_normal(median * factor, 1.0);
        let forgotten = self.stream.chance(0.022);
        let resolved_at = (!forgotten).then_some(opened_at + (hours * HOUR as f64) as i64 + 90);
        self.incidents.push(Incident {
            number: String::new(),
            item,
            opened_at,
            resolved_at,
            priority,
            cause,
            is_followup,
            asserted: None,
            repair: None,
        });
        self.incidents.len() - 1
    }

    /// The guilty deployment is rolled back or fixed forward, or the trouble is worked around.
    fn repair(&mut self, incident: usize, cause: usize) {
        let team = SERVICES[self.deployments[cause].service()].team;
        let rollback = if team == CHECKOUT { 0.45 } else { 0.33 };
        match self.stream.weighted(&[rollback, 0.28, 0.67 - rollback]) {
            0 => self.roll_back(incident, cause),
            1 => self.fix_forward(incident, cause, 2.5),
            _ => {}
        }
    }

    /// Trouble without a cause also provokes rollbacks "just in case", and fixes.
    fn respond_to_trouble(&mut self, incident: usize) {
        let at = self.incidents[incident].opened_at;
        let Item::Service(service) = self.incidents[incident].item else { return };
        let recent = |deployment: &Deployment| {
            deployment.is_live() && deployment.service() == service && (at - 24 * HOUR..at).contains(&deployment.finished_at)
        };
        let newest = (0..self.deployments.len())
            .filter(|index| recent(&self.deployments[*index]))
            .max_by_key(|index| self.deployments[*index].finished_at);
        match (newest, self.stream.weighted(&[0.10, 0.22, 0.68])) {
            (Some(newest), 0) => self.roll_back(incident, newest),
            (Some(newest), 1) => self.fix_forward(incident, newest, 5.0),
            _ => {}
        }
    }

    fn roll_back(&mut self, incident: usize, target: usize) {
        let undone = self.deployments[target].clone();
        let lag = self.stream.log_normal(0.45, 0.8) * HOUR as f64;
        let at = self.incidents[incident].opened_at + lag as i64;
        let mut rollback = deployment(&mut self.stream, undone.services, Kind::Rollback, at);
        rollback.reverts = Some(target);
        rollback.reverts_recorded = self.stream.chance(0.75);
        self.restored_by(incident, rollback);
    }

    fn fix_forward(&mut self, incident: usize, target: usize, hours: f64) {
        let services = self.deployments[target].services.clone();
        let lag = self.stream.log_normal(hours, 0.7) * HOUR as f64;
        let at = self.incidents[incident].opened_at + lag as i64;
        let fix = deployment(&mut self.stream, services, Kind::Hotfix, at);
        self.restored_by(incident, fix);
    }

    /// A repair of a deployment's own trouble ends it; a repair of background trouble may come before or after the end.
    fn restored_by(&mut self, incident: usize, repair: Deployment) {
        if repair.finished_at >= clock::extract() {
            return;
        }
        let record = &mut self.incidents[incident];
        if record.cause.is_some() {
            record.resolved_at = Some(repair.finished_at + 120 + self.stream.below(900) as i64);
        }
        record.repair = Some(self.deployments.len());
        self.deployments.push(repair);
    }
}
