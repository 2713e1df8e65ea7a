//! Doors for the fuzz targets; compiled for them only.

use std::path::PathBuf;

use chrono_tz::Tz;
use sequela_schema::Values;
use sequela_schema::canonical::ingest_files;

use crate::source::{Options, Source};
use crate::timestamp::Clock;
use crate::timestamp::zone::Zone;

const NAME: &str = "input";

/// Writes the bytes to a file of this process.
pub fn file(bytes: &[u8]) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("sequela-fuzz-{}", std::process::id()));
    let path = folder.join(NAME);
    let _ = std::fs::create_dir_all(&folder);
    let _ = std::fs::write(&path, bytes);
    path
}

/// Reads the bytes as a source. Whatever they are, rows that were read are either good or refused.
pub fn read(bytes: &[u8], kind: &str, table: Option<&str>) {
    let path = file(bytes);
    let mut source = Source::new(NAME, kind);
    source.table = table.map(str::to_owned);
    let folder = path.parent().map(std::path::Path::to_owned).unwrap_or_default();
    let Ok(frames) = crate::read(&[source], &Options::new(folder), &()) else { return };
    let files = frames.get(&ingest_files::TABLE);
    let sum = |column| files.ints(column).map(|counts| counts.iter().flatten().sum::<i64>()).unwrap_or(-1);
    assert_eq!(sum(&ingest_files::ROWS_READ), sum(&ingest_files::ROWS_OK) + sum(&ingest_files::ROWS_REJECTED));
}

/// Reads a time in zones with and without summer time.
pub fn timestamp(text: &str) {
    for zone in [Tz::UTC, Tz::America__New_York, Tz::Australia__Lord_Howe] {
        let _ = Clock::new(Zone::new(zone)).read(text);
    }
}
