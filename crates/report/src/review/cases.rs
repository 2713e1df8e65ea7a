//! Incidents with what is said about their cause, read once for all pages.

use std::collections::HashMap;

use polars::prelude::*;
use sequela_schema::canonical::{deployments, incidents};
use sequela_schema::result::{deployment_outcomes, incident_attribution, links};
use sequela_schema::vocabulary::verdict;
use sequela_schema::{Frames, Values};

use crate::Context;
use crate::names::Names;
use crate::record::Record;

/// Probability from which an incident is listed.
const LISTED: f64 = 0.3;

/// One incident that was judged.
#[derive(Clone, Debug)]
pub(super) struct Case {
    /// Row in `incidents`.
    pub(super) incident: usize,
    /// Identifier.
    pub(super) id: String,
    /// Service as people call it.
    pub(super) service: String,
    /// Team as people call it.
    pub(super) team: String,
    /// Start in microseconds since 1970 UTC.
    pub(super) began: Option<i64>,
    /// Hours from its start to restored; to the extract while it is open.
    pub(super) hours: f64,
    /// Whether it is not yet restored.
    pub(super) is_open: bool,
    /// Probability that a change caused it; 1 or 0 where nothing but records and rollbacks may judge.
    pub(super) change: f64,
    /// Probability that it follows from the incident before.
    pub(super) follow_up: f64,
    /// What is said of it.
    pub(super) verdict: String,
    /// Deployments that were weighed.
    pub(super) candidates: i64,
    /// Its rows in `links`, the likeliest first.
    pub(super) links: Vec<usize>,
}

impl Case {
    /// Hours that it cost, as far as a change caused it.
    pub(super) fn lost(&self) -> f64 {
        self.hours.max(0.0) * self.change
    }

    /// Whether it stands in the list of incidents caused by change.
    pub(super) fn is_listed(&self) -> bool {
        self.change >= LISTED && self.verdict != verdict::INSUFFICIENT_DATA
    }
}

/// Everything that rows are put together from.
pub(super) struct Cases {
    pub(super) all: Vec<Case>,
    pub(super) incidents: DataFrame,
    pub(super) links: DataFrame,
    pub(super) deployments: DataFrame,
    /// Service and end of every deployment that counts.
    pub(super) ends: Vec<(String, i64)>,
    /// Row of each deployment.
    rows: HashMap<String, usize>,
    /// End of the deployment that undoes another, by the other's identifier.
    undone: HashMap<String, i64>,
}

impl Cases {
    /// Reads incidents, verdicts and links; what a model says that may not judge is left out.
    pub(super) fn read(frames: &Frames, context: &Context, names: &Names, is_withheld: bool) -> PolarsResult<Self> {
        let (links, deployments) = (frames.get(&links::TABLE), frames.get(&deployments::TABLE));
        let mut cases = Self {
            all: Vec::new(),
            incidents: frames.get(&incidents::TABLE),
            ends: ends(&frames.get(&deployment_outcomes::TABLE), names)?,
            rows: rows_by_id(&deployments, &deployments::DEPLOYMENT_ID)?,
            undone: undone(&deployments)?,
            links,
            deployments,
        };
        let attribution = frames.get(&incident_attribution::TABLE);
        let by_incident = links_by_incident(&cases.links)?;
        let rows = rows_by_id(&cases.incidents, &incidents::INCIDENT_ID)?;
        for row in 0..attribution.height() {
            let judged = Record::at(&attribution, row);
            let Some(id) = judged.text(&incident_attribution::INCIDENT_ID)? else { continue };
            let Some(incident) = rows.get(id) else { continue };
            let links = by_incident.get(id).cloned().unwrap_or_default();
            let case = case(&Record::at(&cases.incidents, *incident), &judged, (context, names))?;
            let mut case = Case { incident: *incident, id: id.to_owned(), links, ..case };
            if is_withheld && case.verdict != verdict::CHANGE {
                (case.change, case.follow_up) = (0.0, 0.0);
            }
            cases.all.push(case);
        }
        Ok(cases)
    }

