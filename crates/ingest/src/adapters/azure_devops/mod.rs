//! Azure DevOps: builds (runs of a pipeline), deployments of classic releases, and deployments to environments.
//!
//! The files say nothing about further pages: the service tells them in a header of the answer. A build whose deployments to
//! environments are exported too counts through these.

mod builds;
mod releases;

use std::collections::BTreeSet;

use sequela_schema::canonical::deployments;
use serde_json::Value;

use super::shared::attempts::Attempts;
use super::shared::{Desk, Reader, Refused, Translate, pipeline, rollback, values};
use super::{Adapter, Confidence, Export, Sample, Session, Verified};

const NAME: &str = "azure_devops";

/// The adapter.
pub(super) struct AzureDevOps;

impl Adapter for AzureDevOps {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        &EXPORTS
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        if sample.most(|record| Form::of(record).is_some()) {
            return Confidence::of(90, &deployments::TABLE, "builds or deployments of Azure DevOps");
        }
        Confidence::default()
    }

    fn rest(&self) -> &'static str {
        "raise $top, or take the next page with the continuationToken that the answer has in its header"
    }

    fn reads_pipelines(&self) -> bool {
        true
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work::default()))
    }
}

static EXPORTS: [Export; 4] = [
    Export {
        what: "deployments of classic releases",
        how: "az devops invoke --org https://dev.azure.com/ORG --area release --resource deployments --route-parameters project=PROJECT --query-parameters '$top=100' 'queryOrder=ascending' --api-version 7.1 -o json > releases.json",
        fills: &["deployments"],
        verified: Verified::RealFile,
    },
    Export {
        what: "deployments to an environment by pipelines",
        how: "sign in, open https://dev.azure.com/ORG/PROJECT/_apis/pipelines/environments/ID/environmentdeploymentrecords?top=1000&api-version=7.1 and save the page as NAME-OF-THE-ENVIRONMENT.json",
        fills: &["deployments"],
        verified: Verified::Documentation,
    },
    Export {
        what: "builds",
        how: "sign in, open https://dev.azure.com/ORG/PROJECT/_apis/build/builds?$top=5000&queryOrder=queueTimeAscending&api-version=7.1 and save the page as builds.json",
        fills: &["deployments"],
        verified: Verified::RealFile,
    },
    Export {
        what: "runs of one pipeline",
        how: "sign in, open https://dev.azure.com/ORG/PROJECT/_apis/pipelines/ID/runs?api-version=7.1 and save the page as runs.json",
        fills: &["deployments"],
        verified: Verified::Documentation,
    },
];

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Release,
    Environment,
    Build,
    Run,
}

impl Form {
    fn of(record: &Value) -> Option<Self> {
        let has = |keys: &[&str]| keys.iter().all(|key| values::has_key(record, key));
        if has(&["releaseEnvironment", "deploymentStatus"]) {
            Some(Self::Release)
        } else if has(&["environmentId", "definition"]) && (has(&["stageName"]) || has(&["serviceOwner"])) {
            Some(Self::Environment)
        } else if has(&["buildNumber", "definition"]) && (has(&["sourceVersion"]) || has(&["sourceBranch"])) {
            Some(Self::Build)
        } else if has(&["state", "createdDate"]) && values::has(record, "pipeline.folder") {
            Some(Self::Run)
        } else {
            None
        }
    }
}

/// The work on the files of one run.
#[derive(Default)]
struct Work {
    /// Builds that deployed to an environment, by our identifier.
    deployed: BTreeSet<String>,
    attempts: Attempts,
}

impl Translate for Work {
    fn record(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        match Form::of(record) {
            Some(Form::Release) => releases::release(record, &mut self.attempts, desk),
            Some(Form::Environment) => releases::environment(record, &mut self.deployed, desk),
            Some(Form::Build | Form::Run) => builds::build(record, desk),
            None => Err(Refused::unknown("neither a build nor a deployment; take it out of the export")),
        }
    }

    fn finish(&mut self, desk: &mut Desk<'_>) {
        pipeline::demote(desk, &self.deployed);
        self.attempts.note_missing(desk, "export the deployments from the beginning of the release");
        rollback::infer(desk);
    }

    fn page_sizes(&self) -> &'static [u64] {
        &[50, 100, 1000, 5000, 10_000]
    }
}
