//! The draws of who caused what, under the names of deployments, services and incidents.

use std::collections::HashMap;

use sequela_attribution::Problem;
use sequela_attribution::draws::Masks;
use sequela_stats::draws::{Causes, Mask};

use super::question::Question;
use crate::link::Linker;

/// The names of a deployment on a service.
pub(super) fn key(linker: &Linker<'_>, deployment: u32, service: u32) -> (String, String) {
    (linker.deployments.ids[deployment as usize].clone(), linker.catalog.services[service as usize].clone())
}

/// Draws by name; what happened in no draw is left out.
pub(super) fn named(linker: &Linker<'_>, question: &Question, problem: &Problem, masks: Masks) -> Causes {
    let mut failed: HashMap<(String, String), Mask> = HashMap::new();
    for (sorted, mask) in masks.failed.iter().enumerate().filter(|(_, mask)| **mask != 0) {
        let (deployment, service) = question.rows[problem.rows[sorted] as usize];
        *failed.entry(key(linker, deployment, service)).or_insert(0) |= mask;
    }
    let id = |row: u32| linker.incidents.ids[question.incidents[row as usize] as usize].clone();
    let caused = problem.order.iter().zip(&masks.caused).filter(|(_, mask)| **mask != 0).map(|(row, mask)| (id(*row), *mask));
    Causes { failed, caused: caused.collect(), visible: masks.visible }
}
