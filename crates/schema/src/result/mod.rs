//! Result tables: what a run computes. Names and columns are a contract with other people's scripts.

mod attribution;
mod differences;
mod figures;
mod management;
mod months;
mod scores;

pub use attribution::{
    ambiguous_names, association, candidates, deployment_outcomes, deployment_units, incident_attribution, incident_units, links, placebo,
    response_curve, unowned_services,
};
pub use differences::{reconciliation, reconciliation_records};
pub use figures::{bands, metrics, month_signals, restore_curves, team_comparison};
pub use management::{
    approval_paths, change_reconciliation, change_risk, problem_candidates, quality_association, reconciliation_summary, release_impact,
    risk_validation, standard_change_candidates, team_accreditation,
};
pub use months::{org_month, service_month, team_month};
pub use scores::{evaluation, evaluation_bins};

use crate::Table;

/// Every result table, in the order that `sequela schema` prints.
pub static TABLES: [&Table; 33] = [
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
    &response_curve::TABLE,
    &unowned_services::TABLE,
    &ambiguous_names::TABLE,
    &release_impact::TABLE,
    &problem_candidates::TABLE,
    &standard_change_candidates::TABLE,
    &approval_paths::TABLE,
    &change_reconciliation::TABLE,
    &reconciliation_summary::TABLE,
    &team_accreditation::TABLE,
    &quality_association::TABLE,
    &change_risk::TABLE,
    &risk_validation::TABLE,
    &placebo::TABLE,
    &reconciliation::TABLE,
    &reconciliation_records::TABLE,
    &evaluation::TABLE,
    &evaluation_bins::TABLE,
];
