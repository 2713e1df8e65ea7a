//! Tags as releases, or as deployments where their names say so.

use sequela_schema::canonical::deployments;
use sequela_schema::vocabulary::SUCCESS;
use serde_json::Value;

use super::super::shared::{Desk, pipeline};
use super::history::is_sha;
use crate::issue::code;

/// One line of the documented list.
pub(super) struct Tag<'l> {
    name: &'l str,
    commit: &'l str,
    /// When the tag was made; only annotated tags know.
    tagged: &'l str,
    /// For other tags the time of the commit.
    created: &'l str,
    subject: &'l str,
}

impl<'l> Tag<'l> {
    /// Name, type of object, object, commit of an annotated tag, two times, subject.
    pub(super) fn of(line: &'l str) -> Option<Self> {
        let fields: Vec<&str> = line.splitn(7, '\t').map(str::trim).collect();
        let [name, kind, object, annotated, tagged, created, rest @ ..] = fields.as_slice() else { return None };
        let known = matches!(*kind, "commit" | "tag" | "tree" | "blob") && is_sha(object, 40) && !name.is_empty();
        let commit = if annotated.is_empty() { object } else { annotated };
        known.then_some(Self { name, commit, tagged, created, subject: rest.first().copied().unwrap_or("") })
    }

    /// Writes the tag as a deployment of its repository.
    pub(super) fn write(&self, repository: Option<&str>, desk: &mut Desk<'_>) {
        let mut entry = desk.entry(&deployments::TABLE, &Value::Null);
        let native = repository.map_or_else(|| self.name.to_owned(), |repository| format!("{repository}:{}", self.name));
        entry.put(&deployments::DEPLOYMENT_ID, &desk.id(&native));
        entry.put(&deployments::NAME, self.subject);
        entry.put(&deployments::REF_NAME, self.name);
        entry.put(&deployments::REF_TYPE, "tag");
        entry.put(&deployments::COMMIT_SHA, self.commit);
        entry.put_opt(&deployments::VERSION, version(self.name));
        entry.put(&deployments::RESULT, SUCCESS);
        let time = |text: &str| Value::from(text);
        if self.tagged.is_empty() {
            entry.time_of(&deployments::COMMIT_AT, "creatordate", &time(self.created));
            entry.time_of(&deployments::FINISHED_AT, "creatordate", &time(self.created));
            let message = "tags without an annotation have the time of their commit, not of the release; make them with git tag -a";
            desk.note_once(code::COMMIT_TIME_OF_TAG, message);
        } else {
            entry.time_of(&deployments::FINISHED_AT, "taggerdate", &time(self.tagged));
        }
        if let (Some(repository), None) = (repository, &desk.scope().service) {
            entry.service(repository);
        }
        let deploys = desk.scope().patterns.deploys_or(self.name, names_deployment);
        pipeline::classify_as(&mut entry, desk, deploys, &[self.name], None);
        desk.keep(entry);
    }
}

/// The usual names of tags that are made by deploying.
fn names_deployment(name: &str) -> bool {
    ["deploy/", "prod-", "release-"].iter().any(|start| name.starts_with(start))
}

/// The version in the name of a tag: what begins with a digit, behind `v`, `-`, `/` or `@`.
fn version(name: &str) -> Option<&str> {
    let start = name.match_indices(|letter: char| letter.is_ascii_digit()).map(|(place, _)| place).find(|place| {
        let before = name.get(..*place).unwrap_or("");
        let before = before.strip_suffix('v').unwrap_or(before);
        before.is_empty() || before.ends_with(['-', '/', '@', '_'])
    })?;
    name.get(start..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_tags() {
        let rows = [("v1.2.3", Some("1.2.3")), ("pay@2.0", Some("2.0")), ("release-1.4", Some("1.4")), ("k8s", None), ("latest", None)];
        for (name, expected) in rows {
            assert_eq!(version(name), expected, "{name}");
        }
    }
}
