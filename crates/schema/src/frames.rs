//! A set of frames by table, and typed access to their columns.

use std::collections::BTreeMap;

use polars::prelude::*;

use crate::{Column as Declared, Table, TableBuilder};

/// Frames of declared tables; a table that nobody set is an empty frame.
#[derive(Clone, Debug, Default)]
pub struct Frames(BTreeMap<&'static str, DataFrame>);

impl Frames {
    /// No table at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a table. The frame must have exactly the declared columns: anything else is a bug of the caller.
    pub fn set(&mut self, table: &'static Table, frame: DataFrame) -> PolarsResult<()> {
        polars_ensure!(**frame.schema() == table.schema(), SchemaMismatch: "frame does not match table {}: {:?}", table.name, frame.schema());
        self.0.insert(table.name, frame);
        Ok(())
    }

    /// Finishes a builder and sets its table.
    pub fn build(&mut self, builder: TableBuilder) -> PolarsResult<()> {
        let table = builder.table();
        self.set(table, builder.finish()?)
    }

    /// The frame of a table, empty where none was set.
    pub fn get(&self, table: &'static Table) -> DataFrame {
        self.0.get(table.name).cloned().unwrap_or_else(|| DataFrame::empty_with_schema(&table.schema()))
    }

    /// Whether the table was set, be it empty.
    pub fn has(&self, table: &'static Table) -> bool {
        self.0.contains_key(table.name)
    }

    /// Rows of a table.
    pub fn height(&self, table: &'static Table) -> usize {
        self.0.get(table.name).map_or(0, DataFrame::height)
    }

    /// Adds the tables of another set; those of the other win.
    pub fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Names and frames in the order of names.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &DataFrame)> {
        self.0.iter().map(|(name, frame)| (*name, frame))
    }
}

/// Reads declared columns of a frame as plain values.
pub trait Values {
    /// Texts.
    fn texts(&self, column: &Declared) -> PolarsResult<&StringChunked>;
    /// Integers.
    fn ints(&self, column: &Declared) -> PolarsResult<&Int64Chunked>;
    /// Numbers.
    fn reals(&self, column: &Declared) -> PolarsResult<&Float64Chunked>;
    /// Truth values.
    fn bools(&self, column: &Declared) -> PolarsResult<&BooleanChunked>;
    /// Instants in microseconds since 1970 UTC.
    fn instants(&self, column: &Declared) -> PolarsResult<&Int64Chunked>;
    /// Dates in days since 1970.
    fn dates(&self, column: &Declared) -> PolarsResult<&Int32Chunked>;
}

impl Values for DataFrame {
    fn texts(&self, column: &Declared) -> PolarsResult<&StringChunked> {
        self.column(column.name)?.as_materialized_series().str()
    }

    fn ints(&self, column: &Declared) -> PolarsResult<&Int64Chunked> {
        self.column(column.name)?.as_materialized_series().i64()
    }

    fn reals(&self, column: &Declared) -> PolarsResult<&Float64Chunked> {
        self.column(column.name)?.as_materialized_series().f64()
    }

    fn bools(&self, column: &Declared) -> PolarsResult<&BooleanChunked> {
        self.column(column.name)?.as_materialized_series().bool()
    }

    fn instants(&self, column: &Declared) -> PolarsResult<&Int64Chunked> {
        Ok(self.column(column.name)?.as_materialized_series().datetime()?.physical())
    }

    fn dates(&self, column: &Declared) -> PolarsResult<&Int32Chunked> {
        Ok(self.column(column.name)?.as_materialized_series().date()?.physical())
    }
}
