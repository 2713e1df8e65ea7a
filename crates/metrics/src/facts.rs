//! The units of the correlation as plain rows with their month and week, inside the reported range.

use std::collections::{BTreeSet, HashMap};

use polars::prelude::{DataFrame, PolarsResult};
use sequela_schema::canonical::{incidents, service_teams, services, teams};
use sequela_schema::result::{deployment_units, incident_units, links};
use sequela_schema::vocabulary::evidence;
use sequela_schema::{Column, Frames, Values};
use sequela_stats::draws::{Causes, Mask, Visible};

use crate::Settings;
use crate::business::WorkingClock;
use crate::calendar::{Calendar, days, local_date, month_of, week_of};
use crate::doubt;
use crate::groups::groups;

/// One deployment on one service for one owner.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deployment {
    pub(crate) id: u32,
    pub(crate) service: Option<u32>,
    pub(crate) team: Option<u32>,
    pub(crate) at: i64,
    pub(crate) day: i32,
    pub(crate) week: i32,
    pub(crate) month: i32,
    pub(crate) is_counted: bool,
    pub(crate) is_rework: bool,
    pub(crate) lead_hours: Option<f64>,
    pub(crate) p_failed: f64,
    /// In which draws it failed.
    pub(crate) failed: Mask,
    pub(crate) is_asserted: bool,
    /// Hours and whether it is still open.
    pub(crate) recovery: Option<(f64, bool)>,
}

/// One incident on one service for one owner.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Incident {
    pub(crate) id: u32,
    pub(crate) service: Option<u32>,
    pub(crate) team: Option<u32>,
    pub(crate) started: i64,
    pub(crate) restored: Option<i64>,
    pub(crate) week: i32,
    pub(crate) month: i32,
    /// Month of its time to restore; absent while open under definitions that use the month of resolution.
    pub(crate) restore_month: Option<i32>,
    pub(crate) hours: Option<f64>,
    /// The same in working hours.
    pub(crate) working_hours: Option<f64>,
    pub(crate) is_open: bool,
    pub(crate) p_change: f64,
    /// In which draws a change caused it.
    pub(crate) caused: Mask,
    pub(crate) record: Record,
}

/// What only the record of an incident tells.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Record {
    pub(crate) severity: Option<i64>,
    pub(crate) detect_hours: Option<f64>,
    pub(crate) acknowledge_hours: Option<f64>,
    /// The same in working hours.
    pub(crate) acknowledge_working_hours: Option<f64>,
    pub(crate) is_reopened: Option<bool>,
    pub(crate) is_repeat: Option<bool>,
}

/// A linked pair.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    pub(crate) incident: u32,
    pub(crate) deployment: u32,
    pub(crate) team: Option<u32>,
}

/// Everything that figures are formed from.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) calendar: Calendar,
    pub(crate) teams: Vec<String>,
    pub(crate) services: Vec<String>,
    /// Identifiers by number.
    pub(crate) deployment_ids: Vec<String>,
    pub(crate) incident_ids: Vec<String>,
    /// Teams that have teams beneath them: their name with the sorted numbers of their teams and of their own.
    pub(crate) groups: Vec<(String, Vec<u32>)>,
    pub(crate) deployments: Vec<Deployment>,
    pub(crate) incidents: Vec<Incident>,
    pub(crate) links: Vec<Link>,
    /// Whether the input has any incident, in the range or not.
    pub(crate) has_incidents: bool,
    /// Share of links that can be seen in each draw of a model; none under rules.
    pub(crate) visible: Option<Visible>,
}

/// Numbers for names; sorted, so that numbers order like names.
pub(crate) struct Numbers {
    pub(crate) names: Vec<String>,
    by_name: HashMap<String, u32>,
}

impl Numbers {
    pub(crate) fn new(names: BTreeSet<String>) -> Self {
        let names: Vec<String> = names.into_iter().collect();
        let by_name = names.iter().enumerate().map(|(number, name)| (name.clone(), number as u32)).collect();
        Self { names, by_name }
    }

