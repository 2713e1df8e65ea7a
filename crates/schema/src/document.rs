//! The declarations as documents: Markdown for people, JSON for machines.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::{Table, canonical, result};

/// All tables as one Markdown page.
pub fn to_markdown() -> String {
    let mut page = String::from(
        "# Tables and columns\n\n\
         Generated from `crates/schema` by `cargo xtask docs`; do not edit. `sequela schema` prints the same.\n\
         Rows are sorted by the key. \"Required\" columns are never empty.\n",
    );
    section(&mut page, "Canonical tables", "What exports are turned into.", &canonical::TABLES);
    section(&mut page, "Result tables", "What a run computes.", &result::TABLES);
    page
}

fn section(page: &mut String, title: &str, text: &str, tables: &[&'static Table]) {
    let _ = write!(page, "\n## {title}\n\n{text}\n");
    for table in tables {
        let key: Vec<_> = table.key.iter().map(|column| format!("`{}`", column.name)).collect();
        let _ = write!(page, "\n### {}\n\n{} Key: {}.\n\n", table.name, table.doc, key.join(", "));
        page.push_str("| column | type | | meaning |\n|---|---|---|---|\n");
        for column in table.columns {
            let need = if column.nullable { "" } else { "required" };
            let _ = writeln!(page, "| `{}` | {} | {need} | {} |", column.name, column.kind.label(), column.doc);
        }
    }
}

/// All tables as a JSON document: `{"tables": [{"name", "kind", "doc", "key", "columns": […]}]}`.
pub fn to_json() -> Value {
    let canonical = canonical::TABLES.iter().map(|table| table_json(table, "canonical"));
    let results = result::TABLES.iter().map(|table| table_json(table, "result"));
    json!({ "tables": canonical.chain(results).collect::<Vec<_>>() })
}

fn table_json(table: &Table, kind: &str) -> Value {
    let columns: Vec<_> = table
        .columns
        .iter()
        .map(|column| json!({ "name": column.name, "type": column.kind.label(), "nullable": column.nullable, "doc": column.doc }))
        .collect();
    let key: Vec<_> = table.key.iter().map(|column| column.name).collect();
    json!({ "name": table.name, "kind": kind, "doc": table.doc, "key": key, "columns": columns })
}
