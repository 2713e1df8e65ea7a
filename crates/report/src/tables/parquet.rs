//! Parquet files with equal bytes on every run: fixed row groups, zstd at its default level, no time stamps.

use std::io::BufWriter;
use std::path::Path;

use polars::prelude::*;

use crate::ReportError;

/// Rows of one row group; fixed so that neither chunks nor threads shape the file.
const ROW_GROUP: usize = 262_144;

/// Writes the frame, which must be in one chunk.
pub(super) fn write(frame: &DataFrame, path: &Path) -> Result<(), ReportError> {
    let mut output = BufWriter::new(fs_err::File::create(path)?);
    encode(frame, &mut output, true).map_err(|source| ReportError::Parquet { path: path.to_owned(), source })?;
    std::io::Write::flush(&mut output)?;
    Ok(())
}

fn encode(frame: &DataFrame, output: impl std::io::Write, parallel: bool) -> PolarsResult<()> {
    ParquetWriter::new(output)
        .with_compression(ParquetCompression::Zstd(None))
        .with_row_group_size(Some(ROW_GROUP))
        .set_parallel(parallel)
        .finish(&mut frame.clone())
        .map(drop)
}
