//! Section 4: time to restore over the whole range.

use super::Source;
use super::parts::{Cell, Grid, Head, Picture};
use sequela_schema::metric::{self, Metric};

use crate::ReportError;
use crate::wording::{self, MISSING};

const FIGURES: [&Metric; 6] = [
    &metric::TIME_TO_RESTORE_MEDIAN,
    &metric::TIME_TO_RESTORE_P90,
    &metric::TIME_TO_RESTORE_MEAN,
    &metric::TIME_TO_RESTORE_MEDIAN_OBSERVED,
    &metric::FAILED_DEPLOYMENT_RECOVERY_MEDIAN,
    &metric::OPEN_INCIDENTS,
];

/// The section.
#[derive(Debug)]
pub(super) struct Restore {
    pub(super) head: Head,
    pub(super) picture: Picture,
    pub(super) table: Grid,
}

/// Fills the section in.
pub(super) fn section(source: &Source<'_>) -> Result<Restore, ReportError> {
    let meta = format!(
        "{} · {}, {} open at export · Kaplan–Meier, open incidents counted up to the export",
        wording::range_words(source.context.from, source.context.to, source.context.timezone),
        wording::plural(source.overview.incidents, "incident"),
        wording::thousands(source.overview.open)
    );
    let head = Head {
        number: 4,
        id: "restore",
        title: "Time to restore",
        finding: finding(source),
        meta,
        rows: vec!["restore_curves", "metrics"],
    };
    let picture = Picture::of(&source.charts.restore_curve, source.context)?;
    Ok(Restore { head, picture, table: grid(source) })
}

fn finding(source: &Source<'_>) -> String {
    let overall = |metric: &Metric| source.figures.overall(metric);
    let Some(median) = overall(&metric::TIME_TO_RESTORE_MEDIAN).filter(|figure| figure.value.is_some()) else {
        let open = source.overview.open;
        return if open > 0 {
            format!(
                "The median time to restore is not reached: {} still open.",
                if open == 1 { "1 incident is".to_owned() } else { format!("{} incidents are", wording::thousands(open)) }
            )
        } else {
            "Nothing is known about the time to restore: incidents with resolved_at or mitigated_at fill this section.".to_owned()
        };
    };
    let mut text = format!("Half of the incidents are restored within {}", wording::figure(median));
    if median.interval().is_some() {
        text.push_str(&format!(" ({})", wording::interval(median)));
    }
    match overall(&metric::TIME_TO_RESTORE_P90).and_then(|figure| figure.value) {
        Some(p90) => text.push_str(&format!(", nine of ten within {}.", wording::duration(p90))),
        None => text.push_str("; the time for nine of ten is not reached."),
    }
    text
}

fn grid(source: &Source<'_>) -> Grid {
    let level = format!("{} interval#", source.context.level_words());
    let mut grid = Grid::new("Time to restore over the whole range", &["Figure", "Value#", &level, "n#"]);
    for metric in FIGURES {
        let figure = source.figures.overall(metric);
        grid.rows.push(vec![
            Cell::of(metric.title).with_remark(metric.caution),
            Cell::of(figure.map_or_else(|| MISSING.to_owned(), wording::figure)),
            Cell::of(figure.map_or_else(|| MISSING.to_owned(), wording::interval)),
            Cell::of(figure.map_or_else(|| MISSING.to_owned(), |figure| wording::thousands(figure.n))),
        ]);
    }
    grid
}
