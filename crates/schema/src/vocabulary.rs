//! Words that columns may hold, declared once: kinds, outcomes, verdicts, evidence and relations.

/// `environment` of a production deployment.
pub const PRODUCTION: &str = "production";
/// `result` of a deployment that worked.
pub const SUCCESS: &str = "success";

/// `kind` of a deployment.
pub mod kind {
    /// An ordinary deployment.
    pub const DEPLOY: &str = "deploy";
    /// Undoes an earlier deployment.
    pub const ROLLBACK: &str = "rollback";
    /// Repairs production in a hurry.
    pub const HOTFIX: &str = "hotfix";
    /// Changes configuration only.
    pub const CONFIG_CHANGE: &str = "config_change";
    /// Switches a feature flag.
    pub const FEATURE_FLAG: &str = "feature_flag";
    /// Takes a service away.
    pub const REMOVE: &str = "remove";
    /// Publishes an artifact without running it.
    pub const PUBLISH_ONLY: &str = "publish_only";
}

/// `relation` between a deployment and an incident.
pub mod relation {
    /// The deployment touched the service of the incident.
    pub const SAME_SERVICE: &str = "same_service";
    /// The service of the incident depends on the deployed one.
    pub const DEPENDS_ON: &str = "depends_on";
    /// Through one service in between.
    pub const TWO_HOPS: &str = "two_hops";
    /// Another service of the same team.
    pub const SAME_TEAM: &str = "same_team";
    /// A person or tool named the deployment as the cause.
    pub const ASSERTED: &str = "asserted";
}

/// `evidence` of a link.
pub mod evidence {
    /// A record names the cause.
    pub const ASSERTED: &str = "asserted";
    /// The deployment was rolled back after the incident began.
    pub const ROLLBACK: &str = "rollback";
    /// The attribution model.
    pub const MODEL: &str = "model";
    /// A rule of nearness in time.
    pub const RULE: &str = "rule";
}

/// `verdict` on an incident.
pub mod verdict {
    /// Caused by a change.
    pub const CHANGE: &str = "change";
    /// Not caused by a change.
    pub const BACKGROUND: &str = "background";
    /// Could be either.
    pub const UNDETERMINED: &str = "undetermined";
    /// Too little data to say.
    pub const INSUFFICIENT_DATA: &str = "insufficient_data";
}

/// `scope` of a metric.
pub mod scope {
    /// The whole organisation.
    pub const ORGANISATION: &str = "organisation";
    /// One team.
    pub const TEAM: &str = "team";
    /// A team together with all teams beneath it.
    pub const GROUP: &str = "group";
    /// One service.
    pub const SERVICE: &str = "service";
}

/// `period` of a metric.
pub mod period {
    /// Calendar month in the organisation's zone.
    pub const MONTH: &str = "month";
    /// Calendar quarter in the organisation's zone.
    pub const QUARTER: &str = "quarter";
    /// ISO week, from Monday.
    pub const WEEK: &str = "week";
    /// The whole range.
    pub const ALL: &str = "all";
}

/// `measure` of an evaluation.
pub mod measure {
    /// Of the incidents called change-caused, the share that is.
    pub const PRECISION: &str = "precision";
    /// Of the change-caused incidents, the share called so.
    pub const RECALL: &str = "recall";
    /// Harmonic mean of the two.
    pub const F1: &str = "f1";
    /// Of the change-caused incidents, the share whose cause stands first.
    pub const TOP_1: &str = "top_1";
    /// The share whose cause stands among the first five.
    pub const TOP_5: &str = "top_5";
    /// How far stated probabilities lie from what was so.
    pub const CALIBRATION_ERROR: &str = "expected_calibration_error";
    /// Mean squared error of stated probabilities.
    pub const BRIER: &str = "brier";
    /// Mean absolute error of the teams' change failure rates.
    pub const TEAM_RATE_ERROR: &str = "team_rate_error";
    /// Kendall's tau-a between the true and the estimated order of teams.
    pub const TEAM_RATE_TAU: &str = "team_rate_tau";
}

/// `labels` of an evaluation: where known causes come from.
pub mod labels {
    /// A table of known causes.
    pub const TRUTH: &str = "truth";
    /// Causes that the records of incidents name.
    pub const ASSERTED: &str = "asserted";
    /// Deployments that were rolled back soon after an incident began.
    pub const ROLLBACK: &str = "rollback";
}
