//! Native exports: made-up ones for every rule, and real ones where they lie beside the project.

use sequela_ingest::{Source, read, recognise};
use sequela_schema::canonical::{changes, dependencies, incidents, ingest_files, service_aliases, service_teams, services, teams};
use sequela_schema::{Frames, Values};

use crate::support::{Folder, issues, shared, some, texts, times};

fn auto(folder: &Folder, file: &str) -> Frames {
    folder.read(&[Source::new(file, "auto")])
}

/// Bytes of windows-1252, local time, a cause given by number, the fix never taken for a cause.
#[test]
fn servicenow_list_of_incidents() {
    let text = b"\"number\",\"opened_at\",\"resolved_at\",\"closed_at\",\"state\",\"priority\",\"short_description\",\"caller_id\",\"assignment_group\",\"business_service\",\"cmdb_ci\",\"caused_by\",\"rfc\",\"major_incident_state\"
\"INC0012345\",\"2026-07-01 09:00:00\",\"2026-07-01 10:30:00\",\"2026-07-06 09:00:00\",\"Closed\",\"1 - Critical\",\"Shop \x96 down\",\"Jane Doe\",\"Shop Ops\",\"Shop\",\"web01\",\"CHG0000007\",\"CHG0000008\",\"accepted\"
\"INC0012346\",\"2026-07-01 09:00:00\",\"\",\"\",\"On Hold\",\"4 - Low\",\"'=cmd\",\"Jane Doe\",\"\",\"\",\"web02\",\"\",\"\",\"\"
";
    let folder = Folder::new("snow").with("incident.csv", text);
    let mut source = Source::new("incident.csv", "auto");
    source.timezone = Some("Europe/Berlin".to_owned());
    let frames = folder.read(&[source]);
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(texts(&frame, &incidents::INCIDENT_ID), some(&["servicenow:default:INC0012345", "servicenow:default:INC0012346"]));
    assert_eq!(texts(&frame, &incidents::NUMBER)[0].as_deref(), Some("INC0012345"));
    assert_eq!(times(&frame, &incidents::CREATED_AT)[0], "2026-07-01T07:00:00Z");
    assert_eq!(texts(&frame, &incidents::TIME_QUALITY)[0].as_deref(), Some("assumed_zone"));
    assert_eq!(texts(&frame, &incidents::TITLE), some(&["Shop – down", "=cmd"]));
    assert_eq!(texts(&frame, &incidents::STATE), some(&["closed", "on_hold"]));
    assert_eq!(frame.ints(&incidents::SEVERITY).unwrap().iter().collect::<Vec<_>>(), [Some(1), Some(4)]);
    assert_eq!(frame.bools(&incidents::IS_MAJOR).unwrap().iter().collect::<Vec<_>>(), [Some(true), None]);
    assert_eq!(texts(&frame, &incidents::CAUSED_BY_CHANGE_ID), some(&["servicenow:default:CHG0000007", ""]));
    assert_eq!(texts(&frame, &incidents::FIX_CHANGE_ID), some(&["servicenow:default:CHG0000008", ""]));
    assert_eq!(texts(&frame, &incidents::SERVICE_NAME_RAW), some(&["Shop", ""]));
    let file = frames.get(&ingest_files::TABLE);
    assert_eq!(texts(&file, &ingest_files::ENCODING), some(&["windows-1252"]));
    assert_eq!(texts(&file, &ingest_files::ADAPTER), some(&["servicenow"]));
    assert_eq!(texts(&file, &ingest_files::ZONE_BASIS), some(&["source"]));
    let recognised = recognise(&folder.path().join("incident.csv")).unwrap();
    assert_eq!((recognised.kind.as_str(), recognised.table.as_deref(), recognised.needs_timezone), ("servicenow", Some("incidents"), true));
}

/// The API with both values: times as stored (UTC), the rest as shown; the cause by internal identifier becomes the number.
#[test]
fn servicenow_table_api() {
    let change = r#"{"result":[{"sys_id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","number":"CHG0000007","type":"normal","state":"-1","risk":"2","start_date":"2026-07-01 06:00:00","end_date":"2026-07-01 08:00:00","approval":"approved"}]}"#;
    let incident = r#"{"result":[{"sys_id":{"display_value":"b","value":"b"},"number":{"display_value":"INC0000001","value":"INC0000001"},
        "opened_at":{"display_value":"01.07.2026 09:00:00","value":"2026-07-01 07:00:00"},"state":{"display_value":"In Progress","value":"2"},
        "assignment_group":{"display_value":"Shop Ops","value":"cccccccccccccccccccccccccccccccc","link":"https://x"},"priority":{"display_value":"2 - High","value":"2"},
        "caused_by":{"display_value":"","value":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},"caller_id":{"display_value":"Jane Doe","value":"d"}}]}"#;
    let folder = Folder::new("api").with("change.json", change).with("incident.json", incident);
    let frames = folder.read(&[Source::new("*.json", "auto")]);
    let frame = frames.get(&incidents::TABLE);
    assert_eq!(times(&frame, &incidents::CREATED_AT), ["2026-07-01T07:00:00Z"]);
    assert_eq!(texts(&frame, &incidents::TIME_QUALITY), some(&["exact_utc"]));
    assert_eq!(texts(&frame, &incidents::TEAM_NAME_RAW), some(&["Shop Ops"]));
    assert_eq!(texts(&frame, &incidents::STATE), some(&["in_progress"]));
    assert_eq!(texts(&frame, &incidents::CAUSED_BY_CHANGE_ID), some(&["servicenow:default:CHG0000007"]));
    let frame = frames.get(&changes::TABLE);
    assert_eq!(texts(&frame, &changes::CHANGE_ID), some(&["servicenow:default:CHG0000007"]));
    assert_eq!(texts(&frame, &changes::STATE), some(&["implement"]));
    assert_eq!(texts(&frame, &changes::RISK), some(&["high"]));
    assert_eq!(texts(&frame, &changes::APPROVAL_PATH), some(&["peer"]));
    assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
}

