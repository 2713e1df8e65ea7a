//! How much more or less often a deployment fails than others: one factor per level of each property, drawn towards one.

use crate::problem::Problem;
use crate::shape::likeliest;

/// A deployment causes at most so many incidents on its service.
const MOST: f64 = 3.0;
/// Prior of the common level: one incident in twenty deployments.
const PRIOR_DEPLOYMENTS: f64 = 20.0;
/// Least and most of a shape.
const SHAPES: (f64, f64) = (2.0, 20.0);

/// Expected incidents per deployment, as a product.
#[derive(Clone, Debug)]
pub struct Factors {
    /// Common level.
    pub common: f64,
    /// By property and level.
    pub levels: Vec<Vec<f64>>,
    /// By property: how little its levels differ.
    pub shapes: Vec<f64>,
}

impl Factors {
    /// All levels alike.
    pub fn new(problem: &Problem) -> Self {
        let factors = &problem.deployments.factors;
        Self { common: 0.05, levels: factors.iter().map(|factor| vec![1.0; factor.count]).collect(), shapes: vec![3.0; factors.len()] }
    }

    /// Product of the levels of each sorted row, without the common level.
    pub fn products(&self, problem: &Problem) -> Vec<f64> {
        let mut products = vec![1.0; problem.rows.len()];
        for (factor, levels) in problem.deployments.factors.iter().zip(&self.levels) {
            for (product, row) in products.iter_mut().zip(&problem.rows) {
                *product *= levels[factor.levels[*row as usize] as usize];
            }
        }
        products
    }

    /// Expected incidents on the own service of each sorted row.
    pub fn expected(&self, problem: &Problem) -> Vec<f64> {
        self.products(problem).into_iter().map(|product| (self.common * product).min(MOST)).collect()
    }

    /// New levels from the incidents that each sorted row is held to have caused and from what it was exposed to; one property after
    /// the other, each rescaled so that its mean by exposure stays one. Shapes are fitted where asked.
    pub fn update(&mut self, problem: &Problem, caused: &[f64], exposure: &[f64], fit_shapes: bool) {
        let products = self.products(problem);
        let exposed: f64 = products.iter().zip(exposure).map(|(product, exposure)| product * exposure).sum();
        self.common = (caused.iter().sum::<f64>() + 1.0) / (exposed + PRIOR_DEPLOYMENTS);
        for place in 0..self.levels.len() {
            self.update_levels(problem, place, caused, exposure, fit_shapes);
        }
    }

    fn update_levels(&mut self, problem: &Problem, place: usize, caused: &[f64], exposure: &[f64], fit_shapes: bool) {
        let (counts, expected) = self.by_level(problem, place, caused, exposure);
        if fit_shapes {
            self.shapes[place] = likeliest(&counts, &expected, SHAPES.0, SHAPES.1);
        }
        let shape = self.shapes[place];
        let mut levels: Vec<f64> = counts.iter().zip(&expected).map(|(count, expected)| (shape + count) / (shape + expected)).collect();
        let mean = levels.iter().zip(&expected).map(|(level, expected)| level * expected).sum::<f64>() / expected.iter().sum::<f64>();
        if mean.is_finite() && mean > 0.0 {
            levels.iter_mut().for_each(|level| *level /= mean);
            self.common *= mean;
        }
        self.levels[place] = levels;
    }

    /// What each level of a property caused, and would be expected to cause if it were like the others.
    pub fn by_level(&self, problem: &Problem, place: usize, caused: &[f64], exposure: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let own = &problem.deployments.factors[place];
        let (mut counts, mut expected) = (vec![0.0; own.count], vec![0.0; own.count]);
        for (sorted, row) in problem.rows.iter().enumerate() {
            let row = *row as usize;
            let mut weight = self.common * exposure[sorted];
            for (other, levels) in self.levels.iter().enumerate().filter(|(other, _)| *other != place) {
                weight *= levels[problem.deployments.factors[other].levels[row] as usize];
            }
            let level = own.levels[row] as usize;
            counts[level] += caused[sorted];
            expected[level] += weight;
        }
        (counts, expected)
    }
}
