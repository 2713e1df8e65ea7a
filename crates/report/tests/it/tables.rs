//! Tables on disk: CSV against text written by hand, Parquet read back, equal bytes.

use std::path::PathBuf;

use polars::prelude::*;
use sequela_report::write_tables;
use sequela_schema::canonical::{deployments, incidents};
use sequela_schema::result::{links, metrics, restore_curves};
use sequela_schema::{Frames, TableBuilder};

use crate::organisation::{at, day, deployment, many_teams, small};

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("tables-{name}"));
    if folder.exists() {
        fs_err::remove_dir_all(&folder).unwrap();
    }
    folder
}

#[test]
fn csv_is_rfc_4180_sorted_by_key_with_formulas_disarmed() {
    let mut builder = TableBuilder::new(&links::TABLE);
    for (incident, deployment, scope, rank, lag, probability) in [
        ("INC2", "=HYPERLINK(\"http://x\")", None, 1, Some(2_280.0), 1.0 / 3.0),
        ("INC10", "a,b", Some("pay"), 2, None, 0.0),
        ("INC10", "say \"no\"", Some("pay"), 1, Some(-0.5), 0.1 + 0.2),
        ("INC10", "two\nlines", None, 1, Some(1_234_567.8), 1.0),
        ("-1", "@cmd", None, 1, Some(1e-7), 0.000_012_345_67),
    ] {
        let mut row = builder.row();
        row.text(&links::INCIDENT_ID, incident).text(&links::DEPLOYMENT_ID, deployment).text_opt(&links::SCOPE_ID, scope);
        row.int(&links::RANK, rank).text(&links::RELATION, "same_service").real_opt(&links::LAG_SECONDS, lag);
        row.text(&links::EVIDENCE, "rule").real(&links::PROBABILITY, probability);
    }
    let mut frames = Frames::new();
    frames.build(builder).unwrap();
    let folder = folder("csv");
    write_tables(&frames, &folder).unwrap();
    let expected = "incident_id,deployment_id,scope_id,rank,relation,lag_seconds,evidence,probability\r\n\
        '-1,'@cmd,,1,same_service,1e-7,rule,0.0000123457\r\n\
        INC10,\"two\nlines\",,1,same_service,1234570,rule,1\r\n\
        INC10,\"say \"\"no\"\"\",pay,1,same_service,-0.5,rule,0.3\r\n\
        INC10,\"a,b\",pay,2,same_service,,rule,0\r\n\
        INC2,\"'=HYPERLINK(\"\"http://x\"\")\",,1,same_service,2280,rule,0.333333\r\n";
    assert_eq!(fs_err::read_to_string(folder.join("links.csv")).unwrap(), expected);
}

#[test]
fn csv_times_are_utc_and_dates_are_days() {
    let mut builder = TableBuilder::new(&metrics::TABLE);
    let mut row = builder.row();
    row.text(&metrics::SCOPE, "organisation").text(&metrics::SCOPE_ID, "").text(&metrics::PERIOD, "month");
    row.date(&metrics::PERIOD_START, day(2026, 10, 1)).text(&metrics::METRIC, "deployments").text(&metrics::UNIT, "count");
    row.int(&metrics::N, -7).real(&metrics::VALUE, 3.0).text(&metrics::METHOD, "+sum");
    let mut frames = Frames::new();
    frames.build(builder).unwrap();
    let mut builder = TableBuilder::new(&deployments::TABLE);
    deployment(&mut builder, "d1", "checkout", at("2026-03-29T01:30:00.000250+01:00"));
    frames.build(builder).unwrap();
    let folder = folder("times");
    write_tables(&frames, &folder).unwrap();
    let figures = fs_err::read_to_string(folder.join("metrics.csv")).unwrap();
    assert_eq!(figures.lines().nth(1).unwrap(), "organisation,\"\",month,2026-10-01,deployments,count,-7,3,,,'+sum,");
    let events = fs_err::read_to_string(folder.join("deployments.csv")).unwrap();
    let row = events.lines().nth(1).unwrap();
    assert!(row.starts_with("d1,,checkout,,production,,deploy,,,,success,,,,,,2026-03-29T00:30:00.000250Z,"), "{row}");
    assert_eq!(row.matches(',').count() + 1, deployments::TABLE.columns.len());
}

