//! The way from one definition to another: one group of fields at a time, in a fixed order.
//!
//! The order is part of the result, since changes act on each other: first what is asked for as a cause, then which records count, then
//! which deployments may be held responsible, last the formulas. A step that changes nothing is left out.

use sequela_schema::Definition;
use sequela_schema::definition::{Attribution, DurationSummary, IncidentClock, Pooling, RateNumerator, RestoreMonth, RestoreStart, Scope};

/// One step: the definition after it, and why figures change.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Word of the `reason` column.
    pub reason: &'static str,
    /// The reason in words; "it" is the other definition.
    pub words: String,
    /// Ours so far, with theirs in the fields of this step and those before.
    pub definition: Definition,
}

/// Takes fields of the other definition over, and says what that means.
struct Change {
    reason: &'static str,
    take: fn(&mut Definition, &Definition),
    words: fn(&Definition, &Definition) -> String,
}

/// The steps from ours to theirs.
pub fn steps(ours: &Definition, theirs: &Definition) -> Vec<Step> {
    let mut current = ours.clone();
    let mut steps = Vec::new();
    for change in CHANGES {
        let mut next = current.clone();
        (change.take)(&mut next, theirs);
        if next != current {
            steps.push(Step { reason: change.reason, words: (change.words)(&current, &next), definition: next.clone() });
            current = next;
        }
    }
    // Name and unit of rates change no figure that is compared.
    if let Some(last) = steps.last_mut() {
        last.definition = theirs.clone();
    }
    steps
}

