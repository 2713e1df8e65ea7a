//! `sequela evaluate`: every definition against known causes that it is not told.

mod page;

use std::path::{Path, PathBuf};

use sequela_correlate::Detail;
use sequela_ingest::{Options, Source};
use sequela_metrics::evaluation::{Answers, FIRST, Labels, Scores, judges, recorded, side_by_side, tables};
use sequela_report::Contender;
use sequela_schema::canonical::{ingest_files, ingest_issues, labels as given};
use sequela_schema::definition::{Attribution, PRESETS};
use sequela_schema::{Definition, Frames, Table, Values};

use crate::arguments::{EvaluateArgs, RunArgs};
use crate::commands::check::{announce, limit_threads};
use crate::failure::Failure;
use crate::manifest::{Manifest, timings, write_json};
use crate::output::{self, Staged};
use crate::pipeline::{Period, Pipeline, extract, options, period, refuse_hopeless};
use crate::progress::{Bar, Spinner};
use crate::settings::{Origin, Settings};
use crate::terminal;

/// A definition to score, with the names of those that would score the same.
struct Entry {
    definition: Definition,
    same: Vec<String>,
}

/// Runs the command.
pub(crate) fn run(arguments: &EvaluateArgs) -> Result<(), Failure> {
    let settings = Settings::resolve(&as_run(arguments))?;
    limit_threads(&settings)?;
    refuse_results_of_a_run(&arguments.out)?;
    let staged = Staged::new(&arguments.out, output::EVALUATION)?;
    let mut pipeline = Pipeline::default();
    pipeline.ingest(&settings, &Bar::new(arguments.quiet))?;
    if let Some(truth) = &arguments.truth {
        read_truth(truth, &settings, &mut pipeline.frames)?;
    }
    announce(&pipeline.frames, arguments.quiet)?;
    let period = period(&pipeline.frames, &settings)?;
    let (entries, silent) = entries(&settings)?;
    let spinner = Spinner::new(arguments.quiet, "scoring definitions");
    let labels = pipeline.stage("labels", |frames| labels(frames, &settings, period, arguments.truth.as_deref()))?;
    let mut scores = Vec::new();
    for entry in &entries {
        scores.push(pipeline.stage("score", |frames| score(frames, &entry.definition, &labels, &settings, period))?);
    }
    drop(spinner);
    write(&staged, &settings, period, &mut pipeline, &entries, &scores)?;
    let page = page::page(&pipeline.frames, &labels, &entries, &silent)?;
    staged.publish()?;
    terminal::data(&page)?;
    terminal::note(arguments.quiet, &format!("Tables and chart: {}", arguments.out.display()));
    Ok(())
}

fn as_run(arguments: &EvaluateArgs) -> RunArgs {
    RunArgs {
        config: arguments.config.clone(),
        out: arguments.out.clone(),
        overrides: arguments.overrides.clone(),
        quiet: arguments.quiet,
        fail_on: Vec::new(),
    }
}

/// Results appear as a whole, so that those of a run would be replaced.
fn refuse_results_of_a_run(out: &Path) -> Result<(), Failure> {
    if out.join("review.html").exists() {
        return Err(Failure::settings(format!("{} holds the results of a run", out.display()))
            .hint("name another folder for the scores with --out DIR"));
    }
    Ok(())
}

/// Takes known causes from a file in place of those of the sources.
fn read_truth(path: &Path, settings: &Settings, frames: &mut Frames) -> Result<(), Failure> {
    let shown = path.display();
    if !path.is_file() {
        return Err(Failure::settings(format!("--truth {shown}: there is no such file")).hint("the path is relative to the current folder"));
    }
    let options = Options { base: PathBuf::new(), ..options(settings) };
    let source = Source::table(path.to_string_lossy(), given::TABLE.name);
    let truth = sequela_ingest::read(&[source], &options, &Bar::new(true))?;
    refuse_hopeless(&truth, settings.max_bad_rows.value)?;
    let table = truth.get(&given::TABLE);
    if table.texts(&given::DEPLOYMENT_ID)?.null_count() == table.height() {
        return Err(Failure::input(format!("{shown} names no deployment in any of its {} rows", table.height())).hint(
            "it needs the columns incident_id and deployment_id (or cause_deployment_id); a [[source]] with a map reads other names",
        ));
    }
    frames.set(&given::TABLE, table)?;
    for kept in [&ingest_files::TABLE, &ingest_issues::TABLE] as [&'static Table; 2] {
        let both = frames.get(kept).vstack(&truth.get(kept))?;
        frames.set(kept, both)?;
    }
    Ok(())
}

