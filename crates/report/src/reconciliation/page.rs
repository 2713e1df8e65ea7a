//! `reconciliation.md`: every figure with every reason and the first records behind it.

use std::fmt::Write;

use sequela_schema::{Definition, Frames};

use super::read::{Compared, Reason, Record, Tables};
use super::{in_brackets, ours_words};
use crate::wording;
use crate::{Context, ReportError};

/// Records listed per reason.
const LISTED: usize = 10;

/// The page as Markdown.
///
/// # Errors
/// [`ReportError::Frame`] when a frame is not as declared.
pub fn reconciliation_page(frames: &Frames, context: &Context, ours: &Definition, theirs: &Definition) -> Result<String, ReportError> {
    let tables = Tables::read(frames)?;
    let mut page = head(context, ours, theirs);
    for figure in tables.organisation() {
        page.push_str(&section(figure, &tables, theirs.title()));
    }
    page.push_str(&teams(&tables, theirs.title()));
    Ok(page)
}

fn head(context: &Context, ours: &Definition, theirs: &Definition) -> String {
    let title = theirs.title();
    let mut page = format!(
        "# {}: our figures and those of {title}\n\n{} ({}). Sequela {}.\n\n- **Ours** (`{}`): {}\n- **{title}** (`{}`): {}\n",
        context.organisation,
        wording::range_words(context.from, context.to, context.timezone),
        context.timezone,
        context.version,
        ours.preset,
        ours.sentence(),
        theirs.preset,
        theirs.sentence(),
    );
    if !theirs.not_reproduced().is_empty() {
        let _ = writeln!(page, "\nNot reproduced: {}", theirs.not_reproduced());
    }
    page.push_str(
        "\nOur definition is turned into theirs one step at a time, in the order of the tables; a step is charged with what the figure moves when\n\
         it is taken. The steps of a figure sum to the whole difference. In another order single steps would be larger or smaller. \"It\" is the\n\
         other definition. All records are in `reconciliation_records.csv`, months and teams in `reconciliation.csv`.\n",
    );
    page
}

fn section(figure: &Compared, tables: &Tables, theirs: &str) -> String {
    let mut page = format!("\n## {}\n\nOurs **{}**, {theirs} **{}**", figure.title(), ours_words(figure), figure.show(figure.theirs));
    match figure.difference() {
        Some(difference) => {
            let _ = writeln!(page, ": a difference of {}.", figure.signed(difference));
        }
        None => page.push_str(". One of them has no figure, so there is nothing to add up.\n"),
    }
    let reasons: Vec<&Reason> = figure.reasons.iter().filter(|reason| reason.step > 0).collect();
    if reasons.is_empty() {
        return page + "\nBoth count the same records in the same way.\n";
    }
    page.push_str("\n| step | why | adds | figure then | records |\n|---:|---|---:|---:|---|\n");
    for reason in &reasons {
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} |",
            reason.step,
            cell(&reason.words),
            figure.signed_opt(reason.difference),
            figure.show(reason.after),
            reason.records_words()
        );
    }
    for reason in reasons.into_iter().filter(|reason| reason.records > 0) {
        page.push_str(&listed(reason, tables.records(&figure.metric, reason.step)));
    }
    page
}

fn listed(reason: &Reason, records: &[Record]) -> String {
    let mut page = format!("\n**Step {}: {}**{}\n\n", reason.step, reason.words, in_brackets(&reason.records_words()));
    page.push_str("| record | before | after |\n|---|---|---|\n");
    for record in records.iter().take(LISTED) {
        let name = record.url.as_ref().map_or_else(|| cell(&record.id), |url| format!("[{}]({url})", cell(&record.id)));
        let _ = writeln!(page, "| {name} | {} | {} |", cell(&record.before), cell(&record.after));
    }
    if records.len() > LISTED {
        let _ = writeln!(page, "\nand {} more.", wording::thousands((records.len() - LISTED) as i64));
    }
    page
}

/// Teams by the size of their difference.
fn teams(tables: &Tables, theirs: &str) -> String {
    let mut teams = tables.teams("change_failure_rate");
    if teams.is_empty() {
        return String::new();
    }
    let size = |figure: &Compared| figure.difference().map_or(-1.0, f64::abs);
    teams.sort_by(|left, right| size(right).total_cmp(&size(left)));
    let mut page =
        format!("\n## Change failure rate by team\n\n| team | ours | {theirs} | difference | mostly because |\n|---|---:|---:|---:|---|\n");
    for figure in teams {
        let most = figure.reasons.iter().filter(|reason| reason.moves()).max_by(|left, right| left.size().total_cmp(&right.size()));
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} |",
            cell(&figure.scope_id),
            figure.show(figure.ours.value),
            figure.show(figure.theirs),
            figure.signed_opt(figure.difference()),
            most.map_or(String::new(), |reason| cell(&reason.words))
        );
    }
    page
}

/// A text that breaks no table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ")
}
