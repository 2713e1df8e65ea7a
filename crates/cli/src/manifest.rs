//! `manifest.json`: what a run was made from, so that anyone can repeat it. `timings.json`: the only file that may differ.

use std::path::Path;

use sequela_schema::canonical::ingest_files;
use sequela_schema::{Frames, Values};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::output::REVIEWS;
use crate::pipeline::{Period, Timing};
use crate::settings::{Settings, format_time};

/// The manifest of a run.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// Version of Sequela.
    pub(crate) version: String,
    /// Extract time.
    pub(crate) as_of: String,
    /// Start of the range.
    pub(crate) from: String,
    /// First instant after the range.
    pub(crate) to: String,
    /// Seed.
    pub(crate) seed: u64,
    /// Settings with their origins.
    pub(crate) settings: Vec<Shown>,
    /// The definition with all its fields.
    pub(crate) definition: sequela_schema::Definition,
    /// Input files.
    pub(crate) inputs: Vec<Input>,
    /// Forms of the review, beside `tables/` and `charts/`.
    #[serde(default)]
    pub(crate) reviews: Vec<String>,
    /// Rows of every table written.
    pub(crate) tables: std::collections::BTreeMap<String, usize>,
}

/// A setting.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Shown {
    /// Its name.
    pub(crate) name: String,
    /// Its value.
    pub(crate) value: String,
    /// Where the value comes from.
    pub(crate) origin: String,
}

/// An input file.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Input {
    /// Path relative to the configuration.
    pub(crate) path: String,
    /// Hash of its bytes.
    pub sha256: Option<String>,
    /// Rows read.
    pub(crate) rows_read: i64,
    /// Rows refused.
    pub(crate) rows_rejected: i64,
}

impl Manifest {
    /// The manifest of this run. Threads and the output folder are left out: results do not depend on them.
    pub(crate) fn new(settings: &Settings, period: Period, frames: &Frames) -> Result<Self, Failure> {
        let shown = settings.shown().into_iter().map(|(name, value, origin)| Shown {
            name: name.to_owned(),
            value,
            origin: origin.label().to_owned(),
        });
        Ok(Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            as_of: format_time(period.as_of),
            from: format_time(period.range.from),
            to: format_time(period.range.to),
            seed: settings.seed.value,
            settings: shown.collect(),
            definition: settings.definition.value.clone(),
            inputs: inputs(frames)?,
            reviews: REVIEWS.map(str::to_owned).to_vec(),
            tables: frames.iter().map(|(name, frame)| (name.to_owned(), frame.height())).collect(),
        })
    }

    /// Reads the manifest of a run.
    pub(crate) fn read(out: &Path) -> Result<Self, Failure> {
        let path = out.join("manifest.json");
        let text = fs_err::read_to_string(&path).map_err(|_| {
            Failure::settings(format!("{} holds no run: there is no manifest.json", out.display()))
                .hint("run `sequela run` first, or name the folder of a run with --out DIR")
        })?;
        serde_json::from_str(&text).map_err(|error| Failure::input(format!("{}: {error}", path.display())).hint("run `sequela run` again"))
    }

    /// The value of a setting.
    pub(crate) fn setting(&self, name: &str) -> &str {
        self.settings.iter().find(|shown| shown.name == name).map_or("", |shown| shown.value.as_str())
    }
}

fn inputs(frames: &Frames) -> Result<Vec<Input>, Failure> {
    let frame = frames.get(&ingest_files::TABLE);
    let (path, sha256) = (frame.texts(&ingest_files::PATH)?, frame.texts(&ingest_files::SHA256)?);
    let (read, rejected) = (frame.ints(&ingest_files::ROWS_READ)?, frame.ints(&ingest_files::ROWS_REJECTED)?);
    Ok((0..frame.height())
        .map(|row| Input {
            path: path.get(row).unwrap_or_default().to_owned(),
            sha256: sha256.get(row).map(ToOwned::to_owned),
            rows_read: read.get(row).unwrap_or(0),
            rows_rejected: rejected.get(row).unwrap_or(0),
        })
        .collect())
}

/// Writes a value as indented JSON.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(std::io::Error::from)?;
    Ok(fs_err::write(path, text + "\n")?)
}

/// Timings as JSON.
pub(crate) fn timings(timings: &[Timing]) -> serde_json::Value {
    let stages: Vec<_> =
        timings.iter().map(|timing| serde_json::json!({ "stage": timing.stage, "seconds": timing.seconds, "rows": timing.rows })).collect();
    serde_json::json!({ "stages": stages })
}
