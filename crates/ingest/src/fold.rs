//! Makes one record of all rows that share an identity.
//!
//! Three different things look alike: an audit log (many states of one record: the last one counts), overlapping exports (the same
//! row twice: one counts), and many-to-many links (rows of one deployment for its services and commits: all count together).

use std::cmp::Ordering as Compare;
use std::collections::BTreeSet;

use rayon::slice::ParallelSliceMut;
use sequela_schema::Column;
use sequela_schema::canonical::deployments;
use sequela_schema::vocabulary::{PRODUCTION, SUCCESS};

use crate::intake::{FileReport, Ordering};
use crate::issue::{Place, code};
use crate::rows::Rows;

/// The rows that one record is made of, the first one leading.
#[derive(Debug)]
pub(crate) enum Record {
    One(u32),
    Many(Box<[u32]>),
}

impl Record {
    pub(crate) fn rows(&self) -> &[u32] {
        match self {
            Self::One(row) => std::slice::from_ref(row),
            Self::Many(rows) => rows,
        }
    }

    pub(crate) fn first(&self) -> usize {
        self.rows()[0] as usize
    }
}

/// A change of state of a record.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) row: u32,
    pub(crate) at: i64,
    pub(crate) from: Option<String>,
    pub(crate) to: String,
}

/// Records in the order of their ids, and what is known of their history.
#[derive(Debug, Default)]
pub(crate) struct Folded {
    pub(crate) records: Vec<Record>,
    pub(crate) events: Vec<Event>,
}

/// Folds the rows of a table that has an identity.
pub(crate) fn fold(rows: &Rows, identity: &Column, files: &mut [FileReport]) -> Folded {
    let id = |row: u32| rows.text(identity, row as usize).unwrap_or("");
    let order = sorted(rows.len(), id);
    let mut folded = Folded::default();
    for run in order.chunk_by(|left, right| id(*left) == id(*right)) {
        let record = match run {
            [row] => Record::One(*row),
            run => several(rows, identity, run, files, &mut folded.events),
        };
        folded.records.push(record);
    }
    folded
}

/// Row numbers in the order of their ids. Eight bytes behind what all ids have in common decide most comparisons without a look at
/// the ids themselves, which lie scattered in memory.
fn sorted<'a>(rows: usize, id: impl Fn(u32) -> &'a str + Sync) -> Vec<u32> {
    let numbers = 0..u32::try_from(rows).unwrap_or(u32::MAX);
    let first = if rows == 0 { "" } else { id(0) }.as_bytes();
    let common = numbers.clone().fold(first.len(), |common, row| {
        let other = id(row).as_bytes();
        first.iter().zip(other).take(common).take_while(|(left, right)| left == right).count()
    });
    let key = |row: u32| {
        let rest = id(row).as_bytes().get(common..).unwrap_or(&[]);
        let mut bytes = [0; 8];
        let length = rest.len().min(8);
        bytes[..length].copy_from_slice(&rest[..length]);
        u64::from_be_bytes(bytes)
    };
    let mut keyed: Vec<(u64, u32)> = numbers.map(|row| (key(row), row)).collect();
    keyed.par_sort_unstable_by(|(left_key, left), (right_key, right)| {
        left_key.cmp(right_key).then_with(|| id(*left).cmp(id(*right))).then(left.cmp(right))
    });
    keyed.into_iter().map(|(_, row)| row).collect()
}

fn several(rows: &Rows, identity: &Column, run: &[u32], files: &mut [FileReport], events: &mut Vec<Event>) -> Record {
    let run = without_repeats(rows, run, files);
    let ordering = run.iter().map(|row| files[file(rows, *row)].ordering).max_by_key(|ordering| *ordering as u8).unwrap_or_default();
    let kept = match ordering {
        Ordering::Explicit => last_state(rows, run, &by_order, false, files, events),
        Ordering::Updated if run.iter().any(|row| rows.updated(*row as usize).is_some()) && !are_links(rows, &run) => {
            note_conflicts(rows, identity, &run, files);
            last_state(rows, run, &by_updated, true, files, events)
        }
        _ => {
            note_conflicts(rows, identity, &run, files);
            last_file(rows, run, files)
        }
    };
    match kept.as_slice() {
        [row] => Record::One(*row),
        _ => Record::Many(kept.into_boxed_slice()),
    }
}

