//! Commits as the log tells them. Names and addresses of authors are never kept.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::rc::Rc;

use crate::paths::{self, Rule};
use crate::timestamp::SECOND;

/// 1990: what lies before it is no time of a commit.
const FIRST_SECOND: i64 = 631_152_000;

/// The line that begins a commit.
pub(super) struct Header<'l> {
    sha: &'l str,
    parents: &'l str,
    committed: i64,
    written: i64,
    subject: &'l str,
}

impl<'l> Header<'l> {
    /// Commit, parents, time of committing and of writing, address of the author, subject.
    pub(super) fn of(line: &'l str) -> Option<Self> {
        let mut fields = line.splitn(6, '\t');
        let mut next = || fields.next();
        let (sha, parents, committed, written) = (next()?.trim(), next()?, next()?, next()?);
        next()?;
        let committed: i64 = committed.trim().parse().ok().filter(|at| is_plausible(*at))?;
        // A clock that was wrong when a commit was written must not make it later than its commit.
        let written = written.trim().parse().ok().filter(|at| is_plausible(*at)).map_or(committed, |at: i64| at.min(committed));
        is_sha(sha, 40).then_some(Self { sha, parents, committed, written, subject: next().unwrap_or("").trim() })
    }
}

fn is_plausible(second: i64) -> bool {
    (FIRST_SECOND..=4_133_980_800).contains(&second)
}

/// Whether a text is the name of a commit of at least so many digits.
pub(super) fn is_sha(text: &str, least: usize) -> bool {
    (least..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// One line of `--numstat`; a binary file has no lines.
pub(super) struct Stat<'l> {
    added: u64,
    deleted: u64,
    path: &'l str,
}

pub(super) fn numstat(line: &str) -> Option<Stat<'_>> {
    let mut fields = line.splitn(3, '\t');
    let mut count = || match fields.next()? {
        "-" => Some(0),
        text => text.parse::<u64>().ok(),
    };
    let (added, deleted) = (count()?, count()?);
    let path = fields.next().map(str::trim_end).filter(|path| !path.is_empty())?;
    Some(Stat { added, deleted, path })
}

/// Size of a change: files, each once, by the hash of their path, and lines.
#[derive(Clone, Debug, Default)]
pub(super) struct Size {
    pub(super) files: BTreeSet<u64>,
    pub(super) added: u64,
    pub(super) deleted: u64,
}

impl Size {
    pub(super) fn add(&mut self, stat: &Stat<'_>) {
        self.files.insert(hash(&renamed(stat.path)));
        self.added += stat.added;
        self.deleted += stat.deleted;
    }
}

/// The path after a renaming: `{old => new}/file` or `old => new`.
fn renamed(path: &str) -> String {
    let Some((before, after)) = path.split_once(" => ") else { return path.to_owned() };
    let parts = before.rsplit_once('{').zip(after.split_once('}'));
    match parts {
        Some(((start, _), (new, end))) => format!("{start}{new}{end}").replace("//", "/"),
        None => after.to_owned(),
    }
}

/// What a commit takes back.
#[derive(Clone, Debug)]
pub(super) enum Undone {
    /// A commit by name.
    Commit(String),
    /// The commit with this subject, as a hash.
    Subject(u64),
}

/// One commit.
#[derive(Debug)]
pub(super) struct Commit {
    pub(super) sha: Rc<str>,
    pub(super) parents: Vec<Box<str>>,
    /// When it was committed, and when its content was written, in microseconds.
    pub(super) at: i64,
    pub(super) written: i64,
    /// Hash of the subject.
    subject: u64,
    pub(super) undone: Option<Undone>,
    /// Hashes of the paths that it changes.
    pub(super) files: Vec<u64>,
    /// Numbers of the folders of the settings that it changes files of.
    pub(super) folders: Vec<usize>,
    pub(super) added: u64,
    pub(super) deleted: u64,
    pub(super) repository: Option<Rc<str>>,
}

/// All commits of all logs; their names are unique across repositories.
#[derive(Debug, Default)]
pub(super) struct History {
    commits: Vec<Commit>,
    numbers: BTreeMap<Rc<str>, u32>,
    repositories: BTreeSet<Rc<str>>,
}

impl History {
    pub(super) fn is_empty(&self) -> bool {
        self.commits.is_empty()
    }

    pub(super) fn commits(&self) -> &[Commit] {
        &self.commits
    }

    pub(super) fn commit(&self, number: u32) -> &Commit {
        &self.commits[number as usize]
    }

    /// Takes a commit; none where it is known already, as overlapping logs and `-m` repeat commits.
    pub(super) fn add(&mut self, header: &Header<'_>, repository: Option<&str>) -> Option<u32> {
        let sha: Rc<str> = header.sha.to_lowercase().into();
        let number = u32::try_from(self.commits.len()).ok().filter(|_| !self.numbers.contains_key(&sha))?;
        let repository = repository.map(|name| self.repository(name));
        self.numbers.insert(Rc::clone(&sha), number);
        self.commits.push(Commit {
            sha,
            parents: header.parents.split_whitespace().map(|parent| parent.to_lowercase().into()).collect(),
            at: header.committed * SECOND,
            written: header.written * SECOND,
            subject: hash(plain(header.subject)),
            undone: undone(header.subject),
            files: Vec::new(),
            folders: Vec::new(),
            added: 0,
            deleted: 0,
            repository,
        });
        Some(number)
    }

