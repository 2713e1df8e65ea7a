//! What one definition on the way makes of the data: its figures, and what each record counts as.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use polars::prelude::PolarsResult;
use sequela_schema::definition::{DurationSummary, RateNumerator, Scope};
use sequela_schema::metric::{self, Metric, peer};
use sequela_schema::result::{links, metrics};
use sequela_schema::vocabulary::{evidence, period, scope};
use sequela_schema::{Definition, Frames, Values};

use super::words;
use crate::Settings;
use crate::facts::Facts;

/// Name in the `metric` column of the reconciliation, with its unit.
pub(crate) type Compared = (&'static str, &'static str);

pub(crate) const DEPLOYMENTS: Compared = ("deployments", "count");
pub(crate) const INCIDENTS: Compared = ("incidents", "count");
pub(crate) const CHANGE_FAILURE_RATE: Compared = ("change_failure_rate", "ratio");
pub(crate) const TIME_TO_RESTORE: Compared = ("time_to_restore", "hours");
pub(crate) const RECOVERY: Compared = ("failed_deployment_recovery", "hours");

/// Scope (the organisation first), its id, period, first day and figure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pub(crate) scope: String,
    pub(crate) scope_id: String,
    pub(crate) period: String,
    pub(crate) start: i32,
    pub(crate) metric: Compared,
}

/// A figure with its interval.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Value {
    pub(crate) value: Option<f64>,
    pub(crate) lower: Option<f64>,
    pub(crate) upper: Option<f64>,
}

/// Team (where there is one) and month whose figures a record enters.
pub(crate) type Place = (Option<String>, i32);

/// What a record counts as.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    /// Whether it counts at all.
    pub(crate) counts: bool,
    /// How much, for the comparison.
    pub(crate) amount: f64,
    /// What it is, in words.
    pub(crate) words: String,
    /// What it is counted against; empty where nothing is to be told apart.
    pub(crate) target: String,
    pub(crate) places: BTreeSet<Place>,
}

/// What each record counts as in a figure, by identifier.
pub(crate) type Parts = BTreeMap<String, Part>;

/// One definition's view of the data.
#[derive(Clone, Debug)]
pub struct Stage {
    pub(crate) figures: BTreeMap<Key, Value>,
    pub(crate) deployments: Parts,
    pub(crate) incidents: Parts,
    /// Incidents held against deployments.
    pub(crate) failures: Parts,
    pub(crate) restores: Parts,
}

impl Stage {
    /// Reads what was correlated and measured under the definition of the settings.
    pub fn read(frames: &Frames, settings: &Settings) -> PolarsResult<Self> {
        let facts = Facts::read(frames, settings, None)?;
        Ok(Self {
            figures: figures(frames, &settings.definition)?,
            deployments: deployments(&facts, &settings.definition),
            incidents: incidents(&facts, settings),
            failures: failures(frames, &facts, settings)?,
            restores: restores(&facts, &settings.definition),
        })
    }
}

/// Where a definition's time to restore stands in `metrics`.
fn time_to_restore(durations: DurationSummary) -> &'static Metric {
    match durations {
        DurationSummary::MeanSeconds => &peer::MEAN_TIME_TO_RECOVERY,
        DurationSummary::KaplanMeier
        | DurationSummary::LowerMedianMinutes
        | DurationSummary::Median
        | DurationSummary::MedianWholeHours => &metric::TIME_TO_RESTORE_MEDIAN,
    }
}

fn compared(name: &str, definition: &Definition) -> Option<Compared> {
    let pairs = [
        (&metric::DEPLOYMENTS, DEPLOYMENTS),
        (&metric::INCIDENTS, INCIDENTS),
        (&metric::CHANGE_FAILURE_RATE, CHANGE_FAILURE_RATE),
        (time_to_restore(definition.durations), TIME_TO_RESTORE),
        (&metric::FAILED_DEPLOYMENT_RECOVERY_MEDIAN, RECOVERY),
    ];
    pairs.into_iter().find(|(metric, _)| metric.name == name).map(|(_, compared)| compared)
}

/// Figures of the organisation and its teams by month and over the whole range; rates as ratios, durations as hours.
fn figures(frames: &Frames, definition: &Definition) -> PolarsResult<BTreeMap<Key, Value>> {
    let frame = frames.get(&metrics::TABLE);
    let (scopes, ids) = (frame.texts(&metrics::SCOPE)?, frame.texts(&metrics::SCOPE_ID)?);
    let (periods, starts) = (frame.texts(&metrics::PERIOD)?, frame.dates(&metrics::PERIOD_START)?);
    let (names, units) = (frame.texts(&metrics::METRIC)?, frame.texts(&metrics::UNIT)?);
    let (value, lower, upper) = (frame.reals(&metrics::VALUE)?, frame.reals(&metrics::LOWER)?, frame.reals(&metrics::UPPER)?);
    let row = |row: usize| {
        let scope = scopes.get(row).filter(|kind| [scope::ORGANISATION, scope::TEAM].contains(kind))?;
        let period = periods.get(row).filter(|kind| [period::ALL, period::MONTH].contains(kind))?;
        let factor = match units.get(row)? {
            "percent" => 0.01,
            "seconds" => 1.0 / 3600.0,
            _ => 1.0,
        };
        let key = Key {
            scope: scope.to_owned(),
            scope_id: ids.get(row)?.to_owned(),
            period: period.to_owned(),
            start: starts.get(row)?,
            metric: compared(names.get(row)?, definition)?,
        };
        let scaled = |value: Option<f64>| value.map(|value| value * factor);
        Some((key, Value { value: scaled(value.get(row)), lower: scaled(lower.get(row)), upper: scaled(upper.get(row)) }))
    };
    Ok((0..frame.height()).filter_map(row).collect())
}

