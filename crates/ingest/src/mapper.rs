//! Fills a draft from a row as the plan says. A value that cannot be read becomes null and an issue; it never fails the row here.

use std::borrow::Cow;

use sequela_schema::Type;
use sha2::{Digest, Sha256};

use crate::content::hex;
use crate::draft::{Draft, Slot};
use crate::fields::{Target, is_free_text};
use crate::issue::{Issues, Place, code};
use crate::plan::{Field, Plan};
use crate::records::{Cell, LIST, Row};
use crate::text::{Nulls, bare, one_line, without_contacts};
use crate::timestamp::{Clock, DAY, Reading, Refusal};
use crate::words;

/// Where the values of one row go.
pub(crate) struct Mapper<'a> {
    pub(crate) draft: &'a mut Draft,
    pub(crate) issues: &'a mut Issues,
    /// Numbers are written with a decimal comma.
    pub(crate) decimal_comma: bool,
    pub(crate) row: u64,
}

impl Mapper<'_> {
    /// Fills the draft from one row.
    pub(crate) fn fill(&mut self, plan: &mut Plan, row: &dyn Row) {
        let Plan { table, fields, nulls, kept, .. } = plan;
        for (place, field) in fields.iter_mut().enumerate() {
            if is_list(field) {
                self.fill_list(place, field, nulls, row);
            } else if let Some(constant) = field.constant.take() {
                self.fill_one(table, field, nulls, Cell::Text(&constant));
                field.constant = Some(constant);
            } else if let Some(cell) = first_value(&field.columns, nulls, row) {
                self.hash(place, cell);
                self.fill_one(table, field, nulls, cell);
            }
        }
        if !kept.is_empty() {
            self.fill_attrs(plan, row);
        }
    }

    fn hash(&mut self, place: usize, cell: Cell<'_>) {
        match cell {
            Cell::Null => {}
            Cell::Text(text) => self.draft.hash(place, text.as_bytes()),
            Cell::Int(value) | Cell::Time(value, _) | Cell::Date(value) => self.draft.hash(place, &value.to_le_bytes()),
            Cell::Real(value) => self.draft.hash(place, &value.to_bits().to_le_bytes()),
            Cell::Bool(value) => self.draft.hash(place, &[u8::from(value)]),
        }
    }

    fn fill_one(&mut self, table: &'static sequela_schema::Table, field: &mut Field, nulls: &Nulls, cell: Cell<'_>) {
        match field.target {
            Target::Column(position) => {
                let column = &table.columns[position];
                match column.kind {
                    Type::Instant => {
                        if let Some(reading) = self.time(field, cell) {
                            self.draft.set_time(column, reading);
                        }
                    }
                    Type::Text => {
                        if let Some(text) = self.text(field, nulls, cell, is_free_text(table, position)) {
                            self.draft.set_text(column, &text);
                        }
                    }
                    kind => {
                        if let Some(slot) = self.number(field, nulls, cell, kind) {
                            self.draft.set(column, slot);
                        }
                    }
                }
            }
            Target::Commit => {
                if let Some(text) = self.text(field, nulls, cell, false) {
                    self.draft.set_commit(&text);
                }
            }
            Target::Updated => {
                if let Some(reading) = self.time(field, cell) {
                    self.draft.updated = Some(reading.at);
                }
            }
            Target::Order => self.order(field, cell),
            Target::Services | Target::Teams | Target::Aliases | Target::DependsOn => {}
        }
    }

    /// Their word, ours in its place where the map says so, on one line.
    fn text<'c>(&mut self, field: &Field, nulls: &Nulls, cell: Cell<'c>, free: bool) -> Option<Cow<'c, str>> {
        match cell.text()? {
            Cow::Borrowed(text) => self.clean(field, nulls, text, free),
            Cow::Owned(text) => self.clean(field, nulls, &text, free).map(|clean| Cow::Owned(clean.into_owned())),
        }
    }

    fn clean<'c>(&mut self, field: &Field, nulls: &Nulls, text: &'c str, free: bool) -> Option<Cow<'c, str>> {
        let text = bare(text);
        if let Some(ours) = replaced(field, text) {
            return (!nulls.contains(ours)).then(|| Cow::Owned(prefixed(field, ours.to_owned())));
        }
        let (mut line, controls) = one_line(text);
        if controls {
            self.note_controls(field);
        }
        if free && let Cow::Owned(masked) = without_contacts(&line) {
            line = Cow::Owned(masked);
        }
        if nulls.contains(&line) {
            return None;
        }
        Some(if field.prefix.is_some() { Cow::Owned(prefixed(field, line.into_owned())) } else { line })
    }

    fn note_controls(&mut self, field: &Field) {
        let place = Place { row: self.row, column: Some(&field.header), found: None };
        self.issues.note(code::CONTROL_CHARACTERS, place, format_args!("control characters were taken out of {}", field.name));
    }

    fn time(&mut self, field: &mut Field, cell: Cell<'_>) -> Option<Reading> {
        let header = std::mem::take(&mut field.header);
        let reading = field.clock.as_mut().and_then(|clock| match read_time(clock, cell) {
            Ok(reading) => {
                if reading.in_gap {
                    let found = cell.text().unwrap_or_default();
                    self.issues.note(
                        code::DST_GAP,
                        Place::cell(self.row, &header, &found),
                        format_args!(
                            "this local time does not exist in {}: clocks went forward; it was moved forward, check the time zone",
                            clock.zone.tz
                        ),
                    );
                }
                Some(reading)
            }
            Err(refusal) => {
                self.refuse_time(&header, field.name, &cell.text().unwrap_or_default(), refusal);
                None
            }
        });
        field.header = header;
        reading
    }

    fn refuse_time(&mut self, header: &str, name: &str, found: &str, refusal: Refusal) {
        let place = Place::cell(self.row, header, found);
        match refusal {
            Refusal::Zero => {
                self.issues.note(code::EPOCH_ZERO, place, format_args!("zero written as a date; {name} was left empty"));
                return;
            }
            Refusal::Year => self.issues.note(
                code::IMPLAUSIBLE_YEAR,
                place,
                format_args!("the year is not within 1990 to 2100; {name} was left empty, check the format"),
            ),
            // Such a row may have been edited by hand, so its other times are not to be trusted either.
            Refusal::Order => {
                self.draft.rejected = true;
                let message = "day and month stand in the other order than in the rest of the column; set date_order or correct the row";
                self.issues.reject(code::BAD_TIMESTAMP, place, format_args!("{message}"));
            }
            Refusal::Unreadable => {
                self.issues.note(
                    code::BAD_TIMESTAMP,
                    place,
                    format_args!("no readable time; {name} was left empty, set a format in the map"),
                );
            }
        }
        self.draft.bad_times += 1;
    }

    fn number(&mut self, field: &Field, nulls: &Nulls, cell: Cell<'_>, kind: Type) -> Option<Slot> {
        match (kind, cell) {
            (Type::Int | Type::Date, Cell::Int(value) | Cell::Date(value)) => return Some(Slot::Int(value)),
            (Type::Real, Cell::Real(value)) if !value.is_nan() => return Some(Slot::Real(value)),
            (Type::Bool, Cell::Bool(value)) => return Some(Slot::Bool(value)),
            (_, Cell::Real(value)) if value.is_nan() => return None,
            _ => {}
        }
        let text = self.text(field, nulls, cell, false)?;
        let slot = match kind {
            Type::Bool => words::truth(&text).map(Slot::Bool),
            Type::Real => decimal(&text, self.decimal_comma).map(Slot::Real),
            _ => integer(&text, self.decimal_comma).map(Slot::Int),
        };
        if slot.is_none() {
            let (code, wanted) = if kind == Type::Bool { (code::UNKNOWN_VALUE, "true or false") } else { (code::BAD_NUMBER, "a number") };
            let place = Place::cell(self.row, &field.header, &text);
            self.issues.note(code, place, format_args!("{} should be {wanted}; it was left empty", field.name));
        }
        slot
    }

    fn order(&mut self, field: &mut Field, cell: Cell<'_>) {
        let Some(text) = cell.text() else { return };
        let text = bare(&text);
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        let time = if number.is_none() { field.clock.as_mut().and_then(|clock| read_time(clock, cell).ok()) } else { None };
        if let (Some(reading), None) = (time, self.draft.updated) {
            self.draft.updated = Some(reading.at);
        }
        #[expect(clippy::cast_precision_loss, reason = "microseconds since 1970 are exact in a float until the year 2255")]
        let key = number.or(time.map(|reading| reading.at as f64)).unwrap_or(f64::NAN);
        self.draft.set_order(key, text);
    }

    fn fill_list(&mut self, place: usize, field: &Field, nulls: &Nulls, row: &dyn Row) {
        if let Some(constant) = &field.constant {
            self.push_element(field, constant);
        }
        for column in &field.columns {
            let cell = row.cell(*column);
            let Some(text) = cell.text() else { continue };
            self.hash(place, cell);
            let by_separator: Vec<&str> = match &field.split {
                Some(split) => text.split([LIST]).flat_map(|part| part.split(split.as_str())).collect(),
                None => text.split(LIST).collect(),
            };
            for part in by_separator {
                let (line, controls) = one_line(bare(part));
                if controls {
                    self.note_controls(field);
                }
                let ours = replaced(field, &line).unwrap_or(&line);
                if !nulls.contains(ours) {
                    self.push_element(field, ours);
                }
            }
        }
    }

    fn push_element(&mut self, field: &Field, text: &str) {
        let list = |draft: &Draft| match field.target {
            Target::Teams => draft.teams.clone(),
            Target::Aliases => draft.aliases.clone(),
            Target::DependsOn => draft.depends_on.clone(),
            _ => draft.services.clone(),
        };
        if list(self.draft).iter().any(|span| self.draft.span(*span) == text) {
            return;
        }
        let span = self.draft.keep(text);
        match field.target {
            Target::Teams => self.draft.teams.push(span),
            Target::Aliases => self.draft.aliases.push(span),
            Target::DependsOn => self.draft.depends_on.push(span),
            _ => self.draft.services.push(span),
        }
    }

    fn fill_attrs(&mut self, plan: &Plan, row: &dyn Row) {
        let mut attrs = serde_json::Map::new();
        for kept in &plan.kept {
            let Some(text) = row.cell(kept.column).text() else { continue };
            let text = bare(&text);
            if !plan.nulls.contains(text) {
                let value = match &kept.salt {
                    Some(salt) => hex(&Sha256::digest(format!("{salt}{text}").as_bytes())[..8]),
                    None => without_contacts(text).into_owned(),
                };
                attrs.insert(kept.header.clone(), value.into());
            }
        }
        if let (Some(column), false) = (plan.table.column("attrs"), attrs.is_empty()) {
            self.draft.set_text(column, &serde_json::Value::Object(attrs).to_string());
        }
    }
}

