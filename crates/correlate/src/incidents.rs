//! Incidents as plain arrays: when each began and ended, on which services, whose it is, and what its record says of its cause.

use std::collections::{BTreeSet, HashMap};

use polars::prelude::{DataFrame, PolarsResult};
use sequela_schema::canonical::{incident_services, incidents};
use sequela_schema::definition::IncidentClock;
use sequela_schema::{Definition, Frames, Values};

use crate::{Catalog, Groups};

/// All incidents of the input, in input order.
#[derive(Debug)]
pub struct Incidents {
    /// Identifiers.
    pub ids: Vec<String>,
    /// Start, by the clock of the definition.
    pub started: Vec<Option<i64>>,
    /// When service was restored: the earlier of mitigated and resolved.
    pub restored: Vec<Option<i64>>,
    /// Whether the record says that it is over, be the time known or not.
    pub over: Vec<bool>,
    /// Whether it is left out: cancelled, merged into another, or a duplicate.
    pub excluded: Vec<bool>,
    /// Services named.
    pub services: Groups,
    /// Owning teams: owners of the services, else the assignment group.
    pub teams: Groups,
    /// 1 (worst) to 5.
    pub severity: Vec<Option<i64>>,
    /// Change that the record names as the cause.
    pub caused_by_change: Vec<Option<String>>,
    /// Deployment that the record names as the cause.
    pub caused_by_deployment: Vec<Option<String>>,
}

/// Raw service and team names of every incident, for the catalog.
pub(crate) fn names(frames: &Frames, services: &mut BTreeSet<String>, teams: &mut BTreeSet<String>) -> PolarsResult<()> {
    let frame = frames.get(&incidents::TABLE);
    let owned = |name: &str| name.to_owned();
    services.extend(primary_names(&frame)?.into_iter().flatten());
    teams.extend(frame.texts(&incidents::TEAM_NAME_RAW)?.iter().flatten().map(owned));
    let frame = frames.get(&incident_services::TABLE);
    services.extend(frame.texts(&incident_services::SERVICE_NAME_RAW)?.iter().flatten().map(owned));
    Ok(())
}

/// The service as written, else the configuration item.
fn primary_names(frame: &DataFrame) -> PolarsResult<Vec<Option<String>>> {
    let services = frame.texts(&incidents::SERVICE_NAME_RAW)?;
    let items = frame.texts(&incidents::CI_NAME_RAW)?;
    Ok(services.iter().zip(items.iter()).map(|(service, item)| service.or(item).map(ToOwned::to_owned)).collect())
}

impl Incidents {
    /// Reads the incident tables under a definition.
    pub fn read(frames: &Frames, catalog: &Catalog, definition: &Definition) -> PolarsResult<Self> {
        let frame = frames.get(&incidents::TABLE);
        let ids: Vec<String> = frame.texts(&incidents::INCIDENT_ID)?.iter().map(|id| id.unwrap_or_default().to_owned()).collect();
        let services = services(frames, &frame, &ids, catalog)?;
        Ok(Self {
            started: starts(&frame, definition)?,
            restored: earliest(&frame)?,
            over: over(&frame)?,
            excluded: excluded(&frame, definition)?,
            teams: teams(&frame, &services, catalog)?,
            severity: frame.ints(&incidents::SEVERITY)?.iter().collect(),
            caused_by_change: owned(&frame, &incidents::CAUSED_BY_CHANGE_ID)?,
            caused_by_deployment: owned(&frame, &incidents::CAUSED_BY_DEPLOYMENT_ID)?,
            services,
            ids,
        })
    }
}

fn owned(frame: &DataFrame, column: &sequela_schema::Column) -> PolarsResult<Vec<Option<String>>> {
    Ok(frame.texts(column)?.iter().map(|text| text.map(ToOwned::to_owned)).collect())
}

fn starts(frame: &DataFrame, definition: &Definition) -> PolarsResult<Vec<Option<i64>>> {
    let created = frame.instants(&incidents::CREATED_AT)?;
    if definition.incident_clock == IncidentClock::Created {
        return Ok(created.iter().collect());
    }
    let started = frame.instants(&incidents::STARTED_AT)?;
    let detected = frame.instants(&incidents::DETECTED_AT)?;
    Ok((0..frame.height()).map(|row| started.get(row).or_else(|| detected.get(row)).or_else(|| created.get(row))).collect())
}

fn earliest(frame: &DataFrame) -> PolarsResult<Vec<Option<i64>>> {
    let (mitigated, resolved) = (frame.instants(&incidents::MITIGATED_AT)?, frame.instants(&incidents::RESOLVED_AT)?);
    Ok(mitigated.iter().zip(resolved.iter()).map(|(mitigated, resolved)| mitigated.into_iter().chain(resolved).min()).collect())
}

/// A closed record without a time of restoration is over, but says nothing about how long it took.
fn over(frame: &DataFrame) -> PolarsResult<Vec<bool>> {
    let closed = frame.instants(&incidents::CLOSED_AT)?;
    let states = frame.texts(&incidents::STATE)?;
    let is_over =
        |state: Option<&str>| state.is_some_and(|state| matches!(state, "mitigated" | "resolved" | "closed" | "cancelled" | "merged"));
    Ok(closed.iter().zip(states.iter()).map(|(closed, state)| closed.is_some() || is_over(state)).collect())
}

fn excluded(frame: &DataFrame, definition: &Definition) -> PolarsResult<Vec<bool>> {
    let states = frame.texts(&incidents::STATE)?;
    let duplicates = frame.texts(&incidents::DUPLICATE_OF)?;
    let out = &definition.excluded_incident_states;
    let leaves_out_duplicates = !out.is_empty();
    Ok(states
        .iter()
        .zip(duplicates.iter())
        .map(|(state, duplicate)| {
            out.iter().any(|excluded| Some(excluded.as_str()) == state) || (leaves_out_duplicates && duplicate.is_some())
        })
        .collect())
}

fn services(frames: &Frames, frame: &DataFrame, ids: &[String], catalog: &Catalog) -> PolarsResult<Groups> {
    let by_id: HashMap<&str, u32> = ids.iter().enumerate().map(|(number, id)| (id.as_str(), number as u32)).collect();
    let primary = primary_names(frame)?;
    let of = |incident: u32, name: &str| catalog.services_of(name).map(move |service| (incident, service)).collect::<Vec<_>>();
    let own = primary.iter().enumerate().filter_map(|(number, name)| Some(of(number as u32, name.as_deref()?))).flatten();
    let links = frames.get(&incident_services::TABLE);
    let rows = links.texts(&incident_services::INCIDENT_ID)?.iter().zip(links.texts(&incident_services::SERVICE_NAME_RAW)?.iter());
    let linked = rows.filter_map(|(id, name)| Some(of(*by_id.get(id?)?, name?))).flatten();
    Ok(Groups::from_pairs(ids.len(), own.chain(linked).collect()))
}

fn teams(frame: &DataFrame, services: &Groups, catalog: &Catalog) -> PolarsResult<Groups> {
    let assigned = frame.texts(&incidents::TEAM_NAME_RAW)?;
    let mut pairs = Vec::new();
    for number in 0..services.rows() as u32 {
        let before = pairs.len();
        pairs.extend(services.of(number).iter().flat_map(|&service| catalog.owners.of(service)).map(|&team| (number, team)));
        if pairs.len() == before {
            pairs.extend(assigned.get(number as usize).and_then(|name| catalog.team(name)).map(|team| (number, team)));
        }
    }
    Ok(Groups::from_pairs(services.rows(), pairs))
}
