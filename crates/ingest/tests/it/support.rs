//! Folders of test files, and short ways to look into frames.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use polars::prelude::{DataFrame, ParquetWriter};
use sequela_ingest::{Options, Source, read};
use sequela_schema::canonical::{ingest_files, ingest_issues};
use sequela_schema::{Column, Frames, Values};

/// A folder that is removed when the test ends.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        // Tests that use one name run side by side, so each folder has a number too.
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("sequela-ingest-{}-{number}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        std::fs::write(self.0.join(name), content).unwrap();
        self
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn options(&self) -> Options {
        Options::new(&self.0)
    }

    pub(crate) fn read(&self, sources: &[Source]) -> Frames {
        read(sources, &self.options(), &()).unwrap()
    }

    pub(crate) fn error(&self, source: Source) -> String {
        read(&[source], &self.options(), &()).unwrap_err().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A folder of the data kept beside the project, or a note that it is not there.
pub(crate) fn shared(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(folder);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: ../shared not found");
    None
}

/// Folder of the fixtures, one folder per adapter.
pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// What a fixture gives, recognised without help.
pub(crate) fn fixture(path: &str) -> Frames {
    fixture_as(Source::new(path, "auto"))
}

/// What a fixture gives with more directions.
pub(crate) fn fixture_as(source: Source) -> Frames {
    read(&[source], &Options::new(fixtures()), &()).unwrap()
}

/// Rows of a CSV file that another tool wrote, by the names of its columns.
pub(crate) fn expected(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

/// Texts as a frame gives them, `""` for none.
pub(crate) fn some(texts: &[&str]) -> Vec<Option<String>> {
    texts.iter().map(|text| (!text.is_empty()).then(|| (*text).to_owned())).collect()
}

pub(crate) fn texts(frame: &DataFrame, column: &Column) -> Vec<Option<String>> {
    frame.texts(column).unwrap().iter().map(|text| text.map(str::to_owned)).collect()
}

pub(crate) fn ints(frame: &DataFrame, column: &Column) -> Vec<Option<i64>> {
    frame.ints(column).unwrap().iter().collect()
}

/// Instants as text, `-` where there is none.
pub(crate) fn times(frame: &DataFrame, column: &Column) -> Vec<String> {
    let show = |at: Option<i64>| {
        at.map_or_else(
            || "-".to_owned(),
            |at| chrono::DateTime::from_timestamp_micros(at).unwrap().format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        )
    };
    frame.instants(column).unwrap().iter().map(show).collect()
}

/// Row, code and whether the row was put aside. That no pipeline of a small case deploys is no defect of it.
pub(crate) fn issues(frames: &Frames) -> Vec<(i64, String, bool)> {
    all_issues(frames).into_iter().filter(|(_, code, _)| code != "no_deployments").collect()
}

/// As [`issues`], all of them.
pub(crate) fn all_issues(frames: &Frames) -> Vec<(i64, String, bool)> {
    let frame = frames.get(&ingest_issues::TABLE);
    let codes = texts(&frame, &ingest_issues::CODE);
    let rejected = frame.bools(&ingest_issues::REJECTED).unwrap();
    ints(&frame, &ingest_issues::ROW)
        .into_iter()
        .zip(codes)
        .zip(rejected.iter())
        .map(|((row, code), rejected)| (row.unwrap(), code.unwrap(), rejected.unwrap()))
        .collect()
}

/// Read, good, rejected and folded rows of all files together.
pub(crate) fn counts(frames: &Frames) -> [i64; 4] {
    let frame = frames.get(&ingest_files::TABLE);
    [&ingest_files::ROWS_READ, &ingest_files::ROWS_OK, &ingest_files::ROWS_REJECTED, &ingest_files::ROWS_FOLDED]
        .map(|column| ints(&frame, column).into_iter().flatten().sum())
}

/// Writes every table as Parquet, reads them all as sources, and checks that nothing changed.
pub(crate) fn assert_comes_back(frames: &Frames, folder: &Folder) {
    let mut sources = Vec::new();
    for (name, frame) in frames.iter().filter(|(name, frame)| !name.starts_with("ingest") && frame.height() > 0) {
        let file = std::fs::File::create(folder.path().join(format!("{name}.parquet"))).unwrap();
        ParquetWriter::new(file).finish(&mut frame.clone()).unwrap();
        sources.push(Source::table(format!("{name}.parquet"), name));
    }
    let again = folder.read(&sources);
    for (name, frame) in frames.iter().filter(|(name, _)| !name.starts_with("ingest")) {
        let (_, other) = again.iter().find(|(other, _)| *other == name).unwrap();
        assert_eq!(frame.height(), other.height(), "{name}");
        for (left, right) in frame.columns().iter().zip(other.columns()) {
            let (left, right) = (left.as_materialized_series(), right.as_materialized_series());
            assert!(left.equals_missing(right), "{name}\n{left:?}\n{right:?}");
        }
    }
}
