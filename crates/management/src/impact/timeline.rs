//! Instants by service, sorted: counts within a span are two binary searches.

/// What happened on each service, oldest first.
#[derive(Debug, Default)]
pub(super) struct Timeline(Vec<Vec<i64>>);

impl Timeline {
    /// From pairs of service and instant.
    pub(super) fn new(services: usize, events: impl Iterator<Item = (u32, i64)>) -> Self {
        let mut times = vec![Vec::new(); services];
        for (service, at) in events {
            times[service as usize].push(at);
        }
        times.iter_mut().for_each(|times: &mut Vec<i64>| times.sort_unstable());
        Self(times)
    }

    /// Events on those services from an instant until before another.
    pub(super) fn count(&self, services: &[u32], from: i64, to: i64) -> u64 {
        services.iter().map(|service| self.within(*service, from, to).len() as u64).sum()
    }

    /// Instants on those services, oldest first.
    pub(super) fn merged(&self, services: &[u32], from: i64, to: i64) -> Vec<i64> {
        let mut merged: Vec<i64> = services.iter().flat_map(|service| self.within(*service, from, to)).copied().collect();
        merged.sort_unstable();
        merged
    }

    fn within(&self, service: u32, from: i64, to: i64) -> &[i64] {
        let times = self.0.get(service as usize).map_or(&[][..], Vec::as_slice);
        let first = times.partition_point(|at| *at < from);
        let last = times.partition_point(|at| *at < to);
        &times[first..last.max(first)]
    }
}
