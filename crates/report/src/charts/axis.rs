//! Scales and ticks, and the frame of a chart over time.

use chrono::{Datelike, NaiveDate};

use super::canvas::{Anchor, Canvas, Drawn, Stroke};
use super::colour::{AXIS, QUIET, RULE};
use super::lettering::{LABEL, label, small, width};
use crate::figures::month_start;
use crate::wording;

/// Even steps from 0 to at least the largest value: three to six of 1, 2, 2.5 or 5 times a power of ten.
pub(super) fn ticks(largest: f64) -> Vec<f64> {
    let largest = if largest.is_finite() && largest > 0.0 { largest } else { 1.0 };
    let power = 10_f64.powf((largest / 5.0).log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].iter().map(|factor| factor * power).find(|step| largest / step <= 5.0 + 1e-9).unwrap_or(largest);
    let number = (largest / step - 1e-9).ceil().max(1.0) as usize;
    (0..=number).map(|tick| tick as f64 * step).collect()
}

/// The same for counts: whole steps only.
pub(super) fn whole_ticks(largest: f64) -> Vec<f64> {
    let ticks = ticks(largest.max(2.0));
    match ticks.get(1) {
        Some(step) if step.fract() != 0.0 => {
            let step = step.ceil();
            (0..=(largest.max(2.0) / step).ceil() as usize).map(|tick| tick as f64 * step).collect()
        }
        _ => ticks,
    }
}

/// The same for hours: steps of minutes, hours or days that people count in.
pub(super) fn hour_ticks(largest: f64) -> Vec<f64> {
    let largest = if largest.is_finite() && largest > 0.0 { largest } else { 1.0 };
    let steps = [1.0 / 60.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 6.0, 12.0, 24.0, 48.0, 96.0, 168.0, 336.0, 672.0];
    match steps.iter().find(|step| largest / **step <= 5.0) {
        Some(step) => (0..=(largest / step).ceil() as usize).map(|tick| tick as f64 * step).collect(),
        None => ticks(largest / 24.0).iter().map(|days| days * 24.0).collect(),
    }
}

/// Hours as a short axis label: `15 min`, `4 h`, `1 day`, `2 weeks`.
pub(super) fn hour_label(hours: f64) -> String {
    let rounded = |value: f64| if (value - value.round()).abs() < 1e-6 { format!("{value:.0}") } else { format!("{value:.1}") };
    let plural = |value: f64, noun: &str| format!("{} {noun}{}", rounded(value), if (value - 1.0).abs() < 1e-6 { "" } else { "s" });
    match hours {
        0.0 => "0".to_owned(),
        hours if hours < 1.0 => format!("{} min", rounded(hours * 60.0)),
        hours if hours < 24.0 => format!("{} h", rounded(hours)),
        hours if hours < 24.0 * 14.0 || hours % 168.0 != 0.0 => plural(hours / 24.0, "day"),
        hours => plural(hours / 168.0, "week"),
    }
}

/// Rows of time from left to right above which values stand.
pub(super) struct TimePanel {
    /// Left end of the axis in pixels.
    pub(super) left: f64,
    /// Right end.
    pub(super) right: f64,
    top: f64,
    bottom: f64,
    first: f64,
    last: f64,
    highest: f64,
}

impl TimePanel {
    /// A panel for days from `first` up to but not including `last`, with room for tick labels at the left.
    pub(super) fn new(
        canvas: &Canvas<'_>,
        (first, last): (i32, i32),
        ticks: &[f64],
        height: f64,
        tick_label: impl Fn(f64) -> String,
    ) -> Self {
        let room = ticks.iter().map(|tick| width(&tick_label(*tick), LABEL)).fold(0.0, f64::max);
        Self {
            left: room + 10.0,
            right: canvas.width - 6.0,
            top: 22.0,
            bottom: height - 26.0,
            first: f64::from(first),
            last: f64::from(last.max(first + 1)),
            highest: ticks.last().copied().unwrap_or(1.0),
        }
    }

    /// Pixels of a day.
    pub(super) fn x(&self, day: f64) -> f64 {
        self.left + (day - self.first) / (self.last - self.first) * (self.right - self.left)
    }

    /// Pixels of a value; values outside the axis stand at its end.
    pub(super) fn y(&self, value: f64) -> f64 {
        self.bottom - (value / self.highest).clamp(0.0, 1.0) * (self.bottom - self.top)
    }

