//! Presets: the definitions of Sequela and of other tools.

use super::*;

/// Names of the presets, the default first.
pub const PRESETS: [&str; 9] =
    ["sequela", "evidence-then-nearest", "nearest-24h", "devlake-2023", "devlake-2021", "middleware", "fourkeys", "gitlab", "pelorus"];

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
            "fourkeys" => Some(Self::fourkeys()),
            "gitlab" => Some(Self::gitlab()),
            "pelorus" => Some(Self::pelorus()),
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
            commit_time_needed: false,
            excluded_kinds: words(&["remove", "publish_only"]),
            uncounted_kinds: words(&["rollback"]),
            link_by_commit_row: false,
            deployments_in_range_only: false,
            use_evidence: true,
            every_deployment_of_cause: false,
            rollback_hours: 4.0,
            incident_clock: IncidentClock::FirstKnown,
            excluded_incident_states: words(&["cancelled", "merged"]),
            failure_crosses_teams: false,
            rate_numerator: RateNumerator::FailedDeployments,
            pooling: Pooling::Records,
            rate_unit: RateUnit::Ratio,
            rate_when_empty: WhenEmpty::Null,
            durations: DurationSummary::KaplanMeier,
            duration_when_empty: WhenEmpty::Null,
            restore_start: RestoreStart::Incident,
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

    /// Google's Four Keys: a cause is typed into the incident as `root cause: <commit>`, and each deployment that carries the commit is
    /// counted once for each such incident.
    fn fourkeys() -> Self {
        Self {
            preset: "fourkeys".to_owned(),
            attribution: Attribution::Record,
            scope: Scope::Organisation,
            excluded_kinds: Vec::new(),
            uncounted_kinds: Vec::new(),
            every_deployment_of_cause: true,
            incident_clock: IncidentClock::Created,
            excluded_incident_states: Vec::new(),
            rate_numerator: RateNumerator::Links,
            rate_when_empty: WhenEmpty::Zero,
            durations: DurationSummary::MedianWholeHours,
            restore_start: RestoreStart::LinkedDeployment,
            ..Self::sequela()
        }
    }

    /// GitLab: incidents ÷ deployments; the median time that an incident was open.
    fn gitlab() -> Self {
        Self {
            preset: "gitlab".to_owned(),
            attribution: Attribution::Nothing,
            use_evidence: false,
            every_deployment_of_cause: false,
            rate_numerator: RateNumerator::Incidents,
            rate_when_empty: WhenEmpty::Null,
            durations: DurationSummary::Median,
            restore_start: RestoreStart::Incident,
            restore_month: RestoreMonth::Resolution,
            ..Self::fourkeys()
        }
    }

    /// Pelorus: incidents ÷ deployments of a known commit, and the mean time to restore, of each application; then the mean of these.
    fn pelorus() -> Self {
        Self {
            preset: "pelorus".to_owned(),
            scope: Scope::Service,
            commit_time_needed: true,
            pooling: Pooling::MeanOfServices,
            durations: DurationSummary::MeanSeconds,
            restore_month: RestoreMonth::Start,
            ..Self::gitlab()
        }
    }

    /// What a reader calls the tool or rule, to be followed by a figure.
    pub fn title(&self) -> &str {
        match self.preset.as_str() {
            "sequela" => "Sequela",
            "evidence-then-nearest" => "the rule of evidence, then the nearest deployment",
            "nearest-24h" => "the rule of the nearest deployment",
            "devlake-2023" => "Apache DevLake (report of 2023)",
            "devlake-2021" => "Apache DevLake (report of 2021)",
            "middleware" => "Middleware",
            "fourkeys" => "Google's Four Keys",
            "gitlab" => "GitLab",
            "pelorus" => "Pelorus",
            other => other,
        }
    }

    /// What of the tool a preset leaves out, for readers who compare with the tool's own screen; empty where nothing is known to be.
    pub fn not_reproduced(&self) -> &'static str {
        match self.preset.as_str() {
            "fourkeys" => {
                "Its charts are by day and its headline covers the last three months to today; here figures are by month and range                  (`--from`, `--to`). Lead times in minutes and its bucket labels are left out."
            }
            "gitlab" => {
                "Its charts are by day and by environment tier; lead time for merge requests and deployments per day are left out. An                  incident counts where its services or team are, not by project."
            }
            "pelorus" => {
                "Its windows slide with the dashboard and its times to restore belong to the resolution, here to the month of the start; its lead times \
                 are left out. An incident of several services counts on the first. Deployments of every namespace count for it, here those                  to production (`[org] production`)."
            }
            _ => "",
        }
    }

    /// One sentence for readers: what this definition calls a cause.
    pub fn sentence(&self) -> String {
        match self.attribution {
            Attribution::Record if self.every_deployment_of_cause => {
                return "Only causes that a record names: every deployment that carries the named change or commit.".to_owned();
            }
            Attribution::Record => return "Only causes that a record names.".to_owned(),
            Attribution::Nothing if self.pooling == Pooling::MeanOfServices => {
                return "No links: incidents ÷ deployments of each service, then the mean of the services.".to_owned();
            }
            Attribution::Nothing => return "No links: incidents ÷ deployments.".to_owned(),
            Attribution::Rule | Attribution::Model => {}
        }
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
            (Scope::Organisation, Some(hours)) => format!("the last deployment of anyone within {hours} h"),
            (Scope::Organisation, None) => "the last deployment of anyone, however long ago".to_owned(),
            (Scope::Team, None) => "the last deployment of the owning team, however long ago".to_owned(),
        };
        if self.use_evidence {
            format!("A recorded cause or a rollback first; else a rule: {nearest}.")
        } else {
            format!("A rule: {nearest}.")
        }
    }
}
