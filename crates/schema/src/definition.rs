//! A definition is data: how an incident is linked to a deployment and how each figure is formed.
//!
//! Every tool has a definition of its own; a preset reproduces it with the same fields, so that a reader can reconcile
//! Sequela's number with the one they know. What each preset does was read from the tool's own source and is checked
//! against the tool's own test cases.

use serde::{Deserialize, Serialize};

/// How an incident is attributed where no record and no rollback tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribution {
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
    /// Arithmetic mean of seconds; closed records only (Middleware).
    MeanSeconds,
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
    /// Hours after an incident in which a rollback of a candidate counts as evidence.
    pub rollback_hours: f64,
    /// The instant of an incident.
    pub incident_clock: IncidentClock,
    /// States of incidents that are left out.
    pub excluded_incident_states: Vec<String>,
    /// Whether an incident linked within one team also fails the same deployment in another team's figures (DevLake).
    pub failure_crosses_teams: bool,
    /// Unit of rates.
    pub rate_unit: RateUnit,
    /// A rate without deployments.
    pub rate_when_empty: WhenEmpty,
    /// How durations are summarised.
    pub durations: DurationSummary,
    /// A duration without records.
    pub duration_when_empty: WhenEmpty,
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

/// Names of the presets, the default first.
pub const PRESETS: [&str; 6] = ["sequela", "evidence-then-nearest", "nearest-24h", "devlake-2023", "devlake-2021", "middleware"];

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

impl Definition {
    /// The preset of that name.
    pub fn preset(name: &str) -> Option<Self> {
        match name {
            "sequela" => Some(Self::sequela()),
            "evidence-then-nearest" => Some(Self { preset: name.to_owned(), attribution: Attribution::Rule, ..Self::sequela() }),
            "nearest-24h" => Some(Self { preset: name.to_owned(), attribution: Attribution::Rule, use_evidence: false, ..Self::sequela() }),
            "devlake-2023" | "devlake-2021" => Some(Self::devlake(name)),
            "middleware" => Some(Self::middleware()),
            _ => None,
        }
    }

    /// Recorded causes first, else the fitted model, to which a rollback right after the incident is a mark. As a rule
    /// (`evidence-then-nearest`): recorded causes and rollbacks first, else the nearest deployment on the service, then on a
    /// direct dependency, within 24 hours.
    pub fn sequela() -> Self {
        Self {
            preset: "sequela".to_owned(),
            attribution: Attribution::Model,
            scope: Scope::Service,
            relations: vec![Relation::SameService, Relation::DependsOn],
            lookback_hours: Some(24.0),
            equal_instant_counts: false,
            deployment_results: words(&["success"]),
            excluded_kinds: words(&["remove", "publish_only"]),
            uncounted_kinds: words(&["rollback"]),
            link_by_commit_row: false,
            deployments_in_range_only: false,
            use_evidence: true,
            rollback_hours: 4.0,
            incident_clock: IncidentClock::FirstKnown,
            excluded_incident_states: words(&["cancelled", "merged"]),
            failure_crosses_teams: false,
            rate_unit: RateUnit::Ratio,
            rate_when_empty: WhenEmpty::Null,
            durations: DurationSummary::KaplanMeier,
            duration_when_empty: WhenEmpty::Null,
            restore_month: RestoreMonth::Start,
        }
    }

    /// Apache DevLake: the latest successful production deployment of the project that finished before the incident was
    /// created, without a limit in time.
    fn devlake(name: &str) -> Self {
        Self {
            preset: name.to_owned(),
            attribution: Attribution::Rule,
            scope: Scope::Team,
            lookback_hours: None,
            excluded_kinds: Vec::new(),
            uncounted_kinds: Vec::new(),
            link_by_commit_row: true,
            use_evidence: false,
            incident_clock: IncidentClock::Created,
            excluded_incident_states: Vec::new(),
            failure_crosses_teams: true,
            durations: DurationSummary::LowerMedianMinutes,
            duration_when_empty: WhenEmpty::Zero,
            restore_month: RestoreMonth::Resolution,
            ..Self::sequela()
        }
    }

    /// Middleware: the last deployment of the team, failed ones included, that ended at or before the incident; only
    /// deployments of the interval.
    fn middleware() -> Self {
        Self {
            preset: "middleware".to_owned(),
            equal_instant_counts: true,
            deployment_results: words(&["success", "failure"]),
            link_by_commit_row: false,
            deployments_in_range_only: true,
            failure_crosses_teams: false,
            rate_unit: RateUnit::Percent,
            rate_when_empty: WhenEmpty::Zero,
            durations: DurationSummary::MeanSeconds,
            duration_when_empty: WhenEmpty::Null,
            ..Self::devlake("middleware")
        }
    }

    /// The look-back in microseconds.
    pub fn lookback_micros(&self) -> Option<i64> {
        self.lookback_hours.map(micros)
    }

    /// The time after an incident in which a rollback counts, in microseconds.
    pub fn rollback_micros(&self) -> i64 {
        micros(self.rollback_hours)
    }

    /// One sentence for readers: what this definition calls a cause.
    pub fn sentence(&self) -> String {
        if self.attribution == Attribution::Model {
            return "A recorded cause first; else a model fitted to these data gives every earlier deployment, a follow-up of another incident \
                    and coincidence a probability, and takes a rollback right after the incident as a hint."
                .to_owned();
        }
        let nearest = match (self.scope, self.lookback_hours) {
            (Scope::Service, Some(hours)) => {
                format!("the nearest earlier deployment within {hours} h on the service, then on a service it depends on")
            }
            (Scope::Service, None) => "the nearest earlier deployment on the service, then on a service it depends on".to_owned(),
            (Scope::Team, Some(hours)) => format!("the last deployment of the owning team within {hours} h"),
            (Scope::Team, None) => "the last deployment of the owning team, however long ago".to_owned(),
        };
        if self.use_evidence {
            format!("A recorded cause or a rollback first; else a rule: {nearest}.")
        } else {
            format!("A rule: {nearest}.")
        }
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
