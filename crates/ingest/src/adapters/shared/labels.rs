//! What the labels of an issue say: that it is an incident, of which service, how bad.

use sequela_schema::canonical::incidents;
use serde_json::Value;

use super::{Desk, Entry, values};
use crate::words;

/// Labels that make an issue an incident, unless the source names others.
pub(crate) const INCIDENTS: [&str; 3] = ["incident", "incidents", "outage"];

/// The labels of one issue.
#[derive(Debug)]
pub(crate) struct Labels(Vec<String>);

impl Labels {
    /// The texts at these paths; one text may list several labels, separated by commas.
    pub(crate) fn of(record: &Value, paths: &[&str]) -> Self {
        let texts = paths.iter().flat_map(|path| values::texts(record, path));
        let labels = texts.flat_map(|text| text.split(',').map(|label| label.trim().to_owned()).collect::<Vec<_>>());
        Self(labels.filter(|label| !label.is_empty()).collect())
    }

    /// Whether a label is one of these, alone or as the value of a label such as `type: incident`.
    pub(crate) fn name_one_of(&self, names: &[&str]) -> bool {
        let is_one = |text: &str| names.iter().any(|name| name.eq_ignore_ascii_case(text));
        self.0.iter().any(|label| is_one(label) || parts(label).is_some_and(|(_, value)| is_one(value)))
    }

    /// The value of a label such as `service:checkout`.
    fn value_of(&self, keys: &[&str]) -> Option<&str> {
        self.0
            .iter()
            .filter_map(|label| parts(label))
            .find(|(key, _)| keys.iter().any(|name| name.eq_ignore_ascii_case(key)))
            .map(|(_, value)| value)
    }

    /// A label such as `sev1` or `P2`.
    fn graded(&self, letter: char) -> Option<&str> {
        let grade = |label: &&String| {
            label.to_lowercase().starts_with(letter) && label.bytes().any(|byte| byte.is_ascii_digit()) && words::severity(label).is_some()
        };
        self.0.iter().find(grade).map(String::as_str)
    }

    /// Fills severity, priority, environment and service of an incident. Without a label and without a service of the source, the
    /// project of the issue is taken for its service.
    pub(crate) fn fill(&self, entry: &mut Entry<'_>, desk: &Desk<'_>, project: Option<&str>) {
        entry.put_opt(&incidents::SEVERITY_RAW, self.value_of(&["severity", "sev"]).or(self.graded('s')));
        entry.put_opt(&incidents::PRIORITY_RAW, self.value_of(&["priority", "prio"]).or(self.graded('p')));
        entry.put_opt(&incidents::ENVIRONMENT_RAW, self.value_of(&["environment", "env"]));
        match self.value_of(&["service", "app", "application", "component"]) {
            Some(service) => entry.service(service),
            None if desk.scope().service.is_none() => project.into_iter().for_each(|project| entry.service(project)),
            None => {}
        }
    }
}

/// Key and value of a label such as `severity::1`, `type: incident` or `area/payments`.
fn parts(label: &str) -> Option<(&str, &str)> {
    let (key, value) = label.split_once([':', '/', '='])?;
    let value = value.trim_start_matches(':').trim();
    (!value.is_empty()).then_some((key.trim(), value))
}
