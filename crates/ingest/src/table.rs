//! Reads a file as a table: plan, survey of its dates, then row by row. Native adapters of tabular exports use it too.

use sequela_schema::{Table, canonical};

use crate::IngestError;
use crate::content::Content;
use crate::draft::Draft;
use crate::fields::{self, Target};
use crate::intake::{FileReport, Intake, Ordering};
use crate::issue::{Issues, Place, code};
use crate::mapper::Mapper;
use crate::observer::Observer;
use crate::plan::{Plan, Request};
use crate::records::{Cell, Reading, Records, Row};
use crate::rules::{self, Context, Verdict};
use crate::source::{DateOrder, Options, Source};
use crate::text::bare;
use crate::timestamp::order::{Decision, Evidence};
use crate::zones;

/// What a tabular reader is told beside the file.
pub(crate) struct Job<'a> {
    pub(crate) table: &'static Table,
    pub(crate) source: &'a Source,
    pub(crate) options: &'a Options,
    /// Name of the adapter, written to `source`.
    pub(crate) adapter: &'static str,
    pub(crate) observer: &'a dyn Observer,
    /// What a native export has of its own.
    pub(crate) native: Option<&'a dyn Native>,
}

/// How a native export departs from a mapped table.
pub(crate) trait Native {
    /// Adapts the plan.
    fn adapt(&self, plan: &mut Plan);
    /// Whether a row belongs to the table; otherwise what it is.
    fn belongs(&self, draft: &Draft) -> Result<(), String>;
}

/// Reads one file into the intake.
pub(crate) fn read(content: &Content, records: &mut dyn Records, job: &Job<'_>, intake: &mut Intake) -> Result<(), IngestError> {
    let headers = records.headers().to_vec();
    let request = Request {
        table: job.table,
        source: job.source,
        options: job.options,
        file: &content.name,
        headers: &headers,
        recognise: job.native.is_none(),
    };
    let mut plan = Plan::make(request)?;
    if let Some(native) = job.native {
        native.adapt(&mut plan);
    }
    let mut report = FileReport::of(content, job.adapter);
    report.table = Some(job.table.name);
    report.format = Some(records.format());
    report.delimiter = records.delimiter();
    report.ordering = ordering(&plan);
    report.id_header = fields::identity(job.table).map(|column| plan.header(column).to_owned());
    if records.unclosed_quote() {
        report.issues.note(
            code::UNCLOSED_QUOTE,
            Place::FILE,
            format_args!("the number of quotation marks is odd: a quoted cell may have swallowed rows; look for a stray \" in the export"),
        );
    }
    note_assumptions(&plan, &mut report.issues);
    survey(content, records, job.source, &mut plan, &mut report.issues)?;
    zones::settle(records, &mut plan, intake, &mut report)?;
    let file = intake.begin(report);
    Reader { content, job, plan, file, draft: Draft::new(job.table) }.run(records, intake)
}

fn ordering(plan: &Plan) -> Ordering {
    if plan.has(Target::Order) {
        Ordering::Explicit
    } else if plan.has(Target::Updated) {
        Ordering::Updated
    } else {
        Ordering::None
    }
}

/// Says once per file what is taken for granted because a column is missing.
fn note_assumptions(plan: &Plan, issues: &mut Issues) {
    use canonical::deployments::{ENVIRONMENT, ENVIRONMENT_RAW, ORIGINAL_RESULT, RESULT, TABLE};
    if plan.table.name == TABLE.name {
        if !plan.fills(&ENVIRONMENT) && !plan.fills(&ENVIRONMENT_RAW) {
            let message = "there is no environment column: every deployment counts as production; map environment if that is wrong";
            issues.note(code::ENVIRONMENT_ASSUMED, Place::FILE, format_args!("{message}"));
        }
        if !plan.fills(&RESULT) && !plan.fills(&ORIGINAL_RESULT) {
            let message = "there is no result column: every deployment counts as successful; map result if that is wrong";
            issues.note(code::RESULT_ASSUMED, Place::FILE, format_args!("{message}"));
        }
    }
    for header in &plan.dropped {
        let place = Place { row: 0, column: Some(header), found: None };
        issues.note(code::PERSON_COLUMN, place, format_args!("the column names persons and was not kept; take it out of `keep`"));
    }
}

