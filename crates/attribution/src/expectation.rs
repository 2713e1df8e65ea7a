//! Probabilities given parameters: who caused each incident, the background, the incident before, or one of its candidates.
//!
//! For incident i with candidates d
//!
//! ```text
//! A_id = α_d · ρ_r / n_dr · g(t_i − t_d) · v_c · LR(x_id) · (1 − φ)      B_i = μ_s · m_sk · b(how_i)      S_i = ν · h(t_i − t_prev)
//! p_id = A_id / Z_i     p_i0 = B_i / Z_i     p_is = S_i / Z_i            Z_i = B_i + S_i + Σ_d A_id
//! ```
//!
//! A known cause has probability one and everything else zero (method, section 3).

use rayon::prelude::*;

use crate::background::Background;
use crate::chains::FollowUps;
use crate::fixed::parts;
use crate::kernel::{Curve, Grid};
use crate::marks::{Ratios, STRATA, rolled_back, stratum};
use crate::problem::{Label, Problem, RELATIONS, Range};

/// Parameters of one iteration, ready for use.
#[derive(Clone, Debug)]
pub struct Parameters {
    /// Expected incidents on the own service of each sorted row.
    pub alpha: Vec<f64>,
    /// Weight of each relation against the own service.
    pub relations: [f64; RELATIONS],
    /// Density over the lag.
    pub curve: Curve,
    /// Factor of the newest deployment of a service and of superseded ones.
    pub classes: [f64; 2],
    /// What rollbacks say.
    pub ratios: Ratios,
    /// Background.
    pub background: Background,
    /// Follow-ups.
    pub follow_ups: FollowUps,
    /// Share of the causes that are known and stand in labels.
    pub labelled: f64,
}

/// Sums over incidents, in whole parts.
#[derive(Clone, Debug)]
pub struct Tally {
    /// Incidents that each sorted row is held to have caused.
    pub caused: Vec<i64>,
    /// By bin of the lag.
    pub bins: Vec<i64>,
    /// By relation.
    pub relations: [i64; RELATIONS],
    /// By class.
    pub classes: [i64; 2],
    /// Causes by stratum and mark.
    pub marked: [[i64; 2]; STRATA],
    /// Pairs by stratum and mark, as a count.
    pub pairs: [[i64; 2]; STRATA],
    /// Background by hour of the week.
    pub hours: Vec<i64>,
    /// Background by service and block of weeks.
    pub cells: Vec<i64>,
    /// Follow-ups by bin of the lag to the incident before.
    pub follow_ups: [i64; 3],
    /// All causes.
    pub causes: i64,
    /// Logarithm of the likelihood.
    pub likelihood: i64,
}

impl Tally {
    fn new(problem: &Problem, grid: &Grid, cells: usize) -> Self {
        Self {
            caused: vec![0; problem.rows.len()],
            bins: vec![0; grid.bins()],
            relations: [0; RELATIONS],
            classes: [0; 2],
            marked: [[0; 2]; STRATA],
            pairs: [[0; 2]; STRATA],
            hours: vec![0; 168],
            cells: vec![0; cells],
            follow_ups: [0; 3],
            causes: 0,
            likelihood: 0,
        }
    }

    /// Whole numbers: the same sum in any order.
    fn add(mut self, other: &Self) -> Self {
        let add = |own: &mut [i64], other: &[i64]| own.iter_mut().zip(other).for_each(|(own, other)| *own += other);
        add(&mut self.caused, &other.caused);
        add(&mut self.bins, &other.bins);
        add(&mut self.relations, &other.relations);
        add(&mut self.classes, &other.classes);
        add(self.marked.as_flattened_mut(), other.marked.as_flattened());
        add(self.pairs.as_flattened_mut(), other.pairs.as_flattened());
        add(&mut self.hours, &other.hours);
        add(&mut self.cells, &other.cells);
        add(&mut self.follow_ups, &other.follow_ups);
        self.causes += other.causes;
        self.likelihood += other.likelihood;
        self
    }
}

/// Probabilities of one incident without those of its candidates.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Shares {
    /// Coincidence.
    pub background: f64,
    /// Follow-up of the incident before.
    pub follow_up: f64,
    /// Any of its candidates.
    pub direct: f64,
}

/// One candidate with its probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Suspect {
    /// Sorted row.
    pub row: u32,
    /// Relation.
    pub relation: u8,
    /// Hours before the incident.
    pub lag: f64,
    /// Bin of the lag.
    pub(crate) bin: u8,
    /// Whether a later deployment of its service had replaced it.
    pub superseded: bool,
    /// Whether it was rolled back soon after; unknown at the end of the data.
    pub rolled_back: Option<bool>,
    /// It is known to be the cause and lies outside the look-back: nothing is learned from it about lags and relations.
    pub outside: bool,
    /// Probability.
    pub probability: f64,
}

