//! Apache DevLake's domain tables, as CSV, JSON or Parquet of each table.
//!
//! A project becomes a team, and the scopes that `project_mapping` gives to it (repositories, jobs, boards) become services that the
//! team owns, so that figures by team are DevLake's figures by project. DevLake keeps times in UTC without saying so.

mod catalog;
mod delivery;
mod incident;
mod kind;

use std::collections::{BTreeMap, BTreeSet};

use sequela_schema::canonical::{deployments, incidents, services};
use serde_json::{Map, Value};

use super::shared::{Desk, Origin, Reader, Refused, Translate, values};
use super::{Adapter, Confidence, Export, Sample, Session, Verified};
use crate::text::Nulls;
use kind::Kind;

const NAME: &str = "devlake";

/// Something was read and is of no use here.
const LEFT_ALONE: &str = "left_alone";

/// The adapter.
pub(super) struct DevLake;

impl Adapter for DevLake {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        &[
            Export {
                what: "deployments and their commits: tables cicd_deployments and cicd_deployment_commits",
                how: "mysql -h HOST -u merico -p -B lake -e 'SELECT * FROM cicd_deployments' > cicd_deployments.tsv",
                fills: &["deployments", "deployment_commits"],
                verified: Verified::RealFile,
            },
            Export {
                what: "pipelines, for scopes without deployments: table cicd_pipelines",
                how: "mysql -h HOST -u merico -p -B lake -e 'SELECT * FROM cicd_pipelines' > cicd_pipelines.tsv",
                fills: &["deployments"],
                verified: Verified::RealFile,
            },
            Export {
                what: "incidents: tables incidents, or issues and board_issues",
                how: "mysql -h HOST -u merico -p -B lake -e 'SELECT * FROM incidents' > incidents.tsv",
                fills: &["incidents"],
                verified: Verified::RealFile,
            },
            Export {
                what: "projects and what belongs to them: tables project_mapping, cicd_scopes, boards and repos",
                how: "mysql -h HOST -u merico -p -B lake -e 'SELECT * FROM project_mapping' > project_mapping.tsv",
                fills: &["services", "teams", "service_aliases"],
                verified: Verified::Documentation,
            },
        ]
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        let stem = sample.file.split('.').next().unwrap_or_default();
        let has = |key: &str| sample.headers.iter().any(|header| header == key);
        let scopes = || (kind::has_scopes(has) && (scopes_in(sample) || kind::SCOPES.contains(&stem))).then_some(Kind::Scopes);
        match Kind::of(stem, has).or_else(scopes) {
            Some(kind) => Confidence { percent: 97, table: table_of(kind), reason: "a table of DevLake".to_owned() },
            None => Confidence::default(),
        }
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work::default()))
    }
}

/// Whether identifiers of rows are those of DevLake.
fn scopes_in(sample: &Sample) -> bool {
    let Some(place) = sample.headers.iter().position(|header| header == "id") else { return false };
    let ids = || sample.rows.iter().filter_map(|row| row.get(place));
    let rows = sample.rows.is_empty() || ids().all(|id| kind::is_identifier(id));
    rows && (ids().next().is_some() || sample.most(|record| values::text(record, "id").is_some_and(|id| kind::is_identifier(&id))))
}

fn table_of(kind: Kind) -> Option<&'static sequela_schema::Table> {
    match kind {
        Kind::Deployments | Kind::DeploymentCommits | Kind::Pipelines | Kind::PipelineCommits => Some(&deployments::TABLE),
        Kind::Incidents | Kind::Issues | Kind::BoardIssues => Some(&incidents::TABLE),
        Kind::ProjectMapping | Kind::Scopes => Some(&services::TABLE),
        Kind::LeftAlone => None,
    }
}

/// A row that waits for those of other tables.
struct Waiting {
    origin: Origin,
    /// The columns that rows are made of.
    record: Value,
}

/// A repository, job or board.
struct Scope {
    origin: Origin,
    name: Option<String>,
    repo_url: Option<String>,
    language: Option<String>,
}

/// What is kept until all files are read. Keys are DevLake's own identifiers.
#[derive(Default)]
struct Work {
    deployments: Vec<Waiting>,
    commits: Vec<Waiting>,
    pipelines: Vec<Waiting>,
    pipeline_commits: BTreeMap<String, Waiting>,
    incidents: Vec<Waiting>,
    /// Boards of an issue.
    boards: BTreeMap<String, BTreeSet<String>>,
    scopes: BTreeMap<String, Scope>,
    /// Projects of a scope, and where that is said.
    projects: BTreeMap<String, (Origin, BTreeSet<String>)>,
}

impl Translate for Work {
    fn takes_rows(&self, _headers: &[String]) -> bool {
        true
    }

    fn record(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let has = |key: &str| values::has_key(record, key);
        let scopes = || kind::has_scopes(has).then_some(Kind::Scopes);
        let kind = Kind::of(&desk.scope().stem, has).or_else(scopes).ok_or(Refused::unknown("no row of a known table of DevLake"))?;
        match kind {
            Kind::Deployments => self.deployments.extend(delivery::waiting(record, desk)?),
            Kind::DeploymentCommits => self.commits.extend(delivery::waiting(record, desk)?),
            Kind::Pipelines => self.pipelines.extend(delivery::waiting(record, desk)?),
            Kind::PipelineCommits => {
                let id = required(record, "pipeline_id")?;
                self.pipeline_commits.insert(id, reduced(record, delivery::COLUMNS, desk));
            }
            Kind::Incidents => self.incidents.push(incident::waiting(record, desk)?),
            Kind::Issues => self.incidents.extend(incident::of_issue(record, desk)?),
            Kind::BoardIssues => {
                let (board, issue) = (required(record, "board_id")?, required(record, "issue_id")?);
                self.boards.entry(issue).or_default().insert(board);
            }
            Kind::ProjectMapping => self.map_project(record, desk)?,
            Kind::Scopes => self.add_scope(record, desk)?,
            Kind::LeftAlone => {
                let message =
                    "a table of DevLake that is no evidence of deployments or incidents, or derived from other tables; left alone";
                desk.note_once(LEFT_ALONE, message);
            }
        }
        Ok(())
    }

    fn finish(&mut self, desk: &mut Desk<'_>) {
        let names = self.names();
        self.write_deliveries(&names, desk);
        self.write_incidents(&names, desk);
        self.write_catalog(&names, desk);
    }
}

/// The text of a cell, none where the database has none.
fn text(record: &Value, column: &str) -> Option<String> {
    values::text(record, column).filter(|text| !Nulls::default().contains(text)).map(std::borrow::Cow::into_owned)
}

fn required(record: &Value, column: &'static str) -> Result<String, Refused> {
    text(record, column).ok_or(Refused::missing(column))
}

/// A row with the columns that are used; the others may name persons.
fn reduced(record: &Value, columns: &[&str], desk: &Desk<'_>) -> Waiting {
    let pairs = columns.iter().filter_map(|column| Some(((*column).to_owned(), record.get(column)?.clone())));
    let mut kept: Map<String, Value> = pairs.collect();
    kept.extend(desk.mapped_parts(record));
    Waiting { origin: desk.origin(), record: Value::Object(kept) }
}
