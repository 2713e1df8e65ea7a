//! Change and problem records, coverage, freezes: what a report needs beside deployments and incidents, with effects planted in them.
//!
//! The plants, each of which `planted.csv` names: a change model that hardly fails and a standard one that often does; an approval
//! board that only sees larger changes at more critical services, and has no effect of its own; failure rates that fall with
//! coverage; deployments from Friday noon that fail more; a release that is followed by a row of incidents; two recurring faults,
//! one without a problem record and one whose fix did not hold; services that the catalog does not know; records that are missing,
//! late or outside their window, and deployments in a freeze. With `null=true` the records are there and nothing has an effect.
//!
//! What is drawn for a deployment depends on the seed, its service and its time alone ([`super::stream_of`]).

mod changes;
mod plan;
mod planted;
mod problems;
mod quality;
mod titles;
mod upcoming;

use super::catalog::Catalog;
use super::incidents::incident;
use super::rhythm::hour_of_week;
use super::{Deployment, Extent, Incident, Kind, Part, Settings, WEEK, micros, span, stream};
use crate::random::exponential;
use crate::world::HOUR;
pub(super) use changes::{change_id, changes};
pub(super) use plan::{Flaw, Model, Plan};
pub(super) use planted::planted;
pub(super) use problems::{problem_of, problems};
pub(super) use quality::quality;
pub(super) use titles::{category, title};

/// Chance of failure of the planted models.
const SAFE: f64 = 0.001;
const UNSAFE: f64 = 0.35;
/// First hour of the risky part of a week: Friday noon.
const FRIDAY_NOON: usize = 4 * 24 + 12;
/// The freeze, in hours from the start of its week: from Wednesday 00:00 to Thursday noon.
const FREEZE: (u32, u32) = (48, 84);

/// What lies behind the records of an organisation.
#[derive(Clone, Debug)]
pub(super) struct Records {
    /// Tier of each service, 1 (most critical) to 4.
    pub(super) tiers: Vec<u8>,
    /// Test coverage of each service in percent.
    pub(super) coverage: Vec<f64>,
    /// Service with the safe model.
    pub(super) safe: u32,
    /// Service with the unsafe standard change.
    pub(super) unsafe_standard: u32,
    /// Services with a recurring fault.
    pub(super) recurring: [u32; 2],
    /// Services that the catalog does not know.
    pub(super) shadow: [u32; 2],
    /// The deployment that a row of incidents follows: its position among the planned ones, its service and its end.
    pub(super) bad_release: Option<(u32, u32, i64)>,
    /// Start and end of the freeze.
    pub(super) freeze: (i64, i64),
}

impl Records {
    pub(super) fn draw(settings: &Settings, catalog: &Catalog, planned: &[Deployment]) -> Self {
        let mut tiers = stream(settings, Part::Tiers);
        let mut coverage = stream(settings, Part::Coverage);
        let mut free: Vec<u32> = (0..settings.services).collect();
        let mut take = |rate: f64| take_nearest(&catalog.rates, &mut free, rate);
        let (safe, unsafe_standard) = (take(8.0), take(1.0));
        let [recurring, shadow] = [[take(0.3), take(0.3)], [take(0.2), take(0.2)]];
        let bad = take(0.5);
        let week = settings.weeks * 2 / 3;
        Self {
            tiers: (0..settings.services).map(|_| 1 + tiers.weighted(&[0.2, 0.3, 0.3, 0.2]) as u8).collect(),
            coverage: (0..settings.services).map(|_| 25.0 + 70.0 * coverage.unit()).collect(),
            safe,
            unsafe_standard,
            recurring,
            shadow,
            bad_release: bad_release(settings, planned, bad),
            freeze: (micros(f64::from(week * WEEK + FREEZE.0)), micros(f64::from(week * WEEK + FREEZE.1))),
        }
    }

    /// Chance that a planned deployment causes an incident, given what it would be without plants.
    pub(super) fn chance(&self, settings: &Settings, deployment: &Deployment, plain: f64) -> f64 {
        match Plan::draw(settings, self, deployment).model {
            Model::Safe => SAFE,
            Model::Unsafe => UNSAFE,
            _ => (plain * self.coverage_factor(settings, deployment.service) * friday_factor(settings, deployment)).min(0.6),
        }
    }

