//! What holds for every fixture: its folder names the adapter that recognises it, and no row of it is refused.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use sequela_ingest::{Options, Source, adapters, read, recognise};
use sequela_schema::canonical::{changes, deployments, incidents, problems};
use sequela_schema::{Frames, Values};

use crate::support::{Folder, counts, fixtures, issues};

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

/// What may happen to a file on its way.
#[derive(Clone, Debug)]
enum Damage {
    Truncated,
    Flipped(u8),
    Inserted(Vec<u8>),
    Random(Vec<u8>),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        Just(Damage::Truncated),
        (0u8..8).prop_map(Damage::Flipped),
        proptest::collection::vec(any::<u8>(), 1..6).prop_map(Damage::Inserted),
        proptest::collection::vec(any::<u8>(), 0..200).prop_map(Damage::Random),
    ]
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>, place: usize) {
        match self {
            Self::Truncated => bytes.truncate(place),
            Self::Flipped(bit) => bytes[place] ^= 1 << bit,
            Self::Inserted(more) => drop(bytes.splice(place..place, more.iter().copied())),
            Self::Random(other) => bytes.clone_from(other),
        }
    }
}

/// The folder of a damaged copy: formats that know what they are about by their place are copied with it.
fn damaged(path: &str, bytes: &[u8]) -> (Folder, String) {
    let folder = Folder::new(&format!("damage-{}", path.replace('/', "-")));
    let target = folder.path().join(path);
    std::fs::create_dir_all(target.parent().unwrap()).unwrap();
    std::fs::write(target, bytes).unwrap();
    (folder, path.to_owned())
}

/// Records with the row that each stands in.
fn records(frames: &Frames) -> BTreeSet<(String, i64)> {
    let tables = [
        (&deployments::TABLE, deployments::DEPLOYMENT_ID, deployments::SOURCE_ROW),
        (&incidents::TABLE, incidents::INCIDENT_ID, incidents::SOURCE_ROW),
        (&changes::TABLE, changes::CHANGE_ID, changes::SOURCE_ROW),
        (&problems::TABLE, problems::PROBLEM_ID, problems::SOURCE_ROW),
    ];
    let mut found = BTreeSet::new();
    for (table, id, row) in tables {
        let frame = frames.get(table);
        let rows = frame.texts(&id).unwrap().iter().zip(frame.ints(&row).unwrap().iter());
        found.extend(rows.filter_map(|(id, row)| Some((id?.to_owned(), row?))));
    }
    found
}

/// Files whose records stand on lines of their own, so that a broken one can only touch its neighbours.
fn has_lines(path: &str) -> bool {
    [".ndjson", ".jsonl", ".csv"].iter().any(|ending| path.ends_with(ending))
}

/// The first byte tells what a file holds: damaged as it may be, the other lines are read.
#[test]
fn a_damaged_first_byte_costs_the_first_line_alone() {
    for (adapter, path) in all().into_iter().filter(|(_, path)| path.ends_with(".ndjson") || path.ends_with(".jsonl")) {
        let bytes = std::fs::read(fixtures().join(&path)).unwrap();
        if bytes.iter().filter(|byte| **byte == b'\n').count() < 2 {
            continue;
        }
        let whole = records(&read(&[Source::new(&path, &adapter)], &Options::new(fixtures()), &()).unwrap());
        for bit in 0..8 {
            let mut damaged_bytes = bytes.clone();
            damaged_bytes[0] ^= 1 << bit;
            let (folder, name) = damaged(&path, &damaged_bytes);
            let frames = read(&[Source::new(&name, &adapter)], &folder.options(), &())
                .unwrap_or_else(|error| panic!("{path}, bit {bit}: {error:?}"));
            let kept: BTreeSet<String> = records(&frames).into_iter().map(|(id, _)| id).collect();
            let lost: Vec<_> = whole.iter().filter(|(id, row)| !kept.contains(id) && *row > 2).collect();
            assert!(lost.is_empty(), "{path}, bit {bit}: lost {lost:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Whatever happens to a file: no panic, and each row that was read is either good or refused.
    #[test]
    fn damaged_fixtures_are_read_or_refused(which in any::<prop::sample::Index>(), place in any::<prop::sample::Index>(), damage in damage()) {
        let all = all();
        let (adapter, path) = which.get(&all);
        let mut bytes = std::fs::read(fixtures().join(path)).unwrap();
        let place = place.index(bytes.len());
        damage.apply(&mut bytes, place);
        let (folder, name) = damaged(path, &bytes);
        let _ = recognise(&folder.path().join(&name));
        for kind in [adapter.as_str(), "auto"] {
            if let Ok(frames) = read(&[Source::new(&name, kind)], &folder.options(), &()) {
                let [read, good, refused, _] = counts(&frames);
                prop_assert_eq!(read, good + refused, "{}", path);
            }
        }
    }

    /// One flipped bit in a record costs that record, or it and the one beside it where it joins the two; never one elsewhere.
    #[test]
    fn a_flipped_bit_costs_no_row_elsewhere(which in any::<prop::sample::Index>(), place in any::<prop::sample::Index>(), bit in 0u8..8) {
        let all: Vec<_> = all().into_iter().filter(|(_, path)| has_lines(path)).collect();
        let (adapter, path) = which.get(&all);
        let mut bytes = std::fs::read(fixtures().join(path)).unwrap();
        let header = if path.ends_with(".csv") { bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1 } else { 0 };
        let place = header + place.index(bytes.len() - header);
        let line = i64::try_from(bytes[header..place].iter().filter(|byte| **byte == b'\n').count()).unwrap() + 1;
        let whole = records(&read(&[Source::new(path, adapter)], &Options::new(fixtures()), &()).unwrap());
        bytes[place] ^= 1 << bit;
        let (folder, name) = damaged(path, &bytes);
        let frames = read(&[Source::new(&name, adapter)], &folder.options(), &());
        // Of a file with one record nothing is left when that one is damaged.
        if frames.is_err() && bytes.iter().filter(|byte| **byte == b'\n').count() < 2 {
            return Ok(());
        }
        let Ok(frames) = frames else { return Err(TestCaseError::fail(format!("{path} is refused for one bit at {place}: {:?}", frames.err()))) };
        let kept: BTreeSet<String> = records(&frames).into_iter().map(|(id, _)| id).collect();
        let lost: Vec<_> = whole.iter().filter(|(id, row)| !kept.contains(id) && (row - line).abs() > 1).collect();
        prop_assert!(lost.is_empty(), "{} byte {} on line {}: lost {:?}", path, place, line, lost);
    }
}
