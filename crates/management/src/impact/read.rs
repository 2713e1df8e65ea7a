//! Outcomes, links and instants as plain values.

use std::collections::{BTreeSet, HashMap};

use polars::prelude::{DataFrame, PolarsResult};
use sequela_schema::canonical::deployments;
use sequela_schema::result::{deployment_outcomes, deployment_units, incident_attribution, incident_units, links};
use sequela_schema::vocabulary::evidence;
use sequela_schema::{Column, Frames, Values};

use super::timeline::Timeline;
use crate::Settings;

/// A deployment of the range that counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    pub(super) id: String,
    pub(super) group: Option<String>,
    pub(super) service: Option<String>,
    pub(super) team: Option<String>,
    /// Start, or its end where no start before that is recorded.
    pub(super) started: Option<i64>,
    pub(super) finished: Option<i64>,
    /// Numbers of the services touched.
    pub(super) services: Vec<u32>,
    pub(super) expected: f64,
    pub(super) worst: Option<i64>,
    pub(super) p_failed: f64,
    pub(super) recovery: Option<f64>,
    pub(super) is_open: bool,
    /// Incidents with the probability that it caused them.
    pub(super) links: Vec<(u32, f64)>,
    /// Incidents whose record names it, or that its rollback shows.
    pub(super) asserted: Vec<u32>,
}

/// Everything that rows are put together from.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) outcomes: Vec<Outcome>,
    /// Starts of incidents by service.
    pub(super) incidents: Timeline,
    /// Ends of deployments that count by service.
    pub(super) deployments: Timeline,
    /// Hours from start to restored by number of incident.
    hours: Vec<f64>,
    /// Start of the range.
    pub(super) from: i64,
    /// Extract time.
    pub(super) as_of: i64,
}

/// Numbers for identifiers in the order in which they come.
#[derive(Default)]
struct Numbers<'a>(HashMap<&'a str, u32>);

impl<'a> Numbers<'a> {
    fn of(&mut self, id: &'a str) -> u32 {
        let next = self.0.len() as u32;
        *self.0.entry(id).or_insert(next)
    }
}

impl Facts {
    pub(super) fn read(frames: &Frames, settings: &Settings) -> PolarsResult<Self> {
        let (units, judged) = (frames.get(&deployment_units::TABLE), frames.get(&incident_units::TABLE));
        let (mut services, mut incidents) = (Numbers::default(), Numbers::default());
        let touched = touched(&units, &mut services)?;
        let hit = hit(&judged, &mut incidents, &mut services)?;
        let hours = hours(&judged, &mut incidents)?;
        let judgements = frames.get(&incident_attribution::TABLE);
        let starts = starts(&judgements, &incidents)?;
        let instants = hit.iter().filter_map(|(incident, service)| Some((*service, starts.get(*incident as usize).copied().flatten()?)));
        let mut outcomes = outcomes(frames, settings, &touched)?;
        link(&mut outcomes, &frames.get(&links::TABLE), &incidents, &undone(&judgements)?)?;
        let ends = touched.values().flat_map(|(at, services)| services.iter().filter_map(|service| Some((*service, (*at)?))));
        Ok(Self {
            incidents: Timeline::new(services.0.len(), instants),
            deployments: Timeline::new(services.0.len(), ends),
            outcomes,
            hours,
            from: settings.range.from,
            as_of: settings.as_of,
        })
    }

    /// Hours from start to restored, 0 where an incident ends before it begins.
    pub(super) fn hours(&self, incident: u32) -> f64 {
        self.hours.get(incident as usize).copied().unwrap_or_default()
    }
}

/// End and services of each deployment that counts.
type Touched<'a> = HashMap<&'a str, (Option<i64>, Vec<u32>)>;

fn touched<'a>(units: &'a DataFrame, services: &mut Numbers<'a>) -> PolarsResult<Touched<'a>> {
    let (ids, names) = (units.texts(&deployment_units::DEPLOYMENT_ID)?, units.texts(&deployment_units::SERVICE_ID)?);
    let (ends, counted) = (units.instants(&deployment_units::COUNTED_AT)?, units.bools(&deployment_units::IS_COUNTED)?);
    let mut touched = Touched::new();
    for row in (0..units.height()).filter(|row| counted.get(*row) == Some(true)) {
        let Some(id) = ids.get(row) else { continue };
        let entry = touched.entry(id).or_insert_with(|| (ends.get(row), Vec::new()));
        let service = names.get(row).map(|name| services.of(name));
        entry.1.extend(service.filter(|service| !entry.1.contains(service)));
    }
    Ok(touched)
}

/// Incidents and the services that they hit, each pair once.
fn hit<'a>(units: &'a DataFrame, incidents: &mut Numbers<'a>, services: &mut Numbers<'a>) -> PolarsResult<BTreeSet<(u32, u32)>> {
    let (ids, names) = (units.texts(&incident_units::INCIDENT_ID)?, units.texts(&incident_units::SERVICE_ID)?);
    let pairs = ids.iter().zip(names.iter()).filter_map(|(id, name)| Some((id?, name?)));
    Ok(pairs.map(|(id, name)| (incidents.of(id), services.of(name))).collect())
}

fn hours<'a>(units: &'a DataFrame, incidents: &mut Numbers<'a>) -> PolarsResult<Vec<f64>> {
    let (ids, elapsed) = (units.texts(&incident_units::INCIDENT_ID)?, units.reals(&incident_units::HOURS)?);
    let numbered: Vec<(u32, Option<f64>)> =
        ids.iter().zip(elapsed.iter()).filter_map(|(id, hours)| Some((incidents.of(id?), hours))).collect();
    let mut hours = vec![0.0; incidents.0.len()];
    for (incident, elapsed) in numbered {
        hours[incident as usize] = elapsed.unwrap_or_default().max(0.0);
    }
    Ok(hours)
}

