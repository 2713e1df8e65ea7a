//! Turns the words of trackers and pipelines into ours (formats, section 5). An unknown word is `None`: never a success or a
//! failure by default.

use sequela_schema::vocabulary::{PRODUCTION, SUCCESS, kind};

/// What the text of an outcome says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It ended that way.
    Ended(&'static str),
    /// It has not ended: the state.
    Running(&'static str),
    Unknown,
}

/// The word in lower case with `_` between its parts.
fn word(text: &str) -> String {
    let separated = text.trim().to_lowercase();
    separated.split(|letter: char| letter == '_' || letter == '-' || letter.is_whitespace()).collect::<Vec<_>>().join("_")
}

/// Outcome of a deployment. `inactive` and `superseded` mean that a later one replaced it, not that it failed.
pub(crate) fn outcome(text: &str) -> Outcome {
    Outcome::Ended(match word(text).as_str() {
        "success" | "succeeded" | "successful" | "completed" | "complete" | "inactive" | "active" | "superseded" | "deployed"
        | "passed" | "ok" | "fixed" => SUCCESS,
        "failure" | "failed" | "fail" | "terminal" | "failed_continue" | "partiallysucceeded" | "partially_succeeded" | "unstable" => {
            "failure"
        }
        "error" | "errored" | "startup_failure" | "infrastructure_fail" => "error",
        "timeout" | "timed_out" | "timedout" => "timeout",
        "cancellation" | "canceled" | "cancelled" | "cancel" | "aborted" | "stopped" | "abandoned" => "cancellation",
        "skip" | "skipped" | "notdeployed" | "not_deployed" | "not_built" | "not_run" | "neutral" => "skip",
        "queued" | "pending" | "waiting" | "created" | "requested" | "not_started" | "notstarted" => return Outcome::Running("queued"),
        "in_progress" | "inprogress" | "running" | "started" | "building" => return Outcome::Running("in_progress"),
        _ => return Outcome::Unknown,
    })
}

/// Lifecycle of a deployment.
pub(crate) fn deployment_state(text: &str) -> Option<&'static str> {
    match word(text).as_str() {
        "done" | "finished" => Some("done"),
        "unknown" => Some("unknown"),
        _ => match outcome(text) {
            Outcome::Ended(_) => Some("done"),
            Outcome::Running(state) => Some(state),
            Outcome::Unknown => None,
        },
    }
}

/// Environment: the configured names of production first, then parts of the name. `non-prod` and `preprod` are no production.
pub(crate) fn environment(text: &str, production: &[String]) -> &'static str {
    let text = text.trim().to_lowercase();
    if production.iter().any(|name| name.trim().to_lowercase() == text) {
        return PRODUCTION;
    }
    let parts: Vec<&str> = text.split(['-', '_', '/', ' ', '.', ':']).filter(|part| !part.is_empty()).collect();
    let has = |words: &[&str]| parts.iter().any(|part| words.contains(part));
    let prefixed = |first: &[&str]| parts.windows(2).any(|pair| first.contains(&pair[0]) && PRODUCTIONS.contains(&pair[1]));
    if has(&["review", "preview", "ephemeral", "pr", "mr"]) {
        "other"
    } else if prefixed(&["non", "pre", "not"]) || has(&["nonprod", "nonproduction", "preprod", "preproduction"]) || has(&STAGING) {
        "staging"
    } else if has(&PRODUCTIONS) {
        PRODUCTION
    } else if has(&["test", "tst", "testing", "qa", "integration", "int", "sit", "perf"]) {
        "test"
    } else if has(&["dev", "develop", "development", "sandbox", "local"]) {
        "development"
    } else {
        "other"
    }
}

/// The name of a service without the environment that stands behind it: `checkout` of `checkout-prod`. A word before it stays: the services
/// `live-chat` and `dev-portal` are called so in every environment.
pub(crate) fn without_environment<'n>(name: &'n str, production: &[String]) -> &'n str {
    let Some((service, last)) = name.rsplit_once(['-', '_', '.']) else { return name };
    if service.is_empty() || last.is_empty() || environment(last, production) == "other" {
        return name;
    }
    let short = ["-pre", "-non", "_pre", "_non"].iter().find_map(|word| service.strip_suffix(word));
    short.filter(|short| !short.is_empty()).unwrap_or(service)
}

