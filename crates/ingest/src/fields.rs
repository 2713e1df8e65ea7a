//! What the tables have in common for a reader: which can be read, by which names their columns may be called, what is required.

use sequela_schema::canonical::{
    change_services, changes, dependencies, deployment_commits, deployment_services, deployments, incident_services, incidents, labels,
    problems, quality_measures, service_aliases, service_teams, services, status_events, teams,
};
use sequela_schema::{Column, Table};

/// Tables that `kind = "table"` can fill.
pub(crate) static READABLE: [&Table; 16] = [
    &deployments::TABLE,
    &incidents::TABLE,
    &services::TABLE,
    &dependencies::TABLE,
    &changes::TABLE,
    &problems::TABLE,
    &labels::TABLE,
    &service_aliases::TABLE,
    &teams::TABLE,
    &quality_measures::TABLE,
    &status_events::TABLE,
    &deployment_services::TABLE,
    &incident_services::TABLE,
    &change_services::TABLE,
    &deployment_commits::TABLE,
    &service_teams::TABLE,
];

/// Where a value of a file goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Position of a column of the table.
    Column(usize),
    /// Names of the services of a row.
    Services,
    /// Owners of a service.
    Teams,
    /// Other names of a service.
    Aliases,
    /// Services that a service depends on.
    DependsOn,
    /// The export's own identifier of a row of `deployment_commits`.
    Commit,
    /// When the row was last written.
    Updated,
    /// What orders the rows of one record.
    Order,
}

impl Target {
    fn of(column: &Column) -> Self {
        Self::Column(column.position)
    }
}

/// Where a header or a key of `map` goes in that table: a canonical name or one of the short names.
pub(crate) fn target(table: &'static Table, name: &str) -> Option<Target> {
    let name = crate::text::normal(name);
    short(table.name, &name).or_else(|| table.column(&name).map(Target::of))
}

fn short(table: &str, name: &str) -> Option<Target> {
    let column = |column: &Column| Some(Target::of(column));
    match (table, name) {
        ("deployments" | "incidents" | "changes" | "problems", "updated_at" | "updated_date" | "sys_updated_on" | "sys_updated_at") => {
            Some(Target::Updated)
        }
        ("deployments", "id") => column(&deployments::DEPLOYMENT_ID),
        ("deployments" | "incidents" | "changes", "service" | "services" | "service_name_raw") => Some(Target::Services),
        ("deployments", "status") => column(&deployments::RESULT),
        ("deployments", "commit_id") => Some(Target::Commit),
        ("deployments", "caused_by") => None,
        ("deployments", "created_date") => column(&deployments::CREATED_AT),
        ("deployments", "queued_date") => column(&deployments::QUEUED_AT),
        ("deployments", "started_date") => column(&deployments::STARTED_AT),
        ("deployments", "finished_date") => column(&deployments::FINISHED_AT),
        ("deployments", "original_environment") => column(&deployments::ENVIRONMENT_RAW),
        ("incidents", "id") => column(&incidents::INCIDENT_ID),
        ("incidents", "status") => column(&incidents::STATE),
        ("incidents", "team") => column(&incidents::TEAM_NAME_RAW),
        ("incidents", "caused_by") => column(&incidents::CAUSED_BY_CHANGE_ID),
        ("incidents", "priority") => column(&incidents::PRIORITY_RAW),
        ("incidents", "urgency") => column(&incidents::URGENCY_RAW),
        ("incidents", "impact") => column(&incidents::IMPACT_RAW),
        ("incidents", "created_date") => column(&incidents::CREATED_AT),
        ("incidents", "resolution_date") => column(&incidents::RESOLVED_AT),
        ("changes", "id") => column(&changes::CHANGE_ID),
        ("changes", "status") => column(&changes::STATE),
        ("changes", "team") => column(&changes::TEAM_NAME_RAW),
        ("changes", "priority") => column(&changes::PRIORITY_RAW),
        ("changes", "impact") => column(&changes::IMPACT_RAW),
        ("problems", "id") => column(&problems::PROBLEM_ID),
        ("problems", "status") => column(&problems::STATE),
        ("problems", "service") => column(&problems::SERVICE_NAME_RAW),
        ("problems", "team") => column(&problems::TEAM_NAME_RAW),
        ("services", "id" | "service") => column(&services::SERVICE_ID),
        ("services", "team" | "team_id" | "owner") => Some(Target::Teams),
        ("services", "alias" | "aliases") => Some(Target::Aliases),
        ("services", "depends_on") => Some(Target::DependsOn),
        ("dependencies", "service" | "from") => column(&dependencies::FROM_SERVICE_ID),
        ("dependencies", "depends_on" | "to") => column(&dependencies::TO_SERVICE_ID),
        ("service_aliases", "service") => column(&service_aliases::SERVICE_ID),
        ("service_teams", "service") => column(&service_teams::SERVICE_ID),
        ("service_teams", "team") => column(&service_teams::TEAM_ID),
        ("teams", "id" | "team") => column(&teams::TEAM_ID),
        ("teams", "parent" | "group") => column(&teams::PARENT_TEAM_ID),
        ("quality_measures", "service") => column(&quality_measures::SERVICE_NAME_RAW),
        ("labels", "cause_deployment_id" | "caused_by_deployment_id") => column(&labels::DEPLOYMENT_ID),
        ("deployment_services", "service") => column(&deployment_services::SERVICE_NAME_RAW),
        ("incident_services", "service") => column(&incident_services::SERVICE_NAME_RAW),
        ("change_services", "service") => column(&change_services::SERVICE_NAME_RAW),
        ("deployment_commits", "cicd_deployment_id") => column(&deployment_commits::DEPLOYMENT_ID),
        ("deployment_commits", "service") => column(&deployment_commits::SERVICE_NAME_RAW),
        ("deployment_commits", "status") => column(&deployment_commits::RESULT),
        _ => None,
    }
}