/// Start used for linking, by number of incident: some definitions count the time to restore from another instant.
fn starts(attribution: &DataFrame, incidents: &Numbers<'_>) -> PolarsResult<Vec<Option<i64>>> {
    let (ids, at) = (attribution.texts(&incident_attribution::INCIDENT_ID)?, attribution.instants(&incident_attribution::CREATED_AT)?);
    let mut starts = vec![None; incidents.0.len()];
    for (id, at) in ids.iter().zip(at.iter()) {
        if let Some(number) = id.and_then(|id| incidents.0.get(id)) {
            starts[*number as usize] = at;
        }
    }
    Ok(starts)
}

/// Start and release of a deployment.
type StartAndGroup<'a> = (Option<i64>, Option<&'a str>);

fn records(frame: &DataFrame) -> PolarsResult<HashMap<&str, StartAndGroup<'_>>> {
    let ids = frame.texts(&deployments::DEPLOYMENT_ID)?;
    let (starts, groups) = (frame.instants(&deployments::STARTED_AT)?, frame.texts(&deployments::RELEASE_GROUP_ID)?);
    Ok((0..frame.height()).filter_map(|row| Some((ids.get(row)?, (starts.get(row), groups.get(row))))).collect())
}

fn outcomes(frames: &Frames, settings: &Settings, touched: &Touched<'_>) -> PolarsResult<Vec<Outcome>> {
    use deployment_outcomes as t;
    let (frame, deployments) = (frames.get(&t::TABLE), frames.get(&deployments::TABLE));
    let records = records(&deployments)?;
    let text = |column: &Column, row: usize| Ok::<_, polars::prelude::PolarsError>(frame.texts(column)?.get(row).map(ToOwned::to_owned));
    let real = |column: &Column, row: usize| Ok::<_, polars::prelude::PolarsError>(frame.reals(column)?.get(row));
    let mut outcomes = Vec::new();
    for row in 0..frame.height() {
        let finished = frame.instants(&t::FINISHED_AT)?.get(row);
        let Some(id) = text(&t::DEPLOYMENT_ID, row)?.filter(|_| finished.is_none_or(|at| settings.range.contains(at))) else { continue };
        let (started, group) = records.get(id.as_str()).copied().unwrap_or_default();
        outcomes.push(Outcome {
            group: group.map(ToOwned::to_owned),
            service: text(&t::SERVICE_ID, row)?,
            team: text(&t::TEAM_ID, row)?,
            started: started.filter(|start| finished.is_none_or(|end| *start <= end)).or(finished),
            finished,
            services: touched.get(id.as_str()).map(|(_, services)| services.clone()).unwrap_or_default(),
            expected: real(&t::EXPECTED_INCIDENTS, row)?.unwrap_or_default(),
            worst: frame.ints(&t::WORST_SEVERITY)?.get(row),
            p_failed: real(&t::P_FAILED, row)?.unwrap_or_default(),
            recovery: real(&t::RECOVERY_HOURS, row)?,
            is_open: frame.bools(&t::IS_OPEN)?.get(row).unwrap_or_default(),
            id,
            ..Outcome::default()
        });
    }
    outcomes.sort_by(|left, right| left.id.cmp(&right.id));
    Ok(outcomes)
}

/// The deployment of each incident whose verdict rests on a rollback; other suspects may have been rolled back too.
fn undone(attribution: &DataFrame) -> PolarsResult<HashMap<&str, &str>> {
    use incident_attribution as t;
    let (ids, tops, kinds) =
        (attribution.texts(&t::INCIDENT_ID)?, attribution.texts(&t::TOP_DEPLOYMENT_ID)?, attribution.texts(&t::EVIDENCE)?);
    let rows = (0..attribution.height()).filter(|row| kinds.get(*row) == Some(evidence::ROLLBACK));
    Ok(rows.filter_map(|row| Some((ids.get(row)?, tops.get(row)?))).collect())
}

/// Puts links to their deployments; two teams' links to the same incident are one.
fn link(outcomes: &mut [Outcome], frame: &DataFrame, incidents: &Numbers<'_>, undone: &HashMap<&str, &str>) -> PolarsResult<()> {
    let places: HashMap<String, usize> = outcomes.iter().enumerate().map(|(place, outcome)| (outcome.id.clone(), place)).collect();
    let (ids, named) = (frame.texts(&links::INCIDENT_ID)?, frame.texts(&links::DEPLOYMENT_ID)?);
    let (kinds, held) = (frame.texts(&links::EVIDENCE)?, frame.reals(&links::PROBABILITY)?);
    for row in 0..frame.height() {
        let (Some(id), Some(deployment)) = (ids.get(row), named.get(row)) else { continue };
        let (Some(incident), Some(place)) = (incidents.0.get(id), places.get(deployment)) else { continue };
        let outcome = &mut outcomes[*place];
        if outcome.links.iter().all(|link| link.0 != *incident) {
            outcome.links.push((*incident, held.get(row).unwrap_or_default()));
        }
        let is_asserted = kinds.get(row) == Some(evidence::ASSERTED);
        if is_asserted || (kinds.get(row) == Some(evidence::ROLLBACK) && undone.get(id) == Some(&deployment)) {
            outcome.asserted.push(*incident);
        }
    }
    Ok(())
}
