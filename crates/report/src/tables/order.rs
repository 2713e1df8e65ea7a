//! Rows in the order of a table's key.
//!
//! Most tables arrive sorted, so that is checked first; the rest are sorted by index and gathered once.

use std::cmp::Ordering;

use polars::prelude::*;
use rayon::prelude::*;
use sequela_schema::Table;

use super::{Cells, Rows};

/// The frame sorted by the table's key, in one chunk; stable, empty values first.
pub(crate) fn by_key(table: &Table, frame: &DataFrame) -> PolarsResult<DataFrame> {
    let mut frame = frame.clone();
    frame.rechunk_mut_par();
    let Some(order) = changed_order(table, &frame)? else { return Ok(frame) };
    frame.take(&IdxCa::from_vec(PlSmallStr::EMPTY, order))
}

fn changed_order(table: &Table, frame: &DataFrame) -> PolarsResult<Option<Vec<IdxSize>>> {
    let keys = Rows::of(table.key, frame)?;
    let height = frame.height();
    if (1..height).all(|row| compare(&keys, row - 1, row) != Ordering::Greater) {
        return Ok(None);
    }
    let mut order: Vec<IdxSize> = (0..height as IdxSize).collect();
    order.par_sort_by(|left, right| compare(&keys, *left as usize, *right as usize));
    Ok(Some(order))
}

fn compare(keys: &Rows<'_>, left: usize, right: usize) -> Ordering {
    keys.columns().iter().map(|key| compare_cell(key, left, right)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

fn compare_cell(key: &Cells<'_>, left: usize, right: usize) -> Ordering {
    match key {
        Cells::Empty => Ordering::Equal,
        Cells::Text(column) => column.get(left).cmp(&column.get(right)),
        Cells::Int(column) | Cells::Instant(column) => column.get(left).cmp(&column.get(right)),
        Cells::Date(column) => column.get(left).cmp(&column.get(right)),
        Cells::Bool(column) => column.get(left).cmp(&column.get(right)),
        Cells::Real(column) => match (column.get(left), column.get(right)) {
            (Some(left), Some(right)) => left.total_cmp(&right),
            (left, right) => left.is_some().cmp(&right.is_some()),
        },
    }
}
