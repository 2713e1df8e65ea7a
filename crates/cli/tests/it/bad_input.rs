//! Input that cannot be used ends with the right exit code and a message that names the file and the way out.

use std::io::Write;
use std::path::Path;

use crate::sequela::{ended, sequela};

const GOOD: &str = "deployment_id,service,environment,status,finished_at\nd1,a,production,success,2026-03-02T10:00:00Z\n";

/// Runs a source and returns exit code and message.
fn run(source: &str, files: &[(&str, &[u8])]) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    run_in(folder.path(), &format!("[org]\nname = \"Bad\"\n{source}"))
}

fn run_in(folder: &Path, config: &str) -> (i32, String) {
    let (file, out) = (folder.join("sequela.toml"), folder.join("out"));
    std::fs::write(&file, config).unwrap();
    let result = ended(&sequela(&["run", "--no-charts", "--config", file.to_str().unwrap(), "--out", out.to_str().unwrap()]));
    let beside = std::fs::read_dir(folder).unwrap().filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with('.'));
    assert!(result.0 == 0 || (!out.exists() && beside.count() == 0), "a failed run leaves nothing");
    result
}

fn source(file: &str) -> String {
    format!("[[source]]\npath = \"{file}\"\nkind = \"table\"\ntable = \"deployments\"\n")
}

fn assert_ends(result: &(i32, String), code: i32, words: &[&str]) {
    assert_eq!(result.0, code, "{}", result.1);
    for word in words.iter().chain(&["error:", "hint:"]) {
        assert!(result.1.contains(word), "{word:?} is missing in:\n{}", result.1);
    }
}

#[test]
fn a_page_saved_as_csv() {
    let page = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body></body></html>";
    assert_ends(&run(&source("d.csv"), &[("d.csv", page)]), 3, &["d.csv", "HTML", "sign in"]);
}

#[test]
fn a_workbook_named_csv() {
    assert_ends(
        &run(&source("d.csv"), &[("d.csv", b"PK\x03\x04\x14\x00\x06\x00[Content_Types].xml xl/")]),
        3,
        &["d.csv", "save it as CSV"],
    );
}

#[test]
fn an_empty_file() {
    assert_ends(&run(&source("d.csv"), &[("d.csv", b"")]), 3, &["d.csv", "empty"]);
}

#[test]
fn a_truncated_gzip() {
    let rows: String = (0..20_000).map(|number| format!("d{number},a,production,success,2026-03-02T10:00:00Z\n")).collect();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(format!("deployment_id,service,environment,status,finished_at\n{rows}").as_bytes()).unwrap();
    let whole = encoder.finish().unwrap();
    assert_ends(&run(&source("d.csv.gz"), &[("d.csv.gz", &whole[..whole.len() / 2])]), 3, &["d.csv.gz", "cut off"]);
}

#[test]
fn a_directory_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("exports")).unwrap();
    assert_ends(&run_in(folder.path(), &source("exports")), 3, &["exports", "directory"]);
    assert_ends(&run(&source("nothing-*.csv"), &[]), 3, &["nothing-*.csv"]);
}

#[test]
fn a_missing_column() {
    let map = format!("{}map = {{ finished_at = \"Ended\" }}\n", source("d.csv"));
    assert_ends(&run(&map, &[("d.csv", GOOD.as_bytes())]), 3, &["d.csv", "Ended", "finished_at"]);
    let result = run(&source("d.csv"), &[("d.csv", b"service,finished_at\na,2026-03-02T10:00:00Z\n")]);
    assert_ends(&result, 3, &["d.csv", "deployment_id"]);
}

#[test]
fn mistakes_in_the_configuration() {
    let zone = format!("{}timezone = \"Europe/Lundon\"\n", source("d.csv"));
    assert_ends(&run(&zone, &[("d.csv", GOOD.as_bytes())]), 2, &["Europe/Lundon", "Europe/London"]);
    let typo = source("d.csv").replace("kind", "kinds");
    assert_ends(&run(&typo, &[("d.csv", GOOD.as_bytes())]), 2, &["kinds", "sequela.toml"]);
    let column = format!("{}map = {{ finish_at = \"finished_at\" }}\n", source("d.csv"));
    assert_ends(&run(&column, &[("d.csv", GOOD.as_bytes())]), 2, &["finish_at"]);
    assert_ends(
        &run(&source("d.csv").replace("deployments", "deploymnts"), &[("d.csv", GOOD.as_bytes())]),
        2,
        &["deploymnts", "deployments"],
    );
    assert_ends(&run("", &[]), 2, &["[[source]]"]);
}

#[test]
fn nothing_but_bad_rows() {
    let rows =
        b"deployment_id,service,environment,status,finished_at\n,a,production,success,2026-03-02T10:00:00Z\n,b,production,success,soon\n";
    assert_ends(&run(&source("d.csv"), &[("d.csv", rows)]), 3, &["d.csv", "all 2 rows"]);
}

#[test]
fn good_rows_survive_bad_neighbours() {
    let rows = format!("{GOOD}d2,a,production,success,soon\n");
    let (code, message) = run(&source("d.csv"), &[("d.csv", rows.as_bytes())]);
    assert_eq!(code, 0, "{message}");
    assert!(message.contains("1 refused"), "{message}");
    let strict = format!("[run]\nmax_bad_rows = \"10%\"\n{}", source("d.csv"));
    assert_ends(&run(&strict, &[("d.csv", rows.as_bytes())]), 3, &["1 of 2 rows"]);
}

#[test]
fn a_missing_configuration() {
    assert_ends(&ended(&sequela(&["run", "--config", "no-such.toml"])), 2, &["no-such.toml", "sequela init"]);
}
