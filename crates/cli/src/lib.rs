//! Which incidents were caused by a change, and how sure are we: the command line.
//!
//! Arguments are plain values (`arguments`), settings put the layers together (`settings`), commands call the libraries, and
//! every error becomes a message with hints and an exit code in one place (`failure`). Nothing else prints.

mod arguments;
mod cdevents;
mod commands;
mod failure;
mod labels;
mod manifest;
mod output;
mod pipeline;
mod progress;
mod results;
mod settings;
mod terminal;

#[cfg(fuzzing)]
pub mod fuzzing {
    //! A door for the fuzz targets; compiled for them only.

    /// Reads a text as a configuration.
    pub fn settings(text: &str) {
        let _ = toml::from_str::<crate::settings::file::File>(text);
    }
}

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Command, ConfigCommand};
use crate::failure::Failure;

/// Does what the arguments of the process say.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    // A panic is a bug of ours: it gets its own exit code and a word on where to report it.
    let ended =
        std::panic::catch_unwind(|| dispatch(&arguments.command)).unwrap_or_else(|_| Err(Failure::bug("sequela stopped unexpectedly")));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal::fail(&failure);
            ExitCode::from(failure.kind.exit_code())
        }
    }
}

fn dispatch(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Init(arguments) => commands::init::run(arguments),
        Command::Check(arguments) => commands::check::run(arguments),
        Command::Run(arguments) => commands::run::run(arguments),
        Command::Explain(arguments) => commands::explain::run(arguments),
        Command::Reconcile(arguments) => commands::reconcile::run(arguments),
        Command::Evaluate(arguments) => commands::evaluate::run(arguments),
        Command::Risk(arguments) => commands::risk::run(arguments),
        Command::Show(arguments) => commands::show::run(arguments),
        Command::Simulate(arguments) => commands::simulate::run(arguments),
        Command::Export(arguments) => commands::export::run(arguments),
        Command::Config(ConfigCommand::Show(arguments)) => commands::config::show(arguments),
        Command::Schema(arguments) => commands::schema::run(arguments),
        Command::Completions(arguments) => commands::completions::run(arguments),
    }
}
