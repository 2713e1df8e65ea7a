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

#[cfg(test)]
mod tests {
    use super::*;

    /// polars' own pool cannot be resized within a process, so one thread is stood for by the sequential writer.
    #[test]
    fn bytes_do_not_depend_on_whether_columns_are_encoded_in_parallel() {
        let numbers = Column::new("number".into(), (0..300_000_i64).collect::<Vec<_>>());
        let texts = Column::new("text".into(), (0..300_000).map(|row| format!("service-{}", row % 700)).collect::<Vec<_>>());
        let frame = DataFrame::new(300_000, vec![numbers, texts]).unwrap();
        let bytes = |parallel| {
            let mut bytes = Vec::new();
            encode(&frame, &mut bytes, parallel).unwrap();
            bytes
        };
        assert_eq!(bytes(true), bytes(false));
    }
}
