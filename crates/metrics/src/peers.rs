//! Figures as other tools form them, for the presets that reproduce those tools.
//!
//! DevLake's dashboards and Middleware's services were read for this; the words of DevLake's labels are part of what it shows
//! and are given so that a reader finds the very cell they know.

use std::collections::HashMap;

use sequela_schema::definition::WhenEmpty;
use sequela_schema::metric::{self, Metric, peer};
use sequela_schema::vocabulary::{period, scope};
use sequela_stats::{Estimate, sample};

use crate::facts::{Deployment, Incident};
use crate::figures::{Figure, Selection, counted};

const LOWER_MEDIAN: &str = "lower median of whole minutes";
const MINUTE: i64 = 60_000_000;

/// Whole minutes between two instants, towards zero, as hours.
fn whole_minutes(from: i64, to: i64) -> f64 {
    ((to - from) / MINUTE) as f64 / 60.0
}

fn lower_median(hours: &[f64]) -> Estimate {
    Estimate { value: sample::lower_median(hours), lower: None, upper: None, n: hours.len() as u64, method: LOWER_MEDIAN }
}

/// DevLake's two medians, and on the whole range its labels.
pub(crate) fn devlake(selection: &Selection<'_>) -> Vec<Figure> {
    let restore = lower_median(&restore_hours(selection));
    let recovery = lower_median(&recovery_hours(selection));
    let monthly = |estimate: Estimate| {
        let zero = selection.period == period::MONTH && selection.settings.definition.duration_when_empty == WhenEmpty::Zero;
        Estimate { value: estimate.value.or(zero.then_some(0.0)), ..estimate }
    };
    let mut figures = vec![
        Figure::new(&metric::TIME_TO_RESTORE_MEDIAN, monthly(restore)),
        Figure::new(&metric::FAILED_DEPLOYMENT_RECOVERY_MEDIAN, monthly(recovery)),
        Figure::new(&peer::RESTORE_MEDIAN, monthly(restore)),
        Figure::new(&peer::RECOVERY_MEDIAN, monthly(recovery)),
    ];
    if selection.period == period::ALL {
        figures.extend(details(selection, restore));
        figures.extend(Labels::new(selection, restore.value, recovery.value).figures());
    }
    figures
}

fn restore_hours(selection: &Selection<'_>) -> Vec<f64> {
    selection.restores.iter().filter_map(|incident| Some(whole_minutes(incident.started, incident.restored?))).collect()
}

/// One duration per link of the scope whose deployment falls into the period.
fn recovery_hours(selection: &Selection<'_>) -> Vec<f64> {
    linked(selection).filter_map(|(deployment, incident)| Some(whole_minutes(deployment.at, incident.restored?))).collect()
}

/// Linked pairs of the scope whose deployment falls into the period.
fn linked<'a>(selection: &'a Selection<'a>) -> impl Iterator<Item = (&'a Deployment, &'a Incident)> {
    let facts = selection.facts;
    let is_organisation = selection.scope.kind == scope::ORGANISATION;
    let deployments: HashMap<u32, &Deployment> = selection.deployments.iter().map(|unit| (unit.id, *unit)).collect();
    let incidents: HashMap<u32, &Incident> = facts.incidents.iter().map(|incident| (incident.id, incident)).collect();
    let in_scope = move |team: Option<u32>| is_organisation || team.is_some_and(|team| selection.scope.teams.contains(&team));
    facts
        .links
        .iter()
        .filter(move |link| in_scope(link.team))
        .filter_map(move |link| Some((*deployments.get(&link.deployment)?, *incidents.get(&link.incident)?)))
}

fn details(selection: &Selection<'_>, restore: Estimate) -> [Figure; 2] {
    let deployments = selection.counted().len();
    let linked = linked(selection).count();
    let ratio = (deployments > 0).then(|| linked as f64 / deployments as f64);
    let estimate = Estimate { value: ratio, lower: None, upper: None, n: deployments as u64, method: "ratio of counts" };
    [Figure::new(&peer::DETAILS_CFR, estimate), Figure::new(&peer::DETAILS_MTTR, restore)]
}

/// What DevLake writes into its four tiles.
struct Labels {
    deployments: usize,
    has_incidents: bool,
    failed: f64,
    restore: Option<f64>,
    recovery: Option<f64>,
    days_per_week: f64,
    days_per_month: f64,
}

const NO_DEPLOYMENTS: &str = "N/A. Please check if you have collected deployments.";
const NO_INCIDENTS: &str = "N/A. Please check if you have collected incidents.";

