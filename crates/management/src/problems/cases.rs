//! Incidents of the range with what their records say of where, what and why.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Datelike};
use polars::prelude::*;
use sequela_schema::canonical::{incidents, services};
use sequela_schema::result::{incident_attribution, incident_units};
use sequela_schema::vocabulary::verdict;
use sequela_schema::{Column, Frames, Values};

use super::words;
use crate::Settings;

/// One incident.
#[derive(Clone, Debug, Default)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) began: i64,
    /// Day in the organisation's zone on which it began.
    pub(crate) day: i32,
    /// Hours from start to restored, or to the extract.
    pub(crate) hours: f64,
    pub(crate) is_open: bool,
    pub(crate) p_change: f64,
    pub(crate) service: Option<String>,
    pub(crate) item: Option<String>,
    pub(crate) team: Option<String>,
    pub(crate) title: Option<String>,
    /// Words of the title that say what is wrong.
    pub(crate) words: Vec<String>,
    pub(crate) category: Option<String>,
    pub(crate) close_code: Option<String>,
    /// What it calls its problem.
    pub(crate) problem: Option<String>,
    /// Changes and deployments that it names or is put down to.
    pub(crate) changes: Vec<String>,
}

/// What the run found out about an incident.
struct Unit {
    team: Option<String>,
    service: Option<String>,
    began: i64,
    hours: f64,
    is_open: bool,
    p_change: f64,
}

/// The incidents that count and began in the range, oldest first.
pub(crate) fn read(frames: &Frames, settings: &Settings) -> PolarsResult<Vec<Case>> {
    let units = units(frames)?;
    let causes = causes(frames)?;
    let frame = frames.get(&incidents::TABLE);
    let text = |column: &Column| -> PolarsResult<Vec<Option<String>>> {
        Ok(frame.texts(column)?.iter().map(|text| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)).collect())
    };
    let (ids, services) = (text(&incidents::INCIDENT_ID)?, text(&incidents::SERVICE_ID)?);
    let (items, titles) = (text(&incidents::CI_NAME_RAW)?, text(&incidents::TITLE)?);
    let (categories, codes) = (text(&incidents::CATEGORY)?, text(&incidents::CLOSE_CODE)?);
    let problems = text(&incidents::PROBLEM_ID)?;
    let named = [text(&incidents::CAUSED_BY_CHANGE_ID)?, text(&incidents::CAUSED_BY_DEPLOYMENT_ID)?, text(&incidents::FIX_CHANGE_ID)?];
    let of = |row: usize| {
        let id = ids[row].clone()?;
        let of_incident = units.get(&id)?;
        let unit = of_incident.iter().find(|unit| unit.service == services[row]).or(of_incident.first())?;
        let changes = named.iter().filter_map(|column| column[row].clone()).chain(causes.get(&id).cloned());
        Some(Case {
            began: unit.began,
            day: day(unit.began, settings),
            hours: unit.hours.max(0.0),
            is_open: unit.is_open,
            p_change: unit.p_change,
            service: services[row].clone().or_else(|| unit.service.clone()),
            item: items[row].clone(),
            team: unit.team.clone(),
            title: titles[row].clone(),
            words: Vec::new(),
            category: categories[row].clone(),
            close_code: codes[row].clone(),
            problem: problems[row].clone(),
            changes: changes.collect(),
            id,
        })
    };
    let is_in_range = |case: &Case| settings.range.from <= case.began && case.began < settings.range.to;
    let mut cases: Vec<Case> = (0..frame.height()).filter_map(of).filter(is_in_range).collect();
    cases.sort_by(|left, right| left.began.cmp(&right.began).then_with(|| left.id.cmp(&right.id)));
    let names = service_names(frames)?;
    read_titles(&mut cases, &names);
    Ok(cases)
}

/// The day in the organisation's zone, in days since the common era.
pub(crate) fn day(at: i64, settings: &Settings) -> i32 {
    DateTime::from_timestamp_micros(at).map_or(0, |at| at.with_timezone(&settings.timezone).num_days_from_ce())
}

/// Units by incident; those without a start have no place in time and are left out.
fn units(frames: &Frames) -> PolarsResult<HashMap<String, Vec<Unit>>> {
    let frame = frames.get(&incident_units::TABLE);
    let (ids, teams) = (frame.texts(&incident_units::INCIDENT_ID)?, frame.texts(&incident_units::TEAM_ID)?);
    let (services, starts) = (frame.texts(&incident_units::SERVICE_ID)?, frame.instants(&incident_units::STARTED_AT)?);
    let (hours, open) = (frame.reals(&incident_units::HOURS)?, frame.bools(&incident_units::IS_OPEN)?);
    let shares = frame.reals(&incident_units::P_CHANGE)?;
    let mut units: HashMap<String, Vec<Unit>> = HashMap::new();
    for row in 0..frame.height() {
        let (Some(id), Some(began)) = (ids.get(row), starts.get(row)) else { continue };
        units.entry(id.to_owned()).or_default().push(Unit {
            team: teams.get(row).map(str::to_owned),
            service: services.get(row).map(str::to_owned),
            began,
            hours: hours.get(row).unwrap_or(0.0),
            is_open: open.get(row).unwrap_or(false),
            p_change: shares.get(row).unwrap_or(0.0),
        });
    }
    Ok(units)
}

/// Deployment that an incident is put down to, where it is put down to a change.
fn causes(frames: &Frames) -> PolarsResult<HashMap<String, String>> {
    let frame = frames.get(&incident_attribution::TABLE);
    let (ids, verdicts) = (frame.texts(&incident_attribution::INCIDENT_ID)?, frame.texts(&incident_attribution::VERDICT)?);
    let causes = frame.texts(&incident_attribution::TOP_DEPLOYMENT_ID)?;
    let caused = (0..frame.height()).filter(|row| verdicts.get(*row) == Some(verdict::CHANGE));
    Ok(caused.filter_map(|row| Some((ids.get(row)?.to_owned(), causes.get(row)?.to_owned()))).collect())
}

/// Names of services in words, by identifier.
fn service_names(frames: &Frames) -> PolarsResult<HashMap<String, String>> {
    let frame = frames.get(&services::TABLE);
    let (ids, names) = (frame.texts(&services::SERVICE_ID)?, frame.texts(&services::NAME)?);
    Ok(ids.iter().zip(names.iter()).filter_map(|(id, name)| Some((id?.to_owned(), name?.to_owned()))).collect())
}

/// Reads the words of every title without those that name its own service, item or team.
fn read_titles(cases: &mut [Case], service_names: &HashMap<String, String>) {
    let mut known: HashMap<[Option<String>; 3], BTreeSet<String>> = HashMap::new();
    for case in cases {
        let Some(title) = &case.title else { continue };
        let place = [case.service.clone(), case.item.clone(), case.team.clone()];
        let names = known.entry(place).or_insert_with_key(|place| {
            let mut names = BTreeSet::new();
            let long = place[0].as_ref().and_then(|service| service_names.get(service));
            place.iter().flatten().chain(long).for_each(|name| words::names(name, &mut names));
            names
        });
        case.words = words::words(title, names);
    }
}
