//! The forms of the review: every number that a reader sees, on the page, in Markdown, in the workbook or in JSON, is that of the tables.

use std::collections::BTreeSet;
use std::io::Cursor;
use std::ops::RangeInclusive;

use calamine::{Data, Reader, Xlsx};
use chrono::{DateTime, NaiveDate};
use polars::prelude::DataFrame;
use sequela_schema::metric::METRICS;
use sequela_schema::result::placebo;
use sequela_schema::{Column, Table, Type, Values};
use serde_json::Value;

use crate::demo::out;
use crate::sequela::{root, sequela, table};
use crate::shown::{Shown, ends, html_tables, markdown_tables, values, words};
use crate::truth::{Expected, Truth, metric_named};

/// The month under review: the last full one of the demo.
fn month() -> i32 {
    NaiveDate::from_ymd_opt(2026, 9, 1).unwrap().to_epoch_days()
}

fn read(name: &str) -> String {
    std::fs::read_to_string(out().join("out").join(name)).unwrap()
}

fn is(shown: Option<&RangeInclusive<f64>>, expected: Option<f64>) -> bool {
    match (shown, expected) {
        (Some(shown), Some(expected)) => shown.contains(&expected),
        (shown, expected) => shown.is_none() && expected.is_none(),
    }
}

fn is_shown(text: &str, expected: &Expected) -> bool {
    match expected {
        Expected::Number(number) => is(values(text).as_ref(), *number),
        Expected::Ends(lower, upper) => {
            let shown = ends(text);
            is(shown[0].as_ref(), *lower) && is(shown[1].as_ref(), *upper)
        }
        Expected::Within(from, to) => values(text).is_some_and(|shown| shown.end() >= from && shown.start() <= to),
        Expected::Text(expected) => text == expected,
        Expected::Words => true,
    }
}

/// Cells that do not show what the tables say, and how many were compared with a number.
pub(crate) fn wrong(tables: &[Shown], truth: &Truth) -> (Vec<String>, usize) {
    let (mut wrong, mut compared) = (Vec::new(), 0);
    for shown in tables {
        for (cells, expected) in shown.rows.iter().zip(truth.of(shown, month())) {
            assert_eq!((cells.len(), shown.heads.len()), (expected.len(), expected.len()), "{}", shown.caption);
            compared += expected.iter().filter(|expected| !matches!(expected, Expected::Words)).count();
            for ((cell, expected), head) in cells.iter().zip(&expected).zip(&shown.heads) {
                if !is_shown(&cell.0, expected) {
                    wrong.push(format!("{}, {}, {head}: {:?} is not {expected:?}", shown.caption, cells[0].0, cell.0));
                }
            }
        }
    }
    (wrong, compared)
}

