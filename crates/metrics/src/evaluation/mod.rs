//! How near a definition comes to known causes that it was not told.
//!
//! [`Labels`] says what is known, from the best source there is; [`Labels::hidden`] takes it out of the data; [`Answers`] reads what a
//! definition says without it; [`Scores`] holds one against the other. What a definition was told is never scored.

mod answers;
mod labels;
mod lookup;
mod scores;
mod withheld;

pub use answers::{Answers, FIRST};
pub use labels::{Labels, LeftOut};
pub use scores::{Scores, tables};
pub use withheld::Pass;

use sequela_schema::Definition;
use sequela_schema::definition::Attribution;

/// The definition under which what is recorded can be read off: causes that records name, then rollbacks.
pub fn recorded(definition: &Definition) -> Definition {
    Definition { attribution: Attribution::Rule, use_evidence: true, ..definition.clone() }
}

/// Whether a definition says anything of an incident whose record names no cause.
pub fn judges(definition: &Definition) -> bool {
    matches!(definition.attribution, Attribution::Rule | Attribution::Model)
}

/// The definitions that are scored side by side, each with the names of those that differ in nothing but their name.
pub fn side_by_side(definitions: impl IntoIterator<Item = Definition>) -> Vec<(Definition, Vec<String>)> {
    let mut found: Vec<(Definition, Vec<String>)> = Vec::new();
    for definition in definitions {
        let bare = |definition: &Definition| Definition { preset: String::new(), ..definition.clone() };
        match found.iter_mut().find(|(other, _)| bare(other) == bare(&definition)) {
            Some((_, same)) => same.push(definition.preset),
            None => found.push((definition, Vec::new())),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use sequela_schema::definition::PRESETS;

    #[test]
    fn definitions_that_differ_in_their_name_only_share_a_row() {
        let found = side_by_side(PRESETS.iter().filter_map(|name| Definition::preset(name)));
        let names: Vec<&str> = found.iter().flat_map(|(one, same)| same.iter().map(String::as_str).chain([one.preset.as_str()])).collect();
        assert!(PRESETS.iter().all(|name| names.contains(name)));
        assert!(found.iter().any(|(one, same)| one.preset == "devlake-2023" && same == &["devlake-2021"]), "{names:?}");
    }
}
