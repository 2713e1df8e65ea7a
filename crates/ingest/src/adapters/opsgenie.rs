//! Opsgenie: incidents, alerts, services and teams, from its REST interface.
//!
//! An incident does not say when it was resolved. The end of its impact does; without one, the time of its last update is taken for
//! incidents that are resolved, which is noted.

use std::collections::BTreeMap;

use sequela_schema::canonical::{incidents, services, teams};
use serde_json::Value;

use super::shared::{Desk, Entry, Reader, Refused, Translate, values};
use super::{Adapter, Confidence, Export, Sample, Session, Verified};

const NAME: &str = "opsgenie";

/// The adapter.
pub(super) struct Opsgenie;

impl Adapter for Opsgenie {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        &[
            Export {
                what: "incidents",
                how: "curl -H 'Authorization: GenieKey KEY' 'https://api.opsgenie.com/v1/incidents?limit=100&offset=0&sort=createdAt' > incidents-1.json",
                fills: &["incidents"],
                verified: Verified::RealFile,
            },
            Export {
                what: "alerts, where no incidents are used",
                how: "curl -H 'Authorization: GenieKey KEY' 'https://api.opsgenie.com/v2/alerts?limit=100&offset=0&sort=createdAt' > alerts-1.json",
                fills: &["incidents"],
                verified: Verified::Documentation,
            },
            Export {
                what: "services, which incidents name by identifier",
                how: "curl -H 'Authorization: GenieKey KEY' 'https://api.opsgenie.com/v1/services?limit=100' > services.json",
                fills: &["services", "service_aliases"],
                verified: Verified::Documentation,
            },
            Export {
                what: "teams, which incidents name by identifier",
                how: "curl -H 'Authorization: GenieKey KEY' https://api.opsgenie.com/v2/teams > teams.json",
                fills: &["teams"],
                verified: Verified::RealFile,
            },
        ]
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        let kinds: Vec<Kind> = sample.records.iter().filter_map(Kind::of).collect();
        let Some(kind) = kinds.first().filter(|_| kinds.len() * 2 > sample.records.len()) else { return Confidence::default() };
        match kind {
            Kind::Incident => Confidence::of(95, &incidents::TABLE, "incidents of Opsgenie"),
            Kind::Alert => Confidence::of(90, &incidents::TABLE, "alerts of Opsgenie"),
            Kind::Service => Confidence::of(90, &services::TABLE, "services of Opsgenie"),
            Kind::Team => Confidence::of(90, &teams::TABLE, "teams of Opsgenie"),
        }
    }

    fn rest(&self) -> &'static str {
        "fetch the address that the page gives as paging.next, until there is none"
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work::default()))
    }
}

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Incident,
    Alert,
    Service,
    Team,
}

impl Kind {
    fn of(record: &Value) -> Option<Self> {
        let has = |key: &str| values::has_key(record, key);
        let address = values::text(record, "links.api").or_else(|| values::text(record, "links.web")).unwrap_or_default();
        if has("tinyId") && (has("impactedServices") || address.contains("/v1/incidents/")) {
            Some(Self::Incident)
        } else if has("tinyId") && has("alias") && has("acknowledged") {
            Some(Self::Alert)
        } else if address.contains("opsgenie.com") && address.contains("/teams/") {
            Some(Self::Team)
        } else if address.contains("opsgenie.com") && address.contains("/service") && has("teamId") {
            Some(Self::Service)
        } else {
            None
        }
    }
}

/// What is kept between records.
#[derive(Default)]
struct Work {
    /// Names of teams by identifier.
    teams: BTreeMap<String, String>,
}

impl Translate for Work {
    fn record(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let kind = Kind::of(record).ok_or_else(|| Refused::unknown("no incident, alert, service or team of Opsgenie"))?;
        let id = values::text(record, "id").ok_or(Refused::missing("id"))?;
        match kind {
            Kind::Incident => incident(record, &id, desk),
            Kind::Alert => alert(record, &id, desk),
            Kind::Service => service(record, &id, desk),
            Kind::Team => {
                let name = values::text(record, "name").unwrap_or_else(|| id.clone());
                self.teams.insert(id.clone().into_owned(), name.clone().into_owned());
                let mut entry = desk.entry(&teams::TABLE, record);
                entry.put(&teams::TEAM_ID, &name);
                entry.put(&teams::NAME, &name);
                desk.keep(entry);
            }
        }
        Ok(())
    }

