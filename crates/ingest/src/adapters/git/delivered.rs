//! Completes the deployments that name a commit of the log.
//!
//! What a deployment brings are the commits that its head reaches and that the head before it does not: the head of the last
//! deployment of the same repository, service and environment that worked. The first deployment has no head before it, and nobody
//! knows what it brought. What stands in the row already stays.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sequela_schema::Column;
use sequela_schema::canonical::{deployment_commits, deployments};
use sequela_schema::vocabulary::{SUCCESS, kind};

use super::super::shared::{Desk, repositories};
use super::history::{History, Size};
use super::walk::Walk;
use crate::draft::{Draft, Slot};
use crate::intake::Intake;
use crate::issue::code;
use crate::paths::{self, Rule};
use crate::rows::Rows;

/// Completes all deployments.
pub(super) fn complete(history: &History, walk: &Walk, differences: &BTreeMap<String, Size>, desk: &mut Desk<'_>) {
    let Some(mut rows) = desk.intake().tables.remove(deployments::TABLE.name) else { return };
    let heads: Vec<Option<u32>> = (0..rows.len()).map(|row| head(history, &rows, row)).collect();
    add_times(history, &heads, &mut rows);
    add_differences(differences, &mut rows);
    let told = told(desk.intake());
    let scope = desk.scope();
    let mut delivery = Delivery {
        history,
        walk,
        subjects: history.subjects(),
        heads: &heads,
        folders: &scope.folders,
        rows: &mut rows,
        told,
        commits: Vec::new(),
    };
    let mut missing = 0;
    for group in groups(delivery.rows, &heads) {
        missing += delivery.missing(&group);
        delivery.follow(&group);
    }
    let commits = delivery.commits;
    write(history, &rows, &commits, desk.intake());
    desk.intake().tables.insert(deployments::TABLE.name, rows);
    if missing > 0 {
        let message = format!(
            "{missing} deployments name a commit that is in no log, so what they and the next ones brought is unknown; \
             export git log --all without --since, from a clone that is not shallow"
        );
        desk.note_once(code::COMMIT_NOT_IN_LOG, &message);
    }
}

/// The commit of a row, if a log has it.
fn head(history: &History, rows: &Rows, row: usize) -> Option<u32> {
    let repository = rows.text(&deployments::REPO_URL, row).and_then(repositories::name);
    history.find(rows.text(&deployments::COMMIT_SHA, row)?, repository)
}

fn add_times(history: &History, heads: &[Option<u32>], rows: &mut Rows) {
    for (row, head) in heads.iter().enumerate() {
        if let Some(head) = head {
            set(rows, &deployments::COMMIT_AT, row, history.commit(*head).at);
        }
    }
}

/// Sizes of differences that lead to the commit of a deployment.
fn add_differences(differences: &BTreeMap<String, Size>, rows: &mut Rows) {
    for row in 0..if differences.is_empty() { 0 } else { rows.len() } {
        let sha = rows.text(&deployments::COMMIT_SHA, row).map(str::to_lowercase).unwrap_or_default();
        if let Some((_, size)) =
            differences.iter().find(|(commit, _)| sha.len() >= 7 && (sha.starts_with(*commit) || commit.starts_with(&sha)))
        {
            set_size(rows, row, size);
        }
    }
}

fn set_size(rows: &mut Rows, row: usize, size: &Size) {
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    set(rows, &deployments::FILES_CHANGED, row, count(size.files.len() as u64));
    set(rows, &deployments::LINES_ADDED, row, count(size.added));
    set(rows, &deployments::LINES_DELETED, row, count(size.deleted));
}

/// Sets a number where the row has none.
fn set(rows: &mut Rows, column: &Column, row: usize, value: i64) {
    if rows.is_null(column, row) {
        rows.set_int(column, row, Some(value));
    }
}

/// Deployments whose commits another export tells.
fn told(intake: &mut Intake) -> BTreeSet<String> {
    let commits = intake.rows(&deployment_commits::TABLE);
    (0..commits.len()).filter_map(|row| commits.text(&deployment_commits::DEPLOYMENT_ID, row)).map(str::to_owned).collect()
}

