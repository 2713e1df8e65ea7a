//! Reads the tables of a run back.

use std::path::Path;

use fs_err::File;
use polars::prelude::{ParquetReader, SerReader};
use sequela_schema::{Frames, tables};

use crate::failure::Failure;

/// All declared tables that the folder of a run holds.
pub(crate) fn read(out: &Path) -> Result<Frames, Failure> {
    let mut frames = Frames::new();
    for table in tables() {
        let path = out.join("tables").join(table.name).with_extension("parquet");
        if !path.exists() {
            continue;
        }
        let stale = |error: polars::error::PolarsError| {
            Failure::input(format!("{}: {error}", path.display())).hint("run `sequela run` again: the tables are of another version")
        };
        let frame = ParquetReader::new(File::open(&path)?.into_parts().0).finish().map_err(stale)?;
        frames.set(table, frame).map_err(stale)?;
    }
    Ok(frames)
}
