//! The program; everything it does stands in the library beside it.

use std::process::ExitCode;

fn main() -> ExitCode {
    sequela_cli::run()
}
