//! Figures as a page for readers and as a file for programs, from the same rows.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};

/// A column: what stands in the file's header, and what a reader sees.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// In the file.
    pub name: &'static str,
    /// On the page.
    pub title: &'static str,
}

/// Rows of text under columns.
#[derive(Clone, Debug)]
pub struct Table {
    /// Columns.
    pub columns: Vec<Column>,
    /// One text per column.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// For a page.
    pub fn markdown(&self) -> String {
        let line = |cells: Vec<&str>| format!("| {} |\n", cells.join(" | "));
        let mut text = line(self.columns.iter().map(|column| column.title).collect());
        text += &line(vec!["---"; self.columns.len()]);
        text.extend(self.rows.iter().map(|row| line(row.iter().map(String::as_str).collect())));
        text
    }

    /// For a file; no text holds commas or quotes.
    pub fn csv(&self) -> String {
        let mut text = self.columns.iter().map(|column| column.name).collect::<Vec<_>>().join(",") + "\n";
        for row in &self.rows {
            let _ = writeln!(text, "{}", row.join(","));
        }
        text
    }

    /// Writes `name.md` with words before and after the table, and `name.csv`.
    pub fn write(&self, folder: &Path, name: &str, before: &str, after: &str) -> Result<()> {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let page = format!("{before}\n{}\n{after}", self.markdown());
        for (extension, text) in [("md", page), ("csv", self.csv())] {
            let path = folder.join(format!("{name}.{extension}"));
            std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }
}

/// Three decimals; a dash where there is no number.
pub fn number(value: f64) -> String {
    if value.is_finite() { format!("{value:.3}") } else { "–".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_hold_the_same_rows() {
        let table = Table {
            columns: vec![Column { name: "a", title: "A (%)" }, Column { name: "b", title: "B" }],
            rows: vec![vec![number(0.12349), number(f64::NAN)]],
        };
        assert_eq!(table.markdown(), "| A (%) | B |\n| --- | --- |\n| 0.123 | – |\n");
        assert_eq!(table.csv(), "a,b\n0.123,–\n");
    }
}
