//! `simulate` as a user runs it.

use std::path::Path;

use sequela_schema::Values;
use sequela_schema::result::links;

use crate::sequela::{ended, run, sequela, table};

/// Writes an organisation and returns exit code and message.
fn simulate(out: &Path, more: &[&str]) -> (i32, String) {
    ended(&sequela(&[&["simulate", "--out", out.to_str().unwrap()], more].concat()))
}

fn rows(file: &Path) -> usize {
    std::fs::read_to_string(file).unwrap().lines().count() - 1
}

#[test]
fn the_folder_runs_at_once_and_nothing_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (organisation, out) = (folder.path().join("a/organisation"), folder.path().join("out"));
    let changes = ["--regime", "small", "--seed", "4", "--set", "weeks=8", "labels=0.5"];
    let (code, message) = simulate(&organisation, &changes);
    assert_eq!(code, 0, "{message}");
    assert!(message.contains("% caused by a deployment"), "{message}");
    run(&organisation.join("sequela.toml"), &out, &["--no-charts", "--max-bad-rows", "0"]);
    for name in ["deployments", "incidents"] {
        assert_eq!(table(&out, name).height(), rows(&organisation.join(name).with_extension("csv")), "{name}");
    }
    let manifest = std::fs::read_to_string(out.join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(manifest["as_of"], "2026-03-02T00:00:00Z", "eight weeks after Monday 5 January");
    let unread = manifest["inputs"].as_array().unwrap().iter().all(|input| !input.to_string().contains("truth"));
    assert!(unread, "the truth is no source");
    assert_recorded_causes_are_true(&organisation, &out);
}

/// A record that names a cause names the true one, and the run takes it up.
fn assert_recorded_causes_are_true(organisation: &Path, out: &Path) {
    let truth = std::fs::read_to_string(organisation.join("truth.csv")).unwrap();
    let links_table = table(out, "links");
    let (incidents, deployments) = (links_table.texts(&links::INCIDENT_ID).unwrap(), links_table.texts(&links::DEPLOYMENT_ID).unwrap());
    let bases = links_table.texts(&links::EVIDENCE).unwrap();
    let asserted: Vec<usize> = (0..links_table.height()).filter(|row| bases.get(*row) == Some("asserted")).collect();
    assert!(asserted.len() > 10, "{}", asserted.len());
    for row in asserted {
        let end = |id: Option<&str>| id.unwrap().rsplit(':').next().unwrap().to_owned();
        let pair = format!("\n{},{},", end(incidents.get(row)), end(deployments.get(row)));
        assert!(truth.contains(&pair), "{pair}");
    }
}

#[test]
fn a_folder_that_is_not_empty_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let small = ["--regime", "small", "--set", "weeks=2"];
    std::fs::write(folder.path().join("incidents.csv"), "mine").unwrap();
    let (code, message) = simulate(folder.path(), &small);
    assert!(code == 2 && message.contains("not empty") && message.contains("--force"), "{message}");
    assert_eq!(std::fs::read_to_string(folder.path().join("incidents.csv")).unwrap(), "mine");
    std::fs::write(folder.path().join("notes.txt"), "mine").unwrap();
    let (code, message) = simulate(folder.path(), &[&small[..], &["--force"]].concat());
    assert_eq!(code, 0, "{message}");
    assert!(std::fs::read_to_string(folder.path().join("incidents.csv")).unwrap().starts_with("incident_id,"));
    assert!(folder.path().join("notes.txt").exists(), "other files stay");
    let file = folder.path().join("notes.txt");
    assert_eq!(simulate(&file, &small).0, 2, "a file is no folder");
}

#[test]
fn mistakes_are_named_and_write_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("organisation");
    let cases: [(&[&str], &[&str]); 5] = [
        (&["--regime", "bass"], &["bass", "low-freq", "null"]),
        (&["--set", "shares=0.2"], &["shares", "--list"]),
        (&["--set", "share=20"], &["share", "0.01 to 1"]),
        (&["--set", "teams=301"], &["more teams than services"]),
        (&["--seed", "one"], &["--seed"]),
    ];
    for (arguments, words) in cases {
        let (code, message) = simulate(&out, arguments);
        assert_eq!(code, 2, "{message}");
        assert!(words.iter().all(|word| message.contains(word)), "{words:?} in\n{message}");
    }
    assert!(!out.exists());
    assert_eq!(ended(&sequela(&["simulate"])).0, 2, "a folder is needed");
}

#[test]
fn everything_that_can_be_set_is_listed() {
    let output = sequela(&["simulate", "--list", "--regime", "share20"]);
    let page = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success());
    for word in ["labels30", "services=60 teams=12", "\n  share=0.2 ", "\n  delay=lognormal "] {
        assert!(page.contains(word), "{word:?} is missing in:\n{page}");
    }
}
