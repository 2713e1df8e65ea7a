//! Whether failures go with coverage, size, components, review or tests: the table `quality_association`.
//!
//! An association, not a cause: what is well tested may also be what changes least.

mod measures;

use std::collections::BTreeMap;

use polars::prelude::*;
use sequela_schema::result::quality_association as columns;
use sequela_schema::{Frames, TableBuilder};
use sequela_stats::correlation::{Correlation, spearman};
use sequela_stats::logistic::{OddsRatio, odds_ratio};
use sequela_stats::multiple::benjamini_hochberg;
use sequela_stats::{Estimate, Level};

use crate::records::{Deployment, Records, is_withheld};
use measures::Measure;

/// Fewer failures, sound deployments or services than this tell nothing.
const FEWEST: usize = 5;
/// A finding at this adjusted p-value or below.
const CALLED: f64 = 0.1;

/// One row: a measure and an outcome.
#[derive(Debug)]
struct Row<'a> {
    measure: &'a Measure,
    n: usize,
    services: usize,
    failures: f64,
    association: Association,
}

/// What goes with failures, if enough is known.
#[derive(Debug)]
enum Association {
    Rank(Option<Correlation>),
    Odds(Option<OddsRatio>),
}

impl Association {
    fn p_value(&self) -> Option<f64> {
        match self {
            Self::Rank(found) => found.as_ref().and_then(|found| found.p_value),
            Self::Odds(found) => found.as_ref().map(|found| found.p_value),
        }
    }

    fn forget(&mut self) {
        match self {
            Self::Rank(found) => *found = None,
            Self::Odds(found) => *found = None,
        }
    }

    fn is_upwards(&self) -> bool {
        match self {
            Self::Rank(found) => found.as_ref().and_then(|found| found.estimate.value).is_some_and(|value| value > 0.0),
            Self::Odds(found) => found.as_ref().is_some_and(|found| found.value > 1.0),
        }
    }
}

/// Fills the table.
pub(crate) fn table(frames: &Frames, records: &Records) -> PolarsResult<TableBuilder> {
    let counted: Vec<&Deployment> = records.deployments.iter().filter(|deployment| deployment.is_counted).collect();
    let measures = measures::read(&counted, frames)?;
    let is_withheld = is_withheld(frames)?;
    let mut rows: Vec<Row<'_>> =
        measures.iter().flat_map(|measure| [by_deployment(measure, &counted), by_service(measure, &counted)]).collect();
    if is_withheld {
        rows.iter_mut().for_each(|row| row.association.forget());
    }
    let p_values: Vec<f64> = rows.iter().map(|row| row.association.p_value().unwrap_or(f64::NAN)).collect();
    let mut builder = TableBuilder::new(&columns::TABLE);
    for (row, q) in rows.iter().zip(benjamini_hochberg(&p_values)) {
        write(row, q, is_withheld, &mut builder);
    }
    Ok(builder)
}

/// Odds of failure per step, deployments of one service in one cluster.
fn by_deployment<'a>(measure: &'a Measure, counted: &[&Deployment]) -> Row<'a> {
    let mut numbers: BTreeMap<Option<&str>, usize> = BTreeMap::new();
    let (mut scaled, mut outcomes, mut clusters) = (Vec::new(), Vec::new(), Vec::new());
    for (deployment, value) in counted.iter().zip(&measure.values) {
        let Some(value) = value else { continue };
        let next = numbers.len();
        clusters.push(*numbers.entry(deployment.service.as_deref()).or_insert(next));
        scaled.push(measure.scale.of(*value));
        outcomes.push(deployment.p_failed);
    }
    let failures: f64 = outcomes.iter().sum();
    let fewest = failures.min(outcomes.len() as f64 - failures).min(numbers.len() as f64);
    let found = if fewest >= FEWEST as f64 { odds_ratio(&scaled, &outcomes, &clusters, Level::default()) } else { None };
    Row { measure, n: outcomes.len(), services: numbers.len(), failures, association: Association::Odds(found) }
}

/// Rank correlation of the mean of a service's deployments with its change failure rate.
fn by_service<'a>(measure: &'a Measure, counted: &[&Deployment]) -> Row<'a> {
    let mut services: BTreeMap<&str, (f64, f64, usize)> = BTreeMap::new();
    for (deployment, value) in counted.iter().zip(&measure.values) {
        if let (Some(service), Some(value)) = (&deployment.service, value) {
            let sums = services.entry(service).or_default();
            *sums = (sums.0 + value, sums.1 + deployment.p_failed, sums.2 + 1);
        }
    }
    services.retain(|_, sums| sums.2 >= FEWEST);
    let pairs: Vec<(f64, f64)> = services.values().map(|(value, failed, n)| (value / *n as f64, failed / *n as f64)).collect();
    let failures = services.values().map(|sums| sums.1).sum();
    let found = (pairs.len() >= FEWEST).then(|| spearman(&pairs, Level::default())).filter(|found| found.p_value.is_some());
    Row { measure, n: pairs.len(), services: pairs.len(), failures, association: Association::Rank(found) }
}

fn write(row: &Row<'_>, q: f64, is_withheld: bool, builder: &mut TableBuilder) {
    let p = row.association.p_value();
    let finding = match p {
        None if is_withheld => "not judged",
        None => "too few to say",
        Some(_) if q > CALLED => "not shown",
        Some(_) if row.association.is_upwards() => "more failures",
        Some(_) => "fewer failures",
    };
    let is_odds = matches!(row.association, Association::Odds(_));
    let mut cells = builder.row();
    cells
        .text(&columns::MEASURE, &row.measure.name)
        .text(&columns::OUTCOME, if is_odds { "change_failure" } else { "change_failure_rate" })
        .int(&columns::N, row.n as i64)
        .int(&columns::SERVICES, row.services as i64)
        .real(&columns::FAILURES, row.failures)
        .real_opt(&columns::P, p)
        .real(&columns::Q, q)
        .text(&columns::FINDING, finding);
    match &row.association {
        Association::Rank(Some(Correlation { estimate: Estimate { value, lower, upper, .. }, .. })) => {
            cells.real_opt(&columns::RANK_CORRELATION, *value);
            cells.real_opt(&columns::RANK_LOWER, *lower).real_opt(&columns::RANK_UPPER, *upper);
        }
        Association::Odds(odds) => {
            cells.text(&columns::STEP, row.measure.scale.step());
            if let Some(odds) = odds {
                cells.real(&columns::ODDS_RATIO, odds.value).real(&columns::ODDS_LOWER, odds.lower).real(&columns::ODDS_UPPER, odds.upper);
            }
        }
        Association::Rank(None) => {}
    }
}
