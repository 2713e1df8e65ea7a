//! The data without what is scored.

use std::collections::BTreeSet;

use polars::prelude::*;
use sequela_schema::canonical::{deployments, incidents};
use sequela_schema::definition::{Attribution, Definition};
use sequela_schema::vocabulary::labels as source;
use sequela_schema::{Column as Declared, Frames, Values};
use sequela_stats::rng::stream;

use super::Labels;

/// Parts into which recorded causes are cut: a model learns from four fifths of them and is scored on the rest.
const FOLDS: u64 = 5;

/// One run over the data: which labels are hidden and scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pass {
    fold: Option<u64>,
}

impl Labels {
    /// The runs that score every label once. A rule learns nothing from other incidents, so that all labels are hidden from it at once;
    /// and no definition reads a table of known causes.
    pub fn passes(&self, definition: &Definition) -> Vec<Pass> {
        if self.source != source::ASSERTED || definition.attribution != Attribution::Model {
            return vec![Pass { fold: None }];
        }
        let folds: BTreeSet<u64> = self.causes.keys().map(|id| fold(id)).collect();
        folds.into_iter().map(|fold| Pass { fold: Some(fold) }).collect()
    }

    /// Incidents whose label is hidden in a run.
    pub(super) fn held(&self, pass: Pass) -> BTreeSet<&str> {
        self.causes.keys().map(String::as_str).filter(|id| pass.fold.is_none_or(|held| held == fold(id))).collect()
    }

    /// The data as a run gets them: without the recorded causes of the incidents that it scores, or without any mark of a rollback.
    pub fn hidden(&self, frames: &Frames, pass: Pass) -> PolarsResult<Frames> {
        let mut frames = frames.clone();
        match self.source {
            source::ASSERTED => {
                let held = self.held(pass);
                let ids = frames.get(&incidents::TABLE).texts(&incidents::INCIDENT_ID)?.clone();
                let is_held: Vec<bool> = ids.iter().map(|id| id.is_some_and(|id| held.contains(id))).collect();
                clear(&mut frames, &incidents::TABLE, &incidents::CAUSED_BY_CHANGE_ID, &is_held)?;
                clear(&mut frames, &incidents::TABLE, &incidents::CAUSED_BY_DEPLOYMENT_ID, &is_held)?;
            }
            source::ROLLBACK => {
                let all = vec![true; frames.height(&deployments::TABLE)];
                clear(&mut frames, &deployments::TABLE, &deployments::ROLLS_BACK_DEPLOYMENT_ID, &all)?;
            }
            _ => {}
        }
        Ok(frames)
    }
}

/// Empties the cells of a column in the rows given.
fn clear(frames: &mut Frames, table: &'static sequela_schema::Table, column: &Declared, rows: &[bool]) -> PolarsResult<()> {
    let mut frame = frames.get(table);
    let kept: StringChunked = frame.texts(column)?.iter().zip(rows).map(|(text, clear)| text.filter(|_| !clear)).collect();
    frame.with_column(kept.with_name(PlSmallStr::from_static(column.name)).into_series().into_column())?;
    frames.set(table, frame)
}

/// The part that an incident belongs to: fixed by its identifier, whatever the seed and the other incidents.
fn fold(id: &str) -> u64 {
    id.bytes().fold(0, |state, byte| stream(state, 0, u64::from(byte))) % FOLDS
}