#[test]
fn parquet_reads_back_with_types_in_the_order_of_the_key() {
    let frames = small();
    let folder = folder("parquet");
    write_tables(&frames, &folder).unwrap();
    for (name, frame) in frames.iter() {
        let file = fs_err::File::open(folder.join(format!("{name}.parquet"))).unwrap();
        let read = ParquetReader::new(file.into_file()).finish().unwrap();
        let table = sequela_schema::table(name).unwrap();
        assert_eq!(**read.schema(), table.schema(), "{name}");
        assert_eq!(read.height(), frame.height(), "{name}");
    }
    let file = fs_err::File::open(folder.join("incidents.parquet")).unwrap();
    let read = ParquetReader::new(file.into_file()).finish().unwrap();
    let began = read.column(incidents::CREATED_AT.name).unwrap().datetime().unwrap().physical().get(0);
    assert_eq!(began, Some(at("2026-06-25T16:29:00Z")));
    // The curve was built from the longest wait to the shortest or the other way: the file is in the order of hours.
    let file = fs_err::File::open(folder.join("restore_curves.parquet")).unwrap();
    let hours = ParquetReader::new(file.into_file()).finish().unwrap();
    let hours: Vec<f64> = hours.column(restore_curves::HOURS.name).unwrap().f64().unwrap().iter().flatten().collect();
    assert!(hours.is_sorted());
}

#[test]
fn an_empty_table_has_its_columns_and_an_absent_one_has_no_file() {
    let mut frames = Frames::new();
    frames.build(TableBuilder::new(&links::TABLE)).unwrap();
    let folder = folder("empty");
    write_tables(&frames, &folder).unwrap();
    let text = fs_err::read_to_string(folder.join("links.csv")).unwrap();
    assert_eq!(text, "incident_id,deployment_id,scope_id,rank,relation,lag_seconds,evidence,probability\r\n");
    let file = fs_err::File::open(folder.join("links.parquet")).unwrap();
    assert_eq!(**ParquetReader::new(file.into_file()).finish().unwrap().schema(), links::TABLE.schema());
    assert!(!folder.join("incidents.csv").exists());
}

/// More rows than one block of CSV holds, in reverse order and in two chunks.
fn long_table() -> Frames {
    let half = |range: std::ops::Range<i64>| {
        let mut builder = TableBuilder::new(&deployments::TABLE);
        for number in range.rev() {
            deployment(&mut builder, &format!("d{number:06}"), "checkout", number * 1_000_000);
        }
        builder.finish().unwrap()
    };
    let mut frame = half(10_000..20_000);
    frame.vstack_mut(&half(0..10_000)).unwrap();
    let mut frames = Frames::new();
    frames.set(&deployments::TABLE, frame).unwrap();
    frames
}

#[test]
fn bytes_do_not_depend_on_threads_or_chunks() {
    let mut written = Vec::new();
    for threads in [1, 2, 5] {
        let folder = folder(&format!("threads-{threads}"));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| write_tables(&long_table(), &folder)).unwrap();
        pool.install(|| write_tables(&many_teams(), &folder.join("many"))).unwrap();
        let read = |name: &str| fs_err::read(folder.join(name)).unwrap();
        written.push(["deployments.csv", "deployments.parquet", "many/metrics.csv", "many/metrics.parquet"].map(read));
    }
    assert_eq!(written[0], written[1]);
    assert_eq!(written[0], written[2]);
    let text = String::from_utf8(written[0][0].clone()).unwrap();
    assert_eq!(text.lines().count(), 20_001);
    assert!(text.lines().skip(1).map(|line| &line[..7]).is_sorted());
}

#[test]
#[ignore = "slow: a million rows"]
fn a_million_deployments_are_written_in_seconds() {
    let mut builder = TableBuilder::new(&deployments::TABLE);
    for number in 0..1_000_000 {
        deployment(&mut builder, &format!("d{number:07}"), "checkout", number * 60_000_000);
    }
    let mut frames = Frames::new();
    frames.build(builder).unwrap();
    let folder = folder("million");
    let start = std::time::Instant::now();
    write_tables(&frames, &folder).unwrap();
    let elapsed = start.elapsed();
    assert!(elapsed.as_secs() < 30, "{elapsed:?}");
    assert_eq!(fs_err::read_to_string(folder.join("deployments.csv")).unwrap().lines().count(), 1_000_001);
    eprintln_elapsed(elapsed);
}

#[expect(clippy::print_stderr, reason = "a measurement for whoever runs the slow test")]
fn eprintln_elapsed(elapsed: std::time::Duration) {
    eprintln!("written in {elapsed:?}");
}
