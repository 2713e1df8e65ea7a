//! Why a deployment is held responsible, in words.

use sequela_schema::vocabulary::{evidence, relation, verdict};

use super::numbers::duration;

/// How the deployment relates to the service of the incident.
pub(crate) fn relation_words(relation: &str) -> &str {
    match relation {
        relation::SAME_SERVICE => "on the same service",
        relation::DEPENDS_ON => "on a service that it depends on",
        relation::TWO_HOPS => "on a service two dependencies away",
        relation::SAME_TEAM => "on another service of the same team",
        relation::ASSERTED => "named in the record",
        other => other,
    }
}

/// What the link rests on.
pub(crate) fn evidence_words(evidence: &str) -> &str {
    match evidence {
        evidence::ASSERTED => "the record names it as the cause",
        evidence::ROLLBACK => "it was rolled back after the incident began",
        evidence::MODEL => "by the model",
        evidence::RULE => "rule: the nearest deployment before the incident",
        other => other,
    }
}

/// How sure the link is: a rule has no probability to give.
pub(crate) fn certainty(evidence: &str, probability: f64) -> String {
    match evidence {
        evidence::RULE if probability > 0.0 => "by rule".to_owned(),
        evidence::RULE => "no".to_owned(),
        _ => super::numbers::probability(probability),
    }
}

/// What is said about an incident.
pub(crate) fn verdict_words(verdict: &str) -> &str {
    match verdict {
        verdict::CHANGE => "put down to a change",
        verdict::BACKGROUND => "not put down to a change",
        verdict::UNDETERMINED => "undetermined",
        verdict::INSUFFICIENT_DATA => "too little data to say",
        other => other,
    }
}

/// `38 min before the incident`; a negative lag means that the deployment ended later.
pub(crate) fn lag_words(seconds: f64) -> String {
    let hours = seconds.abs() / 3_600.0;
    if seconds < 0.0 {
        format!("{} after the incident began", duration(hours))
    } else if seconds == 0.0 {
        "at the same moment as the incident".to_owned()
    } else {
        format!("{} before the incident", duration(hours))
    }
}

/// Relation and lag in one clause.
pub(crate) fn link_words(relation: &str, lag_seconds: Option<f64>) -> String {
    match lag_seconds {
        Some(lag) => format!("{}, {}", relation_words(relation), lag_words(lag)),
        None => relation_words(relation).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lags_say_which_came_first() {
        assert_eq!(lag_words(2_280.0), "38 min before the incident");
        assert_eq!(lag_words(-600.0), "10 min after the incident began");
        assert_eq!(lag_words(0.0), "at the same moment as the incident");
        assert_eq!(link_words("depends_on", Some(5_400.0)), "on a service that it depends on, 1 h 30 min before the incident");
        assert_eq!(link_words("asserted", None), "named in the record");
    }
}
