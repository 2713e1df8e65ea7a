//! What the dated states of a deployment say: when it began, when it ended, and how.

use sequela_schema::canonical::deployments;
use sequela_schema::vocabulary::SUCCESS;

use super::{Desk, Entry};
use crate::timestamp::Reading;
use crate::words::{self, Outcome};

/// The states of one deployment, each with its time.
#[derive(Clone, Debug, Default)]
pub(crate) struct History(Vec<(Reading, String)>);

impl History {
    pub(crate) fn add(&mut self, at: Reading, state: &str) {
        let place = self.0.partition_point(|(before, _)| before.at <= at.at);
        self.0.insert(place, (at, state.to_owned()));
    }

    pub(crate) fn extend(&mut self, other: &Self) {
        other.0.iter().for_each(|(at, state)| self.add(*at, state));
    }

    /// When the last state was written.
    pub(crate) fn last_at(&self) -> Option<i64> {
        self.0.last().map(|(reading, _)| reading.at)
    }

    /// Fills times, outcome and state. `overall` is the state of the deployment itself, where the system tells one.
    pub(crate) fn fill(&self, entry: &mut Entry<'_>, overall: Option<&str>) {
        self.fill_start(entry);
        self.fill_end(entry, overall);
        let last = self.0.last().map(|(_, state)| state.as_str()).or(overall);
        let Some(last) = last else { return };
        entry.put(&deployments::ORIGINAL_STATE, last);
        if entry.has(&deployments::RESULT) {
            entry.put(&deployments::STATE, "done");
            let ended = entry.get_int(&deployments::FINISHED_AT);
            let original = self.0.iter().find(|(reading, _)| Some(reading.at) == ended).map_or(last, |(_, state)| state);
            entry.put(&deployments::ORIGINAL_RESULT, original);
        } else {
            entry.put(&deployments::STATE, words::deployment_state(last).unwrap_or("done"));
        }
    }

    fn fill_start(&self, entry: &mut Entry<'_>) {
        let running = self.0.iter().find(|(_, state)| words::outcome(state) == Outcome::Running("in_progress"));
        if let Some((reading, _)) = running {
            entry.put_reading(&deployments::STARTED_AT, *reading);
        } else if let Some(created) = entry.get_int(&deployments::CREATED_AT) {
            entry.put_time(&deployments::STARTED_AT, created);
        }
    }

    /// The first state that ends it counts: being superseded comes long after the end.
    fn fill_end(&self, entry: &mut Entry<'_>, overall: Option<&str>) {
        let ended = self.0.iter().filter(|(_, state)| !superseded(state)).find_map(|(reading, state)| Some((*reading, ended(state)?)));
        if let Some((reading, word)) = ended {
            entry.put_reading(&deployments::FINISHED_AT, reading);
            entry.put(&deployments::RESULT, word);
        } else if let Some((reading, _)) = self.0.iter().find(|(_, state)| superseded(state)) {
            // Only that it was superseded is known: it had worked, and it ended before.
            entry.put(&deployments::RESULT, SUCCESS);
            if !entry.has(&deployments::STARTED_AT) {
                entry.put_reading(&deployments::FINISHED_AT, *reading);
            }
        } else if let Some(word) = overall.and_then(self::ended) {
            entry.put(&deployments::RESULT, word);
        }
    }

    /// Writes each change of state of the deployment.
    pub(crate) fn tell(&self, desk: &mut Desk<'_>, id: &str) {
        let mut before = None;
        for (reading, state) in &self.0 {
            let Some(state) = words::deployment_state(state).filter(|state| before != Some(*state)) else { continue };
            desk.event("deployment", id, reading.at, before, state);
            before = Some(state);
        }
    }
}

/// A later deployment took over, or the environment is gone.
fn superseded(state: &str) -> bool {
    matches!(state.to_ascii_lowercase().as_str(), "inactive" | "destroyed" | "abandoned")
}

fn ended(state: &str) -> Option<&'static str> {
    match words::outcome(state) {
        Outcome::Ended(word) => Some(word),
        _ => None,
    }
}
