//! Which runs of a pipeline deploy, and where to. Build servers do not tell: the names of jobs, stages and branches do.

use std::collections::BTreeSet;

use regex::Regex;
use sequela_schema::canonical::deployments;
use sequela_schema::vocabulary::{PRODUCTION, SUCCESS, kind};

use crate::IngestError;
use crate::issue::code;
use crate::source::Source;
use crate::words::{self, Outcome};

use super::{Desk, Entry, repository};

/// Runs of pipelines with one of these words in a name deploy, unless the source has a pattern of its own.
const DEPLOYS: &str = r"(?i)(^|[^a-z])(deploy\w*|rollout|roll-out|promote\w*|go-?live|roll-?back\w*)";

/// The patterns of a source, as DevLake's `deploymentPattern` and `productionPattern`.
#[derive(Debug)]
pub(crate) struct Patterns {
    deployment: Regex,
    /// The source has a pattern of its own, which may mean a branch.
    deployment_is_set: bool,
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
            deployment_is_set: source.deployment_pattern.is_some(),
            production: source.production_pattern.as_deref().map(|pattern| compile("production_pattern", pattern)).transpose()?,
        })
    }

    /// Whether a name deploys by the pattern of the source, where it has one, else by another test.
    pub(crate) fn deploys_or(&self, name: &str, usual: impl Fn(&str) -> bool) -> bool {
        if self.deployment_is_set { self.deployment.is_match(name) } else { usual(name) }
    }

    /// Whether a run with one of these names deploys.
    pub(crate) fn deploys(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.deployment.is_match(name))
    }

    /// The part of a name that may tell where a run deploys to: `Build, test and deploy` has no test environment.
    fn place<'n>(&self, name: &'n str) -> &'n str {
        let Some(start) = self.deployment.find(name).map(|found| found.start()) else { return name };
        let (before, rest) = name.split_at_checked(start).unwrap_or(("", name));
        let before = before.to_lowercase();
        let lists = before.split(|letter: char| !letter.is_alphanumeric()).any(|word| matches!(word, "and" | "build" | "lint" | "then"));
        if lists || before.contains(['&', '+', ',']) { rest } else { name }
    }
}

