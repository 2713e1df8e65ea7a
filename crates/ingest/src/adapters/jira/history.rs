//! Changes of status: what they say of an incident, and changelogs that come in files of their own.

use std::collections::BTreeMap;

use sequela_schema::Table;
use sequela_schema::canonical::{changes, incidents};
use serde_json::Value;

use super::issue::Issue;
use super::words::{self, Category};
use crate::adapters::shared::scope::Scope;
use crate::adapters::shared::{Desk, Origin, values};
use crate::records::documents::object_in;

/// One change of status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Move {
    pub(super) at: i64,
    pub(super) from: String,
    pub(super) to: String,
}

/// The changes of status among the entries of a changelog.
pub(super) fn moves(entries: &[Value]) -> Vec<Move> {
    entries.iter().flat_map(moves_of).collect()
}

fn moves_of(entry: &Value) -> Vec<Move> {
    let Some(at) = entry.get("created").and_then(values::instant) else { return Vec::new() };
    let items = values::list(entry, "items").iter().filter(|item| values::text(item, "field").is_some_and(|field| field == "status"));
    let text = |item: &Value, key: &str| values::text(item, key).unwrap_or_default().into_owned();
    items.map(|item| Move { at, from: text(item, "fromString"), to: text(item, "toString") }).collect()
}

/// In the order of time, each once: Jira Cloud lists the latest first, and pages may overlap.
pub(super) fn sorted(mut moves: Vec<Move>) -> Vec<Move> {
    moves.sort_by_key(|change| change.at);
    moves.dedup();
    moves
}

/// Identifiers or keys of issues with the entries of their changelogs, in any of the forms in which they are fetched.
pub(super) fn changelog(record: &Value) -> Vec<(String, &[Value])> {
    let address = values::text(record, "self").unwrap_or_default();
    let of_address = address.split_once("/issue/").and_then(|(_, rest)| rest.split_once("/changelog"));
    if let (Some((issue, _)), true) = (of_address, record.get("values").is_some_and(Value::is_array)) {
        return vec![(issue.to_owned(), values::list(record, "values"))];
    }
    if record.get("issueChangeLogs").is_some() {
        return values::list(record, "issueChangeLogs").iter().flat_map(changelog).collect();
    }
    if let (Some(issue), true) = (values::text(record, "issueId"), record.get("changeHistories").is_some()) {
        return vec![(issue.into_owned(), values::list(record, "changeHistories"))];
    }
    // One entry, with what was asked for beside it, as DevLake keeps it.
    let asked = record.get("input").and_then(object_in);
    let issue = asked.as_ref().and_then(|asked| values::first(asked, &["issue_id", "issueId", "issue_key"]));
    match issue {
        Some(issue) if record.get("items").is_some() => vec![(issue.into_owned(), std::slice::from_ref(record))],
        _ => Vec::new(),
    }
}

/// What the changes of status say of an issue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// First leave of the category of what is new.
    pub(super) acknowledged: Option<i64>,
    /// Last time that it was done, where it still is.
    pub(super) done: Option<i64>,
    /// Last time that it was closed, where it still is.
    pub(super) closed: Option<i64>,
    pub(super) reopened: i64,
}

impl Found {
    pub(super) fn of(moves: &[Move], issue: &Issue, scope: &Scope) -> Self {
        Self::between(moves, &issue.status(), issue.category, scope)
    }

    /// What a history says, given the status that the issue has now.
    fn between(moves: &[Move], status: &str, category: Option<Category>, scope: &Scope) -> Self {
        let initial = moves.first().map_or("", |first| first.from.as_str());
        // A status of its own language is known by what Jira says of the present one; issues begin with what is new.
        let known = |name: &str| {
            let of_word = words::incident_state(name, None, scope).map(|state| Category::of_state(&state));
            let of_present = category.filter(|_| name == status);
            of_present.or(of_word).unwrap_or(if name == initial { Category::New } else { Category::InProgress })
        };
        let mut found = Self::default();
        for change in moves {
            let (from, to) = (known(&change.from), known(&change.to));
            if from == Category::New && to != Category::New {
                found.acknowledged = found.acknowledged.or(Some(change.at));
            }
            match (from == Category::Done, to == Category::Done) {
                (true, false) => {
                    found.reopened += 1;
                    found.done = None;
                }
                (false, true) => found.done = Some(change.at),
                _ => {}
            }
            let is_closed = words::incident_state(&change.to, None, scope).as_deref() == Some("closed");
            found.closed = is_closed.then_some(change.at);
        }
        found
    }
}

