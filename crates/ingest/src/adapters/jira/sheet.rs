//! A CSV export of issues: names of columns repeat, dates are local, and some rows are wider than the header.

use std::borrow::Cow;

use super::issue::Issue;
use super::links;
use super::rows::is_key;
use super::words::Category;
use crate::IngestError;
use crate::adapters::Task;
use crate::adapters::shared::{Desk, Refused};
use crate::issue::code;
use crate::records::{Reading, Records, Row};
use crate::source::DateOrder;
use crate::text::{Nulls, bare, names_person, normal};
use crate::timestamp::order::{Decision, Evidence};
use crate::timestamp::scan::{Scanned, scan};

/// What a column holds, as far as its cells can be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Key,
    Number,
    Time,
    Category,
    Any,
    /// Comments, persons, files: never read.
    Unread,
}

/// Beginnings of the names of columns about persons; their identifiers stand in columns of their own.
const PERSONS: [&str; 5] = ["assignee", "reporter", "creator", "watchers", "project_lead"];

impl Kind {
    fn of(name: &str) -> Self {
        match name {
            "issue_key" | "parent_key" => Self::Key,
            "issue_id" | "parent_id" | "parent" => Self::Number,
            "created" | "updated" | "resolved" | "last_viewed" | "due_date" | "status_category_changed" => Self::Time,
            "status_category" => Self::Category,
            "comment" | "attachment" | "log_work" | "sprint" => Self::Unread,
            _ if names_person(name) || PERSONS.iter().any(|person| name.starts_with(person)) => Self::Unread,
            _ => Self::Any,
        }
    }

    /// Whether a cell may stand in such a column.
    fn admits(self, text: &str) -> bool {
        let text = text.trim();
        text.is_empty()
            || match self {
                Self::Key => is_key(text),
                Self::Number => text.bytes().all(|byte| byte.is_ascii_digit()) || is_key(text),
                Self::Time => !matches!(scan(&in_english(text)), Scanned::Bad),
                Self::Category => Category::named(text).is_some() || !text.contains([',', ';']),
                Self::Any | Self::Unread => true,
            }
    }
}

/// One export.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    headers: Vec<String>,
    names: Vec<String>,
    kinds: Vec<Kind>,
    order: Option<DateOrder>,
}

/// The cells of one row, as many as there are headers, and for each the column it belongs to.
pub(super) struct Cells<'r> {
    cells: Vec<(usize, Cow<'r, str>)>,
}

impl Sheet {
    /// Looks through all dates, which have one form: it decides whether the day or the month stands first.
    pub(super) fn of(table: &mut dyn Records, desk: &mut Desk<'_>, task: &Task<'_>) -> Result<Self, IngestError> {
        let headers = table.headers().to_vec();
        let names: Vec<String> = headers.iter().map(|header| normal(header)).collect();
        let kinds: Vec<Kind> = names.iter().map(|name| Kind::of(name)).collect();
        let mut sheet = Self { headers, names, kinds, order: task.source.date_order };
        if sheet.order.is_none() {
            let mut evidence = sheet.evidence(table)?;
            sheet.order = Some(decided(&mut evidence, desk)?);
        }
        Ok(sheet)
    }

