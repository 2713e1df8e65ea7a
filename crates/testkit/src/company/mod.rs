//! The demo company, Morgenrot Parcel: half a year of deployments, changes and incidents whose causes are planted.
//!
//! The company exists nowhere. Everything follows from one seed; [`crate::demo`] writes it as the exports of its tools.

pub(crate) mod catalog;
pub(crate) mod changes;
pub(crate) mod clock;
pub(crate) mod delivery;
pub(crate) mod incidents;
pub(crate) mod upkeep;

use crate::order::{inverse, order_by};
use changes::Change;
use delivery::{Deployment, Outcome};
use incidents::Incident;

/// Half a year of the company, each list in the order of time, with identifiers.
#[derive(Clone, Debug)]
pub(crate) struct Company {
    pub(crate) deployments: Vec<Deployment>,
    pub(crate) incidents: Vec<Incident>,
    pub(crate) changes: Vec<Change>,
}

impl Company {
    /// Lets half a year happen.
    pub(crate) fn simulate(seed: u64) -> Self {
        let mut deployments = delivery::planned(seed);
        let mut incidents = incidents::happen(seed, &mut deployments);
        let changes = changes::raise(seed, &mut deployments, &mut incidents);
        let mut company = Self { deployments, incidents, changes };
        company.sort_changes();
        company.sort_deployments();
        company.restore_commits();
        company.end_at_the_extract();
        company.number_everything();
        company
    }

    /// Puts changes in the order of their creation.
    fn sort_changes(&mut self) {
        let order = order_by(self.changes.len(), |index| self.changes[index].created_at);
        let moved = inverse(&order);
        self.changes = order.iter().map(|index| self.changes[*index].clone()).collect();
        for deployment in &mut self.deployments {
            deployment.change = deployment.change.map(|index| moved[index]);
        }
    }

    /// Puts deployments in the order of their requests and drops what was requested after the extract.
    fn sort_deployments(&mut self) {
        let order = order_by(self.deployments.len(), |index| self.deployments[index].requested_at);
        let moved = inverse(&order);
        self.deployments = order.iter().map(|index| self.deployments[*index].clone()).collect();
        self.deployments.retain(|deployment| deployment.requested_at < clock::extract());
        for deployment in &mut self.deployments {
            deployment.reverts = deployment.reverts.map(|index| moved[index]);
        }
        for incident in &mut self.incidents {
            let follow = |index: usize| moved[index];
            incident.cause = incident.cause.map(follow);
            incident.asserted = incident.asserted.map(follow);
            incident.repair = incident.repair.map(follow);
        }
    }

    /// A rollback deploys what was live before the deployment that it undoes.
    fn restore_commits(&mut self) {
        for index in 0..self.deployments.len() {
            let Some(undone) = self.deployments[index].reverts else { continue };
            let service = self.deployments[undone].service();
            let earlier = self.deployments[..undone].iter().rfind(|deployment| deployment.is_live() && deployment.service() == service);
            if let Some((commit, committed_at)) = earlier.map(|deployment| (deployment.commit.clone(), deployment.committed_at)) {
                let rollback = &mut self.deployments[index];
                rollback.commit = commit;
                rollback.committed_at = committed_at;
            }
        }
    }

    /// What had not happened at the extract is unknown: running deployments, open incidents.
    fn end_at_the_extract(&mut self) {
        for deployment in &mut self.deployments {
            if deployment.finished_at > clock::extract() {
                deployment.outcome = Outcome::Running;
            }
        }
        self.incidents.retain(|incident| incident.opened_at <= clock::extract());
        self.incidents.sort_by_key(|incident| incident.opened_at);
        for incident in &mut self.incidents {
            incident.resolved_at = incident.resolved_at.filter(|at| *at <= clock::extract());
        }
    }

