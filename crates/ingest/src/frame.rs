//! Turns folded rows into frames, column by column, and writes the link tables that follow from them.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use polars::prelude::*;
use rayon::prelude::*;
use sequela_schema::canonical::{
    change_services, changes, deployment_commits, deployment_services, deployments, incident_services, incidents, ingest_files,
    ingest_issues, service_teams, services, status_events,
};
use sequela_schema::{Column as Declared, Frames, Table, TableBuilder, Type};

use crate::draft::Draft;
use crate::fields;
use crate::fold::{Choice, Event, Folded, Record, fold};
use crate::intake::{FileReport, Intake};
use crate::rows::{Rows, Stored};
use crate::rules::delivery::seconds;

/// All canonical tables.
pub(crate) fn build(mut intake: Intake) -> PolarsResult<Frames> {
    let mut frames = Frames::new();
    for table in fields::READABLE {
        let Some(identity) = fields::identity(table) else { continue };
        let Some(rows) = intake.tables.remove(table.name) else { continue };
        let folded = fold(&rows, identity, &mut intake.files);
        frames.set(table, records_frame(&rows, &folded.records)?)?;
        add_links(&rows, &folded, &mut intake);
        add_history(&rows, identity, folded.events, &mut intake);
    }
    for (_, rows) in std::mem::take(&mut intake.tables) {
        frames.set(rows.table, distinct_frame(&rows)?)?;
    }
    for table in fields::READABLE {
        if !frames.has(table) {
            frames.set(table, DataFrame::empty_with_schema(&table.schema()))?;
        }
    }
    add_reports(intake.files, &mut frames)?;
    Ok(frames)
}

/// One row per record, in the order of ids.
fn records_frame(rows: &Rows, records: &[Record]) -> PolarsResult<DataFrame> {
    let choice = Choice::new(rows, records);
    let columns = rows.table.columns.par_iter().map(|column| {
        let Some(stored) = rows.stored(column) else { return empty(column, records.len()) };
        let chosen = records.iter().enumerate().map(|(number, record)| choice.row(column, number, record));
        let mut series = gather(column, stored, chosen);
        if rows.table.name == deployments::TABLE.name && column.name == deployments::DURATION_S.name {
            series = durations(rows, records, &choice, stored);
        }
        typed(column, series)
    });
    DataFrame::new(records.len(), columns.collect())
}

fn empty(column: &Declared, rows: usize) -> Column {
    Column::full_null(PlSmallStr::from_static(column.name), rows, &column.kind.dtype())
}

fn gather(column: &Declared, stored: &Stored, rows: impl ExactSizeIterator<Item = usize>) -> Series {
    let name = PlSmallStr::from_static(column.name);
    match stored {
        Stored::Text(texts) => {
            let mut builder = StringChunkedBuilder::new(name, rows.len());
            rows.for_each(|row| builder.append_option(texts.get(row)));
            builder.finish().into_series()
        }
        Stored::Int(values) => {
            let values: Vec<Option<i64>> = rows.map(|row| values.get(row).copied().flatten()).collect();
            Int64Chunked::from_slice_options(name, &values).into_series()
        }
        Stored::Real(values) => {
            let values: Vec<Option<f64>> = rows.map(|row| values.get(row).copied().flatten()).collect();
            Float64Chunked::from_slice_options(name, &values).into_series()
        }
        Stored::Bool(values) => {
            let values: Vec<Option<bool>> = rows.map(|row| values.get(row).copied().flatten()).collect();
            BooleanChunked::from_slice_options(name, &values).into_series()
        }
    }
}

fn typed(column: &Declared, series: Series) -> Column {
    let series = match column.kind {
        Type::Instant => series.into_datetime(TimeUnit::Microseconds, Some(TimeZone::UTC)),
        _ => series,
    };
    series.into_column()
}

