//! `sequela export`: what is written is read back as it was.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use polars::prelude::DataFrame;
use sequela_schema::Values;
use sequela_schema::canonical::{deployment_services, deployments, incidents};
use serde_json::Value;

use crate::sequela::{ended, root, run, sequela, table};

const DEPLOYMENTS: &str = "deployment_id,service,environment,result,kind,created_at,started_at,finished_at,version,attempt,commit_sha
d1,shop,PRODUCTION,success,deploy,2026-05-04T08:59:00Z,2026-05-04T09:00:00Z,2026-05-04T09:05:00.000001Z,1.4.2,1,4b1f0c6d
d2,shop,live-eu,timeout,deploy,,2026-05-05T09:00:00Z,2026-05-05T09:05:00Z,,2,
d3,pay,qa,success,rollback,,2026-05-06T09:00:00Z,2026-05-06T09:05:00Z,,,
d4,\"pay, api\",prod,cancellation,deploy,,,2026-05-07T09:05:00Z,,,
d5,pay,prod,,deploy,,2026-05-08T09:00:00Z,,,,
d6,legacy,prod,success,remove,,,2026-05-08T09:00:00Z,,,
d7,shop,,failure,publish_only,,,2026-05-09T09:00:00Z,,,
";

const INCIDENTS: &str = "incident_id,number,title,service,severity,started_at,detected_at,created_at,resolved_at,closed_at,state,environment,caused_by_deployment_id
i1,INC1,\"Shop \"\"down\"\"\",shop,2,2026-05-04T09:10:00Z,2026-05-04T09:12:00Z,2026-05-04T09:15:00Z,2026-05-04T10:00:00Z,2026-05-06T10:00:00Z,closed,production,d1
i2,INC2,Pay slow,pay,,,,2026-05-07T09:15:00Z,,,in_progress,,
i3,INC3,Mistake,pay,,,,2026-05-07T09:15:00Z,,,cancelled,,
";

const LINKS: &str = "deployment_id,service
d1,pay
d1,shop
";

/// A configuration over the tables above.
fn original(folder: &Path) -> PathBuf {
    for (name, text) in [("deployments", DEPLOYMENTS), ("incidents", INCIDENTS), ("deployment_services", LINKS)] {
        std::fs::write(folder.join(name).with_extension("csv"), text).unwrap();
    }
    config(
        folder,
        "sequela.toml",
        &["deployments", "incidents", "deployment_services"]
            .map(|table| format!("[[source]]\npath = \"{table}.csv\"\nkind = \"table\"\ntable = \"{table}\"\n")),
    )
}

fn config(folder: &Path, name: &str, sources: &[String]) -> PathBuf {
    let path = folder.join(name);
    let text = format!("[org]\nname = \"Example\"\ntimezone = \"UTC\"\nproduction = [\"live-eu\"]\n{}", sources.concat());
    std::fs::write(&path, text).unwrap();
    path
}

/// Exports and returns what was told.
fn export(arguments: &[&str]) -> String {
    let output = sequela(&[&["export", "--as", "cdevents"], arguments].concat());
    let (code, message) = ended(&output);
    assert_eq!(code, 0, "{message}");
    message
}

/// Values of some columns by the first of them.
fn texts(frame: &DataFrame, columns: &[&sequela_schema::Column]) -> BTreeMap<String, Vec<String>> {
    let cell = |column: &sequela_schema::Column, row| match column.kind {
        sequela_schema::Type::Text => frame.texts(column).unwrap().get(row).unwrap_or("-").to_owned(),
        sequela_schema::Type::Instant => frame.instants(column).unwrap().get(row).map_or("-".to_owned(), |at| at.to_string()),
        _ => frame.ints(column).unwrap().get(row).map_or("-".to_owned(), |number| number.to_string()),
    };
    (0..frame.height()).map(|row| (cell(columns[0], row), columns.iter().map(|column| cell(column, row)).collect())).collect()
}

