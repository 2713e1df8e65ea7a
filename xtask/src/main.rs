//! Tasks of this repository: `cargo xtask <task>`.

mod demo;

use std::path::Path;

use anyhow::{Result, bail};

const USAGE: &str = "usage: cargo xtask demo [--check]
  demo            writes data/demo anew from the simulator
  demo --check    fails when data/demo is not what the simulator writes";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["demo"] => demo::write(&repository()),
        ["demo", "--check"] => demo::check(&repository()),
        _ => bail!("{USAGE}"),
    }
}

/// Top folder of the repository.
fn repository() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}