    /// Grid, labels, axis and the shaded month under review.
    pub(super) fn draw(&self, canvas: &Canvas<'_>, ticks: &[f64], tick_label: impl Fn(f64) -> String, review: Option<i32>) -> Drawn {
        if let Some(month) = review {
            self.shade(canvas, month)?;
        }
        for tick in ticks {
            let y = self.y(*tick);
            canvas.line(&[(self.left, y), (self.right, y)], Stroke::solid(if *tick == 0.0 { AXIS } else { RULE }, 1.0))?;
            canvas.text((self.left - 6.0, y), &tick_label(*tick), label(Anchor::End))?;
        }
        self.months(canvas)
    }

    fn shade(&self, canvas: &Canvas<'_>, month: i32) -> Drawn {
        let (from, to) = (self.x(f64::from(month)).max(self.left), self.x(f64::from(next_month(month))).min(self.right));
        if to - from < 4.0 {
            return Ok(());
        }
        canvas.rectangle((from, self.top), (to, self.bottom), QUIET)?;
        let words = month_start(month).format("%B").to_string();
        let half = width(&words, 11.0) / 2.0;
        canvas.text((((from + to) / 2.0).clamp(self.left + half, self.right - half), self.top - 10.0), &words, small(Anchor::Middle))
    }

    fn months(&self, canvas: &Canvas<'_>) -> Drawn {
        let mut free_from = self.left - 20.0;
        for month in months_between(self.first as i32, self.last as i32) {
            let x = self.x(f64::from(month)).max(self.left);
            canvas.line(&[(x, self.bottom), (x, self.bottom + 5.0)], Stroke::solid(AXIS, 1.0))?;
            let words = month_label(month);
            if x >= free_from && x + width(&words, LABEL) <= self.right + 6.0 {
                canvas.text((x + 2.0, self.bottom + 16.0), &words, label(Anchor::Start))?;
                free_from = x + width(&words, LABEL) + 10.0;
            }
        }
        Ok(())
    }
}

fn month_label(month: i32) -> String {
    let day = month_start(month);
    if day.month() == 1 { day.format("%b %Y").to_string() } else { wording::month_short(day) }
}

/// First day of the next month.
pub(super) fn next_month(month: i32) -> i32 {
    let day = month_start(month);
    day.checked_add_months(chrono::Months::new(1)).unwrap_or(day).to_epoch_days()
}

fn months_between(first: i32, last: i32) -> Vec<i32> {
    let start = month_start(first);
    let mut month = NaiveDate::from_ymd_opt(start.year(), start.month(), 1).unwrap_or(start).to_epoch_days();
    let mut months = Vec::new();
    while month < last && months.len() < 1_200 {
        months.push(month);
        month = next_month(month);
    }
    // A beginning shorter than a third of a month has no room for its name.
    if months.len() > 1 && months[1] - first < 10 {
        months.remove(0);
    }
    months
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_begin_at_zero_and_cover_the_largest_value() {
        assert_eq!(ticks(0.062).iter().map(|tick| (tick * 1000.0).round()).collect::<Vec<_>>(), [0.0, 20.0, 40.0, 60.0, 80.0]);
        assert_eq!(ticks(46.0), [0.0, 10.0, 20.0, 30.0, 40.0, 50.0]);
        assert_eq!(whole_ticks(1.0), [0.0, 1.0, 2.0]);
        assert_eq!(whole_ticks(12.0), [0.0, 3.0, 6.0, 9.0, 12.0]);
        assert_eq!(hour_ticks(4.9), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(hour_ticks(178.0), [0.0, 48.0, 96.0, 144.0, 192.0]);
        for largest in [0.0, 1e-9, 0.37, 1.0, 7.0, 1e12, f64::NAN, f64::INFINITY] {
            for found in [ticks(largest), whole_ticks(largest.min(1e6)), hour_ticks(largest)] {
                assert!(found.len() >= 2 && found.len() <= 7, "{largest}: {found:?}");
                assert!(!largest.is_finite() || found[found.len() - 1] >= largest.min(1e6) * 0.999_999, "{largest}: {found:?}");
            }
        }
    }

    #[test]
    fn hour_labels_use_the_unit_that_people_use() {
        let table = [(0.25, "15 min"), (1.0, "1 h"), (24.0, "1 day"), (48.0, "2 days"), (168.0, "7 days"), (336.0, "2 weeks"), (0.0, "0")];
        for (hours, expected) in table {
            assert_eq!(hour_label(hours), expected);
        }
    }
}