    /// The deployment with that identifier.
    pub(super) fn deployment(&self, id: &str) -> Option<Record<'_>> {
        self.rows.get(id).map(|row| Record::at(&self.deployments, *row))
    }

    /// End of the rollback that undid it.
    pub(super) fn undone(&self, id: &str) -> Option<i64> {
        self.undone.get(id).copied()
    }
}

fn case(incident: &Record<'_>, judged: &Record<'_>, (context, names): (&Context, &Names)) -> PolarsResult<Case> {
    let began = incident.first_instant(&[&incidents::STARTED_AT, &incidents::DETECTED_AT, &incidents::CREATED_AT])?;
    let began = began.or(judged.instant(&incident_attribution::CREATED_AT)?);
    let ends = [incident.instant(&incidents::MITIGATED_AT)?, incident.instant(&incidents::RESOLVED_AT)?];
    let restored = ends.into_iter().flatten().min();
    let service = judged.text(&incident_attribution::SERVICE_ID)?.map(|id| names.service(id));
    let team = judged.text(&incident_attribution::TEAM_ID)?.map(|id| names.team(id));
    Ok(Case {
        incident: 0,
        id: String::new(),
        service: service.or(incident.text(&incidents::SERVICE_NAME_RAW)?).unwrap_or_default().to_owned(),
        team: team.unwrap_or_default().to_owned(),
        began,
        hours: began.map_or(0.0, |began| restored.unwrap_or(context.as_of).saturating_sub(began) as f64 / 3.6e9),
        is_open: restored.is_none(),
        change: judged.real(&incident_attribution::P_CHANGE)?.unwrap_or_default().clamp(0.0, 1.0),
        follow_up: judged.real(&incident_attribution::P_FOLLOWUP)?.unwrap_or_default().clamp(0.0, 1.0),
        verdict: judged.text(&incident_attribution::VERDICT)?.unwrap_or_default().to_owned(),
        candidates: judged.int(&incident_attribution::CANDIDATES)?.unwrap_or_default(),
        links: Vec::new(),
    })
}

fn rows_by_id(frame: &DataFrame, column: &sequela_schema::Column) -> PolarsResult<HashMap<String, usize>> {
    Ok(frame.texts(column)?.iter().enumerate().filter_map(|(row, id)| Some((id?.to_owned(), row))).collect())
}

fn links_by_incident(frame: &DataFrame) -> PolarsResult<HashMap<String, Vec<usize>>> {
    let (ids, ranks) = (frame.texts(&links::INCIDENT_ID)?, frame.ints(&links::RANK)?);
    let mut order: Vec<usize> = (0..frame.height()).collect();
    order.sort_by_key(|row| ranks.get(*row));
    let mut found: HashMap<String, Vec<usize>> = HashMap::new();
    for row in order {
        if let Some(id) = ids.get(row) {
            found.entry(id.to_owned()).or_default().push(row);
        }
    }
    Ok(found)
}

fn undone(frame: &DataFrame) -> PolarsResult<HashMap<String, i64>> {
    let (undone, ends) = (frame.texts(&deployments::ROLLS_BACK_DEPLOYMENT_ID)?, frame.instants(&deployments::FINISHED_AT)?);
    let pair = |row| Some((undone.get(row)?.to_owned(), ends.get(row)?));
    Ok((0..frame.height()).filter_map(pair).collect())
}

fn ends(frame: &DataFrame, names: &Names) -> PolarsResult<Vec<(String, i64)>> {
    let (services, ends) = (frame.texts(&deployment_outcomes::SERVICE_ID)?, frame.instants(&deployment_outcomes::FINISHED_AT)?);
    let pair = |row| Some((names.service(services.get(row)?).to_owned(), ends.get(row)?));
    Ok((0..frame.height()).filter_map(pair).collect())
}
