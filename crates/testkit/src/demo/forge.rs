//! Builds of the second CI as its one export: semicolons, UTF-8 with a byte order mark, German dates to the minute in local time.

use super::defects::{Code, Defect};
use super::people::anybody;
use super::sheet::{Dialect, Sheet};
use super::{File, titles};
use crate::company::Company;
use crate::company::catalog::SERVICES;
use crate::company::clock;
use crate::company::delivery::{Deployment, Kind, Outcome, Stage};
use crate::random::Stream;

const PATH: &str = "exports/forge/builds.csv";
const HEADER: [&str; 14] =
    ["Build", "App", "Stage", "Type", "Begin", "End", "Outcome", "Commit", "Committed", "Lines", "Reverts", "Change", "Operator", "Note"];

/// The export and what is wrong in it.
pub(crate) fn files(seed: u64, company: &Company) -> (Vec<File>, Vec<Defect>) {
    let mut stream = Stream::new(seed, 700);
    let builds = company.deployments.iter().filter(|deployment| deployment.is_forge());
    let rows = builds.flat_map(|deployment| build_rows(&mut stream, company, deployment)).collect();
    let mut sheet = Sheet::new(PATH, &HEADER, rows);
    reject_rows(&mut sheet);
    spoil_values(&mut sheet);
    harmless(&mut sheet);
    (vec![File { path: sheet.path.clone(), bytes: sheet.bytes(Dialect::Forge) }], sheet.defects)
}

fn stamp(instant: i64) -> String {
    clock::local(instant).format("%d.%m.%Y %H:%M").to_string()
}

/// One row per service: a release train repeats its build with other apps.
fn build_rows(stream: &mut Stream, company: &Company, deployment: &Deployment) -> Vec<Vec<String>> {
    let kind = match deployment.kind {
        Kind::Deploy => "REGULAR",
        Kind::Configuration => "CONFIG",
        Kind::Hotfix => "HOTFIX",
        Kind::Rollback => "ROLLBACK",
    };
    let outcome = match deployment.outcome {
        Outcome::Success => "OK",
        Outcome::Failure => "FAILED",
        Outcome::Error => "BROKEN",
        Outcome::Cancelled => "ABORTED",
        Outcome::Running => "",
    };
    let reverts = deployment.reverts.filter(|_| deployment.reverts_recorded);
    let change = deployment.change.filter(|_| deployment.change_recorded);
    let operator = anybody(stream).name;
    let note = note(stream, deployment);
    let row = |service: &usize| {
        vec![
            deployment.id.clone(),
            app(*service),
            if deployment.stage == Stage::Production { "PROD" } else { "STAGE" }.to_owned(),
            kind.to_owned(),
            stamp(deployment.started_at),
            if outcome.is_empty() { String::new() } else { stamp(deployment.finished_at) },
            outcome.to_owned(),
            deployment.commit.clone(),
            stamp(deployment.committed_at),
            deployment.lines.to_string(),
            reverts.map(|index| company.deployments[index].id.clone()).unwrap_or_default(),
            change.map(|index| company.changes[index].number.clone()).unwrap_or_default(),
            operator.to_owned(),
            note.clone(),
        ]
    };
    deployment.services.iter().map(row).collect()
}

/// The CI's own spelling of some names.
fn app(service: usize) -> String {
    match SERVICES[service].name {
        "checkout-api" => "CHECKOUT_API".to_owned(),
        "driver-app-backend" => "Driver App Backend".to_owned(),
        name => name.to_owned(),
    }
}

fn note(stream: &mut Stream, deployment: &Deployment) -> String {
    match stream.weighted(&[0.9, 0.06, 0.04]) {
        1 => titles::change(stream, SERVICES[deployment.service()].title, deployment.kind == Kind::Hotfix),
        2 => format!("\"Merge\" von {}; siehe Ticket", anybody(stream).mail()),
        _ => String::new(),
    }
}

