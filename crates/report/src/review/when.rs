//! How long after a deployment its incidents appear, over the whole range.

use polars::prelude::PolarsResult;
use sequela_schema::Values;
use sequela_schema::result::links;

use super::Source;
use super::parts::{Cell, Grid, Head, Picture};
use crate::ReportError;
use crate::wording;

/// Ends of the table's rows in hours.
const ENDS: [f64; 7] = [0.25, 1.0, 4.0, 8.0, 24.0, 72.0, f64::INFINITY];

/// The section.
#[derive(Debug)]
pub(super) struct When {
    pub(super) head: Head,
    /// The response curve and the hours of the week, where they are drawn.
    pub(super) pictures: Vec<Picture>,
    pub(super) table: Grid,
}

/// Fills the section in.
pub(super) fn section(source: &Source<'_>) -> Result<When, ReportError> {
    let lags = lags(source)?;
    let total: f64 = lags.iter().map(|lag| lag.1).sum();
    let meta = format!(
        "{} · {} expected change-caused incidents with a deployment in the data, of {}",
        wording::range_words(source.context.from, source.context.to, source.context.timezone),
        wording::expected(total),
        wording::thousands(source.cases.all.len() as i64)
    );
    let head = Head { id: "when", title: "When incidents happen".to_owned(), finding: finding(source, &lags), meta, rows: vec!["links"] };
    let charts = [&source.charts.response_curve, &source.charts.hour_of_week];
    let pictures = charts.into_iter().map(|chart| Picture::of(chart, source.context)).collect::<Result<_, _>>()?;
    Ok(When { head, pictures, table: if lags.is_empty() { Grid::default() } else { grid(&lags) } })
}

/// Hours from a deployment to an incident with the probability that it caused it, shortest first.
fn lags(source: &Source<'_>) -> PolarsResult<Vec<(f64, f64)>> {
    let frame = &source.cases.links;
    let (seconds, probabilities) = (frame.reals(&links::LAG_SECONDS)?, frame.reals(&links::PROBABILITY)?);
    let listed = source.cases.all.iter().filter(|case| !source.honesty.is_withheld() || case.is_listed());
    let rows = listed.flat_map(|case| &case.links);
    let pair = |row: &usize| Some((seconds.get(*row)?.max(0.0) / 3_600.0, probabilities.get(*row).filter(|held| *held > 0.0)?));
    let mut lags: Vec<(f64, f64)> = rows.filter_map(pair).collect();
    lags.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.total_cmp(&right.1)));
    Ok(lags)
}

/// The lag below which that share of the weight lies.
fn quantile(lags: &[(f64, f64)], share: f64) -> Option<f64> {
    let total: f64 = lags.iter().map(|lag| lag.1).sum();
    let mut held = 0.0;
    lags.iter()
        .find(|lag| {
            held += lag.1;
            held >= share * total - 1e-12
        })
        .map(|lag| lag.0)
}

fn finding(source: &Source<'_>, lags: &[(f64, f64)]) -> String {
    let (Some(half), Some(most)) = (quantile(lags, 0.5), quantile(lags, 0.9)) else {
        return if source.cases.all.is_empty() {
            "Nothing can be said of the time of incidents: a deployment export and an incident export fill this section.".to_owned()
        } else if source.honesty.is_withheld() {
            format!("No incident is linked to a deployment by a record or a rollback. {}", wording::silence_words(source.honesty))
        } else {
            "No incident is linked to a deployment, so there is no time between them to show.".to_owned()
        };
    };
    let whose = if source.honesty.is_withheld() { "incidents linked by a record or a rollback" } else { "change-caused incidents" };
    format!(
        "Half of the {whose} appear within {} of the deployment, nine in ten within {}.",
        wording::duration(half),
        wording::duration(most)
    )
}

fn span(hours: f64) -> String {
    if hours == 0.0 { "0".to_owned() } else { wording::span(hours) }
}

fn grid(lags: &[(f64, f64)]) -> Grid {
    let total: f64 = lags.iter().map(|lag| lag.1).sum();
    let mut grid = Grid::new(
        "Expected change-caused incidents by time since the deployment",
        &["Time since the deployment", "Expected incidents#", "Share so far#"],
    );
    let (mut from, mut held) = (0.0, 0.0);
    for end in ENDS {
        let within: f64 = lags.iter().filter(|lag| lag.0 < end && lag.0 >= from).map(|lag| lag.1).sum();
        held += within;
        let label = if end.is_finite() { format!("{} to {}", span(from), span(end)) } else { format!("from {}", span(from)) };
        from = end;
        if end.is_finite() || within > 0.0 {
            let cells = vec![Cell::of(label), Cell::of(wording::expected(within)), Cell::of(wording::share(held / total))];
            grid.rows.push(cells.into());
        }
    }
    grid
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Weights 1, 2 and 1: half of 4 is reached with the second lag, nine tenths (3.6) with the third.
    #[test]
    fn quantiles_weigh_each_lag() {
        let lags = [(0.5, 1.0), (2.0, 2.0), (9.0, 1.0)];
        assert_eq!((quantile(&lags, 0.5), quantile(&lags, 0.9), quantile(&[], 0.5)), (Some(2.0), Some(9.0), None));
    }
}
