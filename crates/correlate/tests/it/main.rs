//! The sweep and the link rule against the naive oracle, on random worlds.

#![allow(clippy::unwrap_used, missing_docs)]

use polars::prelude::DataFrame;
use proptest::prelude::*;
use sequela_correlate::timeline::{Event, Query, Timeline, Window};
use sequela_correlate::{Groups, correlate};
use sequela_schema::canonical::{dependencies, deployments, incidents};
use sequela_schema::definition::{Attribution, Range};
use sequela_schema::result::{incident_attribution, links};
use sequela_schema::{Definition, Frames, TableBuilder, Values};
use sequela_testkit::oracle;
use sequela_testkit::world::{Deployment, Incident, World};

const LOOKBACK: i64 = 20;

/// Few services and instants, so that ties, equal instants, empty services and look-back edges are frequent.
fn worlds() -> impl Strategy<Value = World> {
    let deployment = (0..6_u32, 0..60_i64).prop_map(|(service, finished_at)| Deployment { service, finished_at });
    let incident = (0..6_u32, 0..90_i64).prop_map(|(service, created_at)| Incident { service, created_at, resolved_at: None, cause: None });
    let edges = prop::collection::vec((0..6_u32, 0..6_u32), 0..8);
    (prop::collection::vec(deployment, 0..40), prop::collection::vec(incident, 0..20), edges)
        .prop_map(|(deployments, incidents, dependencies)| World { deployments, incidents, dependencies, teams: vec![0; 6] })
}

/// The candidates of every incident as the sweep finds them, in the form of the oracle.
fn swept(world: &World, window: Window) -> Vec<Vec<(usize, u8)>> {
    let events = world.deployments.iter().enumerate();
    let event = |(number, deployment): (usize, &Deployment)| Event {
        group: deployment.service,
        at: deployment.finished_at,
        rank: number as u32,
        deployment: number as u32,
    };
    let timeline = Timeline::new(6, events.map(event).collect());
    let own = (0..6).map(|service| (service, service));
    let related = Groups::from_pairs(6, own.chain(world.dependencies.iter().copied()).collect());
    let queries: Vec<Query> = world.incidents.iter().map(|incident| Query { at: incident.created_at, related: incident.service }).collect();
    let mut found = vec![Vec::new(); world.incidents.len()];
    for candidates in timeline.sweep(&queries, &related, window) {
        let incident = &world.incidents[candidates.query as usize];
        let relation = if candidates.group == incident.service { oracle::SAME_SERVICE } else { oracle::DEPENDS_ON };
        let pairs = candidates.events.map(|event| (timeline.deployment(event) as usize, relation));
        found[candidates.query as usize].extend(pairs);
    }
    found.iter_mut().for_each(|pairs| pairs.sort_unstable());
    found
}

fn frames(world: &World, order: &[usize]) -> Frames {
    let mut frames = Frames::new();
    let mut builder = TableBuilder::new(&deployments::TABLE);
    for &number in order {
        let deployment = &world.deployments[number];
        builder
            .row()
            .text(&deployments::DEPLOYMENT_ID, format!("d{number:03}"))
            .text(&deployments::SERVICE_NAME_RAW, format!("s{}", deployment.service))
            .text(&deployments::ENVIRONMENT, "production")
            .text(&deployments::RESULT, "success")
            .int(&deployments::FINISHED_AT, deployment.finished_at * 3_600_000_000)
            .text(&deployments::SOURCE, "table")
            .text(&deployments::SOURCE_FILE, "")
            .int(&deployments::SOURCE_ROW, 1);
    }
    frames.build(builder).unwrap();
    let mut builder = TableBuilder::new(&incidents::TABLE);
    for (number, incident) in world.incidents.iter().enumerate() {
        builder
            .row()
            .text(&incidents::INCIDENT_ID, format!("i{number:03}"))
            .text(&incidents::SERVICE_NAME_RAW, format!("s{}", incident.service))
            .int(&incidents::CREATED_AT, incident.created_at * 3_600_000_000)
            .text(&incidents::SOURCE, "table")
            .text(&incidents::SOURCE_FILE, "")
            .int(&incidents::SOURCE_ROW, 1);
    }
    frames.build(builder).unwrap();
    let mut builder = TableBuilder::new(&dependencies::TABLE);
    for (from, to) in &world.dependencies {
        builder
            .row()
            .text(&dependencies::FROM_SERVICE_ID, format!("s{from}"))
            .text(&dependencies::TO_SERVICE_ID, format!("s{to}"))
            .text(&dependencies::SOURCE, "table")
            .text(&dependencies::SOURCE_FILE, "")
            .int(&dependencies::SOURCE_ROW, 1);
    }
    frames.build(builder).unwrap();
    frames
}

fn correlated(world: &World, order: &[usize]) -> Frames {
    let definition = Definition { attribution: Attribution::Rule, lookback_hours: Some(LOOKBACK as f64), ..Definition::sequela() };
    let hour = 3_600_000_000;
    correlate(
        &frames(world, order),
        &definition,
        Range { from: 0, to: 1_000 * hour },
        sequela_correlate::Extract { at: 1_000 * hour, zone: chrono_tz::Tz::UTC, seed: 1 },
    )
    .unwrap()
    .frames
}

/// Linked deployment and number of candidates of each incident.
fn verdicts(frames: &Frames, world: &World) -> Vec<(Option<usize>, usize)> {
    let attribution = frames.get(&incident_attribution::TABLE);
    let top = attribution.texts(&incident_attribution::TOP_DEPLOYMENT_ID).unwrap();
    let counts = attribution.ints(&incident_attribution::CANDIDATES).unwrap();
    let number = |id: &str| id.trim_start_matches('d').parse().unwrap();
    (0..world.incidents.len()).map(|row| (top.get(row).map(number), counts.get(row).unwrap() as usize)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_sweep_equals_the_oracle(world in worlds(), equal_counts: bool, limited: bool) {
        let lookback = limited.then_some(LOOKBACK);
        let window = oracle::Window { look_back: lookback, includes_zero: equal_counts, includes_look_back: true };
        prop_assert_eq!(swept(&world, Window { lookback, equal_counts }), oracle::candidates(&world, window));
    }

    #[test]
    fn links_are_the_nearest_of_the_oracle(world in worlds()) {
        let order: Vec<usize> = (0..world.deployments.len()).collect();
        let found = verdicts(&correlated(&world, &order), &world);
        for (incident, candidates) in oracle::candidates(&world, oracle::Window::after(LOOKBACK)).iter().enumerate() {
            let nearest = oracle::nearest(&world, candidates).map(|(number, _)| number);
            prop_assert_eq!(found[incident], (nearest, candidates.len()));
        }
    }

    #[test]
    fn the_order_of_rows_does_not_matter(world in worlds()) {
        let order: Vec<usize> = (0..world.deployments.len()).collect();
        let reversed: Vec<usize> = order.iter().rev().copied().collect();
        let (forward, backward) = (correlated(&world, &order), correlated(&world, &reversed));
        prop_assert_eq!(verdicts(&forward, &world), verdicts(&backward, &world));
        let sorted = |frames: &Frames| -> DataFrame { frames.get(&links::TABLE).sort([links::INCIDENT_ID.name], Default::default()).unwrap() };
        prop_assert!(sorted(&forward).equals_missing(&sorted(&backward)));
    }
}
