//! `cargo xtask test`: everything that CI checks, in the order of what fails fastest.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::{browser, cargo, demo, run};

pub(crate) fn run_everything(repository: &Path) -> Result<()> {
    run(cargo().args(["fmt", "--all", "--check"]), repository)?;
    demo::check(repository)?;
    run(cargo().args(["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]), repository)?;
    let target = target(repository);
    let out = target.join("demo-out");
    // The same binary that the tests use; built first, so that the checks below find it.
    run(cargo().args(["build", "--workspace", "--all-targets"]), repository)?;
    let binary = target.join("debug").join(format!("sequela{}", std::env::consts::EXE_SUFFIX));
    let demo = |out: &Path, more: &[&str]| {
        run(Command::new(&binary).args(["run", "--config", "data/demo/sequela.toml", "--out"]).arg(out).args(more), repository)
    };
    let by_rule = target.join("demo-by-rule");
    demo(&out, &[])?;
    demo(&by_rule, &["--definition", "evidence-then-nearest", "--no-charts"])?;
    python(repository, &target, &out, &by_rule)?;
    browser::check(repository, &target, &std::path::absolute(&out)?)?;
    run(cargo().args(["test", "--workspace"]), repository)
}

/// Where cargo puts what it builds.
fn target(repository: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| repository.join("target"), PathBuf::from)
}

/// The independent SQL check, of the definition that SQL can express, and the notebook, in an environment of their own.
fn python(repository: &Path, target: &Path, out: &Path, by_rule: &Path) -> Result<()> {
    let environment = target.join("python");
    let interpreter = environment.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    if !interpreter.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&environment), repository)
            .context("Python 3.11 or newer with venv is needed for the SQL check and the notebook")?;
    }
    let requirements = ["--requirement", "data/checks/requirements.txt", "--requirement", "notebooks/requirements.txt"];
    run(
        Command::new(&interpreter).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(requirements),
        repository,
    )?;
    run(Command::new(&interpreter).arg("data/checks/demo_check.py").arg(by_rule), repository)?;
    run(Command::new(&interpreter).arg("notebooks/run.py").arg(out), repository)
}
