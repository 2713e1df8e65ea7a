//! FireHydrant: incidents with their milestones, and change events.

use sequela_schema::Column;
use sequela_schema::canonical::{deployments, incidents};
use serde_json::Value;

use super::shared::{Desk, Entry, Reader, Refused, Translate, pipeline, values};
use super::{Adapter, Confidence, Export, Sample, Session, Verified};
use crate::issue::code;

const NAME: &str = "firehydrant";

/// The adapter.
pub(super) struct FireHydrant;

impl Adapter for FireHydrant {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        &[
            Export {
                what: "incidents with their milestones",
                how: "curl -H 'Authorization: Bearer KEY' 'https://api.firehydrant.io/v1/incidents?per_page=200&page=1' > incidents-1.json",
                fills: &["incidents", "status_events"],
                verified: Verified::RealFile,
            },
            Export {
                what: "change events",
                how: "curl -H 'Authorization: Bearer KEY' 'https://api.firehydrant.io/v1/changes/events?per_page=200&page=1' > changes-1.json",
                fills: &["deployments"],
                verified: Verified::Documentation,
            },
        ]
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        if sample.most(is_incident) {
            return Confidence::of(95, &incidents::TABLE, "incidents of FireHydrant");
        }
        if sample.most(is_change) {
            return Confidence::of(90, &deployments::TABLE, "change events of FireHydrant");
        }
        Confidence::default()
    }

    fn rest(&self) -> &'static str {
        "fetch page=2, 3, … up to pagination.last"
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work))
    }
}

fn is_incident(record: &Value) -> bool {
    let has = |key: &str| values::has_key(record, key);
    has("current_milestone") && (has("milestones") || has("lifecycle_phases")) && (has("incident_url") || has("private_id"))
}

fn is_change(record: &Value) -> bool {
    let has = |key: &str| values::has_key(record, key);
    has("starts_at") && has("ends_at") && (has("related_changes") || has("identities"))
}

struct Work;

impl Translate for Work {
    fn record(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let id = values::text(record, "id").ok_or(Refused::missing("id"))?;
        if is_incident(record) {
            incident(record, &desk.id(&id), desk);
        } else if is_change(record) {
            change(record, &desk.id(&id), desk);
        } else {
            return Err(Refused::unknown("neither an incident nor a change event of FireHydrant"));
        }
        Ok(())
    }
}

/// Milestones and the columns that they fill.
const MILESTONES: [(&str, Column); 7] = [
    ("started", incidents::STARTED_AT),
    ("detected", incidents::DETECTED_AT),
    ("acknowledged", incidents::ACKNOWLEDGED_AT),
    ("mitigated", incidents::MITIGATED_AT),
    ("resolved", incidents::RESOLVED_AT),
    ("closed", incidents::CLOSED_AT),
    ("retrospective_completed", incidents::CLOSED_AT),
];