/// All changes, in order. Units of rates are no step: figures are compared as ratios.
const CHANGES: [Change; 23] = [
    Change {
        reason: "all_incidents",
        take: |next, theirs| {
            if theirs.rate_numerator == RateNumerator::Incidents {
                next.rate_numerator = theirs.rate_numerator;
                next.attribution = theirs.attribution;
                next.use_evidence = theirs.use_evidence;
            }
        },
        words: |_, _| "it counts every incident as a failure, whatever caused it".to_owned(),
    },
    Change {
        reason: "recorded_causes_only",
        take: |next, theirs| {
            if theirs.attribution == Attribution::Record {
                next.attribution = theirs.attribution;
            }
        },
        words: |_, _| "it counts only causes that somebody recorded".to_owned(),
    },
    Change { reason: "coincidence", take: |next, theirs| next.attribution = theirs.attribution, words: attribution },
    Change {
        reason: "records_and_rollbacks",
        take: |next, theirs| (next.use_evidence, next.rollback_hours) = (theirs.use_evidence, theirs.rollback_hours),
        words: |_, after| {
            let text = if after.use_evidence {
                "it takes a recorded cause, or a rollback that followed, before any rule"
            } else {
                "it does not look at recorded causes and rollbacks"
            };
            text.to_owned()
        },
    },
    Change {
        reason: "every_deployment_of_cause",
        take: |next, theirs| next.every_deployment_of_cause = theirs.every_deployment_of_cause,
        words: |_, after| {
            let which = if after.every_deployment_of_cause { "every deployment that carries" } else { "only the latest deployment of" };
            format!("it blames {which} the recorded change or commit")
        },
    },
    Change {
        reason: "deployment_results",
        take: |next, theirs| next.deployment_results.clone_from(&theirs.deployment_results),
        words: |_, after| format!("it counts deployments that ended with {}", after.deployment_results.join(" or ")),
    },
    Change {
        reason: "deployment_kinds",
        take: |next, theirs| {
            next.excluded_kinds.clone_from(&theirs.excluded_kinds);
            next.uncounted_kinds.clone_from(&theirs.uncounted_kinds);
        },
        words: kinds,
    },
    Change {
        reason: "commit_time",
        take: |next, theirs| next.commit_time_needed = theirs.commit_time_needed,
        words: |_, after| {
            format!("it counts deployments {} commit time is known", if after.commit_time_needed { "whose" } else { "even where no" })
        },
    },
    Change {
        reason: "incident_states",
        take: |next, theirs| next.excluded_incident_states.clone_from(&theirs.excluded_incident_states),
        words: |_, after| match after.excluded_incident_states.as_slice() {
            [] => "it counts cancelled, merged and duplicate incidents too".to_owned(),
            states => format!("it leaves out duplicate incidents and those that are {}", states.join(" or ")),
        },
    },
    Change {
        reason: "incident_clock",
        take: |next, theirs| next.incident_clock = theirs.incident_clock,
        words: |_, after| {
            let clock = match after.incident_clock {
                IncidentClock::Created => "when its record was created",
                IncidentClock::FirstKnown => "at the first known of start, detection and creation",
            };
            format!("for it an incident begins {clock}")
        },
    },
    Change { reason: "lookback", take: |next, theirs| next.lookback_hours = theirs.lookback_hours, words: lookback },
    Change {
        reason: "scope",
        take: |next, theirs| {
            next.scope = theirs.scope;
            next.relations.clone_from(&theirs.relations);
        },
        words: scope,
    },
    Change {
        reason: "same_instant",
        take: |next, theirs| next.equal_instant_counts = theirs.equal_instant_counts,
        words: |_, after| {
            let not = if after.equal_instant_counts { "also" } else { "not" };
            format!("it {not} blames a deployment that ended in the very instant of the incident")
        },
    },
    Change {
        reason: "commit_rows",
        take: |next, theirs| next.link_by_commit_row = theirs.link_by_commit_row,
        words: |_, after| {
            let text = if after.link_by_commit_row {
                "it links to each commit row of a deployment at the row's own time"
            } else {
                "it links to a deployment at its end, not to each of its commit rows"
            };
            text.to_owned()
        },
    },
    Change {
        reason: "range_only",
        take: |next, theirs| next.deployments_in_range_only = theirs.deployments_in_range_only,
        words: |_, after| {
            let which = if after.deployments_in_range_only { "only deployments of the range" } else { "deployments before the range too" };
            format!("it blames {which}")
        },
    },
    Change {
        reason: "other_teams",
        take: |next, theirs| next.failure_crosses_teams = theirs.failure_crosses_teams,
        words: |_, after| {
            let not = if after.failure_crosses_teams { "also" } else { "not" };
            format!("on a service of two teams it {not} counts the failure against the other team")
        },
    },
    Change {
        reason: "pairs",
        take: |next, theirs| next.rate_numerator = theirs.rate_numerator,
        words: |_, after| {
            let what = match after.rate_numerator {
                RateNumerator::FailedDeployments => "a deployment with several incidents once",
                RateNumerator::Links => "a deployment once for each of its incidents",
                RateNumerator::Incidents => "every incident",
            };
            format!("as a failure it counts {what}")
        },
    },
    Change {
        reason: "mean_of_services",
        take: |next, theirs| next.pooling = theirs.pooling,
        words: |_, after| {
            let text = match after.pooling {
                Pooling::MeanOfServices => "it takes the mean of the services' own figures, each service counting once",
                Pooling::Records => "it puts the records of all services together",
            };
            text.to_owned()
        },
    },
    Change {
        reason: "open_incidents",
        take: |next, theirs| {
            if next.durations == DurationSummary::KaplanMeier && theirs.durations != DurationSummary::KaplanMeier {
                next.durations = DurationSummary::Median;
            }
        },
        words: |_, _| "it leaves open incidents out".to_owned(),
    },
    Change {
        reason: "restore_time",
        take: |next, theirs| (next.restore_start, next.restore_month) = (theirs.restore_start, theirs.restore_month),
        words: restore,
    },
    Change {
        reason: "summary",
        take: |next, theirs| {
            next.durations = if theirs.durations == DurationSummary::KaplanMeier && next.durations != theirs.durations {
                DurationSummary::Median
            } else {
                theirs.durations
            };
        },
        words: |_, after| format!("it takes the {} of the restored incidents", summary(after.durations)),
    },
    Change {
        reason: "open_incidents",
        take: |next, theirs| next.durations = theirs.durations,
        words: |_, _| "it counts open incidents with the time they have lasted so far".to_owned(),
    },
    Change {
        reason: "when_empty",
        take: |next, theirs| *next = Definition { preset: next.preset.clone(), rate_unit: next.rate_unit, ..theirs.clone() },
        words: |_, _| "it writes other values where there is nothing to count".to_owned(),
    },
];

fn attribution(before: &Definition, after: &Definition) -> String {
    let text = match (before.attribution, after.attribution) {
        (Attribution::Model, Attribution::Rule) => "it blames a deployment in reach for every incident, where our model weighs coincidence",
        (_, Attribution::Rule) => "it blames a deployment in reach for every incident",
        (_, Attribution::Model) => "its model weighs coincidence, where a rule blames a deployment for every incident",
        (_, Attribution::Record) => "it counts only causes that somebody recorded",
        (_, Attribution::Nothing) => "it asks for no cause",
    };
    text.to_owned()
}