    fn evidence(&self, table: &mut dyn Records) -> Result<Evidence, IngestError> {
        let mut evidence = Evidence::default();
        let times: Vec<usize> = (0..self.kinds.len()).filter(|column| self.kinds.get(*column) == Some(&Kind::Time)).collect();
        let (id, created) = (self.place("issue_id"), self.place("created"));
        table.visit(&times, &mut |_, reading| {
            let Reading::Row(row) = reading else { return };
            let number = id.and_then(|id| row.cell(id).text()?.trim().parse().ok());
            for column in &times {
                let record = number.filter(|_| created == Some(*column));
                row.cell(*column).text().iter().for_each(|text| evidence.note(bare(text), record));
            }
        })?;
        Ok(evidence)
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name)
    }

    /// The cells of a row under their headers.
    pub(super) fn cells<'r>(&self, row: &'r dyn Row) -> Result<Cells<'r>, Refused> {
        let texts: Vec<Cow<'r, str>> = (0..row.width()).map(|column| row.cell(column).text().unwrap_or_default()).collect();
        let width = self.headers.len();
        if texts.len() <= width {
            return Ok(Cells { cells: texts.into_iter().enumerate().collect() });
        }
        self.repaired(&texts, texts.len() - width).map(|cells| Cells { cells }).ok_or_else(|| {
            let message = format!(
                "{} cells under {width} headers, and it cannot be told which column has too many; cells may have shifted, export it again",
                texts.len()
            );
            Refused::because(code::WIDE_ROW, message)
        })
    }

    /// The only way to place the cells of a row that is too wide. Jira sometimes writes more values of a repeated column than it wrote
    /// headers, and some tools end rows with empty cells.
    fn repaired<'r>(&self, texts: &[Cow<'r, str>], surplus: usize) -> Option<Vec<(usize, Cow<'r, str>)>> {
        let is_blank = |text: &Cow<'_, str>| text.trim().is_empty();
        let width = self.headers.len();
        let cut = texts.get(width..)?.iter().all(is_blank).then(|| texts.iter().take(width).cloned().enumerate().collect());
        let shifted = self.repeated().into_iter().filter_map(|(start, end)| {
            let is_full = !texts.get(start..end + surplus)?.iter().any(is_blank);
            is_full.then(|| texts.iter().enumerate().map(|(place, text)| (column(place, end, surplus), text.clone())).collect())
        });
        let mut ways = cut.into_iter().chain(shifted).filter(|cells: &Vec<_>| self.admits(cells));
        let only = ways.next()?;
        ways.next().is_none().then_some(only)
    }

    /// Whether all cells may stand where they are placed, and the key of the issue is one of them.
    fn admits(&self, cells: &[(usize, Cow<'_, str>)]) -> bool {
        let fits = |(column, text): &(usize, Cow<'_, str>)| self.kinds.get(*column).is_some_and(|kind| kind.admits(text));
        let key =
            |(column, text): &(usize, Cow<'_, str>)| self.names.get(*column).is_some_and(|name| name == "issue_key") && is_key(text.trim());
        cells.iter().all(fits) && cells.iter().any(key)
    }

    /// First column and the one behind the last of every name that stands several times in a row.
    fn repeated(&self) -> Vec<(usize, usize)> {
        let mut start = 0;
        let mut found = Vec::new();
        for run in self.names.chunk_by(|left, right| left == right) {
            if run.len() > 1 {
                found.push((start, start + run.len()));
            }
            start += run.len();
        }
        found
    }

    /// Type of the issue.
    pub(super) fn kind(&self, cells: &Cells<'_>) -> String {
        self.all("issue_type", cells).next().unwrap_or_default().to_owned()
    }

    pub(super) fn labels(&self, cells: &Cells<'_>) -> Vec<String> {
        self.all("labels", cells).map(str::to_owned).collect()
    }

    fn all<'c>(&'c self, name: &'c str, cells: &'c Cells<'_>) -> impl Iterator<Item = &'c str> {
        let named = move |column: &usize| self.names.get(*column).is_some_and(|known| known == name);
        cells.cells.iter().filter(move |(column, _)| named(column)).map(|(_, text)| text.trim()).filter(|text| !text.is_empty())
    }

    /// The issue of a row; none where it has no key.
    pub(super) fn issue(&self, cells: &Cells<'_>) -> Option<Issue> {
        let mut issue = Issue::new(self.all("issue_key", cells).next()?, self.order.unwrap_or(DateOrder::Dmy));
        issue.id = self.all("issue_id", cells).next().map(str::to_owned);
        issue.category = self.all("status_category", cells).next().and_then(Category::named);
        for (column, text) in &cells.cells {
            let text = bare(text);
            if !Nulls::default().contains(text) {
                self.add(&mut issue, *column, text);
            }
        }
        Some(issue)
    }

    fn add(&self, issue: &mut Issue, column: usize, text: &str) {
        let (Some(header), Some(kind)) = (self.headers.get(column), self.kinds.get(column)) else { return };
        if *kind == Kind::Unread {
            return;
        }
        if header.contains("issue link (") {
            return issue.links.extend(links::of_header(header, text));
        }
        let text = in_english(text).into_owned();
        match custom(header) {
            Some(name) => issue.add_custom(name, vec![text.clone()]),
            None => issue.add(header, vec![text.clone()]),
        }
        if self.names.get(column).is_some_and(|name| name == "updated") {
            issue.add("updated", vec![text]);
        }
    }
}

/// The column of a cell, where so many cells behind this column are more values of the one before it.
fn column(place: usize, end: usize, surplus: usize) -> usize {
    if place < end {
        place
    } else if place < end + surplus {
        end - 1
    } else {
        place - surplus
    }
}

/// The name in `Custom field (Name)`.
fn custom(header: &str) -> Option<&str> {
    let start = header.get(.."custom field (".len())?;
    let name = header.get(start.len()..)?.strip_suffix(')')?;
    start.eq_ignore_ascii_case("custom field (").then_some(name)
}

fn decided(evidence: &mut Evidence, desk: &mut Desk<'_>) -> Result<DateOrder, IngestError> {
    match evidence.decide() {
        Decision::Order(order) => Ok(order),
        Decision::Contradiction => {
            let file = desk.file_name();
            Err(IngestError::DateOrder {
                file,
                column: "Created".to_owned(),
                day_first: evidence.day_first,
                month_first: evidence.month_first,
            })
        }
        Decision::Open => Ok(evidence.by_record_number().unwrap_or_else(|| {
            let message = "no date tells whether the day or the month stands first; the day was taken, set date_order = \"dmy\" or \"mdy\"";
            desk.note_once(code::AMBIGUOUS_DATE_ORDER, message);
            DateOrder::Dmy
        })),
    }
}

/// Names of months as Jira writes them in the language of whoever exports, by their beginning, with the English ones.
const MONTHS: [(&str, &str); 26] = [
    ("mär", "Mar"),
    ("mrz", "Mar"),
    ("mai", "May"),
    ("okt", "Oct"),
    ("dez", "Dec"),
    ("janv", "Jan"),
    ("fév", "Feb"),
    ("fev", "Feb"),
    ("avr", "Apr"),
    ("juin", "Jun"),
    ("juil", "Jul"),
    ("aoû", "Aug"),
    ("déc", "Dec"),
    ("ene", "Jan"),
    ("abr", "Apr"),
    ("ago", "Aug"),
    ("dic", "Dec"),
    ("gen", "Jan"),
    ("mag", "May"),
    ("giu", "Jun"),
    ("lug", "Jul"),
    ("set", "Sep"),
    ("ott", "Oct"),
    ("out", "Oct"),
    ("mrt", "Mar"),
    ("mei", "May"),
];

/// A date such as `26/Mär./24 15:26` with the English name of its month; every other text as it is.
fn in_english(text: &str) -> Cow<'_, str> {
    let parts: Vec<&str> = text.splitn(3, '/').collect();
    let [day, month, rest] = parts.as_slice() else { return Cow::Borrowed(text) };
    let is_date = (1..=2).contains(&day.len())
        && day.bytes().all(|byte| byte.is_ascii_digit())
        && rest.starts_with(|letter: char| letter.is_ascii_digit());
    let name = month.trim_end_matches('.').to_lowercase();
    if !is_date || name.bytes().any(|byte| byte.is_ascii_digit()) {
        return Cow::Borrowed(text);
    }
    let english = MONTHS.iter().find(|(known, _)| name.starts_with(known)).map(|(_, english)| (*english).to_owned());
    let month = english.unwrap_or_else(|| name.chars().take(3).collect());
    Cow::Owned(format!("{day}/{month}/{rest}"))
}
