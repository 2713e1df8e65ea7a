//! The candidate sweep: which deployments came shortly before an incident.
//!
//! Deployments are sorted once by (group, time), a group being a service or a team. The candidates of an incident in one
//! related group are then a contiguous range, found by two binary searches; they stay ranges and are expanded only where a
//! table needs rows. Memory grows with deployments and incidents, not with pairs.

use std::ops::Range;

use rayon::prelude::*;

use crate::Groups;

/// A deployment in a group at an instant (microseconds since 1970 UTC).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Service or team.
    pub group: u32,
    /// End of the deployment.
    pub at: i64,
    /// Position among events of the same instant: the greater one counts as later.
    pub rank: u32,
    /// Deployment.
    pub deployment: u32,
}

/// Deployments sorted by (group, time, rank).
#[derive(Clone, Debug)]
pub struct Timeline {
    offsets: Vec<u32>,
    times: Vec<i64>,
    deployments: Vec<u32>,
}

/// How long before an incident a deployment may lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Longest lag, itself included; absent = no limit.
    pub lookback: Option<i64>,
    /// Whether a lag of zero counts.
    pub equal_counts: bool,
}

/// An instant and the groups to search before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query {
    /// Instant of the incident.
    pub at: i64,
    /// Row of `related` that lists the groups.
    pub related: u32,
}

/// A run of events that are candidates of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidates {
    /// Position of the query.
    pub query: u32,
    /// Group they are in.
    pub group: u32,
    /// Events of the timeline, oldest first; never empty.
    pub events: Range<u32>,
}

/// Queries per parallel task: fixed, so that the result does not depend on the number of threads.
const CHUNK: usize = 4096;

impl Timeline {
    /// Sorts the events into `groups` groups.
    pub fn new(groups: usize, mut events: Vec<Event>) -> Self {
        events.par_sort_unstable_by_key(|event| (event.group, event.at, event.rank, event.deployment));
        let mut offsets = vec![0_u32; groups + 1];
        for event in &events {
            offsets[event.group as usize + 1] += 1;
        }
        for group in 0..groups {
            offsets[group + 1] += offsets[group];
        }
        Self {
            offsets,
            times: events.iter().map(|event| event.at).collect(),
            deployments: events.iter().map(|event| event.deployment).collect(),
        }
    }

    /// Events of one group inside the window before an instant.
    pub fn before(&self, group: u32, at: i64, window: Window) -> Range<u32> {
        let (first, last) = (self.offsets[group as usize], self.offsets[group as usize + 1]);
        let times = &self.times[first as usize..last as usize];
        let end = if window.equal_counts { times.partition_point(|&time| time <= at) } else { times.partition_point(|&time| time < at) };
        let start = window.lookback.map_or(0, |lookback| times[..end].partition_point(|&time| time < at.saturating_sub(lookback)));
        first + start as u32..first + end as u32
    }

    /// Candidates of every query, in the order of queries and of their related groups.
    pub fn sweep(&self, queries: &[Query], related: &Groups, window: Window) -> Vec<Candidates> {
        let chunks: Vec<Vec<Candidates>> = queries
            .par_chunks(CHUNK)
            .enumerate()
            .map(|(chunk, queries)| self.sweep_chunk((chunk * CHUNK) as u32, queries, related, window))
            .collect();
        chunks.concat()
    }

    fn sweep_chunk(&self, first: u32, queries: &[Query], related: &Groups, window: Window) -> Vec<Candidates> {
        let mut found = Vec::with_capacity(queries.len());
        for (position, query) in queries.iter().enumerate() {
            for &group in related.of(query.related) {
                let events = self.before(group, query.at, window);
                if !events.is_empty() {
                    found.push(Candidates { query: first + position as u32, group, events });
                }
            }
        }
        found
    }

    /// Instant of an event.
    pub fn at(&self, event: u32) -> i64 {
        self.times[event as usize]
    }

    /// Deployment of an event.
    pub fn deployment(&self, event: u32) -> u32 {
        self.deployments[event as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeline(times: &[i64]) -> Timeline {
        let events = times.iter().enumerate().map(|(index, &at)| Event { group: 0, at, rank: index as u32, deployment: index as u32 });
        Timeline::new(1, events.collect())
    }

    #[test]
    fn edges_of_the_window() {
        let timeline = timeline(&[0, 10, 20, 30]);
        let exclusive = Window { lookback: Some(20), equal_counts: false };
        assert_eq!(timeline.before(0, 30, exclusive), 1..3, "a lag of exactly the look-back counts, a lag of zero does not");
        assert_eq!(timeline.before(0, 30, Window { equal_counts: true, ..exclusive }), 1..4);
        assert_eq!(timeline.before(0, 30, Window { lookback: None, equal_counts: false }), 0..3);
        assert_eq!(timeline.before(0, 0, exclusive), 0..0);
        assert_eq!(timeline.before(0, i64::MIN, exclusive), 0..0, "no overflow at the ends of time");
    }

    #[test]
    fn equal_instants_are_ordered_by_rank() {
        let events = vec![Event { group: 0, at: 5, rank: 1, deployment: 8 }, Event { group: 0, at: 5, rank: 0, deployment: 9 }];
        let timeline = Timeline::new(1, events);
        assert_eq!((timeline.deployment(0), timeline.deployment(1)), (9, 8));
    }
}
