//! Organisations of many kinds whose incidents have known causes, to measure how much of the truth a method finds.
//!
//! Deployments follow working hours and release trains; some fail, after a delay, on their own service or on one that depends on
//! it; background incidents happen anyway; incidents call for rollbacks and fixes, which are deployments again. [`Settings`] says
//! how much of what, [`REGIMES`] are the named choices, [`EXPORTS`] the files that `sequela simulate` writes.
//!
//! With `records=true` there are change and problem records, coverage and freezes too, and `planted.csv` says what the reports on
//! them have to find.
//!
//! A method of the same family as this generator has an advantage here that it does not have on real data: a gain seen in one
//! regime or for one seed is no gain.

mod catalog;
mod deployments;
mod exports;
mod incidents;
mod records;
mod repairs;
mod rhythm;
mod settings;

use crate::order::{inverse, order_by};
use crate::random::{Stream, exponential};
use crate::world::HOUR;
use catalog::Catalog;
use records::Records;

pub use exports::{EXPORTS, Export, RECORDS};
pub use settings::{Delay, REGIMES, Regime, Setting, SettingError, Settings};

/// Hours in a week.
const WEEK: u32 = 168;

/// What a deployment was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Planned.
    Deploy,
    /// Repairs what an incident showed.
    Hotfix,
    /// Takes an earlier deployment back.
    Rollback,
}

/// How much a deployment changes; larger ones fail more often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Tens of lines.
    Small,
    /// Hundreds.
    Medium,
    /// Thousands.
    Large,
}

/// A successful production deployment. Instants are microseconds since the first one of the organisation, a Monday 00:00 UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// Number of the service.
    pub service: u32,
    /// Start of the pipeline.
    pub started_at: i64,
    /// Live from here.
    pub finished_at: i64,
    /// What it was made for.
    pub kind: Kind,
    /// How much it changes.
    pub extent: Extent,
    /// The deployment that it takes back, where the records say so.
    pub rolls_back: Option<u32>,
}

/// An incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// Number of the service on the record, which is not always the right one.
    pub service: u32,
    /// Detected.
    pub created_at: i64,
    /// Restored; `None` while open at the end.
    pub resolved_at: Option<i64>,
    /// 1 to 4; says nothing about the cause.
    pub severity: u8,
    /// The deployment that truly caused it.
    pub cause: Option<u32>,
    /// Whether it repeats an incident that is there already.
    pub is_duplicate: bool,
    /// Whether the records name the cause.
    pub is_labelled: bool,
    /// Which of the planted recurrences it belongs to, 0 or 1.
    pub recurrence: Option<u8>,
}

/// An organisation with its truth. Deployments and incidents are in the order of time.
#[derive(Clone, Debug)]
pub struct Organisation {
    /// What it was made from.
    pub settings: Settings,
    /// Team of each service.
    pub teams: Vec<u32>,
    /// For each service those that depend on it, in ascending order.
    pub consumers: Vec<Vec<u32>>,
    /// Deployments.
    pub deployments: Vec<Deployment>,
    /// Incidents.
    pub incidents: Vec<Incident>,
    /// What lies behind change records and measures, with `records=true`.
    records: Option<Records>,
}

impl Organisation {
    /// Makes an organisation: the same settings give the same one on every machine.
    ///
    /// ```
    /// use sequela_testkit::simulator::{Organisation, Settings};
    /// let organisation = Organisation::simulate(&Settings { weeks: 4, ..Settings::regime("small", 1).unwrap() });
    /// assert!(organisation.incidents.iter().any(|incident| incident.cause.is_some()));
    /// ```
    pub fn simulate(settings: &Settings) -> Self {
        let catalog = Catalog::draw(settings);
        let mut deployments = deployments::planned(settings, &catalog);
        let records = settings.records.then(|| Records::draw(settings, &catalog, &deployments));
        let mut incidents = incidents::caused(settings, &catalog, &deployments, records.as_ref());
        incidents.extend(incidents::background(settings, &catalog, incidents.len()));
        deployments.extend(repairs::respond(settings, &deployments, &incidents));
        incidents::duplicate(settings, &mut incidents);
        incidents::misroute(settings, &catalog, &mut incidents);
        incidents.extend(records.iter().flat_map(|records| records.incidents(settings, &deployments)));
        let (teams, consumers) = (catalog.teams, catalog.consumers);
        let mut organisation = Self { settings: settings.clone(), teams, consumers, deployments, incidents, records };
        organisation.end_and_sort();
        incidents::record(settings, organisation.span(), &mut organisation.incidents);
        organisation
    }

    /// Microseconds from the first to the last instant.
    pub fn span(&self) -> i64 {
        span(&self.settings)
    }

    /// Share of incidents that a deployment caused.
    pub fn share_caused(&self) -> f64 {
        let caused = self.incidents.iter().filter(|incident| incident.cause.is_some()).count();
        caused as f64 / self.incidents.len().max(1) as f64
    }

