//! Turns exports of any tool into Sequela's canonical tables, and says what was wrong in them. The only crate that reads input.
//!
//! A file goes through these stages: [`read`] finds it, `content` undoes compression and encoding and refuses what is no data,
//! `records` gives its rows one shape, `plan` decides which of their columns fills which of ours, `mapper` reads the values, `rules`
//! checks them, `fold` makes one record of the rows that share an id, and `frame` builds the tables. Native adapters stand in
//! `adapters`. Nothing fails because of a bad row: it is put aside, counted and explained.

mod adapters;
mod content;
mod delimiter;
mod document;
mod draft;
mod error;
mod fields;
mod fold;
mod frame;
#[cfg(fuzzing)]
pub mod fuzzing;
mod intake;
mod issue;
mod mapper;
mod observer;
mod paths;
mod plan;
mod recognise;
mod records;
mod rows;
mod rules;
mod run;
mod source;
mod table;
mod text;
mod timestamp;
mod words;
mod zones;

pub use adapters::{Export, Verified};
pub use document::sources_to_markdown;
pub use error::IngestError;
pub use observer::Observer;
pub use recognise::{CONFIDENT, Recognition, recognise};
pub use run::read;
pub use source::{Alias, DateOrder, Directions, Mapping, Mask, Options, Source};

/// The kinds of source, and what each reads.
pub fn adapters() -> Vec<(&'static str, &'static [Export])> {
    adapters::ALL.iter().map(|adapter| (adapter.name(), adapter.exports())).collect()
}
