//! Quality and change failures: the table `quality_association`.

use polars::prelude::PolarsResult;
use sequela_schema::canonical::quality_measures;

use super::super::Source;
use super::super::parts::{Head, Section};
use super::{View, awaiting};
use crate::ReportError;

/// What it comes to, in one sentence.
pub(super) fn finding(view: &View<'_>) -> PolarsResult<String> {
    Ok(awaiting(view, &quality_measures::TABLE, "A quality export (SonarQube, Cobertura, JaCoCo or JUnit)"))
}

/// The section.
pub(in crate::review) fn section(source: &Source<'_>) -> Result<Section, ReportError> {
    let head = Head {
        id: "association",
        title: "Quality and change failures".to_owned(),
        finding: finding(&source.view())?,
        meta: "Not in this review".to_owned(),
        rows: Vec::new(),
    };
    Ok(Section { head, blocks: Vec::new() })
}
