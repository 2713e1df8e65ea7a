//! `sequela check`: what was read, what was refused, what has no owner, and how far clocks can be trusted.

use std::collections::BTreeMap;
use std::fmt::Write;

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};
use sequela_schema::canonical::{ingest_files, ingest_issues};
use sequela_schema::definition::Attribution;
use sequela_schema::result::{ambiguous_names, unowned_services};
use sequela_schema::{Frames, Values};

use crate::arguments::RunArgs;
use crate::failure::Failure;
use crate::pipeline::Pipeline;
use crate::progress::Bar;
use crate::settings::Settings;
use crate::terminal;

/// Issues and names listed before the rest is counted.
const LISTED: usize = 20;

/// Runs the command.
pub(crate) fn run(arguments: &RunArgs) -> Result<(), Failure> {
    let mut settings = Settings::resolve(arguments)?;
    limit_threads(&settings)?;
    let mut pipeline = Pipeline::default();
    pipeline.ingest(&settings, &Bar::new(arguments.quiet))?;
    // Names and owners need no model.
    settings.definition.value.attribution = Attribution::Rule;
    pipeline.correlate(&settings)?;
    let frames = &pipeline.frames;
    terminal::data(&[files(frames)?, issues(frames)?, ambiguous(frames)?, unowned(frames)?].concat())
}

/// Sets the number of threads once, before any is started.
pub(crate) fn limit_threads(settings: &Settings) -> Result<(), Failure> {
    let Some(threads) = settings.threads.value else { return Ok(()) };
    if threads == 0 {
        return Err(Failure::settings("threads is 0").hint("give 1 or more, or leave it out for all cores"));
    }
    // A pool that exists already is that of an embedding program, which has made its own choice.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    Ok(())
}

/// Tells on standard error what was read, refused and suspected.
pub(crate) fn announce(frames: &Frames, quiet: bool) -> Result<(), Failure> {
    let table = frames.get(&ingest_files::TABLE);
    let (path, adapter) = (table.texts(&ingest_files::PATH)?, table.texts(&ingest_files::ADAPTER)?);
    let (read, rejected) = (table.ints(&ingest_files::ROWS_READ)?, table.ints(&ingest_files::ROWS_REJECTED)?);
    let (truncated, reason) = (table.bools(&ingest_files::TRUNCATION_SUSPECTED)?, table.texts(&ingest_files::REASON)?);
    for row in 0..table.height() {
        let (path, rejected) = (path.get(row).unwrap_or_default(), rejected.get(row).unwrap_or(0));
        let refused = if rejected > 0 { format!(", {rejected} refused") } else { String::new() };
        let adapter = adapter.get(row).unwrap_or("unknown");
        terminal::note(quiet, &format!("read {path} as {adapter}: {} rows{refused}", read.get(row).unwrap_or(0)));
        if truncated.get(row) == Some(true) {
            terminal::warn(quiet, &format!("{path} looks cut off: {}", reason.get(row).unwrap_or("unknown reason")));
        }
    }
    Ok(())
}

