//! The course of the main figures, and all figures of the month.

use super::Source;
use super::glance::{Row, in_sentence, of_unit};
use super::parts::{Cell, Grid, Head, Picture};
use super::signals::Signal;
use crate::ReportError;
use crate::figures::months;
use crate::wording;
use sequela_schema::metric;
use sequela_schema::vocabulary::period;

/// The section.
#[derive(Debug)]
pub(super) struct Trends {
    pub(super) head: Head,
    pub(super) pictures: Vec<Picture>,
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
    Ok(Trends { head, pictures, figures: grid(source, rows), absent: absent(rows) })
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

fn grid(source: &Source<'_>, rows: &[Row<'_>]) -> Grid {
    let name = &source.period.name;
    let level = format!("{} interval#", source.context.level_words());
    let heads = ["Figure", &format!("{name}#"), &level, "n#", "Before, mean#", "Change#", "In words"];
    let mut grid = Grid::new(format!("All figures: {name}"), &heads);
    grid.rows = rows.iter().filter(|row| !row.is_absent()).map(|row| cells(row).into()).collect();
    grid
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
        Cell::of(row.metric.title).with_remark(row.figure.note.clone().unwrap_or_default()),
        Cell::of(wording::figure(row.figure)),
        Cell::of(wording::interval(row.figure)),
        Cell::of(wording::thousands(row.figure.n)),
        Cell::of(earlier.map_or_else(missing, |earlier| of_unit(row.figure, earlier))),
        Cell::of(difference.unwrap_or_else(missing)),
        Cell::of(if row.change == wording::Change::NoHistory { wording::MISSING } else { row.words() }),
    ]
}
