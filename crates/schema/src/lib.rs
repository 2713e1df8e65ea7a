//! Every table and column of Sequela, declared once.
//!
//! Readers, validation messages, `docs/columns.md`, `sequela schema` and the writers of result tables all derive from the
//! declarations here. No other crate writes the name of a column as a string.

mod builder;
pub mod canonical;
mod column;
pub mod definition;
mod document;
mod frames;
pub mod metric;
pub mod result;
pub mod vocabulary;

pub use builder::{RowWriter, TableBuilder};
pub use column::{Column, Table, Type};
pub use definition::Definition;
pub use document::{definitions_to_markdown, metrics_to_markdown, to_json, to_markdown};
pub use frames::{Frames, Values};

/// Every table: canonical ones first, then results.
pub fn tables() -> impl Iterator<Item = &'static Table> {
    canonical::TABLES.into_iter().chain(result::TABLES)
}

/// The table of that name.
pub fn table(name: &str) -> Option<&'static Table> {
    tables().find(|table| table.name == name)
}
