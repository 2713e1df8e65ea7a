//! Writes the generated pages of `docs/`. The declarations live in `schema`, which this crate does not link: a test writes them.

use std::path::Path;

use anyhow::Result;

/// Variable that makes the test write instead of compare.
const WRITE: &str = "SEQUELA_WRITE_DOCS";

pub(crate) fn write(repository: &Path) -> Result<()> {
    let mut command = crate::cargo();
    command.args(["test", "--package", "sequela-schema", "--lib", "generated_pages_are_current"]).env(WRITE, "1");
    crate::run(&mut command, repository)
}
