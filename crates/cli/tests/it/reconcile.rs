//! `sequela reconcile`: differences that are planted are found, and the steps add up.

use std::collections::BTreeMap;
use std::path::Path;

use polars::prelude::{DataFrame, ParquetReader, SerReader};
use sequela_schema::Values;
use sequela_schema::result::{reconciliation, reconciliation_records};

use crate::sequela::{ended, root, sequela};

fn reconcile(config: &Path, out: &Path, preset: &str, more: &[&str]) -> String {
    let arguments = ["reconcile", "--config", config.to_str().unwrap(), "--out", out.to_str().unwrap(), "--as", preset];
    let (code, message) = ended(&sequela(&[&arguments, more].concat()));
    assert_eq!(code, 0, "{message}");
    message
}

fn table(out: &Path, name: &str) -> DataFrame {
    ParquetReader::new(std::fs::File::open(out.join(name).with_extension("parquet")).unwrap()).finish().unwrap()
}

/// Adds the steps of every figure up; returns how many figures were compared and moved.
fn check_sums(out: &Path) -> usize {
    let frame = table(out, "reconciliation");
    let text = |column, row| frame.texts(column).unwrap().get(row).unwrap().to_owned();
    let real = |column, row| frame.reals(column).unwrap().get(row);
    let mut sums: BTreeMap<([String; 4], i32), (f64, f64)> = BTreeMap::new();
    for row in 0..frame.height() {
        let (Some(ours), Some(theirs)) = (real(&reconciliation::OURS, row), real(&reconciliation::THEIRS, row)) else {
            assert_eq!(real(&reconciliation::DIFFERENCE, row), None, "nothing to add up in row {row}");
            continue;
        };
        let names = [&reconciliation::SCOPE, &reconciliation::SCOPE_ID, &reconciliation::PERIOD, &reconciliation::METRIC];
        let key = (names.map(|name| text(name, row)), frame.dates(&reconciliation::PERIOD_START).unwrap().get(row).unwrap());
        let sum = sums.entry(key).or_insert((0.0, theirs - ours));
        sum.0 += real(&reconciliation::DIFFERENCE, row).unwrap();
    }
    for (key, (sum, difference)) in &sums {
        assert!((sum - difference).abs() < 1e-9, "{key:?}: steps add {sum}, the difference is {difference}");
    }
    sums.values().filter(|(_, difference)| difference.abs() > 1e-9).count()
}

const DEPLOYMENTS: &str = "deployment_id,service,environment,status,kind,finished_at,url
D1,api,production,success,deploy,2026-01-05T10:00:00Z,https://ci.example/D1
D2,web,production,success,deploy,2026-01-10T10:00:00Z,
D3,api,production,success,rollback,2026-01-12T10:00:00Z,https://ci.example/D3
D4,api,production,success,deploy,2026-01-20T10:00:00Z,
D5,web,production,success,deploy,2026-01-25T10:00:00Z,
";
const INCIDENTS: &str = "incident_id,service,state,started_at,created_at,resolved_at,caused_by_deployment_id
I1,api,resolved,,2026-01-05T12:00:00Z,2026-01-05T14:00:00Z,
I2,api,resolved,,2026-01-15T10:00:00Z,2026-01-15T12:00:00Z,
I3,api,resolved,,2026-01-10T12:00:00Z,2026-01-10T13:00:00Z,
I4,api,resolved,,2026-01-21T12:00:00Z,2026-01-21T18:00:00Z,D2
I5,api,open,,2026-01-20T11:00:00Z,,
I6,api,cancelled,,2026-01-05T16:00:00Z,2026-01-05T16:30:00Z,
I7,web,resolved,2026-01-10T09:30:00Z,2026-01-10T11:00:00Z,2026-01-10T12:00:00Z,
";

/// Writes the case and gives its configuration.
fn planted(folder: &Path) -> std::path::PathBuf {
    let mut config = "[org]\nname = \"Planted\"\ntimezone = \"UTC\"\n[definition]\npreset = \"evidence-then-nearest\"\n".to_owned();
    for (name, rows) in [("deployments", DEPLOYMENTS), ("incidents", INCIDENTS), ("services", "service,team\napi,A\nweb,A\n")] {
        std::fs::write(folder.join(name).with_extension("csv"), rows).unwrap();
        config += &format!("[[source]]\npath = \"{name}.csv\"\nkind = \"table\"\ntable = \"{name}\"\n");
    }
    let path = folder.join("sequela.toml");
    std::fs::write(&path, config).unwrap();
    path
}

