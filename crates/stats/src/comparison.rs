//! Which teams differ from the organisation, without a league table of noise.
//!
//! The worst raw rate belongs, as a rule, to a team with few deployments. Two answers are given instead. *How large is this
//! team's rate?* is answered by shrinking towards the organisation as far as the data of all teams tell (beta-binomial
//! model). *Can chance explain it?* is answered by exact binomial limits about the pooled rate (funnel). They are different
//! questions and may give different answers; neither is a rank.

use rayon::prelude::*;
use statrs::function::beta::ln_beta;

use crate::{
    Estimate, Level,
    distribution::{Odds, beta_tails, invert_mixture},
    proportion::{self, FUNNEL_TAIL, checked, funnel_counts, rounded},
};

/// Name of the shrunk rates in `Estimate::method`.
pub const BETA_BINOMIAL: &str = "beta-binomial, integrated";

const GRID: usize = 24;
/// The range of the prior strength s, in deployments, and of its log-normal prior.
const STRENGTH: (f64, f64) = (3.0, 3000.0);
const STRENGTH_CENTRE: f64 = 30.0;
const STRENGTH_SPREAD: f64 = 1.5;
/// How far the mean may lie from the pooled rate, in log odds.
const MEAN_REACH: f64 = 1.5;
/// Cells of the grid below this posterior weight are left out; all of them together weigh less than 1e-10.
const NEGLIGIBLE: f64 = 1e-13;
/// The same in one of many draws; all of them together weigh less than 0.001.
const NEGLIGIBLE_IN_A_DRAW: f64 = 1e-6;

/// The comparison of all teams.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The pooled rate of all teams, with its Jeffreys interval; the line that teams are held against.
    pub organisation: Estimate,
    /// One per team, in the order of the input.
    pub teams: Vec<Standing>,
}

/// Where one team stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// The raw rate with its Jeffreys interval; not for ranking.
    pub raw: Estimate,
    /// The shrunk rate: posterior mean and equal-tailed interval.
    pub shrunk: Estimate,
    /// Posterior probability that the team's rate exceeds the pooled rate; accurate to 1e-10, so that far smaller ones say no more.
    pub p_worse_than_org: Option<f64>,
    /// Against the exact binomial limits 0.001 and 0.999 about the pooled rate; absent without deployments.
    pub funnel: Option<Funnel>,
}

/// The verdict of the funnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Funnel {
    /// Chance can explain the difference.
    Inside,
    /// More failures than the upper limit.
    Above,
    /// Fewer failures than the lower limit.
    Below,
}

impl Funnel {
    /// The word of the tables: `inside`, `above`, `below`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inside => "inside",
            Self::Above => "above",
            Self::Below => "below",
        }
    }
}

/// Compares teams by (failures, trials); failures may be fractional (sums of probabilities).
///
/// Model: `kᵢ ~ Binomial(nᵢ, θᵢ)`, `θᵢ ~ Beta(s m, s (1 − m))`, with s and m *integrated* on a 24 × 24 grid: ln s from ln 3 to
/// ln 3000 with prior N(ln 30, 1.5²), logit m within ±1.5 of the pooled rate with a flat prior (the pooled rate is
/// `(Σk + ½) / (Σn + 1)` for placing the grid, so that it works without any failure). Given s and m a team's rate is Beta(s m + k,
/// s (1 − m) + n − k); the shrunk rate, its interval and `p_worse_than_org` are those of the mixture over the grid. Unlike the
/// plug-in estimate (Efron and Morris 1975; Casella 1985) it counts the doubt about s and m.
///
/// Measured on planted rates that are not of the model's family (log-uniform between 2 and 20 %, 20 to 500 deployments per
/// team): the 90 % interval covers 87 % for one team, 88–89 % for 4 and 8, 90 % for 40; the mean absolute error is 0.019 to
/// 0.020 against 0.022 of the raw rates with 4 teams and more.
///
/// A fractional count is treated as if it had been seen; [`compare_draws`] counts the doubt about it as well. A team without deployments gets what the others tell about it, with n = 0; a team whose input is no count
/// (negative, not finite, more failures than trials) gets nothing and does not count in the pool.
///
/// ```
/// use sequela_stats::{Level, comparison::{Funnel, compare}};
/// let result = compare(&[(2.0, 10.0), (30.0, 100.0), (20.0, 900.0)], Level::default());
/// let small = result.teams[0];
/// assert!(small.shrunk.value < small.raw.value); // pulled towards the organisation
/// assert_eq!(small.funnel, Some(Funnel::Inside));
/// assert_eq!(result.teams[1].funnel, Some(Funnel::Above));
/// ```
pub fn compare(teams: &[(f64, f64)], level: Level) -> Comparison {
    let organisation = pooled(teams, level);
    let cells = cells(teams, 1.0);
    let teams = teams.par_iter().map(|&team| standing(team, &organisation, &[(cells.as_slice(), team)], level)).collect();
    Comparison { organisation, teams }
}

