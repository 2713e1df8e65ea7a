//! Numbers that ServiceNow stores for states and risks (formats, section 4.1).

use sequela_schema::Table;
use sequela_schema::canonical::{changes, incidents, problems};

use crate::plan::Word;

/// The words of a table.
pub(super) fn of(table: &Table) -> Vec<(usize, Word)> {
    match table.name {
        "incidents" => vec![(incidents::STATE.position, incident_state)],
        "changes" => vec![(changes::STATE.position, change_state), (changes::RISK.position, risk)],
        _ => vec![(problems::STATE.position, problem_state)],
    }
}

/// The whole number in a text, also as `3.0`, which the change API writes.
fn number(text: &str) -> Option<&str> {
    let text = text.trim();
    Some(text.strip_suffix(".0").unwrap_or(text)).filter(|text| text.parse::<i32>().is_ok())
}

/// State of an incident.
pub(super) fn incident_state(text: &str) -> Option<&'static str> {
    Some(match number(text)? {
        "1" => "triggered",
        "2" => "in_progress",
        "3" => "on_hold",
        "6" => "resolved",
        "7" => "closed",
        "8" => "cancelled",
        _ => return None,
    })
}

/// State of a change.
pub(super) fn change_state(text: &str) -> Option<&'static str> {
    Some(match number(text)? {
        "-5" => "new",
        "-4" => "assess",
        "-3" => "authorize",
        "-2" => "scheduled",
        "-1" => "implement",
        "0" => "review",
        "3" => "closed",
        "4" => "cancelled",
        _ => return None,
    })
}

fn problem_state(text: &str) -> Option<&'static str> {
    Some(match number(text)? {
        "1" => "open",
        "2" => "known error",
        "3" => "pending change",
        "4" => "closed/resolved",
        "101" => "new",
        "102" => "assess",
        "103" => "root cause analysis",
        "104" => "fix in progress",
        "106" => "resolved",
        "107" => "closed",
        _ => return None,
    })
}

fn risk(text: &str) -> Option<&'static str> {
    Some(match number(text)? {
        "1" => "very_high",
        "2" => "high",
        "3" => "moderate",
        "4" => "low",
        _ => return None,
    })
}
