//! The figures of one month side by side: the wide form of `metrics`.

use crate::column::table;

macro_rules! month_table {
    ($(#[doc = $doc:literal])+ $module:ident, $id_constant:ident $id:literal $id_doc:literal) => {
        table! {
            $(#[doc = $doc])+
            $module by $id_constant, MONTH {
                $id_constant $id Text required $id_doc;
                MONTH "month" Text required "Month as `2026-10`, cut in the organisation's zone.";
                DEPLOYMENTS "deployments" Int required "Deployments that count.";
                FAILED_DEPLOYMENTS "failed_deployments" Real required "Expected failed deployments.";
                CHANGE_FAILURE_RATE "change_failure_rate" Real optional "Expected failed deployments ÷ deployments.";
                CHANGE_FAILURE_RATE_LOWER "change_failure_rate_lower" Real optional "Lower end of its interval.";
                CHANGE_FAILURE_RATE_UPPER "change_failure_rate_upper" Real optional "Upper end of its interval.";
                INCIDENTS "incidents" Int required "Incidents that started in the month.";
                CHANGE_CAUSED_INCIDENTS "change_caused_incidents" Real required "Expected incidents caused by a change.";
                TIME_TO_RESTORE_MEDIAN_HOURS "time_to_restore_median_hours" Real optional "Kaplan–Meier median, open incidents censored (a preset's own median under that preset).";
                TIME_TO_RESTORE_MEDIAN_HOURS_LOWER "time_to_restore_median_hours_lower" Real optional "Lower end of its interval.";
                TIME_TO_RESTORE_MEDIAN_HOURS_UPPER "time_to_restore_median_hours_upper" Real optional "Upper end of its interval.";
                TIME_TO_RESTORE_P90_HOURS "time_to_restore_p90_hours" Real optional "Kaplan–Meier 90th percentile.";
                TIME_TO_RESTORE_MEAN_HOURS "time_to_restore_mean_hours" Real optional "Arithmetic mean of restored incidents only; misleads when some are open.";
                TIME_TO_RESTORE_MEDIAN_OBSERVED_HOURS "time_to_restore_median_observed_hours" Real optional "Median of restored incidents only; misleads when some are open.";
                FAILED_DEPLOYMENT_RECOVERY_MEDIAN_HOURS "failed_deployment_recovery_median_hours" Real optional "End of the failed deployment to service restored, Kaplan–Meier median.";
                DEPLOYMENT_FREQUENCY_PER_WEEK "deployment_frequency_per_week" Real optional "Median deployments per calendar week; weeks belong to the month of their Thursday.";
                LEAD_TIME_MEDIAN_HOURS "lead_time_median_hours" Real optional "First commit to end of deployment, median.";
                REWORK_RATE "rework_rate" Real optional "Share of deployments that are hotfix or rollback.";
            }
        }
    };
}

month_table! {
    /// One row per team and month.
    team_month, TEAM_ID "team_id" "Team."
}
month_table! {
    /// One row per service and month.
    service_month, SERVICE_ID "service_id" "Service."
}
month_table! {
    /// One row per month of the whole organisation.
    org_month, SCOPE_ID "scope_id" "Name of the organisation."
}
