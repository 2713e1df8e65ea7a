//! The figures of one scope in one period.

use std::collections::BTreeSet;

use rayon::prelude::*;
use sequela_schema::definition::DurationSummary;
use sequela_schema::metric::{self, Metric};
use sequela_schema::vocabulary::{period, scope};
use sequela_stats::draws::Mask;
use sequela_stats::survival::{KaplanMeier, Observation};
use sequela_stats::{Estimate, Level, count, proportion, sample};

use crate::Settings;
use crate::calendar::{days, month_start};
use crate::doubt;
use crate::facts::{Deployment, Facts, Incident};
use crate::scopes::Scope;
use crate::{peers, rates};

/// A figure: a metric with its estimate.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    pub(crate) metric: &'static Metric,
    /// Where it differs from the metric's own.
    pub(crate) unit: &'static str,
    pub(crate) estimate: Estimate,
    pub(crate) note: Option<String>,
}

impl Figure {
    pub(crate) fn new(metric: &'static Metric, estimate: Estimate) -> Self {
        Self { metric, unit: metric.unit, estimate, note: None }
    }

    pub(crate) fn noted(self, note: impl Into<String>) -> Self {
        Self { note: Some(note.into()), ..self }
    }
}

/// All figures of a scope in a period.
#[derive(Debug)]
pub(crate) struct Block<'a> {
    pub(crate) scope: &'a Scope,
    pub(crate) period: &'static str,
    /// First day, in days from the epoch.
    pub(crate) start: i32,
    /// Month number, for a month.
    pub(crate) month: Option<i32>,
    pub(crate) figures: Vec<Figure>,
}

/// What falls into a scope and a period.
pub(crate) struct Selection<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) facts: &'a Facts,
    pub(crate) scope: &'a Scope,
    pub(crate) period: &'static str,
    pub(crate) deployments: Vec<&'a Deployment>,
    /// By their start.
    pub(crate) incidents: Vec<&'a Incident>,
    /// By the month of their time to restore.
    pub(crate) restores: Vec<&'a Incident>,
    /// Mondays of the weeks that frequencies are formed over.
    pub(crate) weeks: Vec<i32>,
}

/// A count with nothing to estimate.
pub(crate) fn counted(value: f64, n: usize) -> Estimate {
    Estimate { value: Some(value), lower: None, upper: None, n: n as u64, method: "count" }
}

/// Figures of every scope and period, in the order of scopes and time.
pub(crate) fn measure<'a>(facts: &Facts, scopes: &'a [Scope], settings: &Settings) -> Vec<Block<'a>> {
    let blocks: Vec<Vec<Block<'a>>> = scopes.par_iter().map(|scope| blocks(facts, scope, settings)).collect();
    blocks.into_iter().flatten().collect()
}

fn blocks<'a>(facts: &Facts, scope: &'a Scope, settings: &Settings) -> Vec<Block<'a>> {
    let is_service = scope.kind == scope::SERVICE;
    let mut blocks = Vec::new();
    for &month in &facts.calendar.months {
        let selection = select_month(facts, scope, settings, month);
        if !is_service || !selection.is_empty() {
            let start = days(month_start(month));
            blocks.push(Block { scope, period: period::MONTH, start, month: Some(month), figures: figures(&selection) });
        }
    }
    if !is_service {
        for &week in &facts.calendar.weeks {
            let figures = volume(&select_week(facts, scope, settings, week));
            blocks.push(Block { scope, period: period::WEEK, start: week, month: None, figures });
        }
    }
    let figures = figures(&select_all(facts, scope, settings));
    blocks.push(Block { scope, period: period::ALL, start: facts.calendar.first_day, month: None, figures });
    blocks
}

fn deployments<'a>(facts: &'a Facts, scope: &Scope, of: impl Fn(&Deployment) -> bool) -> Vec<&'a Deployment> {
    scope.deployments.iter().map(|&position| &facts.deployments[position as usize]).filter(|unit| of(unit)).collect()
}