/// Durations of records made of several rows are those of their combined times.
fn durations(rows: &Rows, records: &[Record], choice: &Choice<'_>, stored: &Stored) -> Series {
    let one = |number: usize, record: &Record| {
        if let (Record::One(row), Stored::Real(values)) = (record, stored) {
            return values.get(*row as usize).copied().flatten();
        }
        let at = |column: &Declared| rows.int(column, choice.row(column, number, record));
        let (start, end) = at(&deployments::STARTED_AT).zip(at(&deployments::FINISHED_AT))?;
        (end >= start).then(|| seconds(start, end))
    };
    let values: Vec<Option<f64>> = records.iter().enumerate().map(|(number, record)| one(number, record)).collect();
    Float64Chunked::from_slice_options(PlSmallStr::from_static(deployments::DURATION_S.name), &values).into_series()
}

/// Columns that say where a row comes from: rows that differ in nothing else are the same.
const PROVENANCE: [&str; 6] = ["source", "source_instance", "source_file", "source_row", "record_hash", "url"];

/// Each row once, in the order of the table's key. Rows of equal key stay apart where they differ otherwise, except dependencies,
/// aliases and links, of which the first counts.
fn distinct_frame(rows: &Rows) -> PolarsResult<DataFrame> {
    let table = rows.table;
    let rest: Vec<&Declared> = table
        .columns
        .iter()
        .filter(|column| !(table.columns.iter().any(|other| other.name == "source") && PROVENANCE.contains(&column.name)))
        .collect();
    let one_per_key = !matches!(table.name, "quality_measures" | "deployment_commits");
    let same: Vec<&Declared> = if one_per_key { table.key.iter().collect() } else { rest };
    let by = |columns: &[&Declared], left: u32, right: u32| {
        columns
            .iter()
            .map(|column| compare(rows, column, left as usize, right as usize))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    };
    let key: Vec<&Declared> = table.key.iter().collect();
    let mut order: Vec<u32> = (0..u32::try_from(rows.len()).unwrap_or(u32::MAX)).collect();
    order.par_sort_unstable_by(|left, right| by(&key, *left, *right).then_with(|| by(&same, *left, *right)).then(left.cmp(right)));
    order.dedup_by(|next, kept| by(&same, *next, *kept).is_eq());
    let columns = table.columns.iter().map(|column| match rows.stored(column) {
        Some(stored) => typed(column, gather(column, stored, order.iter().map(|row| *row as usize))),
        None => empty(column, order.len()),
    });
    DataFrame::new(order.len(), columns.collect())
}

/// Nulls first.
fn compare(rows: &Rows, column: &Declared, left: usize, right: usize) -> Ordering {
    match rows.stored(column) {
        None => Ordering::Equal,
        Some(Stored::Text(texts)) => texts.get(left).cmp(&texts.get(right)),
        Some(Stored::Int(values)) => at(values, left).cmp(&at(values, right)),
        Some(Stored::Bool(values)) => at(values, left).cmp(&at(values, right)),
        Some(Stored::Real(values)) => match (at(values, left), at(values, right)) {
            (Some(left), Some(right)) => left.total_cmp(&right),
            (left, right) => left.is_some().cmp(&right.is_some()),
        },
    }
}

fn at<T: Copy>(values: &[Option<T>], row: usize) -> Option<T> {
    values.get(row).copied().flatten()
}

/// Which services, teams and commits a record names.
fn add_links(rows: &Rows, folded: &Folded, intake: &mut Intake) {
    let (service, table, id, name): (&Declared, &'static Table, &Declared, &Declared) = match rows.table.name {
        "deployments" => {
            add_commits(rows, &folded.records, intake);
            let (id, name) = (&deployment_services::DEPLOYMENT_ID, &deployment_services::SERVICE_NAME_RAW);
            (&deployments::SERVICE_NAME_RAW, &deployment_services::TABLE, id, name)
        }
        "incidents" => {
            let (id, name) = (&incident_services::INCIDENT_ID, &incident_services::SERVICE_NAME_RAW);
            (&incidents::SERVICE_NAME_RAW, &incident_services::TABLE, id, name)
        }
        "changes" => {
            let (id, name) = (&change_services::CHANGE_ID, &change_services::SERVICE_NAME_RAW);
            (&changes::SERVICE_NAME_RAW, &change_services::TABLE, id, name)
        }
        "services" => return add_owners(rows, &folded.records, intake),
        _ => return,
    };
    let Some(identity) = fields::identity(rows.table) else { return };
    let mut draft = Draft::new(table);
    for record in &folded.records {
        for row in record.rows() {
            for named in rows.services(service, *row as usize) {
                draft.clear();
                draft.set_text(id, rows.text(identity, *row as usize).unwrap_or(""));
                draft.set_text(name, named);
                intake.rows(table).push(&draft, rows.file[*row as usize]);
            }
        }
    }
}

