//! What was known when: failures of a service and a team before an instant, as incidents showed them.

use std::collections::{BTreeMap, HashMap, VecDeque};

use polars::prelude::*;
use sequela_schema::canonical::incidents;
use sequela_schema::result::links;
use sequela_schema::{Frames, Values};
use sequela_stats::logistic::logit;

use super::HOUR;
use crate::records::Deployment;

/// A failure is recent for so long.
const RECENT: i64 = 30 * 24 * HOUR;
/// A failure that no incident dates is taken as known when the model has stopped looking for incidents.
pub(super) const OUTCOME_KNOWN: i64 = 72 * HOUR;
/// Deployments of the organisation that the rate of a service or team is mixed with: a few deployments say little.
const MIXED_WITH: f64 = 10.0;

/// What is known of a service and its team at an instant.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Known {
    /// Deployments of the service, and failures among them.
    pub(super) service: (f64, f64),
    /// Of the team.
    pub(super) team: (f64, f64),
    /// Of the organisation.
    pub(super) all: (f64, f64),
    /// Failures of the service in the last 30 days.
    pub(super) recent: f64,
}

impl Known {
    /// Log odds of failure of the service against the organisation.
    pub(super) fn service_surplus(&self) -> f64 {
        self.surplus(self.service)
    }

    /// Of the team.
    pub(super) fn team_surplus(&self) -> f64 {
        self.surplus(self.team)
    }

    fn surplus(&self, (trials, failures): (f64, f64)) -> f64 {
        let rate = (self.all.1 + 0.5) / (self.all.0 + 1.0).max(self.all.1 + 1.0);
        logit(((failures + MIXED_WITH * rate) / (trials + MIXED_WITH)).clamp(1e-4, 1.0 - 1e-4)) - logit(rate.clamp(1e-4, 1.0 - 1e-4))
    }
}

/// A question: what is known of this service and team before that instant?
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
    pub(super) at: i64,
    pub(super) service: Option<&'a str>,
    pub(super) team: Option<&'a str>,
}

/// Something that becomes known: one deployment more, or a failure by that much.
struct Event<'a> {
    at: i64,
    deployment: &'a Deployment,
    trials: f64,
    failures: f64,
}

/// Answers in the order of the questions. What happens at the very instant is not known yet.
pub(super) fn answers(questions: &[Question<'_>], all: &[&Deployment], frames: &Frames) -> PolarsResult<Vec<Known>> {
    let events = events(all, frames)?;
    let mut order: Vec<usize> = (0..questions.len()).collect();
    order.sort_by_key(|number| (questions[*number].at, *number));
    let (mut ledger, mut next) = (Ledger::default(), 0);
    let mut answers = vec![Known::default(); questions.len()];
    for number in order {
        let question = &questions[number];
        while let Some(event) = events.get(next).filter(|event| event.at < question.at) {
            ledger.add(event);
            next += 1;
        }
        answers[number] = ledger.answer(question);
    }
    Ok(answers)
}

#[derive(Default)]
struct Ledger<'a> {
    services: HashMap<&'a str, (f64, f64)>,
    teams: HashMap<&'a str, (f64, f64)>,
    all: (f64, f64),
    recent: HashMap<&'a str, VecDeque<(i64, f64)>>,
}

impl<'a> Ledger<'a> {
    fn add(&mut self, event: &Event<'a>) {
        let sums = |sums: &mut (f64, f64)| *sums = (sums.0 + event.trials, sums.1 + event.failures);
        sums(&mut self.all);
        if let Some(team) = &event.deployment.team {
            sums(self.teams.entry(team).or_default());
        }
        if let Some(service) = &event.deployment.service {
            sums(self.services.entry(service).or_default());
            if event.failures > 0.0 {
                self.recent.entry(service).or_default().push_back((event.at, event.failures));
            }
        }
    }

    fn answer(&mut self, question: &Question<'_>) -> Known {
        let recent = question.service.and_then(|service| self.recent.get_mut(service)).map_or(0.0, |failures| {
            while failures.front().is_some_and(|(at, _)| *at < question.at - RECENT) {
                failures.pop_front();
            }
            failures.iter().map(|(_, failures)| failures).sum()
        });
        let of = |sums: &HashMap<&str, (f64, f64)>, name: Option<&str>| name.and_then(|name| sums.get(name)).copied().unwrap_or_default();
        Known { service: of(&self.services, question.service), team: of(&self.teams, question.team), all: self.all, recent }
    }
}

