//! Incidents that come anyway: a rate per service, the hour of the week that all services share, and the level of the weeks.

use crate::problem::Problem;
use crate::shape::likeliest;

const HOURS_OF_WEEK: usize = 168;
/// Pseudo-incidents of the hour-of-week profile.
const PROFILE_WEIGHT: f64 = 20.0;

/// Intensity of the background.
#[derive(Clone, Debug)]
pub struct Background {
    /// Incidents per hour, by service.
    pub rates: Vec<f64>,
    /// Shape of their distribution over services.
    pub shape: f64,
    /// Factor by hour of the week, one on average.
    pub hours: Vec<f64>,
    /// Factor by service and block of weeks, one on average over time.
    pub levels: Vec<f64>,
    /// Shape of the levels.
    pub level_shape: f64,
    /// Hours of a block.
    pub block: f64,
    /// Hours of each block; the last one may be shorter.
    pub block_hours: Vec<f64>,
}

/// Least and most of the two shapes: how ready the model is to take a gathering of incidents for mere background.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shapes {
    /// Of the rates of services.
    pub rates: (f64, f64),
    /// Of the levels of weeks.
    pub levels: (f64, f64),
}

impl Background {
    /// Half of all incidents as background, no profile and no levels yet. `services` counts those with any event.
    pub fn new(problem: &Problem, active: &[bool], shape: f64) -> Self {
        let services = active.iter().filter(|active| **active).count().max(1) as f64;
        let pooled = 0.5 * problem.incidents.at.len() as f64 / (services * problem.span);
        let mut counts = vec![0.0; problem.services];
        problem.incidents.service.iter().for_each(|service| counts[*service as usize] += 1.0);
        let block = 168.0 * (problem.span / 168.0 / 8.0).floor().clamp(4.0, 13.0);
        let blocks = (problem.span / block).ceil().max(1.0) as usize;
        let mut block_hours = vec![block; blocks];
        block_hours[blocks - 1] = problem.span - block * (blocks - 1) as f64;
        Self {
            rates: counts.iter().map(|count| (shape + 0.5 * count) / (shape / pooled.max(1e-300) + problem.span)).collect(),
            shape,
            hours: vec![1.0; HOURS_OF_WEEK],
            levels: vec![1.0; problem.services * blocks],
            level_shape: 2.0,
            block,
            block_hours,
        }
    }

    /// Number of blocks.
    pub fn blocks(&self) -> usize {
        self.block_hours.len()
    }

    /// Which cell of levels an incident falls into.
    #[inline]
    pub fn cell(&self, problem: &Problem, incident: usize) -> usize {
        let hours = crate::problem::hours(problem.incidents.at[incident]);
        let block = ((hours / self.block) as usize).min(self.blocks() - 1);
        problem.incidents.service[incident] as usize * self.blocks() + block
    }

    /// Intensity at an incident, per hour.
    #[inline]
    pub fn at(&self, problem: &Problem, incident: usize) -> f64 {
        let hour = usize::from(problem.incidents.hour_of_week[incident]);
        self.rates[problem.incidents.service[incident] as usize] * self.hours[hour] * self.levels[self.cell(problem, incident)]
    }

    /// New values from the background incidents expected per hour of the week and per cell; shapes are fitted where `shapes` is given.
    pub fn update(&mut self, problem: &Problem, active: &[bool], by_hour: &[f64], by_cell: &[f64], shapes: Option<Shapes>) {
        self.hours = profile(by_hour);
        let blocks = self.blocks();
        let counts: Vec<f64> = by_cell.chunks(blocks).map(|cells| cells.iter().sum()).collect();
        let services = active.iter().filter(|active| **active).count().max(1) as f64;
        let pooled = (counts.iter().sum::<f64>() / (services * problem.span)).max(1e-12);
        if let Some(shapes) = shapes {
            let known: Vec<f64> = counts.iter().zip(active).filter(|(_, active)| **active).map(|(count, _)| *count).collect();
            self.shape = likeliest(&known, &vec![pooled * problem.span; known.len()], shapes.rates.0, shapes.rates.1);
        }
        self.rates = counts.iter().map(|count| (self.shape + count) / (self.shape / pooled + problem.span)).collect();
        self.update_levels(problem, by_cell, shapes);
    }

    fn update_levels(&mut self, problem: &Problem, by_cell: &[f64], shapes: Option<Shapes>) {
        let blocks = self.blocks();
        let expected: Vec<f64> = self.rates.iter().flat_map(|rate| self.block_hours.iter().map(move |hours| rate * hours)).collect();
        if let Some(shapes) = shapes {
            let mut with_incidents = vec![false; problem.services];
            problem.incidents.service.iter().for_each(|service| with_incidents[*service as usize] = true);
            let known = |cells: &[f64]| -> Vec<f64> {
                let rows = cells.chunks(blocks).zip(&with_incidents).filter(|(_, has)| **has);
                rows.flat_map(|(cells, _)| cells.iter().copied()).collect()
            };
            self.level_shape = likeliest(&known(by_cell), &known(&expected), shapes.levels.0, shapes.levels.1);
        }
        let level = |(count, expected): (&f64, &f64)| (self.level_shape + count) / (self.level_shape + expected);
        self.levels = by_cell.iter().zip(&expected).map(level).collect();
        for cells in self.levels.chunks_mut(blocks) {
            let mean = cells.iter().zip(&self.block_hours).map(|(level, hours)| level * hours).sum::<f64>() / problem.span;
            cells.iter_mut().for_each(|level| *level /= mean.max(1e-9));
        }
    }

    /// Background incidents expected over the whole data.
    pub fn expected(&self, span: f64) -> f64 {
        self.rates.iter().sum::<f64>() * span
    }
}

/// Factor by hour of the week: smoothed over three hours and drawn towards a profile by hour of the day and weekend.
pub fn profile(counts: &[f64]) -> Vec<f64> {
    let cell = |hour: usize| (usize::from(hour / 24 >= 5)) * 24 + hour % 24;
    let (mut sums, mut sizes) = ([0.0; 48], [0.0; 48]);
    for (hour, count) in counts.iter().enumerate() {
        sums[cell(hour)] += count;
        sizes[cell(hour)] += 1.0;
    }
    let coarse: Vec<f64> = (0..HOURS_OF_WEEK).map(|hour| (sums[cell(hour)] + PROFILE_WEIGHT / 48.0) / sizes[cell(hour)]).collect();
    let coarse_mean = mean(&coarse);
    let around = |hour: usize| {
        let before = counts[(hour + HOURS_OF_WEEK - 1) % HOURS_OF_WEEK];
        (before + 2.0 * counts[hour] + counts[(hour + 1) % HOURS_OF_WEEK]) / 4.0
    };
    let weight = PROFILE_WEIGHT / 10.0;
    let level = mean(counts) + weight;
    let mut profile: Vec<f64> = (0..HOURS_OF_WEEK).map(|hour| (around(hour) + weight * coarse[hour] / coarse_mean) / level).collect();
    let profile_mean = mean(&profile);
    profile.iter_mut().for_each(|factor| *factor /= profile_mean);
    profile
}

fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_has_mean_one_and_follows_the_counts() {
        let counts: Vec<f64> = (0..168).map(|hour| if hour % 24 == 12 && hour < 120 { 100.0 } else { 0.0 }).collect();
        let profile = profile(&counts);
        assert!((mean(&profile) - 1.0).abs() < 1e-12);
        assert!(profile[12] > profile[11] && profile[11] > profile[3] && profile[12 + 120] < profile[12]);
    }
}
