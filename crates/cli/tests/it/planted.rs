//! Every report of change and problem management finds what the simulator planted for it. Seeds are fixed: what is asserted holds for
//! these organisations, and how often each report cries wolf stands in `false_alarms`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::OnceLock;

use crate::plants::{Organisation, Row, most, number, rows, text};

const SIZE: [&str; 7] = ["services=30", "teams=6", "trains=1", "lowest_rate=0.1", "highest_rate=9", "share=0.7", "weeks=26"];

/// An organisation with a safe and an unsafe change model, and its run by the model.
fn with_models() -> &'static (Organisation, PathBuf) {
    static ONCE: OnceLock<(Organisation, PathBuf)> = OnceLock::new();
    ONCE.get_or_init(|| of(1, &[]))
}

/// One where failures go with coverage and Fridays, and models with nothing: an unsafe standard change would make pre-approval look bad.
fn with_measures() -> &'static (Organisation, PathBuf) {
    static ONCE: OnceLock<(Organisation, PathBuf)> = OnceLock::new();
    ONCE.get_or_init(|| of(2, &["safe_and_unsafe=false", "coverage_effect=0.5", "friday_effect=5", "bad_release=0", "failure_scale=1.5"]))
}

fn of(seed: u32, changes: &[&str]) -> (Organisation, PathBuf) {
    let organisation = Organisation::simulate(seed, &[&SIZE[..], changes].concat());
    let out = organisation.run("sequela");
    (organisation, out)
}

fn listed(row: &Row, column: &str) -> BTreeSet<String> {
    text(row, column).split(", ").map(ToOwned::to_owned).collect()
}

/// A row stands for a planted fault when most of what it lists is of that fault.
#[test]
fn recurring_faults_are_found_with_their_incidents() {
    let (organisation, out) = with_models();
    let found = rows(out, "problem_candidates");
    let planted = organisation.planted("problem_candidates");
    assert_eq!(planted.len(), 2);
    let mut all = BTreeSet::new();
    for (service, what) in planted {
        let (finding, incidents) = what.split_once(": ").unwrap();
        let incidents: BTreeSet<String> = incidents.split(' ').map(ToOwned::to_owned).collect();
        let has = |row: &&Row| listed(row, "incident_ids").intersection(&incidents).count() * 5 >= incidents.len() * 4;
        let row = found.iter().find(has).unwrap_or_else(|| panic!("{service}, {finding}: {found:#?}"));
        assert_eq!((text(row, "service_id"), text(row, "finding")), (service, finding), "{row:?}");
        assert_eq!(text(row, "problem_id").is_empty(), finding == "candidate", "{row:?}");
        all.extend(incidents);
    }
    let is_false = |row: &&Row| text(row, "finding") == "candidate" && listed(row, "incident_ids").intersection(&all).count() < 2;
    let (wrong, candidates) =
        (found.iter().filter(is_false).count(), found.iter().filter(|row| text(row, "finding") == "candidate").count());
    assert!(wrong <= most(candidates, 0.1), "{wrong} of {candidates} candidates recur by chance");
}

/// True success of the model that a row stands for, as far as deployments are planned; none of those that only repair.
fn success(organisation: &Organisation, row: &Row) -> Option<f64> {
    let key = format!("{}|{}|{}", text(row, "service_id"), text(row, "model"), text(row, "type"));
    let planted = organisation.planted("standard_change_candidates").into_iter().find(|(planted, _)| *planted == key);
    planted.filter(|_| text(row, "kind") == "deploy").map(|(_, success)| success.parse().unwrap())
}

#[test]
fn the_safe_model_is_proposed_and_the_unsafe_one_withdrawn() {
    let (organisation, out) = with_models();
    let found = rows(out, "standard_change_candidates");
    for (model, proposal) in [("Configuration update", "pre-approve"), ("Certificate rotation", "withdraw")] {
        let row = found.iter().filter(|row| text(row, "model") == model && text(row, "kind") == "deploy");
        let row = row.max_by_key(|row| number(row, "changes").map(|changes| changes as u64)).unwrap();
        assert_eq!(text(row, "proposal"), proposal, "{row:?}");
    }
    let is_proposal = |row: &&Row| matches!(text(row, "proposal"), "pre-approve" | "withdraw") && success(organisation, row).is_some();
    let is_false = |row: &&Row| {
        let (success, target) = (success(organisation, row).unwrap(), number(row, "target").unwrap());
        if text(row, "proposal") == "pre-approve" { success < target } else { success >= target }
    };
    let proposals: Vec<&Row> = found.iter().filter(is_proposal).collect();
    let wrong: Vec<&&Row> = proposals.iter().filter(|row| is_false(row)).collect();
    assert!(wrong.len() <= most(proposals.len(), 0.1), "{wrong:#?} of {}", proposals.len());
}

