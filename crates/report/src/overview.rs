//! What the figures rest on: files, rows, events, and the share of events whose service is known.

use polars::prelude::*;
use sequela_schema::canonical::{deployments, incidents, ingest_files, ingest_issues};
use sequela_schema::metric::{self, Metric};
use sequela_schema::result::{deployment_outcomes, incident_attribution, unowned_services};
use sequela_schema::{Frames, Values};

use crate::figures::Figures;
use crate::names::Names;

/// Counts for the head of the page and the terminal.
#[derive(Debug, Default)]
pub(crate) struct Overview {
    /// Input files.
    pub(crate) files: i64,
    /// Rows read from them.
    pub(crate) rows_read: i64,
    /// Rows put aside.
    pub(crate) rows_rejected: i64,
    /// Files that look cut off.
    pub(crate) truncated: i64,
    /// Defects that did not cost the row.
    pub(crate) repaired: i64,
    /// Deployments that count.
    pub(crate) deployments: i64,
    /// Incidents.
    pub(crate) incidents: i64,
    /// Incidents not restored at the extract.
    pub(crate) open: i64,
    /// Share of deployments on a service that the catalog knows.
    pub(crate) deployments_known: Option<f64>,
    /// The same of incidents.
    pub(crate) incidents_known: Option<f64>,
    /// Share of deployments and incidents whose clock is uncertain: dates without time, or a zone that was
    /// only inferred.
    pub(crate) uncertain_clocks: Option<f64>,
    /// Service names that nobody owns.
    pub(crate) unowned: i64,
}

impl Overview {
    /// Counts the frames.
    pub(crate) fn read(frames: &Frames, figures: &Figures, names: &Names) -> PolarsResult<Self> {
        let files = frames.get(&ingest_files::TABLE);
        let outcomes = frames.get(&deployment_outcomes::TABLE);
        let attribution = frames.get(&incident_attribution::TABLE);
        let issues = frames.get(&ingest_issues::TABLE);
        let value = |metric: &Metric| figures.overall(metric).and_then(|figure| figure.value).map(|value| value.round() as i64);
        Ok(Self {
            files: files.height() as i64,
            rows_read: files.ints(&ingest_files::ROWS_READ)?.iter().flatten().sum(),
            rows_rejected: files.ints(&ingest_files::ROWS_REJECTED)?.iter().flatten().sum(),
            truncated: truths(files.bools(&ingest_files::TRUNCATION_SUSPECTED)?),
            repaired: issues.height() as i64 - truths(issues.bools(&ingest_issues::REJECTED)?),
            deployments: value(&metric::DEPLOYMENTS).unwrap_or(outcomes.height() as i64),
            incidents: value(&metric::INCIDENTS).unwrap_or(frames.height(&incidents::TABLE) as i64),
            open: value(&metric::OPEN_INCIDENTS).unwrap_or(0),
            deployments_known: known(outcomes.texts(&deployment_outcomes::SERVICE_ID)?, names),
            incidents_known: known(attribution.texts(&incident_attribution::SERVICE_ID)?, names),
            uncertain_clocks: uncertain(frames)?,
            unowned: frames.height(&unowned_services::TABLE) as i64,
        })
    }
}

fn truths(column: &BooleanChunked) -> i64 {
    column.iter().filter(|value| *value == Some(true)).count() as i64
}

fn uncertain(frames: &Frames) -> PolarsResult<Option<f64>> {
    let is_uncertain = |quality: Option<&str>| matches!(quality, Some("inferred_zone" | "date_only"));
    let (mut all, mut uncertain) = (0, 0);
    for (table, column) in [(&deployments::TABLE, &deployments::TIME_QUALITY), (&incidents::TABLE, &incidents::TIME_QUALITY)] {
        let frame = frames.get(table);
        all += frame.height();
        uncertain += frame.texts(column)?.iter().filter(|quality| is_uncertain(*quality)).count();
    }
    Ok((all > 0).then(|| uncertain as f64 / all as f64))
}

fn known(services: &StringChunked, names: &Names) -> Option<f64> {
    let known = services.iter().filter(|service| service.is_some_and(|service| names.knows_service(service))).count();
    (!services.is_empty()).then(|| known as f64 / services.len() as f64)
}
