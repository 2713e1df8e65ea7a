//! Why our figure differs from another tool's: a few lines for the terminal, a page for readers.

mod page;
mod read;

use sequela_schema::{Definition, Frames};

use crate::ReportError;
use crate::wording;
use read::{Compared, Reason, Tables};

pub use page::reconciliation_page;

/// Reasons told for one figure on the terminal; the page has all.
const TOLD: usize = 6;

/// The terminal summary: each figure of the organisation, ours and theirs, and what makes the difference, the most first.
///
/// # Errors
/// [`ReportError::Frame`] when a frame is not as declared.
pub fn reconciliation_summary(frames: &Frames, ours: &Definition, theirs: &Definition) -> Result<String, ReportError> {
    let tables = Tables::read(frames)?;
    let figures = tables.organisation();
    if figures.is_empty() || (ours == &Definition { preset: ours.preset.clone(), ..theirs.clone() }) {
        return Ok(format!("Your definition and {} are the same: there is nothing to reconcile.\n", theirs.title()));
    }
    let mut text = String::new();
    for figure in figures {
        text.push_str(&figure_lines(figure, theirs.title()));
    }
    Ok(text)
}

fn figure_lines(figure: &Compared, theirs: &str) -> String {
    let mut text = format!("{}: ours {}, {theirs} {}.", figure.title(), ours_words(figure), figure.show(figure.theirs));
    let is_shown = |reason: &&Reason| reason.moves() && figure.signed_opt(reason.difference) != "±0";
    let mut reasons: Vec<&Reason> = figure.reasons.iter().filter(is_shown).collect();
    reasons.sort_by(|left, right| right.size().total_cmp(&left.size()));
    match figure.difference() {
        None => text.push_str(" One of them has no figure, so there is nothing to add up."),
        Some(_) if reasons.is_empty() => text.push_str(" No difference."),
        Some(difference) => text.push_str(&format!(" The difference of {}:", figure.signed(difference))),
    }
    text.push('\n');
    for reason in reasons.iter().take(TOLD) {
        text.push_str(&format!(
            "  {:>14}  {}{}\n",
            figure.signed_opt(reason.difference),
            reason.words,
            in_brackets(&reason.records_words())
        ));
    }
    let rest: Vec<f64> = reasons.iter().skip(TOLD).filter_map(|reason| reason.difference).collect();
    if !rest.is_empty() {
        text.push_str(&format!("  {:>14}  {} more\n", figure.signed(rest.iter().sum()), wording::plural(rest.len() as i64, "reason")));
    }
    text
}

fn ours_words(figure: &Compared) -> String {
    let value = figure.show(figure.ours.value);
    if figure.ours.interval().is_some() { format!("{value} ({})", wording::interval(&figure.ours)) } else { value }
}

fn in_brackets(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(" ({text})") }
}
