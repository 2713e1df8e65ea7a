//! The figures of one scope in one period.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use rayon::prelude::*;
use sequela_schema::definition::DurationSummary;
use sequela_schema::metric::{self, Metric};
use sequela_schema::vocabulary::{period, scope};
use sequela_stats::draws::Mask;
use sequela_stats::survival::{KaplanMeier, Observation};
use sequela_stats::{Estimate, Level, count, proportion, sample};

use crate::Settings;
use crate::calendar::{Calendar, days, month_start, quarter_of, quarter_start};
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
    let calendar = &facts.calendar;
    let quarters = calendar.quarters.iter().map(|&quarter| Span::Quarter(quarter));
    let spans = calendar.months.iter().map(|&month| Span::Month(month)).chain(quarters);
    let spans = spans.chain(calendar.weeks.iter().map(|&week| Span::Week(week))).chain([Span::All]);
    spans.filter_map(|span| block(facts, scope, settings, span)).collect()
}

/// A service has a block only where it has anything to show.
fn block<'a>(facts: &Facts, scope: &'a Scope, settings: &Settings, span: Span) -> Option<Block<'a>> {
    let selection = select(facts, scope, settings, span);
    if scope.kind == scope::SERVICE && span != Span::All && selection.is_empty() {
        return None;
    }
    let figures = match span {
        Span::Week(_) if scope.kind == scope::SERVICE => counts(&selection),
        Span::Week(_) => volume(&selection),
        _ => figures(&selection),
    };
    let start = match span {
        Span::Month(month) => days(month_start(month)),
        Span::Quarter(quarter) => days(quarter_start(quarter)),
        Span::Week(monday) => monday,
        Span::All => facts.calendar.first_day,
    };
    let month = if let Span::Month(month) = span { Some(month) } else { None };
    Some(Block { scope, period: span.name(), start, month, figures })
}

/// A stretch of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Span {
    Month(i32),
    Quarter(i32),
    /// By its Monday.
    Week(i32),
    All,
}

impl Span {
    const fn name(self) -> &'static str {
        match self {
            Self::Month(_) => period::MONTH,
            Self::Quarter(_) => period::QUARTER,
            Self::Week(_) => period::WEEK,
            Self::All => period::ALL,
        }
    }

    /// Whether something of that week and month lies before it, in it or after it.
    fn place(self, week: i32, month: i32) -> Ordering {
        match self {
            Self::Month(wanted) => month.cmp(&wanted),
            Self::Quarter(wanted) => quarter_of(month).cmp(&wanted),
            Self::Week(wanted) => week.cmp(&wanted),
            Self::All => Ordering::Equal,
        }
    }

    fn weeks(self, calendar: &Calendar) -> Vec<i32> {
        match self {
            Self::Month(wanted) => calendar.weeks_of(|month| month == wanted),
            Self::Quarter(wanted) => calendar.weeks_of(|month| quarter_of(month) == wanted),
            Self::Week(monday) => vec![monday],
            Self::All => calendar.full_weeks.clone(),
        }
    }

    /// Whether a time to restore of that month belongs to it; weeks show none.
    fn has_restore(self, month: Option<i32>) -> bool {
        let is_week = matches!(self, Self::Week(_));
        month.is_some_and(|month| !is_week && self.place(0, month) == Ordering::Equal)
    }
}

/// The part of a scope's units, which are sorted by time, that lies in a span.
fn within<T>(positions: &[u32], units: &[T], place: impl Fn(&T) -> Ordering) -> Vec<u32> {
    let at = |position: &u32| place(&units[*position as usize]);
    let from = positions.partition_point(|position| at(position) == Ordering::Less);
    let to = positions.partition_point(|position| at(position) != Ordering::Greater);
    positions[from..to.max(from)].to_vec()
}

fn select<'a>(facts: &'a Facts, scope: &'a Scope, settings: &'a Settings, span: Span) -> Selection<'a> {
    let deployments = within(&scope.deployments, &facts.deployments, |unit| span.place(unit.week, unit.month));
    let incidents = within(&scope.incidents, &facts.incidents, |incident| span.place(incident.week, incident.month));
    let incident = |position: &u32| &facts.incidents[*position as usize];
    Selection {
        settings,
        facts,
        scope,
        period: span.name(),
        deployments: deployments.iter().map(|position| &facts.deployments[*position as usize]).collect(),
        incidents: incidents.iter().map(incident).filter(|incident| settings.range.contains(incident.started)).collect(),
        restores: scope.incidents.iter().map(incident).filter(|incident| span.has_restore(incident.restore_month)).collect(),
        weeks: span.weeks(&facts.calendar),
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

/// Everything that is shown for a month, a quarter or the whole range.
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
    if selection.settings.working_hours.is_some() {
        figures.extend(working(selection));
    }
    figures.extend(pace(selection));
    figures.extend(record_shares(selection));
    figures.extend(severities(selection));
    if selection.scope.kind == scope::SERVICE {
        figures.retain(|figure| figure.estimate.n > 0);
    }
    figures
}

/// What is told of a week of one service: more would be rows without end about a handful of units.
fn counts(selection: &Selection<'_>) -> Vec<Figure> {
    let told = [&metric::DEPLOYMENTS, &metric::FAILED_DEPLOYMENTS, &metric::INCIDENTS, &metric::CHANGE_CAUSED_INCIDENTS];
    let is_told = |figure: &Figure| told.contains(&figure.metric) && figure.estimate.n > 0;
    volume(selection).into_iter().filter(is_told).collect()
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

/// Durations by the clock that runs in working hours only.
fn working(selection: &Selection<'_>) -> Vec<Figure> {
    let level = Level::default();
    let timed = |incident: &&Incident| Some(observation(incident.working_hours?, incident.is_open));
    let restores: Vec<Observation> = selection.restores.iter().filter_map(timed).collect();
    let restored: Vec<f64> =
        selection.restores.iter().filter(|incident| !incident.is_open).filter_map(|incident| incident.working_hours).collect();
    let curve = KaplanMeier::fit(&restores).ok();
    let quantile = |q: f64| curve.as_ref().map_or(Estimate::none(0, "Kaplan-Meier"), |curve| curve.quantile(q, level));
    let acknowledge: Vec<f64> = selection.incidents.iter().filter_map(|incident| incident.record.acknowledge_working_hours).collect();
    vec![
        Figure::new(&metric::TIME_TO_RESTORE_BUSINESS_MEDIAN, quantile(0.5)),
        Figure::new(&metric::TIME_TO_RESTORE_BUSINESS_P90, quantile(0.9)),
        Figure::new(&metric::TIME_TO_RESTORE_BUSINESS_MEAN, sample::mean(&restored, level)),
        Figure::new(&metric::TIME_TO_ACKNOWLEDGE_BUSINESS_MEDIAN, sample::median_interval(&acknowledge, level)),
        Figure::new(&metric::TIME_TO_ACKNOWLEDGE_BUSINESS_P90, sample::quantile_interval(&acknowledge, 0.9, level)),
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
        Figure::new(&metric::TIME_TO_DETECT_P90, sample::quantile_interval(&detect, 0.9, level)),
        Figure::new(&metric::TIME_TO_ACKNOWLEDGE_MEDIAN, sample::median_interval(&acknowledge, level)),
        Figure::new(&metric::TIME_TO_ACKNOWLEDGE_P90, sample::quantile_interval(&acknowledge, 0.9, level)),
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
