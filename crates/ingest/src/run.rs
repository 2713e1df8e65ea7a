//! Reads all sources: finds their files, chooses who reads each, and builds the tables when all is read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sequela_schema::canonical::service_aliases;
use sequela_schema::{Frames, Table};

use crate::adapters::{self, Adapter, Session, Task};
use crate::content::Content;
use crate::draft::Draft;
use crate::error::closest;
use crate::fields::READABLE;
use crate::intake::{FileReport, Intake};
use crate::issue::{Place, code};
use crate::observer::Observer;
use crate::plan::listed;
use crate::source::{Alias, Options, Source};
use crate::timestamp::zone::Zone;
use crate::{IngestError, frame, recognise, records, table};

/// The kind of mapped tables.
pub(crate) const TABLE: &str = "table";
const AUTO: &str = "auto";

/// Reads every source into the canonical tables, `ingest_files` and `ingest_issues` included.
///
/// Bad rows do not fail: they are put aside, counted in `ingest_files` and listed in `ingest_issues`. Rows are sorted by the key of
/// their table, so that the result does not depend on the order of rows or on threads.
///
/// # Errors
/// When nothing sensible can be done with a source: no file matches, it is no data, its compression ends in the middle, a zone, kind,
/// table or column is unknown, a mapped or required column is missing. All sources are tried; [`IngestError::each`] lists what failed.
pub fn read(sources: &[Source], options: &Options, observer: &dyn Observer) -> Result<Frames, IngestError> {
    let mut errors = Vec::new();
    let mut files = Vec::new();
    for source in sources {
        match check(source).and_then(|()| find(source, options)) {
            Ok(found) => files.extend(found.into_iter().map(|file| (source, file))),
            Err(error) => errors.push(error),
        }
    }
    observer.start(files.len(), files.iter().map(|(_, file)| file.bytes).sum());
    let mut run = Run { options, observer, intake: Intake::default(), sessions: BTreeMap::new() };
    let mut late = Vec::new();
    for (place, (source, file)) in files.iter().enumerate() {
        match run.file(source, file, place, files.len() > 1) {
            Ok(Read::Done) => {}
            Ok(Read::Later) => late.push((place, source, file)),
            Err(error) => errors.push(error),
        }
    }
    for (place, source, file) in late {
        if let Err(error) = run.file(source, file, place, false) {
            errors.push(error);
        }
    }
    IngestError::collect(errors)?;
    observer.folding();
    let mut intake = run.intake;
    let mut sessions: Vec<_> = run.sessions.into_values().collect();
    sessions.iter_mut().for_each(|session| session.finish(&mut intake));
    sessions.iter_mut().for_each(|session| session.complete(&mut intake));
    intake.settle();
    declare_aliases(&options.aliases, &mut intake);
    let frames = frame::build(intake)?;
    observer.done();
    Ok(frames)
}

/// Writes the aliases of the settings.
fn declare_aliases(aliases: &[Alias], intake: &mut Intake) {
    let mut draft = Draft::new(&service_aliases::TABLE);
    for alias in aliases.iter().filter(|alias| alias.path.is_none()) {
        for service in &alias.services {
            draft.clear();
            draft.set_text(&service_aliases::ALIAS, &alias.name);
            draft.set_text(&service_aliases::ALIAS_KIND, "name");
            draft.set_text(&service_aliases::SERVICE_ID, service);
            draft.set_text(&service_aliases::BASIS, "settings");
            intake.rows(&service_aliases::TABLE).push(&draft, 0);
        }
    }
}

/// Checks what can be known without a file.
fn check(source: &Source) -> Result<(), IngestError> {
    if source.sheet.is_some() {
        let reason = "workbooks cannot be read yet, so `sheet` has no meaning; save the sheet as CSV".to_owned();
        return Err(IngestError::Setting { path: source.path.clone(), reason });
    }
    if let Some(zone) = &source.timezone {
        Zone::named(zone, || format!("source {}", source.path))?;
    }
    if source.kind == TABLE {
        table_of(source)?;
    } else if source.kind != AUTO && adapters::named(&source.kind).is_none() {
        let known: Vec<&str> = [AUTO, TABLE].into_iter().chain(adapters::ALL.iter().map(|adapter| adapter.name())).collect();
        return Err(IngestError::UnknownKind { path: source.path.clone(), kind: source.kind.clone(), known: known.join(", ") });
    }
    Ok(())
}

/// The table that a source of kind `table` fills.
fn table_of(source: &Source) -> Result<&'static Table, IngestError> {
    let Some(name) = &source.table else {
        let reason = "kind = \"table\" needs `table`, such as \"deployments\" or \"incidents\"".to_owned();
        return Err(IngestError::Setting { path: source.path.clone(), reason });
    };
    READABLE.into_iter().find(|table| table.name == name).ok_or_else(|| IngestError::UnknownTable {
        path: source.path.clone(),
        table: name.clone(),
        closest: closest(name, READABLE.iter().map(|table| table.name)),
        known: READABLE.map(|table| table.name).join(", "),
    })
}

