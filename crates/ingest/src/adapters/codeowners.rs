//! CODEOWNERS of GitHub and GitLab: which team owns which path of a repository.
//!
//! The last line that matches a path counts; in GitLab's file this holds for each section, and all sections count together. A
//! repository becomes a service, called as the source or the path of the file says and owned by whom all its files belong to. Folders
//! such as `/services/pay/` that a line names become services of their own. Owners that are no team (`@jane`, mail addresses) are
//! persons and left out; so is a GitLab group without a parent, which looks the same.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use sequela_schema::canonical::{service_teams, services, teams};
use serde_json::Value;

use super::shared::{Desk, Origin, Reader, Refused, Translate};
use super::{Adapter, Confidence, Export, Sample, Session, Verified};
use crate::issue::code;

const NAME: &str = "codeowners";

/// The adapter.
pub(super) struct CodeOwners;

impl Adapter for CodeOwners {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        &[Export {
            what: "CODEOWNERS of a repository; folders like /services/pay/ with an owner count as services of a monorepo",
            how: "cp REPOSITORY/.github/CODEOWNERS exports/owners/REPOSITORY.CODEOWNERS (once for each repository)",
            fills: &["services", "teams"],
            verified: Verified::Documentation,
        }]
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        if !sample.records.is_empty() || sample.text.trim_start().starts_with('<') {
            return Confidence::default();
        }
        let lines = || sample.text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let owned = lines().filter(|line| line.split_whitespace().nth(1).is_some_and(|word| word.starts_with('@'))).count();
        if owned > 0 && sample.file.to_lowercase().contains(NAME) {
            return Confidence::of(95, &services::TABLE, "a file called CODEOWNERS with owners in it");
        }
        if owned > 0 && owned * 2 > lines().count() {
            return Confidence::of(80, &services::TABLE, "lines of a path and its owners");
        }
        Confidence::default()
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work::default()))
    }
}

/// One line: which paths, and who owns them.
struct Rule {
    section: usize,
    paths: Regex,
    teams: Vec<String>,
    /// The folder of a service that the line names.
    folder: Option<String>,
}

/// A service and its owners, written when it is known what other catalogs say.
struct Found {
    service: String,
    teams: BTreeSet<String>,
    origin: Origin,
}

/// The work on the files of one run.
#[derive(Default)]
struct Work {
    rules: Vec<Rule>,
    sections: usize,
    /// Owners of lines of the section that name none.
    usual: Vec<String>,
    found: Vec<Found>,
}

impl Translate for Work {
    fn line(&mut self, line: &str, _desk: &mut Desk<'_>) -> Result<(), Refused> {
        let line = line.split(" #").next().unwrap_or(line).trim();
        if line.is_empty() || line.starts_with(['#', '!']) {
            return Ok(());
        }
        if let Some((name, owners)) = section(line) {
            self.sections += usize::from(!name.is_empty());
            self.usual = owned(owners);
            return Ok(());
        }
        let (pattern, owners) = split(line);
        let paths = regex(&pattern).ok_or(Refused::unknown("the line begins with no pattern of paths; correct it"))?;
        // A line without owners takes those of its section; without a section it takes the owners away.
        let teams = if owners.is_empty() { self.usual.clone() } else { owned(owners) };
        self.rules.push(Rule { section: self.sections, paths, teams, folder: folder(&pattern) });
        Ok(())
    }

    fn end(&mut self, desk: &mut Desk<'_>) {
        desk.fills(&services::TABLE);
        let rules = std::mem::take(&mut self.rules);
        (self.sections, self.usual) = (0, Vec::new());
        let folders: BTreeSet<&String> = rules.iter().filter_map(|rule| rule.folder.as_ref()).collect();
        for folder in &folders {
            let service = folder.rsplit('/').next().unwrap_or(folder).to_owned();
            self.found.push(Found { service, teams: owners(&rules, folder), origin: desk.origin() });
        }
        self.whole_repository(&rules, folders.is_empty(), desk);
        for team in rules.iter().flat_map(|rule| &rule.teams).collect::<BTreeSet<_>>() {
            let mut entry = desk.entry(&teams::TABLE, &Value::Null);
            entry.put(&teams::TEAM_ID, team);
            desk.keep(entry);
        }
    }

