//! Everything read so far: mapped rows by table, and what is known about each file.

use std::collections::BTreeMap;

use sequela_schema::Table;

use crate::adapters;
use crate::content::{Content, hex};
use crate::draft::Draft;
use crate::issue::{Issues, Place, code};
use crate::plan::Field;
use crate::rows::Rows;
use crate::rules;
use crate::timestamp::Quality;

/// How the rows of one record in a file are ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Ordering {
    /// Not at all: rows of one record complete each other.
    #[default]
    None,
    /// By the time of writing, where rows have one.
    Updated,
    /// By the column that the source names.
    Explicit,
}

/// What `ingest_files` says about a file.
#[derive(Debug, Default)]
pub(crate) struct FileReport {
    /// Place among all files of the sources.
    pub(crate) place: usize,
    pub(crate) path: String,
    pub(crate) sha256: String,
    pub(crate) adapter: &'static str,
    pub(crate) table: Option<&'static str>,
    pub(crate) format: Option<&'static str>,
    pub(crate) compression: &'static str,
    pub(crate) encoding: Option<&'static str>,
    pub(crate) delimiter: Option<u8>,
    pub(crate) zone: Option<String>,
    pub(crate) zone_basis: Option<&'static str>,
    pub(crate) quality: Option<Quality>,
    /// Largest possible clock error in seconds.
    pub(crate) uncertainty: f64,
    pub(crate) read: u64,
    pub(crate) rejected: u64,
    pub(crate) folded: u64,
    pub(crate) first: Option<i64>,
    pub(crate) last: Option<i64>,
    pub(crate) truncation: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) ordering: Ordering,
    /// Their name of the column that identifies a record.
    pub(crate) id_header: Option<String>,
    pub(crate) issues: Issues,
}

impl FileReport {
    pub(crate) fn of(content: &Content, adapter: &'static str) -> Self {
        Self {
            path: content.name.clone(),
            sha256: content.sha256.clone(),
            adapter,
            compression: content.compression,
            encoding: content.encoding,
            ..Self::default()
        }
    }

    /// Lets the time of a row count in the range of the file.
    pub(crate) fn note_time(&mut self, at: Option<i64>) {
        if let Some(at) = at {
            self.first = Some(self.first.map_or(at, |first| first.min(at)));
            self.last = Some(self.last.map_or(at, |last| last.max(at)));
        }
    }

    /// Says that the file looks cut off, and how to export the rest from its system.
    pub(crate) fn suspect_truncation(&mut self, reason: String) {
        let rest = adapters::named(self.adapter).map_or(adapters::REST, |adapter| adapter.rest());
        self.issues.note(code::TRUNCATION, Place::FILE, format_args!("{reason}; {rest}"));
        self.truncation.get_or_insert(reason);
    }

    /// Which zone local times were placed in.
    pub(crate) fn note_zones(&mut self, fields: &[Field]) {
        let used: Vec<_> = fields.iter().filter(|field| field.clock.as_ref().is_some_and(|clock| clock.zone_used)).collect();
        let mut zones: Vec<&str> = used.iter().filter_map(|field| field.clock.as_ref()).map(|clock| clock.zone.tz.name()).collect();
        zones.sort_unstable();
        zones.dedup();
        self.zone = (!zones.is_empty()).then(|| zones.join(", "));
        self.zone_basis = Some(used.first().map_or("not needed", |field| field.zone_basis));
    }
}

/// All rows and files.
#[derive(Debug, Default)]
pub(crate) struct Intake {
    pub(crate) tables: BTreeMap<&'static str, Rows>,
    pub(crate) files: Vec<FileReport>,
    /// Place of the file that is read now among all files of the sources.
    pub(crate) place: usize,
}

impl Intake {
    /// Begins a file; its number is given to every row of it.
    pub(crate) fn begin(&mut self, report: FileReport) -> u32 {
        self.files.push(FileReport { place: self.place, ..report });
        u32::try_from(self.files.len() - 1).unwrap_or(u32::MAX)
    }

    /// Numbers the files in the order of the sources, in whatever order they were read: the last one that tells of a record counts.
    pub(crate) fn settle(&mut self) {
        let mut order: Vec<usize> = (0..self.files.len()).collect();
        order.sort_by_key(|number| self.files[*number].place);
        let mut numbers = vec![0; order.len()];
        for (new, old) in (0..).zip(&order) {
            numbers[*old] = new;
        }
        self.files.sort_by_key(|file| file.place);
        for rows in self.tables.values_mut() {
            rows.file.iter_mut().for_each(|file| *file = numbers.get(*file as usize).copied().unwrap_or(*file));
        }
    }

    pub(crate) fn file(&mut self, number: u32) -> &mut FileReport {
        &mut self.files[number as usize]
    }

    pub(crate) fn rows(&mut self, table: &'static Table) -> &mut Rows {
        self.tables.entry(table.name).or_insert_with(|| Rows::new(table))
    }

    /// Appends a row, noting where it comes from unless it says so itself.
    pub(crate) fn push(&mut self, draft: &mut Draft, file: u32, row: u64, source: &str, instance: Option<&str>) {
        stamp(draft, &self.files[file as usize].path, row, source, instance);
        let at = rules::event_time(draft);
        let (quality, uncertainty) = (draft.quality, draft.uncertainty);
        let report = self.file(file);
        report.note_time(at);
        report.quality = report.quality.max(quality);
        report.uncertainty = report.uncertainty.max(uncertainty);
        self.rows(draft.table).push(draft, file);
    }
}

/// Fills the columns that say where a row comes from. An earlier run's own output already says so.
fn stamp(draft: &mut Draft, path: &str, row: u64, source: &str, instance: Option<&str>) {
    let Some([source_column, instance_column, file_column, row_column, hash_column]) = draft.landmarks.provenance else { return };
    if draft.is_null(source_column) {
        draft.set_text(source_column, source);
        draft.set_text_opt(instance_column, instance);
    }
    if draft.is_null(file_column) {
        draft.set_text(file_column, path);
    }
    if draft.is_null(row_column) {
        draft.set_int(row_column, i64::try_from(row).unwrap_or(i64::MAX));
    }
    match draft.text(hash_column).and_then(|text| u64::from_str_radix(text, 16).ok()) {
        Some(hash) => draft.hash = hash,
        None => {
            let hash = hex(&draft.hash.to_be_bytes());
            draft.set_text(hash_column, &hash);
        }
    }
}
