//! `evaluate`: figures against an independent scorer, and labels that stay hidden.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sequela_schema::Values;
use sequela_schema::result::{evaluation, evaluation_bins};
use sequela_testkit::score::{Answers, Files, Truth};

use crate::sequela::{ended, root, run, sequela, table};

/// Writes an organisation into the folder.
fn simulate(organisation: &Path, changes: &[&str]) {
    let arguments = ["simulate", "--out", organisation.to_str().unwrap(), "--regime", "small", "--seed", "3", "--set"];
    let (code, message) = ended(&sequela(&[&arguments, changes].concat()));
    assert_eq!(code, 0, "{message}");
}

/// Scores an organisation; exit code, standard output and standard error.
fn evaluate(organisation: &Path, out: &Path, more: &[&str]) -> (i32, String, String) {
    let config = organisation.join("sequela.toml");
    let arguments = ["evaluate", "--config", config.to_str().unwrap(), "--out", out.to_str().unwrap()];
    let output = sequela(&[&arguments, more].concat());
    let (code, message) = ended(&output);
    (code, String::from_utf8_lossy(&output.stdout).into_owned(), message)
}

/// (n, value) of every measure of a definition.
fn measures(out: &Path, definition: &str) -> BTreeMap<String, (i64, Option<f64>)> {
    let frame = table(out, "evaluation");
    let text = |column| frame.texts(column).unwrap();
    let (definitions, names) = (text(&evaluation::DEFINITION), text(&evaluation::MEASURE));
    let (sizes, values) = (frame.ints(&evaluation::N).unwrap(), frame.reals(&evaluation::VALUE).unwrap());
    let rows = (0..frame.height()).filter(|row| definitions.get(*row) == Some(definition));
    rows.map(|row| (names.get(row).unwrap().to_owned(), (sizes.get(row).unwrap(), values.get(row)))).collect()
}

/// Rows of a CSV file by name of the column.
fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_path(path).unwrap().deserialize().map(|row| row.unwrap()).collect()
}

/// Writes a CSV file with one column changed.
fn change(path: &Path, column: &str, value: impl Fn(&BTreeMap<String, String>) -> String) {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let header = reader.headers().unwrap().clone();
    let mut changed = rows(path);
    changed.iter_mut().for_each(|row| *row.get_mut(column).unwrap() = value(row));
    let mut writer = csv::Writer::from_path(path).unwrap();
    writer.write_record(&header).unwrap();
    changed.iter().for_each(|row| writer.write_record(header.iter().map(|name| &row[name])).unwrap());
    writer.flush().unwrap();
}

/// Of the caused incidents without a recorded cause, the share whose cause is among the first five of the rule's candidates.
fn among_five(organisation: &Path, run: &Path) -> f64 {
    let told: BTreeSet<String> = rows(&organisation.join("incidents.csv"))
        .into_iter()
        .filter(|row| !row["caused_by_deployment_id"].is_empty())
        .map(|row| row["incident_id"].clone())
        .collect();
    let first: BTreeSet<(String, String)> = rows(&run.join("tables/candidates.csv"))
        .into_iter()
        .filter(|row| row["position"].parse::<u32>().unwrap() <= 5)
        .map(|row| (row["incident_id"].clone(), row["deployment_id"].clone()))
        .collect();
    let causes =
        rows(&organisation.join("truth.csv")).into_iter().map(|row| (row["incident_id"].clone(), row["cause_deployment_id"].clone()));
    let causes: Vec<_> = causes.filter(|(incident, cause)| !cause.is_empty() && !told.contains(incident)).collect();
    causes.iter().filter(|pair| first.contains(pair)).count() as f64 / causes.len() as f64
}

