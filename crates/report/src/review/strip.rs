//! Small drawings beside a number: the strip of a headline figure, the interval of a table row.
//!
//! They are hidden from screen readers, since the number stands next to them. Like charts they are drawn ten times as large and shown at
//! a tenth, so that coordinates are whole numbers and text gets the same halo.

use std::fmt::Write;

use crate::figures::{Figure, Unit};
use crate::wording;

const INK_2: &str = "#4A5560";
const RULE: &str = "#D5DBE1";
const ESTIMATE: &str = "#1B5E9E";
const CAUSED: &str = "#B3470F";
const REFERENCE: &str = "#6B7782";
const BAND: &str = "#E3E8EC";
const GROUND: &str = "#FFFFFF";

/// Drawing units per pixel.
const UNITS: f64 = 10.0;
const STRIP: (f64, f64) = (200.0, 54.0);
const MICRO: (f64, f64) = (230.0, 30.0);
const RATIO_WIDTH: f64 = 150.0;
/// Room at both ends for half a label.
const MARGIN: f64 = 16.0;

/// A headline figure against its past.
#[derive(Debug, Default)]
pub(super) struct Strip {
    /// The figure.
    pub(super) value: f64,
    /// Its interval.
    pub(super) interval: Option<(f64, f64)>,
    /// Lowest and highest value that is no signal.
    pub(super) limits: Option<(f64, f64)>,
    /// Lowest and highest of the earlier months.
    pub(super) range: Option<(f64, f64)>,
    /// Mean of the earlier months.
    pub(super) mean: Option<f64>,
    /// What copies of the data without any cause give.
    pub(super) placebo: Option<f64>,
}

struct Drawing {
    text: String,
    size: (f64, f64),
    /// Value at the left end.
    start: f64,
    /// Value at the right end.
    top: f64,
}

impl Drawing {
    fn new(size: (f64, f64), top: f64) -> Self {
        Self::between(size, (0.0, top))
    }

    fn between(size: (f64, f64), (start, top): (f64, f64)) -> Self {
        Self { text: String::new(), size, start, top }
    }

    fn x(&self, value: f64) -> f64 {
        let room = self.top - self.start;
        let share = if room > 0.0 { ((value - self.start) / room).clamp(0.0, 1.02) } else { 0.0 };
        ((MARGIN + share * (self.size.0 - 2.0 * MARGIN)) * UNITS).round()
    }

    fn bar(&mut self, (from, to): (f64, f64), y: f64, height: f64, colour: &str) {
        let (left, right) = (self.x(from), self.x(to));
        let _ = write!(
            self.text,
            "<rect x=\"{left}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{colour}\"/>",
            y * UNITS,
            (right - left).max(20.0),
            height * UNITS
        );
    }

    /// An open bar: it says less than a filled one.
    fn bracket(&mut self, (from, to): (f64, f64), y: f64, height: f64) {
        let (left, right) = (self.x(from), self.x(to));
        for x in [left, right] {
            self.line((x, y), (x, y + height), REFERENCE, 10, true);
        }
        self.line((left, y + height / 2.0), (right, y + height / 2.0), REFERENCE, 10, true);
    }

    fn line(&mut self, from: (f64, f64), to: (f64, f64), colour: &str, width: u32, dashed: bool) {
        let dashes = if dashed { " stroke-dasharray=\"30 25\"" } else { "" };
        let _ = write!(
            self.text,
            "<path d=\"M{} {}L{} {}\" stroke=\"{colour}\" stroke-width=\"{width}\" fill=\"none\"{dashes}/>",
            from.0,
            from.1 * UNITS,
            to.0,
            to.1 * UNITS
        );
    }

    fn label(&mut self, x: f64, y: f64, anchor: &str, words: &str) {
        let _ = write!(
            self.text,
            "<text x=\"{x}\" y=\"{}\" dy=\"0.35em\" font-size=\"110\" text-anchor=\"{anchor}\" fill=\"{INK_2}\">{words}</text>",
            y * UNITS
        );
    }

