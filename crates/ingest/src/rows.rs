//! Mapped rows of one canonical table, column by column, as they were read: before folding and sorting.

use sequela_schema::{Column, Table, Type};

use crate::draft::{Draft, Slot};

/// Optional texts in one long string: a table has millions of them.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    data: String,
    /// Beginning and length; the length of a null is [`NULL`].
    spans: Vec<(usize, u32)>,
}

const NULL: u32 = u32::MAX;

impl Texts {
    pub(crate) fn push(&mut self, text: Option<&str>) {
        let start = self.data.len();
        match text {
            None => self.spans.push((start, NULL)),
            // Columns of few words come in runs: what stands there already is not stored again.
            Some(text) if self.last() == Some(text) => self.spans.push(self.spans[self.spans.len() - 1]),
            Some(text) => {
                // Longer texts than 4 GB do not occur in a cell; they would be cut.
                let length = u32::try_from(text.len()).unwrap_or(NULL - 1);
                self.data.push_str(text);
                self.spans.push((start, length));
            }
        }
    }

    pub(crate) fn get(&self, row: usize) -> Option<&str> {
        let (start, length) = *self.spans.get(row)?;
        (length != NULL).then(|| &self.data[start..start + length as usize])
    }

    fn last(&self) -> Option<&str> {
        self.get(self.spans.len().checked_sub(1)?)
    }

    fn pad_to(&mut self, length: usize) {
        self.spans.resize(length.max(self.spans.len()), (self.data.len(), NULL));
    }
}

impl<'a> FromIterator<Option<&'a str>> for Texts {
    fn from_iter<I: IntoIterator<Item = Option<&'a str>>>(texts: I) -> Self {
        let mut all = Self::default();
        texts.into_iter().for_each(|text| all.push(text));
        all
    }
}

/// The values of one column.
#[derive(Debug)]
pub(crate) enum Stored {
    Text(Texts),
    /// Integers, instants and dates.
    Int(Vec<Option<i64>>),
    Real(Vec<Option<f64>>),
    Bool(Vec<Option<bool>>),
}

impl Stored {
    fn new(kind: Type) -> Self {
        match kind {
            Type::Text => Self::Text(Texts::default()),
            Type::Int | Type::Instant | Type::Date => Self::Int(Vec::new()),
            Type::Real => Self::Real(Vec::new()),
            Type::Bool => Self::Bool(Vec::new()),
        }
    }

    fn pad_to(&mut self, length: usize) {
        match self {
            Self::Text(values) => values.pad_to(length),
            Self::Int(values) => values.resize(length, None),
            Self::Real(values) => values.resize(length, None),
            Self::Bool(values) => values.resize(length, None),
        }
    }

    pub(crate) fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Text(values) => values.get(row).is_none(),
            Self::Int(values) => values.get(row).copied().flatten().is_none(),
            Self::Real(values) => values.get(row).copied().flatten().is_none(),
            Self::Bool(values) => values.get(row).copied().flatten().is_none(),
        }
    }
}

/// What a row has beside the columns of its table.
#[derive(Debug, Default)]
pub(crate) struct Extra {
    /// Services where a row names several; the first one also stands in the column.
    pub(crate) services: Vec<String>,
    /// Owners of a service where a row names several.
    pub(crate) teams: Vec<String>,
}

/// All rows of one table.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) table: &'static Table,
    columns: Vec<Option<Stored>>,
    /// Number of the file among those read.
    pub(crate) file: Vec<u32>,
    pub(crate) hash: Vec<u64>,
    /// What orders the rows of one record: as number, and as text.
    order_number: Vec<f64>,
    order_text: Texts,
    /// When the row was written, in microseconds; `i64::MIN` where it does not tell.
    updated: Vec<i64>,
    commit: Texts,
    /// Row and its extra, in the order of rows.
    extras: Vec<(u32, Extra)>,
}

