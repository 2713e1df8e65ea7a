//! Links every incident to the deployment that a definition holds responsible.

use std::ops::Range;

use sequela_schema::Definition;
use sequela_schema::definition::{self, Attribution, Relation, Scope};
use sequela_schema::vocabulary::{evidence, relation};

use crate::evidence::Evidence;
use crate::model::Model;
use crate::timeline::{Candidates, Event, Query, Timeline, Window};
use crate::{Catalog, Deployments, Groups, Incidents};

/// Deployments listed per incident and relation in the `candidates` table.
const LISTED: usize = 5;

/// An incident held against a change; the deployment is absent when a record names a change that is not in the data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) incident: u32,
    pub(crate) team: Option<u32>,
    pub(crate) deployment: Option<u32>,
    pub(crate) service: Option<u32>,
    pub(crate) relation: &'static str,
    pub(crate) evidence: &'static str,
    /// End of the deployment that the lag is measured from.
    pub(crate) ended: Option<i64>,
}

/// A deployment that was considered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Considered {
    pub(crate) deployment: u32,
    pub(crate) service: Option<u32>,
    pub(crate) relation: Relation,
    pub(crate) ended: i64,
}

/// An incident in one scope with everything that was found for it.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) incident: u32,
    pub(crate) team: Option<u32>,
    pub(crate) candidates: u32,
    pub(crate) considered: Vec<Considered>,
    pub(crate) link: Option<Link>,
    /// Further deployments that carry the named change, where the definition takes every one.
    pub(crate) also: Vec<Link>,
}

/// The input of linking.
#[derive(Debug)]
pub(crate) struct Linker<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) deployments: &'a Deployments,
    pub(crate) incidents: &'a Incidents,
    pub(crate) definition: &'a Definition,
    pub(crate) evidence: &'a Evidence<'a>,
    pub(crate) range: definition::Range,
}