const PRODUCTIONS: [&str; 5] = ["prod", "prd", "production", "live", "p"];
const STAGING: [&str; 6] = ["uat", "staging", "stage", "stg", "acceptance", "acc"];

/// Kind of a deployment.
pub(crate) fn deployment_kind(text: &str) -> Option<&'static str> {
    Some(match word(text).as_str() {
        "deploy" | "deployment" | "release" => kind::DEPLOY,
        "rollback" | "roll_back" | "revert" | "rolledback" => kind::ROLLBACK,
        "hotfix" | "hot_fix" => kind::HOTFIX,
        "config_change" | "config" | "configuration" => kind::CONFIG_CHANGE,
        "feature_flag" | "flag" => kind::FEATURE_FLAG,
        "remove" | "removed" | "destroy" | "delete" => kind::REMOVE,
        "publish_only" | "publish" => kind::PUBLISH_ONLY,
        _ => return None,
    })
}

/// Whether the name of a job or stage says that it takes a deployment back.
pub(crate) fn names_rollback(text: &str) -> bool {
    let text = text.to_lowercase();
    ["rollback", "roll-back", "roll_back", "roll back"].iter().any(|part| text.contains(part))
}

/// Severity 1 (worst) to 5: the leading digit of `P1`, `SEV-1`, `1 - Critical`, `S1`, else a word.
pub(crate) fn severity(text: &str) -> Option<i64> {
    let text = word(text);
    let digit = text.bytes().find(u8::is_ascii_digit);
    let prefix: String = text.chars().take_while(|letter| !letter.is_ascii_digit()).filter(char::is_ascii_alphabetic).collect();
    if let Some(digit) = digit {
        let known = matches!(prefix.as_str(), "" | "p" | "s" | "sev" | "severity" | "prio" | "priority");
        return (known && (b'1'..=b'5').contains(&digit)).then(|| i64::from(digit - b'0'));
    }
    Some(match text.as_str() {
        "critical" | "blocker" | "highest" | "emergency" => 1,
        "major" | "high" | "urgent" => 2,
        "moderate" | "medium" | "normal" => 3,
        "minor" | "low" => 4,
        "trivial" | "lowest" | "planning" | "informational" => 5,
        _ => return None,
    })
}

/// State of an incident.
pub(crate) fn incident_state(text: &str) -> Option<&'static str> {
    let text = word(text);
    Some(match text.as_str() {
        "new" | "open" | "opened" | "triggered" | "reported" | "investigating" | "to_do" | "todo" => "triggered",
        "acknowledged" | "identified" | "assigned" => "acknowledged",
        "in_progress" | "active" | "work_in_progress" | "started" | "inprogress" => "in_progress",
        "on_hold" | "pending" | "hold" | "paused" => "on_hold",
        "mitigated" | "monitoring" | "fixed" => "mitigated",
        "resolved" | "completed" | "done" => "resolved",
        "closed" | "postmortem" | "closed_complete" => "closed",
        "cancelled" | "canceled" | "declined" => "cancelled",
        "merged" | "duplicate" => "merged",
        _ if text.starts_with("awaiting") || text.starts_with("waiting") || text.starts_with("on_hold") => "on_hold",
        _ => return None,
    })
}

/// Type of a change.
pub(crate) fn change_type(text: &str) -> Option<&'static str> {
    Some(match word(text).as_str() {
        "standard" | "pre_approved" | "preapproved" => "standard",
        "normal" => "normal",
        "emergency" | "expedited" | "urgent" => "emergency",
        "unknown" => "unknown",
        _ => return None,
    })
}

/// Risk of a change, by name or by ServiceNow's number (2 high, 3 moderate, 4 low).
pub(crate) fn risk(text: &str) -> Option<&'static str> {
    let text = word(text);
    let text = text.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '_');
    Some(match text {
        "very_high" => "very_high",
        "high" => "high",
        "moderate" | "medium" => "moderate",
        "low" | "none" | "very_low" => "low",
        _ => return None,
    })
}