fn events<'a>(all: &[&'a Deployment], frames: &Frames) -> PolarsResult<Vec<Event<'a>>> {
    let shown = shown(frames)?;
    let mut events = Vec::new();
    for deployment in all {
        let Some(ended) = deployment.finished_at else { continue };
        events.push(Event { at: ended, deployment, trials: 1.0, failures: 0.0 });
        let incidents = shown.get(&deployment.id).map_or(&[][..], Vec::as_slice);
        for (at, failures) in masses(ended, deployment.p_failed, incidents) {
            events.push(Event { at, deployment, trials: 0.0, failures });
        }
    }
    events.sort_by(|left, right| (left.at, &left.deployment.id).cmp(&(right.at, &right.deployment.id)));
    Ok(events)
}

/// When how much of a failure showed: each incident adds what the earlier ones left open; in all as much as the outcome says.
fn masses(ended: i64, failed: f64, incidents: &[(i64, f64)]) -> Vec<(i64, f64)> {
    let mut open = 1.0;
    let mut masses: Vec<(i64, f64)> = Vec::new();
    for (at, probability) in incidents {
        masses.push(((*at).max(ended), open * probability));
        open *= 1.0 - probability;
    }
    let shown = 1.0 - open;
    if failed <= 0.0 {
        return Vec::new();
    }
    if shown <= 0.0 {
        return vec![(ended + OUTCOME_KNOWN, failed)];
    }
    masses.iter_mut().for_each(|(_, mass)| *mass *= failed / shown);
    masses
}

/// Incidents put down to each deployment, earliest first: when they were recorded, with what probability.
fn shown(frames: &Frames) -> PolarsResult<HashMap<String, Vec<(i64, f64)>>> {
    let frame = frames.get(&incidents::TABLE);
    let recorded = [incidents::CREATED_AT, incidents::DETECTED_AT, incidents::STARTED_AT];
    let times = recorded.iter().map(|column| frame.instants(column)).collect::<PolarsResult<Vec<_>>>()?;
    let ids = frame.texts(&incidents::INCIDENT_ID)?;
    let at = |row: usize| times.iter().find_map(|times| times.get(row));
    let created: HashMap<&str, i64> = (0..frame.height()).filter_map(|row| Some((ids.get(row)?, at(row)?))).collect();
    let links = frames.get(&links::TABLE);
    let (of, to) = (links.texts(&links::INCIDENT_ID)?, links.texts(&links::DEPLOYMENT_ID)?);
    let probabilities = links.reals(&links::PROBABILITY)?;
    let mut found: BTreeMap<(String, String), (i64, f64)> = BTreeMap::new();
    for row in 0..links.height() {
        let (Some(incident), Some(deployment), Some(probability)) = (of.get(row), to.get(row), probabilities.get(row)) else { continue };
        let Some(at) = created.get(incident) else { continue };
        // Definitions that link within a team may link one pair twice.
        let pair = found.entry((deployment.to_owned(), incident.to_owned())).or_insert((*at, 0.0));
        pair.1 = pair.1.max(probability.clamp(0.0, 1.0));
    }
    let mut shown: HashMap<String, Vec<(i64, f64)>> = HashMap::new();
    for ((deployment, _), pair) in found {
        shown.entry(deployment).or_default().push(pair);
    }
    shown.values_mut().for_each(|pairs| pairs.sort_by(|left, right| left.0.cmp(&right.0).then(left.1.total_cmp(&right.1))));
    Ok(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two incidents of one half each: a half shows with the first, a quarter with the second, 0.75 in all.
    #[test]
    fn a_failure_shows_with_its_incidents() {
        assert_eq!(masses(10, 0.75, &[(20, 0.5), (30, 0.5)]), [(20, 0.5), (30, 0.25)]);
        assert_eq!(masses(10, 1.0, &[]), [(10 + OUTCOME_KNOWN, 1.0)]);
        assert_eq!(masses(10, 0.0, &[(20, 0.0)]), []);
    }

    /// A failure at 50 that an incident at 100 showed is not known at 100, and known at 101.
    #[test]
    fn nothing_is_known_before_it_happened() {
        let deployment =
            Deployment { id: "d".to_owned(), service: Some("a".to_owned()), finished_at: Some(50), p_failed: 1.0, ..Deployment::default() };
        let events = [
            Event { at: 50, deployment: &deployment, trials: 1.0, failures: 0.0 },
            Event { at: 100, deployment: &deployment, trials: 0.0, failures: 1.0 },
        ];
        let known = |at: i64| {
            let mut ledger = Ledger::default();
            events.iter().filter(|event| event.at < at).for_each(|event| ledger.add(event));
            ledger.answer(&Question { at, service: Some("a"), team: None })
        };
        assert_eq!((known(50).service, known(100).service, known(101).service), ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)));
        assert_eq!((known(101).recent, known(101 + RECENT).recent), (1.0, 0.0));
        assert!(known(101).service_surplus() > 0.0);
    }
}
