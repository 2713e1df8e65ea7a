//! Share of incidents not yet restored over time since they began (Kaplan–Meier), on a logarithmic axis.

use std::collections::BTreeMap;

use polars::prelude::PolarsResult;
use sequela_schema::Values;
use sequela_schema::metric;
use sequela_schema::result::{incident_units, restore_curves};
use sequela_schema::vocabulary::scope;
use sequela_stats::survival::Observation;

use super::axis::hour_label;
use super::canvas::{Anchor, Canvas, Drawn, Lettering, Stroke};
use super::colour::{AXIS, ESTIMATE, ESTIMATE_BAND, INK, RULE};
use super::lettering::{LABEL, SMALL, label, small, width};
use super::{Chart, ChartData, Material, Plot, empty};
use crate::wording;

const NAME: &str = "time_to_restore_curve";
const PLOT_HEIGHT: f64 = 260.0;
/// Room under the axis for the rows of numbers.
const TABLE_HEIGHT: f64 = 46.0;
/// Steps drawn, at most.
const STEPS: usize = 200;
/// Times that may be marked, in hours.
const TIMES: [f64; 16] =
    [1.0 / 60.0, 5.0 / 60.0, 0.25, 1.0, 2.0, 4.0, 8.0, 24.0, 48.0, 168.0, 336.0, 672.0, 2_016.0, 4_032.0, 8_736.0, 43_680.0];

/// One step of the curve.
#[derive(Clone, Copy)]
pub(super) struct Step {
    /// Hours since the incident began.
    pub(super) hours: f64,
    /// Not restored and observed until then.
    pub(super) at_risk: i64,
    /// Open since the step before.
    pub(super) censored: i64,
    /// Share not restored after it.
    pub(super) share: f64,
    /// Its interval.
    pub(super) interval: Option<(f64, f64)>,
}

struct Curve {
    steps: Vec<Step>,
    /// Hours of all incidents, sorted.
    times: Vec<f64>,
    median: Option<f64>,
    open: i64,
}

/// The chart.
pub(super) fn chart(material: &Material<'_>) -> PolarsResult<Chart> {
    let steps = steps(material)?;
    let subtitle =
        format!("Share of incidents not yet restored, by time since they began (log scale), {} band", material.context.level_words());
    let restored = steps.iter().any(|step| step.share < 1.0);
    if !restored {
        let reason = if steps.is_empty() {
            "No incident has a time of restoration: an incident export with resolved_at or mitigated_at fills this chart."
        } else {
            "Every incident was still open when the data were exported, so nothing is known about the time to restore."
        };
        return Ok(empty::chart(NAME, "Time to restore: nothing to show", &subtitle, reason));
    }
    let crossing = steps.iter().find(|step| step.share <= 0.5).map(|step| step.hours);
    let median = material
        .figures
        .overall(&metric::TIME_TO_RESTORE_MEDIAN)
        .and_then(|figure| figure.value)
        .filter(|_| crossing.is_some())
        .or(crossing);
    let open: i64 = steps.iter().map(|step| step.censored).sum();
    let title = match median {
        Some(median) => format!("Half of the incidents are restored within {}", wording::duration(median)),
        None => "Fewer than half of the incidents are restored yet".to_owned(),
    };
    let incidents = steps.iter().map(|step| step.at_risk).max().unwrap_or(0);
    let description = format!(
        "{title}. {}, of which {} not restored when the data were exported.",
        wording::plural(incidents, "incident"),
        wording::thousands(open)
    );
    let subtitle = format!("{subtitle}; {}, {} open at export", wording::plural(incidents, "incident"), wording::thousands(open));
    let times = sorted_times(&observed(material)?.into_iter().map(|(observation, _)| observation).collect::<Vec<_>>());
    let data = data(&steps, &times);
    Ok(Chart { name: NAME, title, subtitle, description, data, plot: Box::new(Curve { steps, times, median, open }) })
}

fn steps(material: &Material<'_>) -> PolarsResult<Vec<Step>> {
    Ok(all_steps(material)?.remove(&(scope::ORGANISATION.to_owned(), String::new())).unwrap_or_default())
}

