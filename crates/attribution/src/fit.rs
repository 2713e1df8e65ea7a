//! Parameters given probabilities, and both in turn until nothing moves (method, section 3; ranking, section 1).

use rayon::prelude::*;

use crate::background::{Background, Shapes};
use crate::chains::{self, FollowUps};
use crate::expectation::{Expectation, Parameters, Shares, Tally};
use crate::exposure::{Exposure, leads};
use crate::factors::Factors;
use crate::fixed::{number, numbers};
use crate::kernel::{Grid, PRIOR_WEIGHT};
use crate::marks::Ratios;
use crate::problem::{Label, Problem, RELATIONS, hours};

/// Weights of relations before anything is known, the own service first.
pub(crate) const RELATION_PRIOR: [f64; RELATIONS] = [1.0, 0.2, 0.05, 0.02];
pub(crate) const RELATION_WEIGHT: f64 = 10.0;
const CLASS_WEIGHT: f64 = 10.0;
/// Bins of the lag that are compared with: the first, where nearly every deployment is exposed.
const FIRST_BINS: usize = 10;
/// Shapes are fitted in every fifth iteration, from the tenth.
const SHAPES_EVERY: usize = 5;
const LEAST_ITERATIONS: usize = 11;

/// How ready the model is to take a gathering of incidents for background (ranking, item 5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sensitivity {
    /// Blames less; without a placebo run the only choice.
    #[default]
    Conservative,
    /// Blames more, where placebo data show that little is blamed in vain.
    Normal,
}

impl Sensitivity {
    /// Name, for tables.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Conservative => "conservative",
            Self::Normal => "normal",
        }
    }

    const fn shapes(self) -> Shapes {
        match self {
            Self::Conservative => Shapes { rates: (0.3, 5.0), levels: (1.0, 20.0) },
            Self::Normal => Shapes { rates: (1.0, 5.0), levels: (5.0, 20.0) },
        }
    }
}

/// How a fit is made.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Sensitivity.
    pub sensitivity: Sensitivity,
    /// Stops when the likelihood moves by less than this share of itself.
    pub tolerance: f64,
    /// Most iterations.
    pub iterations: usize,
    /// Too few data to learn the kernel: the prior stays.
    pub fixed_kernel: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { sensitivity: Sensitivity::default(), tolerance: 1e-6, iterations: 80, fixed_kernel: false }
    }
}

/// A fitted model.
#[derive(Debug)]
pub struct Fit {
    /// How it was made.
    pub settings: Settings,
    /// Bins.
    pub grid: Grid,
    /// Parameters of the last pass.
    pub parameters: Parameters,
    /// Factors after the last pass.
    pub factors: Factors,
    /// Masses of the kernel in the last pass.
    pub masses: Vec<f64>,
    /// Probabilities of each incident, in the order of service and time.
    pub shares: Vec<Shares>,
    /// Probability that a deployment caused it, chains included.
    pub caused: Vec<f64>,
    /// Incidents that each sorted row is held to have caused.
    pub expected: Vec<f64>,
    /// Passes made.
    pub iterations: usize,
    /// Objective after each pass.
    pub objective: Vec<f64>,
    /// Exposure sums of the last maximisation: classes, kernel and whole must agree.
    pub balance: [f64; 2],
}

impl Fit {
    /// Share of all incidents that a deployment caused, chains included; NaN without incidents.
    pub fn share(&self) -> f64 {
        self.caused.iter().sum::<f64>() / self.caused.len() as f64
    }

    /// Looks at candidates under the parameters of the last pass.
    pub fn expectation<'a>(&'a self, problem: &'a Problem) -> Expectation<'a> {
        Expectation { problem, grid: &self.grid, parameters: &self.parameters }
    }
}

