//! What truly caused what, and the README that tells a reader what is planted.

use std::collections::BTreeSet;

use super::defects::{Defect, markdown};
use crate::company::Company;
use crate::company::catalog::{SERVICES, TEAMS};
use crate::company::clock;
use crate::company::delivery::Stage;
use crate::company::upkeep::{CERTIFICATE, TARIFF, Upkeep};

/// `truth.csv`: one row per incident, with the identifiers that Sequela writes.
pub(crate) fn listing(company: &Company) -> String {
    let mut text = "incident_id,cause_deployment_id,is_followup\n".to_owned();
    for incident in &company.incidents {
        let cause = incident.cause.map(|index| company.deployments[index].id.as_str()).unwrap_or_default();
        text.push_str(&format!("servicenow:default:{},{cause},{}\n", incident.number, incident.is_followup));
    }
    text
}

/// `README.md` of the demo, with its numbers filled in.
pub(crate) fn readme(company: &Company, upkeep: &[Upkeep], problems: usize, defects: &[Defect]) -> String {
    let done: Vec<&Upkeep> = upkeep.iter().filter(|upkeep| upkeep.change.planned_start_at <= clock::extract()).collect();
    let live = company.deployments.iter().filter(|deployment| deployment.is_live()).count();
    let staging = company.deployments.iter().filter(|deployment| deployment.stage == Stage::Staging).count();
    let caused = company.incidents.iter().filter(|incident| incident.cause.is_some()).count();
    let open = company.incidents.iter().filter(|incident| incident.resolved_at.is_none()).count();
    let asserted = company.incidents.iter().filter(|incident| incident.asserted.is_some()).count();
    let wrong = company.incidents.iter().filter(|incident| incident.asserted.is_some() && incident.asserted != incident.cause).count();
    let rollbacks = company.deployments.iter().filter(|deployment| deployment.reverts_recorded && deployment.is_forge()).count();
    let values = [
        ("{deployments}", company.deployments.len().to_string()),
        ("{live}", live.to_string()),
        ("{staging}", staging.to_string()),
        ("{incidents}", company.incidents.len().to_string()),
        ("{caused}", caused.to_string()),
        ("{open}", open.to_string()),
        ("{asserted}", asserted.to_string()),
        ("{wrong}", wrong.to_string()),
        ("{rollbacks}", rollbacks.to_string()),
        ("{changes}", company.changes.len().to_string()),
        ("{upkeep}", done.len().to_string()),
        ("{planned}", (upkeep.len() - done.len()).to_string()),
        ("{problems}", problems.to_string()),
        ("{tariff}", TARIFF.1.to_string()),
        ("{certificates}", CERTIFICATE.1.to_string()),
        ("{bad}", done.iter().filter(|upkeep| !upkeep.change.successful).count().to_string()),
        ("{teams}", teams(company)),
        ("{defects}", markdown(defects)),
    ];
    values.iter().fold(include_str!("readme.md").to_owned(), |text, (name, value)| text.replace(name, value))
}

/// Per team: services, live deployments, and how many of them truly caused an incident.
fn teams(company: &Company) -> String {
    let failed: BTreeSet<usize> = company.incidents.iter().filter_map(|incident| incident.cause).collect();
    let mut text = String::new();
    for (number, team) in TEAMS.iter().enumerate() {
        let services = SERVICES.iter().filter(|service| service.team == number).count();
        let own = |index: &usize| {
            let deployment = &company.deployments[*index];
            deployment.is_live() && SERVICES[deployment.service()].team == number
        };
        let live: Vec<usize> = (0..company.deployments.len()).filter(own).collect();
        let causes = live.iter().filter(|index| failed.contains(index)).count();
        let share = 100.0 * causes as f64 / live.len().max(1) as f64;
        text.push_str(&format!("| {} | {} | {services} | {} | {causes} | {share:.1} % |\n", team.title, team.division, live.len()));
    }
    text
}
