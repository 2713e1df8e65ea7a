//! Results appear as a whole: written beside the target and renamed into place, so that a killed run leaves the earlier results.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// What a run writes; anything else in the folder is the user's and stays.
pub(crate) const RUN: &[&str] =
    &["review.html", "review.md", "review.json", "review.xlsx", "charts", "tables", "manifest.json", "timings.json"];
/// The forms of the review among them.
pub(crate) const REVIEWS: [&str; 4] = ["review.html", "review.md", "review.json", "review.xlsx"];

/// What a reconciliation writes.
pub(crate) const RECONCILIATION: &[&str] =
    &["reconciliation.md", "reconciliation.csv", "reconciliation.parquet", "reconciliation_records.csv", "reconciliation_records.parquet"];

/// What scoring planned changes writes.
pub(crate) const RISK: &[&str] = &["tables", "manifest.json", "timings.json"];

/// What an evaluation writes.
pub(crate) const EVALUATION: &[&str] = &["charts", "tables", "manifest.json", "timings.json"];

/// A folder in the making.
///
/// Dropped without being published, it disappears: a run that fails leaves nothing beside the results.
#[derive(Debug)]
pub(crate) struct Staged {
    target: PathBuf,
    stage: PathBuf,
    ours: &'static [&'static str],
}

impl Staged {
    /// An empty folder beside the target; what is not `ours` stays when it is published.
    pub(crate) fn new(target: &Path, ours: &'static [&'static str]) -> Result<Self, Failure> {
        if target.is_file() {
            return Err(Failure::settings(format!("{} is a file, a folder was expected", target.display()))
                .hint("name another folder with --out DIR"));
        }
        let stage = sibling(target, "partial");
        if stage.exists() {
            fs_err::remove_dir_all(&stage)?;
        }
        fs_err::create_dir_all(&stage)?;
        Ok(Self { target: target.to_path_buf(), stage, ours })
    }

    /// Where to write.
    pub(crate) fn path(&self) -> &Path {
        &self.stage
    }

    /// Puts the results into place.
    pub(crate) fn publish(self) -> Result<(), Failure> {
        if !self.target.exists() {
            if let Some(parent) = self.target.parent() {
                fs_err::create_dir_all(parent)?;
            }
            return Ok(fs_err::rename(&self.stage, &self.target)?);
        }
        let old = sibling(&self.target, "old");
        if old.exists() {
            fs_err::remove_dir_all(&old)?;
        }
        self.keep_foreign_entries()?;
        fs_err::rename(&self.target, &old)?;
        if let Err(error) = fs_err::rename(&self.stage, &self.target) {
            fs_err::rename(&old, &self.target)?;
            return Err(error.into());
        }
        Ok(fs_err::remove_dir_all(&old)?)
    }

    /// A page of a month that an earlier run wrote, `review-2026-05.html`; data of another range must not leave it behind.
    fn is_old_page(&self, name: &std::ffi::OsStr) -> bool {
        let inner = name.to_str().and_then(|name| name.strip_prefix("review-")?.strip_suffix(".html"));
        let is_month = |inner: &str| {
            inner.len() == 7 && inner.bytes().enumerate().all(|(at, byte)| if at == 4 { byte == b'-' } else { byte.is_ascii_digit() })
        };
        self.ours == RUN && inner.is_some_and(|inner| inner == "all" || is_month(inner))
    }

    fn keep_foreign_entries(&self) -> Result<(), Failure> {
        for entry in fs_err::read_dir(&self.target)? {
            let name = entry?.file_name();
            if !self.ours.iter().any(|ours| name == *ours) && !self.is_old_page(&name) {
                fs_err::rename(self.target.join(&name), self.stage.join(&name))?;
            }
        }
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if self.stage.exists() {
            // Nobody is left to tell; the next run removes what remains.
            let _ = fs_err::remove_dir_all(&self.stage);
        }
    }
}

fn sibling(target: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".{suffix}"));
    target.with_file_name(name)
}