/// Rows of the same repository, service and environment in the order of time, where a log has at least one of their commits.
fn groups(rows: &Rows, heads: &[Option<u32>]) -> Vec<Vec<usize>> {
    let mut groups: BTreeMap<[&str; 3], Vec<usize>> = BTreeMap::new();
    for row in 0..rows.len() {
        let text = |column: &Column| rows.text(column, row);
        let environment = text(&deployments::ENVIRONMENT_RAW).or(text(&deployments::ENVIRONMENT));
        let key = [text(&deployments::REPO_URL), text(&deployments::SERVICE_NAME_RAW), environment].map(Option::unwrap_or_default);
        let is_delivery = matches!(text(&deployments::KIND), None | Some(kind::DEPLOY | kind::ROLLBACK | kind::HOTFIX));
        if is_delivery && time(rows, row).is_some() {
            groups.entry(key).or_default().push(row);
        }
    }
    groups.retain(|_, group| group.iter().any(|row| heads[*row].is_some()));
    let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
    for group in &mut groups {
        group.sort_by_key(|row| (time(rows, *row), id(rows, *row), *row));
    }
    groups
}

fn time(rows: &Rows, row: usize) -> Option<i64> {
    [&deployments::FINISHED_AT, &deployments::STARTED_AT, &deployments::CREATED_AT].iter().find_map(|column| rows.int(column, row))
}

fn id(rows: &Rows, row: usize) -> &str {
    rows.text(&deployments::DEPLOYMENT_ID, row).unwrap_or_default()
}

/// The rows that are completed, and what is found for them.
struct Delivery<'a> {
    history: &'a History,
    walk: &'a Walk,
    /// Commits by the hash of a subject that some commit takes back.
    subjects: BTreeMap<u64, Vec<u32>>,
    heads: &'a [Option<u32>],
    /// Services by the folders of repositories that several share.
    folders: &'a [Rule],
    rows: &'a mut Rows,
    told: BTreeSet<String>,
    /// Row, commits that it brings beside its head.
    commits: Vec<(usize, Vec<u32>)>,
}

