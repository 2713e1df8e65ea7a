//! What is deployed: planned work in office hours, release trains, failed attempts with their retries, staging.

use super::catalog::{SERVICES, Tool, WAREHOUSE, number_of};
use super::clock::{self, HOUR, Rhythm};
use crate::random::Stream;

/// Where a deployment went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Production,
    Staging,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Success,
    Failure,
    Error,
    Cancelled,
    Running,
}

/// Why it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Deploy,
    Configuration,
    Hotfix,
    Rollback,
}

/// A deployment as it truly was. Instants are seconds since 1970 UTC.
#[derive(Clone, Debug)]
pub(crate) struct Deployment {
    /// Identifier as Sequela writes it; empty until all deployments are known.
    pub(crate) id: String,
    /// Services that it touched; the first one names it.
    pub(crate) services: Vec<usize>,
    pub(crate) stage: Stage,
    pub(crate) kind: Kind,
    pub(crate) outcome: Outcome,
    pub(crate) requested_at: i64,
    pub(crate) started_at: i64,
    pub(crate) finished_at: i64,
    pub(crate) committed_at: i64,
    pub(crate) commit: String,
    pub(crate) lines: u32,
    /// The deployment that it truly undoes.
    pub(crate) reverts: Option<usize>,
    /// Whether the export says so.
    pub(crate) reverts_recorded: bool,
    /// Its change record.
    pub(crate) change: Option<usize>,
    /// Whether the export names that record.
    pub(crate) change_recorded: bool,
}

impl Deployment {
    /// The service that names it.
    pub(crate) fn service(&self) -> usize {
        self.services[0]
    }

    /// Whether it reached production.
    pub(crate) fn is_live(&self) -> bool {
        self.stage == Stage::Production && self.outcome == Outcome::Success
    }

    /// Whether it was exported by the second CI.
    pub(crate) fn is_forge(&self) -> bool {
        SERVICES[self.service()].tool == Tool::Forge
    }
}

/// A new deployment to production that works: queue, run and commit times are drawn, the rest is ordinary.
pub(crate) fn deployment(stream: &mut Stream, services: Vec<usize>, kind: Kind, requested_at: i64) -> Deployment {
    let started_at = requested_at + 5 + stream.below(90) as i64;
    let finished_at = started_at + stream.log_normal(420.0, 0.5) as i64 + 30;
    let urgent = matches!(kind, Kind::Hotfix | Kind::Rollback);
    let lead = stream.log_normal(if urgent { 0.8 } else { 26.0 }, 0.9) * HOUR as f64;
    Deployment {
        id: String::new(),
        services,
        stage: Stage::Production,
        kind,
        outcome: Outcome::Success,
        requested_at,
        started_at,
        finished_at,
        committed_at: requested_at - 60 - lead as i64,
        commit: (0..3).map(|_| format!("{:016x}", stream.bits())).collect::<String>()[..40].to_owned(),
        lines: lines(stream, urgent),
        reverts: None,
        reverts_recorded: false,
        change: None,
        change_recorded: false,
    }
}

fn lines(stream: &mut Stream, urgent: bool) -> u32 {
    let (low, high) = match stream.weighted(&[0.6, 0.3, 0.1]) {
        _ if urgent => (1.0, 60.0),
        0 => (3.0, 80.0),
        1 => (80.0, 500.0),
        _ => (500.0, 5_000.0),
    };
    stream.between(low, high) as u32
}

/// Factor on the probability of failure: small changes fail less often.
pub(crate) fn size_factor(lines: u32) -> f64 {
    match lines {
        0..80 => 0.6,
        80..500 => 1.2,
        _ => 2.8,
    }
}

/// Everything that was planned, with its failed attempts and its rehearsals in staging.
pub(crate) fn planned(seed: u64) -> Vec<Deployment> {
    let mut made = Vec::new();
    for (number, service) in SERVICES.iter().enumerate() {
        let mut stream = Stream::new(seed, 100 + number as u64);
        let mut hour = clock::first();
        while hour < clock::extract() {
            let mean = service.per_week / 168.0 * clock::intensity(Rhythm::Deploying, hour);
            for _ in 0..stream.poisson(mean) {
                let kind = if stream.chance(0.1) { Kind::Configuration } else { Kind::Deploy };
                let requested_at = hour + stream.below(HOUR as usize) as i64;
                attempts(&mut stream, &mut made, vec![number], kind, requested_at);
            }
            hour += HOUR;
        }
    }
    trains(seed, &mut made);
    made
}

/// The rehearsal, the attempts that fail and the one that works.
fn attempts(stream: &mut Stream, made: &mut Vec<Deployment>, services: Vec<usize>, kind: Kind, requested_at: i64) {
    let last = deployment(stream, services, kind, requested_at);
    if stream.chance(0.12) {
        made.push(rehearsal(stream, &last));
    }
    if stream.chance(0.05) {
        let outcome = [Outcome::Failure, Outcome::Error, Outcome::Cancelled][stream.weighted(&[0.7, 0.15, 0.15])];
        let wait = 600 + stream.below(2_400) as i64;
        let mut first = deployment(stream, last.services.clone(), kind, requested_at - wait);
        first.outcome = outcome;
        first.finished_at = first.finished_at.min(requested_at);
        first.commit.clone_from(&last.commit);
        made.push(first);
    }
    made.push(last);
}

fn rehearsal(stream: &mut Stream, of: &Deployment) -> Deployment {
    let ahead = 1_800 + stream.below(3 * HOUR as usize) as i64;
    let outcome = if stream.chance(0.1) { Outcome::Failure } else { Outcome::Success };
    Deployment {
        stage: Stage::Staging,
        outcome,
        requested_at: of.requested_at - ahead,
        started_at: of.started_at - ahead,
        finished_at: of.finished_at - ahead,
        committed_at: of.committed_at - ahead,
        ..of.clone()
    }
}

/// Every Wednesday morning the warehouse releases several services with one build.
fn trains(seed: u64, made: &mut Vec<Deployment>) {
    let mut stream = Stream::new(seed, 200 + WAREHOUSE as u64);
    let riders: Vec<usize> = ["inventory", "pick-and-pack", "goods-in", "returns-desk"].iter().filter_map(|name| number_of(name)).collect();
    for week in 0..26 {
        let wednesday = clock::first() + week * 7 * 24 * HOUR + 6 * HOUR + stream.below(1_200) as i64;
        let mut services = vec![riders[0]];
        services.extend(riders[1..].iter().filter(|_| stream.chance(0.7)));
        if services.len() > 1 {
            made.push(deployment(&mut stream, services, Kind::Deploy, wednesday));
        }
    }
}
