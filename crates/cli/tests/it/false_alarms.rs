//! How often each report cries wolf, beside the rate that it states, in two kinds of organisations: in one nothing ever fails, and
//! incidents come at each service's own rate; in the other deployments fail, and what records and measures say goes with nothing.
//! Either way some incidents are recorded twice and call for repairs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, OnceLock};

use crate::plants::{Organisation, Row, most, number, rows, text};

/// Organisations of each kind.
const EACH: u32 = 20;
/// Small, so that all of them run in about a minute.
const SIZE: [&str; 5] = ["services=30", "teams=6", "trains=1", "lowest_rate=0.1", "highest_rate=2"];
const NOTHING_FAILS: [&str; 2] = ["null=true", "weeks=6"];
const NOTHING_MATTERS: [&str; 6] =
    ["weeks=10", "safe_and_unsafe=false", "coverage_effect=0", "friday_effect=1", "recurring=0", "bad_release=0"];
/// Association is claimed by Benjamini-Hochberg at this rate: where there is none, any claim is false.
const DISCOVERY: f64 = 0.1;
/// One end of an interval of 90 %.
const ONE_SIDE: f64 = 0.05;

/// What a report says that is not so, and how much it says in all.
#[derive(Clone, Debug, Default)]
struct Claims {
    wrong: Vec<String>,
    all: usize,
}

impl Claims {
    /// Wrong ÷ all: what the rate bounds on average.
    fn share(&self) -> f64 {
        self.wrong.len() as f64 / self.all.max(1) as f64
    }
}

/// What the reports of one organisation say.
#[derive(Clone, Debug, Default)]
struct Alarms {
    problems: Claims,
    standard: Claims,
    approval: Claims,
    quality: Claims,
    risk: Claims,
    accreditation: Claims,
    /// Deployments after which the incident rate is said to be higher, and all of which that could be said.
    impact: (usize, usize),
    reconciliation: Vec<String>,
    /// Rows of the reconciliation.
    reconciled: usize,
}

/// Organisations in which nothing fails, and those in which nothing matters.
fn all() -> &'static [Vec<Alarms>; 2] {
    static ONCE: OnceLock<[Vec<Alarms>; 2]> = OnceLock::new();
    ONCE.get_or_init(|| [run_all(1_000, &NOTHING_FAILS), run_all(2_000, &NOTHING_MATTERS)])
}

/// Two at a time.
fn run_all(first: u32, changes: &[&str]) -> Vec<Alarms> {
    let (next, found) = (Mutex::new(0..EACH), Mutex::new(vec![Alarms::default(); EACH as usize]));
    let take = || next.lock().unwrap().next();
    let work = || {
        while let Some(number) = take() {
            let organisation = Organisation::simulate(first + number, &[&SIZE[..], changes].concat());
            let alarms = alarms(&organisation, changes.contains(&"null=true"));
            found.lock().unwrap()[number as usize] = alarms;
        }
    };
    std::thread::scope(|scope| [scope.spawn(work), scope.spawn(work)].map(|thread| thread.join().unwrap()));
    found.into_inner().unwrap()
}

fn alarms(organisation: &Organisation, nothing_fails: bool) -> Alarms {
    let out = organisation.run("sequela");
    let claims = |table: &str, column: &str, claims: &[&str], is_wrong: &dyn Fn(&Row) -> bool| -> Claims {
        let found: Vec<Row> = rows(&out, table).into_iter().filter(|row| claims.contains(&text(row, column))).collect();
        let wrong = found.iter().filter(|row| is_wrong(row)).map(|row| format!("{row:?}"));
        Claims { wrong: wrong.collect(), all: found.len() }
    };
    let failures = ["more failures", "fewer failures"];
    // Repairs cause nothing, so that what they are approved by goes with fewer failures, and larger changes fail more.
    let is_open = |row: &Row| nothing_fails || matches!(text(row, "path"), "cab" | "peer" | "pre_approved");
    let is_idle = |row: &Row| nothing_fails || matches!(text(row, "measure"), "coverage_pct" | "complexity");
    let truth = true_rates(organisation);
    let is_undeserved = |row: &Row| {
        let is_rate = text(row, "criterion") == "change_failure_rate";
        is_rate && truth.get(text(row, "team_id")).is_some_and(|rate| number(row, "upper").is_some_and(|upper| *rate > upper))
    };
    let impact = rows(&out, "release_impact");
    let judged = impact.iter().filter(|row| number(row, "rate_ratio").is_some());
    let reconciled = rows(&out, "change_reconciliation");
    Alarms {
        problems: claims("problem_candidates", "finding", &["candidate", "known", "fix did not hold"], &|_| true),
        standard: claims("standard_change_candidates", "proposal", &["pre-approve", "withdraw"], &|row| is_wrong(organisation, row)),
        approval: claims("approval_paths", "finding", &failures, &is_open),
        quality: claims("quality_association", "finding", &failures, &is_idle),
        risk: claims("risk_validation", "is_better", &["true"], &|_| nothing_fails),
        accreditation: claims("team_accreditation", "level", &["gold", "silver", "bronze"], &is_undeserved),
        impact: (judged.clone().filter(|row| number(row, "rate_ratio_lower") > Some(1.0)).count(), judged.count()),
        reconciliation: unplanted(organisation, &reconciled),
        reconciled: reconciled.len(),
    }
}

