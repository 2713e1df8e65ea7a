//! Deployments beside change records, in both directions: the tables `change_reconciliation` and `reconciliation_summary`.

mod changes;
mod coverage;
mod deployments;
mod freeze;
mod sides;
mod summary;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use chrono::TimeZone;
use chrono_tz::Tz;
use polars::prelude::PolarsResult;
use sequela_schema::result::{change_reconciliation, reconciliation_summary};
use sequela_schema::{Frames, TableBuilder};

use crate::Settings;
use crate::records::{Basis, Records};
use coverage::Coverage;
pub use freeze::{FreezeWindow, When};
use freeze::{Freezes, Hit};
use sides::{Origin, Touched};
use summary::Summary;

const HOUR: i64 = 3_600 * 1_000_000;
/// Clocks and forms are not exact: less than this is no difference.
const SLACK: i64 = 15 * 60 * 1_000_000;
/// Where a record knows the day alone.
const DAY: i64 = 24 * HOUR;

/// Both tables. Without change records only what a deployment shows by itself is found: that it lies in a freeze.
pub(crate) fn tables(frames: &Frames, records: &Records, settings: &Settings) -> PolarsResult<[TableBuilder; 2]> {
    let context = Context::read(frames, settings, records)?;
    let mut written = Written { rows: TableBuilder::new(&change_reconciliation::TABLE), summary: Summary::default(), context: &context };
    for number in 0..records.changes.len() {
        let findings = context.of_change(number);
        written.change(number, findings);
    }
    for number in 0..records.deployments.len() {
        let findings = context.of_deployment(number);
        written.deployment(number, findings);
    }
    let mut totals = TableBuilder::new(&reconciliation_summary::TABLE);
    written.summary.write(&mut totals);
    Ok([written.rows, totals])
}

/// What was found about a record.
#[derive(Clone, Debug, Default, PartialEq)]
struct Finding {
    word: &'static str,
    detail: Option<String>,
    off_by: Option<f64>,
}

impl Finding {
    fn new(word: &'static str, detail: impl Into<String>) -> Self {
        Self { word, detail: Some(detail.into()), off_by: None }
    }

    fn off_by(self, micros: i64) -> Self {
        Self { off_by: Some(micros as f64 / HOUR as f64), ..self }
    }
}

/// Everything that a record is compared with.
struct Context<'a> {
    records: &'a Records,
    settings: &'a Settings,
    freezes: Freezes,
    /// Where the records were read.
    deployments: Origin,
    changes: Origin,
    touched: Touched,
    /// When either export has records at all.
    deployed: Coverage,
    changed: Coverage,
    /// Services with a deployment.
    deployed_services: HashSet<&'a str>,
    /// Whether any deployment is called a hotfix, so that one that is not was told from them.
    knows_hotfixes: bool,
}

impl<'a> Context<'a> {
    fn read(frames: &Frames, settings: &'a Settings, records: &'a Records) -> PolarsResult<Self> {
        let freezes = Freezes::new(&settings.freeze, frames, settings.range, settings.timezone)?;
        Ok(Self {
            records,
            settings,
            freezes,
            deployments: Origin::of_deployments(frames, &records.deployments)?,
            changes: Origin::of_changes(frames, &records.changes)?,
            touched: Touched::read(frames)?,
            deployed: Coverage::new(records.deployments.iter().filter_map(|deployment| deployment.finished_at).collect()),
            changed: Coverage::new(records.changes.iter().filter_map(changes::at).collect()),
            deployed_services: records.deployments.iter().filter_map(|deployment| deployment.service.as_deref()).collect(),
            knows_hotfixes: records.deployments.iter().any(|deployment| deployment.kind == "hotfix"),
        })
    }

    /// `Wed 4 Mar 01:10` in the organisation's zone.
    fn at_words(&self, at: i64) -> String {
        words(at, self.settings.timezone)
    }

    /// The freeze that the span lies in.
    fn frozen(&self, span: (i64, i64), team: Option<&str>, services: &[&str], how: &str) -> Option<Finding> {
        let Hit { name, from, to } = self.freezes.hit(span, team, services)?;
        let words = format!("freeze {name:?} from {} to {}; {how}", self.at_words(from), self.at_words(to));
        Some(Finding::new("in_freeze", words))
    }

    /// The silence of an export, in words.
    fn silence_words(&self, what: &str, (before, after): (Option<i64>, Option<i64>)) -> String {
        let day = |at: i64| {
            self.settings.timezone.timestamp_micros(at).single().map_or_else(String::new, |at| at.format("%-d %b %Y").to_string())
        };
        match (before, after) {
            (Some(before), Some(after)) => format!("the exports have no {what} between {} and {}", day(before), day(after)),
            (None, Some(after)) => format!("the exports have no {what} before {}", day(after)),
            (Some(before), None) => format!("the exports have no {what} after {}", day(before)),
            (None, None) => format!("the exports have no {what} with a time"),
        }
    }
}