impl Labels {
    fn new(selection: &Selection<'_>, restore: Option<f64>, recovery: Option<f64>) -> Self {
        let units = selection.counted();
        let days_in = |within: &dyn Fn(&Deployment) -> bool| {
            let mut days: Vec<i32> = units.iter().filter(|unit| within(unit)).map(|unit| unit.day).collect();
            days.sort_unstable();
            days.dedup();
            days.len() as f64
        };
        let calendar = &selection.facts.calendar;
        let weeks: Vec<f64> = calendar.weeks.iter().map(|&week| days_in(&|unit| unit.week == week)).collect();
        let months: Vec<f64> = calendar.months.iter().map(|&month| days_in(&|unit| unit.month == month)).collect();
        Self {
            deployments: units.len(),
            has_incidents: selection.facts.has_incidents,
            failed: units.iter().map(|unit| unit.p_failed).sum(),
            restore,
            recovery,
            days_per_week: sample::lower_median(&weeks).unwrap_or(0.0),
            days_per_month: sample::lower_median(&months).unwrap_or(0.0),
        }
    }

    fn figures(&self) -> [Figure; 6] {
        let label =
            |metric: &'static Metric, text: String| Figure::new(metric, Estimate::none(self.deployments as u64, "label")).noted(text);
        [
            label(&peer::FREQUENCY_LABEL_2021, self.frequency("high", "high")),
            label(&peer::FREQUENCY_LABEL_2023, self.frequency("high", "medium")),
            label(&peer::CFR_LABEL_2021, self.failure_rate([15.0, 20.0, 30.0])),
            label(&peer::CFR_LABEL_2023, self.failure_rate([5.0, 10.0, 15.0])),
            label(&peer::RECOVERY_LABEL_2021, self.restore.map_or_else(|| NO_INCIDENTS.to_owned(), duration_band)),
            label(&peer::RECOVERY_LABEL_2023, self.recovery_2023()),
        ]
    }

    /// The report of 2021 has no weekly step between elite and monthly.
    fn frequency(&self, weekly: &str, monthly: &str) -> String {
        let (week, month) = (self.days_per_week, self.days_per_month);
        if week >= 5.0 {
            format!("{week} deployment days per week(elite)")
        } else if week >= 1.0 && monthly != "high" {
            format!("{week} deployment days per week({weekly})")
        } else if month >= 1.0 {
            format!("{month} deployment days per month({monthly})")
        } else {
            NO_DEPLOYMENTS.to_owned()
        }
    }

    fn failure_rate(&self, limits: [f64; 3]) -> String {
        if self.deployments == 0 {
            return NO_DEPLOYMENTS.to_owned();
        }
        if !self.has_incidents {
            return NO_INCIDENTS.to_owned();
        }
        let percent = one_decimal(100.0 * self.failed / self.deployments as f64);
        format!("{percent:.1}%({})", band(limits.iter().position(|limit| percent <= *limit)))
    }

    fn recovery_2023(&self) -> String {
        if self.deployments == 0 {
            return NO_DEPLOYMENTS.to_owned();
        }
        if !self.has_incidents {
            return NO_INCIDENTS.to_owned();
        }
        self.recovery.map_or_else(|| "No data".to_owned(), duration_band)
    }
}

/// Halves are rounded away from zero, as MySQL does.
fn one_decimal(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn duration_band(hours: f64) -> String {
    let limits = [1.0, 24.0, 168.0];
    format!("{:.1}({})", one_decimal(hours), band(limits.iter().position(|limit| hours < *limit)))
}

fn band(position: Option<usize>) -> &'static str {
    position.map_or("low", |position| ["elite", "high", "medium"][position])
}

/// Middleware's mean, and on the whole range its counts.
pub(crate) fn middleware(selection: &Selection<'_>) -> Vec<Figure> {
    let resolved: Vec<f64> =
        selection.incidents.iter().filter_map(|incident| Some((incident.restored? - incident.started) as f64 / 1e6)).collect();
    let mean = (!resolved.is_empty()).then(|| resolved.iter().sum::<f64>() / resolved.len() as f64);
    let estimate = Estimate { value: mean, lower: None, upper: None, n: resolved.len() as u64, method: "arithmetic mean" };
    let mut figures = vec![Figure::new(&peer::MEAN_TIME_TO_RECOVERY, estimate)];
    if selection.period == period::ALL {
        figures.extend(middleware_counts(selection));
    }
    figures
}

fn middleware_counts(selection: &Selection<'_>) -> [Figure; 5] {
    let (calendar, total) = (&selection.facts.calendar, selection.counted().len());
    let per = |metric: &'static Metric, buckets: usize| Figure::new(metric, counted((total / buckets.max(1)) as f64, total));
    let incidents = selection.incidents.len();
    [
        Figure::new(&peer::INCIDENT_COUNT, counted(incidents as f64, incidents)),
        Figure::new(&peer::TOTAL_DEPLOYMENTS, counted(total as f64, total)),
        per(&peer::DAILY_FREQUENCY, calendar.days.max(1) as usize),
        per(&peer::WEEKLY_FREQUENCY, calendar.weeks.len()),
        per(&peer::MONTHLY_FREQUENCY, calendar.months.len()),
    ]
}
