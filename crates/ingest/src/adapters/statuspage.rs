//! Statuspage: incidents that were published, and planned maintenance, from the public page or the manage API.

use sequela_schema::canonical::{changes, incidents};
use serde_json::Value;

use super::shared::{Desk, Entry, Reader, Refused, Translate, values};
use super::{Adapter, Confidence, Export, Sample, Session, Verified};

const NAME: &str = "statuspage";

/// The adapter.
pub(super) struct Statuspage;

impl Adapter for Statuspage {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        &[
            Export {
                what: "all incidents, from the manage API",
                how: "curl -H 'Authorization: OAuth KEY' 'https://api.statuspage.io/v1/pages/PAGE/incidents?limit=100&page=1' > incidents-1.json",
                fills: &["incidents", "changes", "status_events"],
                verified: Verified::RealFile,
            },
            Export {
                what: "the latest 50 incidents of a public page",
                how: "curl https://PAGE.statuspage.io/api/v2/incidents.json > incidents.json",
                fills: &["incidents", "status_events"],
                verified: Verified::Documentation,
            },
            Export {
                what: "the latest maintenance of a public page",
                how: "curl https://PAGE.statuspage.io/api/v2/scheduled-maintenances.json > maintenances.json",
                fills: &["changes"],
                verified: Verified::Documentation,
            },
        ]
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        if sample.most(|record| posts(record).iter().any(is_post)) {
            return Confidence::of(95, &incidents::TABLE, "incidents of Statuspage");
        }
        Confidence::default()
    }

    fn rest(&self) -> &'static str {
        "the public page lists the last 50 incidents only: use the manage API with page=2, 3, …"
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work))
    }
}

/// The record itself, or the maintenance that a page lists.
fn posts(record: &Value) -> &[Value] {
    match record.get("scheduled_maintenances") {
        Some(Value::Array(listed)) if record.get("page").is_some() => listed,
        _ => std::slice::from_ref(record),
    }
}

fn is_post(record: &Value) -> bool {
    record.get("incident_updates").is_some_and(Value::is_array) && (values::has(record, "page_id") || values::has(record, "shortlink"))
}

struct Work;

impl Translate for Work {
    fn record(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        for post in posts(record) {
            if !is_post(post) {
                return Err(Refused::unknown("neither an incident nor maintenance of Statuspage"));
            }
            let id = values::text(post, "id").ok_or(Refused::missing("id"))?;
            desk.count_on_page("incidents");
            // Maintenance is posted like an incident, but nothing broke.
            let planned = values::has(post, "scheduled_for") || values::text(post, "impact").is_some_and(|impact| impact == "maintenance");
            if planned { maintenance(post, &desk.id(&id), desk) } else { incident(post, &desk.id(&id), desk) }
        }
        Ok(())
    }

    fn page_sizes(&self) -> &'static [u64] {
        &[50, 100]
    }
}

fn incident(post: &Value, id: &str, desk: &mut Desk<'_>) {
    let updates = updates(post);
    let reached = |state: &str| updates.iter().find(|(_, status)| status == state).map(|(at, _)| *at);
    let status = values::text(post, "status").unwrap_or_default();
    let mut entry = desk.entry(&incidents::TABLE, post);
    entry.put(&incidents::INCIDENT_ID, id);
    entry.text(&incidents::TITLE, "name");
    entry.text(&incidents::URL, "shortlink");
    entry.text(&incidents::IMPACT_RAW, "impact");
    if let Some(severity) = values::text(post, "impact").and_then(|impact| severity(&impact)) {
        entry.put_int(&incidents::SEVERITY, severity);
    }
    entry.time(&incidents::STARTED_AT, "started_at");
    entry.time(&incidents::CREATED_AT, "created_at");
    entry.time(&incidents::MITIGATED_AT, "monitoring_at");
    if let (false, Some(at)) = (entry.has(&incidents::MITIGATED_AT), reached("monitoring")) {
        entry.put_time(&incidents::MITIGATED_AT, at);
    }
    entry.time(&incidents::RESOLVED_AT, "resolved_at");
    if let (false, Some(at), "resolved" | "postmortem") = (entry.has(&incidents::RESOLVED_AT), reached("resolved"), status.as_ref()) {
        entry.put_time(&incidents::RESOLVED_AT, at);
    }
    entry.put(&incidents::ORIGINAL_STATE, &status);
    entry.updated("updated_at");
    name_components(&mut entry, post);
    if values::truth(post, "backfilled") == Some(true) {
        let message = "some incidents were entered after the fact: when they were created says nothing about when they were noticed";
        desk.note_once("backfilled", message);
    }
    if desk.keep(entry) {
        write_history("incident", id, &updates, desk);
    }
}

