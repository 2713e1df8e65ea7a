//! How much more or less often a deployment fails than others: one factor per level of each property, drawn towards one.

use crate::alike::Alike;
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
        problem.alike.spread(&self.products_by_kind(&problem.alike))
    }

    /// The same by kind of alike rows.
    pub(crate) fn products_by_kind(&self, alike: &Alike) -> Vec<f64> {
        let mut products = vec![1.0; alike.count()];
        for (own, levels) in alike.levels.iter().zip(&self.levels) {
            products.iter_mut().zip(own).for_each(|(product, level)| *product *= levels[*level as usize]);
        }
        products
    }

    /// Expected incidents on the own service of each sorted row.
    pub fn expected(&self, problem: &Problem) -> Vec<f64> {
        let products = self.products_by_kind(&problem.alike);
        let capped: Vec<f64> = products.into_iter().map(|product| (self.common * product).min(MOST)).collect();
        problem.alike.spread(&capped)
    }

    /// New levels from the incidents that each kind is held to have caused and from what it was exposed to; one property after the
    /// other, each rescaled so that its mean by exposure stays one. Shapes are fitted where asked.
    pub(crate) fn update(&mut self, alike: &Alike, caused: &[f64], exposure: &[f64], fit_shapes: bool) {
        let products = self.products_by_kind(alike);
        let exposed: f64 = products.iter().zip(exposure).map(|(product, exposure)| product * exposure).sum();
        self.common = (caused.iter().sum::<f64>() + 1.0) / (exposed + PRIOR_DEPLOYMENTS);
        for place in 0..self.levels.len() {
            self.update_levels(alike, place, caused, exposure, fit_shapes);
        }
    }

    fn update_levels(&mut self, alike: &Alike, place: usize, caused: &[f64], exposure: &[f64], fit_shapes: bool) {
        let (counts, expected) = self.by_level(alike, place, caused, exposure);
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

    /// What each level of a property caused, and would be expected to cause if it were like the others; from sums by kind.
    pub(crate) fn by_level(&self, alike: &Alike, place: usize, caused: &[f64], exposure: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let (mut counts, mut expected) = (vec![0.0; self.levels[place].len()], vec![0.0; self.levels[place].len()]);
        for (kind, level) in alike.levels[place].iter().enumerate() {
            let mut weight = self.common * exposure[kind];
            for (other, levels) in self.levels.iter().enumerate().filter(|(other, _)| *other != place) {
                weight *= levels[alike.levels[other][kind] as usize];
            }
            counts[*level as usize] += caused[kind];
            expected[*level as usize] += weight;
        }
        (counts, expected)
    }
}
