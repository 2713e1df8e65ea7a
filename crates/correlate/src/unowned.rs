//! Names that events carry and the catalog does not know, or knows without an owner: shadow DevOps.

use std::collections::BTreeMap;

use polars::prelude::PolarsResult;
use sequela_schema::canonical::{change_services, changes, deployment_services, deployments, incident_services, incidents};
use sequela_schema::result::unowned_services as out;
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
    let mut names: BTreeMap<String, Carried> = BTreeMap::new();
    type Source = (&'static Table, Column, &'static Table, Column, fn(&mut Carried));
    let sources: [Source; 3] = [
        (&deployments::TABLE, deployments::SERVICE_NAME_RAW, &deployment_services::TABLE, deployment_services::SERVICE_NAME_RAW, |c| {
            c.deployments += 1
        }),
        (&incidents::TABLE, incidents::SERVICE_NAME_RAW, &incident_services::TABLE, incident_services::SERVICE_NAME_RAW, |c| {
            c.incidents += 1
        }),
        (&changes::TABLE, changes::SERVICE_NAME_RAW, &change_services::TABLE, change_services::SERVICE_NAME_RAW, |c| c.changes += 1),
    ];
    for (table, column, links, link_column, count) in sources {
        // A link table, where there is one, lists the primary service too.
        let (table, column) = if frames.height(links) > 0 { (links, link_column) } else { (table, column) };
        for name in frames.get(table).texts(&column)?.iter().flatten().filter(|name| is_unowned(name, catalog)) {
            count(names.entry(name.to_owned()).or_default());
        }
    }
    let mut builder = TableBuilder::new(&out::TABLE);
    let totals = (frames.height(&deployments::TABLE) as f64, frames.height(&incidents::TABLE) as f64);
    for (name, carried) in names {
        write(&mut builder, &name, &carried, totals, catalog);
    }
    Ok(builder)
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
