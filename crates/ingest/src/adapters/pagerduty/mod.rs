//! PagerDuty: incidents from the interface and from reports, their log, change events, and the services with their teams and dependencies.

mod alerts;
mod catalog;
mod changes;
mod incidents;
mod report;

use sequela_schema::canonical::{dependencies, deployments, incidents as incidents_table, services, status_events, teams};
use serde_json::Value;

use super::shared::{Desk, Reader, Refused, Translate, reader, values};
use super::{Adapter, Confidence, Export, Sample, Session, Verified};
use crate::records::Row;
use crate::text::normal;

const NAME: &str = "pagerduty";

/// Headers as reports of all ages have them in common.
fn normal_headers(headers: &[String]) -> Vec<String> {
    headers.iter().map(|header| normal(header)).collect()
}

/// The adapter.
pub(super) struct PagerDuty;

impl Adapter for PagerDuty {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        const { &EXPORTS }
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        let of = |table, what: &str| Confidence::of(93, table, format!("{what} of PagerDuty"));
        let headers: Vec<String> = sample.headers.iter().map(|header| normal(header)).collect();
        if sample.records.is_empty() {
            let is_report = report::is_report(&headers);
            return if is_report { of(&incidents_table::TABLE, "report on incidents") } else { Confidence::default() };
        }
        let tables = [
            (What::Incident, &incidents_table::TABLE, "incidents"),
            (What::Report, &incidents_table::TABLE, "analytics of incidents"),
            (What::Alert, &incidents_table::TABLE, "events"),
            (What::Change, &deployments::TABLE, "change events"),
            (What::Log, &status_events::TABLE, "log entries"),
            (What::Service, &services::TABLE, "services"),
            (What::Team, &teams::TABLE, "teams"),
            (What::Dependencies, &dependencies::TABLE, "service dependencies"),
        ];
        let found = tables.into_iter().find(|(kind, ..)| sample.most(|record| what(record) == Some(*kind)));
        found.map_or_else(Confidence::default, |(_, table, name)| of(table, name))
    }

    /// Reports may give the time of the account's zone without saying so.
    fn needs_zone(&self, sample: &Sample) -> bool {
        sample.records.is_empty() && report::is_local(&sample.headers, &sample.rows)
    }

    fn rest(&self) -> &'static str {
        "set date_range=all or since and until (the default is one month), and fetch the next pages with offset"
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work::default()))
    }
}

const EXPORTS: [Export; 7] = [
    Export {
        what: "incidents",
        how: "curl -H 'Authorization: Token token=TOKEN' 'https://api.pagerduty.com/incidents?date_range=all&limit=100&offset=0' > incidents-1.json, then offset=100 and so on while it says \"more\": true",
        fills: &["incidents"],
        verified: Verified::RealFile,
    },
    Export {
        what: "analytics of incidents",
        how: "curl -X POST -H 'Authorization: Token token=TOKEN' -H 'Content-Type: application/json' -d '{\"limit\":1000,\"time_zone\":\"Etc/UTC\"}' https://api.pagerduty.com/analytics/raw/incidents > analytics-1.json",
        fills: &["incidents"],
        verified: Verified::Documentation,
    },
    Export {
        what: "report on incidents",
        how: "Analytics > Insights > Incident activity > Export CSV",
        fills: &["incidents"],
        verified: Verified::Documentation,
    },
    Export {
        what: "log entries, for acknowledgements of incidents that are over",
        how: "curl -H 'Authorization: Token token=TOKEN' 'https://api.pagerduty.com/log_entries?is_overview=true&since=2026-01-01&until=2026-02-01&limit=100&offset=0' > log-1.json",
        fills: &["incidents", "status_events"],
        verified: Verified::Documentation,
    },
    Export {
        what: "change events",
        how: "curl -H 'Authorization: Token token=TOKEN' 'https://api.pagerduty.com/change_events?limit=100&offset=0' > changes-1.json",
        fills: &["deployments"],
        verified: Verified::Documentation,
    },
    Export {
        what: "services and teams",
        how: "curl -H 'Authorization: Token token=TOKEN' 'https://api.pagerduty.com/services?limit=100&offset=0&include[]=teams' > services-1.json; the same with /teams",
        fills: &["services", "service_aliases", "teams"],
        verified: Verified::Documentation,
    },
    Export {
        what: "dependencies of a service",
        how: "curl -H 'Authorization: Token token=TOKEN' https://api.pagerduty.com/service_dependencies/technical_services/SERVICE > dependencies-SERVICE.json",
        fills: &["dependencies"],
        verified: Verified::Documentation,
    },
];

/// What a record is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Incident,
    Report,
    Alert,
    Change,
    Log,
    Service,
    Team,
    Dependencies,
}

fn what(record: &Value) -> Option<What> {
    let kind = values::text(record, "type").unwrap_or_default();
    let ours = ["self", "html_url"].iter().any(|key| values::text(record, key).is_some_and(|address| address.contains(".pagerduty.com/")));
    let is_report = record.as_object().is_some_and(|object| report::is_report(&object.keys().map(|key| normal(key)).collect::<Vec<_>>()));
    if is_report {
        Some(What::Report)
    } else if values::has_key(record, "incident_number") && (ours || kind == "incident" || values::has(record, "service.id")) {
        Some(What::Incident)
    } else if values::has_key(record, "routing_key") && values::has(record, "event_action") {
        Some(What::Alert)
    } else if kind == "change_event" && values::has(record, "timestamp")
        || values::has_key(record, "routing_key") && values::has(record, "payload.summary")
    {
        Some(What::Change)
    } else if kind.ends_with("_log_entry") && values::has(record, "created_at") {
        Some(What::Log)
    } else if kind == "service" && (values::has_key(record, "escalation_policy") || ours) {
        Some(What::Service)
    } else if kind == "team" && ours {
        Some(What::Team)
    } else {
        catalog::has_dependencies(record).then_some(What::Dependencies)
    }
}

#[derive(Default)]
struct Work {
    incidents: incidents::Incidents,
    alerts: alerts::Alerts,
    catalog: catalog::Catalog,
}

impl Translate for Work {
    fn record(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        match what(record) {
            Some(What::Incident) => self.incidents.take(record, desk),
            Some(What::Report) => report::keep(record, desk),
            Some(What::Alert) => self.alerts.take(record, desk),
            Some(What::Change) => changes::keep(record, desk),
            Some(What::Log) => self.incidents.take_log(record, desk),
            Some(What::Service) => self.catalog.take_service(record, desk),
            Some(What::Team) => self.catalog.take_team(record, desk),
            Some(What::Dependencies) => self.catalog.take_dependencies(record, desk),
            None => Err(Refused::unknown("no incident, event, log entry, service, team or dependency of PagerDuty")),
        }
    }

    fn takes_rows(&self, headers: &[String]) -> bool {
        report::is_report(&normal_headers(headers))
    }

    fn row(&mut self, headers: &[String], row: &dyn Row, desk: &mut Desk<'_>) -> Result<(), Refused> {
        self.record(&reader::object(&normal_headers(headers), row), desk)
    }

    fn finish(&mut self, desk: &mut Desk<'_>) {
        self.incidents.finish(desk);
        self.alerts.finish(desk);
    }

    fn complete(&mut self, desk: &mut Desk<'_>) {
        self.catalog.complete(desk);
    }
}
