//! The pieces that sections are made of; the template knows how they look, the sections what they say.

use crate::charts::Chart;
use crate::wording::Change;
use crate::{Context, ReportError};

/// Head of a section: noun title, one finding, one line about what it rests on. Its number is its place in [`SECTIONS`].
#[derive(Debug)]
pub(super) struct Head {
    pub(super) id: &'static str,
    pub(super) title: String,
    pub(super) finding: String,
    pub(super) meta: String,
    /// Tables that hold the rows.
    pub(super) rows: Vec<&'static str>,
}

impl Head {
    /// Its place on the page.
    pub(super) fn number(&self) -> usize {
        number(self.id)
    }
}

/// What stands below the head of a section that has no layout of its own.
#[derive(Debug)]
pub(super) enum Block {
    /// A table; without rows nothing.
    Grid(Grid),
    /// Charts side by side.
    Pictures(Vec<Picture>),
    /// Words.
    Note(String),
    /// Lines to paste, below what to do with them.
    Paste(String, String),
}

/// A section that is its head and blocks from top to bottom.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) head: Head,
    pub(super) blocks: Vec<Block>,
}

/// The sections in the order of the page: group, identifier, name in the contents.
pub(super) const SECTIONS: [(&str, &str, &str); 19] = [
    (MEETING, "month", "This month"),
    (MEETING, "changed", "What changed, what to decide"),
    (MEETING, "trends", "Trends"),
    (PROBLEMS, "incidents", "Incidents caused by change"),
    (PROBLEMS, "worst", "Worst service"),
    (PROBLEMS, "when", "When incidents happen"),
    (PROBLEMS, "problems", "Problem candidates"),
    (PROBLEMS, "impact", "Release impact"),
    (LEADERS, "teams", "Teams"),
    (LEADERS, "restore", "Time to restore"),
    (LEADERS, "approval", "Change approval"),
    (LEADERS, "preapproval", "Pre-approval"),
    (LEADERS, "risk", "Planned changes"),
    (LEADERS, "accreditation", "Accreditation"),
    (LEADERS, "association", "Quality and failures"),
    (EVIDENCE, "reconciliation", "Reconciliation"),
    (EVIDENCE, "shadow", "Shadow services"),
    (EVIDENCE, "quality", "Data and clocks"),
    (EVIDENCE, "definitions", "Definitions"),
];
const MEETING: &str = "The meeting";
const PROBLEMS: &str = "Problem managers";
const LEADERS: &str = "Leaders";
const EVIDENCE: &str = "Evidence";

/// A line of the contents: number, identifier, name.
type Entry = (usize, &'static str, &'static str);

/// Groups of the contents with their sections.
pub(super) fn contents() -> Vec<(&'static str, Vec<Entry>)> {
    let of = |group| {
        let numbered = SECTIONS.iter().enumerate().filter(|(_, section)| section.0 == group);
        numbered.map(|(position, section)| (position + 1, section.1, section.2)).collect()
    };
    [MEETING, PROBLEMS, LEADERS, EVIDENCE].map(|group| (group, of(group))).into()
}

/// Position of a section on the page, from 1.
pub(super) fn number(id: &str) -> usize {
    SECTIONS.iter().position(|section| section.1 == id).map_or(0, |position| position + 1)
}

/// How a section is referred to.
pub(super) fn place(id: &str) -> String {
    format!("Section {}", number(id))
}

/// A line of a cell that lists causes: a bar, its share, a deployment or words.
#[derive(Clone, Debug, Default)]
pub(super) struct Bar {
    /// Length, 0 to 100.
    pub(super) percent: i64,
    /// The share in words.
    pub(super) share: String,
    /// Whether it is a change.
    pub(super) is_change: bool,
    /// Whether a rule links it, which has no share to give.
    pub(super) is_rule: bool,
    /// Identifier of a deployment.
    pub(super) id: String,
    /// Its address.
    pub(super) href: String,
    /// What it is.
    pub(super) words: String,
}

/// One cell: text with an optional remark, link and tool tip; or a drawing, bars, a verdict.
#[derive(Clone, Debug, Default)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) remark: String,
    pub(super) href: String,
    pub(super) hint: String,
    /// Value to sort by, where it is not the text.
    pub(super) sort: String,
    /// A drawing of ours.
    pub(super) svg: String,
    pub(super) bars: Vec<Bar>,
    pub(super) chip: Option<Chip>,
}

/// A verdict: a shape and always the word.
#[derive(Clone, Debug)]
pub(super) struct Chip {
    pub(super) class: &'static str,
    pub(super) words: String,
}

impl Chip {
    /// A verdict in other words than its own.
    pub(super) fn saying(change: Change, words: impl Into<String>) -> Self {
        let class = match change {
            Change::Higher => "higher",
            Change::Lower => "lower",
            Change::Unclear => "same",
            _ => "few",
        };
        Self { class, words: words.into() }
    }

    /// The shape beside the words.
    pub(super) fn mark(&self) -> &'static str {
        match self.class {
            "higher" => "<path d=\"M8 2L15 14H1z\" fill=\"currentColor\"/>",
            "lower" => "<path d=\"M8 14L15 2H1z\" fill=\"currentColor\"/>",
            "probably" => "<path d=\"M8 1.5L14.5 8 8 14.5 1.5 8z\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.5\"/>",
            "same" => {
                "<circle cx=\"8\" cy=\"8\" r=\"6.5\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.5\"/>\
                 <path d=\"M4.5 9q1.7-3.5 3.5-1t3.5-1\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.5\"/>"
            }
            _ => {
                "<rect x=\"2\" y=\"2\" width=\"12\" height=\"12\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.5\" \
                 stroke-dasharray=\"3 2\"/>"
            }
        }
    }
}

