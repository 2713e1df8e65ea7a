//! `risk`: what was planted is found, what cannot be told is not claimed.

use std::fmt::Write;
use std::path::Path;

use polars::prelude::DataFrame;
use sequela_schema::Values;
use sequela_schema::result::{change_risk, risk_validation};

use crate::forms::wrong;
use crate::sequela::{ended, root, run, sequela, table};
use crate::shown::html_tables;
use crate::truth::Truth;

/// Of 1,200 deployments those that ended 72 hours before the last: 12 intervals of six hours.
const KNOWN: i64 = 1_200 - 12;

/// A number from 0 to 1 that looks random (SplitMix64).
fn draw(number: i64, index: i64) -> f64 {
    let mut z = (number as u64 * 8 + index as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (z ^ (z >> 31)) as f64 / u64::MAX as f64
}

/// Deployments of twenty services over most of a year, six hours apart, each of its own change; a fifth of the changes are emergencies. An
/// emergency fails with probability `share.0`, a normal change with `share.1`. One change of each type is planned. Gives the number of
/// failures of deployments whose outcome is known.
fn planted(folder: &Path, share: (f64, f64)) -> usize {
    let (mut deployments, mut incidents) =
        ("deployment_id,service,environment,result,started_at,finished_at,change_id\n".to_owned(), String::new());
    incidents.push_str("incident_id,service,created_at,resolved_at\n");
    let mut changes = "change_id,service,type,state,created_at,planned_start_at,planned_end_at,actual_start_at,close_code\n".to_owned();
    let mut failures = 0;
    let time = |hours: i64| chrono::DateTime::from_timestamp(1_767_225_600 + hours * 3_600, 0).unwrap().format("%Y-%m-%dT%H:%M:%SZ");
    for number in 0..1_200_i64 {
        let (at, service) = (number * 6, (draw(number, 0) * 20.0) as i64);
        let is_emergency = draw(number, 1) < 0.2;
        let _ = writeln!(deployments, "d{number},s{service},production,success,{0},{0},C{number}", time(at));
        let kind = if is_emergency { "emergency" } else { "normal" };
        let _ = writeln!(changes, "C{number},s{service},{kind},closed,{0},{0},{0},{0},successful", time(at));
        if draw(number, 2) < if is_emergency { share.0 } else { share.1 } {
            failures += usize::from(number < KNOWN);
            let _ = writeln!(incidents, "i{number},s{service},{},{}", time(at + 1), time(at + 2));
        }
    }
    for (id, kind) in [("planned-emergency", "emergency"), ("planned-normal", "normal")] {
        let _ = writeln!(changes, "{id},s1,{kind},scheduled,{},{},{},,", time(7_000), time(7_300), time(7_301));
    }
    let sources = [("deployments", deployments), ("incidents", incidents), ("changes", changes)];
    let mut config = "[org]\nproduction = [\"production\"]\n[definition]\npreset = \"nearest-24h\"\nlookback_hours = 3\n".to_owned();
    for (name, text) in sources {
        std::fs::write(folder.join(name).with_extension("csv"), text).unwrap();
        let _ = writeln!(config, "[[source]]\npath = \"{name}.csv\"\nkind = \"table\"\ntable = \"{name}\"");
    }
    std::fs::write(folder.join("sequela.toml"), config).unwrap();
    failures
}

/// Standard output and standard error, and the tables.
fn scored(folder: &Path) -> (String, String, DataFrame, DataFrame) {
    let (config, out) = (folder.join("sequela.toml"), folder.join("scored"));
    let output = sequela(&["risk", "--config", config.to_str().unwrap(), "--out", out.to_str().unwrap()]);
    let (code, message) = ended(&output);
    assert_eq!(code, 0, "{message}");
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    (shown, message, table(&out, change_risk::TABLE.name), table(&out, risk_validation::TABLE.name))
}

#[test]
fn what_was_planted_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let failures = planted(folder.path(), (0.4, 0.05));
    let (shown, message, risks, validation) = scored(folder.path());
    assert_eq!(validation.bools(&risk_validation::IS_BETTER).unwrap().get(0), Some(true), "{message}");
    let real = |column| risks.reals(column).unwrap();
    let (p, lower, upper) = (real(&change_risk::P_FAILURE), real(&change_risk::LOWER), real(&change_risk::UPPER));
    for (row, planted) in [0.4, 0.05].into_iter().enumerate() {
        let (lower, upper) = (lower.get(row).unwrap(), upper.get(row).unwrap());
        assert!(
            lower <= planted && planted <= upper && upper - lower < 0.25,
            "row {row}: {:?} ({lower} to {upper}), planted {planted}",
            p.get(row)
        );
    }
    let base = real(&change_risk::BASE_RATE).get(0).unwrap();
    assert!((base - failures as f64 / KNOWN as f64).abs() < 1e-5, "{base}");
    let paths = risks.texts(&change_risk::SUGGESTED_PATH).unwrap();
    assert_eq!((paths.get(0), paths.get(1)), (Some("cab"), Some("peer")));
    assert!(risks.texts(&change_risk::REASONS).unwrap().get(0).unwrap().contains("emergency change"));
    // The likeliest first, and the base rate beside it.
    assert!(shown.find("planned-emergency").unwrap() < shown.find("planned-normal").unwrap(), "{shown}");
    assert!(message.contains("base rate") && message.contains("beats"), "{message}");
}

/// The sections of planned changes and of quality show what the tables say, also where the demo has nothing to show.
#[test]
fn every_number_of_both_sections_is_that_of_the_tables() {
    let folder = tempfile::tempdir().unwrap();
    planted(folder.path(), (0.4, 0.05));
    let quality = root().join("data/golden-tables/quality-and-size/sequela.toml");
    for (config, head, least) in [(folder.path().join("sequela.toml"), ["Change", "Statistic"], 15), (quality, ["Measure", "Measure"], 20)]
    {
        let out = tempfile::tempdir().unwrap();
        run(&config, &out.path().join("out"), &["--quiet"]);
        let page = std::fs::read_to_string(out.path().join("out/review.html")).unwrap();
        let mut tables = html_tables(&page);
        tables.retain(|shown| head.contains(&shown.heads[0].as_str()));
        assert_eq!(tables.len(), 2, "{head:?}");
        let (wrong, compared) = wrong(&tables, &Truth::read(&out.path().join("out")));
        assert!(wrong.is_empty() && compared >= least, "{compared} compared: {}", wrong.join("\n"));
    }
}

/// Failures that go with nothing.
#[test]
fn where_history_tells_nothing_apart_the_base_rate_is_given() {
    let folder = tempfile::tempdir().unwrap();
    planted(folder.path(), (0.1, 0.1));
    let (_, message, risks, validation) = scored(folder.path());
    assert_eq!(validation.bools(&risk_validation::IS_BETTER).unwrap().get(0), Some(false), "{message}");
    let methods = risks.texts(&change_risk::METHOD).unwrap();
    assert!(methods.iter().all(|method| method == Some("base rate")));
    assert_eq!(risks.reals(&change_risk::P_FAILURE).unwrap().get(0), risks.reals(&change_risk::BASE_RATE).unwrap().get(0));
    assert!(message.contains("does not beat the base rate"), "{message}");
}

#[test]
fn results_of_a_run_are_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("review.html"), "").unwrap();
    let config = root().join("data/golden-tables/planned-base-rate/sequela.toml");
    let (code, message) = ended(&sequela(&["risk", "--config", config.to_str().unwrap(), "--out", folder.path().to_str().unwrap()]));
    assert_eq!(code, 2, "{message}");
    assert!(message.contains("holds the results of a run"), "{message}");
}
