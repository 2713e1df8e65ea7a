//! Deployments as plain arrays: when each ended, on which services, and what part it plays under a definition.

use std::collections::{BTreeSet, HashMap};

use polars::prelude::{DataFrame, PolarsResult};
use sequela_schema::canonical::{deployment_commits, deployment_services, deployments};
use sequela_schema::vocabulary::{PRODUCTION, kind};
use sequela_schema::{Definition, Frames, Values};

use crate::{Catalog, Groups};

/// What a deployment is to a definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Left out: another environment, another outcome, an excluded kind or no time.
    Ignored,
    /// In the rework rate only: it repairs.
    Repair,
    /// A candidate, and in the denominator of the change failure rate.
    Counted,
}

/// All deployments of the input, in input order.
#[derive(Debug)]
pub struct Deployments {
    /// Identifiers.
    pub ids: Vec<String>,
    /// Number by identifier.
    pub by_id: HashMap<String, u32>,
    /// Services touched.
    pub services: Groups,
    /// End, under the definition; absent where nothing qualifies.
    pub ended: Vec<Option<i64>>,
    /// Part played.
    pub roles: Vec<Role>,
    /// Whether it is a hotfix or rollback.
    pub rework: Vec<bool>,
    /// Start of the lead time.
    pub first_commit: Vec<Option<i64>>,
    /// Deployment that it rolls back.
    pub rolls_back: Vec<Option<u32>>,
    /// Deployments by the change record that they name.
    pub by_change: HashMap<String, Vec<u32>>,
    /// Qualifying (deployment, end) rows for the candidate search: one per deployment, or one per commit row.
    pub rows: Vec<(u32, i64)>,
    /// Order of identifiers: the later one wins a tie in time.
    pub ranks: Vec<u32>,
}

/// Lines that each deployment changes, where it tells.
pub(crate) fn sizes(frames: &Frames) -> PolarsResult<Vec<Option<i64>>> {
    let frame = frames.get(&deployments::TABLE);
    let (added, deleted) = (frame.ints(&deployments::LINES_ADDED)?, frame.ints(&deployments::LINES_DELETED)?);
    let changed = frame.ints(&deployments::LINES_CHANGED)?;
    Ok((0..frame.height()).map(|row| changed.get(row).or_else(|| Some(added.get(row)? + deleted.get(row)?))).collect())
}

/// Kind of each deployment as a level: ordinary, hotfix, rollback, other.
pub(crate) fn kinds(frames: &Frames) -> PolarsResult<Vec<u8>> {
    let frame = frames.get(&deployments::TABLE);
    let level = |kind: Option<&str>| match kind {
        None | Some(kind::DEPLOY) => 0,
        Some(kind::HOTFIX) => 1,
        Some(kind::ROLLBACK) => 2,
        Some(_) => 3,
    };
    Ok(frame.texts(&deployments::KIND)?.iter().map(level).collect())
}

/// Raw service names of every deployment, for the catalog.
pub(crate) fn service_names(frames: &Frames, names: &mut BTreeSet<String>) -> PolarsResult<()> {
    let frame = frames.get(&deployments::TABLE);
    names.extend(frame.texts(&deployments::SERVICE_NAME_RAW)?.iter().flatten().map(ToOwned::to_owned));
    let frame = frames.get(&deployment_services::TABLE);
    names.extend(frame.texts(&deployment_services::SERVICE_NAME_RAW)?.iter().flatten().map(ToOwned::to_owned));
    Ok(())
}

impl Deployments {
    /// Reads the deployment tables under a definition.
    pub fn read(frames: &Frames, catalog: &Catalog, definition: &Definition) -> PolarsResult<Self> {
        let frame = frames.get(&deployments::TABLE);
        let ids: Vec<String> = frame.texts(&deployments::DEPLOYMENT_ID)?.iter().map(|id| id.unwrap_or_default().to_owned()).collect();
        let by_id: HashMap<String, u32> = ids.iter().enumerate().map(|(number, id)| (id.clone(), number as u32)).collect();
        let services = services(frames, &frame, &by_id, catalog)?;
        let commit_rows = commit_rows(frames, &by_id, ids.len(), definition)?;
        let mut this = Self {
            services,
            ended: Vec::with_capacity(ids.len()),
            roles: Vec::with_capacity(ids.len()),
            rework: Vec::with_capacity(ids.len()),
            first_commit: first_commits(&frame)?,
            rolls_back: references(&frame, &by_id)?,
            by_change: by_change(&frame)?,
            rows: Vec::with_capacity(ids.len()),
            ranks: ranks(&ids),
            ids,
            by_id,
        };
        this.classify(&frame, &commit_rows, definition)?;
        this.keep_last_attempts(&frame)?;
        Ok(this)
    }

