//! One row on its way into a canonical table. It is reused from row to row and allocates only while it grows.

use sequela_schema::{Column, Table};

use crate::timestamp::{Quality, Reading};

/// Beginning and length in the draft's text.
pub(crate) type Span = (u32, u32);

/// One value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Slot {
    Null,
    Text(Span),
    /// Integer, instant in microseconds, or date in days.
    Int(i64),
    Real(f64),
    Bool(bool),
}

/// Columns that every row needs, looked up once.
#[derive(Debug)]
pub(crate) struct Landmarks {
    /// Source, instance, file, row and hash, where the table has them.
    pub(crate) provenance: Option<[&'static Column; 5]>,
    pub(crate) time_quality: Option<&'static Column>,
    pub(crate) time_uncertainty: Option<&'static Column>,
    pub(crate) service_name: Option<&'static Column>,
    /// Columns that the file has to fill.
    pub(crate) required: Vec<&'static Column>,
}

impl Landmarks {
    fn of(table: &'static Table) -> Self {
        let own = ["source", "source_file", "source_row", "alias_kind"];
        let provenance = ["source", "source_instance", "source_file", "source_row", "record_hash"].map(|name| table.column(name));
        let provenance = match provenance {
            [Some(source), Some(instance), Some(file), Some(row), Some(hash)] => Some([source, instance, file, row, hash]),
            _ => None,
        };
        Self {
            provenance,
            time_quality: table.column("time_quality"),
            time_uncertainty: table.column("time_uncertainty_s"),
            service_name: table.column("service_name_raw"),
            required: table.columns.iter().filter(|column| !column.nullable && !own.contains(&column.name)).collect(),
        }
    }
}

/// The values of one row.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) table: &'static Table,
    pub(crate) landmarks: Landmarks,
    slots: Vec<Slot>,
    texts: String,
    pub(crate) services: Vec<Span>,
    pub(crate) teams: Vec<Span>,
    /// Other names of a service.
    pub(crate) aliases: Vec<Span>,
    /// Services that a service depends on.
    pub(crate) depends_on: Vec<Span>,
    commit: Option<Span>,
    order: Option<(f64, Span)>,
    pub(crate) updated: Option<i64>,
    /// Hash of what was read.
    pub(crate) hash: u64,
    /// Worst clock of the row's times; none where it has no time.
    pub(crate) quality: Option<Quality>,
    pub(crate) uncertainty: f64,
    /// Times that could not be read.
    pub(crate) bad_times: u32,
    /// A value was so wrong that the row is put aside.
    pub(crate) rejected: bool,
}

/// Start of the FNV-1a hash.
const HASH_START: u64 = 0xcbf2_9ce4_8422_2325;

impl Draft {
    pub(crate) fn new(table: &'static Table) -> Self {
        Self {
            table,
            landmarks: Landmarks::of(table),
            slots: vec![Slot::Null; table.columns.len()],
            texts: String::new(),
            services: Vec::new(),
            teams: Vec::new(),
            aliases: Vec::new(),
            depends_on: Vec::new(),
            commit: None,
            order: None,
            updated: None,
            hash: HASH_START,
            quality: None,
            uncertainty: 0.0,
            bad_times: 0,
            rejected: false,
        }
    }

    /// Empties the draft for the next row.
    pub(crate) fn clear(&mut self) {
        self.slots.fill(Slot::Null);
        self.texts.clear();
        self.services.clear();
        self.teams.clear();
        self.aliases.clear();
        self.depends_on.clear();
        self.commit = None;
        self.order = None;
        self.updated = None;
        self.hash = HASH_START;
        self.quality = None;
        self.uncertainty = 0.0;
        self.bad_times = 0;
        self.rejected = false;
    }

    pub(crate) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Keeps a text and says where.
    pub(crate) fn keep(&mut self, text: &str) -> Span {
        let start = self.texts.len();
        self.texts.push_str(text);
        (u32::try_from(start).unwrap_or(u32::MAX), u32::try_from(text.len()).unwrap_or(0))
    }

    pub(crate) fn span(&self, (start, length): Span) -> &str {
        self.texts.get(start as usize..(start + length) as usize).unwrap_or("")
    }

    pub(crate) fn text(&self, column: &Column) -> Option<&str> {
        match self.slots[column.position] {
            Slot::Text(span) => Some(self.span(span)),
            _ => None,
        }
    }

    pub(crate) fn int(&self, column: &Column) -> Option<i64> {
        match self.slots[column.position] {
            Slot::Int(value) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn is_null(&self, column: &Column) -> bool {
        self.slots[column.position] == Slot::Null
    }

    pub(crate) fn set_text(&mut self, column: &Column, text: &str) {
        debug_assert_eq!(self.table.columns[column.position].name, column.name, "column of another table");
        self.slots[column.position] = Slot::Text(self.keep(text));
    }

    pub(crate) fn set_text_opt(&mut self, column: &Column, text: Option<&str>) {
        if let Some(text) = text {
            self.set_text(column, text);
        }
    }

    /// Gives a column the text of another one.
    pub(crate) fn copy(&mut self, from: &Column, to: &Column) {
        self.slots[to.position] = self.slots[from.position];
    }

    pub(crate) fn set(&mut self, column: &Column, slot: Slot) {
        debug_assert_eq!(self.table.columns[column.position].name, column.name, "column of another table");
        self.slots[column.position] = slot;
    }

    pub(crate) fn set_int(&mut self, column: &Column, value: i64) {
        self.set(column, Slot::Int(value));
    }

    pub(crate) fn unset(&mut self, column: &Column) {
        self.slots[column.position] = Slot::Null;
    }

    pub(crate) fn set_commit(&mut self, text: &str) {
        self.commit = Some(self.keep(text));
    }

    pub(crate) fn commit(&self) -> Option<&str> {
        self.commit.map(|span| self.span(span))
    }

    pub(crate) fn set_order(&mut self, number: f64, text: &str) {
        self.order = Some((number, self.keep(text)));
    }

    pub(crate) fn order(&self) -> Option<(f64, &str)> {
        self.order.map(|(number, span)| (number, self.span(span)))
    }

    /// Sets an instant and lets its clock count.
    pub(crate) fn set_time(&mut self, column: &Column, reading: Reading) {
        self.set_int(column, reading.at);
        self.note_clock(reading);
    }

    pub(crate) fn note_clock(&mut self, reading: Reading) {
        self.quality = self.quality.max(Some(reading.quality));
        self.uncertainty = self.uncertainty.max(reading.uncertainty);
    }

    /// Lets a value count in the hash (FNV-1a, so that hashes are the same on every machine and in every release).
    pub(crate) fn hash(&mut self, place: usize, bytes: &[u8]) {
        let mut hash = self.hash ^ (place as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        self.hash = (hash ^ 0xff).wrapping_mul(0x0100_0000_01b3);
    }
}
