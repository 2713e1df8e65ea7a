//! How long a large export takes; run by hand with `cargo test -p sequela-ingest --test it speed -- --ignored --nocapture`.

use std::io::{BufWriter, Write};
use std::path::Path;
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

/// How a large file is packed.
#[derive(Clone, Copy)]
enum Packing {
    Csv,
    GzipCsv,
    Lines,
    Array,
    Pages,
}

impl Packing {
    const ALL: [Self; 5] = [Self::Csv, Self::GzipCsv, Self::Lines, Self::Array, Self::Pages];

    fn file(self) -> &'static str {
        match self {
            Self::Csv => "rows.csv",
            Self::GzipCsv => "rows.csv.gz",
            Self::Lines => "lines.ndjson",
            Self::Array => "array.json",
            Self::Pages => "pages.json",
        }
    }

    /// Writes rows, each with so many bytes that nothing is mapped to.
    fn write(self, path: &Path, rows: usize, ballast: usize) {
        let file = BufWriter::with_capacity(1 << 20, std::fs::File::create(path).unwrap());
        match self {
            Self::GzipCsv => write_rows(BufWriter::new(flate2::write::GzEncoder::new(file, flate2::Compression::fast())), rows, ballast),
            Self::Csv => write_rows(file, rows, ballast),
            json => json.write_records(file, rows, ballast),
        }
    }

    fn write_records(self, mut file: impl Write, rows: usize, ballast: usize) {
        const PAGE: usize = 100;
        let steps: Vec<String> = (0..ballast / 80)
            .map(|step| format!(r#"{{"step":"step {step}","state":"passed","agent":{{"queue":"default","retries":0}}}}"#))
            .collect();
        let steps = steps.join(",");
        for row in 0..rows {
            let before = match self {
                Self::Pages if row % PAGE == 0 => "{\"items\":[",
                Self::Array if row == 0 => "[",
                Self::Lines => "",
                _ => ",\n",
            };
            let at = START / 1_000_000 + row as i64 * 31;
            write!(file, r#"{before}{{"deployment_id":"dep-{row:08}","service":"service-{}","environment":"production","#, row % 2000)
                .unwrap();
            write!(file, r#""status":"SUCCESS","commit_sha":"{row:040x}","started_at":{at},"finished_at":{},"#, at + 600).unwrap();
            write!(file, r#""steps":[{steps}]}}"#).unwrap();
            let last = row + 1 == rows;
            let after = match self {
                Self::Pages if last || row % PAGE == PAGE - 1 => "],\"next_page\":null}\n",
                Self::Array if last => "]\n",
                Self::Lines => "\n",
                _ => "",
            };
            file.write_all(after.as_bytes()).unwrap();
        }
        file.flush().unwrap();
    }
}

fn write_rows(mut file: impl Write, rows: usize, ballast: usize) {
    writeln!(file, "deployment_id,service,environment,status,commit_sha,started_at,finished_at,log").unwrap();
    let log = "one \"\"line\"\" of a log, and\nanother one; ".repeat(ballast / 40);
    for row in 0..rows {
        let at = START / 1_000_000 + row as i64 * 31;
        write!(file, "dep-{row:08},service-{},production,SUCCESS,{row:040x},{at},{},", row % 2000, at + 600).unwrap();
        if ballast == 0 { writeln!(file).unwrap() } else { writeln!(file, "\"{log}\"").unwrap() }
    }
    file.flush().unwrap();
}

/// Reads a file and prints how fast that was and how much memory it took at most.
fn measure(folder: &Folder, packing: Packing, rows: usize) {
    let path = folder.path().join(packing.file());
    let bytes = std::fs::metadata(&path).unwrap().len();
    let before = memory();
    // Sets the peak back to what is used now.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let (start, busy) = (Instant::now(), processor());
    let frames = read(&[Source::table(packing.file(), "deployments")], &folder.options(), &()).unwrap();
    let (seconds, busy) = (start.elapsed().as_secs_f64(), processor() - busy);
    assert_eq!(frames.height(&deployments::TABLE), rows);
    let megabytes = bytes as f64 / 1e6;
    println!(
        "{:14} {megabytes:7.0} MB {seconds:6.2} s, {busy:6.2} s of processor, {:6.0} MB/s {:8.0} rows/s, peak {} MB, {before} MB before",
        packing.file(),
        megabytes / seconds,
        rows as f64 / seconds,
        memory(),
    );
}

/// Seconds that all threads were at work, in ticks of which a second usually has a hundred.
fn processor() -> f64 {
    let status = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks = status.rsplit(')').next().unwrap_or("").split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

/// Most memory so far, in MB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) / 1000
}

#[test]
#[ignore = "slow"]
fn each_packing() {
    const ROWS: usize = 200_000;
    for ballast in [0, 800] {
        let folder = Folder::new("packings");
        for packing in Packing::ALL {
            packing.write(&folder.path().join(packing.file()), ROWS, ballast);
            measure(&folder, packing, ROWS);
        }
    }
}

/// Files that are larger than what is kept of them by far; `SEQUELA_GIGABYTES` sets another size than 2.
#[test]
#[ignore = "slow, and needs room on the disk"]
fn gigabytes() {
    const BALLAST: usize = 2000;
    let gigabytes: f64 = std::env::var("SEQUELA_GIGABYTES").ok().and_then(|size| size.parse().ok()).unwrap_or(2.0);
    let rows = (gigabytes * 1e9) as usize / (BALLAST + 250);
    for packing in [Packing::Array, Packing::Csv, Packing::Pages, Packing::Lines] {
        let folder = Folder::new("gigabytes");
        packing.write(&folder.path().join(packing.file()), rows, BALLAST);
        measure(&folder, packing, rows);
    }
}
