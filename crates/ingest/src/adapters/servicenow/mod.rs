//! ServiceNow: incidents, changes, problems, the configuration database, groups and audits, as list exports (CSV with field names or
//! labels), from the interfaces (JSON), or from tables made of what the interfaces give.
//!
//! The interfaces write UTC. A list export writes the local time of whoever exported it, whatever the documentation says (formats,
//! section 4.1, measured): its zone comes from the source or the organisation. `caused_by` is the cause, `rfc` is the change that
//! fixed it. Columns that name persons are never read.

mod catalog;
mod columns;
mod history;
mod kinds;
mod packing;
mod pages;
mod relations;
mod view;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use sequela_schema::canonical::{changes, incidents, status_events};
use sequela_schema::{Column, Table};

use self::catalog::Catalog;
use self::kinds::Kind;
use self::pages::Pages;
use self::view::{Only, Survey, View};
use super::shared::{Origin, Reader, Tabular, Translate, tabular};
use super::{Adapter, Confidence, Export, Sample, Session, Task, Verified};
use crate::IngestError;
use crate::content::Content;
use crate::intake::Intake;
use crate::issue::{Place, code};
use crate::records::{self, Records, Shape};
use crate::source::{Directions, Mapping, Source};

const NAME: &str = "servicenow";

/// The adapter.
pub(super) struct ServiceNow;

impl Adapter for ServiceNow {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        &EXPORTS
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        let mut view = View::of_sample(sample);
        let documents = !sample.records.is_empty();
        let Ok(survey) = view.survey(documents, None) else { return Confidence::default() };
        let stem = sample.file.split('.').next().unwrap_or_default();
        let Some(kind) = kinds::of_file(view.names(), &survey.votes, stem) else { return Confidence::default() };
        let percent = confidence(kind, sample, &view, &survey);
        match kind.table() {
            Some(table) if percent > 0 => Confidence::of(percent, table, format!("fields of a ServiceNow export of {}", table.name)),
            _ => Confidence::default(),
        }
    }

    fn needs_zone(&self, sample: &Sample) -> bool {
        let mut view = View::of_sample(sample);
        let Ok(survey) = view.survey(!sample.records.is_empty(), None) else { return false };
        let kind = kinds::of_file(view.names(), &survey.votes, sample.file.split('.').next().unwrap_or_default());
        !survey.utc && kind.is_some_and(|kind| kind.is_task() || kind == Kind::Audit)
    }

    fn rest(&self) -> &'static str {
        "filter the list by month and export each month, or ask for glide.csv.export.limit to be raised; the Table API pages with sysparm_offset"
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Work { reader: Reader::new(NAME, Catalog::default()), pages: Pages::new(), templated: BTreeSet::new() })
    }
}

/// The ways out.
static EXPORTS: [Export; 6] = [
    Export {
        what: "incidents, changes or problems as a list",
        how: "open the list, e.g. Incident > All, add the columns you need, right-click a column header, Export > CSV",
        fills: &["incidents", "changes", "problems"],
        verified: Verified::Documentation,
    },
    Export {
        what: "incidents, changes or problems from the Table API",
        how: "curl -u USER 'https://INSTANCE.service-now.com/api/now/table/incident?sysparm_display_value=all&sysparm_query=ORDERBYsys_created_on&sysparm_limit=10000&sysparm_offset=0' > incident-1.json",
        fills: &["incidents", "changes", "problems"],
        verified: Verified::RealFile,
    },
    Export {
        what: "changes from the Change Management API",
        how: "curl -u USER 'https://INSTANCE.service-now.com/api/sn_chg_rest/change?sysparm_limit=10000' > change.json",
        fills: &["changes"],
        verified: Verified::Documentation,
    },
    Export {
        what: "services and their relations from the configuration database",
        how: "enter cmdb_ci_service.list, then cmdb_rel_ci.list, in the navigator, add the column Sys ID, right-click a column header, Export > CSV",
        fills: &["services", "service_aliases", "dependencies"],
        verified: Verified::Documentation,
    },
    Export {
        what: "groups",
        how: "enter sys_user_group.list in the navigator, right-click a column header, Export > CSV",
        fills: &["teams"],
        verified: Verified::Documentation,
    },
    Export {
        what: "history of states",
        how: "curl -u USER 'https://INSTANCE.service-now.com/api/now/table/sys_audit?sysparm_query=tablename=incident^fieldname=state&sysparm_limit=10000' > sys_audit.json",
        fills: &["status_events", "incidents"],
        verified: Verified::Documentation,
    },
];