    /// Factor of failure rates; 1 at 60 %.
    pub(super) fn coverage_factor(&self, settings: &Settings, service: u32) -> f64 {
        exponential(-settings.coverage_effect * (self.coverage[service as usize] - 60.0) / 10.0)
    }

    /// Incidents of the recurring faults and of the bad release.
    pub(super) fn incidents(&self, settings: &Settings, planned: &[Deployment]) -> Vec<Incident> {
        if !settings.has_effects() {
            return Vec::new();
        }
        let mut stream = stream(settings, Part::Recurrences);
        let mut made = Vec::new();
        for (number, service) in self.recurring.iter().enumerate() {
            for _ in 0..settings.recurring {
                let at = (span(settings) as f64 * stream.unit()) as i64;
                made.push(Incident { recurrence: Some(number as u8), ..incident(*service, at, None) });
            }
        }
        if let Some((position, service, at)) = self.bad_release {
            debug_assert_eq!(planned[position as usize].service, service);
            let late = |_| incident(service, at + micros(stream.waiting_time(8.0)).max(1), Some(position));
            made.extend((0..settings.bad_release).map(late));
        }
        made
    }

    /// Whether a span reaches into the freeze.
    pub(super) fn is_frozen(&self, (from, until): (i64, i64)) -> bool {
        from < self.freeze.1 && self.freeze.0 < until
    }
}

fn friday_factor(settings: &Settings, deployment: &Deployment) -> f64 {
    if is_friday(deployment.finished_at) { settings.friday_effect } else { 1.0 }
}

/// Whether an instant lies between Friday noon and midnight.
pub(super) fn is_friday(at: i64) -> bool {
    (FRIDAY_NOON..5 * 24).contains(&hour_of_week(at))
}

/// The service not yet taken whose rate is nearest, in ratio, to the wanted one.
fn take_nearest(rates: &[f64], free: &mut Vec<u32>, wanted: f64) -> u32 {
    let off = |service: &u32| (rates[*service as usize] / wanted).max(wanted / rates[*service as usize]);
    let place = (0..free.len()).min_by(|left, right| off(&free[*left]).total_cmp(&off(&free[*right])));
    place.map_or(0, |place| free.swap_remove(place))
}

/// The first large deployment of a service after a third of the history, else the first of any extent.
fn bad_release(settings: &Settings, planned: &[Deployment], service: u32) -> Option<(u32, u32, i64)> {
    let from = span(settings) / 3;
    let rows = planned.iter().enumerate().filter(|(_, row)| row.service == service && row.finished_at >= from);
    let first = rows.min_by_key(|(_, row)| (row.extent != Extent::Large, row.finished_at));
    first.map(|(position, row)| (position as u32, service, row.finished_at))
}

#[cfg(test)]
mod tests {
    use super::super::{EXPORTS, Export, Organisation, RECORDS};
    use super::*;

    fn organisation(changes: &[&str]) -> Organisation {
        let mut settings = Settings::regime("small", 1).unwrap();
        ["records=true", "highest_rate=5"].iter().chain(changes).for_each(|change| settings.set(change).unwrap());
        settings.check().unwrap();
        Organisation::simulate(&settings)
    }

