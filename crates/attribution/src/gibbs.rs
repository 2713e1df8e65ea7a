//! Who caused what, drawn again and again: the doubt that a fit does not show (method, section 5).
//!
//! A fit gives each incident probabilities as if its parameters were known. Here causes are drawn given parameters and parameters given
//! causes, in turn, from the fit on (Gibbs sampling of the latent branching, as in Rasmussen 2013). Hour-of-week profile, levels of the
//! weeks, lags of follow-ups and the factor of superseded deployments stay those of the fit, as do the exposures.
//!
//! Each incident draws from its own (seed, sweep, incident), so that any number of threads gives the same draws.

use rayon::prelude::*;
use sequela_stats::rng;
use sequela_stats::variate::Variates;

use crate::expectation::{Expectation, Parameters, Suspect};
use crate::exposure::{Exposure, leads};
use crate::factors::Factors;
use crate::fit::{Fit, RELATION_PRIOR, RELATION_WEIGHT};
use crate::kernel::PRIOR_WEIGHT;
use crate::marks::{STRATA, stratum};
use crate::problem::{Label, Problem, RELATIONS};
use crate::shape::{candidates, log_likelihood};

/// Shapes of the factors are drawn among so many between these.
const SHAPES: (f64, f64, usize) = (0.5, 30.0, 30);
/// Keeps every bin of the kernel possible.
const LEAST_WEIGHT: f64 = 1e-3;
/// Incidents of one task.
const PART: usize = 256;
/// What the draws of incidents and of parameters are for, as part of their seeds.
const CAUSES: u64 = u64::from_be_bytes(*b"gb-cause");
const PARAMETERS: u64 = u64::from_be_bytes(*b"gb-param");

/// How many draws, and which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sampling {
    /// Sweeps over all incidents.
    pub sweeps: usize,
    /// Sweeps at the beginning that are not kept.
    pub burn_in: usize,
    /// Seed.
    pub seed: u64,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { sweeps: 150, burn_in: 50, seed: 1 }
    }
}

impl Sampling {
    /// Draws that are kept.
    pub const fn kept(&self) -> usize {
        self.sweeps.saturating_sub(self.burn_in)
    }
}

/// One draw of who caused what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawn {
    /// Sorted rows that caused an incident directly, each once, ascending: a follow-up of an incident is no further failure.
    pub failed: Vec<u32>,
    /// Whether a deployment caused the incident, directly or through the incident that it follows; in the order of service and time.
    pub caused: Vec<bool>,
}

/// Hands each kept draw to `visit`. Nothing of a draw is kept.
pub fn sample(problem: &Problem, fit: &Fit, sampling: Sampling, mut visit: impl FnMut(&Drawn)) {
    let mut state = State::new(problem, fit);
    for sweep in 0..sampling.sweeps {
        let causes = state.causes(sampling.seed, sweep);
        state.update(&causes, &mut Variates::new(rng::stream(sampling.seed, PARAMETERS, 0), sweep as u64));
        if sweep >= sampling.burn_in {
            visit(&Drawn { failed: failed(&causes), caused: caused(problem, &causes) });
        }
    }
}

/// What caused an incident, in one draw.
#[derive(Clone, Copy, Debug)]
enum Cause {
    Background,
    FollowUp,
    Deployment(Suspect),
}

fn failed(causes: &[Cause]) -> Vec<u32> {
    let row = |cause: &Cause| if let Cause::Deployment(suspect) = cause { Some(suspect.row) } else { None };
    let mut failed: Vec<u32> = causes.iter().filter_map(row).collect();
    failed.sort_unstable();
    failed.dedup();
    failed
}

/// The incident before stands before.
fn caused(problem: &Problem, causes: &[Cause]) -> Vec<bool> {
    let mut caused: Vec<bool> = Vec::with_capacity(causes.len());
    for (incident, cause) in causes.iter().enumerate() {
        caused.push(match cause {
            Cause::Background => false,
            Cause::Deployment(_) => true,
            Cause::FollowUp => problem.previous[incident].is_some_and(|previous| caused[previous as usize]),
        });
    }
    caused
}

/// Counts of one draw.
struct Counts {
    caused: Vec<f64>,
    causes: f64,
    bins: Vec<f64>,
    relations: [f64; RELATIONS],
    marked: [[f64; 2]; STRATA],
    background: Vec<f64>,
    follow_ups: f64,
}

/// Parameters of the current sweep, and what never changes.
struct State<'p> {
    problem: &'p Problem,
    fit: &'p Fit,
    leads: Vec<[f64; RELATIONS]>,
    /// Exposure of each sorted row on its own service and on related ones, under the fit.
    exposed: Vec<(f64, f64)>,
    services: f64,
    labelled: f64,
    /// Pairs by stratum and mark.
    pairs: [[f64; 2]; STRATA],
    factors: Factors,
    parameters: Parameters,
}

