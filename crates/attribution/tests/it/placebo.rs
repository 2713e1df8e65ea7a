//! Moved incidents: what they keep, and what the model makes of them.

use proptest::prelude::*;
use sequela_attribution::placebo::{choose, decoys, gate, shifted};
use sequela_attribution::{Label, Sensitivity, Settings, fit};

use crate::gibbs::LongRun;
use crate::organisation::{Organisation, read};
use crate::planted::{Plan, hour_of_week};

const WEEK: i64 = 604_800_000_000;

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn incidents_move_by_whole_weeks_within_the_data(seed in any::<u64>(), weeks in 4..80_u32) {
        let planted = Plan { seed, weeks, services: 3, labelled: 0.3, ..Plan::default() }.draw();
        let problem = planted.problem();
        let moved = shifted(&problem, seed).unwrap();
        prop_assert_eq!(&moved.service, &problem.incidents.service);
        prop_assert!(moved.label.iter().all(|label| *label == Label::Open));
        for (before, after) in problem.incidents.at.iter().zip(&moved.at) {
            let by = (after - before) / WEEK;
            prop_assert_eq!(after - before, by * WEEK);
            prop_assert!(by.abs() >= 2 && by.abs() < i64::from(weeks) && (weeks <= 52 || by.abs() <= 20), "{}", by);
            prop_assert!(*after >= 0 && *after < i64::from(weeks) * WEEK);
            prop_assert_eq!(hour_of_week(*before), hour_of_week(*after));
        }
    }
}

/// Each week but the own and its neighbours is as likely: of ten weeks, an incident of the third may go to weeks 0 and 4 to 9.
#[test]
fn every_other_week_is_as_likely() {
    let mut planted = Plan { weeks: 10, services: 1, ..Plan::default() }.draw();
    planted.incidents.at = vec![2 * WEEK + 7; 7000];
    planted.incidents.service = vec![0; 7000];
    planted.incidents.hour_of_week = vec![0; 7000];
    planted.incidents.label = vec![Label::Open; 7000];
    let moved = shifted(&planted.problem(), 4).unwrap();
    let mut counts = [0.0_f64; 10];
    moved.at.iter().for_each(|at| counts[(at / WEEK) as usize] += 1.0);
    let allowed = 4.5 * (1000.0 * 6.0 / 7.0_f64).sqrt();
    for (week, count) in counts.into_iter().enumerate() {
        let expected = if (1..=3).contains(&week) { 0.0 } else { 1000.0 };
        assert!((count - expected).abs() <= if expected == 0.0 { 0.0 } else { allowed }, "{counts:?}");
    }
}

#[test]
fn data_that_are_too_short_have_no_placebo() {
    let planted = Plan { weeks: 2, ..Plan::default() }.draw();
    let problem = planted.problem();
    let fit = fit(&problem, Settings::default());
    assert_eq!(choose(&problem, &planted.relations, Settings::default(), 1).sensitivity, Sensitivity::Conservative);
    assert_eq!(gate(&problem, &planted.relations, &fit, 1), None);
    assert_eq!(decoys(&problem, &planted.relations, &fit, 1, &[0.5]), None);
}

/// The mean of 19 copies, against 200 of the reference, which shifts by the same rule but for the neighbouring week.
#[test]
fn placebo_shares_agree_with_the_reference() {
    let run = &read::<Vec<LongRun>>("intervals.json")[0];
    let organisation = Organisation::load(&run.organisation);
    let (problem, relations) = (organisation.problem(), organisation.relations());
    let fit = fit(&problem, organisation.settings());
    let gate = gate(&problem, &relations, &fit, 1).unwrap();
    let expected = run.placebo;
    println!(
        "{}: observed {:.3}, placebo {:.4}, most {:.3}, reference {expected:?}",
        run.organisation,
        gate.observed,
        gate.mean(),
        gate.most()
    );
    let error = expected.deviation * (1.0 / 19.0 + 1.0 / f64::from(expected.copies)).sqrt();
    assert!((gate.mean() - expected.mean).abs() < 3.5 * error);
    assert_eq!((gate.shares.len(), gate.observed), (19, fit.share()));
    assert!(gate.is_detectable(), "half of the incidents are caused by deployments");
}