fn kinds(before: &Definition, after: &Definition) -> String {
    let left_out = |definition: &Definition| -> Vec<String> {
        definition.uncounted_kinds.iter().chain(&definition.excluded_kinds).map(|kind| kind.replace('_', " ")).collect()
    };
    let (was, is) = (left_out(before), left_out(after));
    let added: Vec<&str> = was.iter().filter(|kind| !is.contains(kind)).map(String::as_str).collect();
    if added.is_empty() {
        return format!("it does not count deployments of these kinds: {}", is.join(", "));
    }
    format!("it counts deployments of these kinds too: {}", added.join(", "))
}

fn lookback(before: &Definition, after: &Definition) -> String {
    match (before.lookback_hours, after.lookback_hours) {
        (Some(ours), None) => format!("it blames the last deployment however long ago, not only within {ours} h"),
        (None, Some(theirs)) => format!("it blames a deployment of the last {theirs} h only"),
        (ours, theirs) => format!("it looks back {} h, not {} h", theirs.unwrap_or_default(), ours.unwrap_or_default()),
    }
}

fn scope(before: &Definition, after: &Definition) -> String {
    let text = match (before.scope, after.scope) {
        (Scope::Service, Scope::Service) => "it follows other dependencies between services",
        (_, Scope::Service) => "it looks at the service and what it depends on; a deployment counts once per service",
        (_, Scope::Team) => "it looks at all services of the team and no dependency; a deployment counts once per team",
        (_, Scope::Organisation) => "for it a deployment counts once, however many services it touches",
    };
    text.to_owned()
}

/// A change of both is told as the one that moves more.
fn restore(_: &Definition, after: &Definition) -> String {
    let month = match after.restore_month {
        RestoreMonth::Start => "began",
        RestoreMonth::Resolution => "was resolved",
    };
    match after.restore_start {
        RestoreStart::LinkedDeployment => "it counts from the end of the deployment that caused the incident".to_owned(),
        RestoreStart::Incident => format!("an incident belongs to the month in which it {month}"),
    }
}

fn summary(durations: DurationSummary) -> &'static str {
    match durations {
        DurationSummary::KaplanMeier => "Kaplan–Meier median",
        DurationSummary::LowerMedianMinutes => "lower median of whole minutes",
        DurationSummary::MeanSeconds => "mean, not the median,",
        DurationSummary::Median => "median",
        DurationSummary::MedianWholeHours => "median of whole hours",
    }
}

#[cfg(test)]
mod tests {
    use sequela_schema::definition::PRESETS;

    use super::*;

    #[test]
    fn every_way_ends_at_their_definition() {
        let presets = || PRESETS.into_iter().filter_map(Definition::preset);
        for ours in presets() {
            for theirs in presets() {
                let mut reached = ours.clone();
                for change in CHANGES {
                    (change.take)(&mut reached, &theirs);
                }
                reached.preset.clone_from(&theirs.preset);
                reached.rate_unit = theirs.rate_unit;
                assert_eq!(reached, theirs, "from {}", ours.preset);
                assert_eq!(steps(&ours, &theirs).is_empty(), ours == Definition { preset: ours.preset.clone(), ..theirs });
            }
        }
    }

    /// docs/reconciliation.md is what readers are told of the order.
    #[test]
    fn the_documented_order_is_the_one_taken() {
        let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reconciliation.md");
        let page = std::fs::read_to_string(page).unwrap();
        let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
        let documented: Vec<&str> = rows.filter_map(|row| row.split('`').next()).collect();
        assert_eq!(documented, CHANGES.map(|change| change.reason));
    }

    #[test]
    fn the_way_to_devlake_is_the_documented_one() {
        let reasons: Vec<_> =
            steps(&Definition::sequela(), &Definition::preset("devlake-2023").unwrap()).iter().map(|step| step.reason).collect();
        let expected = [
            "coincidence",
            "records_and_rollbacks",
            "deployment_kinds",
            "incident_states",
            "incident_clock",
            "lookback",
            "scope",
            "commit_rows",
            "other_teams",
            "open_incidents",
            "restore_time",
            "summary",
            "when_empty",
        ];
        assert_eq!(reasons, expected);
    }
}
