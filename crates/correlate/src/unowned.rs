//! Names that events carry and the catalog does not know, knows without an owner (shadow DevOps), or knows more than once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use polars::prelude::PolarsResult;
use sequela_schema::canonical::{change_services, changes, deployment_services, deployments, incident_services, incidents};
use sequela_schema::result::{ambiguous_names, deployment_outcomes, incident_units, unowned_services as out};
use sequela_schema::{Column, Frames, Table, TableBuilder, Values};

use crate::Catalog;
use crate::catalog::simplify;

#[derive(Default)]
struct Carried {
    deployments: i64,
    incidents: i64,
    changes: i64,
    touched: Touched,
}

/// What records count for in the headline figures.
#[derive(Clone, Copy, Default)]
struct Touched {
    /// Sum over deployments of the probability that they failed.
    failed: f64,
    /// Sum over incidents of the probability that a change caused them.
    caused: f64,
    /// Hours from start to restored.
    hours: f64,
}

impl Touched {
    fn add(&mut self, other: Self) {
        self.failed += other.failed;
        self.caused += other.caused;
        self.hours += other.hours;
    }
}

/// What every deployment and every incident counts for, by identifier.
struct Weights {
    deployments: HashMap<String, Touched>,
    incidents: HashMap<String, Touched>,
    all: Touched,
}

impl Weights {
    fn read(frames: &Frames) -> PolarsResult<Self> {
        let outcomes = frames.get(&deployment_outcomes::TABLE);
        let rows = outcomes.texts(&deployment_outcomes::DEPLOYMENT_ID)?.iter().zip(outcomes.reals(&deployment_outcomes::P_FAILED)?.iter());
        let of = |(id, failed): (Option<&str>, Option<f64>)| Some((id?.to_owned(), Touched { failed: failed?, ..Touched::default() }));
        let deployments: HashMap<String, Touched> = rows.filter_map(of).collect();
        let units = frames.get(&incident_units::TABLE);
        let (ids, hours) = (units.texts(&incident_units::INCIDENT_ID)?, units.reals(&incident_units::HOURS)?);
        let caused = units.reals(&incident_units::P_CHANGE)?;
        let of = |row: usize| {
            let touched = Touched { failed: 0.0, caused: caused.get(row)?, hours: hours.get(row).unwrap_or(0.0).max(0.0) };
            Some((ids.get(row)?.to_owned(), touched))
        };
        let incidents: HashMap<String, Touched> = (0..units.height()).filter_map(of).collect();
        let mut all = sum(&deployments);
        all.add(sum(&incidents));
        Ok(Self { deployments, incidents, all })
    }
}

/// The sum in the order of identifiers, so that it is the same on every run.
fn sum(weights: &HashMap<String, Touched>) -> Touched {
    let mut all = Touched::default();
    weights.iter().collect::<BTreeMap<_, _>>().into_values().for_each(|touched| all.add(*touched));
    all
}

/// Below this Jaro–Winkler similarity a name is no hint.
const SIMILAR: f64 = 0.8;
/// Names that are offered for an unknown one.
const OFFERED: usize = 3;

/// `results` are the tables of what was linked, for what the names touch.
pub(crate) fn table(frames: &Frames, results: &Frames, catalog: &Catalog) -> PolarsResult<TableBuilder> {
    let mut builder = TableBuilder::new(&out::TABLE);
    let weights = Weights::read(results)?;
    let totals = (frames.height(&deployments::TABLE) as f64, frames.height(&incidents::TABLE) as f64);
    for (name, carried) in all_carried(frames, &weights, &|name| is_unowned(name, catalog))? {
        write(&mut builder, &name, &carried, (totals, weights.all), catalog);
    }
    Ok(builder)
}