/// Nothing is hidden from anybody when the truth lies in a file that nobody reads: a plain run then gives the same answers, and the
/// scorer of the test kit, which agrees with the design's own script, scores them. Its probabilities come from CSV, with six digits.
#[test]
fn every_figure_is_that_of_an_independent_scorer() {
    let folder = tempfile::tempdir().unwrap();
    let (organisation, out) = (folder.path().join("organisation"), folder.path().join("evaluation"));
    simulate(&organisation, &["weeks=14", "labels=0.2"]);
    let truth = organisation.join("truth.csv");
    let (code, page, message) = evaluate(&organisation, &out, &["--truth", truth.to_str().unwrap()]);
    assert_eq!(code, 0, "{message}");
    let text = |name: &str| std::fs::read_to_string(organisation.join(name)).unwrap();
    let (truth, incidents, deployments, services) =
        (text("truth.csv"), text("incidents.csv"), text("deployments.csv"), text("services.csv"));
    let files = Files { truth: &truth, incidents: &incidents, deployments: &deployments, services: &services };
    let planted = Truth::read(&files).unwrap();
    for definition in ["sequela", "nearest-24h", "devlake-2023"] {
        let plain = folder.path().join(definition);
        run(&organisation.join("sequela.toml"), &plain, &["--definition", definition, "--no-charts", "--quiet"]);
        let result = |name: &str| std::fs::read_to_string(plain.join("tables").join(name)).unwrap();
        let score = planted.score(&Answers::read(&result("incident_attribution.csv"), &result("deployment_outcomes.csv")).unwrap());
        let found = measures(&out, definition);
        let expected = [
            ("precision", score.precision),
            ("recall", score.recall),
            ("f1", score.f1),
            ("top_1", score.top1),
            ("expected_calibration_error", score.calibration_error),
            ("brier", score.brier),
            ("team_rate_error", score.rate_error),
            ("team_rate_tau", score.tau),
        ];
        for (measure, expected) in expected {
            let value = found[measure].1.unwrap();
            assert!((value - expected).abs() < 2e-6, "{definition} {measure}: {value} {expected}");
        }
        let five = found["top_5"].1.unwrap();
        if definition == "nearest-24h" {
            assert!((five - among_five(&organisation, &plain)).abs() < 1e-12, "{five}");
        }
        assert!(five >= score.top1, "{definition}: {five}");
    }
    let told = rows(&organisation.join("incidents.csv")).iter().filter(|row| !row["caused_by_deployment_id"].is_empty()).count();
    assert!(told > 5 && page.contains(&format!("{told} whose own record names the cause")), "{page}");
    let scored = measures(&out, "sequela")["brier"].0;
    assert_eq!(scored as usize + told, rows(&organisation.join("truth.csv")).len());
    assert!(page.contains("The model names the right deployment first for"), "{page}");
    assert!(out.join("charts/reliability.png").exists() && out.join("manifest.json").exists());
    let bins = table(&out, "evaluation_bins");
    let in_bins = |definition: &str| -> i64 {
        let names = bins.texts(&evaluation_bins::DEFINITION).unwrap();
        let sizes = bins.ints(&evaluation_bins::N).unwrap();
        (0..bins.height()).filter(|row| names.get(*row) == Some(definition)).map(|row| sizes.get(row).unwrap()).sum()
    };
    assert_eq!(in_bins("sequela"), scored);
}

/// The records then name deployments that end after the incident and so are no candidates, each another one: what is said of an earlier
/// incident passes on to its follow-ups. A definition that saw the record would find the deployment at once; one that did not cannot.
#[test]
fn recorded_causes_do_not_leak_into_what_is_scored_on_them() {
    let folder = tempfile::tempdir().unwrap();
    let organisation = folder.path().join("organisation");
    simulate(&organisation, &["weeks=10", "labels=0.6"]);
    let named = |out: &Path| {
        let (code, page, message) = evaluate(&organisation, out, &["--no-charts"]);
        assert_eq!(code, 0, "{message}");
        (measures(out, "sequela"), measures(out, "evidence-then-nearest"), page)
    };
    let (model, rule, page) = named(&folder.path().join("right"));
    let told = rows(&organisation.join("incidents.csv")).iter().filter(|row| !row["caused_by_deployment_id"].is_empty()).count() as i64;
    assert!(told > 30, "{told}");
    for found in [&model, &rule] {
        assert_eq!((found["recall"].0, found["top_1"].0), (told, told));
        assert!(found["top_1"].1.unwrap() > 0.3 && found["top_5"].1 >= found["top_1"].1, "{found:?}");
        assert_eq!((found["precision"].1, found["brier"].1, found["expected_calibration_error"].1), (None, None, None));
        assert!(!found.contains_key("team_rate_error"));
    }
    assert!(page.contains("No label says that an incident was not caused") && !page.contains("precision  "), "{page}");
    let mut last = rows(&organisation.join("deployments.csv"));
    last.sort_by(|left, right| right["finished_at"].cmp(&left["finished_at"]));
    last.truncate(told as usize);
    let places = rows(&organisation.join("incidents.csv")).into_iter().filter(|row| !row["caused_by_deployment_id"].is_empty());
    let places: BTreeMap<String, usize> = places.map(|row| row["incident_id"].clone()).zip(0..).collect();
    change(&organisation.join("incidents.csv"), "caused_by_deployment_id", |row| {
        let wrong = places.get(&row["incident_id"]).map(|place| &last[*place]).filter(|wrong| row["created_at"] < wrong["finished_at"]);
        wrong.map(|wrong| wrong["deployment_id"].clone()).unwrap_or_default()
    });
    let (model, rule, _) = named(&folder.path().join("wrong"));
    for found in [model, rule] {
        assert!(found["top_1"].0 > 30, "{found:?}");
        assert_eq!((found["top_1"].1, found["top_5"].1), (Some(0.0), Some(0.0)));
    }
}