/// Whether the last part of a branch is one word, such as `production` or `env/staging`: `live-chat` is about something else.
fn is_word(branch: &str) -> bool {
    branch.rsplit('/').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Like [`classify`], for a system whose branches are free to have any name: a branch `fix-deploy-script` deploys nothing, unless the
/// source has a pattern of its own that says so. Where a deploying run goes to, the branch may tell.
pub(crate) fn classify_on(entry: &mut Entry<'_>, desk: &mut Desk<'_>, names: &[&str], branch: Option<&str>) {
    let patterns = &desk.scope().patterns;
    let by_branch = patterns.deployment_is_set && branch.is_some_and(|branch| patterns.deploys(&[branch]));
    let deploys = by_branch || patterns.deploys(names);
    count(desk, deploys, names);
    classify_as(entry, desk, deploys, names, branch);
}

/// Fills kind and environment of a pipeline run from the names of its parts, the most telling first: job or workflow, stage, branch.
///
/// A run that does not deploy is kept as `publish_only`: it is evidence of when a version came to be, and never counted. A run that
/// deploys nobody knows where counts as production, which is said once per file.
pub(crate) fn classify(entry: &mut Entry<'_>, desk: &mut Desk<'_>, names: &[&str]) {
    let deploys = desk.scope().patterns.deploys(names);
    count(desk, deploys, names);
    classify_as(entry, desk, deploys, names, None);
}

fn count(desk: &mut Desk<'_>, deploys: bool, names: &[&str]) {
    desk.shelf.runs.count(deploys, names.first().copied().unwrap_or_default());
}

/// As [`classify`], where it is known whether the run deploys.
pub(crate) fn classify_as(entry: &mut Entry<'_>, desk: &mut Desk<'_>, deploys: bool, names: &[&str], branch: Option<&str>) {
    entry.put(&deployments::KIND_BASIS, "rule");
    if !deploys {
        return entry.put(&deployments::KIND, kind::PUBLISH_ONLY);
    }
    let kind = if names.iter().any(|name| words::names_rollback(name)) {
        kind::ROLLBACK
    } else if names.iter().copied().chain(branch).any(repository::names_hotfix) {
        kind::HOTFIX
    } else {
        kind::DEPLOY
    };
    entry.put(&deployments::KIND, kind);
    place_on(entry, desk, names, branch);
}

/// Fills the environment of a row that has none from names, the most telling first; it counts as production where none of them tells.
pub(crate) fn place(entry: &mut Entry<'_>, desk: &mut Desk<'_>, names: &[&str]) {
    place_on(entry, desk, names, None);
}

fn place_on(entry: &mut Entry<'_>, desk: &mut Desk<'_>, names: &[&str], branch: Option<&str>) {
    let scope = desk.scope();
    if entry.has(&deployments::ENVIRONMENT_RAW) || entry.has(&deployments::ENVIRONMENT) {
        return;
    }
    if let Some(pattern) = &scope.patterns.production {
        let name = names.iter().copied().chain(branch).find(|name| pattern.is_match(name));
        entry.put(&deployments::ENVIRONMENT, if name.is_some() { PRODUCTION } else { "other" });
        return entry.put_opt(&deployments::ENVIRONMENT_RAW, name);
    }
    let branch = branch.filter(|branch| is_word(branch));
    let places = names.iter().map(|name| scope.patterns.place(name)).chain(branch);
    let telling = places.into_iter().find(|name| words::environment(name, &scope.production) != "other");
    match telling {
        Some(name) => entry.put(&deployments::ENVIRONMENT_RAW, name),
        None => {
            entry.put(&deployments::ENVIRONMENT, PRODUCTION);
            let message = "nothing tells where these deployments went, so it counts as production; set production_pattern";
            desk.note_once(code::ENVIRONMENT_ASSUMED, message);
        }
    }
}

/// Fills state and outcome from the one word that a system has for both. `waiting` are its own words for a run that has not begun.
pub(crate) fn status(entry: &mut Entry<'_>, word: &str, waiting: &[&str]) {
    if waiting.contains(&word) {
        entry.put(&deployments::ORIGINAL_STATE, word);
        return entry.put(&deployments::STATE, "queued");
    }
    let running = matches!(words::outcome(word), Outcome::Running(_));
    entry.put(if running { &deployments::ORIGINAL_STATE } else { &deployments::ORIGINAL_RESULT }, word);
}

/// Makes `publish_only` of runs that another record tells more about, such as a job of theirs, so that nothing counts twice.
pub(crate) fn demote(desk: &mut Desk<'_>, ids: &BTreeSet<String>) {
    let rows = desk.intake().rows(&deployments::TABLE);
    let all = if ids.is_empty() { 0 } else { rows.len() };
    for row in 0..all {
        if rows.text(&deployments::DEPLOYMENT_ID, row).is_some_and(|id| ids.contains(id)) {
            rows.set_text(&deployments::KIND, row, kind::PUBLISH_ONLY);
        }
    }
}

/// Whether a name says that what is called so deploys.
pub(crate) fn deploys(desk: &Desk<'_>, name: &str) -> bool {
    desk.scope().patterns.deployment.is_match(name)
}

/// Whether a name says which environment is meant.
pub(crate) fn tells_environment(desk: &Desk<'_>, name: &str) -> bool {
    words::environment(name, &desk.scope().production) != "other"
}

/// The environment that a row is going to have.
pub(crate) fn environment(entry: &Entry<'_>, desk: &Desk<'_>) -> String {
    let raw = || entry.get(&deployments::ENVIRONMENT_RAW).map(|raw| words::environment(raw, &desk.scope().production));
    entry.get(&deployments::ENVIRONMENT).or_else(raw).unwrap_or_default().to_owned()
}

/// Fills outcome or state from the system's word, and says whether it stands for an end.
///
/// `own` holds the words of the system that are not general, with what they mean: one of our states while it runs, else a result.
pub(crate) fn outcome(entry: &mut Entry<'_>, word: &str, own: &[(&str, &str)]) -> bool {
    let general = match words::outcome(word) {
        Outcome::Running(state) => Some(state),
        _ => None,
    };
    let ours = own.iter().find(|(theirs, _)| theirs.eq_ignore_ascii_case(word)).map(|(_, ours)| *ours).or(general);
    if let Some(state @ ("queued" | "in_progress")) = ours {
        entry.put(&deployments::STATE, state);
        entry.put(&deployments::ORIGINAL_STATE, word);
        return false;
    }
    entry.put_opt(&deployments::RESULT, ours);
    entry.put(&deployments::ORIGINAL_RESULT, word);
    true
}

/// The address of a repository without the login that build servers write into it.
pub(crate) fn repository(address: &str) -> String {
    match address.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.split_once('/')?))) {
        Some((scheme, (host, path))) => format!("{scheme}://{}/{path}", host.rsplit('@').next().unwrap_or(host)),
        None => address.to_owned(),
    }
}

