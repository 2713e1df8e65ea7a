//! Which table of ServiceNow a file or a record is of: by its fields, by the class of records, then by the prefix of their numbers.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use sequela_schema::Table;
use sequela_schema::canonical::{changes, dependencies, incidents, problems, services, status_events, teams};

/// A kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Incident,
    Change,
    Problem,
    /// Configuration item: a service, or what services run on.
    Item,
    /// Relation of two configuration items.
    Relation,
    Group,
    /// One change of one field of a record.
    Audit,
    /// A record that is not read, such as a request.
    Other,
}

impl Kind {
    /// The canonical table that it fills most.
    pub(super) fn table(self) -> Option<&'static Table> {
        Some(match self {
            Self::Incident => &incidents::TABLE,
            Self::Change => &changes::TABLE,
            Self::Problem => &problems::TABLE,
            Self::Item => &services::TABLE,
            Self::Relation => &dependencies::TABLE,
            Self::Group => &teams::TABLE,
            Self::Audit => &status_events::TABLE,
            Self::Other => return None,
        })
    }

    /// Whether it is a record that people work on, read as a table.
    pub(super) fn is_task(self) -> bool {
        matches!(self, Self::Incident | Self::Change | Self::Problem)
    }

    /// The kind that fills a table of ours.
    pub(super) fn filling(table: &str) -> Option<Self> {
        let all = [Self::Incident, Self::Change, Self::Problem, Self::Item, Self::Relation, Self::Group, Self::Audit];
        all.into_iter().find(|kind| kind.table().is_some_and(|known| known.name == table))
    }
}

/// Prefixes of the numbers of other tasks.
const OTHERS: [&str; 12] = ["ritm", "req", "sctask", "task", "ctask", "ptask", "kb", "sir", "cs", "wo", "vtb", "hrc"];

/// Classes of other tasks. An unknown class says nothing: it may be a word of another language.
const OTHER_CLASSES: [&str; 9] =
    ["request", "requested_item", "sc_request", "sc_req_item", "security_incident", "sn_si_incident", "case", "work_order", "knowledge"];

/// The kind of a record by its class and its number, as shown or as stored.
pub(super) fn of_record(class: &str, number: &str) -> Option<Kind> {
    let class = class.trim().to_lowercase().replace(' ', "_");
    match class.as_str() {
        "incident" => return Some(Kind::Incident),
        "change_request" => return Some(Kind::Change),
        "problem" => return Some(Kind::Problem),
        _ => {}
    }
    let other = class.ends_with("task") || OTHER_CLASSES.contains(&class.as_str());
    let number = number.trim().to_lowercase();
    let prefix = number.trim_end_matches(|letter: char| !letter.is_ascii_alphabetic());
    if other {
        Some(Kind::Other)
    } else if number.starts_with("inc") {
        Some(Kind::Incident)
    } else if number.starts_with("chg") {
        Some(Kind::Change)
    } else if number.starts_with("prb") {
        Some(Kind::Problem)
    } else if OTHERS.contains(&prefix) {
        Some(Kind::Other)
    } else {
        None
    }
}

/// The kind of most records of a file, from its fields and what its records say.
pub(super) fn of_file(names: &[String], votes: &BTreeMap<Kind, u64>, stem: &str) -> Option<Kind> {
    if let Some(kind) = of_catalog(names, stem) {
        return Some(kind);
    }
    let most = votes.iter().filter(|(kind, _)| kind.is_task()).max_by_key(|(kind, count)| (**count, Reverse(**kind)));
    if let Some((kind, _)) = most {
        return Some(*kind);
    }
    if votes.contains_key(&Kind::Other) { None } else { by_fields(names) }
}

/// Tables that are recognised by their fields alone.
fn of_catalog(names: &[String], stem: &str) -> Option<Kind> {
    let any = |list: &[&str]| list.iter().any(|name| names.iter().any(|header| header == name));
    if any(&["parent"]) && any(&["child"]) && any(&["type"]) && !any(&["number"]) {
        Some(Kind::Relation)
    } else if any(&["fieldname", "field_name"]) && any(&["newvalue", "new_value"]) && any(&["documentkey", "document_key"]) {
        Some(Kind::Audit)
    } else if !any(&["name"]) || any(&["short_description"]) {
        None
    } else if is_group(&any, stem) {
        Some(Kind::Group)
    } else {
        is_item(names, stem).then_some(Kind::Item)
    }
}

/// Users have a manager too, but also names and logins.
fn is_group(any: &dyn Fn(&[&str]) -> bool, stem: &str) -> bool {
    if any(&["user_name", "user_id", "first_name", "last_name", "employee_number", "number"]) {
        return false;
    }
    let signs = any(&["exclude_manager", "include_members", "default_assignee", "hourly_rate"]);
    let listed = any(&["parent"]) && any(&["active", "description", "sys_updated_on", "sys_created_on", "updated", "sys_id", "type"]);
    stem.starts_with("sys_user_group") || any(&["manager"]) && (signs || listed)
}

fn is_item(names: &[String], stem: &str) -> bool {
    const SIGNS: [&str; 7] = [
        "busines_criticality",
        "business_criticality",
        "operational_status",
        "service_classification",
        "used_for",
        "managed_by_group",
        "support_group",
    ];
    let has = |name: &str| names.iter().any(|header| header == name);
    let signs = SIGNS.iter().filter(|name| has(name)).count();
    let table = stem.starts_with("cmdb_ci") || stem.starts_with("service_offering");
    table && (signs > 0 || has("sys_class_name") || has("class") || has("sys_id")) || signs > 1 || signs == 1 && has("sys_id")
}

/// Fields that only one of the tables has.
fn by_fields(names: &[String]) -> Option<Kind> {
    let has = |list: &[&str]| list.iter().any(|name| names.iter().any(|header| header == name));
    if has(&["start_date", "planned_start_date", "cab_required", "chg_model", "work_start", "actual_start_date"]) {
        Some(Kind::Change)
    } else if has(&["known_error", "cause_notes", "fix_notes"]) {
        Some(Kind::Problem)
    } else if has(&["caller_id", "incident_state", "urgency", "resolved_at", "resolved", "caused_by", "opened_at", "opened"]) {
        Some(Kind::Incident)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_counts_more_than_number() {
        let rows = [
            ("Change Request", "INC0000001", Some(Kind::Change)),
            ("incident", "", Some(Kind::Incident)),
            ("", "PRB0000001", Some(Kind::Problem)),
            ("", "RITM0000001", Some(Kind::Other)),
            ("Catalog Task", "X0000001", Some(Kind::Other)),
            ("Störung", "TKT0000001", None),
            ("", "TKT0000001", None),
            ("", "", None),
        ];
        for (class, number, expected) in rows {
            assert_eq!(of_record(class, number), expected, "{class} {number}");
        }
    }

    #[test]
    fn users_are_no_groups() {
        let names = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        let kind = |text: &str| of_file(&names(text), &BTreeMap::new(), "export");
        assert_eq!(kind("sys_id,name,manager,parent,active"), Some(Kind::Group));
        assert_eq!(kind("sys_id,name,email,sys_updated_on"), None);
        assert_eq!(kind("sys_id,name,first_name,manager,parent,active"), None);
        assert_eq!(kind("name,busines_criticality,used_for"), Some(Kind::Item));
        assert_eq!(kind("parent,child,type"), Some(Kind::Relation));
    }
}
