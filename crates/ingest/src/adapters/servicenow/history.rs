//! What the history of records tells: their states, when somebody first took them up, and which ends are those of a closing job.

use std::collections::{BTreeMap, BTreeSet};

use sequela_schema::canonical::{changes, incidents, status_events};
use serde_json::Value;

use super::{NAME, words};
use crate::adapters::shared::{Desk, Refused, values};
use crate::intake::Intake;
use crate::issue::{Place, code};
use crate::rows::Rows;
use crate::text::reference;
use crate::words as common;

/// Writes the event of one row of `sys_audit`; rows about other fields than the state are passed over.
pub(super) fn audit(record: &Value, utc: bool, desk: &mut Desk<'_>) -> Result<(), Refused> {
    let field = values::first(record, &["fieldname", "field_name"]).unwrap_or_default();
    if !matches!(field.to_lowercase().as_str(), "state" | "incident_state") {
        return Ok(());
    }
    let document = ["documentkey/id", "documentkey", "document_key/id", "document_key"];
    let shown = values::first(record, &["documentkey", "document_key"]).unwrap_or_default();
    let key = values::first(record, &document).ok_or(Refused::missing("documentkey"))?;
    let number = ["INC", "CHG", "PRB"].iter().find_map(|prefix| reference(&shown, prefix));
    let table = values::first(record, &["tablename/id", "tablename", "table_name"]).unwrap_or_default().to_lowercase();
    let entity = match (table.replace(' ', "_").as_str(), number.and_then(|number| number.get(..3))) {
        ("incident", _) | ("", Some("INC")) => "incident",
        ("change_request", _) | ("", Some("CHG")) => "change",
        _ => return Ok(()),
    };
    let after = values::first(record, &["newvalue", "new_value"]).ok_or(Refused::missing("newvalue"))?;
    let before = values::first(record, &["oldvalue", "old_value"]);
    let mut entry = desk.entry(&status_events::TABLE, record);
    if utc {
        entry = entry.in_utc();
    }
    entry.put(&status_events::ENTITY_TYPE, entity);
    entry.put(&status_events::ENTITY_ID, &desk.id(number.unwrap_or(&key)));
    entry.first_time(&status_events::AT, &["sys_created_on", "created"]);
    entry.put_opt(&status_events::FROM_STATE, before.as_deref().map(|state| state_of(entity, state)));
    entry.put(&status_events::TO_STATE, state_of(entity, &after));
    desk.keep(entry);
    Ok(())
}

/// Our word for a state, else theirs.
fn state_of<'t>(entity: &str, text: &'t str) -> &'t str {
    let ours = if entity == "incident" {
        words::incident_state(text).or_else(|| common::incident_state(text))
    } else {
        words::change_state(text).or_else(|| common::change_state(text))
    };
    ours.unwrap_or(text)
}

/// Says which events belong to no record that was read: by internal identifier alone they cannot be told.
pub(super) fn note_unmatched(intake: &mut Intake) {
    let prefix = format!("{NAME}:");
    let mut known: BTreeSet<String> = BTreeSet::new();
    for (table, id) in [(&incidents::TABLE, incidents::INCIDENT_ID), (&changes::TABLE, changes::CHANGE_ID)] {
        let Some(rows) = intake.tables.get(table.name) else { continue };
        known.extend((0..rows.len()).filter_map(|row| rows.text(&id, row)).filter(|id| id.starts_with(&prefix)).map(str::to_owned));
    }
    let Some(events) = intake.tables.get(status_events::TABLE.name) else { return };
    let mut unmatched: BTreeMap<u32, BTreeSet<&str>> = BTreeMap::new();
    for (row, file) in (0..events.len()).zip(&events.file) {
        if let Some(id) = events.text(&status_events::ENTITY_ID, row).filter(|id| id.starts_with(&prefix) && !known.contains(*id)) {
            unmatched.entry(*file).or_default().insert(id);
        }
    }
    let counts: Vec<(u32, usize)> = unmatched.into_iter().map(|(file, ids)| (file, ids.len())).collect();
    for (file, count) in counts {
        let message = format_args!("changes of state of {count} records that are not among those read; export those with their sys_id");
        intake.file(file).issues.note(code::UNMATCHED_STATUS, Place::FILE, message);
    }
}

