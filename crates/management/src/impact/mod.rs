//! What followed each deployment and release: the table `release_impact`.

mod rates;
mod read;
mod steady;
mod timeline;

use std::collections::BTreeMap;

use polars::prelude::PolarsResult;
use sequela_schema::result::release_impact;
use sequela_schema::{Frames, TableBuilder};

use crate::Settings;
use rates::Rates;
use read::{Facts, Outcome};
use steady::Steady;

const HOUR: i64 = 3_600 * 1_000_000;
const DAY: i64 = 24 * HOUR;

/// The table; empty without deployments.
pub(crate) fn table(frames: &Frames, settings: &Settings) -> PolarsResult<TableBuilder> {
    let facts = Facts::read(frames, settings)?;
    let mut ratios = rates::Ratios::default();
    let mut builder = TableBuilder::new(&release_impact::TABLE);
    let releases = releases(&facts.outcomes);
    for outcome in &facts.outcomes {
        let group = outcome.group.as_deref().filter(|group| releases.contains_key(group));
        row(&mut builder, &Subject { kind: "deployment", id: &outcome.id, group, members: vec![outcome] }, &facts, &mut ratios);
    }
    for (group, members) in &releases {
        row(&mut builder, &Subject { kind: "release", id: group, group: None, members: members.clone() }, &facts, &mut ratios);
    }
    Ok(builder)
}

/// Deployments of each release that has several.
fn releases(outcomes: &[Outcome]) -> BTreeMap<&str, Vec<&Outcome>> {
    let mut groups: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        if let Some(group) = &outcome.group {
            groups.entry(group).or_default().push(outcome);
        }
    }
    groups.retain(|_, members| members.len() > 1);
    groups
}

/// A deployment, or the deployments of a release.
struct Subject<'a> {
    kind: &'static str,
    id: &'a str,
    group: Option<&'a str>,
    members: Vec<&'a Outcome>,
}

impl Subject<'_> {
    fn started(&self) -> Option<i64> {
        self.members.iter().filter_map(|member| member.started).min()
    }

    fn finished(&self) -> Option<i64> {
        self.members.iter().filter_map(|member| member.finished).max()
    }

    /// Services touched, each once.
    fn services(&self) -> Vec<u32> {
        let mut services: Vec<u32> = self.members.iter().flat_map(|member| &member.services).copied().collect();
        services.sort_unstable();
        services.dedup();
        services
    }

    /// Incidents linked to any of them with the probability that one of them caused it: at most one did.
    fn links(&self) -> Vec<(u32, f64)> {
        let mut links: Vec<(u32, f64)> = self.members.iter().flat_map(|member| &member.links).copied().collect();
        links.sort_unstable_by_key(|link| link.0);
        let merged = links.chunk_by(|left, right| left.0 == right.0);
        merged.map(|run| (run[0].0, run.iter().map(|link| link.1).sum::<f64>().min(1.0))).collect()
    }

    /// Of a release at least the probability of its likeliest deployment, whose less likely links are not listed.
    fn p_failed(&self, links: &[(u32, f64)]) -> f64 {
        let highest = self.members.iter().map(|member| member.p_failed).fold(0.0, f64::max);
        if self.members.len() == 1 {
            return highest;
        }
        let none: f64 = links.iter().map(|link| 1.0 - link.1).product();
        highest.max(1.0 - none)
    }

    fn is_open(&self) -> bool {
        self.members.iter().any(|member| member.is_open)
    }

    /// Hours from the end of the last to the latest restoration; service that was back before counts as at once.
    fn restore_hours(&self) -> Option<f64> {
        if let [member] = self.members.as_slice() {
            return member.recovery;
        }
        let end = self.finished()?;
        let restored = self.members.iter().filter_map(|member| Some((member.finished? - end) as f64 / HOUR as f64 + member.recovery?));
        restored.reduce(f64::max).filter(|_| !self.is_open()).map(|hours| hours.max(0.0))
    }
}