fn add_owners(rows: &Rows, records: &[Record], intake: &mut Intake) {
    let mut draft = Draft::new(&service_teams::TABLE);
    for record in records {
        for row in record.rows() {
            for team in rows.teams(&services::TEAM_ID, *row as usize) {
                draft.clear();
                draft.set_text(&service_teams::SERVICE_ID, rows.text(&services::SERVICE_ID, *row as usize).unwrap_or(""));
                draft.set_text(&service_teams::TEAM_ID, team);
                intake.rows(&service_teams::TABLE).push(&draft, rows.file[*row as usize]);
            }
        }
    }
}

/// One row per commit, or per row of a deployment that has several; a deployment whose commits were read from a table of their own
/// keeps those.
fn add_commits(rows: &Rows, records: &[Record], intake: &mut Intake) {
    let commits = intake.rows(&deployment_commits::TABLE);
    // Commits that are said not to be heads come from a log beside the head that the deployment itself names.
    let tells_head =
        |row: &usize| !matches!(commits.stored(&deployment_commits::IS_HEAD), Some(Stored::Bool(heads)) if at(heads, *row) == Some(false));
    let told: BTreeSet<String> = (0..commits.len())
        .filter(tells_head)
        .filter_map(|row| commits.text(&deployment_commits::DEPLOYMENT_ID, row))
        .map(str::to_owned)
        .collect();
    let mut draft = Draft::new(&deployment_commits::TABLE);
    for record in records {
        let id = rows.text(&deployments::DEPLOYMENT_ID, record.first()).unwrap_or("");
        if !told.is_empty() && told.contains(id) {
            continue;
        }
        for row in record.rows() {
            let row = *row as usize;
            let named = rows.commit(row).or_else(|| rows.text(&deployments::COMMIT_SHA, row));
            if named.is_none() && record.rows().len() == 1 {
                continue;
            }
            draft.clear();
            fill_commit(&mut draft, rows, row, id, named);
            commits.push(&draft, rows.file[row]);
        }
    }
}

fn fill_commit(draft: &mut Draft, rows: &Rows, row: usize, id: &str, named: Option<&str>) {
    let number = rows.int(&deployments::SOURCE_ROW, row);
    draft.set_text(&deployment_commits::DEPLOYMENT_ID, id);
    match named {
        Some(named) => draft.set_text(&deployment_commits::COMMIT_ID, named),
        None => draft.set_text(&deployment_commits::COMMIT_ID, &format!("{id}#{}", number.unwrap_or(0))),
    }
    let texts = [
        (&deployments::REPO_URL, &deployment_commits::REPO_URL),
        (&deployments::COMMIT_SHA, &deployment_commits::COMMIT_SHA),
        (&deployments::REF_NAME, &deployment_commits::REF_NAME),
        (&deployments::SERVICE_NAME_RAW, &deployment_commits::SERVICE_NAME_RAW),
        (&deployments::ENVIRONMENT, &deployment_commits::ENVIRONMENT),
        (&deployments::RESULT, &deployment_commits::RESULT),
    ];
    for (from, to) in texts {
        draft.set_text_opt(to, rows.text(from, row));
    }
    let ints = [
        (&deployments::COMMIT_AT, &deployment_commits::COMMIT_AT),
        (&deployments::STARTED_AT, &deployment_commits::STARTED_AT),
        (&deployments::FINISHED_AT, &deployment_commits::FINISHED_AT),
        (&deployments::SOURCE_ROW, &deployment_commits::SOURCE_ROW),
    ];
    for (from, to) in ints {
        if let Some(value) = rows.int(from, row) {
            draft.set_int(to, value);
        }
    }
}

