//! Deployments and change records, which of them belong together, and how each ended: read once for all reports.

use std::collections::{HashMap, HashSet};

use polars::prelude::*;
use sequela_schema::canonical::{changes, deployments, incidents};
use sequela_schema::result::{deployment_outcomes, deployment_units, placebo};
use sequela_schema::{Frames, Values};

/// A deployment may begin this long before the window of its change and end this long after it: clocks and forms are not exact.
const SLACK: i64 = 15 * 60 * 1_000_000;

/// How a deployment and a change are known to belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Basis {
    /// The deployment's record has a field for it.
    Field,
    /// The deployment's text names it.
    Text,
    /// The only sign is that the deployment lies in the change's window on its service.
    Window,
}

impl Basis {
    /// As `deployments.change_id_basis` has it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Field => "field",
            Self::Text => "text_reference",
            Self::Window => "window",
        }
    }
}

/// A production deployment that worked: counted in rates, or a repair.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deployment {
    pub(crate) id: String,
    pub(crate) service: Option<String>,
    pub(crate) team: Option<String>,
    pub(crate) kind: String,
    pub(crate) started_at: Option<i64>,
    pub(crate) finished_at: Option<i64>,
    /// Lines changed.
    pub(crate) lines: Option<i64>,
    /// How it was approved, where the tool tells.
    pub(crate) path: Option<String>,
    /// Whether the change failure rate counts it; rollbacks are not.
    pub(crate) is_counted: bool,
    /// Probability that it caused at least one incident.
    pub(crate) p_failed: f64,
    /// What it calls its change, be the record given or not.
    pub(crate) named_change: Option<String>,
    /// Number of the change it belongs to.
    pub(crate) change: Option<(usize, Basis)>,
}

/// A change record.
#[derive(Clone, Debug, Default)]
pub(crate) struct Change {
    pub(crate) id: String,
    pub(crate) service: Option<String>,
    pub(crate) team: Option<String>,
    pub(crate) kind: String,
    pub(crate) model: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) path: Option<String>,
    pub(crate) created_at: Option<i64>,
    pub(crate) approved_at: Option<i64>,
    /// Planned start and end.
    pub(crate) planned: (Option<i64>, Option<i64>),
    /// Actual start and end.
    pub(crate) actual: (Option<i64>, Option<i64>),
    pub(crate) close_code: Option<String>,
    /// Numbers of the deployments that belong to it.
    pub(crate) deployments: Vec<usize>,
    /// Probability that it failed: closed as unsuccessful, named as a cause, or one of its deployments caused an incident; none where
    /// nothing tells.
    pub(crate) p_failed: Option<f64>,
}

impl Change {
    /// Whether it was carried out, as far as the records tell: it has an actual start, a deployment or a closure code that says so.
    pub(crate) fn is_carried_out(&self) -> bool {
        let is_closed = matches!(self.close_code.as_deref(), Some("successful" | "successful_with_issues" | "unsuccessful"));
        self.state.as_deref() != Some("cancelled") && (self.actual.0.is_some() || !self.deployments.is_empty() || is_closed)
    }

    /// Actual times, else planned ones.
    pub(crate) fn window(&self) -> Option<(i64, i64)> {
        let start = self.actual.0.or(self.planned.0)?;
        Some((start, self.actual.1.or(self.planned.1).unwrap_or(start).max(start)))
    }
}

/// Everything, in the order of identifiers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Records {
    pub(crate) deployments: Vec<Deployment>,
    pub(crate) changes: Vec<Change>,
    /// Numbers of changes that a deployment to production names, be it one of these or one that did not work.
    pub(crate) named: HashSet<usize>,
}

impl Records {
    pub(crate) fn read(frames: &Frames) -> PolarsResult<Self> {
        let mut records = Self { deployments: read_deployments(frames)?, changes: read_changes(frames)?, named: HashSet::new() };
        let names = names(&records.changes, frames)?;
        records.named = named(&names, frames)?;
        records.match_by_name(&names, frames)?;
        records.match_by_window();
        for (number, deployment) in records.deployments.iter().enumerate() {
            if let Some((change, _)) = deployment.change {
                records.changes[change].deployments.push(number);
            }
        }
        records.judge(&blamed(frames, &names)?);
        Ok(records)
    }

