//! What is stored and what is shown: which of them an export gives, and cells that hold both as an object, as Python prints it.

use crate::records::Cell;

/// Whether an export gives what is stored or what is shown.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Packing {
    /// A field says what is stored.
    pub(super) stored: bool,
    /// A field says what is shown only.
    shown: bool,
    /// States and priorities that are numbers, and those that are words.
    codes: u64,
    words: u64,
}

impl Packing {
    pub(super) fn new(stored: bool, shown: bool) -> Self {
        Self { stored, shown, ..Self::default() }
    }

    pub(super) fn note_code(&mut self, text: &str) {
        *(if text.trim().parse::<f64>().is_ok() { &mut self.codes } else { &mut self.words }) += 1;
    }

    /// The interfaces give UTC unless they were asked for what is shown; a list is local time unless it is as stored.
    pub(super) fn is_utc(self, documents: bool) -> bool {
        self.stored || self.words == 0 && (self.codes > 0 || documents && !self.shown)
    }
}

/// Whether a cell has no value.
pub(super) fn is_empty(cell: Cell<'_>) -> bool {
    matches!(cell, Cell::Null) || matches!(cell, Cell::Text(text) if text.trim().is_empty())
}

/// The wanted part of a cell that holds an object as text; other cells as they are.
pub(super) fn unpacked(cell: Cell<'_>, stored_first: bool) -> Cell<'_> {
    let Cell::Text(text) = cell else { return cell };
    let keys = if stored_first { ["value", "display_value"] } else { ["display_value", "value"] };
    let mut parts = keys.iter().filter_map(|key| part(text, key)).peekable();
    if parts.peek().is_none() {
        return cell;
    }
    parts.find(|part| !part.is_empty() && *part != "None").map_or(Cell::Null, Cell::Text)
}

/// The value of a key in an object as Python or JSON writes it.
pub(super) fn part<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let inner = text.trim().strip_prefix('{')?;
    let quoted = |quote: char| inner.find(&format!("{quote}{key}{quote}:")).map(|start| start + key.len() + 3);
    let rest = inner.get(quoted('\'').or_else(|| quoted('"'))?..)?.trim_start();
    match rest.chars().next().filter(|first| matches!(first, '\'' | '"')) {
        Some(quote) => rest.get(1..)?.split(quote).next(),
        None => rest.split([',', '}']).next().map(str::trim),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_in_cells() {
        let text = "{'link': 'https://x.service-now.com/api', 'value': '109562a3c611227500a7b7ff98cc0dc7'}";
        assert_eq!(unpacked(Cell::Text(text), false), Cell::Text("109562a3c611227500a7b7ff98cc0dc7"));
        let text = "{'display_value': \"Jane's team\", 'value': 'c1'}";
        assert_eq!(unpacked(Cell::Text(text), false), Cell::Text("Jane's team"));
        assert_eq!(unpacked(Cell::Text(text), true), Cell::Text("c1"));
        assert_eq!(unpacked(Cell::Text("{'display_value': '', 'value': None}"), false), Cell::Null);
        assert_eq!(unpacked(Cell::Text("{\"value\": 3.0, \"display_value\": \"3\"}"), true), Cell::Text("3.0"));
        assert_eq!(unpacked(Cell::Text("{not one}"), true), Cell::Text("{not one}"));
    }

    #[test]
    fn what_interfaces_store_is_utc() {
        let packing = |codes: &[&str], shown: bool| {
            let mut packing = Packing::new(false, shown);
            codes.iter().for_each(|code| packing.note_code(code));
            packing
        };
        assert!(packing(&["6", "1.0"], false).is_utc(false) && packing(&[], false).is_utc(true));
        assert!(!packing(&[], false).is_utc(false) && !packing(&["Closed", "1"], false).is_utc(true) && !packing(&[], true).is_utc(true));
    }
}
