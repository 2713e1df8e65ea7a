//! What must not change a result, and what must follow from the data alone (method, section 12; ranking, section 8).

use sequela_attribution::chains::Culprit;
use sequela_attribution::exposure::Exposure;
use sequela_attribution::kernel::Grid;
use sequela_attribution::problem::Window;
use sequela_attribution::{Deployments, Fit, Incidents, Label, Problem, Relations, Settings, fit};

use crate::organisation::Organisation;
use crate::planted::{Plan, Planted};

fn plan() -> Plan {
    Plan { services: 24, weeks: 20, labelled: 0.1, ..Plan::default() }
}

fn assert_same_bits(left: &Fit, right: &Fit) {
    assert_eq!(left.objective, right.objective);
    assert_eq!(left.caused, right.caused);
    assert_eq!(left.shares, right.shares);
    assert_eq!(left.expected, right.expected);
    assert_eq!(left.masses, right.masses);
    assert_eq!(left.factors.levels, right.factors.levels);
    assert_eq!(left.parameters.background.levels, right.parameters.background.levels);
}

/// No two rows of the same service at one instant: only their order would be left to the input.
fn is_without_ties(planted: &Planted) -> bool {
    let mut keys: Vec<(u32, i64)> = planted.deployments.service.iter().copied().zip(planted.deployments.at.iter().copied()).collect();
    keys.sort_unstable();
    keys.windows(2).all(|pair| pair[0] != pair[1])
}

#[test]
fn the_order_of_the_input_changes_no_bit() {
    let planted = plan().draw();
    assert!(is_without_ties(&planted));
    let (other, order) = planted.reordered();
    let (first, second) = (planted.problem(), other.problem());
    assert_ne!(first.order, second.order);
    assert_same_bits(&fit(&first, Settings::default()), &fit(&second, Settings::default()));
    assert!(second.order.iter().zip(&first.order).all(|(new, old)| order[*new as usize] == *old as usize));
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let problem = plan().draw().problem();
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| fit(&problem, Settings::default()))
    };
    let one = with(1);
    assert_same_bits(&one, &with(2));
    assert_same_bits(&one, &with(5));
}

#[test]
fn a_deployment_after_the_incident_is_never_its_cause() {
    let problem = plan().draw().problem();
    let fit = fit(&problem, Settings::default());
    for incident in 0..problem.incidents.at.len() {
        let (_, suspects) = fit.expectation(&problem).suspects(incident);
        assert!(suspects.iter().all(|suspect| suspect.lag > 0.0 && problem.ended[suspect.row as usize] < problem.incidents.at[incident]));
    }
}

#[test]
fn without_deployments_all_is_background_or_follow_up() {
    let planted = Planted { deployments: Deployments::default(), ..Plan { labelled: 0.0, ..plan() }.draw() };
    let problem = planted.problem();
    let fit = fit(&problem, Settings::default());
    assert!(fit.shares.iter().all(|shares| (shares.background + shares.follow_up - 1.0).abs() < 1e-12 && shares.direct == 0.0));
    assert!(fit.caused.iter().all(|caused| *caused == 0.0), "chains end in the background");
}

#[test]
fn without_incidents_nothing_is_blamed() {
    let planted = Planted { incidents: Incidents::default(), ..plan().draw() };
    let fit = fit(&planted.problem(), Settings::default());
    assert!(fit.expected.iter().all(|expected| *expected == 0.0) && fit.caused.is_empty());
    assert!(fit.masses.iter().chain(&fit.factors.levels.concat()).all(|number| number.is_finite()));
}

/// A release train: both deployments of a service end in the same instant. The incident's cause cannot be told; the newest row is named.
#[test]
fn of_a_tie_the_newest_row_is_named() {
    let hour = 3_600_000_000;
    let deployments = Deployments { at: vec![100 * hour; 2], service: vec![0; 2], rolled_back_at: vec![i64::MAX; 2], factors: Vec::new() };
    let incidents = Incidents { at: vec![101 * hour], service: vec![0], hour_of_week: vec![101], label: vec![Label::Open] };
    let problem = Problem::new(deployments, incidents, &Relations::new(&[vec![]], &[None]), 1680.0, Window::default());
    let fit = fit(&problem, Settings::default());
    let (shares, suspects) = fit.expectation(&problem).suspects(0);
    assert_eq!((suspects.len(), suspects[0].probability), (2, suspects[1].probability));
    assert!(suspects[0].probability > 0.0 && !suspects[0].superseded && !suspects[1].superseded);
    assert_eq!(Culprit::of(&problem, &shares, &suspects, None).row.map(|row| problem.rows[row as usize]), Some(1));
}

/// Σ v_k E_k = Σ g_b E_b = Σ w0 E(c0) + w1 E(c1), relative to 1e-9.
#[test]
fn exposure_by_class_by_bin_and_by_deployment_agree() {
    for name in ["small-normal.json", "labels-conservative.json"] {
        let organisation = Organisation::load(name);
        let problem = organisation.problem();
        let fit = fit(&problem, organisation.settings());
        let [classes, bins] = fit.balance;
        assert!((classes - bins).abs() < 1e-9 * classes, "{classes} {bins}");
        let exposure = Exposure::new(&problem, &fit.grid);
        let cumulative = fit.grid.cumulative(&fit.masses);
        let weights = |row: usize| (1.0 + (row % 7) as f64, 0.1 * (row % 3) as f64);
        let totals = exposure.totals(&fit.masses, fit.parameters.classes, weights);
        let by_class: f64 = (0..2).map(|class| fit.parameters.classes[class] * totals.classes[class]).sum();
        let by_row = (0..problem.rows.len()).map(|row| {
            let (own, related) = exposure.of(row, &fit.masses, &cumulative, fit.parameters.classes);
            weights(row).0 * own + weights(row).1 * related
        });
        let by_row: f64 = by_row.sum();
        let by_bin: f64 = fit.masses.iter().zip(&totals.bins).map(|(mass, exposure)| mass * exposure).sum();
        assert!((by_class - by_row).abs() < 1e-9 * by_row && (by_bin - by_row).abs() < 1e-9 * by_row, "{by_class} {by_bin} {by_row}");
    }
}

#[test]
fn a_deployment_that_nothing_follows_is_never_superseded() {
    let mut planted = Plan { deployments: 3.0, ..plan() }.draw();
    let mut seen = std::collections::BTreeSet::new();
    let kept: Vec<usize> = (0..planted.deployments.at.len()).filter(|row| seen.insert(planted.deployments.service[*row])).collect();
    planted.incidents.label.fill(Label::Open);
    planted.deployments = Deployments {
        at: kept.iter().map(|row| planted.deployments.at[*row]).collect(),
        service: kept.iter().map(|row| planted.deployments.service[*row]).collect(),
        rolled_back_at: kept.iter().map(|row| planted.deployments.rolled_back_at[*row]).collect(),
        factors: Vec::new(),
    };
    let problem = planted.problem();
    let grid = Grid::new(&problem.window);
    let totals = Exposure::new(&problem, &grid).totals(&grid.prior, [1.0; 2], |_| (1.0, 1.0));
    assert_eq!(totals.classes[1], 0.0);
    assert!(totals.classes[0] > 0.0);
    let fit = fit(&problem, Settings::default());
    let shown = (0..problem.incidents.at.len()).flat_map(|incident| fit.expectation(&problem).suspects(incident).1);
    assert!(shown.into_iter().all(|suspect| !suspect.superseded));
}
