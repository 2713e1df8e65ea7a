//! Rootly: incidents, pulses and services, in the packing of JSON:API.

use sequela_schema::canonical::{changes, deployments, incidents, services};
use serde_json::Value;

use super::shared::{Desk, Reader, Refused, Translate, pipeline, values};
use super::{Adapter, Confidence, Export, Sample, Session, Verified};
use crate::issue::code;

const NAME: &str = "rootly";

/// The adapter.
pub(super) struct Rootly;

impl Adapter for Rootly {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        &[
            Export {
                what: "incidents",
                how: "curl -H 'Authorization: Bearer KEY' 'https://api.rootly.com/v1/incidents?page%5Bsize%5D=100&page%5Bnumber%5D=1' > incidents-1.json",
                fills: &["incidents", "changes"],
                verified: Verified::Documentation,
            },
            Export {
                what: "pulses: what was deployed",
                how: "curl -H 'Authorization: Bearer KEY' 'https://api.rootly.com/v1/pulses?page%5Bsize%5D=100&page%5Bnumber%5D=1' > pulses-1.json",
                fills: &["deployments"],
                verified: Verified::Documentation,
            },
            Export {
                what: "services and what other tools call them",
                how: "curl -H 'Authorization: Bearer KEY' 'https://api.rootly.com/v1/services?page%5Bsize%5D=100' > services.json",
                fills: &["services", "service_aliases"],
                verified: Verified::Documentation,
            },
        ]
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        let kinds: Vec<Kind> = sample.records.iter().filter_map(Kind::of).collect();
        let Some(kind) = kinds.first().filter(|_| kinds.len() * 2 > sample.records.len()) else { return Confidence::default() };
        match kind {
            Kind::Incident => Confidence::of(95, &incidents::TABLE, "incidents of Rootly"),
            Kind::Pulse => Confidence::of(90, &deployments::TABLE, "pulses of Rootly"),
            Kind::Service => Confidence::of(90, &services::TABLE, "services of Rootly"),
        }
    }

    fn rest(&self) -> &'static str {
        "fetch the address that the page gives as links.next, until there is none"
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work))
    }
}

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Incident,
    Pulse,
    Service,
}

impl Kind {
    fn of(record: &Value) -> Option<Self> {
        let attributes = record.get("attributes")?;
        let has = |key: &str| values::has_key(attributes, key);
        match record.get("type")?.as_str()? {
            "incidents" => {
                let timed = has("mitigated_at") || has("started_at");
                (has("slug") && timed && !has("public_id")).then_some(Self::Incident)
            }
            "pulses" => (has("summary") && has("source")).then_some(Self::Pulse),
            "services" => (has("slug") && ALIASES.iter().any(|(key, _)| has(key))).then_some(Self::Service),
            _ => None,
        }
    }
}

/// Names of a service in other tools, and the kind of alias that each is.
const ALIASES: [(&str, &str); 7] = [
    ("backstage_id", "component"),
    ("pagerduty_id", "pd_id"),
    ("opsgenie_id", "name"),
    ("cortex_id", "name"),
    ("service_now_ci_sys_id", "sys_id"),
    ("github_repository_name", "repo"),
    ("gitlab_repository_name", "repo"),
];

struct Work;

impl Translate for Work {
    fn record(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let kind = Kind::of(record).ok_or_else(|| Refused::unknown("no incident, pulse or service of Rootly"))?;
        let id = values::text(record, "id").ok_or(Refused::missing("id"))?;
        let attributes = record.get("attributes").unwrap_or(&Value::Null);
        match kind {
            Kind::Pulse => pulse(attributes, &desk.id(&id), desk),
            Kind::Service => service(attributes, &id, desk),
            Kind::Incident => match values::text(attributes, "kind").unwrap_or_default().as_ref() {
                kind if kind.starts_with("test") || kind.starts_with("example") => {
                    desk.note_once("tests_left_alone", "incidents of kind test or example were left alone");
                }
                kind if kind.starts_with("scheduled") => maintenance(attributes, &desk.id(&id), desk),
                _ => incident(attributes, &desk.id(&id), desk),
            },
        }
        Ok(())
    }
}

/// Names in a list of related records, packed as JSON:API or plainly.
fn names(attributes: &Value, list: &str) -> Vec<String> {
    let listed = values::at(attributes, list).map(|value| value.get("data").unwrap_or(value));
    let elements = listed.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let name =
        |element: &Value| values::first(element, &["data.attributes.name", "attributes.name", "name"]).map(std::borrow::Cow::into_owned);
    elements.iter().filter_map(name).collect()
}

