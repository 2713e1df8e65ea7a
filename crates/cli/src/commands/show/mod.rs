//! `sequela show TABLE`: a quick look at a table of a run.

mod layout;
mod values;

use std::io::IsTerminal;

use polars::prelude::DataFrame;
use sequela_schema::{Column, Table, table};

use crate::arguments::ShowArgs;
use crate::commands::schema::unknown;
use crate::failure::Failure;
use crate::manifest::Manifest;
use crate::{results, terminal};
use layout::{Page, page};
use values::Reader;

/// Runs the command.
pub(crate) fn run(arguments: &ShowArgs) -> Result<(), Failure> {
    let declared = table(&arguments.table).ok_or_else(|| unknown(&arguments.table))?;
    let manifest = Manifest::read(&arguments.out)?;
    let frame = results::read_table(&arguments.out, declared)?.ok_or_else(|| {
        Failure::settings(format!("the run in {} wrote no table {}", arguments.out.display(), declared.name))
            .hint("manifest.json lists the tables that a run wrote, with their rows")
    })?;
    let zone = manifest.setting("org.timezone").parse().unwrap_or_default();
    let reader = Reader::new(declared, &frame, zone)?;
    let rows = matching(&reader, declared, &frame, &arguments.conditions)?;
    let limit = if arguments.limit == 0 { rows.len() } else { arguments.limit };
    let shown: Vec<Vec<String>> = rows.iter().take(limit).map(|row| reader.row(*row)).collect();
    // What goes to a file or another program is not cut.
    let width = arguments.width.or_else(|| (!std::io::stdout().is_terminal()).then_some(usize::MAX)).unwrap_or(layout::WIDTH);
    let page = page(declared.columns, &shown, width);
    if !shown.is_empty() {
        terminal::data(&page.text)?;
    }
    terminal::note(false, &note(&page, shown.len(), rows.len(), &reader));
    Ok(())
}

/// Rows of a table, laid out for a terminal or, uncut, for a file.
pub(crate) fn laid_out(declared: &'static Table, frame: &DataFrame, rows: &[usize], zone: chrono_tz::Tz) -> Result<String, Failure> {
    let reader = Reader::new(declared, frame, zone)?;
    let shown: Vec<Vec<String>> = rows.iter().map(|row| reader.row(*row)).collect();
    let width = if std::io::stdout().is_terminal() { layout::WIDTH } else { usize::MAX };
    Ok(page(declared.columns, &shown, width).text)
}

fn note(page: &Page, shown: usize, found: usize, reader: &Reader<'_>) -> String {
    let rows = match (shown, found) {
        (_, 0) => "no row".to_owned(),
        (shown, found) if shown == found => format!("{found} row{}", if found == 1 { "" } else { "s" }),
        (shown, found) => format!("{shown} of {found} rows; --limit N shows more, --limit 0 all"),
    };
    let mut parts = vec![rows];
    if reader.has_times() {
        parts.push(format!("times in {}", reader.zone()));
    }
    if !page.empty.is_empty() && found > 0 {
        parts.push(format!("empty: {}", page.empty.join(", ")));
    }
    if !page.left_out.is_empty() {
        parts.push(format!("too wide, see --width: {}", page.left_out.join(", ")));
    }
    parts.join("; ")
}

/// Rows that meet every condition, in the order of the table.
fn matching(reader: &Reader<'_>, table: &'static Table, frame: &DataFrame, conditions: &[String]) -> Result<Vec<usize>, Failure> {
    let conditions = conditions.iter().map(|condition| parsed(table, condition)).collect::<Result<Vec<_>, _>>()?;
    let meets = |row: &usize| conditions.iter().all(|(column, value)| reader.is(column, *row, value));
    Ok((0..frame.height()).filter(meets).collect())
}

/// `column=value`
fn parsed<'a>(table: &'static Table, condition: &'a str) -> Result<(&'static Column, &'a str), Failure> {
    let (name, value) = condition.split_once('=').ok_or_else(|| {
        Failure::settings(format!("--where {condition:?} is not COLUMN=VALUE"))
            .hint("for example --where verdict=change; quote the whole if the value has spaces")
    })?;
    let column = table.column(name.trim()).ok_or_else(|| {
        let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
        Failure::settings(format!("table {} has no column {:?}", table.name, name.trim()))
            .hint(format!("its columns are {}", names.join(", ")))
    })?;
    Ok((column, value.trim()))
}
