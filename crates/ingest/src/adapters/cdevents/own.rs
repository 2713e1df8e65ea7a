//! Rows that Sequela itself exported: the event carries the row, which comes back as it was.

use sequela_schema::{Table, Type};
use serde_json::{Map, Value};

use super::event::Event;
use crate::adapters::shared::{Desk, Entry, values};

/// The row that an event carries.
pub(super) fn row(event: &Event) -> Option<&Map<String, Value>> {
    values::at(&event.record, "customData.sequela.row")?.as_object()
}

/// A row of a table as the event carries it, with the services that it names.
pub(super) fn entry<'r>(table: &'static Table, event: &'r Event, row: &Map<String, Value>, desk: &mut Desk<'_>) -> Entry<'r> {
    let mut entry = desk.entry(table, &event.record);
    for column in table.columns {
        let Some(value) = row.get(column.name) else { continue };
        match (column.kind, value) {
            (Type::Instant, _) => entry.time_of(column, column.name, value),
            (Type::Int, Value::Number(number)) => number.as_i64().into_iter().for_each(|number| entry.put_int(column, number)),
            (Type::Real, Value::Number(number)) => number.as_f64().into_iter().for_each(|number| entry.put_real(column, number)),
            (Type::Bool, Value::Bool(truth)) => entry.put_bool(column, *truth),
            (Type::Text, _) => entry.put_opt(column, values::plain(value)),
            _ => {}
        }
    }
    for service in values::texts(&event.record, "customData.sequela.services") {
        entry.service(&service);
    }
    entry
}
