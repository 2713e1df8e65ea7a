//! Recurring incidents: the table `problem_candidates`.
//!
//! Incidents belong together when they are of one place and say the same. Titles are grouped by their words without looking at places or
//! times; where titles say nothing that recurs, the category and closure code stand for them. A cluster is a candidate when its days are
//! more than chance gives: more than the share that the pattern has everywhere, or more lately than the share that all incidents have.

mod cases;
mod chance;
mod clusters;
mod records;
#[cfg(test)]
mod tests;
mod titles;
mod wording;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::PolarsResult;
use sequela_schema::result::problem_candidates as out;
use sequela_schema::{Frames, TableBuilder};

use crate::Settings;
use cases::Case;
use chance::{Against, Chance};
use clusters::{Basis, Clusters, Pattern};
use records::{Problem, Problems};

/// Clusters with a larger adjusted p-value are not shown.
const FALSE_ALARMS: f64 = 0.1;
/// Incidents that a row lists.
const LISTED: usize = 500;

/// The table; empty without incidents.
pub(crate) fn table(frames: &Frames, settings: &Settings) -> PolarsResult<TableBuilder> {
    let mut builder = TableBuilder::new(&out::TABLE);
    let cases = cases::read(frames, settings)?;
    let mut problems = Problems::read(frames)?;
    let clusters = Clusters::of(&cases, &mut problems);
    let chances = chance::test(&cases, &clusters, settings);
    for (cell, members) in clusters.members() {
        let cover = clusters.covered.get(&cell).map(|(number, basis)| (&problems.all[*number], *basis));
        let naming = clusters.covered.get(&cell).map(|(number, _)| *number);
        let is_again = |member: &usize| {
            let is_about = !matches!(cell.pattern, Pattern::Category(..)) || clusters.named[*member] == naming;
            is_about && cover.and_then(|(problem, _)| problem.fixed_at).is_some_and(|fixed| cases[*member].began > fixed)
        };
        let recurred = members.iter().filter(|member| is_again(member)).count();
        let chance = chances.get(&cell).copied();
        let cluster =
            Cluster { pattern: &cell.pattern, members: members.iter().map(|member| &cases[*member]).collect(), chance, cover, recurred };
        if let Some(finding) = cluster.finding() {
            write(&mut builder, &cluster, finding);
        }
    }
    Ok(builder)
}

/// Incidents that recur, and what is known of them.
struct Cluster<'a> {
    pattern: &'a Pattern,
    /// Oldest first.
    members: Vec<&'a Case>,
    chance: Option<Chance>,
    cover: Option<(&'a Problem, Basis)>,
    /// Incidents after the fix.
    recurred: usize,
}

impl<'a> Cluster<'a> {
    /// Why the row is shown; none where it is not.
    fn finding(&self) -> Option<&'static str> {
        let is_problem = matches!(self.pattern, Pattern::Problem(_));
        let recurs = self.chance.is_some_and(|chance| chance.q <= FALSE_ALARMS) || is_problem && self.days() >= chance::FEWEST_DAYS;
        match (self.recurred > 0 && self.members.len() > 1, recurs, self.cover) {
            (true, ..) => Some("fix did not hold"),
            (false, true, Some(_)) => Some("known"),
            (false, true, None) => Some("candidate"),
            _ => None,
        }
    }

    /// Days on which at least one began.
    fn days(&self) -> u64 {
        let mut days: Vec<i32> = self.members.iter().map(|case| case.day).collect();
        days.dedup();
        days.len() as u64
    }

    /// What at least half of the incidents have, the commonest and then the first of it.
    fn most(&self, of: impl Fn(&'a Case) -> Option<&'a String>) -> Option<&'a String> {
        let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
        self.members.iter().filter_map(|case| of(case)).for_each(|text| *counts.entry(text).or_default() += 1);
        let (text, count) = counts.into_iter().max_by(|left, right| left.1.cmp(&right.1).then(right.0.cmp(left.0)))?;
        (2 * count >= self.members.len()).then_some(text)
    }

    /// The words that the titles share; those of the problem record where only that joins them.
    fn title(&self) -> Option<String> {
        let titles: Vec<&str> = self.members.iter().filter_map(|case| case.title.as_deref()).collect();
        match self.pattern {
            Pattern::Title(_) => wording::shared(&titles),
            Pattern::Problem(_) => self.cover.and_then(|(problem, _)| problem.title.clone()),
            _ => None,
        }
    }

    /// Changes and deployments that at least one incident names or is put down to, each once.
    fn changes(&self) -> Option<String> {
        let changes: BTreeSet<&str> = self.members.iter().flat_map(|case| &case.changes).map(String::as_str).collect();
        listed(changes.into_iter())
    }
}

/// The first of many, joined; none of none.
fn listed<'a>(items: impl Iterator<Item = &'a str>) -> Option<String> {
    let items: Vec<&str> = items.take(LISTED).collect();
    (!items.is_empty()).then(|| items.join(", "))
}

fn write(builder: &mut TableBuilder, cluster: &Cluster<'_>, finding: &str) {
    let (first, last) = (cluster.members.first(), cluster.members.last());
    let mut row = builder.row();
    row.text(&out::CLUSTER_ID, first.map_or("", |case| &case.id))
        .text_opt(&out::SERVICE_ID, cluster.most(|case| case.service.as_ref()))
        .text_opt(&out::TEAM_ID, cluster.most(|case| case.team.as_ref()))
        .text_opt(&out::CI_NAME_RAW, cluster.most(|case| case.item.as_ref()))
        .text_opt(&out::CATEGORY, cluster.most(|case| case.category.as_ref()))
        .text_opt(&out::CLOSE_CODE, cluster.most(|case| case.close_code.as_ref()))
        .text_opt(&out::TITLE, cluster.title())
        .int(&out::INCIDENTS, cluster.members.len() as i64)
        .int(&out::DAYS, cluster.days() as i64)
        .int_opt(&out::FIRST_AT, first.map(|case| case.began))
        .int_opt(&out::LAST_AT, last.map(|case| case.began))
        .real(&out::HOURS_LOST, cluster.members.iter().map(|case| case.hours).sum())
        .int(&out::OPEN, cluster.members.iter().filter(|case| case.is_open).count() as i64)
        .real(&out::CHANGE_CAUSED, cluster.members.iter().map(|case| case.p_change).sum())
        .text_opt(&out::LINKED_CHANGES, cluster.changes())
        .int(&out::RECURRED_AFTER_FIX, cluster.recurred as i64)
        .text_opt(&out::INCIDENT_IDS, listed(cluster.members.iter().map(|case| case.id.as_str())))
        .text(&out::FINDING, finding);
    if let Some((problem, basis)) = cluster.cover {
        row.text(&out::PROBLEM_ID, &problem.id)
            .text(&out::PROBLEM_BASIS, if basis == Basis::Title { "title" } else { "incident" })
            .int_opt(&out::FIXED_AT, problem.fixed_at);
    }
    if let Some(chance) = &cluster.chance {
        row.text(&out::AGAINST, if chance.against == Against::Earlier { "earlier" } else { "elsewhere" })
            .int(&out::DAYS_COMPARED, chance.days as i64)
            .real(&out::EXPECTED, chance.excess.expected)
            .real(&out::P, chance.p)
            .real(&out::Q, chance.q)
            .real_opt(&out::RATE_RATIO, chance.excess.ratio.value)
            .real_opt(&out::RATE_RATIO_LOWER, chance.excess.ratio.lower)
            .real_opt(&out::RATE_RATIO_UPPER, chance.excess.ratio.upper);
    }
}
