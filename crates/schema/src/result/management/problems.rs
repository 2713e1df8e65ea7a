//! Recurring incidents that deserve a problem record.

use crate::column::table;

table! {
    /// One row per cluster of similar incidents that recurs more often than by chance, or that came back after its fix. Incidents belong
    /// together when they are of one service (else configuration item, else team) and their titles say the same in nearly the same words;
    /// where titles say nothing that recurs, when they are of one configuration item (else service, else team) and have the same category
    /// and closure code. An incident is in one cluster only. A cluster that recurs is an association of words and place, not a cause.
    problem_candidates by CLUSTER_ID {
        CLUSTER_ID "cluster_id" Text required "Identifier of the cluster: its earliest incident.";
        SERVICE_ID "service_id" Text optional "Service that at least half of them share.";
        TEAM_ID "team_id" Text optional "Owner of the service of at least half.";
        CI_NAME_RAW "ci_name_raw" Text optional "Configuration item that at least half name.";
        CATEGORY "category" Text optional "Category that at least half carry.";
        CLOSE_CODE "close_code" Text optional "Closure code that at least half carry.";
        TITLE "title" Text optional "Words that at least half of their titles share, in the commonest title, `…` for the rest; the title of the problem record where only that joins them; empty where the category does.";
        INCIDENTS "incidents" Int required "Incidents of the cluster in the range.";
        DAYS "days" Int required "Days on which at least one began: several on one day are one occasion, since an outage opens many records.";
        AGAINST "against" Text optional "What chance is: `elsewhere` (the share of such incidents among those of all places) or `earlier` (the share of all incidents, or of those of the place where that is larger, that began in the last 28 days); whichever shows more.";
        DAYS_COMPARED "days_compared" Int optional "Days that are compared: all, or those of the last 28 days.";
        EXPECTED "expected" Real optional "How many days would be expected by chance: those of all such incidents × this place's part of all days; or the cluster's days × the part of all days that is in the last 28.";
        P "p" Real optional "Probability of so many or more days by chance: two Poisson counts compared given their sum, times two where both comparisons can be made.";
        Q "q" Real optional "The same adjusted for all pairs of a place and a kind of incident (Benjamini-Hochberg); at most 0.1 is more than chance.";
        RATE_RATIO "rate_ratio" Real optional "Days compared ÷ expected.";
        RATE_RATIO_LOWER "rate_ratio_lower" Real optional "Lower end of its 90 % interval (Clopper-Pearson).";
        RATE_RATIO_UPPER "rate_ratio_upper" Real optional "Upper end.";
        FIRST_AT "first_at" Instant optional "Start of the first.";
        LAST_AT "last_at" Instant optional "Start of the last.";
        HOURS_LOST "hours_lost" Real required "Hours from start to restored, summed; open ones count up to the extract. Incidents at the same time count each.";
        OPEN "open" Int required "Incidents not yet restored.";
        CHANGE_CAUSED "change_caused" Real required "Expected number that a change caused.";
        LINKED_CHANGES "linked_changes" Text optional "Changes and deployments that their records name, as cause or as related, or that they are put down to; joined by `, `, at most 500.";
        PROBLEM_ID "problem_id" Text optional "Problem record that covers it; empty = none.";
        PROBLEM_BASIS "problem_basis" Text optional "How it is known: `incident` (at least half of the incidents from before its fix name it), `title` (same service, similar title).";
        FIXED_AT "fixed_at" Instant optional "Since when the problem is fixed: the actual end of its fix, else resolved, else closed.";
        RECURRED_AFTER_FIX "recurred_after_fix" Int required "Incidents that began later; where the category joins them, only those that name the problem.";
        INCIDENT_IDS "incident_ids" Text required "Incidents, joined by `, `, oldest first, at most 500.";
        FINDING "finding" Text required "`candidate` (recurs, no problem record), `known` (recurs, has one) or `fix did not hold`.";
    }
}
