//! What a record is under a definition, in words for a reader.

use sequela_schema::vocabulary::evidence;

use crate::calendar::month_label;

pub(crate) const EVERY_INCIDENT: &str = "counts as a failure, like every incident";
pub(crate) const NOT_COUNTED: &str = "does not count";
pub(crate) const NOT_HELD: &str = "held against no deployment";

/// A deployment that counts so many times.
pub(crate) fn counted(times: usize) -> String {
    if times == 1 { "counts as a deployment".to_owned() } else { format!("counts as {times} deployments, one per service") }
}

/// An incident in the month of its start.
pub(crate) fn began(month: i32) -> String {
    format!("counts in {}", month_label(month))
}

/// A duration: minutes, hours or days, whichever reads best.
pub(crate) fn span(hours: f64) -> String {
    match hours.abs() {
        size if size < 1.0 => format!("{:.0} min", hours * 60.0),
        size if size < 48.0 => format!("{hours:.1} h"),
        _ => format!("{:.1} days", hours / 24.0),
    }
}

/// A time to restore and the month that it belongs to.
pub(crate) fn restore(hours: f64, is_open: bool, month: i32) -> String {
    let state = if is_open { "open so far for" } else { "restored after" };
    format!("{state} {}, in {}", span(hours), month_label(month))
}

/// An incident held against a deployment.
pub(crate) struct Held<'a> {
    pub(crate) deployment: &'a str,
    pub(crate) grounds: &'a str,
    /// Seconds from the deployment to the incident.
    pub(crate) lag: Option<f64>,
    pub(crate) probability: f64,
    /// Probability that any change caused the incident.
    pub(crate) change: f64,
}

impl Held<'_> {
    /// How much of a failure it is: by a record or rule a whole one, by the model its probability that a change caused it.
    pub(crate) fn amount(&self) -> f64 {
        if self.is_certain() { 1.0 } else { self.change }
    }

    fn is_certain(&self) -> bool {
        self.probability >= 1.0
    }

    pub(crate) fn words(&self) -> String {
        let when = match self.lag.map(|seconds| seconds / 3600.0) {
            Some(hours) if hours >= 0.0 => format!("{} after it", span(hours)),
            Some(hours) => format!("{} before its end", span(-hours)),
            None => "at an unknown time".to_owned(),
        };
        let grounds = match self.grounds {
            evidence::ASSERTED => "by its record",
            evidence::ROLLBACK => "by a rollback",
            _ => "by the rule",
        };
        if self.is_certain() {
            return format!("held against {}, {when}, {grounds}", self.deployment);
        }
        let verdict = if self.change >= 0.5 { "a change, most likely" } else { "rather coincidence; if any change," };
        format!("{:.0} % likely a change: {verdict} {}, {when}", 100.0 * self.change, self.deployment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_told_with_its_time_and_ground() {
        let held = Held { deployment: "D1", grounds: evidence::RULE, lag: Some(7200.0), probability: 1.0, change: 1.0 };
        assert_eq!(held.words(), "held against D1, 2.0 h after it, by the rule");
        let unsure = Held { grounds: evidence::MODEL, lag: Some(-1800.0), probability: 0.1, change: 0.12, ..held };
        assert_eq!(unsure.words(), "12 % likely a change: rather coincidence; if any change, D1, 30 min before its end");
        assert!((unsure.amount() - 0.12).abs() < 1e-12);
    }
}
