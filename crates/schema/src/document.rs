//! The declarations as documents: Markdown for people, JSON for machines.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::definition::{Definition, PRESETS};
use crate::{Table, canonical, metric, result};

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

/// All metrics as one Markdown page.
pub fn metrics_to_markdown() -> String {
    let mut page = String::from(
        "# Figures\n\n\
         Generated from `crates/schema/src/metric.rs` by `cargo xtask docs`; do not edit. Each is a row of `metrics` per scope\n\
         (organisation, group, team, service) and period (week, month, quarter, all), with n, value, lower, upper and method. Intervals are at 90 %.\n",
    );
    for (title, metrics) in [("Sequela's own", metric::METRICS), ("Under presets of other tools", metric::peer::METRICS)] {
        let _ = write!(page, "\n## {title}\n\n| metric | unit | definition |\n|---|---|---|\n");
        for metric in metrics {
            let caution = if metric.caution.is_empty() { String::new() } else { format!(" **Caution:** {}", metric.caution) };
            let _ = writeln!(page, "| `{}` | {} | {}{caution} |", metric.name, metric.unit, metric.doc);
        }
    }
    page
}

/// All presets side by side as one Markdown page.
pub fn definitions_to_markdown() -> String {
    let presets: Vec<Definition> = PRESETS.iter().filter_map(|name| Definition::preset(name)).collect();
    let mut page = String::from(
        "# Definitions\n\n\
         Generated from `crates/schema/src/definition` by `cargo xtask docs`; do not edit. A definition is data: `[definition]` in\n\
         `sequela.toml` takes a `preset` and any of the fields below.\n\n",
    );
    for preset in &presets {
        let left_out = Some(preset.not_reproduced()).filter(|text| !text.is_empty());
        let left_out = left_out.map_or_else(String::new, |text| format!(" Not reproduced: {text}"));
        let _ = writeln!(page, "- **{}**: {}{left_out}", preset.preset, preset.sentence());
    }
    let fields: Vec<Value> = presets.iter().map(|preset| serde_json::to_value(preset).unwrap_or_default()).collect();
    let _ = write!(page, "\n| field | {} |\n|---|{}\n", PRESETS.join(" | "), "---|".repeat(presets.len()));
    for name in fields.first().and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name).filter(|name| *name != "preset") {
        let values: Vec<String> = fields.iter().map(|preset| shown(&preset[name])).collect();
        let _ = writeln!(page, "| `{name}` | {} |", values.join(" | "));
    }
    page
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "no limit".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// Tables as a JSON document: `{"tables": [{"name", "kind", "doc", "key", "columns": […]}]}`.
pub fn to_json(tables: &[&'static Table]) -> Value {
    json!({ "tables": tables.iter().map(|table| table_json(table)).collect::<Vec<_>>() })
}

fn table_json(table: &'static Table) -> Value {
    let is_canonical = canonical::TABLES.iter().any(|canonical| canonical.name == table.name);
    let columns: Vec<_> = table
        .columns
        .iter()
        .map(|column| json!({ "name": column.name, "type": column.kind.label(), "nullable": column.nullable, "doc": column.doc }))
        .collect();
    let key: Vec<_> = table.key.iter().map(|column| column.name).collect();
    let kind = if is_canonical { "canonical" } else { "result" };
    json!({ "name": table.name, "kind": kind, "doc": table.doc, "key": key, "columns": columns })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// `cargo xtask docs` runs this with SEQUELA_WRITE_DOCS set; without it the pages must be current.
    #[test]
    fn generated_pages_are_current() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
        let pages = [("columns.md", to_markdown()), ("metrics.md", metrics_to_markdown()), ("definitions.md", definitions_to_markdown())];
        for (name, page) in pages {
            let path = folder.join(name);
            if std::env::var_os("SEQUELA_WRITE_DOCS").is_some() {
                std::fs::write(&path, &page).unwrap();
            }
            let written = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(written == page, "docs/{name} is not current: run `cargo xtask docs`");
        }
    }
}
