//! How long a large export takes; run by hand with `cargo test -p sequela-ingest --test it speed -- --ignored --nocapture`.

use std::time::Instant;

use polars::prelude::*;
use sequela_ingest::{Observer, Source, read};
use sequela_schema::canonical::{deployment_services, deployments, incidents};

use crate::support::Folder;

const DEPLOYMENTS: usize = 1_000_000;
const INCIDENTS: usize = 100_000;
const START: i64 = 1_767_225_600_000_000;

fn frames() -> (DataFrame, DataFrame) {
    let ids: Vec<String> = (0..DEPLOYMENTS).map(|row| format!("dep-{:07}", (row * 7919) % DEPLOYMENTS)).collect();
    let services: Vec<String> = (0..DEPLOYMENTS).map(|row| format!("service-{:04}", row % 2000)).collect();
    let shas: Vec<String> = (0..DEPLOYMENTS).map(|row| format!("{row:040x}")).collect();
    let at = |seconds: i64| -> Vec<i64> { (0..DEPLOYMENTS as i64).map(|row| START + (row * 31 + seconds) * 1_000_000).collect() };
    let instants = |values: Vec<i64>, name: &str| {
        Int64Chunked::from_vec(name.into(), values).into_datetime(TimeUnit::Microseconds, Some(TimeZone::UTC)).into_column()
    };
    let deployments = DataFrame::new(
        DEPLOYMENTS,
        vec![
            Column::new("deployment_id".into(), ids),
            Column::new("service".into(), services.clone()),
            Column::new("environment".into(), vec!["production"; DEPLOYMENTS]),
            Column::new("status".into(), vec!["SUCCESS"; DEPLOYMENTS]),
            Column::new("commit_sha".into(), shas),
            instants(at(0), "started_at"),
            instants(at(600), "finished_at"),
        ],
    );
    let incident_ids: Vec<String> = (0..INCIDENTS).map(|row| format!("INC{row:07}")).collect();
    let times = |seconds: i64| -> Vec<i64> { (0..INCIDENTS as i64).map(|row| START + (row * 310 + seconds) * 1_000_000).collect() };
    let incidents = DataFrame::new(
        INCIDENTS,
        vec![
            Column::new("incident_id".into(), incident_ids),
            Column::new("service".into(), services[..INCIDENTS].to_vec()),
            Column::new("title".into(), vec!["something is down again"; INCIDENTS]),
            instants(times(0), "created_at"),
            instants(times(7200), "resolved_at"),
        ],
    );
    (deployments.unwrap(), incidents.unwrap())
}

/// RFC 3339 with a space, as databases print it.
fn csv(frame: &DataFrame) -> String {
    let columns: Vec<Series> = frame.columns().iter().map(|column| column.as_materialized_series().clone()).collect();
    let mut text = columns.iter().map(|column| column.name().to_string()).collect::<Vec<_>>().join(",");
    for row in 0..frame.height() {
        text.push('\n');
        for (place, column) in columns.iter().enumerate() {
            if place > 0 {
                text.push(',');
            }
            match column.dtype() {
                DataType::String => text.push_str(column.str().unwrap().get(row).unwrap()),
                _ => {
                    let at = column.datetime().unwrap().physical().get(row).unwrap();
                    text.push_str(&chrono::DateTime::from_timestamp_micros(at).unwrap().format("%Y-%m-%d %H:%M:%S").to_string());
                }
            }
        }
    }
    text
}

/// Prints when each stage begins.
struct Watch(Instant);

impl Observer for Watch {
    fn file(&self, path: &str, _bytes: u64) {
        println!("{:.2} s {path}", self.0.elapsed().as_secs_f64());
    }

    fn folding(&self) {
        println!("{:.2} s folding", self.0.elapsed().as_secs_f64());
    }

    fn done(&self) {
        println!("{:.2} s done", self.0.elapsed().as_secs_f64());
    }
}

/// Checks a file of another tool by hand: `SEQUELA_PARQUET=file`.
#[test]
#[ignore = "by hand"]
fn one_file() {
    let path = std::path::PathBuf::from(std::env::var("SEQUELA_PARQUET").unwrap());
    let options = sequela_ingest::Options::new(path.parent().unwrap());
    let frames = read(&[Source::table(path.file_name().unwrap().to_string_lossy(), "deployments")], &options, &()).unwrap();
    println!("{:?}", frames.get(&deployments::TABLE));
}

#[test]
#[ignore = "slow"]
fn a_million_deployments() {
    let (mut first, mut second) = frames();
    let folder = Folder::new("speed").with("d.csv", csv(&first)).with("i.csv", csv(&second));
    for (name, frame) in [("d.parquet", &mut first), ("i.parquet", &mut second)] {
        ParquetWriter::new(std::fs::File::create(folder.path().join(name)).unwrap()).finish(frame).unwrap();
    }
    for ending in ["parquet", "csv"] {
        let sources = [Source::table(format!("d.{ending}"), "deployments"), Source::table(format!("i.{ending}"), "incidents")];
        let frames = read(&sources, &folder.options(), &Watch(Instant::now())).unwrap();
        assert_eq!(frames.height(&deployments::TABLE), DEPLOYMENTS);
        assert_eq!(frames.height(&deployment_services::TABLE), DEPLOYMENTS);
        assert_eq!(frames.height(&incidents::TABLE), INCIDENTS);
    }
}
