//! Catalogs: which services there are, who owns them, what they depend on and what others call them.

use sequela_ingest::{Options, Source, read, recognise};
use sequela_schema::canonical::{dependencies, ingest_files, service_aliases, service_teams, services, teams};
use sequela_schema::{Frames, Table, Values};

use crate::support::{Folder, fixture, fixture_as, fixtures, issues, shared, some, texts};

/// Rows as texts, columns joined by a blank, `-` for none.
fn rows(frames: &Frames, table: &'static Table, columns: &[&sequela_schema::Column]) -> Vec<String> {
    let frame = frames.get(table);
    let columns: Vec<_> = columns.iter().map(|column| texts(&frame, column)).collect();
    let row = |row: usize| columns.iter().map(|column| column[row].as_deref().unwrap_or("-")).collect::<Vec<_>>().join(" ");
    (0..frame.height()).map(row).collect()
}

fn owners(frames: &Frames) -> Vec<String> {
    rows(frames, &service_teams::TABLE, &[&service_teams::SERVICE_ID, &service_teams::TEAM_ID])
}

fn edges(frames: &Frames) -> Vec<String> {
    rows(frames, &dependencies::TABLE, &[&dependencies::FROM_SERVICE_ID, &dependencies::TO_SERVICE_ID])
}

fn aliases(frames: &Frames) -> Vec<String> {
    let columns = [&service_aliases::ALIAS_KIND, &service_aliases::ALIAS, &service_aliases::SERVICE_ID];
    rows(frames, &service_aliases::TABLE, &columns)
}

/// No table names the person that the fixtures plant.
fn assert_names_nobody(frames: &Frames) {
    for (name, frame) in frames.iter() {
        let shown = format!(
            "{:?}",
            frame
                .columns()
                .iter()
                .map(|column| column.as_materialized_series().iter().map(|value| value.to_string()).collect::<Vec<_>>())
                .collect::<Vec<_>>()
        );
        assert!(!shown.to_lowercase().contains("jane") && !shown.contains("7946"), "{name}: {shown}");
    }
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
    let frames = folder.read(&[Source::new("catalog-info.yaml", "auto")]);
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

/// Written by hand after the rules of the catalog model: users own nothing, a consumer depends on the provider of the interface.
#[test]
fn backstage_entities_of_file_and_interface() {
    let frames = read(&[Source::new("backstage/*", "auto")], &Options::new(fixtures()), &()).unwrap();
    let columns = [&services::SERVICE_ID, &services::TYPE, &services::SYSTEM, &services::DOMAIN, &services::REPO_URL];
    let expected = [
        "checkout service sales commerce https://github.com/acme/checkout-service",
        "orders-db database - - -",
        "pay service - - -",
        "shop/cart service - - https://gitlab.com/acme/cart",
    ];
    assert_eq!(rows(&frames, &services::TABLE, &columns), expected);
    assert_eq!(owners(&frames), ["checkout web", "orders-db data", "shop/cart baskets", "shop/cart web"]);
    assert_eq!(edges(&frames), ["checkout orders-db", "checkout pay", "reports orders-db", "shop/cart checkout"]);
    let expected = [
        "component acme_checkout checkout",
        "pd_id P1CHECK checkout",
        "repo acme/checkout-service checkout",
        "repo cart shop/cart",
        "repo checkout-service checkout",
        "repo https://gitlab.com/acme/cart/-/tree/main shop/cart",
    ];
    let mut found = aliases(&frames);
    found.sort();
    assert_eq!(found, expected);
    // A tier that is none of 1 to 4 is named, and the service is kept.
    assert_eq!(issues(&frames), [(2, "unknown_value".to_owned(), false)]);
    assert_eq!(texts(&frames.get(&ingest_files::TABLE), &ingest_files::TABLE_NAME), some(&["services", "services"]));
    assert_names_nobody(&frames);
}

#[test]
fn real_backstage_catalog() {
    let Some(base) = shared("payloads/backstage") else { return };
    let frames = read(&[Source::new("catalog-info.yaml", "auto")], &Options::new(&base), &()).unwrap();
    assert_eq!(texts(&frames.get(&services::TABLE), &services::SERVICE_ID), some(&["artist-lookup", "artist-web"]));
    assert_eq!(texts(&frames.get(&service_teams::TABLE), &service_teams::TEAM_ID), some(&["team-a", "artist-relations-team"]));
    assert_eq!(frames.height(&dependencies::TABLE), 3);
}

/// The last line for everything counts, whatever stood before it.
#[test]
fn codeowners_of_one_repository() {
    let frames = fixture("codeowners/shop.CODEOWNERS");
    assert_eq!(owners(&frames), ["shop shop-team"]);
    assert_eq!(texts(&frames.get(&teams::TABLE), &teams::TEAM_ID), some(&["platform", "shop-team", "writers"]));
    assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
    assert_names_nobody(&frames);
    let mut source = Source::new("codeowners/shop.CODEOWNERS", "auto");
    source.service = Some("storefront".to_owned());
    assert_eq!(owners(&fixture_as(source)), ["storefront shop-team"]);
}

/// Folders of services are services; the last line counts again, a line without owners takes them away.
#[test]
fn codeowners_of_a_monorepo() {
    let frames = fixture("codeowners/monorepo/.github/CODEOWNERS");
    assert_eq!(texts(&frames.get(&services::TABLE), &services::SERVICE_ID), some(&["cart", "ledger", "pay", "search"]));
    assert_eq!(owners(&frames), ["cart shop-team", "ledger finance", "ledger payments", "pay payments"]);
}

/// Each section of GitLab's file has its own last line, and lines without owners take those of the section.
#[test]
fn codeowners_with_sections() {
    let frames = fixture("codeowners/gitlab/wiki.CODEOWNERS");
    assert_eq!(owners(&frames), ["wiki security", "wiki writers"]);
}

/// Other catalogs know more: a service of theirs gets an owner where it has none, and is never replaced.
#[test]
fn codeowners_completes_other_catalogs() {
    let catalog = "apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: pay, title: Payments}
spec: {type: service}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: cart, title: The cart}
spec: {type: service, owner: baskets}
";
    let lines = "/services/pay/ @acme/money @acme/platform\n/services/Cart/ @acme/platform\n/services/new/ @acme/platform\n";
    let folder = Folder::new("owners").with("catalog-info.yaml", catalog).with("mono.CODEOWNERS", lines);
    let frames = folder.read(&[Source::new("*", "auto")]);
    let columns = [&services::SERVICE_ID, &services::DISPLAY_NAME, &services::TEAM_ID];
    assert_eq!(rows(&frames, &services::TABLE, &columns), ["cart The cart baskets", "new - platform", "pay Payments money"]);
    assert_eq!(owners(&frames), ["cart baskets", "new platform", "pay money", "pay platform"]);
}

