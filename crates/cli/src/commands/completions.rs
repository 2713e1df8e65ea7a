//! `sequela completions SHELL`: a completion script.

use clap::CommandFactory;

use crate::arguments::{Arguments, CompletionArgs};
use crate::failure::Failure;
use crate::terminal;

/// Runs the command.
pub(crate) fn run(arguments: &CompletionArgs) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "sequela", &mut script);
    terminal::data(&String::from_utf8_lossy(&script))
}
