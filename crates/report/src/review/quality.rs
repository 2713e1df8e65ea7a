//! What was read, what was refused and why, how good the clocks are.

use std::collections::BTreeMap;

use polars::prelude::*;
use sequela_schema::Values;
use sequela_schema::canonical::{ingest_files, ingest_issues, labels};

use super::Source;
use super::parts::{Cell, Grid, Head, Picture};
use crate::ReportError;
use crate::record::Record;
use crate::wording::{self, MISSING};

/// Files shown.
const FILES: usize = 25;

/// The section.
#[derive(Debug)]
pub(super) struct Quality {
    pub(super) head: Head,
    pub(super) files: Grid,
    pub(super) issues: Grid,
    pub(super) remarks: Vec<String>,
    /// Whether probabilities hold, where labels were given.
    pub(super) reliability: Vec<Picture>,
}

/// Fills the section in.
pub(super) fn section(source: &Source<'_>) -> Result<Quality, ReportError> {
    let overview = source.overview;
    let meta = format!(
        "{} · {} · times shown in {}",
        wording::plural(overview.files, "file"),
        wording::plural(overview.rows_read, "row"),
        source.context.timezone
    );
    let head = Head {
        id: "quality",
        title: "Data and clocks".to_owned(),
        finding: finding(source),
        meta,
        rows: vec!["ingest_files", "ingest_issues"],
    };
    let files = source.frames.get(&ingest_files::TABLE);
    let drawn = source.charts.reliability.iter().map(|chart| Picture::of(chart, source.context));
    let reliability = drawn.collect::<Result<_, _>>()?;
    let (files, issues, remarks) = (file_grid(source, &files)?, issue_grid(source)?, remarks(source, &files)?);
    Ok(Quality { head, files, issues, remarks, reliability })
}

fn finding(source: &Source<'_>) -> String {
    let overview = source.overview;
    if overview.files == 0 {
        return "Nothing is recorded about the files that were read.".to_owned();
    }
    let rejected = match overview.rows_rejected {
        0 => format!("None of {} was rejected", wording::plural(overview.rows_read, "row")),
        1 => format!("1 of {} was rejected", wording::plural(overview.rows_read, "row")),
        number => format!("{} of {} were rejected", wording::thousands(number), wording::plural(overview.rows_read, "row")),
    };
    let truncated =
        if overview.truncated > 0 { format!("; {} may be cut off", wording::plural(overview.truncated, "file")) } else { String::new() };
    format!("{rejected}{truncated}.")
}

fn file_grid(source: &Source<'_>, frame: &DataFrame) -> PolarsResult<Grid> {
    let heads = ["File", "Read as", "Rows#", "Good#", "Folded#", "Rejected#", "First – last", "Time zone", "Clock"];
    let mut grid = Grid::new("Files as given", &heads);
    for row in 0..frame.height().min(FILES) {
        grid.rows.push(file_cells(source, &Record::at(frame, row))?.into());
    }
    if frame.height() > FILES {
        grid.rest = format!("Showing {FILES} of {} files.", wording::thousands(frame.height() as i64));
    }
    Ok(grid)
}

fn file_cells(source: &Source<'_>, file: &Record<'_>) -> PolarsResult<Vec<Cell>> {
    let number = |column| Ok::<_, PolarsError>(Cell::of(wording::thousands(file.int(column)?.unwrap_or_default())));
    let zone = source.context.timezone;
    let day = |instant| wording::days_words(wording::local_day(instant, zone));
    let span = match (file.instant(&ingest_files::FIRST_AT)?, file.instant(&ingest_files::LAST_AT)?) {
        (Some(first), Some(last)) => format!("{} – {}", day(first), day(last)),
        _ => MISSING.to_owned(),
    };
    let format = file.text(&ingest_files::FORMAT)?.unwrap_or_default();
    let encoding = file.text(&ingest_files::ENCODING)?.unwrap_or_default();
    Ok(vec![
        Cell::of(file.text(&ingest_files::PATH)?.unwrap_or_default()).with_remark(file.text(&ingest_files::REASON)?.unwrap_or_default()),
        Cell::of(file.text(&ingest_files::ADAPTER)?.unwrap_or(MISSING)).with_remark([format, encoding].join(" ").trim().to_owned()),
        number(&ingest_files::ROWS_READ)?,
        number(&ingest_files::ROWS_OK)?,
        number(&ingest_files::ROWS_FOLDED)?,
        number(&ingest_files::ROWS_REJECTED)?,
        Cell::of(span),
        Cell::of(file.text(&ingest_files::ZONE)?.unwrap_or(MISSING)).with_remark(file.text(&ingest_files::ZONE_BASIS)?.unwrap_or_default()),
        Cell::of(clock_words(file.text(&ingest_files::TIME_QUALITY)?)),
    ])
}