    pub(crate) fn of(&self, name: Option<&str>) -> Option<u32> {
        self.by_name.get(name?).copied()
    }
}

fn collect(frame: &DataFrame, column: &Column, names: &mut BTreeSet<String>) -> PolarsResult<()> {
    names.extend(frame.texts(column)?.iter().flatten().map(ToOwned::to_owned));
    Ok(())
}

const HOUR: f64 = 3.6e9;
const THIRTY_DAYS: i64 = 30 * 86_400 * 1_000_000;

impl Facts {
    pub(crate) fn read(frames: &Frames, settings: &Settings, causes: Option<&Causes>) -> PolarsResult<Self> {
        let (units, incident_frame) = (frames.get(&deployment_units::TABLE), frames.get(&incident_units::TABLE));
        let (mut team_names, mut service_names) = (BTreeSet::new(), BTreeSet::new());
        collect(&frames.get(&service_teams::TABLE), &service_teams::TEAM_ID, &mut team_names)?;
        collect(&frames.get(&services::TABLE), &services::TEAM_ID, &mut team_names)?;
        for (frame, service, team) in [
            (&units, &deployment_units::SERVICE_ID, &deployment_units::TEAM_ID),
            (&incident_frame, &incident_units::SERVICE_ID, &incident_units::TEAM_ID),
        ] {
            collect(frame, service, &mut service_names)?;
            collect(frame, team, &mut team_names)?;
        }
        let (numbers, services) = (Numbers::new(team_names), Numbers::new(service_names));
        let deployment_ids = numbered(&units, &deployment_units::DEPLOYMENT_ID)?;
        let incident_ids = numbered(&incident_frame, &incident_units::INCIDENT_ID)?;
        let records = records(frames, &incident_ids, settings)?;
        let mut deployments = deployments(&units, settings, &numbers, &services, &deployment_ids)?;
        let mut incidents = incidents_of(&incident_frame, settings, &numbers, &services, &incident_ids, &records)?;
        if let Some(causes) = causes {
            doubt::of_deployments(&mut deployments, causes, &deployment_ids, &services.names);
            doubt::of_incidents(&mut incidents, causes, &incident_ids);
        }
        Ok(Self {
            calendar: Calendar::new(settings.range, settings.timezone),
            deployments,
            incidents,
            links: links_of(&frames.get(&links::TABLE), &numbers, &deployment_ids, &incident_ids)?,
            has_incidents: frames.height(&incidents::TABLE) > 0,
            deployment_ids: doubt::names(&deployment_ids),
            incident_ids: doubt::names(&incident_ids),
            visible: causes.map(|causes| causes.visible.clone()),
            groups: groups(&frames.get(&teams::TABLE), &numbers)?,
            teams: numbers.names,
            services: services.names,
        })
    }
}

fn numbered(frame: &DataFrame, column: &Column) -> PolarsResult<HashMap<String, u32>> {
    let mut numbers = HashMap::new();
    for id in frame.texts(column)?.iter().flatten() {
        let next = numbers.len() as u32;
        numbers.entry(id.to_owned()).or_insert(next);
    }
    Ok(numbers)
}

