//! Buildkite builds, from GraphQL or REST. A build is a pipeline run: whether it deploys, its pipeline's name tells.

use sequela_schema::canonical::deployments;
use serde_json::Value;

use super::shared::{Desk, Reader, Refused, Translate, pipeline, values};
use super::{Adapter, Confidence, Export, Sample, Session, Verified};

const NAME: &str = "buildkite";

/// The adapter.
pub(super) struct Buildkite;

impl Adapter for Buildkite {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        &[Export {
            what: "builds of a pipeline",
            how: "curl -H 'Authorization: Bearer TOKEN' 'https://api.buildkite.com/v2/organizations/ORG/pipelines/PIPELINE/builds?per_page=100&page=1' > builds-1.json",
            fills: &["deployments"],
            verified: Verified::RealFile,
        }]
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        if sample.most(|record| is_build(node(record))) {
            return Confidence::of(90, &deployments::TABLE, "builds of Buildkite");
        }
        Confidence::default()
    }

    fn reads_pipelines(&self) -> bool {
        true
    }

    fn rest(&self) -> &'static str {
        "add per_page=100 and page=2, 3, … until a page is short"
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work))
    }
}

/// A record of GraphQL may be wrapped as the node of an edge.
fn node(record: &Value) -> &Value {
    record.get("node").unwrap_or(record)
}

fn is_build(record: &Value) -> bool {
    let address = values::first(record, &["url", "web_url"]).unwrap_or_default();
    values::has(record, "pipeline.slug") && values::has_key(record, "commit") && address.contains("buildkite.com")
}

/// Words of Buildkite; `blocked` waits for somebody at a block step, `failing` still runs.
const STATES: [(&str, &str); 6] = [
    ("scheduled", "queued"),
    ("creating", "queued"),
    ("blocked", "queued"),
    ("failing", "in_progress"),
    ("canceling", "in_progress"),
    ("not_run", "skip"),
];

struct Work;

impl Translate for Work {
    fn record(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let record = node(record);
        if !is_build(record) {
            return Err(Refused::unknown("no build of Buildkite"));
        }
        let id = values::first(record, &["uuid", "id"]).ok_or(Refused::missing("id"))?;
        let slug = values::text(record, "pipeline.slug").unwrap_or_default();
        desk.count_on_page("builds");
        let mut entry = desk.entry(&deployments::TABLE, record);
        entry.put(&deployments::DEPLOYMENT_ID, &desk.id(&id));
        entry.put(&deployments::PIPELINE_NAME, &slug);
        entry.text(&deployments::PIPELINE_RUN_ID, "number");
        entry.first(&deployments::URL, &["web_url", "url"]);
        entry.text(&deployments::REF_NAME, "branch");
        if let Some(commit) = values::text(record, "commit").filter(|commit| commit != "HEAD") {
            entry.put(&deployments::COMMIT_SHA, &commit);
        }
        let repository = values::first(record, &["pipeline.repository.url", "pipeline.repository"]);
        entry.put_opt(&deployments::REPO_URL, repository.map(|address| pipeline::repository(&address)));
        entry.first_time(&deployments::CREATED_AT, &["createdAt", "created_at"]);
        entry.first_time(&deployments::QUEUED_AT, &["scheduledAt", "scheduled_at"]);
        entry.first_time(&deployments::STARTED_AT, &["startedAt", "started_at"]);
        entry.first_time(&deployments::FINISHED_AT, &["finishedAt", "finished_at"]);
        if let Some(state) = values::text(record, "state") {
            pipeline::outcome(&mut entry, &state, &STATES);
        }
        entry.service(&slug);
        let branch = values::text(record, "branch").unwrap_or_default();
        pipeline::classify(&mut entry, desk, &[&slug, &branch]);
        desk.keep(entry);
        Ok(())
    }

    fn page_sizes(&self) -> &'static [u64] {
        &[30, 100]
    }
}
