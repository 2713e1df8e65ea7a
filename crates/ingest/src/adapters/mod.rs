//! The kinds of export that are known. No adapter knows another; to add one, write its file and name it in [`ALL`].

mod alertmanager;
mod argocd;
mod aws;
mod azure_devops;
mod backstage;
mod bamboo;
mod bitbucket;
mod buildkite;
mod cdevents;
mod circleci;
mod codeowners;
mod cortex;
mod coverage;
mod datadog;
mod devlake;
mod docker;
mod firehydrant;
mod git;
mod github;
mod gitlab;
mod helm;
mod incident_io;
mod jenkins;
mod jira;
mod junit;
mod octopus;
mod opsgenie;
mod opslevel;
mod pagerduty;
mod rootly;
mod servicenow;
mod shared;
mod sonarqube;
mod spinnaker;
mod statuspage;

use sequela_schema::Table;

use crate::IngestError;
use crate::content::{Body, Content};
use crate::intake::Intake;
use crate::observer::Observer;
use crate::records::documents::{self, Documents};
use crate::records::{self, Shape};
use crate::source::{Options, Source};

/// All adapters. `table` reads what a user maps and stands apart.
pub(crate) static ALL: [&dyn Adapter; 34] = [
    &servicenow::ServiceNow,
    &jira::Jira,
    &jenkins::Jenkins,
    &git::Git,
    &docker::Docker,
    &github::GitHub,
    &gitlab::GitLab,
    &azure_devops::AzureDevOps,
    &argocd::ArgoCd,
    &helm::Helm,
    &bitbucket::Bitbucket,
    &bamboo::Bamboo,
    &circleci::CircleCi,
    &spinnaker::Spinnaker,
    &aws::Aws,
    &octopus::Octopus,
    &buildkite::Buildkite,
    &pagerduty::PagerDuty,
    &opsgenie::Opsgenie,
    &datadog::Datadog,
    &statuspage::Statuspage,
    &alertmanager::Alertmanager,
    &firehydrant::FireHydrant,
    &incident_io::IncidentIo,
    &rootly::Rootly,
    &cdevents::CdEvents,
    &devlake::DevLake,
    &backstage::Backstage,
    &codeowners::CodeOwners,
    &opslevel::OpsLevel,
    &cortex::Cortex,
    &sonarqube::SonarQube,
    &coverage::Coverage,
    &junit::JUnit,
];

/// How sure it is that an export is read as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verified {
    /// Read from a file that the system wrote.
    RealFile,
    /// Written after the vendor's documentation or schema only.
    Documentation,
}

/// One way out of a system, for the page of sources.
#[derive(Clone, Copy, Debug)]
pub struct Export {
    /// What is exported, such as `deployments and their statuses`.
    pub what: &'static str,
    /// How to get it, in one line: a command, or what to click.
    pub how: &'static str,
    /// Canonical tables that it fills.
    pub fills: &'static [&'static str],
    /// Whether a real file was read.
    pub verified: Verified,
}

/// The beginning of a file, for adapters to recognise.
#[derive(Debug, Default)]
pub(crate) struct Sample {
    /// Name of the file, without its folder.
    pub(crate) file: String,
    /// The first characters of a text, whatever its shape.
    pub(crate) text: String,
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

impl Sample {
    /// Whether more than half of the records pass a test.
    pub(crate) fn most(&self, test: impl Fn(&serde_json::Value) -> bool) -> bool {
        let passed = self.records.iter().filter(|record| test(record)).count();
        passed > 0 && passed * 2 > self.records.len()
    }
}

impl Confidence {
    pub(crate) fn of(percent: u8, table: &'static Table, reason: impl Into<String>) -> Self {
        Self { percent, table: Some(table), reason: reason.into() }
    }
}

/// From this confidence on, `auto` takes the adapter.
pub(crate) const SURE: u8 = 60;

/// What helps with most systems.
pub(crate) const REST: &str = "export the rest, or all pages, and put the files beside this one";

/// A kind of export.
pub(crate) trait Adapter: Sync {
    /// The `kind` of a source.
    fn name(&self) -> &'static str;
    /// What it reads and how to get that.
    fn exports(&self) -> &'static [Export];
    /// Whether a file is its own.
    fn sniff(&self, sample: &Sample) -> Confidence;
    /// Whether local times of its files depend on a zone that the file does not tell.
    fn needs_zone(&self, _sample: &Sample) -> bool {
        false
    }
    /// What to do about an export that looks cut off.
    fn rest(&self) -> &'static str {
        REST
    }
    /// Whether names of jobs decide which of its records are deployments.
    fn reads_pipelines(&self) -> bool {
        false
    }
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
    /// All sessions are finished: completes rows that other adapters wrote.
    fn complete(&mut self, _intake: &mut Intake) {}
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

/// The beginning of a loaded file. A file that cannot be parsed gives a sample without records: the reader will say why.
pub(crate) fn sample(content: &Content) -> Sample {
    let parsed = match &content.body {
        Body::Text(_) => match content.shape() {
            Some(Shape::Json | Shape::Yaml) => from_documents(content),
            Some(Shape::Delimited) => from_table(content),
            _ => Sample::default(),
        },
        Body::Parquet(bytes) => records::parquet::Parquet::open(content, bytes.as_deref())
            .map(|records| Sample { headers: records::Records::headers(&records).to_vec(), ..Sample::default() })
            .unwrap_or_default(),
    };
    let file = content.name.rsplit('/').next().unwrap_or(&content.name).to_owned();
    Sample { file, text: content.head().to_owned(), ..parsed }
}

fn from_documents(content: &Content) -> Sample {
    let mut documents = Documents::default();
    // What stands before an error counts all the same.
    let _ = documents::walk(content, &mut |_, record| {
        documents.records.extend(record.ok().cloned());
        documents.records.len() < RECORDS
    });
    let records = documents.records.clone();
    let json = records::json::Json::over(documents);
    Sample { headers: records::Records::headers(&json).to_vec(), records, ..Sample::default() }
}

fn from_table(content: &Content) -> Sample {
    let Ok(mut table) = records::delimited::Delimited::open(content, None) else { return Sample::default() };
    let headers = records::Records::headers(&table).to_vec();
    let mut rows = Vec::new();
    let visited = records::Records::visit_first(&mut table, RECORDS as u64, &[], &mut |_, reading| {
        if let records::Reading::Row(row) = reading {
            rows.push((0..headers.len()).map(|column| row.cell(column).text().unwrap_or_default().into_owned()).collect());
        }
    });
    if visited.is_err() {
        rows.clear();
    }
    Sample { headers, rows, ..Sample::default() }
}