/// State of a change, by name.
pub(crate) fn change_state(text: &str) -> Option<&'static str> {
    Some(match word(text).as_str() {
        "new" | "draft" | "open" => "new",
        "assess" | "requested" => "assess",
        "authorize" | "authorise" | "pending_approval" => "authorize",
        "scheduled" | "approved" => "scheduled",
        "implement" | "implementing" | "in_progress" | "work_in_progress" => "implement",
        "review" | "implemented" => "review",
        "closed" | "completed" | "closed_complete" => "closed",
        "cancelled" | "canceled" | "rejected" => "cancelled",
        "unknown" => "unknown",
        _ => return None,
    })
}

/// Closure of a change, also in the longer wordings of real instances.
pub(crate) fn close_code(text: &str) -> &'static str {
    let text = word(text);
    let has = |part: &str| text.contains(part);
    if has("cancel") {
        "cancelled"
    } else if has("unsuccessful") && !has("unexpected_impact")
        || has("rolled_back")
        || has("backed_out")
        || text == "failed"
        || text == "failure"
    {
        "unsuccessful"
    } else if has("unexpected_impact") || has("issue") {
        "successful_with_issues"
    } else if has("partial") || has("incomplete") {
        "incomplete"
    } else if has("success") || has("implemented") {
        "successful"
    } else {
        "unknown"
    }
}

/// A truth value.
pub(crate) fn truth(text: &str) -> Option<bool> {
    match word(text).as_str() {
        "true" | "yes" | "y" | "1" | "t" | "accepted" => Some(true),
        "false" | "no" | "n" | "0" | "f" | "rejected" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes() {
        for text in ["SUCCESS", "inactive", "Succeeded", "superseded"] {
            assert_eq!(outcome(text), Outcome::Ended(SUCCESS), "{text}");
        }
        assert_eq!(outcome("TimedOut"), Outcome::Ended("timeout"));
        assert_eq!(outcome("ABORTED"), Outcome::Ended("cancellation"));
        assert_eq!(outcome("in progress"), Outcome::Running("in_progress"));
        assert_eq!(outcome("meh"), Outcome::Unknown);
    }

    #[test]
    fn environments_that_only_look_like_production() {
        let rows = [
            ("PRODUCTION", "production"),
            ("prod-eu1", "production"),
            ("main-prod", "production"),
            ("live", "production"),
            ("non-prod", "staging"),
            ("preprod", "staging"),
            ("pre-production", "staging"),
            ("nonprod", "staging"),
            ("UAT", "staging"),
            ("qa", "test"),
            ("dev/anna", "development"),
            ("pr-123", "other"),
            ("product", "other"),
            ("github-pages", "other"),
        ];
        for (text, expected) in rows {
            assert_eq!(environment(text, &[]), expected, "{text}");
        }
        assert_eq!(environment("GitHub-Pages", &["github-pages".to_owned()]), PRODUCTION);
    }

    #[test]
    fn services_without_their_environment() {
        let rows = [
            ("checkout-prod", "checkout"),
            ("checkout-non-prod", "checkout"),
            ("live-chat", "live-chat"),
            ("payment-api_staging", "payment-api"),
            ("checkout", "checkout"),
            ("prod", "prod"),
        ];
        for (name, expected) in rows {
            assert_eq!(without_environment(name, &[]), expected, "{name}");
        }
    }

    #[test]
    fn severities() {
        let rows = [
            ("P1", Some(1)),
            ("SEV-2", Some(2)),
            ("1 - Critical", Some(1)),
            ("5 - Normal", Some(5)),
            ("critical", Some(1)),
            ("S3", Some(3)),
            ("none", None),
            ("9", None),
            ("disrupted", None),
        ];
        for (text, expected) in rows {
            assert_eq!(severity(text), expected, "{text}");
        }
    }

    #[test]
    fn closures_of_real_instances() {
        assert_eq!(close_code("Change Unsuccessful-Rolled Back"), "unsuccessful");
        assert_eq!(close_code("Change Successful-Unexpected Impact"), "successful_with_issues");
        assert_eq!(close_code("successful_issues"), "successful_with_issues");
        assert_eq!(close_code("Successful with issues"), "successful_with_issues");
        assert_eq!(close_code("Partial implementation"), "incomplete");
        assert_eq!(close_code("Successful"), "successful");
    }
}
