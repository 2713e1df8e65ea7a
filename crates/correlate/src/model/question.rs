//! The model's problem, with the way back from its rows to deployments and incidents.

use chrono::{DateTime, Datelike, TimeDelta, Timelike};
use chrono_tz::Tz;
use sequela_attribution::problem::Window;
use sequela_attribution::{Deployments, Factor, Incidents, Label, Problem, Relations};

use super::Extract;
use crate::deployments::Role;
use crate::link::Linker;

/// Rows of the model and where they come from.
#[derive(Debug)]
pub(crate) struct Question {
    /// Deployment and service of each row.
    pub(crate) rows: Vec<(u32, u32)>,
    /// Incident of each of the model's.
    pub(crate) incidents: Vec<u32>,
    deployments: Deployments,
    asked: Incidents,
    pub(crate) relations: Relations,
    span: f64,
}

/// Hours of a week.
const WEEK: u32 = 168;

impl Question {
    pub(crate) fn new(linker: &Linker<'_>, sizes: &[Option<i64>], kinds: &[u8], extract: Extract) -> Self {
        let Extract { at: as_of, zone, .. } = extract;
        let rows = rows(linker, as_of);
        let incidents = incidents(linker, as_of);
        let first_deployment = rows.iter().filter_map(|(deployment, _)| linker.deployments.ended[*deployment as usize]).min();
        let first_incident = incidents.iter().filter_map(|incident| linker.incidents.started[*incident as usize]).min();
        let origin = week_of(first_deployment.into_iter().chain(first_incident).min().unwrap_or(as_of), zone);
        let span = (as_of - origin) as f64 / 3.6e9;
        let deployments = deployments(linker, &rows, sizes, kinds, origin, span);
        let asked = asked(linker, &rows, &incidents, origin, zone);
        Self { relations: relations(linker), deployments, asked, span, incidents, rows }
    }

    pub(crate) fn incidents(&self) -> usize {
        self.incidents.len()
    }

    pub(crate) fn deployments(&self) -> usize {
        self.rows.len()
    }

    /// With few data only teams and kinds are told apart.
    pub(crate) fn problem(&self, is_sufficient: bool) -> Problem {
        let mut deployments = self.deployments.clone();
        if !is_sufficient {
            deployments.factors.retain(|factor| matches!(factor.name, "team" | "kind"));
        }
        Problem::new(deployments, self.asked.clone(), &self.relations, self.span, Window::default())
    }
}

/// Deployments that count or repair, on each of their services.
fn rows(linker: &Linker<'_>, as_of: i64) -> Vec<(u32, u32)> {
    let deployments = linker.deployments;
    let in_play = |deployment: &u32| {
        let number = *deployment as usize;
        deployments.roles[number] != Role::Ignored && deployments.ended[number].is_some_and(|ended| ended <= as_of)
    };
    let services = |deployment: u32| deployments.services.of(deployment).iter().map(move |service| (deployment, *service));
    (0..deployments.ids.len() as u32).filter(in_play).flat_map(services).collect()
}

/// Incidents with a start, a service, and no cause that is known but not in the data.
fn incidents(linker: &Linker<'_>, as_of: i64) -> Vec<u32> {
    let incidents = linker.incidents;
    let is_asked = |incident: &u32| {
        let number = *incident as usize;
        let begun = incidents.started[number].is_some_and(|started| started <= as_of);
        let lost = linker.evidence.asserted(*incident).is_some_and(|asserted| asserted.deployment.is_none());
        begun && !incidents.excluded[number] && !incidents.services.of(*incident).is_empty() && !lost
    };
    (0..incidents.ids.len() as u32).filter(is_asked).collect()
}

/// Monday midnight of the week of an instant, on the organisation's clock, in microseconds UTC.
fn week_of(at: i64, zone: Tz) -> i64 {
    let Some(local) = DateTime::from_timestamp_micros(at).map(|at| at.with_timezone(&zone).naive_local()) else { return at };
    let monday = local.date() - TimeDelta::days(i64::from(local.weekday().num_days_from_monday()));
    let midnight = monday.and_time(chrono::NaiveTime::MIN).and_local_timezone(zone).earliest();
    midnight.map_or(at, |midnight| midnight.timestamp_micros())
}

fn hour_of_week(at: i64, zone: Tz) -> u8 {
    let local = DateTime::from_timestamp_micros(at).map(|at| at.with_timezone(&zone));
    let hour = local.map_or(0, |local| local.weekday().num_days_from_monday() * 24 + local.hour());
    (hour % WEEK) as u8
}