pub(crate) fn ambiguous(frames: &Frames, results: &Frames, catalog: &Catalog) -> PolarsResult<TableBuilder> {
    let mut builder = TableBuilder::new(&ambiguous_names::TABLE);
    for (name, carried) in all_carried(frames, &Weights::read(results)?, &|name| catalog.claimants(name).is_some())? {
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

/// Names of a certain sort, with how many records carry each and what these count for.
fn all_carried(frames: &Frames, weights: &Weights, sort: &dyn Fn(&str) -> bool) -> PolarsResult<BTreeMap<String, Carried>> {
    let mut names: BTreeMap<String, Carried> = BTreeMap::new();
    for (name, id) in carried(frames, &DEPLOYMENTS, sort)? {
        let carried = names.entry(name).or_default();
        carried.deployments += 1;
        carried.touched.add(weights.deployments.get(&id).copied().unwrap_or_default());
    }
    for (name, id) in carried(frames, &INCIDENTS, sort)? {
        let carried = names.entry(name).or_default();
        carried.incidents += 1;
        carried.touched.add(weights.incidents.get(&id).copied().unwrap_or_default());
    }
    for (name, _) in carried(frames, &CHANGES, sort)? {
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

/// Names of the sort with the records that carry them, each pair once.
fn carried(frames: &Frames, records: &Records, sort: &dyn Fn(&str) -> bool) -> PolarsResult<BTreeSet<(String, String)>> {
    let mut pairs: BTreeSet<(String, String)> = BTreeSet::new();
    for (table, id, name) in records {
        let frame = frames.get(table);
        let rows = frame.texts(name)?.iter().zip(frame.texts(id)?.iter());
        let found = rows.filter_map(|(name, id)| Some((name?, id?))).filter(|(name, _)| sort(name));
        pairs.extend(found.map(|(name, id)| (name.to_owned(), id.to_owned())));
    }
    Ok(pairs)
}

fn is_unowned(name: &str, catalog: &Catalog) -> bool {
    catalog.service(name).is_none_or(|service| catalog.owners.of(service).is_empty())
}

fn write(builder: &mut TableBuilder, name: &str, carried: &Carried, (totals, all): ((f64, f64), Touched), catalog: &Catalog) {
    let in_catalog = catalog.service(name).is_some_and(|service| catalog.is_known(service));
    let closest = if in_catalog { Vec::new() } else { closest(name, catalog) };
    let offered: Vec<String> = closest.iter().map(|(name, similarity)| format!("{name} ({similarity:.2})")).collect();
    let share = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
    builder
        .row()
        .text(&out::NAME, name)
        .int(&out::DEPLOYMENTS, carried.deployments)
        .int(&out::INCIDENTS, carried.incidents)
        .int(&out::CHANGES, carried.changes)
        .bool(&out::IN_CATALOG, in_catalog)
        .text_opt(&out::CLOSEST_NAME, closest.first().map(|(name, _)| name))
        .real_opt(&out::SIMILARITY, closest.first().map(|(_, similarity)| *similarity))
        .text_opt(&out::CLOSEST_NAMES, (!offered.is_empty()).then(|| offered.join(", ")))
        .real_opt(&out::DEPLOYMENTS_SHARE, share(carried.deployments as f64, totals.0))
        .real_opt(&out::INCIDENTS_SHARE, share(carried.incidents as f64, totals.1))
        .real(&out::FAILED_DEPLOYMENTS, carried.touched.failed)
        .real_opt(&out::FAILED_DEPLOYMENTS_SHARE, share(carried.touched.failed, all.failed))
        .real(&out::CHANGE_CAUSED, carried.touched.caused)
        .real_opt(&out::CHANGE_CAUSED_SHARE, share(carried.touched.caused, all.caused))
        .real(&out::HOURS_LOST, carried.touched.hours)
        .real_opt(&out::HOURS_LOST_SHARE, share(carried.touched.hours, all.hours));
}

/// Known names that are most like it, the most similar first; how they are written does not matter.
fn closest<'a>(name: &str, catalog: &'a Catalog) -> Vec<(&'a str, f64)> {
    let written = simplify(name);
    let known = catalog.services[..catalog.known].iter();
    let known = known.map(|known| (known.as_str(), strsim::jaro_winkler(&written, &simplify(known))));
    let mut similar: Vec<(&str, f64)> = known.filter(|(_, similarity)| *similarity >= SIMILAR).collect();
    similar.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(right.0)));
    similar.truncate(OFFERED);
    similar
}