/// The data, the bins and the parameters of one pass over the incidents.
#[derive(Clone, Copy, Debug)]
pub struct Expectation<'a> {
    /// Data.
    pub problem: &'a Problem,
    /// Bins.
    pub grid: &'a Grid,
    /// Parameters.
    pub parameters: &'a Parameters,
}

impl Expectation<'_> {
    /// Probabilities and sums of all incidents.
    pub fn pass(&self) -> (Vec<Shares>, Tally) {
        let incidents = self.problem.incidents.at.len();
        let cells = self.parameters.background.levels.len();
        let mut shares = vec![Shares::default(); incidents];
        let part = incidents.div_ceil(rayon::current_num_threads() * 2).max(256);
        let tallies: Vec<Tally> = shares
            .par_chunks_mut(part)
            .enumerate()
            .map(|(chunk, shares)| {
                let mut tally = Tally::new(self.problem, self.grid, cells);
                let mut suspects = Vec::new();
                for (offset, share) in shares.iter_mut().enumerate() {
                    *share = self.weigh(chunk * part + offset, &mut suspects, Some(&mut tally));
                }
                tally
            })
            .collect();
        let tally = tallies.iter().fold(Tally::new(self.problem, self.grid, cells), Tally::add);
        (shares, tally)
    }

    /// The candidates of an incident with their probabilities, in the order of relations and time.
    pub fn suspects(&self, incident: usize) -> (Shares, Vec<Suspect>) {
        let mut suspects = Vec::new();
        let shares = self.weigh(incident, &mut suspects, None);
        (shares, suspects)
    }

    /// Fills in the candidates of an incident; adds to the sums where there are any to add to.
    pub(crate) fn weigh(&self, incident: usize, suspects: &mut Vec<Suspect>, tally: Option<&mut Tally>) -> Shares {
        suspects.clear();
        let label = self.problem.incidents.label[incident];
        let known = if label == Label::Open { 1.0 - self.parameters.labelled } else { 1.0 };
        for range in self.problem.ranges_of(incident) {
            self.weigh_range(incident, range, known, suspects);
        }
        self.add_labelled(incident, label, suspects);
        let background = self.parameters.background.at(self.problem, incident);
        let follow_up = self.parameters.follow_ups.at(self.problem, incident);
        let likelihood = clamp(label, self.problem, suspects);
        let (shares, total) = match likelihood {
            Some(weight) => (Shares { background: 0.0, follow_up: 0.0, direct: 1.0 }, weight),
            None => {
                let direct: f64 = suspects.iter().map(|suspect| suspect.probability).sum();
                let total = background + follow_up + direct;
                suspects.iter_mut().for_each(|suspect| suspect.probability /= total);
                (Shares { background: background / total, follow_up: follow_up / total, direct: direct / total }, total)
            }
        };
        if let Some(tally) = tally {
            self.count(incident, &shares, suspects, total, tally);
        }
        shares
    }

    #[inline]
    fn weigh_range(&self, incident: usize, range: &Range, known: f64, suspects: &mut Vec<Suspect>) {
        let parameters = self.parameters;
        let newest = self.problem.ended[range.end as usize - 1];
        let weight = parameters.relations[usize::from(range.relation)] / f64::from(range.reach) * known;
        for row in range.start as usize..range.end as usize {
            let lag = self.problem.lag(incident, row);
            let superseded = self.problem.ended[row] < newest;
            let mark = rolled_back(self.problem, incident, row);
            let ratio = parameters.ratios.of(stratum(range.relation, superseded), mark);
            let (density, bin) = self.grid.density_and_bin(&parameters.curve, lag);
            let probability = parameters.alpha[row] * weight * density * parameters.classes[usize::from(superseded)] * ratio;
            suspects.push(Suspect {
                row: row as u32,
                relation: range.relation,
                lag,
                bin: bin as u8,
                superseded,
                rolled_back: mark,
                outside: false,
                probability,
            });
        }
    }

    /// A cause that is known but lies outside the look-back is a candidate all the same.
    fn add_labelled(&self, incident: usize, label: Label, suspects: &mut Vec<Suspect>) {
        let Label::Deployment(wanted) = label else { return };
        if suspects.iter().any(|suspect| self.problem.rows[suspect.row as usize] == wanted) {
            return;
        }
        let Some(row) = self.problem.sorted_row(wanted) else { return };
        let lag = self.problem.lag(incident, row).max(1e-6);
        suspects.push(Suspect {
            row: row as u32,
            relation: 0,
            lag,
            bin: self.grid.bin(lag) as u8,
            superseded: false,
            rolled_back: None,
            outside: true,
            probability: 1.0,
        });
    }

    fn count(&self, incident: usize, shares: &Shares, suspects: &[Suspect], total: f64, tally: &mut Tally) {
        for suspect in suspects {
            let stratum = stratum(suspect.relation, suspect.superseded);
            let probability = parts(suspect.probability);
            if let Some(mark) = suspect.rolled_back {
                tally.pairs[stratum][usize::from(mark)] += 1;
                tally.marked[stratum][usize::from(mark)] += probability;
            }
            if probability == 0 {
                continue;
            }
            tally.caused[suspect.row as usize] += probability;
            tally.causes += probability;
            if suspect.outside {
                continue;
            }
            tally.bins[usize::from(suspect.bin)] += probability;
            tally.relations[usize::from(suspect.relation)] += probability;
            tally.classes[usize::from(suspect.superseded)] += probability;
        }
        let background = parts(shares.background);
        tally.hours[usize::from(self.problem.incidents.hour_of_week[incident])] += background;
        tally.cells[self.parameters.background.cell(self.problem, incident)] += background;
        if let Some(bin) = self.parameters.follow_ups.bin(self.problem, incident) {
            tally.follow_ups[bin] += parts(shares.follow_up);
        }
        tally.likelihood += parts((total + 1e-300).ln());
    }
}