    fn dot(&mut self, value: f64, y: f64, hollow: bool) {
        let (fill, stroke) = if hollow { (GROUND, ESTIMATE) } else { (ESTIMATE, GROUND) };
        let _ = write!(
            self.text,
            "<circle cx=\"{}\" cy=\"{}\" r=\"45\" fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"15\"/>",
            self.x(value),
            y * UNITS
        );
    }

    fn diamond(&mut self, value: f64, y: f64, radius: f64, colour: &str) {
        let (x, y, r) = (self.x(value), y * UNITS, radius * UNITS);
        let _ = write!(
            self.text,
            "<path d=\"M{x} {}l{r} {r}l-{r} {r}l-{r} -{r}z\" stroke=\"{colour}\" stroke-width=\"15\" fill=\"{GROUND}\"/>",
            y - r
        );
    }

    fn finish(self, class: &str) -> String {
        let (width, height) = self.size;
        format!(
            "<svg class=\"{class}\" aria-hidden=\"true\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {} {}\">{}</svg>",
            width * UNITS,
            height * UNITS,
            self.text
        )
    }
}

/// A round upper end that leaves everything inside: 1, 2, 4, 6 or 8 times a power of ten; shares end at 100 %.
pub(super) fn top(unit: Unit, largest: f64) -> f64 {
    if largest <= 0.0 || !largest.is_finite() {
        return 1.0;
    }
    let power = 10_f64.powf(largest.log10().floor());
    let nice = [1.0, 2.0, 4.0, 6.0, 8.0, 10.0].into_iter().map(|step| step * power).find(|end| *end >= largest).unwrap_or(largest);
    if unit == Unit::Ratio { nice.min(1.0) } else { nice }
}

fn tick(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Ratio if (value * 100.0 - (value * 100.0).round()).abs() < 1e-9 => wording::share(value),
        Unit::Ratio => wording::rate(value),
        Unit::Hours if value > 0.0 && value < 1.0 => format!("{} min", (value * 60.0).round()),
        Unit::Hours => format!("{} h", trimmed(value)),
        _ => trimmed(value),
    }
}

fn trimmed(value: f64) -> String {
    if (value - value.round()).abs() < 1e-9 { wording::thousands(value.round() as i64) } else { format!("{value:.1}") }
}

/// The strip of a headline figure; its scale begins at 0.
pub(super) fn strip(unit: Unit, strip: &Strip) -> String {
    let ends =
        [Some(strip.value), strip.interval.map(|ends| ends.1), strip.limits.or(strip.range).map(|ends| ends.1), strip.mean, strip.placebo];
    let end = top(unit, ends.into_iter().flatten().fold(0.0, f64::max));
    let mut drawing = Drawing::new(STRIP, end);
    match (strip.limits, strip.range) {
        (Some(limits), _) => drawing.bar(limits, 19.0, 13.0, BAND),
        (None, Some(range)) => drawing.bracket(range, 19.0, 13.0),
        _ => {}
    }
    let (left, right) = (drawing.x(0.0), drawing.x(end));
    drawing.line((left, 37.0), (right, 37.0), RULE, 10, false);
    if let Some(mean) = strip.mean {
        let x = drawing.x(mean);
        drawing.line((x, 17.0), (x, 34.0), REFERENCE, 15, false);
    }
    if let Some((lower, upper)) = strip.interval {
        let (lower, upper) = (drawing.x(lower), drawing.x(upper));
        drawing.line((lower, 25.5), (upper, 25.5), ESTIMATE, 22, false);
        for x in [lower, upper] {
            drawing.line((x, 22.0), (x, 29.0), ESTIMATE, 22, false);
        }
    }
    drawing.dot(strip.value, 25.5, false);
    if let Some(placebo) = strip.placebo {
        let x = drawing.x(placebo);
        drawing.diamond(placebo, 25.5, 5.0, CAUSED);
        let (at, anchor) = if x < 500.0 { (left - 100.0, "start") } else { (x, "middle") };
        drawing.label(at, 9.0, anchor, &format!("placebo {}", wording::share(placebo)));
    }
    for (value, share) in [(0.0, left), (end / 2.0, (left + right) / 2.0), (end, right)] {
        drawing.label(share, 46.0, "middle", &tick(unit, value));
    }
    drawing.finish("strip")
}