/// A deployment without a record that lies in another record's window looks as if it had one, so some are missed; what is found is so.
#[test]
fn records_that_disagree_are_found() {
    let (organisation, out) = with_models();
    let found = rows(out, "change_reconciliation");
    let planted: BTreeSet<(&str, &str)> = organisation.planted("change_reconciliation").into_iter().collect();
    let number_of = |id: &str| id.trim_start_matches(|letter: char| letter.is_ascii_alphabetic()).to_owned();
    for (finding, least) in [
        ("no_change_record", 0.75),
        ("no_deployment", 0.95),
        ("outside_window", 0.95),
        ("raised_after", 0.95),
        ("other_service", 0.95),
        ("other_type", 0.95),
        ("in_freeze", 0.95),
    ] {
        let rows: Vec<&Row> = found.iter().filter(|row| text(row, "finding") == finding).collect();
        // A deployment has the number of its change.
        let named: BTreeSet<String> = rows
            .iter()
            .flat_map(|row| [text(row, "record_id"), text(row, "other_id")])
            .filter(|id| !id.is_empty())
            .map(number_of)
            .collect();
        let truth: Vec<String> = planted.iter().filter(|(_, what)| *what == finding).map(|(key, _)| number_of(key)).collect();
        let hits = truth.iter().filter(|number| named.contains(*number)).count();
        assert!(hits as f64 >= least * truth.len() as f64 && !truth.is_empty(), "{finding}: {hits} of {} found", truth.len());
        let right =
            rows.iter().filter(|row| [text(row, "record_id"), text(row, "other_id")].iter().any(|id| truth.contains(&number_of(id))));
        let right = right.count();
        assert!(20 * right >= 19 * rows.len(), "{finding}: {right} of {} rows are so", rows.len());
    }
}

#[test]
fn the_release_that_was_followed_by_incidents_stands_out() {
    let (organisation, out) = with_models();
    let [(planted, _)] = organisation.planted("release_impact")[..] else { panic!("one is planted") };
    let found = rows(out, "release_impact");
    let row = found.iter().find(|row| text(row, "scope_id") == planted).unwrap();
    // Empty where the weeks before had none: the interval has a lower end all the same.
    assert!(number(row, "rate_ratio_lower").unwrap() > 1.0, "{row:?}");
    assert!(number(row, "expected_incidents").unwrap() > 2.0 && number(row, "p_failed").unwrap() > 0.9, "{row:?}");
    let is_told = number(row, "incidents_before").unwrap() >= 5.0;
    assert!(!is_told || matches!(text(row, "steady_state"), "reached" | "not reached"), "{row:?}");
}

#[test]
fn services_that_the_catalog_does_not_know_are_named() {
    let (organisation, out) = with_models();
    let found: BTreeSet<String> = rows(out, "unowned_services").iter().map(|row| text(row, "name").to_owned()).collect();
    let planted = organisation.keys("unowned_services", "unknown to the catalog");
    assert_eq!(found, planted.into_iter().map(ToOwned::to_owned).collect());
}

/// The board sees what fails more often anyway: that shows in the crude ratio and not within strata.
#[test]
fn the_board_is_not_blamed_for_what_it_is_sent() {
    let (_, out) = with_measures();
    let found = rows(out, "approval_paths");
    let [cab, peer] = ["cab", "peer"].map(|path| found.iter().find(|row| text(row, "path") == path).unwrap());
    assert!(number(cab, "failure_rate").unwrap() > 1.2 * number(peer, "failure_rate").unwrap(), "{cab:?}\n{peer:?}");
    assert!(number(cab, "crude_ratio").unwrap() > number(cab, "ratio").unwrap(), "{cab:?}");
    for row in [cab, peer] {
        assert!(matches!(text(row, "finding"), "not shown" | "compared with"), "{row:?}");
    }
    assert!(number(cab, "lead_median_hours").unwrap() > 10.0 * number(peer, "lead_median_hours").unwrap() / 2.0, "60 beside 4 hours");
}

#[test]
fn coverage_goes_with_fewer_failures_and_size_with_more() {
    let (_, out) = with_measures();
    let found = rows(out, "quality_association");
    let finding = |measure: &str| -> BTreeSet<&str> {
        found.iter().filter(|row| text(row, "measure") == measure).map(|row| text(row, "finding")).collect()
    };
    assert!(finding("coverage_pct").contains("fewer failures") && !finding("coverage_pct").contains("more failures"), "{found:#?}");
    assert!(finding("lines_changed").contains("more failures") && !finding("lines_changed").contains("fewer failures"), "{found:#?}");
}

/// Planned changes from Friday noon are riskier than those on Tuesdays, at the same services on average.
#[test]
fn risky_plans_are_told_from_others() {
    let (organisation, out) = with_measures();
    let validation = rows(out, "risk_validation");
    let auc = validation.iter().find(|row| text(row, "statistic") == "auc").unwrap();
    assert!(number(auc, "lower").unwrap() > 0.5 && text(auc, "is_better") == "true", "{validation:#?}");
    let risks = rows(out, "change_risk");
    assert_eq!(risks.len(), organisation.planted("change_risk").len(), "every planned change has a row");
    let mean = |what: &str| {
        let keys = organisation.keys("change_risk", what);
        let of: Vec<f64> =
            risks.iter().filter(|row| keys.contains(&text(row, "change_id"))).map(|row| number(row, "p_failure").unwrap()).collect();
        of.iter().sum::<f64>() / of.len() as f64
    };
    assert!(mean("risky") > 1.5 * mean("ordinary"), "{} beside {}", mean("risky"), mean("ordinary"));
}
