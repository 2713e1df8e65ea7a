//! How long after a deployment the incidents that it caused appear: expected incidents per doubling of time, and the response curve that the
//! model fitted; under a rule, which fits none, their smoothed course.

use polars::prelude::PolarsResult;
use sequela_schema::Values;
use sequela_schema::result::{links, response_curve};

use super::axis::ticks;
use super::canvas::{Anchor, Canvas, Drawn, Lettering, Stroke};
use super::colour::{CAUSED, CAUSED_BAND, ESTIMATE, INK, RULE};
use super::lettering::{LABEL, SMALL, label, width};
use super::scale::{LogScale, hours};
use super::{Chart, ChartData, Material, Plot, empty};
use crate::wording;

const NAME: &str = "response_curve";
/// First bar, in hours: what comes sooner stands in it.
const START: f64 = 1.0 / 60.0;
/// Doublings from a minute to beyond three days.
const DOUBLINGS: usize = 13;
/// Fewer expected incidents than this have no course: it would show chance, or the prior.
const SMOOTH_FROM: f64 = 50.0;
/// Width of the smoothing kernel, in doublings.
const SPREAD: f64 = 0.5;
/// Room above the bars for the two marked times.
const TOP: f64 = 44.0;

/// Hours from deployment to incident, and the probability of the link.
type Lag = (f64, f64);

struct Response {
    /// By lag.
    lags: Vec<Lag>,
    total: f64,
    /// Steps of the fitted curve: start and end in hours, share of the incidents; none under a rule.
    fitted: Vec<(f64, f64, f64)>,
}

/// The chart.
pub(super) fn chart(material: &Material<'_>) -> PolarsResult<Chart> {
    if material.honesty.is_withheld() {
        let reason = wording::withheld_words(material.honesty);
        return Ok(empty::chart(NAME, "Time from deployment to incident: not shown", "Incidents caused by a change", &reason));
    }
    Ok(of(lags(material)?, fitted(material)?))
}

fn fitted(material: &Material<'_>) -> PolarsResult<Vec<(f64, f64, f64)>> {
    let frame = material.frames.get(&response_curve::TABLE);
    let (from, to) = (frame.reals(&response_curve::HOURS_FROM)?, frame.reals(&response_curve::HOURS_TO)?);
    let shares = frame.reals(&response_curve::SHARE)?;
    Ok((0..frame.height()).filter_map(|row| Some((from.get(row)?, to.get(row)?, shares.get(row)?))).collect())
}

fn of(mut lags: Vec<Lag>, fitted: Vec<(f64, f64, f64)>) -> Chart {
    lags.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.total_cmp(&right.1)));
    let total: f64 = lags.iter().map(|lag| lag.1).sum();
    let subtitle = "Expected change-caused incidents per doubling of the time since the deployment ended (log scale)";
    let response = Response { lags, total, fitted };
    let (Some(half), Some(most)) = (response.within(0.5), response.within(0.9)) else {
        let reason = "No incident is put down to a deployment, so there is no time between them to show.";
        return empty::chart(NAME, "Time from deployment to incident: nothing to show", subtitle, reason);
    };
    let title = format!("Nine in ten change-caused incidents appear within {}", rounded(most));
    let line = match (total < SMOOTH_FROM, response.fitted.is_empty()) {
        (true, _) => "too few for a curve",
        (false, false) => "line: the fitted response",
        (false, true) => "line: smoothed",
    };
    let subtitle = format!("{subtitle}; {line}");
    let description = format!(
        "{title}. Of {} expected incidents half appear within {}, nine in ten within {}.",
        wording::expected(total),
        wording::duration(half),
        wording::duration(most)
    );
    let data = response.data();
    Chart { name: NAME, title, subtitle, description, data, plot: Box::new(response) }
}

/// Minutes below two hours, whole hours below two days, whole days: titles leave the rest to the label.
pub(super) fn rounded(hours: f64) -> String {
    match hours {
        hours if hours * 60.0 < 99.5 => wording::plural((hours * 60.0).round().max(1.0) as i64, "minute"),
        hours if hours < 47.5 => wording::plural(hours.round() as i64, "hour"),
        hours => wording::plural((hours / 24.0).round() as i64, "day"),
    }
}

