//! The data of a fit: deployments sorted by service and time, incidents, and which services may hurt which.

use std::sync::Arc;

use rayon::prelude::*;

use crate::alike::Alike;

/// Microseconds of an hour.
const HOUR: f64 = 3.6e9;

/// Rows of deployments: one per deployment and service that it touches.
#[derive(Clone, Debug, Default)]
pub struct Deployments {
    /// End, in microseconds since the origin.
    pub at: Vec<i64>,
    /// Service.
    pub service: Vec<u32>,
    /// When it was rolled back, in microseconds; `i64::MAX` where it was not.
    pub rolled_back_at: Vec<i64>,
    /// What may make a deployment fail more or less often.
    pub factors: Vec<Factor>,
}

/// A property with a level per deployment.
#[derive(Clone, Debug)]
pub struct Factor {
    /// Name, for messages.
    pub name: &'static str,
    /// Level of each deployment.
    pub levels: Vec<u32>,
    /// Number of levels.
    pub count: usize,
}

/// Incidents.
#[derive(Clone, Debug, Default)]
pub struct Incidents {
    /// Start or detection, in microseconds since the origin.
    pub at: Vec<i64>,
    /// Service.
    pub service: Vec<u32>,
    /// Hour of the week, 0 to 167 from Monday midnight, on the organisation's clock.
    pub hour_of_week: Vec<u8>,
    /// What is known of the cause.
    pub label: Vec<Label>,
}

/// What is known of the cause of an incident.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Label {
    /// Nothing.
    #[default]
    Open,
    /// This row of deployments caused it.
    Deployment(u32),
    /// No deployment caused it.
    NotAChange,
}

/// Number of relations: same service, direct dependency, two hops, same team.
pub const RELATIONS: usize = 4;

/// For each service the services whose deployments may cause its incidents, itself first.
#[derive(Clone, Debug, Default)]
pub struct Relations {
    /// Where the list of each service begins; one more than services.
    pub offsets: Vec<u32>,
    /// Service that may be the cause.
    pub provider: Vec<u32>,
    /// 0 same service, 1 direct dependency, 2 two hops, 3 same team.
    pub relation: Vec<u8>,
    /// By service, how many services each relation reaches from it.
    pub reach: Vec<[u32; RELATIONS]>,
}

impl Relations {
    /// Builds the relations from direct dependencies and teams.
    ///
    /// `consumers[p]` lists the services that depend on `p` directly; `teams` the team of each service where it has one. The nearest
    /// relation of a pair counts.
    pub fn new(consumers: &[Vec<u32>], teams: &[Option<u32>]) -> Self {
        let services = consumers.len();
        let mut lists: Vec<Vec<(u8, u32)>> = (0..services).map(|service| vec![(0, service as u32)]).collect();
        let mut reach = vec![[1, 0, 0, 0]; services];
        let members = members(teams);
        for (provider, reach) in reach.iter_mut().enumerate() {
            for (consumer, relation) in near(provider, consumers, teams, &members) {
                lists[consumer as usize].push((relation, provider as u32));
                reach[usize::from(relation)] += 1;
            }
        }
        let mut this = Self { offsets: vec![0], reach, ..Self::default() };
        for mut list in lists {
            list.sort_unstable();
            this.provider.extend(list.iter().map(|(_, provider)| provider));
            this.relation.extend(list.iter().map(|(relation, _)| relation));
            this.offsets.push(this.provider.len() as u32);
        }
        this
    }

    /// Providers of a service with the relation of each.
    pub fn of(&self, service: u32) -> impl Iterator<Item = (u32, u8)> + '_ {
        let range = self.offsets[service as usize] as usize..self.offsets[service as usize + 1] as usize;
        self.provider[range.clone()].iter().copied().zip(self.relation[range].iter().copied())
    }
}

fn members(teams: &[Option<u32>]) -> Vec<Vec<u32>> {
    let count = teams.iter().flatten().max().map_or(0, |last| *last as usize + 1);
    let mut members = vec![Vec::new(); count];
    for (service, team) in teams.iter().enumerate() {
        if let Some(team) = team {
            members[*team as usize].push(service as u32);
        }
    }
    members
}

/// Services that a provider may hurt besides itself, with the nearest relation.
fn near(provider: usize, consumers: &[Vec<u32>], teams: &[Option<u32>], members: &[Vec<u32>]) -> Vec<(u32, u8)> {
    let mut found: Vec<(u32, u8)> = consumers[provider].iter().map(|consumer| (*consumer, 1)).collect();
    let second = consumers[provider].iter().flat_map(|consumer| &consumers[*consumer as usize]);
    found.extend(second.map(|consumer| (*consumer, 2)));
    if let Some(team) = teams.get(provider).copied().flatten() {
        found.extend(members[team as usize].iter().map(|member| (*member, 3)));
    }
    found.retain(|(service, _)| *service as usize != provider);
    found.sort_unstable();
    found.dedup_by_key(|(service, _)| *service);
    found
}