/// How sure it is that the file is of that kind, 0 for not at all.
fn confidence(kind: Kind, sample: &Sample, view: &View<'_>, survey: &Survey) -> u8 {
    let any = |list: &[&str]| list.iter().any(|name| view.header(name).is_some());
    match kind {
        Kind::Audit => 95,
        Kind::Item | Kind::Group => 85,
        Kind::Relation => {
            let told = any(&["sys_id"]) || sample.file.starts_with("cmdb_rel_ci") || sample.text.contains("::");
            if told { 90 } else { 0 }
        }
        _ => {
            let fields = any(&["opened_at", "sys_created_on", "sys_class_name", "short_description", "caller_id"]);
            let labels = any(&["opened", "assignment_group", "configuration_item"]);
            let stored = any(&["sys_id"]) && any(&["number", "sys_created_on", "sys_class_name"]);
            let voted = survey.votes.keys().any(|kind| kind.is_task());
            match (sample.records.is_empty(), voted) {
                (_, true) if stored || any(&["number"]) && fields => 90,
                (true, true) if any(&["number"]) && labels => 90,
                (true, false) if any(&["number"]) && (fields || labels) => 75,
                (false, false) if stored => 75,
                _ => 0,
            }
        }
    }
}

/// The work on the files of one run.
struct Work {
    /// Reads all but incidents, changes and problems, which are tables.
    reader: Reader<Catalog>,
    pages: Pages,
    /// Changes that were made from a template, which is approved beforehand.
    templated: BTreeSet<String>,
}

impl Session for Work {
    fn read(&mut self, content: &Content, task: &Task<'_>, intake: &mut Intake) -> Result<(), IngestError> {
        let documents = matches!(content.shape(), Some(Shape::Json | Shape::Yaml));
        let records = records::open(content, task.source.delimiter)?;
        let more = records.more().map(str::to_owned);
        let mut view = View::over(records);
        let wanted = task.source.table.as_deref().and_then(Kind::filling);
        let survey = view.survey(documents, wanted)?;
        let stem = content.name.rsplit('/').next().and_then(|name| name.split('.').next()).unwrap_or_default();
        let Some(kind) = wanted.or_else(|| kinds::of_file(view.names(), &survey.votes, stem)) else {
            return Err(IngestError::Unrecognised { file: content.name.clone(), found: crate::plan::listed(view.headers()) });
        };
        self.remember(task.source, &survey);
        let file = intake.files.len();
        let read = if kind.is_task() {
            self.read_tasks(content, task, intake, &mut view, Found { kind, pinned: wanted.is_some(), documents, survey })
        } else {
            self.read_catalog(content, task, intake, &mut view, kind, &survey)
        };
        if let (Some(reason), Some(report)) = (more, intake.files.get_mut(file)) {
            report.suspect_truncation(reason);
        }
        read
    }

    fn finish(&mut self, intake: &mut Intake) {
        let numbers = &self.reader.translate().numbers;
        for kind in [Kind::Incident, Kind::Change, Kind::Problem] {
            let Some(table) = kind.table() else { continue };
            columns::identifiers(table).iter().for_each(|column| replace(intake, table, column, numbers));
        }
        replace(intake, &status_events::TABLE, &status_events::ENTITY_ID, numbers);
        self.mark_approved(intake);
        history::note_unmatched(intake);
        history::acknowledge(intake);
        history::drop_bulk_ends(intake);
        pages::suspect(&self.pages, intake);
        self.reader.finish(intake);
    }

    fn complete(&mut self, intake: &mut Intake) {
        self.reader.complete(intake);
    }
}

/// What is known of a file before it is read.
struct Found {
    kind: Kind,
    /// The source names the table.
    pinned: bool,
    /// It is JSON.
    documents: bool,
    survey: Survey,
}

impl Work {
    /// Keeps what other files refer to.
    fn remember(&mut self, source: &Source, survey: &Survey) {
        let prefix = prefix(source);
        let numbers = survey.numbers.iter().map(|(id, number)| (format!("{prefix}{id}"), format!("{prefix}{number}")));
        self.reader.translate().numbers.extend(numbers);
        self.templated.extend(survey.templated.iter().map(|number| format!("{prefix}{number}")));
    }

    /// Reads incidents, changes and problems, each kind of a mixed file by itself.
    fn read_tasks(
        &mut self,
        content: &Content,
        task: &Task<'_>,
        intake: &mut Intake,
        view: &mut View<'_>,
        found: Found,
    ) -> Result<(), IngestError> {
        let Found { kind, pinned, documents, survey } = found;
        let file = intake.files.len();
        let source = adapted(task.source, view, survey.utc && documents);
        let others = survey.votes.keys().copied().filter(|other| other.is_task() && *other != kind && !pinned);
        let kinds: Vec<Kind> = std::iter::once(kind).chain(others).collect();
        let mixed = kinds.len() > 1 || !survey.others.is_empty();
        for (place, kind) in kinds.iter().enumerate() {
            view.restrict(mixed.then_some(Only { kind: *kind, rest: place == 0 }));
            let Some(tabular) = tabular_of(*kind, view, survey.utc) else { continue };
            let observer = if place == 0 { task.observer } else { &() };
            let task = Task { source: &source, options: task.options, observer };
            let number = u32::try_from(intake.files.len()).unwrap_or(u32::MAX);
            tabular::read(content, &task, intake, view, NAME, &tabular)?;
            if documents {
                self.pages.entry(*kind).or_default().push((number, survey.rows));
            }
        }
        if let Some(report) = intake.files.get_mut(file) {
            for (row, found) in survey.others {
                report.read += 1;
                report.rejected += 1;
                let place = Place { row, column: None, found: Some(&found) };
                report.issues.reject(
                    code::UNKNOWN_RECORD,
                    place,
                    format_args!("a record of another table; export it as a file of its own"),
                );
            }
            if survey.rows == pages::LIMIT && mixed {
                report.suspect_truncation(format!("exactly {} rows, a usual limit of exports", pages::LIMIT));
            }
        }
        Ok(())
    }