/// Deployments that count, as often as the organisation counts them.
fn deployments(facts: &Facts, definition: &Definition) -> Parts {
    let mut services: HashMap<u32, BTreeSet<Option<u32>>> = HashMap::new();
    let mut places: HashMap<u32, BTreeSet<Place>> = HashMap::new();
    for unit in facts.deployments.iter().filter(|unit| unit.is_counted) {
        services.entry(unit.id).or_default().insert(unit.service.filter(|_| definition.scope == Scope::Service));
        places.entry(unit.id).or_default().insert((team(facts, unit.team), unit.month));
    }
    let part = |(id, services): (u32, BTreeSet<Option<u32>>)| {
        let amount = services.len() as f64;
        let places = places.remove(&id).unwrap_or_default();
        (
            facts.deployment_ids[id as usize].clone(),
            Part { counts: true, amount, words: words::counted(services.len()), target: String::new(), places },
        )
    };
    services.into_iter().map(part).collect()
}

fn team(facts: &Facts, team: Option<u32>) -> Option<String> {
    team.map(|team| facts.teams[team as usize].clone())
}

/// Incidents that began in the range.
fn incidents(facts: &Facts, settings: &Settings) -> Parts {
    let mut parts = Parts::new();
    for incident in facts.incidents.iter().filter(|incident| settings.range.contains(incident.started)) {
        let part = parts.entry(facts.incident_ids[incident.id as usize].clone()).or_insert_with(|| Part {
            counts: true,
            amount: 1.0,
            words: words::began(incident.month),
            target: String::new(),
            places: BTreeSet::new(),
        });
        part.places.insert((team(facts, incident.team), incident.month));
    }
    parts
}

/// Incidents that count as failures of deployments: linked ones, or all where no cause is asked for.
fn failures(frames: &Frames, facts: &Facts, settings: &Settings) -> PolarsResult<Parts> {
    if settings.definition.rate_numerator == RateNumerator::Incidents {
        let all = incidents(facts, settings);
        return Ok(all.into_iter().map(|(id, part)| (id, Part { words: words::EVERY_INCIDENT.to_owned(), ..part })).collect());
    }
    let mut places: HashMap<&str, BTreeSet<Place>> = HashMap::new();
    for unit in facts.deployments.iter().filter(|unit| unit.is_counted) {
        places.entry(&facts.deployment_ids[unit.id as usize]).or_default().insert((team(facts, unit.team), unit.month));
    }
    let changes: HashMap<&str, f64> =
        facts.incidents.iter().map(|incident| (facts.incident_ids[incident.id as usize].as_str(), incident.p_change)).collect();
    let frame = frames.get(&links::TABLE);
    let (incident, deployment) = (frame.texts(&links::INCIDENT_ID)?, frame.texts(&links::DEPLOYMENT_ID)?);
    let (ranks, grounds) = (frame.ints(&links::RANK)?, frame.texts(&links::EVIDENCE)?);
    let (lag, probability) = (frame.reals(&links::LAG_SECONDS)?, frame.reals(&links::PROBABILITY)?);
    let mut parts = Parts::new();
    for row in 0..frame.height() {
        let (Some(incident), Some(deployment), Some(grounds)) = (incident.get(row), deployment.get(row), grounds.get(row)) else {
            continue;
        };
        if ranks.get(row) != Some(1) && grounds != evidence::ASSERTED {
            continue;
        }
        let Some(places) = places.get(deployment) else { continue };
        let change = changes.get(incident).copied().unwrap_or(0.0);
        let held = words::Held { deployment, grounds, lag: lag.get(row), probability: probability.get(row).unwrap_or(0.0), change };
        add_failure(&mut parts, incident, &held, places);
    }
    Ok(parts)
}

fn add_failure(parts: &mut Parts, incident: &str, held: &words::Held<'_>, places: &BTreeSet<Place>) {
    let text = held.words();
    match parts.get_mut(incident) {
        // An incident of two teams may be held against one deployment twice.
        Some(part) if part.target.split(' ').any(|target| target == held.deployment) => part.places.extend(places.iter().cloned()),
        Some(part) => {
            part.words = format!("{}; {text}", part.words);
            part.target = format!("{} {}", part.target, held.deployment);
            part.amount += held.amount();
            part.places.extend(places.iter().cloned());
        }
        None => {
            let (amount, target) = (held.amount(), held.deployment.to_owned());
            let part = Part { counts: amount >= 0.5, amount, words: text, target, places: places.clone() };
            parts.insert(incident.to_owned(), part);
        }
    }
}

/// Incidents whose time to restore enters the figure.
fn restores(facts: &Facts, definition: &Definition) -> Parts {
    let open_counts = definition.durations == DurationSummary::KaplanMeier;
    let mut parts = Parts::new();
    for incident in &facts.incidents {
        let (Some(month), Some(hours)) = (incident.restore_month, incident.hours) else { continue };
        if incident.is_open && !open_counts {
            continue;
        }
        let id = facts.incident_ids[incident.id as usize].clone();
        let part = parts.entry(id).or_insert_with(|| Part {
            counts: true,
            amount: hours,
            words: words::restore(hours, incident.is_open, month),
            target: String::new(),
            places: BTreeSet::new(),
        });
        part.places.insert((team(facts, incident.team), month));
    }
    parts
}
