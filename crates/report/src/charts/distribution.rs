//! How lead times and times to restore are spread, on a logarithmic axis, with median and 90th percentile.

use std::collections::BTreeMap;

use polars::prelude::PolarsResult;
use sequela_schema::Values;
use sequela_schema::metric::{self, Metric};
use sequela_schema::result::{deployment_units, incident_units};

use super::axis::whole_ticks;
use super::canvas::{Anchor, Canvas, Drawn, Lettering, Stroke};
use super::colour::{ESTIMATE, ESTIMATE_BAND, INK, RULE};
use super::lettering::{LABEL, SMALL, label, small, width};
use super::restore_by_cause::about;
use super::scale::{LogScale, hours};
use super::{Chart, ChartData, Material, Plot, empty};
use crate::wording;

const HEIGHT: f64 = 230.0;
const TOP: f64 = 40.0;
/// Fewer cases than this are drawn one by one.
const BARS_FROM: usize = 20;
/// Bars in a doubling of time.
const PER_DOUBLING: f64 = 2.0;

struct Spread {
    /// Hours in order.
    values: Vec<f64>,
    median: Option<f64>,
    p90: Option<f64>,
}

/// Words of a chart.
struct Words {
    name: &'static str,
    noun: &'static str,
    subtitle: &'static str,
    cases: &'static str,
    reason: &'static str,
}

/// Change lead time.
pub(super) fn lead_time(material: &Material<'_>) -> PolarsResult<Chart> {
    let frame = material.frames.get(&deployment_units::TABLE);
    let (ids, values) = (frame.texts(&deployment_units::DEPLOYMENT_ID)?, frame.reals(&deployment_units::LEAD_TIME_HOURS)?);
    let counted = frame.bools(&deployment_units::IS_COUNTED)?;
    let services = frame.texts(&deployment_units::SERVICE_ID)?;
    let rows = (0..frame.height()).filter(|row| counted.get(*row) == Some(true));
    let values = rows.filter_map(|row| Some(((ids.get(row)?, services.get(row)), values.get(row)?))).collect();
    let words = Words {
        name: "lead_time",
        noun: "lead time",
        subtitle: "Deployments by time from first commit to deployment finished (log scale)",
        cases: "deployment",
        reason: "No deployment has a lead time: commits with times in the deployment export fill this chart.",
    };
    let figures = [&metric::LEAD_TIME_MEDIAN, &metric::LEAD_TIME_P90].map(|metric| overall(material, metric));
    Ok(of(&words, once(values), figures))
}

/// Time to restore.
pub(super) fn restore_time(material: &Material<'_>) -> PolarsResult<Chart> {
    let frame = material.frames.get(&incident_units::TABLE);
    let (ids, values) = (frame.texts(&incident_units::INCIDENT_ID)?, frame.reals(&incident_units::HOURS)?);
    let open = frame.bools(&incident_units::IS_OPEN)?;
    let rows = (0..frame.height()).filter(|row| open.get(*row) == Some(false));
    let values = rows.filter_map(|row| Some(((ids.get(row)?, None), values.get(row)?))).collect();
    let words = Words {
        name: "restore_time",
        noun: "time to restore",
        subtitle: "Restored incidents by time since they began (log scale); median and P90 count open ones too",
        cases: "incident",
        reason: "No incident has a time of restoration: an incident export with resolved_at or mitigated_at fills this chart.",
    };
    let figures = [&metric::TIME_TO_RESTORE_MEDIAN, &metric::TIME_TO_RESTORE_P90].map(|metric| overall(material, metric));
    Ok(of(&words, once(values), figures))
}

fn overall(material: &Material<'_>, metric: &Metric) -> Option<f64> {
    material.figures.overall(metric).and_then(|figure| figure.value)
}

/// A record and, for deployments, the service that it counts for.
type Key<'a> = (&'a str, Option<&'a str>);

