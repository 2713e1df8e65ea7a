//! Probability of failure of planned changes: the tables `change_risk` and `risk_validation`.
//!
//! A ridge logistic regression on past deployments, each with what was known before it began. It is checked on later deployments, and
//! where it does not beat the share of deployments that failed, that share is what is given.

mod history;
mod model;
mod subjects;

use std::collections::HashMap;

use polars::prelude::*;
use sequela_schema::canonical::dependencies;
use sequela_schema::result::{change_risk, risk_validation};
use sequela_schema::{Frames, TableBuilder, Values};
use sequela_stats::{Level, proportion};

use crate::Settings;
use crate::records::{Change, Deployment, Records, is_withheld};
use history::{Question, answers};
use model::{History, Past, learn, probability};
use subjects::{Subject, part_of_week, reasons};

/// Microseconds of an hour.
const HOUR: i64 = 3_600_000_000;

/// Between which probabilities which approval path is suggested.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// Below it pre-approval is enough.
    pub pre_approved_below: f64,
    /// Above it the change advisory board decides.
    pub cab_above: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { pre_approved_below: 0.02, cab_above: 0.10 }
    }
}

impl Thresholds {
    fn path(&self, probability: f64) -> &'static str {
        if probability < self.pre_approved_below {
            "pre_approved"
        } else if probability > self.cab_above {
            "cab"
        } else {
            "peer"
        }
    }
}

/// Fills both tables.
pub(crate) fn tables(frames: &Frames, records: &Records, settings: &Settings) -> PolarsResult<Vec<TableBuilder>> {
    let counted: Vec<&Deployment> =
        records.deployments.iter().filter(|deployment| deployment.is_counted && deployment.finished_at.is_some()).collect();
    let planned: Vec<&Change> = records.changes.iter().filter(|change| is_planned(change, settings.as_of)).collect();
    let (past, ahead) = seen(records, &counted, &planned, frames, settings)?;
    let mut history = learn(&past, settings.as_of);
    if is_withheld(frames)? {
        history.forget();
    }
    let owners: HashMap<&str, &str> =
        counted.iter().filter_map(|deployment| Some((deployment.service.as_deref()?, deployment.team.as_deref()?))).collect();
    let mut risks = TableBuilder::new(&change_risk::TABLE);
    if history.deployments > 0 {
        for (change, subject) in planned.iter().zip(&ahead) {
            let team = change.service.as_deref().and_then(|service| owners.get(service).copied()).or(change.team.as_deref());
            score(change, team, subject, &history, &settings.risk, &mut risks);
        }
    }
    Ok(vec![risks, validation(&history)])
}

/// Raised by the extract, not carried out nor cancelled, and planned for later or in a state before the work.
fn is_planned(change: &Change, as_of: i64) -> bool {
    let is_raised = change.created_at.is_none_or(|created| created <= as_of);
    let is_ahead = change.planned.0.is_some_and(|start| start > as_of);
    let is_early = matches!(change.state.as_deref(), Some("new" | "assess" | "authorize" | "scheduled"));
    let is_over = change.state.as_deref() == Some("cancelled") || change.close_code.as_deref().is_some_and(|code| code != "unknown");
    is_raised && !is_over && !change.is_carried_out() && (is_ahead || is_early)
}

