//! Reads the tables of a run back.

use std::path::{Path, PathBuf};

use fs_err::File;
use polars::prelude::{DataFrame, ParquetReader, PolarsError, SerReader};
use sequela_schema::{Frames, Table, tables};

use crate::failure::Failure;

/// All declared tables that the folder of a run holds.
pub(crate) fn read(out: &Path) -> Result<Frames, Failure> {
    let mut frames = Frames::new();
    for table in tables() {
        if let Some(frame) = read_table(out, table)? {
            frames.set(table, frame)?;
        }
    }
    Ok(frames)
}

/// One table of the folder of a run; none where it was not written.
pub(crate) fn read_table(out: &Path, table: &'static Table) -> Result<Option<DataFrame>, Failure> {
    let path = path(out, table);
    if !path.exists() {
        return Ok(None);
    }
    let stale = |error: PolarsError| stale(out, table, &error);
    let frame = ParquetReader::new(File::open(&path)?.into_parts().0).finish().map_err(stale)?;
    let mut frames = Frames::new();
    frames.set(table, frame).map_err(stale)?;
    Ok(Some(frames.get(table)))
}

fn path(out: &Path, table: &Table) -> PathBuf {
    out.join("tables").join(table.name).with_extension("parquet")
}

fn stale(out: &Path, table: &Table, error: &PolarsError) -> Failure {
    Failure::input(format!("{}: {error}", path(out, table).display())).hint("run `sequela run` again: the tables are of another version")
}
