//! Damage stays local: whatever happens to the bytes of one record, all other records are read.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use sequela_ingest::{Source, read};
use sequela_schema::canonical::incidents;

use crate::support::{Folder, counts, texts};

const RECORDS: usize = 12;

#[derive(Clone, Copy, Debug)]
enum Packing {
    Csv,
    Lines,
    Array,
    Page,
    Pages,
    Documents,
}

const PACKINGS: [Packing; 6] = [Packing::Csv, Packing::Lines, Packing::Array, Packing::Page, Packing::Pages, Packing::Documents];

/// A file and the bytes of each of its records.
struct Sample {
    bytes: Vec<u8>,
    records: Vec<Range<usize>>,
}

fn id(record: usize) -> String {
    format!("i-{record:04}")
}

fn row(record: usize) -> String {
    let title = match record % 3 {
        0 => "\"It says \"\"no\"\", then\nstops, in München\"",
        1 => "plain",
        _ => "\"a, b\"",
    };
    format!("{},2026-01-{:02}T10:00:00Z,{title},service-{record}", id(record), record + 1)
}

fn json(record: usize) -> String {
    let title = if record.is_multiple_of(2) { r#"a {"b"} [c], in München"#.replace('"', "\\\"") } else { "plain".to_owned() };
    format!(
        r#"{{"incident_id":"{}","created_at":"2026-01-{:02}T10:00:00Z","title":"{title}","service":{{"name":"s{record}","tier":1}},"labels":["x"]}}"#,
        id(record),
        record + 1
    )
}

impl Sample {
    fn of(packing: Packing) -> Self {
        let mut sample = Self { bytes: Vec::new(), records: Vec::new() };
        let (before, between, after) = match packing {
            Packing::Csv => ("incident_id,created_at,title,service\n", "\n", "\n"),
            Packing::Lines => ("", "\n", "\n"),
            Packing::Documents => ("", "\n\n", "\n"),
            Packing::Array => ("[\n", ",\n", "\n]\n"),
            Packing::Page => (r#"{"incidents":["#, ",", r#"],"limit":100,"more":false}"#),
            Packing::Pages => (r#"{"incidents":["#, ",", "]}\n"),
        };
        sample.bytes.extend_from_slice(before.as_bytes());
        for record in 0..RECORDS {
            if record > 0 {
                let turns = matches!(packing, Packing::Pages) && record.is_multiple_of(4);
                let text = if turns { format!("{after}{before}") } else { between.to_owned() };
                sample.bytes.extend_from_slice(text.as_bytes());
            }
            let text = match packing {
                Packing::Csv => row(record),
                Packing::Documents => json(record).replace(",\"", ",\n  \""),
                _ => json(record),
            };
            let start = sample.bytes.len();
            sample.bytes.extend_from_slice(text.as_bytes());
            sample.records.push(start..sample.bytes.len());
        }
        sample.bytes.extend_from_slice(after.as_bytes());
        sample
    }

    /// A place behind the beginning of the first record: what stands before says what the file is.
    fn place(&self, share: f64) -> usize {
        let start = self.records[0].start;
        start + ((self.bytes.len() - start) as f64 * share) as usize
    }

    /// The record that holds a byte, or the two next to a separator.
    fn hit(&self, place: usize, reach: usize) -> BTreeSet<String> {
        let near = |range: &Range<usize>| range.start < place + reach && place <= range.end;
        let inside = self.records.iter().position(|range| range.start < place && place + reach.max(1) <= range.end);
        let hit: Vec<usize> = match inside {
            Some(record) => vec![record],
            None => {
                let after = self.records.iter().position(|range| place <= range.start).unwrap_or(RECORDS);
                (0..RECORDS).filter(|record| near(&self.records[*record]) || *record == after || record + 1 == after).collect()
            }
        };
        hit.into_iter().map(id).collect()
    }
}

/// What is read of a file, and how many rows of it were good and refused.
fn identifiers(bytes: &[u8], packing: Packing) -> (BTreeSet<String>, [i64; 2]) {
    // Tests run beside each other.
    static FOLDERS: AtomicUsize = AtomicUsize::new(0);
    let folder = Folder::new(&format!("damage-{}", FOLDERS.fetch_add(1, Ordering::Relaxed))).with("x", bytes);
    let frames = read(&[Source::table("x", "incidents")], &folder.options(), &())
        .unwrap_or_else(|error| panic!("{packing:?}: {error}\n{}", String::from_utf8_lossy(bytes)));
    let ids = texts(&frames.get(&incidents::TABLE), &incidents::INCIDENT_ID).into_iter().flatten().collect();
    let [_, good, refused, _] = counts(&frames);
    (ids, [good, refused])
}

/// Reads a damaged file: of the records of the sample only those that were hit may be missing, and not without a word.
fn assert_local(packing: Packing, bytes: &[u8], hit: &BTreeSet<String>) {
    let (ids, [good, refused]) = identifiers(bytes, packing);
    let missing: BTreeSet<String> = (0..RECORDS).map(id).filter(|id| !ids.contains(id)).collect();
    let text = String::from_utf8_lossy(bytes);
    assert!(missing.is_subset(hit), "{packing:?}: {missing:?} are missing, {hit:?} were hit\n{text}");
    assert!(missing.is_empty() || refused > 0 || good >= RECORDS as i64, "{packing:?}: {missing:?} are lost without a word\n{text}");
}

#[test]
fn undamaged_files_are_read_whole() {
    for packing in PACKINGS {
        let (ids, rows) = identifiers(&Sample::of(packing).bytes, packing);
        assert_eq!((ids.len(), rows), (RECORDS, [RECORDS as i64, 0]), "{packing:?}");
    }
}

/// Every byte of every packing, turned into what tells one thing from another.
#[test]
fn each_sign_at_each_place() {
    for packing in PACKINGS {
        let sample = Sample::of(packing);
        let places = sample.records[4].start - 2..sample.records[5].start + 2;
        for place in places {
            for sign in *b"\"{,\n" {
                let mut bytes = sample.bytes.clone();
                bytes[place] = sign;
                assert_local(packing, &bytes, &sample.hit(place, 1));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn a_flipped_byte_harms_its_record_only(packing in prop::sample::select(&PACKINGS[..]), share in 0.0..1.0_f64, flip in 1..=255_u8) {
        let sample = Sample::of(packing);
        let place = sample.place(share);
        let mut bytes = sample.bytes.clone();
        bytes[place] ^= flip;
        // The first byte of a text tells what it is.
        if place > 0 {
            assert_local(packing, &bytes, &sample.hit(place, 1));
        }
    }

    #[test]
    fn inserted_bytes_harm_their_record_only(
        packing in prop::sample::select(&PACKINGS[..]),
        share in 0.0..1.0_f64,
        inserted in prop_oneof![prop::collection::vec(any::<u8>(), 1..4), "[\\{\\}\\[\\]\",:\\n]{1,3}".prop_map(String::into_bytes)],
    ) {
        let sample = Sample::of(packing);
        let place = sample.place(share);
        let mut bytes = sample.bytes.clone();
        bytes.splice(place..place, inserted);
        if place > 0 {
            assert_local(packing, &bytes, &sample.hit(place, 0));
        }
    }

    #[test]
    fn of_a_cut_file_everything_before_the_cut_is_read(packing in prop::sample::select(&PACKINGS[..]), share in 0.0..1.0_f64) {
        let sample = Sample::of(packing);
        let place = sample.place(share).max(sample.records[0].end);
        let hit = (0..RECORDS).filter(|record| sample.records[*record].end > place).map(id).collect();
        let (ids, _) = identifiers(&sample.bytes[..place], packing);
        let missing: BTreeSet<String> = (0..RECORDS).map(id).filter(|id| !ids.contains(id)).collect();
        prop_assert!(missing.is_subset(&hit), "{:?} are missing, cut at {}", missing, place);
    }
}
