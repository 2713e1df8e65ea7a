//! Problem records: what they are called, where and what they are about, and since when they are fixed.

use std::collections::{BTreeSet, HashMap};

use polars::prelude::*;
use sequela_schema::canonical::{changes, problems};
use sequela_schema::{Column, Frames, Values};

use super::words;

/// A problem record.
#[derive(Clone, Debug, Default)]
pub(crate) struct Problem {
    pub(crate) id: String,
    pub(crate) service: Option<String>,
    pub(crate) item: Option<String>,
    pub(crate) team: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) words: Vec<String>,
    pub(crate) created_at: Option<i64>,
    /// End of the change that fixes it, else its resolution, else its closing.
    pub(crate) fixed_at: Option<i64>,
}

/// All problem records, and their numbers by any name that incidents may have for them.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    pub(crate) all: Vec<Problem>,
    by_name: HashMap<String, usize>,
}

impl Problems {
    pub(crate) fn read(frames: &Frames) -> PolarsResult<Self> {
        let frame = frames.get(&problems::TABLE);
        let ends = change_ends(frames)?;
        let text = |column: &Column| Ok::<_, PolarsError>(owned(frame.texts(column)?));
        let (ids, numbers, titles) = (text(&problems::PROBLEM_ID)?, text(&problems::NUMBER)?, text(&problems::TITLE)?);
        let (services, items) = (text(&problems::SERVICE_ID)?, text(&problems::CI_NAME_RAW)?);
        let (teams, fixes) = (text(&problems::TEAM_ID)?, text(&problems::FIX_CHANGE_ID)?);
        let (created, resolved) = (frame.instants(&problems::CREATED_AT)?, frame.instants(&problems::RESOLVED_AT)?);
        let closed = frame.instants(&problems::CLOSED_AT)?;
        let mut found = Self::default();
        for row in 0..frame.height() {
            let Some(id) = ids[row].clone() else { continue };
            let fixed_at = fixes[row].as_ref().and_then(|change| ends.get(change).copied());
            found.name(&id);
            found.name(numbers[row].as_deref().unwrap_or(&id));
            found.all.push(Problem {
                words: problem_words(titles[row].as_deref(), [services[row].as_deref(), items[row].as_deref(), teams[row].as_deref()]),
                service: services[row].clone(),
                item: items[row].clone(),
                team: teams[row].clone(),
                title: titles[row].clone(),
                created_at: created.get(row),
                fixed_at: fixed_at.or(resolved.get(row)).or(closed.get(row)),
                id,
            });
        }
        Ok(found)
    }

    /// Remembers a name of the record that is read next; the first record that has a name keeps it.
    fn name(&mut self, name: &str) {
        let next = self.all.len();
        self.by_name.entry(name.to_owned()).or_insert(next);
    }

    /// The number of the record with that name, which is made where no export has it: an incident that names it knows it.
    pub(crate) fn named(&mut self, name: &str) -> usize {
        if let Some(number) = self.by_name.get(name) {
            return *number;
        }
        self.name(name);
        self.all.push(Problem { id: name.to_owned(), ..Problem::default() });
        self.all.len() - 1
    }
}

fn problem_words(title: Option<&str>, names: [Option<&str>; 3]) -> Vec<String> {
    let mut known = BTreeSet::new();
    names.into_iter().flatten().for_each(|name| words::names(name, &mut known));
    title.map_or_else(Vec::new, |title| words::words(title, &known))
}

/// When changes ended, by identifier and by number.
fn change_ends(frames: &Frames) -> PolarsResult<HashMap<String, i64>> {
    let frame = frames.get(&changes::TABLE);
    let (ids, numbers) = (owned(frame.texts(&changes::CHANGE_ID)?), owned(frame.texts(&changes::NUMBER)?));
    let ends = frame.instants(&changes::ACTUAL_END_AT)?;
    let mut known = HashMap::new();
    for row in 0..frame.height() {
        let names = [&ids[row], &numbers[row]].into_iter().flatten();
        known.extend(names.filter_map(|name| Some((name.clone(), ends.get(row)?))));
    }
    Ok(known)
}

fn owned(column: &StringChunked) -> Vec<Option<String>> {
    column.iter().map(|text| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)).collect()
}
