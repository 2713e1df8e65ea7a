//! Change logs as they were exported: one row per change with the services that it touches, and pairs of revert and reverted change.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result};
use chrono::{DateTime, Datelike};
use csv::StringRecord;

/// Where a log stands below the folder of logs, and the column that says when a change went live.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// Folder.
    pub folder: &'static str,
    /// Column of `changes.csv`.
    pub landed: &'static str,
}

/// The logs of the experiment.
pub const SOURCES: [Source; 2] =
    [Source { folder: "jenkins-infra", landed: "committed_at" }, Source { folder: "deployment-charts", landed: "landed_at" }];

/// Kinds of changes: people's, reverts, and those of bots.
pub(super) const KINDS: usize = 3;
/// Kind of a revert.
pub(super) const REVERT: u32 = 1;
const BOT: u32 = 2;
const DAY: i64 = 86_400_000_000;

/// A log with dense numbers; instants are microseconds since a Monday midnight before the first change.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// When each change went live.
    pub at: Vec<i64>,
    /// Kind of each change.
    pub kinds: Vec<u32>,
    /// Services that each change touches.
    pub services: Vec<Vec<u32>>,
    /// Number of services.
    pub count: usize,
    /// Reverts that share a service with what they take back.
    pub reverts: Vec<Revert>,
}

/// A revert, as the incident that it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revert {
    /// When.
    pub at: i64,
    /// The first of the services that both changes touch.
    pub service: u32,
    /// The reverted change; of several the newest.
    pub culprit: u32,
}

/// Reads `changes.csv` and `reverts.csv` of a log.
pub fn read(folder: &Path, source: &Source) -> Result<Log> {
    let folder = folder.join(source.folder);
    let changes = Rows::read(&folder.join("changes.csv"))?;
    let (mut log, mut numbers, mut places) = (Log::default(), HashMap::new(), HashMap::new());
    for row in &changes.rows {
        places.insert(changes.cell(row, "sha")?.to_owned(), log.at.len());
        log.at.push(instant(changes.cell(row, source.landed)?).with_context(|| changes.place(row))?);
        log.kinds.push(kind(&changes, row)?);
        let services = changes.cell(row, "services")?.split('|').filter(|name| !name.is_empty());
        log.services.push(services.map(|name| number(&mut numbers, name)).collect());
    }
    log.count = numbers.len();
    let reverts = Rows::read(&folder.join("reverts.csv"))?;
    for row in &reverts.rows {
        let place = |column| -> Result<Option<&usize>> { Ok(places.get(reverts.cell(row, column)?)) };
        let (Some(revert), Some(culprit)) = (place("revert_sha")?, place("reverted_sha")?) else { continue };
        let shared = reverts.cell(row, "shared_services")?.split('|').find_map(|name| numbers.get(name));
        if let Some(service) = shared.filter(|_| log.at[*culprit] < log.at[*revert]) {
            log.reverts.push(Revert { at: log.at[*revert], service: *service, culprit: *culprit as u32 });
        }
    }
    log.start_on_monday();
    log.keep_newest_culprits();
    Ok(log)
}

impl Log {
    /// Hours from the origin to the last change.
    pub fn span(&self) -> f64 {
        self.at.iter().max().map_or(0.0, |last| (last + 1) as f64 / 3.6e9)
    }

    fn start_on_monday(&mut self) {
        let first = self.at.iter().min().copied().unwrap_or(0);
        let weekday = DateTime::from_timestamp_micros(first).map_or(0, |at| at.weekday().num_days_from_monday());
        let origin = first.div_euclid(DAY) * DAY - i64::from(weekday) * DAY;
        self.at.iter_mut().for_each(|at| *at -= origin);
        self.reverts.iter_mut().for_each(|revert| revert.at -= origin);
    }

    /// A commit that takes several changes back is one incident on each service.
    fn keep_newest_culprits(&mut self) {
        let at = &self.at;
        self.reverts.sort_by_key(|revert| (revert.at, revert.service, -at[revert.culprit as usize]));
        self.reverts.dedup_by_key(|revert| (revert.at, revert.service));
    }
}

fn kind(changes: &Rows, row: &StringRecord) -> Result<u32> {
    let is = |column: &str| changes.find(column).is_some_and(|place| &row[place] == "1");
    changes.cell(row, "is_revert")?;
    Ok(if is("is_revert") { REVERT } else { u32::from(is("bot")) * BOT })
}

fn number(numbers: &mut HashMap<String, u32>, name: &str) -> u32 {
    let next = numbers.len() as u32;
    *numbers.entry(name.to_owned()).or_insert(next)
}

fn instant(text: &str) -> Result<i64> {
    Ok(DateTime::parse_from_rfc3339(text).with_context(|| format!("{text:?} is no time"))?.timestamp_micros())
}

/// A file of rows under named columns.
struct Rows {
    name: String,
    header: StringRecord,
    rows: Vec<StringRecord>,
}

impl Rows {
    fn read(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let mut reader = csv::Reader::from_path(path).with_context(|| format!("cannot read {name}"))?;
        let header = reader.headers().with_context(|| format!("cannot read {name}"))?.clone();
        let rows = reader.records().collect::<Result<_, _>>().with_context(|| format!("cannot read {name}"))?;
        Ok(Self { name, header, rows })
    }

    fn find(&self, column: &str) -> Option<usize> {
        self.header.iter().position(|name| name == column)
    }

    fn cell<'r>(&self, row: &'r StringRecord, column: &str) -> Result<&'r str> {
        self.find(column).map(|place| &row[place]).with_context(|| format!("{} has no column {column:?}", self.name))
    }

    fn place(&self, row: &StringRecord) -> String {
        format!("{}, line {}", self.name, row.position().map_or(0, csv::Position::line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: Source = Source { folder: "log", landed: "landed" };

    fn folder(name: &str, changes: &str, reverts: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("sequela-experiments-{}-{name}", std::process::id()));
        std::fs::create_dir_all(folder.join("log")).unwrap();
        std::fs::write(folder.join("log/changes.csv"), changes).unwrap();
        std::fs::write(folder.join("log/reverts.csv"), reverts).unwrap();
        folder
    }

    /// Worked by hand. 2024-01-03 is a Wednesday: the origin is Monday the first. The second revert takes back nothing that is known.
    #[test]
    fn a_revert_is_an_incident_of_its_first_shared_service() {
        let changes = "sha,landed,is_revert,bot,services\na,2024-01-03T00:00:00Z,0,0,x|y\nb,2024-01-03T02:00:00+01:00,0,1,y\n\
                       c,2024-01-03T03:00:00Z,1,0,y|x\n";
        let reverts = "revert_sha,reverted_sha,shared_services\nc,a,y|x\nc,b,y\nc,z,y\n";
        let folder = folder("reverts", changes, reverts);
        let log = read(&folder, &SOURCE).unwrap();
        let hour = 3_600_000_000;
        assert_eq!(log.at, [48 * hour, 49 * hour, 51 * hour]);
        assert_eq!((log.kinds, log.services, log.count), (vec![0, BOT, REVERT], vec![vec![0, 1], vec![1], vec![1, 0]], 2));
        assert_eq!(log.reverts, [Revert { at: 51 * hour, service: 1, culprit: 1 }]);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_bad_file_is_named_with_its_line() {
        let folder = folder("bad", "sha,landed,is_revert,services\na,yesterday,0,x\n", "revert_sha\n");
        let message = format!("{:#}", read(&folder, &SOURCE).unwrap_err());
        assert!(message.contains("changes.csv, line 2") && message.contains("\"yesterday\" is no time"), "{message}");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
