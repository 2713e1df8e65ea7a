//! The page of sources: every system, how to export from it and what that fills, from the adapters themselves.

use std::fmt::Write;

use crate::adapters::{ALL, Adapter, Export, Verified};

/// All sources as one Markdown page.
pub fn sources_to_markdown() -> String {
    let mut page = String::from(
        "# Sources\n\n\
         Generated from the adapters in `crates/ingest/src/adapters` by `cargo xtask docs`; do not edit.\n\
         Put the files into a folder and run `sequela init FOLDER`: each is recognised by its content, whatever its name. Files may be\n\
         compressed (gzip, zstd) and split into pages. Any other CSV, JSON, NDJSON or Parquet file is read with `kind = \"table\"` and a `map`.\n\n\
         \"Verified\" says what a reader was tried on: a **real file** of that system, or its **documentation** only. If a file of the second\n\
         sort is refused, please send its header or one record with the values made up.\n",
    );
    for adapter in ALL {
        section(&mut page, adapter);
    }
    page
}

fn section(page: &mut String, adapter: &dyn Adapter) {
    let _ = write!(page, "\n## {}\n\n| export | how to get it | fills | verified |\n|---|---|---|---|\n", adapter.name());
    for Export { what, how, fills, verified } in adapter.exports() {
        let tables: Vec<String> = fills.iter().map(|table| format!("`{table}`")).collect();
        let verified = match verified {
            Verified::RealFile => "real file",
            Verified::Documentation => "documentation",
        };
        let _ = writeln!(page, "| {} | {} | {} | {verified} |", cell(what), command(how), tables.join(", "));
    }
}

/// A text that does not end the cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// Commands stand as code, instructions as they are.
fn command(how: &str) -> String {
    const PROGRAMS: [&str; 17] = [
        "curl ",
        "gh ",
        "glab ",
        "git ",
        "docker ",
        "podman ",
        "kubectl ",
        "argocd ",
        "helm ",
        "aws ",
        "az ",
        "jq ",
        "for ",
        "while ",
        "pytest ",
        "mysql ",
        "coverage ",
    ];
    let escaped = cell(how);
    if PROGRAMS.iter().any(|program| how.starts_with(program)) { format!("`{escaped}`") } else { escaped }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;

    /// Compares the page with the adapters; `cargo xtask docs` writes it anew.
    #[test]
    fn the_page_of_sources_is_current() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/sources.md");
        let page = sources_to_markdown();
        if std::env::var_os("SEQUELA_WRITE_DOCS").is_some() {
            std::fs::write(&path, &page).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(written, page, "docs/sources.md is out of date: run `cargo xtask docs`");
    }

    #[test]
    fn every_export_fills_tables_that_exist() {
        for export in ALL.iter().flat_map(|adapter| adapter.exports()) {
            for table in export.fills {
                assert!(sequela_schema::canonical::TABLES.iter().any(|known| known.name == *table), "{}: {table}", export.what);
            }
        }
    }
}
