//! The canonical tables with `service_id` and `team_id` filled in.

use polars::prelude::*;
use sequela_schema::canonical::{
    change_services, changes, deployment_services, deployments, incident_services, incidents, problems, quality_measures,
};
use sequela_schema::{Column as Declared, Frames, Table, Values};

use crate::Catalog;

/// A table with the column that receives the service and the columns that may name it, best first.
type Named = (&'static Table, Declared, &'static [Declared]);

const SERVICES: [Named; 7] = [
    (&deployments::TABLE, deployments::SERVICE_ID, &[deployments::SERVICE_NAME_RAW]),
    (&deployment_services::TABLE, deployment_services::SERVICE_ID, &[deployment_services::SERVICE_NAME_RAW]),
    (&incidents::TABLE, incidents::SERVICE_ID, &[incidents::SERVICE_NAME_RAW, incidents::CI_NAME_RAW]),
    (&incident_services::TABLE, incident_services::SERVICE_ID, &[incident_services::SERVICE_NAME_RAW]),
    (&changes::TABLE, changes::SERVICE_ID, &[changes::SERVICE_NAME_RAW, changes::CI_NAME_RAW]),
    (&change_services::TABLE, change_services::SERVICE_ID, &[change_services::SERVICE_NAME_RAW]),
    (&problems::TABLE, problems::SERVICE_ID, &[problems::SERVICE_NAME_RAW, problems::CI_NAME_RAW]),
];

const TEAMS: [(&Table, Declared, Declared, Declared); 3] = [
    (&incidents::TABLE, incidents::TEAM_ID, incidents::SERVICE_ID, incidents::TEAM_NAME_RAW),
    (&changes::TABLE, changes::TEAM_ID, changes::SERVICE_ID, changes::TEAM_NAME_RAW),
    (&problems::TABLE, problems::TEAM_ID, problems::SERVICE_ID, problems::TEAM_NAME_RAW),
];

/// Every canonical table of the input, resolved.
pub(crate) fn canonical(frames: &Frames, catalog: &Catalog) -> PolarsResult<Frames> {
    let mut resolved = frames.clone();
    for (table, target, names) in &SERVICES {
        fill(&mut resolved, table, target, |frame| services(frame, names, catalog))?;
    }
    for (table, target, service, name) in &TEAMS {
        fill(&mut resolved, table, target, |frame| teams(frame, service, name, catalog))?;
    }
    let quality = [quality_measures::SERVICE_NAME_RAW, quality_measures::REPO_URL];
    fill(&mut resolved, &quality_measures::TABLE, &quality_measures::SERVICE_ID, |frame| services(frame, &quality, catalog))?;
    Ok(resolved)
}

fn fill(
    frames: &mut Frames,
    table: &'static Table,
    target: &Declared,
    values: impl FnOnce(&DataFrame) -> PolarsResult<StringChunked>,
) -> PolarsResult<()> {
    let mut frame = frames.get(table);
    if frame.height() > 0 {
        let values = values(&frame)?.with_name(PlSmallStr::from_static(target.name));
        frame.with_column(values.into_series().into_column())?;
        frames.set(table, frame)?;
    }
    Ok(())
}

fn services(frame: &DataFrame, names: &[Declared], catalog: &Catalog) -> PolarsResult<StringChunked> {
    let columns: Vec<&StringChunked> = names.iter().map(|name| frame.texts(name)).collect::<PolarsResult<_>>()?;
    let service = |row: usize| columns.iter().find_map(|column| column.get(row)).and_then(|name| catalog.service(name));
    Ok((0..frame.height()).map(|row| service(row).map(|service| catalog.services[service as usize].as_str())).collect())
}

/// The first owner of the service, else the assignment group.
fn teams(frame: &DataFrame, service: &Declared, name: &Declared, catalog: &Catalog) -> PolarsResult<StringChunked> {
    let (services, names) = (frame.texts(service)?, frame.texts(name)?);
    let owner = |row: usize| catalog.owners.of(catalog.service(services.get(row)?)?).first().copied();
    let team = |row: usize| owner(row).or_else(|| catalog.team(names.get(row)?));
    Ok((0..frame.height()).map(|row| team(row).map(|team| catalog.teams[team as usize].as_str())).collect())
}