/// One value per key, as the figures count: units of several owners repeat it.
fn once(values: Vec<(Key<'_>, f64)>) -> Vec<f64> {
    values.into_iter().filter(|(_, hours)| hours.is_finite() && *hours >= 0.0).collect::<BTreeMap<_, _>>().into_values().collect()
}

fn of(words: &Words, mut values: Vec<f64>, [median, p90]: [Option<f64>; 2]) -> Chart {
    if values.is_empty() {
        let title = format!("{}{}: nothing to show", words.noun[..1].to_uppercase(), &words.noun[1..]);
        return empty::chart(words.name, &title, words.subtitle, words.reason);
    }
    values.sort_by(f64::total_cmp);
    let said = |value: Option<f64>| value.map_or_else(|| "not reached".to_owned(), wording::duration);
    let short = |value: Option<f64>| value.map_or_else(|| "not reached".to_owned(), about);
    let title = format!("Median {} {}, P90 {}", words.noun, short(median), short(p90));
    let number = wording::plural(values.len() as i64, words.cases);
    let description = format!(
        "Median {} {}, P90 {}. {number}, from {} to {}.",
        words.noun,
        said(median),
        said(p90),
        wording::duration(values[0]),
        wording::duration(values[values.len() - 1])
    );
    let spread = Spread { values, median, p90 };
    let data = spread.data();
    Chart { name: words.name, title, subtitle: format!("{}; {number}", words.subtitle), description, data, plot: Box::new(spread) }
}

impl Spread {
    /// The axis, whose ends hold nearly all values: what lies beyond stands at its ends.
    fn scale(&self, left: f64, right: f64) -> LogScale {
        let at = |share: f64| self.values[((self.values.len() - 1) as f64 * share).round() as usize];
        let marks = [self.median, self.p90].into_iter().flatten();
        let start = marks.clone().fold(at(0.005), f64::min).clamp(1.0 / 60.0, 1_000.0) / 1.3;
        let end = marks.fold(at(0.995), f64::max).clamp(start * 8.0, 90_000.0) * 1.3;
        LogScale { left, right, start, end }
    }

    /// Cases per bar, from left to right.
    fn bars(&self, scale: &LogScale) -> Vec<f64> {
        let doublings = (scale.end / scale.start).log2();
        let mut bars = vec![0.0; (doublings * PER_DOUBLING).ceil().max(1.0) as usize];
        let last = bars.len() - 1;
        for value in &self.values {
            let share = (value.max(scale.start) / scale.start).log2() / doublings;
            bars[((share * (last + 1) as f64) as usize).min(last)] += 1.0;
        }
        bars
    }

    fn data(&self) -> ChartData {
        let scale = self.scale(0.0, 1.0);
        let bars = self.bars(&scale);
        let edge = |place: usize| wording::duration(scale.at(place as f64 / bars.len() as f64));
        let row = |(place, count): (usize, &f64)| {
            let span = match place {
                0 => format!("under {}", edge(1)),
                place if place + 1 == bars.len() => format!("from {}", edge(place)),
                place => format!("{} – {}", edge(place), edge(place + 1)),
            };
            vec![span, wording::count(*count)]
        };
        ChartData { head: vec!["Time", "Number"], rows: bars.iter().enumerate().map(row).collect() }
    }
}

impl Plot for Spread {
    fn height(&self, _width: f64) -> f64 {
        HEIGHT
    }

    fn draw(&self, canvas: &Canvas<'_>) -> Drawn {
        let bottom = HEIGHT - 26.0;
        let scale = if self.values.len() < BARS_FROM { self.dots(canvas, bottom)? } else { self.columns(canvas, bottom)? };
        hours(canvas, &scale, bottom)?;
        self.marks(canvas, &scale, bottom)
    }
}

impl Spread {
    fn columns(&self, canvas: &Canvas<'_>, bottom: f64) -> Result<LogScale, super::canvas::DrawError> {
        let most = |scale: &LogScale| whole_ticks(self.bars(scale).into_iter().fold(0.0, f64::max));
        let ticks = most(&self.scale(0.0, 1.0));
        let room = ticks.iter().map(|tick| width(&wording::count(*tick), LABEL)).fold(0.0, f64::max);
        let scale = self.scale(room + 10.0, canvas.width - 8.0);
        let bars = self.bars(&scale);
        let y = |value: f64| bottom - value / ticks[ticks.len() - 1] * (bottom - TOP);
        for tick in &ticks {
            canvas.line(&[(scale.left, y(*tick)), (scale.right, y(*tick))], Stroke::solid(RULE, 1.0))?;
            canvas.text((scale.left - 6.0, y(*tick)), &wording::count(*tick), label(Anchor::End))?;
        }
        let edge = |place: usize| scale.left + place as f64 / bars.len() as f64 * (scale.right - scale.left);
        for (place, count) in bars.iter().enumerate().filter(|(_, count)| **count > 0.0) {
            let (from, to) = ((edge(place) + 0.6, y(*count)), (edge(place + 1) - 0.6, bottom));
            canvas.rectangle(from, to, ESTIMATE_BAND)?;
            canvas.frame(from, to, Stroke::solid(ESTIMATE, 0.9))?;
        }
        Ok(scale)
    }

    /// Each case as a dot, on those that would lie on it.
    fn dots(&self, canvas: &Canvas<'_>, bottom: f64) -> Result<LogScale, super::canvas::DrawError> {
        let scale = self.scale(12.0, canvas.width - 12.0);
        let mut heights: BTreeMap<i64, usize> = BTreeMap::new();
        for value in &self.values {
            let column = (scale.x(*value) / 9.0).round() as i64;
            let height = heights.entry(column).or_insert(0);
            let at = (column as f64 * 9.0, bottom - 6.0 - *height as f64 * 8.0);
            *height += 1;
            canvas.dot(at, 3.6, ESTIMATE)?;
        }
        Ok(scale)
    }

    /// Median and 90th percentile: the later named above the earlier, each away from the other.
    fn marks(&self, canvas: &Canvas<'_>, scale: &LogScale, bottom: f64) -> Drawn {
        for (value, name, line) in [(self.median, "median", 27.0), (self.p90, "P90", 9.0)] {
            let Some(value) = value else { continue };
            let x = scale.x(value);
            canvas.line(&[(x, line - 4.0), (x, bottom)], Stroke::dashed(INK, 1.3))?;
            let words = format!("{name} {}", wording::duration(value));
            let room = 6.0 + width(&words, SMALL);
            let is_left = if name == "median" { x - room >= 0.0 } else { x + room > canvas.width };
            let (at, anchor) = if is_left { (x - 6.0, Anchor::End) } else { (x + 6.0, Anchor::Start) };
            canvas.text((at, line), &words, Lettering { colour: INK, ..small(anchor) })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::tests::check;

    const WORDS: Words =
        Words { name: "lead_time", noun: "lead time", subtitle: "Deployments", cases: "deployment", reason: "There is nothing." };

    #[test]
    fn labels_have_room_with_many_few_one_equal_and_no_cases() {
        let many: Vec<f64> = (1..9_000).map(|place| f64::from(place) * 0.01).collect();
        for (values, figures) in [
            (many, [Some(45.0), Some(81.0)]),
            (vec![0.0; 500], [Some(0.0), Some(0.0)]),
            (vec![3.0; 19], [Some(3.0), Some(3.0)]),
            (vec![90_000.0], [Some(90_000.0), None]),
            (Vec::new(), [None, None]),
        ] {
            check(&of(&WORDS, values, figures));
        }
    }

    #[test]
    fn every_case_stands_in_one_bar() {
        let values: Vec<f64> = (0..1_000).map(|place| 1e-3 * 1.02_f64.powi(place)).collect();
        let spread = Spread { values, median: None, p90: None };
        assert_eq!(spread.bars(&spread.scale(0.0, 100.0)).iter().sum::<f64>(), 1_000.0);
    }
}
