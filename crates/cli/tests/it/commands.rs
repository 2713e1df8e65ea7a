//! Commands around the main job.

use crate::sequela::{ended, root, run, sequela};

#[test]
fn the_schema_is_printed_as_text_and_json() {
    let text = sequela(&["schema", "links"]);
    assert!(String::from_utf8_lossy(&text.stdout).contains("lag_seconds"));
    let json = sequela(&["schema", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["tables"].as_array().unwrap().len(), sequela_schema::tables().count());
    let (code, message) = ended(&sequela(&["schema", "link"]));
    assert!(code == 2 && message.contains("links"), "{message}");
}

#[test]
fn completions_are_printed() {
    assert!(String::from_utf8_lossy(&sequela(&["completions", "bash"]).stdout).contains("_sequela"));
}

#[test]
fn settings_are_shown_with_their_origin() {
    let config = root().join("data/demo/sequela.toml");
    let output = sequela(&["config", "show", "--config", config.to_str().unwrap(), "--seed", "7"]);
    let text = String::from_utf8_lossy(&output.stdout);
    let origin = |setting: &str| text.lines().find(|line| line.starts_with(setting)).unwrap_or_default().to_owned();
    assert!(origin("run.seed").contains('7') && origin("run.seed").ends_with("flag or environment"), "{text}");
    assert!(origin("org.timezone").ends_with("configuration"), "{text}");
    assert!(origin("definition.lookback_hours").contains("24"), "{text}");
}

#[test]
fn an_earlier_result_is_replaced_as_a_whole_and_other_files_stay() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let case = root().join("data/golden/two-owners/sequela.toml");
    run(&case, &out, &["--quiet", "--no-charts"]);
    std::fs::write(out.join("notes.txt"), "mine").unwrap();
    std::fs::write(out.join("review-2019-01.html"), "a month of other data").unwrap();
    std::fs::write(out.join("review-2019.html"), "mine").unwrap();
    std::fs::write(out.join("tables/stale.csv"), "old").unwrap();
    run(&case, &out, &["--quiet", "--no-charts"]);
    assert_eq!(std::fs::read_to_string(out.join("notes.txt")).unwrap(), "mine");
    assert!(out.join("review-2019.html").exists() && !out.join("review-2019-01.html").exists(), "pages of months that are gone go too");
    assert!(!out.join("tables/stale.csv").exists());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn init_writes_a_configuration_that_runs() {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(root().join("data/golden/nearest-then-dependency/input")).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
    }
    std::fs::write(folder.path().join("holiday.txt"), "nothing to see\n").unwrap();
    let output = sequela(&["init", folder.path().to_str().unwrap()]);
    let (code, message) = ended(&output);
    assert_eq!(code, 0, "{message}");
    assert!(message.contains("holiday.txt"), "what could not be placed is named:\n{message}");
    let config = folder.path().join("sequela.toml");
    run(&config, &folder.path().join("out"), &["--quiet", "--no-charts"]);
    let again = ended(&sequela(&["init", folder.path().to_str().unwrap()]));
    assert!(again.0 == 2 && again.1.contains("--force"), "an existing file is not overwritten:\n{}", again.1);
}

#[test]
fn check_reports_without_writing() {
    let folder = tempfile::tempdir().unwrap();
    let config = root().join("data/demo/sequela.toml");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_sequela"))
        .args(["check", "--config", config.to_str().unwrap()])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0));
    assert!(text.contains("windows-1252") && text.contains("Defects"), "{text}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn compressed_files_are_read_like_plain_ones() {
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    let case = root().join("data/golden/two-owners");
    let input = |name: &str| std::fs::read(case.join("input").join(name)).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&input("incidents.csv")).unwrap();
    std::fs::create_dir(folder.path().join("input")).unwrap();
    let write = |name: &str, bytes: Vec<u8>| std::fs::write(folder.path().join("input").join(name), bytes).unwrap();
    write("incidents.csv", gzip.finish().unwrap());
    write("deployments.csv", zstd::encode_all(input("deployments.csv").as_slice(), 3).unwrap());
    write("services.csv", input("services.csv"));
    std::fs::copy(case.join("sequela.toml"), folder.path().join("sequela.toml")).unwrap();
    let (packed, plain) = (folder.path().join("packed"), folder.path().join("plain"));
    run(&folder.path().join("sequela.toml"), &packed, &["--quiet", "--no-charts"]);
    run(&case.join("sequela.toml"), &plain, &["--quiet", "--no-charts"]);
    let figures = |out: &std::path::Path| std::fs::read(out.join("tables/metrics.csv")).unwrap();
    assert!(figures(&packed) == figures(&plain));
    let files = std::fs::read_to_string(packed.join("tables/ingest_files.csv")).unwrap();
    assert!(files.contains("gzip") && files.contains("zstd"), "told by content, not by name:\n{files}");
}
