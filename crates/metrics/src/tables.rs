//! Figures as tables: the long form, and the months side by side.

use polars::prelude::PolarsResult;
use sequela_schema::metric::{self, Metric};
use sequela_schema::result::{metrics as out, org_month, service_month, team_month};
use sequela_schema::vocabulary::scope;
use sequela_schema::{Column, Frames, Table, TableBuilder};
use sequela_stats::{Estimate, Level};

use crate::calendar::month_label;
use crate::figures::{Block, Figure};

pub(crate) fn write(blocks: &[Block<'_>]) -> PolarsResult<Frames> {
    let mut frames = Frames::new();
    frames.build(long(blocks))?;
    for (kind, table) in
        [(scope::TEAM, &team_month::TABLE), (scope::SERVICE, &service_month::TABLE), (scope::ORGANISATION, &org_month::TABLE)]
    {
        frames.build(wide(blocks, kind, table))?;
    }
    Ok(frames)
}

fn long(blocks: &[Block<'_>]) -> TableBuilder {
    let mut builder = TableBuilder::new(&out::TABLE);
    for block in blocks {
        for figure in &block.figures {
            write_figure(&mut builder, block, figure);
        }
    }
    builder
}

fn write_figure(builder: &mut TableBuilder, block: &Block<'_>, figure: &Figure) {
    let estimate = &figure.estimate;
    builder
        .row()
        .text(&out::SCOPE, block.scope.kind)
        .text(&out::SCOPE_ID, &block.scope.id)
        .text(&out::PERIOD, block.period)
        .date(&out::PERIOD_START, block.start)
        .text(&out::METRIC, figure.metric.name)
        .text(&out::UNIT, figure.unit)
        .int(&out::N, estimate.n as i64)
        .real_opt(&out::VALUE, estimate.value)
        .real_opt(&out::LOWER, estimate.lower)
        .real_opt(&out::UPPER, estimate.upper)
        .text(&out::METHOD, method(estimate))
        .text_opt(&out::NOTE, figure.note.as_ref());
}

/// The method, with the level where there is an interval.
pub(crate) fn method(estimate: &Estimate) -> String {
    match (estimate.lower, estimate.upper) {
        (None, None) => estimate.method.to_owned(),
        _ => format!("{}, {:.0} % interval", estimate.method, 100.0 * Level::default().probability()),
    }
}

/// The month tables share their columns, in the same places.
fn wide(blocks: &[Block<'_>], kind: &str, table: &'static Table) -> TableBuilder {
    let mut builder = TableBuilder::new(table);
    for block in blocks.iter().filter(|block| block.scope.kind == kind) {
        if let Some(month) = block.month {
            write_month(&mut builder, block, month);
        }
    }
    builder
}

fn write_month(builder: &mut TableBuilder, block: &Block<'_>, month: i32) {
    let table = builder.table();
    let column = |like: &Column| table.columns[like.position];
    let estimate = |metric: &Metric| block.figures.iter().find(|figure| figure.metric == metric).map(|figure| figure.estimate);
    let value = |metric: &Metric| estimate(metric).and_then(|estimate| estimate.value);
    let bound = |metric: &Metric, of: fn(&Estimate) -> Option<f64>| estimate(metric).as_ref().and_then(of);
    let whole = |metric: &Metric| value(metric).unwrap_or(0.0) as i64;
    builder
        .row()
        .text(&column(&team_month::TEAM_ID), &block.scope.id)
        .text(&column(&team_month::MONTH), month_label(month))
        .int(&column(&team_month::DEPLOYMENTS), whole(&metric::DEPLOYMENTS))
        .real(&column(&team_month::FAILED_DEPLOYMENTS), value(&metric::FAILED_DEPLOYMENTS).unwrap_or(0.0))
        .real_opt(&column(&team_month::CHANGE_FAILURE_RATE), value(&metric::CHANGE_FAILURE_RATE))
        .real_opt(&column(&team_month::CHANGE_FAILURE_RATE_LOWER), bound(&metric::CHANGE_FAILURE_RATE, |estimate| estimate.lower))
        .real_opt(&column(&team_month::CHANGE_FAILURE_RATE_UPPER), bound(&metric::CHANGE_FAILURE_RATE, |estimate| estimate.upper))
        .int(&column(&team_month::INCIDENTS), whole(&metric::INCIDENTS))
        .real(&column(&team_month::CHANGE_CAUSED_INCIDENTS), value(&metric::CHANGE_CAUSED_INCIDENTS).unwrap_or(0.0))
        .real_opt(&column(&team_month::TIME_TO_RESTORE_MEDIAN_HOURS), value(&metric::TIME_TO_RESTORE_MEDIAN))
        .real_opt(
            &column(&team_month::TIME_TO_RESTORE_MEDIAN_HOURS_LOWER),
            bound(&metric::TIME_TO_RESTORE_MEDIAN, |estimate| estimate.lower),
        )
        .real_opt(
            &column(&team_month::TIME_TO_RESTORE_MEDIAN_HOURS_UPPER),
            bound(&metric::TIME_TO_RESTORE_MEDIAN, |estimate| estimate.upper),
        )
        .real_opt(&column(&team_month::TIME_TO_RESTORE_P90_HOURS), value(&metric::TIME_TO_RESTORE_P90))
        .real_opt(&column(&team_month::TIME_TO_RESTORE_MEAN_HOURS), value(&metric::TIME_TO_RESTORE_MEAN))
        .real_opt(&column(&team_month::TIME_TO_RESTORE_MEDIAN_OBSERVED_HOURS), value(&metric::TIME_TO_RESTORE_MEDIAN_OBSERVED))
        .real_opt(&column(&team_month::FAILED_DEPLOYMENT_RECOVERY_MEDIAN_HOURS), value(&metric::FAILED_DEPLOYMENT_RECOVERY_MEDIAN))
        .real_opt(&column(&team_month::DEPLOYMENT_FREQUENCY_PER_WEEK), value(&metric::DEPLOYMENT_FREQUENCY))
        .real_opt(&column(&team_month::LEAD_TIME_MEDIAN_HOURS), value(&metric::LEAD_TIME_MEDIAN))
        .real_opt(&column(&team_month::REWORK_RATE), value(&metric::REWORK_RATE));
}
