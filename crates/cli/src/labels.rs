//! Known causes beside what a run says: no definition reads the table `labels`, so that its own results can be held against it.

use sequela_metrics::evaluation::{Answers, Labels, Scores, judges, recorded, tables};
use sequela_schema::canonical::labels as given;
use sequela_schema::vocabulary::measure;
use sequela_schema::{Definition, Frames};

use crate::failure::Failure;
use crate::pipeline::{Period, extract};
use crate::settings::Settings;

/// The tables `evaluation` and `evaluation_bins` of a run whose sources have labels; none without.
///
/// `before` are the frames as read, `found` those of the run. Who stands among the first five is left to `sequela evaluate`: a run
/// lists fewer suspects.
pub(crate) fn scores(before: &Frames, found: &Frames, settings: &Settings, period: Period) -> Result<Option<Frames>, Failure> {
    let definition = &settings.definition.value;
    if before.height(&given::TABLE) == 0 || !judges(definition) {
        return Ok(None);
    }
    let by_record = recorded(&Definition::sequela());
    let known = sequela_correlate::correlate(before, &by_record, period.range, extract(settings, period))?.frames;
    let labels = Labels::of_table(before, &known)?;
    if labels.is_empty() {
        return Ok(None);
    }
    let mut answers = Answers::default();
    for pass in labels.passes(definition) {
        answers.add(found, definition, &labels, pass)?;
    }
    let scores = Scores::new(&definition.preset, &labels, &answers, settings.seed.value).without(measure::TOP_5);
    Ok(Some(tables(&[scores])?))
}
