//! Figures as other tools form them, for the presets that reproduce those tools.
//!
//! DevLake's dashboards and Middleware's services were read for this; the words of DevLake's labels are part of what it shows
//! and are given so that a reader finds the very cell they know.

use std::collections::BTreeMap;

use sequela_schema::definition::{Pooling, WhenEmpty};
use sequela_schema::metric::{self, Metric, peer};
use sequela_schema::vocabulary::period;
use sequela_stats::{Estimate, Level, sample};

use crate::facts::Deployment;
use crate::figures::{Figure, Selection, counted};
use crate::rates::linked;

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

/// The mean of Middleware and Pelorus, and on the whole range Middleware's counts.
pub(crate) fn middleware(selection: &Selection<'_>) -> Vec<Figure> {
    let mut services: BTreeMap<Option<u32>, Vec<f64>> = BTreeMap::new();
    let by_service = selection.settings.definition.pooling == Pooling::MeanOfServices;
    for incident in &selection.incidents {
        let Some(restored) = incident.restored else { continue };
        services.entry(incident.service.filter(|_| by_service)).or_default().push((restored - incident.started) as f64 / 1e6);
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let means: Vec<f64> = services.values().map(|values| mean(values)).collect();
    let value = (!means.is_empty()).then(|| mean(&means));
    let method = if by_service { "mean of the services' means" } else { "arithmetic mean" };
    let n = services.values().map(Vec::len).sum::<usize>() as u64;
    let mut figures = vec![Figure::new(&peer::MEAN_TIME_TO_RECOVERY, Estimate { value, lower: None, upper: None, n, method })];
    if selection.period == period::ALL {
        figures.extend(middleware_counts(selection));
    }
    figures
}

/// GitLab's median over closed incidents.
pub(crate) fn median(selection: &Selection<'_>) -> Figure {
    let closed = selection.restores.iter().filter(|incident| !incident.is_open);
    let hours: Vec<f64> = closed.filter_map(|incident| incident.hours).collect();
    Figure::new(&metric::TIME_TO_RESTORE_MEDIAN, sample::median_interval(&hours, Level::default()))
}

/// Four Keys' median: hours are cut to whole ones towards zero before.
pub(crate) fn median_of_whole_hours(selection: &Selection<'_>) -> Figure {
    let whole = |from: i64, to: i64| ((to - from) / (60 * MINUTE)) as f64;
    let hours: Vec<f64> = selection.restores.iter().filter_map(|incident| Some(whole(incident.started, incident.restored?))).collect();
    let method = "median of whole hours";
    let estimate = Estimate { value: sample::median(&hours), lower: None, upper: None, n: hours.len() as u64, method };
    Figure::new(&metric::TIME_TO_RESTORE_MEDIAN, estimate)
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
