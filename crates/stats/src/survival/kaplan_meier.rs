//! The Kaplan–Meier estimator.

use super::{
    Observation, Step, SurvivalError, check_durations, check_weights,
    curve::{Band, Point, crossing, points},
};
use crate::{Estimate, Level, distribution::normal_half_width};

/// Name of the quantiles of [`KaplanMeier::fit`] in `Estimate::method`.
pub const KAPLAN_MEIER: &str = "kaplan-meier, log-log greenwood";
/// Name of the quantiles of [`KaplanMeier::fit_weighted`] in `Estimate::method`.
pub const KAPLAN_MEIER_WEIGHTED: &str = "weighted kaplan-meier, log-log greenwood";

/// The survival curve: the share not yet restored after each time.
///
/// `S(t) = Π_{tᵢ ≤ t} (1 − dᵢ/nᵢ)` over the distinct times tᵢ with dᵢ restored of nᵢ at risk (Kaplan and Meier 1958); who is
/// open at tᵢ counts as at risk there. Without open incidents it is one less the empirical distribution function.
///
/// ```
/// use sequela_stats::{Level, survival::{KaplanMeier, Observation}};
/// let incidents = [Observation::restored(1.0), Observation::restored(3.0), Observation::open(4.0)];
/// let curve = KaplanMeier::fit(&incidents)?;
/// assert_eq!(curve.quantile(0.5, Level::default()).value, Some(3.0));
/// assert_eq!(curve.quantile(0.9, Level::default()).value, None); // one of three is still open
/// # Ok::<(), sequela_stats::survival::SurvivalError>(())
/// ```
#[derive(Debug, Clone)]
pub struct KaplanMeier {
    points: Vec<Point>,
    last_time: f64,
    n: u64,
    method: &'static str,
}

impl KaplanMeier {
    /// The curve of observations that count once each. Time: O(n log n). No observations give a curve without steps.
    ///
    /// # Errors
    /// [`SurvivalError::Duration`] at the first duration that is negative or not finite.
    pub fn fit(observations: &[Observation]) -> Result<Self, SurvivalError> {
        check_durations(observations)?;
        Ok(Self::of(observations.iter().map(|&observation| (observation, 1.0)).collect(), KAPLAN_MEIER))
    }

    /// The curve of observations that count by weight, such as the probability that a deployment failed.
    ///
    /// Counts become sums of weights, in the interval too, as for repeated observations (R: `survfit(weights, robust =
    /// FALSE)`). With probabilities as weights the interval takes their sum for the number of cases and knows nothing of the
    /// doubt about which cases they are, so that it is somewhat too narrow. Observations of weight 0 do not count in n.
    ///
    /// # Errors
    /// As [`KaplanMeier::fit`], and on weights that are negative, not finite, or not as many as the observations.
    pub fn fit_weighted(observations: &[Observation], weights: &[f64]) -> Result<Self, SurvivalError> {
        check_weights(observations, weights)?;
        check_durations(observations)?;
        let weighted = observations.iter().copied().zip(weights.iter().copied());
        Ok(Self::of(weighted.filter(|&(_, weight)| weight > 0.0).collect(), KAPLAN_MEIER_WEIGHTED))
    }

    fn of(mut weighted: Vec<(Observation, f64)>, method: &'static str) -> Self {
        // Weights take part in the order so that sums, and with them the last bit, do not depend on the order of the input.
        weighted.sort_by(|(left, left_weight), (right, right_weight)| {
            let by_time = left.duration.total_cmp(&right.duration);
            by_time.then(left.restored.cmp(&right.restored)).then(left_weight.total_cmp(right_weight))
        });
        let last_time = weighted.last().map_or(0.0, |(observation, _)| observation.duration);
        Self { points: points(&weighted), last_time, n: weighted.len() as u64, method }
    }

    /// Number of observations, open ones included.
    pub const fn n(&self) -> u64 {
        self.n
    }

    /// Number of restored observations, or their total weight.
    pub fn restored(&self) -> f64 {
        self.points.iter().map(|point| point.events).sum()
    }

    /// The share not yet restored after `time`; not known beyond the last observation unless the curve has reached 0.
    pub fn survival_at(&self, time: f64) -> Option<f64> {
        let passed = self.points.partition_point(|point| point.time <= time);
        let survival = passed.checked_sub(1).map_or(1.0, |index| self.points[index].survival);
        (self.n > 0 && (time <= self.last_time || survival == 0.0)).then_some(survival)
    }

    /// The steps of the curve with a pointwise band, ascending in time.
    ///
    /// One row per time at which service was restored, and a closing row without events at the last open observation if
    /// that comes later, so that events and censored add up to the total. The band at one time is
    /// `S^exp(± z √V / ln S)` with Greenwood's `V = Σ dᵢ / (nᵢ (nᵢ − dᵢ))` (Kalbfleisch and Prentice 2002, §1.4); it stays
    /// within [0, 1]. It is undefined, hence absent, where S is 1 or 0. It covers single times, not the whole curve.
    pub fn steps(&self, level: Level) -> Vec<Step> {
        let band = Band::new(normal_half_width(level));
        self.points.iter().map(|point| point.step(&band)).collect()
    }

    /// The time by which the share `q` is restored: 0.5 for the median, 0.9 for the 90th percentile.
    ///
    /// The first time at which the share restored reaches q. Where the curve is flat at exactly `1 − q`, the middle of the
    /// flat part; if it ends flat there, the middle between reaching it and the last observation: the rule of R's
    /// `quantile.survfit`, with its tolerance of 1.5e-8. The median that R prints differs for a curve that ends flat at one half
    /// (start of the flat part), and lifelines takes either end of a flat part, as rounding has it. `n` counts all observations.
    ///
    /// Bounds come from the same rule on the log-log band (Brookmeyer and Crowley 1982 with the log-log transform). An
    /// absent upper bound means that the data do not bound the quantile; an absent value with a lower bound means "at least".
    /// q outside (0, 1) gives nothing.
    ///
    /// Measured coverage of the 90 % interval, log-normal durations (σ 1.5 and 2.2, none or a tenth open, 4,000 samples each, an
    /// absent bound counted as covering): median 93 % at n = 8, 91–92 % at 20, 90–91 % at 50, 90 % at 150; 90th percentile 96–97 %,
    /// 95 %, 90–91 % and 89 %.
    pub fn quantile(&self, q: f64, level: Level) -> Estimate {
        if !(q > 0.0 && q < 1.0) {
            return Estimate::none(self.n, self.method);
        }
        let band = Band::new(normal_half_width(level));
        let on_curve = |height: &dyn Fn(&Point) -> Option<f64>| {
            let heights = self.points.iter().map(|point| (point.time, height(point)));
            crossing(heights, 1.0 - q, self.last_time)
        };
        Estimate {
            value: on_curve(&|point| Some(point.survival)),
            lower: on_curve(&|point| band.at(point).map(|(lower, _)| lower)),
            upper: on_curve(&|point| band.at(point).map(|(_, upper)| upper)),
            n: self.n,
            method: self.method,
        }
    }
}
