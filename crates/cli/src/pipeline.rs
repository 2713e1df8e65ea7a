//! The stages of a run in order: ingest, correlate, measure.

use std::time::Instant;

use polars::prelude::PolarsResult;
use sequela_correlate::Extract;
use sequela_ingest::{Observer, Options};
use sequela_report::Context;
use sequela_schema::canonical::{deployments, incidents, ingest_files};
use sequela_schema::definition::Range;
use sequela_schema::{Column, Frames, Table, Values};
use sequela_stats::draws::Causes;

use crate::failure::Failure;
use crate::labels;
use crate::settings::{BadRows, Settings};

/// How long a stage took and how many rows it left.
#[derive(Debug)]
pub(crate) struct Timing {
    /// Name of the stage.
    pub(crate) stage: &'static str,
    /// Wall time.
    pub(crate) seconds: f64,
    /// Rows of all tables after it.
    pub(crate) rows: usize,
}

/// Frames so far, with their timings.
#[derive(Debug, Default)]
pub(crate) struct Pipeline {
    /// All tables.
    pub(crate) frames: Frames,
    /// Draws of who caused what, where a model was fitted.
    pub(crate) causes: Option<Causes>,
    /// Stages done.
    pub(crate) timings: Vec<Timing>,
}

/// The instants that figures refer to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Period {
    /// Extract time.
    pub(crate) as_of: i64,
    /// Reported range.
    pub(crate) range: Range,
}

impl Pipeline {
    /// Runs a stage and remembers how long it took.
    pub(crate) fn stage<T>(&mut self, stage: &'static str, work: impl FnOnce(&mut Frames) -> Result<T, Failure>) -> Result<T, Failure> {
        let start = Instant::now();
        let result = work(&mut self.frames)?;
        let rows = self.frames.iter().map(|(_, frame)| frame.height()).sum();
        self.timings.push(Timing { stage, seconds: start.elapsed().as_secs_f64(), rows });
        Ok(result)
    }

    /// Reads all sources.
    pub(crate) fn ingest(&mut self, settings: &Settings, observer: &dyn Observer) -> Result<(), Failure> {
        if settings.sources.is_empty() {
            return Err(
                Failure::settings("the configuration names no [[source]]").hint("`sequela init DIR` writes one for the files it finds")
            );
        }
        let options = options(settings);
        self.stage("ingest", |frames| {
            *frames = sequela_ingest::read(&settings.sources, &options, observer)?;
            refuse_hopeless(frames, settings.max_bad_rows.value)
        })
    }

    /// Links incidents to deployments.
    pub(crate) fn correlate(&mut self, settings: &Settings) -> Result<Period, Failure> {
        let (period, causes) = self.stage("correlate", |frames| {
            let period = period(frames, settings)?;
            let extract = extract(settings, period);
            let correlation = sequela_correlate::correlate(frames, &settings.definition.value, period.range, extract)?;
            let scores = labels::scores(frames, &correlation.frames, settings, period)?;
            *frames = correlation.frames;
            frames.merge(scores.unwrap_or_default());
            Ok((period, correlation.causes))
        })?;
        self.causes = causes;
        Ok(period)
    }

    /// Computes the figures.
    pub(crate) fn measure(&mut self, settings: &Settings, period: Period) -> Result<(), Failure> {
        let settings = measuring(settings, period);
        let causes = self.causes.take();
        self.stage("measure", |frames| {
            let measured = sequela_metrics::measure(frames, &settings, causes.as_ref())?;
            frames.merge(measured);
            Ok(())
        })
    }

    /// Scores planned changes.
    pub(crate) fn score(&mut self, settings: &Settings, period: Period) -> Result<(), Failure> {
        let settings = managing(settings, period);
        self.stage("score", |frames| {
            let scored = sequela_management::risk(frames, &settings)?;
            frames.merge(scored);
            Ok(())
        })
    }

    /// Computes the reports of change and problem management.
    pub(crate) fn manage(&mut self, settings: &Settings, period: Period) -> Result<(), Failure> {
        let settings = managing(settings, period);
        self.stage("manage", |frames| {
            let reports = sequela_management::report(frames, &settings)?;
            frames.merge(reports);
            Ok(())
        })
    }
}

/// What figures are formed under.
pub(crate) fn measuring(settings: &Settings, period: Period) -> sequela_metrics::Settings {
    sequela_metrics::Settings {
        organisation: settings.organisation.value.clone(),
        timezone: settings.timezone.value,
        range: period.range,
        definition: settings.definition.value.clone(),
        working_hours: settings.working_hours.value.clone(),
        band_year: settings.band_year.value,
    }
}

/// What the reports of change and problem management are made under.
pub(crate) fn managing(settings: &Settings, period: Period) -> sequela_management::Settings {
    sequela_management::Settings {
        timezone: settings.timezone.value,
        range: period.range,
        as_of: period.as_of,
        seed: settings.seed.value,
        freeze: settings.freeze.value.clone(),
        standard_change: settings.standard_change.value.clone(),
        accreditation: settings.accreditation.value.clone(),
        risk: settings.risk.value,
    }
}

