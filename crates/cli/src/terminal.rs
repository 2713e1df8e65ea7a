//! The only printer: data to standard output, everything else to standard error.

use std::io::Write;

use anstyle::{AnsiColor, Style};

use crate::failure::{Failure, Kind};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();

/// Prints data.
pub(crate) fn data(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

/// Standard output for data that comes piece by piece.
pub(crate) fn stream() -> impl Write {
    anstream::stdout().lock()
}

/// Tells something, unless the user wants quiet. Standard error may be closed; that is nobody's failure.
pub(crate) fn note(quiet: bool, text: &str) {
    if !quiet {
        let _ = writeln!(anstream::stderr(), "{text}");
    }
}

/// Warns, unless the user wants quiet.
pub(crate) fn warn(quiet: bool, text: &str) {
    if !quiet {
        let _ = writeln!(anstream::stderr(), "{WARNING}warning:{WARNING:#} {text}");
    }
}

/// Prints a failure with its hints.
pub(crate) fn fail(failure: &Failure) {
    if failure.kind == Kind::BrokenPipe {
        return;
    }
    let mut err = anstream::stderr().lock();
    for message in &failure.messages {
        let _ = writeln!(err, "{ERROR}error:{ERROR:#} {message}");
    }
    for hint in &failure.hints {
        let _ = writeln!(err, "{HINT}hint:{HINT:#} {hint}");
    }
}