fn incidents<'a>(facts: &'a Facts, scope: &Scope, of: impl Fn(&Incident) -> bool) -> Vec<&'a Incident> {
    scope.incidents.iter().map(|&position| &facts.incidents[position as usize]).filter(|incident| of(incident)).collect()
}

fn select_month<'a>(facts: &'a Facts, scope: &'a Scope, settings: &'a Settings, month: i32) -> Selection<'a> {
    let in_range = |incident: &Incident| settings.range.contains(incident.started);
    Selection {
        settings,
        facts,
        scope,
        period: period::MONTH,
        deployments: deployments(facts, scope, |unit| unit.month == month),
        incidents: incidents(facts, scope, |incident| incident.month == month && in_range(incident)),
        restores: incidents(facts, scope, |incident| incident.restore_month == Some(month)),
        weeks: facts.calendar.weeks_of_month(month),
    }
}

fn select_week<'a>(facts: &'a Facts, scope: &'a Scope, settings: &'a Settings, week: i32) -> Selection<'a> {
    let in_range = |incident: &Incident| settings.range.contains(incident.started);
    Selection {
        settings,
        facts,
        scope,
        period: period::WEEK,
        deployments: deployments(facts, scope, |unit| unit.week == week),
        incidents: incidents(facts, scope, |incident| incident.week == week && in_range(incident)),
        restores: Vec::new(),
        weeks: vec![week],
    }
}

fn select_all<'a>(facts: &'a Facts, scope: &'a Scope, settings: &'a Settings) -> Selection<'a> {
    Selection {
        settings,
        facts,
        scope,
        period: period::ALL,
        deployments: deployments(facts, scope, |_| true),
        incidents: incidents(facts, scope, |incident| settings.range.contains(incident.started)),
        restores: incidents(facts, scope, |incident| incident.restore_month.is_some()),
        weeks: facts.calendar.full_weeks.clone(),
    }
}

impl Selection<'_> {
    fn is_empty(&self) -> bool {
        self.deployments.is_empty() && self.incidents.is_empty() && self.restores.is_empty()
    }

    pub(crate) fn counted(&self) -> Vec<&Deployment> {
        self.deployments.iter().copied().filter(|unit| unit.is_counted).collect()
    }
}

/// Everything that is shown for a month or the whole range.
fn figures(selection: &Selection<'_>) -> Vec<Figure> {
    let mut figures = volume(selection);
    match selection.settings.definition.durations {
        DurationSummary::KaplanMeier => figures.extend(survival(selection)),
        DurationSummary::LowerMedianMinutes => figures.extend(peers::devlake(selection)),
        DurationSummary::MeanSeconds => figures.extend(peers::middleware(selection)),
        DurationSummary::Median => figures.push(peers::median(selection)),
        DurationSummary::MedianWholeHours => figures.push(peers::median_of_whole_hours(selection)),
    }
    figures.extend(observed(selection));
    figures.extend(pace(selection));
    figures.extend(record_shares(selection));
    figures.extend(severities(selection));
    if selection.scope.kind == scope::SERVICE {
        figures.retain(|figure| figure.estimate.n > 0);
    }
    figures
}

/// Counts and the rates formed from them.
fn volume(selection: &Selection<'_>) -> Vec<Figure> {
    let counted_units = selection.counted();
    let (deployments, failed) = (counted_units.len(), counted_units.iter().map(|unit| unit.p_failed).sum::<f64>());
    let asserted = counted_units.iter().filter(|unit| unit.is_asserted).count();
    let incidents = selection.incidents.len();
    let mut figures = vec![
        Figure::new(&metric::DEPLOYMENTS, counted(deployments as f64, deployments)),
        Figure::new(&metric::FAILED_DEPLOYMENTS, failed_count(selection, &counted_units, failed)),
        Figure::new(&metric::FAILED_DEPLOYMENTS_ASSERTED, counted(asserted as f64, deployments)),
        rates::failure_rate(selection, &counted_units, failed),
        Figure::new(&metric::INCIDENTS, counted(incidents as f64, incidents)),
    ];
    figures.extend(caused(selection));
    figures
}

