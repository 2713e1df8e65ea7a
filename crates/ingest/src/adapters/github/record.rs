//! Tells GitHub's records apart, and gives deployments one form, whether they come from REST, GraphQL, a webhook or a tool that stores
//! GraphQL with capital letters.

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::adapters::shared::{repository, values};
use crate::records::documents::object_in;
use crate::text::reference;

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Deployment,
    Status,
    Webhook,
    Run,
    Job,
    Release,
    Issue,
}

impl Form {
    pub(super) const ALL: [Self; 7] = [Self::Deployment, Self::Status, Self::Webhook, Self::Run, Self::Job, Self::Release, Self::Issue];

    pub(super) fn of(record: &Value) -> Option<Self> {
        let has = |keys: &[&str]| keys.iter().all(|key| values::has_key(record, key));
        if has(&["deployment_url", "state"]) {
            Some(Self::Status)
        } else if has(&["statuses_url", "sha"]) && (has(&["task"]) || has(&["environment"])) || is_graphql(record) {
            Some(Self::Deployment)
        } else if values::has(record, "deployment.statuses_url") {
            Some(Self::Webhook)
        } else if has(&["run_number", "head_sha", "workflow_id"]) {
            Some(Self::Run)
        } else if has(&["run_id", "run_url", "head_sha", "name"]) {
            Some(Self::Job)
        } else if has(&["tag_name", "target_commitish", "prerelease"]) {
            Some(Self::Release)
        } else {
            is_issue(record).then_some(Self::Issue)
        }
    }

    /// What records of this form are called.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Deployment => "deployments",
            Self::Status => "deployment statuses",
            Self::Webhook => "webhooks of deployments",
            Self::Run => "workflow runs",
            Self::Job => "workflow jobs",
            Self::Release => "releases",
            Self::Issue => "issues",
        }
    }
}

/// A deployment of GraphQL.
fn is_graphql(record: &Value) -> bool {
    let has = |names: [&str; 2]| names.iter().any(|name| record.get(name).is_some());
    has(["commitOid", "CommitOid"]) && (has(["latestStatus", "LatestStatus"]) || has(["statuses", "Statuses"]))
}

/// An issue of the REST API or of `gh issue list`; a pull request in the list of issues is one too.
fn is_issue(record: &Value) -> bool {
    let has = |keys: &[&str]| keys.iter().all(|key| values::has_key(record, key));
    let address = values::first(record, &["url", "html_url"]).unwrap_or_default();
    let written_by_cli = has(&["createdAt"]) && address.contains("github") && address.contains("/issues/");
    has(&["number", "title", "state", "labels"]) && !has(&["head"]) && (has(&["comments_url", "events_url"]) || written_by_cli)
}

/// The text at a path, in REST's, GraphQL's or capital spelling.
fn either<'r>(record: &'r Value, paths: [&str; 2]) -> Option<Cow<'r, str>> {
    values::first(record, &paths)
}

/// State and time of a status; the time may lie in either of two keys.
pub(super) fn state_and_time(status: &Value) -> Option<(Cow<'_, str>, &Value)> {
    let state = either(status, ["state", "State"])?;
    let times = ["created_at", "createdAt", "updated_at", "updatedAt"];
    Some((state, times.iter().find_map(|key| values::at(status, key))?))
}

/// The deployment that a status belongs to.
pub(super) fn deployment_of(status: &Value) -> Option<Cow<'_, str>> {
    let address = values::text(status, "deployment_url")?;
    let id = address.trim_end_matches('/').rsplit('/').next()?.to_owned();
    (!id.is_empty()).then_some(id.into())
}

/// The statuses that are embedded in a deployment.
pub(super) fn statuses(record: &Value) -> Vec<&Value> {
    let lists = ["statuses", "Statuses", "statuses.nodes", "Statuses.nodes"];
    let all = lists.iter().map(|path| values::list(record, path)).find(|list| !list.is_empty());
    match all {
        Some(all) => all.iter().collect(),
        None => ["latestStatus", "LatestStatus"].iter().filter_map(|key| record.get(key)).filter(|status| status.is_object()).collect(),
    }
}

/// The identifier of a deployment.
pub(super) fn id(record: &Value) -> Option<Cow<'_, str>> {
    let database = if is_graphql(record) { either(record, ["databaseId", "DatabaseId"]) } else { None };
    database.or_else(|| either(record, ["id", "Id"]))
}

/// What is kept of a deployment until its statuses are read, under the same keys whatever its spelling.
pub(super) fn deployment(record: &Value) -> Value {
    let graphql = is_graphql(record);
    let payload = ["payload", "Payload"].iter().find_map(|name| object_in(record.get(name)?));
    let said = either(record, ["description", "Description"]).map(Cow::into_owned);
    let said = said.into_iter().chain(payload.as_ref().map(Value::to_string));
    let repository = values::first(record, &["repository_url", "statuses_url"])
        .and_then(|below| repository::address(&below))
        .or_else(|| either(record, ["repository.url", "Repository.Url"]).map(Cow::into_owned));
    json!({
        "id": id(record),
        "sha": values::first(record, &["sha", "commitOid", "CommitOid"]),
        "ref": if graphql { either(record, ["ref.name", "Ref.Name"]) } else { values::text(record, "ref") },
        "task": either(record, ["task", "Task"]),
        "environment": either(record, ["environment", "Environment"]),
        "production": record.get("production_environment"),
        "transient": record.get("transient_environment"),
        "repository": repository,
        "service": payload.as_ref().and_then(|payload| values::text(payload, "service")),
        "change": said.into_iter().find_map(|text| reference(&text, "CHG").map(str::to_owned)),
        "state": if graphql { either(record, ["state", "State"]) } else { None },
        "url": values::text(record, "url"),
        "created_at": values::first(record, &["created_at", "createdAt", "CreatedAt"]),
        "updated_at": values::first(record, &["updated_at", "updatedAt", "UpdatedAt"]),
        "committed_at": either(record, ["commit.committedDate", "Commit.CommittedDate"]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rest_and_graphql_give_the_same() {
        let rest = json!({"id": 7, "sha": "abc", "ref": "main", "task": "deploy", "environment": "production",
            "statuses_url": "https://api.github.com/repos/o/r/deployments/7/statuses", "repository_url": "https://api.github.com/repos/o/r",
            "payload": "{\"service\":\"pay\"}", "description": "CHG0012345"});
        let one = deployment(&rest);
        assert_eq!((one["id"].as_str(), one["repository"].as_str()), (Some("7"), Some("https://github.com/o/r")));
        assert_eq!((one["service"].as_str(), one["change"].as_str()), (Some("pay"), Some("CHG0012345")));
        let graphql = json!({"DatabaseId": 7, "CommitOid": "abc", "Ref": {"Name": "main"}, "Environment": "production",
            "Repository": {"Name": "r", "Url": "https://github.com/o/r"}, "LatestStatus": {"State": "SUCCESS", "updatedAt": "2026-01-01T00:00:00Z"}});
        let other = deployment(&graphql);
        for key in ["id", "sha", "ref", "environment", "repository"] {
            assert_eq!(one[key], other[key], "{key}");
        }
        let (state, _) = state_and_time(statuses(&graphql)[0]).unwrap();
        assert_eq!(state, "SUCCESS");
    }
}
