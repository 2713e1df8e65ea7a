//! Files with which nothing sensible can be done: each ends with an error that names the file, never with a panic.

use std::io::Write;

use proptest::prelude::*;
use sequela_ingest::{IngestError, Mapping, Source, read, recognise};
use sequela_schema::Values;
use sequela_schema::canonical::{incidents, ingest_files};

use crate::support::{Folder, counts, issues, texts};

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

/// Three incidents as elements of a list.
const RECORDS: [&str; 3] = [
    r#"{"incident_id":"a","created_at":"2026-01-01T00:00:00Z","service":{"name":"x"}}"#,
    r#"{"incident_id":"b","created_at":"2026-01-02T00:00:00Z","service":{"name":"x"}}"#,
    r#"{"incident_id":"c","created_at":"2026-01-03T00:00:00Z","service":{"name":"x"}}"#,
];

/// Identifiers, codes of issues, and whether the file looks cut off.
fn salvaged(text: &str) -> (Vec<String>, Vec<(i64, String, bool)>, bool) {
    let folder = Folder::new("salvaged").with("x", text);
    let frames = folder.read(&[Source::table("x", "incidents")]);
    let ids = texts(&frames.get(&incidents::TABLE), &incidents::INCIDENT_ID).into_iter().flatten().collect();
    let cut = frames.get(&ingest_files::TABLE).bools(&ingest_files::TRUNCATION_SUSPECTED).unwrap().get(0);
    (ids, issues(&frames), cut.unwrap())
}

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn json_that_is_cut_off_keeps_what_stands_before_the_cut() {
    let cut = || (0, "truncation_suspected".to_owned(), false);
    let bad = |row| (row, "bad_json".to_owned(), true);
    let [a, b, c] = RECORDS;
    let start = &c[..30];
    for text in
        [format!("[{a},{b},{start}"), format!("{{\"items\":[{a},{b},{start}"), format!("{a}\n{b}\n{start}"), format!("{a}{b}{start}")]
    {
        assert_eq!(salvaged(&text), (strings(&["a", "b"]), vec![cut(), bad(3)], true), "{text}");
    }
    // Between two records nothing is broken, but the list is not at its end.
    assert_eq!(salvaged(&format!("[{a},{b},")), (strings(&["a", "b"]), vec![cut()], true));
    assert_eq!(salvaged(&format!("[{a},{b}]")), (strings(&["a", "b"]), vec![], false));
}

#[test]
fn a_broken_record_of_a_list_is_told_by_its_place() {
    let [a, b, c] = RECORDS;
    let broken = b.replace("\"service\":", "\"service\"");
    for text in [format!("[{a},{broken},{c}]"), format!("{{\"items\":[{a},{broken},{c}]}}"), format!("{a}\n{broken}\n{c}\n")] {
        assert_eq!(salvaged(&text), (strings(&["a", "c"]), vec![(2, "bad_json".to_owned(), true)], false), "{text}");
    }
    // The first one is broken, so that only those behind it tell what a record looks like.
    assert_eq!(salvaged(&format!("[{broken},{a},{c}]")), (strings(&["a", "c"]), vec![(1, "bad_json".to_owned(), true)], false));
}

#[test]
fn json_without_a_whole_record_is_an_error() {
    for text in ["[{\"incident_id\":\"a\"", "{\"incident_id\":\"a\",}", "[{nothing}]"] {
        let folder = Folder::new("hopeless").with("x", text);
        let error = folder.error(Source::table("x", "incidents"));
        assert!(error.starts_with("x cannot be read as json: no record of it is whole"), "{error}");
    }
}

#[test]
fn pages_that_say_that_more_follow_are_told_for_tables_too() {
    let [a, b, _] = RECORDS;
    let (ids, issues, cut) = salvaged(&format!("{{\"items\":[{a},{b}],\"total\":250}}"));
    assert_eq!((ids, issues), (strings(&["a", "b"]), vec![(0, "truncation_suspected".to_owned(), false)]));
    assert!(cut);
}

