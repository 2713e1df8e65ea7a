//! Coverage by tests, as the common tools report it: Codecov, coverage.py, Istanbul, Cobertura, `JaCoCo`, lcov and Go.
//!
//! A report rarely says what it is about: the service is that of the source, else the name in the path of the file.

mod documents;
mod lines;
mod markups;

use sequela_schema::canonical::quality_measures;
use serde_json::Value;

use super::shared::{Desk, Reader, Refused, Subject, Translate, markup, measures};
use super::{Adapter, Confidence, Export, Sample, Session, Verified};

const NAME: &str = "coverage";

/// The adapter.
pub(super) struct Coverage;

impl Adapter for Coverage {
    fn name(&self) -> &'static str {
        NAME
    }

    fn exports(&self) -> &'static [Export] {
        &[
            Export {
                what: "commits of a repository in Codecov",
                how: "curl -H 'Authorization: Bearer TOKEN' 'https://api.codecov.io/api/v2/github/ORG/repos/REPOSITORY/commits/?page_size=100&page=1' > REPOSITORY.json",
                fills: &["quality_measures"],
                verified: Verified::Documentation,
            },
            Export {
                what: "coverage.py",
                how: "coverage json -o SERVICE.json",
                fills: &["quality_measures"],
                verified: Verified::Documentation,
            },
            Export {
                what: "Istanbul, nyc and Jest",
                how: "npx nyc report --reporter=json-summary && cp coverage/coverage-summary.json exports/coverage/SERVICE.json",
                fills: &["quality_measures"],
                verified: Verified::Documentation,
            },
            Export {
                what: "Cobertura and JaCoCo reports in XML",
                how: "cp target/site/jacoco/jacoco.xml exports/coverage/SERVICE.xml (Python: coverage xml -o SERVICE.xml)",
                fills: &["quality_measures"],
                verified: Verified::Documentation,
            },
            Export {
                what: "lcov tracefile, or profile of Go",
                how: "cp coverage/lcov.info exports/coverage/SERVICE.info (Go: go test -coverprofile=SERVICE.out ./...)",
                fills: &["quality_measures"],
                verified: Verified::Documentation,
            },
        ]
    }

    fn sniff(&self, sample: &Sample) -> Confidence {
        let sure = |reason: &str| Confidence::of(90, &quality_measures::TABLE, reason);
        if sample.most(|record| documents::Kind::of(record).is_some()) {
            return sure("totals of coverage");
        }
        if let Some(root) = markup::root(&sample.text) {
            return if markups::is_report(root, &sample.text) { sure("a coverage report in XML") } else { Confidence::default() };
        }
        if sample.records.is_empty() && lines::is_known(&sample.text) {
            return sure("lines of lcov or of a coverage profile of Go");
        }
        Confidence::default()
    }

    /// Only coverage.py writes the time of the clock on the wall.
    fn needs_zone(&self, sample: &Sample) -> bool {
        measures::is_local(&sample.text, "\"timestamp\": \"")
    }

    fn session(&self) -> Box<dyn Session> {
        Box::new(Reader::new(NAME, Work::default()))
    }
}

/// The work on the files of one run.
#[derive(Default)]
struct Work {
    sums: lines::Sums,
}

impl Translate for Work {
    fn record(&mut self, record: &Value, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let kind = documents::Kind::of(record).ok_or(Refused::unknown("no totals of coverage"))?;
        kind.write(record, desk);
        Ok(())
    }

    fn markup(&mut self, text: &str, desk: &mut Desk<'_>) -> Result<(), Refused> {
        let document = markup::parse(text)?;
        markups::write(document.root_element(), desk)
    }

    fn line(&mut self, line: &str, _desk: &mut Desk<'_>) -> Result<(), Refused> {
        self.sums.add(line)
    }

    fn end(&mut self, desk: &mut Desk<'_>) {
        std::mem::take(&mut self.sums).write(desk);
    }
}

/// What a report is about, by its place.
fn subject(desk: &Desk<'_>) -> Subject {
    Subject::of_file(desk, |name| {
        name.starts_with("coverage")
            || matches!(
                name,
                "lcov" | "jacoco" | "jacoco-ut" | "cobertura" | "clover" | "codecov" | "cover" | "commits" | "summary" | "profile"
            )
    })
}