/// What the model sees of past deployments and of planned changes.
fn seen(
    records: &Records,
    counted: &[&Deployment],
    planned: &[&Change],
    frames: &Frames,
    settings: &Settings,
) -> PolarsResult<(Vec<Past>, Vec<Subject>)> {
    let began = |deployment: &Deployment| deployment.started_at.or(deployment.finished_at).unwrap_or(i64::MIN);
    let of_past = counted.iter().map(|one| Question { at: began(one), service: one.service.as_deref(), team: one.team.as_deref() });
    let of_planned =
        planned.iter().map(|change| Question { at: settings.as_of + 1, service: change.service.as_deref(), team: change.team.as_deref() });
    let known = answers(&of_past.chain(of_planned).collect::<Vec<_>>(), counted, frames)?;
    let dependents = dependents(frames)?;
    let number = |service: &Option<String>| service.as_ref().and_then(|service| dependents.get(service)).copied().unwrap_or_default();
    let told = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty() && text != "unknown");
    let past = counted.iter().zip(&known).map(|(deployment, known)| {
        let change = deployment.change.map(|(change, _)| &records.changes[change]);
        let path = deployment.path.as_deref().or_else(|| change?.path.as_deref());
        let subject = Subject {
            known: *known,
            lines: deployment.lines,
            dependents: number(&deployment.service),
            kind: told(&deployment.kind),
            change_type: change.and_then(|change| told(&change.kind)),
            path: path.and_then(told),
            time: part_of_week(began(deployment), settings.timezone),
        };
        let ended = deployment.finished_at.unwrap_or_default();
        Past { subject, service: deployment.service.clone().unwrap_or_default(), ended, failed: deployment.p_failed }
    });
    let ahead = planned.iter().zip(&known[counted.len()..]).map(|(change, known)| Subject {
        known: *known,
        lines: None,
        dependents: number(&change.service),
        kind: None,
        change_type: told(&change.kind),
        path: change.path.as_deref().and_then(told),
        time: change.planned.0.and_then(|start| part_of_week(start, settings.timezone)),
    });
    Ok((past.collect(), ahead.collect()))
}

/// Services that depend on each.
fn dependents(frames: &Frames) -> PolarsResult<HashMap<String, usize>> {
    let frame = frames.get(&dependencies::TABLE);
    let rows = frame.texts(&dependencies::FROM_SERVICE_ID)?.iter().zip(frame.texts(&dependencies::TO_SERVICE_ID)?.iter());
    let mut pairs: Vec<(&str, &str)> = rows.filter_map(|(from, to)| Some((to?, from?))).collect();
    pairs.sort_unstable();
    pairs.dedup();
    Ok(pairs.chunk_by(|left, right| left.0 == right.0).map(|pairs| (pairs[0].0.to_owned(), pairs.len())).collect())
}

fn score(change: &Change, team: Option<&str>, subject: &Subject, history: &History, thresholds: &Thresholds, builder: &mut TableBuilder) {
    let base = history.failures / history.deployments as f64;
    let plain = proportion::jeffreys(history.failures, history.deployments as f64, Level::default());
    let (p, lower, upper) =
        history.model.as_ref().map_or((base, plain.lower.unwrap_or(0.0), plain.upper.unwrap_or(1.0)), |model| probability(model, subject));
    let reasons = history.model.as_ref().map(|model| {
        let parts = model.encoder.parts(&model.encoder.row(subject), &model.fit.coefficients[1..]);
        reasons(subject, &parts)
    });
    builder
        .row()
        .text(&change_risk::CHANGE_ID, &change.id)
        .text_opt(&change_risk::SERVICE_ID, change.service.as_ref())
        .text_opt(&change_risk::TEAM_ID, team)
        .int_opt(&change_risk::PLANNED_START_AT, change.planned.0)
        .real(&change_risk::P_FAILURE, p)
        .real(&change_risk::LOWER, lower)
        .real(&change_risk::UPPER, upper)
        .real(&change_risk::BASE_RATE, base)
        .text(&change_risk::METHOD, if history.model.is_some() { "model" } else { "base rate" })
        .text_opt(&change_risk::REASONS, reasons.filter(|reasons| !reasons.is_empty()))
        .text(&change_risk::SUGGESTED_PATH, thresholds.path(p));
}

fn validation(history: &History) -> TableBuilder {
    let mut builder = TableBuilder::new(&risk_validation::TABLE);
    if history.deployments == 0 {
        return builder;
    }
    let check = &history.check;
    for statistic in &check.statistics {
        builder
            .row()
            .text(&risk_validation::STATISTIC, statistic.name)
            .real_opt(&risk_validation::VALUE, statistic.model.value)
            .real_opt(&risk_validation::LOWER, statistic.model.lower)
            .real_opt(&risk_validation::UPPER, statistic.model.upper)
            .real_opt(&risk_validation::BASE_RATE, statistic.base)
            .int(&risk_validation::FITTED, check.fitted as i64)
            .int(&risk_validation::CHECKED, check.checked as i64)
            .real(&risk_validation::FAILURES, check.failures)
            .bool_opt(&risk_validation::IS_BETTER, check.is_better);
    }
    builder
}