/// What rests on rollbacks is scored without their marks: the rule that takes them for evidence is left with nearness in time.
#[test]
fn rollbacks_are_hidden_from_what_is_scored_on_them() {
    let folder = tempfile::tempdir().unwrap();
    let (organisation, out) = (folder.path().join("organisation"), folder.path().join("out"));
    simulate(&organisation, &["weeks=10", "labels=0"]);
    let (code, page, message) = evaluate(&organisation, &out, &["--no-charts"]);
    assert_eq!(code, 0, "{message}");
    assert!(page.contains("rollback"), "{page}");
    let (with_evidence, nearest) = (measures(&out, "evidence-then-nearest"), measures(&out, "nearest-24h"));
    assert!(nearest["top_1"].0 > 5 && nearest["top_1"].1.unwrap() < 1.0, "{nearest:?}");
    assert_eq!(with_evidence, nearest);
    let frame = table(&out, "evaluation");
    assert!(frame.texts(&evaluation::LABELS).unwrap().iter().all(|labels| labels == Some("rollback")));

    change(&organisation.join("deployments.csv"), "rolls_back_deployment_id", |_| String::new());
    let (code, _, message) = evaluate(&organisation, &folder.path().join("none"), &["--no-charts"]);
    assert!(code == 3 && message.contains("nothing to score against") && message.contains("--truth FILE"), "{message}");
    assert!(!folder.path().join("none").exists());
}

#[test]
fn mistakes_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let case = root().join("data/golden/two-owners");
    let truth = folder.path().join("truth.csv");
    let scored = |text: &str| {
        std::fs::write(&truth, text).unwrap();
        let (code, _, message) = evaluate(&case, &folder.path().join("out"), &["--truth", truth.to_str().unwrap()]);
        (code, message)
    };
    let (code, message) = scored("incident_id,deployment_id\nINC-404,D-1\n");
    assert!(code == 3 && message.contains("1 that are not in the data"), "{message}");
    let (code, message) = scored("incident_id,culprit\nINC-1,D-1\n");
    assert!(code == 3 && message.contains("names no deployment") && message.contains("cause_deployment_id"), "{message}");
    std::fs::remove_file(&truth).unwrap();
    let (code, _, message) = evaluate(&case, &folder.path().join("out"), &["--truth", truth.to_str().unwrap()]);
    assert!(code == 2 && message.contains("no such file"), "{message}");
    run(&case.join("sequela.toml"), &folder.path().join("run"), &["--quiet", "--no-charts"]);
    let (code, _, message) = evaluate(&case, &folder.path().join("run"), &[]);
    assert!(code == 2 && message.contains("holds the results of a run"), "{message}");
}

/// No definition reads the table of labels: a run that is given one says how well its own probabilities hold.
#[test]
fn a_run_with_labels_checks_itself() {
    let folder = tempfile::tempdir().unwrap();
    let (organisation, out) = (folder.path().join("organisation"), folder.path().join("out"));
    simulate(&organisation, &["labels=0"]);
    let truth = rows(&organisation.join("truth.csv"));
    let mut labels = String::from("incident_id,deployment_id\n");
    truth.iter().for_each(|row| labels += &format!("{},{}\n", row["incident_id"], row["cause_deployment_id"]));
    std::fs::write(organisation.join("labels.csv"), labels).unwrap();
    let config = organisation.join("sequela.toml");
    let with_labels =
        std::fs::read_to_string(&config).unwrap() + "\n[[source]]\npath = \"labels.csv\"\nkind = \"table\"\ntable = \"labels\"\n";
    run(&config, &folder.path().join("without"), &["--quiet", "--no-charts"]);
    std::fs::write(&config, with_labels).unwrap();
    run(&config, &out, &["--quiet"]);
    let read = |out: &Path| std::fs::read(out.join("tables/incident_attribution.csv")).unwrap();
    assert!(read(&out) == read(&folder.path().join("without")), "labels tell the model nothing");
    let caused: BTreeSet<&String> =
        truth.iter().filter(|row| !row["cause_deployment_id"].is_empty()).map(|row| &row["incident_id"]).collect();
    let attribution = rows(&out.join("tables/incident_attribution.csv"));
    let squares = attribution.iter().map(|row| {
        let truth = f64::from(u8::from(caused.contains(&row["incident_id"])));
        (row["p_change"].parse::<f64>().unwrap() - truth).powi(2)
    });
    let brier = squares.sum::<f64>() / attribution.len() as f64;
    let found = measures(&out, "sequela");
    assert!((found["brier"].1.unwrap() - brier).abs() < 1e-5, "{found:?} {brier}");
    assert!(!found.contains_key("top_5"), "a run lists fewer suspects than five");
    assert!(out.join("charts/reliability.svg").exists());
    let page = std::fs::read_to_string(out.join("review.html")).unwrap();
    assert!(page.contains("The model's probabilities are off by") || page.contains("The model&#39;s probabilities are off by"));
}