    fn match_by_name(&mut self, names: &HashMap<String, usize>, frames: &Frames) -> PolarsResult<()> {
        let frame = frames.get(&deployments::TABLE);
        let (ids, bases) = (frame.texts(&deployments::DEPLOYMENT_ID)?, frame.texts(&deployments::CHANGE_ID_BASIS)?);
        let basis = |row: usize| if bases.get(row) == Some("text_reference") { Basis::Text } else { Basis::Field };
        let by_id: HashMap<&str, Basis> = (0..frame.height()).filter_map(|row| Some((ids.get(row)?, basis(row)))).collect();
        for deployment in &mut self.deployments {
            let change = deployment.named_change.as_ref().and_then(|name| names.get(name));
            deployment.change = change.map(|change| (*change, by_id.get(deployment.id.as_str()).copied().unwrap_or(Basis::Field)));
        }
        Ok(())
    }

    /// A deployment that names no change belongs to a change on its service whose window holds it and that no deployment names: on
    /// services with many changes some window is nearly always open. Those that start nearest to each other are matched first, one
    /// deployment to one change; what is left over belongs to the nearest that holds it, on services where no deployment names any change.
    fn match_by_window(&mut self) {
        let mut pairs = self.pairs_by_window();
        pairs.sort_unstable();
        let naming = self.deployments.iter().filter(|deployment| deployment.named_change.is_some());
        let naming: HashSet<Option<String>> = naming.map(|deployment| deployment.service.clone()).collect();
        let mut taken: HashSet<usize> = HashSet::new();
        for is_shared in [false, true] {
            for (_, deployment, change) in &pairs {
                let deployed = &self.deployments[*deployment];
                let may = if is_shared { !naming.contains(&deployed.service) } else { !taken.contains(change) };
                if deployed.change.is_none() && may {
                    self.deployments[*deployment].change = Some((*change, Basis::Window));
                    taken.insert(*change);
                }
            }
        }
    }

    /// Distance of the starts, deployment and change for each deployment that lies in a window.
    fn pairs_by_window(&self) -> Vec<(i64, usize, usize)> {
        let mut windows: HashMap<&str, Vec<(i64, i64, usize)>> = HashMap::new();
        for (number, change) in self.changes.iter().enumerate().filter(|(number, _)| !self.named.contains(number)) {
            if let (Some(service), Some((start, end)), true) =
                (&change.service, change.window(), change.state.as_deref() != Some("cancelled"))
            {
                windows.entry(service).or_default().push((start, end, number));
            }
        }
        let windows: HashMap<&str, Windows> = windows.into_iter().map(|(service, all)| (service, Windows::new(all))).collect();
        let mut pairs = Vec::new();
        for (place, deployment) in self.deployments.iter().enumerate().filter(|(_, deployment)| deployment.named_change.is_none()) {
            let (Some(service), Some(finished)) = (&deployment.service, deployment.finished_at) else { continue };
            let started = deployment.started_at.unwrap_or(finished);
            let holding = windows.get(service.as_str()).into_iter().flat_map(|windows| windows.holding(started, finished));
            pairs.extend(holding.map(|(start, _, number)| ((started - start).abs(), place, *number)));
        }
        pairs
    }

    fn judge(&mut self, blamed: &[usize]) {
        for (number, change) in self.changes.iter_mut().enumerate() {
            let none_failed: f64 = change.deployments.iter().map(|deployment| 1.0 - self.deployments[*deployment].p_failed).product();
            let is_known = change.close_code.as_deref().is_some_and(|code| code != "unknown") || !change.deployments.is_empty();
            change.p_failed = match change.close_code.as_deref() {
                Some("unsuccessful") => Some(1.0),
                _ if blamed.binary_search(&number).is_ok() => Some(1.0),
                _ => is_known.then_some(1.0 - none_failed),
            };
        }
    }
}

/// Windows of changes on one service: start, end, number of the change; by start.
struct Windows {
    all: Vec<(i64, i64, usize)>,
    longest: i64,
}

impl Windows {
    fn new(mut all: Vec<(i64, i64, usize)>) -> Self {
        all.sort_unstable();
        Self { longest: all.iter().map(|(start, end, _)| end - start).max().unwrap_or(0), all }
    }

    /// Those that hold a span: two searches leave the few that begin early enough, and not too early for the longest of them.
    fn holding(&self, started: i64, finished: i64) -> impl Iterator<Item = &(i64, i64, usize)> {
        let first = self.all.partition_point(|(start, _, _)| *start < finished - SLACK - self.longest);
        let last = self.all.partition_point(|(start, _, _)| *start <= started + SLACK).max(first);
        self.all[first..last].iter().filter(move |(_, end, _)| finished <= end + SLACK)
    }
}