impl Delivery<'_> {
    /// Rows of a group whose commit no log has.
    fn missing(&self, group: &[usize]) -> usize {
        group.iter().filter(|row| self.heads[**row].is_none() && !self.rows.is_null(&deployments::COMMIT_SHA, **row)).count()
    }

    /// Follows the deployments of one service through time.
    fn follow(&mut self, group: &[usize]) {
        let mut worked: Vec<usize> = Vec::new();
        // Which row brought a commit.
        let mut brought: HashMap<u32, usize> = HashMap::new();
        for row in group {
            let before = self.before(&worked, *row);
            let found = self.heads[*row]
                .and_then(|head| before.iter().find_map(|before| Some((*before, self.walk.between(self.heads[*before]?, head)?))));
            if let Some((before, commits)) = found {
                self.describe(*row, &commits);
                self.name_services(*row, &commits);
                self.take_back(*row, before, &commits, &brought);
                brought.extend(commits.iter().map(|commit| (*commit, *row)));
                self.keep(*row, commits);
            }
            if self.rows.text(&deployments::RESULT, *row) == Some(SUCCESS) {
                worked.push(*row);
            }
        }
    }

    /// The rows of the last other deployment that worked.
    fn before(&self, worked: &[usize], row: usize) -> Vec<usize> {
        let others = || worked.iter().rev().skip_while(|other| id(self.rows, **other) == id(self.rows, row));
        let last = others().next().map(|other| id(self.rows, *other));
        others().take_while(|other| Some(id(self.rows, **other)) == last).copied().collect()
    }

    fn describe(&mut self, row: usize, commits: &[u32]) {
        let mut size = Size::default();
        for number in commits.iter().filter(|commit| !self.walk.is_merge(**commit)) {
            let commit = self.history.commit(*number);
            size.files.extend(&commit.files);
            size.added += commit.added;
            size.deleted += commit.deleted;
        }
        set(self.rows, &deployments::COMMIT_COUNT, row, i64::try_from(commits.len()).unwrap_or(i64::MAX));
        set_size(self.rows, row, &size);
        // Work begins when the content is written: rebasing and merging commit it anew.
        if let Some(first) = commits.iter().map(|commit| self.history.commit(*commit).written).min() {
            set(self.rows, &deployments::FIRST_COMMIT_AT, row, first);
        }
    }

    /// A deployment of a repository of several services touches those whose folders it changes.
    fn name_services(&mut self, row: usize, commits: &[u32]) {
        if self.folders.is_empty() {
            return;
        }
        let touched = commits.iter().flat_map(|commit| self.history.commit(*commit).folders.iter().copied()).collect();
        let logged = self.heads[row].and_then(|head| self.history.commit(head).repository.as_deref());
        let Some(repository) = self.rows.text(&deployments::REPO_URL, row).or(logged) else { return };
        let services = paths::services(self.folders, repository, &touched);
        if !services.is_empty() {
            self.rows.set_services(&deployments::SERVICE_NAME_RAW, row, &services);
        }
    }

    /// Says what a deployment takes back: it goes back to an older head, or brings commits that take back what was deployed.
    fn take_back(&mut self, row: usize, before: usize, commits: &[u32], brought: &HashMap<u32, usize>) {
        let Some(old) = self.heads[before] else { return };
        if commits.is_empty() {
            if self.heads[row] != Some(old) {
                self.name_taken_back(row, before);
                self.name_rollback(row);
            }
            return;
        }
        let own: Vec<u32> = commits.iter().filter(|commit| self.history.commit(**commit).parents.len() < 2).copied().collect();
        let undone: Vec<u32> = own.iter().filter_map(|commit| self.history.taken_back(*commit, &self.subjects)).collect();
        let undone: Vec<u32> =
            undone.into_iter().filter(|commit| self.walk.between(old, *commit).is_some_and(|new| new.is_empty())).collect();
        if let Some(other) = undone.iter().filter_map(|commit| brought.get(commit)).max_by_key(|other| time(self.rows, **other)) {
            self.name_taken_back(row, *other);
        }
        if !own.is_empty() && undone.len() == own.len() {
            self.name_rollback(row);
        }
    }

    fn name_taken_back(&mut self, row: usize, other: usize) {
        let other = id(self.rows, other).to_owned();
        if self.rows.is_null(&deployments::ROLLS_BACK_DEPLOYMENT_ID, row) && other != id(self.rows, row) {
            self.rows.set_text(&deployments::ROLLS_BACK_DEPLOYMENT_ID, row, &other);
        }
    }

    /// What an export says itself about the kind stays.
    fn name_rollback(&mut self, row: usize) {
        let is_open = self.rows.text(&deployments::KIND_BASIS, row) != Some("explicit");
        if is_open && self.rows.text(&deployments::KIND, row) == Some(kind::DEPLOY) {
            self.rows.set_text(&deployments::KIND, row, kind::ROLLBACK);
            self.rows.set_text(&deployments::KIND_BASIS, row, "inferred");
        }
    }

    fn keep(&mut self, row: usize, mut commits: Vec<u32>) {
        commits.retain(|commit| self.heads[row] != Some(*commit));
        if !self.told.contains(id(self.rows, row)) {
            self.commits.push((row, commits));
        }
    }
}

/// Writes the commits of deployments beside their heads, which their rows name.
fn write(history: &History, rows: &Rows, found: &[(usize, Vec<u32>)], intake: &mut Intake) {
    let mut draft = Draft::new(&deployment_commits::TABLE);
    let into = intake.rows(&deployment_commits::TABLE);
    for (row, commits) in found {
        for commit in commits.iter().map(|commit| history.commit(*commit)) {
            draft.clear();
            draft.set_text(&deployment_commits::DEPLOYMENT_ID, id(rows, *row));
            draft.set_text(&deployment_commits::COMMIT_ID, &commit.sha);
            draft.set_text(&deployment_commits::COMMIT_SHA, &commit.sha);
            draft.set_text_opt(&deployment_commits::REPO_URL, rows.text(&deployments::REPO_URL, *row));
            draft.set_int(&deployment_commits::COMMIT_AT, commit.at);
            draft.set(&deployment_commits::IS_HEAD, Slot::Bool(false));
            into.push(&draft, rows.file[*row]);
        }
    }
}