/// How far back candidates are looked for.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// Hours for every relation.
    pub near: f64,
    /// Hours for the newest few of the own service.
    pub far: f64,
    /// How many of those.
    pub newest: usize,
    /// Hours between two incidents of a service within which the second may follow from the first.
    pub follow_up: f64,
}

impl Default for Window {
    fn default() -> Self {
        Self { near: 72.0, far: 2160.0, newest: 8, follow_up: 6.0 }
    }
}

/// A contiguous range of sorted deployments that one relation makes candidates of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// First row.
    pub start: u32,
    /// Row after the last.
    pub end: u32,
    /// Relation.
    pub relation: u8,
    /// How many services the provider's relation reaches.
    pub reach: u32,
}

/// Everything that stays the same during a fit.
#[derive(Debug)]
pub struct Problem {
    /// Hours from the origin to the end of the data.
    pub span: f64,
    /// Services.
    pub services: usize,
    /// Look-back.
    pub window: Window,
    /// Rows of the input in the order of service and time.
    pub rows: Vec<u32>,
    /// End of each sorted row, in microseconds.
    pub ended: Vec<i64>,
    /// Where the rows of each service begin.
    pub starts: Vec<u32>,
    /// When each sorted row was rolled back; `i64::MAX` where it was not.
    pub(crate) rolled_back_at: Vec<i64>,
    /// Which sorted rows are alike in every factor.
    pub(crate) alike: Arc<Alike>,
    /// Input, by row of the input; shared with problems that differ in their incidents only.
    pub deployments: Arc<Deployments>,
    /// Input, in the order of service and time.
    pub incidents: Incidents,
    /// Row of the input of each incident.
    pub order: Vec<u32>,
    /// Where the candidates of each incident begin.
    pub offsets: Vec<u32>,
    /// Candidates, as ranges of sorted rows.
    pub ranges: Vec<Range>,
    /// The incident before on the same service, where this one may follow from it.
    pub previous: Vec<Option<u32>>,
    /// How many services each relation reaches, by service.
    pub reach: Vec<[u32; RELATIONS]>,
}

impl Problem {
    /// Sorts the data and finds the candidates of every incident.
    pub fn new(deployments: Deployments, incidents: Incidents, relations: &Relations, span: f64, window: Window) -> Self {
        let services = relations.reach.len();
        let rows = sorted(&deployments);
        let ended: Vec<i64> = rows.iter().map(|row| deployments.at[*row as usize]).collect();
        let starts = starts(&rows, &deployments.service, services);
        let this = Self {
            span,
            services,
            window,
            rolled_back_at: rows.iter().map(|row| deployments.rolled_back_at[*row as usize]).collect(),
            alike: Arc::new(Alike::new(&deployments.factors, &rows)),
            rows,
            ended,
            starts,
            deployments: Arc::new(deployments),
            incidents: Incidents::default(),
            order: Vec::new(),
            offsets: Vec::new(),
            ranges: Vec::new(),
            previous: Vec::new(),
            reach: relations.reach.clone(),
        };
        this.with(incidents, relations)
    }

    /// The same deployments with other incidents.
    #[must_use]
    pub fn with_incidents(&self, incidents: Incidents, relations: &Relations) -> Self {
        let this = Self {
            rows: self.rows.clone(),
            ended: self.ended.clone(),
            starts: self.starts.clone(),
            rolled_back_at: self.rolled_back_at.clone(),
            alike: Arc::clone(&self.alike),
            deployments: Arc::clone(&self.deployments),
            incidents: Incidents::default(),
            order: Vec::new(),
            offsets: Vec::new(),
            ranges: Vec::new(),
            previous: Vec::new(),
            reach: self.reach.clone(),
            ..*self
        };
        this.with(incidents, relations)
    }

    /// The same as if nothing had been rolled back.
    pub fn without_marks(mut self) -> Self {
        self.rolled_back_at.fill(i64::MAX);
        self
    }

