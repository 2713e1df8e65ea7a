//! Sized worlds for benches: the simulator's plain numbers as kernel input and as export files.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use polars::prelude::{ParquetWriter, PolarsResult};
use sequela_correlate::Groups;
use sequela_correlate::timeline::{Event, Query, Timeline};
use sequela_schema::TableBuilder;
use sequela_schema::canonical::deployments;
use sequela_testkit::world::{Size, World, organisation};

/// A year with so many deployments and a tenth as many incidents.
pub fn world(deployments: usize) -> World {
    organisation(&Size { deployments, incidents: deployments / 10, ..Size::default() })
}

/// Deployments sorted for the sweep.
pub fn timeline(world: &World) -> Timeline {
    let event = |(number, deployment): (usize, &sequela_testkit::world::Deployment)| Event {
        group: deployment.service,
        at: deployment.finished_at,
        rank: number as u32,
        deployment: number as u32,
    };
    Timeline::new(world.teams.len(), world.deployments.iter().enumerate().map(event).collect())
}

/// Each service with itself and what it depends on.
pub fn related(world: &World) -> Groups {
    let own = (0..world.teams.len() as u32).map(|service| (service, service));
    Groups::from_pairs(world.teams.len(), own.chain(world.dependencies.iter().copied()).collect())
}

/// One query per incident.
pub fn queries(world: &World) -> Vec<Query> {
    world.incidents.iter().map(|incident| Query { at: incident.created_at, related: incident.service }).collect()
}

/// Deployments as a CSV file with canonical headers.
pub fn write_csv(world: &World, folder: &Path) -> std::io::Result<PathBuf> {
    let path = folder.join("deployments.csv");
    std::fs::write(&path, csv_text(world))?;
    Ok(path)
}

/// The same, compressed.
pub fn write_gzip(world: &World, folder: &Path) -> std::io::Result<PathBuf> {
    let path = folder.join("deployments.csv.gz");
    let mut file = flate2::write::GzEncoder::new(std::fs::File::create(&path)?, flate2::Compression::default());
    file.write_all(csv_text(world).as_bytes())?;
    file.finish()?;
    Ok(path)
}

fn csv_text(world: &World) -> String {
    let mut text = String::from("deployment_id,service_name_raw,environment,result,finished_at\n");
    for (number, deployment) in world.deployments.iter().enumerate() {
        let _ = writeln!(text, "d{number},svc-{},production,success,{}", deployment.service, deployment.finished_at / 1_000_000);
    }
    text
}

/// Deployments as NDJSON.
pub fn write_ndjson(world: &World, folder: &Path) -> std::io::Result<PathBuf> {
    let path = folder.join("deployments.ndjson");
    std::fs::write(&path, records(world).join("\n"))?;
    Ok(path)
}

/// Deployments as one JSON array.
pub fn write_array(world: &World, folder: &Path) -> std::io::Result<PathBuf> {
    let path = folder.join("deployments.array.json");
    std::fs::write(&path, format!("[{}]", records(world).join(",\n")))?;
    Ok(path)
}

/// Deployments as pages of a hundred, one behind the other.
pub fn write_pages(world: &World, folder: &Path) -> std::io::Result<PathBuf> {
    let page = |records: &[String]| format!("{{\"items\":[{}],\"next\":null}}\n", records.join(","));
    let path = folder.join("deployments.pages.json");
    std::fs::write(&path, records(world).chunks(100).map(page).collect::<String>())?;
    Ok(path)
}

fn records(world: &World) -> Vec<String> {
    let record = |(number, deployment): (usize, &sequela_testkit::world::Deployment)| {
        let at = deployment.finished_at / 1_000_000;
        let service = deployment.service;
        format!(
            "{{\"deployment_id\":\"d{number}\",\"service\":\"svc-{service}\",\"environment\":\"production\",\"status\":\"success\",\"finished_at\":{at}}}"
        )
    };
    world.deployments.iter().enumerate().map(record).collect()
}

/// Deployments as Parquet.
pub fn write_parquet(world: &World, folder: &Path) -> PolarsResult<PathBuf> {
    let mut builder = TableBuilder::new(&deployments::TABLE);
    for (number, deployment) in world.deployments.iter().enumerate() {
        builder
            .row()
            .text(&deployments::DEPLOYMENT_ID, format!("d{number}"))
            .text(&deployments::SERVICE_NAME_RAW, format!("svc-{}", deployment.service))
            .text(&deployments::ENVIRONMENT, "production")
            .text(&deployments::RESULT, "success")
            .int(&deployments::FINISHED_AT, deployment.finished_at);
    }
    let used = [
        deployments::DEPLOYMENT_ID.name,
        deployments::SERVICE_NAME_RAW.name,
        deployments::ENVIRONMENT.name,
        deployments::RESULT.name,
        deployments::FINISHED_AT.name,
    ];
    let mut frame = builder.finish()?.select(used)?;
    let path = folder.join("deployments.parquet");
    ParquetWriter::new(std::fs::File::create(&path)?).finish(&mut frame)?;
    Ok(path)
}
