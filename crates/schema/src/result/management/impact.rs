//! What a deployment did to the services that it touched.

use crate::column::table;

table! {
    /// One row per production deployment that counts, and one per release that fans out to several: what followed it.
    release_impact by SCOPE, SCOPE_ID {
        SCOPE "scope" Text required "`deployment` or `release` (deployments that share a release group).";
        SCOPE_ID "scope_id" Text required "Identifier of the deployment or of the release group.";
        SERVICE_ID "service_id" Text optional "Service; the first one where several are touched.";
        TEAM_ID "team_id" Text optional "Owner of that service.";
        DEPLOYMENTS "deployments" Int required "Deployments: 1, or those of the release.";
        SERVICES "services" Int required "Services touched.";
        FINISHED_AT "finished_at" Instant optional "End of the last of them.";
        EXPECTED_INCIDENTS "expected_incidents" Real required "Expected number of incidents put down to it.";
        ASSERTED_INCIDENTS "asserted_incidents" Int required "Incidents whose record names it, or that its rollback shows.";
        WORST_SEVERITY "worst_severity" Int optional "Worst severity among the linked incidents; 1 is worst.";
        P_FAILED "p_failed" Real required "Probability that it caused at least one incident.";
        RESTORE_HOURS "restore_hours" Real optional "Hours from its end until service was restored; empty while open or without a linked incident.";
        HOURS_LOST "hours_lost" Real required "Hours from start to restored of the linked incidents, weighted by probability; open ones count up to the extract.";
        IS_OPEN "is_open" Bool required "Whether a linked incident is not yet restored.";
        INCIDENTS_BEFORE "incidents_before" Int optional "Incidents on the touched services in the window before.";
        HOURS_BEFORE "hours_before" Real optional "Hours observed before.";
        INCIDENTS_AFTER "incidents_after" Int optional "Incidents in the window after.";
        HOURS_AFTER "hours_after" Real optional "Hours observed after, up to the extract.";
        RATE_RATIO "rate_ratio" Real optional "Incidents per hour after ÷ before.";
        RATE_RATIO_LOWER "rate_ratio_lower" Real optional "Lower end of its 90 % interval.";
        RATE_RATIO_UPPER "rate_ratio_upper" Real optional "Upper end; empty when nothing bounds it.";
        STEADY_AFTER_HOURS "steady_after_hours" Real optional "Hours from its end until the incident rate was back to its earlier level.";
        STEADY_STATE "steady_state" Text required "`reached`, `not reached`, `never left` or `too few to say`.";
    }
}
