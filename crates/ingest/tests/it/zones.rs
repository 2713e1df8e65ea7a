//! Local times whose zone another export proves.

use std::fmt::Write;

use sequela_ingest::Source;
use sequela_schema::Frames;
use sequela_schema::canonical::{incidents, ingest_files};

use crate::support::{Folder, issues, texts, times};

/// Records opened at noon UTC of these days, and what a clock in New York showed: UTC-5 in winter, UTC-4 in summer.
const OPENED: [(&str, &str); 4] = [
    ("2026-01-12 12:00:05", "2026-01-12 07:00:05"),
    ("2026-03-20 12:00:05", "2026-03-20 08:00:05"),
    ("2026-07-01 12:00:05", "2026-07-01 08:00:05"),
    ("2026-11-20 12:00:05", "2026-11-20 07:00:05"),
];

/// The same incidents from the API and as a list, which has one incident more that was opened in summer.
fn exports(name: &str) -> Folder {
    let (mut api, mut list) = (Vec::new(), "\"number\",\"opened_at\",\"short_description\",\"state\"\n".to_owned());
    for (number, (utc, local)) in OPENED.iter().enumerate() {
        api.push(format!(r#"{{"sys_id":"{number:032x}","number":"INC000000{number}","opened_at":"{utc}","state":"2","priority":"2"}}"#));
        let _ = writeln!(list, "\"INC000000{number}\",\"{local}\",\"Down\",\"In Progress\"");
    }
    list.push_str("\"INC0000009\",\"2026-08-03 10:30:00\",\"Down\",\"In Progress\"\n");
    Folder::new(name).with("api.json", format!(r#"{{"result":[{}]}}"#, api.join(","))).with("a-list.csv", list)
}

fn zone(frames: &Frames) -> [Option<String>; 3] {
    let files = frames.get(&ingest_files::TABLE);
    let place = texts(&files, &ingest_files::PATH).iter().position(|path| path.as_deref() == Some("a-list.csv")).unwrap();
    [&ingest_files::ZONE, &ingest_files::ZONE_BASIS, &ingest_files::TIME_QUALITY].map(|column| texts(&files, column)[place].clone())
}

fn about_zones(frames: &Frames) -> Vec<String> {
    issues(frames).into_iter().map(|(_, code, _)| code).filter(|code| code.starts_with("zone")).collect()
}

#[test]
fn records_seen_in_utc_prove_the_zone_of_a_list() {
    let folder = exports("zone-inferred");
    let frames = folder.read(&[Source::new("a-list.csv", "auto"), Source::new("api.json", "auto")]);
    assert_eq!(zone(&frames).map(Option::unwrap), ["America/New_York", "inferred", "inferred_zone"]);
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(times(&frame, &incidents::CREATED_AT)[4], "2026-08-03T14:30:00Z");
    assert_eq!(texts(&frame, &incidents::TIME_QUALITY)[4].as_deref(), Some("inferred_zone"));
    assert_eq!(about_zones(&frames), ["zone_inferred"]);
}

#[test]
fn a_zone_that_was_set_wrongly_is_pointed_out() {
    let folder = exports("zone-contradicted");
    let mut list = Source::new("a-list.csv", "auto");
    list.timezone = Some("Europe/London".to_owned());
    let frames = folder.read(&[Source::new("api.json", "auto"), list]);
    assert_eq!(zone(&frames).map(Option::unwrap), ["Europe/London", "source", "assumed_zone"]);
    assert_eq!(about_zones(&frames), ["zone_contradicted"]);
}

/// The order of the sources decides which of two states counts, not the order in which their files had to be read.
#[test]
fn waiting_for_a_zone_does_not_change_which_file_counts() {
    let incident = |state: &str| format!("incident_id,created_at,category\nI1,2026-05-01T10:00:00Z,{state}\n");
    let local = "incident_id,created_at,category\nI1,2026-05-01 10:00:00,local\n";
    let folder = Folder::new("zone-order").with("1.csv", local).with("2.csv", incident("utc"));
    let category = |sources: [&str; 2]| {
        let frames = folder.read(&sources.map(|path| Source::table(path, "incidents")));
        texts(&frames.get(&incidents::TABLE), &incidents::CATEGORY)[0].clone().unwrap()
    };
    assert_eq!(category(["1.csv", "2.csv"]), "utc");
    assert_eq!(category(["2.csv", "1.csv"]), "local");
}
