//! Result frames in, things for people out: tables on disk, charts, the monthly review, the terminal summary and explanations in words.
//!
//! The crate knows the declared tables and nothing of how they were computed. It reads no clock and no environment: the same frames and
//! the same [`Context`] give the same bytes.

mod approval;
mod charts;
mod context;
mod error;
mod evaluation;
mod explain;
mod exports;
mod figures;
mod headlines;
mod honesty;
mod json;
mod markdown;
mod names;
mod outline;
mod overview;
mod reconciliation;
mod record;
mod review;
mod summary;
mod tables;
mod wording;
mod workbook;

pub use charts::{write_charts, write_reliability};
pub use context::Context;
pub use error::ReportError;
pub use evaluation::{Contender, Measure, evaluation_sentences};
pub use explain::{explain_deployment, explain_incident, explain_scope};
pub use exports::write_review;
pub use reconciliation::{reconciliation_page, reconciliation_summary};
pub use review::{review_html, review_pages};
pub use summary::{risk_sentences, summary};
pub use tables::write_tables;
