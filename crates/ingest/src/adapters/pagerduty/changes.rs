//! Change events, as they are sent by pipelines and as they are read back. Each tells of the end of something; whether that was a
//! deployment, its words tell.

use sequela_schema::canonical::deployments;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::adapters::shared::{Desk, Entry, Refused, pipeline, values};
use crate::timestamp::SECOND;
use crate::words;

pub(super) fn keep(record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
    let event = record.get("payload").unwrap_or(record);
    let summary = values::text(event, "summary").unwrap_or_default();
    let mut entry = desk.entry(&deployments::TABLE, event);
    entry.put(&deployments::DEPLOYMENT_ID, &desk.id(&native(record, event)?));
    entry.time(&deployments::FINISHED_AT, "timestamp");
    put_start(&mut entry, event);
    entry.put_opt(&deployments::URL, values::first(record, &["links.href", "html_url"]));
    let details = |names: &[&str]| {
        let paths: Vec<String> = names.iter().map(|name| format!("custom_details.{name}")).collect();
        paths.iter().find_map(|path| values::text(event, path))
    };
    entry.put_opt(&deployments::ENVIRONMENT_RAW, details(&["environment", "env", "stage"]));
    entry.put_opt(&deployments::VERSION, details(&["version", "release", "tag"]));
    entry.put_opt(&deployments::COMMIT_SHA, details(&["commit_sha", "commit", "sha"]));
    entry.put_opt(&deployments::PIPELINE_RUN_ID, details(&["build_number"]));
    put_services(&mut entry, record, details(&["service", "service_name"]).as_deref());
    put_outcome(&mut entry, details(&["build_state", "state", "status", "result"]).as_deref(), &summary);
    let source = values::text(event, "source").unwrap_or_default();
    let job = details(&["job", "job_name", "pipeline", "workflow"]).unwrap_or_default();
    let stated = entry.has(&deployments::ENVIRONMENT_RAW);
    pipeline::classify(&mut entry, desk, &[&job, &source, &summary]);
    let named = entry.get(&deployments::ENVIRONMENT_RAW).is_some_and(|raw| raw == job || raw == source);
    if !stated && !named && entry.has(&deployments::ENVIRONMENT_RAW) {
        put_environment(&mut entry, &summary, &desk.scope().production);
    }
    desk.keep(entry);
    Ok(())
}

/// A summary is a sentence, in which people may be named: only the word that tells the environment is kept of it.
fn put_environment(entry: &mut Entry<'_>, summary: &str, production: &[String]) {
    let telling = |word: &&str| words::environment(word, production) != "other";
    let word = summary.split(|letter: char| letter.is_whitespace() || ",;()".contains(letter)).find(telling);
    if !entry.has(&deployments::ENVIRONMENT) {
        entry.put(&deployments::ENVIRONMENT, words::environment(summary, production));
    }
    entry.unset(&deployments::ENVIRONMENT_RAW);
    entry.put_opt(&deployments::ENVIRONMENT_RAW, word);
}

/// What is sent has no identifier, and the key of the integration is a secret.
fn native(record: &Value, event: &Value) -> Result<String, Refused> {
    if let Some(id) = values::text(record, "id") {
        return Ok(id.into_owned());
    }
    let at = values::text(event, "timestamp").ok_or(Refused::missing("payload.timestamp"))?;
    let word = |path: &str| values::text(event, path).unwrap_or_default();
    let hash = Sha256::digest(format!("{at}\n{}\n{}", word("summary"), word("source")));
    Ok(hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}

fn put_services(entry: &mut Entry<'_>, record: &Value, named: Option<&str>) {
    for service in values::list(record, "services") {
        if let Some(name) = values::first(service, &["summary", "name", "id"]) {
            entry.service(&name);
        }
    }
    if let (false, Some(name)) = (entry.has_service(), named) {
        entry.service(name);
    }
}

/// The run ended when the event was sent, and took `run_time`, such as `1236s`.
fn put_start(entry: &mut Entry<'_>, event: &Value) {
    let seconds = values::text(event, "custom_details.run_time").and_then(|text| text.trim_end_matches('s').trim().parse::<i64>().ok());
    if let (Some(ended), Some(seconds)) =
        (entry.get_int(&deployments::FINISHED_AT), seconds.filter(|seconds| (0..=604_800).contains(seconds)))
    {
        entry.put_time(&deployments::STARTED_AT, ended - seconds * SECOND);
    }
}

/// Words of summaries that tell an outcome, those of a failure first: a failed deployment may follow a successful build.
const OUTCOMES: [(&str, &str); 14] = [
    ("failed", "failed"),
    ("failure", "failure"),
    ("error", "error"),
    ("cancelled", "cancelled"),
    ("canceled", "canceled"),
    ("aborted", "aborted"),
    ("started", "started"),
    ("success", "success"),
    ("succeeded", "succeeded"),
    ("successful", "successful"),
    ("successfully", "success"),
    ("passed", "passed"),
    ("completed", "completed"),
    ("deployed", "deployed"),
];

fn put_outcome(entry: &mut Entry<'_>, stated: Option<&str>, summary: &str) {
    if stated.is_some() {
        return entry.put_opt(&deployments::ORIGINAL_RESULT, stated);
    }
    let summary = summary.to_lowercase();
    let words: Vec<&str> = summary.split(|letter: char| !letter.is_alphanumeric()).collect();
    let found = OUTCOMES.iter().find(|(word, _)| words.contains(word));
    entry.put_opt(&deployments::ORIGINAL_RESULT, found.map(|(_, outcome)| outcome));
}