/// Whether a browser may open the address; other schemes could run code.
pub(super) fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

impl Cell {
    /// Whether there is nothing to read in it; a phone leaves such cells out.
    pub(super) fn is_empty(&self) -> bool {
        self.remark.is_empty()
            && self.svg.is_empty()
            && self.bars.is_empty()
            && self.chip.is_none()
            && (self.text.is_empty() || self.text == crate::wording::MISSING)
    }

    /// What it says without any drawing.
    pub(super) fn words(&self) -> String {
        if self.bars.is_empty() {
            return self.text.clone();
        }
        let bar =
            |bar: &Bar| [bar.share.as_str(), &bar.id, &bar.words].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        self.bars.iter().map(bar).collect::<Vec<_>>().join("; ")
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
        let safe = url.filter(|url| is_web(url));
        Self { href: safe.unwrap_or_default().to_owned(), ..self }
    }

    /// The same as a link to a place on the page or to a table beside it.
    pub(super) fn linked(self, place: impl Into<String>) -> Self {
        Self { href: place.into(), ..self }
    }

    /// The same with a value to sort by.
    pub(super) fn sorted(self, value: f64) -> Self {
        Self { sort: value.to_string(), ..self }
    }

    /// A drawing that the neighbouring cells have the numbers of.
    pub(super) fn drawn(svg: String) -> Self {
        Self { svg, ..Self::default() }
    }

    /// A verdict.
    pub(super) fn verdict(chip: Chip) -> Self {
        Self { text: chip.words.clone(), chip: Some(chip), ..Self::default() }
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
    /// An axis that the rows of the column share.
    pub(super) svg: String,
    /// How the column is sorted as given: `ascending`, `descending` or nothing.
    pub(super) sorted: &'static str,
}

/// One row: its cells, and whose it is, for the filters.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    pub(super) cells: Vec<Cell>,
    /// Where links of the page point to; empty where none does.
    pub(super) id: String,
    pub(super) team: String,
    pub(super) service: String,
}

impl From<Vec<Cell>> for Line {
    fn from(cells: Vec<Cell>) -> Self {
        Self { cells, ..Self::default() }
    }
}

/// A table whose first column names the rows.
#[derive(Debug, Default)]
pub(super) struct Grid {
    pub(super) caption: String,
    pub(super) head: Vec<ColumnHead>,
    pub(super) rows: Vec<Line>,
    /// What is not shown, if anything.
    pub(super) rest: String,
    /// Its name in the address of the page; tables with a name can be sorted.
    pub(super) key: &'static str,
    /// Rows that are built when asked for, as JSON; empty without any.
    pub(super) hidden: String,
    /// Class of the table.
    pub(super) class: &'static str,
}

impl Grid {
    /// A table without rows; heads that end in `#` are columns of numbers.
    pub(super) fn new(caption: impl Into<String>, heads: &[&str]) -> Self {
        let head = heads.iter().map(|label| ColumnHead {
            label: label.trim_end_matches('#').to_owned(),
            is_number: label.ends_with('#'),
            svg: String::new(),
            sorted: "",
        });
        Self { caption: caption.into(), head: head.collect(), ..Self::default() }
    }

    /// The same with a name in the address of the page, sorted as given by that column.
    pub(super) fn keyed(mut self, key: &'static str, column: usize, sorted: &'static str) -> Self {
        self.key = key;
        if let Some(head) = self.head.get_mut(column) {
            head.sorted = sorted;
        }
        self
    }
}

/// Rows of the data of a chart, at most: those of a heat map of the week.
const DATA: usize = 336;

/// A chart on the page: a drawing for each width, of which the style sheet shows one, and the data.
#[derive(Debug)]
pub(super) struct Picture {
    pub(super) title: String,
    pub(super) subtitle: String,
    /// Class and drawing, the widest first; none without charts.
    pub(super) drawn: Vec<(&'static str, String)>,
    pub(super) data: Grid,
}

impl Picture {
    /// Whether it takes the whole width of the page.
    pub(super) fn is_full(&self) -> bool {
        self.drawn.len() == 3
    }

    /// Draws the chart; without charts only its data remain.
    pub(super) fn of(chart: &Chart, context: &Context) -> Result<Self, ReportError> {
        let widths = if context.charts { chart.widths() } else { &[] };
        let classes: &[&str] = if widths.len() == 3 { &["full", "middle", "narrow"] } else { &["wide", "narrow"] };
        let drawn = classes.iter().zip(widths).map(|(class, width)| Ok((*class, chart.inline(*width)?)));
        let mut data = Grid::new(format!("Data of the chart: {}", chart.title), &chart.data.head);
        for head in data.head.iter_mut().skip(1) {
            head.is_number = true;
        }
        data.rows = chart
            .data
            .rows
            .iter()
            .take(DATA)
            .map(|row| row.iter().map(|text| Cell::of(text.as_str())).collect::<Vec<_>>().into())
            .collect();
        if chart.data.rows.len() > DATA {
            data.rest = format!("Showing {DATA} of {} rows.", crate::wording::thousands(chart.data.rows.len() as i64));
        }
        let drawn = drawn.collect::<Result<_, ReportError>>()?;
        Ok(Self { title: chart.title.clone(), subtitle: chart.subtitle.clone(), drawn, data })
    }
}