/// Compares teams whose failures are drawn: `draws` holds the failures of all teams in each draw, in the order of `expected`, which
/// holds (expected failures, trials).
///
/// Each draw is compared as if it had been seen; shrunk rates, intervals and `p_worse_than_org` are those of the mixture. Raw rates
/// and the funnel are those of the expected failures. Without draws it is [`compare`].
pub fn compare_draws(expected: &[(f64, f64)], draws: &[Vec<f64>], level: Level) -> Comparison {
    if draws.is_empty() {
        return compare(expected, level);
    }
    let weight = 1.0 / draws.len() as f64;
    let counted = |draw: &Vec<f64>| -> Vec<(f64, f64)> { draw.iter().zip(expected).map(|(k, (_, n))| (k.min(*n), *n)).collect() };
    let drawn: Vec<Vec<(f64, f64)>> = draws.iter().map(counted).collect();
    let of_draws: Vec<Vec<Cell>> = drawn.iter().map(|teams| cells(teams, weight)).collect();
    let organisation = pooled(expected, level);
    let stand = |team: usize| {
        let parts: Vec<(&[Cell], (f64, f64))> = of_draws.iter().zip(&drawn).map(|(cells, teams)| (cells.as_slice(), teams[team])).collect();
        standing(expected[team], &organisation, &parts, level)
    };
    Comparison { teams: (0..expected.len()).into_par_iter().map(stand).collect(), organisation }
}

fn usable(teams: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut usable: Vec<(f64, f64)> = teams.iter().filter_map(|&(failures, trials)| checked(failures, trials)).collect();
    usable.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.total_cmp(&right.1)));
    usable
}

fn pooled(teams: &[(f64, f64)], level: Level) -> Estimate {
    let usable = usable(teams);
    proportion::jeffreys(usable.iter().map(|team| team.0).sum(), usable.iter().map(|team| team.1).sum(), level)
}

/// A team's standing: `parts` are the posteriors of s and m with what the team itself showed, one for each draw.
fn standing(seen: (f64, f64), organisation: &Estimate, parts: &[(&[Cell], (f64, f64))], level: Level) -> Standing {
    let (failures, trials) = seen;
    let raw = proportion::jeffreys(failures, trials, level);
    let idle = (failures == 0.0 && trials == 0.0).then_some((0.0, 0.0));
    let (Some(pooled), Some((k, n))) = (organisation.value, checked(failures, trials).or(idle)) else {
        return Standing { raw, shrunk: Estimate::none(raw.n, BETA_BINOMIAL), p_worse_than_org: None, funnel: None };
    };
    let of_draw = |(cells, (k, n)): &(&[Cell], (f64, f64))| -> Vec<(f64, f64, f64)> {
        cells.iter().map(|cell| (cell.weight, cell.alpha + k, cell.beta + n - k)).collect()
    };
    let parts: Vec<(f64, f64, f64)> = parts.iter().flat_map(of_draw).collect();
    let mirrored: Vec<(f64, f64, f64)> = parts.iter().map(|&(weight, a, b)| (weight, b, a)).collect();
    let shrunk = Estimate {
        value: Some(parts.iter().map(|(weight, a, b)| weight * a / (a + b)).sum()),
        lower: Some(invert_mixture(level.tail(), &parts).share),
        upper: Some(invert_mixture(level.tail(), &mirrored).complement),
        n: raw.n,
        method: BETA_BINOMIAL,
    };
    let p_worse = parts.iter().map(|&(weight, a, b)| weight * beta_tails(a, b, Odds::of_share(pooled)).upper).sum();
    Standing { raw, shrunk, p_worse_than_org: Some(p_worse), funnel: funnel(k, rounded(n), pooled) }
}

