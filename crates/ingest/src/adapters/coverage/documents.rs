//! Reports in JSON.

use serde_json::Value;

use super::super::shared::values::{at, has, list, real, text};
use super::super::shared::{Desk, Subject};
use super::subject;

/// Which tool wrote a report.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// One commit of Codecov, or totals of one.
    Commit,
    /// A page of commits of Codecov.
    Commits,
    CoveragePy,
    Istanbul,
}

impl Kind {
    pub(super) fn of(record: &Value) -> Option<Self> {
        let is_commit = |record: &Value| has(record, "commitid") && record.get("totals").is_some();
        if is_commit(record) || (has(record, "totals.coverage") && has(record, "totals.hits")) {
            Some(Self::Commit)
        } else if list(record, "results").first().is_some_and(is_commit) {
            Some(Self::Commits)
        } else if has(record, "totals.percent_covered") && has(record, "meta.version") {
            Some(Self::CoveragePy)
        } else if has(record, "total.lines.pct") && has(record, "total.statements") {
            Some(Self::Istanbul)
        } else {
            None
        }
    }

    pub(super) fn write(self, record: &Value, desk: &mut Desk<'_>) {
        match self {
            Self::Commit => commit(record, desk),
            Self::Commits => {
                if has(record, "next") {
                    desk.suspect_truncation("the page names a next page");
                }
                list(record, "results").iter().for_each(|record| commit(record, desk));
            }
            Self::CoveragePy => coverage_py(record, desk),
            Self::Istanbul => istanbul(record, desk),
        }
    }
}

/// A commit that is not processed yet has no totals.
fn commit(record: &Value, desk: &mut Desk<'_>) {
    let subject = Subject { commit_sha: text(record, "commitid").map(std::borrow::Cow::into_owned), ..subject(desk) };
    let subject = subject.at(at(record, "timestamp").cloned());
    put(&subject, desk, "coverage_pct", real(record, "totals.coverage"));
}

fn coverage_py(record: &Value, desk: &mut Desk<'_>) {
    let subject = subject(desk).at(at(record, "meta.timestamp").cloned());
    put(&subject, desk, "coverage_pct", real(record, "totals.percent_covered"));
    if let (Some(covered), Some(all)) = (real(record, "totals.covered_branches"), real(record, "totals.num_branches")) {
        subject.put_share(desk, "branch_coverage_pct", covered, all);
    }
}

/// Without any branch its share is the text `Unknown`, or 100.
fn istanbul(record: &Value, desk: &mut Desk<'_>) {
    let subject = subject(desk);
    put(&subject, desk, "coverage_pct", real(record, "total.lines.pct"));
    let branches = real(record, "total.branches.pct").filter(|_| real(record, "total.branches.total").is_some_and(|total| total > 0.0));
    put(&subject, desk, "branch_coverage_pct", branches);
}

fn put(subject: &Subject, desk: &mut Desk<'_>, metric: &str, value: Option<f64>) {
    if let Some(value) = value {
        subject.put(desk, metric, value, "%");
    }
}