#[test]
fn every_number_of_the_page_is_that_of_the_tables() {
    let tables = html_tables(&read("review.html"));
    let (wrong, compared) = wrong(&tables, &Truth::read(&out().join("out")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tables.len() >= 10 && compared > 500, "{} tables, {compared} numbers", tables.len());
}

#[test]
fn a_wrong_number_is_found() {
    let truth = Truth::read(&out().join("out"));
    for position in 0..html_tables(&read("review.html")).len() {
        let mut tables = html_tables(&read("review.html"));
        let expected = truth.of(&tables[position], month());
        let Some(column) = expected[0].iter().position(|expected| matches!(expected, Expected::Number(_))) else { continue };
        tables[position].rows[0][column].0 = "98,765".to_owned();
        assert_eq!(wrong(&tables, &truth).0.len(), 1, "{}", tables[position].caption);
    }
}

#[test]
fn markdown_has_every_table_and_finding_of_the_page() {
    let (html, markdown) = (read("review.html"), read("review.md"));
    let tables = markdown_tables(&markdown);
    for shown in html_tables(&html) {
        let same = tables.iter().find(|table| table.caption == shown.caption && table.heads == shown.heads);
        assert_eq!(same, Some(&shown), "{}", shown.caption);
    }
    let json: Value = serde_json::from_str(&read("review.json")).unwrap();
    let page = words(&html);
    for section in json["sections"].as_array().unwrap() {
        let finding = section["finding"].as_str().unwrap();
        assert!(page.contains(finding) && markdown.contains(finding), "{finding}");
        for table in section["tables"].as_array().unwrap() {
            let link = format!("tables/{}.csv", table.as_str().unwrap());
            assert!(out().join("out").join(&link).exists() && markdown.contains(&format!("]({link})")), "{link}");
        }
    }
    let check = json["placebo"]["sentence"].as_str().unwrap();
    assert!(!check.is_empty() && page.contains(check) && markdown.contains(check));
}

#[test]
fn headline_figures_are_those_of_the_tables_in_every_form() {
    let truth = Truth::read(&out().join("out"));
    let (page, markdown) = (words(&read("review.html")), markdown_tables(&read("review.md")));
    let tiles = markdown.iter().find(|table| table.caption == "Headline figures").unwrap();
    assert!(tiles.rows.len() >= 4);
    for row in &tiles.rows {
        let cells: Vec<&str> = row.iter().map(|(text, _)| text.as_str()).collect();
        let [title, value, interval, basis, before, _] = cells[..] else { panic!("{cells:?}") };
        let metric = metric_named(title);
        let figure = truth.figure("month", month(), metric).unwrap();
        assert!(is(values(value).as_ref(), figure.value), "{title}: {value}");
        let interval = interval.rsplit_once(": ").map_or(interval, |(_, interval)| interval);
        assert!(is_shown(interval, &Expected::Ends(figure.lower, figure.upper)), "{title}: {interval}");
        let n = figure.n.to_string();
        let numbers: BTreeSet<&str> = basis.split(|character: char| !character.is_ascii_digit()).collect();
        assert!(numbers.contains(n.as_str()) || basis.starts_with("a count"), "{title}: {basis} has no {n}");
        let (mean, change) = before.trim_end_matches(')').split_once(" (").unwrap();
        let expected = truth.before(month(), metric).0;
        assert!(is(values(mean).as_ref(), expected), "{title}: {before}");
        assert!(is(values(change).as_ref(), figure.value.zip(expected).map(|(value, before)| value - before)), "{title}: {before}");
        let tile = &page[page.find(title).unwrap()..];
        let tile = &tile[..tile.char_indices().nth(400).map_or(tile.len(), |(end, _)| end)];
        assert!([value, interval, basis, mean].iter().all(|part| *part == "–" || tile.contains(part)), "{title}: {tile}");
    }
}

#[test]
fn json_has_the_figures_of_the_tables_as_they_are() {
    let truth = Truth::read(&out().join("out"));
    let json: Value = serde_json::from_str(&read("review.json")).unwrap();
    assert_eq!(json["month"]["start"], "2026-09-01");
    let figures = [json["headline"].as_array().unwrap().clone(), json["figures"].as_array().unwrap().clone()].concat();
    assert!(figures.len() > 20);
    for figure in figures {
        let name = figure["metric"].as_str().unwrap();
        let expected = truth.figure("month", month(), name).unwrap();
        let (before, months) = truth.before(month(), name);
        assert_eq!(figure["n"].as_i64(), Some(expected.n), "{name}");
        for (field, expected) in [("value", expected.value), ("lower", expected.lower), ("upper", expected.upper), ("before", before)] {
            assert!(close(figure[field].as_f64(), expected), "{name}: {field} {} {expected:?}", figure[field]);
        }
        assert_eq!(figure["before_months"].as_u64(), Some(months as u64), "{name}");
    }
    let frame = table(&out().join("out"), "placebo");
    let row = frame.texts(&placebo::STATISTIC).unwrap().iter().position(|name| name == Some("share_change_caused")).unwrap();
    for (field, column) in
        [("observed", &placebo::OBSERVED), ("placebo_mean", &placebo::PLACEBO_MEAN), ("placebo_max", &placebo::PLACEBO_MAX)]
    {
        assert!(close(json["placebo"][field].as_f64(), frame.reals(column).unwrap().get(row)), "{field}");
    }
}

/// Equal but for the last digits of a sum.
fn close(left: Option<f64>, right: Option<f64>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => (left - right).abs() <= 1e-12 * right.abs().max(1.0),
        (left, right) => left.is_none() && right.is_none(),
    }
}