    fn rows(organisation: &Organisation, name: &str) -> Vec<Vec<String>> {
        let of_name = |export: &&Export| export.name == name;
        let export = RECORDS.iter().find(of_name).or_else(|| EXPORTS.iter().find(of_name)).unwrap();
        let mut bytes = Vec::new();
        (export.write)(organisation, &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        text.lines().skip(1).map(|line| line.split(',').map(ToOwned::to_owned).collect()).collect()
    }

    #[test]
    fn records_without_effects_leave_deployments_and_incidents_as_they_were() {
        let effects = ["safe_and_unsafe=false", "coverage_effect=0", "friday_effect=1", "recurring=0", "bad_release=0"];
        let with = organisation(&effects);
        let without = Organisation::simulate(&Settings { records: false, ..with.settings.clone() });
        assert_eq!(with.deployments, without.deployments);
        assert_eq!(with.incidents, without.incidents);
    }

    #[test]
    fn where_nothing_has_an_effect_there_are_records_and_no_plant() {
        let null = organisation(&["null=true"]);
        assert!(null.incidents.iter().all(|incident| incident.recurrence.is_none() && incident.cause.is_none()));
        assert!(rows(&null, "changes.csv").len() > null.deployments.len() / 2);
        let planted = rows(&null, "planted.csv");
        assert!(planted.iter().all(|row| row[0] != "problem_candidates" && row[0] != "release_impact" && row[2] != "risky"));
    }

    /// Failed deployments beside the stated chances, within five standard errors.
    #[test]
    fn planted_models_fail_as_often_as_stated() {
        let planted = organisation(&["weeks=104"]);
        let records = planted.records.as_ref().unwrap();
        let failed: std::collections::BTreeSet<u32> = planted.incidents.iter().filter_map(|incident| incident.cause).collect();
        for (model, chance) in [(Model::Safe, SAFE), (Model::Unsafe, UNSAFE)] {
            let is_of = |row: &Deployment| row.kind == Kind::Deploy && Plan::draw(&planted.settings, records, row).model == model;
            let of: Vec<u32> = (0..).zip(&planted.deployments).filter(|(_, row)| is_of(row)).map(|(number, _)| number).collect();
            let share = of.iter().filter(|number| failed.contains(number)).count() as f64 / of.len() as f64;
            assert!(of.len() > 100, "{}", of.len());
            assert!((share - chance).abs() < 5.0 * (chance * (1.0 - chance) / of.len() as f64).sqrt(), "{model:?}: {share}");
        }
    }

    /// The board sees more of what fails, and nothing fails because it saw it: chances within a tier, an extent and a service do not
    /// know the path.
    #[test]
    fn the_board_sees_larger_changes_at_critical_services() {
        let planted = organisation(&[]);
        let records = planted.records.as_ref().unwrap();
        let share = |extent: Extent, is_critical: bool| {
            let of = |row: &&Deployment| row.extent == extent && (records.tiers[row.service as usize] == 1) == is_critical;
            let plans = planted.deployments.iter().filter(of).map(|row| Plan::draw(&planted.settings, records, row));
            let normal: Vec<Plan> = plans.filter(|plan| plan.kind == "normal").collect();
            normal.iter().filter(|plan| plan.path == "cab").count() as f64 / normal.len() as f64
        };
        assert!(share(Extent::Small, false) < share(Extent::Medium, false) && share(Extent::Medium, false) < share(Extent::Large, false));
        assert!(share(Extent::Small, false) < share(Extent::Small, true));
    }

    #[test]
    fn files_have_as_many_fields_as_their_header_and_name_what_exists() {
        let planted = organisation(&[]);
        let widths = [("changes.csv", 16), ("problems.csv", 9), ("quality.csv", 4), ("planted.csv", 3), ("deployments.csv", 10)];
        for (name, width) in widths.into_iter().chain([("incidents.csv", 9), ("services.csv", 3)]) {
            let rows = rows(&planted, name);
            assert!(!rows.is_empty() && rows.iter().all(|row| row.len() == width), "{name}");
        }
        let changes: Vec<String> = rows(&planted, "changes.csv").into_iter().map(|row| row[0].clone()).collect();
        let named = rows(&planted, "deployments.csv").into_iter().map(|row| row[9].clone());
        assert!(named.filter(|id| !id.is_empty()).all(|id| changes.contains(&id)));
        let services: Vec<String> = rows(&planted, "services.csv").into_iter().map(|row| row[0].clone()).collect();
        assert_eq!(services.len(), 28, "two are unknown to the catalog");
    }

    #[test]
    fn every_report_has_something_to_find() {
        let planted = rows(&organisation(&[]), "planted.csv");
        let has = |report: &str, what: &str| planted.iter().any(|row| row[0] == report && row[2].starts_with(what));
        for what in ["no_change_record", "outside_window", "raised_after", "other_service", "other_type", "in_freeze", "no_deployment"] {
            assert!(has("change_reconciliation", what), "{what}");
        }
        assert!(has("problem_candidates", "candidate: I") && has("problem_candidates", "fix did not hold: I"));
        assert!(has("change_risk", "risky") && has("change_risk", "ordinary") && has("unowned_services", "unknown"));
        let caused = planted.iter().find(|row| row[0] == "release_impact").unwrap()[2].clone();
        assert!(caused.split(' ').next().unwrap().parse::<usize>().unwrap() >= 12, "{caused}");
    }
}
