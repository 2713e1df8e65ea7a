//! One column per field, however an export packs what is stored and what is shown.
//!
//! Interfaces give `{"display_value": …, "value": …}`, which becomes columns such as `state.value`, in tables made from them too. Of a
//! time what is stored counts (UTC), of all else what is shown.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::columns::is_time;
use super::kinds::{self, Kind};
use super::packing::{Packing, is_empty, part, unpacked};
use crate::IngestError;
use crate::adapters::Sample;
use crate::records::documents::Documents;
use crate::records::json::Json;
use crate::records::{Cell, Reading, Records, Row, Visit};
use crate::text::normal;

/// Rows of any export of ServiceNow.
pub(super) struct View<'a> {
    inner: Box<dyn Records + 'a>,
    layout: Layout,
    only: Option<Only>,
}

/// The columns of the file, and behind them one for every field that is packed in several.
struct Layout {
    headers: Vec<String>,
    names: Vec<String>,
    /// Whether a column holds times.
    times: Vec<bool>,
    /// Columns of the file.
    width: usize,
    fields: Vec<Parts>,
    class: Option<usize>,
    number: Option<usize>,
}

/// Columns of the file that a field is packed in.
#[derive(Clone, Copy, Debug, Default)]
struct Parts {
    plain: Option<usize>,
    stored: Option<usize>,
    shown: Option<usize>,
}

/// Which rows of a file with records of several tables are given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Only {
    pub(super) kind: Kind,
    /// Whether records of an unknown kind, and what cannot be parsed, count as well.
    pub(super) rest: bool,
}

/// What a pass over all rows tells.
#[derive(Debug, Default)]
pub(super) struct Survey {
    pub(super) rows: u64,
    /// Records by kind.
    pub(super) votes: BTreeMap<Kind, u64>,
    /// Times are as the database stores them: in UTC.
    pub(super) utc: bool,
    /// Internal identifier and number.
    pub(super) numbers: Vec<(String, String)>,
    /// Numbers of changes made from a template.
    pub(super) templated: Vec<String>,
    /// Rows of another kind than the given one, with what they are.
    pub(super) others: Vec<(u64, String)>,
}

/// Fields whose values are numbers where an export is as stored.
const CODED: [&str; 6] = ["state", "incident_state", "problem_state", "priority", "impact", "urgency"];
/// Rows that are looked at to tell what is stored from what is shown.
const LOOKED_AT: u64 = 200;

impl<'a> View<'a> {
    pub(super) fn over(inner: Box<dyn Records + 'a>) -> Self {
        let layout = Layout::of(inner.headers());
        Self { inner, layout, only: None }
    }

    /// The first rows of a file.
    pub(super) fn of_sample(sample: &Sample) -> View<'static> {
        if sample.records.is_empty() {
            return View::over(Box::new(Cells { headers: sample.headers.clone(), rows: sample.rows.clone() }));
        }
        let records = sample.records.iter().filter(|record| record.is_object()).cloned().collect();
        View::over(Box::new(Json::over(Documents::of(records))))
    }

    /// Names of the columns in the normal form.
    pub(super) fn names(&self) -> &[String] {
        &self.layout.names
    }

    /// The header of a field, as written.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.layout.place(name).and_then(|place| self.layout.headers.get(place)).map(String::as_str)
    }

    /// Gives only some of the rows from now on.
    pub(super) fn restrict(&mut self, only: Option<Only>) {
        self.only = only;
    }

    /// Looks at all rows; `documents` says whether they come from JSON, `wanted` which kind the file is said to be of.
    pub(super) fn survey(&mut self, documents: bool, wanted: Option<Kind>) -> Result<Survey, IngestError> {
        let layout = &self.layout;
        let mut survey = Survey::default();
        let mut packing = layout.packing();
        let coded: Vec<usize> = CODED.iter().filter_map(|name| layout.place(name)).collect();
        let opened: Vec<usize> = ["opened_at", "sys_created_on"].iter().filter_map(|name| layout.place(name)).collect();
        let [id, template] = ["sys_id", "std_change_producer_version"].map(|name| layout.place(name));
        self.inner.visit(&(0..layout.width).collect::<Vec<_>>(), &mut |row_number, reading| {
            survey.rows += 1;
            let Reading::Row(row) = reading else { return };
            let row = Unified { layout, row };
            if survey.rows <= LOOKED_AT {
                coded.iter().filter_map(|place| row.text(Some(*place))).for_each(|text| packing.note_code(&text));
                packing.stored |= opened.iter().any(|place| row.is_packed(*place));
            }
            let number = row.text(layout.number);
            let kind = row.kind();
            if let Some(kind) = kind {
                *survey.votes.entry(kind).or_default() += 1;
                if kind == Kind::Other || wanted.is_some_and(|wanted| wanted.is_task() && wanted != kind) {
                    survey.others.push((row_number, number.clone().or(row.text(layout.class)).unwrap_or_default()));
                }
            }
            if let (Some(id), Some(number)) = (row.text(id), &number) {
                survey.numbers.push((id, number.clone()));
            }
            if let (Some(_), Some(number)) = (row.text(template), number) {
                survey.templated.push(number);
            }
        })?;
        survey.utc = packing.is_utc(documents);
        Ok(survey)
    }

    /// Gives every row as a flat record: what is shown under the name of the field, what is stored under `<name>/id`.
    pub(super) fn each(&mut self, give: &mut dyn FnMut(u64, Result<Value, (String, String)>)) -> Result<(), IngestError> {
        let layout = &self.layout;
        self.inner.visit(&(0..layout.width).collect::<Vec<_>>(), &mut |number, reading| match reading {
            Reading::Row(row) => give(number, Ok(Unified { layout, row }.record())),
            Reading::Broken(reason, found) => give(number, Err((reason, found.to_owned()))),
        })
    }
}

