//! One row of a canonical table, filled by paths into a record.

use std::borrow::Cow;

use sequela_schema::Column;
use serde_json::Value;

use super::values;
use crate::draft::{Draft, Slot};
use crate::fields::is_free_text;
use crate::source::DateOrder;
use crate::text::{Nulls, bare, one_line, without_contacts};
use crate::timestamp::{Clock, Reading, Refusal};

/// A row in the making.
pub(crate) struct Entry<'r> {
    pub(super) record: &'r Value,
    pub(super) draft: Draft,
    pub(super) clock: Clock,
    /// Times that could not be read: path, what stood there, why.
    pub(super) unread: Vec<(String, String, Refusal)>,
}

impl<'r> Entry<'r> {
    pub(super) fn new(record: &'r Value, draft: Draft, clock: Clock) -> Self {
        Self { record, draft, clock, unread: Vec::new() }
    }

    /// Times without an offset are known to be UTC.
    pub(crate) fn in_utc(mut self) -> Self {
        self.clock.is_utc = true;
        self
    }

    /// Numeric dates without other evidence have this order.
    pub(crate) fn in_order(mut self, order: DateOrder) -> Self {
        self.clock.order = order;
        self
    }

    /// Whether a column has a value.
    pub(crate) fn has(&self, column: &Column) -> bool {
        !self.draft.is_null(column)
    }

    /// The text that a column has.
    pub(crate) fn get(&self, column: &Column) -> Option<&str> {
        self.draft.text(column)
    }

    /// The instant or number that a column has.
    pub(crate) fn get_int(&self, column: &Column) -> Option<i64> {
        self.draft.int(column)
    }

    /// Sets a text. Null words are none; contacts are masked where a person writes freely.
    pub(crate) fn put(&mut self, column: &Column, text: &str) {
        let Some(text) = clean(text) else { return };
        let free = is_free_text(self.draft.table, column.position);
        let text = if free { without_contacts(&text).into_owned() } else { text.into_owned() };
        self.draft.hash(column.position, text.as_bytes());
        self.draft.set_text(column, &text);
    }

    pub(crate) fn put_opt(&mut self, column: &Column, text: Option<impl AsRef<str>>) {
        if let Some(text) = text {
            self.put(column, text.as_ref());
        }
    }

    pub(crate) fn put_int(&mut self, column: &Column, number: i64) {
        self.draft.hash(column.position, &number.to_le_bytes());
        self.draft.set(column, Slot::Int(number));
    }

    pub(crate) fn put_real(&mut self, column: &Column, number: f64) {
        self.draft.hash(column.position, &number.to_bits().to_le_bytes());
        self.draft.set(column, Slot::Real(number));
    }

    pub(crate) fn put_bool(&mut self, column: &Column, truth: bool) {
        self.draft.hash(column.position, &[u8::from(truth)]);
        self.draft.set(column, Slot::Bool(truth));
    }

    /// Empties a column.
    pub(crate) fn unset(&mut self, column: &Column) {
        self.draft.unset(column);
    }

    /// Sets an instant that is exact, in microseconds since 1970.
    pub(crate) fn put_time(&mut self, column: &Column, at: i64) {
        self.draft.hash(column.position, &at.to_le_bytes());
        self.draft.set_int(column, at);
    }

    /// Sets the text at a path.
    pub(crate) fn text(&mut self, column: &Column, path: &str) {
        self.put_opt(column, values::text(self.record, path));
    }

    /// Sets the text at the first path that has one.
    pub(crate) fn first(&mut self, column: &Column, paths: &[&str]) {
        self.put_opt(column, values::first(self.record, paths));
    }

    pub(crate) fn int(&mut self, column: &Column, path: &str) {
        if let Some(number) = values::int(self.record, path) {
            self.put_int(column, number);
        }
    }

    /// Sets the instant at a path: any form, epoch numbers by magnitude, zeros that stand for nothing left out.
    pub(crate) fn time(&mut self, column: &Column, path: &str) {
        if let Some(reading) = self.read_time(path) {
            self.set_reading(column, reading);
        }
    }

