//! Rows of a Parquet file: each wanted column is copied once into plain vectors.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use polars::io::mmap::MmapBytesReader;
use polars::prelude::*;

use super::{Cell, Reading, Records, Row, Visit};
use crate::IngestError;
use crate::content::Content;
use crate::rows::Texts;

pub(crate) struct Parquet<'a> {
    content: &'a Content,
    bytes: Option<&'a [u8]>,
    headers: Vec<String>,
    types: Vec<ArrowDataType>,
    rows: usize,
    columns: Vec<Option<Stored>>,
}

/// The values of one column.
enum Stored {
    Text(Texts),
    Int(Vec<Option<i64>>),
    Real(Vec<Option<f64>>),
    Bool(Vec<Option<bool>>),
    Time(Vec<Option<i64>>, bool),
    Date(Vec<Option<i64>>),
    /// Lists and other types that no canonical column has.
    Other,
}

impl<'a> Parquet<'a> {
    pub(crate) fn open(content: &'a Content, bytes: Option<&'a [u8]>) -> Result<Self, IngestError> {
        let mut parquet = Self { content, bytes, headers: Vec::new(), types: Vec::new(), rows: 0, columns: Vec::new() };
        let (headers, types, rows) = parquet.guarded(|mut reader| {
            let schema = reader.schema()?;
            let headers: Vec<String> = schema.iter_names().map(ToString::to_string).collect();
            let types = schema.iter_values().map(|field| field.dtype.clone()).collect();
            Ok((headers, types, reader.num_rows()?))
        })?;
        parquet.columns.resize_with(headers.len(), || None);
        parquet.headers = headers;
        parquet.types = types;
        parquet.rows = rows;
        Ok(parquet)
    }

    /// Runs the foreign reader, which may also panic on a damaged file.
    fn guarded<T>(&self, run: impl FnOnce(ParquetReader<Box<dyn MmapBytesReader>>) -> PolarsResult<T>) -> Result<T, IngestError> {
        let malformed = |reason: String| IngestError::Malformed { file: self.content.name.clone(), format: "parquet", reason };
        let source: Box<dyn MmapBytesReader> = match self.bytes {
            Some(bytes) => Box::new(Cursor::new(bytes.to_vec())),
            None => Box::new(std::fs::File::open(&self.content.path).map_err(|error| malformed(error.to_string()))?),
        };
        match catch_unwind(AssertUnwindSafe(|| run(ParquetReader::new(source)))) {
            Ok(outcome) => outcome.map_err(|error| malformed(error.to_string())),
            Err(_) => Err(malformed("the file is damaged or uses a type that is not supported".to_owned())),
        }
    }

    fn load(&mut self, wanted: &[usize]) -> Result<(), IngestError> {
        let missing: Vec<usize> = wanted.iter().copied().filter(|column| self.columns[*column].is_none()).collect();
        if missing.is_empty() {
            return Ok(());
        }
        if let Some(column) = missing.iter().find(|column| !is_readable(&self.types[**column])) {
            let reason = format!("column {:?} has the type {:?}; cast it to a number or text", self.headers[*column], self.types[*column]);
            return Err(IngestError::Malformed { file: self.content.name.clone(), format: "parquet", reason });
        }
        let names: Vec<String> = missing.iter().map(|column| self.headers[*column].clone()).collect();
        let stored = self.guarded(|reader| {
            let frame = reader.with_columns(Some(names.clone())).finish()?;
            names.iter().map(|name| store(frame.column(name)?.as_materialized_series())).collect::<PolarsResult<Vec<_>>>()
        })?;
        for (column, stored) in missing.into_iter().zip(stored) {
            self.columns[column] = Some(stored);
        }
        Ok(())
    }
}

/// Whether a canonical column can be filled from the type; others would not be understood, or are not compiled in.
fn is_readable(dtype: &ArrowDataType) -> bool {
    use ArrowDataType::{
        Boolean, Date32, Date64, Dictionary, Float16, Float32, Float64, Int8, Int16, Int32, Int64, LargeUtf8, Null, Timestamp, UInt8,
        UInt16, UInt32, UInt64, Utf8, Utf8View,
    };
    match dtype {
        Dictionary(_, values, _) => is_readable(values),
        Boolean | Date32 | Date64 | Float16 | Float32 | Float64 | Int8 | Int16 | Int32 | Int64 | LargeUtf8 | Null | Timestamp(..)
        | UInt8 | UInt16 | UInt32 | UInt64 | Utf8 | Utf8View => true,
        _ => false,
    }
}

fn store(series: &Series) -> PolarsResult<Stored> {
    Ok(match series.dtype() {
        DataType::String => Stored::Text(series.str()?.iter().collect()),
        DataType::Boolean => Stored::Bool(series.bool()?.iter().collect()),
        DataType::Float32 | DataType::Float64 => Stored::Real(series.cast(&DataType::Float64)?.f64()?.iter().collect()),
        DataType::Date => Stored::Date(series.date()?.physical().iter().map(|day| day.map(i64::from)).collect()),
        DataType::Datetime(unit, zone) => {
            let unit = *unit;
            let micros = |value: i64| match unit {
                TimeUnit::Nanoseconds => value.div_euclid(1000),
                TimeUnit::Microseconds => value,
                TimeUnit::Milliseconds => value.saturating_mul(1000),
            };
            let utc = zone.is_some();
            Stored::Time(series.datetime()?.physical().iter().map(|value| value.map(micros)).collect(), utc)
        }
        dtype if dtype.is_integer() => Stored::Int(series.cast(&DataType::Int64)?.i64()?.iter().collect()),
        DataType::Null => Stored::Other,
        dtype if dtype.is_nested() => Stored::Other,
        _ => Stored::Text(series.cast(&DataType::String)?.str()?.iter().collect()),
    })
}

impl Records for Parquet<'_> {
    fn headers(&self) -> &[String] {
        &self.headers
    }

    fn format(&self) -> &'static str {
        "parquet"
    }

    fn visit(&mut self, wanted: &[usize], visit: &mut Visit<'_>) -> Result<(), IngestError> {
        self.load(wanted)?;
        for row in 0..self.rows {
            let number = row as u64 + 1;
            visit(number, Reading::Row(&StoredRow { columns: &self.columns, row }));
        }
        Ok(())
    }
}

struct StoredRow<'a> {
    columns: &'a [Option<Stored>],
    row: usize,
}

impl Row for StoredRow<'_> {
    fn cell(&self, column: usize) -> Cell<'_> {
        let row = self.row;
        let cell = match self.columns.get(column) {
            Some(Some(Stored::Text(texts))) => texts.get(row).map(Cell::Text),
            Some(Some(Stored::Int(values))) => values[row].map(Cell::Int),
            Some(Some(Stored::Real(values))) => values[row].map(Cell::Real),
            Some(Some(Stored::Bool(values))) => values[row].map(Cell::Bool),
            Some(Some(Stored::Time(values, utc))) => values[row].map(|value| Cell::Time(value, *utc)),
            Some(Some(Stored::Date(values))) => values[row].map(Cell::Date),
            _ => None,
        };
        cell.unwrap_or(Cell::Null)
    }

    fn width(&self) -> usize {
        self.columns.len()
    }
}
