//! Runs the binary and reads its tables.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use polars::prelude::{DataFrame, ParquetReader, SerReader};

/// Root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The folder with real data and other tools' cases beside the checkout, where there is one.
pub(crate) fn shared(part: &str) -> Option<PathBuf> {
    let folder = root().join("../shared").join(part);
    if folder.exists() {
        return Some(folder);
    }
    eprintln!("skipped: ../shared not found ({part})");
    None
}

/// The finished process.
pub(crate) fn sequela(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sequela"));
    command.args(arguments).env_clear().env("NO_COLOR", "1").output().unwrap()
}

/// Exit code and standard error.
pub(crate) fn ended(output: &Output) -> (i32, String) {
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Runs a configuration and expects success.
pub(crate) fn run(config: &Path, out: &Path, more: &[&str]) {
    let mut arguments = vec!["run", "--config", config.to_str().unwrap(), "--out", out.to_str().unwrap()];
    arguments.extend(more);
    let output = sequela(&arguments);
    let (code, stderr) = ended(&output);
    assert_eq!(code, 0, "{arguments:?}\n{stderr}");
}

/// A table of a run.
pub(crate) fn table(out: &Path, name: &str) -> DataFrame {
    let path = out.join("tables").join(name).with_extension("parquet");
    let file = std::fs::File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    ParquetReader::new(file).finish().unwrap()
}