/// Copies have no labels, so that the observed share must do without them to be comparable.
#[test]
fn labels_are_taken_out_of_the_observed_share() {
    let mut planted = Plan { labelled: 0.5, ..Plan::default() }.draw();
    let settings = Settings { iterations: 15, ..Settings::default() };
    let problem = planted.problem();
    let labelled = fit(&problem, settings);
    let gate = gate(&problem, &planted.relations, &labelled, 1).unwrap();
    planted.incidents.label.fill(Label::Open);
    assert_eq!(gate.observed, fit(&planted.problem(), settings).share());
    assert_ne!(gate.observed, labelled.share());
}

#[test]
fn the_gate_holds_back_where_nothing_is_caused() {
    let found = (0..8).filter(|seed| {
        let planted = Plan { seed: *seed, services: 6, failing: 0.0, background: 1.5, ..Plan::default() }.draw();
        let problem = planted.problem();
        let fit = fit(&problem, Settings::default());
        gate(&problem, &planted.relations, &fit, 1).unwrap().is_detectable()
    });
    // One in twenty by design; three of eight would be a chance of 0.006.
    assert!(found.count() < 3);
}

/// The reference finds a mean share of 0.155 in 200 copies of the crowded organisation, above the limit of 0.10.
#[test]
fn sparse_data_allow_the_normal_sensitivity_and_crowded_ones_do_not() {
    let sparse = Plan { background: 1.0, ..Plan::default() }.draw();
    let choice = choose(&sparse.problem(), &sparse.relations, Settings::default(), 1);
    assert_eq!((choice.sensitivity, choice.shares.len()), (Sensitivity::Normal, 5));
    let organisation = Organisation::load("small-normal.json");
    let crowded = choose(&organisation.problem(), &organisation.relations(), Settings::default(), 1);
    let reference = &read::<Vec<LongRun>>("intervals.json")[0];
    let mean = crowded.shares.iter().sum::<f64>() / 5.0;
    println!("sparse {choice:?}, crowded {crowded:?}");
    assert_eq!((reference.organisation.as_str(), crowded.sensitivity), ("small-normal.json", Sensitivity::Conservative));
    assert!((mean - reference.placebo.mean).abs() < 3.5 * reference.placebo.deviation / 5.0_f64.sqrt());
}

#[test]
fn any_number_of_threads_gives_the_same() {
    let planted = Plan { labelled: 0.2, ..Plan::default() }.draw();
    let problem = planted.problem();
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let fit = fit(&problem, Settings { iterations: 15, ..Settings::default() });
            (gate(&problem, &planted.relations, &fit, 3), decoys(&problem, &planted.relations, &fit, 3, &[0.5, 0.9]))
        })
    };
    assert_eq!(with(1), with(2));
}

/// A copy's incident counts in vain as far as the original is not change-caused: with half of the incidents caused, decoys stay near the
/// true share of false links. The planted truth is known from the plan: background incidents are those drawn without a deployment.
#[test]
fn decoys_estimate_the_share_of_false_links() {
    let (mut found, mut false_links, mut by_decoys) = (0.0, 0.0, 0.0);
    for seed in 0..4 {
        let plan = Plan { seed, services: 24, weeks: 20, labelled: 1.0, background: 0.6, ..Plan::default() };
        let mut planted = plan.draw();
        let truth = planted.incidents.label.clone();
        planted.incidents.label.fill(Label::Open);
        let problem = planted.problem();
        let fit = fit(&problem, Settings::default());
        let [half] = decoys(&problem, &planted.relations, &fit, 1, &[0.5]).unwrap()[..] else { panic!() };
        let blamed = (0..truth.len()).filter(|incident| fit.caused[*incident] >= 0.5);
        false_links += blamed.filter(|incident| truth[problem.order[*incident] as usize] == Label::Open).count() as f64;
        found += half.found as f64;
        by_decoys += half.by_decoys.unwrap() * half.found as f64;
    }
    println!("false links: {:.3} of {found}, by decoys {:.3}", false_links / found, by_decoys / found);
    assert!(by_decoys > 0.5 * false_links && by_decoys < 2.0 * false_links);
}
