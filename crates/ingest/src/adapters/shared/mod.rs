//! What adapters have in common, so that each of them only says what its system is like.
//!
//! An adapter of records implements [`Translate`] and gets a [`Desk`] for every record: it takes an [`Entry`] of a canonical table,
//! fills it by paths into the record and keeps it. Times, words, identifiers, masking and the checks of a row are the desk's work.

pub(super) mod attempts;
pub(super) mod desk;
pub(super) mod entry;
pub(super) mod history;
pub(super) mod labels;
pub(super) mod markup;
pub(super) mod measures;
pub(super) mod pipeline;
pub(super) mod reader;
pub(super) mod repositories;
pub(super) mod repository;
pub(super) mod rollback;
pub(super) mod scope;
pub(super) mod tabular;
pub(super) mod values;

pub(super) use desk::Desk;
pub(super) use entry::Entry;
pub(super) use measures::Subject;
pub(super) use reader::{Reader, Refused, Translate};
pub(super) use repositories::Repositories;
pub(super) use scope::Origin;
pub(super) use tabular::Tabular;
