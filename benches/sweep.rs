//! The candidate sweep: checked against the naive oracle on a small world, then timed on large ones.

#![allow(missing_docs, reason = "criterion's macros write undocumented functions")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sequela_benches::{queries, related, timeline, world};
use sequela_correlate::timeline::{Candidates, Window};
use sequela_testkit::oracle;
use sequela_testkit::world::{HOUR, World};

const DAY: Window = Window { lookback: Some(24 * HOUR), equal_counts: false };

fn sweep(world: &World) -> Vec<Candidates> {
    timeline(world).sweep(&queries(world), &related(world), DAY)
}

fn pairs(found: &[Candidates]) -> u64 {
    found.iter().map(|candidates| candidates.events.len() as u64).sum()
}

fn check() {
    let small = world(2_000);
    let expected: usize = oracle::candidates(&small, oracle::Window::after(24 * HOUR)).iter().map(Vec::len).sum();
    assert_eq!(pairs(&sweep(&small)), expected as u64, "the sweep must equal the oracle before it is timed");
}

fn bench(criterion: &mut Criterion) {
    check();
    let mut group = criterion.benchmark_group("sweep");
    group.sample_size(10);
    for deployments in [100_000, 1_000_000] {
        let world = world(deployments);
        let (timeline, queries, related) = (timeline(&world), queries(&world), related(&world));
        group.throughput(Throughput::Elements(pairs(&timeline.sweep(&queries, &related, DAY))));
        group.bench_function(BenchmarkId::new("candidate pairs as ranges", deployments), |bencher| {
            bencher.iter(|| timeline.sweep(black_box(&queries), &related, DAY));
        });
        group.throughput(Throughput::Elements(deployments as u64));
        group.bench_function(BenchmarkId::new("sort and sweep, deployments", deployments), |bencher| {
            bencher.iter(|| sweep(black_box(&world)));
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