/// Whether a model judged and its check against copies does not set the data apart: what it says of single deployments is then chance, and may
/// follow size and kind, which it looks at itself.
pub(crate) fn is_withheld(frames: &Frames) -> PolarsResult<bool> {
    let frame = frames.get(&placebo::TABLE);
    let row = frame.texts(&placebo::STATISTIC)?.iter().position(|name| name == Some("share_change_caused"));
    let detectable = frame.bools(&placebo::DETECTABLE)?;
    Ok(row.is_some_and(|row| detectable.get(row) != Some(true)))
}

/// Numbers of changes by identifier and by the number that people use.
fn names(all: &[Change], frames: &Frames) -> PolarsResult<HashMap<String, usize>> {
    let by_id: HashMap<&str, usize> = all.iter().enumerate().map(|(number, change)| (change.id.as_str(), number)).collect();
    let frame = frames.get(&changes::TABLE);
    let rows = frame.texts(&changes::CHANGE_ID)?.iter().zip(frame.texts(&changes::NUMBER)?.iter());
    let mut names: HashMap<String, usize> = rows.filter_map(|(id, key)| Some((key?.to_owned(), *by_id.get(id?)?))).collect();
    names.extend(by_id.into_iter().map(|(id, number)| (id.to_owned(), number)));
    Ok(names)
}

/// Changes that a deployment to production names.
fn named(names: &HashMap<String, usize>, frames: &Frames) -> PolarsResult<HashSet<usize>> {
    let frame = frames.get(&deployments::TABLE);
    let (named, places) = (frame.texts(&deployments::CHANGE_ID)?, frame.texts(&deployments::ENVIRONMENT)?);
    let rows = named.iter().zip(places.iter()).filter(|(_, place)| place.is_none_or(|place| place == "production"));
    Ok(rows.filter_map(|(name, _)| names.get(name?).copied()).collect())
}

/// Changes that an incident's record names as its cause, ascending.
fn blamed(frames: &Frames, names: &HashMap<String, usize>) -> PolarsResult<Vec<usize>> {
    let frame = frames.get(&incidents::TABLE);
    let mut blamed: Vec<usize> =
        frame.texts(&incidents::CAUSED_BY_CHANGE_ID)?.iter().flatten().filter_map(|name| names.get(name).copied()).collect();
    blamed.sort_unstable();
    blamed.dedup();
    Ok(blamed)
}

fn read_deployments(frames: &Frames) -> PolarsResult<Vec<Deployment>> {
    let units = frames.get(&deployment_units::TABLE);
    let (unit_ids, owners) = (units.texts(&deployment_units::DEPLOYMENT_ID)?, units.texts(&deployment_units::TEAM_ID)?);
    let flags = units.bools(&deployment_units::IS_COUNTED)?;
    let mut counted: HashMap<&str, (bool, Option<&str>)> = HashMap::new();
    for row in 0..units.height() {
        let flag = (flags.get(row).unwrap_or_default(), owners.get(row));
        unit_ids.get(row).map(|id| counted.entry(id).or_insert(flag));
    }
    let outcomes = frames.get(&deployment_outcomes::TABLE);
    let rows = outcomes.texts(&deployment_outcomes::DEPLOYMENT_ID)?.iter().zip(outcomes.reals(&deployment_outcomes::P_FAILED)?.iter());
    let failed: HashMap<&str, f64> = rows.filter_map(|(id, p)| Some((id?, p?))).collect();
    let frame = frames.get(&deployments::TABLE);
    let text = |column| Ok::<_, PolarsError>(owned(frame.texts(column)?));
    let (ids, services) = (text(&deployments::DEPLOYMENT_ID)?, text(&deployments::SERVICE_ID)?);
    let kinds = text(&deployments::KIND)?;
    let (named, paths) = (text(&deployments::CHANGE_ID)?, text(&deployments::APPROVAL_PATH)?);
    let (starts, ends) = (frame.instants(&deployments::STARTED_AT)?, frame.instants(&deployments::FINISHED_AT)?);
    let (lines, added) = (frame.ints(&deployments::LINES_CHANGED)?, frame.ints(&deployments::LINES_ADDED)?);
    let deleted = frame.ints(&deployments::LINES_DELETED)?;
    let of = |row: usize| {
        let id = ids[row].clone()?;
        let halves = [added.get(row), deleted.get(row)];
        let sum = halves.iter().any(Option::is_some).then(|| halves.iter().flatten().sum());
        let (is_counted, team) = *counted.get(id.as_str())?;
        Some(Deployment {
            is_counted,
            p_failed: failed.get(id.as_str()).copied().unwrap_or(0.0),
            service: services[row].clone(),
            team: team.map(ToOwned::to_owned),
            kind: kinds[row].clone().unwrap_or_default(),
            started_at: starts.get(row),
            finished_at: ends.get(row).or_else(|| starts.get(row)),
            lines: lines.get(row).or(sum),
            path: paths[row].clone(),
            named_change: named[row].clone(),
            change: None,
            id,
        })
    };
    let mut all: Vec<Deployment> = (0..frame.height()).filter_map(of).collect();
    all.sort_by(|left, right| left.id.cmp(&right.id));
    Ok(all)
}

