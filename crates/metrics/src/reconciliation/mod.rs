//! Why a figure differs from another definition's: our definition is turned into theirs one field at a time, and each step is charged
//! with what it adds to the figure and with the records that count otherwise because of it.
//!
//! The differences of a figure sum to theirs − ours, since each is taken between two neighbouring definitions. A definition in between
//! may have no figure where both ends have one; its step then adds nothing and the next one carries what is left.

mod records;
mod stage;
mod steps;
mod waterfall;
mod words;

use polars::prelude::PolarsResult;
use sequela_schema::Frames;

pub use stage::Stage;
pub use steps::{Step, steps};

/// Compares the views of all definitions on the way: ours first, then one per step.
///
/// `frames` holds the canonical tables, for the links to records. The result holds `reconciliation` and `reconciliation_records`.
pub fn reconcile(stages: &[Stage], steps: &[Step], frames: &Frames) -> PolarsResult<Frames> {
    let shared = waterfall::shared(stages);
    let differences = records::differences(stages, steps, &shared);
    let mut result = Frames::new();
    result.build(waterfall::table(stages, steps, &differences, &shared))?;
    result.build(records::table(&differences, steps, frames)?)?;
    Ok(result)
}