fn deployments_of(out: &Path) -> BTreeMap<String, Vec<String>> {
    use deployments::*;
    let columns = [
        &DEPLOYMENT_ID,
        &RESULT,
        &KIND,
        &KIND_BASIS,
        &STATE,
        &ENVIRONMENT,
        &ENVIRONMENT_RAW,
        &CREATED_AT,
        &STARTED_AT,
        &FINISHED_AT,
        &VERSION,
        &ATTEMPT,
        &COMMIT_SHA,
        &SERVICE_NAME_RAW,
    ];
    texts(&table(out, "deployments"), &columns)
}

fn incidents_of(out: &Path) -> BTreeMap<String, Vec<String>> {
    use incidents::*;
    let columns = [
        &INCIDENT_ID,
        &NUMBER,
        &TITLE,
        &SEVERITY,
        &STATE,
        &ENVIRONMENT,
        &SERVICE_NAME_RAW,
        &STARTED_AT,
        &DETECTED_AT,
        &CREATED_AT,
        &RESOLVED_AT,
        &CLOSED_AT,
        &CAUSED_BY_DEPLOYMENT_ID,
    ];
    texts(&table(out, "incidents"), &columns)
}

fn links_of(out: &Path) -> Vec<(String, String)> {
    let frame = table(out, "deployment_services");
    let column = |column| frame.texts(column).unwrap().iter().map(|text| text.unwrap_or("-").to_owned()).collect::<Vec<_>>();
    column(&deployment_services::DEPLOYMENT_ID).into_iter().zip(column(&deployment_services::SERVICE_NAME_RAW)).collect()
}

#[test]
fn events_are_read_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let (before, events) = (folder.path().join("before"), folder.path().join("events.ndjson"));
    let first = original(folder.path());
    run(&first, &before, &["--quiet", "--no-charts"]);
    for envelope in ["none", "cloudevents"] {
        let told = export(&["--config", first.to_str().unwrap(), "--out", events.to_str().unwrap(), "--envelope", envelope]);
        // d1 is told for two services, i1 three times; d5 runs and i3 was withdrawn.
        assert!(told.contains("wrote 11 events of 6 deployments and 2 incidents"), "{told}");
        assert!(told.contains("1 deployments without a result") && told.contains("1 cancelled or merged"), "{told}");
        let after = folder.path().join(envelope);
        let second = config(folder.path(), "second.toml", &["[[source]]\npath = \"events.ndjson\"\n".to_owned()]);
        run(&second, &after, &["--quiet", "--no-charts"]);
        let (mut deployments, mut incidents) = (deployments_of(&before), incidents_of(&before));
        assert!(deployments.remove("d5").is_some() && incidents.remove("i3").is_some());
        assert_eq!(deployments_of(&after), deployments);
        assert_eq!(incidents_of(&after), incidents);
        let links: Vec<_> = links_of(&before).into_iter().filter(|(deployment, _)| deployment != "d5").collect();
        assert_eq!(links_of(&after), links);
        assert!(!folder.path().join("events.ndjson.partial").exists());
    }
}

