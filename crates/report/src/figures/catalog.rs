//! Every figure of the review by name: what people call it, how it is defined and computed, and when it misleads.
//!
//! Definitions follow dora.dev (as of January 2026) where DORA has the figure.

/// Deployments that count.
pub(crate) const DEPLOYMENTS: &str = "deployments";
/// Expected failed deployments.
pub(crate) const FAILED_DEPLOYMENTS: &str = "failed_deployments";
/// Failed ÷ all deployments.
pub(crate) const CHANGE_FAILURE_RATE: &str = "change_failure_rate";
/// Incidents.
pub(crate) const INCIDENTS: &str = "incidents";
/// Expected incidents caused by a change.
pub(crate) const CHANGE_CAUSED_INCIDENTS: &str = "change_caused_incidents";
/// The same as a share of incidents.
pub(crate) const CHANGE_CAUSED_SHARE: &str = "change_caused_share";
/// Median time to restore.
pub(crate) const RESTORE_MEDIAN: &str = "time_to_restore_median_hours";
/// 90th percentile of the time to restore.
pub(crate) const RESTORE_P90: &str = "time_to_restore_p90_hours";
/// Mean time to restore of restored incidents.
pub(crate) const RESTORE_MEAN: &str = "time_to_restore_mean_hours";
/// Median time to restore of restored incidents.
pub(crate) const RESTORE_MEDIAN_OBSERVED: &str = "time_to_restore_median_observed_hours";
/// Incidents not yet restored.
pub(crate) const OPEN_INCIDENTS: &str = "open_incidents";
/// Median recovery of failed deployments.
pub(crate) const RECOVERY_MEDIAN: &str = "failed_deployment_recovery_median_hours";
/// 90th percentile of it.
pub(crate) const RECOVERY_P90: &str = "failed_deployment_recovery_p90_hours";
/// Deployments per week.
pub(crate) const FREQUENCY: &str = "deployment_frequency_per_week";
/// Days with a deployment per week.
pub(crate) const DEPLOYMENT_DAYS: &str = "deployment_days_per_week";
/// Median change lead time.
pub(crate) const LEAD_TIME_MEDIAN: &str = "lead_time_median_hours";
/// 90th percentile of it.
pub(crate) const LEAD_TIME_P90: &str = "lead_time_p90_hours";
/// Share of unplanned repairs.
pub(crate) const REWORK_RATE: &str = "rework_rate";
/// Median time to detect.
pub(crate) const DETECT_MEDIAN: &str = "time_to_detect_median_hours";
/// Median time to acknowledge.
pub(crate) const ACKNOWLEDGE_MEDIAN: &str = "time_to_acknowledge_median_hours";
/// Incidents per 100 deployments.
pub(crate) const INCIDENTS_PER_DEPLOYMENT: &str = "incidents_per_100_deployments";
/// Share of reopened incidents.
pub(crate) const REOPENED_SHARE: &str = "reopened_share";
/// Share of incidents that repeat.
pub(crate) const REPEAT_SHARE: &str = "repeat_share";

/// A figure explained.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Name in the `metrics` table.
    pub(crate) metric: &'static str,
    /// What people call it.
    pub(crate) label: &'static str,
    /// What is counted.
    pub(crate) definition: &'static str,
    /// How value and interval are computed.
    pub(crate) method: &'static str,
    /// When it misleads.
    pub(crate) misleads: &'static str,
    /// Which export or column fills it.
    pub(crate) filled_by: &'static str,
}

macro_rules! entries {
    ($($metric:ident $label:literal, $definition:literal, $method:literal, $misleads:literal, $filled_by:literal;)+) => {
        &[$(Entry {
            metric: $metric, label: $label, definition: $definition, method: $method, misleads: $misleads, filled_by: $filled_by,
        }),+]
    };
}