/// Dependencies name aliases, which other files declare; an owner given by mail is a person.
#[test]
fn opslevel_files() {
    let frames = read(&[Source::new("opslevel/*", "auto")], &Options::new(fixtures()), &()).unwrap();
    let columns = [&services::SERVICE_ID, &services::LIFECYCLE, &services::SYSTEM, &services::TEAM_ID];
    let expected = [
        "Order Processor generally_available Retail orders_team",
        "Payment Service beta money -",
        "infrastructure generally_available - platform",
    ];
    assert_eq!(rows(&frames, &services::TABLE, &columns), expected);
    assert_eq!(frames.get(&services::TABLE).ints(&services::TIER).unwrap().iter().collect::<Vec<_>>(), [Some(1), Some(3), Some(4)]);
    assert_eq!(edges(&frames), ["Order Processor Payment Service", "Order Processor warehouse"]);
    let expected = [
        "name order_processor Order Processor",
        "repo order-processor Order Processor",
        "name orders Order Processor",
        "name payment_service Payment Service",
    ];
    let found = aliases(&frames);
    assert!(expected.iter().all(|alias| found.contains(&(*alias).to_owned())), "{found:?}");
    assert!(found.contains(&"repo acme/order-processor Order Processor".to_owned()) && found.len() == 5, "{found:?}");
    assert_names_nobody(&frames);
}

/// The tag identifies; a dependency on two endpoints is one; mail owners are persons; a domain names its children.
#[test]
fn cortex_entities() {
    let frames = read(&[Source::new("cortex/*", "auto")], &Options::new(fixtures()), &()).unwrap();
    let columns = [&services::SERVICE_ID, &services::DISPLAY_NAME, &services::DOMAIN, &services::TEAM_ID, &services::REPO_URL];
    let expected = ["ledger Ledger - - -", "pay Payments money payments-team https://github.com/acme/payments"];
    assert_eq!(rows(&frames, &services::TABLE, &columns), expected);
    assert_eq!(frames.get(&services::TABLE).ints(&services::TIER).unwrap().iter().collect::<Vec<_>>(), [Some(1), Some(2)]);
    assert_eq!(edges(&frames), ["ledger ledger-db", "pay ledger"]);
    let mut found = aliases(&frames);
    found.sort();
    assert_eq!(found, ["component acme_pay pay", "pd_id PPAY001 pay", "repo acme/payments pay", "repo payments pay"]);
    let columns = [&teams::TEAM_ID, &teams::NAME, &teams::PARENT_TEAM_ID];
    assert_eq!(rows(&frames, &teams::TABLE, &columns), ["payments-team Payments Team engineering"]);
    assert!(issues(&frames).is_empty(), "{:?}", issues(&frames));
    assert_names_nobody(&frames);
}

/// No record of another system is taken for ownership, quality or a log.
#[test]
fn other_payloads_are_left_to_others() {
    const OURS: [&str; 8] = ["git", "backstage", "codeowners", "opslevel", "cortex", "sonarqube", "coverage", "junit"];
    let Some(base) = shared("payloads") else { return };
    let mut folders = vec![base];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(recognised) = recognise(&path) {
                let is_ours = path.to_string_lossy().contains("/backstage/");
                assert_eq!(OURS.contains(&recognised.kind.as_str()), is_ours, "{}: {recognised:?}", path.display());
            }
        }
    }
}