/// Interval and raw rate of a row on the axis of its table; dashed the organisation; hollow where failures are few.
pub(super) fn micro(figure: &Figure, raw: Option<f64>, organisation: Option<f64>, end: f64, is_few: bool) -> String {
    let Some(value) = figure.value else { return String::new() };
    let mut drawing = Drawing::new(MICRO, end);
    for part in 0..=4 {
        let x = drawing.x(end * f64::from(part) / 4.0);
        drawing.line((x, 2.0), (x, 28.0), RULE, 10, false);
    }
    if let Some(organisation) = organisation {
        let x = drawing.x(organisation);
        drawing.line((x, 0.0), (x, 30.0), REFERENCE, 15, true);
    }
    if let Some((lower, upper)) = figure.interval() {
        let (lower, upper) = (drawing.x(lower), drawing.x(upper));
        drawing.line((lower, 10.0), (upper, 10.0), ESTIMATE, 22, is_few);
    }
    drawing.dot(value, 10.0, is_few);
    if let Some(raw) = raw {
        drawing.diamond(raw, 22.0, 3.5, INK_2);
    }
    drawing.finish("micro")
}

/// Interval of a row on an axis that does not begin at 0; dashed the target.
pub(super) fn micro_between(figure: &Figure, target: f64, ends: (f64, f64)) -> String {
    let Some(value) = figure.value else { return String::new() };
    let mut drawing = Drawing::between(MICRO, ends);
    let (left, right, at) = (drawing.x(ends.0), drawing.x(ends.1), drawing.x(target));
    drawing.line((left, 24.0), (right, 24.0), RULE, 10, false);
    drawing.line((at, 2.0), (at, 28.0), REFERENCE, 15, true);
    if let Some((lower, upper)) = figure.interval() {
        let (lower, upper) = (drawing.x(lower), drawing.x(upper));
        drawing.line((lower, 14.0), (upper, 14.0), ESTIMATE, 22, false);
    }
    drawing.dot(value, 14.0, false);
    drawing.finish("micro")
}

/// The axis of those rows, with its ends and the target.
pub(super) fn micro_axis_between(target: f64, ends: (f64, f64)) -> String {
    let mut drawing = Drawing::between((MICRO.0, 34.0), ends);
    for value in [ends.0, ends.1] {
        let x = drawing.x(value);
        drawing.label(x, 26.0, "middle", &tick(Unit::Ratio, value));
    }
    let x = drawing.x(target).clamp(450.0, 1_850.0);
    drawing.label(x, 9.0, "middle", &format!("target {}", tick(Unit::Ratio, target)));
    drawing.finish("micro")
}

/// The axis of the rows, for the head of their column.
pub(super) fn micro_axis(organisation: Option<f64>, end: f64) -> String {
    micro_axis_beside("organisation", organisation, end)
}

/// The same beside something else than the organisation.
pub(super) fn micro_axis_beside(name: &str, organisation: Option<f64>, end: f64) -> String {
    let mut drawing = Drawing::new((MICRO.0, 34.0), end);
    for part in [0, 2, 4] {
        let value = end * f64::from(part) / 4.0;
        let x = drawing.x(value);
        drawing.label(x, 26.0, "middle", &tick(Unit::Ratio, value));
    }
    if let Some(organisation) = organisation {
        let x = drawing.x(organisation).clamp(620.0, 1_680.0);
        drawing.label(x, 9.0, "middle", &format!("{name} {}", wording::rate(organisation)));
    }
    drawing.finish("micro")
}

/// Ratio and interval of a row on the axis of [`ratio_axis`], dashed where nothing differs; ends beyond the axis are cut.
pub(super) fn ratio(value: Option<f64>, lower: f64, upper: Option<f64>) -> String {
    let mut drawing = Drawing::new((RATIO_WIDTH, MICRO.1), 2.0);
    let at = |ratio: f64| (ratio.max(0.1).log10() + 1.0).min(2.0);
    for mark in [0.1, 1.0, 10.0] {
        let x = drawing.x(at(mark));
        drawing.line((x, 2.0), (x, 28.0), if mark == 1.0 { REFERENCE } else { RULE }, 10, mark == 1.0);
    }
    let (from, to) = (drawing.x(at(lower)), drawing.x(at(upper.unwrap_or(10.0))));
    drawing.line((from, 15.0), (to, 15.0), ESTIMATE, 22, false);
    if let Some(value) = value {
        drawing.dot(at(value), 15.0, false);
    }
    drawing.finish("micro")
}