/// The curves of the organisation (without identifier) and of its teams.
pub(super) fn all_steps(material: &Material<'_>) -> PolarsResult<BTreeMap<(String, String), Vec<Step>>> {
    let frame = material.frames.get(&restore_curves::TABLE);
    let (scopes, hours) = (frame.texts(&restore_curves::SCOPE)?, frame.reals(&restore_curves::HOURS)?);
    let (at_risk, censored) = (frame.ints(&restore_curves::AT_RISK)?, frame.ints(&restore_curves::CENSORED)?);
    let (shares, lowers, uppers) =
        (frame.reals(&restore_curves::NOT_RESTORED)?, frame.reals(&restore_curves::LOWER)?, frame.reals(&restore_curves::UPPER)?);
    let ids = frame.texts(&restore_curves::SCOPE_ID)?;
    let mut curves: BTreeMap<(String, String), Vec<Step>> = BTreeMap::new();
    for row in 0..frame.height() {
        let scope = scopes.get(row).unwrap_or_default();
        let id = if scope == scope::ORGANISATION { "" } else { ids.get(row).unwrap_or_default() };
        let (Some(hours), Some(share)) = (hours.get(row).filter(|hours| hours.is_finite()), shares.get(row)) else { continue };
        curves.entry((scope.to_owned(), id.to_owned())).or_default().push(Step {
            hours,
            at_risk: at_risk.get(row).unwrap_or_default(),
            censored: censored.get(row).unwrap_or_default(),
            share: share.clamp(0.0, 1.0),
            interval: lowers.get(row).zip(uppers.get(row)),
        });
    }
    curves.values_mut().for_each(|steps| steps.sort_by(|left, right| left.hours.total_cmp(&right.hours)));
    Ok(curves)
}

fn data(steps: &[Step], times: &[f64]) -> ChartData {
    let row = |hours: &f64| {
        let step = last_step(steps, *hours);
        let share = step.map_or(1.0, |step| step.share);
        let interval = step.and_then(|step| step.interval);
        let words = interval
            .map_or_else(|| wording::MISSING.to_owned(), |(lower, upper)| format!("{} – {}", wording::share(lower), wording::share(upper)));
        vec![hour_label(*hours), wording::share(share), words, wording::thousands(at_risk(times, *hours))]
    };
    let end = steps.last().map_or(0.0, |step| step.hours);
    let times = TIMES.iter().filter(|hours| **hours <= end.max(1.0));
    ChartData { head: vec!["After", "Not yet restored", "Interval", "Incidents at risk"], rows: times.map(row).collect() }
}

fn last_step(steps: &[Step], hours: f64) -> Option<&Step> {
    steps[..steps.partition_point(|step| step.hours <= hours)].last()
}

/// Incidents with hours to restore, each once, and the probability that a change caused it.
pub(super) fn observed(material: &Material<'_>) -> PolarsResult<Vec<(Observation, f64)>> {
    let frame = material.frames.get(&incident_units::TABLE);
    let (ids, hours) = (frame.texts(&incident_units::INCIDENT_ID)?, frame.reals(&incident_units::HOURS)?);
    let (open, changes) = (frame.bools(&incident_units::IS_OPEN)?, frame.reals(&incident_units::P_CHANGE)?);
    let mut incidents: BTreeMap<&str, (Observation, f64)> = BTreeMap::new();
    for row in 0..frame.height() {
        let Some(duration) = hours.get(row).filter(|hours| hours.is_finite() && *hours >= 0.0) else { continue };
        let observation = if open.get(row).unwrap_or(false) { Observation::open(duration) } else { Observation::restored(duration) };
        incidents.entry(ids.get(row).unwrap_or_default()).or_insert((observation, changes.get(row).unwrap_or(0.0)));
    }
    Ok(incidents.into_values().collect())
}

/// Their hours in ascending order.
pub(super) fn sorted_times(observations: &[Observation]) -> Vec<f64> {
    let mut times: Vec<f64> = observations.iter().map(|observation| observation.duration).collect();
    times.sort_by(f64::total_cmp);
    times
}

/// Incidents not yet restored and still observed at that time.
pub(super) fn at_risk(times: &[f64], hours: f64) -> i64 {
    (times.len() - times.partition_point(|time| *time < hours)) as i64
}

/// The time at which a curve comes down to one half: in the middle of a flat part that lies at one half.
pub(super) fn half(steps: &[Step], value: impl Fn(&Step) -> Option<f64>) -> Option<f64> {
    let place = steps.iter().position(|step| value(step).is_some_and(|value| value <= 0.5 + 1e-9))?;
    let is_flat = value(&steps[place]).is_some_and(|value| value >= 0.5 - 1e-9);
    let next = steps[place + 1..].iter().find(|step| value(step).is_some_and(|value| value < 0.5 - 1e-9)).filter(|_| is_flat);
    Some(next.map_or(steps[place].hours, |next| f64::midpoint(steps[place].hours, next.hours)))
}

/// The scale of the time axis.
pub(super) struct Scale {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) start: f64,
    pub(super) end: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

impl Scale {
    pub(super) fn x(&self, hours: f64) -> f64 {
        let position = (hours.max(self.start) / self.start).ln() / (self.end / self.start).ln();
        self.left + position.clamp(0.0, 1.0) * (self.right - self.left)
    }

    pub(super) fn y(&self, share: f64) -> f64 {
        self.bottom - share * (self.bottom - self.top)
    }
}

impl Plot for Curve {
    fn height(&self, _width: f64) -> f64 {
        PLOT_HEIGHT + TABLE_HEIGHT
    }