const DEPLOYING: [&str; 8] = ["deploy", "deployment", "deploys", "release", "rollout", "promote", "rollback", "pipeline"];
const PLACES: [&str; 14] =
    ["prod", "prd", "production", "staging", "stage", "stg", "uat", "qa", "test", "dev", "development", "preprod", "nonprod", "to"];

/// The service in the name of a pipeline: without the words for deploying and environments at its ends, if anything is left.
pub(crate) fn service(name: &str) -> Option<&str> {
    let separators = |letter: char| matches!(letter, '-' | '_' | '.' | ' ' | ':');
    let is = |word: &str, words: &[&str]| words.iter().any(|known| known.eq_ignore_ascii_case(word));
    let mut rest = name.trim_matches(separators);
    while let Some(word) = rest.rsplit(separators).next().filter(|word| is(word, &DEPLOYING) || is(word, &PLACES)) {
        rest = rest.strip_suffix(word)?.trim_end_matches(separators);
    }
    let mut begun = false;
    while let Some(word) = rest.split(separators).next().filter(|word| is(word, &DEPLOYING) || begun && is(word, &PLACES)) {
        rest = rest.strip_prefix(word)?.trim_start_matches(separators);
        begun = true;
    }
    Some(rest).filter(|rest| !rest.is_empty())
}

/// Identifier of an attempt. A re-run keeps the identifier of the run and must not hide the failure before it.
pub(crate) fn attempt_id(native: &str, attempt: Option<i64>) -> String {
    match attempt {
        Some(attempt) if attempt > 1 => format!("{native}#{attempt}"),
        _ => native.to_owned(),
    }
}

/// Makes the row one of an artifact that was published: evidence of when a version came to be, never counted as a deployment.
pub(crate) fn publish(entry: &mut Entry<'_>) {
    entry.put(&deployments::KIND, kind::PUBLISH_ONLY);
    entry.put(&deployments::KIND_BASIS, "explicit");
    entry.put(&deployments::RESULT, SUCCESS);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_before_is_no_place() {
        let patterns = Patterns::of(&Source::new("x", "auto")).unwrap();
        let rows = [
            ("Build, test and deploy", " deploy"),
            ("build-test-deploy-staging", "-deploy-staging"),
            (".github/workflows/test-and-deploy.yml", "-deploy.yml"),
            ("test-deploy", "test-deploy"),
            ("staging", "staging"),
        ];
        for (name, place) in rows {
            assert_eq!(patterns.place(name), place, "{name}");
        }
        assert!(is_word("production") && is_word("env/staging") && !is_word("feature/live-chat"));
    }

    #[test]
    fn services_in_names_of_pipelines() {
        let rows = [
            ("checkout-deploy-prod", Some("checkout")),
            ("deploy-to-prod", None),
            ("Deploy prod checkout", Some("checkout")),
            ("live-feed-deploy", Some("live-feed")),
            ("payments", Some("payments")),
            ("test-runner", Some("test-runner")),
            ("--", None),
        ];
        for (name, expected) in rows {
            assert_eq!(service(name), expected, "{name}");
        }
    }

    #[test]
    fn logins_are_taken_out_of_addresses() {
        assert_eq!(repository("https://jane:secret@git.example.com/acme/checkout.git"), "https://git.example.com/acme/checkout.git");
        assert_eq!(repository("git@github.com:acme/checkout.git"), "git@github.com:acme/checkout.git");
    }
}
