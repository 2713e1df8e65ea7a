//! Reading deployments from every packing: row counts and the sum of times are checked before anything is timed. Beside it stands what
//! the parsers alone take, which know nothing of columns, times or damage.

#![allow(missing_docs, reason = "criterion's macros write undocumented functions")]

use std::path::Path;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sequela_benches::{world, write_array, write_csv, write_gzip, write_ndjson, write_pages, write_parquet};
use sequela_ingest::{Options, Source, read};
use sequela_schema::canonical::deployments;
use sequela_schema::{Frames, Values};
use sequela_testkit::world::World;

const ROWS: usize = 200_000;

fn load(path: &Path) -> Frames {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let folder = path.parent().unwrap_or(path);
    match read(&[Source::table(name, deployments::TABLE.name)], &Options::new(folder), &()) {
        Ok(frames) => frames,
        Err(error) => panic!("{error}"),
    }
}

fn check(world: &World, frames: &Frames) {
    let frame = frames.get(&deployments::TABLE);
    let second = |at: i64| at / 1_000_000;
    let expected: i64 = world.deployments.iter().map(|deployment| second(deployment.finished_at)).sum();
    let read: i64 = frame.instants(&deployments::FINISHED_AT).map_or(0, |times| times.iter().flatten().map(second).sum());
    assert_eq!((frame.height(), read), (world.deployments.len(), expected), "what is read must be right before it is timed");
}

/// What the bare parser of a format makes of a file: the number of its rows. The text is in memory already.
fn parse(path: &Path, text: &str) -> Option<usize> {
    let values = || serde_json::Deserializer::from_str(text).into_iter::<serde_json::Value>();
    match path.extension()?.to_str()? {
        "csv" => {
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let mut record = csv::StringRecord::new();
            let mut rows = 0;
            while reader.read_record(&mut record).ok()? {
                rows += 1;
            }
            Some(rows)
        }
        "ndjson" => Some(text.lines().filter(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()).count()),
        "json" if text.starts_with('[') => values().next()?.ok()?.as_array().map(Vec::len),
        "json" => Some(values().filter_map(|page| page.ok()?.get("items")?.as_array().map(Vec::len)).sum()),
        _ => None,
    }
}

fn bench(criterion: &mut Criterion) {
    let Ok(folder) = tempfile::tempdir() else { panic!("no temporary folder") };
    let world = world(ROWS);
    let written = [
        write_csv(&world, folder.path()),
        write_gzip(&world, folder.path()),
        write_ndjson(&world, folder.path()),
        write_array(&world, folder.path()),
        write_pages(&world, folder.path()),
        write_parquet(&world, folder.path()).map_err(std::io::Error::other),
    ];
    let mut group = criterion.benchmark_group("ingest");
    group.sample_size(10);
    for path in written {
        let Ok(path) = path else { panic!("no space for the files of the bench") };
        check(&world, &load(&path));
        let bytes = std::fs::metadata(&path).map_or(0, |file| file.len());
        let packing = path.file_name().map(|name| name.to_string_lossy().replace("deployments.", "")).unwrap_or_default();
        group.throughput(Throughput::Bytes(bytes));
        group.bench_function(BenchmarkId::new(&packing, ROWS), |bencher| bencher.iter(|| load(&path)));
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        if parse(&path, &text) == Some(ROWS) {
            group.bench_function(BenchmarkId::new(format!("{packing}, parser alone"), ROWS), |bencher| {
                bencher.iter(|| parse(&path, &text));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
