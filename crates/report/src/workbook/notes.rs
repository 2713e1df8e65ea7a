//! The sheet of notes: period, definition, how far to believe it, and what each figure and each column means.

use rust_xlsxwriter::Worksheet;
use sequela_schema::metric::{METRICS, peer};

use super::cells::{self, Style};
use super::sheet::{ROWS, Sheet};
use crate::ReportError;
use crate::exports::Material;

/// Width of the columns, in characters.
const WIDTHS: [f64; 4] = [10.0, 24.0, 42.0, 110.0];

/// One line: what kind of thing, of which sheet, its name and what is to be known.
struct Note {
    kind: &'static str,
    sheet: &'static str,
    name: String,
    meaning: String,
}

/// Fills the sheet.
pub(super) fn write(sheet: &mut Worksheet, material: &Material<'_>, sheets: &[Sheet], style: &Style) -> Result<(), ReportError> {
    sheet.set_name("Notes")?;
    for (position, (head, width)) in ["About", "Sheet", "Name", "Meaning"].into_iter().zip(WIDTHS).enumerate() {
        sheet.write_string_with_format(0, position as u16, head, &style.head)?;
        sheet.set_column_width(position as u16, width)?;
    }
    let mut notes = of_run(material);
    notes.extend(of_figures(material));
    notes.extend(sheets.iter().flat_map(of_table));
    for (number, note) in notes.iter().enumerate() {
        let row = number as u32 + 1;
        cells::text(sheet, (row, 0), note.kind, style)?;
        cells::text(sheet, (row, 1), note.sheet, style)?;
        cells::text(sheet, (row, 2), &note.name, style)?;
        sheet.write_string_with_format(row, 3, cells::fitting(&note.meaning), &style.wrapped)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.autofilter(0, 0, notes.len() as u32, 3)?;
    Ok(())
}

fn of_run(material: &Material<'_>) -> Vec<Note> {
    let (outline, context) = (material.outline, material.context);
    let check = if outline.is_withheld { "No verdicts" } else { "How far to believe it" };
    let times = format!(
        "Shown in {zone} and named so in the header; two hours of the night when clocks go back look alike. tables/ has them in UTC.",
        zone = context.timezone
    );
    let lines = [
        ("Organisation", outline.organisation.clone()),
        ("Period", outline.period.clone()),
        ("Definition", format!("{}: {} {}", outline.definition, outline.definition_sentence, outline.warning).trim().to_owned()),
        (check, outline.check.clone()),
        ("Rests on", outline.rests_on.clone()),
        ("Made by", outline.foot.clone()),
        ("Times", times),
        ("Units", "Ratios are 0 to 1 and durations hours on the sheet Overview; on other sheets the column or its unit says.".to_owned()),
    ];
    let lines = lines.into_iter().filter(|(_, meaning)| !meaning.is_empty());
    lines.map(|(name, meaning)| Note { kind: "run", sheet: "", name: name.to_owned(), meaning }).collect()
}

/// All of our own figures, and those of other tools that this run has.
fn of_figures(material: &Material<'_>) -> Vec<Note> {
    let is_there = |name: &str| material.headlines.iter().any(|headline| headline.metric.name == name);
    let metrics = METRICS.iter().chain(peer::METRICS.iter().filter(|metric| is_there(metric.name)));
    let meaning = |doc: &str, caution: &str| if caution.is_empty() { doc.to_owned() } else { format!("{doc} Caution: {caution}") };
    let note = |metric: &sequela_schema::metric::Metric| Note {
        kind: "figure",
        sheet: "Overview, metrics",
        name: metric.name.to_owned(),
        meaning: format!("{} ({}). {}", metric.title, metric.unit, meaning(metric.doc, metric.caution)),
    };
    metrics.map(note).collect()
}

fn of_table(sheet: &Sheet) -> Vec<Note> {
    let table = sheet.table;
    let meaning = format!("{} {}", table.doc, sheet.rest(ROWS)).trim().to_owned();
    let mut notes = vec![Note { kind: "table", sheet: table.name, name: String::new(), meaning }];
    notes.extend(table.columns.iter().map(|column| Note {
        kind: "column",
        sheet: table.name,
        name: column.name.to_owned(),
        meaning: format!("{}: {}", column.kind.label(), column.doc),
    }));
    notes
}
