//! Canonical tables: what every export is turned into before anything is computed.
//!
//! Names follow OpenTelemetry, CDEvents, Apache DevLake and ServiceNow, in that order of preference.

mod catalog;
mod change_records;
mod delivery;
mod incident_records;
mod intake;
mod quality;

pub use catalog::{dependencies, service_aliases, service_teams, services, teams};
pub use change_records::{change_services, changes, problems};
pub use delivery::{deployment_commits, deployment_services, deployments};
pub use incident_records::{incident_services, incidents, labels, status_events};
pub use intake::{ingest_files, ingest_issues};
pub use quality::quality_measures;

use crate::Table;

/// Every canonical table, in the order that `sequela schema` prints.
pub static TABLES: [&Table; 18] = [
    &deployments::TABLE,
    &deployment_services::TABLE,
    &deployment_commits::TABLE,
    &incidents::TABLE,
    &incident_services::TABLE,
    &labels::TABLE,
    &status_events::TABLE,
    &changes::TABLE,
    &change_services::TABLE,
    &problems::TABLE,
    &services::TABLE,
    &service_teams::TABLE,
    &service_aliases::TABLE,
    &teams::TABLE,
    &dependencies::TABLE,
    &quality_measures::TABLE,
    &ingest_files::TABLE,
    &ingest_issues::TABLE,
];
