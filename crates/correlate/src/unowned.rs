//! Names that events carry and the catalog does not know, knows without an owner (shadow DevOps), or knows more than once.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::PolarsResult;
use sequela_schema::canonical::{change_services, changes, deployment_services, deployments, incident_services, incidents};
use sequela_schema::result::{ambiguous_names, unowned_services as out};
use sequela_schema::{Column, Frames, Table, TableBuilder, Values};

use crate::Catalog;

#[derive(Default)]
struct Carried {
    deployments: i64,
    incidents: i64,
    changes: i64,
}

/// Below this Jaro–Winkler similarity a name is no hint.
const SIMILAR: f64 = 0.8;

pub(crate) fn table(frames: &Frames, catalog: &Catalog) -> PolarsResult<TableBuilder> {
    let mut builder = TableBuilder::new(&out::TABLE);
    let totals = (frames.height(&deployments::TABLE) as f64, frames.height(&incidents::TABLE) as f64);
    for (name, carried) in all_carried(frames, &|name| is_unowned(name, catalog))? {
        write(&mut builder, &name, &carried, totals, catalog);
    }
    Ok(builder)
}

pub(crate) fn ambiguous(frames: &Frames, catalog: &Catalog) -> PolarsResult<TableBuilder> {
    let mut builder = TableBuilder::new(&ambiguous_names::TABLE);
    for (name, carried) in all_carried(frames, &|name| catalog.claimants(name).is_some())? {
        let claimants = catalog.claimants(&name).unwrap_or_default();
        let services: Vec<&str> = claimants.iter().map(|service| catalog.services[*service as usize].as_str()).collect();
        builder
            .row()
            .text(&ambiguous_names::NAME, &name)
            .text(&ambiguous_names::SERVICES, services.join(", "))
            .int(&ambiguous_names::DEPLOYMENTS, carried.deployments)
            .int(&ambiguous_names::INCIDENTS, carried.incidents)
            .int(&ambiguous_names::CHANGES, carried.changes);
    }
    Ok(builder)
}

/// Names of a certain sort, with how many records carry each.
fn all_carried(frames: &Frames, sort: &dyn Fn(&str) -> bool) -> PolarsResult<BTreeMap<String, Carried>> {
    let mut names: BTreeMap<String, Carried> = BTreeMap::new();
    for name in carried(frames, &DEPLOYMENTS, sort)? {
        names.entry(name).or_default().deployments += 1;
    }
    for name in carried(frames, &INCIDENTS, sort)? {
        names.entry(name).or_default().incidents += 1;
    }
    for name in carried(frames, &CHANGES, sort)? {
        names.entry(name).or_default().changes += 1;
    }
    Ok(names)
}

/// A table of records with its id and name, and the table that links further names.
type Records = [(&'static Table, Column, Column); 2];

const DEPLOYMENTS: Records = [
    (&deployments::TABLE, deployments::DEPLOYMENT_ID, deployments::SERVICE_NAME_RAW),
    (&deployment_services::TABLE, deployment_services::DEPLOYMENT_ID, deployment_services::SERVICE_NAME_RAW),
];
const INCIDENTS: Records = [
    (&incidents::TABLE, incidents::INCIDENT_ID, incidents::SERVICE_NAME_RAW),
    (&incident_services::TABLE, incident_services::INCIDENT_ID, incident_services::SERVICE_NAME_RAW),
];
const CHANGES: Records = [
    (&changes::TABLE, changes::CHANGE_ID, changes::SERVICE_NAME_RAW),
    (&change_services::TABLE, change_services::CHANGE_ID, change_services::SERVICE_NAME_RAW),
];

/// The name of each record that carries one of the sort, once per record.
fn carried(frames: &Frames, records: &Records, sort: &dyn Fn(&str) -> bool) -> PolarsResult<Vec<String>> {
    let mut pairs: BTreeSet<(String, String)> = BTreeSet::new();
    for (table, id, name) in records {
        let frame = frames.get(table);
        let rows = frame.texts(name)?.iter().zip(frame.texts(id)?.iter());
        let found = rows.filter_map(|(name, id)| Some((name?, id?))).filter(|(name, _)| sort(name));
        pairs.extend(found.map(|(name, id)| (name.to_owned(), id.to_owned())));
    }
    Ok(pairs.into_iter().map(|(name, _)| name).collect())
}

fn is_unowned(name: &str, catalog: &Catalog) -> bool {
    catalog.service(name).is_none_or(|service| catalog.owners.of(service).is_empty())
}

fn write(builder: &mut TableBuilder, name: &str, carried: &Carried, totals: (f64, f64), catalog: &Catalog) {
    let in_catalog = catalog.service(name).is_some_and(|service| catalog.is_known(service));
    let closest = (!in_catalog).then(|| closest(name, catalog)).flatten();
    builder
        .row()
        .text(&out::NAME, name)
        .int(&out::DEPLOYMENTS, carried.deployments)
        .int(&out::INCIDENTS, carried.incidents)
        .int(&out::CHANGES, carried.changes)
        .bool(&out::IN_CATALOG, in_catalog)
        .text_opt(&out::CLOSEST_NAME, closest.map(|(name, _)| name))
        .real_opt(&out::SIMILARITY, closest.map(|(_, similarity)| similarity))
        .real(&out::DEPLOYMENTS_SHARE, carried.deployments as f64 / totals.0)
        .real(&out::INCIDENTS_SHARE, carried.incidents as f64 / totals.1);
}

fn closest<'a>(name: &str, catalog: &'a Catalog) -> Option<(&'a str, f64)> {
    let known = catalog.services[..catalog.known].iter().map(|known| (known.as_str(), strsim::jaro_winkler(name, known)));
    known.filter(|(_, similarity)| *similarity >= SIMILAR).max_by(|left, right| left.1.total_cmp(&right.1).then(right.0.cmp(left.0)))
}
