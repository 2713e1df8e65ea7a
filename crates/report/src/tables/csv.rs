//! CSV as RFC 4180 writes it, streamed in blocks of rows that are formatted in parallel and written in order.
//!
//! Cells that a spreadsheet would run as a formula get a leading apostrophe (OWASP, "CSV Injection"); only text columns can hold one.

use std::io::{BufWriter, Write};
use std::path::Path;

use polars::prelude::DataFrame;
use rayon::prelude::*;
use sequela_schema::Table;

use super::number::{push_date, push_instant, push_int, push_real};
use super::{Cells, Rows};
use crate::ReportError;

/// Rows formatted by one task.
const BLOCK: usize = 8_192;
/// Blocks in memory at once.
const WAVE: usize = 16;

/// Writes the frame with a header row.
pub(super) fn write(table: &Table, frame: &DataFrame, path: &Path) -> Result<(), ReportError> {
    let mut output = BufWriter::new(fs_err::File::create(path)?);
    output.write_all(&header(table))?;
    let rows = Rows::of(table.columns, frame)?;
    let starts: Vec<usize> = (0..frame.height()).step_by(BLOCK).collect();
    for wave in starts.chunks(WAVE) {
        let blocks: Vec<Vec<u8>> = wave.par_iter().map(|start| block(&rows, *start, frame.height().min(start + BLOCK))).collect();
        blocks.iter().try_for_each(|block| output.write_all(block))?;
    }
    output.flush()?;
    Ok(())
}

fn header(table: &Table) -> Vec<u8> {
    let names: Vec<_> = table.columns.iter().map(|column| column.name).collect();
    format!("{}\r\n", names.join(",")).into_bytes()
}

fn block(rows: &Rows<'_>, start: usize, end: usize) -> Vec<u8> {
    let mut lines = Vec::with_capacity((end - start) * rows.columns().len() * 4);
    for row in start..end {
        for (position, column) in rows.columns().iter().enumerate() {
            if position > 0 {
                lines.push(b',');
            }
            push_cell(&mut lines, column, row);
        }
        lines.extend_from_slice(b"\r\n");
    }
    lines
}

fn push_cell(line: &mut Vec<u8>, column: &Cells<'_>, row: usize) {
    match column {
        Cells::Empty => Some(()),
        Cells::Text(column) => column.get(row).map(|value| push_text(line, value)),
        Cells::Int(column) => column.get(row).map(|value| push_int(line, value)),
        Cells::Real(column) => column.get(row).map(|value| push_real(line, value)),
        Cells::Bool(column) => column.get(row).map(|value| line.extend_from_slice(if value { b"true" } else { b"false" })),
        Cells::Instant(column) => column.get(row).map(|value| push_instant(line, value)),
        Cells::Date(column) => column.get(row).map(|value| push_date(line, i64::from(value))),
    };
}

fn push_text(line: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    let escaped = matches!(bytes.first(), Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r'));
    let quoted = bytes.is_empty() || bytes.iter().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r'));
    if quoted {
        line.push(b'"');
    }
    if escaped {
        line.push(b'\'');
    }
    if quoted && bytes.contains(&b'"') {
        line.extend(bytes.iter().flat_map(|byte| std::iter::repeat_n(*byte, if *byte == b'"' { 2 } else { 1 })));
    } else {
        line.extend_from_slice(bytes);
    }
    if quoted {
        line.push(b'"');
    }
}