fn clock_words(quality: Option<&str>) -> String {
    match quality {
        Some("exact_utc") => "exact, UTC".to_owned(),
        Some("offset") => "exact, with offset".to_owned(),
        Some("assumed_zone") => "zone assumed".to_owned(),
        Some("inferred_zone") => "zone inferred".to_owned(),
        Some("date_only") => "dates without time".to_owned(),
        Some(other) => other.to_owned(),
        None => MISSING.to_owned(),
    }
}

/// Defects of one kind.
#[derive(Default)]
struct Defects {
    rejected: i64,
    kept: i64,
    example: String,
    place: String,
}

fn issue_grid(source: &Source<'_>) -> PolarsResult<Grid> {
    let frame = source.frames.get(&ingest_issues::TABLE);
    let (codes, messages) = (frame.texts(&ingest_issues::CODE)?, frame.texts(&ingest_issues::MESSAGE)?);
    let (paths, rows, rejected) =
        (frame.texts(&ingest_issues::PATH)?, frame.ints(&ingest_issues::ROW)?, frame.bools(&ingest_issues::REJECTED)?);
    let mut kinds: BTreeMap<&str, Defects> = BTreeMap::new();
    for row in 0..frame.height() {
        let kind = kinds.entry(codes.get(row).unwrap_or_default()).or_default();
        if rejected.get(row) == Some(true) {
            kind.rejected += 1;
        } else {
            kind.kept += 1;
        }
        if kind.example.is_empty() {
            kind.example = messages.get(row).unwrap_or_default().to_owned();
            kind.place = format!("{}, row {}", paths.get(row).unwrap_or_default(), rows.get(row).unwrap_or_default());
        }
    }
    let mut grid = Grid::new("Defects by kind", &["Kind", "Rows rejected#", "Values dropped#", "First case"]);
    let mut kinds: Vec<_> = kinds.into_iter().collect();
    kinds.sort_by_key(|(code, kind)| (std::cmp::Reverse(kind.rejected), std::cmp::Reverse(kind.kept), *code));
    grid.rows = kinds.iter().map(|(code, kind)| issue_cells(code, kind).into()).collect();
    Ok(grid)
}

fn issue_cells(code: &str, kind: &Defects) -> Vec<Cell> {
    vec![
        Cell::of(code.replace('_', " ")),
        Cell::of(wording::thousands(kind.rejected)),
        Cell::of(wording::thousands(kind.kept)),
        Cell::of(kind.example.as_str()).with_remark(kind.place.as_str()),
    ]
}

fn remarks(source: &Source<'_>, files: &DataFrame) -> PolarsResult<Vec<String>> {
    let mut remarks = Vec::new();
    let (paths, cut) = (files.texts(&ingest_files::PATH)?, files.bools(&ingest_files::TRUNCATION_SUSPECTED)?);
    let truncated: Vec<&str> = paths.iter().zip(cut.iter()).filter(|(_, cut)| *cut == Some(true)).filter_map(|(path, _)| path).collect();
    if files.height() > 0 {
        remarks.push(match truncated.as_slice() {
            [] => "Truncation: none suspected.".to_owned(),
            [first, ..] => format!(
                "Truncation: {first}{} looks cut off; figures may rest on part of the data.",
                if truncated.len() > 1 { format!(" and {} more", truncated.len() - 1) } else { String::new() }
            ),
        });
        let qualities = files.texts(&ingest_files::TIME_QUALITY)?;
        let assumed = qualities.iter().filter(|quality| matches!(quality, Some("assumed_zone" | "inferred_zone" | "date_only"))).count();
        remarks.push(match assumed {
            0 => "Clocks: every file states its zone or offset.".to_owned(),
            1 => "Clocks: 1 file has times whose zone is assumed or that lack a time of day.".to_owned(),
            number => format!("Clocks: {number} files have times whose zone is assumed or that lack a time of day."),
        });
    }
    if source.names.service_count() == 0 {
        remarks.push(
            "Catalog: none given, so services are taken as named and nobody owns them; a catalog export (services with team) fills this."
                .to_owned(),
        );
    }
    remarks.push(match source.period.month.as_ref().map(|month| month.earlier.len()) {
        Some(0) => "History: there is no earlier full month, so nothing is compared.".to_owned(),
        Some(number) => format!("History: {} before this one; at most 12 are compared.", wording::plural(number as i64, "full month")),
        None => "History: the months are compared on their own pages.".to_owned(),
    });
    if source.frames.height(&labels::TABLE) == 0 {
        remarks.push(
            "Calibration: not checked, because no labels were given; a list of incidents with the deployment that caused each, even 30 of \
             them, lets `sequela evaluate` check it."
                .to_owned(),
        );
    }
    if source.overview.repaired > 0 {
        remarks.push(match source.overview.repaired {
            1 => "1 defect cost only a value; its row was kept.".to_owned(),
            number => format!("{} defects cost only a value; their rows were kept.", wording::thousands(number)),
        });
    }
    Ok(remarks)
}