    /// Sets the instant at the first path that has a usable one.
    pub(crate) fn first_time(&mut self, column: &Column, paths: &[&str]) {
        if let Some(reading) = paths.iter().find_map(|path| self.read_time(path)) {
            self.set_reading(column, reading);
        }
    }

    /// Sets an instant from a value that stands elsewhere; `name` is for messages.
    pub(crate) fn time_of(&mut self, column: &Column, name: &str, value: &Value) {
        if let Some(reading) = self.read_value(name, value) {
            self.set_reading(column, reading);
        }
    }

    /// Sets an instant that was read before.
    pub(crate) fn put_reading(&mut self, column: &Column, reading: Reading) {
        self.set_reading(column, reading);
    }

    /// Reads a time that stands elsewhere without setting it; `name` is for messages.
    pub(crate) fn read(&mut self, name: &str, value: &Value) -> Option<Reading> {
        self.read_value(name, value)
    }

    /// When the record was last written, in microseconds.
    pub(crate) fn put_updated(&mut self, at: i64) {
        self.draft.updated = Some(at);
    }

    /// When the record was last written: of several versions the last one counts.
    pub(crate) fn updated(&mut self, path: &str) {
        if let Some(reading) = self.read_time(path) {
            self.draft.updated = Some(reading.at);
        }
    }

    /// Adds a service that the record names.
    pub(crate) fn service(&mut self, name: &str) {
        let Some(name) = clean(name) else { return };
        if !self.draft.services.iter().any(|span| self.draft.span(*span) == name) {
            self.draft.hash(self.draft.table.columns.len(), name.as_bytes());
            let span = self.draft.keep(&name);
            self.draft.services.push(span);
        }
    }

    /// Adds every service at a path.
    pub(crate) fn services(&mut self, path: &str) {
        for name in values::texts(self.record, path) {
            self.service(&name);
        }
    }

    /// Whether a service is named already.
    pub(crate) fn has_service(&self) -> bool {
        !self.draft.services.is_empty()
    }

    /// Adds a team that owns the service of the row.
    pub(crate) fn owner(&mut self, team: &str) {
        let Some(team) = clean(team) else { return };
        if !self.draft.teams.iter().any(|span| self.draft.span(*span) == team) {
            self.draft.hash(self.draft.table.columns.len() + 1, team.as_bytes());
            let span = self.draft.keep(&team);
            self.draft.teams.push(span);
        }
    }

    /// Reads a time at a path without setting it, in microseconds.
    pub(crate) fn instant(&mut self, path: &str) -> Option<i64> {
        self.read_time(path).map(|reading| reading.at)
    }

    fn read_time(&mut self, path: &str) -> Option<Reading> {
        let value = values::at(self.record, path)?;
        self.read_value(path, value)
    }

    fn read_value(&mut self, name: &str, value: &Value) -> Option<Reading> {
        let text = values::plain(value).filter(|text| !Nulls::default().contains(text))?;
        let read = match value.as_i64() {
            Some(number) => self.clock.read_number(number),
            None => self.clock.read(bare(&text)),
        };
        // The zeros of .NET, Go and Unix stand for "not yet" in interfaces: nothing is wrong with the record.
        read.inspect_err(|refusal| {
            if *refusal != Refusal::Zero {
                self.unread.push((name.to_owned(), text.into_owned(), *refusal));
            }
        })
        .ok()
    }

    fn set_reading(&mut self, column: &Column, reading: Reading) {
        self.draft.hash(column.position, &reading.at.to_le_bytes());
        self.draft.set_time(column, reading);
    }
}

/// The text on one line; none where it is blank or a null word.
fn clean(text: &str) -> Option<Cow<'_, str>> {
    let (line, _) = one_line(bare(text));
    if Nulls::default().contains(&line) { None } else { Some(line) }
}