fn read_changes(frames: &Frames) -> PolarsResult<Vec<Change>> {
    let frame = frames.get(&changes::TABLE);
    let text = |column| Ok::<_, PolarsError>(owned(frame.texts(column)?));
    let (ids, services, teams) = (text(&changes::CHANGE_ID)?, text(&changes::SERVICE_ID)?, text(&changes::TEAM_ID)?);
    let (kinds, models, states) = (text(&changes::TYPE)?, text(&changes::MODEL)?, text(&changes::STATE)?);
    let (paths, codes) = (text(&changes::APPROVAL_PATH)?, text(&changes::CLOSE_CODE)?);
    let (created, approved) = (frame.instants(&changes::CREATED_AT)?, frame.instants(&changes::APPROVED_AT)?);
    let (planned_start, planned_end) = (frame.instants(&changes::PLANNED_START_AT)?, frame.instants(&changes::PLANNED_END_AT)?);
    let (start, end) = (frame.instants(&changes::ACTUAL_START_AT)?, frame.instants(&changes::ACTUAL_END_AT)?);
    let (boards, approvals) = (frame.bools(&changes::CAB_REQUIRED)?, text(&changes::APPROVAL_STATE)?);
    let derived = |row: usize| approval_path(kinds[row].as_deref(), boards.get(row), approvals[row].as_deref()).map(ToOwned::to_owned);
    let of = |row: usize| Change {
        id: ids[row].clone().unwrap_or_default(),
        service: services[row].clone(),
        team: teams[row].clone(),
        kind: kinds[row].clone().unwrap_or_else(|| "unknown".to_owned()),
        model: models[row].clone(),
        state: states[row].clone(),
        path: paths[row].clone().or_else(|| derived(row)),
        created_at: created.get(row),
        approved_at: approved.get(row),
        planned: (planned_start.get(row), planned_end.get(row)),
        actual: (start.get(row), end.get(row)),
        close_code: codes[row].clone(),
        deployments: Vec::new(),
        p_failed: None,
    };
    let mut all: Vec<Change> = (0..frame.height()).map(of).collect();
    all.sort_by(|left, right| left.id.cmp(&right.id));
    Ok(all)
}

/// How a change was approved where its record does not say: standard changes are approved in advance, emergencies by the emergency board,
/// others by the board where it had to, else by somebody where the record calls them approved.
fn approval_path(kind: Option<&str>, is_board_required: Option<bool>, state: Option<&str>) -> Option<&'static str> {
    match kind {
        Some("standard") => Some("pre_approved"),
        Some("emergency") => Some("ecab"),
        _ if is_board_required == Some(true) => Some("cab"),
        _ => state.is_some_and(|state| state.eq_ignore_ascii_case("approved")).then_some("peer"),
    }
}

