//! The fitted model on organisations whose causes are planted.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use sequela_schema::Values;
use sequela_schema::result::{association, incident_attribution, metrics, placebo};
use sequela_testkit::score::{Answers, Files, Score, Truth};

use crate::sequela::{ended, run, sequela, table};

/// Writes an organisation, attributes its incidents, and scores the result.
fn solved(folder: &Path, regime: &str, more: &[&str]) -> Score {
    let (organisation, out) = (folder.join("organisation"), folder.join("out"));
    let arguments = ["simulate", "--out", organisation.to_str().unwrap(), "--regime", regime, "--set"];
    let (code, message) = ended(&sequela(&[&arguments, more].concat()));
    assert_eq!(code, 0, "{message}");
    run(&organisation.join("sequela.toml"), &out, &["--no-charts", "--quiet"]);
    let text = |path: std::path::PathBuf| std::fs::read_to_string(path).unwrap();
    let given = |name: &str| text(organisation.join(name));
    let (truth, incidents, deployments, services) =
        (given("truth.csv"), given("incidents.csv"), given("deployments.csv"), given("services.csv"));
    let files = Files { truth: &truth, incidents: &incidents, deployments: &deployments, services: &services };
    let result = |name: &str| text(out.join("tables").join(name));
    let answers = Answers::read(&result("incident_attribution.csv"), &result("deployment_outcomes.csv")).unwrap();
    Truth::read(&files).unwrap().score(&answers)
}

/// The limits are those that the design sets for its base organisation; the smaller one here scores like it.
#[test]
fn planted_causes_are_found_and_rates_are_right() {
    let folder = tempfile::tempdir().unwrap();
    let score = solved(folder.path(), "base", &["services=60", "teams=8", "weeks=20"]);
    assert!(score.f1 >= 0.82 && score.rate_error <= 0.015 && score.calibration_error <= 0.08, "{score:?}");
    let honesty = table(&folder.path().join("out"), "placebo");
    assert_eq!(honesty.height(), 4);
    let row = honesty.texts(&placebo::STATISTIC).unwrap().iter().position(|name| name == Some("share_change_caused")).unwrap();
    assert_eq!(honesty.bools(&placebo::DETECTABLE).unwrap().get(row), Some(true));
    assert_eq!(finding(folder.path()).as_deref(), Some("more than chance"));
    let (teams, covered, falsely_sure) = intervals(folder.path());
    assert_eq!(teams, 8);
    assert!(covered >= 7 && falsely_sure == 0, "{covered} of {teams} planted rates lie in their interval");
}

/// What the test that needs no model says of the whole organisation.
fn finding(folder: &Path) -> Option<String> {
    let tested = table(&folder.join("out"), "association");
    let row = tested.texts(&association::SCOPE).unwrap().iter().position(|scope| scope == Some("organisation"))?;
    tested.texts(&association::FINDING).unwrap().get(row).map(ToOwned::to_owned)
}

/// Teams, those whose planted change failure rate lies in the interval of the whole range, and those whose interval does not reach their
/// own value.
fn intervals(folder: &Path) -> (usize, usize, usize) {
    let planted = planted_rates(&folder.join("organisation"));
    let figures = table(&folder.join("out"), "metrics");
    let (scopes, periods) = (figures.texts(&metrics::SCOPE).unwrap(), figures.texts(&metrics::PERIOD).unwrap());
    let (names, ids) = (figures.texts(&metrics::METRIC).unwrap(), figures.texts(&metrics::SCOPE_ID).unwrap());
    let bounds = [&metrics::LOWER, &metrics::VALUE, &metrics::UPPER].map(|column| figures.reals(column).unwrap());
    let is_rate =
        |row: &usize| (scopes.get(*row), periods.get(*row), names.get(*row)) == (Some("team"), Some("all"), Some("change_failure_rate"));
    let (mut teams, mut covered, mut unreached) = (0, 0, 0);
    for row in (0..figures.height()).filter(is_rate) {
        let [lower, value, upper] = [0, 1, 2].map(|bound: usize| bounds[bound].get(row).unwrap());
        let truth = planted[ids.get(row).unwrap()];
        teams += 1;
        covered += usize::from((lower..=upper).contains(&truth));
        unreached += usize::from(!(lower..=upper).contains(&value));
    }
    (teams, covered, unreached)
}

/// Share of each team's deployments that the truth holds responsible for an incident; rollbacks do not count.
fn planted_rates(organisation: &Path) -> HashMap<String, f64> {
    let rows = |name: &str| {
        let mut reader = csv::Reader::from_path(organisation.join(name)).unwrap();
        reader.deserialize::<HashMap<String, String>>().map(Result::unwrap).collect::<Vec<_>>()
    };
    let guilty: HashSet<String> = rows("truth.csv").into_iter().map(|row| row["cause_deployment_id"].clone()).collect();
    let teams: HashMap<String, String> =
        rows("services.csv").into_iter().map(|row| (row["service"].clone(), row["team"].clone())).collect();
    let mut counts: HashMap<String, (f64, f64)> = HashMap::new();
    for deployment in rows("deployments.csv").iter().filter(|row| row["kind"] != "rollback") {
        let count = counts.entry(teams[&deployment["service"]].clone()).or_default();
        count.0 += f64::from(u8::from(guilty.contains(&deployment["deployment_id"])));
        count.1 += 1.0;
    }
    counts.into_iter().map(|(team, (failed, all))| (team, failed / all)).collect()
}

/// Where no deployment causes anything, hardly anything is blamed and nothing is said about single incidents. Whether there is an effect
/// at all is a test at one in twenty: another seed may cross it.
#[test]
fn coincidence_is_called_coincidence() {
    let folder = tempfile::tempdir().unwrap();
    let score = solved(folder.path(), "null", &["services=120", "teams=16", "weeks=26"]);
    assert!(score.mean_p_change <= 0.03 && score.rate_error <= 0.005, "{score:?}");
    let attribution = table(&folder.path().join("out"), "incident_attribution");
    let verdicts = attribution.texts(&incident_attribution::VERDICT).unwrap();
    assert!(verdicts.iter().all(|verdict| verdict != Some("change")), "no verdict rests on the model alone");
    assert_eq!(finding(folder.path()).as_deref(), Some("not shown"));
}
