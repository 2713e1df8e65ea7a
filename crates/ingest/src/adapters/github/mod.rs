//! GitHub: deployments and their statuses, workflow runs and jobs, releases, and issues that are incidents.
//!
//! Deployments come from REST (two lists that are joined by `deployment_url`, or statuses embedded in their deployment), from GraphQL
//! and from webhooks. Where an export has several views of the same delivery, one counts: a deployment before a job, a job before the
//! run that it belongs to. Who did what is never read.

mod actions;
mod deployments;
mod issues;
mod record;

use sequela_schema::canonical;
use serde_json::Value;

use super::shared::{Desk, Reader, Refused, Translate, rollback};
use super::{Adapter, Confidence, Export, Sample, Session, Verified};
use actions::Actions;
use deployments::Deployments;
use record::Form;

const NAME: &str = "github";

/// The adapter.
pub(super) struct GitHub;

impl Adapter for GitHub {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        &EXPORTS
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        let count = |form: Form| sample.records.iter().filter(|record| Form::of(record) == Some(form)).count();
        let counts = Form::ALL.map(|form| (count(form), form));
        if counts.iter().map(|(count, _)| count).sum::<usize>() * 2 <= sample.records.len() {
            return Confidence::default();
        }
        let Some((_, form)) = counts.into_iter().max_by_key(|(count, _)| *count) else { return Confidence::default() };
        let table = if form == Form::Issue { &canonical::incidents::TABLE } else { &canonical::deployments::TABLE };
        Confidence::of(90, table, format!("records of GitHub {}", form.name()))
    }

    fn rest(&self) -> &'static str {
        "add --paginate to gh api, or per_page=100 and page=2, 3, … until a page is short"
    }

    fn reads_pipelines(&self) -> bool {
        true
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work::default()))
    }
}

static EXPORTS: [Export; 8] = [
    Export {
        what: "deployments",
        how: "gh api --paginate 'repos/OWNER/REPO/deployments?per_page=100' > deployments.json",
        fills: &["deployments"],
        verified: Verified::RealFile,
    },
    Export {
        what: "statuses of the deployments",
        how: "gh api --paginate 'repos/OWNER/REPO/deployments?per_page=100' --jq '.[].statuses_url' | xargs -n1 gh api > statuses.json",
        fills: &["deployments", "status_events"],
        verified: Verified::RealFile,
    },
    Export {
        what: "webhook events of deployments",
        how: "Settings > Webhooks > Deployment statuses, to a receiver that appends each body to deployments.ndjson as one line",
        fills: &["deployments", "status_events"],
        verified: Verified::Documentation,
    },
    Export {
        what: "deployments with their statuses, by GraphQL",
        how: "gh api graphql --paginate -F owner=OWNER -F name=REPO -f query='query($owner:String!,$name:String!,$endCursor:String){repository(owner:$owner,name:$name){deployments(first:100,after:$endCursor){pageInfo{endCursor,hasNextPage}nodes{databaseId,commitOid,environment,state,task,description,payload,ref{name},createdAt,updatedAt,repository{url},commit{committedDate},latestStatus{state,updatedAt},statuses(first:100){nodes{state,updatedAt}}}}}}' --jq '.data.repository.deployments.nodes[]' > deployments.ndjson",
        fills: &["deployments", "status_events"],
        verified: Verified::RealFile,
    },
    Export {
        what: "workflow runs of GitHub Actions",
        how: "gh api --paginate 'repos/OWNER/REPO/actions/runs?per_page=100' > runs.json",
        fills: &["deployments"],
        verified: Verified::RealFile,
    },
    Export {
        what: "jobs of the workflow runs, all attempts",
        how: "gh api --paginate 'repos/OWNER/REPO/actions/runs?per_page=100' --jq '.workflow_runs[].jobs_url + \"?filter=all&per_page=100\"' | xargs -n1 gh api > jobs.json",
        fills: &["deployments"],
        verified: Verified::RealFile,
    },
    Export {
        what: "releases",
        how: "gh api --paginate 'repos/OWNER/REPO/releases?per_page=100' > releases.json",
        fills: &["deployments"],
        verified: Verified::Documentation,
    },
    Export {
        what: "issues with the label incident or outage",
        how: "gh api --paginate 'repos/OWNER/REPO/issues?state=all&labels=incident&per_page=100' > issues.json",
        fills: &["incidents"],
        verified: Verified::RealFile,
    },
];

/// The work on the files of one run.
#[derive(Default)]
struct Work {
    deployments: Deployments,
    actions: Actions,
}

impl Translate for Work {
    fn record(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        match Form::of(record) {
            Some(Form::Deployment) => self.deployments.deployment(record, None, desk),
            Some(Form::Status) => self.deployments.status(record, desk),
            Some(Form::Webhook) => self.deployments.webhook(record, desk),
            Some(Form::Run) => self.actions.run(record, desk),
            Some(Form::Job) => self.actions.job(record, desk),
            Some(Form::Release) => deployments::release(record, desk),
            Some(Form::Issue) => issues::issue(record, desk),
            None => Err(Refused::unknown("neither a deployment nor a status, run, job, release or issue; take it out of the export")),
        }
    }

    fn finish(&mut self, desk: &mut Desk<'_>) {
        let deployed = self.deployments.write(desk);
        self.actions.settle(&deployed, desk);
        rollback::infer(desk);
    }

    fn page_sizes(&self) -> &'static [u64] {
        &[30, 100]
    }
}
