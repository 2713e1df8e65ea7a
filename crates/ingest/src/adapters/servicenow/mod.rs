//! ServiceNow: incidents, changes and problems as a list export (CSV with field names or labels) or from the Table API (JSON).
//!
//! The API writes UTC. A list export writes the local time of whoever exported it, whatever the documentation says (formats,
//! section 4.1, measured): its zone comes from the source or the organisation. `caused_by` is the cause, `rfc` is the change that
//! fixed it. Columns that name persons are never read.

mod columns;
mod words;

use std::collections::BTreeMap;

use sequela_schema::canonical::{changes, incidents, problems};
use sequela_schema::{Column, Table};
use serde_json::Value;

use super::{Adapter, Confidence, Export, Sample, Session, Task, Verified};
use crate::IngestError;
use crate::content::Content;
use crate::draft::Draft;
use crate::fields::Target;
use crate::intake::Intake;
use crate::plan::Plan;
use crate::records::documents::{self, Documents};
use crate::records::json::Json;
use crate::records::{self, Reading, Records};
use crate::source::{Directions, Mapping, Source};
use crate::table::{self, Job, Native};
use crate::text::normal;

const NAME: &str = "servicenow";

/// The adapter.
pub(super) struct ServiceNow;

impl Adapter for ServiceNow {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        &[
            Export {
                what: "incident, change_request, problem as a list",
                how: "open the list, right-click a column header, Export > CSV",
                fills: &["incidents", "changes", "problems"],
                verified: Verified::Documentation,
            },
            Export {
                what: "incident, change_request, problem from the Table API",
                how: "curl -u USER 'https://INSTANCE.service-now.com/api/now/table/incident?sysparm_display_value=all&sysparm_limit=10000'",
                fills: &["incidents", "changes", "problems"],
                verified: Verified::RealFile,
            },
        ]
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        let names: Vec<String> = sample.headers.iter().map(|header| normal(header)).collect();
        let has = |name: &str| names.iter().any(|header| header == name || header.starts_with(&format!("{name}.")));
        let any = |list: &[&str]| list.iter().any(|name| has(name));
        let looks = if !sample.records.is_empty() {
            has("sys_id") && any(&["number", "sys_created_on", "sys_class_name"])
        } else {
            let names = has("number") && any(&["opened_at", "sys_created_on", "sys_class_name", "short_description", "caller_id"]);
            names || has("number") && any(&["opened", "short_description", "assignment_group", "configuration_item"])
        };
        if !looks {
            return Confidence::default();
        }
        match class(&names, first_values(sample, "number").chain(first_values(sample, "sys_class_name"))) {
            Some(table) => Confidence::of(90, table, format!("headers and numbers of a ServiceNow list of {}", table.name)),
            None => Confidence::default(),
        }
    }

    fn needs_zone(&self, sample: &Sample) -> bool {
        sample.records.is_empty() && !is_raw(|name| first_values(sample, name).map(str::to_owned).collect())
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Work::default())
    }
}

/// The values of a field in the sample.
fn first_values<'s>(sample: &'s Sample, name: &'s str) -> Box<dyn Iterator<Item = &'s str> + 's> {
    if sample.records.is_empty() {
        let place = sample.headers.iter().position(|header| normal(header) == name);
        return Box::new(sample.rows.iter().filter_map(move |row| row.get(place?).map(String::as_str)));
    }
    Box::new(sample.records.iter().filter_map(move |record| shown(record.get(name)?)))
}

/// The table of most records, by number or class, else by the fields that only one of them has.
fn class<'n>(headers: &[String], numbers: impl Iterator<Item = &'n str>) -> Option<&'static Table> {
    let mut votes: BTreeMap<usize, usize> = BTreeMap::new();
    let tables: [&'static Table; 3] = [&incidents::TABLE, &changes::TABLE, &problems::TABLE];
    let (mut other, mut any) = (0, false);
    for number in numbers.map(str::trim).filter(|number| !number.is_empty()) {
        any = true;
        match class_of(number) {
            Some(table) => *votes.entry(tables.iter().position(|known| known.name == table.name).unwrap_or(0)).or_default() += 1,
            None if number.starts_with(|letter: char| letter.is_ascii_alphabetic()) => other += 1,
            None => {}
        }
    }
    if let Some((place, _)) = votes.into_iter().max_by_key(|(place, count)| (*count, std::cmp::Reverse(*place))) {
        return Some(tables[place]);
    }
    if any && other > 0 {
        return None;
    }
    let has = |list: &[&str]| list.iter().any(|name| headers.iter().any(|header| header == name));
    if has(&["start_date", "planned_start_date", "cab_required", "chg_model", "work_start", "actual_start_date"]) {
        Some(&changes::TABLE)
    } else if has(&["known_error", "cause_notes", "fix_notes"]) {
        Some(&problems::TABLE)
    } else if has(&["caller_id", "incident_state", "urgency", "resolved_at", "resolved", "caused_by", "opened_at", "opened"]) {
        Some(&incidents::TABLE)
    } else {
        None
    }
}