impl<'p> State<'p> {
    fn new(problem: &'p Problem, fit: &'p Fit) -> Self {
        let exposure = Exposure::new(problem, &fit.grid);
        let cumulative = fit.grid.cumulative(&fit.masses);
        let exposed = (0..problem.rows.len()).map(|row| exposure.of(row, &fit.masses, &cumulative, fit.parameters.classes)).collect();
        let (_, tally) = fit.expectation(problem).pass();
        let is_labelled = |label: &&Label| matches!(label, Label::Deployment(_));
        Self {
            leads: leads(problem),
            exposed,
            services: problem.active().iter().filter(|active| **active).count().max(1) as f64,
            labelled: problem.incidents.label.iter().filter(is_labelled).count() as f64,
            pairs: tally.pairs.map(|marks| marks.map(|count| count as f64)),
            factors: fit.factors.clone(),
            parameters: Parameters { alpha: fit.factors.expected(problem), ..fit.parameters.clone() },
            problem,
            fit,
        }
    }

    fn causes(&self, seed: u64, sweep: usize) -> Vec<Cause> {
        let expectation = Expectation { problem: self.problem, grid: &self.fit.grid, parameters: &self.parameters };
        let seed = rng::stream(seed, CAUSES, sweep as u64);
        let mut causes = vec![Cause::Background; self.problem.incidents.at.len()];
        causes.par_chunks_mut(PART).enumerate().for_each(|(chunk, causes)| {
            let mut suspects = Vec::new();
            for (offset, cause) in causes.iter_mut().enumerate() {
                let incident = chunk * PART + offset;
                let shares = expectation.weigh(incident, &mut suspects, None);
                let point = rng::uniform(rng::stream(seed, 0, incident as u64));
                *cause = pick(point, shares.background, shares.follow_up, &suspects);
            }
        });
        causes
    }

    fn update(&mut self, causes: &[Cause], draws: &mut Variates) {
        let counts = self.count(causes);
        self.draw_factors(&counts, draws);
        self.draw_relations(&counts, draws);
        if !self.fit.settings.fixed_kernel {
            self.draw_kernel(&counts, draws);
        }
        self.draw_background(&counts, draws);
        let followed = self.problem.incidents.at.len() as f64;
        self.parameters.follow_ups.rate = draws.gamma(counts.follow_ups + 1.0) / (followed + 20.0);
        self.parameters.ratios.update(&counts.marked, &self.pairs);
        if self.labelled > 0.0 {
            self.parameters.labelled = (self.labelled / counts.causes.max(1.0)).min(0.95);
        }
        self.parameters.alpha = self.factors.expected(self.problem);
    }

    fn count(&self, causes: &[Cause]) -> Counts {
        let mut counts = Counts {
            caused: vec![0.0; self.problem.rows.len()],
            causes: 0.0,
            bins: vec![0.0; self.fit.grid.bins()],
            relations: [0.0; RELATIONS],
            marked: [[0.0; 2]; STRATA],
            background: vec![0.0; self.problem.services],
            follow_ups: 0.0,
        };
        for (incident, cause) in causes.iter().enumerate() {
            match cause {
                Cause::Background => counts.background[self.problem.incidents.service[incident] as usize] += 1.0,
                Cause::FollowUp => counts.follow_ups += 1.0,
                Cause::Deployment(suspect) => self.count_suspect(suspect, &mut counts),
            }
        }
        counts
    }

    fn count_suspect(&self, suspect: &Suspect, counts: &mut Counts) {
        counts.caused[suspect.row as usize] += 1.0;
        counts.causes += 1.0;
        if let Some(mark) = suspect.rolled_back {
            counts.marked[stratum(suspect.relation, suspect.superseded)][usize::from(mark)] += 1.0;
        }
        if !suspect.outside {
            counts.bins[usize::from(suspect.bin)] += 1.0;
            counts.relations[usize::from(suspect.relation)] += 1.0;
        }
    }

    /// Common level, then one property after the other: its shape, and its levels given the shape.
    fn draw_factors(&mut self, counts: &Counts, draws: &mut Variates) {
        let relations = self.parameters.relations;
        let related = |leads: &[f64; RELATIONS]| (1..RELATIONS).map(|relation| relations[relation] * leads[relation]).sum::<f64>();
        let reached = |((own, other), leads): (&(f64, f64), &[f64; RELATIONS])| own * leads[0] * relations[0] + other * related(leads);
        let whole: Vec<f64> = self.exposed.iter().zip(&self.leads).map(reached).collect();
        let alike = &self.problem.alike;
        let (caused, whole) = (alike.sums(&counts.caused), alike.sums(&whole));
        let products = self.factors.products_by_kind(alike);
        let exposed: f64 = products.iter().zip(&whole).map(|(product, exposure)| product * exposure).sum();
        self.factors.common = draws.gamma(counts.causes + 1.0) / (exposed + 20.0);
        for place in 0..self.factors.levels.len() {
            let (caused, expected) = self.factors.by_level(alike, place, &caused, &whole);
            let shape = draw_shape(&caused, &expected, draws);
            let level = |(caused, expected): (&f64, &f64)| draws.gamma(shape + caused) / (shape + expected);
            self.factors.levels[place] = caused.iter().zip(&expected).map(level).collect();
            self.factors.shapes[place] = shape;
        }
    }

