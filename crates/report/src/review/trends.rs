//! The course of the main figures, and all figures of the month.

use super::Source;
use super::bands::Bands;
use super::glance::{Row, in_sentence, of_unit};
use super::parts::{Cell, Grid, Head, Line, Picture};
use super::signals::Signal;
use chrono::Datelike;
use polars::prelude::PolarsResult;

use crate::ReportError;
use crate::figures::{month_start, months};
use crate::wording;
use sequela_schema::metric::{self, Metric};
use sequela_schema::vocabulary::period;

/// The section.
#[derive(Debug)]
pub(super) struct Trends {
    pub(super) head: Head,
    pub(super) pictures: Vec<Picture>,
    pub(super) lead_time: Picture,
    /// How many deployments have a lead time.
    pub(super) lead_basis: String,
    pub(super) figures: Grid,
    /// Figures that the exports do not give.
    pub(super) absent: String,
}

/// Fills the section in.
pub(super) fn section(source: &Source<'_>, rows: &[Row<'_>]) -> Result<Trends, ReportError> {
    let charts = source.charts;
    let drawn = [&charts.failure_rate_trend, &charts.incidents_per_week, &charts.restore_months, &charts.deployments_per_week];
    let pictures = drawn.into_iter().map(|chart| Picture::of(chart, source.context)).collect::<Result<_, _>>()?;
    let number = months(source.figures).len();
    let meta = format!(
        "{} · weeks and months cut in {} · {} intervals",
        wording::range_words(source.context.from, source.context.to, source.context.timezone),
        source.context.timezone,
        source.context.level_words()
    );
    let head =
        Head { id: "trends", title: "Trends".to_owned(), finding: finding(source, number), meta, rows: vec!["metrics", "org_month"] };
    let lead_time = Picture::of(&charts.lead_time, source.context)?;
    let (figures, absent) = (grid(source, rows)?, absent(rows));
    Ok(Trends { head, pictures, lead_time, lead_basis: lead_basis(source), figures, absent })
}

fn finding(source: &Source<'_>, months: usize) -> String {
    let Some(month) = source.latest.filter(|_| months > 0) else {
        return "There is no course to show yet: a deployment export and an incident export fill this section.".to_owned();
    };
    let series = source.figures.series(period::MONTH, &metric::CHANGE_FAILURE_RATE);
    if source.period.month.is_none() {
        return format!("{} of data, each with its interval.", wording::plural(months as i64, "month"));
    }
    if let Some(signal) = source.signals.organisation(&metric::CHANGE_FAILURE_RATE) {
        return judged(signal, months);
    }
    let change = wording::change(month.figure(series), month.earlier(series));
    let rate = month.figure(series).map_or_else(|| wording::MISSING.to_owned(), wording::figure);
    let span = wording::plural(months as i64, "month");
    match change {
        wording::Change::Unclear => {
            format!("{span}: the change failure rate, {rate}, shows no clear change against the months before.")
        }
        wording::Change::Higher | wording::Change::Lower => format!("{span}: the change failure rate, {rate}, is {}.", change.words()),
        wording::Change::Withheld => format!("{span} of data; the change failure rate is {}.", wording::WITHHELD),
        wording::Change::NotGiven | wording::Change::TooFew => format!("{span} of data; the last full month has no change failure rate."),
        wording::Change::NoHistory | wording::Change::NotJudged => {
            format!("{span}: the change failure rate is {rate}; {}.", change.words())
        }
    }
}

fn judged(signal: &Signal, months: usize) -> String {
    let (span, rate) = (wording::plural(months as i64, "month"), wording::rate(signal.value));
    match signal.change {
        wording::Change::Higher => format!("{span}: the change failure rate, {rate}, is a signal: higher than in the months before."),
        wording::Change::Lower => format!("{span}: the change failure rate, {rate}, is a signal: lower than in the months before."),
        wording::Change::Unclear => {
            format!("{span}: the change failure rate, {rate}, moved by no more than it moves in an ordinary month.")
        }
        _ => format!("{span}: the change failure rate is {rate}; fewer than three months before are too few to say more."),
    }
}

