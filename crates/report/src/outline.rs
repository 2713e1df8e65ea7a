//! The review as plain words, free of any layout: what Markdown, JSON and the workbook take from the page.

/// The whole review.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    pub(crate) organisation: String,
    pub(crate) title: String,
    pub(crate) period: String,
    pub(crate) definition: String,
    pub(crate) definition_sentence: String,
    /// Said where links follow a rule; else empty.
    pub(crate) warning: String,
    pub(crate) rests_on: String,
    /// How far the model is to be believed; empty where links follow records and rules.
    pub(crate) check: String,
    /// Whether the model may not judge on these data.
    pub(crate) is_withheld: bool,
    pub(crate) foot: String,
    pub(crate) sections: Vec<Section>,
}

/// One section: a finding, what it rests on, and its content.
#[derive(Debug)]
pub(crate) struct Section {
    pub(crate) id: &'static str,
    pub(crate) title: String,
    pub(crate) finding: String,
    pub(crate) meta: String,
    /// Tables that hold the rows.
    pub(crate) tables: Vec<&'static str>,
    pub(crate) parts: Vec<Part>,
}

/// A piece of a section.
#[derive(Debug)]
pub(crate) enum Part {
    /// A paragraph.
    Text(String),
    /// A list of sentences.
    List(Vec<String>),
    /// A table.
    Table(Table),
    /// Lines to paste, as they are.
    Code(String),
}

/// A table whose first column names the rows.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) caption: String,
    /// Measure, unit and scale, where the table stands for a chart; else empty.
    pub(crate) subtitle: String,
    /// Head of each column, and whether it holds numbers.
    pub(crate) head: Vec<(String, bool)>,
    pub(crate) rows: Vec<Vec<Cell>>,
    /// What is not shown, if anything.
    pub(crate) rest: String,
}

/// A cell: text, a remark below it and an address, each of the latter two perhaps empty.
#[derive(Debug, Default)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) remark: String,
    pub(crate) href: String,
}

impl Part {
    /// A paragraph; none for an empty text.
    pub(crate) fn text(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self::Text(text.to_owned()))
    }
}
