//! Which incident is held against which deployment.

use crate::column::table;

table! {
    /// One row per incident, scope and deployment held responsible or considered.
    links by INCIDENT_ID, SCOPE_ID, RANK {
        INCIDENT_ID "incident_id" Text required "Incident.";
        DEPLOYMENT_ID "deployment_id" Text required "Deployment.";
        SCOPE_ID "scope_id" Text optional "Team, for definitions that link within a team; else empty.";
        RANK "rank" Int required "1 = likeliest.";
        RELATION "relation" Text required "`same_service`, `depends_on`, `two_hops`, `same_team` or `asserted`.";
        LAG_SECONDS "lag_seconds" Real optional "Seconds from the deployment to the incident; negative when the deployment ended later.";
        EVIDENCE "evidence" Text required "`asserted`, `rollback`, `model` or `rule`.";
        PROBABILITY "probability" Real required "Probability that this deployment caused the incident; 1 for the deployment that a rule links.";
    }
}

table! {
    /// One row per incident: was it caused by a change?
    incident_attribution by INCIDENT_ID {
        INCIDENT_ID "incident_id" Text required "Incident.";
        SERVICE_ID "service_id" Text optional "Primary service.";
        TEAM_ID "team_id" Text optional "Owning team.";
        CREATED_AT "created_at" Instant optional "Start used for linking.";
        CANDIDATES "candidates" Int required "Deployments on related services within the look-back; those that the model weighed where it was asked.";
        P_CHANGE "p_change" Real required "Probability that a change caused it, directly or through the incident that it follows from.";
        P_BACKGROUND "p_background" Real required "Probability that none did.";
        P_FOLLOWUP "p_followup" Real required "Probability that it follows from the incident before on its service; as far as a change caused that one it is part of `p_change`.";
        VERDICT "verdict" Text required "`change`, `background`, `undetermined` (`p_change` from 0.3 to 0.7) or `insufficient_data` (the model may not judge: too few data, no detectable effect, or no service).";
        TOP_DEPLOYMENT_ID "top_deployment_id" Text optional "Likeliest deployment.";
        TOP_PROBABILITY "top_probability" Real optional "Its probability.";
        EVIDENCE "evidence" Text optional "What the verdict rests on: `asserted`, `rollback`, `model` or `rule`.";
    }
}

table! {
    /// One row per production deployment that counts: did it fail?
    deployment_outcomes by DEPLOYMENT_ID {
        DEPLOYMENT_ID "deployment_id" Text required "Deployment.";
        SERVICE_ID "service_id" Text optional "Service; the first one where several are touched.";
        TEAM_ID "team_id" Text optional "Owner of that service.";
        FINISHED_AT "finished_at" Instant optional "End of the deployment.";
        P_FAILED "p_failed" Real required "Probability that it caused at least one incident.";
        EXPECTED_INCIDENTS "expected_incidents" Real required "Expected number of incidents that it caused.";
        ASSERTED_INCIDENTS "asserted_incidents" Int required "Incidents whose record names it, or that its rollback shows.";
        WORST_SEVERITY "worst_severity" Int optional "Worst severity among the linked incidents; 1 is worst.";
        RECOVERY_HOURS "recovery_hours" Real optional "Hours from its end until service was restored; empty while open.";
        IS_OPEN "is_open" Bool required "Whether a linked incident is not yet restored.";
    }
}

table! {
    /// One row per incident and deployment that was considered: the newest few of each relation, linked or not.
    candidates by INCIDENT_ID, SCOPE_ID, POSITION {
        INCIDENT_ID "incident_id" Text required "Incident.";
        SCOPE_ID "scope_id" Text optional "Team, for definitions that link within a team; else empty.";
        POSITION "position" Int required "1 = first in the order of the definition: closest relation, then newest.";
        DEPLOYMENT_ID "deployment_id" Text required "Deployment.";
        SERVICE_ID "service_id" Text optional "Service through which it is related.";
        RELATION "relation" Text required "`same_service`, `depends_on`, `two_hops` or `same_team`.";
        LAG_SECONDS "lag_seconds" Real required "Seconds from the deployment to the incident.";
    }
}

table! {
    /// One row per deployment, service and owner: what rates count. Organisation and service figures take each
    /// (deployment, service) once; definitions that link within a team have one row per deployment and team.
    deployment_units by DEPLOYMENT_ID, SERVICE_ID, TEAM_ID {
        DEPLOYMENT_ID "deployment_id" Text required "Deployment.";
        SERVICE_ID "service_id" Text optional "Service; the first one under team-scoped definitions.";
        TEAM_ID "team_id" Text optional "Owner of the service.";
        COUNTED_AT "counted_at" Instant required "Instant that puts it into a month: the end of the deployment.";
        IS_COUNTED "is_counted" Bool required "Whether it is in the denominator of the change failure rate (rollbacks are not).";
        IS_REWORK "is_rework" Bool required "Whether it is a hotfix or rollback.";
        LEAD_TIME_HOURS "lead_time_hours" Real optional "Hours from the first commit to the end of the deployment.";
        P_FAILED "p_failed" Real required "Probability that it caused at least one incident.";
        IS_ASSERTED "is_asserted" Bool required "Whether a record names it as a cause, or it was rolled back after an incident.";
        RECOVERY_HOURS "recovery_hours" Real optional "Hours from its end until the linked incidents were restored; the time observed so far while one is open.";
        RECOVERY_IS_OPEN "recovery_is_open" Bool optional "Whether a linked incident is not yet restored.";
    }
}