fn workbook() -> Xlsx<Cursor<Vec<u8>>> {
    calamine::open_workbook_from_rs(Cursor::new(std::fs::read(out().join("out/review.xlsx")).unwrap())).unwrap()
}

#[test]
fn every_cell_of_the_workbook_is_that_of_the_table() {
    let mut workbook = workbook();
    let mut expected = vec!["Overview".to_owned(), "Notes".to_owned()];
    // Some result tables are those of other commands.
    let is_written = |table: &&&Table| out().join("out/tables").join(table.name).with_extension("parquet").exists();
    for declared in sequela_schema::result::TABLES.iter().filter(is_written) {
        let frame = table(&out().join("out"), declared.name);
        if frame.height() == 0 {
            continue;
        }
        expected.push(declared.name.to_owned());
        let range = workbook.worksheet_range(declared.name).unwrap();
        assert_eq!(range.height(), frame.height() + 1, "{}", declared.name);
        let heads: Vec<String> = range.rows().next().unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(heads, declared.columns.iter().map(head).collect::<Vec<_>>());
        for (row, cells) in range.rows().skip(1).enumerate() {
            for column in declared.columns {
                check_cell(declared, column, &frame, row, &cells[column.position]);
            }
        }
    }
    assert_eq!(workbook.sheet_names(), expected);
    assert!(expected.len() > 12 && expected.iter().all(|name| name.len() <= 31));
}

fn head(column: &Column) -> String {
    if column.kind == Type::Instant { format!("{} (Europe/Berlin)", column.name) } else { column.name.to_owned() }
}

fn check_cell(table: &Table, column: &Column, frame: &DataFrame, row: usize, cell: &Data) {
    let number = |value: Option<f64>| value.map_or(Data::Empty, Data::Float);
    let is_same = match column.kind {
        Type::Text => {
            *cell
                == frame
                    .texts(column)
                    .unwrap()
                    .get(row)
                    .filter(|text| !text.is_empty())
                    .map_or(Data::Empty, |text| Data::String(text.to_owned()))
        }
        Type::Int => *cell == number(frame.ints(column).unwrap().get(row).map(|value| value as f64)),
        Type::Real => *cell == number(frame.reals(column).unwrap().get(row)),
        Type::Bool => *cell == frame.bools(column).unwrap().get(row).map_or(Data::Empty, Data::Bool),
        Type::Instant => is_time(cell, frame.instants(column).unwrap().get(row).map(local)),
        Type::Date => is_time(cell, frame.dates(column).unwrap().get(row).map(f64::from)),
    };
    assert!(is_same, "{}.{}, row {row}: {cell:?}", table.name, column.name);
}

/// Days since 1970 on the clocks of Berlin.
fn local(microseconds: i64) -> f64 {
    let time = DateTime::from_timestamp_micros(microseconds).unwrap().with_timezone(&chrono_tz::Europe::Berlin).naive_local();
    time.and_utc().timestamp_micros() as f64 / 86_400e6
}

/// Whether the cell is a date, and that one to the millisecond; a spreadsheet counts days from 30 December 1899.
fn is_time(cell: &Data, days: Option<f64>) -> bool {
    match (cell, days) {
        (Data::DateTime(time), Some(days)) => time.is_datetime() && ((time.as_f64() - 25_569.0 - days) * 86_400_000.0).abs() < 1.0,
        (cell, days) => *cell == Data::Empty && days.is_none(),
    }
}

#[test]
fn nobody_is_named_in_the_workbook() {
    let planted = std::fs::read_to_string(root().join("data/demo/planted_people.csv")).unwrap();
    let planted: Vec<&str> = planted.lines().skip(1).flat_map(|line| line.split(',')).collect();
    let mut workbook = workbook();
    for sheet in workbook.sheet_names() {
        let text: String = workbook.worksheet_range(&sheet).unwrap().rows().flatten().map(|cell| format!("{cell}\n")).collect();
        assert!(planted.iter().all(|person| !text.contains(person)), "{sheet}");
    }
}

