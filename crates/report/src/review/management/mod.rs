//! What change and problem management should do about it: one section and one line of the terminal summary for each report.

mod accreditation;
mod approval;
mod association;
mod impact;
mod preapproval;
mod problems;
mod reconciliation;
mod risk;
mod shadow;

use polars::prelude::PolarsResult;
use sequela_schema::Frames;

use super::Source;
use super::parts::Section;
use crate::names::Names;
use crate::{Context, ReportError};

/// What a finding may draw on; the terminal summary has no page.
pub(crate) struct View<'a> {
    pub(crate) frames: &'a Frames,
    pub(crate) context: &'a Context,
    pub(crate) names: &'a Names,
    /// Whether no figure of the model may be shown.
    pub(crate) is_withheld: bool,
}

/// Label and finding of each report, as the terminal summary prints them.
pub(crate) fn findings(view: &View<'_>) -> PolarsResult<Vec<(&'static str, String)>> {
    Ok(vec![
        ("Problems", problems::finding(view)?),
        ("Release impact", impact::finding(view)?),
        ("Approval", approval::finding(view)?),
        ("Pre-approval", preapproval::finding(view)?),
        ("Planned changes", risk::finding(view)?),
        ("Accreditation", accreditation::finding(view)?),
        ("Quality", association::finding(view)?),
        ("Reconciliation", reconciliation::finding(view)?),
        ("Shadow services", shadow::finding(view)?),
    ])
}

/// What is said of planned changes where they are looked at alone.
pub(crate) fn risk_sentences(view: &View<'_>) -> PolarsResult<Vec<String>> {
    risk::sentences(view)
}

/// What the reports ask somebody to decide: what to do, why, and the section that has the records.
pub(super) fn decisions(view: &View<'_>) -> PolarsResult<Vec<(String, String, &'static str)>> {
    let preapproval = preapproval::decision(view)?.map(|(what, why)| (what, why, "preapproval"));
    let (problems, impact) = (problems::decision(view)?, impact::decision(view)?);
    Ok([problems, impact, preapproval, risk::decision(view)?, reconciliation::decision(view)?].into_iter().flatten().collect())
}

/// The sections for problem managers.
pub(super) fn problems(source: &Source<'_>) -> Result<Vec<Section>, ReportError> {
    Ok(vec![problems::section(source)?, impact::section(source)?])
}

/// The sections from approval to shadow services.
pub(super) fn changes(source: &Source<'_>) -> Result<Vec<Section>, ReportError> {
    Ok(vec![
        approval::section(source)?,
        preapproval::section(source)?,
        risk::section(source)?,
        accreditation::section(source)?,
        association::section(source)?,
        reconciliation::section(source)?,
        shadow::section(source)?,
    ])
}

/// What is said where a section has no records: which export fills it.
fn not_given(filled_by: &str) -> String {
    format!("{filled_by} fills this section; none was given.")
}