    /// Takes in incidents: sorts them and finds their candidates.
    fn with(mut self, incidents: Incidents, relations: &Relations) -> Self {
        self.order = (0..incidents.at.len() as u32).collect();
        self.order.sort_by_key(|row| (incidents.service[*row as usize], incidents.at[*row as usize], *row));
        self.incidents = Incidents {
            at: self.order.iter().map(|row| incidents.at[*row as usize]).collect(),
            service: self.order.iter().map(|row| incidents.service[*row as usize]).collect(),
            hour_of_week: self.order.iter().map(|row| incidents.hour_of_week[*row as usize]).collect(),
            label: self.order.iter().map(|row| incidents.label[*row as usize]).collect(),
        };
        self.previous = previous(&self.incidents, self.window.follow_up);
        self.offsets = vec![0];
        self.find_candidates(relations);
        self
    }

    fn find_candidates(&mut self, relations: &Relations) {
        for incident in 0..self.incidents.at.len() {
            let (at, service) = (self.incidents.at[incident], self.incidents.service[incident]);
            for (provider, relation) in relations.of(service) {
                if let Some((start, end)) = self.candidates(provider, relation, at) {
                    let reach = self.reach[provider as usize][usize::from(relation)].max(1);
                    self.ranges.push(Range { start, end, relation, reach });
                }
            }
            self.offsets.push(self.ranges.len() as u32);
        }
    }

    /// Rows of a provider that ended before an instant and within the look-back; of the own service also the newest few before.
    fn candidates(&self, provider: u32, relation: u8, at: i64) -> Option<(u32, u32)> {
        let first = self.starts[provider as usize] as usize;
        let own = &self.ended[first..self.starts[provider as usize + 1] as usize];
        let after = |hours: f64| own.partition_point(|ended| *ended <= at.saturating_sub(micros(hours)));
        let end = own.partition_point(|ended| *ended < at);
        let mut start = after(self.window.near);
        if relation == 0 && self.window.far > self.window.near {
            start = start.min(after(self.window.far).max(end.saturating_sub(self.window.newest)));
        }
        (start < end).then_some(((first + start) as u32, (first + end) as u32))
    }

    /// The candidate ranges of an incident.
    pub fn ranges_of(&self, incident: usize) -> &[Range] {
        &self.ranges[self.offsets[incident] as usize..self.offsets[incident + 1] as usize]
    }

    /// Number of candidate pairs.
    pub fn pairs(&self) -> u64 {
        self.ranges.iter().map(|range| u64::from(range.end - range.start)).sum()
    }

    /// Hours from a sorted row to an incident.
    #[inline]
    pub fn lag(&self, incident: usize, row: usize) -> f64 {
        hours(self.incidents.at[incident] - self.ended[row])
    }

    /// Where a row of the input stands among the sorted ones.
    pub fn sorted_row(&self, row: u32) -> Option<usize> {
        let (service, at) = (*self.deployments.service.get(row as usize)?, self.deployments.at[row as usize]);
        let rows = self.starts[service as usize] as usize..self.starts[service as usize + 1] as usize;
        let first = rows.start + self.ended[rows.clone()].partition_point(|ended| *ended < at);
        (first..rows.end).find(|sorted| self.rows[*sorted] == row)
    }

    /// Services with any deployment or incident.
    pub fn active(&self) -> Vec<bool> {
        let mut active = vec![false; self.services];
        let services = self.incidents.service.iter().chain(&self.deployments.service);
        services.for_each(|service| active[*service as usize] = true);
        active
    }

    /// Service of each sorted row.
    pub fn service_of(&self, row: usize) -> u32 {
        self.deployments.service[self.rows[row] as usize]
    }
}

/// Rows of the input in the order of service and time.
fn sorted(deployments: &Deployments) -> Vec<u32> {
    let keys = deployments.service.iter().zip(&deployments.at).zip(0..);
    let mut keys: Vec<(u32, i64, u32)> = keys.map(|((service, at), row)| (*service, *at, row)).collect();
    keys.par_sort_unstable();
    keys.into_iter().map(|(_, _, row)| row).collect()
}

/// Where the rows of each service begin.
fn starts(rows: &[u32], service: &[u32], services: usize) -> Vec<u32> {
    (0..=services as u32).map(|wanted| rows.partition_point(|row| service[*row as usize] < wanted) as u32).collect()
}

/// Incidents are sorted by service and time, so that the one before stands before.
fn previous(incidents: &Incidents, hours_apart: f64) -> Vec<Option<u32>> {
    (0..incidents.at.len())
        .map(|incident| {
            let before = incident.checked_sub(1)?;
            let same = incidents.service[before] == incidents.service[incident];
            (same && hours(incidents.at[incident] - incidents.at[before]) <= hours_apart).then_some(before as u32)
        })
        .collect()
}

/// Microseconds as hours.
#[inline]
pub(crate) fn hours(micros: i64) -> f64 {
    micros as f64 / HOUR
}

fn micros(hours: f64) -> i64 {
    (hours * HOUR) as i64
}