/// Writes the changes of status of an incident or change.
pub(super) fn write_events(moves: &[Move], table: &'static Table, id: &str, desk: &mut Desk<'_>) {
    let is_incident = table.name == incidents::TABLE.name;
    if !is_incident && table.name != changes::TABLE.name {
        return;
    }
    let scope = desk.scope();
    let word = |name: &str| {
        let state =
            if is_incident { words::incident_state(name, None, &scope) } else { words::change_state(name, None).map(str::to_owned) };
        state.unwrap_or_else(|| name.to_owned())
    };
    for change in moves {
        let from = Some(change.from.as_str()).filter(|from| !from.is_empty()).map(word);
        desk.event(if is_incident { "incident" } else { "change" }, id, change.at, from.as_deref(), &word(&change.to));
    }
}

/// An issue that was written.
pub(super) struct Known {
    pub(super) id: String,
    pub(super) table: &'static Table,
    pub(super) origin: Origin,
    pub(super) status: String,
    pub(super) category: Option<Category>,
    /// Its history stood in its record.
    pub(super) is_told: bool,
}

/// Changes of status of one issue, and whether they were fetched apart, and so completely.
#[derive(Default)]
struct Fetched {
    moves: Vec<Move>,
    apart: bool,
}

/// Changelogs and issues that came in different files.
#[derive(Default)]
pub(super) struct Histories {
    /// By key and by number.
    issues: BTreeMap<String, usize>,
    known: Vec<Known>,
    moves: BTreeMap<String, Fetched>,
    /// Where the last changelog stood.
    last: Option<Origin>,
}

impl Histories {
    pub(super) fn know(&mut self, issue: &Issue, known: Known, desk: &Desk<'_>) {
        let place = self.known.len();
        self.known.push(known);
        self.issues.insert(desk.id(&issue.key), place);
        if let Some(id) = &issue.id {
            self.issues.insert(desk.id(id), place);
        }
    }

    /// Takes the part of a history that a record has.
    pub(super) fn begin(&mut self, id: &str, moves: Vec<Move>) {
        self.moves.entry(id.to_owned()).or_default().moves.extend(moves);
    }

    pub(super) fn take(&mut self, changelogs: Vec<(String, &[Value])>, desk: &Desk<'_>) {
        for (issue, entries) in changelogs {
            let fetched = self.moves.entry(desk.id(&issue)).or_default();
            fetched.moves.extend(moves(entries));
            fetched.apart = true;
        }
        self.last = Some(desk.origin());
    }

    /// Writes histories to the issues that they belong to.
    pub(super) fn write(self, desk: &mut Desk<'_>) {
        let mut strangers = 0;
        let rows = if self.moves.is_empty() { BTreeMap::new() } else { rows_of(desk) };
        let mut of_issues: BTreeMap<usize, Fetched> = BTreeMap::new();
        for (issue, fetched) in self.moves {
            match self.issues.get(&issue) {
                Some(place) => {
                    let all = of_issues.entry(*place).or_default();
                    all.moves.extend(fetched.moves);
                    all.apart |= fetched.apart;
                }
                None => strangers += 1,
            }
        }
        for (place, fetched) in of_issues {
            let Some(known) = self.known.get(place).filter(|known| !known.is_told) else { continue };
            let moves = sorted(fetched.moves);
            desk.go_to(&known.origin);
            write_events(&moves, known.table, &known.id, desk);
            if fetched.apart && known.table.name == incidents::TABLE.name {
                let found = Found::between(&moves, &known.status, known.category, &desk.scope());
                complete(rows.get(&known.id).map_or(&[], Vec::as_slice), &found, desk);
            }
        }
        if let (Some(last), true) = (self.last, strangers > 0) {
            desk.go_to(&last);
            let message =
                format!("changelogs of {strangers} issues belong to no incident, change or problem of this run; they were left alone");
            desk.note_once("changelogs_left_alone", &message);
        }
    }
}

/// Places of the incidents in the table.
fn rows_of(desk: &mut Desk<'_>) -> BTreeMap<String, Vec<usize>> {
    let rows = desk.intake().rows(&incidents::TABLE);
    let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for row in 0..rows.len() {
        if let Some(id) = rows.text(&incidents::INCIDENT_ID, row) {
            places.entry(id.to_owned()).or_default().push(row);
        }
    }
    places
}

/// Fills what a history tells into rows that lack it; nothing before the record was opened.
fn complete(places: &[usize], found: &Found, desk: &mut Desk<'_>) {
    let rows = desk.intake().rows(&incidents::TABLE);
    let told = [
        (&incidents::ACKNOWLEDGED_AT, found.acknowledged),
        (&incidents::RESOLVED_AT, found.done),
        (&incidents::CLOSED_AT, found.closed),
        (&incidents::REOPEN_COUNT, Some(found.reopened)),
    ];
    for row in places {
        let opened = rows.int(&incidents::CREATED_AT, *row).unwrap_or(i64::MIN);
        for (column, value) in told {
            let fits = |value: &i64| column.name == incidents::REOPEN_COUNT.name || *value >= opened;
            if let (Some(value), true) = (value.filter(fits), rows.is_null(column, *row)) {
                rows.set_int(column, *row, Some(value));
            }
        }
    }
}
