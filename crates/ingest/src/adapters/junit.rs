//! `JUnit` reports, which nearly every tool that runs tests can write.
//!
//! Suites may lie in suites and repeat the sums of what lies in them, so only the innermost are counted. Build tools write one file
//! for each class, `TEST-….xml`: those of one folder are one run.

use std::collections::BTreeMap;

use roxmltree::Node;
use sequela_schema::canonical::quality_measures;

use super::shared::markup::{self, attribute, children, number};
use super::shared::{Desk, Origin, Reader, Refused, Subject, Translate, measures};
use super::{Adapter, Confidence, Export, Sample, Session, Verified};

const NAME: &str = "junit";

/// The adapter.
pub(super) struct JUnit;

impl Adapter for JUnit {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        &[Export {
            what: "results of tests; one folder for each service",
            how: "cp target/surefire-reports/TEST-*.xml exports/tests/SERVICE/ (Gradle: build/test-results; pytest --junitxml=FILE; jest-junit)",
            fills: &["quality_measures"],
            verified: Verified::Documentation,
        }]
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        match markup::root(&sample.text) {
            Some("testsuites" | "testsuite") => Confidence::of(95, &quality_measures::TABLE, "test suites as JUnit writes them"),
            _ => Confidence::default(),
        }
    }

    fn needs_zone(&self, sample: &Sample) -> bool {
        measures::is_local(&sample.text, "timestamp=\"")
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work::default()))
    }
}

/// Sums of one run.
#[derive(Default)]
struct Run {
    tests: f64,
    failed: f64,
    skipped: f64,
    seconds: f64,
    /// The latest beginning of a suite, as written.
    at: Option<String>,
}

/// The work on the files of one run.
#[derive(Default)]
struct Work {
    runs: BTreeMap<String, (Run, Subject, Origin)>,
}

impl Translate for Work {
    fn markup(&mut self, text: &str, desk: &mut Desk<'_>) -> Result<(), Refused> {
        desk.fills(&quality_measures::TABLE);
        let document = markup::parse(text)?;
        let root = document.root_element();
        if !matches!(root.tag_name().name(), "testsuites" | "testsuite") {
            return Err(Refused::unknown("no test suites"));
        }
        let scope = desk.scope();
        let folder = scope.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let is_part = scope.stem.starts_with("TEST-");
        let key = if is_part { format!("{folder} {}", scope.service.as_deref().unwrap_or_default()) } else { scope.path.clone() };
        let (run, ..) = self.runs.entry(key).or_insert_with(|| (Run::default(), Subject::of_file(desk, says_nothing), desk.origin()));
        run.add(root);
        run.note_time(attribute(root, "timestamp"));
        Ok(())
    }

    fn finish(&mut self, desk: &mut Desk<'_>) {
        for (run, subject, origin) in std::mem::take(&mut self.runs).into_values() {
            desk.go_to(&origin);
            let subject = subject.at(run.at);
            subject.put(desk, "tests_total", run.tests, "tests");
            subject.put(desk, "tests_failed", run.failed, "tests");
            subject.put(desk, "tests_skipped", run.skipped, "tests");
            subject.put(desk, "tests_duration_s", run.seconds, "s");
        }
    }
}

/// Names of files and folders that tests are put into whatever they test.
fn says_nothing(name: &str) -> bool {
    name.starts_with("test-")
        || matches!(name, NAME | "tests" | "testresults" | "results" | "test_results" | "testthat" | "report" | "xunit" | "unit" | "pytest")
}

impl Run {
    /// Adds a suite, or those that lie in it.
    fn add(&mut self, suite: Node<'_, '_>) {
        let mut inner = children(suite, "testsuite").peekable();
        let cases = Cases::of(suite);
        if inner.peek().is_none() {
            let count = |name: &str, counted: f64| number(suite, name).unwrap_or(counted);
            self.tests += count("tests", cases.all);
            self.failed += match (number(suite, "failures"), number(suite, "errors")) {
                (None, None) => cases.failed,
                (failures, errors) => failures.unwrap_or(0.0) + errors.unwrap_or(0.0),
            };
            self.skipped += number(suite, "skipped").or(number(suite, "skip")).or(number(suite, "disabled")).unwrap_or(cases.skipped);
            self.seconds += count("time", cases.seconds);
        } else {
            self.tests += cases.all;
            self.failed += cases.failed;
            self.skipped += cases.skipped;
            self.seconds += cases.seconds;
            inner.for_each(|suite| self.add(suite));
        }
        self.note_time(attribute(suite, "timestamp"));
    }

    fn note_time(&mut self, at: Option<&str>) {
        if let Some(at) = at.filter(|at| self.at.as_deref().is_none_or(|known| known < *at)) {
            self.at = Some(at.to_owned());
        }
    }
}

/// Cases that stand directly in a suite.
#[derive(Default)]
struct Cases {
    all: f64,
    failed: f64,
    skipped: f64,
    seconds: f64,
}

impl Cases {
    fn of(suite: Node<'_, '_>) -> Self {
        let mut cases = Self::default();
        for case in children(suite, "testcase") {
            let has = |name: &'static str| children(case, name).next().is_some();
            cases.all += 1.0;
            cases.failed += f64::from(u8::from(has("failure") || has("error")));
            cases.skipped += f64::from(u8::from(has("skipped")));
            cases.seconds += number(case, "time").unwrap_or(0.0);
        }
        cases
    }
}