fn deployments(
    frame: &DataFrame,
    settings: &Settings,
    teams: &Numbers,
    services: &Numbers,
    ids: &HashMap<String, u32>,
) -> PolarsResult<Vec<Deployment>> {
    let (id, service, team) = (
        frame.texts(&deployment_units::DEPLOYMENT_ID)?,
        frame.texts(&deployment_units::SERVICE_ID)?,
        frame.texts(&deployment_units::TEAM_ID)?,
    );
    let at = frame.instants(&deployment_units::COUNTED_AT)?;
    let (counted, rework) = (frame.bools(&deployment_units::IS_COUNTED)?, frame.bools(&deployment_units::IS_REWORK)?);
    let (lead, failed) = (frame.reals(&deployment_units::LEAD_TIME_HOURS)?, frame.reals(&deployment_units::P_FAILED)?);
    let asserted = frame.bools(&deployment_units::IS_ASSERTED)?;
    let (recovery, open) = (frame.reals(&deployment_units::RECOVERY_HOURS)?, frame.bools(&deployment_units::RECOVERY_IS_OPEN)?);
    let row = |row: usize| {
        let at = at.get(row).filter(|&at| settings.range.contains(at))?;
        let date = local_date(at, settings.timezone);
        Some(Deployment {
            id: *ids.get(id.get(row)?)?,
            service: services.of(service.get(row)),
            team: teams.of(team.get(row)),
            at,
            day: days(date),
            week: week_of(date),
            month: month_of(date),
            is_counted: counted.get(row)?,
            is_rework: rework.get(row)?,
            lead_hours: lead.get(row),
            p_failed: failed.get(row).unwrap_or(0.0),
            failed: doubt::certain(failed.get(row)),
            is_asserted: asserted.get(row).unwrap_or(false),
            recovery: recovery.get(row).zip(open.get(row)),
        })
    };
    Ok((0..frame.height()).filter_map(row).collect())
}

fn incidents_of(
    frame: &DataFrame,
    settings: &Settings,
    teams: &Numbers,
    services: &Numbers,
    ids: &HashMap<String, u32>,
    records: &[Record],
) -> PolarsResult<Vec<Incident>> {
    use sequela_schema::definition::RestoreMonth;
    let (id, service, team) =
        (frame.texts(&incident_units::INCIDENT_ID)?, frame.texts(&incident_units::SERVICE_ID)?, frame.texts(&incident_units::TEAM_ID)?);
    let (started, restored) = (frame.instants(&incident_units::STARTED_AT)?, frame.instants(&incident_units::RESTORED_AT)?);
    let (hours, open) = (frame.reals(&incident_units::HOURS)?, frame.bools(&incident_units::IS_OPEN)?);
    let p_change = frame.reals(&incident_units::P_CHANGE)?;
    let month_at = |at: i64| settings.range.contains(at).then(|| month_of(local_date(at, settings.timezone)));
    let latest = |row: usize| Some(started.get(row)? + (hours.get(row)? * HOUR) as i64 + 1);
    let clock = clock(settings, started.iter().flatten().min(), (0..frame.height()).filter_map(latest).max());
    let row = |row: usize| {
        let started = started.get(row)?;
        let id = *ids.get(id.get(row)?)?;
        let date = local_date(started, settings.timezone);
        let restore_month = match settings.definition.restore_month {
            RestoreMonth::Start => month_at(started),
            RestoreMonth::Resolution => restored.get(row).and_then(month_at),
        };
        Some(Incident {
            id,
            service: services.of(service.get(row)),
            team: teams.of(team.get(row)),
            started,
            restored: restored.get(row),
            week: week_of(date),
            month: month_of(date),
            restore_month,
            hours: hours.get(row),
            working_hours: clock.as_ref().zip(hours.get(row)).map(|(clock, hours)| clock.hours(started, hours)),
            is_open: open.get(row)?,
            p_change: p_change.get(row).unwrap_or(0.0),
            caused: doubt::certain(p_change.get(row)),
            record: records[id as usize],
        })
    };
    Ok((0..frame.height()).filter_map(row).collect())
}