#[test]
fn one_stray_quote_does_not_swallow_the_rows_behind_it() {
    let quote = |row| (row, "unclosed_quote".to_owned(), true);
    let odd = (0, "unclosed_quote".to_owned(), false);
    let head = "incident_id,created_at,title\n";
    let good = |id: &str| format!("{id},2026-01-01T00:00:00Z,\"one\nand \"\"two\"\"\"\n");
    // It opens a cell, and the rows behind it have quotes of their own.
    let text = format!("{head}{}b,2026-01-01T00:00:00Z,\"stray\n{}{}", good("a"), good("c"), good("d"));
    assert_eq!(salvaged(&text), (strings(&["a", "c", "d"]), vec![odd.clone(), quote(2)], false));
    // No quote follows.
    let text = format!("{head}b,2026-01-01T00:00:00Z,\"stray\nc,2026-01-01T00:00:00Z,\nd,2026-01-01T00:00:00Z,x\n");
    assert_eq!(salvaged(&text), (strings(&["c", "d"]), vec![odd.clone(), quote(1)], false));
    // The closing one is missing, and the number of cells is right by chance.
    let text = format!("{head}b,2026-01-01T00:00:00Z,\"lost\nc,2026-01-01T00:00:00Z,\"cell\"\nd,2026-01-01T00:00:00Z,x\n");
    assert_eq!(salvaged(&text), (strings(&["c", "d"]), vec![odd.clone(), quote(1)], false));
    // The file ends inside of a cell.
    let text = format!("{head}{}b,2026-01-01T00:00:00Z,\"half of\na text", good("a"));
    assert_eq!(salvaged(&text), (strings(&["a"]), vec![odd, quote(2)], false));
    // Inches are no quotes.
    let text = format!("{head}b,2026-01-01T00:00:00Z,a 5\" and a 3\" disk\n{}", good("c"));
    assert_eq!(salvaged(&text), (strings(&["b", "c"]), vec![], false));
}

#[test]
fn a_cell_that_is_never_closed_in_a_large_file_costs_one_row() {
    let title = "of a row that has no quotes at all ".repeat(30);
    let rows: String = (0..6000).map(|row| format!("i{row:06},2026-01-01T00:00:00Z,{title}\n")).collect();
    let text = format!("incident_id,created_at,title\nbad,2026-01-01T00:00:00Z,\"never closed\n{rows}");
    let (ids, issues, _) = salvaged(&text);
    assert_eq!((ids.len(), ids.first().map(String::as_str)), (6000, Some("i000000")));
    assert_eq!(issues[1], (1, "unclosed_quote".to_owned(), true));
}

#[test]
fn a_large_page_is_read_like_a_small_one() {
    let record = |row: usize| format!(r#"{{"incident_id":"i{row:06}","created_at":"2026-01-01T00:00:00Z","log":"{}"}}"#, "x".repeat(900));
    let list: Vec<String> = (0..6000).map(record).collect();
    for text in [
        format!("{{\"data\":{{\"first\":1,\"nodes\":[{}]}},\"total\":7000}}", list.join(",")),
        format!("{{\"items\":[{}],\"total\":7000}}", list.join(",\n")),
    ] {
        let (ids, issues, cut) = salvaged(&text);
        assert_eq!((ids.len(), issues.len(), cut), (6000, 1, true));
    }
}

#[test]
fn one_damaged_byte_leaves_the_other_umlauts_alone() {
    let row = |id: &str, title: &[u8]| [id.as_bytes(), b",2026-01-01T00:00:00Z,", title, b"\n"].concat();
    let bytes =
        [b"incident_id,created_at,title\n".to_vec(), row("a", "Köln".as_bytes()), row("b", b"K\xf6ln"), row("c", "Zürich".as_bytes())]
            .concat();
    let folder = Folder::new("umlauts").with("x.csv", bytes);
    let frames = folder.read(&[Source::table("x.csv", "incidents")]);
    let titles = texts(&frames.get(&incidents::TABLE), &incidents::TITLE);
    assert_eq!(titles, [Some("Köln".to_owned()), Some("K\u{fffd}ln".to_owned()), Some("Zürich".to_owned())]);
}
