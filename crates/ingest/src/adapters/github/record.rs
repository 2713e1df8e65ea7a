//! What is taken from GitHub's records, in the spellings of REST, GraphQL and tools that store GraphQL with capital letters.

use serde_json::Value;

use super::either;
use crate::records::documents::{object_in, text_at};
use crate::text::reference;

/// A deployment of the REST API.
pub(super) fn is_deployment(record: &Value) -> bool {
    ["statuses_url", "sha"].iter().all(|key| record.get(key).is_some())
        && (record.get("task").is_some() || record.get("environment").is_some())
}

/// A status of a deployment.
pub(super) fn is_status(record: &Value) -> bool {
    record.get("deployment_url").is_some() && record.get("state").is_some()
}

/// A deployment of GraphQL.
pub(super) fn is_graphql(record: &Value) -> bool {
    let has = |names: [&str; 2]| names.iter().any(|name| record.get(name).is_some());
    has(["commitOid", "CommitOid"]) && (has(["latestStatus", "LatestStatus"]) || has(["statuses", "Statuses"]))
}

/// One status.
#[derive(Debug)]
pub(super) struct Status {
    /// Identifier of the deployment; empty where the status is embedded in it.
    pub(super) deployment: String,
    pub(super) state: String,
    pub(super) at: Option<String>,
}

impl Status {
    /// `None` where it does not say which deployment it belongs to.
    pub(super) fn of(record: &Value) -> Option<Self> {
        let deployment = text_at(record, &["deployment_url"])?.trim_end_matches('/').rsplit('/').next()?.to_owned();
        if deployment.is_empty() {
            return None;
        }
        Some(Self { deployment, ..Self::embedded(record) })
    }

    fn embedded(record: &Value) -> Self {
        let at = either(record, ["created_at", "createdAt"]).or_else(|| either(record, ["updated_at", "updatedAt"]));
        let state = either(record, ["state", "State"]).map(std::borrow::Cow::into_owned).unwrap_or_default();
        Self { deployment: String::new(), state, at: at.map(std::borrow::Cow::into_owned) }
    }
}

/// One deployment.
#[derive(Debug, Default)]
pub(super) struct Deployment {
    pub(super) id: String,
    pub(super) sha: Option<String>,
    pub(super) reference: Option<String>,
    pub(super) environment: Option<String>,
    pub(super) production: Option<bool>,
    pub(super) transient: Option<bool>,
    /// Address of the repository for people.
    pub(super) repository: Option<String>,
    pub(super) service: Option<String>,
    /// Change record named in the description or the payload.
    pub(super) change: Option<String>,
    pub(super) state: Option<String>,
    pub(super) url: Option<String>,
    pub(super) created_at: Option<String>,
    pub(super) updated_at: Option<String>,
    pub(super) committed_at: Option<String>,
    pub(super) statuses: Vec<Status>,
}

impl Deployment {
    /// `None` where it has no identifier.
    pub(super) fn of(record: &Value) -> Option<Self> {
        let graphql = is_graphql(record);
        let id = if graphql {
            either(record, ["databaseId", "DatabaseId"]).or_else(|| either(record, ["id", "Id"]))
        } else {
            text_at(record, &["id"])
        }?;
        let text = |names: [&str; 2]| either(record, names).map(std::borrow::Cow::into_owned);
        let truth = |name: &str| record.get(name).and_then(Value::as_bool);
        let nested = |outer: [&str; 2], inner: [&str; 2]| {
            outer.iter().find_map(|name| either(record.get(name)?, inner)).map(std::borrow::Cow::into_owned)
        };
        let payload = ["payload", "Payload"].iter().find_map(|name| object_in(record.get(name)?));
        let said = text(["description", "Description"]).into_iter().chain(payload.as_ref().map(Value::to_string));
        Some(Self {
            id: id.into_owned(),
            sha: text(["sha", "commitOid"]).or_else(|| text(["CommitOid", "CommitOid"])),
            reference: if graphql { nested(["ref", "Ref"], ["name", "Name"]) } else { text(["ref", "ref"]) },
            environment: text(["environment", "Environment"]),
            production: truth("production_environment"),
            transient: truth("transient_environment"),
            repository: repository(record).or_else(|| nested(["repository", "Repository"], ["url", "Url"])),
            service: payload.as_ref().and_then(|payload| text_at(payload, &["service"])).map(std::borrow::Cow::into_owned),
            change: said.into_iter().find_map(|text| reference(&text, "CHG").map(str::to_owned)),
            state: if graphql { text(["state", "State"]) } else { None },
            url: text(["url", "url"]),
            created_at: text(["created_at", "createdAt"]).or_else(|| text(["CreatedAt", "CreatedAt"])),
            updated_at: text(["updated_at", "updatedAt"]).or_else(|| text(["UpdatedAt", "UpdatedAt"])),
            committed_at: nested(["commit", "Commit"], ["committedDate", "CommittedDate"]),
            statuses: statuses(record),
        })
    }