#[test]
fn standard_output_holds_events_only_and_tables_give_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let config = original(folder.path());
    let out = folder.path().join("out");
    run(&config, &out, &["--quiet", "--no-charts"]);
    let output = sequela(&["export", "--as", "cdevents", "--config", config.to_str().unwrap()]);
    for tables in [out.clone(), out.join("tables")] {
        let same = sequela(&["export", "--as", "cdevents", "--tables", tables.to_str().unwrap()]);
        assert_eq!(String::from_utf8_lossy(&same.stdout), String::from_utf8_lossy(&output.stdout));
    }
    let text = String::from_utf8(output.stdout).unwrap();
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> = events.iter().map(|event| event["context"]["type"].as_str().unwrap()).collect();
    let kinds: Vec<&str> = kinds.iter().map(|kind| kind.trim_start_matches("dev.cdevents.").trim_end_matches(".0.3.0")).collect();
    let expected = [
        "service.deployed",
        "service.deployed",
        "incident.detected",
        "incident.reported",
        "incident.resolved",
        "pipelinerun.finished",
        "service.rolledback",
        "pipelinerun.finished",
        "incident.reported",
        "service.removed",
        "pipelinerun.finished",
    ];
    assert_eq!(kinds, expected);
    let first = &events[0];
    assert_eq!(first["context"]["timestamp"], "2026-05-04T09:05:00.000001Z");
    assert_eq!(first["subject"]["content"]["environment"]["id"], "PRODUCTION");
    assert_eq!(first["subject"]["content"]["artifactId"], "pkg:generic/shop@1.4.2");
    assert_eq!(events[5]["subject"]["content"]["outcome"], "failure");
    assert_eq!(events[7]["subject"]["content"]["outcome"], "cancel");
    let mut ids: Vec<&str> = events.iter().map(|event| event["context"]["id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), events.len(), "every event has an identifier of its own");
}

/// What other tools understand: the events without what they carry for Sequela.
#[test]
fn events_say_enough_without_the_rows_they_carry() {
    let folder = tempfile::tempdir().unwrap();
    let first = original(folder.path());
    let output = sequela(&["export", "--as", "cdevents", "--config", first.to_str().unwrap(), "--quiet"]);
    let bare: String = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| {
            let mut event: Value = serde_json::from_str(line).unwrap();
            event.as_object_mut().unwrap().remove("customData");
            format!("{event}\n")
        })
        .collect();
    std::fs::write(folder.path().join("events.ndjson"), bare).unwrap();
    let out = folder.path().join("out");
    let second = config(folder.path(), "second.toml", &["[[source]]\npath = \"events.ndjson\"\n".to_owned()]);
    run(&second, &out, &["--quiet", "--no-charts"]);
    let deployments = deployments_of(&out);
    let row =
        |id: &str| deployments[&format!("cdevents:default:/sequela/table/default/{id}")].iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(row("rolledback/d3")[1..7], ["success", "rollback", "explicit", "done", "test", "qa"]);
    assert_eq!(row("deployed/d1/shop")[1..7], ["success", "deploy", "explicit", "done", "production", "PRODUCTION"]);
    assert_eq!(row("deployed/d1/shop")[13], "shop");
    let incidents = incidents_of(&out);
    let row = |id: &str| incidents[&format!("cdevents:default:/sequela/table/default/{id}")].clone();
    assert_eq!((row("i1")[4].as_str(), row("i1")[6].as_str()), ("resolved", "shop"));
    assert_eq!(row("i2")[4], "triggered");
}

#[test]
fn a_folder_without_tables_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let output = sequela(&["export", "--as", "cdevents", "--tables", folder.path().to_str().unwrap()]);
    let (code, message) = ended(&output);
    assert!(code == 2 && message.contains("holds no tables") && message.contains("hint"), "{message}");
    assert!(output.stdout.is_empty());
    let (code, message) = ended(&sequela(&["export", "--as", "csv"]));
    assert!(code == 2 && message.contains("cdevents"), "{message}");
}

/// The demo company, with every system that it uses.
#[test]
fn the_demo_company_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let demo = root().join("data/demo/sequela.toml");
    let (before, after, events) = (folder.path().join("before"), folder.path().join("after"), folder.path().join("events.ndjson"));
    run(&demo, &before, &["--quiet", "--no-charts"]);
    export(&["--tables", before.to_str().unwrap(), "--out", events.to_str().unwrap()]);
    let second = config(folder.path(), "second.toml", &["[[source]]\npath = \"events.ndjson\"\n".to_owned()]);
    run(&second, &after, &["--quiet", "--no-charts"]);
    let has_ended = |(_, row): &(String, Vec<String>)| row[1] != "-";
    let (mine, theirs): (BTreeMap<_, _>, _) = (deployments_of(&before).into_iter().filter(has_ended).collect(), deployments_of(&after));
    assert!(mine.len() > 100);
    let differing = mine.iter().find(|(id, row)| theirs.get(*id) != Some(row));
    assert!(differing.is_none(), "{differing:?}\n{:?}", differing.and_then(|(id, _)| theirs.get(id)));
    assert_eq!(mine.len(), theirs.len());
    let was_real = |(_, row): &(String, Vec<String>)| row[4] != "cancelled" && row[4] != "merged";
    let mine: BTreeMap<_, _> = incidents_of(&before).into_iter().filter(was_real).collect();
    let theirs = incidents_of(&after);
    let differing = mine.iter().find(|(id, row)| theirs.get(*id) != Some(row));
    assert!(differing.is_none(), "{differing:?}\n{:?}", differing.and_then(|(id, _)| theirs.get(id)));
}
