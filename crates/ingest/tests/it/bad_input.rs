//! Files with which nothing sensible can be done: each ends with an error that names the file, never with a panic.

use std::io::Write;

use proptest::prelude::*;
use sequela_ingest::{IngestError, Mapping, Source, read, recognise};
use sequela_schema::canonical::incidents;

use crate::support::{Folder, counts, issues};

const GOOD: &str = "incident_id,created_at,resolved_at\ni1,2026-01-01T00:00:00Z,2026-01-01T01:00:00Z\ni2,2026-01-02T00:00:00Z,\n";

fn gzip(content: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn incidents_of(folder: &Folder) -> Source {
    let _ = folder;
    Source::table("x.csv", "incidents")
}

#[test]
fn each_kind_of_no_data_has_its_message() {
    let rows: [(&str, &[u8], &str); 7] = [
        ("html", b"<!DOCTYPE html><html><body>Sign in</body></html>", "x.csv holds an HTML page, not data; it looks like a sign-in page"),
        ("xml", b"<?xml version=\"1.0\"?><unload/>", "x.csv holds an XML document, not data"),
        (
            "xlsx",
            b"PK\x03\x04\x14\x00\x06\x00xl/workbook.xml",
            "x.csv is an Excel workbook, whatever its name says; such files cannot be read yet",
        ),
        ("zip", b"PK\x03\x04\x14\x00\x06\x00a.txt", "x.csv is a ZIP archive, whatever its name says; such files cannot be read yet"),
        ("empty", b"", "x.csv is empty"),
        ("blank", b" \n\n", "x.csv is empty"),
        ("binary", b"\x00\x01\x02\x03", "x.csv is binary and in no known format"),
    ];
    for (name, content, expected) in rows {
        let folder = Folder::new(name).with("x.csv", content);
        assert_eq!(folder.error(incidents_of(&folder)), expected);
    }
}

#[test]
fn files_that_are_not_there_or_no_files() {
    let folder = Folder::new("missing");
    assert_eq!(folder.error(Source::table("no*.csv", "incidents")), "no file matches no*.csv");
    assert_eq!(folder.error(Source::table("none.csv", "incidents")), "no file matches none.csv");
    std::fs::create_dir(folder.path().join("x.csv")).unwrap();
    assert_eq!(folder.error(Source::table("x.csv", "incidents")), "x.csv is a directory, a file was expected");
}

#[test]
fn a_truncated_gzip_says_how_much_was_good() {
    let rows: String = (0..5000).map(|row| format!("i{row},2026-01-01T00:00:00Z,\n")).collect();
    let whole = gzip(&format!("incident_id,created_at,resolved_at\n{rows}"));
    let folder = Folder::new("truncated").with("x.csv", &whole[..whole.len() / 2]);
    let error = read(&[Source::table("x.csv", "incidents")], &folder.options(), &()).unwrap_err();
    assert!(matches!(error, IngestError::Truncated { rows: 1000..5000, .. }), "{error}");
    let folder = Folder::new("whole").with("x.csv", &whole);
    assert_eq!(folder.read(&[Source::table("x.csv", "incidents")]).height(&incidents::TABLE), 5000);
}

#[test]
fn settings_that_name_what_does_not_exist() {
    let folder = Folder::new("settings").with("x.csv", GOOD);
    let with = |change: &dyn Fn(&mut Source)| {
        let mut source = Source::table("x.csv", "incidents");
        change(&mut source);
        folder.error(source)
    };
    let map = |ours: &str, theirs: &str| [(ours.to_owned(), Mapping::Column(theirs.to_owned()))].into();
    assert_eq!(
        with(&|source| source.timezone = Some("Europe/Londn".to_owned())),
        r#"unknown time zone "Europe/Londn" in source x.csv, did you mean "Europe/London"?"#
    );
    assert_eq!(
        with(&|source| source.map = map("created_at", "created")),
        r#"x.csv has no column "created", which the map of created_at names, did you mean "created_at"?; found: incident_id, created_at, resolved_at"#
    );
    assert!(
        with(&|source| source.kind = "jenkinz".to_owned())
            .starts_with(r#"unknown kind "jenkinz" of source x.csv; known kinds: auto, table"#)
    );
    assert!(with(&|source| source.table = Some("incident".to_owned())).contains(r#"did you mean "incidents"?"#));
    assert!(with(&|source| source.sheet = Some("1".to_owned())).contains("workbooks cannot be read yet"));
    assert!(with(&|source| source.table = Some("deployments".to_owned())).contains("no column for deployment_id"));
    assert!(with(&|source| source.order_by = Some("version".to_owned())).contains("order_by"));
}

#[test]
fn all_errors_are_told_at_once() {
    let folder = Folder::new("several").with("x.csv", "");
    let sources = [Source::table("x.csv", "incidents"), Source::table("y.csv", "incidents")];
    let error = read(&sources, &folder.options(), &()).unwrap_err();
    assert_eq!(error.each().len(), 2);
    assert_eq!(error.to_string(), "no file matches y.csv\nx.csv is empty");
}

#[test]
fn a_file_of_nothing_but_bad_rows_is_read_and_counted() {
    let folder = Folder::new("allbad").with("x.csv", "incident_id,created_at\n,2026-01-01T00:00:00Z\n,\n-,x\n");
    let frames = folder.read(&[Source::table("x.csv", "incidents")]);
    assert_eq!(counts(&frames), [3, 0, 3, 0]);
    assert_eq!(issues(&frames).iter().filter(|(_, code, rejected)| code == "missing_id" && *rejected).count(), 3);
}

#[test]
fn both_orders_of_day_and_month_without_a_majority() {
    let folder = Folder::new("orders").with("x.csv", "incident_id,created_at\na,13/01/2026 10:00\nb,01/13/2026 10:00\n");
    assert_eq!(
        folder.error(Source::table("x.csv", "incidents")),
        r#"x.csv, column "created_at": 1 dates have the day first and 1 the month first"#
    );
}

fn parquet() -> Vec<u8> {
    use polars::prelude::*;
    let mut frame = df!("incident_id" => ["a", "b"], "created_at" => ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"]).unwrap();
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut frame).unwrap();
    bytes
}

/// Whatever a file holds, reading it returns.
fn survives(bytes: &[u8], name: &str) {
    let folder = Folder::new(name).with("x.csv", bytes);
    for source in [
        Source::table("x.csv", "incidents"),
        Source::new("x.csv", "auto"),
        Source::new("x.csv", "servicenow"),
        Source::new("x.csv", "github"),
    ] {
        let _ = read(&[source], &folder.options(), &());
    }
    let _ = recognise(&folder.path().join("x.csv"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        survives(&bytes, "random");
    }

    #[test]
    fn random_text_never_panics(text in "[\\{\\}\\[\\]\",;:\\n a-z0-9\\-]{0,200}") {
        survives(text.as_bytes(), "text");
    }

    #[test]
    fn cut_and_flipped_files_never_panic(kind in 0..4, cut in 0.0..1.0_f64, flip in any::<(usize, u8)>()) {
        let json = r#"{"result":[{"sys_id":"1c741bd70b2322007518478d83673af3","number":"INC0000060","opened_at":"2016-12-12 15:19:57","state":"7"}]}"#;
        let mut bytes = match kind {
            0 => GOOD.as_bytes().to_vec(),
            1 => gzip(GOOD),
            2 => json.as_bytes().to_vec(),
            _ => parquet(),
        };
        let place = flip.0 % bytes.len();
        bytes[place] ^= flip.1;
        bytes.truncate((bytes.len() as f64 * cut.max(0.5)) as usize);
        survives(&bytes, "cut");
    }
}