fn file(rows: &Rows, row: u32) -> usize {
    rows.file[row as usize] as usize
}

/// Each content once; the first occurrence stays.
fn without_repeats(rows: &Rows, run: &[u32], files: &mut [FileReport]) -> Vec<u32> {
    let mut seen = BTreeSet::new();
    let mut kept = Vec::with_capacity(run.len());
    for row in run {
        if seen.insert(rows.hash[*row as usize]) {
            kept.push(*row);
        } else {
            files[file(rows, *row)].folded += 1;
        }
    }
    kept
}

/// By the column that the source names: numbers first, then texts; rows without it come first.
fn by_order(rows: &Rows, left: u32, right: u32) -> Compare {
    let (left, right) = (rows.order(left as usize), rows.order(right as usize));
    match (left, right) {
        (Some(left), Some(right)) => match (left.0.is_nan(), right.0.is_nan()) {
            (false, false) => left.0.total_cmp(&right.0),
            (true, true) => left.1.cmp(right.1),
            (left_is_text, right_is_text) => left_is_text.cmp(&right_is_text),
        },
        (left, right) => left.is_some().cmp(&right.is_some()),
    }
}

fn by_updated(rows: &Rows, left: u32, right: u32) -> Compare {
    rows.updated(left as usize).cmp(&rows.updated(right as usize))
}

/// The last state counts; the earlier ones become history. Rows of equal standing in one file may complete each other.
fn last_state(
    rows: &Rows,
    mut run: Vec<u32>,
    compare: &dyn Fn(&Rows, u32, u32) -> Compare,
    equals_complete: bool,
    files: &mut [FileReport],
    events: &mut Vec<Event>,
) -> Vec<u32> {
    run.sort_by(|left, right| compare(rows, *left, *right));
    let Some(last) = run.last().copied() else { return run };
    add_history(rows, &run, events);
    let stays = |row: u32| row == last || (equals_complete && file(rows, row) == file(rows, last) && compare(rows, row, last).is_eq());
    let (kept, folded): (Vec<u32>, Vec<u32>) = run.into_iter().partition(|row| stays(*row));
    folded.into_iter().for_each(|row| files[file(rows, row)].folded += 1);
    kept
}

fn add_history(rows: &Rows, run: &[u32], events: &mut Vec<Event>) {
    let mut before: Option<String> = None;
    for row in run {
        let (Some(state), Some(at)) = (state(rows, *row), rows.updated(*row as usize)) else { continue };
        if before.as_deref() != Some(state) {
            events.push(Event { row: *row, at, from: before.take(), to: state.to_owned() });
            before = Some(state.to_owned());
        }
    }
}

/// Our word for the state of a row, else theirs.
fn state(rows: &Rows, row: u32) -> Option<&str> {
    let text = |name: &str| rows.table.column(name).and_then(|column| rows.text(column, row as usize));
    text("state").or_else(|| text("original_state"))
}

/// Without any order the rows of the last file count, all together.
fn last_file(rows: &Rows, run: Vec<u32>, files: &mut [FileReport]) -> Vec<u32> {
    let last = run.iter().map(|row| file(rows, *row)).max().unwrap_or(0);
    let (kept, folded): (Vec<u32>, Vec<u32>) = run.into_iter().partition(|row| file(rows, *row) == last);
    folded.into_iter().for_each(|row| files[file(rows, row)].folded += 1);
    kept
}

/// Rows of one deployment in one file that each name another service or commit: links, whenever each was written.
fn are_links(rows: &Rows, run: &[u32]) -> bool {
    let first = run[0];
    rows.table.name == deployments::TABLE.name
        && run.iter().enumerate().skip(1).all(|(place, row)| {
            file(rows, *row) == file(rows, first) && run[..place].iter().all(|other| links(rows, *other) != links(rows, *row))
        })
}

/// The services or teams, the row of commits and the commit that a row names.
fn links(rows: &Rows, row: u32) -> (Vec<&str>, Option<&str>, Option<&str>) {
    let row = row as usize;
    let named: Vec<&str> = match rows.table.column("service_name_raw") {
        Some(column) => rows.services(column, row).collect(),
        None => rows.table.column("team_id").map(|column| rows.teams(column, row).collect()).unwrap_or_default(),
    };
    let sha = rows.table.column("commit_sha").and_then(|column| rows.text(column, row));
    (named, rows.commit(row), sha)
}

