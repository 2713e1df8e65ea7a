//! The pieces that sections are made of; the template knows how they look, the sections what they say.

use crate::charts::{Chart, NARROW, WIDE};
use crate::{Context, ReportError};

/// Head of a section: number, noun title, one finding, one line about what it rests on.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) number: usize,
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) finding: String,
    pub(super) meta: String,
    /// Tables that hold the rows.
    pub(super) rows: Vec<&'static str>,
}

/// One cell: text with an optional remark, link and tool tip.
#[derive(Debug, Default)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) remark: String,
    pub(super) href: String,
    pub(super) hint: String,
}

impl Cell {
    /// Whether there is nothing to read in it; a phone leaves such cells out.
    pub(super) fn is_empty(&self) -> bool {
        self.remark.is_empty() && (self.text.is_empty() || self.text == crate::wording::MISSING)
    }

    /// Text alone.
    pub(super) fn of(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// The same with a remark below.
    pub(super) fn with_remark(self, remark: impl Into<String>) -> Self {
        Self { remark: remark.into(), ..self }
    }

    /// The same as a link, if the address is one that a browser may open; other schemes could run code.
    pub(super) fn with_link(self, url: Option<&str>) -> Self {
        let safe = url.filter(|url| url.starts_with("https://") || url.starts_with("http://"));
        Self { href: safe.unwrap_or_default().to_owned(), ..self }
    }

    /// The same with a tool tip.
    pub(super) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }
}

/// Head of a column.
#[derive(Debug)]
pub(super) struct ColumnHead {
    pub(super) label: String,
    pub(super) is_number: bool,
}

/// A table whose first column names the rows.
#[derive(Debug, Default)]
pub(super) struct Grid {
    pub(super) caption: String,
    pub(super) head: Vec<ColumnHead>,
    pub(super) rows: Vec<Vec<Cell>>,
    /// What is not shown, if anything.
    pub(super) rest: String,
}

impl Grid {
    /// A table without rows; heads that end in `#` are columns of numbers.
    pub(super) fn new(caption: impl Into<String>, heads: &[&str]) -> Self {
        let head = heads.iter().map(|label| ColumnHead { label: label.trim_end_matches('#').to_owned(), is_number: label.ends_with('#') });
        Self { caption: caption.into(), head: head.collect(), ..Self::default() }
    }
}

/// A chart on the page: two drawings, of which the style sheet shows one, and the data.
#[derive(Debug)]
pub(super) struct Picture {
    pub(super) title: String,
    pub(super) subtitle: String,
    pub(super) wide: String,
    pub(super) narrow: String,
    pub(super) data: Grid,
}

impl Picture {
    /// Draws the chart; without charts only its data remain.
    pub(super) fn of(chart: &Chart, context: &Context) -> Result<Self, ReportError> {
        let drawn = |width| if context.charts { chart.inline(width) } else { Ok(String::new()) };
        let mut data = Grid::new(format!("Data of the chart: {}", chart.title), &chart.data.head);
        for head in data.head.iter_mut().skip(1) {
            head.is_number = true;
        }
        data.rows = chart.data.rows.iter().map(|row| row.iter().map(|text| Cell::of(text.as_str())).collect()).collect();
        Ok(Self { title: chart.title.clone(), subtitle: chart.subtitle.clone(), wide: drawn(WIDE)?, narrow: drawn(NARROW)?, data })
    }
}
