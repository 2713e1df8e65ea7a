//! Changes as they were carried out: a record with its deployments, or a deployment without a record.

use std::collections::HashMap;

use polars::prelude::PolarsResult;
use sequela_schema::canonical::{changes, incidents, services};
use sequela_schema::{Frames, Values};

use crate::Settings;
use crate::records::{Change, Deployment, Records};

/// Microseconds of an hour.
pub(crate) const HOUR: f64 = 3.6e9;
/// Fewer observations than this say nothing.
pub(crate) const FEWEST: usize = 5;
/// Share of findings that may be false (Benjamini-Hochberg).
pub(crate) const FALSE_DISCOVERIES: f64 = 0.1;

/// How large a change is, by the lines of its largest deployment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Size {
    /// Up to 100 lines.
    Small,
    /// Up to 1,000 lines.
    Medium,
    /// More lines.
    Large,
    /// No deployment tells.
    #[default]
    Unknown,
}

impl Size {
    fn of(lines: Option<i64>) -> Self {
        match lines {
            Some(lines) if lines <= 100 => Self::Small,
            Some(lines) if lines <= 1_000 => Self::Medium,
            Some(_) => Self::Large,
            None => Self::Unknown,
        }
    }
}

/// A change that was carried out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Carried {
    /// Its record, where it has one.
    pub(crate) record: Option<String>,
    pub(crate) service: Option<String>,
    /// Tier of its service, from 1.
    pub(crate) tier: Option<i64>,
    pub(crate) size: Size,
    /// `standard` and so on; none without a record.
    pub(crate) kind: Option<String>,
    pub(crate) model: Option<String>,
    /// Kind of the first deployment behind it.
    pub(crate) deployment_kind: Option<String>,
    /// Approval path; `unknown` where nothing tells.
    pub(crate) path: String,
    /// Probability that it failed, by closure code, incidents that name it, or its deployments; none where nothing tells.
    pub(crate) p_failed: Option<f64>,
    /// Whether its record was closed with a word on how it went.
    pub(crate) is_closed: bool,
    /// Probability that its deployments caused an incident; none without a deployment.
    pub(crate) p_incident: Option<f64>,
    /// Hours from the record's creation to the start of work; none for records that were raised later.
    pub(crate) lead_hours: Option<f64>,
    /// Hours from the record's creation to its approval.
    pub(crate) approval_hours: Option<f64>,
}

/// All changes of the range that were carried out. Where no change record was given at all, deployments count only if one of them tells
/// how it was approved: without any record nobody can say that a deployment lacks one.
///
/// Rollbacks are repairs and count neither alone nor as a record's only deployments, as in the change failure rate.
pub(crate) fn carried(frames: &Frames, records: &Records, settings: &Settings) -> PolarsResult<Vec<Carried>> {
    let tiers = tiers(frames)?;
    let of_records = records.changes.iter().filter_map(|change| of_record(records, change, settings));
    let is_any_recorded = frames.height(&changes::TABLE) > 0;
    let is_any_told = is_any_recorded || records.deployments.iter().any(|deployment| deployment.path.is_some());
    let alone = records.deployments.iter().filter(|one| is_any_told && one.change.is_none() && one.is_counted);
    let mut all: Vec<Carried> = of_records.chain(alone.map(|deployment| of_deployment(deployment, is_any_recorded))).collect();
    let is_silent = frames.height(&incidents::TABLE) == 0;
    for one in &mut all {
        one.tier = one.service.as_ref().and_then(|service| tiers.get(service)).copied();
        if is_silent {
            // Without any incident a deployment that caused none is no news; what is left is what records say of themselves.
            one.p_incident = None;
            one.p_failed = one.p_failed.filter(|_| one.is_closed);
        }
    }
    Ok(all)
}

fn of_record(records: &Records, change: &Change, settings: &Settings) -> Option<Carried> {
    let behind: Vec<&Deployment> = change.deployments.iter().map(|number| &records.deployments[*number]).collect();
    let first = behind.iter().filter(|one| one.is_counted).min_by_key(|one| (one.started_at.or(one.finished_at), &one.id));
    let started = change.actual.0.or_else(|| behind.iter().filter_map(|one| one.started_at.or(one.finished_at)).min());
    let at = started.or(change.planned.0).or(change.created_at);
    let is_inside = at.is_none_or(|at| (settings.range.from..settings.range.to).contains(&at));
    if !change.is_carried_out() || !is_inside || (first.is_none() && !behind.is_empty()) {
        return None;
    }
    let hours = |to: Option<i64>| Some((to? - change.created_at?) as f64 / HOUR).filter(|hours| *hours >= 0.0);
    let told = |path: &&String| path.as_str() != "unknown";
    Some(Carried {
        record: Some(change.id.clone()),
        service: change.service.clone().or_else(|| first.and_then(|one| one.service.clone())),
        tier: None,
        size: Size::of(behind.iter().filter_map(|one| one.lines).max()),
        kind: Some(change.kind.clone()),
        model: change.model.clone(),
        deployment_kind: first.map(|one| one.kind.clone()),
        path: change.path.as_ref().filter(told).or_else(|| first?.path.as_ref()).map_or("unknown", |path| path).to_owned(),
        p_failed: change.p_failed,
        is_closed: change.close_code.as_deref().is_some_and(|code| code != "unknown"),
        p_incident: first.map(|_| 1.0 - behind.iter().map(|one| 1.0 - one.p_failed).product::<f64>()),
        lead_hours: hours(started),
        approval_hours: hours(change.approved_at),
    })
}

/// What a deployment names but nobody gave may well have been approved: its path is unknown, not missing.
fn of_deployment(deployment: &Deployment, is_any_recorded: bool) -> Carried {
    let missing = if is_any_recorded && deployment.named_change.is_none() { "none" } else { "unknown" };
    Carried {
        service: deployment.service.clone(),
        size: Size::of(deployment.lines),
        deployment_kind: Some(deployment.kind.clone()),
        path: deployment.path.as_deref().unwrap_or(missing).to_owned(),
        p_failed: Some(deployment.p_failed),
        p_incident: Some(deployment.p_failed),
        ..Carried::default()
    }
}

fn tiers(frames: &Frames) -> PolarsResult<HashMap<String, i64>> {
    let frame = frames.get(&services::TABLE);
    let rows = frame.texts(&services::SERVICE_ID)?.iter().zip(frame.ints(&services::TIER)?.iter());
    Ok(rows.filter_map(|(id, tier)| Some((id?.to_owned(), tier?))).collect())
}