impl Rows {
    pub(crate) fn new(table: &'static Table) -> Self {
        Self {
            table,
            columns: table.columns.iter().map(|_| None).collect(),
            file: Vec::new(),
            hash: Vec::new(),
            order_number: Vec::new(),
            order_text: Texts::default(),
            updated: Vec::new(),
            commit: Texts::default(),
            extras: Vec::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.file.len()
    }

    /// Appends the row of a draft.
    pub(crate) fn push(&mut self, draft: &Draft, file: u32) {
        let row = self.len();
        self.file.push(file);
        self.hash.push(draft.hash);
        for (position, slot) in draft.slots().iter().enumerate() {
            if *slot != Slot::Null {
                let column = self.columns[position].get_or_insert_with(|| Stored::new(self.table.columns[position].kind));
                column.pad_to(row);
                match (column, *slot) {
                    (Stored::Text(values), Slot::Text(span)) => values.push(Some(draft.span(span))),
                    (Stored::Int(values), Slot::Int(value)) => values.push(Some(value)),
                    (Stored::Real(values), Slot::Real(value)) => values.push(Some(value)),
                    (Stored::Bool(values), Slot::Bool(value)) => values.push(Some(value)),
                    _ => debug_assert!(false, "slot of another type in {}.{}", self.table.name, self.table.columns[position].name),
                }
            }
        }
        self.push_beside(draft, row);
    }

    fn push_beside(&mut self, draft: &Draft, row: usize) {
        if let Some((number, text)) = draft.order() {
            self.order_number.resize(row, f64::NAN);
            self.order_text.pad_to(row);
            self.order_number.push(number);
            self.order_text.push(Some(text));
        }
        if let Some(updated) = draft.updated {
            self.updated.resize(row, i64::MIN);
            self.updated.push(updated);
        }
        if let Some(commit) = draft.commit() {
            self.commit.pad_to(row);
            self.commit.push(Some(commit));
        }
        if draft.services.len() > 1 || draft.teams.len() > 1 {
            let texts = |spans: &[(u32, u32)]| spans.iter().map(|span| draft.span(*span).to_owned()).collect();
            let extra = Extra { services: texts(&draft.services), teams: texts(&draft.teams) };
            self.extras.push((u32::try_from(row).unwrap_or(u32::MAX), extra));
        }
    }

    pub(crate) fn stored(&self, column: &Column) -> Option<&Stored> {
        self.columns[column.position].as_ref()
    }

    pub(crate) fn text(&self, column: &Column, row: usize) -> Option<&str> {
        match self.stored(column) {
            Some(Stored::Text(values)) => values.get(row),
            _ => None,
        }
    }

    pub(crate) fn int(&self, column: &Column, row: usize) -> Option<i64> {
        match self.stored(column) {
            Some(Stored::Int(values)) => values.get(row).copied().flatten(),
            _ => None,
        }
    }

    pub(crate) fn is_null(&self, column: &Column, row: usize) -> bool {
        self.stored(column).is_none_or(|stored| stored.is_null(row))
    }

    /// The values of a column that is about to be filled.
    fn stored_mut(&mut self, column: &Column) -> &mut Stored {
        self.columns[column.position].get_or_insert_with(|| Stored::new(column.kind))
    }

    /// Sets or empties a whole number or an instant.
    pub(crate) fn set_int(&mut self, column: &Column, row: usize, value: Option<i64>) {
        let length = self.len();
        if let Stored::Int(values) = self.stored_mut(column) {
            values.resize(length, None);
            values[row] = value;
        }
    }

    pub(crate) fn set_text(&mut self, column: &Column, row: usize, text: &str) {
        if let Stored::Text(values) = self.stored_mut(column) {
            values.pad_to(row + 1);
            let start = values.data.len();
            values.data.push_str(text);
            values.spans[row] = (start, u32::try_from(text.len()).unwrap_or(NULL - 1));
        }
    }

    pub(crate) fn commit(&self, row: usize) -> Option<&str> {
        self.commit.get(row)
    }

    pub(crate) fn updated(&self, row: usize) -> Option<i64> {
        self.updated.get(row).copied().filter(|at| *at != i64::MIN)
    }

    /// The place of a row in the history of its record: numbers before texts, nothing before everything.
    pub(crate) fn order(&self, row: usize) -> Option<(f64, &str)> {
        let text = self.order_text.get(row)?;
        Some((self.order_number.get(row).copied().unwrap_or(f64::NAN), text))
    }

    fn extra(&self, row: usize) -> Option<&Extra> {
        let row = u32::try_from(row).ok()?;
        let place = self.extras.binary_search_by_key(&row, |(row, _)| *row).ok()?;
        Some(&self.extras[place].1)
    }

    /// Names the services of a row anew; the first one also stands in the column.
    pub(crate) fn set_services(&mut self, column: &Column, row: usize, services: &[&str]) {
        if let Some(first) = services.first() {
            self.set_text(column, row, first);
        }
        let number = u32::try_from(row).unwrap_or(u32::MAX);
        let services: Vec<String> = services.iter().map(ToString::to_string).collect();
        match self.extras.binary_search_by_key(&number, |(row, _)| *row) {
            Ok(place) => self.extras[place].1.services = services,
            Err(place) => self.extras.insert(place, (number, Extra { services, teams: Vec::new() })),
        }
    }

    /// The services that a row names.
    pub(crate) fn services<'a>(&'a self, column: &Column, row: usize) -> Box<dyn Iterator<Item = &'a str> + 'a> {
        match self.extra(row).filter(|extra| !extra.services.is_empty()) {
            Some(extra) => Box::new(extra.services.iter().map(String::as_str)),
            None => Box::new(self.text(column, row).into_iter()),
        }
    }

    /// The teams that a row names.
    pub(crate) fn teams<'a>(&'a self, column: &Column, row: usize) -> Box<dyn Iterator<Item = &'a str> + 'a> {
        match self.extra(row).filter(|extra| !extra.teams.is_empty()) {
            Some(extra) => Box::new(extra.teams.iter().map(String::as_str)),
            None => Box::new(self.text(column, row).into_iter()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_keep_nulls_and_order() {
        let texts: Texts = [Some("a"), None, Some("")].into_iter().collect();
        assert_eq!((texts.get(0), texts.get(1), texts.get(2), texts.get(3)), (Some("a"), None, Some(""), None));
    }
}