/// Fills when incidents were taken up: the first time that their history shows them go in progress.
pub(super) fn acknowledge(intake: &mut Intake) {
    let mut first: BTreeMap<String, i64> = BTreeMap::new();
    let mut note = |id: &str, at: i64| {
        let known = first.entry(id.to_owned()).or_insert(at);
        *known = at.min(*known);
    };
    if let Some(events) = intake.tables.get(status_events::TABLE.name) {
        for row in 0..events.len() {
            let text = |column| events.text(column, row);
            if let (Some("incident"), Some("in_progress"), Some(id), Some(at)) = (
                text(&status_events::ENTITY_TYPE),
                text(&status_events::TO_STATE),
                text(&status_events::ENTITY_ID),
                events.int(&status_events::AT, row),
            ) {
                note(id, at);
            }
        }
    }
    let Some(rows) = intake.tables.get_mut(incidents::TABLE.name) else { return };
    log(rows).into_iter().for_each(|(id, at)| note(&id, at));
    for row in 0..rows.len() {
        let at = rows.text(&incidents::INCIDENT_ID, row).and_then(|id| first.get(id)).copied();
        let created = rows.int(&incidents::CREATED_AT, row);
        if is_ours(rows, row) && rows.is_null(&incidents::ACKNOWLEDGED_AT, row) && at.is_some() && at >= created {
            rows.set_int(&incidents::ACKNOWLEDGED_AT, row, at);
        }
    }
}

/// From logs with a row for every update: when incidents that were waiting went in progress.
fn log(rows: &Rows) -> Vec<(String, i64)> {
    let mut updates: BTreeMap<&str, Vec<(f64, usize)>> = BTreeMap::new();
    for row in (0..rows.len()).filter(|row| is_ours(rows, *row)) {
        if let (Some(id), Some((order, _))) = (rows.text(&incidents::INCIDENT_ID, row), rows.order(row)) {
            updates.entry(id).or_default().push((order, row));
        }
    }
    let state = |row: usize| rows.text(&incidents::STATE, row);
    let taken_up = |mut updates: Vec<(f64, usize)>| {
        updates.sort_by(|left, right| left.0.total_cmp(&right.0));
        let waiting = updates.first().is_some_and(|(_, row)| state(*row) == Some("triggered"));
        let taken = updates.iter().find(|(_, row)| state(*row) == Some("in_progress")).filter(|_| waiting)?;
        rows.updated(taken.1)
    };
    updates.into_iter().filter_map(|(id, updates)| Some((id.to_owned(), taken_up(updates)?))).collect()
}

/// As many incidents that end in the same second were closed by a job or in bulk.
const TOGETHER: usize = 5;

/// Empties ends that are those of the record, not of the incident: set when many were closed at once.
pub(super) fn drop_bulk_ends(intake: &mut Intake) {
    let Some(rows) = intake.tables.get_mut(incidents::TABLE.name) else { return };
    let mut ends: BTreeMap<(u32, i64), (Vec<usize>, BTreeSet<String>)> = BTreeMap::new();
    for row in (0..rows.len()).filter(|row| is_ours(rows, *row)) {
        let (resolved, closed) = (rows.int(&incidents::RESOLVED_AT, row), rows.int(&incidents::CLOSED_AT, row));
        if let (Some(at), true, Some(id)) = (closed, closed == resolved, rows.text(&incidents::INCIDENT_ID, row)) {
            let (members, ids) = ends.entry((rows.file.get(row).copied().unwrap_or(0), at)).or_default();
            members.push(row);
            ids.insert(id.to_owned());
        }
    }
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    for ((file, _), (members, ids)) in ends.into_iter().filter(|(_, (_, ids))| ids.len() >= TOGETHER) {
        members.into_iter().for_each(|row| rows.set_int(&incidents::RESOLVED_AT, row, None));
        *counts.entry(file).or_default() += ids.len();
    }
    for (file, count) in counts {
        let place = Place { row: 0, column: Some(incidents::RESOLVED_AT.name), found: None };
        let message =
            format_args!("{count} incidents were resolved and closed in the same second as others, so when they ended is not known");
        intake.file(file).issues.note(code::CLOSED_TOGETHER, place, message);
    }
}

fn is_ours(rows: &Rows, row: usize) -> bool {
    rows.text(&incidents::SOURCE, row) == Some(NAME)
}