fn class_of(text: &str) -> Option<&'static Table> {
    let text = text.trim().to_lowercase();
    match text.as_str() {
        "incident" => Some(&incidents::TABLE),
        "change request" | "change_request" => Some(&changes::TABLE),
        "problem" => Some(&problems::TABLE),
        _ if text.starts_with("inc") => Some(&incidents::TABLE),
        _ if text.starts_with("chg") => Some(&changes::TABLE),
        _ if text.starts_with("prb") => Some(&problems::TABLE),
        _ => None,
    }
}

/// Whether cells are as the database stores them: states and priorities are numbers. Then times are UTC.
fn is_raw(mut values: impl FnMut(&str) -> Vec<String>) -> bool {
    let mut seen = false;
    for name in ["state", "incident_state", "priority", "impact", "urgency"] {
        for value in values(name).iter().map(|value| value.trim()).filter(|value| !value.is_empty()) {
            seen = true;
            if value.parse::<f64>().is_err() {
                return false;
            }
        }
    }
    seen
}

/// The work on the files of one run.
#[derive(Default)]
struct Work {
    /// Internal identifier of a change, with the instance, and the number that people use.
    numbers: BTreeMap<String, String>,
}

impl Session for Work {
    fn read(&mut self, content: &Content, task: &Task<'_>, intake: &mut Intake) -> Result<(), IngestError> {
        match content.shape() {
            Some(records::Shape::Json | records::Shape::Yaml) => {
                let documents = documents::read(content)?;
                self.read_documents(content, task, intake, documents)
            }
            _ => {
                let mut table = records::open(content, task.source.delimiter)?;
                let raw = is_raw(|name| column_values(table.as_mut(), name));
                self.read_table(content, task, intake, table.as_mut(), raw && task.source.timezone.is_none())
            }
        }
    }

    fn finish(&mut self, intake: &mut Intake) {
        for (table, columns) in [
            (&incidents::TABLE, &[incidents::CAUSED_BY_CHANGE_ID, incidents::FIX_CHANGE_ID][..]),
            (&problems::TABLE, &[problems::FIX_CHANGE_ID]),
        ] {
            let Some(rows) = intake.tables.get_mut(table.name) else { continue };
            for column in columns {
                for row in 0..rows.len() {
                    if let Some(number) = rows.text(column, row).and_then(|id| self.numbers.get(id)) {
                        rows.set_text(column, row, number);
                    }
                }
            }
        }
    }
}

impl Work {
    fn read_documents(
        &mut self,
        content: &Content,
        task: &Task<'_>,
        intake: &mut Intake,
        mut documents: Documents,
    ) -> Result<(), IngestError> {
        let both = documents.records.iter().any(has_both);
        let texts = |name: &str| documents.records.iter().filter_map(|record| Some(shown(record.get(name)?)?.to_owned())).collect();
        let utc = both || is_raw(texts);
        let prefix = prefix(task.source);
        for record in &documents.records {
            let (number, id) = (record.get("number").and_then(shown), record.get("sys_id").and_then(stored));
            if let (Some(number), Some(id)) = (number, id) {
                self.numbers.insert(format!("{prefix}{id}"), format!("{prefix}{number}"));
            }
        }
        for record in &mut documents.records {
            flatten(record);
        }
        let more = documents.more.take();
        let before = intake.files.len();
        let read = self.read_table(content, task, intake, &mut Json::over(documents), utc);
        if let (Some(reason), Some(report)) = (more, intake.files.get_mut(before)) {
            report.suspect_truncation(reason);
        }
        read
    }

    fn read_table(
        &mut self,
        content: &Content,
        task: &Task<'_>,
        intake: &mut Intake,
        table: &mut dyn Records,
        utc: bool,
    ) -> Result<(), IngestError> {
        let headers = table.headers().to_vec();
        let names: Vec<String> = headers.iter().map(|header| normal(header)).collect();
        let numbers = [column_values(table, "number"), column_values(table, "sys_class_name")].concat();
        let named = task
            .source
            .table
            .as_deref()
            .and_then(|name| [&incidents::TABLE, &changes::TABLE, &problems::TABLE].into_iter().find(|table| table.name == name));
        let Some(canonical) = named.or_else(|| class(&names, numbers.iter().map(String::as_str))) else {
            return Err(IngestError::Unrecognised { file: content.name.clone(), found: crate::plan::listed(&headers) });
        };
        let source = mapped(task.source, canonical, &headers, &names);
        let native = Departures { table: canonical, prefix: prefix(task.source), utc };
        let job =
            Job { table: canonical, source: &source, options: task.options, adapter: NAME, observer: task.observer, native: Some(&native) };
        table::read(content, table, &job, intake)
    }
}

fn prefix(source: &Source) -> String {
    format!("{NAME}:{}:", source.instance.as_deref().unwrap_or("default"))
}

