//! Where records were read, and which services they touch.

use std::collections::HashMap;

use polars::prelude::*;
use sequela_schema::canonical::{change_services, changes, deployment_services, deployments};
use sequela_schema::{Column as Declared, Frames, Table, Values};

use crate::records::{Change, Deployment};

/// Rows of the canonical table by number of the record.
#[derive(Debug)]
pub(super) struct Origin {
    frame: DataFrame,
    rows: Vec<Option<usize>>,
    columns: Columns,
}

#[derive(Clone, Copy, Debug)]
struct Columns {
    file: Declared,
    row: Declared,
    quality: Declared,
    /// What people call the record.
    label: Declared,
    /// How the kind is known, where that is told.
    basis: Option<Declared>,
}

impl Origin {
    pub(super) fn of_deployments(frames: &Frames, records: &[Deployment]) -> PolarsResult<Self> {
        use deployments as t;
        let basis = Some(t::KIND_BASIS);
        let columns = Columns { file: t::SOURCE_FILE, row: t::SOURCE_ROW, quality: t::TIME_QUALITY, label: t::NAME, basis };
        Self::new(frames, &t::TABLE, &t::DEPLOYMENT_ID, columns, records.iter().map(|record| record.id.as_str()))
    }

    pub(super) fn of_changes(frames: &Frames, records: &[Change]) -> PolarsResult<Self> {
        use changes as t;
        let columns = Columns { file: t::SOURCE_FILE, row: t::SOURCE_ROW, quality: t::TIME_QUALITY, label: t::NUMBER, basis: None };
        Self::new(frames, &t::TABLE, &t::CHANGE_ID, columns, records.iter().map(|record| record.id.as_str()))
    }

    fn new<'a>(
        frames: &Frames,
        table: &'static Table,
        id: &Declared,
        columns: Columns,
        records: impl Iterator<Item = &'a str>,
    ) -> PolarsResult<Self> {
        let frame = frames.get(table);
        let by_id: HashMap<&str, usize> = frame.texts(id)?.iter().enumerate().filter_map(|(row, id)| Some((id?, row))).collect();
        let rows = records.map(|id| by_id.get(id).copied()).collect();
        drop(by_id);
        Ok(Self { frame, rows, columns })
    }

    fn text(&self, number: usize, column: &Declared) -> Option<&str> {
        self.frame.texts(column).ok()?.get(self.rows.get(number).copied().flatten()?)
    }

    /// File and row.
    pub(super) fn place(&self, number: Option<usize>) -> (Option<&str>, Option<i64>) {
        let Some(number) = number else { return (None, None) };
        let row = self.rows.get(number).copied().flatten();
        let row = row.and_then(|row| self.frame.ints(&self.columns.row).ok()?.get(row));
        (self.text(number, &self.columns.file), row)
    }

    /// Whether the record knows the day alone.
    pub(super) fn is_day(&self, number: usize) -> bool {
        self.text(number, &self.columns.quality) == Some("date_only")
    }

    /// Whether what kind it is was guessed.
    pub(super) fn is_guessed(&self, number: usize) -> bool {
        self.columns.basis.is_some_and(|basis| self.text(number, &basis) == Some("inferred"))
    }

    /// What people call it, where that is not its identifier.
    pub(super) fn label(&self, number: usize) -> Option<&str> {
        self.text(number, &self.columns.label)
    }
}

/// Services by identifier of the deployment or change that names several.
#[derive(Debug, Default)]
pub(super) struct Touched {
    deployments: HashMap<String, Vec<String>>,
    changes: HashMap<String, Vec<String>>,
}

impl Touched {
    pub(super) fn read(frames: &Frames) -> PolarsResult<Self> {
        use {change_services as c, deployment_services as d};
        Ok(Self {
            deployments: several(&frames.get(&d::TABLE), &d::DEPLOYMENT_ID, &d::SERVICE_ID)?,
            changes: several(&frames.get(&c::TABLE), &c::CHANGE_ID, &c::SERVICE_ID)?,
        })
    }

    /// All services of a deployment.
    pub(super) fn of_deployment<'a>(&'a self, deployment: &'a Deployment) -> Vec<&'a str> {
        union(self.deployments.get(&deployment.id), deployment.service.as_ref())
    }

    /// All services of a change.
    pub(super) fn of_change<'a>(&'a self, change: &'a Change) -> Vec<&'a str> {
        union(self.changes.get(&change.id), change.service.as_ref())
    }
}

fn union<'a>(several: Option<&'a Vec<String>>, one: Option<&'a String>) -> Vec<&'a str> {
    several.into_iter().flatten().chain(one).map(String::as_str).collect()
}

/// One service stands in the record itself; only those with more are kept.
fn several(frame: &DataFrame, id: &Declared, service: &Declared) -> PolarsResult<HashMap<String, Vec<String>>> {
    let (ids, services) = (frame.texts(id)?, frame.texts(service)?);
    let mut found: HashMap<&str, Vec<&str>> = HashMap::new();
    for (id, service) in ids.iter().zip(services.iter()) {
        if let (Some(id), Some(service)) = (id, service) {
            found.entry(id).or_default().push(service);
        }
    }
    let several = found.into_iter().filter(|(_, services)| services.len() > 1);
    Ok(several.map(|(id, services)| (id.to_owned(), services.into_iter().map(ToOwned::to_owned).collect())).collect())
}