    /// Drops what happens after the end and puts the rest into the order of time. What is referred to is earlier than what refers
    /// to it, so no reference is lost.
    fn end_and_sort(&mut self) {
        let end = self.span();
        let order = order_by(self.deployments.len(), |index| self.deployments[index].finished_at);
        let moved = inverse(&order);
        let follow = |index: u32| moved[index as usize] as u32;
        self.deployments = order.iter().map(|index| self.deployments[*index].clone()).filter(|row| row.finished_at < end).collect();
        for deployment in &mut self.deployments {
            deployment.rolls_back = deployment.rolls_back.map(follow);
        }
        self.incidents.retain(|incident| incident.created_at < end);
        self.incidents.sort_by_key(|incident| incident.created_at);
        for incident in &mut self.incidents {
            incident.cause = incident.cause.map(follow);
        }
    }
}

/// Independent uses of randomness: a setting that changes one leaves the others as they were.
#[derive(Clone, Copy, Debug)]
#[repr(u64)]
enum Part {
    Teams = 101,
    Services,
    Dependencies,
    BusyWeeks,
    Planned,
    Trains,
    Failures,
    Background,
    Drift,
    Repairs,
    Duplicates,
    Routing,
    Records,
    Labels,
    Tiers,
    Coverage,
    Recurrences,
    Changes,
    Unused,
    Upcoming,
    Problems,
    Titles,
}

fn stream(settings: &Settings, part: Part) -> Stream {
    Stream::new(settings.seed, part as u64)
}

/// Randomness of one event, which does not depend on how many others there are.
fn stream_of(settings: &Settings, part: Part, service: u32, at: i64) -> Stream {
    Stream::new(settings.seed, ((at as u64) << 20) ^ (u64::from(service) << 8) ^ part as u64)
}

fn span(settings: &Settings) -> i64 {
    i64::from(settings.weeks * WEEK) * HOUR
}

/// Log-normal whose tail has no bound; `spread` is the standard deviation of the logarithm.
fn log_normal(stream: &mut Stream, median: f64, spread: f64) -> f64 {
    median * exponential(spread * stream.gaussian())
}

fn micros(hours: f64) -> i64 {
    (hours * HOUR as f64).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small(seed: u64) -> Organisation {
        Organisation::simulate(&Settings::regime("small", seed).unwrap())
    }

    #[test]
    fn effects_follow_causes_and_rollbacks_what_they_undo() {
        for seed in 0..5 {
            let organisation = small(seed);
            let end = organisation.span();
            assert!(organisation.deployments.is_sorted_by_key(|row| row.finished_at));
            assert!(organisation.incidents.is_sorted_by_key(|row| row.created_at));
            for deployment in &organisation.deployments {
                assert!(deployment.started_at < deployment.finished_at && deployment.finished_at < end);
                if let Some(undone) = deployment.rolls_back {
                    let undone = &organisation.deployments[undone as usize];
                    assert!(deployment.kind == Kind::Rollback && undone.finished_at < deployment.finished_at);
                    assert_eq!(undone.service, deployment.service);
                }
            }
            for incident in &organisation.incidents {
                assert!(incident.created_at < end && incident.resolved_at.is_none_or(|at| incident.created_at <= at && at < end));
                if let Some(cause) = incident.cause {
                    let cause = &organisation.deployments[cause as usize];
                    assert!(cause.finished_at < incident.created_at && cause.kind == Kind::Deploy);
                }
            }
        }
    }

    #[test]
    fn labels_change_nothing_else() {
        let plain = small(3);
        let labelled = Organisation::simulate(&Settings { labels: 0.5, ..plain.settings.clone() });
        assert_eq!(plain.deployments, labelled.deployments);
        let unlabelled: Vec<Incident> =
            labelled.incidents.iter().map(|incident| Incident { is_labelled: false, ..incident.clone() }).collect();
        assert_eq!(plain.incidents, unlabelled);
        assert!(labelled.incidents.iter().all(|incident| !incident.is_labelled || incident.cause.is_some()));
    }

    #[test]
    fn the_smallest_and_strangest_settings_work() {
        let one = Settings { services: 1, teams: 1, weeks: 1, trains: 40, ..Settings::regime("base", 1).unwrap() };
        assert_eq!(Organisation::simulate(&one).teams, [0]);
        let quiet = Settings { failure_scale: 0.0, ..Settings::regime("small", 1).unwrap() };
        assert!(Organisation::simulate(&quiet).incidents.is_empty());
        let causeless = Organisation::simulate(&Settings::regime("null", 1).unwrap());
        assert_eq!(causeless.share_caused(), 0.0);
        assert!(causeless.deployments.iter().any(|deployment| deployment.kind == Kind::Rollback), "taken back in vain");
    }
}
