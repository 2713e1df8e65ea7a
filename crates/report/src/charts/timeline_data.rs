//! What the timeline is drawn from: the service of the month with most hours lost to change.

use std::collections::BTreeMap;

use chrono::Months;
use chrono_tz::Tz;
use polars::prelude::PolarsResult;
use sequela_schema::Values;
use sequela_schema::canonical::deployments;
use sequela_schema::result::{incident_units, links};
use sequela_schema::vocabulary::relation;

use super::Material;
use crate::figures::{midnight, month_start};

/// Less likely links are not drawn.
const LIKELY: f64 = 0.1;
/// Links drawn of an incident, at most.
const LINKS: usize = 3;
/// Changes of more lines are drawn taller.
const MANY_LINES: i64 = 1_000;

/// What a deployment was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    Large,
    Hotfix,
    Rollback,
}

/// A deployment that an incident may be put down to.
#[derive(Clone, Debug)]
pub(super) struct Link {
    /// Its identifier, without the source.
    pub(super) deployment: String,
    /// When it ended, in microseconds since 1970 UTC.
    pub(super) at: i64,
    /// Hours from its end to the incident.
    pub(super) lag_hours: f64,
    /// Probability.
    pub(super) probability: f64,
    /// Whether it is one of the service itself.
    pub(super) is_own: bool,
}

/// An incident of the service.
#[derive(Clone, Debug)]
pub(super) struct Case {
    /// Its identifier, without the source.
    pub(super) id: String,
    /// When it began, in microseconds since 1970 UTC.
    pub(super) at: i64,
    /// When it was restored; the extract while it is open.
    pub(super) until: i64,
    /// Hours until restored, or observed so far.
    pub(super) hours: f64,
    /// Whether it is not yet restored.
    pub(super) is_open: bool,
    /// Probability that a change caused it.
    pub(super) change: f64,
    /// The likeliest first.
    pub(super) links: Vec<Link>,
}

/// A service in a month.
pub(super) struct Month {
    /// Its name.
    pub(super) service: String,
    /// Zone of the organisation.
    pub(super) zone: Tz,
    /// Hours lost to change: time to restore × probability, summed.
    pub(super) hours: f64,
    /// First day in days since 1970.
    pub(super) first_day: i32,
    /// First instant in microseconds since 1970 UTC.
    pub(super) from: i64,
    /// The instant after the last.
    pub(super) to: i64,
    /// Days since 1970 with the instant at which each begins.
    pub(super) days: Vec<(i32, i64)>,
    /// Its deployments in order.
    pub(super) deployments: Vec<(i64, Kind)>,
    /// Its incidents in order.
    pub(super) cases: Vec<Case>,
}

impl Month {
    /// Whether deployments of other services are linked.
    pub(super) fn has_others(&self) -> bool {
        self.cases.iter().flat_map(|case| &case.links).any(|link| !link.is_own)
    }
}

/// The month under review of that service; none where no incident is put down to a change.
pub(super) fn read(material: &Material<'_>) -> PolarsResult<Option<Month>> {
    let Some(first_day) = material.month.map(|month| month.start) else { return Ok(None) };
    let zone = material.context.timezone;
    let first = month_start(first_day);
    let next = first.checked_add_months(Months::new(1)).unwrap_or(first);
    let days: Vec<(i32, i64)> =
        first.iter_days().take_while(|day| *day < next).map(|day| (day.to_epoch_days(), midnight(day, zone))).collect();
    let (from, to) = (midnight(first, zone), midnight(next, zone));
    let Some((service, hours, mut cases)) = worst(material, from, to)? else { return Ok(None) };
    link(material, &mut cases)?;
    let mut deployments = deployed(material, &service, (from, to))?;
    deployments.sort_by_key(|deployment| deployment.0);
    let mut cases: Vec<Case> = cases.into_values().collect();
    cases.sort_by(|left, right| left.at.cmp(&right.at).then_with(|| left.id.cmp(&right.id)));
    Ok(Some(Month { service: material.names.service(&service).to_owned(), zone, hours, first_day, from, to, days, deployments, cases }))
}

/// Incidents by identifier.
type Cases = BTreeMap<String, Case>;

