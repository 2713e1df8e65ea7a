//! Reports in XML.

use roxmltree::Node;

use super::super::shared::markup::{attribute, children, number};
use super::super::shared::{Desk, Refused};
use super::subject;

/// Whether the outermost element, of a document that may be cut off, is that of Cobertura or `JaCoCo`.
pub(super) fn is_report(root: &str, text: &str) -> bool {
    match root {
        "coverage" => text.contains("line-rate"),
        "report" => text.contains("JACOCO") || (text.contains("<counter") && text.contains("missed=")) || text.contains("<sessioninfo"),
        _ => false,
    }
}

pub(super) fn write(root: Node<'_, '_>, desk: &mut Desk<'_>) -> Result<(), Refused> {
    match root.tag_name().name() {
        "coverage" if root.has_attribute("line-rate") => cobertura(root, desk),
        "report" if children(root, "counter").next().is_some() => jacoco(root, desk),
        _ => return Err(Refused::unknown("no coverage report of Cobertura or JaCoCo with totals")),
    }
    Ok(())
}

/// Rates are from 0 to 1. The time is in seconds or milliseconds, which its size tells.
fn cobertura(root: Node<'_, '_>, desk: &mut Desk<'_>) {
    let subject = subject(desk).at(attribute(root, "timestamp"));
    let rates = [("coverage_pct", "line-rate", "lines-valid"), ("branch_coverage_pct", "branch-rate", "branches-valid")];
    for (metric, rate, valid) in rates {
        let is_empty = number(root, valid).is_some_and(|count| count <= 0.0);
        if let Some(rate) = number(root, rate).filter(|_| !is_empty) {
            subject.put_share(desk, metric, rate, 1.0);
        }
    }
}

/// The counters directly below the report are its totals; those of packages and classes repeat them.
fn jacoco(root: Node<'_, '_>, desk: &mut Desk<'_>) {
    let ended = children(root, "sessioninfo").filter_map(|session| attribute(session, "dump")).max_by_key(|dump| dump.parse::<i64>().ok());
    let mut subject = subject(desk).at(ended);
    subject.service = subject.service.or_else(|| attribute(root, "name").map(str::to_owned));
    let covered = |kind: &str| {
        let counter = children(root, "counter").find(|counter| attribute(*counter, "type") == Some(kind))?;
        let (missed, covered) = (number(counter, "missed")?, number(counter, "covered")?);
        Some((covered, missed + covered))
    };
    if let Some((part, whole)) = covered("LINE").or_else(|| covered("INSTRUCTION")) {
        subject.put_share(desk, "coverage_pct", part, whole);
    }
    if let Some((part, whole)) = covered("BRANCH") {
        subject.put_share(desk, "branch_coverage_pct", part, whole);
    }
}
