//! The fitted model on organisations whose causes are planted.

use std::path::Path;

use sequela_schema::Values;
use sequela_schema::result::{incident_attribution, placebo};
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
    assert_eq!(honesty.height(), 3);
    let row = honesty.texts(&placebo::STATISTIC).unwrap().iter().position(|name| name == Some("share_change_caused")).unwrap();
    assert_eq!(honesty.bools(&placebo::DETECTABLE).unwrap().get(row), Some(true));
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
}
