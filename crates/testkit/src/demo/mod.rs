//! The demo company's exports in the shapes of its tools, with the planted truth beside them.
//!
//! [`files`] returns everything that stands in `data/demo`, byte for byte; writing and comparing is the task runner's job, so
//! that this crate touches no files.

mod backstage;
mod defects;
mod forge;
mod github;
mod people;
mod problems;
mod servicenow;
mod sheet;
mod sonarqube;
mod titles;
mod truth;

use crate::company::Company;
use crate::company::upkeep::upkeep;
use defects::Defect;

/// Seed of the committed demo.
pub const SEED: u64 = 2026;

/// A file of the demo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Path below `data/demo`, with `/`.
    pub path: String,
    /// Content.
    pub bytes: Vec<u8>,
}

impl File {
    fn text(path: &str, text: String) -> Self {
        Self { path: path.to_owned(), bytes: text.into_bytes() }
    }
}

/// All files of the demo made from `seed`, sorted by path: exports, settings, truth, planted defects and the README.
///
/// The same seed gives the same bytes on every machine.
pub fn files(seed: u64) -> Vec<File> {
    let company = Company::simulate(seed);
    let (mut files, mut defects) = servicenow::files(seed, &company);
    for (more, wrong) in [github::files(seed, &company), forge::files(seed, &company)] {
        files.extend(more);
        defects.extend(wrong);
    }
    files.push(backstage::file());
    files.push(sonarqube::file(seed));
    defects.sort_by(|left, right| (&left.file, left.row).cmp(&(&right.file, right.row)));
    files.push(File::text("planted_defects.csv", defects::listing(&defects)));
    files.push(File::text("planted_people.csv", people::listing()));
    files.push(File::text("truth.csv", truth::listing(&company)));
    files.push(File::text("sequela.toml", include_str!("sequela.toml").to_owned()));
    files.push(File::text("README.md", truth::readme(&company, &upkeep(seed), problems::sheet(seed, &company).rows.len(), &defects)));
    files.sort_by(|left, right| left.path.cmp(&right.path));
    files
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn text_of(files: &[File], path: &str) -> String {
        let bytes = &files.iter().find(|file| file.path == path).unwrap().bytes;
        String::from_utf8(bytes.clone()).unwrap_or_else(|_| encoding_rs::WINDOWS_1252.decode(bytes).0.into_owned())
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_another_seed_gives_others() {
        assert_eq!(files(SEED), files(SEED));
        let (first, other) = (files(SEED), files(SEED + 1));
        assert_ne!(text_of(&first, "truth.csv"), text_of(&other, "truth.csv"));
    }

    #[test]
    fn the_folder_stays_small() {
        let bytes: usize = files(SEED).iter().map(|file| file.bytes.len()).sum();
        assert!(bytes < 5_000_000, "{bytes}");
    }

    #[test]
    fn bytes_are_those_of_the_tools() {
        let files = files(SEED);
        let bytes = |path: &str| files.iter().find(|file| file.path == path).unwrap().bytes.clone();
        let list = bytes("exports/servicenow/incident_page1.csv");
        assert!(String::from_utf8(list.clone()).is_err() && list.contains(&0x96), "windows-1252 with en dashes");
        assert!(!encoding_rs::WINDOWS_1252.decode(&list).0.contains("&#"), "every character exists in windows-1252");
        assert!(bytes("exports/forge/builds.csv").starts_with("\u{feff}Build;App;".as_bytes()));
    }

    #[test]
    fn every_known_cause_stands_in_the_exports() {
        let files = files(SEED);
        let mut known: BTreeSet<String> =
            text_of(&files, "exports/forge/builds.csv").lines().filter_map(|line| line.split(';').next()).map(str::to_owned).collect();
        for file in files.iter().filter(|file| file.path.ends_with(".json")) {
            let text = text_of(&files, &file.path);
            known.extend(text.split("\"id\":").skip(1).map(|rest| format!("github:default:{}", rest.split(',').next().unwrap())));
        }
        let truth = text_of(&files, "truth.csv");
        let causes: Vec<&str> = truth.lines().skip(1).filter_map(|line| line.split(',').nth(1)).filter(|cause| !cause.is_empty()).collect();
        let missing = causes.iter().filter(|cause| !known.contains(**cause)).count();
        assert!(causes.len() > 200 && missing <= 2, "{missing} of {}", causes.len());
    }

    #[test]
    fn every_person_stands_in_the_exports_and_nowhere_else() {
        let files = files(SEED);
        let exports: String =
            files.iter().filter(|file| file.path.starts_with("exports/")).map(|file| text_of(&files, &file.path)).collect();
        let rest: String = files
            .iter()
            .filter(|file| !file.path.starts_with("exports/") && file.path != "planted_people.csv")
            .map(|file| text_of(&files, &file.path))
            .collect();
        for person in &people::PEOPLE {
            assert!(exports.contains(person.name), "{}", person.name);
            assert!(exports.contains(&person.mail()));
            assert!(!rest.contains(person.name) && !rest.contains(person.login) && !rest.contains(person.phone), "{}", person.name);
        }
    }

    #[test]
    fn every_planted_row_exists() {
        let files = files(SEED);
        let listing = text_of(&files, "planted_defects.csv");
        assert!(listing.lines().count() > 25);
        for line in listing.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let rows = text_of(&files, cells[0]).lines().count();
            assert!(cells[1].parse::<usize>().unwrap() < rows, "{line}");
        }
    }
}
