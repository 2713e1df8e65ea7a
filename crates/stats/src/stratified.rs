//! A ratio of rates within strata: are changes of one kind riskier than those of another that are otherwise alike?

use statrs::function::erf;

use crate::{Estimate, Level, distribution::normal_half_width, proportion::checked};

/// Name of [`mantel_haenszel`] in `Estimate::method`.
pub const MANTEL_HAENSZEL: &str = "mantel-haenszel risk ratio, greenland-robins";

/// Failures and trials of two groups that are alike in what the stratum stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stratum {
    /// Failures and trials of the group in question.
    pub exposed: (f64, f64),
    /// Failures and trials of the group that it is compared with.
    pub reference: (f64, f64),
}

/// A risk ratio over strata.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RiskRatio {
    /// The ratio; its n are the trials of the strata that tell something.
    pub estimate: Estimate,
    /// Two-sided p-value of "the rates are the same in every stratum" (Wald, on the logarithm of the ratio).
    pub p_value: Option<f64>,
    /// Strata that tell something: both groups have trials, and there is a failure.
    pub strata: usize,
}

/// The Mantel-Haenszel risk ratio `Σ aᵢ n₀ᵢ/Nᵢ ÷ Σ bᵢ n₁ᵢ/Nᵢ`, with the interval of Greenland and Robins (1985, "Estimation of a common
/// effect parameter from sparse follow-up data") on its logarithm: variance `Σ (mᵢ n₁ᵢ n₀ᵢ − aᵢ bᵢ Nᵢ)/Nᵢ² ÷ (Σ aᵢ n₀ᵢ/Nᵢ · Σ bᵢ n₁ᵢ/Nᵢ)`.
///
/// a of n₁ failed in the group, b of n₀ in that compared with, m = a + b, N = n₁ + n₀. With one stratum it is the plain ratio of rates with
/// the usual interval.
///
/// Failures may be sums of probabilities. Then the formulas are applied to the sums as they are: a sum of calibrated probabilities varies
/// no more than the count that it is expected to be, so that the interval is not too narrow on their account. But where failures are
/// shared out among neighbours for want of knowledge, the ratio is drawn **towards 1**.
///
/// Without failures in the group the ratio is 0 and has no interval; without failures in that compared with, or without strata that both
/// groups have, there is none. A stratum that is no count (negative, not finite, more failures than trials) makes all absent.
///
/// ```
/// use sequela_stats::{Level, stratified::{Stratum, mantel_haenszel}};
/// let strata = [Stratum { exposed: (4.0, 40.0), reference: (2.0, 40.0) }];
/// assert_eq!(mantel_haenszel(&strata, Level::default()).estimate.value, Some(2.0));
/// ```
pub fn mantel_haenszel(strata: &[Stratum], level: Level) -> RiskRatio {
    let mut sums = Sums::default();
    for stratum in strata {
        if stratum.exposed.1 == 0.0 || stratum.reference.1 == 0.0 {
            continue;
        }
        let (Some(exposed), Some(reference)) =
            (checked(stratum.exposed.0, stratum.exposed.1), checked(stratum.reference.0, stratum.reference.1))
        else {
            return Sums::default().ratio(level);
        };
        sums.add(exposed, reference);
    }
    sums.ratio(level)
}

/// What the formulas sum over strata.
#[derive(Debug, Default)]
struct Sums {
    exposed: f64,
    reference: f64,
    variance: f64,
    trials: f64,
    strata: usize,
}

impl Sums {
    fn add(&mut self, (a, n1): (f64, f64), (b, n0): (f64, f64)) {
        let (failures, all) = (a + b, n1 + n0);
        if failures <= 0.0 {
            return;
        }
        self.exposed += a * n0 / all;
        self.reference += b * n1 / all;
        self.variance += (failures * n1 * n0 - a * b * all) / (all * all);
        self.trials += all;
        self.strata += 1;
    }

    fn ratio(&self, level: Level) -> RiskRatio {
        let n = self.trials.round() as u64;
        let mut estimate = Estimate::none(n, MANTEL_HAENSZEL);
        estimate.value = (self.reference > 0.0).then(|| self.exposed / self.reference);
        let Some(ratio) = estimate.value.filter(|ratio| *ratio > 0.0) else {
            return RiskRatio { estimate, p_value: None, strata: self.strata };
        };
        let error = (self.variance / (self.exposed * self.reference)).max(0.0).sqrt();
        let half = normal_half_width(level) * error;
        (estimate.lower, estimate.upper) = (Some(ratio * (-half).exp()), Some(ratio * half.exp()));
        let p_value = (error > 0.0).then(|| erf::erfc(ratio.ln().abs() / error / std::f64::consts::SQRT_2));
        RiskRatio { estimate, p_value, strata: self.strata }
    }
}
