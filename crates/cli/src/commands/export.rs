//! `sequela export`: deployments and incidents in a standard form, for other tools or another run.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use fs_err::File;
use sequela_schema::Frames;
use sequela_schema::canonical::deployments;
use sequela_schema::definition::Attribution;

use crate::arguments::{ExportArgs, Overrides, RunArgs, Standard};
use crate::cdevents::{self, Envelope, Written};
use crate::commands::check::announce;
use crate::failure::Failure;
use crate::pipeline::Pipeline;
use crate::progress::Bar;
use crate::settings::Settings;
use crate::{results, terminal};

/// Runs the command.
pub(crate) fn run(arguments: &ExportArgs) -> Result<(), Failure> {
    let frames = match &arguments.tables {
        Some(folder) => read(folder)?,
        None => ingest(arguments)?,
    };
    let Standard::Cdevents = arguments.standard;
    let written = if arguments.out == Path::new("-") {
        cdevents::write(&frames, arguments.envelope, &mut BufWriter::new(terminal::stream()))?
    } else {
        to_file(&frames, arguments.envelope, &arguments.out)?
    };
    announce_written(&written, arguments);
    Ok(())
}

/// The tables of a run: its folder, or the folder of tables in it.
fn read(folder: &Path) -> Result<Frames, Failure> {
    let is_tables = folder.join(deployments::TABLE.name).with_extension("parquet").exists();
    let parent = folder.parent().filter(|_| is_tables && folder.ends_with("tables"));
    let frames = results::read(parent.unwrap_or(folder))?;
    if !frames.has(&deployments::TABLE) {
        return Err(Failure::settings(format!("{} holds no tables of a run", folder.display()))
            .hint("name the folder that `sequela run --out DIR` wrote, or give --config FILE to read the sources"));
    }
    Ok(frames)
}

/// Reads the sources of a configuration, services resolved.
fn ingest(arguments: &ExportArgs) -> Result<Frames, Failure> {
    let mut settings = Settings::resolve(&RunArgs {
        config: arguments.config.clone(),
        out: PathBuf::from("out"),
        overrides: Overrides::default(),
        quiet: arguments.quiet,
        fail_on: Vec::new(),
    })?;
    let mut pipeline = Pipeline::default();
    pipeline.ingest(&settings, &Bar::new(arguments.quiet))?;
    announce(&pipeline.frames, arguments.quiet)?;
    // Events carry no attribution.
    settings.definition.value.attribution = Attribution::Rule;
    pipeline.correlate(&settings)?;
    Ok(pipeline.frames)
}

/// The file appears when it is whole; a run that fails leaves an earlier one.
fn to_file(frames: &Frames, envelope: Envelope, path: &Path) -> Result<Written, Failure> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    let partial = path.with_file_name(name);
    let result = File::create(&partial).map_err(Failure::from).and_then(|file| {
        let mut out = BufWriter::new(file);
        let written = cdevents::write(frames, envelope, &mut out)?;
        out.flush()?;
        Ok(written)
    });
    match result {
        Ok(written) => {
            fs_err::rename(&partial, path)?;
            Ok(written)
        }
        Err(failure) => {
            // Nobody can be told that the rest could not be removed either.
            let _ = std::fs::remove_file(&partial);
            Err(failure)
        }
    }
}

fn announce_written(written: &Written, arguments: &ExportArgs) {
    let quiet = arguments.quiet;
    let Written { events, deployments, incidents, .. } = written;
    terminal::note(quiet, &format!("wrote {events} events of {deployments} deployments and {incidents} incidents"));
    let left_out = [
        (written.running, "deployments without a result were left out: events tell what has ended"),
        (written.withdrawn, "cancelled or merged incidents were left out: events cannot take them back"),
        (written.undated, "deployments or incidents without any time were left out"),
    ];
    for (number, why) in left_out.into_iter().filter(|(number, _)| *number > 0) {
        terminal::note(quiet, &format!("{number} {why}"));
    }
}