/// Every preset once, and the definition of the configuration where it is none of them; or the one that was asked for. With the names
/// of those that cannot be scored.
fn entries(settings: &Settings) -> Result<(Vec<Entry>, Vec<String>), Failure> {
    let own = settings.definition.value.clone();
    let is_preset = Definition::preset(&own.preset).as_ref() == Some(&own);
    let mut all: Vec<Definition> = PRESETS.iter().filter_map(|name| Definition::preset(name)).collect();
    if settings.definition.origin == Origin::Flag {
        all = vec![own];
    } else if !is_preset {
        all.push(Definition { preset: format!("{} as configured", own.preset), ..own });
    }
    let (all, silent): (Vec<Definition>, Vec<Definition>) = all.into_iter().partition(judges);
    let silent = silent.into_iter().map(|definition| definition.preset).collect();
    if all.is_empty() {
        return Err(Failure::settings(format!(
            "{} links nothing that no record names: there is nothing to score",
            settings.definition.value.preset
        ))
        .hint("leave out --definition to score all that do"));
    }
    Ok((side_by_side(all).into_iter().map(|(definition, same)| Entry { definition, same }).collect(), silent))
}

/// Known causes from the best source there is.
fn labels(frames: &Frames, settings: &Settings, period: Period, truth: Option<&Path>) -> Result<Labels, Failure> {
    let definition = recorded(&Definition::preset(PRESETS[0]).unwrap_or_else(Definition::sequela));
    let found = sequela_correlate::correlate(frames, &definition, period.range, extract(settings, period))?.frames;
    if frames.height(&given::TABLE) > 0 {
        let labels = Labels::of_table(frames, &found)?;
        if !labels.is_empty() {
            return Ok(labels);
        }
        if let Some(truth) = truth {
            return Err(Failure::input(format!("nothing in {} can be scored: {}", truth.display(), page::left_out(&labels).join(", ")))
                .hint(
                    "its incident_id must be the id or the number of an incident in the sources, whose own record does not name the cause",
                ));
        }
    }
    let others = [Labels::of_records(frames, &found)?, Labels::of_rollbacks(frames, &found)?];
    others.into_iter().find(|labels| labels.caused() > 0).ok_or_else(no_labels)
}

fn no_labels() -> Failure {
    Failure::input("there is nothing to score against: no cause of any incident is known")
        .hint("give a table of known causes with --truth FILE: incident_id, deployment_id (empty where no deployment was the cause)")
        .hint("or sources whose incidents name their cause (caused_by of ServiceNow, caused_by_deployment_id of a table)")
        .hint("or deployments that say which one they roll back (rolls_back_deployment_id)")
}

/// What a definition scores on the labels that are hidden from it.
fn score(frames: &Frames, definition: &Definition, labels: &Labels, settings: &Settings, period: Period) -> Result<Scores, Failure> {
    let mut answers = Answers::default();
    for pass in labels.passes(definition) {
        let hidden = labels.hidden(frames, pass)?;
        let detail = Detail { least_listed: FIRST, is_for_figures: false };
        let found = sequela_correlate::correlate_with(&hidden, definition, period.range, extract(settings, period), detail)?;
        answers.add(&found.frames, definition, labels, pass)?;
    }
    Ok(Scores::new(&definition.preset, labels, &answers, settings.seed.value))
}

/// Puts the tables of scores in place of the data, and writes them with the chart and the manifest.
fn write(
    staged: &Staged,
    settings: &Settings,
    period: Period,
    pipeline: &mut Pipeline,
    entries: &[Entry],
    scores: &[Scores],
) -> Result<(), Failure> {
    let contenders = contenders(entries);
    pipeline.stage("report", |frames| {
        let mut written = tables(scores)?;
        for kept in [&ingest_files::TABLE, &ingest_issues::TABLE] as [&'static Table; 2] {
            written.set(kept, frames.get(kept))?;
        }
        *frames = written;
        sequela_report::write_tables(frames, &staged.path().join("tables"))?;
        if settings.charts.value {
            sequela_report::write_reliability(frames, &contenders, &staged.path().join("charts"))?;
        }
        Ok(())
    })?;
    write_json(&staged.path().join("manifest.json"), &Manifest::new(settings, period, &pipeline.frames)?)?;
    write_json(&staged.path().join("timings.json"), &timings(&pipeline.timings))
}

fn contenders(entries: &[Entry]) -> Vec<Contender> {
    let contender =
        |entry: &Entry| Contender { name: entry.definition.preset.clone(), is_model: entry.definition.attribution == Attribution::Model };
    entries.iter().map(contender).collect()
}