/// The axis of ratios, from a tenth to ten times on a logarithmic scale.
pub(super) fn ratio_axis() -> String {
    let mut drawing = Drawing::new((RATIO_WIDTH, 18.0), 2.0);
    for (place, words) in [(0.0, "0.1"), (1.0, "same"), (2.0, "10")] {
        let x = drawing.x(place);
        drawing.label(x, 10.0, "middle", words);
    }
    drawing.finish("micro")
}

/// The strip of the legend.
pub(super) fn legend() -> String {
    let mut drawing = Drawing::new((120.0, 20.0), 1.0);
    drawing.bar((0.1, 0.8), 4.0, 12.0, BAND);
    let x = drawing.x(0.42);
    drawing.line((x, 2.0), (x, 18.0), REFERENCE, 15, false);
    let (lower, upper) = (drawing.x(0.3), drawing.x(0.95));
    drawing.line((lower, 10.0), (upper, 10.0), ESTIMATE, 22, false);
    drawing.dot(0.6, 10.0, false);
    drawing.finish("strip")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_end_at_round_numbers_that_hold_everything() {
        for (unit, largest, expected) in [
            (Unit::Ratio, 0.043, 0.06),
            (Unit::Ratio, 0.68, 0.8),
            (Unit::Ratio, 1.3, 1.0),
            (Unit::Hours, 2.45, 4.0),
            (Unit::Count, 1_876.0, 2_000.0),
            (Unit::Count, 0.0, 1.0),
        ] {
            assert!((top(unit, largest) - expected).abs() < 1e-12, "{largest}");
        }
    }

    /// From a tenth at 16 px to ten times at 134 px: the same rate stands in the middle, at 75 px, and what lies beyond is cut.
    #[test]
    fn ratios_stand_on_a_logarithmic_axis() {
        let drawn = ratio(Some(1.0), 0.01, None);
        assert!(drawn.contains("<circle cx=\"750\" cy=\"150\"") && drawn.contains("M160 150L1340 150"), "{drawn}");
    }

    #[test]
    fn a_bar_is_filled_only_where_leaving_it_is_a_signal() {
        let ends = Some((0.01, 0.05));
        let drawn = |limits, range| strip(Unit::Ratio, &Strip { value: 0.03, limits, range, ..Strip::default() });
        assert!(drawn(ends, ends).contains("<rect"));
        let open = drawn(None, ends);
        assert!(!open.contains("<rect") && open.contains("stroke-dasharray"), "{open}");
    }

    #[test]
    fn an_axis_may_begin_above_zero() {
        // From 96 % at 16 px to 100 % at 214 px: 98 % stands in the middle, at 115 px.
        let figure = Figure { unit: Unit::Ratio, n: 9, value: Some(0.98), lower: None, upper: None, method: String::new(), note: None };
        assert!(micro_between(&figure, 0.98, (0.96, 1.0)).contains("<circle cx=\"1150\" cy=\"140\""));
        assert!(micro_axis_between(0.98, (0.96, 1.0)).contains("x=\"1150\""));
        assert_eq!(tick(Unit::Ratio, 1.0 - 0.6), "40\u{202f}%");
    }

    #[test]
    fn a_strip_has_its_marks_at_their_places() {
        // From 0 at 16 px to 6 % at 184 px: 3 % stands in the middle, at 100 px.
        let drawn = strip(Unit::Ratio, &Strip { value: 0.03, interval: Some((0.026, 0.043)), mean: Some(0.031), ..Strip::default() });
        assert!(drawn.contains("<circle cx=\"1000\" cy=\"255\""), "{drawn}");
        assert!(drawn.contains(">6\u{202f}%</text>") && drawn.contains(">3\u{202f}%</text>"));
        assert!(drawn.contains("aria-hidden=\"true\""));
        assert!(!strip(Unit::Hours, &Strip { value: f64::NAN, ..Strip::default() }).contains("inf"));
    }
}
