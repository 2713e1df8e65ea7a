//! What a deployment shows beside its change.

use super::{Context, DAY, Finding, SLACK, outside, planned_words};
use crate::records::{Basis, Change, Deployment};

impl Context<'_> {
    /// Findings of a deployment of the range, sorted; none where it is outside, or where nothing is to be said.
    pub(super) fn of_deployment(&self, number: usize) -> Option<Vec<Finding>> {
        let deployment = &self.records.deployments[number];
        let at = deployment.finished_at.filter(|at| self.settings.range.contains(*at))?;
        let span = (deployment.started_at.filter(|start| *start <= at).unwrap_or(at), at);
        let mut findings = Vec::new();
        match self.live_change(deployment) {
            Some((change, basis)) => {
                findings.extend(self.outside_window(number, span, change));
                findings.extend(self.other_service(deployment, change, basis));
                findings.extend(self.other_type(number, change));
            }
            None if self.records.changes.is_empty() => {}
            None => findings.extend(self.without_record(deployment, at)),
        }
        findings.extend(self.frozen(span, deployment.team.as_deref(), &self.touched.of_deployment(deployment), &self.how(deployment)));
        if findings.is_empty() && !self.records.changes.is_empty() {
            findings.push(Finding { word: "agrees", detail: self.why_agrees(deployment), off_by: None });
        }
        findings.sort_by_key(|finding| finding.word);
        (!findings.is_empty()).then_some(findings)
    }

    /// Number of the change that the deployment belongs to, unless that was cancelled.
    pub(super) fn live_change(&self, deployment: &Deployment) -> Option<(usize, Basis)> {
        deployment.change.filter(|(change, _)| self.records.changes[*change].state.as_deref() != Some("cancelled"))
    }

    /// What people call a change.
    pub(super) fn change_words(&self, number: usize) -> &str {
        self.changes.label(number).unwrap_or(&self.records.changes[number].id)
    }

    fn why_agrees(&self, deployment: &Deployment) -> Option<String> {
        let is_alone = self.live_change(deployment).is_none() && deployment.kind == "rollback";
        is_alone.then(|| "a rollback needs no change of its own".to_owned())
    }

    /// A rollback belongs to the change that it undoes.
    fn without_record(&self, deployment: &Deployment, at: i64) -> Option<Finding> {
        if deployment.kind == "rollback" {
            return None;
        }
        if let Some((change, _)) = deployment.change {
            return Some(Finding::new("no_change_record", format!("names {}, which was cancelled", self.change_words(change))));
        }
        if let Some(gap) = self.changed.gap(at) {
            return Some(Finding::new("not_judged", self.silence_words("change record", gap)));
        }
        let detail = match (&deployment.named_change, &deployment.service) {
            (Some(named), _) => format!("names {named}, which is not in the exports"),
            (None, Some(_)) => "names no change, and no change on its service was open then".to_owned(),
            (None, None) => "names neither a change nor a known service".to_owned(),
        };
        Some(Finding::new("no_change_record", detail))
    }

    fn outside_window(&self, number: usize, span: (i64, i64), change: usize) -> Option<Finding> {
        let planned = self.records.changes[change].planned;
        let off = outside(span, planned, self.slack(Some(number), Some(change)))?;
        let words = planned_words(planned, self.settings.timezone);
        let (start, end) = (self.at_words(span.0), self.at_words(span.1));
        let ran = if start == end { format!("ended {end}") } else { format!("ran {start} to {end}") };
        Some(Finding::new("outside_window", format!("{words}; {ran}")).off_by(off))
    }

    /// Where records know the day alone, a day is no difference.
    pub(super) fn slack(&self, deployment: Option<usize>, change: Option<usize>) -> i64 {
        let is_day =
            deployment.is_some_and(|number| self.deployments.is_day(number)) || change.is_some_and(|number| self.changes.is_day(number));
        if is_day { DAY } else { SLACK }
    }

    /// Both name services and none is the same.
    fn other_service(&self, deployment: &Deployment, change: usize, basis: Basis) -> Option<Finding> {
        if basis == Basis::Window {
            return None;
        }
        let change = &self.records.changes[change];
        let (deployed, planned) = (self.touched.of_deployment(deployment), self.touched.of_change(change));
        let differs = !deployed.is_empty() && !planned.is_empty() && deployed.iter().all(|service| !planned.contains(service));
        differs
            .then(|| Finding::new("other_service", format!("the change is for {}, deployed was {}", listed(&planned), listed(&deployed))))
    }

    fn other_type(&self, number: usize, change: usize) -> Option<Finding> {
        let (deployment, kind) = (&self.records.deployments[number], self.records.changes[change].kind.as_str());
        let is_plain = deployment.kind == "deploy" && self.knows_hotfixes && !self.deployments.is_guessed(number);
        match (kind, deployment.kind.as_str()) {
            ("standard", "rollback") if self.is_repair(change) => {
                Some(Finding::new("other_type", "a rollback under a standard change of its own"))
            }
            ("standard", "hotfix") => Some(Finding::new("other_type", "a hotfix under a standard change")),
            ("emergency", _) if is_plain => Some(Finding::new("other_type", "a plain deployment under an emergency change")),
            _ => None,
        }
    }

    /// Whether nothing but repairs was deployed under the change: a rollback may name the change that it undoes.
    fn is_repair(&self, change: usize) -> bool {
        let deployed = self.records.changes[change].deployments.iter();
        deployed.map(|number| self.records.deployments[*number].kind.as_str()).all(|kind| matches!(kind, "rollback" | "hotfix"))
    }

    /// What was deployed and under which change: a freeze may allow for some.
    fn how(&self, deployment: &Deployment) -> String {
        let kind = match deployment.kind.as_str() {
            "" => "deployment",
            "deploy" => "plain deployment",
            other => other,
        };
        let change = self.live_change(deployment).map(|(change, _)| (&self.records.changes[change], self.change_words(change)));
        change.map_or_else(
            || format!("{} without a change record", kind.replace('_', " ")),
            |(change, name): (&Change, &str)| format!("{} under the {} change {name}", kind.replace('_', " "), change.kind),
        )
    }
}

fn listed(services: &[&str]) -> String {
    let mut services = services.to_vec();
    services.sort_unstable();
    services.dedup();
    services.join(", ")
}