/// The components of a post. Updates name them with their group before them, and a text stands there where there are none.
fn name_components(entry: &mut Entry<'_>, post: &Value) {
    entry.services("components.name");
    if !entry.has_service() {
        for name in values::texts(post, "incident_updates.affected_components.name") {
            entry.service(&name);
        }
    }
}

fn severity(impact: &str) -> Option<i64> {
    match impact {
        "critical" => Some(1),
        "major" => Some(2),
        "minor" => Some(3),
        "none" => Some(4),
        _ => None,
    }
}

/// When each update was shown and its status, in the order of time.
fn updates(post: &Value) -> Vec<(i64, String)> {
    let listed = values::list(post, "incident_updates").iter();
    let mut updates: Vec<(i64, String)> = listed
        .filter_map(|update| {
            let at = ["display_at", "created_at"].iter().find_map(|key| update.get(*key).and_then(values::instant))?;
            Some((at, values::text(update, "status")?.into_owned()))
        })
        .collect();
    updates.sort_by_key(|(at, _)| *at);
    updates
}

fn write_history(entity: &str, id: &str, updates: &[(i64, String)], desk: &mut Desk<'_>) {
    let mut before: Option<&str> = None;
    for (at, status) in updates {
        let state = if entity == "incident" { crate::words::incident_state(status) } else { maintenance_state(status) };
        let state = state.unwrap_or(status);
        if before != Some(state) {
            desk.event(entity, id, *at, before, state);
            before = Some(state);
        }
    }
}

fn maintenance(post: &Value, id: &str, desk: &mut Desk<'_>) {
    let updates = updates(post);
    let reached = |state: &str| updates.iter().find(|(_, status)| status == state).map(|(at, _)| *at);
    let mut entry = desk.entry(&changes::TABLE, post);
    entry.put(&changes::CHANGE_ID, id);
    entry.text(&changes::TITLE, "name");
    entry.text(&changes::URL, "shortlink");
    entry.text(&changes::IMPACT_RAW, "impact");
    entry.time(&changes::CREATED_AT, "created_at");
    entry.time(&changes::PLANNED_START_AT, "scheduled_for");
    entry.time(&changes::PLANNED_END_AT, "scheduled_until");
    for (column, state) in [(&changes::ACTUAL_START_AT, "in_progress"), (&changes::ACTUAL_END_AT, "completed")] {
        if let Some(at) = reached(state) {
            entry.put_time(column, at);
        }
    }
    let status = values::text(post, "status").unwrap_or_default();
    entry.put(&changes::ORIGINAL_STATE, &status);
    entry.put_opt(&changes::STATE, maintenance_state(&status));
    entry.updated("updated_at");
    name_components(&mut entry, post);
    if desk.keep(entry) {
        write_history("change", id, &updates, desk);
    }
}

fn maintenance_state(status: &str) -> Option<&'static str> {
    match status {
        "scheduled" => Some("scheduled"),
        "in_progress" => Some("implement"),
        "verifying" => Some("review"),
        "completed" | "postmortem" => Some("closed"),
        _ => None,
    }
}