/// The first values of a column.
fn column_values(table: &mut dyn Records, name: &str) -> Vec<String> {
    const MOST: usize = 200;
    let Some(place) = table.headers().iter().position(|header| normal(header) == name) else { return Vec::new() };
    let mut values = Vec::new();
    let visited = table.visit(&[place], &mut |_, reading| {
        if let (Reading::Row(row), true) = (reading, values.len() < MOST) {
            values.extend(row.cell(place).text().map(std::borrow::Cow::into_owned));
        }
    });
    if visited.is_err() {
        values.clear();
    }
    values
}

/// The source with a map of the fields that this file has; what the user mapped stays.
fn mapped(source: &Source, table: &'static Table, headers: &[String], names: &[String]) -> Source {
    let mut mapped = source.clone();
    for (ours, theirs) in columns::of(table) {
        let found = theirs.iter().find_map(|name| names.iter().position(|header| header == name));
        if let Some(place) = found {
            mapped.map.entry((*ours).to_owned()).or_insert_with(|| mapping(ours, &headers[place]));
        }
    }
    if mapped.order_by.is_none() {
        mapped.order_by = names.iter().position(|name| name == "sys_mod_count").map(|place| headers[place].clone());
    }
    mapped.instance.get_or_insert_with(|| "default".to_owned());
    mapped
}

/// A column as it is, but that only an accepted major incident is one.
fn mapping(ours: &str, header: &str) -> Mapping {
    if ours != incidents::IS_MAJOR.name {
        return Mapping::Column(header.to_owned());
    }
    let not_accepted = ["proposed", "candidate", "canceled", "cancelled", "rejected"];
    let values = not_accepted.into_iter().map(|theirs| (theirs.to_owned(), "false".to_owned())).collect();
    Mapping::Detailed(Directions { column: Some(header.to_owned()), values, ..Directions::default() })
}

/// What makes these tables ServiceNow's.
struct Departures {
    table: &'static Table,
    prefix: String,
    utc: bool,
}

impl Native for Departures {
    fn adapt(&self, plan: &mut Plan) {
        let prefixed: &[Column] = match self.table.name {
            "incidents" => {
                const {
                    &[
                        incidents::INCIDENT_ID,
                        incidents::CAUSED_BY_CHANGE_ID,
                        incidents::FIX_CHANGE_ID,
                        incidents::PROBLEM_ID,
                        incidents::PARENT_INCIDENT_ID,
                    ]
                }
            }
            "changes" => const { &[changes::CHANGE_ID, changes::PARENT_CHANGE_ID] },
            _ => const { &[problems::PROBLEM_ID, problems::FIX_CHANGE_ID, problems::FIRST_INCIDENT_ID, problems::DUPLICATE_OF] },
        };
        for field in &mut plan.fields {
            if prefixed.iter().any(|column| field.target == Target::Column(column.position)) {
                field.prefix = Some(self.prefix.clone());
            }
            if let Some(clock) = &mut field.clock {
                clock.is_utc = self.utc;
            }
        }
        plan.words = words::of(self.table);
    }

    fn belongs(&self, draft: &Draft) -> Result<(), String> {
        let number = self.table.column("number").and_then(|column| draft.text(column)).unwrap_or("");
        match class_of(number) {
            Some(table) if table.name != self.table.name => {
                Err(format!("{number} is a record of {}, not of {}", table.name, self.table.name))
            }
            _ => Ok(()),
        }
    }
}

/// Whether fields carry what is stored and what is shown.
fn has_both(record: &Value) -> bool {
    record
        .as_object()
        .is_some_and(|fields| fields.values().any(|field| field.get("value").is_some() && field.get("display_value").is_some()))
}

/// What people see of a field: the display value, else what is stored.
fn shown(field: &Value) -> Option<&str> {
    match field {
        Value::String(text) => Some(text),
        Value::Object(parts) => {
            let part = |name: &str| parts.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
            part("display_value").or_else(|| part("value"))
        }
        _ => None,
    }
}

/// What is stored in a field.
fn stored(field: &Value) -> Option<&str> {
    match field {
        Value::String(text) => Some(text),
        Value::Object(parts) => parts.get("value").or_else(|| parts.get("display_value")).and_then(Value::as_str),
        _ => None,
    }
}

/// Gives each field one value: times as stored (UTC), all else as shown.
fn flatten(record: &mut Value) {
    let Some(fields) = record.as_object_mut() else { return };
    for (name, field) in fields.iter_mut() {
        if let Value::Object(parts) = field {
            let is_time = columns::is_time(name);
            let stored = parts.get("value").filter(|value| !value.is_null() && *value != "").cloned();
            let shown = parts.get("display_value").filter(|value| !value.is_null() && *value != "").cloned();
            *field = if is_time { stored.or(shown) } else { shown.or(stored) }.unwrap_or(Value::Null);
        }
    }
}
