//! Builds the frame of a declared table row by row; what a row does not set is null.

use polars::prelude::*;

use crate::{Column as Declared, Table, Type};

/// Collects rows of one table.
///
/// A column costs nothing until its first value arrives: canonical tables have dozens of columns and an export fills few.
#[derive(Debug)]
pub struct TableBuilder {
    table: &'static Table,
    buffers: Vec<Option<Buffer>>,
    rows: usize,
}

struct Buffer {
    values: Values,
    filled: usize,
}

enum Values {
    Text(StringChunkedBuilder),
    Int(PrimitiveChunkedBuilder<Int64Type>),
    Date(PrimitiveChunkedBuilder<Int32Type>),
    Real(PrimitiveChunkedBuilder<Float64Type>),
    Bool(BooleanChunkedBuilder),
}

impl std::fmt::Debug for Buffer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Buffer({})", self.filled)
    }
}

impl Buffer {
    fn new(kind: Type) -> Self {
        let name = PlSmallStr::EMPTY;
        let values = match kind {
            Type::Text => Values::Text(StringChunkedBuilder::new(name, 0)),
            Type::Int | Type::Instant => Values::Int(PrimitiveChunkedBuilder::new(name, 0)),
            Type::Date => Values::Date(PrimitiveChunkedBuilder::new(name, 0)),
            Type::Real => Values::Real(PrimitiveChunkedBuilder::new(name, 0)),
            Type::Bool => Values::Bool(BooleanChunkedBuilder::new(name, 0)),
        };
        Self { values, filled: 0 }
    }

    fn pad_to(&mut self, length: usize) {
        for _ in self.filled..length {
            match &mut self.values {
                Values::Text(builder) => builder.append_null(),
                Values::Int(builder) => builder.append_null(),
                Values::Date(builder) => builder.append_null(),
                Values::Real(builder) => builder.append_null(),
                Values::Bool(builder) => builder.append_null(),
            }
        }
        self.filled = self.filled.max(length);
    }

    fn finish(self, column: &Declared) -> Series {
        let series = match self.values {
            Values::Text(builder) => builder.finish().into_series(),
            Values::Int(builder) => builder.finish().into_series(),
            Values::Date(builder) => builder.finish().into_series(),
            Values::Real(builder) => builder.finish().into_series(),
            Values::Bool(builder) => builder.finish().into_series(),
        };
        let series = match column.kind {
            Type::Instant => series.into_datetime(TimeUnit::Microseconds, Some(TimeZone::UTC)),
            Type::Date => series.into_date(),
            _ => series,
        };
        series.with_name(PlSmallStr::from_static(column.name))
    }
}

impl TableBuilder {
    /// An empty table.
    pub fn new(table: &'static Table) -> Self {
        Self { table, buffers: table.columns.iter().map(|_| None).collect(), rows: 0 }
    }

    /// The table being built.
    pub fn table(&self) -> &'static Table {
        self.table
    }

    /// Rows so far.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Starts the next row.
    pub fn row(&mut self) -> RowWriter<'_> {
        self.rows += 1;
        RowWriter { builder: self }
    }

    /// The finished frame, all declared columns in order.
    pub fn finish(self) -> PolarsResult<DataFrame> {
        let rows = self.rows;
        let columns = self
            .buffers
            .into_iter()
            .zip(self.table.columns)
            .map(|(buffer, column)| match buffer {
                Some(mut buffer) => {
                    buffer.pad_to(rows);
                    buffer.finish(column).into_column()
                }
                None => Column::full_null(PlSmallStr::from_static(column.name), rows, &column.kind.dtype()),
            })
            .collect();
        DataFrame::new(rows, columns)
    }
}

/// Writes the values of one row; each column at most once.
#[derive(Debug)]
pub struct RowWriter<'a> {
    builder: &'a mut TableBuilder,
}

impl RowWriter<'_> {
    fn slot(&mut self, column: &Declared) -> &mut Values {
        debug_assert_eq!(self.builder.table.columns[column.position].name, column.name, "column of another table");
        let row = self.builder.rows;
        let buffer = self.builder.buffers[column.position].get_or_insert_with(|| Buffer::new(column.kind));
        buffer.pad_to(row - 1);
        debug_assert_eq!(buffer.filled, row - 1, "column {} set twice", column.name);
        buffer.filled = row;
        &mut buffer.values
    }

    /// Sets a text.
    pub fn text(&mut self, column: &Declared, value: impl AsRef<str>) -> &mut Self {
        match self.slot(column) {
            Values::Text(builder) => builder.append_value(value.as_ref()),
            _ => unreachable!("column {} holds no text", column.name),
        }
        self
    }

    /// Sets an integer, or an instant in microseconds since 1970 UTC.
    pub fn int(&mut self, column: &Declared, value: i64) -> &mut Self {
        match self.slot(column) {
            Values::Int(builder) => builder.append_value(value),
            _ => unreachable!("column {} holds no integer", column.name),
        }
        self
    }

    /// Sets a date in days since 1970.
    pub fn date(&mut self, column: &Declared, value: i32) -> &mut Self {
        match self.slot(column) {
            Values::Date(builder) => builder.append_value(value),
            _ => unreachable!("column {} holds no date", column.name),
        }
        self
    }

    /// Sets a number; a NaN stays null.
    pub fn real(&mut self, column: &Declared, value: f64) -> &mut Self {
        if !value.is_nan() {
            match self.slot(column) {
                Values::Real(builder) => builder.append_value(value),
                _ => unreachable!("column {} holds no number", column.name),
            }
        }
        self
    }

    /// Sets a truth value.
    pub fn bool(&mut self, column: &Declared, value: bool) -> &mut Self {
        match self.slot(column) {
            Values::Bool(builder) => builder.append_value(value),
            _ => unreachable!("column {} holds no truth value", column.name),
        }
        self
    }

    /// Sets a text if there is one.
    pub fn text_opt(&mut self, column: &Declared, value: Option<impl AsRef<str>>) -> &mut Self {
        if let Some(value) = value {
            self.text(column, value);
        }
        self
    }

    /// Sets an integer or instant if there is one.
    pub fn int_opt(&mut self, column: &Declared, value: Option<i64>) -> &mut Self {
        if let Some(value) = value {
            self.int(column, value);
        }
        self
    }

    /// Sets a number if there is one.
    pub fn real_opt(&mut self, column: &Declared, value: Option<f64>) -> &mut Self {
        if let Some(value) = value {
            self.real(column, value);
        }
        self
    }

    /// Sets a truth value if there is one.
    pub fn bool_opt(&mut self, column: &Declared, value: Option<bool>) -> &mut Self {
        if let Some(value) = value {
            self.bool(column, value);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::labels;

    #[test]
    fn unset_values_are_null_and_order_is_kept() {
        let mut builder = TableBuilder::new(&labels::TABLE);
        builder.row().text(&labels::INCIDENT_ID, "i1");
        builder.row().text(&labels::INCIDENT_ID, "i2").text(&labels::DEPLOYMENT_ID, "d");
        builder.row().text(&labels::INCIDENT_ID, "i3");
        let frame = builder.finish().unwrap();
        assert_eq!(frame.shape(), (3, 2));
        let deployments: Vec<_> = frame.column("deployment_id").unwrap().str().unwrap().iter().collect();
        assert_eq!(deployments, [None, Some("d"), None]);
    }

    #[test]
    fn an_empty_table_has_its_types() {
        for table in crate::tables() {
            let frame = TableBuilder::new(table).finish().unwrap();
            assert_eq!(**frame.schema(), table.schema(), "{}", table.name);
        }
    }
}