/// Over the whole range, like the chart.
fn lead_basis(source: &Source<'_>) -> String {
    let known = source.figures.overall(&metric::LEAD_TIME_MEDIAN).map_or(0, |figure| figure.n);
    let all = source.overview.deployments;
    match known {
        0 => "No deployment names a commit with its time; exports of GitHub, GitLab or git do.".to_owned(),
        known if known >= all => format!("All {} name a commit with its time.", wording::plural(all, "deployment")),
        known => format!(
            "{} of {} name a commit with its time; the others may differ from these.",
            wording::thousands(known),
            wording::plural(all, "deployment")
        ),
    }
}

/// The quarter that the month lies in, where the data have figures of it: first day, name.
fn quarter(source: &Source<'_>) -> Option<(i32, String)> {
    let start = month_start(source.period.month.as_ref()?.start);
    let first = start.with_month0(start.month0() / 3 * 3)?;
    let day = first.to_epoch_days();
    let has = source.figures.series(period::QUARTER, &metric::DEPLOYMENTS).contains_key(&day)
        || source.figures.series(period::QUARTER, &metric::INCIDENTS).contains_key(&day);
    has.then(|| (day, format!("Q{} {}", start.month0() / 3 + 1, start.year())))
}

fn grid(source: &Source<'_>, rows: &[Row<'_>]) -> PolarsResult<Grid> {
    let name = &source.period.name;
    let (quarter, bands) = (quarter(source), Bands::read(source)?);
    let level = format!("{} interval#", source.context.level_words());
    let mut heads: Vec<String> =
        ["Figure", &format!("{name}#"), &level, "n#", "Before, mean#", "Change#", "In words"].map(str::to_owned).into();
    heads.extend(quarter.iter().map(|(_, name)| format!("{name}#")));
    heads.extend((!bands.is_empty()).then(|| format!("DORA band, {} report", bands.year)));
    let mut grid = Grid::new(format!("All figures: {name}"), &heads.iter().map(String::as_str).collect::<Vec<_>>());
    for row in rows.iter().filter(|row| !row.is_absent()) {
        let mut cells = cells(row);
        cells.extend(quarter.iter().map(|(day, _)| {
            let figure = source.figures.series(period::QUARTER, row.metric).get(day);
            Cell::of(figure.map_or_else(|| wording::MISSING.to_owned(), wording::figure))
        }));
        cells.extend((!bands.is_empty()).then(|| Cell::of(bands.words(row.metric))));
        grid.rows.push(Line { cells, id: format!("figure-{}", row.metric.name), ..Line::default() });
    }
    Ok(grid)
}

fn absent(rows: &[Row<'_>]) -> String {
    let titles: Vec<_> = rows.iter().filter(|row| row.is_absent()).map(|row| in_sentence(row.metric.title)).collect();
    if titles.is_empty() {
        String::new()
    } else {
        format!("Not given by these exports: {}. The definitions say what fills them.", titles.join(", "))
    }
}

fn cells(row: &Row<'_>) -> Vec<Cell> {
    let earlier = row.earlier.map(|earlier| earlier.mean);
    let difference = row.figure.value.zip(earlier).map(|(value, earlier)| wording::signed_change(row.figure.unit, value - earlier));
    let missing = || wording::MISSING.to_owned();
    vec![
        Cell::of(row.metric.title).with_remark(row.figure.note.clone().unwrap_or_default()).linked(format!("#means-{}", row.metric.name)),
        Cell::of(wording::figure(row.figure)),
        Cell::of(wording::interval(row.figure)),
        Cell::of(wording::thousands(row.figure.n)).linked(records(row.metric)),
        Cell::of(earlier.map_or_else(missing, |earlier| of_unit(row.figure, earlier))),
        Cell::of(difference.unwrap_or_else(missing)),
        Cell::of(if row.change == wording::Change::NoHistory { wording::MISSING } else { row.words() }),
    ]
}

/// The table whose rows a figure counts.
fn records(metric: &Metric) -> String {
    let of_incidents = ["incident", "restore", "detect", "acknowledge", "caused", "reopened", "repeat"];
    let is_of_incidents = of_incidents.iter().any(|word| metric.name.contains(word)) && !metric.name.ends_with("per_100_deployments");
    format!("tables/{}.csv", if is_of_incidents { "incident_units" } else { "deployment_units" })
}
