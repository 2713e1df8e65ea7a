//! Result frames as files: Parquet with real types, and CSV that a spreadsheet opens without harm.
//!
//! Both hold the same rows in the same order. Nothing here depends on the number of threads: rows are formatted in blocks of fixed
//! size, and Parquet row groups have a fixed number of rows.

mod cells;
mod csv;
mod number;
mod order;
mod parquet;

use std::path::Path;

use polars::prelude::DataFrame;
use rayon::prelude::*;
use sequela_schema::{Frames, Table};

pub(crate) use cells::{Cells, Rows};
pub(crate) use order::by_key;

use crate::ReportError;

/// Writes every table that was set as `<name>.parquet` and `<name>.csv` into `folder`, which is made if need be, sorted by the table's key.
///
/// Rows of equal keys keep their order; empty keys come first. A table without rows is written with its columns.
///
/// # Errors
/// [`ReportError::Write`] or [`ReportError::Parquet`] when a file cannot be written, [`ReportError::Frame`] when a frame is not as declared.
pub fn write_tables(frames: &Frames, folder: &Path) -> Result<(), ReportError> {
    fs_err::create_dir_all(folder)?;
    let present: Vec<_> = frames.iter().filter_map(|(name, frame)| Some((sequela_schema::table(name)?, frame))).collect();
    present.par_iter().try_for_each(|(table, frame)| write_table(table, frame, folder))
}

fn write_table(table: &Table, frame: &DataFrame, folder: &Path) -> Result<(), ReportError> {
    let sorted = by_key(table, frame)?;
    parquet::write(&sorted, &folder.join(format!("{}.parquet", table.name)))?;
    csv::write(table, &sorted, &folder.join(format!("{}.csv", table.name)))
}
