//! The review in a real browser: nothing loaded, charts drawn, filters and print working, no serious axe violation.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::run;

const FILES: [&str; 3] = ["check.mjs", "package.json", "package-lock.json"];
const CHROMIUM: &str = "/usr/bin/chromium";

/// Looks at the review of a run. What it needs is installed: the packages of npm below `target`, Chromium as Debian's package.
pub(crate) fn check(repository: &Path, target: &Path, out: &Path) -> Result<()> {
    let folder = target.join("browser");
    std::fs::create_dir_all(&folder)?;
    for name in FILES {
        std::fs::copy(repository.join("data/checks/browser").join(name), folder.join(name))?;
    }
    let chromium = chromium(repository)?;
    run(Command::new("npm").args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&folder), &folder)
        .context("Node.js 20 or newer with npm is needed to look at the review in a browser")?;
    run(Command::new("node").arg("check.mjs").arg(out).env("CHROMIUM", chromium), &folder)
}

/// The browser that `CHROMIUM` names, else Debian's, installed where it is missing.
fn chromium(repository: &Path) -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        return Ok(named.into());
    }
    if !Path::new(CHROMIUM).exists() {
        run(Command::new("apt-get").args(["update", "--quiet=2"]), repository)
            .and_then(|()| {
                let install = ["install", "--yes", "--quiet=2", "--no-install-recommends", "chromium", "fonts-liberation"];
                run(Command::new("apt-get").args(install).env("DEBIAN_FRONTEND", "noninteractive"), repository)
            })
            .context("Chromium is needed: install Debian's package as root, or let CHROMIUM name one")?;
    }
    Ok(CHROMIUM.into())
}
