//! The points of a survival curve, its band, and the time at which a curve crosses a height.

use super::Observation;

/// One step of a survival curve. Counts are sums of weights for a weighted curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Time of the step.
    pub time: f64,
    /// Observations that lasted at least until `time`.
    pub at_risk: f64,
    /// Restored at `time`.
    pub events: f64,
    /// Open since the previous step: at its time or later, but before `time`; at the closing row also at `time`.
    pub censored: f64,
    /// Share not restored after `time`.
    pub survival: f64,
    /// Lower end of the band at `time`.
    pub lower: Option<f64>,
    /// Upper end of the band at `time`.
    pub upper: Option<f64>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    pub(super) time: f64,
    pub(super) at_risk: f64,
    pub(super) events: f64,
    pub(super) censored: f64,
    pub(super) survival: f64,
    /// Greenwood's sum: the variance of ln S.
    pub(super) variance: f64,
}

impl Point {
    pub(super) fn step(&self, band: &Band) -> Step {
        let bounds = band.at(self);
        Step {
            time: self.time,
            at_risk: self.at_risk,
            events: self.events,
            censored: self.censored,
            survival: self.survival,
            lower: bounds.map(|(lower, _)| lower),
            upper: bounds.map(|(_, upper)| upper),
        }
    }
}

/// What ended at one time.
#[derive(Debug, Clone, Copy)]
struct Ending {
    time: f64,
    events: f64,
    censored: f64,
}

/// The points at event times, and a closing point at the last time if nothing was restored then. Input sorted by duration.
pub(super) fn points(weighted: &[(Observation, f64)]) -> Vec<Point> {
    let endings = endings(weighted);
    let at_risk = at_risk(&endings);
    let mut points = Vec::new();
    let (mut survival, mut variance, mut censored) = (1.0, 0.0, 0.0);
    for (index, (ending, at_risk)) in endings.iter().zip(at_risk).enumerate() {
        let is_last = index + 1 == endings.len();
        if ending.events > 0.0 {
            survival *= (at_risk - ending.events) / at_risk;
            variance += ending.events / (at_risk * (at_risk - ending.events));
            points.push(Point { time: ending.time, at_risk, events: ending.events, censored, survival, variance });
            censored = ending.censored;
        } else {
            censored += ending.censored;
            if is_last {
                points.push(Point { time: ending.time, at_risk, events: 0.0, censored, survival, variance });
            }
        }
    }
    points
}

fn endings(weighted: &[(Observation, f64)]) -> Vec<Ending> {
    let same_time = weighted.chunk_by(|(left, _), (right, _)| left.duration == right.duration);
    same_time
        .map(|group| {
            let total = |restored: bool| group.iter().filter(|(one, _)| one.restored == restored).map(|(_, weight)| weight).sum();
            Ending { time: group[0].0.duration, events: total(true), censored: total(false) }
        })
        .collect()
}

/// Summed from the end, so that the last at risk are exactly those who end there and S reaches exactly 0.
fn at_risk(endings: &[Ending]) -> Vec<f64> {
    let mut at_risk: Vec<f64> = endings.iter().map(|ending| ending.events + ending.censored).collect();
    for index in (1..at_risk.len()).rev() {
        at_risk[index - 1] += at_risk[index];
    }
    at_risk
}

/// The pointwise log-log band.
#[derive(Debug, Clone, Copy)]
pub(super) struct Band {
    half_width: f64,
}

impl Band {
    pub(super) const fn new(half_width: f64) -> Self {
        Self { half_width }
    }

    pub(super) fn at(&self, point: &Point) -> Option<(f64, f64)> {
        if point.survival <= 0.0 || point.survival >= 1.0 {
            return None;
        }
        let spread = self.half_width * point.variance.sqrt() / point.survival.ln().abs();
        Some((point.survival.powf(spread.exp()), point.survival.powf((-spread).exp())))
    }
}

/// Below this difference two heights are the same; R's `sqrt(.Machine$double.eps)`.
const SAME_HEIGHT: f64 = 1.490_116_119_384_765_6e-8;

/// The time at which a falling step curve reaches `target`, halfway along if it is flat there.
pub(super) fn crossing(heights: impl Iterator<Item = (f64, Option<f64>)>, target: f64, last_time: f64) -> Option<f64> {
    let mut reached = None;
    let mut ends_known = false;
    for (time, height) in heights {
        ends_known = height.is_some();
        let Some(height) = height else { continue };
        if height < target - SAME_HEIGHT {
            return Some(reached.map_or(time, |reached| f64::midpoint(reached, time)));
        }
        if height <= target + SAME_HEIGHT {
            reached = reached.or(Some(time));
        }
    }
    reached.filter(|_| ends_known).map(|reached| f64::midpoint(reached, last_time))
}