    fn classify(&mut self, frame: &DataFrame, commit_rows: &[Vec<CommitRow>], definition: &Definition) -> PolarsResult<()> {
        let (environments, results, kinds) =
            (frame.texts(&deployments::ENVIRONMENT)?, frame.texts(&deployments::RESULT)?, frame.texts(&deployments::KIND)?);
        let finished = frame.instants(&deployments::FINISHED_AT)?;
        let (started, created) = (frame.instants(&deployments::STARTED_AT)?, frame.instants(&deployments::CREATED_AT)?);
        for (number, commit_rows) in commit_rows.iter().enumerate() {
            let own_end = finished.get(number).or_else(|| started.get(number)).or_else(|| created.get(number));
            let own = CommitRow { qualifies: qualifies(definition, environments.get(number), results.get(number)), ended: own_end };
            let is_known = !definition.commit_time_needed || self.first_commit[number].is_some();
            let rows = if commit_rows.is_empty() { std::slice::from_ref(&own) } else { commit_rows.as_slice() };
            let ends: Vec<i64> = rows.iter().filter(|row| row.qualifies && is_known).filter_map(|row| row.ended).collect();
            let last = ends.iter().copied().max();
            let kind = kinds.get(number).unwrap_or(kind::DEPLOY);
            let role = role(definition, kind, last);
            self.ended.push(last);
            self.roles.push(role);
            self.rework.push(matches!(kind, kind::HOTFIX | kind::ROLLBACK));
            if role == Role::Counted {
                let candidates = if definition.link_by_commit_row { ends } else { last.into_iter().collect() };
                self.rows.extend(candidates.into_iter().map(|end| (number as u32, end)));
            }
        }
        Ok(())
    }

    /// Retries of one pipeline run on one service count once: the last attempt stands for all.
    fn keep_last_attempts(&mut self, frame: &DataFrame) -> PolarsResult<()> {
        let runs = frame.texts(&deployments::PIPELINE_RUN_ID)?;
        let attempts = frame.ints(&deployments::ATTEMPT)?;
        if runs.null_count() == runs.len() || attempts.null_count() == attempts.len() {
            return Ok(());
        }
        let mut last: HashMap<(&str, &[u32]), u32> = HashMap::new();
        for number in 0..self.ids.len() {
            let (Some(run), Some(attempt), true) = (runs.get(number), attempts.get(number), self.roles[number] == Role::Counted) else {
                continue;
            };
            let entry = last.entry((run, self.services.of(number as u32))).or_insert(number as u32);
            let earlier = *entry as usize;
            if earlier == number {
                continue;
            }
            let newer = (attempt, self.ranks[number]) > (attempts.get(earlier).unwrap_or(0), self.ranks[earlier]);
            let dropped = if newer { std::mem::replace(entry, number as u32) as usize } else { number };
            self.roles[dropped] = Role::Ignored;
        }
        let roles = &self.roles;
        self.rows.retain(|&(deployment, _)| roles[deployment as usize] == Role::Counted);
        Ok(())
    }

    /// Deployments by each commit that they carry.
    pub(crate) fn by_commit(&self, frames: &Frames) -> PolarsResult<HashMap<String, Vec<u32>>> {
        let mut found: HashMap<String, Vec<u32>> = HashMap::new();
        for (number, sha) in frames.get(&deployments::TABLE).texts(&deployments::COMMIT_SHA)?.iter().enumerate() {
            found.entry(sha.unwrap_or_default().to_owned()).or_default().push(number as u32);
        }
        let rows = frames.get(&deployment_commits::TABLE);
        let (ids, shas) = (rows.texts(&deployment_commits::DEPLOYMENT_ID)?, rows.texts(&deployment_commits::COMMIT_SHA)?);
        for (id, sha) in ids.iter().zip(shas.iter()) {
            if let Some(number) = id.and_then(|id| self.number(id)) {
                found.entry(sha.unwrap_or_default().to_owned()).or_default().push(number);
            }
        }
        found.remove("");
        Ok(found)
    }

