//! Change failure rate per month: line in its band, dashed the mean of the months before.

use sequela_schema::metric;
use sequela_schema::vocabulary::period;

use super::axis::{TimePanel, next_month, ticks};
use super::canvas::{Anchor, Canvas, Drawn, Lettering, Stroke};
use super::colour::{ESTIMATE, ESTIMATE_BAND, REFERENCE};
use super::lettering::{small, width};
use super::{Chart, ChartData, Material, Plot, empty};
use crate::figures::{Earlier, Figure, month_start};
use crate::wording::{self, Change};

const NAME: &str = "change_failure_rate_trend";
const HEIGHT: f64 = 230.0;
/// Months shown, at most.
const MONTHS: usize = 24;
/// Fewer months than this are drawn as dots with whiskers: a line between two points would suggest a course.
const LINE_FROM: usize = 3;

struct Trend {
    months: Vec<(i32, Figure)>,
    review: Option<i32>,
    earlier: Option<Earlier>,
}

/// The chart.
pub(super) fn chart(material: &Material<'_>) -> Chart {
    let series = material.figures.series(period::MONTH, &metric::CHANGE_FAILURE_RATE);
    let known: Vec<(i32, Figure)> =
        series.iter().filter(|(_, figure)| figure.value.is_some()).map(|(day, figure)| (*day, figure.clone())).collect();
    let subtitle = format!("Expected failed deployments ÷ deployments, per month; {} interval", material.context.level_words());
    if known.is_empty() {
        if material.honesty.is_withheld() {
            return empty::chart(NAME, "Change failure rate: not shown", &subtitle, &wording::withheld_words(material.honesty));
        }
        let reason = "No month has a change failure rate: a deployment export and an incident export fill this chart.";
        return empty::chart(NAME, "Change failure rate: nothing to show", &subtitle, reason);
    }
    let months = known[known.len().saturating_sub(MONTHS)..].to_vec();
    let earlier = material.month.and_then(|month| month.earlier(series));
    let title = title(material.month.and_then(|month| month.figure(series)), earlier);
    let description = description(&title, &months);
    let data = data(&months);
    let plot = Box::new(Trend { months, review: material.month.map(|month| month.start), earlier });
    Chart { name: NAME, title, subtitle, description, data, plot }
}

fn title(figure: Option<&Figure>, earlier: Option<Earlier>) -> String {
    let value = figure.map_or_else(String::new, wording::figure);
    match wording::change(figure, earlier) {
        Change::Unclear => {
            format!("The change failure rate stays near {}", wording::rate(earlier.map_or(0.0, |earlier| earlier.mean)))
        }
        Change::Higher => format!("The change failure rate, {value}, is above its earlier level"),
        Change::Lower => format!("The change failure rate, {value}, is below its earlier level"),
        Change::TooFew | Change::NotGiven | Change::Withheld => "The month has too few deployments for a rate".to_owned(),
        Change::NoHistory | Change::NotJudged => format!("The change failure rate is {value}"),
    }
}

fn description(title: &str, months: &[(i32, Figure)]) -> String {
    let last = months.iter().rev().take(3).rev();
    let parts: Vec<_> =
        last.map(|(day, figure)| format!("{} {}", wording::month_words(month_start(*day)), wording::figure(figure))).collect();
    format!("{title}. Last months: {}.", parts.join(", "))
}

fn data(months: &[(i32, Figure)]) -> ChartData {
    let row = |(day, figure): &(i32, Figure)| {
        vec![wording::month_words(month_start(*day)), wording::figure(figure), wording::interval(figure), wording::thousands(figure.n)]
    };
    ChartData { head: vec!["Month", "Change failure rate", "Interval", "Deployments"], rows: months.iter().map(row).collect() }
}

impl Plot for Trend {
    fn height(&self, _width: f64) -> f64 {
        HEIGHT
    }