fn owned(column: &StringChunked) -> Vec<Option<String>> {
    column.iter().map(|text| text.map(ToOwned::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000;

    fn change(id: &str, service: &str, window: (i64, i64)) -> Change {
        let (service, actual) = (Some(service.to_owned()), (Some(window.0), Some(window.1)));
        Change { id: id.to_owned(), service, actual, ..Change::default() }
    }

    fn deployment(service: &str, at: i64) -> Deployment {
        let service = Some(service.to_owned());
        Deployment { service, started_at: Some(at), finished_at: Some(at + 60), is_counted: true, p_failed: 0.5, ..Deployment::default() }
    }

    /// By hand: ten minutes before the window is within the slack, twenty are not; of two windows the nearer start wins; another service never.
    #[test]
    fn windows_hold_deployments_of_their_service() {
        let changes = vec![change("C1", "a", (HOUR, 4 * HOUR)), change("C2", "a", (3 * HOUR, 5 * HOUR))];
        let minute = HOUR / 60;
        let deployments = [
            deployment("a", HOUR - 10 * minute),
            deployment("a", HOUR - 20 * minute),
            deployment("a", 3 * HOUR + minute),
            deployment("b", 2 * HOUR),
        ];
        let mut records = Records { deployments: deployments.to_vec(), changes, named: HashSet::new() };
        records.match_by_window();
        let found: Vec<Option<usize>> = records.deployments.iter().map(|row| row.change.map(|(change, _)| change)).collect();
        assert_eq!(found, [Some(0), None, Some(1), None]);
    }

    /// Beside a look at every window: long and short ones, spans before, within and after.
    #[test]
    fn windows_are_searched_as_if_each_were_looked_at() {
        let all: Vec<(i64, i64, usize)> = (0..200)
            .map(|number| (number * 7 % 97 * HOUR, number))
            .map(|(start, number)| (start, start + (number * 13 % 31) * HOUR / 4, number as usize))
            .collect();
        let windows = Windows::new(all.clone());
        for started in (-8..420).map(|quarter| quarter * HOUR / 4) {
            for finished in [started, started + HOUR / 2, started + 5 * HOUR] {
                let mut found: Vec<usize> = windows.holding(started, finished).map(|window| window.2).collect();
                found.sort_unstable();
                let holds = |window: &&(i64, i64, usize)| window.0 - SLACK <= started && finished <= window.1 + SLACK;
                assert_eq!(found, all.iter().filter(holds).map(|window| window.2).collect::<Vec<_>>());
            }
        }
    }

    /// The only window that holds the deployment is that of a change which another one names.
    #[test]
    fn a_change_that_is_named_is_not_matched_again() {
        let changes = vec![change("C1", "a", (HOUR, 4 * HOUR))];
        let mut records = Records { deployments: vec![deployment("a", 3 * HOUR)], changes, named: [0].into() };
        records.match_by_window();
        assert_eq!(records.deployments[0].change, None);
    }

    /// In hours: deployments at 2.0 and 2.1, windows from 1.0 and from 2.0, both open. The first is the nearest to the second window, the
    /// other one has the first window left; a third at 2.2 finds none free and joins the nearest.
    #[test]
    fn windows_are_shared_out_before_they_are_shared() {
        let changes = vec![change("C1", "a", (HOUR, 4 * HOUR)), change("C2", "a", (2 * HOUR, 4 * HOUR))];
        let deployments = [20, 21, 22].map(|tenth| deployment("a", tenth * HOUR / 10)).to_vec();
        let mut records = Records { deployments, changes, named: HashSet::new() };
        records.match_by_window();
        let found: Vec<Option<usize>> = records.deployments.iter().map(|row| row.change.map(|(change, _)| change)).collect();
        assert_eq!(found, [Some(1), Some(0), Some(1)]);
    }

    #[test]
    fn a_path_that_is_not_recorded_follows_from_type_and_board() {
        assert_eq!(approval_path(Some("standard"), Some(true), None), Some("pre_approved"));
        assert_eq!(approval_path(Some("emergency"), Some(true), None), Some("ecab"));
        assert_eq!(approval_path(Some("normal"), Some(true), Some("Approved")), Some("cab"));
        assert_eq!(approval_path(Some("normal"), Some(false), Some("Approved")), Some("peer"));
        assert_eq!(approval_path(None, None, Some("requested")), None);
    }

    /// Two deployments of even odds: 1 − ½ × ½; a closure code or an incident that names the change outweighs both.
    #[test]
    fn a_change_fails_with_any_of_its_deployments() {
        let mut changes = vec![change("C1", "a", (0, 1)), change("C2", "a", (0, 1)), change("C3", "a", (0, 1)), change("C4", "a", (0, 1))];
        changes[0].deployments = vec![0, 1];
        changes[1].close_code = Some("unsuccessful".to_owned());
        changes[3].close_code = Some("successful".to_owned());
        let mut records = Records { deployments: vec![deployment("a", 0), deployment("a", 0)], changes, named: HashSet::new() };
        records.judge(&[2]);
        let found: Vec<Option<f64>> = records.changes.iter().map(|change| change.p_failed).collect();
        assert_eq!(found, [Some(0.75), Some(1.0), Some(1.0), Some(0.0)]);
    }
}