    /// The name of a repository, kept once.
    fn repository(&mut self, name: &str) -> Rc<str> {
        match self.repositories.get(name) {
            Some(known) => Rc::clone(known),
            None => {
                let name: Rc<str> = name.into();
                self.repositories.insert(Rc::clone(&name));
                name
            }
        }
    }

    /// Adds a changed file to a commit.
    pub(super) fn count(&mut self, commit: u32, stat: &Stat<'_>, folders: &[Rule]) {
        let commit = &mut self.commits[commit as usize];
        let path = renamed(stat.path);
        for folder in paths::touched(folders, &path) {
            if !commit.folders.contains(&folder) {
                commit.folders.push(folder);
            }
        }
        commit.files.push(hash(&path));
        commit.added += stat.added;
        commit.deleted += stat.deleted;
    }

    /// Reads a line of the body, which some add to the documented command.
    pub(super) fn read_body(&mut self, commit: u32, line: &str) {
        let commit = &mut self.commits[commit as usize];
        let named = line
            .split_once("This reverts commit ")
            .map(|(_, rest)| rest.chars().take_while(char::is_ascii_hexdigit).collect::<String>().to_lowercase());
        if let (Some(sha), Some(_)) = (named.filter(|sha| is_sha(sha, 7)), &commit.undone) {
            commit.undone = Some(Undone::Commit(sha));
        }
    }

    /// The commit of that name, or of that beginning of a name if only one begins so, in the repository where several do.
    pub(super) fn find(&self, sha: &str, repository: Option<&str>) -> Option<u32> {
        let sha = sha.trim().to_lowercase();
        if !is_sha(&sha, 7) {
            return None;
        }
        let found: Vec<u32> = self
            .numbers
            .range::<str, _>((Bound::Included(sha.as_str()), Bound::Unbounded))
            .take_while(|(name, _)| name.starts_with(&sha))
            .map(|(_, number)| *number)
            .collect();
        let within = |number: &u32| repository.is_some() && self.commit(*number).repository.as_deref() == repository;
        match found.as_slice() {
            [one] => Some(*one),
            several => {
                let mut near = several.iter().filter(|number| within(number));
                near.next().copied().filter(|_| near.next().is_none())
            }
        }
    }

    /// The commit that another one takes back: the last one before it with that subject, or the one that it names.
    pub(super) fn taken_back(&self, number: u32, subjects: &BTreeMap<u64, Vec<u32>>) -> Option<u32> {
        let commit = self.commit(number);
        match commit.undone.as_ref()? {
            Undone::Commit(sha) => self.find(sha, commit.repository.as_deref()),
            Undone::Subject(subject) => {
                let before = subjects.get(subject)?.iter().filter(|other| **other != number && self.commit(**other).at <= commit.at);
                before.max_by_key(|other| self.commit(**other).at).copied()
            }
        }
    }

    /// Commits by the hash of their subject, of those subjects that a commit takes back.
    pub(super) fn subjects(&self) -> BTreeMap<u64, Vec<u32>> {
        let mut subjects: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
        for commit in &self.commits {
            if let Some(Undone::Subject(subject)) = commit.undone {
                subjects.insert(subject, Vec::new());
            }
        }
        for (commit, number) in self.commits.iter().zip(0..) {
            if let Some(same) = subjects.get_mut(&commit.subject) {
                same.push(number);
            }
        }
        subjects
    }
}

/// The subject without the number of a merged request behind it.
fn plain(subject: &str) -> &str {
    let (before, behind) = subject.trim().rsplit_once(" (#").unwrap_or((subject.trim(), ""));
    let is_number = behind.strip_suffix(')').is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    if is_number { before } else { subject.trim() }
}

/// What a subject like `Revert "…"` takes back. Taking back a commit that takes back puts the first one in again.
fn undone(subject: &str) -> Option<Undone> {
    let inner = plain(subject).strip_prefix("Revert \"")?.strip_suffix('"')?;
    (!inner.starts_with("Revert \"")).then(|| Undone::Subject(hash(plain(inner))))
}

/// FNV-1a, the same on every machine.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_numstat() {
        let stat = numstat("12\t3\tsrc/{old => new}/a.rs").unwrap();
        assert_eq!((stat.added, stat.deleted, renamed(stat.path).as_str()), (12, 3, "src/new/a.rs"));
        assert_eq!(numstat("-\t-\tlogo.png").map(|stat| stat.added), Some(0));
        assert_eq!(renamed("src/{ => lib}/a.rs"), "src/lib/a.rs");
        assert_eq!(renamed("src/{lib => }/a.rs"), "src/a.rs");
        assert_eq!(renamed("a.rs => b.rs"), "b.rs");
        assert!(numstat("a\tb\tc").is_none() && numstat("1\t2\t").is_none() && numstat("1\t2").is_none());
    }

    #[test]
    fn subjects_that_take_back() {
        let of = |subject: &str| match undone(subject) {
            Some(Undone::Subject(subject)) => Some(subject),
            _ => None,
        };
        assert_eq!(of("Revert \"Add pay (#12)\" (#13)"), Some(hash("Add pay")));
        assert_eq!(of("Revert \"Revert \"Add pay\"\""), None);
        assert_eq!(of("Revert the idea"), None);
        assert_eq!(plain("Add pay (#12)"), "Add pay");
    }
}
