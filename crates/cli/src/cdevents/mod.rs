//! Deployments and incidents as CDEvents 0.5.1, one event per line, in the order of time.
//!
//! What the standard has no word for (the identifier, a timeout, who approved) travels in `customData.sequela`: other tools pass over
//! it, and Sequela reads the row back as it was.

mod deployment;
mod event;
mod incident;
mod rows;

use std::io::Write;

use polars::prelude::{PolarsResult, StringChunked};
use sequela_schema::Frames;

pub(crate) use event::Envelope;

use crate::failure::Failure;
use deployment::Deployments;
use incident::Incidents;

/// What was written, and what could not be said in events.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) events: usize,
    pub(crate) deployments: usize,
    pub(crate) incidents: usize,
    /// Deployments that have not ended or whose end is unknown.
    pub(crate) running: usize,
    /// Incidents that were cancelled or merged into others.
    pub(crate) withdrawn: usize,
    /// Deployments and incidents without any time.
    pub(crate) undated: usize,
}

/// An event to be written: when, and which row it tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    at: i64,
    is_incident: bool,
    row: usize,
    /// Which of the events of its row.
    part: usize,
}

/// Writes all events.
pub(crate) fn write(frames: &Frames, envelope: Envelope, out: &mut dyn Write) -> Result<Written, Failure> {
    let (deployments, incidents) = (Deployments::read(frames)?, Incidents::read(frames)?);
    let mut written = Written::default();
    let mut lines = deployments.lines(&mut written)?;
    lines.extend(incidents.lines(&mut written)?);
    lines.sort_unstable();
    written.events = lines.len();
    for line in lines {
        let event = if line.is_incident { incidents.event(line)? } else { deployments.event(line)? };
        writeln!(out, "{}", event.json(envelope))?;
    }
    out.flush()?;
    Ok(written)
}

/// The text of a cell.
fn text(column: PolarsResult<&StringChunked>, row: usize) -> PolarsResult<Option<&str>> {
    Ok(column?.get(row))
}
