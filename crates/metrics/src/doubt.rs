//! Intervals of figures that rest on a fitted model: from the draws of who caused what, not from the expected counts as if seen.

use std::collections::HashMap;

use sequela_stats::draws::{ALWAYS, Causes, Mask, Visible};
use sequela_stats::{Estimate, Level};

use crate::facts::{Deployment, Incident};

/// What is sure happens in every draw, or in none.
pub(crate) fn certain(probability: Option<f64>) -> Mask {
    if probability == Some(1.0) { ALWAYS } else { 0 }
}

/// Names by number, for the lookups of draws.
pub(crate) fn names(ids: &HashMap<String, u32>) -> Vec<String> {
    let mut names = vec![String::new(); ids.len()];
    #[expect(clippy::iter_over_hash_type, reason = "each name goes to its own place, in any order")]
    for (name, number) in ids {
        names[*number as usize].clone_from(name);
    }
    names
}

/// Puts the draws of each deployment on its service into its units.
pub(crate) fn of_deployments(units: &mut [Deployment], causes: &Causes, ids: &HashMap<String, u32>, services: &[String]) {
    let ids = names(ids);
    for unit in units.iter_mut().filter(|unit| unit.failed != ALWAYS) {
        let Some(service) = unit.service else { continue };
        let key = (ids[unit.id as usize].clone(), services[service as usize].clone());
        unit.failed = causes.failed.get(&key).copied().unwrap_or(0);
    }
}

/// Puts the draws of each incident into its units.
pub(crate) fn of_incidents(units: &mut [Incident], causes: &Causes, ids: &HashMap<String, u32>) {
    let ids = names(ids);
    for unit in units.iter_mut().filter(|unit| unit.caused != ALWAYS) {
        unit.caused = causes.caused.get(&ids[unit.id as usize]).copied().unwrap_or(0);
    }
}

/// How many of the units it was, `expected` by the fit.
pub(crate) fn count(visible: &Visible, masks: &[Mask], expected: f64) -> Estimate {
    visible.count(expected, &visible.counts(masks.iter().copied()), masks.len() as u64, Level::default())
}

/// The rate behind the count: the interval tells what another period of the same kind could show.
pub(crate) fn rate(visible: &Visible, masks: &[Mask], expected: f64) -> Estimate {
    let counts = visible.counts(masks.iter().copied());
    visible.rate(expected / masks.len() as f64, &counts, masks.len() as u64, Level::default())
}

/// Hours that it was, each unit with its own; the invisible part is taken to last as long as the rest.
pub(crate) fn hours(visible: &Visible, units: &[(Mask, f64)], expected: f64) -> Estimate {
    let whole: f64 = units.iter().map(|(_, hours)| hours).sum();
    let drawn = |draw: usize| units.iter().filter(|(mask, _)| mask >> draw & 1 == 1).map(|(_, hours)| hours).sum::<f64>();
    visible.sum(expected, &(0..visible.draws()).map(drawn).collect::<Vec<f64>>(), whole, units.len() as u64, Level::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked by hand: of three units one always failed, one in the second draw of two, one never; every link is visible.
    #[test]
    fn counts_and_hours_follow_the_draws() {
        let visible = Visible::new(vec![1.0, 1.0]);
        let masks = [ALWAYS, 0b10, 0];
        let failed = count(&visible, &masks, 1.4);
        // Draws 1 and 2; position 0.05 and 0.95 between them.
        assert_eq!((failed.value, failed.n), (Some(1.4), 3));
        assert!((failed.lower.unwrap() - 1.05).abs() < 1e-12 && (failed.upper.unwrap() - 1.95).abs() < 1e-12, "{failed:?}");
        let lost = hours(&visible, &[(ALWAYS, 2.0), (0b10, 10.0), (0, 100.0)], 5.0);
        assert!((lost.lower.unwrap() - 2.5).abs() < 1e-12 && (lost.upper.unwrap() - 11.5).abs() < 1e-12, "{lost:?}");
        assert_eq!(rate(&visible, &[], 0.0).value, None, "no deployments, no rate");
    }

    /// A rate of draws that are all alike is the rate of the count.
    #[test]
    fn without_doubt_the_interval_is_that_of_the_count() {
        let visible = Visible::new(vec![1.0; 4]);
        let masks: Vec<Mask> = (0..40).map(|unit| if unit < 3 { ALWAYS } else { 0 }).collect();
        let (drawn, seen) = (rate(&visible, &masks, 3.0), sequela_stats::proportion::jeffreys(3.0, 40.0, Level::default()));
        let near = |left: Option<f64>, right: Option<f64>| (left.unwrap() - right.unwrap()).abs() < 1e-10;
        assert!(near(drawn.lower, seen.lower) && near(drawn.upper, seen.upper) && drawn.value == seen.value, "{drawn:?} {seen:?}");
    }
}
