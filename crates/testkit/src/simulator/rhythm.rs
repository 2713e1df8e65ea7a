//! When things happen: weights of the hours of a week, and arrivals that follow them.

use super::{Settings, WEEK, log_normal};
use crate::random::Stream;
use crate::world::HOUR;

/// Weight of each hour of a week, from Monday 00:00, with mean 1.
pub(super) type Profile = [f64; WEEK as usize];

/// Office hours of weekdays, some evenings, hardly ever else.
pub(super) fn deploying() -> Profile {
    profile(|weekday, hour| match hour {
        9..18 if weekday => 1.0,
        18..22 if weekday => 0.25,
        _ => 0.05,
    })
}

/// People look in the day, less at weekends, hardly ever at night.
pub(super) fn noticing() -> Profile {
    profile(|weekday, hour| match hour {
        8..19 if weekday => 1.0,
        8..22 => 0.25,
        _ => 0.05,
    })
}

/// Half of the background happens at any time, half when people look.
pub(super) fn background() -> Profile {
    noticing().map(|weight| 0.5 + 0.5 * weight)
}

fn profile(weight: impl Fn(bool, usize) -> f64) -> Profile {
    let weights: Profile = std::array::from_fn(|hour| weight(hour / 24 < 5, hour % 24));
    let mean = weights.iter().sum::<f64>() / f64::from(WEEK);
    weights.map(|weight| weight / mean)
}

/// Hour of the week of an instant.
pub(super) fn hour_of_week(at: i64) -> usize {
    at.div_euclid(HOUR).rem_euclid(i64::from(WEEK)) as usize
}

/// Instants of a Poisson process whose rate per hour changes from hour to hour: `rate` × profile × factor of the week.
///
/// Gaps are drawn in operational time, in which the process is homogeneous (Çınlar, "Introduction to Stochastic Processes", 1975,
/// section 4.7), so the work grows with hours plus events and the rate may be as high as one likes.
pub(super) fn arrivals(stream: &mut Stream, rate: f64, profile: &Profile, weekly: &[f64]) -> Vec<i64> {
    let mut arrived = Vec::new();
    let mut wait = stream.waiting_time(1.0);
    for (week, factor) in weekly.iter().enumerate() {
        for (hour, weight) in profile.iter().enumerate() {
            let expected = rate * weight * factor;
            let mut passed = 0.0;
            while passed + wait < expected {
                passed += wait;
                arrived.push(((week * profile.len() + hour) as f64 * HOUR as f64 + passed / expected * HOUR as f64) as i64);
                wait = stream.waiting_time(1.0);
            }
            wait -= expected - passed;
        }
    }
    arrived
}

/// Log-normal factors with mean 1, one for each block of weeks, spread out over the weeks. All 1 when `spread` is 0.
pub(super) fn factors(stream: &mut Stream, settings: &Settings, spread: f64, block: u32) -> Vec<f64> {
    if spread == 0.0 {
        return vec![1.0; settings.weeks as usize];
    }
    let blocks: Vec<f64> = (0..settings.weeks / block + u32::from(block > 1)).map(|_| log_normal(stream, 1.0, spread)).collect();
    let mean = blocks.iter().sum::<f64>() / blocks.len() as f64;
    (0..settings.weeks).map(|week| blocks[(week / block) as usize] / mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Deploying: 45 office hours, 20 evening hours, 103 others: (45 + 20 × 0.25 + 103 × 0.05) / 168 = 0.328274.
    #[test]
    fn profiles_have_mean_one_and_the_stated_weights() {
        assert!((deploying()[9] - 1.0 / 0.328_273_809_5).abs() < 1e-9);
        assert_eq!(deploying()[5 * 24 + 12], deploying()[3]);
        assert!((noticing()[5 * 24 + 12] / noticing()[8] - 0.25).abs() < 1e-12);
        for profile in [deploying(), noticing(), background()] {
            assert!((profile.iter().sum::<f64>() - 168.0).abs() < 1e-9);
        }
    }

    /// Counts of a Poisson process have variance equal to the mean; five standard errors of 2,000 draws.
    #[test]
    fn arrivals_are_poisson_and_follow_profile_and_weeks() {
        let mut stream = Stream::new(5, 1);
        let runs: Vec<Vec<i64>> = (0..2_000).map(|_| arrivals(&mut stream, 0.05, &deploying(), &[0.5, 1.5])).collect();
        let counts: Vec<f64> = runs.iter().map(|run| run.len() as f64).collect();
        let mean = counts.iter().sum::<f64>() / 2_000.0;
        let variance = counts.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / 2_000.0;
        assert!((mean - 16.8).abs() < 5.0 * (16.8_f64 / 2_000.0).sqrt(), "{mean}");
        assert!((variance / 16.8 - 1.0).abs() < 5.0 * (2.0_f64 / 2_000.0).sqrt() * 1.1, "{variance}");
        let all: Vec<i64> = runs.into_iter().flatten().collect();
        let part = |holds: &dyn Fn(&&i64) -> bool| all.iter().filter(holds).count() as f64 / all.len() as f64;
        assert!((part(&|at| **at < 168 * HOUR) - 0.25).abs() < 0.012);
        let office = part(&|at| hour_of_week(**at) < 120 && (9..18).contains(&(hour_of_week(**at) % 24)));
        assert!((office - 45.0 / 55.15).abs() < 0.011, "{office}");
    }
}