/// Decides for each column of times whether the day or the month stands first.
fn survey(content: &Content, records: &mut dyn Records, source: &Source, plan: &mut Plan, issues: &mut Issues) -> Result<(), IngestError> {
    let open: Vec<usize> =
        (0..plan.fields.len()).filter(|place| plan.fields[*place].clock.as_ref().is_some_and(|clock| !clock.has_format())).collect();
    if source.date_order.is_some() || open.is_empty() {
        return Ok(());
    }
    let mut evidence: Vec<Evidence> = open.iter().map(|_| Evidence::default()).collect();
    let identity = fields::identity(plan.table).map(|column| Target::Column(column.position));
    let id_column = plan.fields.iter().find(|field| Some(field.target) == identity).and_then(|field| field.columns.first().copied());
    let wanted = plan.wanted();
    records.visit(&wanted, &mut |_, reading| {
        let Reading::Row(row) = reading else { return };
        let mut record = None;
        for (place, evidence) in open.iter().zip(&mut evidence) {
            for column in &plan.fields[*place].columns {
                if let Cell::Text(text) = row.cell(*column) {
                    let record = *record.get_or_insert_with(|| id_column.and_then(|column| record_number(row.cell(column))));
                    evidence.note(bare(text), record);
                }
            }
        }
    })?;
    decide(content, plan, &open, &mut evidence, issues)
}

fn decide(content: &Content, plan: &mut Plan, open: &[usize], evidence: &mut [Evidence], issues: &mut Issues) -> Result<(), IngestError> {
    let decisions: Vec<Decision> = evidence.iter().map(Evidence::decide).collect();
    let mut proven: Vec<DateOrder> = Vec::new();
    for ((place, evidence), decision) in open.iter().zip(evidence.iter()).zip(&decisions) {
        match decision {
            Decision::Contradiction => {
                return Err(IngestError::DateOrder {
                    file: content.name.clone(),
                    column: plan.fields[*place].header.clone(),
                    day_first: evidence.day_first,
                    month_first: evidence.month_first,
                });
            }
            Decision::Order(order) if evidence.any() => proven.push(*order),
            _ => {}
        }
    }
    let shared = proven.first().copied().filter(|first| proven.iter().all(|order| order == first));
    for ((place, evidence), decision) in open.iter().zip(evidence).zip(decisions) {
        let field = &mut plan.fields[*place];
        let order = match decision {
            Decision::Order(order) => order,
            _ => shared.or_else(|| evidence.by_record_number()).unwrap_or_else(|| {
                let place = Place { row: 0, column: Some(&field.header), found: None };
                let message =
                    "no date tells whether the day or the month stands first; the day was taken, set date_order = \"dmy\" or \"mdy\"";
                issues.note(code::AMBIGUOUS_DATE_ORDER, place, format_args!("{message}"));
                DateOrder::Dmy
            }),
        };
        if let Some(clock) = &mut field.clock {
            clock.order = order;
        }
    }
    Ok(())
}

/// The number in an id such as `INC0012345`.
fn record_number(cell: Cell<'_>) -> Option<u64> {
    match cell {
        Cell::Int(number) => u64::try_from(number).ok(),
        Cell::Text(text) => {
            let digits = text.trim_end().rsplit(|letter: char| !letter.is_ascii_digit()).next()?;
            digits.parse().ok()
        }
        _ => None,
    }
}

/// Reads the rows of one file.
struct Reader<'a> {
    content: &'a Content,
    job: &'a Job<'a>,
    plan: Plan,
    file: u32,
    draft: Draft,
}

/// Rows between two reports of progress.
const STEP: u64 = 8192;