/// Rows that cannot be used. Each is a copy of a real one under a number of its own, so that nothing true is lost.
fn reject_rows(sheet: &mut Sheet) {
    sheet.insert(40, Code::WideRow, "", "a note with an unprotected semicolon: one cell too many", |cells| {
        cells[0] = "FB-90001".to_owned();
        cells.push("siehe Ticket".to_owned());
    });
    sheet.insert(333, Code::MissingTime, "", "neither begin nor end: nothing says when it happened", |cells| {
        cells[0] = "FB-90002".to_owned();
        cells[4].clear();
        cells[5].clear();
    });
    sheet.insert(512, Code::MissingId, "Build", "no build number", |cells| cells[0].clear());
    sheet.insert(777, Code::BadTimestamp, "End", "begin and end are words: no usable time is left", |cells| {
        cells[0] = "FB-90003".to_owned();
        "gestern".clone_into(&mut cells[4]);
        "heute fr\u{fc}h".clone_into(&mut cells[5]);
    });
    sheet.insert(1_500, Code::MissingId, "Build", "the line breaks off after three cells, the first of them empty", |cells| {
        cells.truncate(3);
        cells[0].clear();
    });
}

/// Values that are put aside while their rows are kept.
fn spoil_values(sheet: &mut Sheet) {
    let plain = |sheet: &Sheet, row: usize| {
        sheet.rows[row - 1].len() == HEADER.len()
            && sheet.cell(row, "Outcome") == "OK"
            && sheet.cell(row, "Type") == "REGULAR"
            && alone(sheet, row)
    };
    let staging = |sheet: &Sheet, row: usize| plain(sheet, row) && sheet.cell(row, "Stage") == "STAGE";
    let gap = "29 March 2026 02:30 does not exist in Berlin (clocks went forward); the time is moved forward";
    sheet.damage(5, "Committed", "29.03.2026 02:30", Code::DstGap, gap, plain);
    let american = "month before day, as in New York; the start is left empty, the end is known";
    sheet.damage(100, "Begin", "04/17/2026 9:05 AM", Code::BadTimestamp, american, plain);
    sheet.damage(220, "Committed", "01.01.1970 00:00", Code::EpochZero, "zero sentinel; the time is left empty", plain);
    sheet.damage(260, "Committed", "12.05.1926 11:40", Code::ImplausibleYear, "year mistyped; the time is left empty", plain);
    sheet.damage(400, "Lines", "1.2k", Code::BadNumber, "not a number; it is left empty", plain);
    sheet.damage(
        600,
        "Outcome",
        "GR\u{dc}N",
        Code::UnknownValue,
        "a word that the map does not have; the outcome stays unknown and is not counted",
        staging,
    );
    let row = sheet.damage(900, "End", "", Code::EndBeforeStart, "ended a day before it began; the end is left empty", staging);
    let (begin, end) = (sheet.cell(row, "Begin").to_owned(), sheet.column("End"));
    sheet.rows[row - 1][end] = day_before(&begin);
}

/// Whether no neighbour shares the build number.
fn alone(sheet: &Sheet, row: usize) -> bool {
    let number = |row: usize| sheet.rows.get(row.wrapping_sub(1)).and_then(|cells| cells.first());
    number(row) != number(row - 1) && number(row) != number(row + 1)
}

fn day_before(stamp: &str) -> String {
    let parsed = chrono::NaiveDateTime::parse_from_str(stamp, "%d.%m.%Y %H:%M").unwrap_or_default();
    (parsed - chrono::TimeDelta::days(1)).format("%d.%m.%Y %H:%M").to_string()
}

/// What looks wrong and is not: a protected formula, quotes and a line break inside a note, a row written twice.
fn harmless(sheet: &mut Sheet) {
    let note = sheet.column("Note");
    "'=HYPERLINK(\"x\")".clone_into(&mut sheet.rows[60][note]);
    "Zeile 1; mit Semikolon\nZeile 2 \"in Anf\u{fc}hrungszeichen\"".clone_into(&mut sheet.rows[61][note]);
    let again = sheet.rows[1_099].clone();
    sheet.rows.push(again);
}
