//! Typed access to the cells of declared columns, without a polars expression in the inner loop.

use polars::prelude::*;
use sequela_schema::{Column, Type, Values};

/// One column of a frame.
pub(crate) enum Cells<'a> {
    /// No row has a value.
    Empty,
    /// Texts.
    Text(&'a StringChunked),
    /// Integers.
    Int(&'a Int64Chunked),
    /// Numbers.
    Real(&'a Float64Chunked),
    /// Truth values.
    Bool(&'a BooleanChunked),
    /// Microseconds since 1970 UTC.
    Instant(&'a Int64Chunked),
    /// Days since 1970.
    Date(&'a Int32Chunked),
}

impl<'a> Cells<'a> {
    fn of(column: &Column, frame: &'a DataFrame) -> PolarsResult<Self> {
        if frame.column(column.name)?.null_count() == frame.height() {
            return Ok(Self::Empty);
        }
        Ok(match column.kind {
            Type::Text => Self::Text(frame.texts(column)?),
            Type::Int => Self::Int(frame.ints(column)?),
            Type::Real => Self::Real(frame.reals(column)?),
            Type::Bool => Self::Bool(frame.bools(column)?),
            Type::Instant => Self::Instant(frame.instants(column)?),
            Type::Date => Self::Date(frame.dates(column)?),
        })
    }
}

/// Some columns of a frame, in the order asked for.
pub(crate) struct Rows<'a>(Vec<Cells<'a>>);

impl<'a> Rows<'a> {
    /// Those columns of the frame.
    pub(crate) fn of(columns: &[Column], frame: &'a DataFrame) -> PolarsResult<Self> {
        columns.iter().map(|column| Cells::of(column, frame)).collect::<PolarsResult<_>>().map(Self)
    }

    /// The columns.
    pub(crate) fn columns(&self) -> &[Cells<'a>] {
        &self.0
    }
}