#[test]
fn the_overview_and_the_notes_say_what_the_page_says() {
    let truth = Truth::read(&out().join("out"));
    let mut workbook = workbook();
    let overview = workbook.worksheet_range("Overview").unwrap();
    let mut compared = 0;
    for row in overview.rows().skip(2).take_while(|row| row[10] != Data::Empty) {
        let name = row[10].to_string();
        let figure = truth.figure("month", month(), &name).unwrap();
        let (before, _) = truth.before(month(), &name);
        let number = |position: usize| if let Data::Float(value) = row[position] { Some(value) } else { None };
        let expected = [(1, figure.value), (2, figure.lower), (3, figure.upper), (4, Some(figure.n as f64)), (5, before)];
        assert!(expected.iter().all(|(position, expected)| close(number(*position), *expected)), "{row:?} {expected:?}");
        compared += 1;
    }
    assert!(compared > 20);
    let text: String = ["Overview", "Notes"]
        .iter()
        .flat_map(|sheet| workbook.worksheet_range(sheet).unwrap().rows().flatten().map(|cell| format!("{cell}\n")).collect::<Vec<_>>())
        .collect();
    let json: Value = serde_json::from_str(&read("review.json")).unwrap();
    for path in ["/period", "/definition/sentence", "/placebo/sentence", "/sections/0/finding", "/sections/4/finding"] {
        assert!(text.contains(json.pointer(path).unwrap().as_str().unwrap()), "{path}");
    }
    assert!(METRICS.iter().all(|metric| text.contains(metric.doc)));
    for sheet in workbook.sheet_names().iter().skip(2) {
        let columns = sequela_schema::table(sheet).unwrap().columns;
        assert!(columns.iter().all(|column| text.contains(column.doc)), "{sheet}");
    }
}

#[test]
fn the_manifest_lists_the_forms_and_charts_do_not_matter_to_them() {
    let manifest: Value = serde_json::from_str(&read("manifest.json")).unwrap();
    assert_eq!(manifest["reviews"], serde_json::json!(["review.html", "review.md", "review.json", "review.xlsx"]));
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("out");
    crate::sequela::run(&crate::demo::demo(), &plain, &["--no-charts", "--quiet"]);
    for name in ["review.md", "review.json", "review.xlsx"] {
        assert!(std::fs::read(plain.join(name)).unwrap() == std::fs::read(out().join("out").join(name)).unwrap(), "{name}");
    }
}

#[test]
fn a_table_is_shown_by_condition() {
    let folder = out().join("out");
    let show = |arguments: &[&str]| {
        let output = sequela(&[&["show"], arguments, &["--out", folder.to_str().unwrap()]].concat());
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let attribution = table(&folder, "incident_attribution");
    let verdicts = attribution.texts(&sequela_schema::result::incident_attribution::VERDICT).unwrap();
    let caused = verdicts.iter().filter(|verdict| *verdict == Some("change")).count();
    let (code, page, note) = show(&["incident_attribution", "--where", "verdict=CHANGE", "--limit", "3"]);
    assert_eq!((code, page.lines().count()), (Some(0), 4), "{page}");
    assert!(note.starts_with(&format!("3 of {caused} rows")) && note.contains("times in Europe/Berlin"), "{note}");
    let (_, page, _) = show(&["incident_attribution", "--where", "verdict=change", "--limit", "0"]);
    assert_eq!(page.lines().count(), caused + 1);
    let (_, narrow, note) = show(&["deployments", "--width", "70"]);
    assert!(narrow.lines().all(|line| line.chars().count() <= 70) && note.contains("too wide"), "{narrow}{note}");
    for wrong in [&["link"][..], &["links", "--where", "colour=red"], &["links", "--where", "rank"]] {
        let (code, _, message) = show(wrong);
        assert!(code == Some(2) && message.contains("hint:"), "{wrong:?}: {message}");
    }
    let (code, page, note) = show(&["links", "--where", "rank=77"]);
    assert_eq!((code, page.trim(), note.lines().next()), (Some(0), "", Some("no row")));
}