fn grid(header: &[&str], numbers: &[usize]) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(header.to_vec());
    for &column in numbers {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn files(frames: &Frames) -> Result<String, Failure> {
    let frame = frames.get(&ingest_files::TABLE);
    let header = ["file", "adapter", "table", "encoding", "zone (basis)", "clock", "rows", "good", "folded", "refused"];
    let mut table = grid(&header, &[6, 7, 8, 9]);
    let text = |column, row| Ok::<_, Failure>(frame.texts(column)?.get(row).unwrap_or("–").to_owned());
    let count = |column, row| Ok::<_, Failure>(frame.ints(column)?.get(row).unwrap_or(0).to_string());
    for row in 0..frame.height() {
        table.add_row([
            text(&ingest_files::PATH, row)?,
            text(&ingest_files::ADAPTER, row)?,
            text(&ingest_files::TABLE_NAME, row)?,
            text(&ingest_files::ENCODING, row)?,
            format!("{} ({})", text(&ingest_files::ZONE, row)?, text(&ingest_files::ZONE_BASIS, row)?),
            clock(frame.texts(&ingest_files::TIME_QUALITY)?.get(row), frame.reals(&ingest_files::TIME_UNCERTAINTY_S)?.get(row)),
            count(&ingest_files::ROWS_READ, row)?,
            count(&ingest_files::ROWS_OK, row)?,
            count(&ingest_files::ROWS_FOLDED, row)?,
            count(&ingest_files::ROWS_REJECTED, row)?,
        ]);
    }
    let mut page = format!("Files\n{}\n", table.trim_fmt());
    for row in 0..frame.height() {
        if frame.bools(&ingest_files::TRUNCATION_SUSPECTED)?.get(row) == Some(true) {
            let _ = writeln!(page, "\n{} looks cut off: {}", text(&ingest_files::PATH, row)?, text(&ingest_files::REASON, row)?);
        }
    }
    Ok(page)
}

/// How far the times of a file can be trusted.
fn clock(quality: Option<&str>, uncertainty: Option<f64>) -> String {
    let words = match quality {
        None => return "–".to_owned(),
        Some("exact_utc") => "UTC",
        Some("offset") => "with offset",
        Some("inferred_zone") => "zone inferred",
        Some("assumed_zone") => "zone assumed",
        Some("date_only") => "days only",
        Some(other) => other,
    };
    match uncertainty {
        Some(seconds) if seconds >= 86_400.0 => format!("{words}, ± {} d", seconds / 86_400.0),
        Some(seconds) if seconds >= 3_600.0 => format!("{words}, ± {:.1} h", seconds / 3_600.0),
        Some(seconds) if seconds > 0.0 => format!("{words}, ± {seconds} s"),
        _ => words.to_owned(),
    }
}

fn issues(frames: &Frames) -> Result<String, Failure> {
    let frame = frames.get(&ingest_issues::TABLE);
    let (path, code) = (frame.texts(&ingest_issues::PATH)?, frame.texts(&ingest_issues::CODE)?);
    let (row_numbers, message) = (frame.ints(&ingest_issues::ROW)?, frame.texts(&ingest_issues::MESSAGE)?);
    let rejected = frame.bools(&ingest_issues::REJECTED)?;
    let mut groups: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for row in 0..frame.height() {
        groups.entry((path.get(row).unwrap_or_default(), code.get(row).unwrap_or_default())).or_default().push(row);
    }
    let mut table = grid(&["file", "defect", "count", "rows refused", "first row", "what to do"], &[2, 3, 4]);
    for ((path, code), rows) in groups {
        let refused = rows.iter().filter(|&&row| rejected.get(row) == Some(true)).count();
        let first = rows[0];
        table.add_row([
            path.to_owned(),
            code.to_owned(),
            rows.len().to_string(),
            refused.to_string(),
            row_numbers.get(first).unwrap_or(0).to_string(),
            message.get(first).unwrap_or_default().to_owned(),
        ]);
    }
    Ok(if frame.height() == 0 { "\nNo defects.\n".to_owned() } else { format!("\nDefects\n{}\n", table.trim_fmt()) })
}

/// Names that mean several services, with the lines of the configuration that would settle it.
fn ambiguous(frames: &Frames) -> Result<String, Failure> {
    let frame = frames.get(&ambiguous_names::TABLE);
    if frame.height() == 0 {
        return Ok(String::new());
    }
    let (names, services) = (frame.texts(&ambiguous_names::NAME)?, frame.texts(&ambiguous_names::SERVICES)?);
    let (deployments, incidents) = (frame.ints(&ambiguous_names::DEPLOYMENTS)?, frame.ints(&ambiguous_names::INCIDENTS)?);
    let mut table = grid(&["name that several services claim", "services", "deployments", "incidents"], &[2, 3]);
    let mut lines = String::new();
    for row in 0..frame.height() {
        let (name, services) = (names.get(row).unwrap_or_default(), services.get(row).unwrap_or_default());
        let [deployments, incidents] = [deployments, incidents].map(|counts| counts.get(row).unwrap_or(0).to_string());
        table.add_row([name.to_owned(), services.to_owned(), deployments, incidents]);
        let list: Vec<String> = services.split(", ").map(|service| toml::Value::from(service).to_string()).collect();
        let _ = writeln!(lines, "[[catalog.alias]]\nname = {}\nservices = [{}]", toml::Value::from(name), list.join(", "));
    }
    let question = "None of them is taken until you say which. Where a name means all of them, add this; else leave out the others:";
    Ok(format!("\n{}\n\n{question}\n\n{lines}", table.trim_fmt()))
}

fn unowned(frames: &Frames) -> Result<String, Failure> {
    let frame = frames.get(&unowned_services::TABLE);
    if frame.height() == 0 {
        return Ok("\nEvery service has an owner.\n".to_owned());
    }
    let (names, closest) = (frame.texts(&unowned_services::NAME)?, frame.texts(&unowned_services::CLOSEST_NAME)?);
    let (deployments, incidents) = (frame.ints(&unowned_services::DEPLOYMENTS)?, frame.ints(&unowned_services::INCIDENTS)?);
    let mut rows: Vec<usize> = (0..frame.height()).collect();
    rows.sort_by_key(|&row| std::cmp::Reverse((deployments.get(row), incidents.get(row))));
    let mut table = grid(&["service without an owner", "deployments", "incidents", "closest known name"], &[1, 2]);
    for &row in rows.iter().take(LISTED) {
        table.add_row([
            names.get(row).unwrap_or_default().to_owned(),
            deployments.get(row).unwrap_or(0).to_string(),
            incidents.get(row).unwrap_or(0).to_string(),
            closest.get(row).unwrap_or("–").to_owned(),
        ]);
    }
    let more = rows.len().saturating_sub(LISTED);
    let rest = if more > 0 { format!("and {more} more\n") } else { String::new() };
    Ok(format!("\n{}\n{rest}", table.trim_fmt()))
}