    /// Other catalogs know more about a service: they are completed, never replaced.
    fn complete(&mut self, desk: &mut Desk<'_>) {
        for found in std::mem::take(&mut self.found) {
            desk.go_to(&found.origin);
            if !is_known(&found, desk) {
                let mut entry = desk.entry(&services::TABLE, &Value::Null);
                entry.put(&services::SERVICE_ID, &found.service);
                entry.put(&services::NAME, &found.service);
                found.teams.iter().for_each(|team| entry.owner(team));
                desk.keep(entry);
            }
        }
    }
}

impl Work {
    /// A repository of several services is a service itself only if the source says so.
    fn whole_repository(&mut self, rules: &[Rule], alone: bool, desk: &mut Desk<'_>) {
        let scope = desk.scope();
        let named = scope.service.as_deref().or_else(|| scope.name_in_path(|name| name == NAME).filter(|_| alone));
        match named.map(|name| trimmed(name).to_owned()) {
            Some(service) => self.found.push(Found { service, teams: owners(rules, ""), origin: desk.origin() }),
            None if alone => desk.note_once(
                code::UNNAMED_SERVICE,
                "nothing tells which repository this is; set service, or call the file REPOSITORY.CODEOWNERS",
            ),
            None => {}
        }
    }
}

/// Whether another catalog has the service; one without an owner gets it.
fn is_known(found: &Found, desk: &mut Desk<'_>) -> bool {
    let rows = desk.intake().rows(&services::TABLE);
    let same = |row: &usize| rows.text(&services::SERVICE_ID, *row).is_some_and(|id| id.eq_ignore_ascii_case(&found.service));
    let known: Vec<usize> = (0..rows.len()).filter(same).collect();
    let bare = known.iter().all(|row| rows.is_null(&services::TEAM_ID, *row));
    if let (Some(row), Some(first), true) = (known.last(), found.teams.first(), bare) {
        rows.set_text(&services::TEAM_ID, *row, first);
        let service = rows.text(&services::SERVICE_ID, *row).unwrap_or_default().to_owned();
        for team in found.teams.iter().skip(1) {
            let mut entry = desk.entry(&service_teams::TABLE, &Value::Null);
            entry.put(&service_teams::SERVICE_ID, &service);
            entry.put(&service_teams::TEAM_ID, team);
            desk.keep(entry);
        }
    }
    !known.is_empty()
}

/// The name of a repository without the words that say what the file is.
fn trimmed(name: &str) -> &str {
    let lower = name.to_lowercase();
    let cut = lower.find(NAME).filter(|_| lower.len() == name.len());
    let rest = cut.and_then(|start| Some((name.get(..start)?, name.get(start + NAME.len()..)?)));
    let marks = ['-', '_', ' '];
    match rest.map(|(before, behind)| (before.trim_end_matches(marks), behind.trim_start_matches(marks))) {
        Some((before, "")) if !before.is_empty() => before,
        Some(("", behind)) if !behind.is_empty() => behind,
        _ => name,
    }
}

/// Name and owners of a line that begins a section, such as `^[Back end][2] @acme/back`.
fn section(line: &str) -> Option<(&str, &str)> {
    let (name, rest) = line.strip_prefix('^').unwrap_or(line).strip_prefix('[')?.split_once(']')?;
    let rest = rest.strip_prefix('[').and_then(|count| count.split_once(']')).map_or(rest, |(_, rest)| rest);
    (rest.is_empty() || rest.starts_with(' ')).then_some((name, rest))
}

/// Pattern and owners of a line. A backslash keeps a blank in the pattern.
fn split(line: &str) -> (String, &str) {
    let mut pattern = String::new();
    let mut letters = line.char_indices();
    while let Some((place, letter)) = letters.next() {
        match letter {
            '\\' => pattern.extend(letters.next().map(|(_, letter)| letter)),
            letter if letter.is_whitespace() => return (pattern, line.get(place..).unwrap_or("").trim()),
            letter => pattern.push(letter),
        }
    }
    (pattern, "")
}

/// Teams among owners, without their organisation: the last part of `@organisation/team`.
fn owned(owners: &str) -> Vec<String> {
    let teams = owners.split_whitespace().filter_map(|owner| owner.strip_prefix('@')?.rsplit_once('/'));
    teams.map(|(_, team)| team.to_owned()).filter(|team| !team.is_empty()).collect()
}

