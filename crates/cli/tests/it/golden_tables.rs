//! Tables worked by hand in `data/golden-tables`: every row of a run's table beside the row that is expected.

use std::collections::BTreeMap;
use std::path::Path;

use crate::sequela::{root, run};

/// Column and cell.
type Row = BTreeMap<String, String>;

#[test]
fn golden_tables() {
    let mut folders: Vec<_> = std::fs::read_dir(root().join("data/golden-tables")).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let mut wrong = Vec::new();
    for case in folders.iter().filter(|folder| folder.is_dir()) {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        run(&case.join("sequela.toml"), &out, &["--quiet", "--no-charts"]);
        for expected in std::fs::read_dir(case.join("expected")).unwrap().map(|entry| entry.unwrap().path()) {
            let name = expected.file_stem().unwrap().to_str().unwrap();
            let found = rows(&out.join("tables").join(name).with_extension("csv"));
            let place = format!("{}, {name}", case.file_name().unwrap().display());
            wrong.extend(differences(name, &rows(&expected), &found).into_iter().map(|what| format!("{place}: {what}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn rows(path: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    reader.deserialize().map(|row| row.unwrap()).collect()
}

/// What differs, row by row; rows belong together by the key of the table as far as the expected rows have it.
fn differences(table: &str, expected: &[Row], found: &[Row]) -> Vec<String> {
    let declared = sequela_schema::tables().find(|declared| declared.name == table).unwrap_or_else(|| panic!("no table {table}"));
    let key = |row: &Row| -> Vec<String> {
        let named = declared.key.iter().filter(|column| expected.iter().all(|row| row.contains_key(column.name)));
        named.map(|column| row.get(column.name).cloned().unwrap_or_default()).collect()
    };
    let mut wrong = Vec::new();
    if expected.len() != found.len() {
        wrong.push(format!("{} rows, {} were expected: {:?}", found.len(), expected.len(), found.iter().map(key).collect::<Vec<_>>()));
    }
    for row in expected {
        let Some(same) = found.iter().find(|other| key(other) == key(row)) else {
            wrong.push(format!("{:?} is missing", key(row)));
            continue;
        };
        for (column, wanted) in row {
            let value = same.get(column).unwrap_or_else(|| panic!("{table} has no column {column}"));
            if !is_same(value, wanted) {
                wrong.push(format!("{:?} {column} is {value:?}, expected {wanted:?}", key(row)));
            }
        }
    }
    wrong
}

/// The same text, or numbers that agree to five significant digits.
fn is_same(value: &str, wanted: &str) -> bool {
    match (value.parse::<f64>(), wanted.parse::<f64>()) {
        (Ok(value), Ok(wanted)) => (value - wanted).abs() <= 1e-5 * wanted.abs().max(1e-3),
        _ => value == wanted,
    }
}
