//! `sequela reconcile`: our figure, theirs, and the records that make the difference.

use sequela_metrics::reconciliation::{self, Stage, Step};
use sequela_schema::definition::PRESETS;
use sequela_schema::{Definition, Frames};

use crate::arguments::{ReconcileArgs, RunArgs};
use crate::commands::check::{announce, limit_threads};
use crate::failure::Failure;
use crate::output::{self, Staged};
use crate::pipeline::{Period, Pipeline, context, measuring};
use crate::progress::{Bar, Spinner};
use crate::settings::Settings;
use crate::terminal;

/// Runs the command.
pub(crate) fn run(arguments: &ReconcileArgs) -> Result<(), Failure> {
    let theirs = Definition::preset(&arguments.preset).ok_or_else(|| {
        Failure::settings(format!("unknown definition {:?} after --as", arguments.preset))
            .hint(format!("known ones: {}", PRESETS.join(", ")))
    })?;
    let mut settings = Settings::resolve(&RunArgs {
        config: arguments.config.clone(),
        out: arguments.out.clone(),
        overrides: arguments.overrides.clone(),
        quiet: arguments.quiet,
        fail_on: Vec::new(),
    })?;
    limit_threads(&settings)?;
    let staged = Staged::new(&arguments.out, output::RECONCILIATION)?;
    let mut pipeline = Pipeline::default();
    pipeline.ingest(&settings, &Bar::new(arguments.quiet))?;
    announce(&pipeline.frames, arguments.quiet)?;
    let spinner = Spinner::new(arguments.quiet, "comparing definitions");
    let ours = settings.definition.value.clone();
    let steps = reconciliation::steps(&ours, &theirs);
    let (stages, period) = stages(&pipeline.frames, &mut settings, &steps)?;
    let result = reconciliation::reconcile(&stages, &steps, &pipeline.frames)?;
    drop(spinner);
    settings.definition.value = ours;
    let context = context(&settings, period);
    sequela_report::write_tables(&result, staged.path())?;
    let page = sequela_report::reconciliation_page(&result, &context, &settings.definition.value, &theirs)?;
    fs_err::write(staged.path().join("reconciliation.md"), page)?;
    let summary = sequela_report::reconciliation_summary(&result, &settings.definition.value, &theirs)?;
    staged.publish()?;
    terminal::note(arguments.quiet, summary.trim_end());
    terminal::note(arguments.quiet, &format!("Records and teams: {}", arguments.out.join("reconciliation.md").display()));
    Ok(())
}

/// The data under our definition and under each step towards theirs.
fn stages(read: &Frames, settings: &mut Settings, steps: &[Step]) -> Result<(Vec<Stage>, Period), Failure> {
    let (first, period) = stage(read, settings)?;
    let mut stages = vec![first];
    for step in steps {
        settings.definition.value = step.definition.clone();
        stages.push(stage(read, settings)?.0);
    }
    Ok((stages, period))
}

fn stage(read: &Frames, settings: &Settings) -> Result<(Stage, Period), Failure> {
    let mut pipeline = Pipeline { frames: read.clone(), ..Pipeline::default() };
    let period = pipeline.correlate(settings)?;
    pipeline.measure(settings, period)?;
    Ok((Stage::read(&pipeline.frames, &measuring(settings, period))?, period))
}
