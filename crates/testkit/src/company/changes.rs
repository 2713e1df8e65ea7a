//! Change records: most planned work of the regulated teams has one, some work has none, some records were raised afterwards.

use super::catalog::{SERVICES, TEAMS};
use super::clock::{self, HOUR};
use super::delivery::{Deployment, Kind, Outcome, Stage};
use super::incidents::Incident;
use crate::random::Stream;

/// Kind of change record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Standard,
    Normal,
    Emergency,
}

/// A change record. Instants are seconds since 1970 UTC.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    /// Number as people use it; empty until all changes are known.
    pub(crate) number: String,
    pub(crate) service: usize,
    pub(crate) change_type: Type,
    pub(crate) created_at: i64,
    pub(crate) planned_start_at: i64,
    pub(crate) planned_end_at: i64,
    /// `None` when it was never carried out.
    pub(crate) actual: Option<(i64, i64)>,
    pub(crate) cab_required: bool,
    /// Whether the deployment behind it failed, or caused an incident.
    pub(crate) successful: bool,
}

/// Raises change records, ties deployments to them, and lets incidents name the change that caused them.
pub(crate) fn raise(seed: u64, deployments: &mut [Deployment], incidents: &mut [Incident]) -> Vec<Change> {
    let mut stream = Stream::new(seed, 400);
    let mut failed = vec![false; deployments.len()];
    for cause in incidents.iter().filter_map(|incident| incident.cause) {
        failed[cause] = true;
    }
    let mut changes = Vec::new();
    for (index, deployment) in deployments.iter_mut().enumerate() {
        let share = TEAMS[SERVICES[deployment.service()].team].change_share;
        let attempted = matches!(deployment.outcome, Outcome::Success | Outcome::Failure);
        if deployment.stage == Stage::Production && attempted && stream.chance(share) {
            deployment.change = Some(changes.len());
            deployment.change_recorded = stream.chance(0.7);
            let successful = !failed[index] && deployment.outcome == Outcome::Success;
            changes.push(record(&mut stream, deployment, successful));
        }
    }
    cancelled(&mut stream, &mut changes);
    assert_causes(&mut stream, deployments, incidents);
    changes
}

fn record(stream: &mut Stream, deployment: &Deployment, successful: bool) -> Change {
    let change_type = match deployment.kind {
        Kind::Hotfix | Kind::Rollback => Type::Emergency,
        _ if stream.chance(0.6) => Type::Standard,
        _ => Type::Normal,
    };
    let start = deployment.started_at - stream.between(60.0, 900.0) as i64;
    let end = deployment.finished_at + stream.between(120.0, 1_500.0) as i64;
    let planned_start_at = start - start.rem_euclid(900) - if stream.chance(0.05) { 3 * HOUR } else { 0 };
    let retroactive = stream.chance(if change_type == Type::Emergency { 0.4 } else { 0.03 });
    let notice = if retroactive { -stream.between(2.0, 30.0) } else { stream.between(4.0, 200.0) };
    Change {
        number: String::new(),
        service: deployment.service(),
        change_type,
        created_at: if retroactive { end } else { planned_start_at } - (notice * HOUR as f64) as i64,
        planned_start_at,
        planned_end_at: planned_start_at + 2 * HOUR,
        actual: Some((start, end)),
        cab_required: change_type == Type::Normal && stream.chance(0.5),
        successful,
    }
}

/// Changes that were planned and never carried out.
fn cancelled(stream: &mut Stream, changes: &mut Vec<Change>) {
    for _ in 0..30 {
        let service = stream.below(SERVICES.len());
        let at = clock::first() + stream.below((clock::extract() - clock::first()) as usize) as i64;
        let planned_start_at = at - at.rem_euclid(900);
        changes.push(Change {
            number: String::new(),
            service,
            change_type: Type::Normal,
            created_at: planned_start_at - 60 * HOUR,
            planned_start_at,
            planned_end_at: planned_start_at + 2 * HOUR,
            actual: None,
            cab_required: true,
            successful: false,
        });
    }
}

/// People fill in "caused by" for three of four resolved incidents whose cause has a record, and now and then a wrong one.
fn assert_causes(stream: &mut Stream, deployments: &[Deployment], incidents: &mut [Incident]) {
    let recorded: Vec<usize> = (0..deployments.len()).filter(|index| deployments[*index].change.is_some()).collect();
    for incident in incidents {
        let named = incident.cause.filter(|cause| deployments[*cause].change.is_some());
        let (right, wrong) = (stream.chance(0.75), stream.chance(0.008));
        if incident.resolved_at.is_none_or(|at| at > clock::extract()) {
            continue;
        }
        incident.asserted = if wrong {
            recorded.iter().copied().rfind(|index| deployments[*index].finished_at < incident.opened_at)
        } else {
            named.filter(|_| right)
        };
    }
}