/// The service with most hours lost to change, these hours, and its incidents; of equals the first by identifier.
fn worst(material: &Material<'_>, from: i64, to: i64) -> PolarsResult<Option<(String, f64, Cases)>> {
    let frame = material.frames.get(&incident_units::TABLE);
    let (ids, services) = (frame.texts(&incident_units::INCIDENT_ID)?, frame.texts(&incident_units::SERVICE_ID)?);
    let (started, restored) = (frame.instants(&incident_units::STARTED_AT)?, frame.instants(&incident_units::RESTORED_AT)?);
    let (hours, open) = (frame.reals(&incident_units::HOURS)?, frame.bools(&incident_units::IS_OPEN)?);
    let changes = frame.reals(&incident_units::P_CHANGE)?;
    let mut by_service: BTreeMap<&str, Cases> = BTreeMap::new();
    for row in 0..frame.height() {
        let (Some(id), Some(service), Some(at)) = (ids.get(row), services.get(row), started.get(row)) else { continue };
        if !(from..to).contains(&at) {
            continue;
        }
        let hours = hours.get(row).filter(|hours| hours.is_finite()).unwrap_or(0.0).max(0.0);
        let is_open = open.get(row).unwrap_or(false);
        let until = restored.get(row).unwrap_or(if is_open { material.context.as_of } else { at }).max(at);
        let case = Case { id: short(id), at, until, hours, is_open, change: changes.get(row).unwrap_or(0.0), links: Vec::new() };
        by_service.entry(service).or_default().insert(id.to_owned(), case);
    }
    let lost = |cases: &Cases| cases.values().map(|case| case.hours * case.change).sum::<f64>();
    let most = by_service
        .into_iter()
        .map(|(service, cases)| (service, lost(&cases), cases))
        .reduce(|most, next| if next.1 > most.1 { next } else { most });
    Ok(most.filter(|(_, hours, _)| *hours > 0.0).map(|(service, hours, cases)| (service.to_owned(), hours, cases)))
}

/// The identifier without source and instance.
fn short(id: &str) -> String {
    id.rsplit(':').next().unwrap_or(id).to_owned()
}

fn link(material: &Material<'_>, cases: &mut Cases) -> PolarsResult<()> {
    let frame = material.frames.get(&links::TABLE);
    let (incidents, deployments) = (frame.texts(&links::INCIDENT_ID)?, frame.texts(&links::DEPLOYMENT_ID)?);
    let (relations, lags) = (frame.texts(&links::RELATION)?, frame.reals(&links::LAG_SECONDS)?);
    let probabilities = frame.reals(&links::PROBABILITY)?;
    for row in 0..frame.height() {
        let Some(case) = incidents.get(row).and_then(|id| cases.get_mut(id)) else { continue };
        let (Some(lag), Some(probability)) = (lags.get(row), probabilities.get(row)) else { continue };
        if probability < LIKELY {
            continue;
        }
        let deployment = deployments.get(row).unwrap_or_default();
        let is_own = !matches!(relations.get(row), Some(relation::DEPENDS_ON | relation::TWO_HOPS | relation::SAME_TEAM));
        let at = case.at - (lag * 1e6) as i64;
        case.links.push(Link { deployment: short(deployment), at, lag_hours: lag / 3_600.0, probability: probability.min(1.0), is_own });
    }
    for case in cases.values_mut() {
        case.links
            .sort_by(|left, right| right.probability.total_cmp(&left.probability).then_with(|| left.deployment.cmp(&right.deployment)));
        case.links.truncate(LINKS);
    }
    Ok(())
}

/// Deployments of the service to production.
fn deployed(material: &Material<'_>, service: &str, (from, to): (i64, i64)) -> PolarsResult<Vec<(i64, Kind)>> {
    let frame = material.frames.get(&deployments::TABLE);
    let (services, environments) = (frame.texts(&deployments::SERVICE_ID)?, frame.texts(&deployments::ENVIRONMENT)?);
    let (kinds, finished) = (frame.texts(&deployments::KIND)?, frame.instants(&deployments::FINISHED_AT)?);
    let (added, deleted) = (frame.ints(&deployments::LINES_ADDED)?, frame.ints(&deployments::LINES_DELETED)?);
    let changed = frame.ints(&deployments::LINES_CHANGED)?;
    let of = |row: usize| {
        let at = finished.get(row).filter(|at| (from..to).contains(at))?;
        if services.get(row) != Some(service) || environments.get(row).is_some_and(|name| name != "production") {
            return None;
        }
        let lines = changed.get(row).or_else(|| Some(added.get(row)?.saturating_add(deleted.get(row).unwrap_or(0))));
        let kind = match kinds.get(row) {
            Some("rollback") => Kind::Rollback,
            Some("hotfix") => Kind::Hotfix,
            _ if lines.is_some_and(|lines| lines > MANY_LINES) => Kind::Large,
            _ => Kind::Plain,
        };
        Some((at, kind))
    };
    Ok((0..frame.height()).filter_map(of).collect())
}
