//! One year of a release every eleven seconds: candidates and a converged fit, with one thread and with two.
//!
//! `cargo bench -p sequela-experiments`. The plain pair-by-pair sum runs beside it on the same pairs, and both must agree before its time
//! is shown; with `-- wide` the candidates of `sequela run` follow, five times as many pairs. Seconds are of the clock and, in brackets,
//! of the processor: on a machine that does other work too, believe the latter.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a bench shows what it measured and stops where it cannot go on")]

use std::time::Instant;

use sequela_attribution::{Fit, Problem, Settings, fit};
use sequela_experiments::scale::{DAY, Input, Scope, WIDE, YEAR, pairs, weigh};

/// Above so many pairs there is no memory to keep them one by one.
const MOST_PAIRS: u64 = 20_000_000;

fn main() {
    measure(&DAY);
    if std::env::args().any(|argument| argument == "wide") {
        measure(&WIDE);
    }
}

fn measure(scope: &Scope) {
    let input = Input::new(&YEAR);
    let made = peak();
    let (problem, found) = timed(|| input.problem(scope));
    println!("{}", scope.name);
    println!("  {} deployments, {} incidents, {} pairs", problem.rows.len(), problem.order.len(), problem.pairs());
    println!("  candidates: {found}; peak memory {made} MB before, {} MB after", peak());
    let [one, two] = [1, 2].map(|threads| of_threads(&problem, threads));
    assert_eq!(one.expected, two.expected, "any number of threads gives the same");
    println!("  peak memory after the fits: {} MB", peak());
    if problem.pairs() <= MOST_PAIRS {
        beside(&problem, &one);
    }
}

fn of_threads(problem: &Problem, threads: usize) -> Fit {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let (fit, took) = timed(|| pool.install(|| fit(problem, Settings::default())));
    let iterations = fit.iterations;
    let each = took.per(problem.pairs() * iterations as u64);
    println!("  fit, {threads} threads: {took}, {iterations} iterations, {each} per pair-iteration, share {:.4}", fit.share());
    let (_, took) = timed(|| pool.install(|| fit.expectation(problem).pass()));
    println!("    one expectation alone: {took}, {} per pair", took.per(problem.pairs()));
    fit
}

/// The plain sum on one thread.
fn beside(problem: &Problem, fit: &Fit) {
    let (pairs, gathered) = timed(|| pairs(problem));
    let (caused, took) = timed(|| weigh(problem, &fit.grid, &fit.parameters, &pairs));
    let furthest = caused.iter().zip(&fit.expected).map(|(plain, own)| (plain - own).abs()).fold(0.0, f64::max);
    assert!(furthest < 1e-6, "the plain sum differs by {furthest}");
    println!("  pair by pair, one thread: pairs {gathered}, one expectation {took}, {} per pair", took.per(problem.pairs()));
    println!("  peak memory with all pairs: {} MB", peak());
}

/// Seconds of the clock and of the processor.
#[derive(Clone, Copy)]
struct Took {
    clock: f64,
    processor: f64,
}

impl Took {
    fn per(self, count: u64) -> String {
        let each = |seconds: f64| seconds * 1e9 / count as f64;
        format!("{:.1} ns [{:.1}]", each(self.clock), each(self.processor))
    }
}

impl std::fmt::Display for Took {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "{:.2} s [{:.2}]", self.clock, self.processor)
    }
}

fn timed<T>(what: impl FnOnce() -> T) -> (T, Took) {
    let (start, before) = (Instant::now(), processor());
    let made = what();
    (made, Took { clock: start.elapsed().as_secs_f64(), processor: processor() - before })
}

/// Seconds of the processor so far, user and system; NaN where the system does not say.
fn processor() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = text.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let ticks: Vec<f64> = after_name.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse().ok()).collect();
    if ticks.len() == 2 { ticks.iter().sum::<f64>() / 100.0 } else { f64::NAN }
}

/// Most memory so far, in megabytes; 0 where the system does not say.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()).unwrap_or(0) / 1024
}