impl Records for View<'_> {
    fn headers(&self) -> &[String] {
        &self.layout.headers
    }

    fn format(&self) -> &'static str {
        self.inner.format()
    }

    fn delimiter(&self) -> Option<u8> {
        self.inner.delimiter()
    }

    fn unclosed_quote(&self) -> bool {
        self.inner.unclosed_quote()
    }

    fn visit(&mut self, wanted: &[usize], visit: &mut Visit<'_>) -> Result<(), IngestError> {
        let (layout, only) = (&self.layout, self.only);
        let wanted = layout.needed(wanted);
        self.inner.visit(&wanted, &mut |number, reading| match reading {
            Reading::Row(row) => {
                let row = Unified { layout, row };
                if only.is_none_or(|only| row.kind().map_or(only.rest, |kind| kind == only.kind)) {
                    visit(number, Reading::Row(&row));
                }
            }
            broken => {
                if only.is_none_or(|only| only.rest) {
                    visit(number, broken);
                }
            }
        })
    }
}

impl Layout {
    fn of(headers: &[String]) -> Self {
        let mut packed: Vec<(String, Parts)> = Vec::new();
        for (place, header) in headers.iter().enumerate() {
            let Some((base, part)) = header.rsplit_once('.') else { continue };
            if !matches!(part, "value" | "display_value") {
                continue;
            }
            let known = packed.iter().position(|(name, _)| name == base).unwrap_or_else(|| {
                let plain = headers.iter().position(|header| header == base);
                packed.push((base.to_owned(), Parts { plain, ..Parts::default() }));
                packed.len() - 1
            });
            if let Some((_, parts)) = packed.get_mut(known) {
                *(if part == "value" { &mut parts.stored } else { &mut parts.shown }) = Some(place);
            }
        }
        let width = headers.len();
        let headers: Vec<String> = headers.iter().cloned().chain(packed.iter().map(|(name, _)| name.clone())).collect();
        let names: Vec<String> = headers.iter().map(|header| normal(header)).collect();
        let times = names.iter().map(|name| is_time(name)).collect();
        let fields = packed.into_iter().map(|(_, parts)| parts).collect();
        let mut layout = Self { headers, names, times, width, fields, class: None, number: None };
        layout.class = layout.place("sys_class_name").or(layout.place("task_type"));
        layout.number = layout.place("number");
        layout
    }

    /// The column of a field: the one that its parts were put together in, else the first of that name.
    fn place(&self, name: &str) -> Option<usize> {
        let together = self.names.iter().skip(self.width).position(|known| known == name).map(|place| place + self.width);
        together.or_else(|| self.names.iter().position(|known| known == name))
    }

    /// Columns of the file that the wanted columns need.
    fn needed(&self, wanted: &[usize]) -> Vec<usize> {
        let mut needed = Vec::new();
        for place in wanted.iter().copied().chain(self.class).chain(self.number) {
            match place.checked_sub(self.width).and_then(|field| self.fields.get(field)) {
                Some(Parts { plain, stored, shown }) => needed.extend([plain, stored, shown].into_iter().flatten()),
                None => needed.push(place),
            }
        }
        needed.sort_unstable();
        needed.dedup();
        needed
    }