fn row(builder: &mut TableBuilder, subject: &Subject<'_>, facts: &Facts, ratios: &mut rates::Ratios) {
    use release_impact as t;
    let (links, services) = (subject.links(), subject.services());
    let members = &subject.members;
    let asserted = members.iter().flat_map(|member| &member.asserted).collect::<std::collections::BTreeSet<_>>();
    let rates = facts.rates(subject, &services);
    let steady = Steady::of(rates.as_ref(), subject.finished(), &services, facts, ratios);
    let mut row = builder.row();
    row.text(&t::SCOPE, subject.kind)
        .text(&t::SCOPE_ID, subject.id)
        .text_opt(&t::RELEASE_GROUP_ID, subject.group)
        .text_opt(&t::SERVICE_ID, members.iter().find_map(|member| member.service.as_ref()))
        .text_opt(&t::TEAM_ID, members.iter().find_map(|member| member.team.as_ref()))
        .int(&t::DEPLOYMENTS, members.len() as i64)
        .int(&t::SERVICES, services.len() as i64)
        .int_opt(&t::STARTED_AT, subject.started())
        .int_opt(&t::FINISHED_AT, subject.finished())
        .real(&t::EXPECTED_INCIDENTS, members.iter().map(|member| member.expected).sum())
        .int(&t::ASSERTED_INCIDENTS, asserted.len() as i64)
        .int_opt(&t::WORST_SEVERITY, members.iter().filter_map(|member| member.worst).min())
        .real(&t::P_FAILED, subject.p_failed(&links))
        .real_opt(&t::RESTORE_HOURS, subject.restore_hours())
        .real(&t::HOURS_LOST, links.iter().map(|(incident, probability)| facts.hours(*incident) * probability).sum())
        .real(&t::ASSERTED_HOURS, asserted.iter().map(|incident| facts.hours(**incident)).sum())
        .bool(&t::IS_OPEN, subject.is_open())
        .int_opt(&t::STEADY_LIMIT, steady.limit.map(|limit| limit as i64))
        .real_opt(&t::STEADY_AFTER_HOURS, steady.hours)
        .text(&t::STEADY_STATE, steady.word);
    if let Some(rates) = rates {
        write_rates(&mut row, &rates, ratios);
    }
}

fn write_rates(row: &mut sequela_schema::RowWriter<'_>, rates: &Rates, ratios: &mut rates::Ratios) {
    use release_impact as t;
    let ratio = ratios.of(rates);
    row.int(&t::INCIDENTS_BEFORE, rates.before.events as i64)
        .real(&t::HOURS_BEFORE, rates.before.exposure)
        .int(&t::INCIDENTS_AFTER, rates.after.events as i64)
        .real(&t::HOURS_AFTER, rates.after.exposure)
        .int(&t::OTHER_DEPLOYMENTS_AFTER, rates.others as i64)
        .real_opt(&t::RATE_RATIO, ratio.value)
        .real_opt(&t::RATE_RATIO_LOWER, ratio.lower)
        .real_opt(&t::RATE_RATIO_UPPER, ratio.upper);
}

#[cfg(test)]
mod tests {
    use sequela_schema::Values;
    use sequela_schema::definition::Range;
    use sequela_schema::result::deployment_outcomes as o;

    use super::*;

    /// Without an end nothing can be before or after; with an end that the extract has not passed there is no time after.
    #[test]
    fn rows_without_times_say_nothing() {
        use release_impact as t;
        let mut outcomes = TableBuilder::new(&o::TABLE);
        for (id, finished) in [("D1", None), ("D2", Some(10 * DAY))] {
            let mut row = outcomes.row();
            row.text(&o::DEPLOYMENT_ID, id).int_opt(&o::FINISHED_AT, finished).real(&o::P_FAILED, 0.25).bool(&o::IS_OPEN, true);
        }
        let mut frames = Frames::new();
        frames.build(outcomes).unwrap();
        let range = Range { from: 0, to: 20 * DAY };
        let settings = Settings::of(range, 10 * DAY);
        let frame = table(&frames, &settings).unwrap().finish().unwrap();
        assert_eq!(frame.texts(&t::STEADY_STATE).unwrap().iter().flatten().collect::<Vec<_>>(), ["too few to say"; 2]);
        assert_eq!(frame.reals(&t::P_FAILED).unwrap().iter().flatten().collect::<Vec<_>>(), [0.25; 2]);
        assert_eq!(frame.reals(&t::RATE_RATIO).unwrap().null_count() + frame.ints(&t::INCIDENTS_AFTER).unwrap().null_count(), 4);
    }

    /// By hand: 0.5 and 0.4 for the same incident are 0.9 for the release, 0.2 for another one: 1 − 0.1 × 0.8. Restored 3 h after the end
    /// of the first, which ended 2 h before the second.
    #[test]
    fn a_release_is_to_blame_for_what_any_of_its_deployments_caused() {
        let first = Outcome { finished: Some(0), p_failed: 0.5, recovery: Some(3.0), links: vec![(7, 0.5)], ..Outcome::default() };
        let second = Outcome { finished: Some(2 * HOUR), p_failed: 0.52, links: vec![(7, 0.4), (9, 0.2)], ..Outcome::default() };
        let release = Subject { kind: "release", id: "R", group: None, members: vec![&first, &second] };
        assert_eq!(release.links(), [(7, 0.9), (9, 0.2)]);
        assert!((release.p_failed(&release.links()) - 0.92).abs() < 1e-12);
        assert_eq!(release.restore_hours(), Some(1.0));
    }
}