fn is_list(field: &Field) -> bool {
    matches!(field.target, Target::Services | Target::Teams | Target::Aliases | Target::DependsOn)
}

/// The first cell with a value.
fn first_value<'r>(columns: &[usize], nulls: &Nulls, row: &'r dyn Row) -> Option<Cell<'r>> {
    columns.iter().map(|column| row.cell(*column)).find(|cell| match cell {
        Cell::Null => false,
        Cell::Text(text) => !nulls.contains(bare(text)),
        _ => true,
    })
}

/// Our value for theirs.
fn replaced<'f>(field: &'f Field, text: &str) -> Option<&'f str> {
    if field.values.is_empty() {
        return None;
    }
    let found =
        field.values.get(text).or_else(|| field.values.iter().find(|(theirs, _)| theirs.eq_ignore_ascii_case(text)).map(|(_, ours)| ours));
    found.map(String::as_str)
}

fn prefixed(field: &Field, text: String) -> String {
    match &field.prefix {
        Some(prefix) if !text.starts_with(prefix.as_str()) => format!("{prefix}{text}"),
        _ => text,
    }
}

fn read_time(clock: &mut Clock, cell: Cell<'_>) -> Result<Reading, Refusal> {
    match cell {
        Cell::Null => Err(Refusal::Unreadable),
        Cell::Text(text) => clock.read(bare(text)),
        Cell::Int(number) if clock.has_format() => clock.read(&number.to_string()),
        Cell::Int(number) => clock.read_number(number),
        Cell::Real(number) => clock.read(&format!("{number:.6}")),
        Cell::Bool(_) => Err(Refusal::Unreadable),
        Cell::Time(micros, utc) => clock.read_typed(micros, utc),
        Cell::Date(days) => clock.read_date(days.saturating_mul(DAY)),
    }
}

/// A whole number, also as `3.0`.
fn integer(text: &str, comma: bool) -> Option<i64> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let number = decimal(text, comma)?;
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and far from the limits")]
    (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
}

/// A number; with a decimal comma, `1.234,5`, else `1,234.5`.
fn decimal(text: &str, comma: bool) -> Option<f64> {
    let plain = if comma { text.replace('.', "").replace(',', ".") } else { text.replace(',', "") };
    let first = if comma && !text.contains(',') { text } else { &plain };
    first.trim_end_matches('%').trim().parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_either_sign() {
        assert_eq!(decimal("1.234,5", true), Some(1234.5));
        assert_eq!(decimal("1,234.5", false), Some(1234.5));
        assert_eq!(decimal("12.5", true), Some(12.5));
        assert_eq!(integer("3.0", false), Some(3));
        assert_eq!(integer("3.5", false), None);
        assert_eq!(decimal("inf", false), None);
    }
}