fn add_history(rows: &Rows, identity: &Declared, events: Vec<Event>, intake: &mut Intake) {
    let entity = match rows.table.name {
        "deployments" => "deployment",
        "incidents" => "incident",
        "changes" => "change",
        _ => return,
    };
    let mut draft = Draft::new(&status_events::TABLE);
    for event in events {
        draft.clear();
        draft.set_text(&status_events::ENTITY_TYPE, entity);
        draft.set_text(&status_events::ENTITY_ID, rows.text(identity, event.row as usize).unwrap_or(""));
        draft.set_int(&status_events::AT, event.at);
        draft.set_text_opt(&status_events::FROM_STATE, event.from.as_deref());
        draft.set_text(&status_events::TO_STATE, &event.to);
        intake.rows(&status_events::TABLE).push(&draft, rows.file[event.row as usize]);
    }
}

/// `ingest_files` by path and `ingest_issues` by path, row, column and code.
fn add_reports(files: Vec<FileReport>, frames: &mut Frames) -> PolarsResult<()> {
    let mut files = files;
    files.sort_by(|left, right| (&left.path, left.table).cmp(&(&right.path, right.table)));
    let mut builder = TableBuilder::new(&ingest_files::TABLE);
    let mut issues = Vec::new();
    for file in files {
        add_file(&mut builder, &file);
        let path = file.path;
        issues.extend(file.issues.finish().into_iter().map(|issue| (path.clone(), issue)));
    }
    frames.build(builder)?;
    issues.sort_by(|(left_path, left), (right_path, right)| {
        (left_path, left.row, &left.column, left.code, &left.found).cmp(&(right_path, right.row, &right.column, right.code, &right.found))
    });
    let mut builder = TableBuilder::new(&ingest_issues::TABLE);
    for (path, issue) in issues {
        builder
            .row()
            .text(&ingest_issues::PATH, path)
            .int(&ingest_issues::ROW, i64::try_from(issue.row).unwrap_or(i64::MAX))
            .text_opt(&ingest_issues::COLUMN, issue.column)
            .text(&ingest_issues::CODE, issue.code)
            .text_opt(&ingest_issues::FOUND, issue.found)
            .text(&ingest_issues::MESSAGE, issue.message)
            .bool(&ingest_issues::REJECTED, issue.rejected);
    }
    frames.build(builder)
}

fn add_file(builder: &mut TableBuilder, file: &FileReport) {
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    builder
        .row()
        .text(&ingest_files::PATH, &file.path)
        .text(&ingest_files::SHA256, &file.sha256)
        .text(&ingest_files::ADAPTER, file.adapter)
        .text(&ingest_files::ADAPTER_VERSION, env!("CARGO_PKG_VERSION"))
        .text_opt(&ingest_files::TABLE_NAME, file.table)
        .text_opt(&ingest_files::FORMAT, file.format)
        .text(&ingest_files::COMPRESSION, file.compression)
        .text_opt(&ingest_files::ENCODING, file.encoding)
        .text_opt(&ingest_files::DELIMITER, file.delimiter.map(|byte| char::from(byte).to_string()))
        .text_opt(&ingest_files::ZONE, file.zone.as_deref())
        .text_opt(&ingest_files::ZONE_BASIS, file.zone_basis)
        .text_opt(&ingest_files::TIME_QUALITY, file.quality.map(|quality| quality.label()))
        .real_opt(&ingest_files::TIME_UNCERTAINTY_S, file.quality.map(|_| file.uncertainty))
        .int(&ingest_files::ROWS_READ, count(file.read))
        .int(&ingest_files::ROWS_OK, count(file.read - file.rejected))
        .int(&ingest_files::ROWS_REJECTED, count(file.rejected))
        .int(&ingest_files::ROWS_FOLDED, count(file.folded))
        .int_opt(&ingest_files::FIRST_AT, file.first)
        .int_opt(&ingest_files::LAST_AT, file.last)
        .bool(&ingest_files::TRUNCATION_SUSPECTED, file.truncation.is_some())
        .text_opt(&ingest_files::REASON, file.truncation.as_ref().or(file.reason.as_ref()));
}