    fn draw_relations(&mut self, counts: &Counts, draws: &mut Variates) {
        let products = self.factors.products(self.problem);
        let alphas: Vec<f64> = products.into_iter().map(|product| self.factors.common * product).collect();
        for relation in 1..RELATIONS {
            let rows = self.exposed.iter().zip(&alphas).zip(&self.leads);
            let exposure: f64 = rows.map(|(((_, related), alpha), leads)| alpha * related * leads[relation]).sum();
            let prior = RELATION_PRIOR[relation] * RELATION_WEIGHT;
            self.parameters.relations[relation] = draws.gamma(counts.relations[relation] + prior) / (exposure + RELATION_WEIGHT);
        }
    }

    fn draw_kernel(&mut self, counts: &Counts, draws: &mut Variates) {
        let grid = &self.fit.grid;
        let weight = |(count, prior): (&f64, &f64)| count + PRIOR_WEIGHT * prior + LEAST_WEIGHT;
        let weights: Vec<f64> = counts.bins.iter().zip(&grid.prior).map(weight).collect();
        let mut masses = draws.dirichlet(&weights);
        grid.thin_tail(&mut masses);
        self.parameters.curve = grid.curve(&masses);
    }

    fn draw_background(&mut self, counts: &Counts, draws: &mut Variates) {
        let span = self.problem.span;
        let background = &mut self.parameters.background;
        let pooled = (counts.background.iter().sum::<f64>() / (self.services * span)).max(1e-12);
        let shape = background.shape;
        for (rate, count) in background.rates.iter_mut().zip(&counts.background) {
            *rate = draws.gamma(shape + count) / (shape / pooled + span);
        }
    }
}

/// The part of one that a point falls into: background, follow-up, then the candidates in their order.
fn pick(point: f64, background: f64, follow_up: f64, suspects: &[Suspect]) -> Cause {
    let mut left = point - background;
    if left < 0.0 {
        return Cause::Background;
    }
    left -= follow_up;
    if left < 0.0 {
        return Cause::FollowUp;
    }
    for suspect in suspects {
        left -= suspect.probability;
        if left < 0.0 {
            return Cause::Deployment(*suspect);
        }
    }
    Cause::Background
}

/// A shape by its likelihood with the levels summed out (negative binomial), equally likely before on the grid.
fn draw_shape(caused: &[f64], expected: &[f64], draws: &mut Variates) -> f64 {
    let known: Vec<(f64, f64)> = caused.iter().zip(expected).filter(|(_, expected)| **expected > 1e-6).map(|(n, e)| (*n, *e)).collect();
    let (lowest, highest, count) = SHAPES;
    let shapes: Vec<f64> = candidates(lowest, highest, count).collect();
    let logs: Vec<f64> = shapes.iter().map(|shape| log_likelihood(&known, *shape)).collect();
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = logs.iter().map(|log| (log - most).exp()).collect();
    shapes[draws.place(&weights)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suspect(row: u32, probability: f64) -> Suspect {
        Suspect { row, relation: 0, lag: 1.0, bin: 0, superseded: false, rolled_back: None, outside: false, probability }
    }

    #[test]
    fn points_fall_into_parts_in_their_order() {
        let suspects = [suspect(4, 0.25), suspect(9, 0.25)];
        let row = |point: f64| match pick(point, 0.25, 0.25, &suspects) {
            Cause::Background => -1,
            Cause::FollowUp => -2,
            Cause::Deployment(suspect) => i64::from(suspect.row),
        };
        assert_eq!([0.0, 0.2, 0.25, 0.49, 0.5, 0.74, 0.75, 0.99].map(row), [-1, -1, -2, -2, 4, 4, 9, 9]);
        assert!(
            matches!(pick(0.0, 0.0, 0.0, &[suspect(3, 1.0)]), Cause::Deployment(known) if known.row == 3),
            "a known cause is always drawn"
        );
    }

    #[test]
    fn a_deployment_of_two_incidents_fails_once() {
        let causes =
            [Cause::Deployment(suspect(7, 1.0)), Cause::Background, Cause::Deployment(suspect(2, 1.0)), Cause::Deployment(suspect(7, 1.0))];
        assert_eq!(failed(&causes), [2, 7]);
    }
}
