//! What `sequela evaluate` found, in words: who names the right deployment, and whether stated probabilities hold.

use polars::prelude::PolarsResult;
use sequela_schema::result::{evaluation, evaluation_bins};
use sequela_schema::vocabulary::measure;
use sequela_schema::{Frames, Values};

use crate::{ReportError, wording};

/// A definition that was scored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contender {
    /// Its name in the tables.
    pub name: String,
    /// Whether it states probabilities; a rule says yes or no.
    pub is_model: bool,
}

impl Contender {
    /// As the subject of a sentence.
    fn subject(&self) -> String {
        if self.is_model { "the model".to_owned() } else { self.name.clone() }
    }
}

/// One measure of one definition.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measure {
    /// What it rests on.
    pub n: i64,
    /// The measure.
    pub value: Option<f64>,
    /// Its interval.
    pub interval: Option<(f64, f64)>,
    /// Why it is empty, or what to compare it with.
    pub note: Option<String>,
}

impl Measure {
    /// The row of `evaluation`; an empty measure where there is none.
    ///
    /// # Errors
    /// [`ReportError::Frame`] when a frame is not as declared.
    pub fn read(frames: &Frames, definition: &str, measure: &str) -> Result<Self, ReportError> {
        let frame = frames.get(&evaluation::TABLE);
        let (definitions, measures) = (frame.texts(&evaluation::DEFINITION)?, frame.texts(&evaluation::MEASURE)?);
        let is_it = |row: &usize| (definitions.get(*row), measures.get(*row)) == (Some(definition), Some(measure));
        let Some(row) = (0..frame.height()).find(is_it) else { return Ok(Self::default()) };
        let real = |column| Ok::<_, ReportError>(frame.reals(column)?.get(row));
        Ok(Self {
            n: frame.ints(&evaluation::N)?.get(row).unwrap_or_default(),
            value: real(&evaluation::VALUE)?,
            interval: real(&evaluation::LOWER)?.zip(real(&evaluation::UPPER)?),
            note: frame.texts(&evaluation::NOTE)?.get(row).map(str::to_owned),
        })
    }
}

/// One class of stated probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bin {
    pub(crate) n: i64,
    pub(crate) stated: f64,
    pub(crate) share: f64,
    pub(crate) interval: Option<(f64, f64)>,
}

/// The classes of a definition, in order.
pub(crate) fn bins(frames: &Frames, definition: &str) -> PolarsResult<Vec<Bin>> {
    let frame = frames.get(&evaluation_bins::TABLE);
    let (definitions, numbers) = (frame.texts(&evaluation_bins::DEFINITION)?, frame.ints(&evaluation_bins::BIN)?);
    let (sizes, stated) = (frame.ints(&evaluation_bins::N)?, frame.reals(&evaluation_bins::MEAN_PROBABILITY)?);
    let shares = frame.reals(&evaluation_bins::SHARE_CAUSED)?;
    let (lowers, uppers) = (frame.reals(&evaluation_bins::LOWER)?, frame.reals(&evaluation_bins::UPPER)?);
    let mut rows: Vec<usize> = (0..frame.height()).filter(|row| definitions.get(*row) == Some(definition)).collect();
    rows.sort_by_key(|row| numbers.get(*row));
    let bin = |row: usize| {
        let interval = lowers.get(row).zip(uppers.get(row));
        Some(Bin { n: sizes.get(row)?, stated: stated.get(row)?, share: shares.get(row)?, interval })
    };
    Ok(rows.into_iter().filter_map(bin).collect())
}

/// One or two sentences: who names the right deployment first, and whether probabilities hold.
///
/// # Errors
/// [`ReportError::Frame`] when a frame is not as declared.
pub fn evaluation_sentences(frames: &Frames, contenders: &[Contender]) -> Result<Vec<String>, ReportError> {
    let mut sentences = Vec::new();
    let scored = contenders.iter().map(|one| Ok((one, Measure::read(frames, &one.name, measure::TOP_1)?)));
    let scored: Vec<(&Contender, Measure)> = scored.collect::<Result<_, ReportError>>()?;
    let chosen = scored.iter().find(|(one, _)| one.is_model).or(scored.first());
    let Some((own, top)) = chosen else { return Ok(sentences) };
    if let Some(value) = top.value {
        let incidents = wording::plural(top.n, "caused incident");
        let others = scored.iter().filter(|(other, _)| other.name != own.name && !other.is_model);
        let best = others.filter_map(|(other, top)| Some((other, top.value?))).max_by(|left, right| left.1.total_cmp(&right.1));
        let best = best.map_or_else(String::new, |(other, value)| format!("; {} for {}", other.subject(), wording::share(value)));
        sentences.push(capital(&format!(
            "{} names the right deployment first for {} of {incidents}{best}.",
            own.subject(),
            wording::share(value)
        )));
    }
    sentences.extend(holds(frames, own)?);
    Ok(sentences)
}

/// Whether a probability on which one would act holds: that of the largest class between one half and 95 %.
fn holds(frames: &Frames, own: &Contender) -> Result<Option<String>, ReportError> {
    let calibration = Measure::read(frames, &own.name, measure::CALIBRATION_ERROR)?;
    let Some(error) = calibration.value else {
        return Ok(Some(
            "The labels only say what a deployment did cause: how often one is blamed wrongly, and whether probabilities hold, they \
             cannot tell."
                .to_owned(),
        ));
    };
    let bins = bins(frames, &own.name)?;
    let largest = bins.iter().filter(|bin| bin.stated >= 0.5 && bin.stated < 0.95).max_by_key(|bin| bin.n);
    let (false, Some(bin)) = (!own.is_model, largest) else { return Ok(None) };
    let (stated, share, n) = (wording::share(bin.stated), wording::share(bin.share), wording::plural(bin.n, "incident"));
    let points = points(error);
    Ok(Some(format!("When it says {stated}, it is right {share} of the time ({n}); over all it is off by {points} on average.")))
}

/// A difference of probabilities: `5 points`.
pub(crate) fn points(error: f64) -> String {
    let rounded = format!("{:.0}", error * 100.0);
    format!("{rounded} point{}", if rounded == "1" { "" } else { "s" })
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
