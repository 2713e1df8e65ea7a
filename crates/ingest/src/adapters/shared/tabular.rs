//! Reads tables of a system whose columns are known: which of them fills which of ours, and what makes them different.

use sequela_schema::{Column, Table};

use crate::IngestError;
use crate::adapters::Task;
use crate::content::Content;
use crate::draft::Draft;
use crate::fields::Target;
use crate::intake::Intake;
use crate::plan::{Plan, Word};
use crate::records::Records;
use crate::source::{Mapping, Source};
use crate::table::{self, Job, Native};
use crate::text::normal;

/// Our column and the names of theirs, in the normal form; the first that a file has counts.
pub(crate) type Fields = &'static [(&'static str, &'static [&'static str])];

/// How a table of a system is read.
#[derive(Clone, Debug)]
pub(crate) struct Tabular {
    pub(crate) table: &'static Table,
    pub(crate) fields: Fields,
    /// Columns that hold identifiers, written as `<adapter>:<instance>:<theirs>`.
    pub(crate) identifiers: Vec<Column>,
    /// Times without an offset are UTC.
    pub(crate) utc: bool,
    /// Words of the system, asked before the general ones.
    pub(crate) words: Vec<(usize, Word)>,
    /// Mappings that need more than a name, by our column.
    pub(crate) mappings: Vec<(&'static str, Mapping)>,
}

impl Tabular {
    pub(crate) fn new(table: &'static Table, fields: Fields) -> Self {
        Self { table, fields, identifiers: Vec::new(), utc: false, words: Vec::new(), mappings: Vec::new() }
    }
}

/// Reads one file.
pub(crate) fn read(
    content: &Content,
    task: &Task<'_>,
    intake: &mut Intake,
    records: &mut dyn Records,
    adapter: &'static str,
    tabular: &Tabular,
) -> Result<(), IngestError> {
    let source = mapped(task.source, tabular, records.headers());
    let prefix = format!("{adapter}:{}:", source.instance.as_deref().unwrap_or("default"));
    let native = Departures { tabular, prefix, utc: tabular.utc && task.source.timezone.is_none() };
    let job = Job { table: tabular.table, source: &source, options: task.options, adapter, observer: task.observer, native: Some(&native) };
    table::read(content, records, &job, intake)
}

/// The source with a map of the columns that this file has; what the user mapped stays.
fn mapped(source: &Source, tabular: &Tabular, headers: &[String]) -> Source {
    let names: Vec<String> = headers.iter().map(|header| normal(header)).collect();
    let mut mapped = source.clone();
    for (ours, mapping) in &tabular.mappings {
        mapped.map.entry((*ours).to_owned()).or_insert_with(|| mapping.clone());
    }
    for (ours, theirs) in tabular.fields {
        let found = theirs.iter().find_map(|name| names.iter().position(|header| header == name));
        if let Some(place) = found {
            mapped.map.entry((*ours).to_owned()).or_insert_with(|| Mapping::Column(headers[place].clone()));
        }
    }
    mapped.instance.get_or_insert_with(|| "default".to_owned());
    mapped
}

struct Departures<'t> {
    tabular: &'t Tabular,
    prefix: String,
    utc: bool,
}

impl Native for Departures<'_> {
    fn adapt(&self, plan: &mut Plan) {
        for field in &mut plan.fields {
            if self.tabular.identifiers.iter().any(|column| field.target == Target::Column(column.position)) {
                field.prefix = Some(self.prefix.clone());
            }
            if let Some(clock) = &mut field.clock {
                clock.is_utc |= self.utc;
            }
        }
        plan.words.clone_from(&self.tabular.words);
    }

    fn belongs(&self, _draft: &Draft) -> Result<(), String> {
        Ok(())
    }
}