    /// The last part of the repository's address.
    pub(super) fn repository_name(&self) -> Option<&str> {
        self.repository.as_deref()?.rsplit('/').next().filter(|name| !name.is_empty())
    }

    /// What makes two readings of a deployment equal.
    pub(super) fn texts(&self) -> Vec<String> {
        let own = [
            &self.sha,
            &self.reference,
            &self.environment,
            &self.repository,
            &self.service,
            &self.change,
            &self.created_at,
            &self.updated_at,
        ];
        own.into_iter().map(|text| text.clone().unwrap_or_default()).collect()
    }
}

/// `https://api.github.com/repos/o/r` as people open it.
fn repository(record: &Value) -> Option<String> {
    let address = text_at(record, &["repository_url"]).or_else(|| text_at(record, &["statuses_url"]))?;
    let repository = address.split("/deployments/").next()?;
    let plain = repository.replacen("://api.", "://", 1);
    Some(match plain.split_once("/repos/") {
        Some((host, name)) => format!("{}/{name}", host.trim_end_matches("/api/v3")),
        None => plain,
    })
}

fn statuses(record: &Value) -> Vec<Status> {
    let list = |name: &str| match record.get(name) {
        Some(Value::Array(list)) => Some(list),
        Some(Value::Object(inner)) => inner.get("nodes").and_then(Value::as_array),
        _ => None,
    };
    let all = list("statuses").or_else(|| list("Statuses"));
    let latest = ["latestStatus", "LatestStatus"].iter().find_map(|name| record.get(name)).filter(|status| status.is_object());
    match all {
        Some(all) if !all.is_empty() => all.iter().map(Status::embedded).collect(),
        _ => latest.map(Status::embedded).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rest_and_graphql_give_the_same() {
        let rest = json!({"id": 7, "sha": "abc", "ref": "main", "task": "deploy", "environment": "production",
            "statuses_url": "https://api.github.com/repos/o/r/deployments/7/statuses", "repository_url": "https://api.github.com/repos/o/r",
            "payload": "{\"service\":\"pay\"}", "description": "CHG0012345"});
        let deployment = Deployment::of(&rest).unwrap();
        assert_eq!((deployment.id.as_str(), deployment.repository.as_deref()), ("7", Some("https://github.com/o/r")));
        assert_eq!((deployment.service.as_deref(), deployment.change.as_deref()), (Some("pay"), Some("CHG0012345")));
        let graphql = json!({"DatabaseId": 7, "CommitOid": "abc", "Ref": {"Name": "main"}, "Environment": "production",
            "Repository": {"Name": "r", "Url": "https://github.com/o/r"}, "LatestStatus": {"State": "SUCCESS", "updatedAt": "2026-01-01T00:00:00Z"}});
        let other = Deployment::of(&graphql).unwrap();
        assert_eq!(
            (other.id, other.sha, other.reference, other.repository),
            (deployment.id, deployment.sha, deployment.reference, deployment.repository)
        );
        assert_eq!(other.statuses[0].state, "SUCCESS");
    }
}
