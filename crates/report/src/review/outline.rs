//! The sections of the page as an outline; the only place beside the template that reads what sections hold.

use super::parts::{Grid, Head, Picture, is_web};
use super::{Page, changed, definitions, glance, incidents, quality, restore, teams, trends, when, worst};
use crate::outline::{Cell, Outline, Part, Section, Table};
use crate::wording::MISSING;

impl Page {
    /// The words of the page without its layout.
    pub(super) fn outline(&self) -> Outline {
        let masthead = &self.masthead;
        Outline {
            organisation: masthead.organisation.clone(),
            title: masthead.title.clone(),
            period: masthead.period.clone(),
            definition: masthead.definition.clone(),
            definition_sentence: masthead.definition_sentence.clone(),
            warning: masthead.warning.clone(),
            rests_on: masthead.rests_on.clone(),
            check: masthead.check.clone(),
            is_withheld: masthead.is_withheld,
            foot: masthead.foot.clone(),
            sections: self.sections(),
        }
    }

    /// All sections in the order of the page.
    fn sections(&self) -> Vec<Section> {
        let mut sections = vec![
            self.glance.outline(),
            self.changed.outline(),
            self.trends.outline(),
            self.incidents.outline(&self.masthead.warning),
            self.worst.outline(),
            self.when.outline(),
        ];
        sections.extend(self.problems.iter().map(super::parts::Section::outline));
        sections.extend([self.teams.outline(), self.restore.outline()]);
        sections.extend(self.management.iter().map(super::parts::Section::outline));
        sections.extend([self.quality.outline(), self.definitions.outline()]);
        sections
    }
}

impl super::parts::Section {
    fn outline(&self) -> Section {
        self.head.outline(self.blocks.iter().flat_map(super::parts::Block::outline).map(Some).collect())
    }
}

impl super::parts::Block {
    /// What it says without layout.
    fn outline(&self) -> Vec<Part> {
        match self {
            Self::Note(text) => Part::text(text).into_iter().collect(),
            Self::Grid(grid) => grid.outline().into_iter().collect(),
            Self::Pictures(pictures) => pictures.iter().filter_map(Picture::outline).collect(),
            Self::Paste(words, lines) => Part::text(words).into_iter().chain([Part::Code(lines.clone())]).collect(),
        }
    }
}

impl Head {
    fn outline(&self, parts: Vec<Option<Part>>) -> Section {
        Section {
            id: self.id,
            title: self.title.clone(),
            finding: self.finding.clone(),
            meta: self.meta.clone(),
            tables: self.rows.clone(),
            parts: parts.into_iter().flatten().collect(),
        }
    }
}

impl Grid {
    /// The table; none without rows.
    fn outline(&self) -> Option<Part> {
        let cell = |cell: &super::parts::Cell| Cell {
            text: cell.words(),
            remark: cell.remark.clone(),
            href: if is_web(&cell.href) { cell.href.clone() } else { String::new() },
        };
        let table = Table {
            caption: self.caption.clone(),
            subtitle: String::new(),
            head: self.head.iter().map(|head| (head.label.clone(), head.is_number)).collect(),
            rows: self.rows.iter().map(|row| row.cells.iter().map(cell).collect()).collect(),
            rest: self.rest.clone(),
        };
        (!table.rows.is_empty()).then_some(Part::Table(table))
    }
}

impl Picture {
    /// The finding of the chart and its data; without data the finding alone.
    fn outline(&self) -> Option<Part> {
        match self.data.outline() {
            Some(Part::Table(table)) => Some(Part::Table(Table { caption: self.title.clone(), subtitle: self.subtitle.clone(), ..table })),
            _ => Part::text(&self.title),
        }
    }
}

impl glance::Glance {
    fn outline(&self) -> Section {
        self.head.outline(vec![self.headline(), Part::text(&self.reading)])
    }