fn deployments(linker: &Linker<'_>, rows: &[(u32, u32)], sizes: &[Option<i64>], kinds: &[u8], origin: i64, span: f64) -> Deployments {
    let all = linker.deployments;
    let at = |deployment: u32| all.ended[deployment as usize].unwrap_or(origin);
    let mut per_service = vec![0_u32; linker.catalog.services.len()];
    rows.iter().for_each(|(_, service)| per_service[*service as usize] += 1);
    let frequency: Vec<u32> = per_service.iter().map(|count| frequency(f64::from(*count) / (span / 24.0))).collect();
    let team = |service: u32| linker.catalog.owners.of(service).first().map_or(0, |team| team + 1);
    let factor = |name, count, level: &dyn Fn(&(u32, u32)) -> u32| Factor { name, count, levels: rows.iter().map(level).collect() };
    Deployments {
        at: rows.iter().map(|(deployment, _)| at(*deployment) - origin).collect(),
        service: rows.iter().map(|(_, service)| *service).collect(),
        rolled_back_at: rows
            .iter()
            .map(|(deployment, _)| linker.evidence.first_rollback(*deployment).map_or(i64::MAX, |at| at - origin))
            .collect(),
        factors: vec![
            factor("team", linker.catalog.teams.len() + 1, &|(_, service)| team(*service)),
            factor("service", linker.catalog.services.len(), &|(_, service)| *service),
            factor("size", 4, &|(deployment, _)| size(sizes[*deployment as usize])),
            factor("kind", 4, &|(deployment, _)| u32::from(kinds[*deployment as usize])),
            factor("frequency", 5, &|(_, service)| frequency[*service as usize]),
        ],
    }
}

/// Class of lines changed: below a hundred, below a thousand, more, unknown.
fn size(lines: Option<i64>) -> u32 {
    match lines {
        None => 3,
        Some(lines) => u32::from(lines >= 100) + u32::from(lines >= 1000),
    }
}

/// Class of deployments a day: each is four times as often as the one before.
fn frequency(per_day: f64) -> u32 {
    ((per_day.max(0.03) / 0.06).log2() / 2.0).floor().clamp(0.0, 4.0) as u32
}

fn asked(linker: &Linker<'_>, rows: &[(u32, u32)], incidents: &[u32], origin: i64, zone: Tz) -> Incidents {
    let all = linker.incidents;
    let at = |incident: u32| all.started[incident as usize].unwrap_or(origin);
    let service = |incident: u32| all.services.of(incident).first().copied().unwrap_or(0);
    Incidents {
        at: incidents.iter().map(|incident| at(*incident) - origin).collect(),
        service: incidents.iter().map(|incident| service(*incident)).collect(),
        hour_of_week: incidents.iter().map(|incident| hour_of_week(at(*incident), zone)).collect(),
        label: incidents.iter().map(|incident| label(linker, rows, *incident)).collect(),
    }
}

/// The row of the deployment that the record names, on the service through which it reaches the incident.
fn label(linker: &Linker<'_>, rows: &[(u32, u32)], incident: u32) -> Label {
    let Some(deployment) = linker.evidence.asserted(incident).and_then(|asserted| asserted.deployment) else { return Label::Open };
    let first = rows.partition_point(|(other, _)| *other < deployment);
    let own = rows[first..].iter().take_while(|(other, _)| *other == deployment).count();
    let service = linker.touched_service(incident, deployment);
    let place = (first..first + own).find(|row| Some(rows[*row].1) == service).or((own > 0).then_some(first));
    place.map_or(Label::Open, |row| Label::Deployment(row as u32))
}

/// Who consumes whom, and which services are of one team.
fn relations(linker: &Linker<'_>) -> Relations {
    let catalog = linker.catalog;
    let mut consumers = vec![Vec::new(); catalog.services.len()];
    for (consumer, provider) in catalog.depends_on.pairs() {
        consumers[provider as usize].push(consumer);
    }
    let teams: Vec<Option<u32>> = (0..catalog.services.len() as u32).map(|service| catalog.owners.of(service).first().copied()).collect();
    Relations::new(&consumers, &teams)
}

#[cfg(test)]
mod tests {
    use sequela_schema::definition::{MODEL_FOLLOW_UP_HOURS, MODEL_HOURS, MODEL_OWN_HOURS, MODEL_OWN_NEWEST};

    use super::*;

    /// Reports speak of the window by these constants.
    #[test]
    fn the_window_is_the_one_that_is_told() {
        let window = Window::default();
        assert_eq!((window.near, window.far, window.newest), (MODEL_HOURS, MODEL_OWN_HOURS, MODEL_OWN_NEWEST));
        assert_eq!(window.follow_up, MODEL_FOLLOW_UP_HOURS);
    }
}
