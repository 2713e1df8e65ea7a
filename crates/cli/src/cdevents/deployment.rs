//! Deployments: an event of each service for those that worked, a finished run for those that did not, since the standard knows no
//! failed deployment.

use polars::prelude::{DataFrame, PolarsResult};
use sequela_schema::canonical::{deployment_services, deployments};
use sequela_schema::vocabulary::{SUCCESS, kind};
use sequela_schema::{Frames, Values};
use serde_json::{Value, json};

use super::event::{Event, escaped, source};
use super::rows::{Service, Services, row};
use super::{Line, Written, text};

pub(super) struct Deployments {
    frame: DataFrame,
    services: Services,
}

impl Deployments {
    pub(super) fn read(frames: &Frames) -> PolarsResult<Self> {
        use deployment_services::{DEPLOYMENT_ID, SERVICE_ID, SERVICE_NAME_RAW, TABLE};
        let frame = frames.get(&deployments::TABLE);
        let services = Services::read(frames, &TABLE, [&DEPLOYMENT_ID, &SERVICE_NAME_RAW, &SERVICE_ID])?;
        let services = services.lead(&frame, &deployments::DEPLOYMENT_ID, &deployments::SERVICE_NAME_RAW)?;
        Ok(Self { frame, services })
    }

    /// The events to be written.
    pub(super) fn lines(&self, written: &mut Written) -> PolarsResult<Vec<Line>> {
        let mut lines = Vec::new();
        for row in 0..self.frame.height() {
            let Some(result) = text(self.frame.texts(&deployments::RESULT), row)? else {
                written.running += 1;
                continue;
            };
            let Some(at) = self.at(row)? else {
                written.undated += 1;
                continue;
            };
            written.deployments += 1;
            let parts = if result == SUCCESS { self.services(row)?.len().max(1) } else { 1 };
            lines.extend((0..parts).map(|part| Line { at, is_incident: false, row, part }));
        }
        Ok(lines)
    }

    /// The end; where only an earlier time is known, that one.
    fn at(&self, row: usize) -> PolarsResult<Option<i64>> {
        let columns = [&deployments::FINISHED_AT, &deployments::STARTED_AT, &deployments::QUEUED_AT, &deployments::CREATED_AT];
        for column in columns {
            if let Some(at) = self.frame.instants(column)?.get(row) {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    fn services(&self, row: usize) -> PolarsResult<&[Service]> {
        let id = text(self.frame.texts(&deployments::DEPLOYMENT_ID), row)?.unwrap_or_default();
        Ok(self.services.of(id))
    }

    /// One event.
    pub(super) fn event(&self, line: Line) -> PolarsResult<Event> {
        let text = |column| text(self.frame.texts(column), line.row);
        let id = text(&deployments::DEPLOYMENT_ID)?.unwrap_or_default();
        let source = source(text(&deployments::SOURCE)?, text(&deployments::SOURCE_INSTANCE)?);
        let row = Some(row(&deployments::TABLE, &self.frame, line.row)?);
        let services = self.services(line.row)?;
        let result = text(&deployments::RESULT)?.unwrap_or_default();
        if result != SUCCESS {
            let services = services.iter().map(|service| service.raw.clone()).collect();
            let (what, content) = ("pipelinerun.finished", self.run(line.row, result)?);
            return Ok(Event { what, id: id.to_owned(), source, at: line.at, subject: id.to_owned(), content, row, services });
        }
        let service = services.get(line.part);
        let subject = service.map_or(id, Service::name).to_owned();
        let event_id = if services.len() > 1 { format!("{id}/{subject}") } else { id.to_owned() };
        let what = predicate(text(&deployments::KIND)?);
        let content = self.content(line.row, &subject)?;
        let services = service.iter().map(|service| service.raw.clone()).collect();
        Ok(Event { what, id: event_id, source, at: line.at, subject, content, row, services })
    }

    fn content(&self, row: usize, service: &str) -> PolarsResult<Value> {
        let text = |column| text(self.frame.texts(column), row);
        let environment = text(&deployments::ENVIRONMENT_RAW)?.or(text(&deployments::ENVIRONMENT)?).unwrap_or("unknown");
        let artifact = text(&deployments::ARTIFACT_ID)?;
        let version = [artifact, text(&deployments::VERSION)?, text(&deployments::COMMIT_SHA)?, text(&deployments::DEPLOYMENT_ID)?];
        let artifact = match artifact.filter(|artifact| artifact.starts_with("pkg:")) {
            Some(artifact) => artifact.to_owned(),
            // The standard wants a package address; the most telling version makes one.
            None => format!("pkg:generic/{}@{}", escaped(service), escaped(version.into_iter().flatten().next().unwrap_or_default())),
        };
        Ok(json!({"environment": {"id": environment}, "artifactId": artifact}))
    }

    fn run(&self, row: usize, result: &str) -> PolarsResult<Value> {
        let text = |column| text(self.frame.texts(column), row);
        let name = text(&deployments::PIPELINE_NAME)?.or(text(&deployments::NAME)?).unwrap_or("deployment");
        let mut content = json!({"pipelineName": name, "outcome": outcome(result)});
        if let (Some(address), Some(content)) = (text(&deployments::URL)?, content.as_object_mut()) {
            content.insert("uri".to_owned(), address.into());
        }
        Ok(content)
    }
}

fn predicate(found: Option<&str>) -> &'static str {
    match found {
        Some(kind::ROLLBACK) => "service.rolledback",
        Some(kind::REMOVE) => "service.removed",
        Some(kind::PUBLISH_ONLY) => "service.published",
        _ => "service.deployed",
    }
}

/// The standard's word for how a run ended.
fn outcome(result: &str) -> &'static str {
    match result {
        "cancellation" | "skip" => "cancel",
        "error" => "error",
        _ => "failure",
    }
}
