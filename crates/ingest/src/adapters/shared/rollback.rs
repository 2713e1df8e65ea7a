//! Rollbacks that no record names: a revision that had worked comes back after another one (formats, section 5.5).

use std::collections::{BTreeMap, BTreeSet};

use sequela_schema::Column;
use sequela_schema::canonical::deployments;
use sequela_schema::vocabulary::{SUCCESS, kind};

use super::Desk;
use crate::rows::Rows;

/// One deployment, as far as the rule looks at it.
#[derive(Debug)]
struct Step {
    id: String,
    at: i64,
    revision: String,
    worked: bool,
    is_rollback: bool,
    /// Nothing but its being a deployment is known of its kind.
    is_open: bool,
    /// The rows of it; overlapping exports have several.
    rows: Vec<usize>,
}

/// Marks the rollbacks among the deployments of this adapter. To be called when all of them are written.
pub(crate) fn infer(desk: &mut Desk<'_>) {
    let adapter = desk.adapter;
    let rows = desk.intake().rows(&deployments::TABLE);
    for steps in by_target(rows, adapter).into_values() {
        for (step, undone) in undoing(steps.into_values().collect()) {
            for row in step.rows {
                rows.set_text(&deployments::KIND, row, kind::ROLLBACK);
                rows.set_text(&deployments::KIND_BASIS, row, "inferred");
                rows.set_text(&deployments::ROLLS_BACK_DEPLOYMENT_ID, row, &undone);
            }
        }
    }
}

type Target = (String, String);

/// Deployments by service and environment. Those that changed nothing are left out.
fn by_target(rows: &Rows, adapter: &str) -> BTreeMap<Target, BTreeMap<String, Step>> {
    let source = rows.table.column("source");
    let mut targets: BTreeMap<Target, BTreeMap<String, Step>> = BTreeMap::new();
    for row in 0..rows.len() {
        if source.and_then(|source| rows.text(source, row)) != Some(adapter) {
            continue;
        }
        let (Some(step), Some(target)) = (step(rows, row), target(rows, row)) else { continue };
        let steps = targets.entry(target).or_default();
        match steps.get_mut(&step.id) {
            Some(known) => known.rows.push(row),
            None => {
                steps.insert(step.id.clone(), step);
            }
        }
    }
    targets
}

fn target(rows: &Rows, row: usize) -> Option<Target> {
    let text = |column: &Column| rows.text(column, row).map(str::to_owned);
    let environment = text(&deployments::ENVIRONMENT_RAW).or_else(|| text(&deployments::ENVIRONMENT))?;
    Some((text(&deployments::SERVICE_NAME_RAW)?, environment))
}

fn step(rows: &Rows, row: usize) -> Option<Step> {
    let text = |column: &Column| rows.text(column, row);
    let revision = [&deployments::COMMIT_SHA, &deployments::VERSION, &deployments::ARTIFACT_ID].into_iter().find_map(text)?;
    let times = [&deployments::STARTED_AT, &deployments::CREATED_AT, &deployments::FINISHED_AT];
    let at = times.into_iter().find_map(|column| rows.int(column, row))?;
    let result = text(&deployments::RESULT).filter(|result| !matches!(*result, "skip" | "cancellation"))?;
    let kind = text(&deployments::KIND).filter(|kind| [kind::DEPLOY, kind::ROLLBACK, kind::HOTFIX].contains(kind))?;
    Some(Step {
        id: text(&deployments::DEPLOYMENT_ID)?.to_owned(),
        at,
        revision: revision.to_owned(),
        worked: result == SUCCESS,
        is_rollback: kind == kind::ROLLBACK,
        is_open: kind == kind::DEPLOY && text(&deployments::KIND_BASIS) != Some("explicit"),
        rows: vec![row],
    })
}

/// The deployments that take another one back, with the identifier of that one.
///
/// The same revision again with nothing else in between is a re-run. A revision that comes back right after it was taken back is a
/// second try, not a rollback of the rollback.
fn undoing(mut steps: Vec<Step>) -> Vec<(Step, String)> {
    steps.sort_by(|left, right| (left.at, &left.id).cmp(&(right.at, &right.id)));
    let mut found = Vec::new();
    let mut worked = BTreeSet::new();
    let mut previous: Option<(String, String)> = None;
    let mut taken_back: Option<String> = None;
    for step in steps {
        let (id, revision, worked_now) = (step.id.clone(), step.revision.clone(), step.worked);
        if let Some((other, other_revision)) = previous.filter(|(_, other)| *other != revision) {
            let returns = step.is_open && worked.contains(&revision) && taken_back.as_ref() != Some(&revision);
            taken_back = (step.is_rollback || returns).then_some(other_revision);
            if returns {
                found.push((step, other));
            }
        }
        if worked_now {
            worked.insert(revision.clone());
        }
        previous = Some((id, revision));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One letter per deployment: its revision; `x` before it where it failed. Gives those that undo another one.
    fn found(letters: &str) -> Vec<(String, String)> {
        let mut steps = Vec::new();
        let mut failed = false;
        for (at, letter) in (0..).zip(letters.chars()) {
            if letter == 'x' {
                failed = true;
                continue;
            }
            steps.push(Step {
                id: format!("{letter}{at}"),
                at,
                revision: letter.to_string(),
                worked: !std::mem::take(&mut failed),
                is_rollback: false,
                is_open: true,
                rows: Vec::new(),
            });
        }
        undoing(steps).into_iter().map(|(step, other)| (step.id, other)).collect()
    }

    fn pair(step: &str, other: &str) -> (String, String) {
        (step.to_owned(), other.to_owned())
    }

    #[test]
    fn what_comes_back_after_another_one_undoes_it() {
        assert_eq!(found("ABA"), [pair("A2", "B1")]);
        assert_eq!(found("AxBA"), [pair("A3", "B2")], "a failed one is taken back as well");
        assert_eq!(found("ABCA"), [pair("A3", "C2")]);
    }

    #[test]
    fn re_runs_and_second_tries_undo_nothing() {
        for letters in ["AAA", "ABB", "xABA", "AB"] {
            assert_eq!(found(letters), [], "{letters}");
        }
        assert_eq!(found("ABAA"), [pair("A2", "B1")], "the same again");
        assert_eq!(found("ABAB"), [pair("A2", "B1")], "what was taken back is tried again");
    }
}
