//! Draws from the normal, gamma, beta and Dirichlet distributions, on counter-based random numbers.
//!
//! A draw by rejection takes as many uniform numbers as it needs. A [`Variates`] counts them within one stream of [`crate::rng`], so
//! that what one use takes never shifts the draws of another.

use crate::rng;

/// Draws of one stream, in their order.
///
/// ```
/// use sequela_stats::variate::Variates;
/// let mut draws = Variates::new(7, 0);
/// let share = draws.beta(28.0, 2.5);
/// assert!(share > 0.0 && share < 1.0);
/// assert_eq!(share, Variates::new(7, 0).beta(28.0, 2.5));
/// ```
#[derive(Clone, Debug)]
pub struct Variates {
    seed: u64,
    stream: u64,
    index: u64,
}

impl Variates {
    /// The draws of a stream under a seed, from the first.
    pub const fn new(seed: u64, stream: u64) -> Self {
        Self { seed, stream, index: 0 }
    }

    /// Uniform on [0, 1).
    pub const fn uniform(&mut self) -> f64 {
        let bits = rng::stream(self.seed, self.stream, self.index);
        self.index += 1;
        rng::uniform(bits)
    }

    /// Standard normal, by the polar method (Marsaglia and Bray 1964); the second of each pair is not kept.
    pub fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                return x * (-2.0 * square.ln() / square).sqrt();
            }
        }
    }

    /// Gamma with this shape, which must be positive, and scale one (Marsaglia and Tsang 2000, "A simple method for generating gamma
    /// variables"). Below one a draw of shape + 1 is multiplied by `U^(1/shape)`, which may underflow to zero.
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let below = 1.0 - self.uniform();
            return self.gamma(shape + 1.0) * below.powf(1.0 / shape);
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            let u = 1.0 - self.uniform();
            if v > 0.0 && u.ln() < 0.5 * x * x + d * (1.0 - v + v.ln()) {
                return d * v;
            }
        }
    }

    /// Beta(a, b), as a share of two gammas. Not for a and b that are both far below one: both gammas may be zero.
    pub fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (own, other) = (self.gamma(a), self.gamma(b));
        own / (own + other)
    }

    /// Dirichlet, as gammas over their sum. At least one of the weights must not be tiny.
    pub fn dirichlet(&mut self, weights: &[f64]) -> Vec<f64> {
        let gammas: Vec<f64> = weights.iter().map(|weight| self.gamma(*weight)).collect();
        let sum: f64 = gammas.iter().sum();
        gammas.into_iter().map(|gamma| gamma / sum).collect()
    }

    /// A place in the list, with probability in proportion to its weight.
    pub fn place(&mut self, weights: &[f64]) -> usize {
        let mut left = self.uniform() * weights.iter().sum::<f64>();
        for (place, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return place;
            }
        }
        weights.len().saturating_sub(1)
    }
}