/// Links within their look-back; a deployment that ended after the incident began counts at once.
fn lags(material: &Material<'_>) -> PolarsResult<Vec<Lag>> {
    let frame = material.frames.get(&links::TABLE);
    let (seconds, probabilities) = (frame.reals(&links::LAG_SECONDS)?, frame.reals(&links::PROBABILITY)?);
    let lag = |row: usize| {
        let probability = probabilities.get(row).filter(|probability| *probability > 0.0)?;
        let hours = seconds.get(row).filter(|seconds| seconds.is_finite())? / 3_600.0;
        Some((hours.max(0.0), probability.min(1.0)))
    };
    Ok((0..frame.height()).filter_map(lag).collect())
}

/// Place of a time in doublings from the first minute.
fn doubling(hours: f64) -> f64 {
    (hours.max(START) / START).log2()
}

impl Response {
    /// Time within which that share of the incidents appears.
    fn within(&self, share: f64) -> Option<f64> {
        let mut sum = 0.0;
        self.lags
            .iter()
            .find(|lag| {
                sum += lag.1;
                sum >= share * self.total - 1e-9
            })
            .map(|lag| lag.0)
    }

    fn bars(&self) -> Vec<f64> {
        let mut bars = vec![0.0; DOUBLINGS];
        for (hours, probability) in &self.lags {
            bars[(doubling(*hours).floor() as usize).min(DOUBLINGS - 1)] += probability;
        }
        bars
    }

    /// Expected incidents per doubling around a place; what a normal kernel would spread beyond the first minute comes back.
    fn smooth(&self, place: f64) -> f64 {
        let end = DOUBLINGS as f64;
        let kernel = |distance: f64| (-0.5 * (distance / SPREAD).powi(2)).exp() / (SPREAD * (2.0 * std::f64::consts::PI).sqrt());
        let mirrored = |at: f64| kernel(place - at) + kernel(place + at);
        self.lags.iter().map(|(hours, probability)| probability * mirrored(doubling(*hours).min(end))).sum()
    }

    /// Doublings from the first minute with the expected incidents per doubling: the fitted curve, else the bars smoothed.
    fn course(&self) -> Vec<(f64, f64)> {
        let end = DOUBLINGS as f64;
        if self.total < SMOOTH_FROM {
            return Vec::new();
        }
        if self.fitted.is_empty() {
            return (0..=104).map(|step| f64::from(step) / 8.0).map(|place| (place, self.smooth(place))).collect();
        }
        let step = |(from, to, share): &(f64, f64, f64)| {
            let (from, to) = (doubling(*from), doubling(*to));
            (to > from).then(|| ((from + to) / 2.0, share * self.total / (to - from)))
        };
        self.fitted.iter().filter_map(step).filter(|(place, _)| *place <= end).collect()
    }

    fn data(&self) -> ChartData {
        let mut sum = 0.0;
        let row = |(place, bar): (usize, &f64)| {
            sum += bar;
            let (from, to) = (START * 2_f64.powi(place as i32), START * 2_f64.powi(place as i32 + 1));
            let from = if place == 0 { 0.0 } else { from };
            let to = if place + 1 == DOUBLINGS { "later".to_owned() } else { wording::duration(to) };
            vec![format!("{} – {to}", wording::duration(from)), wording::expected(*bar), wording::share(sum / self.total)]
        };
        ChartData {
            head: vec!["Time since the deployment", "Expected incidents", "Up to here"],
            rows: self.bars().iter().enumerate().map(row).collect(),
        }
    }
}

impl Plot for Response {
    fn height(&self, width: f64) -> f64 {
        if width < 500.0 { 280.0 } else { 372.0 }
    }

    fn draw(&self, canvas: &Canvas<'_>) -> Drawn {
        let bars = self.bars();
        let course = self.course();
        let ticks = ticks(bars.iter().copied().chain(course.iter().map(|point| point.1)).fold(0.0, f64::max));
        let room = ticks.iter().map(|tick| width(&wording::count(*tick), LABEL)).fold(0.0, f64::max);
        let scale = LogScale { left: room + 10.0, right: canvas.width - 8.0, start: START, end: START * 2_f64.powi(DOUBLINGS as i32) };
        let bottom = self.height(canvas.width) - 48.0;
        let y = |value: f64| bottom - value / ticks[ticks.len() - 1] * (bottom - TOP);
        for tick in &ticks {
            canvas.line(&[(scale.left, y(*tick)), (scale.right, y(*tick))], Stroke::solid(RULE, 1.0))?;
            canvas.text((scale.left - 6.0, y(*tick)), &wording::count(*tick), label(Anchor::End))?;
        }
        for (place, bar) in bars.iter().enumerate().filter(|(_, bar)| **bar > 0.0) {
            let edge = |place: usize| scale.left + place as f64 / DOUBLINGS as f64 * (scale.right - scale.left);
            let (from, to) = ((edge(place) + 0.8, y(*bar)), (edge(place + 1) - 0.8, bottom));
            canvas.rectangle(from, to, CAUSED_BAND)?;
            canvas.frame(from, to, Stroke::solid(CAUSED, 1.0))?;
        }
        let x = |place: f64| scale.left + place / DOUBLINGS as f64 * (scale.right - scale.left);
        let points: Vec<_> = course.iter().map(|(place, value)| (x(*place), y(*value))).collect();
        if !points.is_empty() {
            canvas.line(&points, Stroke::solid(ESTIMATE, 2.2))?;
        }
        self.times(canvas, &scale, bottom)?;
        hours(canvas, &scale, bottom)?;
        let words = if canvas.width < 500.0 {
            "time since the deployment (log scale)"
        } else {
            "time from deployment finished to incident (log scale)"
        };
        canvas.text(((scale.left + scale.right) / 2.0, bottom + 36.0), words, label(Anchor::Middle))
    }
}