/// Holds a label: the known cause gets everything, "no change" takes every candidate out. Returns the weight of the known cause.
fn clamp(label: Label, problem: &Problem, suspects: &mut [Suspect]) -> Option<f64> {
    match label {
        Label::Open => None,
        Label::NotAChange => {
            suspects.iter_mut().for_each(|suspect| suspect.probability = 0.0);
            None
        }
        Label::Deployment(wanted) => {
            let cause = suspects.iter().position(|suspect| problem.rows[suspect.row as usize] == wanted)?;
            let weight = suspects[cause].probability;
            for (place, suspect) in suspects.iter_mut().enumerate() {
                suspect.probability = f64::from(u8::from(place == cause));
            }
            Some(weight)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::{Deployments, Incidents, Relations, Window};

    /// Two services, one depending on the other, on a clock that runs slower by a factor.
    fn problem(factor: i64) -> Problem {
        let hour = 3_600_000_000 * factor;
        let deployments = [(10, 0), (31, 0), (80, 1), (81, 0), (95, 1)];
        let incidents = [(12, 0), (82, 1), (99, 0), (140, 1)];
        let times = |rows: &[(i64, u32)]| rows.iter().map(|row| row.0 * hour).collect();
        let services = |rows: &[(i64, u32)]| rows.iter().map(|row| row.1).collect();
        let deployments = Deployments {
            at: times(&deployments),
            service: services(&deployments),
            rolled_back_at: vec![i64::MAX; 5],
            factors: Vec::new(),
        };
        let incidents =
            Incidents { at: times(&incidents), service: services(&incidents), hour_of_week: vec![7; 4], label: vec![Label::Open; 4] };
        let factor = factor as f64;
        let window = Window { near: 72.0 * factor, far: 2160.0 * factor, newest: 8, follow_up: 1e-3 };
        Problem::new(deployments, incidents, &Relations::new(&[vec![1], vec![]], &[None, None]), 400.0 * factor, window)
    }

    fn probabilities(factor: i64) -> Vec<f64> {
        let problem = problem(factor);
        let grid = Grid::new(&Window::default()).scaled(factor as f64);
        let parameters = Parameters {
            alpha: vec![0.01, 0.02, 0.03, 0.04, 0.05],
            relations: [1.0, 0.2, 0.05, 0.02],
            curve: grid.curve(&grid.prior),
            classes: [1.1, 0.6],
            ratios: Ratios([[1.0; 2]; STRATA]),
            background: Background::new(&problem, &problem.active(), 2.0),
            follow_ups: FollowUps::default(),
            labelled: 0.0,
        };
        let expectation = Expectation { problem: &problem, grid: &grid, parameters: &parameters };
        let of = |incident: usize| {
            let (shares, suspects) = expectation.suspects(incident);
            suspects.into_iter().map(|suspect| suspect.probability).chain([shares.background]).collect::<Vec<f64>>()
        };
        (0..4).flat_map(of).collect()
    }

    /// Nothing but the ratio of intensities counts: with every time scaled, look-back and bins included, probabilities stay.
    #[test]
    fn a_slower_clock_gives_the_same_probabilities() {
        let (own, slower) = (probabilities(1), probabilities(7));
        assert_eq!(own.len(), slower.len());
        assert!(own.len() > 12 && own.iter().all(|probability| *probability > 0.0));
        assert!(own.iter().zip(&slower).all(|(own, slower)| (own - slower).abs() < 1e-12), "{own:?} {slower:?}");
    }
}