/// The posterior of s and m from what all teams showed; weights sum to `share`. Where the whole is a mixture of many, cells that do not
/// show in it are left out.
fn cells(teams: &[(f64, f64)], share: f64) -> Vec<Cell> {
    let usable = usable(teams);
    let (failures, trials) = usable.iter().fold((0.0, 0.0), |(k, n), team| (k + team.0, n + team.1));
    let negligible = if share < 1.0 { NEGLIGIBLE_IN_A_DRAW } else { NEGLIGIBLE };
    let mut cells = posterior(&usable, logit((failures + 0.5) / (trials + 1.0)), negligible);
    let whole: f64 = cells.iter().map(|cell| cell.weight).sum();
    let scale = if share < 1.0 { share / whole } else { 1.0 };
    cells.iter_mut().for_each(|cell| cell.weight *= scale);
    cells
}

/// One cell of the grid: Beta(alpha, beta) as prior of the teams, and its posterior weight.
#[derive(Debug, Clone, Copy)]
struct Cell {
    alpha: f64,
    beta: f64,
    weight: f64,
}

fn posterior(teams: &[(f64, f64)], centre: f64, negligible: f64) -> Vec<Cell> {
    let indices: Vec<(usize, usize)> = (0..GRID).flat_map(|row| (0..GRID).map(move |column| (row, column))).collect();
    let weighed: Vec<Cell> = indices.par_iter().map(|&(row, column)| weigh(row, column, centre, teams)).collect();
    let highest = weighed.iter().map(|cell| cell.weight).fold(f64::NEG_INFINITY, f64::max);
    let relative: Vec<Cell> = weighed.into_iter().map(|cell| Cell { weight: (cell.weight - highest).exp(), ..cell }).collect();
    let total: f64 = relative.iter().map(|cell| cell.weight).sum();
    let cells = relative.into_iter().map(|cell| Cell { weight: cell.weight / total, ..cell });
    cells.filter(|cell| cell.weight >= negligible).collect()
}

/// A cell with the logarithm of its posterior weight, up to a constant.
fn weigh(row: usize, column: usize, centre: f64, teams: &[(f64, f64)]) -> Cell {
    let log_strength = on_grid(STRENGTH.0.ln(), STRENGTH.1.ln(), row);
    let log_odds = on_grid(centre - MEAN_REACH, centre + MEAN_REACH, column);
    let strength = log_strength.exp();
    let alpha = strength / (1.0 + (-log_odds).exp());
    let beta = strength / (1.0 + log_odds.exp());
    let prior = -0.5 * ((log_strength - STRENGTH_CENTRE.ln()) / STRENGTH_SPREAD).powi(2);
    let own = ln_beta(alpha, beta);
    let likelihood: f64 = teams.iter().map(|(k, n)| ln_beta(alpha + k, beta + n - k) - own).sum();
    Cell { alpha, beta, weight: prior + likelihood }
}

fn on_grid(first: f64, last: f64, index: usize) -> f64 {
    first + (last - first) * index as f64 / (GRID - 1) as f64
}

fn logit(share: f64) -> f64 {
    (share / (1.0 - share)).ln()
}

fn funnel(failures: f64, trials: u64, pooled: f64) -> Option<Funnel> {
    let (low, high) = funnel_counts(pooled, trials, FUNNEL_TAIL)?;
    Some(if failures > high as f64 {
        Funnel::Above
    } else if failures < low as f64 {
        Funnel::Below
    } else {
        Funnel::Inside
    })
}
