//! How likely a failure is to show after so much time: a density over the hours between deployment and incident.
//!
//! It is a histogram on bins that grow with time, read as a curve that is straight in the logarithms of time and density. Beyond a
//! quarter of an hour it never rises, and what lies beyond the near look-back is held thin: late suspects may be ranked but cannot
//! explain the background away (method, section 3; ranking, items 2 and 3).

use statrs::distribution::{ContinuousCDF, Normal};

use crate::problem::Window;

/// Bins in the first 72 hours, after the first two minutes.
const BINS_IN_72_HOURS: f64 = 25.0;
const FIRST_EDGE: f64 = 1.0 / 30.0;
/// Hours from which the density never rises.
const FALLING_FROM: f64 = 0.25;
/// Pseudo-incidents of the prior kernel.
pub const PRIOR_WEIGHT: f64 = 100.0;
/// Most that may lie beyond the near look-back.
pub const TAIL: f64 = 0.05;

/// Bins, prior, and where the curve is integrated.
#[derive(Debug)]
pub struct Grid {
    /// Edges of the bins in hours, from 0.
    pub edges: Vec<f64>,
    /// Widths of the bins.
    pub widths: Vec<f64>,
    /// Prior mass of the bins.
    pub prior: Vec<f64>,
    near: f64,
    /// Logarithms of the centres.
    centres: Vec<f64>,
    /// Centres in one unit of the logarithm.
    per_step: f64,
    /// Place between two centres, share of the second, and width of each step of the quadrature.
    quadrature: Vec<(usize, f64, f64)>,
}

impl Grid {
    /// The bins of a look-back.
    pub fn new(window: &Window) -> Self {
        let edges = edges(window);
        let widths: Vec<f64> = edges.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let centre = |pair: &[f64]| (pair[0].max(edges[1] / 4.0) * pair[1]).sqrt().ln();
        let centres: Vec<f64> = edges.windows(2).map(centre).collect();
        let per_step = (centres.len() - 2) as f64 / (centres[centres.len() - 1] - centres[1]);
        let mut grid = Self { per_step, prior: prior(&edges), near: window.near, widths, centres, quadrature: Vec::new(), edges };
        grid.quadrature = grid.steps();
        grid
    }

    /// Number of bins.
    pub fn bins(&self) -> usize {
        self.widths.len()
    }

    /// The bin of a lag.
    #[inline]
    pub fn bin(&self, lag: f64) -> usize {
        self.edges.partition_point(|edge| *edge <= lag).saturating_sub(1).min(self.bins() - 1)
    }

    /// Bin and the part of it that lies before a lag.
    pub fn position(&self, lag: f64) -> (usize, f64) {
        let bin = self.bin(lag);
        (bin, ((lag - self.edges[bin]) / self.widths[bin]).clamp(0.0, 1.0))
    }

    /// The two centres that a lag lies between and the share of the second.
    #[inline]
    fn between(&self, lag: f64) -> (usize, f64) {
        let log = lag.max(1e-6).ln();
        let left = self.left_of(log);
        let share = (log - self.centres[left]) / (self.centres[left + 1] - self.centres[left]);
        (left, share.clamp(0.0, 1.0))
    }

    /// The last but one centre at most, below a logarithm. Centres are nearly evenly spaced: the first guess is off by one or two.
    #[inline]
    fn left_of(&self, log: f64) -> usize {
        let last = self.centres.len() - 2;
        let mut left = ((log - self.centres[1]) * self.per_step + 1.0).clamp(0.0, last as f64) as usize;
        while left > 0 && self.centres[left] >= log {
            left -= 1;
        }
        while left < last && self.centres[left + 1] < log {
            left += 1;
        }
        left
    }

    /// Midpoints of the quadrature: eight steps in the first bin, then four hundred that grow with time.
    fn steps(&self) -> Vec<(usize, f64, f64)> {
        let (first, last) = (self.edges[1], self.edges[self.bins()]);
        let mut points = vec![0.0];
        points.extend((1..8).map(|step| first / 8.0 * f64::from(step)));
        points.extend(spaced(first.ln(), last.ln(), 400).into_iter().map(f64::exp));
        let step = |pair: &[f64]| {
            let (left, share) = self.between((pair[1] + pair[0]) / 2.0);
            (left, share, pair[1] - pair[0])
        };
        points.windows(2).map(step).collect()
    }