    fn headline(&self) -> Option<Part> {
        let heads = ["Headline", "Value#", "Interval#", "Rests on", "Before", "In words"];
        let mut grid = Grid::new("Headline figures", &heads);
        grid.rows = self.tiles.iter().map(|tile| tile.cells().into()).collect();
        grid.outline()
    }
}

impl glance::Tile {
    fn cells(&self) -> Vec<super::parts::Cell> {
        let or_missing = |text: &str| super::parts::Cell::of(if text.is_empty() { MISSING } else { text });
        vec![
            super::parts::Cell::of(self.label),
            or_missing(&self.value),
            or_missing(&self.interval),
            or_missing(&self.basis),
            or_missing(self.before.trim_start_matches("Before: ")),
            or_missing(&self.chip.words),
        ]
    }
}

impl trends::Trends {
    fn outline(&self) -> Section {
        let drawn = self.pictures.iter().chain([&self.lead_time]).map(Picture::outline);
        self.head.outline(drawn.chain([self.figures.outline(), Part::text(&self.absent)]).collect())
    }
}

impl changed::Changed {
    fn outline(&self) -> Section {
        let list = |items: &[changed::Item]| (!items.is_empty()).then(|| Part::List(items.iter().map(changed::Item::words).collect()));
        self.head.outline(vec![list(&self.items), list(&self.decisions)])
    }
}

impl changed::Item {
    fn words(&self) -> String {
        let verdict = self.chip.as_ref().map_or_else(String::new, |chip| format!("{}: ", chip.words));
        format!("{verdict}{}{}", self.strong, self.text)
    }
}

impl worst::Worst {
    fn outline(&self) -> Section {
        self.head.outline(self.pictures.iter().map(Picture::outline).chain([self.table.outline()]).collect())
    }
}

impl when::When {
    fn outline(&self) -> Section {
        self.head.outline(self.pictures.iter().map(Picture::outline).chain([self.table.outline()]).collect())
    }
}

impl teams::Teams {
    fn outline(&self) -> Section {
        self.head.outline(vec![self.table.outline(), self.groups.outline(), self.picture.as_ref().and_then(Picture::outline)])
    }
}

impl restore::Restore {
    fn outline(&self) -> Section {
        let drawn = [&self.picture].into_iter().chain(&self.pictures).map(Picture::outline);
        self.head.outline(drawn.chain([self.table.outline(), self.teams.outline()]).collect())
    }
}

impl incidents::Incidents {
    fn outline(&self, warning: &str) -> Section {
        self.head.outline(vec![Part::text(warning), Part::text(&self.caution), self.table.outline()])
    }
}

impl quality::Quality {
    fn outline(&self) -> Section {
        let remarks = (!self.remarks.is_empty()).then(|| Part::List(self.remarks.clone()));
        let drawn = self.reliability.iter().map(Picture::outline);
        self.head.outline([self.files.outline(), self.issues.outline(), remarks].into_iter().chain(drawn).collect())
    }
}

impl definitions::Definitions {
    fn outline(&self) -> Section {
        let model = (!self.model.is_empty()).then(|| Part::List(self.model.iter().map(|text| (*text).to_owned()).collect()));
        let other = format!(
            "This run follows the definition {}; where it differs from the texts below, the definition's sentence and the stated methods hold.",
            self.preset
        );
        let other = if self.is_sequela { None } else { Part::text(&other) };
        let method = if self.model.is_empty() { None } else { Part::text(self.method) };
        self.head.outline(vec![other, model, method, self.terms().outline()])
    }

    fn terms(&self) -> Grid {
        let mut grid = Grid::new("Figures", &["Figure", "Means", "Computed here by", "Misleads"]);
        let cell = |text: &str| super::parts::Cell::of(text);
        let row = |entry: &definitions::Definition| {
            let method = if entry.missing.is_empty() { entry.method.as_str() } else { entry.missing.as_str() };
            vec![cell(entry.label).with_remark(entry.metric), cell(entry.definition), cell(method), cell(entry.caution)]
        };
        grid.rows = self.entries.iter().map(|entry| row(entry).into()).collect();
        grid
    }
}