/// Names and times of the milestones reached, in the order of time. They moved from the incident to the phases of its life.
fn milestones(record: &Value) -> Vec<(i64, String)> {
    let phases = values::list(record, "lifecycle_phases").iter().flat_map(|phase| values::list(phase, "milestones"));
    let mut found: Vec<(i64, String)> = values::list(record, "milestones")
        .iter()
        .chain(phases)
        .filter_map(|milestone| {
            let at = milestone.get("occurred_at").and_then(values::instant)?;
            Some((at, values::first(milestone, &["type", "slug"])?.to_lowercase()))
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

fn state(milestone: &str) -> Option<&'static str> {
    match milestone {
        "started" | "detected" => Some("triggered"),
        "acknowledged" => Some("acknowledged"),
        "investigating" | "identified" => Some("in_progress"),
        "mitigated" => Some("mitigated"),
        "resolved" => Some("resolved"),
        "closed" => Some("closed"),
        "dismissed" | "cancelled" => Some("cancelled"),
        _ if milestone.starts_with("retrospective") || milestone.starts_with("postmortem") => Some("closed"),
        _ => None,
    }
}

fn incident(record: &Value, id: &str, desk: &mut Desk<'_>) {
    let severity = values::text(record, "severity").unwrap_or_default();
    // Drills and planned work are declared like incidents.
    if matches!(severity.to_uppercase().as_str(), "GAMEDAY" | "MAINTENANCE") {
        return desk.note_once(
            "drills_left_alone",
            "incidents of severity GAMEDAY or MAINTENANCE are drills or planned work; they were left alone",
        );
    }
    let milestones = milestones(record);
    let mut entry = desk.entry(&incidents::TABLE, record);
    entry.put(&incidents::INCIDENT_ID, id);
    entry.text(&incidents::NUMBER, "number");
    entry.text(&incidents::TITLE, "name");
    entry.text(&incidents::URL, "incident_url");
    entry.put_opt(&incidents::SEVERITY_RAW, Some(severity).filter(|severity| severity != "UNSET"));
    entry.text(&incidents::PRIORITY_RAW, "priority");
    entry.time(&incidents::CREATED_AT, "created_at");
    for (name, column) in &MILESTONES {
        if let (false, Some((at, _))) = (entry.has(column), milestones.iter().find(|(_, found)| found == name)) {
            entry.put_time(column, *at);
        }
    }
    if !entry.has(&incidents::STARTED_AT) {
        entry.time(&incidents::STARTED_AT, "started_at");
    }
    entry.text(&incidents::ORIGINAL_STATE, "current_milestone");
    let state_now = values::text(record, "current_milestone").and_then(|milestone| state(&milestone));
    entry.put_opt(&incidents::STATE, state_now);
    entry.services("services.name");
    entry.put_opt(&incidents::ENVIRONMENT_RAW, values::texts(record, "environments.name").first());
    entry.first(&incidents::TEAM_NAME_RAW, &["team_assignments.team.name", "teams.name"]);
    entry.updated("updated_at");
    if desk.keep(entry) {
        write_history(id, &milestones, desk);
    }
}

fn write_history(id: &str, milestones: &[(i64, String)], desk: &mut Desk<'_>) {
    let mut before: Option<&str> = None;
    for (at, milestone) in milestones {
        let now = state(milestone).unwrap_or(milestone);
        if before != Some(now) {
            desk.event("incident", id, *at, before, now);
            before = Some(now);
        }
    }
}

/// A change event says that something was changed; only its label may say that it failed.
fn change(record: &Value, id: &str, desk: &mut Desk<'_>) {
    let mut entry = desk.entry(&deployments::TABLE, record);
    entry.put(&deployments::DEPLOYMENT_ID, id);
    entry.text(&deployments::NAME, "summary");
    entry.time(&deployments::CREATED_AT, "created_at");
    entry.time(&deployments::STARTED_AT, "starts_at");
    entry.time(&deployments::FINISHED_AT, "ends_at");
    entry.services("services.name");
    entry.put_opt(&deployments::ENVIRONMENT_RAW, values::texts(record, "environments.name").first());
    entry.text(&deployments::PIPELINE_RUN_ID, "external_id");
    identify(&mut entry, record);
    entry.first(&deployments::ORIGINAL_RESULT, &["labels.result", "labels.status", "labels.outcome"]);
    if !entry.has(&deployments::ORIGINAL_RESULT) && entry.has(&deployments::FINISHED_AT) {
        entry.put(&deployments::RESULT, "success");
        desk.note_once(code::RESULT_ASSUMED, "change events have no outcome: those that ended count as successful");
    }
    let summary = values::text(record, "summary").unwrap_or_default();
    let change_type = values::first(record, &["labels.type", "labels.kind"]).unwrap_or_default();
    pipeline::classify(&mut entry, desk, &[&change_type, &summary]);
    entry.updated("updated_at");
    desk.keep(entry);
}

/// Commit and version among the identities that a change event lists.
fn identify(entry: &mut Entry<'_>, record: &Value) {
    for identity in values::list(record, "identities") {
        let (Some(kind), Some(value)) = (values::text(identity, "type"), values::text(identity, "value")) else { continue };
        match kind.to_lowercase().as_str() {
            "commit" | "sha" | "commit_sha" | "revision" => entry.put(&deployments::COMMIT_SHA, &value),
            "version" | "image" | "image_tag" | "tag" => entry.put(&deployments::VERSION, &value),
            _ => {}
        }
    }
}
