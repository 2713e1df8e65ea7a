//! incident.io: incidents of its API, version 2. Times have names that an organisation may choose.

use sequela_schema::Column;
use sequela_schema::canonical::incidents;
use serde_json::Value;

use super::shared::{Desk, Entry, Reader, Refused, Translate, values};
use super::{Adapter, Confidence, Export, Sample, Session, Verified};

const NAME: &str = "incident_io";

/// The adapter.
pub(super) struct IncidentIo;

impl Adapter for IncidentIo {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        &[Export {
            what: "incidents",
            how: "curl -H 'Authorization: Bearer KEY' 'https://api.incident.io/v2/incidents?page_size=250' > incidents-1.json, then again with &after=ID of the last one",
            fills: &["incidents"],
            verified: Verified::Documentation,
        }]
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        if sample.most(is_incident) {
            return Confidence::of(95, &incidents::TABLE, "incidents of incident.io");
        }
        Confidence::default()
    }

    fn rest(&self) -> &'static str {
        "fetch the next page with after=PAGINATION_META.AFTER of this one"
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work))
    }
}

fn is_incident(record: &Value) -> bool {
    let own = ["slack_channel_id", "incident_timestamp_values", "permalink", "mode"];
    values::has(record, "reference")
        && values::has(record, "incident_status.category")
        && own.iter().any(|key| values::has_key(record, key))
}

struct Work;

impl Translate for Work {
    fn record(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        if !is_incident(record) {
            return Err(Refused::unknown("no incident of incident.io"));
        }
        let id = values::text(record, "id").ok_or(Refused::missing("id"))?;
        if matches!(values::text(record, "mode").as_deref(), Some("test" | "tutorial")) {
            desk.note_once("tests_left_alone", "incidents of mode test or tutorial were left alone");
            return Ok(());
        }
        let mut entry = desk.entry(&incidents::TABLE, record);
        entry.put(&incidents::INCIDENT_ID, &desk.id(&id));
        entry.text(&incidents::NUMBER, "reference");
        entry.text(&incidents::TITLE, "name");
        entry.text(&incidents::URL, "permalink");
        entry.text(&incidents::SEVERITY_RAW, "severity.name");
        entry.text(&incidents::CATEGORY, "incident_type.name");
        entry.text(&incidents::ORIGINAL_STATE, "incident_status.name");
        let category = values::text(record, "incident_status.category").unwrap_or_default();
        entry.put_opt(&incidents::STATE, state(&category));
        put_times(&mut entry, record);
        put_fields(&mut entry, record);
        entry.updated("updated_at");
        desk.keep(entry);
        Ok(())
    }
}

/// After the incident is over comes a phase of learning, until it is closed.
fn state(category: &str) -> Option<&'static str> {
    match category {
        "triage" => Some("triggered"),
        "active" | "live" => Some("in_progress"),
        "paused" => Some("on_hold"),
        "learning" => Some("resolved"),
        "closed" => Some("closed"),
        "merged" => Some("merged"),
        "declined" | "canceled" | "cancelled" => Some("cancelled"),
        _ => None,
    }
}

/// Our column and the names of theirs in lower case, as the product comes and as organisations commonly add them.
const TIMES: [(Column, &[&str]); 7] = [
    (incidents::STARTED_AT, &["impact started at", "impact started", "started at", "impact start"]),
    (incidents::DETECTED_AT, &["detected at", "detected"]),
    (incidents::CREATED_AT, &["reported at", "declared at"]),
    (incidents::ACKNOWLEDGED_AT, &["accepted at", "acknowledged at"]),
    (incidents::MITIGATED_AT, &["fixed at", "mitigated at"]),
    (incidents::RESOLVED_AT, &["resolved at"]),
    (incidents::CLOSED_AT, &["closed at"]),
];

/// An incident that is entered afterwards has a late `created_at`, but was reported when it says so.
fn put_times(entry: &mut Entry<'_>, record: &Value) {
    for stamp in values::list(record, "incident_timestamp_values") {
        let name = values::text(stamp, "incident_timestamp.name").unwrap_or_default().to_lowercase();
        let value = values::at(stamp, "value.value").unwrap_or(&Value::Null);
        if let Some((column, _)) = TIMES.iter().find(|(_, names)| names.contains(&name.as_str())) {
            entry.time_of(column, &name, value);
        }
    }
    if !entry.has(&incidents::CREATED_AT) {
        entry.time(&incidents::CREATED_AT, "created_at");
    }
}

/// Service, team and the like are fields that an organisation adds.
fn put_fields(entry: &mut Entry<'_>, record: &Value) {
    for field in values::list(record, "custom_field_entries") {
        let name = values::text(field, "custom_field.name").unwrap_or_default().to_lowercase();
        let found = texts(field);
        let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
        if has(&["service", "component"]) {
            found.iter().for_each(|service| entry.service(service));
        } else if has(&["team", "squad"]) {
            entry.put_opt(&incidents::TEAM_NAME_RAW, found.first());
        } else if has(&["environment"]) {
            entry.put_opt(&incidents::ENVIRONMENT_RAW, found.first());
        } else if has(&["root cause"]) {
            entry.put_opt(&incidents::ROOT_CAUSE_TEXT, found.first());
        } else if has(&["detect"]) {
            entry.put_opt(&incidents::DETECTION_METHOD, found.first());
        }
    }
}

/// The values of a field, which are options, entries of a catalog or plain.
fn texts(field: &Value) -> Vec<String> {
    const FORMS: [&str; 4] = ["value_catalog_entry.name", "value_option.value", "value_text", "value_numeric"];
    let all = values::list(field, "values").iter();
    all.filter_map(|value| values::first(value, &FORMS).map(std::borrow::Cow::into_owned)).collect()
}
