//! Where adapters write: rows of the canonical tables, with the checks that every row undergoes.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use sequela_schema::Table;
use sequela_schema::canonical::{dependencies, service_aliases, status_events};
use serde_json::Value;

use super::entry::Entry;
use super::scope::{Origin, Scope};
use crate::draft::Draft;
use crate::fields::{self, Target};
use crate::intake::Intake;
use crate::issue::{Place, code};
use crate::plan::Plan;
use crate::rules::{self, Context, Verdict};
use crate::source::Directions;
use crate::timestamp::Refusal;

/// What the desk keeps between records.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    plans: BTreeMap<&'static str, Plan>,
    drafts: BTreeMap<&'static str, Draft>,
    /// Records in each file, by what a page lists.
    pub(super) pages: BTreeMap<String, Vec<(u32, u64)>>,
    noted: BTreeSet<(u32, &'static str)>,
}

/// Takes what one record gives.
pub(crate) struct Desk<'a> {
    pub(super) adapter: &'static str,
    pub(super) intake: &'a mut Intake,
    pub(super) shelf: &'a mut Shelf,
    pub(super) origin: Origin,
    /// Whether a row was refused, and whether one was kept, since the record began.
    pub(super) refused: bool,
    pub(super) kept: bool,
}

impl Desk<'_> {
    /// What holds for the file of the record.
    pub(crate) fn scope(&self) -> Rc<Scope> {
        Rc::clone(&self.origin.scope)
    }

    /// Where the record stands, for rows to be written later.
    pub(crate) fn origin(&self) -> Origin {
        self.origin.clone()
    }

    /// Goes to the place of an earlier record.
    pub(crate) fn go_to(&mut self, origin: &Origin) {
        self.origin = origin.clone();
    }

    /// `<adapter>:<instance>:<native>`.
    pub(crate) fn id(&self, native: &str) -> String {
        format!("{}:{}:{}", self.adapter, self.origin.scope.instance, native)
    }

    /// An empty row of a table, to be filled from a record.
    pub(crate) fn entry<'r>(&mut self, table: &'static Table, record: &'r Value) -> Entry<'r> {
        let draft = self.shelf.drafts.remove(table.name).map_or_else(
            || Draft::new(table),
            |mut draft| {
                draft.clear();
                draft
            },
        );
        Entry::new(record, draft, self.origin.scope.clock())
    }

    /// Keeps a row of a record that was counted before, when all files are read; a refusal counts for the record's file.
    pub(crate) fn keep_later(&mut self, entry: Entry<'_>) -> bool {
        let kept = self.keep(entry);
        if !kept {
            self.intake.file(self.origin.file).rejected += 1;
        }
        kept
    }

    /// The parts of a record that its source maps, for a row that is written later.
    pub(crate) fn mapped_parts(&self, record: &Value) -> serde_json::Map<String, Value> {
        let columns = self.origin.scope.map.values().filter_map(|directions| directions.column.as_deref());
        let keys = columns.filter_map(|column| column.split('.').next());
        keys.filter_map(|key| Some((key.to_owned(), record.get(key)?.clone()))).collect()
    }

    /// Checks a row and keeps it; false where it is refused, which is noted.
    pub(crate) fn keep(&mut self, mut entry: Entry<'_>) -> bool {
        self.apply_map(&mut entry);
        let Entry { mut draft, clock, unread, .. } = entry;
        let plan = self.shelf.plans.entry(draft.table.name).or_insert_with(|| Plan::native(draft.table));
        let scope = &self.origin.scope;
        let (file, row) = (self.origin.file, self.origin.row);
        let report = self.intake.file(file);
        report.table.get_or_insert(draft.table.name);
        if clock.zone_used {
            report.zone = Some(clock.zone.tz.name().to_owned());
            report.zone_basis = Some(if scope.zone_is_set { "source" } else { "organisation" });
        }
        for (path, found, refusal) in &unread {
            draft.bad_times += 1;
            let code = if *refusal == Refusal::Year { code::IMPLAUSIBLE_YEAR } else { code::BAD_TIMESTAMP };
            let place = Place::cell(row, path, found);
            report.issues.note(code, place, format_args!("no usable time; it was left empty, export the record again"));
        }
        let context = Context { plan, production: &scope.production, service: scope.service.as_deref() };
        let verdict = rules::apply(&context, &mut draft, row, &mut report.issues);
        if verdict == Verdict::Keep {
            self.intake.push(&mut draft, file, row, self.adapter, Some(&scope.instance));
            self.kept = true;
        } else {
            self.refused = true;
        }
        self.shelf.drafts.insert(draft.table.name, draft);
        verdict == Verdict::Keep
    }

    /// What the source maps counts more than what the adapter knows.
    fn apply_map(&self, entry: &mut Entry<'_>) {
        for (ours, directions) in &self.origin.scope.map {
            let Some(target) = fields::target(entry.draft.table, ours) else { continue };
            let Directions { column, values, value, .. } = directions;
            let path = column.as_deref().unwrap_or_default();
            let found = value.clone().or_else(|| super::values::text(entry.record, path).map(std::borrow::Cow::into_owned));
            let Some(found) = found else { continue };
            let found = values.get(&found).cloned().unwrap_or(found);
            match target {
                Target::Column(position) => set(entry, position, &found),
                Target::Services => entry.service(&found),
                Target::Teams => entry.owner(&found),
                _ => {}
            }
        }
    }

    /// Writes another name of a service.
    pub(crate) fn alias(&mut self, alias: &str, kind: &str, service: &str, basis: &str) {
        let mut entry = self.entry(&service_aliases::TABLE, &Value::Null);
        entry.put(&service_aliases::ALIAS, alias);
        entry.put(&service_aliases::ALIAS_KIND, kind);
        entry.put(&service_aliases::SERVICE_ID, service);
        entry.put(&service_aliases::BASIS, basis);
        self.keep(entry);
    }

    /// Writes that one service depends on another.
    pub(crate) fn depends(&mut self, from: &str, to: &str, kind: &str) {
        if from == to {
            return;
        }
        let mut entry = self.entry(&dependencies::TABLE, &Value::Null);
        entry.put(&dependencies::FROM_SERVICE_ID, from);
        entry.put(&dependencies::TO_SERVICE_ID, to);
        entry.put(&dependencies::KIND, kind);
        self.keep(entry);
    }

    /// Writes a change of state; `entity` is `incident`, `change` or `deployment`.
    pub(crate) fn event(&mut self, entity: &str, id: &str, at: i64, from: Option<&str>, to: &str) {
        let mut entry = self.entry(&status_events::TABLE, &Value::Null);
        entry.put(&status_events::ENTITY_TYPE, entity);
        entry.put(&status_events::ENTITY_ID, id);
        entry.put_time(&status_events::AT, at);
        entry.put_opt(&status_events::FROM_STATE, from);
        entry.put(&status_events::TO_STATE, to);
        self.keep(entry);
    }

    /// Counts a record of a page; `what` says which list the page is of.
    pub(crate) fn count_on_page(&mut self, what: &str) {
        let file = self.origin.file;
        let pages = match self.shelf.pages.get_mut(what) {
            Some(pages) => pages,
            None => self.shelf.pages.entry(what.to_owned()).or_default(),
        };
        match pages.last_mut().filter(|(last, _)| *last == file) {
            Some((_, count)) => *count += 1,
            None => pages.push((file, 1)),
        }
    }

    /// Notes a defect after which the record is still used.
    pub(crate) fn note(&mut self, code: &'static str, column: &str, found: &str, message: &str) {
        let place = Place::cell(self.origin.row, column, found);
        self.intake.file(self.origin.file).issues.note(code, place, format_args!("{message}"));
    }

    /// Notes once per file what is taken for granted.
    pub(crate) fn note_once(&mut self, code: &'static str, message: &str) {
        if self.shelf.noted.insert((self.origin.file, code)) {
            self.intake.file(self.origin.file).issues.note(code, Place::FILE, format_args!("{message}"));
        }
    }

    /// Says that the file looks cut off.
    pub(crate) fn suspect_truncation(&mut self, reason: &str) {
        self.intake.file(self.origin.file).suspect_truncation(reason.to_owned());
    }

    /// Rows of all files, for adapters that complete what others wrote.
    pub(crate) fn intake(&mut self) -> &mut Intake {
        self.intake
    }
}

/// Sets a column from the text that a map found, according to the column's type.
fn set(entry: &mut Entry<'_>, position: usize, found: &str) {
    use sequela_schema::Type;
    let column = &entry.draft.table.columns[position];
    match column.kind {
        Type::Text => entry.put(column, found),
        Type::Instant => entry.time_of(column, column.name, &Value::String(found.to_owned())),
        Type::Bool => {
            if let Some(truth) = crate::words::truth(found) {
                entry.put_bool(column, truth);
            }
        }
        Type::Real => {
            if let Ok(number) = found.parse() {
                entry.put_real(column, number);
            }
        }
        Type::Int | Type::Date => {
            if let Ok(number) = found.parse() {
                entry.put_int(column, number);
            }
        }
    }
}
