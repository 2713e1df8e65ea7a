//! A progress bar for reading and a spinner for the stages after it; hidden when standard error is no terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sequela_ingest::Observer;

/// Draws what the reader reports.
pub(crate) struct Bar {
    bar: ProgressBar,
}

impl Bar {
    /// A bar, or an invisible one.
    pub(crate) fn new(quiet: bool) -> Self {
        let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()) };
        Self { bar }
    }
}

/// Shows that a stage is at work until it is dropped.
pub(crate) struct Spinner(ProgressBar);

impl Spinner {
    /// A spinner with the name of the stage.
    pub(crate) fn new(quiet: bool, stage: &'static str) -> Self {
        let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()) };
        bar.set_message(stage);
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

impl Observer for Bar {
    fn start(&self, _files: usize, bytes: u64) {
        let style = ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {eta} {msg}");
        self.bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        self.bar.set_length(bytes);
    }

    fn file(&self, path: &str, _bytes: u64) {
        self.bar.set_message(format!("reading {path}"));
    }

    fn progress(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    fn folding(&self) {
        self.bar.set_message("building tables");
    }

    fn done(&self) {
        self.bar.finish_and_clear();
    }
}
