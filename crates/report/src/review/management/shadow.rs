//! Names that events carry and nobody owns, and the lines of settings that tell what they mean.

use polars::prelude::*;
use sequela_schema::Values;
use sequela_schema::result::{ambiguous_names, unowned_services};

use super::super::Source;
use super::super::json;
use super::super::parts::{Block, Cell, Grid, Head, Line, Section};
use super::View;
use crate::ReportError;
use crate::record::Record;
use crate::wording::{self, MISSING};

/// Names shown.
const SHOWN: usize = 8;
/// Names held for those who ask.
const HELD: usize = 500;
/// What to do with the lines.
const PASTE: &str = "Where a name is another name of a known service, paste into sequela.toml and check the right-hand side; lines that begin with # wait \
                     for the name that the catalog has:";
/// Names in the block to paste.
const PASTED: usize = 8;

/// Fills the section in.
pub(in crate::review) fn section(source: &Source<'_>) -> Result<Section, ReportError> {
    let frame = source.frames.get(&unowned_services::TABLE);
    let order = order(&frame)?;
    let head = Head {
        id: "shadow",
        title: "Shadow services".to_owned(),
        finding: finding(&source.view())?,
        meta: format!(
            "{} · counted in the organisation's figures and in no team's",
            wording::range_words(source.context.from, source.context.to, source.context.timezone)
        ),
        rows: vec!["unowned_services", "ambiguous_names"],
    };
    let ambiguous = source.frames.height(&ambiguous_names::TABLE) as i64;
    let note = match ambiguous {
        0 => String::new(),
        1 => "1 name is claimed by several services of the catalog, and needs such an entry too.".to_owned(),
        number => {
            format!("{} names are claimed by several services of the catalog, and need such entries too.", wording::thousands(number))
        }
    };
    let mut blocks = vec![Block::Grid(grid(&source.view(), &frame, &order)?)];
    let lines = paste(&frame, &order)?;
    if !lines.is_empty() {
        blocks.push(Block::Paste(PASTE.to_owned(), lines));
    }
    if !note.is_empty() {
        blocks.push(Block::Note(note));
    }
    Ok(Section { head, blocks })
}

fn order(frame: &DataFrame) -> PolarsResult<Vec<usize>> {
    let (deployments, incidents) = (frame.ints(&unowned_services::DEPLOYMENTS)?, frame.ints(&unowned_services::INCIDENTS)?);
    let events = |row: usize| deployments.get(row).unwrap_or_default() + incidents.get(row).unwrap_or_default();
    let mut order: Vec<usize> = (0..frame.height()).collect();
    order.sort_by_key(|row| (std::cmp::Reverse(events(*row)), *row));
    Ok(order)
}

/// What it comes to, in one sentence.
pub(super) fn finding(view: &View<'_>) -> PolarsResult<String> {
    let frame = view.frames.get(&unowned_services::TABLE);
    if view.names.service_count() == 0 {
        return Ok("Nobody can say which services are unknown: a catalog export (services with team) fills this section.".to_owned());
    }
    let sum = |column| Ok::<f64, PolarsError>(frame.reals(column)?.iter().flatten().sum());
    let (deployments, incidents) = (sum(&unowned_services::DEPLOYMENTS_SHARE)?, sum(&unowned_services::INCIDENTS_SHARE)?);
    Ok(match frame.height() {
        0 => "Every service that events name has an owner.".to_owned(),
        number => format!(
            "{} {} no owner. {} {} of deployments and {} of incidents.",
            wording::plural(number as i64, "service name"),
            if number == 1 { "has" } else { "have" },
            if number == 1 { "It carries" } else { "They carry" },
            wording::rate(deployments),
            wording::rate(incidents)
        ),
    })
}

fn grid(view: &View<'_>, frame: &DataFrame, order: &[usize]) -> PolarsResult<Grid> {
    let heads = [
        "Name seen",
        "Deployments#",
        "Incidents#",
        "Changes#",
        "Closest known name",
        "Of all deployments#",
        "Of failed ones#",
        "Of all incidents#",
        "Of those caused by change#",
        "Of hours lost#",
    ];
    let mut grid = Grid::new("Service names without an owner, most events first", &heads).keyed("shadow", 1, "");
    let lines = order.iter().take(HELD).map(|row| line(view, &Record::at(frame, *row))).collect::<PolarsResult<Vec<_>>>()?;
    if order.len() > SHOWN {
        grid.hidden = json::rows(&lines[SHOWN..]);
        grid.rest = format!("Showing {SHOWN} of {} names, those with most events.", wording::thousands(order.len() as i64));
    }
    grid.rows = lines.into_iter().take(SHOWN).collect();
    Ok(grid)
}

