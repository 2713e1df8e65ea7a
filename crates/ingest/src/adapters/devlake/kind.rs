//! Tells DevLake's tables apart by their columns. Only columns that are never empty decide, since some forms leave out what is empty.

/// What the rows of a table are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Deployments,
    DeploymentCommits,
    Pipelines,
    PipelineCommits,
    Incidents,
    Issues,
    BoardIssues,
    ProjectMapping,
    /// `cicd_scopes`, `repos` or `boards`.
    Scopes,
    /// Tables that are known and not used.
    LeftAlone,
}

/// Tables of scopes by name.
pub(super) const SCOPES: [&str; 3] = ["cicd_scopes", "repos", "boards"];

/// The first whose columns are all there counts.
const SIGNATURES: [(Kind, &[&str]); 14] = [
    (Kind::DeploymentCommits, &["cicd_deployment_id", "commit_sha", "result", "status"]),
    (Kind::DeploymentCommits, &["commit_sha", "result", "original_status", "original_result", "display_title"]),
    // Tasks are parts of pipelines.
    (Kind::LeftAlone, &["id", "pipeline_id", "result", "status", "type", "original_status"]),
    (Kind::PipelineCommits, &["pipeline_id", "commit_sha", "repo_id", "repo_url"]),
    (Kind::Pipelines, &["id", "name", "result", "status", "type", "environment", "original_status"]),
    (Kind::Deployments, &["id", "result", "status", "environment", "cicd_scope_id"]),
    (Kind::Deployments, &["id", "result", "status", "environment", "original_environment", "display_title"]),
    (Kind::Incidents, &["id", "incident_key", "status", "original_status", "created_date"]),
    (Kind::Issues, &["id", "issue_key", "type", "status", "original_status", "icon_url"]),
    (Kind::BoardIssues, &["board_id", "issue_id"]),
    (Kind::ProjectMapping, &["project_name", "table", "row_id"]),
    // What DevLake linked is its opinion: a baseline to compare with, no evidence.
    (Kind::LeftAlone, &["id", "project_name", "deployment_id", "_raw_data_table"]),
    // Teams of persons; projects own scopes.
    (Kind::LeftAlone, &["id", "name", "alias", "parent_id", "sorting_index"]),
    // The tool layer, below the domain tables.
    (Kind::LeftAlone, &["connection_id", "_raw_data_table"]),
];

/// Tables that are known by name where an export has stripped what speaks for them.
const NAMED: [(&str, &str); 4] = [
    ("_tool_", "connection_id"),
    ("project_incident_deployment_relationships", "deployment_id"),
    ("project_issue_metrics", "deployment_id"),
    ("issue_assignees", "issue_id"),
];

impl Kind {
    /// The kind of a table or record with these columns, in a file of that name.
    pub(super) fn of(file: &str, has: impl Fn(&str) -> bool) -> Option<Self> {
        let signature = SIGNATURES.iter().find(|(_, columns)| columns.iter().all(|column| has(column))).map(|(kind, _)| *kind);
        let named = || NAMED.iter().any(|(name, column)| file.starts_with(name) && has(column)).then_some(Self::LeftAlone);
        signature.or_else(named)
    }
}

/// Whether a table may be one of scopes: its columns are those of many tables, so that identifiers or the name must speak for it.
pub(super) fn has_scopes(has: impl Fn(&str) -> bool) -> bool {
    ["id", "name", "url", "description"].iter().all(|column| has(column))
}

/// Whether an identifier is built like DevLake's: `github:GithubRepo:1:134018330` or `webhook:1`.
pub(super) fn is_identifier(id: &str) -> bool {
    let mut parts = id.splitn(4, ':');
    let (plugin, model, rest) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let is_plugin =
        !plugin.is_empty() && plugin.bytes().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'_');
    let is_model =
        model.starts_with(|letter: char| letter.is_ascii_uppercase()) && model.bytes().all(|letter| letter.is_ascii_alphanumeric());
    is_plugin && (is_model && !rest.is_empty() || plugin == "webhook" && !model.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_of_devlake() {
        for id in ["github:GithubRepo:1:134018330", "azuredevops_go:AzuredevopsRepo:1:0d50", "webhook:1", "jira:JiraBoard:2:8"] {
            assert!(is_identifier(id), "{id}");
        }
        for id in ["servicenow:default:INC1", "https://x", "github", "1", "a:B", "pkg:npm/x"] {
            assert!(!is_identifier(id), "{id}");
        }
    }
}
