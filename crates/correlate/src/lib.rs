//! Which incident is held against which deployment, under a stated definition.
//!
//! Frames in, frames out: names are resolved through the catalog, candidates found by a sweep over sorted deployments, links
//! chosen by recorded evidence or by a rule. Nothing here reads a file, a clock or the environment.

mod catalog;
mod deployments;
mod evidence;
mod groups;
mod incidents;
mod link;
mod model;
mod resolved;
mod tables;
pub mod timeline;
mod units;
mod unowned;

use std::collections::BTreeSet;

use polars::prelude::PolarsResult;
use sequela_schema::definition::{Attribution, Range};
use sequela_schema::result::{association, placebo, response_curve};
use sequela_schema::vocabulary::evidence::ASSERTED;
use sequela_schema::{Definition, Frames, TableBuilder};
use sequela_stats::draws::Causes;

pub use catalog::Catalog;
pub use deployments::{Deployments, Role};
pub use groups::Groups;
pub use incidents::Incidents;
pub use model::Extract;

/// Tables, and the doubt about who caused what.
#[derive(Clone, Debug, Default)]
pub struct Correlation {
    /// The canonical tables with services and teams filled in, and `links`, `candidates`, `incident_attribution`,
    /// `deployment_outcomes`, `deployment_units`, `incident_units`, `placebo`, `association`, `response_curve`, `unowned_services` and `ambiguous_names`.
    pub frames: Frames,
    /// Draws of who caused what; none under rules, which know no doubt.
    pub causes: Option<Causes>,
}

/// Resolves, links and measures every incident and deployment.
///
/// `range` limits candidates only where the definition says so.
pub fn correlate(frames: &Frames, definition: &Definition, range: Range, extract: Extract) -> PolarsResult<Correlation> {
    correlate_with(frames, definition, range, extract, Detail::default())
}

/// What the model is asked beside its probabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detail {
    /// Deployments in `links` of each incident at least, however unlikely.
    pub least_listed: usize,
    /// Whether doubt is drawn, for the intervals of figures, and timing is tested, for the table `association`.
    pub is_for_figures: bool,
}

impl Default for Detail {
    fn default() -> Self {
        Self { least_listed: 0, is_for_figures: true }
    }
}

/// The same with more or less detail: scores ask whether the cause is among the first few, and form no figures.
pub fn correlate_with(
    frames: &Frames,
    definition: &Definition,
    range: Range,
    extract: Extract,
    detail: Detail,
) -> PolarsResult<Correlation> {
    let (mut services, mut teams) = (BTreeSet::new(), BTreeSet::new());
    deployments::service_names(frames, &mut services)?;
    incidents::names(frames, &mut services, &mut teams)?;
    let catalog = Catalog::new(frames, &services, &teams)?;
    let deployments = Deployments::read(frames, &catalog, definition)?;
    let incidents = Incidents::read(frames, &catalog, definition)?;
    let evidence = evidence::Evidence::new(frames, &catalog, &deployments, &incidents, definition.every_deployment_of_cause)?;
    let linker =
        link::Linker { catalog: &catalog, deployments: &deployments, incidents: &incidents, definition, evidence: &evidence, range };
    let mut cases = linker.cases();
    let mut model = match definition.attribution {
        Attribution::Nothing | Attribution::Record | Attribution::Rule => None,
        Attribution::Model => Some(model::Model::new(&linker, &deployments::sizes(frames)?, &deployments::kinds(frames)?, extract, detail)),
    };
    if let Some(model) = &mut model {
        linker.link_by_model(&mut cases, model);
        let asserted = cases.iter().filter_map(|case| case.link.as_ref()).filter(|link| link.evidence == ASSERTED);
        for (deployment, service) in asserted.filter_map(|link| link.deployment.zip(link.service)) {
            model.assert_failed(&linker, deployment, service);
        }
    }
    let mut result = resolved::canonical(frames, &catalog)?;
    let measured = units::Measured { linker: &linker, cases: &cases, model: model.as_ref(), as_of: extract.at };
    tables::write(&mut result, &measured)?;
    let honesty = model.as_ref().map_or_else(|| TableBuilder::new(&placebo::TABLE), |model| model.honesty.table());
    result.build(honesty)?;
    let timing = model.as_mut().and_then(|model| model.association.take());
    result.build(timing.unwrap_or_else(|| TableBuilder::new(&association::TABLE)))?;
    let response = model.as_mut().and_then(|model| model.response.take());
    result.build(response.unwrap_or_else(|| TableBuilder::new(&response_curve::TABLE)))?;
    result.build(unowned::table(frames, &result, &catalog)?)?;
    result.build(unowned::ambiguous(frames, &result, &catalog)?)?;
    Ok(Correlation { frames: result, causes: model.map(|model| model.causes) })
}
