//! Every figure by name: its unit, its definition and when it misleads. `docs/metrics.md` and the review's definitions come
//! from this list.
//!
//! Names follow DORA (dora.dev, definitions as of January 2026) and ITIL.

/// One figure of the `metrics` table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Name in the `metric` column.
    pub name: &'static str,
    /// Unit of its values.
    pub unit: &'static str,
    /// Title for people.
    pub title: &'static str,
    /// What it is, exactly.
    pub doc: &'static str,
    /// When it misleads; empty where nothing particular is known.
    pub caution: &'static str,
}

macro_rules! metrics {
    ($($constant:ident $name:literal $unit:literal $title:literal $doc:literal $caution:literal;)+) => {
        $(
            #[doc = $doc]
            pub const $constant: Metric = Metric { name: $name, unit: $unit, title: $title, doc: $doc, caution: $caution };
        )+
        /// Every metric, in the order in which they are explained.
        pub static METRICS: &[Metric] = &[$($constant),+];
    };
}

metrics! {
    DEPLOYMENTS "deployments" "count" "Deployments"
        "Successful production deployments, rollbacks not counted; retries of one run count once; a release of several services counts once per service." "";
    FAILED_DEPLOYMENTS "failed_deployments" "count" "Failed deployments"
        "Expected number of deployments that caused at least one incident: the sum of their probabilities; a rule counts whole ones."
        "An estimate; the failed deployments on record are its floor.";
    FAILED_DEPLOYMENTS_ASSERTED "failed_deployments_asserted" "count" "Failed deployments on record"
        "Deployments that a record names as a cause or that were rolled back after an incident: a floor that rests neither on a rule nor on timing alone." "";
    CHANGE_FAILURE_RATE "change_failure_rate" "ratio" "Change failure rate"
        "Expected failed deployments ÷ deployments, by the month of the deployment; under the model the interval counts the doubt about who caused what, under a rule it is Jeffreys' for counts (Brown, Cai and DasGupta 2001)."
        "An estimate. To the model whatever moves together with deployments looks like their doing, and failures found late or filed under another service are missed; a rule always finds a culprit and blames deployments for coincidences too.";
    INCIDENTS "incidents" "count" "Incidents"
        "Incidents by the month of their start: the first known of started, detected and created." "";
    INCIDENTS_SEVERITY_1 "incidents_severity_1" "count" "Incidents of severity 1"
        "Incidents of the worst severity." "";
    INCIDENTS_SEVERITY_2 "incidents_severity_2" "count" "Incidents of severity 2"
        "Incidents of the second severity." "";
    INCIDENTS_SEVERITY_3 "incidents_severity_3" "count" "Incidents of severity 3"
        "Incidents of the third severity." "";
    INCIDENTS_SEVERITY_4 "incidents_severity_4" "count" "Incidents of severity 4"
        "Incidents of the fourth severity." "";
    INCIDENTS_SEVERITY_5 "incidents_severity_5" "count" "Incidents of severity 5"
        "Incidents of the mildest severity." "";
    CHANGE_CAUSED_INCIDENTS "change_caused_incidents" "count" "Incidents caused by change"
        "Expected number of incidents that a change caused: the sum of their probabilities."
        "An estimate; the table `placebo` says how much the model blames where nothing can be caused.";
    CHANGE_CAUSED_SHARE "change_caused_share" "ratio" "Share caused by change"
        "Expected incidents caused by change ÷ incidents; interval as of the change failure rate."
        "An estimate; the table `placebo` says how much the model blames where nothing can be caused. Never subtract one from the other.";
    CHANGE_CAUSED_HOURS "change_caused_hours" "hours" "Hours lost to changes"
        "Hours from start to restored of each incident, times the probability that a change caused it, summed; open ones until the extract." "";
    INCIDENTS_PER_100_DEPLOYMENTS "incidents_per_100_deployments" "per_100" "Incidents per 100 deployments"
        "Incidents ÷ deployments × 100; Poisson interval." "Says nothing about cause.";
    TIME_TO_RESTORE_MEDIAN "time_to_restore_median_hours" "hours" "Time to restore, median"
        "Start of the incident to service restored (the earlier of mitigated and resolved), Kaplan–Meier median; open incidents are censored at the extract; log-log Greenwood interval."
        "Closing a record is not restoring a service; where only the closing time is known the incident is left out.";
    TIME_TO_RESTORE_P90 "time_to_restore_p90_hours" "hours" "Time to restore, 90th percentile"
        "Kaplan–Meier 90th percentile of the time to restore." "";
    TIME_TO_RESTORE_MEAN "time_to_restore_mean_hours" "hours" "Time to restore, mean"
        "Arithmetic mean over restored incidents only; Student t interval."
        "Leaves open incidents out and is moved by a few long ones; read the median beside it.";
    TIME_TO_RESTORE_MEDIAN_OBSERVED "time_to_restore_median_observed_hours" "hours" "Time to restore, median of the restored"
        "Median over restored incidents only; binomial interval." "Too short while incidents are open.";
    TIME_TO_RESTORE_BUSINESS_MEDIAN "time_to_restore_business_median_hours" "hours" "Time to restore in working hours, median"
        "As the median time to restore, counting only the hours and days of `[calendar]`, holidays left out; an incident outside of them takes 0 hours. Only where `[calendar]` is configured."
        "Users wait outside working hours too; read the median beside it.";
    TIME_TO_RESTORE_BUSINESS_P90 "time_to_restore_business_p90_hours" "hours" "Time to restore in working hours, 90th percentile"
        "Kaplan–Meier 90th percentile of the time to restore in working hours." "";
    TIME_TO_RESTORE_BUSINESS_MEAN "time_to_restore_business_mean_hours" "hours" "Time to restore in working hours, mean"
        "Arithmetic mean over restored incidents only; Student t interval." "Leaves open incidents out and is moved by a few long ones.";
    OPEN_INCIDENTS "open_incidents" "count" "Open incidents"
        "Incidents not restored at the extract time." "";
    FAILED_DEPLOYMENT_RECOVERY_MEDIAN "failed_deployment_recovery_median_hours" "hours" "Failed deployment recovery, median"
        "End of the failed deployment to service restored (mitigated, rolled back or resolved, whichever is first), weighted by the probability of failure; Kaplan–Meier median." "";
    FAILED_DEPLOYMENT_RECOVERY_P90 "failed_deployment_recovery_p90_hours" "hours" "Failed deployment recovery, 90th percentile"
        "Kaplan–Meier 90th percentile of the recovery time." "";
    DEPLOYMENT_FREQUENCY "deployment_frequency_per_week" "per_week" "Deployments per week"
        "Median number of deployments per calendar week; a week belongs to the month of its Thursday; binomial interval." "";
    DEPLOYMENT_DAYS "deployment_days_per_week" "per_week" "Days with a deployment per week"
        "Median number of days per calendar week with at least one deployment." "";
    LEAD_TIME_MEDIAN "lead_time_median_hours" "hours" "Change lead time, median"
        "First commit (else head commit) to end of deployment; median with binomial interval; n counts deployments whose commits are known."
        "A late merge of old commits looks like a slow pipeline.";
    LEAD_TIME_P90 "lead_time_p90_hours" "hours" "Change lead time, 90th percentile"
        "90th percentile of the change lead time." "";
    REWORK_RATE "rework_rate" "ratio" "Deployment rework rate"
        "Hotfixes and rollbacks ÷ all successful production deployments, these included; Jeffreys interval." "Kinds that the export does not name are not seen.";
    TIME_TO_DETECT_MEDIAN "time_to_detect_median_hours" "hours" "Time to detect, median"
        "Start of the impact to detection; median with binomial interval." "";
    TIME_TO_DETECT_P90 "time_to_detect_p90_hours" "hours" "Time to detect, 90th percentile"
        "90th percentile of the time to detect; binomial interval." "";
    TIME_TO_ACKNOWLEDGE_MEDIAN "time_to_acknowledge_median_hours" "hours" "Time to acknowledge, median"
        "Creation of the record to acknowledgement; median with binomial interval." "";
    TIME_TO_ACKNOWLEDGE_P90 "time_to_acknowledge_p90_hours" "hours" "Time to acknowledge, 90th percentile"
        "90th percentile of the time to acknowledge; binomial interval." "Records that nobody acknowledged are left out.";
    TIME_TO_ACKNOWLEDGE_BUSINESS_MEDIAN "time_to_acknowledge_business_median_hours" "hours" "Time to acknowledge in working hours, median"
        "As the median time to acknowledge, counting only the hours and days of `[calendar]`. Only where it is configured." "";
    TIME_TO_ACKNOWLEDGE_BUSINESS_P90 "time_to_acknowledge_business_p90_hours" "hours" "Time to acknowledge in working hours, 90th percentile"
        "90th percentile of the time to acknowledge in working hours; binomial interval." "";
    REOPENED_SHARE "reopened_share" "ratio" "Reopened incidents"
        "Incidents reopened at least once ÷ incidents whose export tells; Jeffreys interval." "";
    REPEAT_SHARE "repeat_share" "ratio" "Repeated incidents"
        "Incidents with an earlier one of the same service and category within 30 days ÷ incidents with both known; Jeffreys interval." "";
}

