//! Tasks of this repository: `cargo xtask <task>`.

mod demo;
mod docs;
mod test;

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

const USAGE: &str = "usage: cargo xtask <task>
  test            everything that CI checks
  docs            writes the generated pages of docs/ anew
  demo            writes data/demo anew from the simulator
  demo --check    fails when data/demo is not what the simulator writes";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["test"] => test::run_everything(&repository()),
        ["docs"] => docs::write(&repository()),
        ["demo"] => demo::write(&repository()),
        ["demo", "--check"] => demo::check(&repository()),
        _ => bail!("{USAGE}"),
    }
}

/// Top folder of the repository.
fn repository() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// Runs a command in the repository and fails when it does.
fn run(command: &mut Command, repository: &Path) -> Result<()> {
    let status = command.current_dir(repository).status().with_context(|| format!("cannot start {command:?}"))?;
    ensure!(status.success(), "{command:?} failed with {status}");
    Ok(())
}

/// The cargo that runs this task, without what it tells this task about itself: build scripts below polars watch those variables,
/// and a cargo started from here would compile polars again each time.
fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        let shown = name.to_string_lossy();
        if shown.starts_with("CARGO_PKG_") || shown.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}
