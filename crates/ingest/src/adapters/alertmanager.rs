//! Alerts of Prometheus, from the notifications that Alertmanager sends (webhook, version 4) and from its API (version 2).
//!
//! A notification is repeated as long as the alert lasts, and again when it is over: an alert is known by its fingerprint and its start,
//! and counts once.

use std::collections::BTreeMap;

use sequela_schema::canonical::incidents;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::shared::{Desk, Entry, Origin, Reader, Refused, Translate, values};
use super::{Adapter, Confidence, Export, Sample, Session, Verified};

const NAME: &str = "alertmanager";

/// The adapter.
pub(super) struct Alertmanager;

impl Adapter for Alertmanager {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        &[
            Export {
                what: "alerts that are active now",
                how: "curl 'http://ALERTMANAGER:9093/api/v2/alerts' > alerts.json",
                fills: &["incidents"],
                verified: Verified::Documentation,
            },
            Export {
                what: "notifications over time",
                how: "add a receiver with webhook_configs to alertmanager.yml and append each body that it posts to notifications.ndjson",
                fills: &["incidents"],
                verified: Verified::Documentation,
            },
        ]
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        let of = |what: &str| Confidence::of(93, &incidents::TABLE, what);
        if sample.most(is_notification) {
            return of("notifications of Alertmanager");
        }
        if sample.most(is_alert) { of("alerts of Alertmanager") } else { Confidence::default() }
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work::default()))
    }
}

fn is_notification(record: &Value) -> bool {
    values::has_key(record, "groupKey") && values::at(record, "alerts").is_some_and(Value::is_array) && values::has_key(record, "receiver")
}

fn is_alert(record: &Value) -> bool {
    let labelled = record.get("labels").is_some_and(Value::is_object) && values::has(record, "startsAt");
    labelled && (values::has(record, "status.state") || values::has_key(record, "fingerprint"))
}

/// An alert, as the last notification that tells its state has it.
struct Alert {
    origin: Origin,
    record: Value,
    resolved: bool,
}

#[derive(Default)]
struct Work {
    /// By identifier.
    alerts: BTreeMap<String, Alert>,
}

impl Translate for Work {
    fn record(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        if is_alert(record) {
            return self.take(record, None, desk);
        }
        if !is_notification(record) {
            return Err(Refused::unknown("neither a notification nor an alert of Alertmanager"));
        }
        if let Some(left_out) = values::int(record, "truncatedAlerts").filter(|number| *number > 0) {
            desk.suspect_truncation(&format!("a notification left out {left_out} alerts (max_alerts)"));
        }
        let state = values::text(record, "status");
        let alerts = values::list(record, "alerts");
        let outcomes: Vec<_> = alerts.iter().map(|alert| self.take(alert, state.as_deref(), desk)).collect();
        if outcomes.iter().any(Result::is_ok) { Ok(()) } else { outcomes.into_iter().collect() }
    }

    fn finish(&mut self, desk: &mut Desk<'_>) {
        for (id, alert) in std::mem::take(&mut self.alerts) {
            desk.go_to(&alert.origin);
            keep(&id, &alert, desk);
        }
    }
}

impl Work {
    /// Takes an alert; one that is over stays over, whatever the order of the notifications.
    fn take(&mut self, record: &Value, group: Option<&str>, desk: &mut Desk<'_>) -> Result<(), Refused> {
        // Both always fire: they show that alerting works, and hold back others.
        if values::text(record, "labels.alertname").is_some_and(|name| name == "Watchdog" || name == "InfoInhibitor") {
            return Ok(());
        }
        let started = values::text(record, "startsAt").ok_or(Refused::missing("startsAt"))?;
        let print = values::text(record, "fingerprint").map_or_else(|| fingerprint(record), std::borrow::Cow::into_owned);
        let resolved = values::text(record, "status").as_deref().or(group) == Some("resolved");
        let id = desk.id(&format!("{print}/{started}"));
        if self.alerts.get(&id).is_some_and(|known| known.resolved || !resolved) {
            return Ok(());
        }
        let kept = ["labels", "annotations", "startsAt", "endsAt", "generatorURL"];
        let kept = kept.iter().filter_map(|key| Some(((*key).to_owned(), record.get(*key)?.clone()))).collect();
        self.alerts.insert(id, Alert { origin: desk.origin(), record: Value::Object(kept), resolved });
        Ok(())
    }
}

fn keep(id: &str, alert: &Alert, desk: &mut Desk<'_>) {
    let mut entry = desk.entry(&incidents::TABLE, &alert.record);
    entry.put(&incidents::INCIDENT_ID, id);
    fill(&mut entry, &alert.record);
    put_state(&mut entry, alert.resolved);
    let (began, ended) = (entry.get_int(&incidents::DETECTED_AT), entry.get_int(&incidents::RESOLVED_AT));
    desk.keep(entry);
    if let (Some(began), Some(ended)) = (began, ended) {
        desk.event("incident", id, began, None, "triggered");
        desk.event("incident", id, ended, Some("triggered"), "resolved");
    }
}

fn fill(entry: &mut Entry<'_>, record: &Value) {
    entry.first(&incidents::TITLE, &["annotations.summary", "annotations.title", "labels.alertname"]);
    entry.text(&incidents::CATEGORY, "labels.alertname");
    entry.text(&incidents::URL, "generatorURL");
    entry.time(&incidents::DETECTED_AT, "startsAt");
    if let Some(service) = values::first(record, &SERVICES) {
        entry.service(&service);
    }
    entry.first(&incidents::TEAM_NAME_RAW, &["labels.team", "labels.owner"]);
    entry.first(&incidents::ENVIRONMENT_RAW, &["labels.environment", "labels.env", "labels.stage"]);
    entry.put_opt(&incidents::SEVERITY_RAW, values::text(record, "labels.severity").filter(|word| word != "none"));
    if let Some(severity) = entry.get(&incidents::SEVERITY_RAW).and_then(severity) {
        entry.put_int(&incidents::SEVERITY, severity);
    }
}

/// Labels that name a service, the most telling first.
const SERVICES: [&str; 5] = ["labels.service", "labels.app", "labels.app_kubernetes_io_name", "labels.job", "labels.namespace"];

/// The usual words of alerting rules; others go through the general ones.
fn severity(text: &str) -> Option<i64> {
    Some(match text.to_lowercase().as_str() {
        "critical" | "page" => 1,
        "error" | "high" => 2,
        "warning" => 3,
        "info" => 4,
        _ => return None,
    })
}

/// The end of an alert that still fires is when it expires if nothing more is heard of it: no end at all.
fn put_state(entry: &mut Entry<'_>, resolved: bool) {
    entry.put(&incidents::STATE, if resolved { "resolved" } else { "triggered" });
    entry.put(&incidents::ORIGINAL_STATE, if resolved { "resolved" } else { "firing" });
    if resolved {
        entry.time(&incidents::RESOLVED_AT, "endsAt");
    }
}

/// Old versions send none: the labels are what identifies an alert.
fn fingerprint(record: &Value) -> String {
    let labels = record.get("labels").and_then(Value::as_object);
    let sorted: BTreeMap<&String, String> = labels.into_iter().flatten().map(|(name, value)| (name, value.to_string())).collect();
    let mut hash = Sha256::new();
    for (name, value) in sorted {
        hash.update(format!("{name}={value}\n"));
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