/// Figures that only presets of other tools fill, under the names those tools use.
pub mod peer {
    use super::Metric;

    macro_rules! peer {
        ($($constant:ident $name:literal $unit:literal $doc:literal;)+) => {
            $(
                #[doc = $doc]
                pub const $constant: Metric = Metric { name: $name, unit: $unit, title: $name, doc: $doc, caution: "" };
            )+
            /// Every metric of this kind.
            pub static METRICS: &[Metric] = &[$($constant),+];
        };
    }

    peer! {
        RECOVERY_MEDIAN "failed_deployment_recovery_time_median" "hours" "DevLake 2023: lower median of whole minutes from the end of the deployment to the resolution of each linked incident, by the month of the deployment; 0 in a month without one.";
        RESTORE_MEDIAN "time_to_restore_median" "hours" "DevLake 2021: lower median of whole minutes from creation to resolution, linked or not, by the month of resolution; 0 in a month without one.";
        DETAILS_CFR "details_cfr(incidents/deployments)" "ratio" "DevLake's detail page: linked incidents ÷ deployments; may exceed 1.";
        DETAILS_MTTR "details_mttr_median" "hours" "DevLake's detail page: the 2021 median over the whole range.";
        FREQUENCY_LABEL_2021 "deployment_frequency_label_2021" "label" "DevLake's words for the deployment frequency, report of 2021; in `note`.";
        FREQUENCY_LABEL_2023 "deployment_frequency_label_2023" "label" "The same, report of 2023.";
        CFR_LABEL_2021 "change_failure_rate_label_2021" "label" "DevLake's words for the change failure rate, report of 2021; in `note`.";
        CFR_LABEL_2023 "change_failure_rate_label_2023" "label" "The same, report of 2023.";
        RECOVERY_LABEL_2021 "recovery_label_2021" "label" "DevLake's words for the median time to restore, report of 2021; in `note`.";
        RECOVERY_LABEL_2023 "recovery_label_2023" "label" "DevLake's words for the failed deployment recovery time, report of 2023; in `note`.";
        MEAN_TIME_TO_RECOVERY "mean_time_to_recovery" "seconds" "Middleware: arithmetic mean of seconds from creation to resolution, resolved incidents only. Pelorus: the mean of its services' means.";
        INCIDENT_COUNT "incident_count" "count" "Middleware: incidents of the interval.";
        TOTAL_DEPLOYMENTS "total_deployments" "count" "Middleware: deployments of the interval.";
        DAILY_FREQUENCY "daily_deployment_frequency" "count" "Middleware: deployments per day of the interval, rounded down.";
        WEEKLY_FREQUENCY "avg_weekly_deployment_frequency" "count" "Middleware: deployments per calendar week that the interval touches, rounded down.";
        MONTHLY_FREQUENCY "avg_monthly_deployment_frequency" "count" "Middleware: deployments per calendar month that the interval touches, rounded down.";
    }
}

/// The metric of that name.
pub fn metric(name: &str) -> Option<&'static Metric> {
    METRICS.iter().chain(peer::METRICS).find(|metric| metric.name == name)
}