    /// The curve of bin masses, scaled to their sum.
    pub fn curve(&self, masses: &[f64]) -> Curve {
        let sum: f64 = masses.iter().sum();
        let floor = 1e-12 * sum / self.edges[self.bins()] + 1e-300;
        let mut logs: Vec<f64> = masses.iter().zip(&self.widths).map(|(mass, width)| (mass / width + floor).ln()).collect();
        let height = |(left, share, width): &(usize, f64, f64)| (logs[*left] * (1.0 - share) + logs[left + 1] * share).exp() * width;
        let integral: f64 = self.quadrature.iter().map(height).sum();
        let scale = (sum / integral.max(1e-300)).ln();
        logs.iter_mut().for_each(|log| *log += scale);
        Curve { logs }
    }

    /// Density at a lag, by a curve of this grid.
    #[inline]
    pub fn density(&self, curve: &Curve, lag: f64) -> f64 {
        self.density_and_bin(curve, lag).0
    }

    /// Density at a lag, and its bin: each bin holds its own centre, so that it is one of the two that the lag lies between.
    #[inline]
    pub(crate) fn density_and_bin(&self, curve: &Curve, lag: f64) -> (f64, usize) {
        let (left, share) = self.between(lag);
        let density = (curve.logs[left] * (1.0 - share) + curve.logs[left + 1] * share).exp();
        (density, left + usize::from(lag >= self.edges[left + 1]))
    }

    /// Masses from what each bin was found to hold: never rising late, summing to one, with a thin tail.
    pub fn masses(&self, held: &[f64]) -> Vec<f64> {
        let falling = self.edges.partition_point(|edge| *edge < FALLING_FROM);
        let mut masses = held[..falling].to_vec();
        masses.extend(never_rising(&held[falling..], &self.widths[falling..]));
        let sum: f64 = masses.iter().sum();
        masses.iter_mut().for_each(|mass| *mass /= sum);
        self.thin_tail(&mut masses);
        masses
    }

    /// Scales the mass beyond the near look-back down to its limit.
    pub fn thin_tail(&self, masses: &mut [f64]) {
        let tail = |bin: usize| self.edges[bin] >= self.near * 0.9999;
        let beyond: f64 = (0..self.bins()).filter(|bin| tail(*bin)).map(|bin| masses[bin]).sum();
        if beyond > TAIL {
            for (bin, mass) in masses.iter_mut().enumerate() {
                *mass *= if tail(bin) { TAIL / beyond } else { (1.0 - TAIL) / (1.0 - beyond).max(1e-12) };
            }
        }
    }

    /// Mass up to a position.
    pub fn cumulative(&self, masses: &[f64]) -> Vec<f64> {
        let mut sum = 0.0;
        let mut cumulative = vec![0.0];
        cumulative.extend(masses.iter().map(|mass| {
            sum += mass;
            sum
        }));
        cumulative
    }
}

#[cfg(test)]
impl Grid {
    /// The same bins on a slower clock.
    pub(crate) fn scaled(self, factor: f64) -> Self {
        let times = |numbers: Vec<f64>| numbers.into_iter().map(|number| number * factor).collect();
        Self {
            edges: times(self.edges),
            widths: times(self.widths),
            near: self.near * factor,
            centres: self.centres.into_iter().map(|centre| centre + factor.ln()).collect(),
            quadrature: self.quadrature.into_iter().map(|(left, share, width)| (left, share, width * factor)).collect(),
            ..self
        }
    }
}

/// A density: logarithms at the centres of the bins.
#[derive(Clone, Debug)]
pub struct Curve {
    logs: Vec<f64>,
}

/// `count` numbers from `first` to `last`, equally far apart.
pub(crate) fn spaced(first: f64, last: f64, count: usize) -> Vec<f64> {
    let step = (last - first) / (count - 1) as f64;
    (0..count).map(|place| if place + 1 == count { last } else { first + step * place as f64 }).collect()
}

/// 0, two minutes, then equal steps in the logarithm; the near look-back is an edge.
fn edges(window: &Window) -> Vec<f64> {
    let far = window.far.max(window.near);
    let count = (BINS_IN_72_HOURS * (far / FIRST_EDGE).ln() / (72.0 / FIRST_EDGE).ln()).round() as usize + 1;
    let mut edges = vec![0.0];
    edges.extend(spaced(FIRST_EDGE.ln(), far.ln(), count).into_iter().map(f64::exp));
    let distance = |edge: f64| (edge.max(1e-9) / window.near).ln().abs();
    let nearest = (0..edges.len()).min_by(|left, right| distance(edges[*left]).total_cmp(&distance(edges[*right])));
    if let Some(nearest) = nearest {
        edges[nearest] = window.near;
    }
    edges
}

