//! Words of Jira: which types of issues are incidents, changes or problems, and what statuses mean.

use sequela_schema::Table;
use sequela_schema::canonical::{changes, incidents, problems};

use crate::adapters::shared::scope::Scope;
use crate::words;

/// Types of the templates of Jira Service Management, and names that organisations commonly give; without `[System]` before them.
const INCIDENTS: [&str; 9] = [
    "incident",
    "outage",
    "service incident",
    "service outage",
    "production incident",
    "major incident",
    "live incident",
    "it incident",
    "system incident",
];
const CHANGES: [&str; 6] = ["change", "change request", "service change", "standard change", "normal change", "emergency change"];
const PROBLEMS: [&str; 3] = ["problem", "problem record", "known error"];

/// The table that an issue goes to: by its type, or by a type or label that the source names.
pub(super) fn table_of<T: AsRef<str>>(kind: &str, labels: &[T], scope: &Scope) -> Option<&'static Table> {
    let usual: [(&'static Table, &[&'static str]); 3] =
        [(&incidents::TABLE, &INCIDENTS), (&changes::TABLE, &CHANGES), (&problems::TABLE, &PROBLEMS)];
    let kind = bare(kind);
    let takes = |(table, usual): &(&'static Table, &[&'static str])| {
        let own = scope.types.contains_key(table.name);
        let mut names = scope.types(table.name, usual).into_iter().map(bare);
        names.any(|name| name == kind || own && labels.iter().any(|label| bare(label.as_ref()) == name))
    };
    usual.into_iter().find(takes).map(|(table, _)| table)
}

/// A type in lower case, without the mark of types that Jira Service Management brings along.
fn bare(kind: &str) -> String {
    let kind = kind.trim().to_lowercase();
    kind.strip_prefix("[system]").unwrap_or(&kind).trim().to_owned()
}

/// What Jira itself knows of a status: every status belongs to one of three categories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Category {
    New,
    InProgress,
    Done,
}

impl Category {
    /// By key (JSON) or name (CSV).
    pub(super) fn named(text: &str) -> Option<Self> {
        match text.trim().to_lowercase().as_str() {
            "new" | "to do" => Some(Self::New),
            "indeterminate" | "in progress" => Some(Self::InProgress),
            "done" => Some(Self::Done),
            _ => None,
        }
    }

    /// The category that a state of an incident belongs to.
    pub(super) fn of_state(state: &str) -> Self {
        match state {
            "triggered" => Self::New,
            "resolved" | "closed" | "cancelled" | "merged" => Self::Done,
            _ => Self::InProgress,
        }
    }
}

/// State of an incident: the word for its status, unless that contradicts that Jira counts the status as done.
pub(super) fn incident_state(status: &str, category: Option<Category>, scope: &Scope) -> Option<String> {
    let own = scope.map.get("state").and_then(|directions| directions.values.get(status));
    if let Some(own) = own {
        return Some(own.clone());
    }
    let word = words::incident_state(status).or(match status.trim().to_lowercase().as_str() {
        "won't do" | "won't fix" | "rejected" | "invalid" => Some("cancelled"),
        "reopened" | "backlog" | "reported" => Some("triggered"),
        "under investigation" | "investigation" | "under review" | "in review" | "escalated" => Some("in_progress"),
        _ => None,
    });
    let known = match (word, category) {
        (Some(word), Some(Category::Done)) if Category::of_state(word) != Category::Done => "resolved",
        (Some(word), _) => word,
        (None, Some(Category::New)) => "triggered",
        (None, Some(Category::InProgress)) => "in_progress",
        (None, Some(Category::Done)) => "resolved",
        (None, None) => return None,
    };
    Some(known.to_owned())
}

/// State of a change, from the statuses of Jira's own workflow of changes, else from the category.
pub(super) fn change_state(status: &str, category: Option<Category>) -> Option<&'static str> {
    let text = status.trim().to_lowercase();
    let word = match text.as_str() {
        "planning" | "peer review" => Some("assess"),
        "awaiting implementation" => Some("scheduled"),
        "implementing" => Some("implement"),
        "failed" | "done" | "resolved" => Some("closed"),
        "declined" | "withdrawn" => Some("cancelled"),
        _ if text.contains("approval") => Some("authorize"),
        _ => words::change_state(&text),
    };
    word.or(category.map(|category| match category {
        Category::New => "new",
        Category::InProgress => "implement",
        Category::Done => "closed",
    }))
}

/// How a change ended, where its status says so: Jira's own workflow ends with `Completed` or `Failed`.
pub(super) fn change_outcome(status: &str) -> Option<&'static str> {
    match status.trim().to_lowercase().as_str() {
        "completed" | "implemented" => Some("successful"),
        "failed" | "rolled back" => Some("unsuccessful"),
        "canceled" | "cancelled" | "declined" | "withdrawn" => Some("cancelled"),
        _ => None,
    }
}