table! {
    /// One row per incident and owning team: the unit that restore times count.
    incident_units by INCIDENT_ID, TEAM_ID, SERVICE_ID {
        INCIDENT_ID "incident_id" Text required "Incident.";
        TEAM_ID "team_id" Text optional "Owner of the service; the assignment group where no service has an owner.";
        SERVICE_ID "service_id" Text optional "Service.";
        STARTED_AT "started_at" Instant optional "Start used for linking and for months: the first known of start, detection and creation.";
        RESTORED_AT "restored_at" Instant optional "Earliest of mitigated and resolved.";
        HOURS "hours" Real optional "Hours from start to restored; while open, the time observed until the extract.";
        IS_OPEN "is_open" Bool required "Whether it is not yet restored.";
        P_CHANGE "p_change" Real required "Probability that a change caused it.";
    }
}

table! {
    /// What the model says of incidents moved by whole weeks, which no deployment can have caused: how far its figures are to be believed.
    placebo by STATISTIC {
        STATISTIC "statistic" Text required "`share_change_caused`: share of incidents put down to deployments; `share_by_timing`: the same without what rollbacks say; `false_links_at_50`, `false_links_at_90`: of incidents put down to a change with at least that probability the share that is expected to be false.";
        OBSERVED "observed" Real optional "On the data as they are.";
        PLACEBO_MEAN "placebo_mean" Real optional "Mean over the moved copies.";
        PLACEBO_MAX "placebo_max" Real optional "Largest of the moved copies.";
        REPLICATES "replicates" Int required "Moved copies.";
        DETECTABLE "detectable" Bool optional "Whether `share_by_timing` exceeds the share on every moved copy: a test at 1 in (replicates + 1).";
        NOTE "note" Text optional "Sensitivity that was chosen, or why there is no figure.";
    }
}

table! {
    /// One row per team and service with deployments and incidents: are there more incidents after its deployments than by chance? A test
    /// that needs no model; it tells of timing, not of cause, and a team or service without a finding may still have an effect.
    association by SCOPE, SCOPE_ID {
        SCOPE "scope" Text required "`organisation`, `team` or `service`.";
        SCOPE_ID "scope_id" Text required "Identifier of the team or service; empty for the organisation.";
        INCIDENTS "incidents" Int required "Incidents; those within six hours of another on the service count once.";
        AFTER "after" Int required "Of these, within four hours after a deployment of their own service.";
        EXPECTED "expected" Real required "How many would be there by chance: mean over 999 exchanges of weeks.";
        P "p" Real optional "Probability of so many or more by chance (mid-p).";
        Q "q" Real optional "The same adjusted for all scopes of the kind (Benjamini-Hochberg).";
        FINDING "finding" Text required "`more than chance` (q at most 0.1), `not shown`, or `not tested`.";
    }
}

table! {
    /// One row per step of the fitted response curve: how long after a deployment the incidents that it causes appear.
    response_curve by HOURS_FROM {
        HOURS_FROM "hours_from" Real required "Hours since the deployment ended: start of the step.";
        HOURS_TO "hours_to" Real required "End of the step.";
        SHARE "share" Real required "Share of the incidents that a deployment causes that appear in the step, as fitted; the column sums to 1.";
        PRIOR "prior" Real required "The same before any data (log-normal, median one hour, sigma 1.5), which counts as 100 incidents.";
    }
}

table! {
    /// One row per name that events carry and that several services of the catalog claim, such as the repository of many components.
    ambiguous_names by NAME {
        NAME "name" Text required "Name as the events have it.";
        SERVICES "services" Text required "Services that claim it, joined by `, `.";
        DEPLOYMENTS "deployments" Int required "Deployments that carry it.";
        INCIDENTS "incidents" Int required "Incidents that carry it.";
        CHANGES "changes" Int required "Change records that carry it.";
    }
}

table! {
    /// One row per service name that events carry and the catalog does not know (shadow DevOps), or knows without an owner.
    unowned_services by NAME {
        NAME "name" Text required "Name as the events have it.";
        DEPLOYMENTS "deployments" Int required "Deployments that carry it.";
        INCIDENTS "incidents" Int required "Incidents that carry it.";
        CHANGES "changes" Int required "Change records that carry it.";
        IN_CATALOG "in_catalog" Bool required "Whether the catalog has it, without an owner.";
        CLOSEST_NAME "closest_name" Text optional "Most similar known name.";
        SIMILARITY "similarity" Real optional "Similarity to it, 0 to 1 (Jaro-Winkler; upper case, blanks and underscores do not matter).";
        CLOSEST_NAMES "closest_names" Text optional "Up to three known names with a similarity of at least 0.8, the most similar first: `name (0.95)`, joined by `, `.";
        DEPLOYMENTS_SHARE "deployments_share" Real optional "Share of all deployments.";
        INCIDENTS_SHARE "incidents_share" Real optional "Share of all incidents.";
        FAILED_DEPLOYMENTS "failed_deployments" Real optional "Expected number of its deployments that caused an incident.";
        FAILED_DEPLOYMENTS_SHARE "failed_deployments_share" Real optional "Share of all that did.";
        CHANGE_CAUSED "change_caused" Real optional "Expected number of its incidents that a change caused.";
        CHANGE_CAUSED_SHARE "change_caused_share" Real optional "Share of all that a change caused.";
        HOURS_LOST "hours_lost" Real optional "Hours from start to restored of its incidents, summed; open ones count up to the extract.";
        HOURS_LOST_SHARE "hours_lost_share" Real optional "Share of all hours.";
    }
}
