//! Writes the generated pages of `docs/`. The declarations live in crates that this one does not link: tests write them.

use std::path::Path;

use anyhow::Result;

/// Variable that makes the test write instead of compare.
const WRITE: &str = "SEQUELA_WRITE_DOCS";

pub(crate) fn write(repository: &Path) -> Result<()> {
    for (package, test) in [("sequela-schema", "generated_pages_are_current"), ("sequela-ingest", "the_page_of_sources_is_current")] {
        let mut command = crate::cargo();
        command.args(["test", "--package", package, "--lib", test]).env(WRITE, "1");
        crate::run(&mut command, repository)?;
    }
    Ok(())
}
