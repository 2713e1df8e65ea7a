//! Datadog: incidents, deployments and failures of DORA metrics, and the software catalog (service definitions and entities).

mod catalog;
mod dora;
mod incidents;

use sequela_schema::canonical::{deployments, incidents as incidents_table, services};
use serde_json::Value;

use super::shared::{Desk, Reader, Refused, Translate, values};
use super::{Adapter, Confidence, Export, Sample, Session, Verified};

const NAME: &str = "datadog";

/// The adapter.
pub(super) struct Datadog;

impl Adapter for Datadog {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        &[
            Export {
                what: "incidents",
                how: "curl -H 'DD-API-KEY: KEY' -H 'DD-APPLICATION-KEY: KEY' 'https://api.datadoghq.com/api/v2/incidents?page[size]=100&page[offset]=0' > incidents-1.json",
                fills: &["incidents"],
                verified: Verified::RealFile,
            },
            Export {
                what: "deployments and failures of DORA metrics",
                how: "curl -X POST -H 'DD-API-KEY: KEY' -H 'DD-APPLICATION-KEY: KEY' -H 'Content-Type: application/json' -d '{\"data\":{\"attributes\":{\"limit\":1000}}}' https://api.datadoghq.com/api/v2/dora/deployments > deployments.json; the same with /dora/failures",
                fills: &["deployments", "incidents"],
                verified: Verified::Documentation,
            },
            Export {
                what: "service definitions",
                how: "curl -H 'DD-API-KEY: KEY' -H 'DD-APPLICATION-KEY: KEY' 'https://api.datadoghq.com/api/v2/services/definitions?page[size]=100&schema_version=v2.2' > services.json, or the service.datadog.yaml and entity.datadog.yaml files of your repositories",
                fills: &["services", "service_aliases", "dependencies"],
                verified: Verified::Documentation,
            },
        ]
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        if sample.most(|record| incidents::is_incident(record) || incidents::is_search(record)) {
            return Confidence::of(93, &incidents_table::TABLE, "incidents of Datadog");
        }
        if sample.most(|record| dora::what(record) == Some(dora::What::Deployment)) {
            return Confidence::of(90, &deployments::TABLE, "DORA deployments of Datadog");
        }
        if sample.most(|record| dora::what(record).is_some()) {
            return Confidence::of(90, &incidents_table::TABLE, "DORA failures of Datadog");
        }
        if sample.most(|record| catalog::definition(record).is_some() || catalog::entity(record).is_some()) {
            return Confidence::of(93, &services::TABLE, "software catalog of Datadog");
        }
        Confidence::default()
    }

    fn rest(&self) -> &'static str {
        "fetch the next page with page[offset]"
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work::default()))
    }
}

#[derive(Default)]
struct Work {
    dora: dora::Dora,
}

impl Translate for Work {
    fn record(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        if incidents::is_incident(record) {
            desk.count_on_page("incidents");
            return incidents::keep(record, desk);
        }
        if incidents::is_search(record) {
            return incidents::keep_found(record, desk);
        }
        if let Some(what) = dora::what(record) {
            return self.dora.keep(what, record, desk);
        }
        if let Some(definition) = catalog::definition(record) {
            return catalog::keep_definition(definition, desk);
        }
        match catalog::entity(record) {
            Some(entity) => catalog::keep_entity(entity, desk),
            None => Err(Refused::unknown("no incident, deployment, failure, service definition or entity of Datadog")),
        }
    }

    fn finish(&mut self, desk: &mut Desk<'_>) {
        self.dora.finish(desk);
    }

    fn page_sizes(&self) -> &'static [u64] {
        &[10, 100, 1000]
    }
}

/// The kind of a resource of the interface.
fn kind(record: &Value) -> Option<std::borrow::Cow<'_, str>> {
    values::text(record, "type")
}
