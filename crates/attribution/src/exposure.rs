//! What a deployment could have caused within the data: as long as it is looked back at, and less once it is superseded.
//!
//! A deployment at the end of the data had no time to fail; one that the next day's replaced is blamed less. Both are part of what
//! "expected per deployment" means (ranking, item 4).

use rayon::prelude::*;

use crate::kernel::Grid;
use crate::problem::{Problem, RELATIONS, hours};

/// Bin and the part of it that lies before a lag.
type Position = (u8, f64);
/// Rows that are summed at a time: fixed, so that the number of threads changes no sum.
const PART: usize = 1 << 16;

/// Positions of the look-back of every sorted row: of the own service and of the related ones, each until superseded and whole.
#[derive(Debug)]
pub struct Exposure {
    own: Vec<[Position; 2]>,
    related: Vec<[Position; 2]>,
    /// Hours to the next deployment of the service; infinite for the last.
    pub next: Vec<f64>,
}

/// Sums of exposure by class (newest, superseded) and by bin.
#[derive(Debug)]
pub struct Totals {
    /// By class, without its factor.
    pub classes: [f64; 2],
    /// By bin, without its mass.
    pub bins: Vec<f64>,
}

impl Exposure {
    /// Looks at each row once.
    pub fn new(problem: &Problem, grid: &Grid) -> Self {
        let window = &problem.window;
        let place = |lag: f64| {
            let (bin, part) = grid.position(lag);
            (bin as u8, part)
        };
        let mut this = Self { own: Vec::new(), related: Vec::new(), next: Vec::new() };
        for service in 0..problem.services {
            let rows = problem.starts[service] as usize..problem.starts[service + 1] as usize;
            for row in rows.clone() {
                let after = rows.start + problem.ended[rows.clone()].partition_point(|ended| *ended <= problem.ended[row]);
                let until = |place: usize| if place < rows.end { hours(problem.ended[place] - problem.ended[row]) } else { f64::INFINITY };
                let next = until(after);
                let left = (problem.span - hours(problem.ended[row])).max(0.0);
                let own = left.min(window.far.max(window.near)).min(window.near.max(until((after + window.newest).saturating_sub(1))));
                let related = left.min(window.near);
                this.own.push([place(next.min(own)), place(own)]);
                this.related.push([place(next.min(related)), place(related)]);
                this.next.push(next);
            }
        }
        this
    }

    /// Exposure of a row on its own service and on one related through a relation of weight one.
    #[inline]
    pub fn of(&self, row: usize, masses: &[f64], cumulative: &[f64], classes: [f64; 2]) -> (f64, f64) {
        let up_to = |(bin, part): Position| cumulative[usize::from(bin)] + part * masses[usize::from(bin)];
        let blend = |[fresh, whole]: [Position; 2]| {
            let fresh = up_to(fresh);
            classes[0] * fresh + classes[1] * (up_to(whole) - fresh)
        };
        (blend(self.own[row]), blend(self.related[row]))
    }

    /// Exposure by class and by bin, rows weighted for their own service and for related ones.
    pub fn totals(&self, masses: &[f64], classes: [f64; 2], weights: impl Fn(usize) -> (f64, f64) + Sync) -> Totals {
        let cumulative: Vec<f64> = std::iter::once(0.0)
            .chain(masses.iter().scan(0.0, |sum, mass| {
                *sum += mass;
                Some(*sum)
            }))
            .collect();
        let up_to = |(bin, part): Position| cumulative[usize::from(bin)] + part * masses[usize::from(bin)];
        let part = |part: usize| {
            let mut sums = Sums::new(masses.len());
            for row in part * PART..((part + 1) * PART).min(self.own.len()) {
                let (own, related) = weights(row);
                for (positions, weight) in [(self.own[row], own), (self.related[row], related)] {
                    sums.add(positions, positions.map(up_to), weight);
                }
            }
            sums
        };
        let parts: Vec<Sums> = (0..self.own.len().div_ceil(PART)).into_par_iter().map(part).collect();
        let Sums { classes: by_class, covers } = parts.iter().fold(Sums::new(masses.len()), Sums::plus);
        let [fresh, whole] = covers.map(Cover::finish);
        let bins = fresh.iter().zip(&whole).map(|(fresh, whole)| classes[0] * fresh + classes[1] * (whole - fresh)).collect();
        Totals { classes: by_class, bins }
    }
}

/// Exposure of some rows: by class, and how they cover the bins until superseded and as a whole.
struct Sums {
    classes: [f64; 2],
    covers: [Cover; 2],
}

impl Sums {
    fn new(bins: usize) -> Self {
        Self { classes: [0.0; 2], covers: [Cover::new(bins), Cover::new(bins)] }
    }

    fn add(&mut self, positions: [Position; 2], [fresh, whole]: [f64; 2], weight: f64) {
        self.classes[0] += weight * fresh;
        self.classes[1] += weight * (whole - fresh);
        self.covers[0].add(positions[0], weight);
        self.covers[1].add(positions[1], weight);
    }

    fn plus(mut self, other: &Self) -> Self {
        self.classes.iter_mut().zip(other.classes).for_each(|(sum, more)| *sum += more);
        self.covers.iter_mut().zip(&other.covers).for_each(|(cover, more)| cover.plus(more));
        self
    }
}

/// How much weight covers each bin, partly covered ones by their part.
struct Cover {
    ending: Vec<f64>,
    partial: Vec<f64>,
}

impl Cover {
    fn new(bins: usize) -> Self {
        Self { ending: vec![0.0; bins], partial: vec![0.0; bins] }
    }

    fn add(&mut self, (bin, part): Position, weight: f64) {
        self.ending[usize::from(bin)] += weight;
        self.partial[usize::from(bin)] += weight * part;
    }

    fn plus(&mut self, other: &Self) {
        self.ending.iter_mut().zip(&other.ending).for_each(|(sum, more)| *sum += more);
        self.partial.iter_mut().zip(&other.partial).for_each(|(sum, more)| *sum += more);
    }

    fn finish(self) -> Vec<f64> {
        let mut beyond = 0.0;
        let mut covered = self.partial;
        for bin in (0..covered.len()).rev() {
            covered[bin] += beyond;
            beyond += self.ending[bin];
        }
        covered
    }
}

/// Which relations lead anywhere from the service of each sorted row.
pub(crate) fn leads(problem: &Problem) -> Vec<[f64; RELATIONS]> {
    let leads = |row: usize| problem.reach[problem.service_of(row) as usize].map(|reach| f64::from(u8::from(reach > 0)));
    (0..problem.rows.len()).map(leads).collect()
}
