//! Which export fills a figure that a run does not have.

use sequela_schema::metric::{self, Metric};

/// The export or column that is missing.
pub(super) fn filled_by(metric: &Metric) -> &'static str {
    match *metric {
        metric::DEPLOYMENTS | metric::DEPLOYMENT_FREQUENCY | metric::DEPLOYMENT_DAYS => "a deployment export",
        metric::LEAD_TIME_MEDIAN | metric::LEAD_TIME_P90 => "deployments with first_commit_at or commit_at",
        metric::REWORK_RATE => "deployments whose kind is known",
        metric::INCIDENTS | metric::OPEN_INCIDENTS => "an incident export",
        metric::TIME_TO_RESTORE_MEDIAN
        | metric::TIME_TO_RESTORE_P90
        | metric::TIME_TO_RESTORE_MEAN
        | metric::TIME_TO_RESTORE_MEDIAN_OBSERVED => "incidents with resolved_at or mitigated_at",
        metric::TIME_TO_DETECT_MEDIAN => "incidents with started_at and detected_at",
        metric::TIME_TO_ACKNOWLEDGE_MEDIAN => "incidents with acknowledged_at",
        metric::REOPENED_SHARE => "incidents with reopen_count",
        metric::REPEAT_SHARE => "incidents with category",
        metric::INCIDENTS_SEVERITY_1
        | metric::INCIDENTS_SEVERITY_2
        | metric::INCIDENTS_SEVERITY_3
        | metric::INCIDENTS_SEVERITY_4
        | metric::INCIDENTS_SEVERITY_5 => "incidents with severity",
        _ => "a deployment export and an incident export",
    }
}
