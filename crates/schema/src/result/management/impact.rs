//! What a deployment did to the services that it touched.

use crate::column::table;

table! {
    /// One row per production deployment of the range that counts, and one per release that fans out to several: what followed it. The
    /// ratio of rates before and after is an association. It misleads where a service is deployed often, since the windows of its
    /// deployments overlap (`other_deployments_after`), and where a deployment follows a bad week, after which a better one is likely.
    release_impact by SCOPE, SCOPE_ID {
        SCOPE "scope" Text required "`deployment` or `release` (deployments that share a release group).";
        SCOPE_ID "scope_id" Text required "Identifier of the deployment or of the release group.";
        RELEASE_GROUP_ID "release_group_id" Text optional "Release that the deployment is part of, where it has a row of its own: hours stand in both.";
        SERVICE_ID "service_id" Text optional "Service; the first one where several are touched.";
        TEAM_ID "team_id" Text optional "Owner of that service.";
        DEPLOYMENTS "deployments" Int required "Deployments: 1, or those of the release.";
        SERVICES "services" Int required "Services touched.";
        STARTED_AT "started_at" Instant optional "Start of the first of them; its end where no start is recorded.";
        FINISHED_AT "finished_at" Instant optional "End of the last of them.";
        EXPECTED_INCIDENTS "expected_incidents" Real required "Expected number of incidents put down to it.";
        ASSERTED_INCIDENTS "asserted_incidents" Int required "Incidents whose record names it, or that its rollback shows.";
        WORST_SEVERITY "worst_severity" Int optional "Worst severity among the linked incidents; 1 is worst.";
        P_FAILED "p_failed" Real required "Probability that it caused at least one incident. Of a release: an incident that one of its deployments caused, whichever, is caused by the release.";
        RESTORE_HOURS "restore_hours" Real optional "Hours from its end until service was restored; empty while open or without a linked incident.";
        HOURS_LOST "hours_lost" Real required "Hours from start to restored of the linked incidents, each weighted by the probability of the link; open ones count up to the extract.";
        ASSERTED_HOURS "asserted_hours" Real required "The same of incidents whose record names it, or that its rollback shows, unweighted.";
        IS_OPEN "is_open" Bool required "Whether a linked incident is not yet restored.";
        INCIDENTS_BEFORE "incidents_before" Int optional "Incidents on the touched services in the 28 days before its start; one that names two of them counts for both.";
        HOURS_BEFORE "hours_before" Real optional "Hours observed before, times services; from the start of the range at the earliest.";
        INCIDENTS_AFTER "incidents_after" Int optional "Incidents from its start until 7 days after its end.";
        HOURS_AFTER "hours_after" Real optional "Hours observed after, times services; up to the extract at the latest.";
        OTHER_DEPLOYMENTS_AFTER "other_deployments_after" Int optional "Other deployments on these services in the same time, to which the ratio is due as much.";
        RATE_RATIO "rate_ratio" Real optional "Incidents per hour after ÷ before; empty where there were none before. An association.";
        RATE_RATIO_LOWER "rate_ratio_lower" Real optional "Lower end of its 90 % interval (exact, conditional on the sum of both counts). Too narrow where incidents come in bursts.";
        RATE_RATIO_UPPER "rate_ratio_upper" Real optional "Upper end; empty when nothing bounds it.";
        STEADY_LIMIT "steady_limit" Int optional "Incidents within 24 hours that the earlier rate still explains: more would come in 1 day of 100.";
        STEADY_AFTER_HOURS "steady_after_hours" Real optional "Hours from its end until the incident rate was back to its earlier level: the first time from which 24 hours pass with no more than `steady_limit` incidents; 0 where the first 24 hours do.";
        STEADY_STATE "steady_state" Text required "`reached`, `not reached` (within 28 days, or up to the extract), `never left` or `too few to say` (fewer than 5 incidents before, or fewer than 24 hours observed after).";
    }
}
