//! Ratios of rates and prediction limits against SciPy.

use sequela_stats::rate_ratio::{Count, conditional, highest_explained};
use serde::Deserialize;

use crate::reference::{Bounds, assert_bounds, level, read};

#[derive(Deserialize)]
struct Reference {
    ratios: Vec<Ratio>,
    limits: Vec<Limit>,
}

#[derive(Deserialize)]
struct Ratio {
    first: u64,
    second: u64,
    exposures: (f64, f64),
    level: f64,
    #[serde(flatten)]
    bounds: Bounds,
}

#[derive(Deserialize)]
struct Limit {
    events: u64,
    earlier: f64,
    exposure: f64,
    tail: f64,
    limit: u64,
}

#[test]
fn ratios_agree_with_scipy() {
    let reference: Reference = read("rate_ratio.json");
    assert_eq!(reference.ratios.len(), 36);
    for row in reference.ratios {
        let (first, second) =
            (Count { events: row.first, exposure: row.exposures.0 }, Count { events: row.second, exposure: row.exposures.1 });
        let found = conditional(first, second, level(row.level));
        assert_bounds(found.into(), row.bounds, 1e-9, &(row.first, row.second, row.exposures, row.level));
        assert_eq!(found.n, row.first + row.second);
    }
}

#[test]
fn limits_agree_with_scipy() {
    let reference: Reference = read("rate_ratio.json");
    assert_eq!(reference.limits.len(), 28);
    for row in reference.limits {
        let earlier = Count { events: row.events, exposure: row.earlier };
        assert_eq!(highest_explained(earlier, row.exposure, row.tail), Some(row.limit), "{} {} {}", row.events, row.exposure, row.tail);
    }
}

#[test]
fn nothing_is_said_without_exposure_or_events() {
    let (none, some) = (Count { events: 0, exposure: 10.0 }, Count { events: 3, exposure: 0.0 });
    assert_eq!(conditional(none, none, level(0.9)).lower, None);
    assert_eq!(conditional(some, none, level(0.9)).lower, None);
    assert_eq!(highest_explained(some, 1.0, 0.01), None);
    assert_eq!(highest_explained(none, f64::NAN, 0.01), None);
}
