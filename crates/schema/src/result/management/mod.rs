//! What change and problem management should do about it: one table per report.

mod accreditation;
mod approval;
mod impact;
mod problems;
mod quality;
mod reconciliation;
mod risk;
mod standard;

pub use accreditation::team_accreditation;
pub use approval::approval_paths;
pub use impact::release_impact;
pub use problems::problem_candidates;
pub use quality::quality_association;
pub use reconciliation::{change_reconciliation, reconciliation_summary};
pub use risk::{change_risk, risk_validation};
pub use standard::standard_change_candidates;