/// Fits the model.
pub fn fit(problem: &Problem, settings: Settings) -> Fit {
    let mut state = State::new(problem, settings);
    let mut objective: Vec<f64> = Vec::new();
    let mut iteration = 0;
    loop {
        let parameters = state.parameters();
        let (shares, tally) = Expectation { problem, grid: &state.grid, parameters: &parameters }.pass();
        let masses = state.masses.clone();
        let now = state.maximise(problem, &parameters, &tally, iteration);
        let settled = objective.last().is_some_and(|before| (now - before).abs() < settings.tolerance * now.abs());
        objective.push(now);
        iteration += 1;
        if (iteration >= LEAST_ITERATIONS && settled) || iteration >= settings.iterations {
            let caused = chains::caused(problem, &shares);
            let State { grid, factors, balance, .. } = state;
            let expected = numbers(&tally.caused);
            return Fit {
                settings,
                grid,
                parameters,
                factors,
                masses,
                shares,
                caused,
                expected,
                iterations: iteration,
                objective,
                balance,
            };
        }
    }
}

/// Parameters while they are being fitted, and what never changes.
struct State<'p> {
    problem: &'p Problem,
    settings: Settings,
    grid: Grid,
    exposure: Exposure,
    /// Which relations lead anywhere, by sorted row.
    leads: Vec<[f64; RELATIONS]>,
    /// Services with any event.
    active: Vec<bool>,
    labelled: f64,
    followed: f64,
    factors: Factors,
    relations: [f64; RELATIONS],
    masses: Vec<f64>,
    classes: [f64; 2],
    ratios: Ratios,
    background: Background,
    follow_ups: FollowUps,
    known: f64,
    balance: [f64; 2],
}

impl<'p> State<'p> {
    fn new(problem: &'p Problem, settings: Settings) -> Self {
        let grid = Grid::new(&problem.window);
        let active = problem.active();
        let is_labelled = |label: &&Label| matches!(label, Label::Deployment(_));
        let left = |at: &&i64| problem.window.follow_up.min(problem.span - hours(**at)) > 0.0;
        Self {
            exposure: Exposure::new(problem, &grid),
            leads: leads(problem),
            labelled: problem.incidents.label.iter().filter(is_labelled).count() as f64,
            followed: problem.incidents.at.iter().filter(left).count() as f64,
            factors: Factors::new(problem),
            relations: RELATION_PRIOR,
            masses: grid.prior.clone(),
            classes: [1.0; 2],
            ratios: Ratios::default(),
            background: Background::new(problem, &active, 2.0),
            follow_ups: FollowUps::default(),
            known: 0.0,
            balance: [0.0; 2],
            problem,
            settings,
            grid,
            active,
        }
    }

    fn parameters(&self) -> Parameters {
        Parameters {
            alpha: self.factors.expected(self.problem),
            relations: self.relations,
            curve: self.grid.curve(&self.masses),
            classes: self.classes,
            ratios: self.ratios.clone(),
            background: self.background.clone(),
            follow_ups: self.follow_ups.clone(),
            labelled: self.known,
        }
    }

    /// New parameters; returns the objective of the old ones.
    fn maximise(&mut self, problem: &Problem, parameters: &Parameters, tally: &Tally, iteration: usize) -> f64 {
        let fit_shapes = iteration > SHAPES_EVERY && iteration.is_multiple_of(SHAPES_EVERY);
        let cumulative = self.grid.cumulative(&self.masses);
        let exposed: Vec<(f64, f64)> =
            (0..problem.rows.len()).into_par_iter().map(|row| self.exposure.of(row, &self.masses, &cumulative, self.classes)).collect();
        let whole: Vec<f64> =
            exposed.par_iter().zip(&self.leads).map(|((own, related), leads)| self.reached(*own, *related, leads)).collect();
        let alike = &problem.alike;
        self.factors.update(alike, &alike.sums(&numbers(&tally.caused)), &alike.sums(&whole), fit_shapes);
        let products = self.factors.products_by_kind(alike);
        let caused = alike.spread(&products.into_iter().map(|product| self.factors.common * product).collect::<Vec<_>>());
        self.update_relations(tally, &exposed, &caused);
        self.update_lags(tally, &caused);
        let shapes = fit_shapes.then(|| self.settings.sensitivity.shapes());
        self.background.update(problem, &self.active, &numbers(&tally.hours), &numbers(&tally.cells), shapes);
        self.follow_ups.update(tally.follow_ups.map(number), self.followed);
        self.ratios.update(&tally.marked.map(|marks| marks.map(number)), &tally.pairs.map(|marks| marks.map(|count| count as f64)));
        self.known = if self.labelled > 0.0 { (self.labelled / (number(tally.causes) + 1e-9)).min(0.95) } else { 0.0 };
        let compensator: f64 = parameters.alpha.iter().zip(&whole).map(|(alpha, exposure)| alpha * exposure).sum();
        number(tally.likelihood) - self.background.expected(problem.span) - compensator
    }