    fn draw(&self, canvas: &Canvas<'_>) -> Drawn {
        let largest = self.months.iter().flat_map(|(_, figure)| [figure.value, figure.upper]).flatten().fold(0.0, f64::max);
        let ticks = ticks(largest.max(0.01));
        let label = |tick: f64| tick_label(tick, &ticks);
        let (first, last) = (self.months[0].0, next_month(self.months[self.months.len() - 1].0));
        let panel = TimePanel::new(canvas, (first, last), &ticks, HEIGHT, label);
        panel.draw(canvas, &ticks, label, self.review)?;
        let points: Vec<(f64, f64)> =
            self.months.iter().map(|(day, figure)| (middle(&panel, *day), panel.y(figure.value.unwrap_or(0.0)))).collect();
        if self.months.len() >= LINE_FROM {
            self.band(canvas, &panel)?;
            self.reference(canvas, &panel)?;
            canvas.line(&points, Stroke::solid(ESTIMATE, 2.0))?;
        } else {
            self.whiskers(canvas, &panel)?;
            self.reference(canvas, &panel)?;
        }
        points.iter().try_for_each(|point| canvas.dot(*point, 3.0, ESTIMATE))
    }
}

impl Trend {
    fn band(&self, canvas: &Canvas<'_>, panel: &TimePanel) -> Drawn {
        let with_interval = |run: &&[(i32, Figure)]| run.len() > 1 && run[0].1.interval().is_some();
        let runs = self.months.chunk_by(|one, next| one.1.interval().is_some() == next.1.interval().is_some());
        for run in runs.filter(with_interval) {
            let upper = run.iter().map(|(day, figure)| (middle(panel, *day), panel.y(figure.upper.unwrap_or(0.0))));
            let lower = run.iter().rev().map(|(day, figure)| (middle(panel, *day), panel.y(figure.lower.unwrap_or(0.0))));
            canvas.polygon(&upper.chain(lower).collect::<Vec<_>>(), ESTIMATE_BAND)?;
        }
        Ok(())
    }

    fn whiskers(&self, canvas: &Canvas<'_>, panel: &TimePanel) -> Drawn {
        for (day, figure) in &self.months {
            if let Some((lower, upper)) = figure.interval() {
                let x = middle(panel, *day);
                canvas.line(&[(x, panel.y(lower)), (x, panel.y(upper))], Stroke::solid(ESTIMATE, 2.0))?;
            }
        }
        Ok(())
    }

    fn reference(&self, canvas: &Canvas<'_>, panel: &TimePanel) -> Drawn {
        let Some(earlier) = self.earlier else { return Ok(()) };
        let y = panel.y(earlier.mean);
        canvas.line(&[(panel.left, y), (panel.right, y)], Stroke::dashed(REFERENCE, 1.3))?;
        let words = format!("earlier mean {}", wording::rate(earlier.mean));
        let lettering = Lettering { anchor: Anchor::Start, ..small(Anchor::Start) };
        // Below the lowest band near the left end, where the line and its band leave room.
        let reach = panel.left + 4.0 + width(&words, 11.0);
        let below = self.months.iter().filter(|(day, _)| middle(panel, *day) <= reach + 40.0);
        let lowest = below.filter_map(|(_, figure)| Some(panel.y(figure.lower?))).fold(y, f64::max);
        let floor = panel.y(0.0) - 8.0;
        canvas.text((panel.left + 4.0, (lowest + 10.0).min(floor)), &words, lettering)
    }
}

fn middle(panel: &TimePanel, month: i32) -> f64 {
    panel.x(f64::from(month + next_month(month)) / 2.0)
}

/// A percent label with as many decimals as the step needs.
pub(super) fn tick_label(tick: f64, ticks: &[f64]) -> String {
    let step = ticks.get(1).copied().unwrap_or(1.0) * 100.0;
    if step >= 0.999 && (step - step.round()).abs() < 1e-6 { wording::share(tick) } else { wording::rate(tick) }
}
