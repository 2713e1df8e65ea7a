//! Runs of pipelines and tasks: the events of one attempt together, and which run a service was deployed by.

use std::collections::BTreeMap;

use super::event::Event;

/// An attempt of a run with what is known of it.
#[derive(Debug)]
pub(super) struct Run {
    /// `pipelinerun` or `taskrun`.
    pub(super) what: &'static str,
    pub(super) native: String,
    pub(super) attempt: Attempt,
    /// Whether its name says that it deploys.
    pub(super) deploys: bool,
}

/// One attempt of a run.
#[derive(Debug)]
pub(super) struct Attempt {
    /// From 1.
    pub(super) number: i64,
    /// In the order of time.
    pub(super) events: Vec<Event>,
}

impl Attempt {
    /// The event of that predicate.
    pub(super) fn event(&self, predicate: &str) -> Option<&Event> {
        self.events.iter().find(|event| event.predicate == predicate)
    }

    /// The newest event, which says most.
    pub(super) fn last(&self) -> Option<&Event> {
        self.events.last()
    }
}

/// Splits the events of a run: what comes after its end is another attempt, which must not hide the failure before it.
pub(super) fn attempts(mut events: Vec<Event>) -> Vec<Attempt> {
    events.sort_by_key(|event| (event.at, stage(&event.predicate)));
    let mut attempts: Vec<Attempt> = Vec::new();
    for event in events {
        let is_told = attempts.last().and_then(|attempt| attempt.event("finished")).is_some_and(|end| is_repeated(end, &event));
        if is_told {
            continue;
        }
        let number = i64::try_from(attempts.len()).unwrap_or(i64::MAX).saturating_add(1);
        match attempts.last_mut().filter(|attempt| attempt.event("finished").is_none()) {
            Some(attempt) => attempt.events.push(event),
            None => attempts.push(Attempt { number, events: vec![event] }),
        }
    }
    attempts
}

/// Whether the end of a run is told once more, under another identifier.
fn is_repeated(end: &Event, event: &Event) -> bool {
    end.predicate == event.predicate && end.at == event.at
}

fn stage(predicate: &str) -> u8 {
    match predicate {
        "queued" => 0,
        "started" => 1,
        _ => 2,
    }
}

/// Finds runs by the chains and events that they are linked with.
#[derive(Debug, Default)]
pub(super) struct Index<'r> {
    runs: &'r [Run],
    by_chain: BTreeMap<&'r str, Vec<usize>>,
    /// By identifiers of events that belong to a run, or that its events name.
    by_event: BTreeMap<&'r str, Vec<usize>>,
}

impl<'r> Index<'r> {
    pub(super) fn over(runs: &'r [Run]) -> Self {
        let mut index = Self { runs, ..Self::default() };
        for (place, run) in runs.iter().enumerate().filter(|(_, run)| run.deploys) {
            for event in &run.attempt.events {
                event.chain.iter().for_each(|chain| index.by_chain.entry(chain).or_default().push(place));
                for id in event.links.iter().chain([&event.id]) {
                    index.by_event.entry(id).or_default().push(place);
                }
            }
        }
        index
    }

    /// The last run that began before a service was deployed and belongs to the same delivery.
    pub(super) fn run_of(&self, event: &Event) -> Option<&'r Run> {
        let chained = event.chain.as_ref().and_then(|chain| self.by_chain.get(chain.as_str()));
        let named = event.links.iter().chain([&event.id]).filter_map(|id| self.by_event.get(id.as_str()));
        let runs = chained.into_iter().chain(named).flatten().filter_map(|place| self.runs.get(*place));
        let begun = |run: &&Run| run.attempt.events.first().is_some_and(|first| first.at <= event.at);
        runs.filter(begun).max_by_key(|run| run.attempt.events.first().map(|first| first.at))
    }
}
