//! Section 7: what every figure means, how it is computed and when it misleads.

use sequela_schema::vocabulary::period;

use super::Source;
use super::parts::Head;
use crate::figures::catalog::{ENTRIES, Entry};

/// One figure explained.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) label: &'static str,
    pub(super) metric: &'static str,
    pub(super) definition: &'static str,
    pub(super) method: String,
    pub(super) misleads: &'static str,
    /// Which export fills it, where it is missing.
    pub(super) missing: String,
}

/// The section.
#[derive(Debug)]
pub(super) struct Definitions {
    pub(super) head: Head,
    pub(super) entries: Vec<Definition>,
    pub(super) is_sequela: bool,
    pub(super) preset: String,
}

/// Fills the section in.
pub(super) fn section(source: &Source<'_>) -> Definitions {
    let head = Head {
        number: 7,
        id: "definitions",
        title: "Definitions",
        finding: "What each figure means, how it is computed, and when it misleads.".to_owned(),
        meta: format!("Definition {}: {}", source.context.definition, source.context.definition_sentence),
        rows: vec!["metrics"],
    };
    let preset = source.context.definition.clone();
    Definitions { head, entries: ENTRIES.iter().map(|entry| definition(source, entry)).collect(), is_sequela: preset == "sequela", preset }
}

/// The method is the one that the run states with its figures, else the usual one.
fn definition(source: &Source<'_>, entry: &'static Entry) -> Definition {
    let stated = source.figures.overall(entry.metric).or_else(|| source.figures.series(period::MONTH, entry.metric).values().next_back());
    let method = stated.map(|figure| figure.method.trim()).filter(|method| !method.is_empty());
    Definition {
        label: entry.label,
        metric: entry.metric,
        definition: entry.definition,
        method: method.map_or_else(|| entry.method.to_owned(), |stated| format!("{} Stated by the run: {stated}.", entry.method)),
        misleads: entry.misleads,
        missing: if stated.is_none() { format!("Not in this run; filled by {}.", entry.filled_by) } else { String::new() },
    }
}