impl Response {
    /// The two marked times: the later one named above the earlier, whose line ends below it, so that they cannot meet.
    fn times(&self, canvas: &Canvas<'_>, scale: &LogScale, bottom: f64) -> Drawn {
        for (share, words, line) in [(0.5, "half within", 27.0), (0.9, "nine in ten within", 9.0)] {
            let Some(hours) = self.within(share) else { continue };
            let x = scale.x(hours);
            canvas.line(&[(x, line - 4.0), (x, bottom)], Stroke::dashed(INK, 1.3))?;
            let words = format!("{words} {}", wording::duration(hours));
            let room = 6.0 + width(&words, SMALL);
            let is_left = if share < 0.9 { x - room >= 0.0 } else { x + room > canvas.width };
            let (at, anchor) = if is_left { (x - 6.0, Anchor::End) } else { (x + 6.0, Anchor::Start) };
            canvas.text((at, line), &words, Lettering { size: SMALL, is_bold: false, colour: INK, anchor })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::tests::check;

    #[test]
    fn times_are_weighted_by_probability() {
        // Weights 1, 1, 2 in order of time: half of 4 is reached at 2 h, nine tenths (3.6) at 8 h.
        let chart = of(vec![(8.0, 1.0), (8.0, 1.0), (1.0, 1.0), (2.0, 1.0)], Vec::new());
        assert!(chart.description.contains("half appear within 2 h 00 min, nine in ten within 8 h 00 min"), "{}", chart.description);
        assert_eq!(chart.title, "Nine in ten change-caused incidents appear within 8 hours");
    }

    #[test]
    fn the_smoothed_course_holds_as_many_incidents_as_the_bars() {
        let lags: Vec<Lag> = (0..400).map(|place| (0.02 * 1.02_f64.powi(place), 0.7)).collect();
        let chart = Response { total: lags.iter().map(|lag| lag.1).sum(), lags, fitted: Vec::new() };
        let area: f64 = (0..1_300).map(|step| chart.smooth((f64::from(step) + 0.5) / 100.0) / 100.0).sum();
        assert!((area / chart.bars().iter().sum::<f64>() - 1.0).abs() < 0.01, "{area}");
    }

    /// Worked by hand: 60 expected incidents, a quarter of them between 2 and 8 minutes, which is two doublings: 7.5 for each, in the middle.
    #[test]
    fn the_fitted_course_is_told_per_doubling() {
        let fitted = vec![(0.0, 2.0 / 60.0, 0.75), (2.0 / 60.0, 8.0 / 60.0, 0.25)];
        let course = Response { lags: Vec::new(), total: 60.0, fitted }.course();
        assert!((course[0].0 - 0.5).abs() < 1e-12 && (course[0].1 - 45.0).abs() < 1e-12, "{course:?}");
        assert!((course[1].0 - 2.0).abs() < 1e-12 && (course[1].1 - 7.5).abs() < 1e-12, "{course:?}");
    }

    #[test]
    fn labels_have_room_early_late_few_and_none() {
        let many = |hours: f64| (0..600).map(move |place| (hours * (1.0 + f64::from(place) / 300.0), 0.5)).collect::<Vec<_>>();
        for lags in [many(0.0), many(0.3), many(60.0), many(1e4), vec![(3.0, 0.2)], Vec::new()] {
            check(&of(lags.clone(), Vec::new()));
            check(&of(lags, vec![(0.0, 1.0, 0.5), (1.0, 8.0, 0.25), (8.0, 72.0, 0.25)]));
        }
    }
}