fn line(view: &View<'_>, service: &Record<'_>) -> PolarsResult<Line> {
    let number = |column| {
        let value = service.int(column)?.unwrap_or_default();
        Ok::<_, PolarsError>(Cell::of(wording::thousands(value)).sorted(value as f64))
    };
    let share = |column| {
        let value = service.real(column)?;
        Ok::<_, PolarsError>(Cell::of(value.map_or_else(|| MISSING.to_owned(), wording::rate)).sorted(value.unwrap_or_default()))
    };
    // What rests on a model that may not judge is not shown.
    let judged = |column| if view.is_withheld { Ok(Cell::of(MISSING)) } else { share(column) };
    let basis = if service.is(&unowned_services::IN_CATALOG)? { "in the catalog, without owner" } else { "not in the catalog" };
    let name = service.text(&unowned_services::NAME)?.unwrap_or_default();
    let cells = vec![
        Cell::of(name).with_remark(basis),
        number(&unowned_services::DEPLOYMENTS)?,
        number(&unowned_services::INCIDENTS)?,
        number(&unowned_services::CHANGES)?,
        closest(service)?,
        share(&unowned_services::DEPLOYMENTS_SHARE)?,
        judged(&unowned_services::FAILED_DEPLOYMENTS_SHARE)?,
        share(&unowned_services::INCIDENTS_SHARE)?,
        judged(&unowned_services::CHANGE_CAUSED_SHARE)?,
        share(&unowned_services::HOURS_LOST_SHARE)?,
    ];
    Ok(Line { cells, service: name.to_owned(), ..Line::default() })
}

/// The most similar known name with its similarity, and the next ones.
fn closest(service: &Record<'_>) -> PolarsResult<Cell> {
    let Some(name) = service.text(&unowned_services::CLOSEST_NAME)? else { return Ok(Cell::of(MISSING)) };
    let similarity = service.real(&unowned_services::SIMILARITY)?.map_or_else(String::new, |value| format!("similarity {value:.2}"));
    let all = service.text(&unowned_services::CLOSEST_NAMES)?.unwrap_or_default();
    let next = all.split_once(", ").map_or_else(String::new, |(_, next)| format!("; next {next}"));
    Ok(Cell::of(name).with_remark(format!("{similarity}{next}")))
}

/// One entry of `[[catalog.alias]]` for each name that the catalog does not know; the closest known name stands there to be checked. Where
/// none is close the entry is a comment: an alias of nothing would be worse than none.
fn paste(frame: &DataFrame, order: &[usize]) -> PolarsResult<String> {
    let mut entries = Vec::new();
    for row in order {
        let service = Record::at(frame, *row);
        if service.is(&unowned_services::IN_CATALOG)? || entries.len() >= PASTED {
            continue;
        }
        let name = quoted(service.text(&unowned_services::NAME)?.unwrap_or_default());
        entries.push(match service.text(&unowned_services::CLOSEST_NAME)? {
            Some(closest) => {
                format!("[[catalog.alias]]\nname = {name}\nservices = [{}]  # closest known name: check it", quoted(closest))
            }
            None => format!(
                "# [[catalog.alias]]\n# name = {name}\n# services = [\"\"]  # no known name is close: write the catalog's name, and remove the #"
            ),
        });
    }
    Ok(entries.join("\n\n"))
}

/// A TOML basic string.
fn quoted(text: &str) -> String {
    let escaped = text.chars().map(|character| match character {
        '"' | '\\' => format!("\\{character}"),
        character if character.is_control() => format!("\\u{:04X}", u32::from(character)),
        character => character.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// TOML 1.0, basic strings: quotation mark, backslash and control characters are escaped.
    #[test]
    fn names_are_quoted_for_toml() {
        assert_eq!(quoted("a\"b\\c\nd"), "\"a\\\"b\\\\c\\u000Ad\"");
    }
}