fn links_of(
    frame: &DataFrame,
    teams: &Numbers,
    deployments: &HashMap<String, u32>,
    incidents: &HashMap<String, u32>,
) -> PolarsResult<Vec<Link>> {
    let (incident, deployment, scope) =
        (frame.texts(&links::INCIDENT_ID)?, frame.texts(&links::DEPLOYMENT_ID)?, frame.texts(&links::SCOPE_ID)?);
    let (rank, evidence) = (frame.ints(&links::RANK)?, frame.texts(&links::EVIDENCE)?);
    let row = |row: usize| {
        // A record may name a change that several deployments carry; of a model's suspects only the likeliest is held responsible.
        let first = rank.get(row) == Some(1) || evidence.get(row) == Some(evidence::ASSERTED);
        let (incident, deployment) = (*incidents.get(incident.get(row)?)?, *deployments.get(deployment.get(row)?)?);
        first.then(|| Link { incident, deployment, team: teams.of(scope.get(row)) })
    };
    Ok((0..frame.height()).filter_map(row).collect())
}

/// The clock of working hours over a stretch, where they are configured.
fn clock(settings: &Settings, from: Option<i64>, to: Option<i64>) -> Option<WorkingClock> {
    let hours = settings.working_hours.as_ref()?;
    from.zip(to).map(|(from, to)| hours.clock(from, to))
}

/// What the incident records tell, by incident number.
fn records(frames: &Frames, ids: &HashMap<String, u32>, settings: &Settings) -> PolarsResult<Vec<Record>> {
    let frame = frames.get(&incidents::TABLE);
    let id = frame.texts(&incidents::INCIDENT_ID)?;
    let (started, detected) = (frame.instants(&incidents::STARTED_AT)?, frame.instants(&incidents::DETECTED_AT)?);
    let (created, acknowledged) = (frame.instants(&incidents::CREATED_AT)?, frame.instants(&incidents::ACKNOWLEDGED_AT)?);
    let (severity, reopened) = (frame.ints(&incidents::SEVERITY)?, frame.ints(&incidents::REOPEN_COUNT)?);
    let between =
        |from: Option<i64>, to: Option<i64>| from.zip(to).filter(|(from, to)| from <= to).map(|(from, to)| (to - from) as f64 / HOUR);
    let clock = clock(settings, created.iter().flatten().min(), acknowledged.iter().flatten().max());
    let mut records = vec![Record::default(); ids.len()];
    for row in 0..frame.height() {
        let Some(&number) = id.get(row).and_then(|id| ids.get(id)) else { continue };
        let acknowledge_hours = between(created.get(row), acknowledged.get(row));
        let working = clock.as_ref().zip(created.get(row).zip(acknowledge_hours));
        records[number as usize] = Record {
            severity: severity.get(row),
            detect_hours: between(started.get(row), detected.get(row)),
            acknowledge_hours,
            acknowledge_working_hours: working.map(|(clock, (created, hours))| clock.hours(created, hours)),
            is_reopened: reopened.get(row).map(|count| count > 0),
            is_repeat: None,
        };
    }
    mark_repeats(&frame, ids, &mut records)?;
    Ok(records)
}

/// An incident repeats when an earlier one of the same service and category began at most 30 days before it.
fn mark_repeats(frame: &DataFrame, ids: &HashMap<String, u32>, records: &mut [Record]) -> PolarsResult<()> {
    let (id, service, category) =
        (frame.texts(&incidents::INCIDENT_ID)?, frame.texts(&incidents::SERVICE_ID)?, frame.texts(&incidents::CATEGORY)?);
    let (started, created) = (frame.instants(&incidents::STARTED_AT)?, frame.instants(&incidents::CREATED_AT)?);
    let mut rows: Vec<(&str, &str, i64, u32)> = (0..frame.height())
        .filter_map(|row| {
            let at = started.get(row).or_else(|| created.get(row))?;
            Some((service.get(row)?, category.get(row)?, at, *ids.get(id.get(row)?)?))
        })
        .collect();
    rows.sort_unstable();
    for (position, &(service, category, at, number)) in rows.iter().enumerate() {
        let earlier = position.checked_sub(1).map(|before| rows[before]);
        let repeats = earlier.is_some_and(|before| (before.0, before.1) == (service, category) && at - before.2 <= THIRTY_DAYS);
        records[number as usize].is_repeat = Some(repeats);
    }
    Ok(())
}
