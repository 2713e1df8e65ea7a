//! Rows in columns that fit the terminal; a single row as a list of names and values.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};
use sequela_schema::{Column, Type};

/// Characters of a line, where nobody says otherwise.
pub(super) const WIDTH: usize = 120;
/// Characters of a text, widest first: the first that lets all columns fit is taken.
const CUTS: [usize; 5] = [60, 40, 30, 24, 18];
/// Blanks beside a column.
const PADDING: usize = 2;

/// What is printed, and what is not.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) text: String,
    /// Columns without a value in any row shown.
    pub(super) empty: Vec<&'static str>,
    /// Columns for which there was no room.
    pub(super) left_out: Vec<&'static str>,
}

/// Lays out the rows, given as texts in the order of the columns.
pub(super) fn page(columns: &'static [Column], rows: &[Vec<String>], width: usize) -> Page {
    let is_empty = |column: &&Column| rows.iter().all(|row| row[column.position].is_empty());
    let (empty, filled): (Vec<&Column>, Vec<&Column>) = columns.iter().partition(is_empty);
    let empty = empty.into_iter().map(|column| column.name).collect();
    if let [row] = rows {
        return Page { text: record(&filled, row), empty, left_out: Vec::new() };
    }
    let cut = if width == usize::MAX { usize::MAX } else { cut_for(&filled, rows, width) };
    let number = filled.len().min(fitting(&filled, rows, width, cut).max(1));
    let left_out = filled[number..].iter().map(|column| column.name).collect();
    Page { text: grid(&filled[..number], rows, cut), empty, left_out }
}

fn cut_for(columns: &[&Column], rows: &[Vec<String>], width: usize) -> usize {
    let fits = |cut: &usize| fitting(columns, rows, width, *cut) == columns.len();
    CUTS.into_iter().find(fits).unwrap_or(CUTS[CUTS.len() - 1])
}

/// How many of the columns fit, from the first on.
fn fitting(columns: &[&Column], rows: &[Vec<String>], width: usize, cut: usize) -> usize {
    let mut used = 0_usize;
    let fits = |column: &&&Column| {
        let texts = rows.iter().map(|row| row[column.position].chars().count().min(cut_of(column, cut)));
        let widest = texts.max().unwrap_or_default().max(column.name.len());
        used = used.saturating_add(widest + PADDING);
        used <= width.saturating_add(1)
    };
    columns.iter().take_while(fits).count()
}

fn grid(columns: &[&Column], rows: &[Vec<String>], cut: usize) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(columns.iter().map(|column| column.name));
    for (position, column) in columns.iter().enumerate() {
        if let Some(shown) = table.column_mut(position).filter(|_| matches!(column.kind, Type::Int | Type::Real)) {
            shown.set_cell_alignment(CellAlignment::Right);
        }
    }
    for row in rows {
        table.add_row(columns.iter().map(|column| shortened(&row[column.position], cut_of(column, cut))));
    }
    lines(&table)
}

fn record(columns: &[&Column], row: &[String]) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING);
    for column in columns {
        table.add_row([column.name, row[column.position].as_str()]);
    }
    lines(&table)
}

fn lines(table: &Table) -> String {
    table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// Texts alone are cut: half a number or a time says something else.
fn cut_of(column: &Column, cut: usize) -> usize {
    if column.kind == Type::Text { cut } else { usize::MAX }
}

/// Both ends of a text with an ellipsis between: identifiers often differ in their end alone.
fn shortened(text: &str, length: usize) -> String {
    let characters: Vec<char> = text.chars().collect();
    if characters.len() <= length {
        return text.to_owned();
    }
    let end = length / 2;
    let start: String = characters[..length - 1 - end].iter().collect();
    let end: String = characters[characters.len() - end..].iter().collect();
    format!("{}…{}", start.trim_end(), end.trim_start())
}

#[cfg(test)]
mod tests {
    use sequela_schema::result::links;

    use super::*;

    fn rows(number: usize, id: &str) -> Vec<Vec<String>> {
        let row = [id, "github:1", "", "1", "same_service", "2280", "model", "0.5"].map(str::to_owned).to_vec();
        vec![row; number]
    }

    fn widest(page: &Page) -> usize {
        page.text.lines().map(|line| line.chars().count()).max().unwrap()
    }

    #[test]
    fn columns_shrink_before_they_are_left_out() {
        let rows = rows(3, &"i".repeat(50));
        let wide = page(links::TABLE.columns, &rows, usize::MAX);
        assert!(wide.text.contains(&"i".repeat(50)) && wide.left_out.is_empty());
        assert_eq!(wide.empty, ["scope_id"]);
        let shrunk = page(links::TABLE.columns, &rows, 110);
        assert!(shrunk.left_out.is_empty() && shrunk.text.contains('…') && widest(&shrunk) <= 110, "{}", shrunk.text);
        let narrow = page(links::TABLE.columns, &rows, 50);
        assert_eq!(narrow.left_out, ["relation", "lag_seconds", "evidence", "probability"]);
        assert!(widest(&narrow) <= 50, "{}", narrow.text);
    }

    #[test]
    fn cut_texts_keep_both_ends() {
        assert_eq!(shortened("servicenow:default:INC0018212", 18), "servicen…NC0018212");
        assert_eq!(shortened("short", 5), "short");
    }

    #[test]
    fn one_row_is_a_list() {
        let one = page(links::TABLE.columns, &rows(1, &"i".repeat(90)), 50);
        assert_eq!(one.text.lines().count(), 7);
        assert!(one.text.contains(&"i".repeat(90)), "nothing is cut");
    }

    #[test]
    fn no_row_leaves_no_column() {
        let none = page(links::TABLE.columns, &[], 50);
        assert_eq!((none.text.trim(), none.empty.len()), ("", links::TABLE.columns.len()));
    }
}
