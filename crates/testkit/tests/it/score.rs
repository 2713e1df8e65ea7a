//! Scores are those of the reference's scorer; data/reference/simulator.py made the case.

use std::collections::BTreeMap;
use std::path::Path;

use sequela_testkit::score::{Answers, Files, Truth};

#[test]
fn a_small_case_scores_as_the_reference_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/reference/score");
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let [truth, incidents, deployments, services] = ["truth.csv", "incidents.csv", "deployments.csv", "services.csv"].map(text);
    let truth = Truth::read(&Files { truth: &truth, incidents: &incidents, deployments: &deployments, services: &services }).unwrap();
    let answers = Answers::read(&text("tables/incident_attribution.csv"), &text("tables/deployment_outcomes.csv")).unwrap();
    let score = truth.score(&answers);
    let ours = [
        ("f1", score.f1),
        ("precision", score.precision),
        ("recall", score.recall),
        ("top1", score.top1),
        ("ece", score.calibration_error),
        ("brier", score.brier),
        ("share_hat", score.mean_p_change),
        ("share", score.share),
        ("cfr_mae", score.rate_error),
        ("cfr_bias", score.rate_bias),
        ("tau", score.tau),
    ];
    let theirs: BTreeMap<String, f64> = serde_json::from_str(&text("expected.json")).unwrap();
    assert_eq!(theirs.len(), ours.len());
    for (name, value) in ours {
        // The reference rounds to four decimals.
        assert!((value - theirs[name]).abs() <= 0.000_051, "{name}: {value}, reference {}", theirs[name]);
    }
}
