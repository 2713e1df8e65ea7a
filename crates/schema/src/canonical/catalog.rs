//! Services, their names, owners and dependencies (Backstage's model).

use crate::column::{canonical_table, table};

canonical_table! {
    /// One row per service (Backstage Component, ServiceNow `cmdb_ci_service`).
    services by SERVICE_ID {
        SERVICE_ID "service_id" Text required "Identifier.";
        NAME "name" Text optional "Name.";
        DISPLAY_NAME "display_name" Text optional "Title for people.";
        NAMESPACE "namespace" Text optional "Namespace.";
        TYPE "type" Text optional "Kind of component.";
        LIFECYCLE "lifecycle" Text optional "Lifecycle stage.";
        TIER "tier" Int optional "1 (most critical) to 4.";
        TIER_RAW "tier_raw" Text optional "Criticality as written.";
        TEAM_ID "team_id" Text optional "Owner; the first one where several own it (all stand in `service_teams`).";
        SYSTEM "system" Text optional "System that it is part of.";
        DOMAIN "domain" Text optional "Domain.";
        REPO_URL "repo_url" Text optional "Repository.";
        LANGUAGE "language" Text optional "Programming language.";
    }
}

table! {
    /// One row per service and owning team; several owners are allowed.
    service_teams by SERVICE_ID, TEAM_ID {
        SERVICE_ID "service_id" Text required "Service.";
        TEAM_ID "team_id" Text required "Team.";
    }
}

table! {
    /// One row per other name of a service: what exports call it.
    service_aliases by ALIAS, ALIAS_KIND, SERVICE_ID {
        ALIAS "alias" Text required "The other name.";
        ALIAS_KIND "alias_kind" Text required "`name`, `sys_id`, `pd_id`, `repo`, `image`, `k8s`, `component` or `ci`.";
        SERVICE_ID "service_id" Text required "Service.";
        BASIS "basis" Text optional "Where the alias was read.";
    }
}

canonical_table! {
    /// One row per team.
    teams by TEAM_ID {
        TEAM_ID "team_id" Text required "Identifier.";
        NAME "name" Text optional "Name.";
        PARENT_TEAM_ID "parent_team_id" Text optional "Group that it belongs to: the identifier or name of a team, or of a group that no row describes.";
    }
}

canonical_table! {
    /// One row per dependency: the first service depends on the second.
    dependencies by FROM_SERVICE_ID, TO_SERVICE_ID {
        FROM_SERVICE_ID "from_service_id" Text required "Service that depends.";
        TO_SERVICE_ID "to_service_id" Text required "Service depended on.";
        KIND "kind" Text optional "Kind of relation.";
        DIRECTION_NOTE "direction_note" Text optional "How the direction was read.";
    }
}