/// Reports rows of one id that are neither repeats nor links: they differ, but not in the services or commits they name.
fn note_conflicts(rows: &Rows, identity: &Column, run: &[u32], files: &mut [FileReport]) {
    for (place, row) in run.iter().enumerate().skip(1) {
        let same = |other: u32| file(rows, other) != file(rows, *row) || links(rows, other) == links(rows, *row);
        let other = run[..place].iter().find(|other| same(**other));
        let Some(other) = other else { continue };
        let (found, number) = (rows.text(identity, *row as usize).unwrap_or(""), source_row(rows, *row));
        let first = format!("row {} of {}", source_row(rows, *other), files[file(rows, *other)].path);
        let message = format_args!(
            "{first} has the same id and other content; the later state is used, remove one of them if they are different records"
        );
        let report = &mut files[file(rows, *row)];
        let header = report.id_header.clone();
        let place = Place::cell(number, header.as_deref().unwrap_or(identity.name), found);
        report.issues.note(code::DUPLICATE_ID, place, message);
    }
}

fn source_row(rows: &Rows, row: u32) -> u64 {
    let number = rows.table.column("source_row").and_then(|column| rows.int(column, row as usize));
    number.and_then(|number| u64::try_from(number).ok()).unwrap_or(0)
}

/// Which row of a record gives the value of a column: the first that has one, but for times and outcomes of deployments.
pub(crate) struct Choice<'a> {
    rows: &'a Rows,
    decisive: Vec<Option<u32>>,
}

impl<'a> Choice<'a> {
    pub(crate) fn new(rows: &'a Rows, records: &[Record]) -> Self {
        let deployments = rows.table.name == deployments::TABLE.name;
        let decisive = records
            .iter()
            .map(|record| match record {
                Record::Many(members) if deployments => decisive(rows, members),
                _ => None,
            })
            .collect();
        Self { rows, decisive }
    }

    /// The row that gives a record's value of the column.
    pub(crate) fn row(&self, column: &Column, number: usize, record: &Record) -> usize {
        let Record::Many(members) = record else { return record.first() };
        if self.rows.table.name == deployments::TABLE.name {
            const OUTCOME: [&str; 6] = ["result", "original_result", "environment", "environment_raw", "state", "original_state"];
            if OUTCOME.contains(&column.name)
                && let Some(row) = self.decisive[number]
            {
                return row as usize;
            }
            let at = |row: &&u32| self.rows.int(column, **row as usize);
            let extreme = match column.name {
                "finished_at" => members.iter().filter(|row| at(row).is_some()).max_by_key(at),
                "started_at" | "created_at" | "queued_at" => members.iter().filter(|row| at(row).is_some()).min_by_key(at),
                _ => None,
            };
            if let Some(row) = extreme {
                return *row as usize;
            }
        }
        members.iter().map(|row| *row as usize).find(|row| !self.rows.is_null(column, *row)).unwrap_or(record.first())
    }
}

/// The row whose outcome is that of the deployment: the last success in production, else the last row.
fn decisive(rows: &Rows, members: &[u32]) -> Option<u32> {
    let text = |column: &Column, row: u32| rows.text(column, row as usize);
    let live =
        |row: &&u32| text(&deployments::RESULT, **row) == Some(SUCCESS) && text(&deployments::ENVIRONMENT, **row) == Some(PRODUCTION);
    let finished = |row: &&u32| rows.int(&deployments::FINISHED_AT, **row as usize);
    members.iter().filter(live).max_by_key(finished).or(members.last()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        /// The shortcut through eight bytes never changes the order.
        #[test]
        fn ids_are_sorted_as_texts(ids in proptest::collection::vec("(ab){0,5}[a-c\0]{0,3}", 0..40)) {
            let order = sorted(ids.len(), |row| ids[row as usize].as_str());
            let mut expected: Vec<u32> = (0..ids.len() as u32).collect();
            expected.sort_by_key(|row| (ids[*row as usize].clone(), *row));
            proptest::prop_assert_eq!(order, expected);
        }
    }
}