    /// Incidents and services name teams by identifier; the names may stand in a later file.
    fn finish(&mut self, desk: &mut Desk<'_>) {
        let columns = [(&incidents::TABLE, &incidents::TEAM_NAME_RAW), (&services::TABLE, &services::TEAM_ID)];
        for (table, column) in columns {
            let rows = desk.intake().rows(table);
            for row in 0..rows.len() {
                if let Some(name) = rows.text(column, row).and_then(|id| self.teams.get(id)) {
                    rows.set_text(column, row, name);
                }
            }
        }
    }

    fn page_sizes(&self) -> &'static [u64] {
        &[20, 100]
    }
}

/// What incidents and alerts have in common.
fn begin<'r>(record: &'r Value, id: &str, desk: &mut Desk<'_>) -> Entry<'r> {
    let mut entry = desk.entry(&incidents::TABLE, record);
    entry.put(&incidents::INCIDENT_ID, &desk.id(id));
    entry.text(&incidents::NUMBER, "tinyId");
    entry.text(&incidents::TITLE, "message");
    entry.text(&incidents::PRIORITY_RAW, "priority");
    entry.text(&incidents::ORIGINAL_STATE, "status");
    entry.time(&incidents::CREATED_AT, "createdAt");
    entry.updated("updatedAt");
    entry
}

fn incident(record: &Value, id: &str, desk: &mut Desk<'_>) {
    desk.count_on_page("incidents");
    let mut entry = begin(record, id, desk);
    entry.text(&incidents::URL, "links.web");
    entry.time(&incidents::STARTED_AT, "impactStartDate");
    entry.time(&incidents::IMPACT_ENDED_AT, "impactEndDate");
    entry.services("impactedServices");
    let responders = values::list(record, "responders").iter();
    let team = responders.into_iter().find(|responder| values::text(responder, "type").is_some_and(|kind| kind == "team"));
    let owner = values::text(record, "ownerTeam").or_else(|| values::text(team?, "id"));
    entry.put_opt(&incidents::TEAM_NAME_RAW, owner);
    let status = values::text(record, "status").unwrap_or_default();
    if status != "open" {
        entry.time(&incidents::RESOLVED_AT, "impactEndDate");
    }
    match status.as_ref() {
        "resolved" if !entry.has(&incidents::RESOLVED_AT) => {
            entry.time(&incidents::RESOLVED_AT, "updatedAt");
            let message = "Opsgenie does not say when an incident was resolved: where its impact has no end, its last update was taken";
            desk.note_once("resolution_approximated", message);
        }
        "closed" => entry.time(&incidents::CLOSED_AT, "updatedAt"),
        _ => {}
    }
    desk.keep(entry);
}

/// An alert ends by being closed, by a person or because its cause is gone: there is no other end of it.
fn alert(record: &Value, id: &str, desk: &mut Desk<'_>) {
    desk.count_on_page("alerts");
    let mut entry = begin(record, id, desk);
    let created = entry.get_int(&incidents::CREATED_AT);
    // Milliseconds since the alert was created.
    let after = |path: &str| Some(created? + values::int(record, path)?.checked_mul(1000)?);
    if let Some(at) = after("report.ackTime") {
        entry.put_time(&incidents::ACKNOWLEDGED_AT, at);
    }
    if let (Some(at), true) = (after("report.closeTime"), entry.get(&incidents::ORIGINAL_STATE) == Some("closed")) {
        entry.put_time(&incidents::CLOSED_AT, at);
        entry.put_time(&incidents::RESOLVED_AT, at);
    }
    let is_open = entry.get(&incidents::ORIGINAL_STATE) == Some("open");
    if is_open && values::truth(record, "acknowledged") == Some(true) {
        entry.put(&incidents::STATE, "acknowledged");
    }
    entry.int(&incidents::ALERT_COUNT, "count");
    entry.first(&incidents::TEAM_NAME_RAW, &["ownerTeamId", "teams.id"]);
    let message =
        "each alert counts as an incident, and closing it as its resolution; leave this file out where incidents are exported too";
    desk.note_once("alerts_as_incidents", message);
    if let Some(entity) = values::text(record, "entity") {
        entry.service(&entity);
    }
    desk.keep(entry);
}

fn service(record: &Value, id: &str, desk: &mut Desk<'_>) {
    let name = values::text(record, "name").unwrap_or_else(|| id.into());
    let mut entry = desk.entry(&services::TABLE, record);
    entry.put(&services::SERVICE_ID, &name);
    entry.put(&services::NAME, &name);
    if let Some(team) = values::text(record, "teamId") {
        entry.owner(&team);
    }
    if desk.keep(entry) {
        desk.alias(id, "name", &name, NAME);
    }
}
