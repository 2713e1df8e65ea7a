//! A delimited export: rows, the defects planted in them, and the bytes that a tool would write.

use super::defects::{Code, Defect};

/// How a tool writes delimited text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// ServiceNow: commas, every cell quoted, line feeds, windows-1252.
    ServiceNow,
    /// Forge CI: semicolons, quotes where needed, carriage returns, UTF-8 with a byte order mark.
    Forge,
}

/// A table under construction. Rows are numbered from 1, without the header.
#[derive(Debug)]
pub(crate) struct Sheet {
    /// Path below the demo folder.
    pub(crate) path: String,
    pub(crate) header: &'static [&'static str],
    pub(crate) rows: Vec<Vec<String>>,
    pub(crate) defects: Vec<Defect>,
}

impl Sheet {
    /// A sheet without defects.
    pub(crate) fn new(path: &str, header: &'static [&'static str], rows: Vec<Vec<String>>) -> Self {
        Self { path: path.to_owned(), header, rows, defects: Vec::new() }
    }

    /// Position of a column; the first one when there is none of that name, which the tests would show.
    pub(crate) fn column(&self, name: &str) -> usize {
        self.header.iter().position(|column| *column == name).unwrap_or(0)
    }

    /// Cell of a row.
    pub(crate) fn cell(&self, row: usize, column: &str) -> &str {
        &self.rows[row - 1][self.column(column)]
    }

    /// Inserts a row so that it becomes number `row`, made from a copy of the one that stood there. Insert from the top down:
    /// a later insertion above would move the numbers.
    pub(crate) fn insert(&mut self, row: usize, code: Code, column: &str, what: &str, change: impl FnOnce(&mut Vec<String>)) {
        let mut cells = self.rows[row - 1].clone();
        change(&mut cells);
        self.rows.insert(row - 1, cells);
        self.note(row, code, column, true, what);
    }

    /// Overwrites a cell of the first row from `from` on that fits; the row is kept, the value is not.
    pub(crate) fn damage(
        &mut self,
        from: usize,
        column: &str,
        found: &str,
        code: Code,
        what: &str,
        fits: impl Fn(&Self, usize) -> bool,
    ) -> usize {
        let row = (from..=self.rows.len()).find(|row| fits(self, *row)).unwrap_or(from);
        let position = self.column(column);
        found.clone_into(&mut self.rows[row - 1][position]);
        self.note(row, code, column, false, what);
        row
    }

    /// Lists a defect.
    pub(crate) fn note(&mut self, row: usize, code: Code, column: &str, rejected: bool, what: &str) {
        self.defects.push(Defect { file: self.path.clone(), row, column: column.to_owned(), code, rejected, what: what.to_owned() });
    }

    /// The file's bytes.
    pub(crate) fn bytes(&self, dialect: Dialect) -> Vec<u8> {
        let mut text = String::new();
        let header: Vec<String> = self.header.iter().map(ToString::to_string).collect();
        for row in std::iter::once(&header).chain(&self.rows) {
            line(&mut text, row, dialect);
        }
        match dialect {
            Dialect::ServiceNow => encoding_rs::WINDOWS_1252.encode(&text).0.into_owned(),
            Dialect::Forge => format!("\u{feff}{text}").into_bytes(),
        }
    }
}

fn line(text: &mut String, cells: &[String], dialect: Dialect) {
    let (delimiter, ending) = match dialect {
        Dialect::ServiceNow => (',', "\n"),
        Dialect::Forge => (';', "\r\n"),
    };
    for (position, cell) in cells.iter().enumerate() {
        if position > 0 {
            text.push(delimiter);
        }
        if dialect == Dialect::ServiceNow || cell.contains([delimiter, '"', '\n', '\r']) {
            text.push('"');
            text.push_str(&cell.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(cell);
        }
    }
    text.push_str(ending);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        Sheet::new("x.csv", &["a", "b"], vec![vec!["1".into(), "ä;\"x\"".into()], vec!["2".into(), "–".into()]])
    }

    #[test]
    fn each_tool_has_its_own_bytes() {
        assert_eq!(sheet().bytes(Dialect::ServiceNow), b"\"a\",\"b\"\n\"1\",\"\xe4;\"\"x\"\"\"\n\"2\",\"\x96\"\n");
        assert_eq!(String::from_utf8(sheet().bytes(Dialect::Forge)).unwrap(), "\u{feff}a;b\r\n1;\"ä;\"\"x\"\"\"\r\n2;–\r\n");
    }

    #[test]
    fn defects_know_their_rows() {
        let mut sheet = sheet();
        sheet.insert(2, Code::MissingId, "a", "no id", |cells| cells[0].clear());
        let row = sheet.damage(1, "b", "?", Code::BadTimestamp, "what", |sheet, row| sheet.cell(row, "a") == "2");
        assert_eq!((row, sheet.rows.len()), (3, 3));
        assert_eq!(sheet.defects.iter().map(|defect| (defect.row, defect.rejected)).collect::<Vec<_>>(), [(2, true), (3, false)]);
    }
}
