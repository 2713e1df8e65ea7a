//! Tasks of this repository: `cargo xtask <task>`.

mod browser;
mod demo;
mod docs;
mod test;

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use sequela_experiments::{coverage, logs};

const USAGE: &str = "usage: cargo xtask <task>
  test            everything that CI checks
  docs            writes the generated pages of docs/ anew
  demo            writes data/demo anew from the simulator
  demo --check    fails when data/demo is not what the simulator writes
  coverage [--seeds N]
                  docs/experiments/coverage.*: whether intervals hold the truth, over N organisations a regime (20; minutes)
  real-logs [--data FOLDER]
                  docs/experiments/real-logs.*: the model and rules on real change logs (../shared/data)";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["test"] => test::run_everything(&repository()),
        ["docs"] => docs::write(&repository()),
        ["demo"] => demo::write(&repository()),
        ["demo", "--check"] => demo::check(&repository()),
        ["coverage"] => coverage::write(&experiments(), coverage::ORGANISATIONS),
        ["coverage", "--seeds", seeds] => coverage::write(&experiments(), count(seeds)?),
        ["real-logs"] => logs::write(&repository().join("../shared/data"), &experiments()),
        ["real-logs", "--data", folder] => logs::write(Path::new(folder), &experiments()),
        _ => bail!("{USAGE}"),
    }
}

/// Top folder of the repository.
fn repository() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// Where measurements are checked in.
fn experiments() -> std::path::PathBuf {
    repository().join("docs/experiments")
}

fn count(word: &str) -> Result<u64> {
    let count: u64 = word.parse().with_context(|| format!("{word:?} is not a number"))?;
    ensure!(count > 0, "at least one organisation is needed");
    Ok(count)
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
