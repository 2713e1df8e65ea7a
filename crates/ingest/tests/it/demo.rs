//! The demo's exports: every planted defect is found where it was planted, every duplicate counted once, no person kept.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use polars::prelude::DataType;
use sequela_ingest::{Directions, Mapping, Options, Source, read};
use sequela_schema::canonical::{deployments, incidents, ingest_issues};
use sequela_schema::{Frames, Values};

use crate::support::{Folder, assert_comes_back, texts};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/demo")
}

fn detailed(column: &str, format: Option<&str>, values: &[(&str, &str)]) -> Mapping {
    let values = values.iter().map(|(theirs, ours)| ((*theirs).to_owned(), (*ours).to_owned())).collect();
    Mapping::Detailed(Directions { column: Some(column.to_owned()), format: format.map(str::to_owned), values, ..Directions::default() })
}

/// The sources of `data/demo/sequela.toml`.
fn sources() -> Vec<Source> {
    let berlin = |mut source: Source| {
        source.timezone = Some("Europe/Berlin".to_owned());
        source
    };
    let german = Some("%d.%m.%Y %H:%M");
    let mut forge = berlin(Source::table("exports/forge/builds.csv", "deployments"));
    forge.map = [
        ("deployment_id", detailed("Build", None, &[])),
        ("service", detailed("App", None, &[])),
        ("environment", detailed("Stage", None, &[])),
        (
            "kind",
            detailed("Type", None, &[("REGULAR", "deploy"), ("CONFIG", "config_change"), ("HOTFIX", "hotfix"), ("ROLLBACK", "rollback")]),
        ),
        ("started_at", detailed("Begin", german, &[])),
        ("finished_at", detailed("End", german, &[])),
        (
            "result",
            detailed("Outcome", None, &[("OK", "success"), ("FAILED", "failure"), ("BROKEN", "error"), ("ABORTED", "cancellation")]),
        ),
        ("commit_sha", detailed("Commit", None, &[])),
        ("commit_at", detailed("Committed", german, &[])),
        ("lines_changed", detailed("Lines", None, &[])),
        ("rolls_back_deployment_id", detailed("Reverts", None, &[])),
        ("change_id", detailed("Change", None, &[])),
    ]
    .map(|(ours, theirs)| (ours.to_owned(), theirs))
    .into();
    vec![
        berlin(Source::new("exports/servicenow/incident_page*.csv", "servicenow")),
        berlin(Source::new("exports/servicenow/change_request.csv", "servicenow")),
        berlin(Source::new("exports/servicenow/problem.csv", "servicenow")),
        Source::new("exports/sonarqube/measures.ndjson", "sonarqube"),
        Source::new("exports/github/*json", "github"),
        forge,
        Source::new("exports/catalog/catalog-info.yaml", "backstage"),
    ]
}

fn frames() -> Frames {
    let mut options = Options::new(folder());
    options.timezone = chrono_tz::Europe::Berlin;
    options.production = vec!["production".to_owned(), "PROD".to_owned()];
    read(&sources(), &options, &()).unwrap()
}

/// Lines of a simple CSV without quotes in the columns looked at.
fn column(file: &str, columns: &[usize]) -> BTreeSet<Vec<String>> {
    let text = std::fs::read_to_string(folder().join(file)).unwrap();
    let lines = text.lines().skip(1).map(|line| line.split(',').map(|cell| cell.trim_matches('"').to_owned()).collect::<Vec<_>>());
    lines.map(|cells| columns.iter().map(|column| cells[*column].clone()).collect()).collect()
}

#[test]
fn planted_defects_are_found_where_they_were_planted_and_nothing_else() {
    let frames = frames();
    let issues = frames.get(&ingest_issues::TABLE);
    let rows = issues.ints(&ingest_issues::ROW).unwrap();
    let rejected = issues.bools(&ingest_issues::REJECTED).unwrap();
    let (paths, columns, codes) =
        (texts(&issues, &ingest_issues::PATH), texts(&issues, &ingest_issues::COLUMN), texts(&issues, &ingest_issues::CODE));
    let found: BTreeSet<Vec<String>> = (0..issues.height())
        .map(|row| {
            let text = |texts: &[Option<String>]| texts[row].clone().unwrap_or_default();
            vec![text(&paths), rows.get(row).unwrap().to_string(), text(&columns), text(&codes), rejected.get(row).unwrap().to_string()]
        })
        .collect();
    let planted = column("planted_defects.csv", &[0, 1, 2, 3, 4]);
    let missed: Vec<_> = planted.difference(&found).collect();
    assert!(missed.is_empty(), "not found: {missed:#?}\nfound instead: {:#?}", found.difference(&planted).collect::<Vec<_>>());
    // Rows rejected for their times also list the times one by one.
    let explained = |issue: &&Vec<String>| planted.iter().any(|planted| planted[..2] == issue[..2]);
    let more: Vec<_> = found.difference(&planted).filter(|issue| !explained(issue)).collect();
    assert!(more.is_empty(), "not planted: {more:#?}");
}

#[test]
fn the_records_of_the_company_are_all_there() {
    let frames = frames();
    let truth = column("truth.csv", &[0]);
    let read: BTreeSet<Vec<String>> =
        texts(&frames.get(&incidents::TABLE), &incidents::INCIDENT_ID).into_iter().map(|id| vec![id.unwrap()]).collect();
    let missing: Vec<_> = truth.difference(&read).collect();
    // Those whose row is put aside on purpose cannot be there.
    assert!(missing.len() <= 3, "{missing:?}");
    let causes = column("truth.csv", &[1]);
    let deployed: BTreeSet<_> = texts(&frames.get(&deployments::TABLE), &deployments::DEPLOYMENT_ID).into_iter().flatten().collect();
    // One repository's list is cut off and one record has lost its id: what stands in no file cannot be read.
    let github: String = glob::glob(&folder().join("exports/github/deployments_*").to_string_lossy())
        .unwrap()
        .map(|path| std::fs::read_to_string(path.unwrap()).unwrap())
        .collect();
    let exported = |id: &str| id.strip_prefix("github:default:").is_none_or(|id| github.contains(&format!("\"id\":{id},")));
    let unknown: Vec<_> =
        causes.iter().filter(|cause| !cause[0].is_empty() && exported(&cause[0]) && !deployed.contains(&cause[0])).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn no_person_is_kept() {
    let frames = frames();
    let people: BTreeSet<String> = column("planted_people.csv", &[0, 1, 2]).into_iter().flatten().filter(|text| text.len() > 3).collect();
    for (table, frame) in frames.iter() {
        for values in frame.columns().iter().filter(|column| *column.dtype() == DataType::String) {
            let all = values.as_materialized_series().str().unwrap().iter().flatten().collect::<Vec<_>>().join("\n");
            for person in &people {
                assert!(!all.contains(person.as_str()), "{person} stands in {table}.{}", values.name());
            }
        }
    }
}

#[test]
fn the_tables_of_a_run_are_valid_input() {
    assert_comes_back(&frames(), &Folder::new("comes-back"));
}