impl Reader<'_> {
    fn run(mut self, records: &mut dyn Records, intake: &mut Intake) -> Result<(), IngestError> {
        let wanted = self.plan.wanted();
        let mut reported = 0;
        records.visit(&wanted, &mut |number, reading| {
            self.row(number, reading, intake);
            if number % STEP == 0 {
                // Without knowing the number of rows, progress approaches the end but does not reach it.
                let step = (self.content.bytes - reported) / 64;
                reported += step;
                self.job.observer.progress(step);
            }
        })?;
        self.job.observer.progress(self.content.bytes - reported);
        let report = intake.file(self.file);
        report.note_zones(&self.plan.fields);
        if let Some(more) = records.more() {
            report.suspect_truncation(more.to_owned());
        }
        if self.content.truncated {
            return Err(IngestError::Truncated { file: self.content.name.clone(), rows: report.read.saturating_sub(1) });
        }
        if matches!(report.read, 1000 | 10_000) {
            let reason = format!("exactly {} rows, a usual limit of exports", report.read);
            report.suspect_truncation(reason);
        }
        Ok(())
    }

    fn row(&mut self, number: u64, reading: Reading<'_>, intake: &mut Intake) {
        let report = intake.file(self.file);
        report.read += 1;
        let row = match reading {
            Reading::Row(row) => row,
            Reading::Broken(reason, found) => {
                report.rejected += 1;
                let place = Place { row: number, column: None, found: Some(found) };
                let code = if report.format == Some("csv") { code::UNCLOSED_QUOTE } else { code::BAD_JSON };
                report.issues.reject(code, place, format_args!("the record cannot be parsed: {reason}; export it again"));
                return;
            }
        };
        if is_too_wide(row, self.plan.width) {
            report.rejected += 1;
            let message = format_args!(
                "{} cells under {} headers, so cells may have shifted; quote the delimiter in the export",
                row.width(),
                self.plan.width
            );
            report.issues.reject(code::WIDE_ROW, Place::row(number), message);
            return;
        }
        self.draft.clear();
        let decimal_comma = matches!(report.delimiter, Some(b';' | b'\t'));
        Mapper { draft: &mut self.draft, issues: &mut report.issues, decimal_comma, row: number }.fill(&mut self.plan, row);
        let context = Context { plan: &self.plan, production: &self.job.options.production, service: self.job.source.service.as_deref() };
        if self.draft.rejected || rules::apply(&context, &mut self.draft, number, &mut report.issues) == Verdict::Reject {
            report.rejected += 1;
            if row.width() < self.plan.width {
                let message = format_args!("only {} cells under {} headers", row.width(), self.plan.width);
                report.issues.note(code::SHORT_ROW, Place::row(number), message);
            }
            return;
        }
        if let Some(Err(reason)) = self.job.native.map(|native| native.belongs(&self.draft)) {
            report.rejected += 1;
            report.issues.reject(code::UNKNOWN_RECORD, Place::row(number), format_args!("{reason}; export it as a file of its own"));
            return;
        }
        self.keep(number, intake);
    }

    fn keep(&mut self, number: u64, intake: &mut Intake) {
        let instance = self.job.source.instance.as_deref();
        intake.push(&mut self.draft, self.file, number, self.job.adapter, instance);
        if !self.draft.aliases.is_empty() || !self.draft.depends_on.is_empty() {
            keep_relations(&self.draft, self.file, number, self.job.adapter, intake);
        }
    }
}

/// Aliases and dependencies that stand in the row of a service.
fn keep_relations(service: &Draft, file: u32, number: u64, adapter: &str, intake: &mut Intake) {
    use canonical::{dependencies, service_aliases, services};
    let Some(id) = service.text(&services::SERVICE_ID) else { return };
    let mut draft = Draft::new(&service_aliases::TABLE);
    for alias in &service.aliases {
        draft.clear();
        draft.set_text(&service_aliases::ALIAS, service.span(*alias));
        draft.set_text(&service_aliases::ALIAS_KIND, "name");
        draft.set_text(&service_aliases::SERVICE_ID, id);
        draft.set_text(&service_aliases::BASIS, adapter);
        intake.push(&mut draft, file, number, adapter, None);
    }
    let mut draft = Draft::new(&dependencies::TABLE);
    for other in &service.depends_on {
        draft.clear();
        draft.set_text(&dependencies::FROM_SERVICE_ID, id);
        draft.set_text(&dependencies::TO_SERVICE_ID, service.span(*other));
        intake.push(&mut draft, file, number, adapter, None);
    }
}

/// More cells than headers, and the surplus is not empty.
fn is_too_wide(row: &dyn Row, width: usize) -> bool {
    let empty = |cell: Cell<'_>| matches!(cell, Cell::Null) || matches!(cell, Cell::Text(text) if text.trim().is_empty());
    (width..row.width()).any(|column| !empty(row.cell(column)))
}