/// Log-normal with median one hour and sigma 1.5, cut into bins.
fn prior(edges: &[f64]) -> Vec<f64> {
    let normal = Normal::standard();
    let below = |edge: f64| normal.cdf(edge.max(1e-9).ln() / 1.5);
    let masses: Vec<f64> = edges.windows(2).map(|pair| below(pair[1]) - below(pair[0])).collect();
    let sum: f64 = masses.iter().sum();
    masses.into_iter().map(|mass| mass / sum).collect()
}

/// The nearest masses whose density never rises (Grenander's estimator by pooling adjacent violators); their sum stays.
pub fn never_rising(masses: &[f64], widths: &[f64]) -> Vec<f64> {
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for (mass, width) in masses.iter().zip(widths) {
        let mut block = (mass / width, *width, 1);
        while let Some(before) = blocks.last().copied().filter(|before| block.0 > before.0) {
            blocks.pop();
            let width = before.1 + block.1;
            block = ((block.0 * block.1 + before.0 * before.1) / width, width, before.2 + block.2);
        }
        blocks.push(block);
    }
    let mut widths = widths.iter();
    blocks.iter().flat_map(|(density, _, count)| widths.by_ref().take(*count).map(|width| density * width).collect::<Vec<_>>()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guess_finds_the_same_centre_as_a_search() {
        for window in [Window::default(), Window { near: 24.0, far: 24.0, ..Window::default() }] {
            let grid = Grid::new(&window);
            let between = spaced(grid.centres[0] - 3.0, grid.centres[grid.bins() - 1] + 3.0, 10_007);
            for log in between.into_iter().chain(grid.centres.clone()) {
                let found = grid.centres.partition_point(|centre| *centre < log).saturating_sub(1).min(grid.bins() - 2);
                assert_eq!(grid.left_of(log), found, "{log}");
                let lag = log.exp();
                assert_eq!(grid.density_and_bin(&grid.curve(&grid.prior), lag).1, grid.bin(lag), "{lag}");
            }
        }
    }

    #[test]
    fn bins_reach_the_far_look_back_and_cut_at_the_near_one() {
        let grid = Grid::new(&Window::default());
        assert_eq!(grid.bins(), 37);
        assert!(grid.edges.contains(&72.0) && (grid.edges[37] - 2160.0).abs() < 1e-9);
        assert!((grid.prior.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    /// Worked by hand: densities 1, 3, 2 with widths 1, 1, 2 pool into 2 over the first two, and 2 stays.
    #[test]
    fn pooling_keeps_the_sum() {
        assert_eq!(never_rising(&[1.0, 3.0, 4.0], &[1.0, 1.0, 2.0]), [2.0, 2.0, 4.0]);
        assert_eq!(never_rising(&[4.0, 2.0], &[1.0, 1.0]), [4.0, 2.0]);
    }

    #[test]
    fn the_curve_holds_the_mass_and_the_tail_is_thin() {
        let grid = Grid::new(&Window::default());
        let masses = grid.masses(&vec![1.0; grid.bins()]);
        assert!((masses.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let tail: f64 = (0..grid.bins()).filter(|bin| grid.edges[*bin] >= 71.99).map(|bin| masses[bin]).sum();
        assert!(tail <= TAIL + 1e-12);
        let curve = grid.curve(&masses);
        // A fine rectangle rule as an independent check of the normalisation.
        let points = spaced((1e-6_f64).ln(), 2160_f64.ln(), 200_001);
        let integral: f64 =
            points.windows(2).map(|pair| grid.density(&curve, ((pair[0] + pair[1]) / 2.0).exp()) * (pair[1].exp() - pair[0].exp())).sum();
        assert!((integral - 1.0).abs() < 2e-3, "{integral}");
    }

    proptest::proptest! {
        #[test]
        fn pooled_densities_fall_and_keep_their_sum(held in proptest::collection::vec((0.0..10.0_f64, 0.1..5.0_f64), 1..40)) {
            let (masses, widths): (Vec<f64>, Vec<f64>) = held.into_iter().unzip();
            let pooled = never_rising(&masses, &widths);
            proptest::prop_assert!((pooled.iter().sum::<f64>() - masses.iter().sum::<f64>()).abs() < 1e-9);
            let densities: Vec<f64> = pooled.iter().zip(&widths).map(|(mass, width)| mass / width).collect();
            proptest::prop_assert!(densities.windows(2).all(|pair| pair[1] <= pair[0] + 1e-12));
        }
    }
}
