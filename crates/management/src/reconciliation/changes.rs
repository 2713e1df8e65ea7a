//! What a change record shows beside its deployments.

use super::{Context, Finding, HOUR, outside, planned_words};
use crate::records::Change;

/// Start of the work, actual or else planned; else the record's creation.
pub(super) fn at(change: &Change) -> Option<i64> {
    change.actual.0.or(change.planned.0).or(change.created_at)
}

impl Context<'_> {
    /// Findings of a change of the range, sorted; none where it is outside, was cancelled or lies ahead.
    pub(super) fn of_change(&self, number: usize) -> Option<Vec<Finding>> {
        let change = &self.records.changes[number];
        if !at(change).is_none_or(|at| self.settings.range.contains(at)) || Self::is_void(change) || self.lies_ahead(change) {
            return None;
        }
        let mut findings = Vec::new();
        if change.deployments.is_empty() {
            findings.extend(self.without_deployment(number, change));
            findings.extend(self.outside_plan(number));
            findings.extend(self.carried_out_in_freeze(change));
        }
        findings.extend(self.raised_after(number));
        if findings.is_empty() && !self.records.deployments.is_empty() {
            findings.push(Finding { word: "agrees", detail: self.why(number, change), off_by: None });
        }
        findings.sort_by_key(|finding| finding.word);
        (!findings.is_empty()).then_some(findings)
    }

    /// Cancelled, or closed without being carried out. What was deployed under it all the same stands with the deployment.
    fn is_void(change: &Change) -> bool {
        let code = change.close_code.as_deref();
        change.state.as_deref() == Some("cancelled") || (change.deployments.is_empty() && matches!(code, Some("cancelled" | "incomplete")))
    }

    /// Nothing was done yet and its window has not passed.
    fn lies_ahead(&self, change: &Change) -> bool {
        let end = change.planned.1.or(change.planned.0);
        !change.is_carried_out() && end.is_some_and(|end| end >= self.settings.as_of)
    }

    fn is_unsuccessful(change: &Change) -> bool {
        change.close_code.as_deref() == Some("unsuccessful")
    }

    /// Where its deployments differ from it, which.
    fn why(&self, number: usize, change: &Change) -> Option<String> {
        if change.deployments.is_empty() {
            let tried = "its deployment did not succeed";
            let words = if self.records.named.contains(&number) { tried } else { "closed as unsuccessful, and nothing was deployed" };
            return Some(words.to_owned());
        }
        let differs = |number: &usize| {
            let finding = self.of_deployment(*number)?.into_iter().find(|finding| finding.word != "agrees")?;
            Some(format!("but {} is {}", self.records.deployments[*number].id, finding.word.replace('_', " ")))
        };
        change.deployments.iter().find_map(differs)
    }

    /// A record of which no deployment is known, where one could be.
    fn without_deployment(&self, number: usize, change: &Change) -> Option<Finding> {
        let Some(at) = at(change) else { return Some(Finding::new("not_judged", "the record has no times")) };
        if self.records.deployments.is_empty() || self.records.named.contains(&number) || Self::is_unsuccessful(change) {
            return None;
        }
        let services = self.touched.of_change(change);
        if services.is_empty() {
            return Some(Finding::new("not_judged", "the record names no known service"));
        }
        if !services.iter().any(|service| self.deployed_services.contains(*service)) {
            return Some(Finding::new("not_judged", "the exports have no deployment of this service at all"));
        }
        if let Some(gap) = self.deployed.gap(at) {
            return Some(Finding::new("not_judged", self.silence_words("deployment", gap)));
        }
        Some(Finding::new("no_deployment", self.ending(change)))
    }

    fn ending(&self, change: &Change) -> String {
        match change.close_code.as_deref() {
            Some(code) if change.is_carried_out() => format!("closed as {}, and no deployment belongs to it", code.replace('_', " ")),
            _ if change.is_carried_out() => "carried out, and no deployment belongs to it".to_owned(),
            _ => format!("{}; nothing tells that it was carried out", planned_words(change.planned, self.settings.timezone)),
        }
    }

    fn outside_plan(&self, number: usize) -> Option<Finding> {
        let change = &self.records.changes[number];
        let start = change.actual.0?;
        let span = (start, change.actual.1.unwrap_or(start).max(start));
        let off = outside(span, change.planned, self.slack(None, Some(number)))?;
        let words = planned_words(change.planned, self.settings.timezone);
        Some(
            Finding::new("outside_window", format!("{words}; worked on {} to {}", self.at_words(span.0), self.at_words(span.1)))
                .off_by(off),
        )
    }

    fn carried_out_in_freeze(&self, change: &Change) -> Option<Finding> {
        let window = change.window().filter(|_| change.is_carried_out())?;
        let how = format!("{} change", change.kind);
        self.frozen(window, change.team.as_deref(), &self.touched.of_change(change), &how)
    }

    /// The record was made when the work had begun.
    fn raised_after(&self, number: usize) -> Option<Finding> {
        let change = &self.records.changes[number];
        let deployed = |number: &usize| {
            let deployment = &self.records.deployments[*number];
            Some((deployment.started_at.or(deployment.finished_at)?, *number))
        };
        let first = change.deployments.iter().filter_map(deployed).min();
        let began = change.actual.0.into_iter().chain(first.map(|first| first.0)).min()?;
        let late = change.created_at?.saturating_sub(began);
        let slack = self.slack(first.map(|first| first.1), Some(number));
        let words = format!("{} change raised {} after the work began {}", change.kind, hours_words(late), self.at_words(began));
        (late > slack).then(|| Finding::new("raised_after", words).off_by(late))
    }
}

/// `2 h 05 min`, `3 days`.
fn hours_words(micros: i64) -> String {
    let minutes = micros / (HOUR / 60);
    match minutes {
        ..60 => format!("{minutes} min"),
        60..2_880 => format!("{} h {:02} min", minutes / 60, minutes % 60),
        _ => format!("{} days", minutes / 1_440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_said_as_people_say_them() {
        assert_eq!(hours_words(45 * HOUR / 60), "45 min");
        assert_eq!(hours_words(2 * HOUR + HOUR / 12), "2 h 05 min");
        assert_eq!(hours_words(75 * HOUR), "3 days");
    }
}
