//! `sequela schema`: every table and column.

use std::fmt::Write;

use sequela_schema::{Table, table, tables};

use crate::arguments::SchemaArgs;
use crate::failure::Failure;
use crate::terminal;

/// Runs the command.
pub(crate) fn run(arguments: &SchemaArgs) -> Result<(), Failure> {
    let chosen: Vec<&'static Table> = match &arguments.table {
        None => tables().collect(),
        Some(name) => vec![table(name).ok_or_else(|| unknown(name))?],
    };
    if arguments.json {
        return terminal::data(&format!("{:#}", sequela_schema::to_json(&chosen)));
    }
    let mut page = String::new();
    for table in chosen {
        let _ = writeln!(page, "{}: {}", table.name, table.doc);
        for column in table.columns {
            let need = if column.nullable { "" } else { ", required" };
            let _ = writeln!(page, "  {:<38} {}{need}. {}", column.name, column.kind.label(), column.doc);
        }
        page.push('\n');
    }
    terminal::data(&page)
}

/// There is no table of that name.
pub(crate) fn unknown(name: &str) -> Failure {
    let similarity = |table: &&'static Table| strsim::jaro(name, table.name);
    let closest = tables().max_by(|left, right| similarity(left).total_cmp(&similarity(right)));
    let suggestion = closest.map_or_else(String::new, |table| format!("did you mean {:?}? ", table.name));
    Failure::settings(format!("there is no table {name:?}")).hint(format!("{suggestion}`sequela schema` lists all"))
}
