//! Rows of a table as JSON, and the services that they name.

use std::collections::BTreeMap;

use polars::prelude::{DataFrame, PolarsResult};
use sequela_schema::{Column, Frames, Table, Type, Values};
use serde_json::{Map, Number, Value};

use super::event;

/// Columns that another run finds out for itself, or in which persons write freely.
const LEFT_OUT: [&str; 12] = [
    "attrs",
    "description_text",
    "record_hash",
    "root_cause_text",
    "service_id",
    "service_name_raw",
    "source",
    "source_file",
    "source_instance",
    "source_row",
    "team_id",
    "time_quality",
];

/// The values that a row has.
pub(super) fn row(table: &'static Table, frame: &DataFrame, row: usize) -> PolarsResult<Map<String, Value>> {
    let mut values = Map::new();
    for column in table.columns.iter().filter(|column| !LEFT_OUT.contains(&column.name)) {
        if let Some(value) = value(frame, column, row)? {
            values.insert(column.name.to_owned(), value);
        }
    }
    Ok(values)
}

fn value(frame: &DataFrame, column: &Column, row: usize) -> PolarsResult<Option<Value>> {
    Ok(match column.kind {
        Type::Text => frame.texts(column)?.get(row).map(Value::from),
        Type::Int => frame.ints(column)?.get(row).map(Value::from),
        Type::Bool => frame.bools(column)?.get(row).map(Value::from),
        Type::Instant => frame.instants(column)?.get(row).map(|at| Value::from(event::time(at))),
        Type::Real => frame.reals(column)?.get(row).and_then(Number::from_f64).map(Value::Number),
        Type::Date => None,
    })
}

/// A service as the export called it, and what it turned out to be.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) raw: String,
    pub(super) id: Option<String>,
}

impl Service {
    /// The name for other tools.
    pub(super) fn name(&self) -> &str {
        self.id.as_deref().unwrap_or(&self.raw)
    }
}

/// Services by the records that name them, each time the one first that the record itself calls its own.
#[derive(Debug)]
pub(super) struct Services(BTreeMap<String, Vec<Service>>);

impl Services {
    /// Reads a table of links: identifier of the record, name as written, resolved name.
    pub(super) fn read(frames: &Frames, table: &'static Table, [record, raw, id]: [&Column; 3]) -> PolarsResult<Self> {
        let frame = frames.get(table);
        let (records, raws, ids) = (frame.texts(record)?, frame.texts(raw)?, frame.texts(id)?);
        let mut services: BTreeMap<String, Vec<Service>> = BTreeMap::new();
        for ((record, raw), id) in records.iter().zip(raws.iter()).zip(ids.iter()) {
            let (Some(record), Some(raw)) = (record, raw) else { continue };
            services.entry(record.to_owned()).or_default().push(Service { raw: raw.to_owned(), id: id.map(str::to_owned) });
        }
        Ok(Self(services))
    }

    /// Puts the service first that the rows of records name themselves.
    pub(super) fn lead(mut self, frame: &DataFrame, record: &Column, raw: &Column) -> PolarsResult<Self> {
        for (record, raw) in frame.texts(record)?.iter().zip(frame.texts(raw)?.iter()) {
            let (Some(record), Some(raw)) = (record, raw) else { continue };
            if let Some(named) = self.0.get_mut(record) {
                named.sort_by_key(|service| (service.raw != raw, service.raw.clone()));
            }
        }
        Ok(self)
    }

    pub(super) fn of(&self, record: &str) -> &[Service] {
        self.0.get(record).map_or(&[], Vec::as_slice)
    }
}
