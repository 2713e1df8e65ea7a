//! The change failure rate as a definition forms it: what is divided by the deployments, and how services become one figure.

use std::collections::{BTreeMap, HashMap, HashSet};

use sequela_schema::definition::{Pooling, RateNumerator, RateUnit, WhenEmpty};
use sequela_schema::metric;
use sequela_schema::vocabulary::scope;
use sequela_stats::{Estimate, Level, proportion};

use crate::doubt;
use crate::facts::{Deployment, Incident};
use crate::figures::{Figure, Selection, masks};

/// Numerator ÷ deployments; without an interval where it is no share of the deployments.
pub(crate) fn failure_rate(selection: &Selection<'_>, units: &[&Deployment], failed: f64) -> Figure {
    let definition = &selection.settings.definition;
    let deployments = units.len();
    let mut estimate = match (definition.pooling, definition.rate_numerator) {
        (Pooling::Records, RateNumerator::FailedDeployments) => match &selection.facts.visible {
            Some(visible) => doubt::rate(visible, &masks(units), failed),
            None => proportion::jeffreys(failed, deployments as f64, Level::default()),
        },
        (Pooling::Records, _) => bare(ratio(numerator(selection).iter().map(|(_, value)| value).sum(), deployments), deployments),
        (Pooling::MeanOfServices, _) => mean_of_services(selection),
    };
    if deployments == 0 && definition.rate_when_empty == WhenEmpty::Zero {
        estimate.value = Some(0.0);
    }
    let figure = match definition.rate_unit {
        RateUnit::Ratio => Figure::new(&metric::CHANGE_FAILURE_RATE, estimate),
        RateUnit::Percent => Figure { unit: "percent", ..Figure::new(&metric::CHANGE_FAILURE_RATE, estimate.scaled(100.0)) },
    };
    if deployments == 0 { figure.noted("no deployments") } else { figure }
}

fn ratio(value: f64, deployments: usize) -> Option<f64> {
    (deployments > 0).then(|| value / deployments as f64)
}

fn bare(value: Option<f64>, n: usize) -> Estimate {
    Estimate { value, lower: None, upper: None, n: n as u64, method: "ratio of counts" }
}

/// What counts as a failure, each on its service.
fn numerator(selection: &Selection<'_>) -> Vec<(Option<u32>, f64)> {
    match selection.settings.definition.rate_numerator {
        RateNumerator::FailedDeployments => selection.counted().iter().map(|unit| (unit.service, unit.p_failed)).collect(),
        RateNumerator::Incidents => selection.incidents.iter().map(|incident| (incident.service, 1.0)).collect(),
        RateNumerator::Links => {
            let mut seen = HashSet::new();
            let counted = linked(selection).filter(|(deployment, _)| deployment.is_counted);
            let once = counted.filter(|(deployment, incident)| seen.insert((deployment.id, incident.id)));
            once.map(|(deployment, _)| (deployment.service, 1.0)).collect()
        }
    }
}

/// Each service with a deployment counts once, however much it deploys; an incident of several services counts on its first.
fn mean_of_services(selection: &Selection<'_>) -> Estimate {
    let mut services: BTreeMap<Option<u32>, (f64, usize)> = BTreeMap::new();
    for unit in selection.counted() {
        services.entry(unit.service).or_default().1 += 1;
    }
    for (service, value) in numerator(selection) {
        services.entry(service).or_default().0 += value;
    }
    let rates: Vec<f64> = services.values().filter_map(|&(value, deployments)| ratio(value, deployments)).collect();
    let n = selection.counted().len();
    Estimate { method: "mean of the services' rates", ..bare(ratio(rates.iter().sum(), rates.len()), n) }
}

/// Linked pairs of the scope whose deployment falls into the period.
pub(crate) fn linked<'a>(selection: &'a Selection<'a>) -> impl Iterator<Item = (&'a Deployment, &'a Incident)> {
    let facts = selection.facts;
    let is_organisation = selection.scope.kind == scope::ORGANISATION;
    let deployments: HashMap<u32, &Deployment> = selection.deployments.iter().map(|unit| (unit.id, *unit)).collect();
    let incidents: HashMap<u32, &Incident> = facts.incidents.iter().map(|incident| (incident.id, incident)).collect();
    let in_scope = move |team: Option<u32>| is_organisation || team.is_none_or(|team| selection.scope.teams.contains(&team));
    facts
        .links
        .iter()
        .filter(move |link| in_scope(link.team))
        .filter_map(move |link| Some((*deployments.get(&link.deployment)?, *incidents.get(&link.incident)?)))
}
