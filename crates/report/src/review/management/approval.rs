//! Change approval: the table `approval_paths`.

use polars::prelude::PolarsResult;
use sequela_schema::canonical::changes;

use super::super::Source;
use super::super::parts::{Head, Section};
use super::{View, awaiting};
use crate::ReportError;

/// What it comes to, in one sentence.
pub(super) fn finding(view: &View<'_>) -> PolarsResult<String> {
    Ok(awaiting(view, &changes::TABLE, "A change export with type and approval"))
}

/// The section.
pub(in crate::review) fn section(source: &Source<'_>) -> Result<Section, ReportError> {
    let head = Head {
        id: "approval",
        title: "Change approval".to_owned(),
        finding: finding(&source.view())?,
        meta: "Not in this review".to_owned(),
        rows: Vec::new(),
    };
    Ok(Section { head, blocks: Vec::new() })
}