    fn packing(&self) -> Packing {
        let any = |test: &dyn Fn(&Parts) -> bool| self.fields.iter().any(test);
        let (stored, shown) = (any(&|parts| parts.stored.is_some()), any(&|parts| parts.shown.is_some() && parts.stored.is_none()));
        Packing::new(stored, shown)
    }
}

/// A row with its packed fields put together.
struct Unified<'r> {
    layout: &'r Layout,
    row: &'r dyn Row,
}

impl Unified<'_> {
    fn text(&self, place: Option<usize>) -> Option<String> {
        let text = self.cell(place?).text()?;
        Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    fn kind(&self) -> Option<Kind> {
        let text = |place: Option<usize>| self.text(place).unwrap_or_default();
        kinds::of_record(&text(self.layout.class), &text(self.layout.number))
    }

    /// Whether a cell holds an object that says what is stored.
    fn is_packed(&self, place: usize) -> bool {
        matches!(self.row.cell(place), Cell::Text(text) if part(text, "value").is_some())
    }

    /// The cell of a field, the stored or the shown part of it first.
    fn together(&self, parts: Parts, stored_first: bool) -> Cell<'_> {
        let (first, second) = if stored_first { (parts.stored, parts.shown) } else { (parts.shown, parts.stored) };
        let cells = [first, second, parts.plain].into_iter().flatten().map(|place| unpacked(self.row.cell(place), stored_first));
        cells.into_iter().find(|cell| !is_empty(*cell)).unwrap_or(Cell::Null)
    }

    fn at(&self, column: usize, stored_first: bool) -> Cell<'_> {
        let Layout { width, fields, .. } = self.layout;
        match column.checked_sub(*width) {
            None => unpacked(self.row.cell(column), stored_first),
            Some(field) => match fields.get(field) {
                Some(parts) => self.together(*parts, stored_first),
                None => self.row.cell(column - fields.len()),
            },
        }
    }

    fn record(&self) -> Value {
        let mut record = Map::new();
        for (place, name) in self.layout.names.iter().enumerate() {
            if let Some(shown) = self.text(Some(place)) {
                let stored = self.at(place, true).text().map(std::borrow::Cow::into_owned);
                if let Some(stored) = stored.filter(|stored| *stored != shown) {
                    record.insert(format!("{name}/id"), Value::String(stored));
                }
                record.insert(name.clone(), Value::String(shown));
            }
        }
        Value::Object(record)
    }
}

impl Row for Unified<'_> {
    fn cell(&self, column: usize) -> Cell<'_> {
        self.at(column, self.layout.times.get(column).copied().unwrap_or(false))
    }

    fn width(&self) -> usize {
        self.row.width() + self.layout.fields.len()
    }
}

/// Rows of a sample.
struct Cells {
    headers: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Records for Cells {
    fn headers(&self) -> &[String] {
        &self.headers
    }

    fn format(&self) -> &'static str {
        "csv"
    }

    fn visit(&mut self, _wanted: &[usize], visit: &mut Visit<'_>) -> Result<(), IngestError> {
        (1..).zip(&self.rows).for_each(|(number, row)| visit(number, Reading::Row(row)));
        Ok(())
    }
}

impl Row for Vec<String> {
    fn cell(&self, column: usize) -> Cell<'_> {
        self.get(column).map_or(Cell::Null, |text| Cell::Text(text))
    }

    fn width(&self) -> usize {
        self.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_put_together_behind_the_columns() {
        let headers = ["number", "cmdb_ci", "cmdb_ci.link", "cmdb_ci.value", "opened_at.display_value", "opened_at.value"];
        let rows = vec![["INC1", "", "x", "abc", "01.07.2026 09:00:00", "2026-07-01 07:00:00"].map(str::to_owned).to_vec()];
        let mut view = View::over(Box::new(Cells { headers: headers.map(str::to_owned).to_vec(), rows }));
        assert_eq!(view.header("opened_at"), Some("opened_at"));
        let survey = view.survey(false, None).unwrap();
        assert!(survey.utc && survey.votes.get(&Kind::Incident) == Some(&1));
        let mut found = Vec::new();
        view.each(&mut |_, record| found.extend(record.ok())).unwrap();
        let record = found.first().unwrap();
        assert_eq!((record["cmdb_ci"].as_str(), record["opened_at"].as_str()), (Some("abc"), Some("2026-07-01 07:00:00")));
    }
}