    /// The deployment with that identifier.
    pub fn number(&self, id: &str) -> Option<u32> {
        self.by_id.get(id).copied()
    }
}

struct CommitRow {
    qualifies: bool,
    ended: Option<i64>,
}

fn qualifies(definition: &Definition, environment: Option<&str>, result: Option<&str>) -> bool {
    environment == Some(PRODUCTION) && result.is_some_and(|result| definition.deployment_results.iter().any(|counted| counted == result))
}

fn role(definition: &Definition, kind: &str, ended: Option<i64>) -> Role {
    let listed = |kinds: &[String]| kinds.iter().any(|listed| listed == kind);
    match ended {
        None => Role::Ignored,
        Some(_) if listed(&definition.excluded_kinds) => Role::Ignored,
        Some(_) if listed(&definition.uncounted_kinds) => Role::Repair,
        Some(_) => Role::Counted,
    }
}

fn services(frames: &Frames, frame: &DataFrame, by_id: &HashMap<String, u32>, catalog: &Catalog) -> PolarsResult<Groups> {
    let names = frame.texts(&deployments::SERVICE_NAME_RAW)?;
    let of = |deployment: u32, name: &str| catalog.services_of(name).map(move |service| (deployment, service)).collect::<Vec<_>>();
    let own = names.iter().enumerate().filter_map(|(number, name)| Some(of(number as u32, name?))).flatten();
    let links = frames.get(&deployment_services::TABLE);
    let rows = links.texts(&deployment_services::DEPLOYMENT_ID)?.iter().zip(links.texts(&deployment_services::SERVICE_NAME_RAW)?.iter());
    let linked = rows.filter_map(|(id, name)| Some(of(*by_id.get(id?)?, name?))).flatten();
    Ok(Groups::from_pairs(by_id.len(), own.chain(linked).collect()))
}

/// Rows of `deployment_commits` that carry a time of their own.
fn commit_rows(
    frames: &Frames,
    by_id: &HashMap<String, u32>,
    deployments: usize,
    definition: &Definition,
) -> PolarsResult<Vec<Vec<CommitRow>>> {
    let frame = frames.get(&deployment_commits::TABLE);
    let ids = frame.texts(&deployment_commits::DEPLOYMENT_ID)?;
    let (environments, results) = (frame.texts(&deployment_commits::ENVIRONMENT)?, frame.texts(&deployment_commits::RESULT)?);
    let ends = frame.instants(&deployment_commits::FINISHED_AT)?;
    let mut rows: Vec<Vec<CommitRow>> = (0..deployments).map(|_| Vec::new()).collect();
    for index in 0..frame.height() {
        let (Some(&number), Some(ended)) = (ids.get(index).and_then(|id| by_id.get(id)), ends.get(index)) else { continue };
        let qualifies = qualifies(definition, environments.get(index), results.get(index));
        rows[number as usize].push(CommitRow { qualifies, ended: Some(ended) });
    }
    Ok(rows)
}

fn first_commits(frame: &DataFrame) -> PolarsResult<Vec<Option<i64>>> {
    let first = frame.instants(&deployments::FIRST_COMMIT_AT)?;
    let head = frame.instants(&deployments::COMMIT_AT)?;
    Ok(first.iter().zip(head.iter()).map(|(first, head)| first.or(head)).collect())
}

fn references(frame: &DataFrame, by_id: &HashMap<String, u32>) -> PolarsResult<Vec<Option<u32>>> {
    Ok(frame.texts(&deployments::ROLLS_BACK_DEPLOYMENT_ID)?.iter().map(|id| by_id.get(id?).copied()).collect())
}

fn by_change(frame: &DataFrame) -> PolarsResult<HashMap<String, Vec<u32>>> {
    let mut found: HashMap<String, Vec<u32>> = HashMap::new();
    for (number, change) in frame.texts(&deployments::CHANGE_ID)?.iter().enumerate() {
        if let Some(change) = change {
            found.entry(change.to_owned()).or_default().push(number as u32);
        }
    }
    Ok(found)
}

fn ranks(ids: &[String]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..ids.len() as u32).collect();
    order.sort_unstable_by(|&left, &right| ids[left as usize].cmp(&ids[right as usize]));
    let mut ranks = vec![0; ids.len()];
    for (rank, &number) in order.iter().enumerate() {
        ranks[number as usize] = rank as u32;
    }
    ranks
}
