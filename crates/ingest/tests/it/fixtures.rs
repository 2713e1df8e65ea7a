//! What holds for every fixture: its folder names the adapter that recognises it, and no row of it is refused.

use std::path::{Path, PathBuf};

use sequela_ingest::{Options, Source, adapters, read, recognise};

use crate::support::{counts, fixtures, issues};

/// Every fixture: adapter and path below the folder of fixtures.
fn all() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![fixtures()];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() { folders.push(path) } else { found.push(named(&path)) }
        }
    }
    found.sort();
    found
}

fn named(path: &Path) -> (String, String) {
    let base = fixtures();
    let path: PathBuf = path.strip_prefix(&base).unwrap().to_owned();
    let adapter = path.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    (adapter, path.to_string_lossy().into_owned())
}

#[test]
fn every_fixture_is_recognised_and_read_whole() {
    let base = fixtures();
    for (adapter, path) in all() {
        let recognised = recognise(&base.join(&path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(recognised.kind, adapter, "{path}: {recognised:?}");
        let frames = read(&[Source::new(&path, "auto")], &Options::new(&base), &()).unwrap_or_else(|error| panic!("{path}: {error}"));
        let [read, ok, ..] = counts(&frames);
        assert!(read > 0 && read == ok, "{path}: {ok} of {read} rows, {:?}", issues(&frames));
    }
}

#[test]
fn every_adapter_has_a_fixture_and_says_how_to_export() {
    let fixtures = all();
    for (adapter, exports) in adapters() {
        assert!(fixtures.iter().any(|(name, _)| name == adapter), "{adapter} has no fixture");
        assert!(!exports.is_empty() && exports.iter().all(|export| !export.how.is_empty() && !export.fills.is_empty()), "{adapter}");
    }
}
