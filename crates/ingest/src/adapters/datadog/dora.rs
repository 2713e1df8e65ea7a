//! Deployments and failures that were sent for DORA metrics, or read back.
//!
//! A failure names its deployment by version or commit, not by its identifier: the last such deployment of the service before it is meant.

use sequela_schema::canonical::{deployments, incidents};
use sequela_schema::vocabulary::SUCCESS;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::kind;
use crate::adapters::shared::{Desk, Entry, Origin, Refused, values};

/// What a record of DORA metrics is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Deployment,
    Failure,
}

/// What a record is; what is sent has no type, only attributes.
pub(super) fn what(record: &Value) -> Option<What> {
    match kind(record).as_deref() {
        Some("dora_deployment") => return Some(What::Deployment),
        Some("dora_failure" | "dora_incident") => return Some(What::Failure),
        Some(_) => return None,
        None => {}
    }
    let attributes = record.get("attributes")?;
    let timed = values::int(attributes, "started_at").is_some();
    if timed && values::has(attributes, "service") && values::has(attributes, "finished_at") {
        Some(What::Deployment)
    } else {
        (timed && values::at(attributes, "services").is_some_and(Value::is_array)).then_some(What::Failure)
    }
}

/// A deployment, as far as failures refer to it.
struct Deployed {
    id: String,
    service: String,
    names: Vec<String>,
    at: Option<i64>,
}

/// A failure that names what failed.
struct Failed {
    origin: Origin,
    record: Value,
    names: Vec<String>,
}

#[derive(Default)]
pub(super) struct Dora {
    deployed: Vec<Deployed>,
    failed: Vec<Failed>,
}

impl Dora {
    pub(super) fn keep(&mut self, what: What, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        match what {
            What::Deployment => self.keep_deployment(record, desk),
            What::Failure => {
                desk.count_on_page("failures");
                let names = names(record);
                if names.is_empty() {
                    return keep_failure(record, &[], &[], desk);
                }
                native(record)?;
                self.failed.push(Failed { origin: desk.origin(), record: record.clone(), names });
                Ok(())
            }
        }
    }

    fn keep_deployment(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        desk.count_on_page("deployments");
        let id = desk.id(&native(record)?);
        let mut entry = desk.entry(&deployments::TABLE, record);
        entry.put(&deployments::DEPLOYMENT_ID, &id);
        entry.text(&deployments::ENVIRONMENT_RAW, "attributes.env");
        entry.text(&deployments::VERSION, "attributes.version");
        entry.text(&deployments::COMMIT_SHA, "attributes.git.commit_sha");
        entry.text(&deployments::REPO_URL, "attributes.git.repository_url");
        entry.time(&deployments::STARTED_AT, "attributes.started_at");
        entry.time(&deployments::FINISHED_AT, "attributes.finished_at");
        // Only what went live is sent; what went wrong with it comes as a failure.
        entry.put(&deployments::RESULT, SUCCESS);
        let service = values::text(record, "attributes.service").unwrap_or_default();
        entry.service(&service);
        let at = entry.get_int(&deployments::FINISHED_AT);
        self.deployed.push(Deployed { id, service: service.into_owned(), names: names(record), at });
        desk.keep(entry);
        Ok(())
    }

    pub(super) fn finish(&mut self, desk: &mut Desk<'_>) {
        for failed in std::mem::take(&mut self.failed) {
            desk.go_to(&failed.origin);
            // What identifies it was checked when it was read.
            let _ = keep_failure(&failed.record, &self.deployed, &failed.names, desk);
        }
    }
}

fn keep_failure(record: &Value, deployed: &[Deployed], names: &[String], desk: &mut Desk<'_>) -> Result<(), Refused> {
    let mut entry = desk.entry(&incidents::TABLE, record);
    entry.put(&incidents::INCIDENT_ID, &desk.id(&native(record)?));
    entry.text(&incidents::TITLE, "attributes.name");
    entry.text(&incidents::SEVERITY_RAW, "attributes.severity");
    entry.text(&incidents::ENVIRONMENT_RAW, "attributes.env");
    entry.text(&incidents::TEAM_NAME_RAW, "attributes.team");
    entry.time(&incidents::STARTED_AT, "attributes.started_at");
    entry.time(&incidents::RESOLVED_AT, "attributes.finished_at");
    entry.services("attributes.services");
    entry.services("attributes.service");
    if entry.has(&incidents::RESOLVED_AT) {
        entry.put(&incidents::STATE, "resolved");
    }
    put_cause(&mut entry, record, deployed, names);
    desk.keep(entry);
    Ok(())
}

fn put_cause(entry: &mut Entry<'_>, record: &Value, deployed: &[Deployed], names: &[String]) {
    let began = entry.get_int(&incidents::STARTED_AT);
    let services: Vec<_> = ["attributes.services", "attributes.service"].iter().flat_map(|path| values::texts(record, path)).collect();
    let fits = |deployment: &&Deployed| {
        let same = deployment.names.iter().any(|name| names.contains(name));
        same && services.iter().any(|service| *service == deployment.service) && deployment.at <= began
    };
    let cause = deployed.iter().filter(fits).max_by_key(|deployment| deployment.at);
    entry.put_opt(&incidents::CAUSED_BY_DEPLOYMENT_ID, cause.map(|cause| cause.id.as_str()));
}

/// Version and commit that a record names.
fn names(record: &Value) -> Vec<String> {
    let paths = ["attributes.version", "attributes.git.commit_sha"];
    paths.iter().filter_map(|path| values::text(record, path)).map(std::borrow::Cow::into_owned).collect()
}

/// The identifier that was given, else one made of what does not change.
fn native(record: &Value) -> Result<String, Refused> {
    if let Some(id) = values::first(record, &["attributes.id", "id"]) {
        return Ok(id.into_owned());
    }
    let began = values::text(record, "attributes.started_at").ok_or(Refused::missing("attributes.started_at"))?;
    let named = values::first(record, &["attributes.service", "attributes.services", "attributes.name"]).unwrap_or_default();
    let environment = values::text(record, "attributes.env").unwrap_or_default();
    let services = values::texts(record, "attributes.services").join(",");
    let hash = Sha256::digest(format!("{named}\n{services}\n{environment}\n{began}"));
    Ok(hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}
