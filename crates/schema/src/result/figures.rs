//! Figures with their intervals.

use crate::column::table;

table! {
    /// One row per figure: scope, period and metric.
    metrics by SCOPE, SCOPE_ID, PERIOD, PERIOD_START, METRIC {
        SCOPE "scope" Text required "`organisation`, `group` (a team with all teams beneath it), `team` or `service`.";
        SCOPE_ID "scope_id" Text required "Identifier of the group, team or service; the organisation's name.";
        PERIOD "period" Text required "`month`, `week`, `quarter` or `all`.";
        PERIOD_START "period_start" Date required "First day of the period in the organisation's zone.";
        METRIC "metric" Text required "Name of the figure; docs/metrics.md defines each.";
        UNIT "unit" Text required "`count`, `ratio`, `percent`, `hours`, `seconds`, `per_week`, `per_100` or `label`.";
        N "n" Int required "Observations it rests on.";
        VALUE "value" Real optional "The figure; empty when there is nothing to divide or too little to say.";
        LOWER "lower" Real optional "Lower end of the interval.";
        UPPER "upper" Real optional "Upper end of the interval; empty when the data do not bound it.";
        METHOD "method" Text required "How value and interval were computed, with the level.";
        NOTE "note" Text optional "Anything to know: why it is empty, a label in words.";
    }
}

table! {
    /// One row per team over the whole range: how it stands against the organisation.
    team_comparison by TEAM_ID {
        TEAM_ID "team_id" Text required "Team.";
        DEPLOYMENTS "deployments" Int required "Deployments that count.";
        FAILURES "failures" Real required "Expected failed deployments.";
        RAW_RATE "raw_rate" Real optional "Failures ÷ deployments.";
        SHRUNK_RATE "shrunk_rate" Real optional "Rate shrunk towards the organisation (beta-binomial).";
        LOWER "lower" Real optional "Lower end of the shrunk rate's 90 % credible interval.";
        UPPER "upper" Real optional "Upper end.";
        P_WORSE_THAN_ORG "p_worse_than_org" Real optional "Posterior probability that the team's rate exceeds the organisation's.";
        FUNNEL "funnel" Text optional "`inside`, `above` or `below` the exact binomial limits 0.001/0.999.";
        RESTORE_MEDIAN_HOURS "restore_median_hours" Real optional "Kaplan–Meier median time to restore in hours.";
        RESTORE_LOGRANK_P "restore_logrank_p" Real optional "Log-rank p-value against the other teams.";
        VERDICT "verdict" Text required "`too few to say`, `no difference shown`, `higher` or `lower`.";
    }
}

table! {
    /// One row per step of a restore-time survival curve (Kaplan–Meier over the whole range).
    restore_curves by SCOPE, SCOPE_ID, HOURS {
        SCOPE "scope" Text required "`organisation`, `group` or `team`.";
        SCOPE_ID "scope_id" Text required "Identifier of the group or team; the organisation's name.";
        HOURS "hours" Real required "Hours since the incident began; the curve is flat until the next row.";
        AT_RISK "at_risk" Int required "Incidents not yet restored and still observed just before.";
        RESTORED "restored" Int required "Incidents restored at that time.";
        CENSORED "censored" Int required "Incidents still open whose observation ends between the previous row and this one.";
        NOT_RESTORED "not_restored" Real required "Estimated share not yet restored after that time.";
        LOWER "lower" Real optional "Lower end of the 90 % interval (log-log Greenwood).";
        UPPER "upper" Real optional "Upper end.";
    }
}

table! {
    /// One row per scope, month and figure: does the month differ from those before?
    month_signals by SCOPE, SCOPE_ID, METRIC, MONTH {
        SCOPE "scope" Text required "`organisation`, `group`, `team` or `service`.";
        SCOPE_ID "scope_id" Text required "Identifier of the group, team or service; the organisation's name.";
        METRIC "metric" Text required "Name of a rate or share, of a count or of a duration.";
        MONTH "month" Text required "Month as `2026-10`.";
        N "n" Int required "Deployments or incidents of the month that the figure rests on.";
        VALUE "value" Real optional "Figure of the month.";
        BEFORE "before" Real optional "The months before, at most twelve: their pooled rate; the mean of their counts or durations.";
        DELTA "delta" Real optional "Value less `before`.";
        MONTHS "months" Int required "Months before that `before` rests on.";
        P_LOWER "p_lower" Real optional "Rates: probability of so low a rate or a lower one if the month is like those before (beta-binomial).";
        P_HIGHER "p_higher" Real optional "Rates: probability of so high a rate or a higher one.";
        Q "q" Real optional "Rates: twice the smaller of the two, adjusted for all scopes of the same kind and month (Benjamini-Hochberg).";
        LIMIT_LOWER "limit_lower" Real optional "Lowest value that is no signal. Rates and shares (not of services): of 99 in 100 months of this size if nothing has changed; counts and durations: of the XmR chart of all months before, where there are at least twenty.";
        LIMIT_UPPER "limit_upper" Real optional "Highest value that is no signal.";
        SIGNAL "signal" Text required "`higher`, `lower`, `none`, or `too few to say`: with fewer than three months before for a rate, twenty for a count or duration.";
        METHOD "method" Text required "`beta-binomial` or `XmR`.";
        NOTE "note" Text optional "How often such a signal is missed or false, or why there is none.";
    }
}

table! {
    /// One row per scope, period and figure that DORA published performance bands for.
    bands by SCOPE, SCOPE_ID, PERIOD, PERIOD_START, METRIC {
        SCOPE "scope" Text required "`organisation`, `group` or `team`.";
        SCOPE_ID "scope_id" Text required "Identifier of the group or team; the organisation's name.";
        PERIOD "period" Text required "`month` or `all`.";
        PERIOD_START "period_start" Date required "First day of the period in the organisation's zone.";
        METRIC "metric" Text required "Name of the figure.";
        YEAR "year" Int required "Year of the DORA report whose bands are meant.";
        VALUE "value" Real optional "The figure, in the unit of `metrics`, rates as ratios.";
        BAND "band" Text optional "`elite`, `high`, `medium` or `low`, where the whole interval of the figure lies in that band alone.";
        BETWEEN "between" Text optional "Otherwise the best and the worst band that the interval allows: `between high and low`.";
    }
}