#[test]
fn servicenow_labels_and_other_records() {
    let text = "Number,Opened,Short description,State,Assignment group,Configuration item\nINC0000001,2026-07-01 09:00:00,Down,New,Ops,web\nCHG0000001,2026-07-01 09:00:00,Patch,New,Ops,web\n";
    let folder = Folder::new("labels").with("list.csv", text);
    let mut source = Source::new("list.csv", "servicenow");
    source.table = Some("incidents".to_owned());
    let frames = folder.read(&[source]);
    assert_eq!(texts(&frames.get(&incidents::TABLE), &incidents::TITLE), some(&["Down"]));
    assert_eq!(issues(&frames), [(2, "unknown_record".to_owned(), true)]);
}

#[test]
fn backstage_relations() {
    let text = "apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: Shop
  title: The shop
  labels: {tier: '1'}
  annotations:
    github.com/project-slug: acme/storefront
spec: {type: service, owner: group:default/web, system: sales, dependsOn: ['resource:db'], consumesApis: [pay-api]}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: pay}
spec: {owner: user:jane, providesApis: ['api:default/pay-api'], dependencyOf: ['component:shop']}
---
apiVersion: backstage.io/v1alpha1
kind: System
metadata: {name: sales}
spec: {owner: web, domain: commerce}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: web}
spec: {type: team, parent: engineering, profile: {displayName: Web Team}}
---
kind: [broken
";
    let folder = Folder::new("backstage").with("catalog-info.yaml", text);
    let frames = auto(&folder, "catalog-info.yaml");
    let frame = frames.get(&services::TABLE);
    assert_eq!(texts(&frame, &services::SERVICE_ID), some(&["pay", "shop"]));
    assert_eq!(texts(&frame, &services::TEAM_ID), some(&["", "web"]));
    assert_eq!(texts(&frame, &services::DOMAIN), some(&["", "commerce"]));
    assert_eq!(frame.ints(&services::TIER).unwrap().get(1), Some(1));
    let frame = frames.get(&dependencies::TABLE);
    let pairs: Vec<_> =
        texts(&frame, &dependencies::FROM_SERVICE_ID).into_iter().zip(texts(&frame, &dependencies::TO_SERVICE_ID)).collect();
    assert_eq!(pairs, [(some(&["shop"])[0].clone(), some(&["db"])[0].clone()), (some(&["shop"])[0].clone(), some(&["pay"])[0].clone())]);
    let frame = frames.get(&service_aliases::TABLE);
    assert_eq!(texts(&frame, &service_aliases::ALIAS), some(&["acme/storefront", "storefront"]));
    let frame = frames.get(&teams::TABLE);
    assert_eq!((texts(&frame, &teams::NAME), texts(&frame, &teams::PARENT_TEAM_ID)), (some(&["Web Team"]), some(&["engineering"])));
    assert_eq!(issues(&frames), [(5, "bad_json".to_owned(), true)]);
}

#[test]
fn real_servicenow_payloads() {
    let Some(base) = shared("payloads/servicenow/faros_source") else { return };
    for file in ["incidents.json", "incidentsRest.json"] {
        let frames = read(&[Source::new(file, "auto")], &sequela_ingest::Options::new(&base), &()).unwrap();
        let frame = frames.get(&incidents::TABLE);
        // Two versions of one number, as the fixture has them.
        assert_eq!(texts(&frame, &incidents::INCIDENT_ID), some(&["servicenow:default:INC0000060"]));
        assert_eq!(times(&frame, &incidents::CREATED_AT), ["2016-12-12T15:19:57Z"]);
        assert_eq!(times(&frame, &incidents::RESOLVED_AT), ["2016-12-13T21:43:14Z"]);
        assert_eq!(texts(&frame, &incidents::STATE), some(&["closed"]));
        assert_eq!(texts(&frame, &incidents::TIME_QUALITY), some(&["exact_utc"]));
    }
}

#[test]
fn real_backstage_catalog() {
    let Some(base) = shared("payloads/backstage") else { return };
    let frames = read(&[Source::new("catalog-info.yaml", "auto")], &sequela_ingest::Options::new(&base), &()).unwrap();
    assert_eq!(texts(&frames.get(&services::TABLE), &services::SERVICE_ID), some(&["artist-lookup", "artist-web"]));
    assert_eq!(texts(&frames.get(&service_teams::TABLE), &service_teams::TEAM_ID), some(&["team-a", "artist-relations-team"]));
    assert_eq!(frames.height(&dependencies::TABLE), 3);
}

/// Files beside the project that are no list of incidents, deployments or ownership are not taken for one.
#[test]
fn other_payloads_are_not_taken_for_ours() {
    let Some(base) = shared("payloads") else { return };
    for file in [
        "servicenow/faros_source/users.json",
        "servicenow/faros_source/future_state.json",
        "github/devlake_raw/_raw_github_api_events.jsonl",
    ] {
        let recognised = recognise(&base.join(file)).unwrap();
        assert!(recognised.kind == "table" && recognised.confidence < sequela_ingest::CONFIDENT, "{file}: {recognised:?}");
    }
}
