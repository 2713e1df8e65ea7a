//! Which runs of a pipeline deploy, and where to. Build servers do not tell: the names of jobs, stages and branches do.

use regex::Regex;
use sequela_schema::canonical::deployments;
use sequela_schema::vocabulary::{PRODUCTION, kind};

use crate::IngestError;
use crate::issue::code;
use crate::source::Source;
use crate::words;

use super::{Desk, Entry};

/// Runs of pipelines with one of these words in a name deploy, unless the source has a pattern of its own.
const DEPLOYS: &str = r"(?i)(^|[^a-z])(deploy\w*|rollout|roll-out|promote\w*|go-?live|roll-?back\w*)";

/// The patterns of a source, as DevLake's `deploymentPattern` and `productionPattern`.
#[derive(Debug)]
pub(crate) struct Patterns {
    deployment: Regex,
    production: Option<Regex>,
}

impl Patterns {
    pub(crate) fn of(source: &Source) -> Result<Self, IngestError> {
        let compile = |name: &str, pattern: &str| {
            Regex::new(pattern).map_err(|error| IngestError::Setting {
                path: source.path.clone(),
                reason: format!("{name} is no regular expression: {error}"),
            })
        };
        Ok(Self {
            deployment: compile("deployment_pattern", source.deployment_pattern.as_deref().unwrap_or(DEPLOYS))?,
            production: source.production_pattern.as_deref().map(|pattern| compile("production_pattern", pattern)).transpose()?,
        })
    }

    /// Whether runs of that name deploy.
    pub(crate) fn deploys(&self, name: &str) -> bool {
        self.deployment.is_match(name)
    }
}

/// Fills kind and environment of a pipeline run from the names of its parts, the most telling first: job or workflow, stage, branch.
///
/// A run that does not deploy is kept as `publish_only`: it is evidence of when a version came to be, and never counted. A run that
/// deploys nobody knows where counts as production, which is said once per file.
pub(crate) fn classify(entry: &mut Entry<'_>, desk: &mut Desk<'_>, names: &[&str]) {
    let scope = desk.scope();
    let deploys = names.iter().any(|name| scope.patterns.deployment.is_match(name));
    entry.put(&deployments::KIND_BASIS, "rule");
    if !deploys {
        return entry.put(&deployments::KIND, kind::PUBLISH_ONLY);
    }
    let undoes = names.iter().any(|name| words::names_rollback(name));
    entry.put(&deployments::KIND, if undoes { kind::ROLLBACK } else { kind::DEPLOY });
    if entry.has(&deployments::ENVIRONMENT_RAW) || entry.has(&deployments::ENVIRONMENT) {
        return;
    }
    if let Some(pattern) = &scope.patterns.production {
        let name = names.iter().find(|name| pattern.is_match(name));
        entry.put(&deployments::ENVIRONMENT, if name.is_some() { PRODUCTION } else { "other" });
        return entry.put_opt(&deployments::ENVIRONMENT_RAW, name.copied());
    }
    let telling = names.iter().find(|name| words::environment(name, &scope.production) != "other");
    match telling {
        Some(name) => entry.put(&deployments::ENVIRONMENT_RAW, name),
        None => {
            entry.put(&deployments::ENVIRONMENT, PRODUCTION);
            let message = "nothing tells where these pipelines deploy to, so it counts as production; set production_pattern";
            desk.note_once(code::ENVIRONMENT_ASSUMED, message);
        }
    }
}

/// Identifier of an attempt. A re-run keeps the identifier of the run and must not hide the failure before it.
pub(crate) fn attempt_id(native: &str, attempt: Option<i64>) -> String {
    match attempt {
        Some(attempt) if attempt > 1 => format!("{native}#{attempt}"),
        _ => native.to_owned(),
    }
}
