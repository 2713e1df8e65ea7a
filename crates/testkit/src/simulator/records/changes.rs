//! Change records: of deployments, of work that nobody deployed, and of the fortnight to come.

use std::collections::BTreeSet;
use std::io::{Result, Write};

use super::upcoming::upcoming;
use super::{Flaw, HOUR, Part, Plan, Records, micros, stream};
use crate::random::Stream;
use crate::simulator::exports::{name, time};
use crate::simulator::{Deployment, Organisation, log_normal, stream_of};

const HEADER: &str = "change_id,number,title,type,model,state,approval_path,created_at,approved_at,planned_start_at,planned_end_at,\
                      actual_start_at,actual_end_at,closed_at,close_code,service";
/// Records a week of work that nobody deployed.
const UNUSED_A_WEEK: f64 = 0.5;
/// Share of changes that are closed as unsuccessful for a reason of their own.
pub(super) const UNSUCCESSFUL: f64 = 0.002;

/// A change record.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) id: String,
    pub(super) title: &'static str,
    pub(super) kind: &'static str,
    pub(super) model: &'static str,
    pub(super) path: &'static str,
    pub(super) service: u32,
    /// Record opened, and approved.
    pub(super) asked: (i64, i64),
    /// Planned start and end.
    pub(super) planned: (i64, i64),
    /// Actual start and end; none while it lies ahead.
    pub(super) actual: Option<(i64, i64)>,
    pub(super) close_code: &'static str,
}

impl Change {
    fn write(&self, organisation: &Organisation, to: &mut dyn Write) -> Result<()> {
        let Self { id, title, kind, model, path, .. } = self;
        let state = if self.actual.is_some() { "closed" } else { "scheduled" };
        let ((created, approved), (from, until)) = (both(self.asked), both(self.planned));
        let (start, end) = self.actual.map(both).unwrap_or_default();
        let (code, service) = (self.close_code, name(organisation, self.service));
        write!(to, "{id},{id},{title},{kind},{model},{state},{path},{created},{approved},")?;
        writeln!(to, "{from},{until},{start},{end},{end},{code},{service}")
    }
}

fn both((first, second): (i64, i64)) -> (String, String) {
    (time(first), time(second))
}

/// Writes `changes.csv`.
pub(in crate::simulator) fn changes(organisation: &Organisation, to: &mut dyn Write) -> Result<()> {
    writeln!(to, "{HEADER}")?;
    let Some(records) = &organisation.records else { return Ok(()) };
    let failed: BTreeSet<u32> = organisation.incidents.iter().filter_map(|incident| incident.cause).collect();
    for (number, deployment) in organisation.deployments.iter().enumerate() {
        let plan = Plan::draw(&organisation.settings, records, deployment);
        if plan.flaw != Some(Flaw::NoRecord) {
            of(organisation, number as u32, deployment, &plan, failed.contains(&(number as u32))).write(organisation, to)?;
        }
    }
    for change in unused(organisation, records).iter().chain(&upcoming(organisation, records)) {
        change.write(organisation, to)?;
    }
    Ok(())
}

/// Identifier of a deployment's record.
pub(in crate::simulator) fn change_id(number: u32) -> String {
    format!("CHG{number:06}")
}

fn of(organisation: &Organisation, number: u32, deployment: &Deployment, plan: &Plan, has_failed: bool) -> Change {
    let settings = &organisation.settings;
    let mut stream = stream_of(settings, Part::Unused, deployment.service, deployment.finished_at);
    let actual = (deployment.started_at - micros(0.1 * stream.unit()), deployment.finished_at + micros(0.02 + 0.2 * stream.unit()));
    let mut planned = (actual.0 - micros(0.5 * stream.unit()), actual.1 + micros(0.5 + stream.unit()));
    if plan.flaw == Some(Flaw::OutsideWindow) {
        let early = micros(30.0 + 90.0 * stream.unit());
        planned = (planned.0 - early, planned.1 - early);
    }
    let other = (deployment.service + 1 + stream.below(settings.services as usize - 1) as u32) % settings.services;
    let service = if plan.flaw == Some(Flaw::OtherService) { other } else { deployment.service };
    let mut asked = asked(&mut stream, plan.path, planned.0.min(actual.0));
    if plan.flaw == Some(Flaw::RaisedAfter) {
        let late = actual.0 + micros(1.0 + 20.0 * stream.unit());
        asked = (late, late + micros(0.2));
    }
    let close_code = close_code(&mut stream, has_failed);
    let (id, title) = (change_id(number), if plan.model.name().is_empty() { "Release" } else { plan.model.name() });
    Change {
        id,
        title,
        kind: plan.kind,
        model: plan.model.name(),
        path: plan.path,
        service,
        asked,
        planned,
        actual: Some(actual),
        close_code,
    }
}

/// When a change was asked for and approved so that it can begin at `start`. Half of the rest of the time it waits.
pub(super) fn asked(stream: &mut Stream, path: &str, start: i64) -> (i64, i64) {
    let waits = match path {
        "cab" => 60.0,
        "peer" => 4.0,
        "ecab" => 0.3,
        _ => 0.05,
    };
    let (approval, rest) = (log_normal(stream, waits, 0.6), log_normal(stream, 0.3 * waits, 0.6));
    let approved = start - micros(rest);
    (approved - micros(approval), approved)
}

fn close_code(stream: &mut Stream, has_failed: bool) -> &'static str {
    let (fate, own) = (stream.unit(), stream.chance(UNSUCCESSFUL));
    match fate {
        _ if own => "unsuccessful",
        fate if has_failed && fate < 0.5 => "unsuccessful",
        fate if has_failed && fate < 0.7 => "successful_with_issues",
        _ => "successful",
    }
}

/// Work that was recorded and never deployed: on services and days without a deployment.
pub(super) fn unused(organisation: &Organisation, records: &Records) -> Vec<Change> {
    let mut stream = stream(&organisation.settings, Part::Unused);
    let mut made = Vec::new();
    let wanted = stream.poisson(UNUSED_A_WEEK * f64::from(organisation.settings.weeks)).max(3);
    for _ in 0..50 * wanted {
        let service = stream.below(organisation.teams.len()) as u32;
        let start = (organisation.span() as f64 * (0.05 + 0.9 * stream.unit())) as i64;
        let near = |row: &Deployment| row.service == service && (row.finished_at - start).abs() < 36 * HOUR;
        if made.len() == wanted || records.shadow.contains(&service) || organisation.deployments.iter().any(near) {
            continue;
        }
        let window = (start, start + 2 * HOUR);
        let (id, asked) = (format!("CHX{:04}", made.len()), asked(&mut stream, "peer", start));
        let (planned, actual) = (window, Some(window));
        let close_code = "successful";
        made.push(Change {
            id,
            title: "Manual work",
            kind: "normal",
            model: "",
            path: "peer",
            service,
            asked,
            planned,
            actual,
            close_code,
        });
    }
    made
}
