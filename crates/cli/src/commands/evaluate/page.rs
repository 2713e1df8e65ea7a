//! What `evaluate` prints: where the labels come from, one row per definition, and what it comes to.

use std::fmt::Write;

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};
use sequela_metrics::evaluation::Labels;
use sequela_report::{Measure, evaluation_sentences};
use sequela_schema::Frames;
use sequela_schema::vocabulary::{labels as source, measure};

use super::{Entry, contenders};
use crate::failure::Failure;

/// Heads of the columns with their measures; whether they are shares.
const COLUMNS: [(&str, &str, bool); 9] = [
    ("precision", measure::PRECISION, true),
    ("recall", measure::RECALL, true),
    ("F1", measure::F1, false),
    ("top-1", measure::TOP_1, true),
    ("top-5", measure::TOP_5, true),
    ("calibration error", measure::CALIBRATION_ERROR, false),
    ("Brier", measure::BRIER, false),
    ("team rate error", measure::TEAM_RATE_ERROR, false),
    ("team order", measure::TEAM_RATE_TAU, false),
];

/// The page.
pub(super) fn page(frames: &Frames, labels: &Labels, entries: &[Entry], silent: &[String]) -> Result<String, Failure> {
    let mut page = head(labels);
    let shown = COLUMNS.iter().filter(|(_, name, _)| is_formed(labels, name));
    let shown: Vec<(&str, &str, bool)> = shown.copied().collect();
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(std::iter::once("definition").chain(shown.iter().map(|(head, _, _)| *head)));
    for column in 1..=shown.len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for entry in entries {
        let mut row = vec![name(entry)];
        for (_, measure, is_share) in &shown {
            row.push(cell(&Measure::read(frames, &entry.definition.preset, measure)?, *is_share));
        }
        table.add_row(row);
    }
    let _ = writeln!(page, "\n{}\n", table.trim_fmt());
    if !silent.is_empty() {
        let _ = writeln!(page, "Not compared: {}, which link nothing that no record names.", silent.join(", "));
    }
    for sentence in evaluation_sentences(frames, &contenders(entries))? {
        let _ = writeln!(page, "{sentence}");
    }
    Ok(page)
}

fn is_formed(labels: &Labels, name: &str) -> bool {
    match name {
        measure::RECALL | measure::TOP_1 | measure::TOP_5 => true,
        measure::TEAM_RATE_ERROR | measure::TEAM_RATE_TAU => labels.cover_all(),
        _ => labels.has_innocent(),
    }
}

fn name(entry: &Entry) -> String {
    let same: String = entry.same.iter().map(|name| format!("\n= {name}")).collect();
    format!("{}{same}", entry.definition.preset)
}

/// The measure above its interval.
fn cell(measure: &Measure, is_share: bool) -> String {
    let show = |value: f64| if is_share { format!("{:.0} %", 100.0 * value) } else { format!("{value:.3}") };
    let bare = |value: f64| if is_share { format!("{:.0}", 100.0 * value) } else { format!("{value:.3}") };
    let Some(value) = measure.value else { return "–".to_owned() };
    measure.interval.map_or_else(|| show(value), |(lower, upper)| format!("{}\n{}–{}", show(value), bare(lower), bare(upper)))
}

/// Where the labels come from, how many there are, and what is not scored.
fn head(labels: &Labels) -> String {
    let (all, caused) = (labels.len(), labels.caused());
    let from = match labels.source {
        source::TRUTH => "a table of known causes",
        source::ASSERTED => "causes that records of incidents name, hidden a fifth at a time from what is scored on them",
        _ => "rollbacks soon after an incident began, with every mark of a rollback hidden; weaker than a recorded cause",
    };
    let innocent = if labels.has_innocent() { format!(", {} not", all - caused) } else { String::new() };
    let mut head = format!("Labels: {all} incidents ({caused} caused by a deployment{innocent}), from {from}.\n");
    let left_out = left_out(labels);
    if !left_out.is_empty() {
        let _ = writeln!(head, "Not scored: {}.", left_out.join(", "));
    }
    if labels.left_out.unknown_deployments > 0 {
        let _ =
            writeln!(head, "Causes that are no deployment of the data: {}; nothing can find them.", labels.left_out.unknown_deployments);
    }
    if !labels.has_innocent() {
        head.push_str(
            "No label says that an incident was not caused by a deployment: there is no precision, calibration error or Brier score.\n",
        );
    }
    head
}

/// What is not scored, and why.
pub(super) fn left_out(labels: &Labels) -> Vec<String> {
    let left_out = labels.left_out;
    [
        (left_out.recorded, "whose own record names the cause"),
        (left_out.unknown_incidents, "that are not in the data"),
        (left_out.contradictory, "said both to have a cause and to have none"),
        (left_out.without_deployment, "whose record names a change without a deployment in the data"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, why)| format!("{number} {why}"))
    .collect()
}