    fn number_everything(&mut self) {
        for (index, deployment) in self.deployments.iter_mut().enumerate() {
            let index = index as u64;
            deployment.id = if deployment.is_forge() {
                format!("FB-{}", 20_411 + index)
            } else {
                format!("github:default:{}", 1_904_220_137 + index * 29)
            };
        }
        for (index, incident) in self.incidents.iter_mut().enumerate() {
            incident.number = format!("INC{:07}", 18_204 + index * 7 + index % 5);
        }
        for (index, change) in self.changes.iter_mut().enumerate() {
            change.number = format!("CHG{:07}", 30_118 + index * 3);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::catalog::{CHECKOUT, SERVICES, TEAMS};
    use super::incidents::Item;
    use super::*;
    use crate::demo::SEED;

    /// Share of a team's live deployments that truly caused an incident, with the number of them.
    fn failure_rate(company: &Company, team: usize) -> (f64, usize) {
        let failed: BTreeSet<usize> = company.incidents.iter().filter_map(|incident| incident.cause).collect();
        let own: Vec<usize> = (0..company.deployments.len())
            .filter(|index| company.deployments[*index].is_live() && SERVICES[company.deployments[*index].service()].team == team)
            .collect();
        (own.iter().filter(|index| failed.contains(index)).count() as f64 / own.len() as f64, own.len())
    }

    #[test]
    fn the_size_is_what_the_readme_promises() {
        let company = Company::simulate(SEED);
        let live = company.deployments.iter().filter(|deployment| deployment.is_live()).count();
        let caused = company.incidents.iter().filter(|incident| incident.cause.is_some()).count();
        let share = caused as f64 / company.incidents.len() as f64;
        let open = company.incidents.iter().filter(|incident| incident.resolved_at.is_none()).count();
        assert!((3_000..5_000).contains(&live), "{live}");
        assert!((400..500).contains(&company.incidents.len()), "{}", company.incidents.len());
        assert!((0.4..0.6).contains(&share), "{share}");
        assert!((3..25).contains(&open), "{open}");
    }

    #[test]
    fn one_team_is_worse_one_better_and_one_tiny() {
        let company = Company::simulate(SEED);
        let rates: Vec<(f64, usize)> = (0..TEAMS.len()).map(|team| failure_rate(&company, team)).collect();
        let others =
            rates.iter().enumerate().filter(|(team, rate)| *team != CHECKOUT && rate.1 > 100).map(|(_, rate)| rate.0).fold(0.0, f64::max);
        assert!(rates[CHECKOUT].0 > 1.25 * others, "{rates:?}");
        assert!(rates[5].0 < 0.025 && rates[5].1 > 300, "{rates:?}");
        assert!(rates[7].1 < 60, "{rates:?}");
    }

    #[test]
    fn effects_follow_causes_and_repairs_follow_incidents() {
        let company = Company::simulate(SEED);
        for incident in &company.incidents {
            if let Some(cause) = incident.cause {
                assert!(company.deployments[cause].is_live() && company.deployments[cause].finished_at < incident.opened_at);
            }
            if let Some(repair) = incident.repair {
                assert!(company.deployments[repair].requested_at >= incident.opened_at);
            }
            assert!(incident.resolved_at.is_none_or(|at| at > incident.opened_at));
        }
        for deployment in &company.deployments {
            assert!(deployment.reverts.is_none_or(|index| company.deployments[index].finished_at < deployment.finished_at));
        }
    }

    #[test]
    fn delays_have_a_median_of_about_an_hour_and_most_stay_on_the_service() {
        let company = Company::simulate(SEED);
        let firsts: Vec<(&Incident, &Deployment)> = company
            .incidents
            .iter()
            .filter(|incident| !incident.is_followup)
            .filter_map(|incident| Some((incident, &company.deployments[incident.cause?])))
            .collect();
        let mut delays: Vec<i64> = firsts.iter().map(|(incident, cause)| incident.opened_at - cause.finished_at).collect();
        delays.sort_unstable();
        let median = delays[delays.len() / 2];
        assert!((40 * 60..120 * 60).contains(&median), "{median}");
        let same =
            firsts.iter().filter(|(incident, cause)| cause.services.iter().any(|service| incident.item == Item::Service(*service))).count();
        assert!((0.7..0.92).contains(&(same as f64 / firsts.len() as f64)), "{same} of {}", firsts.len());
    }
}