    fn draw(&self, canvas: &Canvas<'_>) -> Drawn {
        let scale = self.scale(canvas);
        for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
            let y = scale.y(share);
            canvas.line(&[(scale.left, y), (scale.right, y)], Stroke::solid(if share == 0.0 { AXIS } else { RULE }, 1.0))?;
            canvas.text((scale.left - 6.0, y), &wording::share(share), label(Anchor::End))?;
        }
        let steps = thinned(&self.steps, &scale, STEPS);
        band(canvas, &scale, &steps, ESTIMATE_BAND)?;
        canvas.line(&staircase(&scale, &steps, |step| step.share), Stroke::solid(ESTIMATE, 2.0))?;
        self.mark_median(canvas, &scale)?;
        self.times(canvas, &scale)
    }
}

impl Curve {
    fn scale(&self, canvas: &Canvas<'_>) -> Scale {
        let longest = self.steps.last().map_or(1.0, |step| step.hours);
        let early = self.steps.iter().find(|step| step.share <= 0.75).map_or(longest, |step| step.hours);
        let start = TIMES[..3].iter().rev().copied().find(|start| *start < early).unwrap_or(TIMES[0]);
        Scale {
            left: 50.0,
            right: canvas.width - 8.0,
            start,
            end: (longest * 1.05).max(start * 8.0),
            top: 12.0,
            bottom: PLOT_HEIGHT - 30.0,
        }
    }

    fn mark_median(&self, canvas: &Canvas<'_>, scale: &Scale) -> Drawn {
        let Some(median) = self.median else { return Ok(()) };
        let (x, y) = (scale.x(median), scale.y(0.5));
        canvas.line(&[(x, y), (x, scale.bottom)], Stroke::dashed(INK, 1.2))?;
        canvas.dot((x, y), 3.6, INK)?;
        let words = format!("median {}", wording::duration(median));
        let lettering = Lettering { size: LABEL, is_bold: true, colour: ESTIMATE, anchor: Anchor::Start };
        let room = width(&words, LABEL) * 1.1 + 10.0;
        // Right of the curve and above it, where a falling curve leaves the plot empty.
        let clear = scale.y(0.5) - 16.0;
        let at = if x + room + 40.0 <= scale.right { (x + 46.0, clear - 20.0) } else { (scale.right - room, scale.top + 8.0) };
        canvas.text(at, &words, lettering)
    }

    fn times(&self, canvas: &Canvas<'_>, scale: &Scale) -> Drawn {
        let rows = PLOT_HEIGHT + 8.0;
        canvas.text((scale.left, rows), "Incidents not yet restored", small(Anchor::Start))?;
        let mut free_from = scale.left - 30.0;
        for hours in TIMES.iter().filter(|hours| **hours >= scale.start && **hours <= scale.end) {
            let x = scale.x(*hours);
            canvas.line(&[(x, scale.bottom), (x, scale.bottom + 5.0)], Stroke::solid(AXIS, 1.0))?;
            let words = hour_label(*hours);
            let number = wording::thousands(at_risk(&self.times, *hours));
            let half = width(&words, LABEL).max(width(&number, SMALL)) / 2.0;
            let centre = x.clamp(scale.left - 20.0 + half, scale.right - half);
            if centre - half >= free_from {
                canvas.text((centre, scale.bottom + 16.0), &words, label(Anchor::Middle))?;
                canvas.text((centre, rows + 18.0), &number, small(Anchor::Middle))?;
                free_from = centre + half + 8.0;
            }
        }
        if self.open > 0 {
            let words = format!("{} open at export", wording::thousands(self.open));
            canvas.text((scale.right, rows), &words, small(Anchor::End))?;
        }
        Ok(())
    }
}

/// At most so many steps, evenly spread over the axis: what falls on the same place is drawn once.
pub(super) fn thinned(steps: &[Step], scale: &Scale, most: usize) -> Vec<Step> {
    let place = |step: &Step| ((scale.x(step.hours) - scale.left) / (scale.right - scale.left) * most as f64).round() as i64;
    if steps.len() <= most {
        return steps.to_vec();
    }
    steps.chunk_by(|one, next| place(one) == place(next)).filter_map(|run| run.last().copied()).collect()
}

/// The corners of a curve.
pub(super) fn staircase(scale: &Scale, steps: &[Step], value: impl Fn(&Step) -> f64) -> Vec<(f64, f64)> {
    let mut points = vec![(scale.left, scale.y(1.0))];
    for step in steps {
        let (x, y) = (scale.x(step.hours), scale.y(value(step)));
        let before = points[points.len() - 1].1;
        points.extend([(x, before), (x, y)]);
    }
    points
}

/// The area of the intervals.
pub(super) fn band(canvas: &Canvas<'_>, scale: &Scale, steps: &[Step], colour: plotters::style::RGBColor) -> Drawn {
    let upper = staircase(scale, steps, |step| step.interval.map_or(step.share, |interval| interval.1));
    let lower = staircase(scale, steps, |step| step.interval.map_or(step.share, |interval| interval.0));
    let outline: Vec<_> = upper.into_iter().chain(lower.into_iter().rev()).collect();
    canvas.polygon(&outline, colour)
}