/// Ours by hand: D1 (I1), D2 (I4 by record), D4 (I5) of D1, D2, D4, D5 = 0.75. DevLake: I4 loses its record (2 ÷ 4), the rollback D3 counts
/// (2 ÷ 5), I6 is held against D1 too, I7 begins at its creation after D2 (3 ÷ 5), without a limit I2 falls on D3, I3 on D1 and I4 on D4
/// (4 ÷ 5), and within the team I3 on D2. Restored: 2, 2, 1, 6, 0.5, 1 h; the median of these is 1.5, the lower one 1 h.
#[test]
fn planted_differences_are_found_with_their_records() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let told = reconcile(&planted(folder.path()), &out, "devlake-2023", &[]);
    assert!(
        told.contains("Change failure rate: ours 75.0\u{202f}% (") && told.contains("Apache DevLake (report of 2023) 80.0\u{202f}%"),
        "{told}"
    );
    assert_eq!(check_sums(&out), 20, "five figures of organisation and team, in the month and the range");
    let expected = [
        ("change_failure_rate", "records_and_rollbacks", -0.25, "I4"),
        ("change_failure_rate", "deployment_kinds", -0.1, "D3"),
        ("change_failure_rate", "incident_states", 0.0, "I6"),
        ("change_failure_rate", "incident_clock", 0.2, "I7"),
        ("change_failure_rate", "lookback", 0.2, "I2 I3 I4"),
        ("change_failure_rate", "scope", 0.0, "I3"),
        ("deployments", "deployment_kinds", 1.0, "D3"),
        ("incidents", "incident_states", 1.0, "I6"),
        ("time_to_restore", "open_incidents", -0.5, "I5"),
        ("time_to_restore", "summary", -0.5, ""),
    ];
    let (frame, records) = (table(&out, "reconciliation"), table(&out, "reconciliation_records"));
    let text = |column, row| frame.texts(column).unwrap().get(row).unwrap();
    for (metric, reason, difference, ids) in expected {
        let is_it = |row: &usize| {
            let place = (text(&reconciliation::SCOPE, *row), text(&reconciliation::PERIOD, *row));
            place == ("organisation", "all")
                && (text(&reconciliation::METRIC, *row), text(&reconciliation::REASON, *row)) == (metric, reason)
        };
        let row = (0..frame.height()).find(is_it).unwrap_or_else(|| panic!("no row for {metric}, {reason}"));
        let found = frame.reals(&reconciliation::DIFFERENCE).unwrap().get(row).unwrap();
        assert!((found - difference).abs() < 1e-12, "{metric}, {reason}: {found}");
        let mut listed = Vec::new();
        for row in 0..records.height() {
            let text = |column| records.texts(column).unwrap().get(row).unwrap();
            if (text(&reconciliation_records::METRIC), text(&reconciliation_records::REASON)) == (metric, reason) {
                listed.push(text(&reconciliation_records::RECORD_ID));
            }
        }
        assert_eq!(listed.join(" "), ids, "{metric}, {reason}");
        assert_eq!(frame.ints(&reconciliation::RECORDS).unwrap().get(row), Some(listed.len() as i64));
    }
    let page = std::fs::read_to_string(out.join("reconciliation.md")).unwrap();
    assert!(page.contains("| [D3](https://ci.example/D3) | does not count | counts as a deployment |"), "{page}");
    assert!(page.contains("| I2 | held against no deployment | held against D3, 3.0 days after it, by the rule |"), "{page}");
    assert!(
        page.contains("| I3 | held against D1, 5.1 days after it, by the rule | held against D2, 2.0 h after it, by the rule |"),
        "{page}"
    );
}

/// Seven incidents, five deployments: GitLab divides the ones by the others.
#[test]
fn all_incidents_as_failures_are_told_as_one_reason() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let told = reconcile(&planted(folder.path()), &out, "gitlab", &[]);
    assert!(told.contains("GitLab 140.0\u{202f}%"), "{told}");
    assert!(told.contains("it counts every incident as a failure, whatever caused it"), "{told}");
    assert!(check_sums(&out) > 0);
}

#[test]
fn the_steps_of_the_demo_add_up() {
    let folder = tempfile::tempdir().unwrap();
    for preset in ["devlake-2023", "middleware", "fourkeys", "pelorus"] {
        let out = folder.path().join(preset);
        reconcile(&root().join("data/demo/sequela.toml"), &out, preset, &["--quiet"]);
        assert!(check_sums(&out) > 20, "{preset}");
    }
}

#[test]
fn the_steps_of_a_simulated_organisation_add_up_from_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let organisation = folder.path().join("organisation");
    let arguments = ["simulate", "--out", organisation.to_str().unwrap(), "--set", "services=40", "teams=6", "weeks=16", "--quiet"];
    assert_eq!(ended(&sequela(&arguments)).0, 0);
    let out = folder.path().join("out");
    let told = reconcile(&organisation.join("sequela.toml"), &out, "devlake-2023", &[]);
    assert!(told.contains("where our model weighs coincidence"), "{told}");
    assert!(check_sums(&out) > 20);
}

#[test]
fn a_preset_that_is_none_is_refused_and_the_own_one_has_nothing_to_tell() {
    let folder = tempfile::tempdir().unwrap();
    let (config, out) = (planted(folder.path()), folder.path().join("out"));
    let (code, message) = ended(&sequela(&["reconcile", "--config", config.to_str().unwrap(), "--as", "devlake"]));
    assert!(code == 2 && message.contains("\"devlake\"") && message.contains("devlake-2023"), "{message}");
    let told = reconcile(&config, &out, "gitlab", &["--definition", "gitlab"]);
    assert!(told.contains("there is nothing to reconcile"), "{told}");
}