/// Who owns what lies in a folder: for each section the last line that matches.
fn owners(rules: &[Rule], folder: &str) -> BTreeSet<String> {
    let path = format!("{folder}/any/file").trim_start_matches('/').to_owned();
    let mut last: BTreeMap<usize, &Rule> = BTreeMap::new();
    for rule in rules.iter().filter(|rule| rule.paths.is_match(&path)) {
        last.insert(rule.section, rule);
    }
    last.values().flat_map(|rule| rule.teams.iter().cloned()).collect()
}

/// Folders that hold the services of a monorepo.
const CONTAINERS: [&str; 12] = [
    "applications",
    "apps",
    "backend",
    "components",
    "functions",
    "lambdas",
    "microservices",
    "modules",
    "packages",
    "projects",
    "services",
    "svc",
];

/// The folder of one service that a pattern stands for: `/services/pay/`, `/services/pay/**`, `apps/shop`.
fn folder(pattern: &str) -> Option<String> {
    let pattern = pattern.trim_start_matches("**").trim_start_matches('/').trim_end_matches('*').trim_end_matches('/');
    let (container, service) = pattern.rsplit_once('/')?;
    let last = container.rsplit('/').next()?;
    let plain = !service.contains(['*', '?', '.']) && !service.is_empty() && !container.contains(['*', '?']);
    (plain && CONTAINERS.contains(&last)).then(|| pattern.to_owned())
}

/// The paths that a pattern matches, as in `.gitignore`; a folder stands for all that lies in it.
fn regex(pattern: &str) -> Option<Regex> {
    let inner = pattern.trim_end_matches('/');
    let is_anchored = inner.contains('/');
    let inner = inner.strip_prefix('/').unwrap_or(inner);
    let mut text = String::from(if is_anchored { "^" } else { "^(?:.*/)?" });
    let mut rest = inner;
    while let Some(letter) = rest.chars().next() {
        let (translated, length) = match letter {
            '*' if rest.starts_with("**/") => ("(?:.*/)?".to_owned(), 3),
            '*' if rest.starts_with("**") => (".*".to_owned(), 2),
            '*' => ("[^/]*".to_owned(), 1),
            '?' => ("[^/]".to_owned(), 1),
            letter => (regex::escape(letter.encode_utf8(&mut [0; 4])), letter.len_utf8()),
        };
        text.push_str(&translated);
        rest = rest.get(length..)?;
    }
    // `docs/*` stands for what lies in the folder itself, not below; `/` alone for everything.
    let direct = is_anchored && inner.ends_with("/*") && !pattern.ends_with('/');
    text.push_str(if inner.is_empty() {
        ".*$"
    } else if direct {
        "$"
    } else if pattern.ends_with('/') {
        "/.*$"
    } else {
        "(?:/.*)?$"
    });
    Regex::new(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_as_in_gitignore() {
        let rows = [
            ("*", "any/file", true),
            ("/", "any/file", true),
            ("*.js", "any/file", false),
            ("/services/", "services/pay/any/file", true),
            ("services/", "x/services/pay/file", true),
            ("/services/*", "services/pay/any/file", false),
            ("/services/*", "services/file", true),
            ("/services/**", "services/pay/any/file", true),
            ("/services/pay", "services/pay/any/file", true),
            ("/services/pa", "services/pay/any/file", false),
            ("**/pay/", "services/pay/any/file", true),
            ("apps/shop", "x/apps/shop/file", false),
            ("a?c.d", "abc.d", true),
        ];
        for (pattern, path, expected) in rows {
            assert_eq!(regex(pattern).unwrap().is_match(path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn names_of_repositories_and_folders() {
        assert_eq!((trimmed("shop"), trimmed("CODEOWNERS-shop"), trimmed("shop_codeowners")), ("shop", "shop", "shop"));
        assert_eq!(folder("/services/pay/").as_deref(), Some("services/pay"));
        assert_eq!(folder("back/services/pay/**").as_deref(), Some("back/services/pay"));
        assert_eq!((folder("/services/"), folder("/services/*/api"), folder("/docs/api/")), (None, None, None));
        assert_eq!(section("^[Back end][2] @acme/back"), Some(("Back end", " @acme/back")));
    }
}