    /// Exposure of a row on its own service and, by the weights of relations, on others.
    fn reached(&self, own: f64, related: f64, leads: &[f64; RELATIONS]) -> f64 {
        own * leads[0] * self.relations[0] + related * self.related(leads)
    }

    fn related(&self, leads: &[f64; RELATIONS]) -> f64 {
        (1..RELATIONS).map(|relation| self.relations[relation] * leads[relation]).sum()
    }

    fn update_relations(&mut self, tally: &Tally, exposed: &[(f64, f64)], caused: &[f64]) {
        for relation in 1..RELATIONS {
            let rows = exposed.iter().zip(caused).zip(&self.leads);
            let exposure: f64 = rows.map(|(((_, related), caused), leads)| caused * related * leads[relation]).sum();
            let prior = RELATION_PRIOR[relation] * RELATION_WEIGHT;
            self.relations[relation] = (number(tally.relations[relation]) + prior) / (exposure + RELATION_WEIGHT);
        }
    }

    /// Classes and kernel, both by what was exposed to them.
    fn update_lags(&mut self, tally: &Tally, caused: &[f64]) {
        let weights = |row: usize| (caused[row] * self.leads[row][0] * self.relations[0], caused[row] * self.related(&self.leads[row]));
        let totals = self.exposure.totals(&self.masses, self.classes, weights);
        self.balance = [
            (0..2).map(|class| self.classes[class] * totals.classes[class]).sum(),
            self.masses.iter().zip(&totals.bins).map(|(mass, exposure)| mass * exposure).sum(),
        ];
        self.classes = classes(tally.classes.map(number), totals.classes);
        if self.settings.fixed_kernel {
            return;
        }
        let first = totals.bins[..FIRST_BINS].iter().sum::<f64>() / FIRST_BINS as f64;
        let seen = |exposure: &f64| (exposure / first.max(1e-12)).max(1e-3);
        let held = numbers(&tally.bins).into_iter().zip(&self.grid.prior).map(|(held, prior)| held + PRIOR_WEIGHT * prior);
        let held: Vec<f64> = held.zip(&totals.bins).map(|(held, exposure)| held / seen(exposure)).collect();
        self.masses = self.grid.masses(&held);
    }
}

/// Factors of the newest and of superseded deployments: drawn towards one, never rising, one on average by exposure.
fn classes(caused: [f64; 2], exposure: [f64; 2]) -> [f64; 2] {
    let class = |class: usize| (caused[class] + CLASS_WEIGHT) / (exposure[class] + CLASS_WEIGHT);
    let mut factors = [class(0), class(1)];
    if factors[1] > factors[0] {
        let pooled = (caused[0] + caused[1] + 2.0 * CLASS_WEIGHT) / (exposure[0] + exposure[1] + 2.0 * CLASS_WEIGHT);
        factors = [pooled; 2];
    }
    let mean = (factors[0] * exposure[0] + factors[1] * exposure[1]) / (exposure[0] + exposure[1]).max(1e-12);
    if mean > 0.0 { factors.map(|factor| factor / mean) } else { [1.0; 2] }
}