fn failed_count(selection: &Selection<'_>, units: &[&Deployment], failed: f64) -> Estimate {
    match &selection.facts.visible {
        Some(visible) => doubt::count(visible, &masks(units), failed),
        None => counted(failed, units.len()),
    }
}

pub(crate) fn masks(units: &[&Deployment]) -> Vec<Mask> {
    units.iter().map(|unit| unit.failed).collect()
}

/// Incidents that changes caused, their share and their hours.
fn caused(selection: &Selection<'_>) -> [Figure; 3] {
    let incidents = selection.incidents.len();
    let expected: f64 = selection.incidents.iter().map(|incident| incident.p_change).sum();
    let hours: f64 = selection.incidents.iter().filter_map(|incident| Some(incident.p_change * incident.hours?)).sum();
    let [count, share, hours] = match &selection.facts.visible {
        Some(visible) => {
            let masks: Vec<Mask> = selection.incidents.iter().map(|incident| incident.caused).collect();
            let timed = selection.incidents.iter().filter_map(|incident| Some((incident.caused, incident.hours?)));
            [
                doubt::count(visible, &masks, expected),
                doubt::rate(visible, &masks, expected),
                doubt::hours(visible, &timed.collect::<Vec<_>>(), hours),
            ]
        }
        None => {
            let share = proportion::jeffreys(expected, incidents as f64, Level::default());
            [counted(expected, incidents), share, counted(hours, incidents)]
        }
    };
    [
        Figure::new(&metric::CHANGE_CAUSED_INCIDENTS, count),
        Figure::new(&metric::CHANGE_CAUSED_SHARE, share),
        Figure::new(&metric::CHANGE_CAUSED_HOURS, hours),
    ]
}

/// A duration with whether it ended.
pub(crate) fn observation(hours: f64, is_open: bool) -> Observation {
    if is_open { Observation::open(hours) } else { Observation::restored(hours) }
}

/// Restore times that can be used, open ones included.
pub(crate) fn restore_observations(incidents: &[&Incident]) -> Vec<Observation> {
    incidents.iter().filter_map(|incident| Some(observation(incident.hours?, incident.is_open))).collect()
}

/// Durations in which open records are censored.
fn survival(selection: &Selection<'_>) -> Vec<Figure> {
    let restores = restore_observations(&selection.restores);
    let failed: Vec<(Observation, f64)> = selection
        .counted()
        .iter()
        .filter_map(|unit| unit.recovery.map(|(hours, is_open)| (observation(hours, is_open), unit.p_failed)))
        .collect();
    let (observations, weights): (Vec<Observation>, Vec<f64>) = failed.into_iter().unzip();
    let recovery = KaplanMeier::fit_weighted(&observations, &weights).ok();
    let restore = KaplanMeier::fit(&restores).ok();
    let quantile = |curve: &Option<KaplanMeier>, q: f64| {
        curve.as_ref().map_or(Estimate::none(0, "Kaplan-Meier"), |curve| curve.quantile(q, Level::default()))
    };
    let unusable = selection.restores.len() - restores.len();
    let median = Figure::new(&metric::TIME_TO_RESTORE_MEDIAN, quantile(&restore, 0.5));
    vec![
        if unusable > 0 { median.noted(format!("{unusable} without a usable end are left out")) } else { median },
        Figure::new(&metric::TIME_TO_RESTORE_P90, quantile(&restore, 0.9)),
        Figure::new(&metric::FAILED_DEPLOYMENT_RECOVERY_MEDIAN, quantile(&recovery, 0.5)),
        Figure::new(&metric::FAILED_DEPLOYMENT_RECOVERY_P90, quantile(&recovery, 0.9)),
    ]
}

/// Durations of restored incidents only, as contracts ask for them.
fn observed(selection: &Selection<'_>) -> Vec<Figure> {
    let closed = |incident: &&&Incident| !incident.is_open;
    let hours: Vec<f64> = selection.restores.iter().filter(closed).filter_map(|incident| incident.hours).collect();
    let open = selection.incidents.iter().filter(|incident| incident.is_open).count();
    vec![
        Figure::new(&metric::TIME_TO_RESTORE_MEAN, sample::mean(&hours, Level::default())),
        Figure::new(&metric::TIME_TO_RESTORE_MEDIAN_OBSERVED, sample::median_interval(&hours, Level::default())),
        Figure::new(&metric::OPEN_INCIDENTS, counted(open as f64, selection.incidents.len())),
    ]
}

