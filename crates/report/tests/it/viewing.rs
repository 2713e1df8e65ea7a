//! Writes sample pages to look at in a browser: `cargo test -p sequela-report --test it viewing -- --ignored`, then see `SEQUELA_SAMPLE`.

use std::path::PathBuf;

use polars::prelude::{ParquetReader, SerReader};
use sequela_report::{explain_deployment, explain_incident, review_html, summary, write_charts, write_tables};
use sequela_schema::canonical::ingest_files;
use sequela_schema::{Frames, Values};

use crate::organisation::{context, many_teams, small, tiny};

#[test]
#[ignore = "writes files for people to look at"]
fn sample_pages() {
    let folder = PathBuf::from(std::env::var("SEQUELA_SAMPLE").unwrap_or_else(|_| env!("CARGO_TARGET_TMPDIR").to_owned()));
    for (name, frames) in [("small", small()), ("many", many_teams()), ("tiny", tiny()), ("empty", Frames::new())] {
        let folder = folder.join(name);
        fs_err::create_dir_all(&folder).unwrap();
        fs_err::write(folder.join("review.html"), review_html(&frames, &context()).unwrap()).unwrap();
        fs_err::write(folder.join("summary.txt"), summary(&frames, &context()).unwrap()).unwrap();
        write_charts(&frames, &context(), &folder.join("charts")).unwrap();
        write_tables(&frames, &folder.join("tables")).unwrap();
    }
    let words = ["INC0012345", "INC0012346", "INC0012347"].map(|id| explain_incident(&small(), &context(), id).unwrap().unwrap());
    let deployment = explain_deployment(&small(), &context(), "1001").unwrap().unwrap();
    fs_err::write(folder.join("explain.txt"), words.join("\n----\n") + "\n----\n" + &deployment).unwrap();
}

#[test]
#[ignore = "needs the tables of a run, in SEQUELA_TABLES"]
fn sample_of_a_run() {
    let tables = PathBuf::from(std::env::var("SEQUELA_TABLES").unwrap());
    let folder = PathBuf::from(std::env::var("SEQUELA_SAMPLE").unwrap());
    let mut frames = Frames::new();
    for table in sequela_schema::tables() {
        let path = tables.join(format!("{}.parquet", table.name));
        if path.exists() {
            let file = fs_err::File::open(path).unwrap();
            frames.set(table, ParquetReader::new(file.into_file()).finish().unwrap()).unwrap();
        }
    }
    let files = frames.get(&ingest_files::TABLE);
    let from = files.instants(&ingest_files::FIRST_AT).unwrap().iter().flatten().min().unwrap();
    let to = files.instants(&ingest_files::LAST_AT).unwrap().iter().flatten().max().unwrap();
    let context = sequela_report::Context { from, to, as_of: to, ..context() };
    fs_err::create_dir_all(&folder).unwrap();
    fs_err::write(folder.join("review.html"), review_html(&frames, &context).unwrap()).unwrap();
    fs_err::write(folder.join("summary.txt"), summary(&frames, &context).unwrap()).unwrap();
    write_charts(&frames, &context, &folder.join("charts")).unwrap();
}
