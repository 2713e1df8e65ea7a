//! git: the log of a repository, its tags, and sizes of differences, as written by the documented commands.
//!
//! Tags become deployments. The log makes no rows of its own: it completes the deployments that other exports name by a commit, with
//! times, sizes, commits and what they take back.

mod delivered;
mod history;
mod tags;
mod walk;

use std::collections::BTreeMap;

use sequela_schema::canonical::{deployment_commits, deployments, quality_measures};

use super::shared::{Desk, Reader, Refused, Subject, Translate};
use super::{Adapter, Confidence, Export, Sample, Session, Verified};
use history::{History, Size};

const NAME: &str = "git";

/// Stands before every commit of the documented log.
const MARK: char = '\u{1e}';

/// The adapter.
pub(super) struct Git;

impl Adapter for Git {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        &[
            Export {
                what: "log: completes deployments that name a commit (times, sizes, commits, reverts); call the file like the repository",
                how: "git log --all --date=iso-strict --pretty=format:'%x1e%H%x09%P%x09%ct%x09%at%x09%ae%x09%s' --numstat > shop.log",
                fills: &["deployment_commits"],
                verified: Verified::RealFile,
            },
            Export {
                what: "tags as releases; those called deploy/…, prod-… or release-… (or as deployment_pattern says) as deployments",
                how: "git for-each-ref refs/tags --format='%(refname:short)%09%(objecttype)%09%(objectname)%09%(*objectname)%09%(taggerdate:iso-strict)%09%(creatordate:iso-strict)%09%(subject)' > shop.tags",
                fills: &["deployments"],
                verified: Verified::RealFile,
            },
            Export {
                what: "size of one difference; call the file like the commit that it leads to",
                how: "git diff --numstat OLD NEW > NEW.numstat",
                fills: &["quality_measures"],
                verified: Verified::RealFile,
            },
        ]
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        let mut lines = sample.text.lines().filter(|line| !line.trim().is_empty());
        let Some(first) = lines.next() else { return Confidence::default() };
        if first.strip_prefix(MARK).is_some_and(|header| history::Header::of(header).is_some()) {
            return Confidence::of(98, &deployment_commits::TABLE, "the documented git log");
        }
        if tags::Tag::of(first).is_some() {
            return Confidence::of(98, &deployments::TABLE, "the documented list of git tags");
        }
        if history::numstat(first).is_some() && lines.take(20).all(|line| history::numstat(line).is_some()) {
            return Confidence::of(90, &quality_measures::TABLE, "git diff --numstat");
        }
        Confidence::default()
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work::default()))
    }
}

/// Where in a file the last line stood.
#[derive(Default)]
enum Within {
    /// No commit yet: the lines are of a list of tags or of a difference.
    #[default]
    Nothing,
    Commit(u32),
    /// A commit that another log has told already, or one that could not be read.
    Passed,
}

/// The work on the files of one run.
#[derive(Default)]
struct Work {
    history: History,
    within: Within,
    /// The difference of the file that is being read.
    difference: Option<Size>,
    /// Sizes by the commit that a difference leads to.
    differences: BTreeMap<String, Size>,
}

impl Translate for Work {
    fn line(&mut self, line: &str, desk: &mut Desk<'_>) -> Result<(), Refused> {
        if let Some(header) = line.strip_prefix(MARK) {
            return self.begin(header, desk);
        }
        if line.trim().is_empty() {
            return Ok(());
        }
        match (&self.within, history::numstat(line)) {
            (Within::Commit(commit), Some(stat)) => self.history.count(*commit, &stat, &desk.scope().folders),
            (Within::Commit(commit), None) => self.history.read_body(*commit, line),
            (Within::Passed, _) => {}
            (Within::Nothing, Some(stat)) => self.difference.get_or_insert_default().add(&stat),
            (Within::Nothing, None) => {
                let tag = tags::Tag::of(line).ok_or(Refused::unknown("no line of the documented commands; export it again"))?;
                tag.write(repository(desk).as_deref(), desk);
            }
        }
        Ok(())
    }

    fn end(&mut self, desk: &mut Desk<'_>) {
        self.within = Within::Nothing;
        if let Some(size) = self.difference.take() {
            self.measure(&size, desk);
        }
    }

    fn complete(&mut self, desk: &mut Desk<'_>) {
        if self.history.is_empty() && self.differences.is_empty() {
            return;
        }
        let walk = walk::Walk::over(&self.history);
        delivered::complete(&self.history, &walk, &self.differences, desk);
    }
}

impl Work {
    fn begin(&mut self, header: &str, desk: &mut Desk<'_>) -> Result<(), Refused> {
        desk.fills(&deployment_commits::TABLE);
        self.within = Within::Passed;
        let header = history::Header::of(header).ok_or(Refused::unknown("no commit of the documented log; export it again"))?;
        if let Some(commit) = self.history.add(&header, repository(desk).as_deref()) {
            self.within = Within::Commit(commit);
        }
        Ok(())
    }

    /// A difference stands for itself, and for the deployment of the commit that the file is called after.
    fn measure(&mut self, size: &Size, desk: &mut Desk<'_>) {
        let stem = desk.scope().stem.to_lowercase();
        let is_commit = history::is_sha(&stem, 7);
        let mut subject = Subject::of_file(desk, |_| true);
        subject.scope = "difference";
        if is_commit {
            subject.commit_sha = Some(stem.clone());
            self.differences.insert(stem, size.clone());
        } else if subject.service.is_none() {
            subject.service = repository(desk);
        }
        let measures = [
            ("files_changed", size.files.len() as u64, "files"),
            ("lines_added", size.added, "lines"),
            ("lines_deleted", size.deleted, "lines"),
        ];
        for (metric, value, unit) in measures {
            subject.put(desk, metric, f64::from(u32::try_from(value).unwrap_or(u32::MAX)), unit);
        }
    }
}

/// The repository that a file is about: the name of the file without the words that say what it holds, else the source's instance.
fn repository(desk: &Desk<'_>) -> Option<String> {
    const WORDS: [&str; 9] = ["git", "log", "logs", "tag", "tags", "history", "commits", "numstat", "repo"];
    let scope = desk.scope();
    let mut name = scope.stem.as_str();
    loop {
        let last = name.rsplit(['-', '_']).next().unwrap_or(name);
        let first = name.split(['-', '_']).next().unwrap_or(name);
        let is_word = |part: &str| WORDS.contains(&part.to_lowercase().as_str());
        name = if is_word(last) {
            name.get(..name.len() - last.len()).unwrap_or("").trim_end_matches(['-', '_'])
        } else if is_word(first) {
            name.get(first.len()..).unwrap_or("").trim_start_matches(['-', '_'])
        } else {
            break;
        };
    }
    let instance = Some(scope.instance.as_str()).filter(|instance| *instance != "default");
    Some(name).filter(|name| !name.is_empty()).or(scope.service.as_deref()).or(instance).map(str::to_owned)
}
