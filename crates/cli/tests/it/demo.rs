//! The demo company: the same bytes for any number of threads, every contracted table, nobody's name anywhere.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::sequela::{ended, root, run, sequela, table};

pub(crate) fn demo() -> PathBuf {
    root().join("data/demo/sequela.toml")
}

/// One run that all tests read.
pub(crate) fn out() -> &'static Path {
    static OUT: OnceLock<tempfile::TempDir> = OnceLock::new();
    OUT.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        run(&demo(), &folder.path().join("out"), &["--threads", "1"]);
        folder
    })
    .path()
}

fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_path_buf(), std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    run(&demo(), &folder.path().join("out"), &["--threads", "2"]);
    let (mut one, mut two) = (files(&out().join("out")), files(&folder.path().join("out")));
    for run in [&mut one, &mut two] {
        assert!(run.remove(Path::new("timings.json")).is_some());
    }
    assert_eq!(one.keys().collect::<Vec<_>>(), two.keys().collect::<Vec<_>>());
    let different: Vec<_> = one.iter().filter(|(path, bytes)| two[*path] != **bytes).map(|(path, _)| path).collect();
    assert!(different.is_empty(), "{different:?}");
}

#[test]
fn every_table_is_there_in_both_forms() {
    let tables = out().join("out/tables");
    for declared in sequela_schema::tables() {
        let is_absent = matches!(declared.name, "labels" | "status_events");
        // Those of other commands.
        let is_foreign = ["evaluation", "reconciliation"].iter().any(|command| declared.name.starts_with(command));
        if is_absent || is_foreign {
            continue;
        }
        for ending in ["csv", "parquet"] {
            assert!(tables.join(declared.name).with_extension(ending).exists(), "{}.{ending}", declared.name);
        }
    }
    assert!(table(&out().join("out"), "links").height() > 100);
    for chart in ["svg", "png"] {
        let drawn = std::fs::read_dir(out().join("out/charts"))
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().path().extension().unwrap() == chart);
        assert!(drawn.count() >= 4);
    }
}

#[test]
fn nobody_is_named() {
    let planted = std::fs::read_to_string(root().join("data/demo/planted_people.csv")).unwrap();
    let planted: Vec<&str> = planted.lines().skip(1).flat_map(|line| line.split(',')).collect();
    assert!(planted.len() >= 20);
    for (path, bytes) in files(&out().join("out")) {
        if path.extension().is_some_and(|ending| matches!(ending.to_str(), Some("csv" | "html" | "md" | "svg" | "json"))) {
            let text = String::from_utf8(bytes).unwrap();
            for person in &planted {
                assert!(!text.contains(person), "{person} stands in {}", path.display());
            }
        }
    }
}

#[test]
fn a_link_is_explained_in_words() {
    use sequela_schema::Values;
    use sequela_schema::result::links;
    let folder = out().join("out");
    let links_table = table(&folder, "links");
    let incident = links_table.texts(&links::INCIDENT_ID).unwrap().get(0).unwrap().to_owned();
    let deployment = links_table.texts(&links::DEPLOYMENT_ID).unwrap().get(0).unwrap().to_owned();
    let output = sequela(&["explain", &incident, "--out", folder.to_str().unwrap()]);
    let words = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{}", ended(&output).1);
    assert!(words.contains(&deployment), "{words}");
    let nobody = ended(&sequela(&["explain", "INC-of-nobody", "--out", folder.to_str().unwrap()]));
    assert_eq!(nobody.0, 2);
    assert!(nobody.1.contains("INC-of-nobody") && nobody.1.contains("hint:"), "{}", nobody.1);
}

#[test]
fn a_limit_that_is_crossed_ends_with_one() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let arguments = ["run", "--no-charts", "--config", demo().to_str().unwrap().to_owned().leak(), "--out", out.to_str().unwrap()];
    let crossed = sequela(&[&arguments[..], &["--fail-on", "deployments>10"]].concat());
    assert_eq!(ended(&crossed).0, 1, "{}", ended(&crossed).1);
    assert!(out.join("review.html").exists(), "the results are there all the same");
    assert_eq!(ended(&sequela(&[&arguments[..], &["--fail-on", "deployments<10"]].concat())).0, 0);
}

