//! `sequela risk`: planned changes scored from history.

use std::path::Path;

use sequela_schema::canonical::{ingest_files, ingest_issues};
use sequela_schema::result::{change_risk, risk_validation};
use sequela_schema::{Frames, Table, Values};

use crate::arguments::{RiskArgs, RunArgs};
use crate::commands::check::{announce, limit_threads};
use crate::commands::show::laid_out;
use crate::failure::Failure;
use crate::manifest::{Manifest, timings, write_json};
use crate::output::{self, Staged};
use crate::pipeline::{Period, Pipeline, context};
use crate::progress::{Bar, Spinner};
use crate::settings::Settings;
use crate::terminal;

/// Runs the command.
pub(crate) fn run(arguments: &RiskArgs) -> Result<(), Failure> {
    let settings = Settings::resolve(&as_run(arguments))?;
    limit_threads(&settings)?;
    arguments.out.as_deref().map_or(Ok(()), refuse_results_of_a_run)?;
    let mut pipeline = Pipeline::default();
    pipeline.ingest(&settings, &Bar::new(arguments.quiet))?;
    announce(&pipeline.frames, arguments.quiet)?;
    let spinner = Spinner::new(arguments.quiet, "scoring planned changes");
    let period = pipeline.correlate(&settings)?;
    pipeline.score(&settings, period)?;
    drop(spinner);
    let (sentences, is_shown) = sequela_report::risk_sentences(&pipeline.frames, &context(&settings, period))?;
    sentences.iter().for_each(|sentence| terminal::note(arguments.quiet, sentence));
    let frame = pipeline.frames.get(&change_risk::TABLE);
    if is_shown && frame.height() > 0 {
        let order = likeliest_first(&pipeline.frames)?;
        terminal::data(&laid_out(&change_risk::TABLE, &frame, &order, settings.timezone.value)?)?;
    }
    match &arguments.out {
        Some(out) => write(out, &settings, period, &mut pipeline, arguments.quiet),
        None => Ok(()),
    }
}

fn as_run(arguments: &RiskArgs) -> RunArgs {
    RunArgs {
        config: arguments.config.clone(),
        out: arguments.out.clone().unwrap_or_default(),
        overrides: arguments.overrides.clone(),
        quiet: arguments.quiet,
        fail_on: Vec::new(),
    }
}

/// Results appear as a whole, so that those of a run would be replaced.
fn refuse_results_of_a_run(out: &Path) -> Result<(), Failure> {
    if out.join("review.html").exists() {
        return Err(Failure::settings(format!("{} holds the results of a run, which has these tables already", out.display()))
            .hint("name another folder with --out DIR"));
    }
    Ok(())
}

fn likeliest_first(frames: &Frames) -> Result<Vec<usize>, Failure> {
    let frame = frames.get(&change_risk::TABLE);
    let risks = frame.reals(&change_risk::P_FAILURE)?;
    let mut order: Vec<usize> = (0..frame.height()).collect();
    order.sort_by(|left, right| risks.get(*right).unwrap_or_default().total_cmp(&risks.get(*left).unwrap_or_default()));
    Ok(order)
}

/// Writes both tables with the manifest.
fn write(out: &Path, settings: &Settings, period: Period, pipeline: &mut Pipeline, quiet: bool) -> Result<(), Failure> {
    let staged = Staged::new(out, output::RISK)?;
    pipeline.stage("report", |frames| {
        let mut written = Frames::new();
        let kept: [&'static Table; 4] = [&change_risk::TABLE, &risk_validation::TABLE, &ingest_files::TABLE, &ingest_issues::TABLE];
        for table in kept {
            written.set(table, frames.get(table))?;
        }
        *frames = written;
        sequela_report::write_tables(frames, &staged.path().join("tables"))?;
        Ok(())
    })?;
    write_json(&staged.path().join("manifest.json"), &Manifest::new(settings, period, &pipeline.frames)?)?;
    write_json(&staged.path().join("timings.json"), &timings(&pipeline.timings))?;
    staged.publish()?;
    terminal::note(quiet, &format!("Tables: {}", out.join("tables").display()));
    Ok(())
}