impl Linker<'_> {
    /// One case per incident, or per incident and owning team; in the order of incidents and teams.
    pub(crate) fn cases(&self) -> Vec<Case> {
        let timeline = Timeline::new(self.groups(), self.events());
        let (mut cases, related, queries) = self.queries();
        let window = Window { lookback: self.definition.lookback_micros(), equal_counts: self.definition.equal_instant_counts };
        let positions: Vec<u32> = queries.iter().map(|&(case, _)| case).collect();
        let queries: Vec<Query> = queries.into_iter().map(|(_, query)| query).collect();
        let found = timeline.sweep(&queries, &related, window);
        let mut seen = Seen::new(self.deployments);
        for run in found.chunk_by(|left, right| left.query == right.query) {
            let case = &mut cases[positions[run[0].query as usize] as usize];
            case.candidates = seen.count(&timeline, run);
            case.considered = self.considered(&timeline, case, run);
            if self.definition.attribution != Attribution::Rule {
                continue;
            }
            case.link = self.by_rule(case);
            if self.definition.use_evidence {
                case.link = self.by_rollback(&timeline, case, run).or(case.link.take());
            }
        }
        if self.definition.use_evidence && self.definition.attribution != Attribution::Nothing {
            for case in &mut cases {
                case.link = self.by_record(case).or(case.link.take());
                case.also = self.further_by_record(case);
            }
        }
        cases
    }

    fn groups(&self) -> usize {
        match self.definition.scope {
            Scope::Service => self.catalog.services.len(),
            Scope::Team => self.catalog.teams.len(),
            Scope::Organisation => 1,
        }
    }

    /// Candidate rows in their groups.
    fn events(&self) -> Vec<Event> {
        let in_range = |end: i64| !self.definition.deployments_in_range_only || self.range.contains(end);
        let mut events = Vec::with_capacity(self.deployments.rows.len());
        for &(deployment, at) in self.deployments.rows.iter().filter(|&&(_, end)| in_range(end)) {
            let event = |group: u32| Event { group, at, rank: self.deployments.ranks[deployment as usize], deployment };
            events.extend(self.groups_of(self.deployments.services.of(deployment)).into_iter().map(event));
        }
        events
    }

    fn groups_of(&self, services: &[u32]) -> Vec<u32> {
        match self.definition.scope {
            Scope::Service => services.to_vec(),
            Scope::Team => {
                let mut teams: Vec<u32> = services.iter().flat_map(|&service| self.catalog.owners.of(service)).copied().collect();
                teams.sort_unstable();
                teams.dedup();
                teams
            }
            Scope::Organisation => vec![0],
        }
    }

    /// Cases, the groups that each searches, and the queries of those that have an instant.
    fn queries(&self) -> (Vec<Case>, Groups, Vec<(u32, Query)>) {
        let (mut cases, mut related, mut queries) = (Vec::new(), Vec::new(), Vec::new());
        for incident in (0..self.incidents.ids.len() as u32).filter(|&incident| !self.incidents.excluded[incident as usize]) {
            for (team, groups) in self.searched(incident) {
                let case = cases.len() as u32;
                cases.push(Case { incident, team, candidates: 0, considered: Vec::new(), link: None, also: Vec::new() });
                related.extend(groups.into_iter().map(|group| (case, group)));
                queries.extend(self.incidents.started[incident as usize].map(|at| (case, Query { at, related: case })));
            }
        }
        let related = Groups::from_pairs(cases.len(), related);
        (cases, related, queries)
    }

    fn searched(&self, incident: u32) -> Vec<(Option<u32>, Vec<u32>)> {
        let services = self.incidents.services.of(incident);
        match self.definition.scope {
            Scope::Team => self.groups_of(services).into_iter().map(|team| (Some(team), vec![team])).collect(),
            Scope::Organisation => vec![(None, vec![0])],
            Scope::Service => {
                let through = |relation| self.definition.relations.contains(&relation);
                let own = services.iter().copied().filter(|_| through(Relation::SameService));
                let dependencies = services.iter().flat_map(|&service| self.catalog.depends_on.of(service)).copied();
                vec![(None, own.chain(dependencies.filter(|_| through(Relation::DependsOn))).collect())]
            }
        }
    }

    /// Within a team or the organisation every deployment counts as one on the same service.
    fn relation(&self, incident: u32, group: u32) -> Relation {
        let own = self.definition.scope != Scope::Service || self.incidents.services.of(incident).contains(&group);
        if own { Relation::SameService } else { Relation::DependsOn }
    }

    fn consider(&self, timeline: &Timeline, incident: u32, group: u32, event: u32) -> Considered {
        let service = (self.definition.scope == Scope::Service).then_some(group);
        Considered { deployment: timeline.deployment(event), service, relation: self.relation(incident, group), ended: timeline.at(event) }
    }

    /// The newest few of each relation, in the order in which the rule prefers them.
    fn considered(&self, timeline: &Timeline, case: &Case, run: &[Candidates]) -> Vec<Considered> {
        let newest = |events: &Range<u32>| events.start.max(events.end.saturating_sub(LISTED as u32))..events.end;
        let listed = run.iter().flat_map(|found| newest(&found.events).map(move |event| (found.group, event)));
        let mut all: Vec<Considered> = listed.map(|(group, event)| self.consider(timeline, case.incident, group, event)).collect();
        let order = |relation: Relation| self.definition.relations.iter().position(|&listed| listed == relation);
        all.sort_by_key(|item| (order(item.relation), -item.ended, std::cmp::Reverse(self.deployments.ranks[item.deployment as usize])));
        let mut kept: Vec<Considered> = Vec::new();
        for item in all {
            let same = kept.iter().filter(|kept| kept.relation == item.relation).count();
            if same < LISTED && !kept.iter().any(|kept| kept.deployment == item.deployment) {
                kept.push(item);
            }
        }
        kept
    }

    fn link(case: &Case, item: Considered, evidence: &'static str) -> Link {
        Link {
            incident: case.incident,
            team: case.team,
            deployment: Some(item.deployment),
            service: item.service,
            relation: item.relation.word(),
            evidence,
            ended: Some(item.ended),
        }
    }

    /// The nearest deployment of the closest relation.
    fn by_rule(&self, case: &Case) -> Option<Link> {
        case.considered.first().map(|&item| Self::link(case, item, evidence::RULE))
    }

    /// The nearest candidate that was rolled back soon after the incident began.
    fn by_rollback(&self, timeline: &Timeline, case: &Case, run: &[Candidates]) -> Option<Link> {
        if !self.evidence.has_rollbacks() {
            return None;
        }
        let started = self.incidents.started[case.incident as usize]?;
        let within = self.definition.rollback_micros();
        let events = run.iter().flat_map(|found| found.events.clone().map(move |event| (found.group, event)));
        let rolled_back = events.filter(|&(_, event)| self.evidence.rolled_back(timeline.deployment(event), started, within));
        rolled_back
            .map(|(group, event)| self.consider(timeline, case.incident, group, event))
            .min_by_key(|item| (item.relation, -item.ended, std::cmp::Reverse(self.deployments.ranks[item.deployment as usize])))
            .map(|item| Self::link(case, item, evidence::ROLLBACK))
    }

    /// Links incidents without a recorded cause to the deployment that the model holds likelier than not to have caused them.
    pub(crate) fn link_by_model(&self, cases: &mut [Case], model: &Model) {
        for case in cases.iter_mut().filter(|case| case.link.is_none()) {
            let Some(attributed) = model.incidents[case.incident as usize].as_ref() else { continue };
            case.candidates = attributed.candidates;
            let Some((deployment, service, _)) = attributed.culprit.filter(|_| attributed.change >= 0.5) else { continue };
            let suspect = attributed.suspects.iter().find(|suspect| suspect.deployment == deployment);
            let is_rolled_back = suspect.is_some_and(|suspect| suspect.rolled_back);
            if !model.gives_verdicts && !is_rolled_back {
                continue;
            }
            case.link = Some(Link {
                incident: case.incident,
                team: case.team,
                deployment: Some(deployment),
                service: Some(service),
                relation: suspect.map_or(relation::SAME_SERVICE, |suspect| suspect.relation),
                evidence: if is_rolled_back { evidence::ROLLBACK } else { evidence::MODEL },
                ended: self.deployments.ended[deployment as usize],
            });
        }
    }

    /// The deployment or change that the record names.
    fn by_record(&self, case: &Case) -> Option<Link> {
        if self.definition.every_deployment_of_cause && self.evidence.has_cause(case.incident) {
            let first = self.evidence.carriers(case.incident).first().copied();
            return Some(self.recorded(case, first));
        }
        let asserted = self.evidence.asserted(case.incident)?;
        Some(self.recorded(case, asserted.deployment))
    }

    /// Every other counted deployment that carries the named change.
    fn further_by_record(&self, case: &Case) -> Vec<Link> {
        if !self.definition.every_deployment_of_cause {
            return Vec::new();
        }
        self.evidence.carriers(case.incident).iter().skip(1).map(|&deployment| self.recorded(case, Some(deployment))).collect()
    }

    fn recorded(&self, case: &Case, deployment: Option<u32>) -> Link {
        Link {
            incident: case.incident,
            team: case.team,
            deployment,
            service: deployment.and_then(|deployment| self.touched_service(case.incident, deployment)),
            relation: relation::ASSERTED,
            evidence: evidence::ASSERTED,
            ended: deployment.and_then(|deployment| self.deployments.ended[deployment as usize]),
        }
    }

    /// The service through which a named deployment reaches the incident: its own, one it depends on, else the first.
    pub(crate) fn touched_service(&self, incident: u32, deployment: u32) -> Option<u32> {
        let touched = self.deployments.services.of(deployment);
        let own = self.incidents.services.of(incident);
        let depends = |service: &&u32| own.iter().any(|&mine| self.catalog.depends_on.of(mine).contains(service));
        touched.iter().find(|service| own.contains(service)).or_else(|| touched.iter().find(depends)).or(touched.first()).copied()
    }
}

/// Counts distinct deployments: one may touch several related services, or have several commit rows.
struct Seen {
    stamps: Vec<u32>,
    stamp: u32,
    one_row_each: bool,
}

impl Seen {
    fn new(deployments: &Deployments) -> Self {
        let counted = deployments.roles.iter().filter(|&&role| role == crate::Role::Counted).count();
        Self { stamps: vec![0; deployments.ids.len()], stamp: 0, one_row_each: deployments.rows.len() == counted }
    }

    fn count(&mut self, timeline: &Timeline, run: &[Candidates]) -> u32 {
        if let ([only], true) = (run, self.one_row_each) {
            return only.events.len() as u32;
        }
        self.stamp += 1;
        let mut distinct = 0;
        for event in run.iter().flat_map(|found| found.events.clone()) {
            let stamp = &mut self.stamps[timeline.deployment(event) as usize];
            distinct += u32::from(*stamp != self.stamp);
            *stamp = self.stamp;
        }
        distinct
    }
}