/// Of each team the share of deployments that truly failed; rollbacks do not count.
fn true_rates(organisation: &Organisation) -> BTreeMap<String, f64> {
    let teams: BTreeMap<String, String> =
        organisation.file("services.csv").into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    let failed: BTreeSet<String> = organisation.file("truth.csv").into_iter().map(|row| row[1].clone()).collect();
    let mut counts: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    for row in organisation.file("deployments.csv").into_iter().filter(|row| row[6] != "rollback") {
        let Some(team) = teams.get(&row[1]) else { continue };
        let count = counts.entry(team.clone()).or_default();
        *count = (count.0 + f64::from(u8::from(failed.contains(&row[0]))), count.1 + 1.0);
    }
    counts.into_iter().map(|(team, (failures, all))| (team, failures / all)).collect()
}

/// Whether the truth lies on the other side of the target than a proposal says.
fn is_wrong(organisation: &Organisation, row: &Row) -> bool {
    let key = format!("{}|{}|{}", text(row, "service_id"), text(row, "model"), text(row, "type"));
    let truth = organisation.planted("standard_change_candidates").into_iter().find(|(planted, _)| *planted == key);
    let is_safe = truth.is_some_and(|(_, success)| success.parse::<f64>().unwrap() >= number(row, "target").unwrap());
    is_safe != (text(row, "proposal") == "pre-approve")
}

/// Findings of the reconciliation that nobody planted. A deployment has the number of its change.
fn unplanted(organisation: &Organisation, found: &[Row]) -> Vec<String> {
    let number_of = |id: &str| id.trim_start_matches(|letter: char| letter.is_ascii_alphabetic()).to_owned();
    let planted: BTreeSet<(String, &str)> =
        organisation.planted("change_reconciliation").into_iter().map(|(key, what)| (number_of(key), what)).collect();
    let is_planted = |row: &Row| {
        [text(row, "record_id"), text(row, "other_id")].iter().any(|id| planted.contains(&(number_of(id), text(row, "finding"))))
    };
    let claims = found.iter().filter(|row| !matches!(text(row, "finding"), "agrees" | "not_judged"));
    claims.filter(|row| !is_planted(row)).map(|row| format!("{row:?}")).collect()
}

/// In each kind the mean share of claims that are wrong is no more than the rate explains. Where nothing true can be claimed the share is
/// 0 or 1, and the number of organisations with a false alarm is binomial.
fn assert_rare(report: &str, rate: f64, of: impl Fn(&Alarms) -> &Claims) {
    let shares = all().each_ref().map(|kind| kind.iter().map(|alarms| of(alarms).share()).sum::<f64>());
    let [quiet, failing] = all().each_ref().map(|kind| kind.iter().filter(|alarms| !of(alarms).wrong.is_empty()).count());
    eprintln!(
        "{report}: false alarms in {quiet} of {EACH} organisations without failures and in {failing} of {EACH} others; {rate} is stated"
    );
    let examples: Vec<&str> = all().iter().flatten().flat_map(|alarms| &of(alarms).wrong).map(String::as_str).collect();
    let most = most(EACH as usize, rate);
    assert!(shares.iter().all(|sum| *sum <= most as f64), "{report}: {shares:?}, {most} at most\n{}", examples.join("\n"));
}

#[test]
fn problems() {
    assert_rare("problem_candidates", DISCOVERY, |alarms| &alarms.problems);
}

/// Where nothing fails every model succeeds in 99.8 % of cases, above any target.
#[test]
fn standard_changes() {
    assert_rare("standard_change_candidates", DISCOVERY, |alarms| &alarms.standard);
}

#[test]
fn approval_paths() {
    assert_rare("approval_paths", DISCOVERY, |alarms| &alarms.approval);
}

#[test]
fn quality() {
    assert_rare("quality_association", DISCOVERY, |alarms| &alarms.quality);
}

#[test]
fn risk() {
    assert_rare("risk_validation", ONE_SIDE, |alarms| &alarms.risk);
}

/// A level for few failures that the team has not: its true rate lies above the whole interval.
#[test]
fn accreditation() {
    let (wrong, teams) = (all().iter().flatten().map(|alarms| alarms.accreditation.wrong.len()).sum::<usize>(), 2 * EACH as usize * 6);
    eprintln!("team_accreditation: {wrong} levels of {teams} teams are undeserved; {ONE_SIDE} is stated");
    assert!(all()[1].iter().any(|alarms| alarms.accreditation.all > 0), "levels are awarded at all");
    assert!(wrong <= most(teams, ONE_SIDE), "{wrong} of {teams}");
}

/// Windows of neighbouring deployments overlap and incidents are recorded twice, so the rows are no independent trials: the share is
/// held against the rate itself.
#[test]
fn release_impact() {
    let (risen, judged) = all()[0].iter().fold((0, 0), |sum, alarms| (sum.0 + alarms.impact.0, sum.1 + alarms.impact.1));
    eprintln!("release_impact: {risen} of {judged} deployments are followed by a higher rate; {ONE_SIDE} is stated");
    assert!(judged > 1_000 && risen as f64 <= ONE_SIDE * judged as f64, "{risen} of {judged}");
}

/// What records say is no matter of chance: nothing is found that is not so, but where a deployment that names no record lies in the
/// window of another's.
#[test]
fn reconciliation() {
    let wrong: Vec<&String> = all().iter().flatten().flat_map(|alarms| &alarms.reconciliation).collect();
    let rows: usize = all().iter().flatten().map(|alarms| alarms.reconciled).sum();
    eprintln!("change_reconciliation: {} of {rows} rows are findings that nobody planted", wrong.len());
    assert!(500 * wrong.len() <= rows, "{} of {rows}, such as {:#?}", wrong.len(), &wrong[..wrong.len().min(5)]);
}