/// How often and how fast is deployed.
fn pace(selection: &Selection<'_>) -> Vec<Figure> {
    let units = selection.counted();
    let in_week = |week: i32| units.iter().filter(move |unit| unit.week == week);
    let per_week: Vec<f64> = selection.weeks.iter().map(|&week| in_week(week).count() as f64).collect();
    let day_count = |week: i32| in_week(week).map(|unit| unit.day).collect::<BTreeSet<i32>>().len() as f64;
    let days: Vec<f64> = selection.weeks.iter().map(|&week| day_count(week)).collect();
    let lead: Vec<f64> = units.iter().filter_map(|unit| unit.lead_hours).collect();
    let rework = selection.deployments.iter().filter(|unit| unit.is_rework).count();
    let level = Level::default();
    vec![
        Figure::new(&metric::DEPLOYMENT_FREQUENCY, sample::median_interval(&per_week, level)),
        Figure::new(&metric::DEPLOYMENT_DAYS, sample::median_interval(&days, level)),
        Figure::new(&metric::LEAD_TIME_MEDIAN, sample::median_interval(&lead, level)),
        Figure::new(&metric::LEAD_TIME_P90, sample::quantile_interval(&lead, 0.9, level)),
        Figure::new(&metric::REWORK_RATE, proportion::jeffreys(rework as f64, selection.deployments.len() as f64, level)),
        per_hundred(selection.incidents.len(), units.len()),
    ]
}

fn per_hundred(incidents: usize, deployments: usize) -> Figure {
    let estimate = count::rate_interval(incidents as f64, deployments as f64, Level::default()).scaled(100.0);
    Figure::new(&metric::INCIDENTS_PER_100_DEPLOYMENTS, Estimate { n: deployments as u64, ..estimate })
}

/// Figures that only some records have the fields for.
fn record_shares(selection: &Selection<'_>) -> Vec<Figure> {
    let level = Level::default();
    let records = || selection.incidents.iter().map(|incident| &incident.record);
    let detect: Vec<f64> = records().filter_map(|record| record.detect_hours).collect();
    let acknowledge: Vec<f64> = records().filter_map(|record| record.acknowledge_hours).collect();
    let share = |known: Vec<bool>| {
        let yes = known.iter().filter(|&&yes| yes).count();
        proportion::jeffreys(yes as f64, known.len() as f64, level)
    };
    vec![
        Figure::new(&metric::TIME_TO_DETECT_MEDIAN, sample::median_interval(&detect, level)),
        Figure::new(&metric::TIME_TO_ACKNOWLEDGE_MEDIAN, sample::median_interval(&acknowledge, level)),
        Figure::new(&metric::REOPENED_SHARE, share(records().filter_map(|record| record.is_reopened).collect())),
        Figure::new(&metric::REPEAT_SHARE, share(records().filter_map(|record| record.is_repeat).collect())),
    ]
}

/// Counts by severity, where any record has one.
fn severities(selection: &Selection<'_>) -> Vec<Figure> {
    let by_severity = [
        &metric::INCIDENTS_SEVERITY_1,
        &metric::INCIDENTS_SEVERITY_2,
        &metric::INCIDENTS_SEVERITY_3,
        &metric::INCIDENTS_SEVERITY_4,
        &metric::INCIDENTS_SEVERITY_5,
    ];
    let known: Vec<i64> = selection.incidents.iter().filter_map(|incident| incident.record.severity).collect();
    if known.is_empty() {
        return Vec::new();
    }
    let count = |severity: i64| counted(known.iter().filter(|&&other| other == severity).count() as f64, known.len());
    (1..).zip(by_severity).map(|(severity, metric)| Figure::new(metric, count(severity))).collect()
}