    /// Reads records of the configuration database, groups and audits.
    fn read_catalog(
        &mut self,
        content: &Content,
        task: &Task<'_>,
        intake: &mut Intake,
        view: &mut View<'_>,
        kind: Kind,
        survey: &Survey,
    ) -> Result<(), IngestError> {
        let start = self.reader.begin(content, task, intake)?;
        let report = intake.file(start.file);
        (report.table, report.format, report.delimiter) = (kind.table().map(|table| table.name), Some(view.format()), view.delimiter());
        let catalog = self.reader.translate();
        (catalog.kind, catalog.utc) = (Some(kind), survey.utc && task.source.timezone.is_none());
        view.each(&mut |row, record| {
            let origin = Origin { file: start.file, row, scope: Rc::clone(&start.scope) };
            match record {
                Ok(record) => self.reader.one(origin, intake, |catalog, desk| catalog.record(&record, desk)),
                Err((reason, found)) => {
                    let report = intake.file(start.file);
                    report.read += 1;
                    report.rejected += 1;
                    let place = Place { row, column: None, found: Some(&found) };
                    report.issues.reject(code::BAD_JSON, place, format_args!("the record cannot be parsed: {reason}; export it again"));
                }
            }
        })?;
        if survey.rows == pages::LIMIT {
            intake.file(start.file).suspect_truncation(format!("exactly {} rows, a usual limit of exports", pages::LIMIT));
        }
        task.observer.progress(content.bytes);
        if content.truncated {
            return Err(IngestError::Truncated { file: content.name.clone(), rows: survey.rows.saturating_sub(1) });
        }
        Ok(())
    }

    /// A change made from a template was approved before, whatever the organisation calls its type.
    fn mark_approved(&self, intake: &mut Intake) {
        let Some(rows) = intake.tables.get_mut(changes::TABLE.name).filter(|_| !self.templated.is_empty()) else { return };
        for row in 0..rows.len() {
            if rows.text(&changes::CHANGE_ID, row).is_some_and(|id| self.templated.contains(id)) {
                rows.set_text(&changes::APPROVAL_PATH, row, "pre_approved");
            }
        }
    }
}

fn prefix(source: &Source) -> String {
    format!("{NAME}:{}:", source.instance.as_deref().unwrap_or("default"))
}

/// The source for this file: the zone of the source is not for times that are certainly UTC, and a log is put in its own order.
fn adapted(source: &Source, view: &View<'_>, certainly_utc: bool) -> Source {
    let mut source = source.clone();
    if certainly_utc {
        source.timezone = None;
    }
    source.order_by = source.order_by.or_else(|| view.header("sys_mod_count").map(str::to_owned));
    source
}

/// How records of a kind are read from this file.
fn tabular_of(kind: Kind, view: &View<'_>, utc: bool) -> Option<Tabular> {
    let table = kind.table()?;
    let mut tabular = Tabular::new(table, columns::of(table));
    tabular.identifiers = columns::identifiers(table).to_vec();
    tabular.utc = utc;
    tabular.words = words::of(table);
    let major = ["u_major_incident", "major_incident_state"].iter().find_map(|name| view.header(name));
    if let (Some(header), Kind::Incident) = (major, kind) {
        tabular.mappings.push((incidents::IS_MAJOR.name, accepted(header)));
    }
    Some(tabular)
}

/// Only an accepted major incident is one.
fn accepted(header: &str) -> Mapping {
    let others = ["proposed", "candidate", "canceled", "cancelled", "rejected"];
    let values = others.into_iter().map(|theirs| (theirs.to_owned(), "false".to_owned())).collect();
    Mapping::Detailed(Directions { column: Some(header.to_owned()), values, ..Directions::default() })
}

/// Replaces texts of a column that the names know.
fn replace(intake: &mut Intake, table: &Table, column: &Column, names: &BTreeMap<String, String>) {
    let Some(rows) = intake.tables.get_mut(table.name).filter(|_| !names.is_empty()) else { return };
    for row in 0..rows.len() {
        if let Some(name) = rows.text(column, row).and_then(|text| names.get(text)) {
            rows.set_text(column, row, name);
        }
    }
}
