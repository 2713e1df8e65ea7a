//! The rows of one issue: an incident, a change or a problem.

use sequela_schema::canonical::{changes, incidents, problems};
use sequela_schema::{Column, Table};
use serde_json::Value;

use super::history::Found;
use super::issue::Issue;
use super::links::{Link, Relation};
use super::words::{self, Category};
use crate::adapters::shared::{Desk, Entry};
use crate::{text, words as common};

/// Our column and the names of fields that fill it, the most telling first, in the normal form.
type Fields = &'static [(Column, &'static [&'static str])];

const SERVICES: &[&str] =
    &["affected_services", "affected_service", "impacted_services", "impacted_service", "service", "services", "business_service"];
const COMPONENTS: &[&str] = &["components", "component/s"];
const TEAMS: &[&str] = &["team", "assignment_group", "assigned_team", "assigned_group", "responsible_team", "support_group", "owning_team"];

const INCIDENT_TEXTS: Fields = &[
    (incidents::TITLE, &["summary"]),
    (incidents::ORIGINAL_STATE, &["status"]),
    (incidents::PRIORITY_RAW, &["priority"]),
    (incidents::SEVERITY_RAW, &["severity", "incident_severity"]),
    (incidents::URGENCY_RAW, &["urgency"]),
    (incidents::IMPACT_RAW, &["impact"]),
    (incidents::ENVIRONMENT_RAW, &["affected_environment", "incident_environment"]),
    (incidents::TEAM_NAME_RAW, TEAMS),
    (incidents::CLOSE_CODE, &["resolution"]),
    (incidents::CATEGORY, &["operational_categorization", "category", "incident_category"]),
    (incidents::DETECTION_METHOD, &["detection_method"]),
    (incidents::ROOT_CAUSE_TEXT, &["root_cause"]),
];
const INCIDENT_TIMES: Fields = &[
    (incidents::STARTED_AT, &["impact_start", "incident_start", "incident_start_time", "incident_started", "outage_start", "started_at"]),
    (incidents::DETECTED_AT, &["detected_at", "time_detected", "detection_time", "detected"]),
    (incidents::CREATED_AT, &["created"]),
    (incidents::MITIGATED_AT, &["mitigated_at", "time_mitigated", "mitigated"]),
    (incidents::IMPACT_ENDED_AT, &["impact_end", "incident_end", "incident_end_time", "outage_end"]),
];
const CHANGE_TEXTS: Fields = &[
    (changes::TITLE, &["summary"]),
    (changes::ORIGINAL_STATE, &["status"]),
    (changes::TYPE_RAW, &["change_type"]),
    (changes::RISK_RAW, &["change_risk", "risk", "risk_level"]),
    (changes::IMPACT_RAW, &["impact", "change_impact"]),
    (changes::PRIORITY_RAW, &["priority"]),
    (changes::TEAM_NAME_RAW, TEAMS),
    (changes::CLOSE_CODE_RAW, &["closure_code", "close_code", "change_result", "change_outcome"]),
    (changes::MODEL, &["change_model", "change_template"]),
];
const CHANGE_TIMES: Fields = &[
    (changes::PLANNED_START_AT, &["change_start_date", "planned_start", "planned_start_date"]),
    (changes::PLANNED_END_AT, &["change_completion_date", "planned_end", "planned_end_date"]),
    (changes::ACTUAL_START_AT, &["actual_start", "actual_start_date"]),
    (changes::ACTUAL_END_AT, &["actual_end", "actual_end_date"]),
    (changes::CAB_AT, &["cab_date", "cab_meeting"]),
    (changes::CREATED_AT, &["created"]),
    (changes::CLOSED_AT, &["resolved"]),
];
const PROBLEM_TEXTS: Fields = &[
    (problems::TITLE, &["summary"]),
    (problems::ORIGINAL_STATE, &["status"]),
    (problems::ROOT_CAUSE_TEXT, &["root_cause"]),
    (problems::WORKAROUND_TEXT, &["workaround"]),
    (problems::RESOLUTION_CODE, &["resolution"]),
    (problems::TEAM_NAME_RAW, TEAMS),
];
const PROBLEM_TIMES: Fields = &[(problems::CREATED_AT, &["created"]), (problems::RESOLVED_AT, &["resolved"])];

/// Writes the row of an issue; false where it is refused.
pub(super) fn write(issue: &Issue, table: &'static Table, found: Option<&Found>, desk: &mut Desk<'_>) -> bool {
    let mut entry = desk.entry(table, &issue.record).in_order(issue.order);
    match table.name {
        "incidents" => incident(&mut entry, issue, found, desk),
        "changes" => change(&mut entry, issue, desk),
        _ => problem(&mut entry, issue, desk),
    }
    entry.updated("updated");
    desk.keep(entry)
}

fn fill(entry: &mut Entry<'_>, issue: &Issue, texts: Fields, times: Fields) {
    for (column, names) in texts {
        entry.put_opt(column, issue.first(names));
    }
    for (column, names) in times {
        time(entry, issue, column, names);
    }
}

fn time(entry: &mut Entry<'_>, issue: &Issue, column: &Column, names: &[&str]) {
    if let Some(text) = issue.first(names) {
        entry.time_of(column, names.first().copied().unwrap_or_default(), &Value::from(text));
    }
}

/// Affected services; where an issue names none, its components.
fn services(issue: &Issue) -> &[String] {
    let named = issue.all(SERVICES);
    if named.is_empty() { issue.all(COMPONENTS) } else { named }
}

fn incident(entry: &mut Entry<'_>, issue: &Issue, found: Option<&Found>, desk: &mut Desk<'_>) {
    entry.put(&incidents::INCIDENT_ID, &desk.id(&issue.key));
    entry.put(&incidents::NUMBER, &issue.key);
    entry.put_opt(&incidents::URL, issue.url.as_deref());
    fill(entry, issue, INCIDENT_TEXTS, INCIDENT_TIMES);
    services(issue).iter().for_each(|name| entry.service(name));
    if !entry.has(&incidents::ENVIRONMENT_RAW) {
        // The field of Jira is a free text: only a short one is a name.
        entry.put_opt(&incidents::ENVIRONMENT_RAW, issue.first(&["environment"]).filter(|text| text.chars().count() <= 40));
    }
    if let Some(word) = issue.first(&["major_incident"]) {
        entry.put_bool(&incidents::IS_MAJOR, common::truth(word).unwrap_or(word.eq_ignore_ascii_case("major incident")));
    }
    state_of_incident(entry, issue, desk);
    ends_of_incident(entry, issue, found, desk);
    history_of_incident(entry, issue, found, desk);
    for link in &issue.links {
        link_incident(entry, link, desk);
    }
    cause_of_incident(entry, issue, desk);
    if let Some((parent, kind)) = &issue.parent
        && words::table_of::<&str>(kind, &[], &desk.scope()).is_some_and(|table| table.name == incidents::TABLE.name)
    {
        entry.put(&incidents::PARENT_INCIDENT_ID, &desk.id(parent));
    }
}

fn state_of_incident(entry: &mut Entry<'_>, issue: &Issue, desk: &Desk<'_>) {
    let state = words::incident_state(&issue.status(), issue.category, &desk.scope());
    let repeats = issue.first(&["resolution"]).is_some_and(|resolution| resolution.eq_ignore_ascii_case("duplicate"));
    let done = state.as_deref().is_some_and(|state| Category::of_state(state) == Category::Done);
    // A status that nobody knows, with a date of resolution, is an end.
    let state = match state {
        Some(_) if repeats && done => Some("merged".to_owned()),
        None if issue.first(&["resolved"]).is_some() => Some("resolved".to_owned()),
        state => state,
    };
    entry.put_opt(&incidents::STATE, state);
}

/// The resolution counts only while the issue is done: some workflows leave its date when they reopen an issue, others set none.
fn ends_of_incident(entry: &mut Entry<'_>, issue: &Issue, found: Option<&Found>, desk: &mut Desk<'_>) {
    let is_open = entry.get(&incidents::STATE).is_some_and(|state| Category::of_state(state) != Category::Done);
    let resolved = issue.first(&["resolved"]);
    if is_open {
        if let Some(text) = resolved {
            let message = "the issue is not done, so the date of its resolution was left out; it was reopened without clearing it";
            desk.note("resolved_while_open", "Resolved", text, message);
        }
        return;
    }
    match (resolved, found.and_then(|found| found.done)) {
        (Some(_), _) => time(entry, issue, &incidents::RESOLVED_AT, &["resolved"]),
        (None, Some(at)) => entry.put_time(&incidents::RESOLVED_AT, at),
        (None, None) if issue.category == Some(Category::Done) => {
            time(entry, issue, &incidents::RESOLVED_AT, &["status_category_changed"]);
        }
        (None, None) => {}
    }
    if entry.get(&incidents::STATE) == Some("closed")
        && let Some(at) = found.and_then(|found| found.closed)
    {
        entry.put_time(&incidents::CLOSED_AT, at);
    }
}

fn history_of_incident(entry: &mut Entry<'_>, issue: &Issue, found: Option<&Found>, desk: &mut Desk<'_>) {
    let Some(found) = found else { return };
    if issue.history_is_cut {
        let message = "the changelog of the issue is cut off, so its acknowledgement is not known; fetch /rest/api/3/issue/KEY/changelog";
        return desk.note("changelog_cut", "changelog", &issue.key, message);
    }
    if let Some(at) = found.acknowledged {
        entry.put_time(&incidents::ACKNOWLEDGED_AT, at);
    }
    entry.put_int(&incidents::REOPEN_COUNT, found.reopened);
}

/// By what the other issue is, as far as it is told.
fn link_incident(entry: &mut Entry<'_>, link: &Link, desk: &Desk<'_>) {
    let table = link.kind.as_deref().and_then(|kind| words::table_of::<&str>(kind, &[], &desk.scope())).map(|table| table.name);
    let column = match (link.relation, table) {
        (Relation::Duplicates, _) => &incidents::DUPLICATE_OF,
        (Relation::CausedBy | Relation::RelatesTo, Some("problems")) => &incidents::PROBLEM_ID,
        (Relation::CausedBy, Some("incidents")) => return,
        (Relation::CausedBy, None) if link.of_problem && link.kind.is_none() => &incidents::PROBLEM_ID,
        (Relation::CausedBy, _) => &incidents::CAUSED_BY_CHANGE_ID,
        (Relation::RelatesTo, Some("changes")) => &incidents::FIX_CHANGE_ID,
        (Relation::RelatesTo, _) => return,
    };
    if !entry.has(column) {
        entry.put(column, &desk.id(&link.key));
    }
}

/// A field that names the change that caused the incident.
fn cause_of_incident(entry: &mut Entry<'_>, issue: &Issue, desk: &Desk<'_>) {
    const CAUSES: &[&str] = &["caused_by_change", "caused_by", "causing_change", "change_that_caused_the_incident"];
    if entry.has(&incidents::CAUSED_BY_CHANGE_ID) {
        return;
    }
    let Some(text) = issue.first(CAUSES) else { return };
    // Anything else is a sentence, which may name persons.
    match text::reference(text, "CHG") {
        Some(change) => entry.put(&incidents::CAUSED_BY_CHANGE_ID, change),
        None if is_key(text) => entry.put(&incidents::CAUSED_BY_CHANGE_ID, &desk.id(text)),
        None => {}
    }
}

/// Whether a text is a key such as `OPS-12`.
pub(super) fn is_key(text: &str) -> bool {
    let Some((project, number)) = text.rsplit_once('-') else { return false };
    let letters = |text: &str| text.chars().all(|letter| letter.is_uppercase() || letter.is_ascii_digit() || letter == '_');
    project.starts_with(char::is_uppercase) && letters(project) && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

fn change(entry: &mut Entry<'_>, issue: &Issue, desk: &Desk<'_>) {
    entry.put(&changes::CHANGE_ID, &desk.id(&issue.key));
    entry.put(&changes::NUMBER, &issue.key);
    entry.put_opt(&changes::URL, issue.url.as_deref());
    fill(entry, issue, CHANGE_TEXTS, CHANGE_TIMES);
    services(issue).iter().for_each(|name| entry.service(name));
    let status = issue.status();
    entry.put_opt(&changes::STATE, words::change_state(&status, issue.category));
    if !entry.has(&changes::CLOSE_CODE_RAW) {
        entry.put_opt(&changes::CLOSE_CODE, words::change_outcome(&status));
    }
    if let Some((decision, at)) = &issue.approval {
        entry.put(&changes::APPROVAL_STATE, decision);
        if decision == "approved" {
            entry.time_of(&changes::APPROVED_AT, "Approvals", at);
        }
    }
    if let Some(required) = issue.first(&["cab_required", "cab_approval_required"]).and_then(common::truth) {
        entry.put_bool(&changes::CAB_REQUIRED, required);
    }
    if let Some((parent, kind)) = &issue.parent
        && words::table_of::<&str>(kind, &[], &desk.scope()).is_some_and(|table| table.name == changes::TABLE.name)
    {
        entry.put(&changes::PARENT_CHANGE_ID, &desk.id(parent));
    }
}

fn problem(entry: &mut Entry<'_>, issue: &Issue, desk: &Desk<'_>) {
    entry.put(&problems::PROBLEM_ID, &desk.id(&issue.key));
    entry.put(&problems::NUMBER, &issue.key);
    entry.put_opt(&problems::URL, issue.url.as_deref());
    fill(entry, issue, PROBLEM_TEXTS, PROBLEM_TIMES);
    entry.put_opt(&problems::SERVICE_NAME_RAW, services(issue).first());
    for link in issue.links.iter().filter(|link| link.relation == Relation::Duplicates) {
        entry.put(&problems::DUPLICATE_OF, &desk.id(&link.key));
    }
}
