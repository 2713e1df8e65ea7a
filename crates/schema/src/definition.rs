//! A definition is data: how an incident is linked to a deployment and how each figure is formed.
//!
//! Every tool has a definition of its own; a preset reproduces it with the same fields, so that a reader can reconcile
//! Sequela's number with the one they know. What each preset does was read from the tool's own source and is checked
//! against the tool's own test cases.

mod presets;

use serde::{Deserialize, Serialize};

pub use presets::PRESETS;

/// How an incident is attributed where no record and no rollback tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribution {
    /// To nothing: incidents are counted, not linked.
    Nothing,
    /// To nothing: only causes that a record names count.
    Record,
    /// The nearest deployment within the look-back, whatever the odds.
    Rule,
    /// A model fitted to the organisation's own data, which can also say "coincidence".
    Model,
}

/// Which deployments an incident may be linked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Those on the incident's services and, where listed in `relations`, on services it depends on.
    Service,
    /// Those of any service of the team; one link per team that owns the incident's services.
    Team,
    /// Those of the whole organisation; a deployment is one unit, however many services it touches.
    Organisation,
}

/// The instant of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentClock {
    /// The first known of started, detected and created.
    FirstKnown,
    /// The creation of the record.
    Created,
}

/// The order in which relations are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// The deployment touched the incident's service.
    SameService,
    /// The incident's service depends on the deployed one.
    DependsOn,
}

impl Relation {
    /// The word in the `relation` column.
    pub const fn word(self) -> &'static str {
        match self {
            Self::SameService => crate::vocabulary::relation::SAME_SERVICE,
            Self::DependsOn => crate::vocabulary::relation::DEPENDS_ON,
        }
    }
}

/// How durations are summarised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DurationSummary {
    /// Kaplan–Meier median and 90th percentile; open records are censored at the extract time.
    KaplanMeier,
    /// The lower of the two middle values of whole minutes; closed records only (Apache DevLake).
    LowerMedianMinutes,
    /// Arithmetic mean of seconds; closed records only (Middleware, Pelorus).
    MeanSeconds,
    /// The median; closed records only (GitLab).
    Median,
    /// The median of whole hours; closed records only (Four Keys).
    MedianWholeHours,
}

/// Where a time to restore begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestoreStart {
    /// At the start of the incident.
    Incident,
    /// At the end of the linked deployment, where that is earlier (Four Keys); the incident then belongs to that month.
    LinkedDeployment,
}

/// What is divided by the deployments in the change failure rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateNumerator {
    /// Deployments that caused at least one incident.
    FailedDeployments,
    /// Pairs of a deployment and an incident that it caused; may exceed the deployments (Four Keys).
    Links,
    /// Incidents, whatever caused them; may exceed the deployments (GitLab, Pelorus).
    Incidents,
}

/// How figures of several services become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    /// Their records are put together.
    Records,
    /// The mean of the services' own rates and durations, each service counting once (Pelorus).
    MeanOfServices,
}

/// The month an incident's time to restore belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestoreMonth {
    /// That of its start.
    Start,
    /// That of its resolution.
    Resolution,
}

/// The unit in which rates are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateUnit {
    /// 0 to 1.
    Ratio,
    /// 0 to 100.
    Percent,
}

/// What a figure is when there is nothing to form it from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenEmpty {
    /// Empty.
    Null,
    /// 0.
    Zero,
}

/// The rule that links incidents to deployments and the formulas of the figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Name of the preset that the other fields started from.
    pub preset: String,
    /// How an incident is attributed where no record and no rollback tells.
    pub attribution: Attribution,
    /// Which deployments an incident may be linked to.
    pub scope: Scope,
    /// Relations in the order in which they are tried (scope `service`).
    pub relations: Vec<Relation>,
    /// Longest time from a deployment to an incident, in hours; absent = no limit.
    pub lookback_hours: Option<f64>,
    /// Whether a deployment that ends in the very instant of the incident can have caused it.
    pub equal_instant_counts: bool,
    /// Outcomes of deployments that count.
    pub deployment_results: Vec<String>,
    /// Whether only deployments whose commit time is known count (Pelorus).
    pub commit_time_needed: bool,
    /// Kinds of deployments that are no candidates and are not counted.
    pub excluded_kinds: Vec<String>,
    /// Kinds that repair: neither candidates nor in the denominator of the change failure rate, only in the rework rate.
    pub uncounted_kinds: Vec<String>,
    /// Whether each commit row of a deployment is a candidate with its own end (DevLake); figures use the last one.
    pub link_by_commit_row: bool,
    /// Whether only deployments between `--from` and `--to` are candidates.
    pub deployments_in_range_only: bool,
    /// Whether recorded causes and rollbacks come before the rule.
    pub use_evidence: bool,
    /// Whether a recorded cause is every deployment that carries the named change or commit (Four Keys); else the latest that does.
    pub every_deployment_of_cause: bool,
    /// Hours after an incident in which a rollback of a candidate counts as evidence.
    pub rollback_hours: f64,
    /// The instant of an incident.
    pub incident_clock: IncidentClock,
    /// States of incidents that are left out.
    pub excluded_incident_states: Vec<String>,
    /// Whether an incident linked within one team also fails the same deployment in another team's figures (DevLake).
    pub failure_crosses_teams: bool,
    /// What is divided by the deployments in the change failure rate.
    pub rate_numerator: RateNumerator,
    /// How figures of several services become one.
    pub pooling: Pooling,
    /// Unit of rates.
    pub rate_unit: RateUnit,
    /// A rate without deployments.
    pub rate_when_empty: WhenEmpty,
    /// How durations are summarised.
    pub durations: DurationSummary,
    /// A duration without records.
    pub duration_when_empty: WhenEmpty,
    /// Where a time to restore begins.
    pub restore_start: RestoreStart,
    /// Month of a time to restore.
    pub restore_month: RestoreMonth,
}

/// How far back the model looks for deployments on related services, in hours.
pub const MODEL_HOURS: f64 = 72.0;
/// How far back it looks for the newest deployments of the incident's own service, in hours, and for how many.
pub const MODEL_OWN_HOURS: f64 = 2160.0;
/// So many newest deployments of the own service are looked for that far back.
pub const MODEL_OWN_NEWEST: usize = 8;
/// Longest time from one incident to another of its service that follows from it, in hours.
pub const MODEL_FOLLOW_UP_HOURS: f64 = 6.0;

impl Definition {
    /// The look-back in microseconds.
    pub fn lookback_micros(&self) -> Option<i64> {
        self.lookback_hours.map(micros)
    }

    /// The time after an incident in which a rollback counts, in microseconds.
    pub fn rollback_micros(&self) -> i64 {
        micros(self.rollback_hours)
    }
}

fn micros(hours: f64) -> i64 {
    (hours * 3.6e9).round() as i64
}

/// The half-open range of instants that figures cover, in microseconds since 1970 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// First instant.
    pub from: i64,
    /// First instant after the range.
    pub to: i64,
}

impl Range {
    /// Whether the instant lies in the range.
    pub fn contains(self, at: i64) -> bool {
        self.from <= at && at < self.to
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_exists_under_its_name() {
        for name in PRESETS {
            assert_eq!(Definition::preset(name).map(|definition| definition.preset).as_deref(), Some(name));
        }
        assert_eq!(Definition::preset("devlake"), None);
    }
}