/// When and where the data were extracted, and the seed.
pub(crate) fn extract(settings: &Settings, period: Period) -> Extract {
    Extract { at: period.as_of, zone: settings.timezone.value, seed: settings.seed.value }
}

/// What holds for all sources.
pub(crate) fn options(settings: &Settings) -> Options {
    Options {
        base: settings.base.clone(),
        timezone: settings.timezone.value,
        production: settings.production.value.clone(),
        mask: settings.mask.value,
        salt: settings.salt.clone(),
        aliases: settings.aliases.clone(),
    }
}

/// What the report has to know.
pub(crate) fn context(settings: &Settings, period: Period) -> Context {
    Context {
        organisation: settings.organisation.value.clone(),
        timezone: settings.timezone.value,
        as_of: period.as_of,
        from: period.range.from,
        to: period.range.to,
        definition: settings.definition.value.preset.clone(),
        definition_sentence: settings.definition.value.sentence(),
        lookback_hours: settings.definition.value.lookback_hours,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        charts: settings.charts.value,
        level: sequela_stats::Level::default().probability(),
    }
}

/// A file without one good row, or too many bad rows in all, cannot carry a report.
pub(crate) fn refuse_hopeless(frames: &Frames, limit: Option<BadRows>) -> Result<(), Failure> {
    let files = frames.get(&ingest_files::TABLE);
    let (paths, read) = (files.texts(&ingest_files::PATH)?, files.ints(&ingest_files::ROWS_READ)?);
    let rejected = files.ints(&ingest_files::ROWS_REJECTED)?;
    let (mut all, mut bad) = (0, 0);
    for row in 0..files.height() {
        let (rows, refused) = (read.get(row).unwrap_or(0), rejected.get(row).unwrap_or(0));
        if rows > 0 && rows == refused {
            let path = paths.get(row).unwrap_or_default();
            return Err(Failure::input(format!("{path}: all {rows} rows were refused{}", first_issue(frames, path)?))
                .hint("`sequela check` lists every refused row with its reason; the [[source]] may need a map or a date format"));
        }
        all += rows;
        bad += refused;
    }
    let too_many = match limit {
        Some(BadRows::Number(number)) => bad as u64 > number,
        Some(BadRows::Share(share)) => bad as f64 > share * all as f64,
        None => false,
    };
    if too_many {
        return Err(Failure::input(format!("{bad} of {all} rows were refused, more than max_bad_rows allows"))
            .hint("`sequela check` lists every refused row with its reason"));
    }
    Ok(())
}

fn first_issue(frames: &Frames, path: &str) -> PolarsResult<String> {
    use sequela_schema::canonical::ingest_issues as issues;
    let frame = frames.get(&issues::TABLE);
    let (paths, rejected, messages) = (frame.texts(&issues::PATH)?, frame.bools(&issues::REJECTED)?, frame.texts(&issues::MESSAGE)?);
    let first = (0..frame.height()).find(|&row| paths.get(row) == Some(path) && rejected.get(row) == Some(true));
    Ok(first.and_then(|row| messages.get(row)).map_or_else(String::new, |message| format!("; the first: {message}")))
}

const EVENTS: [(&Table, Column); 9] = [
    (&deployments::TABLE, deployments::CREATED_AT),
    (&deployments::TABLE, deployments::STARTED_AT),
    (&deployments::TABLE, deployments::FINISHED_AT),
    (&incidents::TABLE, incidents::STARTED_AT),
    (&incidents::TABLE, incidents::DETECTED_AT),
    (&incidents::TABLE, incidents::CREATED_AT),
    (&incidents::TABLE, incidents::MITIGATED_AT),
    (&incidents::TABLE, incidents::RESOLVED_AT),
    (&incidents::TABLE, incidents::CLOSED_AT),
];

/// The extract time and the range, from the settings or from the first and newest event.
pub(crate) fn period(frames: &Frames, settings: &Settings) -> Result<Period, Failure> {
    let (mut first, mut newest) = (None::<i64>, None::<i64>);
    for (table, column) in EVENTS {
        let frame = frames.get(table);
        let times = frame.instants(&column)?;
        for at in times.iter().flatten() {
            first = Some(first.map_or(at, |first| first.min(at)));
            newest = Some(newest.map_or(at, |newest| newest.max(at)));
        }
    }
    let as_of = settings.as_of.value.or(newest).or(settings.to.value).unwrap_or(0);
    let from = settings.from.value.or(first).unwrap_or(as_of);
    let to = settings.to.value.unwrap_or_else(|| newest.map_or(as_of, |newest| newest.max(as_of)) + 1);
    if from >= to {
        return Err(Failure::settings(format!(
            "the range is empty: it begins at {} and ends at {}",
            crate::settings::format_time(from),
            crate::settings::format_time(to)
        ))
        .hint("check --from and --to against the times in the exports"));
    }
    Ok(Period { as_of, range: Range { from, to } })
}
