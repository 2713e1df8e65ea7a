//! Links between issues. A link has two readings, one for each end: "causes" and "is caused by".

use serde_json::Value;

use crate::adapters::shared::values;

/// What a link says of the issue that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    /// The other issue caused this one.
    CausedBy,
    /// This issue repeats the other one.
    Duplicates,
    /// The other issue has to do with it.
    RelatesTo,
}

/// One link.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub(super) relation: Relation,
    /// Key of the other issue.
    pub(super) key: String,
    /// Type of the other issue, where it is told.
    pub(super) kind: Option<String>,
    /// The type of link is Jira's own one between incidents and problems.
    pub(super) of_problem: bool,
}

/// The links of an issue in JSON.
pub(super) fn of_fields(fields: &Value) -> Vec<Link> {
    values::list(fields, "issuelinks").iter().filter_map(of_link).collect()
}

fn of_link(link: &Value) -> Option<Link> {
    let (other, phrase) = match link.get("inwardIssue") {
        Some(other) => (other, values::text(link, "type.inward")),
        None => (link.get("outwardIssue")?, values::text(link, "type.outward")),
    };
    let name = values::text(link, "type.name").unwrap_or_default();
    Some(Link {
        relation: relation(&phrase?)?,
        key: values::text(other, "key")?.into_owned(),
        kind: values::text(other, "fields.issuetype.name").map(std::borrow::Cow::into_owned),
        of_problem: joins_problems(&name),
    })
}

/// The reading from this issue to the other one.
fn relation(phrase: &str) -> Option<Relation> {
    let phrase = phrase.to_lowercase();
    if phrase.contains("caused by") || phrase.contains("broken by") {
        Some(Relation::CausedBy)
    } else if phrase.contains("duplicates") {
        Some(Relation::Duplicates)
    } else if phrase.contains("relates to") || phrase.contains("fixed by") || phrase.contains("resolved by") {
        Some(Relation::RelatesTo)
    } else {
        None
    }
}

fn joins_problems(name: &str) -> bool {
    normal(name).starts_with("problem/incident")
}

fn normal(name: &str) -> String {
    name.trim().to_lowercase()
}

/// The link that a column such as `Inward issue link (Causes)` stands for; its cells have the other key only.
pub(super) fn of_header(header: &str, key: &str) -> Option<Link> {
    let header = normal(header);
    let (direction, name) = header.split_once(" issue link (")?;
    let name = name.trim_end_matches(')');
    let relation = match direction {
        "inward" if name.contains("caus") || joins_problems(name) => Relation::CausedBy,
        "outward" if name.contains("duplicate") => Relation::Duplicates,
        _ => return None,
    };
    Some(Link { relation, key: key.to_owned(), kind: None, of_problem: joins_problems(name) })
}
