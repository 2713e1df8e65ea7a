//! Writes the demo company's exports, or checks that the committed ones are still what the simulator writes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use sequela_testkit::demo::{File, SEED, files};

/// Replaces `data/demo` by what the simulator writes.
pub(crate) fn write(repository: &Path) -> Result<()> {
    let folder = repository.join("data/demo");
    let files = files(SEED);
    for file in &files {
        let path = folder.join(&file.path);
        let parent = path.parent().unwrap_or(&folder);
        fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
        fs::write(&path, &file.bytes).with_context(|| format!("cannot write {}", path.display()))?;
    }
    for path in surplus(&folder, &files)? {
        fs::remove_file(folder.join(&path)).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(())
}

/// Fails with the names of the files that differ.
pub(crate) fn check(repository: &Path) -> Result<()> {
    let folder = repository.join("data/demo");
    let files = files(SEED);
    let differs = |file: &&File| fs::read(folder.join(&file.path)).ok().as_ref() != Some(&file.bytes);
    let mut wrong: Vec<String> = files.iter().filter(differs).map(|file| file.path.clone()).collect();
    wrong.extend(surplus(&folder, &files)?.iter().map(|path| format!("{} (not written by the simulator)", path.display())));
    if wrong.is_empty() {
        return Ok(());
    }
    bail!("data/demo differs from the simulator; run `cargo xtask demo`:\n  {}", wrong.join("\n  "))
}

/// Exports that the simulator does not write, relative to the folder.
fn surplus(folder: &Path, files: &[File]) -> Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.join("exports")];
    while let Some(current) = folders.pop() {
        for entry in fs::read_dir(&current).with_context(|| format!("cannot list {}", current.display()))? {
            let path = entry.with_context(|| format!("cannot list {}", current.display()))?.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(relative) = path.strip_prefix(folder) {
                found.insert(relative.to_path_buf());
            }
        }
    }
    for file in files {
        found.remove(Path::new(&file.path));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_demo_is_what_the_simulator_writes() {
        check(&crate::repository()).unwrap();
    }
}
