//! Answers held against what is known.

use polars::prelude::PolarsResult;
use sequela_schema::result::{evaluation as out, evaluation_bins as bins};
use sequela_schema::vocabulary::measure;
use sequela_schema::{Frames, TableBuilder};
use sequela_stats::evaluation::{
    Bin, Forecast, bootstrap, brier_score, calibration_error_by_chance, expected_calibration_error, f1_score, kendall_tau, precision,
    recall, reliability,
};
use sequela_stats::{Estimate, Level, proportion};

use super::Labels;
use super::answers::{Answer, Answers, FIRST};
use crate::tables::method;

/// Why nothing can be said about wrong blame.
const ONE_SIDED: &str = "no label says of an incident that no deployment caused it";
const TEAMS: &str = "over teams";

/// What a definition scores.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores {
    definition: String,
    labels: &'static str,
    measures: Vec<(&'static str, Estimate, Option<String>)>,
    bins: Vec<Bin>,
}

impl Scores {
    /// Scores the answers of a definition; an incident of which it says nothing has probability 0.
    ///
    /// `seed` fixes the samples behind the intervals that have no formula.
    pub fn new(definition: &str, labels: &Labels, answers: &Answers, seed: u64) -> Self {
        let nothing = Answer::default();
        let answer = |id: &String| answers.incidents.get(id).unwrap_or(&nothing);
        let forecast = |(id, causes): (&String, &std::collections::BTreeSet<String>)| Forecast {
            probability: answer(id).p_change,
            is_true: !causes.is_empty(),
        };
        let forecasts: Vec<Forecast> = labels.causes.iter().map(forecast).collect();
        let among = |first: usize| {
            let caused = labels.causes.iter().filter(|(_, causes)| !causes.is_empty());
            let found = caused.filter(|(id, causes)| answer(id).ranked.iter().take(first).any(|ranked| causes.contains(ranked)));
            proportion::jeffreys(found.count() as f64, labels.caused() as f64, Level::default())
        };
        let mut this = Self { definition: definition.to_owned(), labels: labels.source, ..Self::default() };
        this.add(measure::RECALL, recall(&forecasts, Level::default()));
        this.add(measure::TOP_1, among(1));
        this.add(measure::TOP_5, among(FIRST));
        if labels.has_innocent() {
            this.add_two_sided(&forecasts, seed);
        } else {
            this.add_one_sided(forecasts.len());
        }
        this.add_rates(labels, answers);
        this
    }

    /// The same without a measure that the answers are not fit for.
    pub fn without(mut self, measure: &str) -> Self {
        self.measures.retain(|(name, _, _)| *name != measure);
        self
    }

    fn add(&mut self, measure: &'static str, estimate: Estimate) {
        self.measures.push((measure, estimate, None));
    }

    /// Measures that need incidents which no deployment caused.
    fn add_two_sided(&mut self, forecasts: &[Forecast], seed: u64) {
        let called = precision(forecasts, Level::default());
        let note = (called.n == 0).then(|| "it calls no incident change-caused".to_owned());
        self.measures.push((measure::PRECISION, called, note));
        let resampled = |score: fn(&[Forecast]) -> Option<f64>| {
            let sample = |places: &[usize]| places.iter().map(|place| forecasts[*place]).collect::<Vec<_>>();
            bootstrap(forecasts.len(), seed, Level::default(), |places| score(&sample(places)))
        };
        self.add(measure::F1, resampled(f1_score));
        let chance = calibration_error_by_chance(forecasts)
            .filter(|chance| *chance > 0.0)
            .map(|chance| format!("chance alone would make it {chance:.3}"));
        self.measures.push((measure::CALIBRATION_ERROR, resampled(expected_calibration_error), chance));
        self.add(measure::BRIER, resampled(brier_score));
        self.bins = reliability(forecasts, Level::default());
    }

    fn add_one_sided(&mut self, n: usize) {
        for measure in [measure::PRECISION, measure::F1, measure::CALIBRATION_ERROR, measure::BRIER] {
            self.measures.push((measure, Estimate::none(n as u64, "not formed"), Some(ONE_SIDED.to_owned())));
        }
    }

    /// Teams' change failure rates, over the same deployments for every definition.
    fn add_rates(&mut self, labels: &Labels, answers: &Answers) {
        let Some(teams) = &labels.rates else { return };
        let rates: Vec<(f64, f64)> = teams
            .iter()
            .map(|team| {
                let truth = team.iter().filter(|(_, is_failed)| *is_failed).count() as f64;
                let held: f64 = team.iter().map(|(id, _)| answers.failed.get(id).copied().unwrap_or_default()).sum();
                (truth / team.len() as f64, held / team.len() as f64)
            })
            .collect();
        let n = rates.len() as u64;
        let error = rates.iter().map(|(truth, held)| (held - truth).abs()).sum::<f64>() / rates.len() as f64;
        let plain = |value: Option<f64>| Estimate { value, lower: None, upper: None, n, method: TEAMS };
        self.add(measure::TEAM_RATE_ERROR, plain(Some(error).filter(|error| error.is_finite())));
        self.add(measure::TEAM_RATE_TAU, plain(kendall_tau(&rates)));
    }
}

/// The tables `evaluation` and `evaluation_bins`.
pub fn tables(scores: &[Scores]) -> PolarsResult<Frames> {
    let (mut measures, mut classes) = (TableBuilder::new(&out::TABLE), TableBuilder::new(&bins::TABLE));
    for one in scores {
        one.measures.iter().for_each(|measure| write(&mut measures, one, measure));
        one.bins.iter().for_each(|bin| write_bin(&mut classes, one, bin));
    }
    let mut frames = Frames::new();
    frames.build(measures)?;
    frames.build(classes)?;
    Ok(frames)
}

fn write(builder: &mut TableBuilder, scores: &Scores, (measure, estimate, note): &(&'static str, Estimate, Option<String>)) {
    builder
        .row()
        .text(&out::DEFINITION, &scores.definition)
        .text(&out::MEASURE, measure)
        .text(&out::LABELS, scores.labels)
        .int(&out::N, estimate.n as i64)
        .real_opt(&out::VALUE, estimate.value)
        .real_opt(&out::LOWER, estimate.lower)
        .real_opt(&out::UPPER, estimate.upper)
        .text(&out::METHOD, method(estimate))
        .text_opt(&out::NOTE, note.as_ref());
}

fn write_bin(builder: &mut TableBuilder, scores: &Scores, bin: &Bin) {
    builder
        .row()
        .text(&bins::DEFINITION, &scores.definition)
        .int(&bins::BIN, bin.bin as i64 + 1)
        .int(&bins::N, bin.share.n as i64)
        .real(&bins::MEAN_PROBABILITY, bin.mean_probability)
        .real(&bins::SHARE_CAUSED, bin.share.value.unwrap_or_default())
        .real_opt(&bins::LOWER, bin.share.lower)
        .real_opt(&bins::UPPER, bin.share.upper)
        .text(&bins::METHOD, method(&bin.share));
}