fn incident(attributes: &Value, id: &str, desk: &mut Desk<'_>) {
    let mut entry = desk.entry(&incidents::TABLE, attributes);
    entry.put(&incidents::INCIDENT_ID, id);
    entry.text(&incidents::NUMBER, "sequential_id");
    entry.text(&incidents::TITLE, "title");
    entry.first(&incidents::URL, &["url", "short_url"]);
    entry.time(&incidents::STARTED_AT, "started_at");
    entry.time(&incidents::DETECTED_AT, "detected_at");
    entry.time(&incidents::CREATED_AT, "created_at");
    entry.time(&incidents::ACKNOWLEDGED_AT, "acknowledged_at");
    entry.time(&incidents::MITIGATED_AT, "mitigated_at");
    entry.time(&incidents::RESOLVED_AT, "resolved_at");
    entry.time(&incidents::CLOSED_AT, "closed_at");
    entry.text(&incidents::ORIGINAL_STATE, "status");
    entry.put_opt(&incidents::STATE, values::text(attributes, "status").and_then(|status| state(&status)));
    entry.first(&incidents::SEVERITY_RAW, &["severity.data.attributes.name", "severity.name"]);
    // The name is free, such as SEV0; the rank behind it is one of four words.
    let rank = values::first(attributes, &["severity.data.attributes.severity", "severity.severity"]);
    if let Some(severity) = rank.and_then(|rank| crate::words::severity(&rank)) {
        entry.put_int(&incidents::SEVERITY, severity);
    }
    names(attributes, "services").iter().for_each(|name| entry.service(name));
    entry.put_opt(&incidents::ENVIRONMENT_RAW, names(attributes, "environments").first());
    entry.put_opt(&incidents::TEAM_NAME_RAW, names(attributes, "groups").first());
    entry.put_opt(&incidents::CATEGORY, names(attributes, "incident_types").first());
    entry.put_opt(&incidents::PARENT_INCIDENT_ID, values::text(attributes, "parent_incident_id").map(|other| desk.id(&other)));
    entry.put_opt(&incidents::DUPLICATE_OF, values::text(attributes, "duplicate_incident_id").map(|other| desk.id(&other)));
    entry.updated("updated_at");
    desk.keep(entry);
}

fn state(status: &str) -> Option<&'static str> {
    match status {
        "in_triage" => Some("triggered"),
        "started" => Some("in_progress"),
        _ => crate::words::incident_state(status),
    }
}

/// Planned maintenance is kept in the list of incidents.
fn maintenance(attributes: &Value, id: &str, desk: &mut Desk<'_>) {
    let mut entry = desk.entry(&changes::TABLE, attributes);
    entry.put(&changes::CHANGE_ID, id);
    entry.text(&changes::NUMBER, "sequential_id");
    entry.text(&changes::TITLE, "title");
    entry.first(&changes::URL, &["url", "short_url"]);
    entry.time(&changes::CREATED_AT, "created_at");
    entry.time(&changes::PLANNED_START_AT, "scheduled_for");
    entry.time(&changes::PLANNED_END_AT, "scheduled_until");
    entry.text(&changes::ORIGINAL_STATE, "status");
    names(attributes, "services").iter().for_each(|name| entry.service(name));
    entry.updated("updated_at");
    desk.keep(entry);
}

/// A pulse tells that something happened at a time; only a label may tell that it failed.
fn pulse(attributes: &Value, id: &str, desk: &mut Desk<'_>) {
    let mut entry = desk.entry(&deployments::TABLE, attributes);
    entry.put(&deployments::DEPLOYMENT_ID, id);
    entry.text(&deployments::NAME, "summary");
    entry.text(&deployments::URL, "external_url");
    entry.time(&deployments::CREATED_AT, "created_at");
    entry.time(&deployments::STARTED_AT, "started_at");
    entry.first_time(&deployments::FINISHED_AT, &["ended_at", "started_at", "created_at"]);
    names(attributes, "services").iter().for_each(|name| entry.service(name));
    entry.put_opt(&deployments::ENVIRONMENT_RAW, names(attributes, "environments").first());
    entry.put_opt(&deployments::COMMIT_SHA, pair(attributes, "refs", &["sha", "commit", "commit_sha"]));
    entry.put_opt(&deployments::VERSION, pair(attributes, "refs", &["version", "tag", "image"]));
    match pair(attributes, "labels", &["result", "status", "outcome"]) {
        Some(result) => entry.put(&deployments::ORIGINAL_RESULT, &result),
        None => {
            entry.put(&deployments::RESULT, "success");
            desk.note_once(code::RESULT_ASSUMED, "pulses have no outcome: they count as successful");
        }
    }
    let summary = values::text(attributes, "summary").unwrap_or_default();
    pipeline::classify(&mut entry, desk, &[&summary]);
    entry.updated("updated_at");
    desk.keep(entry);
}

/// The value of a key in a list of pairs, written as objects or as `key=value`.
fn pair(attributes: &Value, list: &str, keys: &[&str]) -> Option<String> {
    let pairs = values::list(attributes, list).iter().filter_map(|pair| match pair.as_str() {
        Some(text) => text.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned())),
        None => Some((values::text(pair, "key")?.into_owned(), values::text(pair, "value")?.into_owned())),
    });
    pairs.into_iter().find(|(key, _)| keys.contains(&key.to_lowercase().as_str())).map(|(_, value)| value)
}

fn service(attributes: &Value, id: &str, desk: &mut Desk<'_>) {
    let name = values::first(attributes, &["name", "slug"]).unwrap_or_else(|| id.into());
    let mut entry = desk.entry(&services::TABLE, attributes);
    entry.put(&services::SERVICE_ID, &name);
    entry.put(&services::NAME, &name);
    for owner in names(attributes, "owner_groups") {
        entry.owner(&owner);
    }
    if !desk.keep(entry) {
        return;
    }
    let slug = values::text(attributes, "slug").filter(|slug| *slug != name);
    for other in [Some(id.into()), slug].into_iter().flatten() {
        desk.alias(&other, "name", &name, NAME);
    }
    for (key, kind) in ALIASES {
        if let Some(alias) = values::text(attributes, key) {
            desk.alias(&alias, kind, &name, NAME);
        }
    }
}
