//! The kinds of export that are known. No adapter knows another; to add one, write its file and name it in [`ALL`].

mod backstage;
mod github;
mod servicenow;

use sequela_schema::Table;

use crate::IngestError;
use crate::content::{Body, Content};
use crate::intake::Intake;
use crate::observer::Observer;
use crate::records::documents::{self, Documents};
use crate::records::{self, Shape, shape};
use crate::source::{Options, Source};

/// All adapters. `table` reads what a user maps and stands apart.
pub(crate) static ALL: [&dyn Adapter; 3] = [&servicenow::ServiceNow, &github::GitHub, &backstage::Backstage];

/// The beginning of a file, for adapters to recognise.
#[derive(Debug, Default)]
pub(crate) struct Sample {
    /// Headers of a table, or the flattened keys of the first records.
    pub(crate) headers: Vec<String>,
    /// The first records of JSON or YAML.
    pub(crate) records: Vec<serde_json::Value>,
    /// Cells of the first rows of a table.
    pub(crate) rows: Vec<Vec<String>>,
}

/// How sure an adapter is that a file is its own, 0 to 100, and why.
#[derive(Clone, Debug, Default)]
pub(crate) struct Confidence {
    pub(crate) percent: u8,
    pub(crate) table: Option<&'static Table>,
    pub(crate) reason: String,
}

impl Confidence {
    pub(crate) fn of(percent: u8, table: &'static Table, reason: impl Into<String>) -> Self {
        Self { percent, table: Some(table), reason: reason.into() }
    }
}

/// From this confidence on, `auto` takes the adapter.
pub(crate) const SURE: u8 = 60;

/// A kind of export.
pub(crate) trait Adapter: Sync {
    /// The `kind` of a source.
    fn name(&self) -> &'static str;
    /// What it reads, for people.
    fn reads(&self) -> &'static str;
    /// Whether a file is its own.
    fn sniff(&self, sample: &Sample) -> Confidence;
    /// Whether local times of its files depend on a zone that the file does not tell.
    fn needs_zone(&self, sample: &Sample) -> bool;
    /// Begins a run; files of one run may complete each other.
    fn session(&self) -> Box<dyn Session>;
}

/// What a session is told beside the file.
pub(crate) struct Task<'a> {
    pub(crate) source: &'a Source,
    pub(crate) options: &'a Options,
    pub(crate) observer: &'a dyn Observer,
}

/// One adapter at work on the files of one run.
pub(crate) trait Session {
    fn read(&mut self, content: &Content, task: &Task<'_>, intake: &mut Intake) -> Result<(), IngestError>;
    /// All files are read: writes what needs several of them.
    fn finish(&mut self, intake: &mut Intake);
}

/// The adapter of that name.
pub(crate) fn named(name: &str) -> Option<&'static dyn Adapter> {
    ALL.into_iter().find(|adapter| adapter.name() == name)
}

/// The surest adapter.
pub(crate) fn surest(sample: &Sample) -> Option<(&'static dyn Adapter, Confidence)> {
    let all = ALL.into_iter().map(|adapter| (adapter, adapter.sniff(sample)));
    all.max_by_key(|(_, confidence)| confidence.percent).filter(|(_, confidence)| confidence.percent >= SURE)
}

const RECORDS: usize = 50;
const SAMPLE_BYTES: usize = 1 << 18;

/// The beginning of a loaded file. A file that cannot be parsed gives an empty sample: the reader will say why.
pub(crate) fn sample(content: &Content) -> Sample {
    match &content.body {
        Body::Text(text) if shape(text) != Shape::Delimited => from_documents(documents::read(content, text).unwrap_or_default()),
        Body::Text(text) => from_table(content, beginning(text)),
        Body::Parquet(bytes) => records::parquet::Parquet::open(content, bytes.as_deref())
            .map(|records| Sample { headers: records::Records::headers(&records).to_vec(), ..Sample::default() })
            .unwrap_or_default(),
    }
}

fn beginning(text: &str) -> &str {
    let mut end = text.len().min(SAMPLE_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn from_documents(mut documents: Documents) -> Sample {
    documents.records.truncate(RECORDS);
    let records = documents.records.clone();
    let json = records::json::Json::over(documents);
    Sample { headers: records::Records::headers(&json).to_vec(), records, rows: Vec::new() }
}

fn from_table(content: &Content, text: &str) -> Sample {
    let Ok(mut table) = records::delimited::Delimited::open(content, text, None) else { return Sample::default() };
    let headers = records::Records::headers(&table).to_vec();
    let mut rows = Vec::new();
    let visited = records::Records::visit(&mut table, &[], &mut |_, reading| {
        if let (records::Reading::Row(row), true) = (reading, rows.len() < RECORDS) {
            rows.push((0..headers.len()).map(|column| row.cell(column).text().unwrap_or_default().into_owned()).collect());
        }
    });
    if visited.is_err() {
        rows.clear();
    }
    Sample { headers, records: Vec::new(), rows }
}
