//! Reading `data/reference/stats` and comparing with it.

use std::{fmt::Debug, path::Path};

use sequela_stats::{Estimate, Level, survival::Observation};
use serde::{Deserialize, de::DeserializeOwned};

pub(crate) fn read<T: DeserializeOwned>(name: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/reference/stats").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn level(probability: f64) -> Level {
    Level::new(probability).expect("a level of the reference")
}

/// Value and bounds as another program gives them.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Bounds {
    pub(crate) value: Option<f64>,
    pub(crate) lower: Option<f64>,
    pub(crate) upper: Option<f64>,
}

impl From<Estimate> for Bounds {
    fn from(estimate: Estimate) -> Self {
        Self { value: estimate.value, lower: estimate.lower, upper: estimate.upper }
    }
}

/// Equal up to a relative difference; absent only equals absent.
pub(crate) fn is_close(found: Option<f64>, expected: Option<f64>, tolerance: f64) -> bool {
    match (found, expected) {
        (None, None) => true,
        (Some(found), Some(expected)) => (found - expected).abs() <= tolerance * expected.abs(),
        _ => false,
    }
}

pub(crate) fn assert_close(found: Option<f64>, expected: Option<f64>, tolerance: f64, what: &dyn Debug) {
    assert!(is_close(found, expected, tolerance), "{what:?}: found {found:?}, expected {expected:?}");
}

pub(crate) fn assert_bounds(found: Bounds, expected: Bounds, tolerance: f64, what: &dyn Debug) {
    let agrees = is_close(found.value, expected.value, tolerance)
        && is_close(found.lower, expected.lower, tolerance)
        && is_close(found.upper, expected.upper, tolerance);
    assert!(agrees, "{what:?}: found {found:?}, expected {expected:?}");
}

pub(crate) fn observations(durations: &[f64], restored: &[u8]) -> Vec<Observation> {
    durations.iter().zip(restored).map(|(&duration, &restored)| Observation { duration, restored: restored == 1 }).collect()
}
