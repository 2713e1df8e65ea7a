//! Which criteria of good practice a team meets.

use crate::column::table;

table! {
    /// One row per team and criterion, and one per team with the criterion `overall`. Teams, never persons. A level says what the records of the
    /// range support, not how good a team is: a team with few deployments cannot show much, and criteria are chosen by people.
    team_accreditation by TEAM_ID, CRITERION {
        TEAM_ID "team_id" Text required "Team.";
        CRITERION "criterion" Text required "`overall`, `change_failure_rate`, `time_to_restore`, `coverage`, `change_records` or `volume`.";
        N "n" Int required "Deployments, incidents or measured services; of `overall` the criteria that were judged.";
        VALUE "value" Real optional "Figure of the team: a ratio, hours, or a number of deployments.";
        LOWER "lower" Real optional "Lower end of its 90 % interval; of `coverage` with the services that were not measured at 0; of `volume` the number itself.";
        UPPER "upper" Real optional "Upper end; of `coverage` with the services that were not measured at 100 %.";
        LEVEL "level" Text required "`gold`, `silver`, `bronze` or `none`: the best that the whole interval supports; `too few to say` or `not given`. `overall`: the lowest of those that were judged; without a change failure rate it is not judged.";
        NEXT_LEVEL "next_level" Text optional "The level above.";
        NEXT_TARGET "next_target" Real optional "What it asks for.";
        NEXT_STEP "next_step" Text optional "What would reach it, in words.";
        NOTE "note" Text optional "Why it is not judged; of `overall` which criteria it does not rest on.";
    }
}
