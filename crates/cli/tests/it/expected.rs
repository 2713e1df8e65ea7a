//! Compares a run with expected links and figures in long form.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sequela_schema::Values;
use sequela_schema::result::{links, metrics};

use crate::sequela::table;

/// What a run says: deployments by (incident, team), figures by (scope, scope id, period, bucket, metric).
pub(crate) struct Actual {
    links: BTreeMap<(String, String), BTreeSet<String>>,
    figures: BTreeMap<[String; 5], Figure>,
}

#[derive(Clone, Debug)]
struct Figure {
    value: Option<f64>,
    lower: Option<f64>,
    upper: Option<f64>,
    unit: String,
    note: String,
}

/// A row of expected values; which columns matter depends on `record`.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    pub(crate) record: String,
    pub(crate) scope: String,
    pub(crate) scope_id: String,
    pub(crate) bucket: String,
    pub(crate) incident_id: String,
    pub(crate) deployment_id: String,
    pub(crate) metric: String,
    pub(crate) value: String,
    pub(crate) unit: String,
    /// Ends of the interval; compared where either is given.
    pub(crate) lower: String,
    pub(crate) upper: String,
}

impl Actual {
    pub(crate) fn read(out: &Path) -> Self {
        Self { links: read_links(out), figures: read_figures(out) }
    }

    /// What is wrong, or nothing.
    pub(crate) fn differs(&self, expected: &Expected, tolerance: f64) -> Option<String> {
        if expected.record == "link" { self.link_differs(expected) } else { self.figure_differs(expected, tolerance) }
    }

    fn link_differs(&self, expected: &Expected) -> Option<String> {
        let key = (expected.incident_id.clone(), expected.scope_id.clone());
        let found = self.links.get(&key).cloned().unwrap_or_default();
        let wanted = expected.deployment_id.as_str();
        let agrees = match wanted {
            "" => found.is_empty(),
            either if either.contains('|') => found.len() == 1 && either.split('|').any(|id| found.contains(id)),
            all => found == all.split('&').map(ToOwned::to_owned).collect(),
        };
        (!agrees).then(|| format!("{key:?} is linked to {found:?}, expected {wanted:?}"))
    }

    fn figure_differs(&self, expected: &Expected, tolerance: f64) -> Option<String> {
        let period = if expected.record == "overall" { "all" } else { expected.record.as_str() };
        let bucket = if period == "all" { String::new() } else { expected.bucket.clone() };
        let key = [expected.scope.clone(), expected.scope_id.clone(), period.to_owned(), bucket, expected.metric.clone()];
        let Some(found) = self.figures.get(&key) else { return Some(format!("{key:?} is missing, expected {:?}", expected.value)) };
        let agrees = if expected.unit == "label" {
            found.note == expected.value
        } else {
            let has_interval = !(expected.lower.is_empty() && expected.upper.is_empty());
            let interval = [(found.lower, &expected.lower), (found.upper, &expected.upper)];
            is_close(found.value, &expected.value, tolerance)
                && (!has_interval || interval.into_iter().all(|(found, wanted)| is_close(found, wanted, tolerance)))
        };
        let same_unit = expected.unit.is_empty() || expected.unit == found.unit;
        (!(agrees && same_unit)).then(|| format!("{key:?} is {found:?}, expected {:?} {}", expected.value, expected.unit))
    }
}

/// Both missing, or both there and near.
fn is_close(found: Option<f64>, wanted: &str, tolerance: f64) -> bool {
    match (found, wanted.parse::<f64>().ok()) {
        (Some(found), Some(wanted)) => (found - wanted).abs() <= tolerance * wanted.abs().max(1.0),
        (found, wanted) => found.is_none() && wanted.is_none(),
    }
}

fn read_links(out: &Path) -> BTreeMap<(String, String), BTreeSet<String>> {
    let frame = table(out, "links");
    let text = |column, row| frame.texts(column).unwrap().get(row).unwrap_or_default().to_owned();
    let mut found: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for row in 0..frame.height() {
        let key = (text(&links::INCIDENT_ID, row), text(&links::SCOPE_ID, row));
        found.entry(key).or_default().insert(text(&links::DEPLOYMENT_ID, row));
    }
    found
}

fn read_figures(out: &Path) -> BTreeMap<[String; 5], Figure> {
    let frame = table(out, "metrics");
    let text = |column, row| frame.texts(column).unwrap().get(row).unwrap_or_default().to_owned();
    let starts = frame.dates(&metrics::PERIOD_START).unwrap();
    let bucket = |period: &str, row: usize| {
        let day = chrono::NaiveDate::default() + chrono::Duration::days(i64::from(starts.get(row).unwrap()));
        match period {
            "all" => String::new(),
            "month" => day.format("%Y-%m").to_string(),
            _ => day.to_string(),
        }
    };
    (0..frame.height())
        .map(|row| {
            let period = text(&metrics::PERIOD, row);
            let bucket = bucket(&period, row);
            let key = [text(&metrics::SCOPE, row), text(&metrics::SCOPE_ID, row), period, bucket, text(&metrics::METRIC, row)];
            let real = |column| frame.reals(column).unwrap().get(row);
            let (value, lower, upper) = (real(&metrics::VALUE), real(&metrics::LOWER), real(&metrics::UPPER));
            (key, Figure { value, lower, upper, unit: text(&metrics::UNIT, row), note: text(&metrics::NOTE, row) })
        })
        .collect()
}

/// Rows of a CSV file with expected values; absent columns are empty.
pub(crate) fn read(path: &Path) -> Vec<Expected> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let header: Vec<String> = reader.headers().unwrap().iter().map(ToOwned::to_owned).collect();
    reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            let cell =
                |name: &str| header.iter().position(|column| column == name).and_then(|at| record.get(at)).unwrap_or_default().to_owned();
            Expected {
                record: cell("record"),
                scope: if cell("scope").is_empty() { "team".to_owned() } else { cell("scope") },
                scope_id: if cell("team").is_empty() { cell("scope_id") } else { cell("team") },
                bucket: cell("bucket"),
                incident_id: cell("incident_id"),
                deployment_id: cell("deployment_id"),
                metric: cell("metric"),
                value: cell("value"),
                unit: cell("unit"),
                lower: cell("lower"),
                upper: cell("upper"),
            }
        })
        .collect()
}
