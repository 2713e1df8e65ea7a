//! Incidents: up to three events each, when they were detected, reported and resolved.

use polars::prelude::{DataFrame, PolarsResult};
use sequela_schema::canonical::{incident_services, incidents};
use sequela_schema::{Column, Frames, Values};
use serde_json::{Map, Value, json};

use super::event::{Event, source};
use super::rows::{Service, Services, row};
use super::{Line, Written, text};

/// Predicates and the times that they stand for, the most fitting first.
const EVENTS: [(&str, &[&Column]); 3] = [
    ("incident.detected", &[&incidents::DETECTED_AT, &incidents::STARTED_AT]),
    ("incident.reported", &[&incidents::CREATED_AT]),
    ("incident.resolved", &[&incidents::RESOLVED_AT, &incidents::MITIGATED_AT, &incidents::IMPACT_ENDED_AT]),
];

pub(super) struct Incidents {
    frame: DataFrame,
    services: Services,
}

impl Incidents {
    pub(super) fn read(frames: &Frames) -> PolarsResult<Self> {
        use incident_services::{INCIDENT_ID, SERVICE_ID, SERVICE_NAME_RAW, TABLE};
        let frame = frames.get(&incidents::TABLE);
        let services = Services::read(frames, &TABLE, [&INCIDENT_ID, &SERVICE_NAME_RAW, &SERVICE_ID])?;
        let services = services.lead(&frame, &incidents::INCIDENT_ID, &incidents::SERVICE_NAME_RAW)?;
        Ok(Self { frame, services })
    }

    /// The events to be written.
    pub(super) fn lines(&self, written: &mut Written) -> PolarsResult<Vec<Line>> {
        let mut lines = Vec::new();
        for row in 0..self.frame.height() {
            // The standard cannot take an incident back: told as reported, it would stay open for ever.
            if matches!(text(self.frame.texts(&incidents::STATE), row)?, Some("cancelled" | "merged")) {
                written.withdrawn += 1;
                continue;
            }
            let before = lines.len();
            for (part, (_, columns)) in EVENTS.iter().enumerate() {
                lines.extend(self.first(columns, row)?.map(|at| Line { at, is_incident: true, row, part }));
            }
            if lines.len() > before { written.incidents += 1 } else { written.undated += 1 }
        }
        Ok(lines)
    }

    fn first(&self, columns: &[&Column], row: usize) -> PolarsResult<Option<i64>> {
        for column in columns {
            if let Some(at) = self.frame.instants(column)?.get(row) {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    /// One event. Each carries the row, so that a part of the events is as good as all.
    pub(super) fn event(&self, line: Line) -> PolarsResult<Event> {
        let text = |column| text(self.frame.texts(column), line.row);
        let id = text(&incidents::INCIDENT_ID)?.unwrap_or_default();
        let what = EVENTS.get(line.part).map_or("incident.reported", |(what, _)| what);
        let services = self.services.of(id);
        let mut content = Map::new();
        let described =
            [("description", text(&incidents::TITLE)?), ("ticketURI", text(&incidents::URL)?.filter(|_| what.ends_with("reported")))];
        for (key, value) in described {
            if let Some(value) = value {
                content.insert(key.to_owned(), value.into());
            }
        }
        let environment = text(&incidents::ENVIRONMENT_RAW)?.or(text(&incidents::ENVIRONMENT)?);
        for (key, value) in [("environment", environment), ("service", services.first().map(Service::name))] {
            if let Some(value) = value {
                content.insert(key.to_owned(), json!({"id": value}));
            }
        }
        Ok(Event {
            what,
            id: format!("{id}/{}", what.trim_start_matches("incident.")),
            source: source(text(&incidents::SOURCE)?, text(&incidents::SOURCE_INSTANCE)?),
            at: line.at,
            subject: id.to_owned(),
            content: Value::Object(content),
            row: Some(row(&incidents::TABLE, &self.frame, line.row)?),
            services: services.iter().map(|service| service.raw.clone()).collect(),
        })
    }
}
