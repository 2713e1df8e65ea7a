//! The log-rank tests against lifelines and R `survival`, and by hand.

use sequela_stats::survival::{Observation, each_against_rest, log_rank};
use serde::Deserialize;

use crate::reference::{assert_close, observations, read};

#[derive(Deserialize)]
struct Case {
    name: String,
    groups: Vec<Group>,
    statistic: f64,
    degrees: u64,
    p_value: f64,
    rest: Vec<Rest>,
}

#[derive(Deserialize)]
struct Group {
    durations: Vec<f64>,
    restored: Vec<u8>,
}

#[derive(Deserialize)]
struct Rest {
    statistic: f64,
    p_value: f64,
}

#[derive(Deserialize)]
struct FromR {
    log_rank: Vec<RCase>,
}

#[derive(Deserialize)]
struct RCase {
    name: String,
    statistic: f64,
    degrees: u64,
    rest: Vec<f64>,
}

impl Case {
    fn groups(&self) -> Vec<Vec<Observation>> {
        self.groups.iter().map(|group| observations(&group.durations, &group.restored)).collect()
    }
}

fn slices(groups: &[Vec<Observation>]) -> Vec<&[Observation]> {
    groups.iter().map(Vec::as_slice).collect()
}

fn is_near(found: Option<f64>, expected: f64) -> bool {
    found.is_some_and(|found| (found - expected).abs() <= 1e-9 * expected.abs() + 1e-12)
}

#[test]
fn statistics_and_p_values_agree_with_lifelines() {
    let cases: Vec<Case> = read("log_rank.json");
    assert_eq!(cases.len(), 7);
    for case in cases {
        let groups = case.groups();
        let test = log_rank(&slices(&groups)).unwrap();
        assert!(is_near(test.statistic, case.statistic) && is_near(test.p_value, case.p_value), "{}: {test:?}", case.name);
        assert_eq!(test.degrees, case.degrees, "{}", case.name);
        for (test, expected) in each_against_rest(&slices(&groups)).unwrap().iter().zip(&case.rest) {
            let agrees = is_near(test.statistic, expected.statistic) && is_near(test.p_value, expected.p_value);
            assert!(agrees && test.degrees == 1, "{}: {test:?}", case.name);
        }
    }
}

#[test]
fn statistics_and_degrees_agree_with_r() {
    let cases: Vec<Case> = read("log_rank.json");
    let reference: FromR = read("survival_r.json");
    for (case, theirs) in cases.iter().zip(&reference.log_rank) {
        assert_eq!(case.name, theirs.name);
        let groups = case.groups();
        let test = log_rank(&slices(&groups)).unwrap();
        assert!(is_near(test.statistic, theirs.statistic) && test.degrees == theirs.degrees, "{}: {test:?}", case.name);
        let rest = each_against_rest(&slices(&groups)).unwrap();
        assert_eq!(rest.len(), theirs.rest.len());
        assert!(rest.iter().zip(&theirs.rest).all(|(test, expected)| is_near(test.statistic, *expected)), "{}", case.name);
    }
}

/// A at 1 and 3, B at 2 and 4. Expected in A: 2/4 + 1/3 + 1/2 + 0 = 4/3; variance 1/4 + 2/9 + 1/4 = 13/18; O = 2, so that the
/// statistic is (2/3)² · 18/13 = 8/13.
#[test]
fn two_groups_by_hand() {
    let (left, right) = ([1.0, 3.0].map(Observation::restored), [2.0, 4.0].map(Observation::restored));
    let test = log_rank(&[&left, &right]).unwrap();
    assert_close(test.statistic, Some(8.0 / 13.0), 1e-14, &test);
    assert_eq!((test.degrees, test.n), (1, 4));
}

#[test]
fn no_comparison_is_absent_rather_than_one() {
    let some = [1.0, 2.0].map(Observation::restored);
    let open = [0.5, 0.7].map(Observation::open);
    let instant = [3.0, 3.0].map(Observation::restored);
    let nothing: [&[&[Observation]]; 5] = [&[], &[&some], &[&some, &[]], &[&some, &open], &[&instant, &instant]];
    for groups in nothing {
        let test = log_rank(groups).unwrap();
        assert_eq!((test.statistic, test.p_value), (None, None), "{groups:?}");
        for test in each_against_rest(groups).unwrap() {
            assert_eq!((test.statistic, test.p_value), (None, None), "{groups:?}");
        }
    }
    let with_empty = log_rank(&[&some, &[], &instant]).unwrap();
    assert_eq!(with_empty.degrees, 1);
    assert_eq!(with_empty.statistic, log_rank(&[&some, &instant]).unwrap().statistic);
}