/// The name of a target in messages and as a key of `map`.
pub(crate) fn name(table: &'static Table, target: Target) -> &'static str {
    match target {
        Target::Column(position) => table.columns[position].name,
        Target::Services => "services",
        Target::Teams => "team",
        Target::Aliases => "aliases",
        Target::DependsOn => "depends_on",
        Target::Commit => "commit_id",
        Target::Updated => "updated_at",
        Target::Order => "order_by",
    }
}

/// The column that identifies a row, where repeated values stand for one record.
pub(crate) fn identity(table: &Table) -> Option<&'static Column> {
    Some(match table.name {
        "deployments" => &deployments::DEPLOYMENT_ID,
        "incidents" => &incidents::INCIDENT_ID,
        "changes" => &changes::CHANGE_ID,
        "problems" => &problems::PROBLEM_ID,
        "services" => &services::SERVICE_ID,
        "teams" => &teams::TEAM_ID,
        _ => return None,
    })
}

/// A column that holds our word and the column that holds theirs.
pub(crate) fn twins(table: &Table) -> &'static [(Column, Column)] {
    match table.name {
        "deployments" => {
            const {
                &[
                    (deployments::ENVIRONMENT, deployments::ENVIRONMENT_RAW),
                    (deployments::RESULT, deployments::ORIGINAL_RESULT),
                    (deployments::STATE, deployments::ORIGINAL_STATE),
                ]
            }
        }
        "incidents" => {
            const {
                &[
                    (incidents::SEVERITY, incidents::SEVERITY_RAW),
                    (incidents::STATE, incidents::ORIGINAL_STATE),
                    (incidents::ENVIRONMENT, incidents::ENVIRONMENT_RAW),
                ]
            }
        }
        "changes" => {
            const {
                &[
                    (changes::TYPE, changes::TYPE_RAW),
                    (changes::RISK, changes::RISK_RAW),
                    (changes::STATE, changes::ORIGINAL_STATE),
                    (changes::CLOSE_CODE, changes::CLOSE_CODE_RAW),
                ]
            }
        }
        "problems" => const { &[(problems::STATE, problems::ORIGINAL_STATE)] },
        "services" => const { &[(services::TIER, services::TIER_RAW)] },
        _ => &[],
    }
}

/// Free texts: contacts are masked in them.
pub(crate) fn is_free_text(table: &Table, position: usize) -> bool {
    let name = table.columns[position].name;
    matches!(name, "title" | "description_text" | "root_cause_text" | "workaround_text" | "display_name")
        || (table.name == "deployments" && name == "name")
}

/// Times that tell when the event of a row was, the most telling first.
pub(crate) fn event_times(table: &Table) -> &'static [Column] {
    match table.name {
        "deployments" => const { &[deployments::FINISHED_AT, deployments::STARTED_AT, deployments::QUEUED_AT, deployments::CREATED_AT] },
        "incidents" => const { &[incidents::STARTED_AT, incidents::DETECTED_AT, incidents::CREATED_AT] },
        "changes" => const { &[changes::ACTUAL_START_AT, changes::PLANNED_START_AT, changes::CREATED_AT] },
        "problems" => const { &[problems::CREATED_AT] },
        "quality_measures" => const { &[quality_measures::MEASURED_AT] },
        "status_events" => const { &[status_events::AT] },
        _ => &[],
    }
}

/// Of each group, one column must be there.
pub(crate) fn required(table: &Table) -> Vec<Vec<&'static Column>> {
    let times = match table.name {
        "deployments" | "incidents" | "status_events" => Some(event_times(table).iter().collect()),
        _ => None,
    };
    let provenance = ["source", "source_file", "source_row", "alias_kind"];
    let own = table.columns.iter().filter(|column| !column.nullable && !provenance.contains(&column.name)).map(|column| vec![column]);
    own.chain(times).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_and_canonical_names() {
        let column = |table: &'static Table, name| match target(table, name) {
            Some(Target::Column(position)) => table.columns[position].name,
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(column(&deployments::TABLE, "status"), "result");
        assert_eq!(column(&incidents::TABLE, "status"), "state");
        assert_eq!(column(&incidents::TABLE, "caused_by"), "caused_by_change_id");
        assert_eq!(column(&services::TABLE, "service"), "service_id");
        assert_eq!(column(&dependencies::TABLE, "depends_on"), "to_service_id");
        assert_eq!(column(&incidents::TABLE, "Incident ID"), "incident_id");
        assert_eq!(target(&deployments::TABLE, "services"), Some(Target::Services));
        assert_eq!(target(&deployments::TABLE, "colour"), None);
    }

    #[test]
    fn every_identity_and_requirement_is_a_column_of_its_table() {
        for table in READABLE {
            assert!(identity(table).is_none_or(|column| table.column(column.name).is_some()));
            assert!(!required(table).is_empty(), "{}", table.name);
        }
    }
}