/// All figures in the order of the page.
pub(crate) static ENTRIES: &[Entry] = entries! {
    DEPLOYMENTS "Deployments",
        "Deployments to production that succeeded; rollbacks, removals and mere publications are not counted. A release to several services counts once per service.",
        "A count.",
        "It measures volume, not value; splitting one release into ten raises it.",
        "a deployment export";
    FREQUENCY "Deployments per week",
        "Deployments per calendar week.",
        "Median over the weeks whose Thursday lies in the period.",
        "A median hides single busy weeks.",
        "a deployment export";
    DEPLOYMENT_DAYS "Deployment days per week",
        "Days of a calendar week with at least one deployment.",
        "Median over weeks.",
        "Many services make every day a deployment day.",
        "a deployment export";
    CHANGE_FAILURE_RATE "Change failure rate",
        "Expected failed deployments ÷ deployments; a deployment failed if it caused at least one incident.",
        "Jeffreys interval on failures and deployments.",
        "It depends on the rule or model that links incidents to deployments, and on how readily people open incidents.",
        "a deployment export and an incident export";
    FAILED_DEPLOYMENTS "Failed deployments, expected",
        "Sum over deployments of the probability that each caused at least one incident; under a rule the probability is 0 or 1.",
        "A sum.",
        "A rule of nearness in time also counts coincidences.",
        "a deployment export and an incident export";
    RECOVERY_MEDIAN "Failed deployment recovery, median",
        "From the end of a failed deployment until service was restored.",
        "Kaplan–Meier median; what is still open counts up to the export and no further.",
        "It rests on few cases: read the interval.",
        "incidents with a time of restoration, linked to deployments";
    RECOVERY_P90 "Failed deployment recovery, P90",
        "The same; nine of ten recover within it.",
        "Kaplan–Meier 90th percentile.",
        "Needs many cases; it is empty while more than a tenth is still open.",
        "incidents with a time of restoration, linked to deployments";
    LEAD_TIME_MEDIAN "Change lead time, median",
        "First commit of the change set (else its head commit) to the end of the deployment.",
        "Median of the deployments whose commits are known.",
        "Deployments without commit times are left out; compare n with the deployments.",
        "deployments with first_commit_at or commit_at";
    LEAD_TIME_P90 "Change lead time, P90",
        "The same; nine of ten deployments take no longer.",
        "90th percentile.",
        "Old branches dominate it.",
        "deployments with first_commit_at or commit_at";
    REWORK_RATE "Rework rate",
        "Share of deployments that are a hotfix, a rollback or an emergency made because of an incident.",
        "Jeffreys interval.",
        "It sees only what exports mark as hotfix or rollback.",
        "deployments whose kind is known";
    INCIDENTS "Incidents",
        "Incidents by the month in which they started.",
        "A count.",
        "It also measures how readily people open a record.",
        "an incident export";
    CHANGE_CAUSED_INCIDENTS "Incidents caused by a change",
        "Sum over incidents of the probability that a deployment caused each; under a rule the number of linked incidents.",
        "A sum, with the interval of the share times the incidents.",
        "A rule of nearness in time also counts coincidences.",
        "an incident export and a deployment export";
    CHANGE_CAUSED_SHARE "Share of incidents caused by a change",
        "Incidents caused by a change ÷ incidents.",
        "Jeffreys interval.",
        "It rises when other incidents become rarer, without any change being worse.",
        "an incident export and a deployment export";
    RESTORE_MEDIAN "Time to restore, median",
        "Start of the incident (else detection, else opening) until service was restored; half take longer.",
        "Kaplan–Meier median with log-log Greenwood interval; open incidents count up to the export and no further.",
        "Says nothing about the longest incidents: read P90 and the curve.",
        "incidents with a time of restoration";
    RESTORE_P90 "Time to restore, P90",
        "The same; nine of ten are restored within it.",
        "Kaplan–Meier 90th percentile.",
        "Not reached while more than a tenth is open.",
        "incidents with a time of restoration";
    RESTORE_MEAN "Time to restore, mean (MTTR)",
        "Arithmetic mean over restored incidents.",
        "Mean, without interval.",
        "A few long incidents set it, and open ones are left out: never read it without the median.",
        "incidents with a time of restoration";
    RESTORE_MEDIAN_OBSERVED "Time to restore, median of restored",
        "Median over restored incidents alone.",
        "Sample median.",
        "Open incidents are left out, so it is too short while some are open.",
        "incidents with a time of restoration";
    OPEN_INCIDENTS "Open incidents",
        "Incidents not restored when the data were exported.",
        "A count.",
        "Records that nobody closed look like long incidents.",
        "an incident export";
    DETECT_MEDIAN "Time to detect, median",
        "Start of the impact until detection.",
        "Median.",
        "Only incidents with both times; starts are often guessed afterwards.",
        "incidents with started_at and detected_at";
    ACKNOWLEDGE_MEDIAN "Time to acknowledge, median",
        "Record opened until first acknowledgement.",
        "Median.",
        "Automatic acknowledgements make it short.",
        "incidents with acknowledged_at";
    INCIDENTS_PER_DEPLOYMENT "Incidents per 100 deployments",
        "All incidents per 100 deployments, whatever their cause.",
        "A ratio of two counts.",
        "Not a failure rate: most incidents may have other causes.",
        "an incident export and a deployment export";
    REOPENED_SHARE "Reopened incidents",
        "Share of incidents that were reopened at least once.",
        "Jeffreys interval.",
        "Tools differ in whether a late reply reopens a record.",
        "incidents with reopen_count";
    REPEAT_SHARE "Repeated incidents",
        "Share of incidents that follow another of the same service and category within 30 days.",
        "Jeffreys interval.",
        "Coarse categories make unrelated incidents look alike.",
        "incidents with category";
};

/// The entry of that name.
pub(crate) fn entry(metric: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.metric == metric)
}
