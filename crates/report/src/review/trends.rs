//! Section 2: the course of the main figures.

use super::Source;
use super::parts::{Head, Picture};
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
}

/// Fills the section in.
pub(super) fn section(source: &Source<'_>) -> Result<Trends, ReportError> {
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
        Head { number: 2, id: "trends", title: "Trends", finding: finding(source, number), meta, rows: vec!["metrics", "org_month"] };
    Ok(Trends { head, pictures })
}

fn finding(source: &Source<'_>, months: usize) -> String {
    let Some(month) = source.month.filter(|_| months > 0) else {
        return "There is no course to show yet: a deployment export and an incident export fill this section.".to_owned();
    };
    let series = source.figures.series(period::MONTH, &metric::CHANGE_FAILURE_RATE);
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
