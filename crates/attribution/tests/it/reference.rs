//! Agreement with the Python model of the design, on organisations whose data and answers stand in data/reference/attribution.

use sequela_attribution::chains::Culprit;
use sequela_attribution::fit;

use crate::organisation::Organisation;

/// Largest difference of two lists.
fn distance(left: &[f64], right: &[f64]) -> f64 {
    assert_eq!(left.len(), right.len());
    left.iter().zip(right).map(|(left, right)| (left - right).abs()).fold(0.0, f64::max)
}

fn agrees(name: &str) {
    let organisation = Organisation::load(name);
    let problem = organisation.problem();
    let expected = &organisation.expected;
    assert_eq!(problem.pairs(), expected.pairs, "{name}");
    let fit = fit(&problem, organisation.settings());
    let first = (fit.objective[0] - expected.objective[0]).abs() / expected.objective[0].abs();
    let mut caused = vec![0.0; fit.caused.len()];
    let mut tops = vec![0.0; fit.caused.len()];
    let mut before = Vec::new();
    for (sorted, row) in problem.order.iter().enumerate() {
        caused[*row as usize] = fit.caused[sorted];
        let (shares, suspects) = fit.expectation(&problem).suspects(sorted);
        let previous = problem.previous[sorted].map(|previous| before[previous as usize]);
        let culprit = Culprit::of(&problem, &shares, &suspects, previous);
        before.push(culprit);
        tops[*row as usize] = culprit.probability;
    }
    assert!(first < 1e-9, "{name}");
    assert_eq!(fit.iterations, expected.iterations, "{name}");
    assert!(distance(&caused, &expected.p_change) < 1e-6, "{name}");
    assert!(distance(&tops, &expected.top_probability) < 1e-6, "{name}");
    assert!((fit.objective[fit.iterations - 1] / expected.objective[fit.iterations - 1] - 1.0).abs() < 1e-9, "{name}");
}

#[test]
fn probabilities_agree_without_labels() {
    agrees("small-conservative.json");
    agrees("small-normal.json");
}

#[test]
fn probabilities_agree_with_labels() {
    agrees("labels-conservative.json");
    agrees("labels-normal.json");
}