fn words(at: i64, zone: Tz) -> String {
    zone.timestamp_micros(at).single().map_or_else(|| at.to_string(), |at| at.format("%a %-d %b %Y %H:%M").to_string())
}

/// How far a span lies outside of another whose ends may be unknown; nothing within the slack.
fn outside((start, end): (i64, i64), (from, to): (Option<i64>, Option<i64>), slack: i64) -> Option<i64> {
    let to = to.filter(|to| from.is_none_or(|from| from <= *to));
    let before = from.map_or(0, |from| from.saturating_sub(start));
    let after = to.map_or(0, |to| end.saturating_sub(to));
    Some(before.max(after)).filter(|off| *off > slack)
}

/// `planned Tue 3 Mar 2026 22:00 to Tue 3 Mar 2026 23:30`; an end that is missing is left out.
fn planned_words((from, to): (Option<i64>, Option<i64>), zone: Tz) -> String {
    match (from, to) {
        (Some(from), Some(to)) => format!("planned {} to {}", words(from, zone), words(to, zone)),
        (Some(from), None) => format!("planned from {}", words(from, zone)),
        (None, Some(to)) => format!("planned until {}", words(to, zone)),
        (None, None) => "not planned".to_owned(),
    }
}

/// The tables so far.
struct Written<'a> {
    rows: TableBuilder,
    summary: Summary,
    context: &'a Context<'a>,
}

impl Written<'_> {
    fn change(&mut self, number: usize, findings: Option<Vec<Finding>>) {
        use change_reconciliation as t;
        let Some(findings) = findings else { return };
        let (change, context) = (&self.context.records.changes[number], self.context);
        let words: Vec<&'static str> = findings.iter().map(|finding| finding.word).collect();
        self.summary.add("change", &words, change.p_failed);
        let other = change.deployments.first().copied();
        for finding in findings {
            let mut row = self.rows.row();
            row.text(&t::SIDE, "change").text(&t::RECORD_ID, &change.id).text(&t::FINDING, finding.word);
            row.text_opt(&t::OTHER_ID, other.map(|other| &context.records.deployments[other].id));
            row.text_opt(&t::BASIS, other.and_then(|other| context.records.deployments[other].change).map(|(_, basis)| basis.word()));
            row.text_opt(&t::SERVICE_ID, change.service.as_ref()).text_opt(&t::TEAM_ID, change.team.as_ref());
            row.int_opt(&t::AT, changes::at(change)).real_opt(&t::P_FAILED, change.p_failed);
            row.text_opt(&t::CLOSE_CODE, change.close_code.as_ref());
            row.text_opt(&t::DETAIL, finding.detail.as_ref()).real_opt(&t::OFF_BY_HOURS, finding.off_by);
            let (own, others) = (context.changes.place(Some(number)), context.deployments.place(other));
            row.text_opt(&t::SOURCE_FILE, own.0).int_opt(&t::SOURCE_ROW, own.1);
            row.text_opt(&t::OTHER_SOURCE_FILE, others.0).int_opt(&t::OTHER_SOURCE_ROW, others.1);
        }
    }

    fn deployment(&mut self, number: usize, findings: Option<Vec<Finding>>) {
        use change_reconciliation as t;
        let Some(findings) = findings else { return };
        let (deployment, context) = (&self.context.records.deployments[number], self.context);
        let p_failed = deployment.is_counted.then_some(deployment.p_failed);
        let mut words: Vec<&'static str> = findings.iter().map(|finding| finding.word).collect();
        words.extend(context.live_change(deployment).map(|_| "record"));
        self.summary.add("deployment", &words, p_failed);
        let other = deployment.change.map(|(change, _)| change);
        let change = other.map(|other| &context.records.changes[other]);
        for finding in findings {
            let mut row = self.rows.row();
            row.text(&t::SIDE, "deployment").text(&t::RECORD_ID, &deployment.id).text(&t::FINDING, finding.word);
            row.text_opt(&t::OTHER_ID, change.map(|change| &change.id));
            row.text_opt(&t::BASIS, deployment.change.map(|(_, basis): (usize, Basis)| basis.word()));
            row.text_opt(&t::SERVICE_ID, deployment.service.as_ref()).text_opt(&t::TEAM_ID, deployment.team.as_ref());
            row.int_opt(&t::AT, deployment.finished_at).real_opt(&t::P_FAILED, p_failed);
            row.text_opt(&t::CLOSE_CODE, change.and_then(|change| change.close_code.as_ref()));
            row.text_opt(&t::DETAIL, finding.detail.as_ref()).real_opt(&t::OFF_BY_HOURS, finding.off_by);
            let (own, others) = (context.deployments.place(Some(number)), context.changes.place(other));
            row.text_opt(&t::SOURCE_FILE, own.0).int_opt(&t::SOURCE_ROW, own.1);
            row.text_opt(&t::OTHER_SOURCE_FILE, others.0).int_opt(&t::OTHER_SOURCE_ROW, others.1);
        }
    }
}
