//! Recurring incidents that deserve a problem record.

use crate::column::table;

table! {
    /// One row per cluster of similar incidents that recurs more often than by chance, or whose fix did not hold.
    problem_candidates by CLUSTER_ID {
        CLUSTER_ID "cluster_id" Text required "Identifier of the cluster: its earliest incident.";
        SERVICE_ID "service_id" Text optional "Service that the incidents share.";
        TEAM_ID "team_id" Text optional "Owner of the service.";
        CI_NAME_RAW "ci_name_raw" Text optional "Configuration item that most of them name.";
        CATEGORY "category" Text optional "Category that most of them carry.";
        TITLE "title" Text optional "Words that their titles share.";
        INCIDENTS "incidents" Int required "Incidents of the cluster in the range.";
        EXPECTED "expected" Real optional "How many would be expected by chance.";
        P "p" Real optional "Probability of so many or more by chance (Poisson).";
        Q "q" Real optional "The same adjusted for all clusters looked at (Benjamini-Hochberg).";
        RATE_RATIO_LOWER "rate_ratio_lower" Real optional "Lower end of the 90 % interval of incidents ÷ expected.";
        RATE_RATIO_UPPER "rate_ratio_upper" Real optional "Upper end.";
        FIRST_AT "first_at" Instant optional "Start of the first.";
        LAST_AT "last_at" Instant optional "Start of the last.";
        HOURS_LOST "hours_lost" Real required "Hours from start to restored, summed; open ones count up to the extract.";
        OPEN "open" Int required "Incidents not yet restored.";
        CHANGE_CAUSED "change_caused" Real required "Expected number that a change caused.";
        LINKED_CHANGES "linked_changes" Text optional "Changes and deployments that they are put down to, joined by `, `.";
        PROBLEM_ID "problem_id" Text optional "Problem record that covers it; empty = none.";
        PROBLEM_BASIS "problem_basis" Text optional "How it is known: `incident` (the record names it), `title` (same service, similar title).";
        RECURRED_AFTER_FIX "recurred_after_fix" Int required "Incidents after the problem was fixed or resolved.";
        INCIDENT_IDS "incident_ids" Text required "Incidents, joined by `, `, oldest first.";
        FINDING "finding" Text required "`candidate` (recurs, no problem record), `known` (recurs, has one), `fix did not hold` or `not shown`.";
    }
}
