//! Time to restore per month: median in its interval, mean as a circle, n below.

use sequela_schema::metric;
use sequela_schema::vocabulary::period;

use super::axis::{TimePanel, hour_label, hour_ticks, next_month};
use super::canvas::{Anchor, Canvas, Drawn, Stroke};
use super::colour::{ESTIMATE, ESTIMATE_BAND, REFERENCE};
use super::lettering::{SMALL, small, width};
use super::{Chart, ChartData, Material, Plot, empty};
use crate::figures::{Figure, month_start};
use crate::wording::{self, MISSING};

const NAME: &str = "time_to_restore_months";
const HEIGHT: f64 = 230.0;
/// Months shown, at most.
const MONTHS: usize = 24;
/// Fewer incidents than this get no box.
const BOX_FROM: i64 = 5;

struct Month {
    day: i32,
    median: Figure,
    mean: Option<f64>,
}

struct Restore {
    months: Vec<Month>,
    review: Option<i32>,
}

/// The chart.
pub(super) fn chart(material: &Material<'_>) -> Chart {
    let medians = material.figures.series(period::MONTH, &metric::TIME_TO_RESTORE_MEDIAN);
    let means = material.figures.series(period::MONTH, &metric::TIME_TO_RESTORE_MEAN);
    let subtitle = format!(
        "Start to restored, per month: median (line), {} interval (box), mean of restored (circle)",
        material.context.level_words()
    );
    let mean = |day| means.get(day).and_then(|figure| figure.value);
    let known = medians.iter().filter(|(day, figure)| figure.value.or(mean(day)).is_some());
    let mut months: Vec<Month> = known.map(|(day, median)| Month { day: *day, median: median.clone(), mean: mean(day) }).collect();
    if months.is_empty() {
        let reason = "No incident has a time of restoration: an incident export with resolved_at or mitigated_at fills this chart.";
        return empty::chart(NAME, "Time to restore: nothing to show", &subtitle, reason);
    }
    let months = months.split_off(months.len().saturating_sub(MONTHS));
    let is_unbounded = |month: &Month| month.median.n >= BOX_FROM && month.median.lower.is_some() && month.median.upper.is_none();
    let subtitle = if months.iter().any(is_unbounded) { format!("{subtitle}; box to the top: not bounded by the data") } else { subtitle };
    let title = title(&months);
    let last = &months[months.len() - 1];
    let description = format!(
        "{title}. {}: median {}, interval {}, mean {}.",
        wording::month_words(month_start(last.day)),
        wording::figure(&last.median),
        wording::interval(&last.median),
        last.mean.map_or_else(|| MISSING.to_owned(), wording::duration)
    );
    let data = ChartData {
        head: vec!["Month", "Median", "Interval", "Mean of restored", "Incidents"],
        rows: months.iter().map(Month::row).collect(),
    };
    Chart {
        name: NAME,
        title,
        subtitle,
        description,
        data,
        plot: Box::new(Restore { months, review: material.month.map(|month| month.start) }),
    }
}

fn title(months: &[Month]) -> String {
    let medians: Vec<f64> = months.iter().filter_map(|month| month.median.value).collect();
    let (least, most) = (medians.iter().copied().fold(f64::MAX, f64::min), medians.iter().copied().fold(f64::MIN, f64::max));
    let (short, long) = (wording::duration(least), wording::duration(most));
    match medians.len() {
        0 => "Median time to restore: not reached in any month".to_owned(),
        _ if short == long => format!("Median time to restore: {short}"),
        _ => format!("Median time to restore: {short} – {long}"),
    }
}

impl Month {
    fn row(&self) -> Vec<String> {
        vec![
            wording::month_words(month_start(self.day)),
            wording::figure(&self.median),
            wording::interval(&self.median),
            self.mean.map_or_else(|| MISSING.to_owned(), wording::duration),
            wording::thousands(self.median.n),
        ]
    }
}

impl Plot for Restore {
    fn height(&self, _width: f64) -> f64 {
        HEIGHT
    }

    fn draw(&self, canvas: &Canvas<'_>) -> Drawn {
        let values = self.months.iter().flat_map(|month| [month.median.value, month.median.upper, month.mean]);
        let ticks = hour_ticks(values.flatten().fold(0.0, f64::max));
        let (first, last) = (self.months[0].day, next_month(self.months[self.months.len() - 1].day));
        let panel = TimePanel::new(canvas, (first, last), &ticks, HEIGHT, hour_label);
        panel.draw(canvas, &ticks, hour_label, self.review)?;
        self.months.iter().try_for_each(|month| month.draw(canvas, &panel, ticks[ticks.len() - 1]))
    }
}

impl Month {
    fn draw(&self, canvas: &Canvas<'_>, panel: &TimePanel, highest: f64) -> Drawn {
        let (left, right) = (panel.x(f64::from(self.day)) + 2.0, panel.x(f64::from(next_month(self.day))) - 2.0);
        let middle = (left + right) / 2.0;
        let interval = self.median.lower.map(|lower| (lower, self.median.upper.unwrap_or(highest)));
        if let Some((lower, upper)) = interval.filter(|_| self.median.n >= BOX_FROM) {
            canvas.rectangle((left, panel.y(upper)), (right, panel.y(lower)), ESTIMATE_BAND)?;
        }
        match self.median.value {
            Some(median) if self.median.n >= BOX_FROM => {
                canvas.line(&[(left, panel.y(median)), (right, panel.y(median))], Stroke::solid(ESTIMATE, 2.4))?;
            }
            Some(median) => canvas.ring((middle, panel.y(median)), 4.0, Stroke::solid(ESTIMATE, 1.6))?,
            None => {}
        }
        if let Some(mean) = self.mean {
            canvas.ring((middle, panel.y(mean)), 3.4, Stroke::solid(REFERENCE, 1.4))?;
        }
        self.number(canvas, panel, (left, right))
    }

    /// The number of incidents below box, line and circle, if there is room.
    fn number(&self, canvas: &Canvas<'_>, panel: &TimePanel, (left, right): (f64, f64)) -> Drawn {
        let long = format!("n {}", wording::thousands(self.median.n));
        let short = wording::thousands(self.median.n);
        let Some(words) = [long, short].into_iter().find(|words| width(words, SMALL) <= right - left) else { return Ok(()) };
        let marks = [self.median.lower.or(self.median.value), self.mean.filter(|mean| Some(*mean) < self.median.lower)];
        let lowest = marks.into_iter().flatten().map(|value| panel.y(value)).fold(0.0, f64::max);
        let highest =
            [self.median.upper, self.median.value, self.mean].into_iter().flatten().map(|value| panel.y(value)).fold(f64::MAX, f64::min);
        let below = lowest + 12.0;
        let y = if below > panel.y(0.0) - 6.0 { highest - 12.0 } else { below };
        canvas.text(((left + right) / 2.0, y), &words, small(Anchor::Middle))
    }
}
