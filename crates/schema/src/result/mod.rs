//! Result tables: what a run computes. Names and columns are a contract with other people's scripts.

mod attribution;
mod differences;
mod figures;
mod months;
mod scores;

pub use attribution::{
    ambiguous_names, association, candidates, deployment_outcomes, deployment_units, incident_attribution, incident_units, links, placebo,
    unowned_services,
};
pub use differences::{reconciliation, reconciliation_records};
pub use figures::{bands, metrics, month_signals, restore_curves, team_comparison};
pub use months::{org_month, service_month, team_month};
pub use scores::{evaluation, evaluation_bins};

use crate::Table;

/// Every result table, in the order that `sequela schema` prints.
pub static TABLES: [&Table; 22] = [
    &links::TABLE,
    &incident_attribution::TABLE,
    &deployment_outcomes::TABLE,
    &candidates::TABLE,
    &deployment_units::TABLE,
    &incident_units::TABLE,
    &metrics::TABLE,
    &team_month::TABLE,
    &service_month::TABLE,
    &org_month::TABLE,
    &team_comparison::TABLE,
    &restore_curves::TABLE,
    &month_signals::TABLE,
    &bands::TABLE,
    &association::TABLE,
    &unowned_services::TABLE,
    &ambiguous_names::TABLE,
    &placebo::TABLE,
    &reconciliation::TABLE,
    &reconciliation_records::TABLE,
    &evaluation::TABLE,
    &evaluation_bins::TABLE,
];