/// Old exports can be archived: the tables of a run give the same figures as the exports they came from.
#[test]
fn tables_of_a_run_are_sources_of_the_next() {
    let tables = out().join("out/tables");
    let demo = std::fs::read_to_string(demo()).unwrap();
    let mut config = demo[..demo.find("[[source]]").unwrap()].to_owned();
    for table in
        ["deployments", "deployment_services", "deployment_commits", "incidents", "incident_services", "changes", "change_services"]
            .into_iter()
            .chain(["services", "service_teams", "service_aliases", "teams", "dependencies", "problems", "quality_measures"])
    {
        let path = tables.join(table).with_extension("parquet");
        config += &format!("[[source]]\npath = {path:?}\nkind = \"table\"\ntable = \"{table}\"\n");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sequela.toml");
    std::fs::write(&file, config).unwrap();
    run(&file, &folder.path().join("out"), &["--quiet", "--no-charts"]);
    for table in ["links", "metrics", "team_month", "service_month", "incident_attribution", "deployment_outcomes", "unowned_services"]
        .into_iter()
        .chain(["release_impact", "problem_candidates", "standard_change_candidates", "approval_paths", "team_accreditation"])
        .chain(["quality_association", "change_risk", "reconciliation_summary"])
    {
        let name = format!("{table}.csv");
        let again = std::fs::read(folder.path().join("out/tables").join(&name)).unwrap();
        assert!(again == std::fs::read(tables.join(&name)).unwrap(), "{table} differs");
    }
}

/// A month lies outside of its limits exactly where so few or so many have a probability below 0.005, and shares are those of `metrics`.
#[test]
fn limits_of_a_month_are_where_its_signal_begins() {
    use sequela_schema::result::{metrics, month_signals as t};
    use sequela_schema::{Column, Values};
    let signals = table(&out().join("out"), "month_signals");
    let text = |column: &Column, row: usize| signals.texts(column).unwrap().get(row).unwrap_or_default().to_owned();
    let real = |column: &Column, row: usize| signals.reals(column).unwrap().get(row);
    let figures = table(&out().join("out"), "metrics");
    let share_of = |month: &str| {
        let start = chrono::NaiveDate::parse_from_str(&format!("{month}-01"), "%Y-%m-%d").unwrap().to_epoch_days();
        let is = |column: &Column, row: usize, wanted: &str| figures.texts(column).unwrap().get(row) == Some(wanted);
        let row = (0..figures.height()).find(|row| {
            is(&metrics::SCOPE, *row, "organisation")
                && is(&metrics::PERIOD, *row, "month")
                && is(&metrics::METRIC, *row, "change_caused_share")
                && figures.dates(&metrics::PERIOD_START).unwrap().get(*row) == Some(start)
        });
        figures.reals(&metrics::VALUE).unwrap().get(row.unwrap()).unwrap()
    };
    let (mut judged, mut shares) = (0, 0);
    for row in 0..signals.height() {
        let metric = text(&t::METRIC, row);
        if metric == "change_caused_share" && text(&t::SCOPE, row) == "organisation" {
            assert!((real(&t::VALUE, row).unwrap() - share_of(&text(&t::MONTH, row))).abs() < 1e-9);
            shares += 1;
        }
        // Counted, not drawn: the value is a whole number of cases.
        let is_counted = ["rework_rate", "reopened_share", "repeat_share"].contains(&metric.as_str());
        let (Some(low), Some(high), true) = (real(&t::LIMIT_LOWER, row), real(&t::LIMIT_UPPER, row), is_counted) else { continue };
        let value = real(&t::VALUE, row).unwrap();
        let tail = real(&t::P_LOWER, row).unwrap().min(real(&t::P_HIGHER, row).unwrap());
        let is_outside = value < low - 1e-9 || value > high + 1e-9;
        assert_eq!(is_outside, tail < 0.005, "{metric} {value} from {low} to {high}: {tail}");
        judged += 1;
    }
    assert!(judged > 50 && shares == 6, "{judged} {shares}");
}