/// A file of a source.
struct Found {
    path: PathBuf,
    name: String,
    bytes: u64,
    /// The source names a pattern, not this very file.
    by_pattern: bool,
}

/// The files of a source, in the order of their paths.
fn find(source: &Source, options: &Options) -> Result<Vec<Found>, IngestError> {
    let by_pattern = source.path.contains(['*', '?', '[']);
    let literal = options.base.join(&source.path);
    let paths: Vec<PathBuf> = if literal.exists() || !by_pattern { vec![literal] } else { expand(source, options)? };
    let files = paths.into_iter().filter(|path| !by_pattern || path.is_file());
    let mut found: Vec<Found> = files
        .filter_map(|path| {
            let bytes = std::fs::metadata(&path).ok()?.len();
            Some(Found { name: relative(&path, &options.base), path, bytes, by_pattern })
        })
        .collect();
    found.sort_by(|left, right| left.name.cmp(&right.name));
    if found.is_empty() { Err(IngestError::NoMatch { path: source.path.clone() }) } else { Ok(found) }
}

fn expand(source: &Source, options: &Options) -> Result<Vec<PathBuf>, IngestError> {
    let base = glob::Pattern::escape(&options.base.to_string_lossy());
    let pattern = if Path::new(&source.path).is_absolute() { source.path.clone() } else { format!("{base}/{}", source.path) };
    let paths = glob::glob(&pattern).map_err(|error| IngestError::Pattern { path: source.path.clone(), reason: error.to_string() })?;
    paths.collect::<Result<_, _>>().map_err(|error| IngestError::Io { file: source.path.clone(), reason: error.to_string() })
}

/// The path as reports show it: relative to the configuration, with `/`.
fn relative(path: &Path, base: &Path) -> String {
    let shown = path.strip_prefix(base).unwrap_or(path).to_string_lossy().replace('\\', "/");
    shown.strip_prefix("./").unwrap_or(&shown).to_owned()
}

struct Run<'a> {
    options: &'a Options,
    observer: &'a dyn Observer,
    intake: Intake,
    /// By name of the adapter.
    sessions: BTreeMap<&'static str, Box<dyn Session>>,
}

/// Whether a file was read.
enum Read {
    Done,
    /// Its times have no offset and no zone: it waits for files that may tell its zone.
    Later,
}

impl Run<'_> {
    fn file(&mut self, source: &Source, file: &Found, place: usize, may_wait: bool) -> Result<Read, IngestError> {
        let content = Content::load(&file.path, &file.name)?;
        if may_wait && source.timezone.is_none() && recognise::is_local(&adapters::sample(&content), &source.kind) {
            return Ok(Read::Later);
        }
        self.observer.file(&file.name, file.bytes);
        self.intake.place = place;
        self.read(&content, source, file).map(|()| Read::Done)
    }

    fn read(&mut self, content: &Content, source: &Source, file: &Found) -> Result<(), IngestError> {
        if source.kind == TABLE {
            return self.table(content, source, table_of(source)?);
        }
        if let Some(adapter) = adapters::named(&source.kind) {
            return self.native(adapter, content, source);
        }
        if source.table.is_some() {
            return self.table(content, source, table_of(source)?);
        }
        let sample = adapters::sample(content);
        if let Some((adapter, _)) = adapters::surest(&sample) {
            return self.native(adapter, content, source);
        }
        match recognise::ready_table(&sample.headers) {
            Some(table) => self.table(content, source, table),
            None if file.by_pattern => {
                self.leave(content, &sample.headers);
                Ok(())
            }
            None => Err(IngestError::Unrecognised { file: content.name.clone(), found: listed(&sample.headers) }),
        }
    }

    fn table(&mut self, content: &Content, source: &Source, table: &'static Table) -> Result<(), IngestError> {
        let mut records = records::open(content, source.delimiter)?;
        let job = table::Job { table, source, options: self.options, adapter: TABLE, observer: self.observer, native: None };
        table::read(content, records.as_mut(), &job, &mut self.intake)
    }

    fn native(&mut self, adapter: &'static dyn Adapter, content: &Content, source: &Source) -> Result<(), IngestError> {
        let session = self.sessions.entry(adapter.name()).or_insert_with(|| adapter.session());
        let task = Task { source, options: self.options, observer: self.observer };
        session.read(content, &task, &mut self.intake)
    }

    /// A file that a pattern happens to match and nobody knows is named and left alone.
    fn leave(&mut self, content: &Content, headers: &[String]) {
        let mut report = FileReport::of(content, "none");
        let found = listed(headers);
        let place = Place { row: 0, column: None, found: Some(&found) };
        report.issues.note(code::UNRECOGNISED, place, format_args!("no known export; nothing was read, set kind and map if it should be"));
        report.reason = Some("not recognised, nothing was read".to_owned());
        self.observer.progress(content.bytes);
        self.intake.begin(report);
    }
}
